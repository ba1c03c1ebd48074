/** What comes after a value: `.field`, `[index]`, `.method(…)`. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { isAttribute, type Method, methodsOf } from "../types/methods.ts";
import { base, ERROR, fieldsOf, holdsSecret, INT, optionalOf, STRING, widen } from "../types/relations.ts";
import { showType, type Type } from "../types/type.ts";
import { at, type Context, report } from "./context.ts";
import { broken, checkAs, checkExpr, checkLambda, describe, type Typed } from "./expr.ts";
import { nearest } from "./suggest.ts";

export function checkField(cx: Context, node: tree.FieldExpr): Typed {
  const member = enumMember(cx, node);
  if (member !== null) return member;
  const of = checkExpr(cx, node.of, null);
  const name = node.name;
  if (name === null || of.type.kind === "error") return broken;
  const receiver = open(cx, of, node, name.text);
  if (receiver === null) return broken;
  const found = fieldsOf(receiver)?.find((f) => f.name === name.text);
  if (found !== undefined) {
    const type = found.optional || (node.optional && of.type.kind === "optional") ? optionalOf(found.type) : found.type;
    return { type, expr: { k: "field", of: of.expr, name: name.text, safe: node.optional } };
  }
  if (base(receiver).kind === "json")
    return { type: optionalOf({ kind: "json" }), expr: { k: "field", of: of.expr, name: name.text, safe: true } };
  if (fieldsOf(receiver) === null) {
    const { methods, element } = methodsOf(receiver);
    const method = name.text === "count" ? methods.length : isAttribute(name.text) ? methods[name.text] : undefined;
    if (method !== undefined)
      return {
        type: method.result(element, ERROR),
        expr: { k: "op", op: method.op, args: [of.expr], at: at(cx, node.span) },
      };
  }
  const fields = fieldsOf(receiver)?.map((f) => f.name) ?? Object.keys(methodsOf(receiver).methods);
  report(cx, "unknown-field", name.span, {
    type: describe(receiver),
    name: name.text,
    near: nearest(name.text, fields),
  });
  return broken;
}

/** `Env.production` */
function enumMember(cx: Context, node: tree.FieldExpr): Typed | null {
  if (node.of.kind !== "name") return null;
  const binding = cx.scope.lookup(node.of.text);
  if (binding?.b !== "enum") return null;
  if (node.name === null) return broken;
  const name = node.name.text;
  if (binding.type.members.includes(name)) return { type: binding.type, expr: constant(name) };
  report(cx, "unknown-member", node.name.span, {
    type: binding.type.name,
    name,
    near: nearest(name, binding.type.members),
  });
  return broken;
}

/** The type to read on from, after `?.` or a plain dot; null once a mistake is told. */
function open(cx: Context, of: Typed, node: tree.FieldExpr, name: string): Type | null {
  if (of.type.kind === "secret") {
    report(cx, "secret-leak", node.span, { what: "this", where: `a reading of .${name}` });
    return null;
  }
  if (of.type.kind !== "optional") return of.type;
  if (node.optional) return of.type.of;
  report(cx, "optional-use", node.of.span, { what: "this", type: showType(of.type) });
  return null;
}

export function checkIndex(cx: Context, node: tree.IndexExpr): Typed {
  const of = checkExpr(cx, node.of, null);
  const plain = base(of.type);
  switch (plain.kind) {
    case "list":
      return {
        type: plain.of,
        expr: {
          k: "op",
          op: "list.at",
          args: [of.expr, checkAs(cx, node.at, INT, "the index")],
          at: at(cx, node.span),
        },
      };
    case "map":
      return {
        type: plain.of,
        expr: {
          k: "op",
          op: "map.at",
          args: [of.expr, checkAs(cx, node.at, STRING, "the key")],
          at: at(cx, node.span),
        },
      };
    case "error":
      return broken;
    default:
      report(cx, "type-mismatch", node.of.span, {
        what: "this",
        found: describe(of.type),
        expected: "a list or a map",
      });
      return broken;
  }
}

/** A call within an expression is a method's: operations are called by step, fact and check only. */
export function checkCallExpr(cx: Context, node: tree.CallExpr): Typed {
  const callee = node.callee;
  if (callee.kind !== "field" || (callee.of.kind === "name" && cx.scope.lookup(callee.of.text)?.b === "instance")) {
    const binding = callee.kind === "name" ? cx.scope.lookup(callee.text) : undefined;
    if (callee.kind === "name" && binding === undefined)
      report(cx, "unknown-name", callee.span, { name: callee.text, near: nearest(callee.text, cx.scope.names()) });
    else report(cx, "call-in-expression", node.span, {});
    return broken;
  }
  const of = checkExpr(cx, callee.of, null);
  if (callee.name === null || of.type.kind === "error") return broken;
  const name = callee.name.text;
  if (holdsSecret(of.type) && base(of.type).kind === "secret") {
    report(cx, "secret-leak", node.span, { what: "this", where: `the result of .${name}` });
    return broken;
  }
  const receiver = open(cx, of, callee, name);
  if (receiver === null) return broken;
  const { methods, element } = methodsOf(receiver);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) {
    report(cx, "unknown-method", callee.name.span, {
      type: describe(receiver),
      name,
      near: nearest(name, Object.keys(methods)),
    });
    return broken;
  }
  const called = callMethod(cx, node, name, method, element, of.expr);
  if (called === null) return broken;
  if (!(callee.optional && of.type.kind === "optional")) return called;
  const present: Expr = { k: "op", op: "is_some", args: [of.expr], at: null };
  return {
    type: optionalOf(called.type),
    expr: { k: "op", op: "if", args: [present, called.expr, constant(null)], at: null },
  };
}

function callMethod(
  cx: Context,
  node: tree.CallExpr,
  name: string,
  method: Method,
  element: Type,
  subject: Expr,
): Typed | null {
  if (node.args.length !== method.params.length) {
    const wanted = method.params.length === 0 ? "nothing" : method.params.map((p) => p.name).join(", ");
    report(cx, "wrong-argument-count", node.span, {
      callee: `.${name}`,
      wanted,
      found: `${node.args.length} arguments`,
    });
    return null;
  }
  const args: Expr[] = [subject];
  let lambdaType: Type = ERROR;
  for (const [i, param] of method.params.entries()) {
    const value = node.args[i]?.value;
    if (value === undefined) return null;
    if (param.kind === "value") {
      args.push(checkAs(cx, value, param.type === "element" ? widen(element) : param.type, param.name));
      continue;
    }
    if (value.kind !== "lambda") {
      report(cx, "lambda-expected", value.span, { method: `.${name}` });
      return null;
    }
    const lambda = checkLambda(cx, value, [element], param.gives);
    lambdaType = lambda.type;
    args.push(lambda.expr);
  }
  return { type: method.result(element, lambdaType), expr: { k: "op", op: method.op, args, at: at(cx, node.span) } };
}
