/** Phrases of a plan that all renderings share: one way to say each thing. Everything returned is safe to show. */
import { isConst, walkExpr } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import { orderFaults } from "../plan/order.ts";
import type {
  ApproveNode,
  CheckNode,
  Plan,
  PlanCall,
  PlanGuardrail,
  PlanNode,
  PlanRequirement,
  StepNode,
} from "../plan/plan.schema.ts";
import { identityKey } from "../types/identity.ts";
import type { Loop } from "./outline.ts";
import { escapeControls } from "./safe.ts";
import { showExpr, showKnowable } from "./show-expr.ts";
import { approverName, brief, count } from "./show-value.ts";

/** `1 step`, `6 steps`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** In which order a loop goes over its elements: `at most 2 at a time, in 3 waves, 30s between`; null for one element. */
export function wavesWords({ elements, waves, pauses }: Pick<Loop, "elements" | "waves" | "pauses">): string | null {
  if (elements.length === 1) return null;
  if (waves.length === 1) return "all at the same time";
  const most = waves.reduce((longest, wave) => Math.max(longest, wave.length), 0);
  const pause = pauses.length === 0 ? "" : `, ${pauses.map(formatDuration).join(" or ")} between`;
  return (most === 1 ? "one after the other" : `at most ${most} at a time, in ${count(waves.length)} waves`) + pause;
}

/** What a node is, in one word: the effect of a step, the kind of anything else. */
export function wordOf(node: PlanNode): string {
  switch (node.kind) {
    case "step":
      return node.call.effect;
    case "check":
    case "require":
    case "wait":
    case "join":
      return node.kind;
    case "approve":
      return "approval";
  }
}

/** `k8s.scale(name: "api", replicas: 6)`; for a team's own operation `queue_depth via exec.run(…)`. Arguments that are none are left out. */
export function callText(call: PlanCall): string {
  const args = call.args
    .filter(({ value }) => value.is === "deferred" || value.value !== null)
    .map(({ name, type, value }) => `${escapeControls(name)}: ${showKnowable(value, type)}`);
  const real = escapeControls(`${call.instance}.${call.operation}`);
  const own =
    call.shown.endsWith(`.${call.operation}`) || call.shown === call.operation
      ? ""
      : `${escapeControls(call.shown)} via `;
  return `${own}${real}(${args.join(", ")})`;
}

/**
 * The resource, without quotes if it looks like one, so that no text can pose as more than a resource; an expression
 * where only the run will know it.
 */
