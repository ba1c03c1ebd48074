/** Two values side by side, so that where they differ is seen: also in the middle of a long text, or deep in a record. */
import { canonicalJson } from "../canonical.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { readTemplate } from "../ir/template.ts";
import type { Knowable } from "../plan/plan.schema.ts";
import { safeLines } from "../render/safe.ts";
import { showExpr, showKnowable } from "../render/show-expr.ts";
import { brief, count, FULL, fieldName, showValue } from "../render/show-value.ts";
import { edits, unifiedDiff } from "../text-diff.ts";
import type { Type } from "../types/type.ts";
import { bare } from "./ignored.ts";

export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly diff: readonly string[];
}

/** Characters shown of a long text around what differs, and of what differs. */
const AROUND = 40;
const DIFFERENT = 120;
/** Up to here a text is shown whole. */
const WHOLE = 200;

/** Two texts on one line each, safe already; of long ones what differs and what stands around it. */
export function focus(from: string, to: string): { readonly from: string; readonly to: string } {
  if (from.length <= WHOLE && to.length <= WHOLE) return { from, to };
  const [a, b] = [[...from], [...to]];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const cut = (all: readonly string[]): string => {
    const left = Math.max(0, start - AROUND);
    const right = Math.min(all.length, all.length - end + AROUND);
    const before = left === 0 ? "" : `… ${count(left)} more characters … `;
    const after = right === all.length ? "" : ` … ${count(all.length - right)} more characters …`;
    return `${before}${brief(all.slice(left, right).join(""), DIFFERENT + 2 * AROUND)}${after}`;
  };
  return { from: cut(a), to: cut(b) };
}

/** Where two things that read alike differ, to be put behind one of them; empty where they do not read alike. */
export function told(from: string, to: string, old: unknown, now: unknown): Pair {
  const shown = focus(from, to);
  return { from: shown.from, to: from === to ? `${shown.to}${differenceIn(old, now)}` : shown.to, diff: [] };
}

/** ` (not the same: args.0.v)`: the way to the first difference, without what stands there, for it may be a secret's name. */
export function differenceIn(old: unknown, now: unknown): string {
  const way = firstDifference(bare(old), bare(now), []);
  return way === null || way.length === 0 ? "" : ` (not the same: ${brief(way.join("."), 80)})`;
}

function firstDifference(old: unknown, now: unknown, way: readonly string[]): readonly string[] | null {
  if (Object.is(old, now)) return null;
  if (typeof old !== "object" || typeof now !== "object" || old === null || now === null) return way;
  const [a, b] = [new Map(Object.entries(old)), new Map(Object.entries(now))];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    if (!a.has(name) || !b.has(name)) return [...way, name];
    const found = firstDifference(a.get(name), b.get(name), [...way, name]);
    if (found !== null) return found;
  }
  return null;
}

/** Lines of a unified diff of two texts, safe to show, without a head that names files. */
export function lineDiff(old: string, now: string): readonly string[] {
  // That neither ends with a line end says nothing of their difference.
  const end = old.endsWith("\n") || now.endsWith("\n") || old === "" || now === "" ? "" : "\n";
  const lines = safeLines(unifiedDiff("text", old + end, now + end) ?? "").slice(2);
  return old === "" || now === "" ? lines.filter((line) => !line.startsWith("\\ ")) : lines;
}

export function exprPair(old: Expr | null, now: Expr | null, type: Type | null = null): Pair {
  const shown = (e: Expr | null): string => (e === null ? "none" : showExpr(e, type, FULL));
  return told(shown(old), shown(now), old, now);
}

/** Conditions that must all hold. */
export function conditionsText(when: readonly Expr[]): string {
  return when.length === 0 ? "always" : when.map((e) => showExpr(e, null, FULL)).join(" && ");
}

/** One place in which two values differ. `path` is empty where they differ as a whole. */
export interface Leaf extends Pair {
  readonly path: string;
  readonly old: Value | null;
  readonly now: Value | null;
}

/** What lies deeper is shown as a whole: plans are not to be trusted to be shallow. */
const DEEPEST = 40;

/** Places shown of one value before the rest is counted. */
const MOST_LEAVES = 20;

export function knowableLeaves(
  old: Knowable,
  oldType: Type | null,
  now: Knowable,
  nowType: Type | null,
): { readonly leaves: readonly Leaf[]; readonly more: number } {
  if (old.is === "known" && now.is === "known") return leavesOf(old.value, oldType, now.value, nowType);
  const shown = (k: Knowable, type: Type | null): string =>
    `${showKnowable(k, type, FULL)}${k.is === "known" ? "" : " (known at the run)"}`;
  const pair = told(shown(old, oldType), shown(now, nowType), old, now);
  return { leaves: [{ ...pair, path: "", old: null, now: null }], more: 0 };
}

/** Where two known values differ: each field of a record apart, what is taken out of a list and put into it together. */
export function leavesOf(
  old: Value,
  oldType: Type | null,
  now: Value,
  nowType: Type | null,
): { readonly leaves: readonly Leaf[]; readonly more: number } {
  const found: Leaf[] = [];
  let more = 0;
  const add = (leaf: Leaf): void => {
    if (found.length < MOST_LEAVES) found.push(leaf);
    else more += 1;
  };
  walk(old, oldType, now, nowType, "", add, 0);
  return { leaves: found, more };
}

