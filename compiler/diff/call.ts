/** What a call does: its effect, what it touches, what it is given. */

import type { Expr } from "../ir/expr.ts";
import type { Knowable, Plan, PlanCall } from "../plan/plan.schema.ts";
import { WILDCARD } from "../render/danger-steps.ts";
import { brief } from "../render/show-value.ts";
import { resourceText } from "../render/words.ts";
import { showType, type Type } from "../types/type.ts";
import type { Spot } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { alike } from "./ignored.ts";
import { expression, ladder, promise } from "./rules.ts";
import { knowableLeaves, told } from "./show.ts";

/** What a call is to the plan. */
export interface CallContext {
  readonly writes: boolean;
  /** What steps of the old plan write, as it is shown. */
  readonly written: ReadonlySet<string>;
}

export function compareCall(old: PlanCall, now: PlanCall, at: Spot, written: ReadonlySet<string>): void {
  compareFields(CALL, old, now, at, { writes: now.effect !== "read", written });
}

/** What the steps of a plan write or destroy, those of rollbacks too. */
export function writtenIn(plan: Plan): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of [...plan.nodes, ...plan.hooks.flatMap(({ nodes }) => nodes)]) {
    if (node.kind !== "step") continue;
    if (node.call.effect !== "read") found.add(resourceKey(node.call));
    if (node.rollback?.kind === "calls") for (const { call } of node.rollback.calls) found.add(resourceKey(call));
  }
  return found;
}

export const resourceKey = (call: PlanCall): string => `${call.instance} ${resourceText(call)}`;

const CALL: Rules<PlanCall, CallContext> = {
  instance: (old, now, at, { writes }) =>
    at.say(writes ? "widened" : "changed", "goes to another instance", { from: brief(old, 80), to: brief(now, 80) }),
  operation: (old, now, at, { writes }) =>
    at.say(writes ? "widened" : "changed", "does something else", { from: brief(old, 80), to: brief(now, 80) }),
  shown: (old, now, at, _, both) => {
    if (both.old.operation !== both.now.operation || both.old.instance !== both.now.instance) return "told";
    at.in("texts").say("changed", "is called by another name", { from: brief(old, 120), to: brief(now, 120) });
    return undefined;
  },
  args: (old, now, at, { writes }) => compareArgs(old, now, at.in("arguments"), writes),
  effect: (old, now, at) =>
    ladder(["read", "write", "destroy"] as const, `does more than ${old}`, `does less than ${old}`)(old, now, at, {
      rank: now === "destroy" ? -3 : -1,
    }),
  repeat: (old, now, at) =>
    ladder(["idempotent", "keyed", "once"] as const, "is less safe to repeat", "is safer to repeat")(old, now, at),
  atomic: promise("may be done by half", "is done wholly or not at all"),
  undo: (old, now, at) =>
    promise("cannot be undone by its provider", "can be undone by its provider")(old, now, at.in("undo")),
  expires: (old, now, at) =>
    promise("does not end by itself", "ends by itself")(old === true, now === true, at.in("undo")),
  resource: (old, now, at, context, both) => resource(old, now, at, context, both.now),
  returns: (old, now, at) => expression("gives another result")(old, now, at.in("arguments")),
  resultType: (old, now, at) => typeChanged(old, now, at.in("arguments")),
};

export function typeChanged(old: Type | null, now: Type | null, at: Spot): void {
  const shown = (type: Type | null): string => (type === null ? "none" : showType(type));
  at.say("changed", "is of another type", told(shown(old), shown(now), old, now));
}

function resource(old: Knowable, now: Knowable, at: Spot, { writes, written }: CallContext, call: PlanCall): void {
  const shown = (k: Knowable): string => resourceText({ ...call, resource: k });
  const said = told(shown(old), shown(now), old, now);
  if (!writes) at.say("changed", "reads something else", said);
  else if (now.is === "deferred")
    at.say("widened", old.is === "known" ? "touches what only the run will know" : "may touch something else", {
      ...said,
      rank: -2,
    });
  else if (isWide(now.value) && !isWide(old.is === "known" ? old.value : null))
    at.say("widened", "touches whatever a wildcard matches", { ...said, rank: -2 });
  else if (covers(old, now)) at.say("narrowed", "touches less", said);
  else if (written.has(resourceKey(call)))
    at.say("changed", "touches something else, which OLD touches elsewhere", said);
  else at.say("widened", "touches something that OLD does not", { ...said, rank: -1 });
}

