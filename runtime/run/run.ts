/** Starts and resumes runs: the plan is used once, the run is held, its log is folded, and the runner goes. */
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { statedPlan } from "../approvals/statement.ts";
import type { Begun } from "../attestations/attestation.ts";
import { newState } from "../engine/new-state.ts";
import type { RunState } from "../engine/state.ts";
import type { Approval, RunEvent } from "../event.schema.ts";
import { freezeWords, frozenBy, readFreezes } from "../freeze/freeze.ts";
import { type Store, StoreError } from "../store/port.ts";
import { type Refusal, usedRefusal } from "./admit.ts";
import { saidEvent, sayOf } from "./control.ts";
import { foldLog } from "./fold-log.ts";
import { checkMarks, type GoOptions, go, heldEvent, type Mark, planOf, type RunEnd, runEnd } from "./go.ts";
import { runId } from "./id.ts";
import { countLimits } from "./limits.ts";
import { heldByOthers, lockWords, readLocks } from "./locks.ts";
import { believes, controlStream, givenEvents, standing } from "./people.ts";
import type { Ports } from "./ports.ts";

export interface StartOptions extends GoOptions {
  /** Admitted (`admit`); `bytes` is the file as it stands, kept with the run. */
  readonly file: PlanFile;
  readonly bytes: string;
  readonly applier: string;
  readonly approvals: readonly Approval[];
  /** By the applier. */
  readonly signed?: Request;
  /** Where the trust root is that holds; left out where the project is its own. */
  readonly trust?: NonNullable<Begun["trust"]>;
}

export interface ResumeOptions extends GoOptions {
  readonly run: string;
  /** Only to end it: without a cancel that counts nothing is done. */
  readonly toEnd?: true;
  /** Who takes it up; left out where nobody does, but what watches over the store. */
  readonly by?: string;
  readonly marks?: readonly Mark[];
  readonly signed?: Request;
  /** Further approvals than those of the plan's stream. */
  readonly approvals?: readonly Approval[];
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

const PARALLEL = 16;
/** How often another writer (an approval of the plan, a run of the same limit) may come between before it is given up. */
const TRIES = 10;

/**
 * Rejects with `RunRefused` if the plan was used before, a limit is spent or a lock is held (the plan may then still be
 * applied later), with `StoreError` if the store cannot begin the run.
 */
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
      await demandThaw(ports, file, clock.now());
      if (options.wait !== true) await demandLocks(store, file, run);
      const limits = await countLimits(store, file.plan, run, clock.now());
      if (!limits.ok) throw new RunRefused(limits.refusal);
      const at = new Date(clock.now()).toISOString();
      const given = merged(options.approvals, before.flatMap(approvalIn)).filter(counts(ports));
      const { judge } = ports.rules;
      const context = { ...statedPlan(file.plan, file.digest), applier, run: null, now: clock.now(), judge };
      const approvals = given.filter(standing(given, context));
      const begun: Begun = {
        type: "run.created",
        at,
        eventVersion: 1,
        run,
        plan: file.digest,
        action: file.plan.action.id,
        requester: file.plan.requester,
        applier,
        approvals,
        ...(file.request === undefined ? {} : { request: file.request }),
        ...(options.signed === undefined ? {} : { signed: options.signed }),
        ...(options.trust === undefined ? {} : { trust: options.trust }),
      };
      const attestation = await ports.attest?.(begun, file.plan.nonce);
      const created: RunEvent = attestation === undefined ? begun : { ...begun, attestation };
      const state = newState(file.plan, ports.rules, { parallel: options.parallel ?? PARALLEL });
      const used: RunEvent = { type: "plan.used", at, run, by: applier };
      const beside = [{ stream: planStream, expected: before.length, fence: null, events: [used] }, ...limits.appends];
      try {
        return await go(options, state, { claim, length: 0, opening: [created, heldEvent(ports, claim, at)], beside });
      } catch (error) {
        if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
      }
    }
  } finally {
    await claim.release();
  }
}

/** Nor is a run begun that could write nothing. */
async function demandThaw({ store, rules }: Ports, { plan }: PlanFile, now: number): Promise<void> {
  const freeze = frozenBy(await readFreezes(store, now, rules.judge), plan);
  if (freeze === null) return;
  const remedy = `once it is lifted (\`opsc thaw ${freeze.id}\`) the plan may still be applied`;
  throw new RunRefused({ kind: "frozen", message: `runs like this are ${freezeWords(freeze)}`, remedy });
}

