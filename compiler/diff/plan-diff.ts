/**
 * Two plans compared by what they mean: what the new one does, touches or allows beyond the old one, which somebody has
 * reviewed. Pure, and complete: a field of a plan is compared, or stands in `ignored.ts`.
 */

import type { Plan, PlanFile, PlanNode } from "../plan/plan.schema.ts";
import { refusedBy } from "../plan/refused.ts";
import { valueIn } from "../render/facts.ts";
import { brief, count } from "../render/show-value.ts";
import { malformed, timeText } from "../render/words.ts";
import {
  compareAction,
  compareFacts,
  compareInputs,
  compareLimits,
  compareLocks,
  compareLoops,
  compareParts,
  compareProviders,
  compareSecrets,
  compareUnread,
  TRUST,
} from "./around.ts";
import { typeChanged, writtenIn } from "./call.ts";
import { compareConcurrency } from "./concurrency.ts";
import { type Draft, type Entry, KINDS, type Kind, type Spot, spotIn } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { foldDrafts } from "./fold.ts";
import { compareGuardrails } from "./guardrails.ts";
import { alike, ignore } from "./ignored.ts";
import { type Matched, matchNodes, renameExpr } from "./match.ts";
import { approvedIn, compareNames, compareNodes, type NodesContext } from "./nodes.ts";
import { compareOrder } from "./order.ts";
import { bound, expression, ladder, text } from "./rules.ts";
import { compareWindows } from "./windows.ts";

export interface PlanDiff {
  /** Whether both mean the same: there are no entries. */
  readonly same: boolean;
  readonly counts: Readonly<Record<Kind, number>>;
  readonly old: Side;
  readonly new: Side;
  /** What is wider first, and of that the gravest. */
  readonly entries: readonly Entry[];
  /** What differs without meaning anything for what is done, and what else is to be known. Sentences, safe to show. */
  readonly notes: readonly string[];
}

/** Which plan it is; texts are safe to show. */
export interface Side {
  readonly digest: string;
  readonly action: string;
  readonly title: string;
  readonly requester: string;
  readonly workspace: string;
  readonly createdAt: string;
}

/** A pure function of the two plans. */
export function planDiff(old: PlanFile, now: PlanFile): PlanDiff {
  const found: Draft[] = [];
  const context = contextOf(old.plan, now.plan);
  const at = spotIn(found, "plan");
  // What follows compares under the new names.
  compareNames(context.matched, at);
  compareFields(PLAN, context.old, now.plan, at, context);
  const entries = foldDrafts(found);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, entries.filter((entry) => entry.kind === kind).length]));
  return {
    same: entries.length === 0,
    counts: counts as Record<Kind, number>,
    old: sideOf(old),
    new: sideOf(now),
    entries,
    notes: notesOf(old.plan, now.plan),
  };
}

interface Context {
  /** With names of nodes, actions and loops as the new plan has them. */
  readonly old: Plan;
  readonly now: Plan;
  readonly matched: Matched;
}

function contextOf(old: Plan, now: Plan): Context {
  const matched = matchNodes(old, now);
  const { nodes, parts, elements, loops } = matched.renamed;
  const other = (names: ReadonlyMap<string, string>, name: string): string => names.get(name) ?? name;
  const placed = (node: PlanNode): PlanNode => ({
    ...node,
    part: other(parts, node.part),
    element: node.element === null ? null : other(elements, node.element),
  });
  return {
    now,
    matched: { ...matched, pairs: matched.pairs.map((pair) => ({ ...pair, old: placed(pair.old) })) },
    old: {
      ...old,
      nodes: matched.old.map(placed),
      parts: renameExpr(old.parts, nodes).map((part) => ({ ...part, id: other(parts, part.id) })),
      guardrails: renameExpr(old.guardrails, nodes).map(({ also, ...g }) => ({
        ...g,
        part: other(parts, g.part),
        ...(also === undefined ? {} : { also: also.map((part) => other(parts, part)) }),
      })),
      hooks: renameExpr(old.hooks, nodes),
      returns: renameExpr(old.returns, nodes),
      loops: renameExpr(old.loops, nodes).map((loop) => ({
        ...loop,
        id: other(loops, loop.id),
        elements: loop.elements.map((element) => ({
          ...element,
          id: other(elements, element.id),
          within: element.within === null ? null : other(elements, element.within),
        })),
      })),
    },
  };
}

