/**
 * Undoes a run that had ended, by its log alone: under its locks, as long as what it rests on is as it was and nobody has
 * written over it since.
 */
import type { PlanCall } from "../../compiler/plan/plan.schema.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { isWrite } from "../engine/calls.ts";
import { resourceOf } from "../engine/scope.ts";
import { type NodeState, nodeOf, type RunState } from "../engine/state.ts";
import type { RunEvent } from "../event.schema.ts";
import type { RunSummary } from "../store/port.ts";
import type { Refusal } from "./admit.ts";
import { foldLog } from "./fold-log.ts";
import { type GoOptions, go, heldEvent, planOf, type RunEnd } from "./go.ts";
import { heldByOthers, lockWords, readLocks } from "./locks.ts";
import { controlStream } from "./people.ts";
import type { Ports } from "./ports.ts";
import { RunRefused, readRun } from "./run.ts";

export interface RollbackOptions extends GoOptions {
  readonly run: string;
  readonly by: string;
  readonly reason: string | null;
  readonly signed?: Request;
}

/**
 * Rejects with `RunRefused` where there is nothing to undo, or somebody else has written or holds what is to be undone: then
 * nothing is recorded. Where a fact is found changed under the locks, the run ends as it had ended, and says why.
 */
export async function rollbackRun(options: RollbackOptions): Promise<RunEnd> {
  const { ports, run, by, reason } = options;
  const word = options.signed === undefined ? {} : { signed: options.signed };
  const { store, clock } = ports;
  const claim = await store.claim(run);
  try {
    const { state, length } = await readRun(ports, run, options.parallel);
    const refusal = standing(state) ?? (await takenOver(ports, state)) ?? (await locked(ports, state));
    if (refusal !== null) throw new RunRefused(refusal);
    const at = new Date(clock.now()).toISOString();
    const opening: RunEvent[] = [
      heldEvent(ports, claim, at, { by, ...word }),
      { type: "run.rollback_requested", at, by, reason, ...word },
    ];
    // What was said to the run before it ended was meant for that.
    const said = await store.last(controlStream(run));
    const heard = said === null ? 0 : said.n + 1;
    return await go(options, state, { claim, length, opening, beside: [], heard });
  } finally {
    await claim.release();
  }
}

/** Why nothing of it can be undone now; null where something stands. */
function standing(state: RunState): Refusal | null {
  const { run, finished, ending } = state;
  if (finished === null) {
    const remedy = `\`opsc cancel ${run}\` stops it and undoes what it did`;
    return { kind: "not_over", message: `run ${run} has not ended`, remedy };
  }
  const tried = ending !== null && ending.mode === "rollback";
  if (state.wrote && !tried) return null;
  const message = tried
    ? finished.left.length > 0
      ? `run ${run} was undone as far as it could be: it ended ${finished.outcome}`
      : `run ${run} was undone already: it ended ${finished.outcome}`
    : `run ${run} changed nothing: it ended ${finished.outcome}`;
  const remedy =
    finished.left.length > 0
      ? `what is left is to be done by hand: \`opsc show ${run}\` lists it in order`
      : "there is nothing to do";
  return { kind: "nothing_stands", message, remedy };
}

async function locked({ store }: Ports, state: RunState): Promise<Refusal | null> {
  const held = heldByOthers(await readLocks(store, state.plan), state.run);
  return held.length === 0 ? null : { kind: "lock", ...lockWords(held) };
}

interface Write {
  readonly instance: string;
  /** null where it cannot be told, which is anything of the instance. */
  readonly resource: string | null;
  /** It is there for a time: what others have a lease on is kept for them. */
  readonly leased: boolean;
  /** Its place in the log, which tells before from after also where a clock was set. */
  readonly seq: number;
}

/** A later run that wrote what this one did: putting back what was there before would undo that one too. */
async function takenOver(ports: Ports, state: RunState): Promise<Refusal | null> {
  const mine = earliest(await writesOf(ports, state.run));
  const first = Math.min(...mine.map(({ seq }) => seq));
  const found: string[] = [];
  const { runs, unreadable } = await ports.store.runs();
  const [unknown] = unreadable;
  // What it wrote nobody knows.
  if (unknown !== undefined) throw unknown.error;
  for (const { run, last } of await ports.store.erased())
    if (last >= first) found.push(`run ${run}, which was erased since, may have written it after`);
  for (const other of runs) {
    if (other.run === state.run || isUndone(other)) continue;
    if (((await ports.store.last(`run/${other.run}`))?.seq ?? 0) < first) continue;
    const clash = (await standingWrites(ports, other.run)).find((w) => mine.some((m) => m.seq < w.seq && same(m, w)));
    if (clash !== undefined) found.push(`run ${other.run} wrote ${clash.resource ?? clash.instance} after it`);
  }
  if (found.length === 0) return null;
  const remedy =
    "roll back the later runs first, the last one first, or plan an action that brings about what you want";
  return { kind: "written_since", message: found.join("; "), remedy };
}

/** What it did is no longer there. */
const isUndone = ({ outcome }: RunSummary): boolean =>
  outcome === "undone" || outcome === "cancelled" || outcome === "refused" || outcome === "denied";

const same = (a: Write, b: Write): boolean => !(a.leased && b.leased) && isOne(a, b);

const isOne = (a: Write, b: Write): boolean =>
  a.resource === null || b.resource === null ? a.instance === b.instance : a.resource === b.resource;

/** The first write of each resource. */
function earliest(writes: readonly Write[]): Write[] {
  const first = new Map<string, Write>();
  for (const write of writes) {
    const key = JSON.stringify([write.instance, write.resource]);
    if (!first.has(key)) first.set(key, write);
  }
  return [...first.values()];
}

/** Those of steps that were not undone since, as the end of a lease undoes one alone. */
const standingWrites = (ports: Ports, run: string): Promise<Write[]> =>
  writesOf(ports, run, (n) => n.lease === null || n.undo.status !== "undone");

/** Every write that a run began, its undo's too, in order; only of steps that in the end are `wanted`. */
async function writesOf(ports: Ports, run: string, wanted: (n: NodeState) => boolean = () => true): Promise<Write[]> {
  const log = await ports.store.read(`run/${run}`);
  const created = log[0]?.event;
  if (created?.type !== "run.created") return [];
  const file = await planOf(ports.store, created.plan);
  const writes: (Write & { readonly of: string })[] = [];
  const events = log.map(({ event }) => event);
  const end = foldLog(run, file, ports.rules, events, 1, (state, event, index) => {
    if (event.type !== "attempt.started") return;
    const n = nodeOf(state, event.node);
    if (!isWrite(n)) return;
    const { rollback } = n.node;
    const call: PlanCall | undefined =
      event.phase === "undo" && rollback?.kind === "calls" ? rollback.calls[event.index]?.call : n.node.call;
    if (call === undefined) return;
    const seq = log[index]?.seq ?? 0;
    const leased = n.node.lease !== null;
    writes.push({ of: event.node, instance: call.instance, resource: resourceOf(state, call), leased, seq });
  });
  return writes.filter(({ of }) => wanted(nodeOf(end, of)));
}
