/** Operations without functions on values known in part. None of the operands is `failed`, and not all are known. */
import { canonicalJson } from "../../canonical.ts";
import { EvaluationError } from "../evaluate.ts";
import type { Expr, Value } from "../expr.ts";
import { strictOps } from "../ops.ts";
import { asPartly, NOTHING, ONE, type Sums, sumsOf, tally } from "./tally.ts";
import {
  between,
  boundsOf,
  FALSE,
  type Fresh,
  fieldsOf,
  isLoose,
  known,
  listOf,
  literal,
  type Member,
  membersOf,
  negated,
  oneOf,
  type Partly,
  TRUE,
  truthOf,
  valuesOf,
} from "./value.ts";

type Operation = Extract<Expr, { k: "op" }>;

/** So many combinations of what the operands may be are tried. */
const MOST_TRIED = 4_096;

/** Undefined: nothing is known of the result. */
export function onParts(expr: Operation, args: readonly Partly[], fresh: Fresh): Partly | undefined {
  return special(expr.op, args, fresh) ?? tried(expr, args);
}

function special(op: string, args: readonly Partly[], fresh: Fresh): Partly | undefined {
  const [a, b] = args;
  if (a === undefined) return undefined;
  switch (op) {
    case "not":
      return a.p === "unknown" ? negated(a.key) : undefined;
    case "eq":
      return b === undefined ? undefined : equality(a, b, fresh);
    case "ne": {
      const same = b === undefined ? undefined : equality(a, b, fresh);
      return same?.p === "known" ? truthOf(same.value !== true) : undefined;
    }
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return b === undefined ? undefined : comparison(op, a, b);
    case "int.add":
    case "num.add":
    case "int.sub":
    case "num.sub":
    case "int.mul":
    case "num.mul":
      return b === undefined ? undefined : arithmetic(op.slice(4), a, b);
    case "is_some":
      return a.p === "list" || a.p === "record" || a.p === "between" ? TRUE : undefined;
    case "list.length":
    case "list.has":
    case "list.add":
    case "list.unique":
    case "list.sort":
    case "list.reverse":
    case "list.flat":
    case "list.first":
    case "int.sum":
    case "list.sum":
      return onList(op, a, b, fresh);
    default:
      return undefined;
  }
}

