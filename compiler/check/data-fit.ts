/** Data as values of a declared type. What does not fit is told where it stands in the data file. */
import type { Span } from "../../language/tree.ts";
import type { DataFormat } from "../data/file.ts";
import { type DataEntry, type DataNode, plainValue } from "../data/node.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ArgsOf, type Code, diagnose } from "../diagnostics/registry.ts";
import { readWord } from "../expand/words.ts";
import { define } from "../ir/evaluate.ts";
import type { Value } from "../ir/expr.ts";
import { isEmptyRange, isRecord, withKey } from "../ir/ops.ts";
import { base, fieldsOf, optionalOf, widen } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { type Context, nearestTo } from "./context.ts";
import { thereIs } from "./hints.ts";
import { firstFailing } from "./refine.ts";
import { kindOf } from "./scope.ts";

/** The file the data is of, and what asks for its type. */
export interface DataSource {
  readonly path: string;
  readonly text: string;
  readonly format: DataFormat;
  readonly wanted: Diagnostic["related"][number];
}

/** In one file more than these are not told: a wrong type is wrong in every line. */
export const MAX_FAULTS = 50;

/** The value, or undefined once what is wrong is told. */
export function fitData(cx: Context, source: DataSource, node: DataNode, type: Type): Value | undefined {
  return new Fitting(cx, source).fit(node, type, "");
}

class Fitting {
  readonly #cx: Context;
  readonly #source: DataSource;
  /** Cells of CSV are text, whatever they mean. */
  readonly #cells: boolean;
  #told = 0;

  constructor(cx: Context, source: DataSource) {
    this.#cx = cx;
    this.#source = source;
    this.#cells = source.format === "csv";
  }

