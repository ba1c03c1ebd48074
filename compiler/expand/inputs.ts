/** Inputs of an action: from words on a command line or JSON to values of the declared types. */

import { nearest } from "../../language/nearest.ts";
import { firstFailing } from "../check/refine.ts";
import { define, type Env, EvaluationError, evaluate, freeRefs, reduce } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { isEmptyRange, isRecord, withKey } from "../ir/ops.ts";
import { valueFits } from "../ir/size.ts";
import type { Action, ActionParam, Program, Requirement } from "../program.ts";
import { markOf, parseSource } from "../secret.ts";
import { base, fieldsOf } from "../types/relations.ts";
import { showType, type Type } from "../types/type.ts";
import type { Problem } from "./problem.ts";
import { readWord, wordAsJson } from "./words.ts";

/** One input as given: a word from the command line, or a JSON value from a file. */
export type Given = { readonly word: string } | { readonly json: unknown };

export interface CheckedInputs {
  /** In order of the parameters. */
  readonly values: ReadonlyMap<string, Value>;
  readonly problems: readonly Problem[];
}

export function checkInputs(program: Program, action: Action, given: ReadonlyMap<string, Given>): CheckedInputs {
  const problems: Problem[] = [];
  const values = new Map<string, Value>();
  const names = action.params.map((p) => p.name);
  for (const name of given.keys()) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const help =
      near !== "" ? `did you mean ${near}?` : names.length === 0 ? "it has no inputs" : `it has ${names.join(", ")}`;
    problems.push({
      kind: "input",
      what: `input ${name}`,
      message: `${action.name} has no input ${name}`,
      at: action.at,
      help,
    });
  }
  const env: Env = {
    ref: (root, name) =>
      root === "var" && name.startsWith("input:") && values.has(name.slice(6))
        ? constant(values.get(name.slice(6)) ?? null)
        : undefined,
  };
  const missing = new Set<string>();
  for (const param of action.params) {
    // What its default is made of was told to be wrong: with that mended it may be as it should.
    if (!given.has(param.name) && param.default !== null && restsOn(param.default, missing)) {
      missing.add(param.name);
      continue;
    }
    const result = inputValue(program, param, given.get(param.name), env);
    if ("message" in result) missing.add(param.name);
    if ("message" in result) problems.push({ kind: "input", what: `input ${param.name}`, at: param.at, ...result });
    else values.set(param.name, result.value);
  }
  if (problems.length > 0) return { values, problems };
  for (const param of action.params) {
    if (values.get(param.name) === null) continue;
    for (const where of param.where) {
      const why = unmet(where, env);
      if (why !== null)
        problems.push({
          kind: "input",
          what: `input ${param.name}`,
          message: `${param.name}: ${why}`,
          at: where.at,
          help: null,
        });
    }
  }
  return { values, problems };
}

const restsOn = (expr: Expr, inputs: ReadonlySet<string>): boolean =>
  freeRefs(expr).some(({ root, name }) => root === "var" && name.startsWith("input:") && inputs.has(name.slice(6)));

type Result = { readonly value: Value } | { readonly message: string; readonly help: string | null };

function inputValue(program: Program, param: ActionParam, given: Given | undefined, env: Env): Result {
  if (given === undefined) {
    if (param.default !== null) {
      try {
        return { value: evaluate(param.default, env) };
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        return {
          message: `the default of ${param.name} has no value: ${error.message}`,
          help: `give it with -i ${param.name}=…`,
        };
      }
    }
    if (param.optional) return { value: null };
    return { message: `${param.name} is missing`, help: `give it with -i ${param.name}=… (${wanted(param.type)})` };
  }
  const read = "word" in given ? wordAsJson(given.word, param.type) : { value: given.json };
  if ("message" in read) return { message: `${param.name}: ${read.message}`, help: null };
  if (!valueFits((read.value ?? null) as Value))
    return { message: `${param.name}: this is too large or nested too deep`, help: null };
  const fit = fitValue(program, read.value, param.type, param.name);
  return "message" in fit ? { message: fit.message, help: fit.help } : fit;
}

/** What a value of the type looks like to whoever has to give one. */
function wanted(type: Type): string {
  const choices = type.kind === "enum" ? type.members : type.kind === "one_of" ? type.keys : [];
  return choices.length === 0 || choices.length > 12 ? showType(type) : choices.join(", ");
}

/** The condition's message if it does not hold, null if it does. */
export function unmet(where: Requirement, env: Env): string | null {
  try {
    const condition = reduce(where.condition, env);
    if (condition.k === "const" && condition.v === true) return null;
    return where.message === null ? `it must hold that ${where.text}` : String(evaluate(where.message, env));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return error.message;
  }
}

