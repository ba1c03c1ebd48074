/** Nodes that hold a run to something: checks, approvals, requirements, pauses. */
import { formatDuration } from "../ir/format.ts";
import type { ApproveNode, CheckNode, PlanNode } from "../plan/plan.schema.ts";
import { approverName, brief, count } from "../render/show-value.ts";
import { compareCall } from "./call.ts";
import type { Spot } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { alike, ignore } from "./ignored.ts";
import { bound, conditions, demand, duration, promise, requirement, requirements, text } from "./rules.ts";
import { fromPart, type NodeContext, within } from "./step.ts";

type Of<K extends PlanNode["kind"]> = Extract<PlanNode, { kind: K }>;

const guarding = {
  kind: ignore("matched"),
  id: ignore("matched"),
  at: ignore("at"),
  part: fromPart,
  element: within,
  after: ignore("after"),
};

export const CHECK: Rules<CheckNode, NodeContext> = {
  ...guarding,
  when: (old, now, at) => conditions(old, now, at.in("checks"), "guards"),
  doc: (old, now, at) => text("is described otherwise")(old, now, at.in("texts")),
  call: (old, now, at, { written }) => compareCall(old, now, at.in("checks"), written),
  requires: (old, now, at) => requirements(old, now, at.in("checks")),
  hold: (old, now, at) => demand("must hold less long", "must hold longer", formatDuration)(old, now, at.in("checks")),
  every: (old, now, at) =>
    at
      .in("checks")
      .say("changed", "is looked at at other intervals", { from: formatDuration(old), to: formatDuration(now) }),
  within: (old, now, at) => bound("may take longer to hold", "may take less long to hold")(old, now, at.in("times")),
  timeout: (old, now, at) =>
    bound("a read of it may take longer", "a read of it may take less long")(old, now, at.in("times")),
};

export const REQUIRE: Rules<Of<"require">, NodeContext> = {
  ...guarding,
  when: (old, now, at) => conditions(old, now, at.in("checks"), "guards"),
  requirement: (old, now, at) => requirement(old, now, at.in("checks")),
};

export const WAIT: Rules<Of<"wait">, NodeContext> = {
  ...guarding,
  when: (old, now, at) => conditions(old, now, at.in("order"), "guards"),
  duration: (old, now, at) => demand("waits less long", "waits longer", formatDuration)(old, now, at.in("order")),
};

export const JOIN: Rules<Of<"join">, NodeContext> = {
  ...guarding,
  when: (old, now, at) => conditions(old, now, at.in("order"), "neither"),
};

type Groups = ApproveNode["groups"];
type Mode = ApproveNode["mode"];

export const APPROVE: Rules<ApproveNode, NodeContext> = {
  ...guarding,
  when: (old, now, at) => conditions(old, now, at.in("approvals"), "guards"),
  upfront: (old, now, at) =>
    promise("is asked for only when the run gets there", "is asked for before anything runs")(
      old,
      now,
      at.in("approvals"),
    ),
  mode: (old, now, at, _, both) => mode(old, now, at.in("approvals"), both.old.groups, both.now.groups),
  groups: (old, now, at, _, both) => groups(old, now, at.in("approvals"), both.now.mode),
  quorum: (old, now, at) => demand("fewer people are enough", "more people are needed")(old, now, at.in("approvals")),
  within: (old, now, at) =>
    bound("an approval holds longer", "an approval holds less long")(old, now, at.in("approvals")),
  escalate: (old, now, at) => escalations(old, now, at.in("approvals")),
};

/** `all of` of one group asks no more than `one` does; of several it asks each. */
function mode(old: Mode, now: Mode, at: Spot, before: Groups, after: Groups): void {
  const each = (m: Mode, of: Groups): boolean => m === "all" && of.length > 1;
  const said = { from: modeText(old), to: modeText(now) };
  if (each(old, before) && now !== "all") at.say("widened", "one group is enough, where each was needed", said);
  else if (old !== "all" && each(now, after)) at.say("narrowed", "each group is needed", said);
  else at.say("changed", "is asked for in another way", said);
}