const PLAN: Rules<Plan, Context> = {
  planVersion: ignore("version"),
  irVersion: ignore("version"),
  opsc: ignore("opsc"),
  action: (old, now, at) => compareAction(old, now, at.on("the action")),
  inputs: compareInputs,
  requester: (old, now, at) =>
    at.say("widened", "is requested by somebody else, who may not approve it", {
      from: brief(old, 120),
      to: brief(now, 120),
    }),
  reason: (old, now, at) => text("gives another reason")(old, now, at.in("texts")),
  workspace: (old, now, at) =>
    at.say("widened", "is for another workspace", { from: brief(old, 120), to: brief(now, 120), rank: -3 }),
  trust: (old, now, at) => compareFields(TRUST, old, now, at.in("trust").on("trust"), undefined),
  sources: ignore("sources"),
  providers: compareProviders,
  secrets: compareSecrets,
  facts: compareFactsOf,
  unread: compareUnread,
  parts: (old, now, at, context) => compareParts(old, now, { old: context.old.windows, now: context.now.windows }, at),
  nodes: nodes,
  loops: compareLoops,
  hooks: hooks,
  windows: compareWindows,
  locks: compareLocks,
  limits: compareLimits,
  guardrails: compareGuardrails,
  onFailure: (old, now, at) => {
    const ways = ["rollback", "halt", "continue"] as const;
    ladder(ways, "undoes less when it fails", "undoes more when it fails")(old, now, at.in("failure"), { rank: -1 });
  },
  timeout: (old, now, at) =>
    bound("may take longer in all", "may take less long in all")(old, now, at.in("times").on("the action")),
  returns: (old, now, at) => expression("gives another result")(old, now, at.in("arguments")),
  resultType: (old, now, at) => typeChanged(old, now, at.in("arguments").on("the result")),
  summary,
  createdAt: ignore("time"),
  expiresAt: ignore("time"),
  nonce: ignore("nonce"),
};

/** A fact whose value differs where nothing reads it says nothing here. */
function compareFactsOf(old: Plan["facts"], now: Plan["facts"], at: Spot): "told" {
  compareFacts(old, now, at);
  return "told";
}

function nodes(_: Plan["nodes"], now: Plan["nodes"], at: Spot, { old, now: plan, matched }: Context): "told" {
  const concurrency = compareConcurrency(old, plan, at);
  const context: NodesContext = {
    old,
    now: plan,
    written: writtenIn(old),
    approved: approvedIn(now),
    loops: concurrency.loops,
    elements: concurrency.elements,
    listedOtherwise: listedOtherwise(old, plan),
  };
  compareNodes(matched, at, context, false);
  const before = at.count();
  compareOrder(matched, now, at, concurrency);
  if (at.count() === before && concurrency.regrouped.size === 0) sequence(matched, now, at);
  // What is left are joins, edges that follow from others, and where an order comes from.
  return "told";
}

/** Where no order is prescribed, what is listed first is begun first. */
function sequence({ old, pairs }: Matched, now: Plan["nodes"], at: Spot): void {
  const shared = new Set(pairs.flatMap((pair) => (pair.now.kind === "join" ? [] : [pair.now.id])));
  const ids = (all: readonly PlanNode[]): string[] => all.flatMap(({ id }) => (shared.has(id) ? [id] : []));
  const [a, b] = [ids(old), ids(now)];
  const first = a.findIndex((id, i) => id !== b[i]);
  if (first < 0) return;
  at.in("order").say("changed", "lists steps in another order, where none is prescribed", {
    from: `${brief(a[first] ?? "", 120)} first`,
    to: `${brief(b[first] ?? "", 120)} first`,
  });
}

function listedOtherwise(old: Plan, now: Plan): NodesContext["listedOtherwise"] {
  const listed = (plan: Plan): ReadonlySet<string> =>
    new Set(plan.loops.flatMap(({ elements }) => elements.map(({ id }) => id)));
  const [before, after] = [listed(old), listed(now)];
  return (was, is) =>
    (was !== null && before.has(was) && !after.has(was)) || (is !== null && after.has(is) && !before.has(is));
}

