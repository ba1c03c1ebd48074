/** From the types people write to the types the compiler uses. */
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import type { Requirement } from "../program.ts";
import { placeField } from "../types/field-places.ts";
import { assignable, BOOL, base, ERROR, fieldsOf, optionalOf, STRING } from "../types/relations.ts";
import { typeFits } from "../types/size.ts";
import { briefType, type Field, SCALARS, type Scalar, type Type } from "../types/type.ts";
import { RANGED } from "./collections.ts";
import { at, type Context, isConst, isSettled, nearestTo, report, sourceText, within } from "./context.ts";
import { checkExpr, coerce } from "./expr.ts";
import { typeHere } from "./habits.ts";
import { elsewhere } from "./hints.ts";
import { type Binding, kindOf, Scope } from "./scope.ts";

const GENERICS = ["list", "map", "range", "secret"] as const;

export function resolveType(cx: Context, node: tree.TypeNode): Type {
  const type = resolveKind(cx, node);
  cx.project.observer?.types.set(node, { scope: cx.scope, type });
  if (typeFits(type)) return type;
  report(cx, "too-large", node.span, { what: "this type" });
  return ERROR;
}

function resolveKind(cx: Context, node: tree.TypeNode): Type {
  switch (node.kind) {
    case "missing_type":
      return ERROR;
    case "named_type":
      return resolveNamed(cx, node);
    case "optional_type":
      return optionalOf(resolveType(cx, node.of));
    case "record_type":
      return { kind: "record", fields: resolveFields(cx, node.fields) };
    case "literal_type":
      return resolveLiteral(cx, node);
    case "union_type":
      return { kind: "union", of: node.of.map((each) => resolveType(cx, each)) };
    case "one_of_type":
      return resolveOneOf(cx, node);
  }
}

function resolveNamed(cx: Context, node: tree.NamedType): Type {
  const name = node.name.text;
  const generic = GENERICS.find((g) => g === name);
  if (generic !== undefined) {
    const [inner, ...more] = node.args.map((arg) => resolveType(cx, arg));
    if (inner === undefined || more.length > 0) {
      report(cx, "wrong-argument-count", node.span, {
        callee: name,
        wanted: "one type",
        found: String(node.args.length),
      });
      return ERROR;
    }
    if (generic === "range" && !RANGED.includes(base(inner).kind)) {
      const args = {
        what: "this",
        found: briefType(inner),
        expected: "a type with an order (such as int or date)",
      };
      report(cx, "type-mismatch", node.args[0]?.span ?? node.span, args);
      return ERROR;
    }
    return { kind: generic, of: inner };
  }
  const known = (SCALARS as readonly string[]).includes(name) ? "scalar" : cx.scope.lookup(name);
  if (known === undefined) {
    tellUnknownType(cx, node.name);
    return ERROR;
  }
  if (known !== "scalar" && known.b === "broken") return ERROR;
  if (known !== "scalar" && known.b !== "type" && known.b !== "enum") {
    tellNoType(cx, node.name, known);
    return ERROR;
  }
  if (node.args.length > 0) {
    report(cx, "wrong-argument-count", node.span, {
      callee: name,
      wanted: "no types",
      found: String(node.args.length),
    });
    return ERROR;
  }
  return known === "scalar" ? { kind: name as Scalar } : known.type;
}

function tellUnknownType(cx: Context, { text: name, span }: tree.Name): void {
  const help = elsewhere(cx, name);
  const names = [...SCALARS, ...GENERICS, ...cx.scope.names()];
  const near = help === "" ? typeHere(name) || nearestTo(cx, name, names) : "";
  report(cx, "unknown-type", span, { name, near }, help === "" ? {} : { help });
}

/** A name that is there, but stands for no type: a map may be what to choose from. */
function tellNoType(cx: Context, { text: name, span }: tree.Name, binding: Binding): void {
  const map = binding.b === "value" && ["map", "record"].includes(base(binding.type).kind);
  const written = `one of ${name}`;
  const edits = [{ module: cx.module.path, span, text: written }];
  const extra = map
    ? {
        help: `to choose from it, write ${written}`,
        fixes: [{ title: `write ${written}`, suggested: true as const, edits }],
      }
    : { help: `${name} is ${kindOf(binding)}, not a type` };
  report(cx, "unknown-type", span, { name, near: "" }, extra);
}

