/** Expressions: their types, and the IR they become. One walk does both, since operators are chosen by type. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr, type Format } from "../ir/expr.ts";
import { unitValue } from "../ir/format.ts";
import { isRecord, withKey } from "../ir/ops.ts";
import { cutTo } from "../types/cut.ts";
import {
  assignable,
  BOOL,
  base,
  common,
  DECIMAL,
  DURATION,
  ERROR,
  fieldsOf,
  formatOf,
  holdsSecret,
  INT,
  keptType,
  NONE,
  STRING,
  widen,
} from "../types/relations.ts";
import { typeFits } from "../types/size.ts";
import { briefType, type Type } from "../types/type.ts";
import { isUrl } from "../types/url.ts";
import { checkCallExpr, checkField, checkIndex } from "./access.ts";
import { atLeast } from "./block.ts";
import { checkList, checkRange, checkRecord } from "./collections.ts";
import {
  type Context,
  fold,
  isConst,
  isSettled,
  NO_VALUE,
  nearestTo,
  report,
  secretAt,
  sourceText,
  within,
} from "./context.ts";
import { mismatchHelp, reportUnknownName, thereIs } from "./hints.ts";
import { checkMatch } from "./match.ts";
import { snake } from "./naming.ts";
import { checkBinary, checkUnary } from "./operators.ts";
import { tellPlainSecret } from "./plain-secret.ts";
import { narrow, whereHolds } from "./present.ts";
import { refinementHolds } from "./refine.ts";
import { kindOf, Scope } from "./scope.ts";

export interface Typed {
  readonly type: Type;
  readonly expr: Expr;
}

export const broken: Typed = { type: ERROR, expr: NO_VALUE };

/** Checks `node`; `expected` guides literals and bare enum members, it is not demanded (see `coerce`). */
export function checkExpr(cx: Context, node: tree.Expr, expected: Type | null): Typed {
  const { nesting } = cx.project;
  if (nesting.now >= MAX_NESTING) {
    report(cx, "too-deep", node.span, { limit: String(MAX_NESTING) });
    return broken;
  }
  nesting.now++;
  const typed = checkKind(cx, node, expected);
  nesting.now--;
  if (!typeFits(typed.type)) {
    report(cx, "too-large", node.span, { what: "the type of this" });
    return broken;
  }
  const expr = fold(cx, typed.expr, node.span);
  const known = narrow(cx, expr === typed.expr ? typed : { type: typed.type, expr });
  cx.project.observer?.exprs.set(node, { scope: cx.scope, type: known.type, expr: known.expr, expected });
  return known;
}

/** Of expressions, through all the names that lead from one to the next; it keeps recursion within the stack. */
export const MAX_NESTING = 600;

function checkKind(cx: Context, node: tree.Expr, expected: Type | null): Typed {
  switch (node.kind) {
    case "missing":
      return broken;
    case "number":
      if (cx.module.faults.some((fault) => fault.span.start === node.span.start)) return broken;
      return { type: node.int ? { kind: "literal", value: node.value } : DECIMAL, expr: constant(node.value) };
    case "bool":
      return { type: { kind: "literal", value: node.value }, expr: constant(node.value) };
    case "none":
      return { type: NONE, expr: constant(null) };
    case "string":
      return checkString(cx, node, expected);
    case "unit":
      return { type: { kind: node.unit }, expr: constant(unitValue(node)) };
    case "rate":
      return checkRate(cx, node);
    case "name":
      return checkName(cx, node, expected);
    case "list":
      return checkList(cx, node, expected);
    case "record":
      return checkRecord(cx, node, expected);
    case "range":
      return checkRange(cx, node, expected);
    case "unary":
      return checkUnary(cx, node);
    case "binary":
      return checkBinary(cx, node, expected);
    case "conditional":
      return checkConditional(cx, node, expected);
    case "field":
      return checkField(cx, node);
    case "index":
      return checkIndex(cx, node);
    case "call":
      return checkCallExpr(cx, node);
    case "lambda":
      report(cx, "unexpected", node.span, {
        found: "a function",
        where: "here: only methods such as map and filter take one",
      });
      return broken;
    case "match":
      return checkMatch(cx, node, expected);
    case "paren":
      return checkExpr(cx, node.inner, expected);
  }
}

/** The IR of `typed` if it fits `expected`; otherwise the mismatch is told and none stands in. */
export function coerce(
  cx: Context,
  typed: Typed,
  expected: Type,
  what: string,
  span: tree.Span,
  /** Where it is said what is expected. */
  asked: tree.Span | null = null,
): Expr {
  if (assignable(typed.type, expected) || refinementHolds(cx, typed, expected, span)) {
    if (tellPlainSecret(cx, typed.expr, expected, what, span)) return NO_VALUE;
    return fitted(cx, typed, expected, span);
  }
  // What a mistake has left without a value can be held to no condition: that mistake is told.
  if (refines(typed, expected)) return NO_VALUE;
  const plain = typed.type.kind === "optional" && assignable(typed.type.of, expected);
  if (plain) report(cx, "optional-use", span, { what, type: briefType(typed.type) });
  else if (holdsSecret(typed.type) && !holdsSecret(expected)) reportLeak(cx, span, what, expected);
  else if (assignable(keptType(typed.type), expected))
    report(cx, "secret-withheld", span, { what: secretAt(cx, span) });
  else {
    const args = { what, found: describe(typed.type), expected: briefType(expected) };
    const related =
      asked === null ? [] : [{ module: cx.module.path, span: asked, note: `${args.expected} is asked for here` }];
    report(cx, "type-mismatch", span, args, { ...mismatchHelp(cx, typed.type, expected, span), related });
  }
  return NO_VALUE;
}

