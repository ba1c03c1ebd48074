/** What single steps do that a reviewer must not miss: destroy, reach far, leap, stay, or hide what they change. */
import type { Value } from "../ir/expr.ts";
import type { Knowable, Plan, StepNode } from "../plan/plan.schema.ts";
import type { Type } from "../types/type.ts";
import { foldIds, foldTexts } from "./alike.ts";
import { type Difference, differencesOf } from "./changes.ts";
import type { Danger, DangerLevel, Joins } from "./danger-type.ts";
import { isChange, staysAsMade, writesOf } from "./failing.ts";
import { brief, count, SHORT, showValue } from "./show-value.ts";
import { plural, resourceText } from "./words.ts";

/** Steps, or folded ones, named in one line before the rest is counted. */
const NAMED = 3;
/** Things that folded steps touch, named before the rest is counted. */
const THINGS = 2;
/** A reason is cut here. */
const WHY = 120;

export function stepDangers(plan: Plan): Danger[] {
  const writes = writesOf(plan);
  const undoes = plan.onFailure === "rollback";
  const all = [...writes, ...plan.hooks.flatMap(({ nodes }) => nodes).filter(isChange)];
  return [
    ...destroyed(all, undoes ? new Set(writes) : new Set()),
    ...wildcards(all),
    ...unknownTargets(writes),
    ...leaps(plan),
    ...(undoes ? stays(writes, plan) : []),
    ...hidden(plan),
  ];
}

/** One danger about `steps`, or none where there are no such steps; `mark`: what stands at each of them in a picture. */
export function about(
  level: DangerLevel,
  steps: readonly StepNode[],
  words: string,
  mark: string | null = null,
): Danger[] {
  if (steps.length === 0) return [];
  const danger = { level, words: `${words}: ${named(steps)}`, nodes: steps.map(({ id }) => id), short: words };
  return [mark === null ? danger : { ...danger, marks: { at: [mark], loops: [] } }];
}

/** The same, of which one sentence is made with others about the same steps: `subject` is what the clause is said of. */
export function aboutChanges(
  level: DangerLevel,
  steps: readonly StepNode[],
  {
    kind,
    clause,
    mark,
    be = ["is", "are"],
  }: { kind: Joins["kind"]; clause: string; mark: string; be?: readonly [string, string] },
): Danger[] {
  const subject = plural(steps.length, "change");
  return about(level, steps, `${subject} ${be[steps.length === 1 ? 0 : 1]} ${clause}`, mark).map((danger) => ({
    ...danger,
    joins: { kind, subject, clause, named: named(steps) },
  }));
}

/** `roll[×12].purge on cdn:*, told on room and 3 more`. */
function named(steps: readonly StepNode[]): string {
  const groups = foldIds(steps, ({ id }) => id);
  const shown = groups.slice(0, NAMED).map(({ name, of }) => `${brief(name, 80)} on ${thingsOf(of)}`);
  const rest = groups.slice(NAMED).reduce((sum, { of }) => sum + of.length, 0);
  return `${shown.join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}`;
}

function thingsOf(steps: readonly StepNode[]): string {
  const things = foldTexts([...new Set(steps.map(({ call }) => resourceText(call)))]);
  const shown = things.slice(0, THINGS).map(({ name }) => brief(name, 80));
  const rest = things.slice(THINGS).reduce((sum, { of }) => sum + of.length, 0);
  return rest > 0 ? `${shown.join(", ")} and ${plural(rest, "more thing")}` : shown.join(" and ");
}

/** What nothing brings back is worse than what a failure brings back; `undone`: what a failure undoes at all, which hooks are not of. */
function destroyed(writes: readonly StepNode[], undone: ReadonlySet<StepNode>): Danger[] {
  const found = writes.filter(({ call }) => call.effect === "destroy");
  const comesBack = (step: StepNode): boolean => undone.has(step) && !staysAsMade(step);
  const back = found.filter(comesBack);
  const does = (n: number): string => `${plural(n, "step destroys", "steps destroy")} something`;
  return [
    ...byReason(found.filter((step) => !comesBack(step))).flatMap(({ why, of }) =>
      about("grave", of, `${does(of.length)} that nothing brings back${why}`, "never comes back"),
    ),
    ...about("warning", back, `${does(back.length)} that is brought back when the run fails`),
  ];
}

/** Reasons told apart; more of them are left to the steps. */
const REASONS = 2;

/** Steps by the reason that the action gives for having nothing to undo, as it stands behind other words; all as one of too many. */
function byReason(steps: readonly StepNode[]): { readonly why: string; readonly of: readonly StepNode[] }[] {
  const reasons = Map.groupBy(steps, ({ rollback }) => (rollback?.kind === "nothing" ? brief(rollback.why, WHY) : ""));
  if (reasons.size > REASONS) return [{ why: "", of: steps }];
  return [...reasons].map(([why, of]) => ({ why: why === "" ? "" : ` (“${why}”)`, of }));
}

/** A `*` on its own or behind a separator: it names more than one thing, and nobody can see how many. */
export const WILDCARD = /^\*+$|[/:.,=]\*+$|^\*+[/:.]/;

