/**
 * Events that are in order at a glance: nearly all of a log. From the schema of events a pattern is made for each type, which only a
 * text matches that is the canonical JSON of a valid event. What matches none is looked at in full, so a pattern may be
 * narrower than the schema, and never wider.
 */
import { z } from "zod";
import { valueSchema } from "../../compiler/ir/expr.schema.ts";
import { eventSchema, type RunEvent } from "../event.schema.ts";
import type { Tried } from "./sense-run.ts";

/** What a glance tells of the text of an event. */
export interface Glance {
  readonly type: RunEvent["type"];
  /** Of an event of an attempt that has nothing else by which the order of events is judged. */
  readonly tried: Tried | null;
}

interface Form {
  readonly type: RunEvent["type"];
  /** How a text of it ends, where its type is the last of its keys. */
  readonly ending: string;
  /** Sticky. */
  readonly pattern: RegExp;
  /** What is told of all that match it, where nothing of it counts. */
  readonly plain: Glance;
  /** Groups that hold any values: their keys have still to be in order. */
  readonly values: readonly number[];
  /** Groups of what an attempt is, where that is all that counts. */
  readonly tried: Readonly<Record<"node" | "phase" | "index" | "attempt", number>> | null;
}

/** Of the event that is `text` from `from` up to `to`; null: it has to be looked at in full. */
export function glance(text: string, from = 0, to = text.length): Glance | null {
  const form = formOf(text, to);
  if (form === null) return null;
  const { type, pattern, values, tried, plain } = form;
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  if (found === null || pattern.lastIndex !== to) return null;
  for (const group of values) if (!isOrdered(found[group] ?? "")) return null;
  if (tried === null) return plain;
  const phase = found[tried.phase] === "do" ? "do" : "undo";
  const [index, attempt] = [Number(found[tried.index]), Number(found[tried.attempt])];
  const node = unescaped(found[tried.node] ?? "");
  return { type, tried: { type: type as Tried["type"], node, phase, index, attempt, refused: false } };
}

const unescaped = (content: string): string => (content.includes("\\") ? JSON.parse(`"${content}"`) : content);

const TYPE = '"type":"';

/** Those that came last, the newest first: most logs are of two or three, one after the other, over and over. */
const recent: Form[] = [];
const RECENT = 3;

/** That of the type the text names last, for it is among the last of the keys; a quote within a text would be escaped. */
function formOf(text: string, to: number): Form | null {
  for (const form of recent) if (endsAs(text, to, form)) return form;
  const from = text.lastIndexOf(TYPE, to) + TYPE.length;
  const found = forms().get(text.slice(from, text.indexOf('"', from))) ?? null;
  if (found !== null && endsAs(text, to, found) && recent.unshift(found) > RECENT) recent.pop();
  return found;
}

const endsAs = (text: string, to: number, { ending }: Form): boolean => text.slice(to - ending.length, to) === ending;

/** Whether the keys of a flat record are in their order, each once; other values have none. It has matched `FLAT`. */
function isOrdered(value: string): boolean {
  if (!value.startsWith("{")) return true;
  if (value.includes("\\")) return hasOrderedKeys(value);
  let before: string | null = null;
  for (let at = 1; value.charCodeAt(at) === QUOTE; at += 1) {
    const end = value.indexOf('"', at + 1);
    const key = value.slice(at + 1, end);
    if (before !== null && key <= before) return false;
    before = key;
    // After the colon; then to the comma, or the end of the record, after the value.
    at = end + 2;
    const closing = value.charCodeAt(at) === QUOTE ? value.indexOf('"', at + 1) + 1 : value.indexOf(",", at);
    at = closing < 0 ? value.length : closing;
  }
  return true;
}

const QUOTE = 0x22;

/** As `isOrdered`, where texts have to be read to be compared. */
function hasOrderedKeys(value: string): boolean {
  const parsed: unknown = JSON.parse(value);
  if (JSON.stringify(parsed) !== value) return false;
  const keys = Object.keys(parsed ?? {});
  return keys.every((key, i) => i === 0 || (keys[i - 1] ?? "") < key);
}

let made: ReadonlyMap<string, Form> | null = null;

/** By type. Made when a log is first verified. */
function forms(): ReadonlyMap<string, Form> {
  made ??= new Map(
    eventSchema.options.flatMap((option) => {
      const form = makeForm(option.shape.type.value, option);
      return form === null ? [] : [[form.type, form] as const];
    }),
  );
  return made;
}

/** Types that an attempt's fields say all about. */
const TRIED: ReadonlySet<string> = new Set<Tried["type"]>([
  "attempt.started",
  "attempt.captured",
  "attempt.process",
  "attempt.succeeded",
  "attempt.settled",
  "retry.planned",
]);

const KEYS = ["node", "phase", "index", "attempt"] as const;

