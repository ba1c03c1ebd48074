/** `opsc leases`: what is granted until when, and ending it sooner. */

import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { run as ink, paint, wrap } from "../../compiler/render/ink.ts";
import { type DueLease, endLeases } from "../../runtime/leases/end.ts";
import { readWorker, type Worker } from "../../runtime/leases/worker.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { isLeft, type Leases, type Listed, listLeases } from "../leases/listed.ts";
import { unitText } from "../leases/unit.ts";
import { endedWords, standsWords } from "../leases/words.ts";
import { outsideOfStore } from "../out-file.ts";
import { countdown } from "../progress/time.ts";
import { findRoot } from "../project.ts";
import { codeOf } from "../running.ts";
import type { SigningOptions } from "../signing.ts";
import { openedOrNone } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { takeUp, withStore, wordOn } from "../taking-up.ts";
import { safeName, safeNames } from "../words.ts";
import { writeWhole } from "../write-whole.ts";

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
      return watch(io, options);
    case "install":
      return install(io, options);
    default:
      return list(io, options);
  }
}

const NOBODY: Worker = { beat: null, alive: false, why: "no `opsc work` runs on this store" };

async function list(io: Io, options: Options): Promise<ExitCode> {
  const store = await openedOrNone(await findRoot(options.dir));
  try {
    const found = store === null ? { leases: [], unread: [] } : await mine(store, options);
    const worker = store === null ? NOBODY : await readWorker(store, Date.now());
    const code = found.unread.length > 0 ? EXIT.unverified : found.leases.some(isLeft) ? EXIT.left : EXIT.done;
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

async function mine(store: Store, { workspace }: Options): Promise<Leases> {
  const { leases, unread } = await listLeases(store);
  return { leases: leases.filter((each) => workspace === undefined || each.workspace === workspace), unread };
}

function asData({ leases, unread }: Leases, { alive, why, beat }: Worker): object {
  return {
    leases: leases.map(({ lease, again, ...each }) => ({
      ...each,
      until: lease.until,
      is: lease.is,
      tries: lease.tries,
      again: again === null ? null : new Date(again).toISOString(),
    })),
    unread,
    work: { alive, why, at: beat?.at ?? null, host: beat?.host ?? null, pid: beat?.pid ?? null },
    troubles: beat?.troubles ?? [],
  };
}

function tell(io: Io, each: Listed, worker: Worker): void {
  const now = Date.now();
  const { id, lease, resource, action, requester } = each;
  const left = Date.parse(lease.until) - now;
  const more = lease.is === "open" && left > 0 ? ` (${countdown(left)} left)` : "";
  const late = lease.is === "failed" || (lease.is === "open" && left <= 0);
  const head = [ink(safeName(id), "bold"), ink("  "), ink(standsWords(each, now) + more, late ? "red" : "green")];
  const name = action.slice(action.lastIndexOf("#") + 1);
  const about = `${safeName(resource)}, by ${safeName(name)} for ${safeName(requester)}${each.expires ? "; it ends by itself too" : ""}`;
  const trouble = late ? worker.beat?.troubles.find(({ run }) => run === each.run) : undefined;
  const lines = [
    ...wrap(head, io.width, 2),
    ...wrap([ink(`  ${about}`, "dim")], io.width, 4),
    ...(trouble === undefined ? [] : wrap([ink(`  ${safeNames([trouble.why])}`, "red")], io.width, 4)),
  ];
  for (const line of lines) io.raw(paint(line, io.color));
}

function warn(io: Io, { leases }: Leases, worker: Worker): void {
  if (!worker.alive && leases.some(({ expires }) => !expires)) {
    io.err(`warning: ${worker.why ?? ""}: nothing ends what is open`);
    io.err("  help: start opsc work, or install it as a service: opsc leases install");
  }
  for (const each of leases.filter(isLeft)) {
    io.err(
      `warning: ${safeName(each.id)} could not be taken back and is left to do by hand: opsc show ${each.run} tells what`,
    );
    io.err(`  help: opsc leases revoke ${quoted(each.id)} tries again; with --done you say that you have done it`);
  }
}

const quoted = (id: string): string => (/^[\w.:-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`);

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
        const { file } = await planOfRun(taker.store, run);
        const leases = { nodes, byHand: options.done === true };
        const word = await wordOn(taker, run, file, "revoke", reason, { leases });
        const { end } = await takeUp(
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
        const one = told(io, end, nodes, options.done === true);
        code = code === EXIT.done ? one : code;
      } catch (error) {
        if (error instanceof RunRefused) throw new Stop(EXIT.refused, error.refusal.message, error.refusal.remedy);
        if (!(error instanceof StoreError) || error.fault !== "held") throw error;
        throw new Stop(
          EXIT.refused,
          `run ${run} is in the hands of another process now`,
          "wait until that has let it go, or opsc cancel it, which undoes all it did",
        );
      }
    }
    return code;
  });
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

/** Until it is interrupted: the list, then each change of it. */
async function watch(io: Io, options: Options): Promise<ExitCode> {
  const root = await findRoot(options.dir);
  const stop = new AbortController();
  const end = (): void => stop.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, end);
  let before: ReadonlyMap<string, string> | null = null;
  let worker = NOBODY;
  while (!stop.signal.aborted) {
    const store = await openedOrNone(root);
    try {
      const found = store === null ? { leases: [], unread: [] } : await mine(store, options);
      if (before === null && store !== null) worker = await readWorker(store, Date.now());
      const now = Date.now();
      const after = new Map(found.leases.map((each) => [each.id, standsWords(each, now)]));
      if (io.json) {
        if (before === null || changed(before, after)) io.raw(JSON.stringify(asData(found, worker)));
      } else {
        for (const each of found.leases) if (before?.get(each.id) !== after.get(each.id)) tell(io, each, worker);
        for (const id of before?.keys() ?? []) if (!after.has(id)) io.out(`${id}  taken back`);
        if (before === null) {
          if (found.leases.length === 0) io.out("no lease is open");
          warn(io, found, worker);
        }
      }
      before = after;
    } finally {
      await store?.close();
    }
    await delay(1_000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return EXIT.done;
}

const changed = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size !== b.size || [...a].some(([id, words]) => b.get(id) !== words);

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
