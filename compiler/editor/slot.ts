/** What may stand at the cursor: one answer, from the place of a name put there (`typed.ts`). */
import type * as tree from "../../language/tree.ts";
import type { Node } from "../../language/walk.ts";
import type { ObservedBody, WantedParam } from "../check/observer.ts";
import type { Binding, Scope } from "../check/scope.ts";
import { fieldsOf } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { scopeAt } from "./analysis.ts";
import { dataOf, type PathSlot, type PathTo } from "./completion-paths.ts";
import { PLACEHOLDER, type Typed } from "./typed.ts";
import { bindingAt } from "./visible.ts";

export type Slot =
  | { readonly slot: "declaration" }
  /** A statement of a body, or a property of its block; `given` stand there already. */
  | { readonly slot: "statement"; readonly body: ObservedBody; readonly given: ReadonlySet<string> }
  | { readonly slot: "value"; readonly expected: Type | null; readonly scope: Scope }
  /** What a step, check, fact or operation calls. */
  | { readonly slot: "call"; readonly scope: Scope; readonly of: "step" | "read" | "rollback" | "operation" }
  | { readonly slot: "member"; readonly of: Type | Binding; readonly optional: boolean; readonly called: boolean }
  /** An operation of what may be a provider that the file does not use. */
  | { readonly slot: "offered"; readonly provider: string; readonly called: boolean }
  | { readonly slot: "label"; readonly params: readonly WantedParam[]; readonly given: ReadonlySet<string> }
  | { readonly slot: "field"; readonly fields: readonly Field[]; readonly given: ReadonlySet<string> }
  | { readonly slot: "arm"; readonly on: Type; readonly given: ReadonlySet<string> }
  | { readonly slot: "type"; readonly scope: Scope }
  | { readonly slot: "approver"; readonly scope: Scope }
  | { readonly slot: "step name"; readonly scope: Scope }
  | { readonly slot: "provider" }
  | { readonly slot: "imported"; readonly item: tree.ImportItem; readonly given: ReadonlySet<string> }
  | PathSlot
  | { readonly slot: "event" }
  /** Words that go on with a statement. */
  | { readonly slot: "words"; readonly words: readonly string[] };

/** Null where a name of one's own is to be written, or nothing. */
export function slotAt(typed: Typed): Slot | null {
  const { nodes } = typed;
  const node = nodes.at(-1);
  const parent = nodes.at(-2);
  if (node === undefined) return null;
  if ("kind" in node && node.kind === "module") return { slot: "declaration" };
  if ("kind" in node && node.kind === "text") return ofPath(typed, node);
  const isWord = "text" in node && node.text === PLACEHOLDER;
  if (!isWord) return betweenNames(typed, node);
  if ("kind" in node && node.kind === "name") return ofNameExpr(typed, node, parent ?? null);
  return parent === undefined ? null : ofName(typed, parent);
}

/** In a text that is a path, whole. */
function ofPath({ nodes, offset, file }: Typed, { span }: { readonly span: tree.Span }): Slot | null {
  const text = nodes.at(-2);
  if (text === undefined || !("kind" in text) || text.kind !== "string" || text.parts.length > 1) return null;
  const to = pathTo(nodes.slice(0, -2), text);
  const written = file.text.slice(span.start, offset);
  const after = offset + PLACEHOLDER.length;
  // One that is not closed holds what follows it on its line.
  const rest = file.text[span.end] === '"' ? Math.max(0, span.end - after) : 0;
  return to === null ? null : { slot: "path", to, written, before: offset - span.start, after: rest };
}

function pathTo(around: readonly Node[], text: tree.StringLiteral): PathTo | null {
  const owner = around.at(-1);
  if (owner !== undefined && "kind" in owner) {
    if (owner.kind === "import") return owner.from === text ? "import" : null;
    return owner.kind === "property" && owner.name.text === "calendar" ? "calendar" : null;
  }
  const [item, call] = [around.at(-3), around.at(-2)];
  if (call === undefined || !("kind" in call) || call.kind !== "call" || call.callee.kind !== "name") return null;
  if (call.args[0] !== owner) return null;
  const of = item !== undefined && "kind" in item ? item.kind : null;
  if (of === "secret") return call.callee.text === "file" ? "secret" : null;
  return dataOf(call.callee.text);
}

function ofName(typed: Typed, parent: Node): Slot | null {
  if (!("kind" in parent)) return "name" in parent && "value" in parent ? ofRecordField(typed) : null;
  switch (parent.kind) {
    case "property":
    case "block":
      return ofStatement(typed);
    case "field":
      return ofMember(typed, parent);
    case "named_type":
      return { slot: "type", scope: scopeAt(typed) };
    case "use":
      return parent.provider?.text === PLACEHOLDER ? { slot: "provider" } : null;
    case "import":
      return { slot: "imported", item: parent, given: namesOf(parent.names.map(({ name }) => name)) };
    case "on":
      return { slot: "event" };
    case "step":
    case "check":
      return parent.after.some(({ text }) => text === PLACEHOLDER)
        ? { slot: "step name", scope: scopeAt(typed) }
        : null;
    default:
      return null;
  }
}

function ofStatement({ nodes, observed }: Typed): Slot | null {
  const body = nodes.findLast((node) => "closed" in node);
  if (body === undefined || !("closed" in body)) return null;
  const seen = observed?.observer.bodies.get(body.members);
  if (seen === undefined) return null;
  const given = namesOf(body.members.flatMap((member) => (member.kind === "property" ? [member.name] : [])));
  return { slot: "statement", body: seen, given };
}