/** All that it may be, where every operand is one of a few values. */
function tried(expr: Operation, args: readonly Partly[]): Partly | undefined {
  const strict = Object.hasOwn(strictOps, expr.op) ? strictOps[expr.op] : undefined;
  const choices = args.map(valuesOf);
  const count = choices.reduce((product, values) => product * (values?.length ?? Number.POSITIVE_INFINITY), 1);
  if (strict === undefined || count > MOST_TRIED) return undefined;
  let combinations: Value[][] = [[]];
  for (const values of choices) combinations = combinations.flatMap((c) => (values ?? []).map((v) => [...c, v]));
  try {
    return oneOf(combinations.map((each) => strict(each, expr.at))) ?? undefined;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** Whether the two are the same value, as far as is known. */
export function equality(a: Partly, b: Partly, fresh: Fresh): Partly | undefined {
  if (a.p === "unknown" && b.p === "unknown") return a.key === b.key && !a.key.startsWith("?") ? TRUE : undefined;
  const [left, right] = [valuesOf(a), valuesOf(b)];
  if (left !== null && right !== null) {
    const keys = new Set(left.map((v) => canonicalJson(v)));
    const shared = right.filter((v) => keys.has(canonicalJson(v)));
    if (shared.length === 0) return FALSE;
    return left.length === 1 && right.length === 1 ? TRUE : undefined;
  }
  const [low, high] = [boundsOf(a), boundsOf(b)];
  if (low !== null && high !== null) return low.to < high.from || high.to < low.from ? FALSE : undefined;
  const [one, other] = [fieldsOf(a), fieldsOf(b)];
  if (one !== null && other !== null) return sameFields(one, other, fresh);
  // A list, a record, a number and what is neither are never the same.
  const kinds = [kindOf(a), kindOf(b)];
  return kinds[0] !== null && kinds[1] !== null && kinds[0] !== kinds[1] ? FALSE : undefined;
}

function sameFields(a: ReadonlyMap<string, Partly>, b: ReadonlyMap<string, Partly>, fresh: Fresh): Partly | undefined {
  if (a.size !== b.size || [...a.keys()].some((name) => !b.has(name))) return FALSE;
  let open = false;
  for (const [name, field] of a) {
    const other = b.get(name);
    const same = other === undefined ? FALSE : equality(field, other, fresh);
    if (same?.p === "known" && same.value === false) return FALSE;
    if (same?.p !== "known") open = true;
  }
  return open ? undefined : TRUE;
}

function kindOf(value: Partly): "list" | "record" | "plain" | null {
  switch (value.p) {
    case "list":
    case "record":
      return value.p;
    case "between":
    case "one_of":
      return "plain";
    case "known":
      if (typeof value.value !== "object" || value.value === null) return "plain";
      return Array.isArray(value.value) ? "list" : "record";
    case "unknown":
    case "failed":
      return null;
  }
}

function comparison(op: "lt" | "le" | "gt" | "ge", a: Partly, b: Partly): Partly | undefined {
  const [left, right] = op === "lt" || op === "le" ? [boundsOf(a), boundsOf(b)] : [boundsOf(b), boundsOf(a)];
  if (left === null || right === null) return undefined;
  const strict = op === "lt" || op === "gt";
  if (strict ? left.to < right.from : left.to <= right.from) return TRUE;
  if (strict ? left.from >= right.to : left.from > right.to) return FALSE;
  return undefined;
}

function arithmetic(op: string, a: Partly, b: Partly): Partly | undefined {
  if (a.p !== "between" && b.p !== "between") return undefined;
  const [left, right] = [boundsOf(a), boundsOf(b)];
  if (left === null || right === null) return undefined;
  const apply = (x: number, y: number): number => (op === "add" ? x + y : op === "sub" ? x - y : x * y);
  const ends = [left.from, left.to].flatMap((x) => [right.from, right.to].map((y) => apply(x, y)));
  return ends.every(Number.isSafeInteger) ? between(Math.min(...ends), Math.max(...ends)) : undefined;
}

function onList(op: string, a: Partly, b: Partly | undefined, fresh: Fresh): Partly | undefined {
  const members = membersOf(a);
  if (members === null) return undefined;
  const loose = isLoose(a);
  switch (op) {
    case "list.length":
      return asPartly(tally(members.map(({ when }) => ({ when, amount: ONE }))));
    case "list.has":
      return b === undefined ? undefined : anyOf(members, (item) => equality(item, b, fresh), fresh);
    case "list.add": {
      const more = b === undefined ? null : membersOf(b);
      return b === undefined || more === null ? undefined : listOf([...members, ...more], loose || isLoose(b));
    }
    case "list.sort":
      return sortedBy(members.map((member) => ({ member, key: member.item })));
    case "list.reverse":
      return listOf(members.toReversed(), loose);
    case "list.unique":
      return listOf(unique(members, fresh), loose || members.some(({ when }) => when.length > 0));
    case "list.flat": {
      const inner = members.map(({ when, item }) =>
        membersOf(item)?.map((each) => ({ when: [...when, ...each.when], item: each.item })),
      );
      return inner.some((each) => each === undefined)
        ? undefined
        : listOf(
            inner.flatMap((each) => each ?? []),
            loose || members.some(({ item }) => isLoose(item)),
          );
    }
    case "list.first": {
      const [first] = members;
      if (first === undefined) return known(null);
      return first.when.length === 0 && (!loose || members.length === 1) ? first.item : undefined;
    }
    default:
      return added(members);
  }
}

/** In the order of keys that are all known: whichever of them are there, they stand in it. */
export function sortedBy(
  all: readonly { readonly member: Member; readonly key: Partly }[],
  loose = false,
): Partly | undefined {
  const keyed = all.flatMap(({ member, key }) => (key.p === "known" ? [{ member, key: key.value }] : []));
  const sortable = ["number", "string"].some((kind) => keyed.every(({ key }) => typeof key === kind));
  if (keyed.length < all.length || !sortable) return undefined;
  const less = (a: Value, b: Value): boolean => strictOps.lt?.([a, b], null) === true;
  return listOf(
    keyed.sort((a, b) => (less(a.key, b.key) ? -1 : less(b.key, a.key) ? 1 : 0)).map(({ member }) => member),
    loose,
  );
}

/** The sum of numbers that may be there or not. */
export function added(members: readonly Member[]): Partly | undefined {
  const amounts: { readonly when: Member["when"]; readonly amount: Sums }[] = [];
  for (const { when, item } of members) {
    const amount = sumsOf(item);
    if (amount === null) return undefined;
    amounts.push({ when, amount });
  }
  const total = tally(amounts);
  return Number.isSafeInteger(total.from) && Number.isSafeInteger(total.to) ? asPartly(total) : undefined;
}

/** Whether there is a member for which it holds. */
export function anyOf(
  members: readonly Member[],
  holds: (item: Partly) => Partly | undefined,
  fresh: Fresh,
): Partly | undefined {
  const kept = members.flatMap((member) => keepIf(member, holds(member.item), fresh));
  const { from, to } = kept.length === 0 ? NOTHING : tally(kept.map(({ when }) => ({ when, amount: ONE })));
  return from > 0 ? TRUE : to === 0 ? FALSE : undefined;
}

/** The member, where the condition holds of it; under the condition, where that is not known. */
export function keepIf(member: Member, condition: Partly | undefined, fresh: Fresh): Member[] {
  if (condition?.p === "known") return condition.value === true ? [member] : [];
  const { key } = condition?.p === "unknown" ? condition : { key: `?${fresh.next++}` };
  return [{ when: [...member.when, literal(key, true)], item: member.item }];
}

/** Of members that are the same value, one; whether it is there is known only of those that are there for sure. */
function unique(members: readonly Member[], fresh: Fresh): Member[] {
  const found = new Map<string, Member[]>();
  for (const member of members) {
    if (member.item.p === "known") {
      const key = `= ${canonicalJson(member.item.value)}`;
      found.set(key, [...(found.get(key) ?? []), member]);
      continue;
    }
    // It may be the same as another.
    const key = `?${fresh.next++}`;
    found.set(key, [{ when: [...member.when, literal(key, true)], item: member.item }]);
  }
  return [...found.values()].flatMap((same): Member[] => {
    const [first] = same;
    if (first === undefined || same.length === 1) return same;
    const there = anyOf(same, () => TRUE, fresh);
    if (there?.p === "known") return there.value === true ? [{ when: [], item: first.item }] : [];
    return [{ when: [literal(`?${fresh.next++}`, true)], item: first.item }];
  });
}
