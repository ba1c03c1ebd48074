/** A run in hand, from the first event of this process to the last: who is listened to meanwhile, and what is told at its end. */

import type { Value } from "../../compiler/ir/expr.ts";
import { type PlanFile, planFileSchema } from "../../compiler/plan/plan.schema.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { statedPlan } from "../approvals/statement.ts";
import { openLeases } from "../engine/decide-lease.ts";
import { asksPeople } from "../engine/fold-attempt.ts";
import { askedAt, callOf, type RunState } from "../engine/state.ts";
import type { AttemptId, EventOf, OpenLease, Outcome, RunEvent } from "../event.schema.ts";
import { freezeWords } from "../freeze/freeze.ts";
import { messageOf } from "../message.ts";
import { parseObject } from "../store/entry.ts";
import { type Append, type Claim, DamagedError, type Store, StoreError } from "../store/port.ts";
import type { RunControl } from "./control.ts";
import { type HeldLocks, lockWords } from "./locks.ts";
import { followApprovals, followControl } from "./people.ts";
import type { Ports } from "./ports.ts";
import { Runner, type RunnerEnd, type Stopped } from "./runner.ts";

export interface RunEnd {
  readonly run: string;
  readonly status: Stopped;
  /** null unless `status` is `finished`. */
  readonly outcome: Outcome | null;
  readonly why: string | null;
  readonly left: EventOf<"run.finished">["left"];
  /** Approvals that are missing, in words. */
  readonly awaiting: readonly { readonly node: string; readonly missing: string }[];
  /** Calls of which a person must say whether they took place. */
  readonly unknown: readonly {
    readonly node: string;
    readonly phase: "do" | "undo";
    readonly index: number;
    readonly what: string;
  }[];
  readonly result: Value;
  /** Locks it waits for, and the runs that hold them. */
  readonly locked: HeldLocks;
  /** Elements of loops that failed and were tolerated. */
  readonly tolerated: NonNullable<EventOf<"run.finished">["tolerated"]>;
  /** Of a run that had ended and was to be undone: whether it was. */
  readonly rolledBack: "undone" | "in part" | "refused" | null;
  /** Leases that are not over and done with. */
  readonly leases: readonly OpenLease[];
  /** Hooks of which something failed. */
  readonly hooks: readonly { readonly event: string; readonly why: string }[];
}

export interface GoOptions {
  readonly ports: Ports;
  readonly control?: RunControl;
  /** Stay while approvals are awaited, instead of letting go of the run. */
  readonly wait?: boolean;
  /** How many calls run at once; 16 unless told. */
  readonly parallel?: number;
}

export interface Mark {
  readonly node: string;
  /** The step itself or its rollback; whichever is unknown unless told. */
  readonly phase?: "do" | "undo";
  readonly decision: "done" | "retry";
  readonly by: string;
}

/** An answer to a question that was not asked. */
export class BadMark extends Error {
  /** What is asked now, by node. */
  readonly unknown: readonly string[];
  constructor(node: string, unknown: readonly string[]) {
    super(`no step ${node} waits for an answer`);
    this.name = "BadMark";
    this.unknown = unknown;
  }
}

export async function planOf(store: Store, digest: string): Promise<PlanFile> {
  const bytes = await store.getPlan(digest);
  if (bytes === null) {
    throw new DamagedError(`the store does not have plan ${digest}`, "restore the store from a copy that has it");
  }
  if (parseObject(bytes) === null)
    throw new DamagedError(
      `what the store keeps as plan ${digest} is no plan`,
      "restore the store from a copy that has it",
    );
  try {
    return planFileSchema.parse(JSON.parse(bytes));
  } catch (error) {
    const remedy = "resume it with the release of opsc that began it";
    throw new StoreError("version", `plan ${digest} cannot be read: ${messageOf(error)}`, remedy, { cause: error });
  }
}

/** `by`: who takes up a run that was begun before. */
export const heldEvent = (
  ports: Ports,
  claim: Claim,
  at: string,
  taken: { readonly by?: string; readonly signed?: Request } = {},
): EventOf<"run.held"> => ({
  type: "run.held",
  at,
  ...ports.self,
  fence: claim.fence,
  ...taken,
});

/** Throws `BadMark` for an answer to what nobody asks: what may be repeated is, whatever is said of it. */
export function checkMarks(state: RunState, marks: readonly Mark[]): void {
  const cutOff = [...state.running.values(), ...state.unsettled.values()].filter((id) => asksPeople(state, id));
  const asked = [...state.unknown.values(), ...cutOff];
  const wrong = marks.find((mark) => !asked.some((id) => isMark(mark, id)));
  if (wrong !== undefined) throw new BadMark(wrong.node, [...new Set(asked.map(({ node }) => node))].sort());
}

const isMark = (mark: Mark, id: Omit<AttemptId, "attempt">): boolean =>
  mark.node === id.node && (mark.phase ?? id.phase) === id.phase;

