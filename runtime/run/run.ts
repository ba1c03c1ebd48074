/** Starts and resumes runs: the plan is used once, the run is held, its log is folded, and the runner goes. */
import type { Value } from "../../compiler/ir/expr.ts";
import { type PlanFile, planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { fold } from "../engine/fold.ts";
import { messageOf } from "../engine/scope.ts";
import { newState, type RunState } from "../engine/state.ts";
import type { Approval, AttemptId, EventOf, Outcome, RunEvent } from "../event.schema.ts";
import { type Claim, StoreError } from "../store/port.ts";
import { type Refusal, usedRefusal } from "./admit.ts";
import type { RunControl } from "./control.ts";
import { runId } from "./id.ts";
import { followApprovals, givenEvents } from "./people.ts";
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
}

export interface GoOptions {
  readonly ports: Ports;
  readonly control?: RunControl;
  /** Stay while approvals are awaited, instead of letting go of the run. */
  readonly wait?: boolean;
  /** How many calls run at once; 16 unless told. */
  readonly parallel?: number;
}

export interface StartOptions extends GoOptions {
  /** Admitted (`admit`); `bytes` is the file as it stands, kept with the run. */
  readonly file: PlanFile;
  readonly bytes: string;
  readonly applier: string;
  readonly approvals: readonly Approval[];
}

export interface Mark {
  readonly node: string;
  /** The step itself or its rollback; whichever is unknown unless told. */
  readonly phase?: "do" | "undo";
  readonly decision: "done" | "retry";
  readonly by: string;
}

export interface ResumeOptions extends GoOptions {
  readonly run: string;
  readonly marks?: readonly Mark[];
  /** Further approvals than those of the plan's stream. */
  readonly approvals?: readonly Approval[];
  readonly cancel?: { readonly mode: "rollback" | "halt"; readonly by: string; readonly reason: string | null };
}

/** The run was not begun, and nothing was done. */
export class RunRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`${refusal.message}; ${refusal.remedy}`);
    this.name = "RunRefused";
    this.refusal = refusal;
  }
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

const PARALLEL = 16;
/** How often another writer of the plan's stream (an approval, say) may come between before it is given up. */
const TRIES = 10;

/** Rejects with `RunRefused` if the plan was used before, with `StoreError` if the store cannot begin the run. */
export async function startRun(options: StartOptions): Promise<RunEnd> {
  const { ports, file, applier } = options;
  const { store, clock } = ports;
  const run = runId(clock.now(), ports.random);
  await store.putPlan(file.digest, options.bytes);
  const claim = await store.claim(run);
  try {
    for (let tried = 1; ; tried++) {
      const planStream = `plan/${file.digest}`;
      const before = await store.read(planStream);
      const use = before.find((e) => e.event.type === "plan.used");
      if (use?.event.type === "plan.used") throw new RunRefused(usedRefusal(use.event.run));
      const at = new Date(clock.now()).toISOString();
      const approvals = merged(options.approvals, before.flatMap(approvalIn));
      const created: RunEvent = {
        type: "run.created",
        at,
        eventVersion: 1,
        run,
        plan: file.digest,
        action: file.plan.action.id,
        requester: file.plan.requester,
        applier,
        approvals,
      };
      const state = newState(file.plan, ports.rules, { parallel: options.parallel ?? PARALLEL });
      const used: RunEvent = { type: "plan.used", at, run, by: applier };
      const beside = [{ stream: planStream, expected: before.length, fence: null, events: [used] }];
      try {
        return await go(options, state, claim, 0, [created, heldEvent(ports, claim, at)], beside);
      } catch (error) {
        if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
      }
    }
  } finally {
    await claim.release();
  }
}

/** Rejects with `StoreError` if there is no such run or another process holds it, with `BadMark` for a mark of what is not unknown. */
export async function resumeRun(options: ResumeOptions): Promise<RunEnd> {
  const { ports, run } = options;
  const { store, clock } = ports;
  const claim = await store.claim(run);
  try {
    const log = await store.read(`run/${run}`);
    const first = log[0]?.event;
    if (first?.type !== "run.created") {
      throw new StoreError("missing", `there is no run ${run}`, "`opsc runs` lists the runs there are");
    }
    const file = await planOf(ports, first.plan);
    let state = newState(file.plan, ports.rules, { parallel: options.parallel ?? PARALLEL });
    for (const { event } of log) state = fold(state, event);
    if (state.phase === "finished") return runEnd(state, { status: "finished", why: null }, clock.now());
    checkMarks(state, options.marks ?? []);
    const at = new Date(clock.now()).toISOString();
    const opening: RunEvent[] = [heldEvent(ports, claim, at)];
    if (options.cancel !== undefined) opening.push({ type: "run.cancel_requested", at, ...options.cancel });
    const recorded = (await store.read(`plan/${first.plan}`)).flatMap(approvalIn);
    opening.push(...givenEvents(state, merged(options.approvals ?? [], recorded), at));
    return await go(options, state, claim, log.length, opening, [], options.marks ?? []);
  } finally {
    await claim.release();
  }
}