/** A run that could not take its locks would use up the plan for nothing, so they are looked at first. */
async function demandLocks(store: Store, file: PlanFile, run: string): Promise<void> {
  const held = heldByOthers(await readLocks(store, file.plan), run);
  if (held.length > 0) throw new RunRefused({ kind: "lock", ...lockWords(held) });
}

/** Rejects with `StoreError` if there is no such run or another process holds it, with `BadMark` for a mark of what is not unknown. */
export async function resumeRun(options: ResumeOptions): Promise<RunEnd> {
  const { ports, run } = options;
  const { store, clock } = ports;
  const claim = await store.claim(run);
  try {
    const { state, length, digest } = await readRun(ports, run, options.parallel);
    if (state.phase === "finished") return runEnd(state, { status: "finished", why: null }, clock.now());
    checkMarks(state, options.marks ?? []);
    const at = new Date(clock.now()).toISOString();
    const believed = believes(state, ports.rules.judge, clock);
    const said = (await store.read(controlStream(run))).filter(({ event }) => believed(event));
    const opening: RunEvent[] = [
      heldEvent(ports, claim, at, {
        ...(options.by === undefined ? {} : { by: options.by }),
        ...(options.signed === undefined ? {} : { signed: options.signed }),
      }),
    ];
    // Who resumes a run wants it to go on, so of what nobody has heard yet only cancels count.
    for (const { event, n } of said)
      if (n >= state.heard && event.type === "control.said" && event.what === "cancel")
        opening.push(saidEvent(sayOf(event), at, n));
    if (options.toEnd === true && opening.length === 1 && state.ending === null) throw new RunRefused(unheard(run));
    const recorded = (await store.read(`plan/${digest}`)).flatMap(approvalIn);
    opening.push(...givenEvents(state, merged(options.approvals ?? [], recorded).filter(counts(ports)), at));
    const heard = Math.max(state.heard, ...said.map(({ n }) => n + 1));
    return await go(options, state, { claim, length, opening, beside: [], marks: options.marks ?? [], heard });
  } finally {
    await claim.release();
  }
}

/** Somebody took it out of the store, or it does not count there: to go on is not what was asked for. */
const unheard = (run: string): Refusal => ({
  kind: "not_cancelled",
  message: `no cancel of run ${run} that counts is in the store, though it was said`,
  remedy: `see what \`opsc audit verify\` says of the store, then cancel it again`,
});

export interface ReadRun {
  readonly state: RunState;
  /** Entries of its stream. */
  readonly length: number;
  /** Of its plan. */
  readonly digest: string;
}

/** A run that is taken up, as its log has it. Rejects with `StoreError` if there is none, and where it is not vouched for. */
export async function readRun(
  ports: Pick<Ports, "store" | "rules" | "vouch">,
  run: string,
  parallel = PARALLEL,
): Promise<ReadRun> {
  const log = await ports.store.read(`run/${run}`);
  const [entry] = log;
  const first = entry?.event;
  if (entry === undefined || first?.type !== "run.created") {
    throw new StoreError("missing", `there is no run ${run}`, "`opsc runs` lists the runs there are");
  }
  const file = await planOf(ports.store, first.plan);
  const events = log.map(({ event }) => event);
  const state = foldLog(run, file, ports.rules, events, parallel);
  await ports.vouch?.({ created: first, seq: entry.seq, file });
  return { state, length: log.length, digest: first.plan };
}

/** What counts for nothing is not taken into the log of a run. */
const counts = ({ rules, clock }: Pick<Ports, "rules" | "clock">): ((approval: Approval) => boolean) => {
  const now = clock.now();
  return (approval) => rules.judge.refuses(approval, now) === null;
};

const approvalIn = ({ event }: { readonly event: RunEvent }): Approval[] =>
  event.type === "approval.recorded" ? [event.approval] : [];

/** Both, each approval once. */
function merged(a: readonly Approval[], b: readonly Approval[]): Approval[] {
  return [...new Map([...a, ...b].map((one) => [JSON.stringify(one), one])).values()];
}