/** The secret is named as it is written; `what` is the place it was put. */
function reportLeak(cx: Context, span: tree.Span, what: string, expected: Type): void {
  const shown = secretAt(cx, span);
  const type = briefType(expected);
  const where = what === "this" || what === shown ? `a value of type ${type}` : `${what}, of type ${type}`;
  report(cx, "secret-leak", span, { what: shown, where });
}

function refines({ type, expr }: Typed, expected: Type): boolean {
  const wanted = expected.kind === "optional" ? expected.of : expected;
  return wanted.kind === "refined" && !isConst(expr) && isSettled(expr) && assignable(type, base(wanted));
}

/** What fits `type`, with nothing in it that the type knows nothing of. */
export function fitted(cx: Context, { type: from, expr }: Typed, type: Type, span: tree.Span): Expr {
  const cut = cutTo(expr, from, type);
  return cut === expr ? expr : fold(cx, cut, span);
}

/** A value of `expected`, or a diagnostic. */
export function checkAs(cx: Context, node: tree.Expr, expected: Type, what: string): Expr {
  return coerce(cx, checkExpr(cx, node, expected), expected, what, node.span);
}

export function describe(type: Type): string {
  return type.kind === "literal" ? briefType(widen(type)) : briefType(type);
}

interface Hole {
  readonly e: Expr;
  readonly as: Format;
}

/** What a text is made of. What cannot stand in it is told and left out; so are lists and records, unless `json`. */
export function checkParts(cx: Context, node: tree.StringLiteral, json: boolean): (string | Hole)[] {
  const parts: (string | Hole)[] = [];
  for (const part of node.parts) {
    if (part.kind === "text") {
      parts.push(part.text);
      continue;
    }
    const { type, expr } = checkExpr(cx, part.expr, null);
    const as = formatOf(type);
    if (as !== null && (json || as !== "json")) {
      parts.push({ e: expr, as });
      tellMember(cx, type, part.expr.span);
    } else if (holdsSecret(type))
      report(cx, "secret-leak", part.span, { what: secretAt(cx, part.expr.span), where: "text" });
    else if (type.kind === "optional")
      report(cx, "optional-use", part.expr.span, { what: "this", type: briefType(type) });
    else
      report(cx, "type-mismatch", part.expr.span, {
        what: "this",
        found: briefType(type),
        expected: json ? "something that can be written as text" : "text, a number or another single value",
      });
  }
  return parts;
}

/** All of a member of a map: its key is what is meant, mostly. */
function tellMember(cx: Context, type: Type, span: tree.Span): void {
  const plain = base(type);
  if (plain.kind === "one_of") report(cx, "member-in-text", span, { what: sourceText(cx, span), map: plain.name });
}

function checkString(cx: Context, node: tree.StringLiteral, expected: Type | null): Typed {
  const parts = checkParts(cx, node, true);
  const [only] = parts;
  const plain = node.parts.length === 0 ? "" : parts.length === 1 && typeof only === "string" ? only : null;
  const wanted = expected === null ? null : base(expected.kind === "optional" ? expected.of : expected);
  const asIs = wanted?.kind === "url" || wanted?.kind === "identity" ? wanted : null;
  const chosen = plain === null ? null : choose(cx, plain, node, expected);
  if (chosen !== null) return chosen;
  if (plain === null) return { type: asIs ?? STRING, expr: { k: "text", parts } };
  if (asIs?.kind === "url" && !isUrl(plain)) {
    report(cx, "type-mismatch", node.span, {
      what: "this",
      found: "text",
      expected: "a url such as https://host/path",
    });
  }
  if (asIs?.kind === "identity" && plain.trim() === "")
    report(cx, "refinement-fails", node.span, { type: "identity", why: "it is empty" });
  return { type: asIs ?? { kind: "literal", value: plain }, expr: constant(plain) };
}

function checkRate(cx: Context, node: tree.RateLiteral): Typed {
  const count = checkAs(cx, node.count, INT, "the count");
  const per = checkAs(cx, node.per, DURATION, "the time");
  atLeast(cx, count, 1, "the count", node.count.span);
  atLeast(cx, per, 1, "the time", node.per.span);
  return { type: { kind: "rate" }, expr: { k: "record", fields: { count, per } } };
}