async function planOf(ports: Ports, digest: string): Promise<PlanFile> {
  const bytes = await ports.store.getPlan(digest);
  if (bytes === null) {
    throw new StoreError(
      "broken",
      `the store does not have plan ${digest}`,
      "restore the store from a copy that has it",
    );
  }
  try {
    return planFileSchema.parse(JSON.parse(bytes));
  } catch (error) {
    const remedy = "resume it with the release of opsc that began it";
    throw new StoreError("version", `plan ${digest} cannot be read: ${messageOf(error)}`, remedy, { cause: error });
  }
}

const approvalIn = ({ event }: { readonly event: RunEvent }): Approval[] =>
  event.type === "approval.recorded" ? [event.approval] : [];

/** Both, each approval once. */
function merged(a: readonly Approval[], b: readonly Approval[]): Approval[] {
  return [...new Map([...a, ...b].map((one) => [JSON.stringify(one), one])).values()];
}

const heldEvent = (ports: Ports, claim: Claim, at: string): RunEvent => ({
  type: "run.held",
  at,
  ...ports.self,
  fence: claim.fence,
});

function checkMarks(state: RunState, marks: readonly Mark[]): void {
  for (const mark of marks) {
    const fits = (id: Omit<AttemptId, "attempt">): boolean => isMark(mark, id);
    if ([...state.unknown.values(), ...state.running.values(), ...state.unsettled.values()].some(fits)) continue;
    const asked = [...state.unknown.values(), ...state.running.values(), ...state.unsettled.values()];
    throw new BadMark(mark.node, [...new Set(asked.map((u) => u.node))].sort());
  }
}

const isMark = (mark: Mark, id: Omit<AttemptId, "attempt">): boolean =>
  mark.node === id.node && (mark.phase ?? id.phase) === id.phase;

async function go(
  options: GoOptions,
  state: RunState,
  claim: Claim,
  length: number,
  opening: readonly RunEvent[],
  beside: Parameters<Runner["run"]>[1],
  marks: readonly Mark[] = [],
): Promise<RunEnd> {
  const { ports } = options;
  const todo = [...marks];
  const runner = new Runner(state, ports, {
    stream: `run/${claim.run}`,
    length,
    fence: claim.fence,
    control: options.control ?? null,
    people(now, because) {
      if (because === "waiting_approval") return options.wait === true ? "wait" : "leave";
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
  const follow = new AbortController();
  const running = runner.run(opening, beside);
  const following = options.wait === true ? followApprovals(runner, state.digest, follow.signal) : Promise.resolve();
  try {
    const end = await running;
    return runEnd(runner.state, end, ports.clock.now());
  } finally {
    follow.abort();
    await following;
  }
}

function runEnd(state: RunState, end: RunnerEnd, now: number): RunEnd {
  const { finished, requester, applier, digest, run } = state;
  const awaiting = state.nodes.flatMap(({ node, awaited }) => {
    if (node.kind !== "approve" || !awaited) return [];
    const { missing } = state.rules.tally(node, state.approvals, { requester, applier, now, digest, run });
    return [{ node: node.id, missing }];
  });
  const ended = end.status === "finished" ? finished : null;
  return {
    run,
    status: end.status,
    outcome: ended?.outcome ?? null,
    why: ended === null ? end.why : ended.why,
    left: ended?.left ?? [],
    awaiting: ended === null ? awaiting : [],
    unknown: ended === null ? [...state.unknown.values()].map((id) => ({ ...id, what: question(state, id) })) : [],
    result: ended?.result ?? null,
  };
}

function question(state: RunState, id: Omit<AttemptId, "attempt">): string {
  const node = state.byId.get(id.node)?.node;
  if (node?.kind !== "step") return "";
  const undo = node.rollback?.kind === "calls" ? node.rollback.calls[id.index]?.call.shown : undefined;
  const shown = id.phase === "do" ? node.call.shown : (undo ?? node.call.shown);
  const what = id.phase === "do" ? "" : "its rollback's ";
  return `${what}${shown} was cut off and may not be repeated unasked: did it take place? If it did, mark it done; if not, retry`;
}
