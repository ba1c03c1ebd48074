/** `opsc leases`: what is granted until when, and ending it sooner. */

import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { type DueLease, endLeases } from "../../runtime/leases/end.ts";
import { FRESH, readWorker, type Worker } from "../../runtime/leases/worker.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import { StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { followLeases } from "../leases/follow.ts";
import { isLate, isLeft, type Leases, type Listed, listLeases } from "../leases/listed.ts";
import { asData, leasesIn, NOBODY, tell, warn } from "../leases/telling.ts";
import { unitText } from "../leases/unit.ts";
import { endedWords } from "../leases/words.ts";
import { outsideOfStore } from "../out-file.ts";
import { findRoot } from "../project.ts";
import { codeOf } from "../running.ts";
import type { SigningOptions } from "../signing.ts";
import { openedOrNone } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { type Taker, takeUp, vouched, withStore, wordOn } from "../taking-up.ts";
import { safeName, safeNames } from "../words.ts";
import { writeWhole } from "../write-whole.ts";

/** How long a process that has the run in hand is waited for, and how often it is asked, in milliseconds. */
const BUSY = 3_000;
const POLL = 200;

interface Options extends Common, SigningOptions {
  readonly reason?: string;
  readonly done?: true;
  readonly as?: string;
  readonly out?: string;
  readonly parallel: number;
}

export async function run(io: Io, what: string, ids: readonly string[], options: Options): Promise<ExitCode> {
  if (what !== "revoke" && ids.length > 0)
    throw new Stop(EXIT.wrong, `opsc leases ${what} takes no ${ids.length === 1 ? "name" : "names"}`, "leave it out");
  switch (what) {
    case "revoke":
      return revoke(io, ids, options);
    case "watch":
      return followLeases(io, await findRoot(options.dir), options.workspace);
    case "install":
      return install(io, options);
    default:
      return list(io, options);
  }
}

async function list(io: Io, options: Options): Promise<ExitCode> {
  const store = await openedOrNone(await findRoot(options.dir));
  try {
    const found = store === null ? { leases: [], unread: [] } : await leasesIn(store, options.workspace);
    const worker = store === null ? NOBODY : await readWorker(store, Date.now());
    const code = codeFor(found, worker);
    if (io.json) {
      io.raw(JSON.stringify(asData(found, worker)));
      return code;
    }
    for (const each of found.leases) tell(io, each, worker);
    for (const { run, why } of found.unread) io.err(`run ${run} cannot be read: ${why}`);
    if (found.leases.length === 0) io.out("no lease is open");
    warn(io, found, worker);
    return code;
  } finally {
    await store?.close();
  }
}

/** Also where nothing is left to people yet: what is over and is ended by nobody is told by the code. */
function codeFor({ leases, unread }: Leases, { alive }: Worker): ExitCode {
  if (unread.length > 0) return EXIT.unverified;
  if (leases.some(isLeft)) return EXIT.left;
  return !alive && leases.some((each) => isLate(each, Date.now() - FRESH)) ? EXIT.environment : EXIT.done;
}

/** `RUN:STEP`, or a run that has one lease alone. */
function named(id: string, leases: readonly Listed[]): Listed {
  const found = leases.filter((each) => each.id === id || each.run === id);
  const [one, another] = found;
  if (one !== undefined && another === undefined) return one;
  throw new Stop(
    EXIT.wrong,
    one === undefined ? `there is no lease ${JSON.stringify(id)}` : `run ${id} has several leases`,
    one === undefined ? "opsc leases lists them" : `name one: ${safeNames(found.map((each) => each.id))}`,
  );
}