export function resourceText(call: PlanCall): string {
  const { resource } = call;
  if (
    resource.is === "known" &&
    typeof resource.value === "string" &&
    /^[\p{L}\p{N}_.:/@#%+=?&~*‹›[\]-]{1,120}$/u.test(resource.value)
  ) {
    return resource.value;
  }
  return resource.is === "known" ? showKnowable(resource, null) : `${showExpr(resource.expr)} (known at the run)`;
}

export interface Undo {
  readonly how: "undo" | "irreversible" | "nothing" | "unstated";
  readonly text: string;
}

/** How a step is undone, in one line; null where there is nothing to say, as for a read. */
export function undoOf(node: StepNode): Undo | null {
  if (node.irreversible !== null)
    return { how: "irreversible", text: `irreversible: ${brief(node.irreversible, 200)}` };
  if (node.rollback === null)
    return node.call.effect === "read" ? null : { how: "unstated", text: "no way back is stated" };
  switch (node.rollback.kind) {
    case "auto":
      return { how: "undo", text: "undo: automatic, by the provider" };
    case "nothing":
      return { how: "nothing", text: `nothing to undo: ${brief(node.rollback.why, 200)}` };
    case "calls": {
      const calls = node.rollback.calls.map(({ call }) => callText(call));
      return { how: "undo", text: `undo: ${calls.join(", then ")}` };
    }
  }
}

/** `up to 3 attempts, 2s..30s apart`; null for one attempt. */
export function retryText({ attempts, backoffMin, backoffMax }: StepNode["retry"]): string | null {
  if (attempts === 1) return null;
  const pause =
    backoffMin === backoffMax
      ? formatDuration(backoffMin)
      : `${formatDuration(backoffMin)}..${formatDuration(backoffMax)}`;
  return `up to ${attempts} attempts, ${pause} apart`;
}

/** As written; with what is known by now filled in, where that is text that the source does not hold. */
export function requirementText({ text, condition }: PlanRequirement): string {
  const constants: Value[] = [];
  /** Their unit is known from what is done with them. */
  const shares = new Set<Expr>();
  walkExpr(condition, (e) => {
    const [share] = e.k === "op" && e.op.startsWith("percent.of") ? e.args : [];
    if (share?.k === "const") shares.add(share);
    if (e.k === "const" && !shares.has(e)) constants.push(e.v);
    if (e.k === "text") constants.push(...e.parts.flatMap((part) => (typeof part === "string" ? [part] : [])));
  });
  const unsaid = constants.filter((value) => !text.includes(typeof value === "string" ? value : JSON.stringify(value)));
  const news = unsaid.length > 0 || [...shares].some((share) => !text.includes(showExpr(share)));
  // Any other number may have lost its unit, and is not filled in.
  const filled = news && !isConst(condition) && unsaid.every((value) => typeof value === "string");
  return brief(filled ? showExpr(condition) : text, 200);
}

/** `until it.ready, for 2m on end, every 15s, within 10m`. */
export function checkText(node: CheckNode): string {
  const parts = [`until ${node.requires.map(requirementText).join(" and ")}`];
  if (node.hold > 0) parts.push(`for ${formatDuration(node.hold)} on end`);
  parts.push(`every ${formatDuration(node.every)}`, `within ${formatDuration(node.within)}`);
  return parts.join(", ");
}

export interface ApprovalWords {
  /** `Payments on-call`, or several joined by `or` / `and`. */
  readonly by: string;
  /** `2 of 3 people`, `1 of 2 people of each group`. */
  readonly quorum: string;
  /** Who may give it: a line a group, the requester apart. */
  readonly groups: readonly { readonly title: string; readonly members: readonly string[] }[];
  /** Who may give it too once it was asked for that long ago, the earliest first; the requester apart. */
  readonly later: readonly { readonly after: string; readonly groups: ApprovalWords["groups"] }[];
  readonly requesterExcluded: boolean;
  /** Why it can never be given; null where it can. */
  readonly hopeless: string | null;
  /** `asked for before anything runs`, `the run pauses here`, `holds for 4h`, `after 2h also by Managers`. */
  readonly terms: readonly string[];
}

/** When people are asked; `covers.ts` knows more of it where the plan is at hand. */
export function askedWhen({ upfront }: Pick<ApproveNode, "upfront">): string {
  return upfront ? "asked for before anything runs" : "the run pauses here";
}

type Groups = ApproveNode["groups"];

/** People are told apart as they are where approvals are counted. */
export function approvalWords(node: ApproveNode, requester: string, asked = askedWhen(node)): ApprovalWords {
  const own = identityKey(requester);
  const isOwn = (who: string): boolean => identityKey(who) === own;
  const shown = (groups: Groups): ApprovalWords["groups"] =>
    groups.map(({ id, title, members }) => ({
      title: escapeControls(title === "" ? approverName(id) : title),
      members: members.filter((member) => !isOwn(member)).map(escapeControls),
    }));
  const peopleIn = (groups: Groups): number =>
    new Set(groups.flatMap(({ members }) => members.filter((member) => !isOwn(member)).map(identityKey))).size;
  const groups = shown(node.groups);
  const later = node.escalate.map(({ after, groups: of }) => ({ after: formatDuration(after), groups: shown(of) }));
  const pools = node.mode === "all" ? node.groups.map((group) => [group]) : [node.groups];
  const sizes = pools.map(peopleIn);
  // Whoever it is escalated to counts for each group.
  const atLast = pools.map((pool) => peopleIn([...pool, ...node.escalate.flatMap((each) => each.groups)]));
  const excluded = [node, ...node.escalate].some((each) => each.groups.some(({ members }) => members.some(isOwn)));
  const short = atLast.some((size) => size < node.quorum);
  const people =
    node.mode === "all" && groups.length > 1 ? "of each" : `of ${plural(sizes[0] ?? 0, "person", "people")}`;
  return {
    by: groups.map(({ title }) => title).join(node.mode === "all" ? " and " : " or "),
    quorum: `${node.quorum} ${people}`,
    groups,
    later,
    requesterExcluded: excluded,
    hopeless: short
      ? `cannot be given: ${plural(node.quorum, "person", "people")} needed, only ${Math.min(...atLast)} may${excluded ? " besides the requester" : ""}`
      : null,
    terms: [
      asked,
      ...(node.within === null ? [] : [`holds for ${formatDuration(node.within)}`]),
      ...later.map(({ after, groups: of }) => `after ${after} also by ${of.map(({ title }) => title).join(" or ")}`),
    ],
  };
}

/** `2026-11-21 09:00 UTC`, of an RFC 3339 time. */
export function timeText(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? escapeControls(time) : `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `sha256:1a2b3c4d5e6f`: enough for people to compare; commands take the whole. */
export function shortDigest(digest: string): string {
  return escapeControls(digest.slice(0, "sha256:".length + 12));
}

/** What is left of a step to be done by hand, where the line says so already. */
export const leftWords = (what: string): string => what.replace(/^to be done by hand: /, "");

/** `6 steps: 2 reads, 3 writes, 1 destroy`, or `9 writes` where they are all alike; `1 check`, …: the parts of the last line. */
export function totals(plan: Plan): string[] {
  const { summary } = plan;
  const effects = [
    summary.reads > 0 ? plural(summary.reads, "read") : "",
    summary.writes > 0 ? plural(summary.writes, "write") : "",
    summary.destroys > 0 ? plural(summary.destroys, "destroy", "destroys") : "",
  ].filter((part) => part !== "");
  return [
    effects.length === 1
      ? effects.join()
      : [plural(summary.steps, "step"), effects.join(", ")].filter((each) => each !== "").join(": "),
    ...(summary.checks > 0 ? [plural(summary.checks, "check")] : []),
    ...(summary.approvals > 0 ? [plural(summary.approvals, "approval")] : []),
    summary.worstCase === null
      ? "no bound on how long it takes"
      : `at most ${formatDuration(summary.worstCase)}${summary.approvals > 0 ? ", without waiting for people" : ""}`,
    `expires ${timeText(plan.expiresAt)}`,
  ];
}

/**
 * What a timeout of an action means, in milliseconds: what has begun by then still ends, so that all of it may take longer, as the
 * last of `totals` says.
 */
export const deadlineWords = (timeout: number): string => `begins nothing after ${formatDuration(timeout)}`;

/** How long what a step did lasts, and what ends it; null where it stays. */
export function leaseText({ lease, call }: StepNode): string | null {
  if (lease === null) return null;
  return `lasts ${formatDuration(lease)}, ended by ${call.expires === true ? "its own system" : "opsc work"}`;
}

/** What a reader must know about how far the plan can be carried out, and be trusted; a sentence each, empty where there is nothing. */
export function trustWarnings({ nodes, trust }: Plan): string[] {
  // What its own system ends needs nobody else.
  const leases = nodes.flatMap((node) =>
    node.kind === "step" && node.lease !== null && node.call.expires !== true ? [node.id] : [],
  );
  const more = leases.length > 3 ? ` and ${leases.length - 3} more` : "";
  const named = leases.slice(0, 3).map((id) => brief(id, 60));
  const told = [
    ...(trust.identities === "unverified" ? ["names are not verified"] : []),
    ...(trust.root === "project" ? ["approvers and guardrails come from the tree under review"] : []),
  ];
  return [
    ...(leases.length === 0
      ? []
      : [
          `It is applied only while opsc work runs, which ends what is granted for a time: ${named.join(", ")}${more}.`,
        ]),
    ...(told.length === 0 ? [] : [`${told.join(", and ").replace(/^./, (first) => first.toUpperCase())}.`]),
  ];
}

/** Whether somebody should have said why: much is at risk, or a guardrail asks for it. */
export function lacksReason({ reason, action, parts, guardrails }: Plan): boolean {
  const risky = [action, ...parts.map((part) => part.action)].some(
    ({ risk }) => risk === "high" || risk === "critical",
  );
  return reason === null && (risky || guardrails.some(({ saw }) => saw.some(({ name }) => name === "run.reason")));
}

/** Of a plan made without reading the `facts` of these ids. Without a full stop. */
export function offlineWords(facts: readonly string[]): string {
  const left = facts.length > 5 ? ` and ${facts.length - 5} more` : "";
  const named = `${facts
    .slice(0, 5)
    .map((id) => brief(id, 60))
    .join(", ")}${left}`;
  const not =
    facts.length === 0
      ? "no fact was read"
      : `the ${facts.length === 1 ? "fact" : "facts"} ${named} ${facts.length === 1 ? "was" : "were"} not read, and what depends on that stays open`;
  return `made offline, only to be looked at: ${not}`;
}

/** For which parts of the plan a guardrail is judged; null where that is the action itself alone. Plain text, as it stands in the plan. */
export function judgedFor({ part, also = [] }: PlanGuardrail): string | null {
  if (part === "" && also.length === 0) return null;
  const named = [part, ...also].map((id) => (id === "" ? "the action itself" : brief(id, 60)));
  if (named.length <= 3) return named.join(", ");
  return `${named.slice(0, 2).join(", ")} and ${named.length - 2} more`;
}

/** Whether a guardrail applies whatever the run finds. */
export const appliesAlways = ({ when }: PlanGuardrail): boolean => isConst(when) && when.v === true;

/** What that it fails means for the plan; null where it does not fail, or is only advice. */
export function consequenceOf({ status, enforcement, overrideBy }: PlanGuardrail): string | null {
  if (status !== "fail" || enforcement === "advisory") return null;
  if (enforcement === "hard") return "Nothing can override it.";
  if (overrideBy === null) return "Nobody is named who may override it.";
  const who = overrideBy.groups.map(({ title }) => brief(title, 60)).join(overrideBy.mode === "all" ? " and " : " or ");
  return `In an emergency ${who} may override it, with a reason.`;
}

/** Said where there is a difference that the plan does not hold. */
export const WITHHELD = "the difference may be sensitive, and is not kept in the plan";

/** Faults of the plan itself that a picture of it would hide; empty for any plan a planner made. */
export const malformed = (plan: Plan): string[] => orderFaults(plan).map(escapeControls);
