/**
 * Values as people write them in `.ops`: the type says whether 300000 is a number or `5m`. One line, without control
 * characters; what is left out of a long value is counted, so that nothing is hidden quietly.
 */

import type { Value } from "../ir/expr.ts";
import { formatDuration, formatSize, formatValue } from "../ir/format.ts";
import { readTemplate, type TemplateOf } from "../ir/template.ts";
import { asSource, markIn, showSource } from "../secret.ts";
import type { Type } from "../types/type.ts";
import { escapeControls } from "./safe.ts";
import { graphemes } from "./width.ts";

export interface ShowOptions {
  /** Characters a text may have before its middle is left out. */
  readonly text: number;
  /** Elements of a list or record before the rest is counted. */
  readonly items: number;
}

export const FULL: ShowOptions = { text: Number.POSITIVE_INFINITY, items: Number.POSITIVE_INFINITY };
export const SHORT: ShowOptions = { text: 160, items: 12 };

/** `value` of `type` in the language's own writing; without a type by its shape alone. */
export function showValue(value: Value, type: Type | null, options: ShowOptions = SHORT): string {
  if (type?.kind === "secret") return showSecret(value);
  if (value === null) return "none";
  if (type === null) return showPlain(value, options);
  switch (type.kind) {
    case "duration":
      return typeof value === "number" ? formatDuration(value) : showPlain(value, options);
    case "size":
      return typeof value === "number" ? formatSize(value) : showPlain(value, options);
    case "percent":
      return typeof value === "number" ? `${value}%` : showPlain(value, options);
    case "time_of_day":
    case "rate":
      return escapeControls(formatValue(value, type.kind));
    case "date":
    case "time":
    case "enum":
      return typeof value === "string" ? bare(value) : showPlain(value, options);
    case "approver":
    case "window":
      return typeof value === "string" ? bare(approverName(value)) : showPlain(value, options);
    case "optional":
      return showValue(value, type.of, options);
    case "refined":
      return showValue(value, type.base, options);
    case "list":
      return Array.isArray(value) ? showList(value, type.of, options) : showPlain(value, options);
    case "map":
      return isRecord(value) ? showRecord(value, () => type.of, options) : showPlain(value, options);
    case "record":
      return isRecord(value) ? showRecord(value, fieldTypes(type), options) : showPlain(value, options);
    case "range":
      return isRecord(value) && value.from !== undefined && value.to !== undefined
        ? `${showValue(value.from, type.of, options)}..${showValue(value.to, type.of, options)}`
        : showPlain(value, options);
    case "one_of":
      return isRecord(value) && typeof value.key === "string" ? bare(value.key) : showPlain(value, options);
    case "string": {
      // Text alone is never a record, so this is a template with what stands in its holes.
      const template = isRecord(value) ? readTemplate(value) : null;
      return template === null
        ? showPlain(value, options)
        : showTemplate(template, options, (hole) => showPlain(hole, options));
    }
    case "int":
    case "decimal":
    case "bool":
    case "url":
    case "json":
    case "identity":
    case "none":
    case "literal":
    case "union":
    case "error":
      return showPlain(value, options);
  }
}

/** `text` in quotes, its middle left out where it is longer than `options.text`. */
export function quote(text: string, options: ShowOptions = SHORT): string {
  const { head, left, tail } = shorten(text, options.text);
  const inner = (part: string): string =>
    escapeControls(part.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("${", "\\${"));
  return left === 0 ? `"${inner(head)}"` : `"${inner(head)}" … ${count(left)} more characters … "${inner(tail)}"`;
}

/** `"select … where id = ${"a"}"`: what is known of its holes too stands in them as a value, for it is no part of the text. */
export function showTemplate<Hole>(
  template: TemplateOf<Hole>,
  options: ShowOptions,
  show: (hole: Hole) => string,
): string {
  const text = (part: string | undefined): string => quote(part ?? "", options).slice(1, -1);
  const [first, ...rest] = template.parts;
  const holes = template.holes.map((hole, i) => `\${${show(hole)}}${text(rest[i])}`);
  return `"${text(first)}${holes.join("")}"`;
}