const modeText = (m: Mode): string => ({ one: "of one group", any: "any of the groups", all: "all of the groups" })[m];

/** People named in one line before the rest is counted. */
const MOST_PEOPLE = 40;

const listed = (people: readonly string[]): string => {
  const shown = people.slice(0, MOST_PEOPLE).map((who) => brief(who, 80));
  return `${shown.join(", ")}${people.length > shown.length ? ` and ${count(people.length - shown.length)} more` : ""}`;
};

export function groups(old: Groups, now: Groups, at: Spot, mode: Mode): void {
  const { pairs, gone, come } = byName(old, now, (group) => group.id);
  const all = mode === "all";
  for (const group of gone)
    at.of(group.id).say(
      all ? "widened" : "narrowed",
      all ? "is not asked of a group any more" : "may not be given by a group any more",
      { from: groupText(group) },
    );
  for (const group of come)
    at.of(group.id).say(
      all ? "narrowed" : "widened",
      all ? "is asked of another group too" : "may be given by another group too",
      { to: groupText(group) },
    );
  for (const { old: before, now: after } of pairs) {
    const here = at.of(after.id);
    const name = groupName(after);
    if (before.title !== after.title)
      here.in("texts").say("changed", "a group has another title", { from: groupName(before), to: name });
    const more = after.members.filter((who) => !before.members.includes(who));
    const fewer = before.members.filter((who) => !after.members.includes(who));
    if (more.length > 0) here.say("widened", `${name}: may be given by more people`, { to: listed(more) });
    if (fewer.length > 0) here.say("narrowed", `${name}: may not be given by some any more`, { from: listed(fewer) });
    if (more.length + fewer.length === 0 && !alike(before.members, after.members))
      here.in("texts").say("changed", `${name}: lists its members in another way`, {
        from: listed(before.members),
        to: listed(after.members),
      });
  }
  if (gone.length + come.length === 0 && old.map(({ id }) => id).join() !== now.map(({ id }) => id).join())
    at.in("texts").say("changed", "lists its groups in another order", {
      from: old.map(groupName).join(", "),
      to: now.map(groupName).join(", "),
    });
}

export const groupName = ({ id, title }: Groups[number]): string => brief(title === "" ? approverName(id) : title, 80);
const groupText = (group: Groups[number]): string => `${groupName(group)} (${listed(group.members)})`;

type Escalation = ApproveNode["escalate"][number];

function escalations(old: readonly Escalation[], now: readonly Escalation[], at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (each) => each.mode + each.groups.map(({ id }) => id).join());
  for (const each of gone) at.say("narrowed", "others may not give it later any more", { from: escalationText(each) });
  for (const each of come) at.say("widened", "others may give it after a while", { to: escalationText(each) });
  for (const pair of pairs) {
    if (pair.old.after !== pair.now.after)
      demand("others may give it sooner", "others may give it only later", duration)(
        pair.old.after,
        pair.now.after,
        at.of("after"),
      );
    groups(pair.old.groups, pair.now.groups, at, pair.now.mode);
  }
}

const escalationText = ({ after, mode, groups: who }: Escalation): string =>
  `after ${formatDuration(after)}, ${modeText(mode)}: ${who.map(groupText).join("; ")}`;

/** Two nodes that are the same one; nothing where their kinds differ, which are others then. */
export function compareGuard(old: PlanNode, now: PlanNode, at: Spot, context: NodeContext): void {
  if (old.kind === "check" && now.kind === "check") compareFields(CHECK, old, now, at, context);
  else if (old.kind === "approve" && now.kind === "approve") compareFields(APPROVE, old, now, at, context);
  else if (old.kind === "require" && now.kind === "require") compareFields(REQUIRE, old, now, at, context);
  else if (old.kind === "wait" && now.kind === "wait") compareFields(WAIT, old, now, at, context);
  else if (old.kind === "join" && now.kind === "join") compareFields(JOIN, old, now, at, context);
}
