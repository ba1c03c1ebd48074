/** Fixes for faults of types and shapes. */
import type { Fix } from "../diagnostics/diagnostic.ts";
import type { ArgsOf } from "../diagnostics/registry.ts";
import type { typeDiagnostics } from "../diagnostics/types.ts";
import { BLOCKS, type BlockSpec } from "../schema/blocks.ts";
import {
  all,
  around,
  at,
  enclosing,
  type FixPlace,
  HOLE,
  indentAt,
  intoBody,
  safe,
  suggested,
  textOf,
  withComma,
  withSpace,
} from "./place.ts";

type Place<C extends keyof typeof typeDiagnostics> = FixPlace<ArgsOf<C>>;

/** What stands in for none, by type; nothing does for the others. */
const EMPTY: ReadonlyMap<string, string> = new Map([
  ["string", '""'],
  ["int", "0"],
  ["bool", "false"],
]);

/** The members of the enum of this name: of the file that declares it, or of a property. */
function membersOf(place: FixPlace<unknown>, name: string): readonly string[] {
  for (const { tree } of place.files.values())
    for (const item of tree.items)
      if (item.kind === "enum" && item.name?.text === name) return item.members.map((member) => member.name.text);
  for (const { properties } of Object.values<BlockSpec>(BLOCKS))
    for (const { type } of Object.values(properties))
      if (type.kind === "enum" && type.name === name) return type.members;
  return [];
}

/** `"staging"` where the member staging is meant. */
function unquoted(
  place: FixPlace<unknown>,
  span: { readonly start: number; readonly end: number },
  name: string,
): Fix[] {
  const word = /^"([A-Za-z_][A-Za-z0-9_]*)"$/.exec(textOf(place, span))?.[1];
  if (word === undefined || !membersOf(place, name).includes(word)) return [];
  return [safe(`write ${word}, without quotes`, place, [span, word])];
}

/** 25 is a quarter of a hundred, and so, for most who write it, is 0.25. */
function percents(text: string): readonly string[] {
  if (!text.includes(".") || Number(text) > 1) return [`${text}%`];
  return [`${Number((Number(text) * 100).toPrecision(12))}%`, `${text}%`];
}

function typeMismatch(place: Place<"type-mismatch">): Fix[] {
  const expected = place.args.expected.replace(/\?$/, "");
  const text = textOf(place);
  if (expected === "duration" && /^\d+$/.test(text))
    return ["s", "m"].map((unit) => suggested(`write ${text}${unit}`, place, [place.span, `${text}${unit}`]));
  if (expected === "int" && /^\d+(\.\d+)?%$/.test(text)) {
    const loop = enclosing(place, ["for"]);
    const of = loop !== undefined && loop.over.kind === "name" ? `${loop.over.text}.length` : null;
    return of === null ? [] : [suggested(`write ${text} of ${of}`, place, [place.span, `${text} of ${of}`])];
  }
  if (expected === "percent" && /^\d+(\.\d+)?$/.test(text))
    return percents(text).map((written) => suggested(`write ${written}`, place, [place.span, written]));
  const list = /^list<(.+)>$/.exec(expected)?.[1];
  if (list !== undefined && !text.includes("\n")) {
    const words = /^"([^"\\$]*)"$/.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
    const items = list === "string" && words.length > 1 ? words.map((word) => JSON.stringify(word)).join(", ") : text;
    return [suggested("write a list", place, [place.span, `[${items}]`])];
  }
  return unquoted(place, place.span, expected);
}

function operatorTypes(place: Place<"operator-types">): Fix[] {
  const node = enclosing(place, ["binary"]);
  if (node === undefined || node.opSpan.start !== place.span.start) return [];
  const { left, right } = place.args;
  if (node.op === "+" && (left === "string") !== (right === "string") && !/\n/.test(textOf(place, node.span))) {
    const inside = (part: typeof node.left): string => {
      const text = textOf(place, part.span);
      return part.kind === "string" && !part.block ? text.slice(1, -1) : `\${${text}}`;
    };
    const joined = `"${inside(node.left)}${inside(node.right)}"`;
    return [safe(`write ${joined}`, place, [node.span, joined])];
  }
  return [...unquoted(place, node.right.span, left), ...unquoted(place, node.left.span, right)];
}