/** A JSON value as a value of `type`, or what is wrong with it; `path` names the place in messages. */
export function fitValue(program: Program, json: unknown, type: Type, path: string): Result {
  const wrong = (expected: string, help: string | null = null): Result => ({
    message: `${path}: ${shortJson(json)} is not ${expected}`,
    help,
  });
  switch (type.kind) {
    case "optional":
      return json === null || json === undefined ? { value: null } : fitValue(program, json, type.of, path);
    case "refined": {
      const inner = fitValue(program, json, type.base, path);
      if ("message" in inner) return inner;
      const why = firstFailing(program.refinements[type.id] ?? [], inner.value);
      return why === null ? inner : { message: `${path}: ${why}`, help: null };
    }
    case "enum":
      if (typeof json === "string" && type.members.includes(json)) return { value: json };
      return wrong(`one of ${type.members.join(", ")}`, typeof json === "string" ? suggest(json, type.members) : null);
    case "one_of":
      return fitChoice(program, json, type, path);
    case "union":
      for (const each of type.of) {
        const fit = fitValue(program, json, each, path);
        if (!("message" in fit)) return fit;
      }
      return wrong(showType(type));
    case "list": {
      if (!Array.isArray(json)) return wrong("a list");
      return collect(
        json.map((item, i) => [String(i), fitValue(program, item, type.of, `${path}[${i}]`)] as const),
        (values) => values.map(([, v]) => v),
      );
    }
    case "map":
    case "record":
      return fitFields(program, json, type, path);
    case "approver":
      if (typeof json !== "string") return wrong("an approver");
      return fitApprover(program, json, path);
    case "secret":
      return fitSecret(json, path);
    default:
      return fitScalar(json, type, path);
  }
}

/** Where it is, never what it is: a command line is read by whoever lists processes, and kept in a shell's history. */
function fitSecret(json: unknown, path: string): Result {
  const source = typeof json === "string" ? parseSource(json) : null;
  if (source !== null) return { value: { $secret: markOf(source) } };
  return {
    message: `${path}: this is a secret, so it is not given itself but where it is read`,
    help: "@env:NAME, @file:PATH, @vault:PATH#FIELD, or @exec:COMMAND, whose output it is",
  };
}

function fitApprover(program: Program, name: string, path: string): Result {
  const found = program.approvers.filter((a) => a.id === name || a.name === name);
  const [one] = found;
  if (one !== undefined && found.length === 1) return { value: one.id };
  if (found.length > 1)
    return {
      message: `${path}: several approvers are called ${name}`,
      help: `say which: ${found.map((a) => a.id).join(", ")}`,
    };
  return {
    message: `${path}: there is no approver ${name}`,
    help: suggest(
      name,
      program.approvers.map((a) => a.name),
    ),
  };
}

function fitChoice(program: Program, json: unknown, type: Extract<Type, { kind: "one_of" }>, path: string): Result {
  const key = typeof json === "string" ? json : isRecord(json as Value) ? (json as { key?: unknown }).key : undefined;
  const choices = program.choices[type.id];
  if (typeof key === "string" && choices !== undefined && isRecord(choices) && Object.hasOwn(choices, key)) {
    return { value: withKey(key, choices[key] ?? null, fieldsOf(type.of) !== null) };
  }
  return {
    message: `${path}: ${shortJson(json)} is not one of ${type.name}`,
    help: typeof key === "string" ? (suggest(key, type.keys) ?? `there are ${type.keys.join(", ")}`) : null,
  };
}

function fitFields(
  program: Program,
  json: unknown,
  type: Extract<Type, { kind: "map" | "record" }>,
  path: string,
): Result {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return { message: `${path}: ${shortJson(json)} is not ${showType(type)}`, help: null };
  const given = json as Record<string, unknown>;
  if (type.kind === "map") {
    return collect(
      Object.entries(given).map(([key, item]) => [key, fitValue(program, item, type.of, `${path}.${key}`)] as const),
      pack,
    );
  }
  const unknown = Object.keys(given).find((key) => !type.fields.some((f) => f.name === key));
  if (unknown !== undefined)
    return {
      message: `${path}: there is no field ${unknown}`,
      help: suggest(
        unknown,
        type.fields.map((f) => f.name),
      ),
    };
  const entries: (readonly [string, Result])[] = [];
  for (const field of type.fields) {
    if (Object.hasOwn(given, field.name))
      entries.push([field.name, fitValue(program, given[field.name], field.type, `${path}.${field.name}`)]);
    else if (!field.optional) return { message: `${path}: the field ${field.name} is missing`, help: null };
  }
  return collect(entries, pack);
}