function wildcards(writes: readonly StepNode[]): Danger[] {
  const found = writes.filter(({ call }) =>
    [call.resource, ...call.args.map(({ value }) => value)].some(
      (v) => v.is === "known" && typeof v.value === "string" && WILDCARD.test(v.value),
    ),
  );
  const level = found.some(({ call }) => call.effect === "destroy") ? "grave" : "warning";
  return about(
    level,
    found,
    `${plural(found.length, "step reaches", "steps reach")} whatever a wildcard matches`,
    "reaches by a wildcard",
  );
}

function unknownTargets(writes: readonly StepNode[]): Danger[] {
  const found = writes.filter(({ call }) => call.resource.is === "deferred");
  return about(
    "warning",
    found,
    `${plural(found.length, "step changes", "steps change")} what only the run will know`,
    "target not known yet",
  );
}

/** `rollback nothing`: a failed run leaves it as made. The action says why, and a reviewer judges that. */
function stays(writes: readonly StepNode[], { action: { risk } }: Plan): Danger[] {
  const found = writes.filter(
    ({ irreversible, rollback, call }) =>
      irreversible === null && rollback?.kind === "nothing" && call.effect === "write",
  );
  // What is low of risk, by its own word, may stay without more ado.
  const level = found.length * 2 > writes.length && risk !== "low" ? "warning" : "note";
  return byReason(found).flatMap(({ why, of }) =>
    aboutChanges(level, of, {
      kind: "stays",
      clause: `not undone when the run fails${why}`,
      mark: "not undone",
    }),
  );
}

/**
 * A reviewer cannot see what changes: neither all that is written, nor what it replaces, of which the provider may not tell and
 * no fact has read it.
 */
function hidden(plan: Plan): Danger[] {
  const found = differencesOf(plan)
    .filter(({ effect, fields }) => effect === "write" && fields.length === 0)
    .filter(({ step: { preview } }) => preview?.sensitive === true && !isNew(preview.summary))
    .filter(({ step: { call } }) => call.args.some(({ type, value }) => !isSeen(type, value)))
    .map(({ step }) => step);
  const what = plural(found.length, "change writes", "changes write");
  return about("note", found, `what ${what} is not shown in full, and what is replaced not at all`);
}

const isSeen = (type: Type, value: Knowable): boolean =>
  value.is === "known" && type.kind !== "secret" && JSON.stringify(value.value).length <= SHORT.text;

/** As providers tell of what was not there before: nothing is replaced. */
const isNew = (summary: string): boolean => /^create\b/i.test(summary);

/** A number that becomes so many times what it was, or the same part of it, is more often a slip than meant. */
const LEAP = 10;
/** Leaps told apart; more of them are told together. */
const LEAPS = 3;
/** Points by which a share that ends at nothing or all has changed. */
const SHARE = 50;
/** Numbers that say which, not how much. */
const NO_AMOUNT =
  /(^|_)(id|uid|gid|pid|port|version|revision|generation|build|number|mode|code|time|timestamp|date|year|line|seed)$/i;

function leaps(plan: Plan): Danger[] {
  const found = differencesOf(plan).flatMap(({ step, fields }) =>
    fields.flatMap((field) => leapsIn(field).map((words) => ({ step, words }))),
  );
  const byWords = Map.groupBy(found, ({ words }) => words);
  const steps = (of: typeof found): StepNode[] => [...new Set(of.map(({ step }) => step))];
  if (byWords.size > LEAPS)
    return about(
      "warning",
      steps(found),
      `${plural(found.length, "number")} become many times what they were, or a small part, or nothing`,
    );
  return [...byWords].flatMap(([words, of]) => about("warning", steps(of), words, "leaps"));
}

function leapsIn({ name, from, fromType, to, type }: Difference["fields"][number]): string[] {
  const secret = fromType.kind === "secret" || type.kind === "secret";
  return to.is === "deferred" || secret ? [] : leapsBetween(name, from, to.value, type, 0);
}

/** Records are looked into, field by field. */
function leapsBetween(name: string, from: Value, to: Value, type: Type | null, depth: number): string[] {
  if (typeof from === "number" && typeof to === "number") {
    const how = NO_AMOUNT.test(name) ? null : leap(from, to, baseOf(type)?.kind === "percent");
    return how === null ? [] : [`${brief(name, 60)} ${how} from ${showValue(from, type)} to ${showValue(to, type)}`];
  }
  if (depth > 8 || !isRecord(from) || !isRecord(to)) return [];
  return Object.entries(to).flatMap(([field, value]) =>
    Object.hasOwn(from, field)
      ? leapsBetween(field, from[field] ?? null, value, fieldType(type, field), depth + 1)
      : [],
  );
}

function leap(from: number, to: number, percent: boolean): string | null {
  if (from <= 0 && to <= 0) return null;
  if (percent) return (to === 0 || to === 100) && Math.abs(to - from) >= SHARE ? "goes" : null;
  if (from > 0 && to === 0) return "falls";
  if (from < 0 || to < 0) return null;
  // Something where there was nothing is measured against one.
  if (to >= LEAP * Math.max(from, 1)) return "leaps";
  return to * LEAP <= from ? "falls" : null;
}

function baseOf(type: Type | null): Type | null {
  if (type?.kind === "refined") return baseOf(type.base);
  return type?.kind === "optional" ? baseOf(type.of) : type;
}

function fieldType(type: Type | null, name: string): Type | null {
  const base = baseOf(type);
  if (base?.kind === "map") return base.of;
  return base?.kind === "record" ? (base.fields.find((field) => field.name === name)?.type ?? null) : null;
}

const isRecord = (value: Value): value is { readonly [name: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
