/** What comes after a value: `.field`, `[index]`, `.method(…)`. */
import type * as tree from "../../language/tree.ts";
import { DATA_FORMATS } from "../data/file.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { parsePattern } from "../ir/pattern.ts";
import { isAttribute, isWanted, type Method, methodsOf, operationOf, WANTED_WORDS } from "../types/methods.ts";
import { base, ERROR, fieldsOf, holdsSecret, INT, optionalOf, STRING, widen } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { at, type Context, fold, isConst, isSettled, NO_VALUE, nearestTo, report } from "./context.ts";
import { broken, checkAs, checkExpr, checkLambda, describe, type Typed } from "./expr.ts";
import { methodHere, methodOtherwise } from "./habits.ts";
import { reportUnknownName, thereIs } from "./hints.ts";

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
      return asked(cx, of, node, {
        type: method.result(element, ERROR),
        expr: { k: "op", op: method.op, args: [of.expr], at: at(cx, node.span) },
      });
  }
  const fields = fieldsOf(receiver)?.map((f) => f.name) ?? Object.keys(methodsOf(receiver).methods);
  const near = methodHere(name.text, fields) || nearestTo(cx, name.text, fields);
  const key = JSON.stringify(name.text);
  const help = `write [${key}] for an entry that is surely there, .get(${key}) for one that may not be`;
  report(
    cx,
    "unknown-field",
    name.span,
    { type: describe(receiver), name: name.text, near },
    base(receiver).kind === "map" && near === "" ? { help } : thereIs("there is", fields, near),
  );
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
  const near = nearestTo(cx, name, binding.type.members);
  const args = { type: binding.type.name, name, near };
  report(cx, "unknown-member", node.name.span, args, thereIs("there is", binding.type.members, near));
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
  if (of.expr.k === "ref" && of.expr.root === "self" && node.of.kind === "name") {
    const step = node.of.text;
    const dot = { start: node.of.span.end, end: node.of.span.end + 1 };
    const fixes = [
      {
        title: `read ${step}?.${name}`,
        suggested: true as const,
        edits: [{ module: cx.module.path, span: dot, text: "?." }],
      },
    ];
    const args = { step, what: `${step}.${name}`, why: "the step is undone too if it timed out or crashed" };
    const help = `write ${step}?.${name}, with ?? for when the step never answered`;
    report(cx, "rollback-reads-missing", { start: node.of.span.start, end: node.span.end }, args, { help, fixes });
    return null;
  }
  report(cx, "optional-use", node.of.span, { what: "this", type: briefType(of.type) });
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
  if (callee.kind !== "field" || ofInstance(cx, callee.of)) {
    tellNoCall(cx, callee, node.span);
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
  if (COMPARING.includes(name) && holdsSecret(element)) {
    report(cx, "secret-leak", node.span, { what: "an element of this", where: `the result of .${name}` });
    return broken;
  }
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) {
    const names = Object.keys(methods);
    const otherwise = methodOtherwise(name);
    const near = otherwise === "" ? methodHere(name, names) || nearestTo(cx, name, names) : "";
    const args = { type: describe(receiver), name, near };
    const extra = otherwise === "" ? thereIs("there is", names, near) : { help: otherwise };
    report(cx, "unknown-method", callee.name.span, args, extra);
    return broken;
  }
  const called = callMethod(cx, node, name, method, element, of.expr);
  return called === null ? broken : asked(cx, of, callee, called);
}

/** What a method of `of` gives; none where it was asked with `?.` and there is nothing to ask. */
function asked(cx: Context, of: Typed, node: tree.FieldExpr, given: Typed): Typed {
  if (!(node.optional && of.type.kind === "optional")) return given;
  const present = fold(cx, { k: "op", op: "is_some", args: [of.expr], at: null }, node.span);
  const type = optionalOf(given.type);
  if (isConst(present)) return { type, expr: present.v === true ? given.expr : constant(null) };
  return { type, expr: { k: "op", op: "if", args: [present, given.expr, constant(null)], at: null } };
}

/** `k8s` or `k8s[env]`, where that is a provider's. */
function ofInstance(cx: Context, node: tree.Expr): boolean {
  const name = node.kind === "index" ? node.of : node;
  const binding = name.kind === "name" ? cx.scope.lookup(name.text) : undefined;
  return binding?.b === "instance" || binding?.b === "family";
}

/** Methods that hold elements against each other: their answer tells of them. */
const COMPARING: readonly string[] = ["contains", "unique"];

function tellNoCall(cx: Context, callee: tree.Expr, span: tree.Span): void {
  const binding = callee.kind === "name" ? cx.scope.lookup(callee.text) : undefined;
  if (callee.kind === "field" || binding?.b === "operation" || binding?.b === "action")
    report(cx, "call-in-expression", span, {});
  else if (callee.kind !== "name" || (binding !== undefined && binding.b !== "broken"))
    report(cx, "not-callable", callee.span, { what: callee.kind === "name" ? callee.text : "this" });
  else if (binding === undefined && DATA_FORMATS.some((format) => format === callee.text))
    report(cx, "data-misplaced", callee.span, { what: callee.text });
  else if (binding === undefined && ["env", "getenv", "vault"].includes(callee.text)) {
    const near = "";
    const help = 'a secret is declared at the top of a file, secret name from env("NAME"), and read by its name';
    report(cx, "unknown-name", callee.span, { name: callee.text, near }, { help });
  } else if (binding === undefined) reportUnknownName(cx, callee.text, callee.span);
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
    report(cx, "wrong-argument-count", node.span, {
      callee: `.${name}`,
      wanted: method.params.length === 0 ? "no arguments" : method.params.map((p) => p.name).join(" and "),
      found:
        node.args.length === 0 ? "nothing" : node.args.length === 1 ? "one argument" : `${node.args.length} arguments`,
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
    if (param.kind === "pattern") {
      args.push(checkPattern(cx, value, param.name));
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
  const takesLambda = method.params.some((p) => p.kind === "lambda");
  const counted = takesLambda ? lambdaType : element;
  if (!fitsMethod(cx, method, counted, node.span)) return broken;
  const op = operationOf(method, counted);
  return { type: method.result(element, lambdaType), expr: { k: "op", op, args, at: at(cx, node.span) } };
}

/** A pattern is part of the program: one that came from elsewhere could be any. */
function checkPattern(cx: Context, node: tree.Expr, what: string): Expr {
  const expr = checkAs(cx, node, STRING, what);
  if (!isConst(expr)) {
    if (!isSettled(expr)) report(cx, "not-constant", node.span, { what });
    return NO_VALUE;
  }
  const pattern = parsePattern(String(expr.v));
  if (pattern.ok) return expr;
  report(cx, "bad-pattern", patternSpan(node, pattern.at), { why: pattern.why });
  return NO_VALUE;
}

/** The place in the pattern, where it is written without escapes. */
function patternSpan(node: tree.Expr, at: number): tree.Span {
  const [part, ...more] = node.kind === "string" ? node.parts : [];
  const plain = part?.kind === "text" && more.length === 0 && part.text.length === part.span.end - part.span.start;
  if (!plain) return node.span;
  const start = part.span.start + Math.min(at, Math.max(0, part.text.length - 1));
  return { start, end: start + 1 };
}

/** Sums want numbers, joins want text: held here, so that no run meets a list that cannot be summed. */
function fitsMethod(cx: Context, method: Method, type: Type, span: tree.Span): boolean {
  if (method.of === null || isWanted(type, method.of)) return true;
  report(cx, "type-mismatch", span, {
    what: "an element of this",
    found: describe(type),
    expected: WANTED_WORDS[method.of],
  });
  return false;
}