export const isWide = (value: unknown): boolean => typeof value === "string" && WILDCARD.test(value);

/** Whether all that is touched now was touched before: by a wildcard at the end, or by a text whose holes it fills. */
function covers(old: Knowable, now: Knowable): boolean {
  if (now.is !== "known" || typeof now.value !== "string") return false;
  if (old.is === "deferred") return fits(old.expr, now.value);
  if (typeof old.value !== "string") return false;
  const stem = /^(.*[/:.,=]|)\*+$/s.exec(old.value);
  return stem !== null && now.value.startsWith(stem[1] ?? "");
}

function fits(expr: Expr, value: string): boolean {
  if (expr.k !== "text") return false;
  const [first = "", last = ""] = [expr.parts[0], expr.parts.at(-1)].map((part) =>
    typeof part === "string" ? part : "",
  );
  return first !== "" && value.startsWith(first) && value.slice(first.length).endsWith(last);
}

function compareArgs(old: PlanCall["args"], now: PlanCall["args"], at: Spot, writes: boolean): void {
  const { pairs, gone, come } = byName(old, now, (arg) => arg.name);
  for (const { name, type, value } of gone) {
    const { leaves } = knowableLeaves(value, type, { is: "known", value: null }, type);
    at.of(name).say("changed", `is not given ${brief(name, 60)}`, { from: leaves[0]?.from ?? null });
  }
  for (const { name, type, value } of come) {
    const { leaves } = knowableLeaves({ is: "known", value: null }, type, value, type);
    const wide = writes && value.is === "known" && isWide(value.value);
    at.of(name).say(wide ? "widened" : "changed", `is given ${brief(name, 60)}`, { to: leaves[0]?.to ?? null });
  }
  for (const pair of pairs) {
    const here = at.of(pair.now.name);
    const label = brief(pair.now.name, 60);
    if (JSON.stringify(pair.old.type) !== JSON.stringify(pair.now.type))
      typeChanged(pair.old.type, pair.now.type, here.of("type"));
    valueChanged(pair.old.value, pair.old.type, pair.now.value, pair.now.type, here, label, writes);
  }
  const order = (args: PlanCall["args"]): string => args.map(({ name }) => brief(name, 60)).join(", ");
  if (gone.length + come.length === 0 && order(old) !== order(now))
    at.say("changed", "is given its arguments in another order", { from: order(old), to: order(now) });
}

/** A value each of whose places is told apart; one that becomes open at the run widens what writes. */
export function valueChanged(
  old: Knowable,
  oldType: Type | null,
  now: Knowable,
  nowType: Type | null,
  at: Spot,
  label: string,
  writes: boolean,
): void {
  if (old.is === "known" && now.is === "known") {
    const { leaves, more } = knowableLeaves(old, oldType, now, nowType);
    for (const leaf of leaves) {
      const wide = writes && isWide(leaf.now) && !isWide(leaf.old);
      const name = leaf.path === "" ? label : `${label}.${brief(leaf.path, 120)}`.replace(".[", "[");
      at.of(leaf.path).say(wide ? "widened" : "changed", wide ? `${name} matches more` : name, leaf);
    }
    if (more > 0) at.say("changed", `${label} differs in ${more} more places`);
    return;
  }
  const [leaf] = knowableLeaves(old, oldType, now, nowType).leaves;
  const opened = old.is === "known" && writes;
  if (leaf !== undefined && !sameShown(old, now))
    at.say(opened ? "widened" : "changed", opened ? `${label} is known only at the run` : label, leaf);
}

const sameShown = (old: Knowable, now: Knowable): boolean => alike(old, now);