/** Hooks of one event are one: whichever stands first, all are carried out. */
function hooks(old: Plan["hooks"], now: Plan["hooks"], at: Spot, { old: before, now: after }: Context): void {
  const events = [...new Set([...old, ...now].map(({ event }) => event))];
  for (const event of events) {
    const of = (all: Plan["hooks"]): PlanNode[] => all.flatMap((hook) => (hook.event === event ? hook.nodes : []));
    const matched = byName(of(old), of(now), ({ kind, id }) => `${kind} ${id}`);
    const context: NodesContext = {
      old: before,
      now: after,
      written: writtenIn(before),
      approved: null,
      loops: new Set(),
      elements: new Set(),
      listedOtherwise: listedOtherwise(before, after),
    };
    const pairs = matched.pairs.map((pair) => ({ ...pair, was: null }));
    compareNodes({ ...matched, pairs }, at, context, true);
    const none = new Map<string, string>();
    const renamed = { nodes: none, parts: none, elements: none, loops: none };
    compareOrder({ ...matched, pairs, old: of(old), renamed }, of(now), at, {
      regrouped: new Map(),
      changedLoops: new Set(),
    });
  }
}

/** Counted from the nodes, but for how long it may take, which guardrails may ask. */
function summary(
  old: Plan["summary"],
  now: Plan["summary"],
  at: Spot,
  { old: before, now: after }: Context,
): "told" | undefined {
  const here = at.in("times").of("worstCase");
  if (old.worstCase !== now.worstCase)
    bound("may take longer at worst", "takes less long at worst")(old.worstCase, now.worstCase, here);
  const [a, b] = [
    { ...old, worstCase: null },
    { ...now, worstCase: null },
  ];
  return alike(a, b) || !alike(before.nodes, after.nodes) ? "told" : undefined;
}

function sideOf({ plan, digest }: PlanFile): Side {
  return {
    digest,
    action: brief(plan.action.name, 120),
    title: brief(plan.action.title, 200),
    requester: brief(plan.requester, 120),
    workspace: brief(plan.workspace, 120),
    createdAt: plan.createdAt,
  };
}

function notesOf(old: Plan, now: Plan): string[] {
  const faults = (plan: Plan, name: string): string[] => {
    const found = malformed(plan);
    return found.length === 0 ? [] : [`${name} is malformed, do not approve it: ${found.slice(0, 3).join("; ")}.`];
  };
  const refused = refusedBy(now);
  const lifetime = (plan: Plan): number => Date.parse(plan.expiresAt) - Date.parse(plan.createdAt);
  return [
    ...faults(old, "OLD"),
    ...faults(now, "NEW"),
    ...refused.map((g) => `NEW is refused by guardrail ${brief(g.name, 80)}: ${brief(g.why ?? "", 300)}`),
    ...(old.opsc === now.opsc ? [] : [`Made by opsc ${brief(old.opsc, 40)} and ${brief(now.opsc, 40)}.`]),
    ...sourceNotes(old.sources, now.sources),
    ...factNotes(old, now),
    ...(lifetime(old) === lifetime(now)
      ? []
      : [`OLD may be used until ${timeText(old.expiresAt)}, NEW until ${timeText(now.expiresAt)}.`]),
  ];
}

function sourceNotes(old: Plan["sources"], now: Plan["sources"]): string[] {
  const { pairs, gone, come } = byName(old, now, ({ path }) => path);
  const other = pairs.filter((pair) => pair.old.sha256 !== pair.now.sha256).map((pair) => pair.now);
  const say = (words: string, of: readonly Plan["sources"][number][]): string[] => {
    const shown = of.slice(0, 5).map(({ path }) => brief(path, 120));
    const left = of.length - shown.length;
    return of.length === 0 ? [] : [`${words}: ${shown.join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}.`];
  };
  return [
    ...say("Sources that differ", other),
    ...say("Sources only of OLD", gone),
    ...say("Sources only of NEW", come),
  ];
}

/** What was read of the world and not used; what was used is told among the entries. */
function factNotes(old: Plan, now: Plan): string[] {
  const other = byName(old.facts, now.facts, ({ id }) => id).pairs.filter(
    ({ old: a, now: b }) =>
      !alike({ value: a.value }, { value: b.value }) &&
      b.used.every((path) => alike({ value: valueIn(a.value, path) }, { value: valueIn(b.value, path) })),
  );
  const names = other.map(({ now: { id } }) => brief(id, 80));
  const left = names.length - 5;
  return names.length === 0
    ? []
    : [
        `Read otherwise in what nothing uses: ${names.slice(0, 5).join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}.`,
      ];
}
