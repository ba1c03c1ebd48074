/**
 * A provider's call in an action becomes an operation of the team's own: what it names of the action are its parameters, and
 * the action calls it instead.
 */
import { WIDTH } from "../../../language/format/doc.ts";
import { format } from "../../../language/format/format.ts";
import type * as tree from "../../../language/tree.ts";
import type { Span } from "../../../language/tree.ts";
import { type Node, pathAt } from "../../../language/walk.ts";
import type { Parsed } from "../../check/context.ts";
import type { ManifestOperation } from "../../manifest.ts";
import { resourceParts } from "../../resource.ts";
import type { Type } from "../../types/type.ts";
import type { Analysis, Spot } from "../analysis.ts";
import { type Offered, offeredBy } from "../called.ts";
import type { Edit } from "../rename.ts";
import { type TypeNames, typeNames, typeText } from "../type-text.ts";
import { namesAt } from "../visible.ts";
import { type Action, freshName, indentAt, refactoring, trimmed } from "./action.ts";
import { type Free, freeIn } from "./free-names.ts";
import { tried } from "./trial.ts";

/** A result of which more would have to be written than this is left to what the call gives. */
const LONGEST_RESULT = 120;

export function extractOperation(analysis: Analysis, file: Parsed, selected: Span): Action[] {
  const found = callAt(file, selected);
  const spot = found === null ? null : analysis.spot(file.path, found.call.callee.span.start);
  const offered = found === null || spot === null ? null : offeredBy(namesAt(spot), found.call);
  if (found === null || spot === null || spot.observed === null || offered === null) return [];
  const names = typeNames(file, spot.observed.scope);
  const free = freeIn(spot, found.call, names);
  if (free === null) return [];
  const parts: Parts = {
    file,
    spot,
    offered,
    names,
    free,
    call: found.call,
    name: freshName(file.text, nameFor(offered)),
  };
  const whole = { result: found.isRead ? resultOf(parts) : null, resource: resourceOf(parts) };
  // What cannot be said of this one is left to what the provider says of it.
  const ways = [whole, { ...whole, resource: null }, { ...whole, result: null }, { result: null, resource: null }];
  for (const way of ways) {
    const edits = editsFor(parts, way.result, way.resource);
    const done = edits === null ? null : tried(analysis, file, edits);
    if (done !== null) return [refactoring(`make this call an operation, ${parts.name}`, "extract", done)];
  }
  return [];
}

const nameFor = ({ receiver, name }: Offered): string => `${receiver.text}_${name}`;

interface Parts {
  readonly file: Parsed;
  readonly spot: Spot;
  readonly offered: Offered;
  readonly names: TypeNames;
  readonly free: readonly Free[];
  readonly call: tree.CallExpr;
  /** Of the operation. */
  readonly name: string;
}

/** The call that is selected, or that of the statement which the cursor is in, not in its braces; whether its result is read. */
function callAt(file: Parsed, selected: Span): { readonly call: tree.CallExpr; readonly isRead: boolean } | null {
  const span = trimmed(file.text, selected);
  const nodes = pathAt(file.tree, span.start);
  if (!nodes.some((node) => "kind" in node && node.kind === "action")) return null;
  const owner = nodes.findLast((node) => callOf(node) !== null);
  const call = owner === undefined ? null : callOf(owner);
  if (owner === undefined || call === null) return null;
  const isCall = span.start === call.span.start && span.end === call.span.end;
  const isIn = span.end === span.start && span.start <= call.span.end;
  const isAll = span.start === owner.span.start && span.end === owner.span.end;
  return isCall || isIn || isAll ? { call, isRead: reads(file, owner) } : null;
}

function callOf(node: Node): tree.CallExpr | null {
  if (!("kind" in node)) return null;
  switch (node.kind) {
    case "step":
    case "check":
    case "fact":
      return node.call.kind === "call" ? node.call : null;
    case "rollback":
      return node.how.kind === "call" && node.how.call.kind === "call" ? node.how.call : null;
    default:
      return null;
  }
}

/** Whether anything looks at what the statement gives. */
function reads({ text }: Parsed, owner: Node): boolean {
  if (!("kind" in owner)) return false;
  if (owner.kind === "check") return true;
  if ((owner.kind !== "step" && owner.kind !== "fact") || owner.name === null) return false;
  return new RegExp(`\\b${owner.name.text}\\b`).test(text.slice(owner.span.end));
}