function makeForm(type: RunEvent["type"], schema: z.ZodType): Form | null {
  const maker: Maker = { groups: 0, values: [], named: new Map(), repeated: false };
  const source = sourceOf(schema, maker, TRIED.has(type) ? KEYS : []);
  if (source === null) return null;
  const group = (name: string): number => maker.named.get(name) ?? 0;
  const tried = { node: group("node"), phase: group("phase"), index: group("index"), attempt: group("attempt") };
  return {
    type,
    ending: `${TYPE}${type}"}`,
    pattern: new RegExp(source, "y"),
    plain: { type, tried: null },
    values: maker.values,
    tried: TRIED.has(type) ? tried : null,
  };
}

interface Maker {
  groups: number;
  readonly values: number[];
  readonly named: Map<string, number>;
  /** Within a list, where a group would hold only the last. */
  repeated: boolean;
}

/** The content of a text in canonical JSON; one with halves of characters is looked at in full. */
const AS_IS = '[^"\\\\\\u0000-\\u001f\\ud800-\\udfff]*';
const ESCAPE = '\\\\(?:["\\\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))';
const CONTENT = `${AS_IS}(?:${ESCAPE}${AS_IS})*`;
const STRING = `"${CONTENT}"`;
/** Whole numbers that are exact whatever reads them. */
const NATURAL = "(?:0|[1-9][0-9]{0,14})";
const SCALAR = `(?:null|true|false|-?[1-9][0-9]{0,14}|0|${STRING})`;
const FLAT = `(?:${SCALAR}|\\[(?:${SCALAR}(?:,${SCALAR})*)?\\]|\\{(?:${STRING}:${SCALAR}(?:,${STRING}:${SCALAR})*)?\\})`;
/** As opsc writes them; the 29th of February is looked at in full. */
const DAY = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";
const TIME = `"[0-9]{4}-${DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z"`;

/** null for what no pattern is made of; `named` are fields whose content gets a group. */
function sourceOf(schema: z.core.$ZodType, maker: Maker, named: readonly string[] = []): string | null {
  if (schema === valueSchema) return valueSource(maker);
  if (schema instanceof z.ZodObject) return objectSource(schema.shape, maker, named);
  if (schema instanceof z.ZodNullable) return either(["null", sourceOf(schema.unwrap(), maker)]);
  if (schema instanceof z.ZodEnum) return either(schema.options.map((each) => quoted(String(each))));
  if (schema instanceof z.ZodLiteral) return either([...schema.values].map((each) => escaped(JSON.stringify(each))));
  if (schema instanceof z.ZodBoolean) return "(?:true|false)";
  if (schema instanceof z.ZodISODateTime) return TIME;
  if (schema instanceof z.ZodString)
    return schema.def.checks === undefined || schema.def.checks.length === 0 ? STRING : null;
  if (schema instanceof z.ZodNumber) return numberSource(schema);
  if (schema instanceof z.ZodArray) return listSource(schema.element, maker);
  return null;
}

function valueSource(maker: Maker): string {
  if (maker.repeated) return SCALAR;
  maker.groups += 1;
  maker.values.push(maker.groups);
  return `(${FLAT})`;
}

function listSource(element: z.core.$ZodType, maker: Maker): string | null {
  const before = maker.repeated;
  maker.repeated = true;
  const each = sourceOf(element, maker);
  maker.repeated = before;
  return each === null ? null : `\\[(?:${each}(?:,${each})*)?\\]`;
}

function objectSource(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  maker: Maker,
  named: readonly string[],
): string | null {
  let source = "";
  for (const key of Object.keys(shape).sort()) {
    const field = shape[key];
    const optional = field instanceof z.ZodOptional;
    const inner = optional ? field.unwrap() : field;
    if (inner === undefined) return null;
    const value = named.includes(key) ? group(sourceOf(inner, maker), key, maker) : sourceOf(inner, maker);
    if (value === null) return null;
    const pair = `${source === "" ? "" : ","}${quoted(key)}:${value}`;
    // Where the first may be left out, so may the comma after it.
    if (optional && source === "") return null;
    source += optional ? `(?:${pair})?` : pair;
  }
  return `\\{${source}\\}`;
}

/** The content of a field, a text without its quotes. Fields that get a group hold no groups themselves. */
function group(source: string | null, key: string, maker: Maker): string | null {
  if (source === null) return null;
  maker.groups += 1;
  maker.named.set(key, maker.groups);
  if (source === STRING) return `"(${CONTENT})"`;
  return key === "phase" ? '"(do|undo)"' : `(${source})`;
}

function numberSource(schema: z.ZodNumber): string | null {
  if (schema.format !== "safeint") return null;
  const { minValue: least, maxValue: most } = schema;
  if (most !== null && most < Number.MAX_SAFE_INTEGER) return null;
  if (least === 0) return NATURAL;
  if (least === 1) return "[1-9][0-9]{0,14}";
  return least === null || least <= Number.MIN_SAFE_INTEGER ? "(?:0|-?[1-9][0-9]{0,14})" : null;
}

function either(sources: readonly (string | null)[]): string | null {
  return sources.every((source) => source !== null) ? `(?:${sources.join("|")})` : null;
}

const quoted = (text: string): string => escaped(JSON.stringify(text));
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