function walk(
  old: Value,
  oldType: Type | null,
  now: Value,
  nowType: Type | null,
  path: string,
  add: (leaf: Leaf) => void,
  depth: number,
): void {
  if (canonicalJson(old) === canonicalJson(now)) return;
  const [a, b] = [plain(oldType), plain(nowType)];
  const hidden = a?.kind === "secret" ? a : b?.kind === "secret" ? b : null;
  if (hidden !== null) {
    const pair = told(showValue(old, hidden), showValue(now, hidden), old, now);
    add({ ...pair, path, old: null, now: null });
  } else if (depth > DEEPEST) {
    const pair = told(showValue(old, oldType), showValue(now, nowType), null, null);
    add({ ...pair, path, old, now });
  } else if (isRecord(old) && isRecord(now) && inside(a, old) && inside(b, now)) {
    for (const name of [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()) {
      const deeper = path === "" ? fieldName(name) : `${path}.${fieldName(name)}`;
      walkField(fieldOf(old, name), typeOf(a, name), fieldOf(now, name), typeOf(b, name), deeper, add, depth);
    }
  } else if (Array.isArray(old) && Array.isArray(now)) walkList(old, itemOf(a), now, itemOf(b), path, add, depth);
  else if (isLong(old, now)) {
    const diff = lineDiff(old as string, now as string);
    const lines = (text: Value): string => `a text of ${count(safeLines(text as string).length)} lines`;
    add({ path, old, now, from: lines(old), to: lines(now), diff });
  } else {
    const pair = told(showValue(old, oldType, FULL), showValue(now, nowType, FULL), old, now);
    add({ ...pair, path, old, now });
  }
}

function walkField(
  old: Value | undefined,
  oldType: Type | null,
  now: Value | undefined,
  nowType: Type | null,
  path: string,
  add: (leaf: Leaf) => void,
  depth: number,
): void {
  if (old !== undefined && now !== undefined) walk(old, oldType, now, nowType, path, add, depth + 1);
  else {
    const shown = (value: Value | undefined, type: Type | null): string =>
      value === undefined ? "not there" : brief(showValue(value, type, FULL), WHOLE);
    const secret = [plain(oldType), plain(nowType)].some((type) => type?.kind === "secret");
    add({
      path,
      old: secret ? null : (old ?? null),
      now: secret ? null : (now ?? null),
      from: shown(old, oldType ?? nowType),
      to: shown(now, nowType ?? oldType),
      diff: [],
    });
  }
}

/** Of lists of one length each item against its like; else what is taken out and put in. */
function walkList(
  old: readonly Value[],
  oldType: Type | null,
  now: readonly Value[],
  nowType: Type | null,
  path: string,
  add: (leaf: Leaf) => void,
  depth: number,
): void {
  if (old.length === now.length) {
    old.forEach((item, i) => {
      const other = now[i];
      if (other !== undefined) walk(item, oldType, other, nowType, `${path}[${i}]`, add, depth + 1);
    });
    return;
  }
  const changes = edits(old.map(canonicalJson), now.map(canonicalJson));
  const items = (op: "out" | "in"): Value[] =>
    changes.flatMap((edit) => (edit.op === op ? [JSON.parse(edit.line) as Value] : []));
  const [out, put] = [items("out"), items("in")];
  const list = (values: readonly Value[], type: Type | null): string => {
    const shown = values.slice(0, MOST_LEAVES).map((value) => brief(showValue(value, type, FULL), WHOLE));
    const rest = values.length > shown.length ? `, … ${count(values.length - shown.length)} more` : "";
    return `${shown.join(", ")}${rest}`;
  };
  add({
    path,
    old,
    now,
    from: `${count(old.length)} items${out.length === 0 ? "" : `, with ${list(out, oldType)}`}`,
    to: `${count(now.length)} items${put.length === 0 ? "" : `, with ${list(put, nowType)}`}`,
    diff: [],
  });
}

const isLong = (old: Value, now: Value): boolean =>
  typeof old === "string" && typeof now === "string" && [old, now].some((text) => text.trimEnd().includes("\n"));

function isRecord(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const fieldOf = (record: { readonly [name: string]: Value }, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Whether a record of this type is looked into: ranges, rates and templates are shown whole. */
function inside(type: Type | null, value: Value): boolean {
  if (type === null) return true;
  if (type.kind === "string") return !isRecord(value) || readTemplate(value) === null;
  return ["record", "map", "json", "one_of", "union", "error"].includes(type.kind);
}

function plain(type: Type | null): Type | null {
  if (type?.kind === "optional") return plain(type.of);
  return type?.kind === "refined" ? plain(type.base) : type;
}

function typeOf(type: Type | null, name: string): Type | null {
  switch (type?.kind) {
    case "map":
      return type.of;
    case "one_of":
      return typeOf(plain(type.of), name);
    case "record":
      return type.fields.find((field) => field.name === name)?.type ?? null;
    default:
      return null;
  }
}

const itemOf = (type: Type | null): Type | null => (type?.kind === "list" ? type.of : null);