function checkName(cx: Context, node: tree.NameExpr, expected: Type | null): Typed {
  const wanted = expected === null ? null : enumIn(expected);
  const member = wanted?.members.includes(node.text) === true;
  if (wanted !== null && member) {
    const other = cx.scope.declared(node.text);
    if (other === undefined) return { type: wanted, expr: constant(node.text) };
    report(cx, "ambiguous-member", node.span, { name: node.text, enum: wanted.name });
    return broken;
  }
  const chosen = choose(cx, node.text, node, expected);
  if (chosen !== null) return chosen;
  const binding = cx.scope.lookup(node.text);
  if (binding === undefined) {
    // It may be a member of whatever the other side was meant to be.
    if (expected?.kind === "error") return broken;
    if (wanted === null) reportUnknownName(cx, node.text, node.span, [], expected);
    else {
      const near = nearestTo(cx, node.text, [...cx.scope.names(), ...wanted.members]);
      const args = { type: wanted.name, name: node.text, near };
      report(cx, "unknown-member", node.span, args, thereIs("there is", wanted.members, near));
    }
    return broken;
  }
  switch (binding.b) {
    case "value":
      return { type: binding.type, expr: binding.expr };
    case "approver":
      return { type: { kind: "approver" }, expr: constant(binding.approver.id) };
    case "window":
      return { type: { kind: "window" }, expr: constant(binding.window.id) };
    case "secret":
      return { type: { kind: "secret", of: STRING, kept: true }, expr: constant({ $secret: binding.secret.id }) };
    case "broken":
      return broken;
    case "instance":
    case "family":
    case "enum":
    case "type":
    case "operation":
    case "action":
    case "guardrail":
      report(cx, "not-a-value", node.span, { name: node.text, kind: kindOf(binding) });
      return broken;
  }
}

/** Where `one of` a map is expected, a key of it, bare or as text, is the member that it stands for. */
function choose(
  cx: Context,
  key: string,
  node: tree.NameExpr | tree.StringLiteral,
  expected: Type | null,
): Typed | null {
  const wanted = expected?.kind === "optional" ? expected.of : expected;
  const choices = wanted?.kind === "one_of" ? cx.project.choices.get(wanted.id) : undefined;
  if (wanted?.kind !== "one_of" || !isRecord(choices)) return null;
  const there = Object.hasOwn(choices, key);
  const other = node.kind === "name" ? cx.scope.declared(key) : undefined;
  if (other !== undefined) {
    if (!there) return null;
    const help = `write "${key}" for the key, or rename the other`;
    report(cx, "ambiguous-member", node.span, { name: key, enum: wanted.name }, { help });
    return broken;
  }
  if (there) return { type: wanted, expr: constant(withKey(key, choices[key] ?? null, fieldsOf(wanted.of) !== null)) };
  const near = nearestTo(cx, key, [...(node.kind === "name" ? cx.scope.names() : []), ...wanted.keys]);
  report(
    cx,
    "unknown-member",
    node.span,
    { type: wanted.name, name: key, near },
    thereIs("there is", wanted.keys, near),
  );
  return broken;
}

/** The enum that is expected, also inside optionals, refinements and secrets. */
export function enumIn(type: Type): Extract<Type, { kind: "enum" }> | null {
  switch (type.kind) {
    case "enum":
      return type;
    case "optional":
    case "secret":
      return enumIn(type.of);
    case "refined":
      return enumIn(type.base);
    default:
      return null;
  }
}

function checkConditional(cx: Context, node: tree.ConditionalExpr, expected: Type | null): Typed {
  const condition = checkAs(cx, node.condition, BOOL, "the condition");
  const then = checkExpr(whereHolds(cx, condition, true), node.then, expected);
  const otherwise = checkExpr(whereHolds(cx, condition, false), node.else, expected);
  const type = common(then.type, otherwise.type);
  if (type === null) {
    report(cx, "type-mismatch", node.else.span, {
      what: "this",
      found: describe(otherwise.type),
      expected: `${describe(then.type)} (as before the colon)`,
    });
    return broken;
  }
  const args = [condition, fitted(cx, then, type, node.then.span), fitted(cx, otherwise, type, node.else.span)];
  return { type, expr: { k: "op", op: "if", args, at: null } };
}

/** A lambda over elements: `names` are its parameters, bound to `types`. */
export function checkLambda(cx: Context, node: tree.LambdaExpr, types: readonly Type[], gives: Type | null): Typed {
  const scope = new Scope(cx.scope);
  const params = node.params.map((param, i) => {
    // Where it stands tells it from one of the same name around it.
    const id = `${param.text}@${node.span.start}`;
    snake(cx, param);
    scope.add(param.text, param.span, {
      b: "value",
      type: types[i] ?? ERROR,
      expr: { k: "ref", root: "local", name: id },
      stage: "check",
    });
    return id;
  });
  const inner = within(cx, scope);
  const body = checkExpr(inner, node.body, gives);
  const expr = gives === null ? body.expr : coerce(inner, body, gives, "what this gives", node.body.span);
  return { type: body.type, expr: { k: "fn", params, body: expr } };
}