export interface Hand {
  readonly claim: Claim;
  /** Entries of the run's stream. */
  readonly length: number;
  readonly opening: readonly RunEvent[];
  /** To be written with `opening`, or nothing of both. */
  readonly beside: readonly Append[];
  readonly marks?: readonly Mark[];
  /** Entries of its control stream that are taken in already. */
  readonly heard?: number;
  /** Taken up to end leases alone: what else it waits for is not waited for. */
  readonly leases?: true;
}

export async function go(options: GoOptions, state: RunState, hand: Hand): Promise<RunEnd> {
  const { ports } = options;
  const { claim, length, opening, beside, marks = [] } = hand;
  const stays = options.wait === true && hand.leases !== true;
  const todo = [...marks];
  const runner = new Runner(state, ports, {
    stream: `run/${claim.run}`,
    length,
    fence: claim.fence,
    control: options.control ?? null,
    waits: options.wait === true,
    people(now, because) {
      if (because === "waiting_approval" || because === "frozen") return stays ? "wait" : "leave";
      if (because !== "unknown_outcome") return "leave";
      const at = new Date(ports.clock.now()).toISOString();
      const answers = todo
        .splice(0)
        .flatMap((mark): RunEvent[] =>
          [...now.unknown.values()]
            .filter((id) => isMark(mark, id))
            .map((id) => ({ type: "outcome.marked", at, ...id, decision: mark.decision, by: mark.by })),
        );
      return answers.length > 0 ? answers : "leave";
    },
  });
  // A run that is only now begun has not taken in its first event yet.
  const [first] = opening;
  const digest = first?.type === "run.created" ? first.plan : state.digest;
  const follow = new AbortController();
  const running = runner.run(opening, beside);
  const following = Promise.all([
    stays ? followApprovals(runner, digest, follow.signal) : null,
    followControl(runner, claim.run, hand.heard ?? 0, follow.signal),
  ]);
  try {
    const end = await running;
    return runEnd(runner.state, end, ports.clock.now());
  } finally {
    follow.abort();
    await following;
  }
}

export function runEnd(state: RunState, end: RunnerEnd, now: number): RunEnd {
  const { finished, applier, run } = state;
  const plan = statedPlan(state.plan, state.digest);
  const awaiting = state.nodes.flatMap((n) => {
    const { node, awaited } = n;
    if (node.kind !== "approve" || !awaited) return [];
    const asked = askedAt(state, n);
    const { missing } = state.rules.tally(node, state.approvals, { ...plan, applier, now, asked, run });
    return [{ node: node.id, missing }];
  });
  const ended = end.status === "finished" ? finished : null;
  return {
    run,
    status: end.status,
    outcome: ended?.outcome ?? null,
    why: ended === null ? (end.why ?? whyLeft(state, end)) : ended.why,
    left: ended?.left ?? [],
    awaiting: ended === null ? awaiting : [],
    unknown: ended === null ? [...state.unknown.values()].map((id) => ({ ...id, what: question(state, id) })) : [],
    result: ended?.result ?? null,
    locked: end.status === "waiting_lock" ? (state.locked ?? []) : [],
    tolerated: ended?.tolerated ?? [],
    rolledBack: ended === null ? null : rolledBack(state, ended.outcome),
    leases: openLeases(state),
    hooks: [...state.hookFaults],
  };
}

function rolledBack({ reopened, ending, phase }: RunState, outcome: Outcome): RunEnd["rolledBack"] {
  if (reopened !== "rollback" || phase !== "finished") return null;
  if (outcome === "undone") return "undone";
  return ending?.cause === "refusal" ? "refused" : "in part";
}

function whyLeft(state: RunState, end: RunnerEnd): string | null {
  if (end.status === "frozen") return state.frozen === null ? null : freezeWords(state.frozen);
  if (end.status === "waiting_lock") {
    const { message, remedy } = lockWords(state.locked ?? []);
    return `${message}; ${remedy}`;
  }
  if (end.status !== "paused" || state.pause === null) return null;
  const { by, reason } = state.pause;
  return `paused by ${by}${reason === null ? "" : `: ${reason}`}`;
}

function question(state: RunState, id: Omit<AttemptId, "attempt">): string {
  const node = state.byId.get(id.node)?.node;
  if (node?.kind !== "step") return "";
  const undo = node.rollback?.kind === "calls" ? node.rollback.calls[id.index]?.call.shown : undefined;
  const shown = id.phase === "do" ? node.call.shown : (undo ?? node.call.shown);
  const what = id.phase === "do" ? "" : "its rollback's ";
  const { failure } = callOf(state, id);
  const why = failure?.kind === "lost" ? `${failure.message} It` : `${what}${shown} was cut off and`;
  return `${why} may not be repeated unasked: did it take place? If it did, mark it done; if not, retry`;
}
