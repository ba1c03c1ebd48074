/** Bodies held against the table of blocks: what may stand there, once each, of which type, known by when. */
import { isForeign, isReserved } from "../../language/tokens.ts";
import type * as tree from "../../language/tree.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { HOOK_EVENTS, type Places } from "../program.ts";
import { BLOCKS, type BlockName, type BlockSpec, type PropertySpec, STATEMENT_WORDS } from "../schema/blocks.ts";
import type { PlaceSpec } from "../schema/places.ts";
import type { Type } from "../types/type.ts";
import { at, type Context, firstRunRef, isConst, isSettled, nearestTo, report, sourceText } from "./context.ts";
import { checkAs } from "./expr.ts";
import { replacing, thereIs } from "./hints.ts";

export interface CheckedBlock {
  /** Properties given, by name, checked; those known `source` are not among them. */
  readonly values: ReadonlyMap<string, Expr>;
  /** Properties as written. */
  readonly nodes: ReadonlyMap<string, tree.Property>;
  /** All else that may stand here, in order. */
  readonly statements: readonly tree.Statement[];
}

/** Properties that a block must have. */
const REQUIRED: ReadonlyMap<BlockSpec, readonly string[]> = new Map(
  Object.values<BlockSpec>(BLOCKS).map((spec) => {
    const { properties } = spec;
    return [spec, Object.keys(properties).filter((key) => properties[key]?.required)];
  }),
);

const EMPTY: CheckedBlock = { values: new Map(), nodes: new Map(), statements: [] };

/** `place` is where a missing property is told. `late` names properties whose scope is not ready yet: left unchecked. */
export function checkBlock(
  cx: Context,
  name: BlockName,
  body: tree.Body | null,
  place: tree.Span,
  late: readonly string[] = [],
): CheckedBlock {
  const spec: BlockSpec = BLOCKS[name];
  const required = REQUIRED.get(spec) ?? [];
  if (body !== null)
    cx.project.observer?.bodies.set(body.members, { scope: cx.scope, block: name, statements: spec.statements });
  if (body === null && required.length === 0) return EMPTY;
  const values = new Map<string, Expr>();
  const nodes = new Map<string, tree.Property>();
  const statements: tree.Statement[] = [];
  const unknown: tree.Name[] = [];
  for (const member of body?.members ?? []) {
    if (member.kind !== "property") {
      if (spec.statements.includes(member.kind)) statements.push(member);
      else if (member.kind === "block") {
        if (!unknownBlock(cx, spec, member.name)) unknown.push(member.name);
      } else report(cx, "misplaced", head(member), { what: STATEMENT_WORDS[member.kind], where: spec.what });
      continue;
    }
    const text = member.name.text;
    const property = Object.hasOwn(spec.properties, text) ? spec.properties[text] : undefined;
    if (property === undefined) {
      // Of a word of the language the parser has told already, and of one from elsewhere.
      if (retryProperty(cx, spec, member)) continue;
      if (!isReserved(text) && !(isForeign(text) && member.value.kind === "missing")) unknown.push(member.name);
      continue;
    }
    if (nodes.has(text)) {
      report(cx, "duplicate-statement", member.name.span, { what: text, where: spec.what });
      continue;
    }
    nodes.set(text, member);
    if (property.known !== "source" && !late.includes(text)) values.set(text, checkProperty(cx, member, property));
  }
  const missing = required.filter((key) => !nodes.has(key));
  const meant = unknownProperties(cx, spec, unknown, missing);
  for (const key of missing)
    if (!meant.has(key)) report(cx, "missing-property", place, { block: spec.what, name: key });
  return { values, nodes, statements };
}

/** `on_failure { … }` is near to two things; any other property takes no block. */
function unknownBlock(cx: Context, spec: BlockSpec, name: tree.Name): boolean {
  const event = /^on_([a-z_]+)$/.exec(name.text)?.[1];
  const args = { block: spec.what, name: name.text, near: "" };
  if (event !== undefined && HOOK_EVENTS.some((each) => each === event) && spec.statements.includes("on"))
    report(cx, "unknown-property", name.span, args, {
      help: `write on ${event} {`,
      fixes: [replacing(cx, name.span, `on ${event}`)],
    });
  else if (Object.hasOwn(spec.properties, name.text))
    report(
      cx,
      "unexpected",
      name.span,
      { found: `${name.text} { … }`, where: `in ${spec.what}` },
      { help: `write ${name.text} = …` },
    );
  else return false;
  return true;
}

