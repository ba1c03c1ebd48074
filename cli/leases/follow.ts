/** `opsc leases watch`: the list, then each change of it and of who ends leases, until it is interrupted. */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { readWorker, type Worker } from "../../runtime/leases/worker.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { SIGNALS } from "../signals.ts";
import { openedOrNone } from "../store.ts";
import { safeName } from "../words.ts";
import type { Leases } from "./listed.ts";
import { asData, leasesIn, NOBODY, tell, warn } from "./telling.ts";
import { standsWords } from "./words.ts";

const LOOK = 1_000;

/** What was told last. */
interface Known {
  /** How each lease stands, in words; by its id. */
  readonly leases: ReadonlyMap<string, { readonly run: string; readonly words: string }>;
  readonly unread: ReadonlySet<string>;
  readonly alive: boolean;
}

export async function followLeases(io: Io, root: string, workspace: string | undefined): Promise<ExitCode> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  for (const name of SIGNALS) process.on(name, end);
  try {
    for (let known: Known | null = null; !stop.signal.aborted; ) {
      known = await look(io, root, workspace, known);
      await delay(LOOK, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    return EXIT.done;
  } finally {
    for (const name of SIGNALS) process.off(name, end);
  }
}

async function look(io: Io, root: string, workspace: string | undefined, before: Known | null): Promise<Known> {
  const store = await openedOrNone(root);
  try {
    const found = store === null ? { leases: [], unread: [] } : await leasesIn(store, workspace);
    const worker = store === null ? NOBODY : await readWorker(store, Date.now());
    const now = Date.now();
    const known = knownOf(found, worker, now);
    if (io.json) {
      if (before === null || isOther(before, known)) io.raw(JSON.stringify(asData(found, worker)));
    } else tellChanges(io, before, known, found, worker);
    return withUnread(known, before);
  } finally {
    await store?.close();
  }
}

function knownOf({ leases, unread }: Leases, { alive }: Worker, now: number): Known {
  return {
    leases: new Map(leases.map((each) => [each.id, { run: each.run, words: standsWords(each, now) }])),
    unread: new Set(unread.map(({ run }) => run)),
    alive,
  };
}

/** What cannot be read now stands as it stood: it is not gone by that. */
function withUnread(known: Known, before: Known | null): Known {
  const kept = [...(before?.leases ?? [])].filter(([, { run }]) => known.unread.has(run));
  return { ...known, leases: new Map([...kept, ...known.leases]) };
}

function tellChanges(io: Io, before: Known | null, known: Known, found: Leases, worker: Worker): void {
  for (const each of found.leases)
    if (before?.leases.get(each.id)?.words !== known.leases.get(each.id)?.words) tell(io, each, worker);
  for (const [id, { run }] of before?.leases ?? [])
    if (!known.leases.has(id) && !known.unread.has(run)) io.out(`${safeName(id)}  taken back`);
  for (const { run, why } of found.unread)
    if (before?.unread.has(run) !== true) io.err(`run ${run} cannot be read: ${why}`);
  if (before === null) {
    if (found.leases.length === 0) io.out("no lease is open");
    warn(io, found, worker);
  } else if (known.alive !== before.alive) {
    if (known.alive) io.err("opsc work runs: it ends what is over");
    else io.err(`warning: ${worker.why ?? ""}: nothing ends what is open`);
  }
}

const isOther = (a: Known, b: Known): boolean =>
  a.alive !== b.alive ||
  a.leases.size !== b.leases.size ||
  [...a.leases].some(([id, { words }]) => b.leases.get(id)?.words !== words) ||
  [...b.unread].some((run) => !a.unread.has(run));