function optionalUse(place: Place<"optional-use">): Fix[] {
  const empty = EMPTY.get(place.args.type.replace(/\?$/, "")) ?? (/^list</.test(place.args.type) ? "[]" : HOLE);
  const text = textOf(place);
  const bare = /^\$\{/.test(text) ? null : text;
  if (bare === null) return [];
  const alone = /^\$\{\s*$/.test(
    place.file.text
      .slice(0, place.span.start)
      .slice(-4)
      .replace(/^.*?\$\{/, "${"),
  );
  const put = alone ? `${text} ?? ${empty}` : `(${text} ?? ${empty})`;
  const after = place.file.text.slice(place.span.end);
  return [
    suggested(`let ${empty} stand in for none`, place, [place.span, put]),
    ...(/^\.[A-Za-z_]/.test(after) ? [suggested("read on with ?.", place, [at(place.span.end), "?"])] : []),
  ];
}

function missingArgument(place: Place<"missing-argument">): Fix[] {
  const node = around(place).findLast((each) => "kind" in each && each.kind === "call");
  if (node === undefined || !("kind" in node) || node.kind !== "call") return [];
  const added = place.args.names.split(", ").map((name) => `${name}: ${HOLE}`);
  return [suggested(`add ${place.args.names}, to be filled in`, place, intoBrackets(place, node.span, added))];
}

/** Adds elements at the end of a list between brackets. */
function intoBrackets(
  place: FixPlace<unknown>,
  span: { readonly start: number; readonly end: number },
  added: readonly string[],
): readonly [{ readonly start: number; readonly end: number }, string] {
  const inside = textOf(place, span).slice(0, -1);
  const used = inside.trimEnd();
  const first = /[({[]$/.test(used);
  const comma = first || used.endsWith(",") ? "" : ",";
  const brace = textOf(place, span).endsWith("}");
  return [
    at(span.start + used.length),
    `${comma}${first && !brace ? "" : " "}${added.join(", ")}${first && brace && inside === used ? " " : ""}`,
  ];
}

function missingProperty(place: Place<"missing-property">): Fix[] {
  const owner = around(place).findLast((node) => "body" in node);
  const body = owner !== undefined && "body" in owner ? owner.body : null;
  const line = `${place.args.name} = ${HOLE}`;
  const title = `add ${place.args.name}, to be filled in`;
  if (typeof body !== "object" || body === null || !("members" in body)) {
    return owner !== undefined && "kind" in owner && owner.kind === "use"
      ? [suggested(title, place, [at(owner.span.end), ` { ${line} }`])]
      : [];
  }
  return [suggested(title, place, intoBody(place, body.span, line))];
}

function missingField(place: Place<"missing-field">): Fix[] {
  const text = textOf(place);
  if (!text.startsWith("{") || !text.endsWith("}")) return [];
  const added = place.args.names.split(", ").map((name) => `${name}: ${HOLE}`);
  return [suggested(`add ${place.args.names}, to be filled in`, place, intoBrackets(place, place.span, added))];
}

function labelNeeded(place: Place<"label-needed">): Fix[] {
  const { param } = place.args;
  const node = enclosing(place, ["call"]);
  if (param === "" || node === undefined || node.args.some(({ label }) => label?.text === param)) return [];
  const title = `name it ${param}`;
  // One value for one parameter leaves no doubt which is meant.
  const make = node.args.length === 1 ? safe : suggested;
  return [make(title, place, [at(place.span.start), `${param}: `])];
}

function lambdaExpected(place: Place<"lambda-expected">): Fix[] {
  return [suggested("make it a function", place, [at(place.span.start), "x => "])];
}

function matchIncomplete(place: Place<"match-incomplete">): Fix[] {
  const node = enclosing(place, ["match"]);
  if (node === undefined || !textOf(place, node.span).endsWith("}")) return [];
  const names = place.args.missing === "any other value" ? ["_"] : place.args.missing.split(", ");
  if (!names.every((name) => /^(\w+|".*")$/.test(name))) return [];
  const last = node.arms.at(-1);
  const arms = names.map((name) => `${name} => ${HOLE}`);
  const title = `add ${names.length === 1 ? "the arm" : "the arms"}, to be filled in`;
  if (last === undefined) return [suggested(title, place, intoBrackets(place, node.span, arms))];
  const lines = /\n/.test(textOf(place, node.span));
  const text = lines
    ? arms.map((arm) => `\n${indentAt(place, last.span.start)}${arm}`).join("")
    : `, ${arms.join(", ")}`;
  const comma = /^\s*,/.exec(place.file.text.slice(last.span.end, last.span.end + 40))?.[0].length ?? 0;
  return [suggested(title, place, [at(last.span.end + comma), comma > 0 && !lines ? text.slice(1) : text])];
}

function matchUnreachable(place: Place<"match-unreachable">): Fix[] {
  const node = enclosing(place, ["match"]);
  const spans = (node?.arms ?? []).map(({ span }) => span);
  const span = spans.find((each) => each.start === place.span.start && each.end === place.span.end);
  if (span === undefined) return [];
  const separated = /,/.test(place.file.text.slice(spans[0]?.end, spans[1]?.start));
  const gone = separated ? withComma(place, span, spans) : withSpace(place, span);
  return [suggested("take the arm away", place, [gone, ""])];
}

/** Reads it in a fact of its own, on the line before. */
function callInExpression(place: Place<"call-in-expression">): Fix[] {
  const nodes = around(place);
  const call = nodes.findLast((node) => "kind" in node && node.kind === "call");
  const body = nodes.findLastIndex((node) => "members" in node && "closed" in node);
  const statement = nodes[body + 1];
  const action = nodes.find((node) => "kind" in node && node.kind === "action");
  if (call === undefined || body < 0 || statement === undefined || action === undefined) return [];
  const names = new Set(all(place.file, ["name"]).map(({ text }) => text));
  const name = ["found", "found_1", "found_2"].find((each) => !names.has(each));
  if (name === undefined) return [];
  const before = `fact ${name} = ${textOf(place, call.span)}\n${indentAt(place, statement.span.start)}`;
  return [suggested(`read it in a fact, ${name}`, place, [at(statement.span.start), before], [call.span, name])];
}

function keyNeeded(place: Place<"key-needed">): Fix[] {
  const node = enclosing(place, ["for"]);
  if (node?.name == null) return [];
  const key = `${node.name.text}.name`;
  return [suggested(`take ${key} as the key`, place, [at(node.over.span.end), ` key ${key}`])];
}

/** What a field can be read of without braces around it. */
const READ_OF: ReadonlySet<string> = new Set(["name", "field", "index", "call", "paren"]);

function memberInText(place: Place<"member-in-text">): Fix[] {
  const { start, end } = place.span;
  const node = around(place).find(({ span }) => span.start === start && span.end === end);
  if (node === undefined || !("kind" in node) || !READ_OF.has(node.kind)) return [];
  return [suggested("write its key", place, [at(end), ".key"])];
}

export const typeFixes = {
  "type-mismatch": typeMismatch,
  "operator-types": operatorTypes,
  "optional-use": optionalUse,
  "missing-argument": missingArgument,
  "missing-property": missingProperty,
  "missing-field": missingField,
  "label-needed": labelNeeded,
  "lambda-expected": lambdaExpected,
  "member-in-text": memberInText,
  "match-incomplete": matchIncomplete,
  "match-unreachable": matchUnreachable,
  "call-in-expression": callInExpression,
  "key-needed": keyNeeded,
};
