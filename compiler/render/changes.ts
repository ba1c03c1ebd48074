/** What a plan would change: facts against arguments, and what providers say of it. */

import { canonicalJson } from "../canonical.ts";
import type { Value } from "../ir/expr.ts";
import type { Knowable, Plan, PlanCall, PlanFact, StepNode } from "../plan/plan.schema.ts";
import { unifiedDiff } from "../text-diff.ts";
import type { Type } from "../types/type.ts";
import { keySign } from "./fold.ts";
import { elementsOf, keyless } from "./outline.ts";
import { safeLines } from "./safe.ts";
import { showKnowable } from "./show-expr.ts";
import { brief, count, showValue } from "./show-value.ts";
import { replaceWords } from "./whole-words.ts";
import { plural, resourceText } from "./words.ts";

export interface Change {
  /** The steps that make this very change: one, or several elements of a loop. */
  readonly ids: readonly string[];
  readonly effect: "write" | "destroy";
  /** What they touch, each once. */
  readonly resources: readonly string[];
  /** `replicas: 3 → 6`. */
  readonly fields: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  /** What the provider says; null where it says nothing. */
  readonly summary: string | null;
  /** Lines of a unified diff, safe to show: the provider's, or of texts of several lines that a fact has read and a step writes. */
  readonly diff: readonly string[];
  /** There is a diff, and it may not be shown. What a fact has read stands in `fields` all the same: the plan holds facts. */
  readonly sensitive: boolean;
}

export interface StepChange {
  readonly step: StepNode;
  readonly change: Change;
}

/** What each step that writes or destroys would change, as far as it is known, in their order. */
export function stepChangesOf(plan: Plan): StepChange[] {
  return differencesOf(plan).map(({ step, effect, fields }) => ({ step, change: changeOf(step, effect, fields) }));
}

/**
 * What all steps that write or destroy would change, as far as it is known, in their order; the same change of several elements
 * of a loop once, `‹key›` standing for what they are called.
 */
export function changesOf(plan: Plan, each: readonly StepChange[] = stepChangesOf(plan)): Change[] {
  // Gathered in place: of ten thousand elements, a copy for each would be fifty million ids.
  const found = new Map<
    string,
    { readonly first: Change; readonly same: Change; readonly ids: string[]; readonly resources: Set<string> }
  >();
  for (const { step: node, change } of each) {
    const { id, same } = withoutKeys(node.id, change);
    const key = canonicalJson([id, node.call.shown, same.effect, same.fields, same.summary, same.diff, same.sensitive]);
    const group = found.get(key);
    if (group === undefined)
      found.set(key, { first: change, same, ids: [...change.ids], resources: new Set(change.resources) });
    else {
      group.ids.push(...change.ids);
      for (const resource of change.resources) group.resources.add(resource);
    }
  }
  return [...found.values()].map(({ first, same, ids, resources }) =>
    ids.length === 1 ? first : { ...same, ids, resources: [...resources] },
  );
}

/** How many things these changes touch, each counted once. */
export function thingsIn(changes: readonly Change[]): number {
  return new Set(changes.flatMap(({ resources }) => resources)).size;
}

/** `8 things change, all alike`. Without a full stop. */
export function changesHeadline(changes: readonly Change[]): string {
  const things = thingsIn(changes);
  const change = `${plural(things, "thing changes", "things change")}`;
  if (things === 1 || changes.length >= things) return change;
  return changes.length === 1 ? `${change}, all alike` : `${change}, in ${count(changes.length)} ways`;
}

/** The id and the change with signs for the keys of all elements around; as they are where a text holds such a sign itself. */
function withoutKeys(id: string, change: Change): { readonly id: string; readonly same: Change } {
  const keys = elementsOf(id).flatMap(({ key }, depth) => (key === "" ? [] : [{ key, sign: keySign(depth) }]));
  const { fields, summary, diff } = change;
  const written = JSON.stringify([id, fields, summary, diff]);
  if (keys.length === 0 || keys.some(({ sign }) => written.includes(sign))) return { id, same: change };
  // The innermost first: where two loops have one key, it stands for what is nearest.
  const put = (text: string): string =>
    keys.reduceRight((done, { key, sign }) => replaceWords(done, [key], sign), text);
  const same: Change = {
    ...change,
    fields: fields.map(({ name, from, to }) => ({ name, from: put(from), to: put(to) })),
    summary: summary === null ? null : put(summary),
    diff: diff.map(put),
  };
  return { id: keyless(id), same };
}