async function revoke(io: Io, ids: readonly string[], options: Options): Promise<ExitCode> {
  if (ids.length === 0)
    throw new Stop(EXIT.wrong, "no lease is named", "opsc leases lists them: opsc leases revoke RUN:STEP");
  return withStore(options, async (taker) => {
    const { leases } = await listLeases(taker.store);
    const wanted = [...new Set(ids.map((id) => named(id, leases)))];
    let code: ExitCode = EXIT.done;
    for (const run of new Set(wanted.map((each) => each.run))) {
      const nodes = wanted.filter((each) => each.run === run).map(({ lease }) => lease.node);
      const reason = options.reason ?? null;
      const due = nodes.map((node): DueLease => ({ node, because: "revoked", by: taker.who, reason }));
      const byHand = { nodes, by: taker.who };
      try {
        const { file } = await vouched(taker, run, { toEnd: true });
        const leases = { nodes, byHand: options.done === true };
        const word = await wordOn(taker, run, file, "revoke", reason, { leases });
        const end = await onceFree(taker, run, async () => {
          const taken = await takeUp(
            quiet(io),
            taker,
            run,
            ({ ports, control }) =>
              endLeases({
                ports,
                control,
                run,
                by: taker.who,
                ...word,
                wait: true,
                parallel: options.parallel,
                ...(options.done === true ? { leases: [], byHand } : { leases: due }),
              }),
            { toEnd: true },
          );
          return taken.end;
        });
        const one = told(io, end, nodes, options.done === true);
        code = code === EXIT.done ? one : code;
      } catch (error) {
        if (!(error instanceof RunRefused)) throw error;
        throw new Stop(EXIT.refused, error.refusal.message, error.refusal.remedy);
      }
    }
    return code;
  });
}

/** Whoever ends a lease of it, as opsc work does, is soon done; one that goes on may take hours. */
async function onceFree<T>({ store }: Taker, run: string, act: () => Promise<T>): Promise<T> {
  for (const last = Date.now() + BUSY; ; await delay(POLL)) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "held") throw error;
      if (Date.now() < last) continue;
      const { events } = await planOfRun(store, run);
      const held = events.findLast((event) => event.type === "run.held");
      const by = held?.type === "run.held" ? `process ${held.pid} on ${safeName(held.host)}` : "another process";
      throw new Stop(
        EXIT.refused,
        `run ${run} goes on, and ${by} alone acts on it`,
        `opsc pause ${run}, do this again, then opsc resume ${run}; or opsc cancel ${run}, which undoes all it did`,
      );
    }
  }
}

/** What is told of it is told at its end. */
const quiet = (io: Io): Io => ({
  ...io,
  live: false,
  json: false,
  err: () => {},
  rawErr: () => {},
  out: () => {},
  raw: () => {},
});

function told(io: Io, end: RunEnd, nodes: readonly string[], done: boolean): ExitCode {
  const failed = end.leases.some(({ node, is }) => is === "failed" && nodes.includes(node));
  const gone = end.status === "finished" ? !failed : end.status === "waiting_approval" || end.status === "paused";
  const code = failed ? EXIT.left : gone ? EXIT.done : codeOf(end);
  if (io.json) io.raw(JSON.stringify({ type: "end", exit: code, ...end }));
  else {
    const words = done
      ? "noted as taken back by hand"
      : gone && !failed && !shared(end, nodes)
        ? "taken back"
        : endedWords({ kind: "leases", leases: [] }, end);
    io.out(`lease ${nodes.map((node) => `${end.run}:${node}`).join(", ")}: ${words}`);
  }
  return code;
}

const shared = (end: RunEnd, nodes: readonly string[]): boolean =>
  end.leases.some(({ node, is }) => is === "shared" && nodes.includes(node));

async function install(io: Io, options: Options): Promise<ExitCode> {
  const root = await findRoot(options.dir);
  const text = unitText({ node: process.execPath, opsc: process.argv[1] ?? "opsc", root });
  if (options.out === undefined) io.raw(text.trimEnd());
  else {
    await outsideOfStore(options.out);
    await writeWhole(options.out, text);
    io.out(`${options.out} written; its first lines say how it is started`);
  }
  return EXIT.done;
}