/** A text for people, without quotes, its middle left out where it is longer than `limit`. */
export function brief(text: string, limit: number): string {
  const { head, left, tail } = shorten(text, limit);
  return escapeControls(left === 0 ? head : `${head} … ${count(left)} more characters … ${tail}`);
}

/** `2,048`, whatever the locale. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The name in an approver's id `module#name`. */
export function approverName(id: string): string {
  return id.slice(id.lastIndexOf("#") + 1);
}

/** Code units of the longest characters in use, such as families of emoji. */
const LONGEST_CHARACTER = 32;

function shorten(text: string, limit: number): { readonly head: string; readonly left: number; readonly tail: string } {
  // A cut must not split a character in two; text within the limit in code units is within it in characters.
  if (text.length <= limit) return { head: text, left: 0, tail: "" };
  // One character with a pile of marks is as long as the pile.
  const all = graphemes(text).flatMap((one) => (one.length > LONGEST_CHARACTER ? [...one] : [one]));
  if (all.length <= limit) return { head: text, left: 0, tail: "" };
  const head = Math.ceil((limit * 2) / 3);
  const tail = limit - head;
  return {
    head: all.slice(0, head).join(""),
    left: all.length - limit,
    tail: tail === 0 ? "" : all.slice(-tail).join(""),
  };
}

/** Names stand bare only if they could in the language; anything else is quoted, so that it cannot pose as syntax. */
function bare(text: string): string {
  return /^[\w.:+-]+$/.test(text) ? text : quote(text);
}

/** A plan holds references to secrets, never secrets; whatever stands there, only the name of a reference is shown. */
function showSecret(value: Value): string {
  if (value === null) return "none";
  const mark = markIn(value);
  // As it is called in its file: the plan says of each where it is read.
  if (typeof mark === "string")
    return `(secret ${bare(mark.startsWith("@") ? mark : mark.slice(mark.indexOf("#") + 1))})`;
  const source = asSource(mark);
  return source === null ? "(secret)" : `(secret ${bare(showSource(source))})`;
}

function showPlain(value: Value, options: ShowOptions): string {
  if (value === null) return "none";
  if (typeof value === "string") return quote(value, options);
  if (Array.isArray(value)) return showList(value, null, options);
  if (isRecord(value)) return showRecord(value, () => null, options);
  return String(value);
}

function showList(items: readonly Value[], of: Type | null, options: ShowOptions): string {
  const shown = items.slice(0, options.items).map((item) => showValue(item, of, options));
  return `[${[...shown, ...more(items.length - shown.length)].join(", ")}]`;
}

function showRecord(
  record: { readonly [name: string]: Value },
  typeOf: (name: string) => Type | null,
  options: ShowOptions,
): string {
  const entries = Object.entries(record);
  const shown = entries
    .slice(0, options.items)
    .map(([name, value]) => `${fieldName(name)}: ${showValue(value, typeOf(name), options)}`);
  return entries.length === 0 ? "{}" : `{ ${[...shown, ...more(entries.length - shown.length)].join(", ")} }`;
}

/** A field's name as it stands before a colon. */
export function fieldName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name);
}

function more(left: number): string[] {
  return left > 0 ? [`… ${count(left)} more`] : [];
}

function fieldTypes(type: Extract<Type, { kind: "record" }>): (name: string) => Type | null {
  return (name) => type.fields.find((field) => field.name === name)?.type ?? null;
}

function isRecord(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that a guardrail saw: what lies between two numbers, for it is not known yet, as `8 to 12`. */
export function showSaw(value: Value): string {
  if (!isRecord(value) || Object.keys(value).sort().join() !== "from,to") return showValue(value, null);
  return `${showValue(value.from ?? null, null)} to ${showValue(value.to ?? null, null)}`;
}