function resultOf({ call, offered: { operation }, names }: Parts): string | null {
  const text = typeText(resultType(operation, call), names);
  return text === null || text.length > LONGEST_RESULT ? null : text;
}

/** With the arguments that are written there: some decide what comes back. */
function resultType({ resultWhen, result }: ManifestOperation, { args }: tree.CallExpr): Type {
  const known = resultWhen.find(({ param, is }) => {
    const value = args.find(({ label }) => label?.text === param)?.value;
    if (value?.kind === "bool" || value?.kind === "number") return value.value === is;
    const [part, ...more] = value?.kind === "string" ? value.parts : [];
    return part?.kind === "text" && more.length === 0 && part.text === is;
  });
  return known?.result ?? result;
}

/** What the provider says it touches, with the arguments put in: `"file:${path}"`. Null where that is not all there is to it. */
function resourceOf(parts: Parts): string | null {
  const { offered, call } = parts;
  const texts = resourceParts(offered.operation.resource).map((part) => {
    if (typeof part === "string") return /["\\$]/.test(part) ? null : part;
    const value = call.args.find(({ label }) => label?.text === part.param)?.value;
    if (part.from !== null || value === undefined) return null;
    const written = withParams(parts, value.span);
    if (value.kind !== "string") return `\${${written}}`;
    return value.block ? null : written.slice(1, -1);
  });
  return texts.every((text) => text !== null) ? `"${texts.join("")}"` : null;
}

/** A part of the call, with parameters in place of what it names of the action. */
function withParams({ file, free }: Parts, { start, end }: Span): string {
  const uses = free
    .flatMap(({ param, places }) => places.map((place) => ({ param, place })))
    .filter(({ place }) => start <= place.start && place.end <= end)
    .sort((a, b) => a.place.start - b.place.start);
  const written: string[] = [];
  let at = start;
  for (const { param, place } of uses) {
    written.push(file.text.slice(at, place.start), param);
    at = place.end;
  }
  return written.join("") + file.text.slice(at, end);
}

function editsFor(parts: Parts, result: string | null, resource: string | null): Edit[] | null {
  const { file, call, spot, name, free, offered } = parts;
  const { effect, repeat } = offered.operation;
  const params = free.map(({ param, type, optional }) => `${param}${optional ? "?" : ""}: ${type}`).join(", ");
  const lines = [
    `operation ${name}(${params})${result === null ? "" : ` -> ${result}`} {`,
    `effect = ${effect}`,
    ...(resource === null ? [] : [`resource = ${resource}`]),
    `repeat = ${repeat}`,
    `call = ${withParams(parts, call.span)}`,
    ...(result === null ? [] : ["returns = call"]),
    "}",
  ];
  const written = format(`${lines.join("\n")}\n`);
  const action = spot.nodes[1];
  if ("faults" in written || action === undefined) return null;
  const start = withComments(file.text, action.span.start);
  return [
    { module: file.path, span: { start, end: start }, text: `${written.text}\n` },
    { module: file.path, span: call.span, text: callText(parts) },
  ];
}

/** Where the comments begin that stand right above. */
function withComments(text: string, start: number): number {
  const before = /(?:^|\n)((?:[ \t]*\/\/[^\n]*\n)+)[ \t]*$/.exec(text.slice(0, start));
  return before === null ? text.lastIndexOf("\n", start - 1) + 1 : start - (before[1] ?? "").length;
}

/** As the layout has it. */
function callText({ file, call, name, free }: Parts): string {
  const args = free.map(({ param, text }) => `${param}: ${text}`);
  const flat = `${name}(${args.join(", ")})`;
  const line = file.text.lastIndexOf("\n", call.span.start - 1) + 1;
  const brace = /^[ \t]*\{/.test(file.text.slice(call.span.end)) ? " {".length : 0;
  if (call.span.start - line + flat.length + brace <= WIDTH) return flat;
  const indent = indentAt(file.text, call.span.start);
  return `${name}(\n${args.map((arg) => `${indent}  ${arg},\n`).join("")}${indent})`;
}