/** `retry = 3`, as a number of attempts. */
function retryProperty(cx: Context, spec: BlockSpec, member: tree.Property): boolean {
  if (member.name.text !== "retry" || !spec.statements.includes("block")) return false;
  const plain = member.value.kind === "number";
  const text = `retry { attempts = ${plain ? sourceText(cx, member.value.span) : "3"} }`;
  const span = { start: member.name.span.start, end: member.value.span.end };
  const args = { block: spec.what, name: "retry", near: "" };
  const fixes = plain ? [replacing(cx, span, text)] : [];
  report(cx, "unknown-property", member.name.span, args, { help: `write ${text}`, fixes });
  return true;
}

/** Tells them; returns the missing ones that they stand for, which are not told once more. */
function unknownProperties(
  cx: Context,
  spec: BlockSpec,
  unknown: readonly tree.Name[],
  missing: readonly string[],
): ReadonlySet<string> {
  const meant = new Set<string>();
  if (unknown.length === 0) return meant;
  const names = Object.keys(spec.properties);
  for (const { text: name, span } of unknown) {
    const only = unknown.length === 1 && missing.length === 1 ? (missing[0] ?? "") : "";
    const near = nearestTo(cx, name, names) || only;
    meant.add(near);
    report(cx, "unknown-property", span, { block: spec.what, name, near }, thereIs("its properties are", names, near));
  }
  return meant;
}

export function checkProperty(cx: Context, member: tree.Property, property: PropertySpec): Expr {
  const expr = checkAs(cx, member.value, property.type, member.name.text);
  demand(cx, expr, property.known, member.name.text, member.value.span);
  if (property.least !== undefined) atLeast(cx, expr, property.least, member.name.text, member.value.span);
  return expr;
}

/** A value for a place of a statement, held to what the place asks for. */
export function checkPlace(cx: Context, node: tree.Expr, place: PlaceSpec & { readonly type: Type }): Expr {
  const expr = checkAs(cx, node, place.type, place.what);
  demand(cx, expr, place.known, place.what, node.span);
  if (place.least !== undefined) atLeast(cx, expr, place.least, place.what, node.span);
  return expr;
}

/** Tells a constant that is too small to mean anything, such as a batch of none. What is not constant is held when planned. */
export function atLeast(cx: Context, expr: Expr, least: number, what: string, span: tree.Span): void {
  if (!isConst(expr) || typeof expr.v !== "number" || expr.v >= least) return;
  report(cx, "refinement-fails", span, {
    type: what,
    why: least === 0 ? "it must not be negative" : `it must be at least ${least}`,
  });
}

/** Tells when `expr` is not known as early as it must be. */
export function demand(cx: Context, expr: Expr, known: PropertySpec["known"], what: string, span: tree.Span): void {
  if (known === "check" && !isSettled(expr)) report(cx, "not-constant", span, { what });
  if (known !== "plan") return;
  const from = firstRunRef(cx, expr);
  if (from !== null) report(cx, "not-known-at-plan", span, { what, from });
}

/** The constant of a property, or `otherwise`. */
export function constantOf(block: CheckedBlock, name: string, otherwise: Value): Value {
  const expr = block.values.get(name);
  return expr !== undefined && isConst(expr) ? expr.v : otherwise;
}

/** The word a statement begins with: enough to underline. */
export function head(node: tree.Statement): tree.Span {
  const named = "name" in node && node.name !== null ? node.name.span.end : node.span.start + node.kind.length;
  return { start: node.span.start, end: Math.min(Math.max(named, node.span.start + 1), node.span.end) };
}

/** Where its properties stand. */
export function placesOf(cx: Context, { nodes }: CheckedBlock): Places {
  if (nodes.size === 0) return {};
  return Object.fromEntries([...nodes].map(([name, { name: word }]) => [name, at(cx, word.span)]));
}