function ofMember(typed: Typed, { of, optional }: tree.FieldExpr): Slot | null {
  const receiver = of.kind === "index" ? of.of : of;
  if (receiver.kind === "name") {
    const binding = bindingAt(typed, receiver.text);
    if (binding?.b === "instance" || binding?.b === "family" || (binding?.b === "enum" && of.kind === "name"))
      return { slot: "member", of: binding, optional, called: isCallee(typed) };
    if (binding === undefined) return { slot: "offered", provider: receiver.text, called: isCallee(typed) };
  }
  const type = typed.observed?.observer.exprs.get(of)?.type;
  if (type === undefined || type.kind === "error") return null;
  return { slot: "member", of: type, optional, called: isCallee(typed) };
}

/** Arguments stand behind it already. */
function isCallee({ nodes }: Typed): boolean {
  const around = nodes.at(-3);
  return around !== undefined && "kind" in around && around.kind === "call" && around.callee === nodes.at(-2);
}

function ofNameExpr(typed: Typed, node: tree.NameExpr, parent: Node | null): Slot | null {
  const scope = scopeAt(typed);
  const value: Slot = {
    slot: "value",
    expected: typed.observed?.observer.exprs.get(node)?.expected ?? null,
    scope,
  };
  if (parent === null) return value;
  if ("label" in parent && parent.label === null) return ofArgument(typed) ?? value;
  if ("patterns" in parent && parent.value !== node) return ofArm(typed) ?? value;
  if (!("kind" in parent)) return value;
  switch (parent.kind) {
    case "step":
      return parent.call === node ? { slot: "call", scope, of: stepKind(typed) } : value;
    case "check":
    case "fact":
      return parent.call === node ? { slot: "call", scope, of: "read" } : value;
    case "rollback":
      return { slot: "call", scope, of: "rollback" };
    case "property":
      return parent.name.text === "call" && ofStatement(typed) !== null && isOperation(typed)
        ? { slot: "call", scope, of: "operation" }
        : value;
    case "approve":
    case "override":
    case "escalate":
      return { slot: "approver", scope };
    case "list":
      return isApproverRule(typed) ? { slot: "approver", scope } : value;
    default:
      return value;
  }
}

const isOperation = ({ nodes }: Typed): boolean => nodes.some((node) => "kind" in node && node.kind === "operation");

function stepKind({ nodes }: Typed): "step" | "rollback" {
  return nodes.some((node) => "kind" in node && node.kind === "rollback") ? "rollback" : "step";
}

function isApproverRule({ nodes }: Typed): boolean {
  const around = nodes.at(-3);
  return around !== undefined && "kind" in around && ["approve", "override", "escalate"].includes(around.kind);
}

/** An argument without a label: the label is what is written first. A method takes values instead. */
function ofArgument({ nodes, observed }: Typed): Slot | null {
  const call = nodes.at(-3);
  if (call === undefined || !("kind" in call) || call.kind !== "call") return null;
  const seen = observed?.observer.calls.get(call);
  if (seen === undefined) return null;
  return { slot: "label", params: seen.params, given: namesOf(call.args.flatMap(({ label }) => label ?? [])) };
}

function ofArm({ nodes, observed }: Typed): Slot | null {
  const match = nodes.at(-3);
  if (match === undefined || !("kind" in match) || match.kind !== "match") return null;
  const on = observed?.observer.exprs.get(match.on)?.type;
  if (on === undefined) return null;
  const patterns = match.arms.flatMap((arm) => arm.patterns ?? []);
  return { slot: "arm", on, given: new Set(patterns.flatMap((each) => (each.kind === "name" ? [each.text] : []))) };
}

function ofRecordField({ nodes, observed }: Typed): Slot | null {
  const record = nodes.at(-3);
  if (record === undefined || !("kind" in record) || record.kind !== "record") return null;
  const wanted = observed?.observer.exprs.get(record)?.expected ?? null;
  const plain = wanted?.kind === "optional" ? wanted.of : wanted;
  const fields = plain === null ? null : fieldsOf(plain);
  return fields === null ? null : { slot: "field", fields, given: namesOf(record.fields.map(({ name }) => name)) };
}

/** Behind a whole statement: the words that go on with it. */
function betweenNames(typed: Typed, node: Node): Slot | null {
  if (!("kind" in node)) return "closed" in node ? afterBefore(typed, node) : null;
  switch (node.kind) {
    case "step":
    case "check":
      return { slot: "words", words: ["when", "after"].filter((word) => !hasClause(node, word)) };
    case "approve":
      return node.when === null ? { slot: "words", words: ["when"] } : null;
    case "for":
      return { slot: "words", words: ["key", "batch", "every", "tolerate", "at most", "allow empty"] };
    default:
      return null;
  }
}

function hasClause(node: tree.StepStatement | tree.CheckStatement, word: string): boolean {
  return word === "when" ? node.when !== null : node.after.length > 0;
}

/** In a body behind a statement that is whole, on its line. */
function afterBefore(typed: Typed, body: tree.Body): Slot | null {
  const before = body.members.findLast(({ span }) => span.end <= typed.offset);
  if (before === undefined) return ofStatement(typed);
  const gap = typed.file.text.slice(before.span.end, typed.offset);
  if (gap.includes("\n")) return ofStatement(typed);
  switch (before.kind) {
    case "require":
      return before.message === null ? { slot: "words", words: ["else"] } : null;
    case "if":
      return before.else === null ? { slot: "words", words: ["else"] } : null;
    default:
      return null;
  }
}

function namesOf(names: readonly tree.Name[]): ReadonlySet<string> {
  return new Set(names.map(({ text }) => text).filter((text) => text !== PLACEHOLDER));
}