function pack(entries: readonly (readonly [string, Value])[]): Value {
  const record: Record<string, Value> = {};
  for (const [key, value] of entries) define(record, key, value);
  return record;
}

function collect(
  results: readonly (readonly [string, Result])[],
  make: (values: readonly (readonly [string, Value])[]) => Value,
): Result {
  const values: [string, Value][] = [];
  for (const [key, result] of results) {
    if ("message" in result) return result;
    values.push([key, result.value]);
  }
  return { value: make(values) };
}

/** Units may be written as in the language, also in JSON: `"5m"`. */
function fitScalar(json: unknown, type: Type, path: string): Result {
  const wrong: Result = { message: `${path}: ${shortJson(json)} is not ${article(type)}`, help: null };
  switch (type.kind) {
    case "string":
      return typeof json === "string" ? { value: json } : wrong;
    case "bool":
      return typeof json === "boolean" ? { value: json } : wrong;
    case "int":
      return Number.isSafeInteger(json) ? { value: json as number } : wrong;
    case "decimal":
      return typeof json === "number" && Number.isFinite(json) ? { value: json } : wrong;
    case "literal":
      return json === type.value ? { value: type.value } : wrong;
    case "none":
      return json === null ? { value: null } : wrong;
    case "json":
      if (!valueFits((json ?? null) as Value))
        return { message: `${path}: this is too large or nested too deep`, help: null };
      return { value: (json ?? null) as Value };
    case "range":
      return fitRange(json, type, path);
    case "rate":
      if (isRecord(json as Value) && isRate(json as { count?: unknown; per?: unknown }))
        return { value: json as Value };
      return fitWord(json, type, path, wrong);
    case "percent":
      if (typeof json === "number")
        return { message: `${path}: ${json} needs a percent sign`, help: `write "${json}%"` };
      return fitWord(json, type, path, wrong);
    default: {
      if (typeof json === "number" && (type.kind === "duration" || type.kind === "size")) {
        return {
          message: `${path}: ${json} needs a unit`,
          help: type.kind === "duration" ? 'write "5m" or "30s"' : 'write "512MiB"',
        };
      }
      return fitWord(json, type, path, wrong);
    }
  }
}

/** Text that spells a value of the type. */
function fitWord(json: unknown, type: Type, path: string, wrong: Result): Result {
  if (typeof json !== "string") return wrong;
  const read = readWord(json, type);
  return "message" in read ? { message: `${path}: ${read.message}`, help: null } : { value: read.value as Value };
}

function isRate(json: { readonly count?: unknown; readonly per?: unknown }): boolean {
  const { count, per } = json;
  return (
    typeof count === "number" && typeof per === "number" && [count, per].every((n) => Number.isSafeInteger(n) && n >= 1)
  );
}

/** `{ "from": …, "to": … }`, each end as a value of its type, or the range as written in the language. */
function fitRange(json: unknown, type: Extract<Type, { kind: "range" }>, path: string): Result {
  const ends = typeof json === "string" ? rangeEnds(json) : json;
  if (!isRecord(ends as Value))
    return { message: `${path}: ${shortJson(json)} is not a range such as 1..5`, help: null };
  const { from, to } = ends as { readonly from?: unknown; readonly to?: unknown };
  const read = (end: unknown, name: string): Result => {
    const word = typeof end === "string" ? wordAsJson(end, type.of) : { value: end };
    return "message" in word
      ? { message: `${path}.${name}: ${word.message}`, help: null }
      : fitPlain(word.value, type.of, `${path}.${name}`);
  };
  const range = collect(
    [
      ["from", read(from, "from")],
      ["to", read(to, "to")],
    ],
    pack,
  );
  if ("message" in range || !isRecord(range.value)) return range;
  return isEmptyRange(range.value.from ?? null, range.value.to ?? null)
    ? { message: `${path}: nothing lies in a range that ends before it begins`, help: "write the lower end first" }
    : range;
}

/** An end of a range: its type is a scalar, perhaps refined. */
function fitPlain(json: unknown, type: Type, path: string): Result {
  return fitScalar(json, base(type), path);
}

function rangeEnds(word: string): { readonly from: string; readonly to: string } | null {
  const [from, to, ...more] = word.split("..");
  return from === undefined || to === undefined || more.length > 0 ? null : { from: from.trim(), to: to.trim() };
}

function article(type: Type): string {
  const text = showType(type);
  return /^[aeiou](?!rl\b)/.test(text) ? `an ${text}` : `a ${text}`;
}

function suggest(word: string, names: readonly string[]): string | null {
  const near = nearest(word, names);
  return near === "" ? null : `did you mean ${near}?`;
}

function shortJson(json: unknown): string {
  const text = JSON.stringify(json) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
