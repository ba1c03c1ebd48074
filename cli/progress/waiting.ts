/** An approval that is waited for: who may give it, who has, until when, and who else may from when on. */
import type { ApproveNode } from "../../compiler/plan/plan.schema.ts";
import { identityKey } from "../../runtime/approvals/identity.ts";
import { statedPlan } from "../../runtime/approvals/statement.ts";
import { nextEscalation, type Tally, tally } from "../../runtime/approvals/tally.ts";
import { safeName } from "../words.ts";
import { countdown } from "./time.ts";
import type { NodeView, RunView } from "./view.ts";

export interface Waiting {
  /** `1 of 2 given`. */
  readonly given: string;
  /** Who gave it, and until when it holds: `ana@example.com (for 2h more)`. */
  readonly by: readonly string[];
  /** `one more of ben@example.com, cleo@example.com`, a phrase a group. */
  readonly missing: readonly string[];
  /** `from 14:20 on (in 5m) SRE leads too`; null where nobody else may. */
  readonly escalation: string | null;
}

/** People named of a group before the rest is counted. */
const PEOPLE = 6;

export function waitingFor(view: RunView, n: NodeView, now: number): Waiting | null {
  const { node } = n;
  if (node.kind !== "approve") return null;
  const asked = node.upfront ? Date.parse(view.plan.createdAt) : (n.since ?? now);
  const { applier, digest, run, judge } = view;
  const told = tally(node, view.approvals, { ...statedPlan(view.plan, digest), judge, applier, now, asked, run });
  const needed = told.missing.reduce((sum, { needed: more }) => sum + more, 0);
  return {
    given: `${told.counted.length} of ${told.counted.length + needed} given`,
    by: told.counted.map(({ who }) => `${who}${holdsFor(view, node, who, now)}`),
    missing: missingOf(told),
    escalation: escalationOf(node, asked, now),
  };
}

function holdsFor({ approvals }: RunView, node: ApproveNode, who: string, now: number): string {
  if (node.within === null) return "";
  const given = approvals.filter((a) => identityKey(a.who) === identityKey(who) && a.decision === "approve");
  const latest = Math.max(...given.map(({ at }) => Date.parse(at)));
  return Number.isFinite(latest) ? ` (holds for ${countdown(latest + node.within - now)} more)` : "";
}

const missingOf = ({ missing }: Tally): string[] =>
  missing.map(({ group, needed, from }) => {
    const rest = from.length - PEOPLE;
    const named = `${from.slice(0, PEOPLE).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
    return from.length === 0
      ? `${needed} more of ${safeName(group.title)}, where nobody is left who may`
      : `${needed} more of ${safeName(group.title)}: ${named}`;
  });

function escalationOf(node: ApproveNode, asked: number, now: number): string | null {
  const next = nextEscalation(node, { asked, now });
  if (next === null) return null;
  const who = next.groups
    .map(({ title, id }) => (title === "" ? id.slice(id.lastIndexOf("#") + 1) : safeName(title)))
    .join(" or ");
  return `in ${countdown(next.from - now)} ${who} may too`;
}
