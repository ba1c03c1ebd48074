/** `opsc work` */
import { hostname } from "node:os";
import process from "node:process";
import { endLeases } from "../../runtime/leases/end.ts";
import { type Doing, Watch } from "../../runtime/leases/watch.ts";
import { BEAT, holdWork, readWorker } from "../../runtime/leases/worker.ts";
import { type RunControl, runControl } from "../../runtime/run/control.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { realClock } from "../../runtime/run/real-ports.ts";
import { resumeRun } from "../../runtime/run/run.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { switchJudge } from "../freezes.ts";
import type { Io } from "../io.ts";
import { endedWords, todoWords } from "../leases/words.ts";
import { clockTime } from "../progress/time.ts";
import { openProject } from "../project.ts";
import { demandSecrets } from "../secrets.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { demandProviders, vouched, withPorts } from "../taking-up.ts";
import { VERSION } from "../version.ts";
import { safeText } from "../words.ts";

interface Options extends Common {
  readonly parallel: number;
}

/** How long what is in hand is waited for when it is told to end, in milliseconds. */
const GRACE = 20_000;

export async function run(io: Io, options: Options): Promise<ExitCode> {
  const project = await openProject(options.dir, { tests: false });
  const store = await openStore(project.root);
  try {
    const hold = await holdWork(store).catch((error: unknown) => busy(store, error));
    try {
      return await watchOver(io, options, { store, root: project.root, beat: hold.beat });
    } finally {
      await hold.release();
    }
  } finally {
    await store.close();
  }
}

/** One at a time: two would only get in each other's way. */
async function busy(store: Store, error: unknown): Promise<never> {
  if (!(error instanceof StoreError) || error.fault !== "held") throw error;
  const { beat } = await readWorker(store, Date.now());
  const other = beat === null ? "another process" : `process ${beat.pid} on ${beat.host}`;
  throw new Stop(EXIT.refused, `opsc work runs on this store already: ${other}`, "one is enough; end that one first");
}

interface Place {
  readonly store: Store;
  readonly root: string;
  readonly beat: Awaited<ReturnType<typeof holdWork>>["beat"];
}

async function watchOver(io: Io, options: Options, { store, root, beat }: Place): Promise<ExitCode> {
  const controls = new Map<string, RunControl>();
  const stop = new AbortController();
  let fault: unknown = null;
  const tell = (text: string, data: object): void => {
    const at = new Date().toISOString();
    if (io.json) io.raw(JSON.stringify({ at, ...data }));
    else io.raw(`${clockTime(at)}  ${safeText(text, 10)}`);
  };
  const act = async (run: string, todo: Doing): Promise<RunEnd> => {
    // Looked at anew each time: it stays for weeks, and the project changes meanwhile.
    const project = await openProject(root, { tests: false });
    const toEnd = todo.kind === "leases";
    const { file } = await vouched({ project, store }, run, { toEnd });
    demandProviders(project, file);
    const control = runControl();
    controls.set(run, control);
    const { parallel } = options;
    try {
      return await withPorts(
        io,
        { project, store },
        file,
        // What takes access away goes on also where keys of those who approved are known no more.
        { onEvent: () => {}, taking: { toEnd } },
        async (ports, secrets) => {
          if (todo.kind === "leases") return endLeases({ ports, control, run, leases: todo.leases, parallel });
          await demandSecrets(secrets, file);
          return resumeRun({ ports, control, run, parallel });
        },
      );
    } finally {
      controls.delete(run);
    }
  };
  const watch = new Watch({
    store,
    clock: realClock,
    read: async (run) => (await planOfRun(store, run)).state,
    judge: () => switchJudge(root),
    act,
    begins: (run, todo) => tell(`run ${run}: ${todoWords(todo)}`, { type: "begin", run, ...todo }),
    ended: (run, todo, end) => tell(`run ${run}: ${endedWords(todo, end)}`, { type: "end", ...end }),
    trouble: (run, why) => tell(`run ${run}: ${why}`, { type: "trouble", run, why }),
  });
  const said = () => ({
    at: new Date().toISOString(),
    host: hostname(),
    pid: process.pid,
    version: VERSION,
    environment: Object.keys(process.env).sort(),
    troubles: watch.troubles,
  });
  const beats = setInterval(() => {
    beat(said()).catch((error: unknown) => {
      // Whoever applies a lease must not count on one that cannot say that it lives.
      fault ??= error;
      stop.abort();
    });
  }, BEAT);
  const off = onSignals((times) => {
    stop.abort();
    if (times === 1) tell("ends: what is in hand comes to its end first", { type: "ending" });
    else for (const control of controls.values()) control.stop();
  });
  try {
    await beat(said());
    tell(`watches over ${root} (process ${process.pid})`, { type: "start", root, pid: process.pid });
    await watch.run(stop.signal);
    await settle(watch, controls);
    if (fault !== null) throw fault;
    tell("ended", { type: "stop" });
    return EXIT.done;
  } finally {
    clearInterval(beats);
    off();
  }
}

/** What is in hand has its time; then it is let go, and goes on with whoever watches next. */
async function settle(watch: Watch, controls: ReadonlyMap<string, RunControl>): Promise<void> {
  const timer = setTimeout(() => {
    for (const control of controls.values()) control.stop();
  }, GRACE);
  await watch.settled();
  clearTimeout(timer);
}

function onSignals(act: (times: number) => void): () => void {
  let times = 0;
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const heard = (): void => act(++times);
  for (const name of names) process.on(name, heard);
  return () => {
    for (const name of names) process.off(name, heard);
  };
}