  /** `place` is what stands for a record in the file: its key, where it has one. */
  fit(node: DataNode, type: Type, path: string, place = firstLine(node.span, this.#source.text)): Value | undefined {
    if (this.#told >= MAX_FAULTS) return undefined;
    switch (type.kind) {
      case "error":
        return undefined;
      case "optional":
        return this.#isNone(node) ? null : this.fit(node, type.of, path, place);
      case "refined":
        return this.#refined(node, type, path, place);
      case "union":
        return this.#union(node, type, path);
      case "list":
        return node.kind === "list"
          ? all(node.items.map((item, i) => this.fit(item, type.of, `${path}[${i}]`)))
          : this.#mismatch(node, type, path);
      case "map":
        return node.kind === "record"
          ? record(node.entries.map((e) => [e.key, this.fit(e.value, type.of, join(path, e.key), e.keySpan)] as const))
          : this.#mismatch(node, type, path);
      case "record":
        return node.kind === "record" ? this.#record(node, type, path, place) : this.#mismatch(node, type, path);
      case "json":
        return plainValue(node) as Value;
      default:
        return node.kind === "scalar" ? this.#scalar(node, type, path) : this.#mismatch(node, type, path);
    }
  }

  #isNone(node: DataNode): boolean {
    return node.kind === "scalar" && (node.value === null || (this.#cells && node.value === ""));
  }

  #refined(node: DataNode, type: Extract<Type, { kind: "refined" }>, path: string, place: Span): Value | undefined {
    const value = this.fit(node, type.base, path, place);
    if (value === undefined) return undefined;
    const why = firstFailing(this.#cx.project.refinements.get(type.id) ?? [], value);
    if (why === null) return value;
    return this.#tell("refinement-fails", node.span, { type: briefType(type), why });
  }

  /** The first that fits, tried without a word. */
  #union(node: DataNode, type: Extract<Type, { kind: "union" }>, path: string): Value | undefined {
    for (const each of type.of) {
      const project = { ...this.#cx.project, diagnostics: [] };
      const value = new Fitting({ ...this.#cx, project }, this.#source).fit(node, each, path);
      if (value !== undefined) return value;
    }
    return this.#mismatch(node, type, path);
  }

  #record(
    node: Extract<DataNode, { kind: "record" }>,
    type: Extract<Type, { kind: "record" }>,
    path: string,
    place: Span,
  ): Value | undefined {
    const given = new Map(node.entries.map((entry) => [entry.key, entry]));
    const names = type.fields.map((f) => f.name);
    const unknown = node.entries.filter((entry) => !names.includes(entry.key));
    for (const entry of unknown) this.#unknownField(entry, type, names);
    const missing = type.fields.filter((f) => !f.optional && f.type.kind !== "optional" && !given.has(f.name));
    if (missing.length > 0) {
      const args = { type: path === "" ? briefType(type) : path, names: missing.map((f) => f.name).join(", ") };
      this.#tell("missing-field", place, args);
    }
    const value = record(
      type.fields.flatMap((field) => {
        const entry = given.get(field.name);
        if (entry === undefined)
          return field.type.kind === "optional" && !field.optional ? [[field.name, null] as const] : [];
        const wanted = field.optional ? optionalOf(field.type) : field.type;
        return [[field.name, this.fit(entry.value, wanted, join(path, field.name), entry.keySpan)] as const];
      }),
    );
    return unknown.length > 0 || missing.length > 0 ? undefined : value;
  }

  #unknownField(entry: DataEntry, type: Type, names: readonly string[]): void {
    const near = nearestTo(this.#cx, entry.key, names);
    const args = { type: briefType(type), name: entry.key, near };
    this.#tell("unknown-field", entry.keySpan, args, thereIs("its fields are", names, near).help);
  }

  #scalar(node: Extract<DataNode, { kind: "scalar" }>, type: Type, path: string): Value | undefined {
    const { value } = node;
    switch (type.kind) {
      case "string":
        if (typeof value === "string") return value;
        break;
      case "bool":
        if (typeof value === "boolean") return value;
        break;
      case "int":
        if (typeof value === "number" && Number.isSafeInteger(value)) return value;
        break;
      case "decimal":
        if (typeof value === "number") return value;
        break;
      case "literal":
        if (value === type.value) return value;
        break;
      case "none":
        if (value === null) return null;
        break;
      case "identity":
        if (typeof value === "string" && value.trim() !== "") return value;
        break;
      case "enum":
        return this.#member(node, type, path);
      case "one_of":
        return this.#choice(node, type, path);
      case "approver":
      case "window":
      case "secret":
        return this.#named(node, type, path);
      case "range":
        return this.#range(node, type, path);
      default: {
        const read = typeof value === "string" ? readWord(value.trim(), type) : null;
        if (read !== null && "value" in read) return read.value as Value;
        return this.#mismatch(node, type, path);
      }
    }
    return this.#cell(node, type, path);
  }

  /** A cell of CSV that spells a value; everything else is a mismatch. */
  #cell(node: Extract<DataNode, { kind: "scalar" }>, type: Type, path: string): Value | undefined {
    if (!this.#cells || typeof node.value !== "string") return this.#mismatch(node, type, path);
    const wanted = type.kind === "literal" ? widen(type) : type;
    const read = node.value === "" || wanted.kind === "identity" ? null : readWord(node.value, wanted);
    const fits = read !== null && "value" in read && (type.kind !== "literal" || read.value === type.value);
    if (!fits || (typeof read.value === "number" && !Number.isFinite(read.value)))
      return this.#mismatch(node, type, path);
    if (type.kind === "int" && !Number.isSafeInteger(read.value)) return this.#mismatch(node, type, path);
    return read.value as Value;
  }

  #member(node: DataNode, type: Extract<Type, { kind: "enum" }>, path: string): Value | undefined {
    const word = node.kind === "scalar" ? node.value : null;
    if (typeof word !== "string" || word === "") return this.#mismatch(node, type, path);
    if (type.members.includes(word)) return word;
    const near = type.members.includes(word.trim()) ? word.trim() : nearestTo(this.#cx, word, type.members);
    // Spaces at its ends would not be seen without the quotes.
    const args = { type: type.name, name: word === word.trim() ? word : JSON.stringify(word), near };
    return this.#tell("unknown-member", node.span, args, thereIs("there is", type.members, near).help);
  }

  #choice(node: DataNode, type: Extract<Type, { kind: "one_of" }>, path: string): Value | undefined {
    const key = node.kind === "scalar" ? node.value : null;
    if (typeof key !== "string") return this.#mismatch(node, type, path);
    const choices = this.#cx.project.choices.get(type.id);
    if (choices !== undefined && isRecord(choices) && Object.hasOwn(choices, key))
      return withKey(key, choices[key] ?? null, fieldsOf(type.of) !== null);
    const near = nearestTo(this.#cx, key, type.keys);
    const args = { type: type.name, name: key, near };
    return this.#tell("unknown-member", node.span, args, thereIs("there is", type.keys, near).help);
  }

  /** An approver, a window or a secret is written as the name by which the importing file knows it. */
  #named(node: DataNode, type: Type, path: string): Value | undefined {
    const name = node.kind === "scalar" ? node.value : null;
    const kind = type.kind === "secret" ? "secret" : type.kind === "window" ? "window" : "approver";
    if (typeof name !== "string" || name === "") return this.#mismatch(node, type, path);
    const scope = this.#cx.scope;
    const binding = scope.declared(name) === undefined ? undefined : scope.lookup(name);
    if (binding?.b === "broken") return undefined;
    if (binding?.b === "approver" && kind === "approver") return binding.approver.id;
    if (binding?.b === "window" && kind === "window") return binding.window.id;
    if (binding?.b === "secret" && kind === "secret") return { $secret: binding.secret.id };
    const { module } = this.#source.wanted;
    if (binding !== undefined) {
      const args = {
        what: name,
        found: kindOf(binding),
        expected: `the name of ${kind === "approver" ? "an" : "a"} ${kind}`,
      };
      return this.#tell("type-mismatch", node.span, args);
    }
    const near = kind === "secret" ? "" : nearestTo(this.#cx, name, scope.names());
    const help =
      near === ""
        ? `write the name of ${kind === "approver" ? "an" : "a"} ${kind} that ${module} declares or imports`
        : undefined;
    return this.#tell(
      "unknown-name",
      node.span,
      { name: kind === "secret" ? "such secret" : `${kind} ${name}`, near },
      help,
    );
  }

  #range(node: DataNode, type: Extract<Type, { kind: "range" }>, path: string): Value | undefined {
    const written = node.kind === "scalar" ? node.value : null;
    const ends = typeof written === "string" ? written.split("..") : [];
    const [from, to] = ends.map((end) => readWord(end.trim(), base(type.of)));
    if (ends.length !== 2 || from === undefined || to === undefined || !("value" in from) || !("value" in to))
      return this.#mismatch(node, type, path);
    const range = { from: from.value as Value, to: to.value as Value };
    if (!isEmptyRange(range.from, range.to)) return range;
    return this.#tell("range-empty", node.span, { range: String(written) });
  }

  #mismatch(node: DataNode, type: Type, path: string): undefined {
    const args = { what: path === "" ? "this" : path, found: inWords(node, this.#cells), expected: briefType(type) };
    return this.#tell("type-mismatch", firstLine(node.span, this.#source.text), args, this.#help(node, type));
  }

  #help(node: DataNode, type: Type): string | undefined {
    const plain = type.kind === "optional" ? base(type.of) : base(type);
    if (node.kind !== "scalar") return undefined;
    const written = this.#source.text.slice(node.span.start, node.span.end);
    switch (plain.kind) {
      case "list":
        return this.#cells || node.value === null || written === "" || /[\r\n]/.test(written)
          ? undefined
          : `write a list: [${written}]`;
      case "string":
        return typeof node.value === "number" || typeof node.value === "boolean"
          ? `put it into quotes: "${written}"`
          : undefined;
      case "bool":
        return "write true or false";
      case "duration":
        return "write a number with a unit, such as 30s or 1h30m";
      case "size":
        return "write a number with a unit, such as 512MiB";
      case "percent":
        return "write a number with a percent sign, such as 25%";
      case "date":
        return "write a date such as 2026-11-21";
      case "time":
        return "write a time such as 2026-11-21T09:00:00Z";
      case "time_of_day":
        return "write a time of day such as 09:00";
      case "rate":
        return "write a rate such as 3 per 1h";
      case "range":
        return "write both ends, such as 1..5";
      case "url":
        return "write an address such as https://host/path";
      default:
        return undefined;
    }
  }

  #tell<C extends Code>(code: C, span: Span, args: ArgsOf<C>, help?: string): undefined {
    this.#told += 1;
    if (this.#told > MAX_FAULTS) return undefined;
    const { path, wanted } = this.#source;
    const extra = { related: [wanted], ...(help === undefined ? {} : { help }) };
    this.#cx.project.diagnostics.push(diagnose(code, path, span, args, extra));
    return undefined;
  }
}

function all(values: readonly (Value | undefined)[]): Value | undefined {
  const given = values.filter((value) => value !== undefined);
  return given.length === values.length ? given : undefined;
}

function record(entries: readonly (readonly [string, Value | undefined])[]): Value | undefined {
  const made: Record<string, Value> = {};
  for (const [name, value] of entries) {
    if (value === undefined) return undefined;
    define(made, name, value);
  }
  return made;
}

function join(path: string, name: string): string {
  const step = /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
  const whole = path === "" ? step : `${path}.${step}`;
  return whole.length > 80 ? `…${whole.slice(-79)}` : whole;
}

/** A record of a hundred lines is pointed at by its first. */
function firstLine(span: Span, text: string): Span {
  const end = text.slice(span.start, span.end).search(/[\r\n]/);
  return end <= 0 ? span : { start: span.start, end: span.start + end };
}

function inWords(node: DataNode, cells: boolean): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "record") return "a record";
  if (node.value === null || (cells && node.value === "")) return cells ? "an empty cell" : "nothing";
  const text = JSON.stringify(node.value);
  const kind = typeof node.value === "string" ? "the text " : "";
  return `${kind}${text.length > 40 ? `${text.slice(0, 39)}…` : text}`;
}
