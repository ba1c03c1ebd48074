/** Help for mistakes that people bring along from other languages, and lists of what there is instead. */
import { scanNumber, unitFor } from "../../language/literals.ts";
import type * as tree from "../../language/tree.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import { foreignHelp } from "../diagnostics/syntax.ts";
import { base, fieldsOf, formatOf, widen } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { type Context, nearestTo, report, sourceText } from "./context.ts";
import { enumIn } from "./expr.ts";
import { outOfReach } from "./out-of-reach.ts";

/** More than these are not read, so they are not listed. */
const LISTED = 8;

/** `there is a, b, c`, where nothing near was found; nothing where nothing is there. */
export function thereIs(lead: string, names: readonly string[], near: string): { readonly help?: string } {
  if (near !== "" || names.length === 0) return {};
  const more = names.length > LISTED ? ", …" : "";
  return { help: `${lead} ${names.slice(0, LISTED).join(", ")}${more}` };
}

/** Tells of a name that stands for nothing; the help says where it is declared, or what it is called here. */
export function reportUnknownName(
  cx: Context,
  name: string,
  span: tree.Span,
  more: readonly string[] = [],
  expected: Type | null = null,
): void {
  const hidden = hiddenFromHook(cx, name);
  const here = hidden === "" ? outOfReach(cx, name, span) : null;
  if (here !== null) return report(cx, "unknown-name", span, { name, near: "" }, here);
  const foreign = foreignHelp(name) || timeHelp(cx, name, span) || hidden || elsewhere(cx, name);
  const near = foreign === "" ? nearestTo(cx, name, [...cx.scope.names(), ...more]) : "";
  if (foreign === "" && near === "" && takesText(expected)) tellUnquoted(cx, { text: name, span }, expected);
  else report(cx, "unknown-name", span, { name, near }, foreign === "" ? {} : { help: foreign });
}

/** Text, or a list of texts. */
function takesText(expected: Type | null): expected is Type {
  const plain = expected === null ? null : base(expected.kind === "optional" ? expected.of : expected);
  return plain?.kind === "string" || (plain?.kind === "list" && base(plain.of).kind === "string");
}

/** A word that stands for nothing, where text is wanted: in quotes it would be text. */
export function tellUnquoted(
  cx: Context,
  { text: name, span }: Pick<tree.Name, "text" | "span">,
  expected: Type,
): void {
  const list = base(expected.kind === "optional" ? expected.of : expected).kind === "list";
  const written = list ? `["${name}"]` : `"${name}"`;
  const help = `declare it, or write ${written} for text`;
  report(cx, "unknown-name", span, { name, near: "" }, { help, fixes: [replacing(cx, span, written)] });
}

export function replacing(cx: Context, span: tree.Span, text: string): Fix {
  return { title: `write ${text}`, suggested: true, edits: [{ module: cx.module.path, span, text }] };
}

/** `3 per hour`: a rate is per a duration. */
function timeHelp(cx: Context, name: string, span: tree.Span): string {
  const unit = unitFor(name);
  const rate = /\bper\s+$/.test(cx.module.text.slice(Math.max(span.start - 20, 0), span.start));
  return rate && unit !== undefined && /^[smhd]$/.test(unit) ? `write per 1${unit}` : "";
}

/** What is computed from results stands outside of a hook: the run may have ended before there were any. */
function hiddenFromHook(cx: Context, name: string): string {
  if (cx.action?.hook == null || !cx.action.ids.has(name)) return "";
  return "hooks see results of steps, as optional, and nothing computed from them: compute it here";
}

/** What to write where another file declares `name`; "" where none does. */
export function elsewhere(cx: Context, name: string): string {
  const path = cx.project.declaring(name);
  if (path === undefined || path === cx.module.path) return "";
  return `${path} declares it: import { ${name} } from "${relativePath(cx.module.path, path)}"`;
}

/** `../org.ops`: the path to `to`, as written in `from`. */
export function relativePath(from: string, to: string): string {
  const folder = from.split("/").slice(0, -1);
  const parts = to.split("/");
  let shared = 0;
  while (shared < folder.length && shared < parts.length - 1 && folder[shared] === parts[shared]) shared += 1;
  const up = folder.slice(shared).map(() => "..");
  return [...(up.length === 0 ? ["."] : up), ...parts.slice(shared)].join("/");
}

/** What to write instead of the value at `span`, which is `found` where `expected` is asked for. */
export function mismatchHelp(
  cx: Context,
  found: Type,
  expected: Type,
  span: tree.Span,
): { readonly help?: string; readonly fixes?: readonly Fix[] } {
  if (base(found).kind === "percent" && base(expected).kind === "int")
    return { help: `say of what: ${sourceText(cx, span)} of … .length` };
  const plain = base(expected.kind === "optional" ? expected.of : expected);
  if (!isText(found)) return plain.kind === "string" ? intoText(cx, found, span) : {};
  const inner = /^"([^"\\$]+)"$/.exec(sourceText(cx, span))?.[1]?.trim();
  if (inner !== undefined) {
    if (isWritten(inner, plain)) return { help: `write ${inner}, without quotes`, fixes: [replacing(cx, span, inner)] };
    if (plain.kind === "approver" || plain.kind === "window") return named(cx, inner, plain.kind, span);
  }
  const wanted = enumIn(expected);
  if (wanted !== null) return { help: `one of ${wanted.members.join(", ")}, without quotes` };
  if (plain.kind !== "list" || base(plain.of).kind !== "string") return {};
  const text = /^"([^"\\]*)"$/.exec(sourceText(cx, span))?.[1]?.trim();
  if (text === undefined || text === "") return { help: "write a list, in brackets" };
  const words = text.split(/\s+(?![^{]*\})/).map((word) => `"${word}"`);
  return { help: `write a list: [${words.join(", ")}]` };
}

