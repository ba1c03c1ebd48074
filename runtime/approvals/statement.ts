/** What of a statement is signed, and whether a statement says what it is held against. */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { type Spoken, type Statement, VERDICTS } from "../../compiler/plan/statement.schema.ts";
import { identityKey } from "./identity.ts";
import type { Judge } from "./judge.ts";

/** How far a clock elsewhere may be ahead of ours, or behind it, in milliseconds. */
export const SKEW = 60_000;

/** What is signed: canonical JSON of all but how it is known who said it. The same words by two signatures are one text. */
export function statementText({ identity: _, signature: __, ...said }: Spoken): string {
  return canonicalJson(said);
}

/** The bytes under the signature. */
export const statementBytes = (statement: Spoken): Uint8Array => Buffer.from(statementText(statement), "utf8");

export type Namespace = "opsc.approval" | "opsc.request";

/** A signature under a request is none under an approval, whatever else they say. */
export function namespaceOf({ decision }: Pick<Spoken, "decision">): Namespace {
  return VERDICTS.some((verdict) => verdict === decision) ? "opsc.approval" : "opsc.request";
}

/** A plan, as statements name it. */
export interface StatedPlan {
  /** `sha256:…`. */
  readonly digest: string;
  readonly nonce: string;
  readonly requester: string;
  /** Who may set its approvals aside. */
  readonly breakGlass: Plan["trust"]["breakGlass"];
  /** When it was made, in milliseconds since 1970: nobody can have said anything of it before. */
  readonly planned: number;
}

export function statedPlan(
  { nonce, requester, createdAt, trust }: Pick<Plan, "nonce" | "requester" | "createdAt" | "trust">,
  digest: string,
): StatedPlan {
  return { digest, nonce, requester, breakGlass: trust.breakGlass, planned: Date.parse(createdAt) };
}

/** Why it is not of this plan; null if it is. */
export function ofAnotherPlan(statement: Statement, plan: StatedPlan): string | null {
  return statement.plan === plan.digest && statement.nonce === plan.nonce ? null : "it is for another plan";
}

/** Why its date cannot be; null if it can. `now` is in milliseconds since 1970. */
export function wrongDate({ at }: Statement, planned: number, now: number): string | null {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return "its date cannot be read";
  if (time > now + SKEW) return "it is dated in the future";
  return time < planned - SKEW ? "it is dated before the plan was made" : null;
}

export interface Expected {
  readonly decision: Statement["decision"];
  readonly run: string | null;
  readonly who: string;
  readonly plan: StatedPlan;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Unsaid {
  readonly why: string;
  readonly remedy: string;
}

/** Why it does not say what is expected, of whom it is expected; null if it does. */
export function unsaid(statement: Statement, expected: Expected, judge: Judge): Unsaid | null {
  const { decision, run, who, plan, now } = expected;
  const no = (why: string): Unsaid => ({ why, remedy: `ask ${who} to do it again with this opsc` });
  if (statement.decision !== decision) return no(`it says ${statement.decision}, not ${decision}`);
  if (identityKey(statement.who) !== identityKey(who)) return no(`it is by ${statement.who.trim()}, not by ${who}`);
  const why =
    ofAnotherPlan(statement, plan) ??
    (statement.run === run ? null : "it is for another run") ??
    wrongDate(statement, plan.planned, now);
  return why === null ? judge.refuses(statement, now) : no(why);
}
