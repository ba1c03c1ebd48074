/** What runs say of their approvals: gathered while a log is walked, and judged once the plan is at hand. */
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { AT_THEIR_WORD, BY_ANY_KEY, type Judge } from "../approvals/judge.ts";
import { type ApprovalEvent, isApprovalEvent, passedUnapproved } from "../approvals/passed.ts";
import { unsaidInLog } from "../approvals/said.ts";
import type { RunEvent } from "../event.schema.ts";
import type { StoredEvent } from "../store/port.ts";
import type { Findings } from "./findings.ts";

export interface Place {
  readonly seq: number;
  readonly stream: string;
}

/** Of one run, in order. */
export interface SaidOfRun {
  readonly stream: string;
  readonly events: readonly { readonly place: Place; readonly event: ApprovalEvent }[];
}

/** Keeps of each run what it says of its approvals until it has ended: a log may be of more runs than memory can hold. */
export class RunsSaid {
  readonly #open = new Map<string, { place: Place; event: ApprovalEvent }[]>();
  #ended: string[] = [];
  /** Runs that said more after they had been taken. */
  readonly #again = new Set<string>();
  readonly #taken = new Set<string>();

  hear(place: Place, event: RunEvent): void {
    const { seq, stream } = place;
    if (event.type === "run.finished") this.#ended.push(stream);
    if (!isApprovalEvent(event)) return;
    if (this.#taken.has(stream)) {
      this.#again.add(stream);
      return;
    }
    const said = { place: { seq, stream }, event };
    const before = this.#open.get(stream);
    if (before === undefined) this.#open.set(stream, [said]);
    else before.push(said);
  }

  /** Those that have ended since it was asked last. */
  takeEnded(): readonly SaidOfRun[] {
    const ended = this.#ended;
    if (ended.length === 0) return [];
    this.#ended = [];
    return ended.flatMap((stream) => this.#take(stream));
  }

  /** Those that have not ended. */
  takeOpen(): readonly SaidOfRun[] {
    return [...this.#open.keys()].flatMap((stream) => this.#take(stream));
  }

  /** Runs that were taken, and said more afterwards: all of it has to be looked at again, together. */
  get again(): ReadonlySet<string> {
    return this.#again;
  }

  #take(stream: string): SaidOfRun[] {
    const events = this.#open.get(stream);
    if (events === undefined) return [];
    this.#open.delete(stream);
    this.#taken.add(stream);
    return [{ stream, events }];
  }
}

/** The same of a run whose entries were read by themselves. */
export const saidIn = (stream: string, entries: readonly StoredEvent[]): SaidOfRun => ({
  stream,
  events: entries.flatMap(({ seq, event }) => (isApprovalEvent(event) ? [{ place: { seq, stream }, event }] : [])),
});

const withoutKeys = (asked: Judge["identities"]): Judge => (asked === "signed" ? BY_ANY_KEY : AT_THEIR_WORD);

/** Whether what the run passed had been approved, and whoever acted on it said so. */
export function judgeSaid(
  { events }: SaidOfRun,
  { plan, digest }: Pick<PlanFile, "plan" | "digest">,
  judgeOf: ((asked: Judge["identities"]) => Judge) | undefined,
  findings: Pick<Findings, "report">,
): void {
  const told = events.map(({ event }) => event);
  const judge = (judgeOf ?? withoutKeys)(plan.trust.identities);
  for (const [what, found] of [
    ["sense", passedUnapproved(plan, digest, told, judge)],
    ["signature", unsaidInLog(plan, digest, told, judge)],
  ] as const) {
    const place = found === null ? undefined : events[found.index]?.place;
    if (found !== null && place !== undefined) findings.report(place, what, found.why);
  }
}