/** A step that writes or destroys, and where its arguments differ from what a fact has read of the same thing. */
export interface Difference {
  readonly step: StepNode;
  readonly effect: Change["effect"];
  readonly fields: readonly FieldChange[];
}

export function differencesOf(plan: Plan): Difference[] {
  const facts = new Map<string, PlanFact>();
  for (const fact of plan.facts) facts.set(subject(fact.call), fact);
  return plan.nodes.flatMap((node): Difference[] => {
    if (node.kind !== "step" || node.call.effect === "read") return [];
    const fact = facts.get(subject(node.call));
    return [{ step: node, effect: node.call.effect, fields: fact === undefined ? [] : fieldChanges(node.call, fact) }];
  });
}

function changeOf(node: StepNode, effect: Change["effect"], fields: readonly FieldChange[]): Change {
  const texts = fields.flatMap(textDiff);
  const previewed = node.preview?.diff == null || node.preview.sensitive ? [] : diffLines(node.preview.diff);
  return {
    ids: [node.id],
    effect,
    resources: [resourceText(node.call)],
    fields: fields.filter((field) => textDiff(field).length === 0).map(shownChange),
    summary: node.preview === null || node.preview.summary === "" ? null : brief(node.preview.summary, 300),
    diff: previewed.length > 0 ? previewed : texts,
    sensitive: node.preview?.sensitive === true && texts.length === 0,
  };
}

/** A fact and a step speak of the same thing if provider instance and resource are the same and known. */
function subject({ instance, resource }: PlanCall): string {
  return resource.is === "known" ? canonicalJson([instance, resource.value]) : "";
}

export interface FieldChange {
  readonly name: string;
  readonly from: Value;
  readonly fromType: Type;
  readonly to: Knowable;
  readonly type: Type;
}

/** Arguments that bear the name of a field the fact saw, where they differ from it. */
function fieldChanges(call: PlanCall, fact: PlanFact): FieldChange[] {
  if (
    call.resource.is === "deferred" ||
    typeof fact.value !== "object" ||
    fact.value === null ||
    Array.isArray(fact.value)
  )
    return [];
  const seen = fact.value as { readonly [name: string]: Value };
  return call.args.flatMap(({ name, type, value }) => {
    const from = Object.hasOwn(seen, name) ? seen[name] : undefined;
    if (from === undefined || (value.is === "known" && canonicalJson(value.value) === canonicalJson(from))) return [];
    return [{ name, from, fromType: fieldType(fact.type, name) ?? type, to: value, type }];
  });
}

const shownChange = ({ name, from, fromType, to, type }: FieldChange): Change["fields"][number] => ({
  name: brief(name, 60),
  from: showValue(from, fromType),
  to: showKnowable(to, type),
});

/** The lines in which two texts differ; none unless both are known and one has several lines: then a line says it best. */
function textDiff({ name, from, fromType, to, type }: FieldChange): readonly string[] {
  if (fromType.kind === "secret" || type.kind === "secret") return [];
  if (typeof from !== "string" || to.is !== "known" || typeof to.value !== "string") return [];
  if (!isLong(from) && !isLong(to.value)) return [];
  // The first two lines name a file, as the change does already.
  return diffLines(unifiedDiff(name, from, to.value) ?? "").slice(2);
}

/** Says of the line before it that the text ends with it, and no line end. */
const NO_END = /^\\ No newline at end of file$/;

/** Safe to show. Where both texts lack the last line end, nothing has changed in that and nothing is said of it. */
function diffLines(diff: string): string[] {
  const lines = safeLines(diff);
  const before = lines.flatMap((line, i) => (NO_END.test(line) ? (lines[i - 1]?.[0] ?? "") : []));
  const agree = before.includes(" ") || (before.includes("-") && before.includes("+"));
  return agree ? lines.filter((line) => !NO_END.test(line)) : lines;
}

const isLong = (text: string): boolean => text.trimEnd().includes("\n");

function fieldType(type: Type, name: string): Type | null {
  if (type.kind === "refined") return fieldType(type.base, name);
  return type.kind === "record" ? (type.fields.find((field) => field.name === name)?.type ?? null) : null;
}