/** A value where text is wanted. */
function intoText(
  cx: Context,
  found: Type,
  span: tree.Span,
): { readonly help?: string; readonly fixes?: readonly Fix[] } {
  const as = found.kind === "optional" ? null : formatOf(found);
  const text = sourceText(cx, span);
  const field = ["key", "name", "id"].find((each) =>
    fieldsOf(found)?.some(({ name, type, optional }) => name === each && !optional && isText(type)),
  );
  if (field !== undefined && /^[\w.]+$/.test(text))
    return { help: `write ${text}.${field}`, fixes: [replacing(cx, span, `${text}.${field}`)] };
  if (as === null || as === "json" || text.length > SHOWN || /["{}\n]/.test(text)) return {};
  const written = /^[0-9.]+$/.test(text) ? `"${text}"` : `"\${${text}}"`;
  return { help: `write ${written} for it as text`, fixes: [replacing(cx, span, written)] };
}

/** Longer ones are not repeated in what to write. */
const SHOWN = 60;

/** An approver or a window, named in quotes, or an identity that no approver was declared for. */
function named(
  cx: Context,
  text: string,
  kind: "approver" | "window",
  span: tree.Span,
): { readonly help?: string; readonly fixes?: readonly Fix[] } {
  if (cx.scope.lookup(text)?.b === kind)
    return { help: `write ${text}, without quotes`, fixes: [replacing(cx, span, text)] };
  const other = /^\w+$/.test(text) ? elsewhere(cx, text) : "";
  if (other !== "") return { help: other };
  if (kind === "window") return { help: `declare it at the top of a file, window name { … }, and write its name` };
  const members = text.includes("@") ? `["${text}"]` : "[…]";
  return { help: `declare it at the top of a file, approver name { members = ${members} }, and write its name` };
}

/** Whether `text` is how a value of the type is written. */
export function isWritten(text: string, type: Type): boolean {
  const kind = widen(type).kind;
  if (kind === "bool") return text === "true" || text === "false";
  if (!/^\d/.test(text)) return false;
  const { end, literal, fault } = scanNumber(text, 0);
  if (fault !== null || end !== text.length) return false;
  if (literal.kind === "unit") return literal.unit === kind;
  return kind === "decimal" || (kind === "int" && literal.int);
}

/** Text and a value do not add up: the value goes into the text. */
export function joinHelp(cx: Context, node: tree.BinaryExpr, left: Type, right: Type): { readonly help?: string } {
  if (node.op !== "+" || isText(left) === isText(right)) return {};
  return { help: `write "${within(cx, node.left)}${within(cx, node.right)}"` };
}

/** Where one side lacks a unit, or the two have units that make none together. */
export function unitHelp(node: tree.BinaryExpr, left: Type, right: Type): { readonly help?: string } {
  const [l, r] = [widen(base(left)).kind, widen(base(right)).kind];
  const unit = UNITS[l] === undefined ? UNITS[r] : UNITS[l];
  const plain = [l, r].some((kind) => kind === "int" || kind === "decimal");
  if (
    l === "percent" &&
    (node.op === "*" || node.op === "+" || node.op === "-") &&
    ["duration", "size", "int"].includes(r)
  )
    return { help: "a share of something is written with of, such as 25% of 8" };
  if (r === "percent" && ["duration", "size"].includes(l))
    return { help: "a share is written the other way round: 25% of …" };
  if (unit === undefined) return {};
  if (plain && node.op !== "/" && node.op !== "*") return { help: `give the number its unit, such as ${unit}` };
  if (plain && node.op === "/")
    return { help: `divide by a value with the same unit, such as ${unit}, to get a plain number` };
  if (l === r && node.op === "*") return { help: `multiply by a plain number, such as 2 * ${unit}` };
  if (l === "date" || r === "date")
    return { help: "a date has no time of day: take a time, such as 2026-11-21T09:00:00Z" };
  return {};
}

/** An example of each. */
const UNITS: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  duration: "30s",
  size: "512MiB",
  percent: "25%",
  date: "2026-11-21",
  time: "2026-11-21T09:00:00Z",
});

function within(cx: Context, node: tree.Expr): string {
  const text = sourceText(cx, node.span);
  return node.kind === "string" && !text.startsWith('"""') ? text.slice(1, -1) : `\${${text}}`;
}

function isText(type: Type): boolean {
  const plain = base(type);
  return plain.kind === "string" || (plain.kind === "literal" && typeof plain.value === "string");
}