function resolveLiteral(cx: Context, node: tree.LiteralType): Type {
  if (node.value.kind !== "string") return { kind: "literal", value: node.value.value };
  const [part, ...more] = node.value.parts;
  if (more.length > 0 || part?.kind === "hole") {
    report(cx, "not-constant", node.span, { what: "text that is a type" });
    return ERROR;
  }
  return { kind: "literal", value: part?.text ?? "" };
}

function resolveOneOf(cx: Context, node: tree.OneOfType): Type {
  const { type, expr } = checkExpr(cx, node.of, null);
  if (type.kind === "error") return ERROR;
  const of = type.kind === "map" ? type.of : type.kind === "record" ? commonField(type.fields) : null;
  if (of === null) {
    report(cx, "type-mismatch", node.of.span, { what: "this", found: briefType(type), expected: "a map" });
    return ERROR;
  }
  if (!isConst(expr) || typeof expr.v !== "object" || expr.v === null) {
    if (!isSettled(expr)) report(cx, "not-constant", node.of.span, { what: "the map to choose from" });
    return ERROR;
  }
  const name = sourceText(cx, node.of.span);
  if (fieldsOf(of)?.some((f) => f.name === "key") === true) {
    report(cx, "key-taken", node.of.span, { map: name });
    return ERROR;
  }
  const id = homeOf(cx, node.of);
  cx.project.choices.set(id, expr.v);
  return { kind: "one_of", id, name, keys: Object.keys(expr.v).sort(), of };
}

/** Names the map that `node` is: one map is one type, whatever file chooses from it. */
export function homeOf(cx: Context, node: tree.Expr): string {
  const binding = node.kind === "name" ? cx.scope.lookup(node.text) : undefined;
  return (binding?.b === "value" ? binding.home : undefined) ?? `${cx.module.path}#${sourceText(cx, node.span)}`;
}

function commonField(fields: readonly Field[]): Type | null {
  const [first] = fields;
  return first !== undefined && fields.every((f) => assignable(f.type, first.type) && assignable(first.type, f.type))
    ? first.type
    : null;
}

export function resolveFields(cx: Context, params: readonly tree.Param[]): Field[] {
  const fields: Field[] = [];
  for (const param of params) {
    if (fields.some((f) => f.name === param.name.text)) {
      report(cx, "duplicate-field", param.name.span, { name: param.name.text });
      continue;
    }
    plainParam(cx, param, "a field");
    const type = resolveType(cx, param.type);
    const field = { name: param.name.text, type, optional: param.optional, doc: param.doc };
    fields.push(placeField(field, { module: cx.module.path, span: param.name.span }));
  }
  return fields;
}

/** A default or a condition where only a name and a type are meant. */
export function plainParam(cx: Context, param: tree.Param, where: string): void {
  if (param.default !== null) report(cx, "misplaced", param.default.span, { what: "a default", where });
  if (param.where !== null) report(cx, "misplaced", param.where.span, { what: "where", where });
}

/** The condition of a `where`, over `names`; conditions of the type itself are over `it`. */
export function checkRefinement(
  cx: Context,
  node: tree.Refinement,
  names: readonly { readonly name: string; readonly type: Type; readonly expr: Expr }[],
): Requirement {
  const scope = new Scope(cx.scope);
  for (const { name, type, expr } of names) scope.add(name, node.span, { b: "value", type, expr, stage: "plan" });
  return checkRequirement(within(cx, scope), node.condition, node.message);
}

/** A condition with the message for when it does not hold. */
export function checkRequirement(cx: Context, condition: tree.Expr, message: tree.Expr | null): Requirement {
  const checked = coerce(cx, checkExpr(cx, condition, BOOL), BOOL, "the condition", condition.span);
  const words =
    message === null ? null : coerce(cx, checkExpr(cx, message, STRING), STRING, "the message", message.span);
  if (message !== null && words !== null && isBlank(words)) report(cx, "message-empty", message.span, {});
  return { condition: checked, message: words, text: sourceText(cx, condition.span), at: at(cx, condition.span) };
}

/** Whether it is text that says nothing. */
export const isBlank = (expr: Expr): boolean => isConst(expr) && typeof expr.v === "string" && expr.v.trim() === "";
