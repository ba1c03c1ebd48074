/** Zod schemas of the syntax tree: what a tree read back from JSON is checked against. `tree.ts` is the source. */
import * as z from "zod";
import {
  type Argument,
  type Body,
  type Comment,
  type Expr,
  type IfStatement,
  type Item,
  type MatchArm,
  type Module,
  type Name,
  type Param,
  type RecordField,
  type Refinement,
  type RollbackStatement,
  type Span,
  type Statement,
  type StringLiteral,
  type StringPart,
  SYNTAX_CODES,
  type SyntaxFault,
  TREE_VERSION,
  type TypeNode,
} from "./tree.ts";

const offset = z.int().nonnegative();
export const spanSchema: z.ZodType<Span> = z.strictObject({ start: offset, end: offset });
const span = spanSchema;

export const nameSchema: z.ZodType<Name> = z.strictObject({ text: z.string(), span });
const name = nameSchema;
const optionalName = name.nullable();
const doc = z.string().nullable();

/** A node of a kind. */
function node<K extends string, S extends z.ZodRawShape>(kind: K, shape: S) {
  return z.strictObject({ kind: z.literal(kind), span, ...shape });
}

// ------------------------------------------------------------------------------------------------ expressions

export const exprSchema: z.ZodType<Expr> = z.lazy(() => anyExpr);
const expr = exprSchema;
const optionalExpr = expr.nullable();

const stringPart: z.ZodType<StringPart> = z.discriminatedUnion("kind", [
  node("text", { text: z.string() }),
  node("hole", { expr }),
]);
const stringNode = node("string", { block: z.boolean(), parts: z.array(stringPart) });
const stringLiteral: z.ZodType<StringLiteral> = stringNode;
const numberLiteral = node("number", { int: z.boolean(), value: z.number() });
const boolLiteral = node("bool", { value: z.boolean() });

const recordField: z.ZodType<RecordField> = z.strictObject({ span, name, value: expr });
const argument: z.ZodType<Argument> = z.strictObject({ span, label: optionalName, value: expr });
const matchArm: z.ZodType<MatchArm> = z.strictObject({ span, patterns: z.array(expr).nullable(), value: expr });

const unitLiteral = z.discriminatedUnion("unit", [
  node("unit", {
    unit: z.enum(["duration", "size", "percent", "time_of_day"]),
    value: z.number(),
    text: z.string(),
  }),
  node("unit", { unit: z.enum(["date", "time"]), value: z.string(), text: z.string() }),
]);

const binaryOperator = z.enum([
  "??",
  "||",
  "&&",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "+",
  "-",
  "*",
  "/",
  "%",
  "of",
]);

const anyExpr: z.ZodType<Expr> = z.discriminatedUnion("kind", [
  node("missing", {}),
  numberLiteral,
  boolLiteral,
  node("none", {}),
  stringNode,
  unitLiteral,
  node("rate", { count: expr, per: expr, by: optionalExpr }),
  node("name", { text: z.string() }),
  node("list", { items: z.array(expr) }),
  node("record", { fields: z.array(recordField) }),
  node("range", { from: expr, to: expr }),
  node("unary", { op: z.enum(["!", "-"]), operand: expr }),
  node("binary", { op: binaryOperator, opSpan: span, left: expr, right: expr }),
  node("conditional", { condition: expr, then: expr, else: expr }),
  node("field", { of: expr, name: optionalName, optional: z.boolean() }),
  node("index", { of: expr, at: expr }),
  node("call", { callee: expr, args: z.array(argument) }),
  node("lambda", { params: z.array(name), body: expr }),
  node("match", { on: expr, arms: z.array(matchArm) }),
  node("paren", { inner: expr }),
]);

// ------------------------------------------------------------------------------------------------------ types

export const typeSchema: z.ZodType<TypeNode> = z.lazy(() => anyType);
const type = typeSchema;

const refinement: z.ZodType<Refinement> = z.strictObject({ span, condition: expr, message: optionalExpr });
const param: z.ZodType<Param> = z.strictObject({
  span,
  doc,
  name,
  optional: z.boolean(),
  type,
  default: optionalExpr,
  where: refinement.nullable(),
});
const params = z.array(param);

const anyType: z.ZodType<TypeNode> = z.discriminatedUnion("kind", [
  node("missing_type", {}),
  node("named_type", { name, args: z.array(type) }),
  node("optional_type", { of: type }),
  node("record_type", { fields: params }),
  node("literal_type", { value: z.discriminatedUnion("kind", [stringNode, numberLiteral, boolLiteral]) }),
  node("union_type", { of: z.array(type) }),
  node("one_of_type", { of: expr }),
]);

// ------------------------------------------------------------------------------------------------- statements

export const statementSchema: z.ZodType<Statement> = z.lazy(() => anyStatement);

export const bodySchema: z.ZodType<Body> = z.strictObject({
  span,
  members: z.array(statementSchema),
  closed: z.boolean(),
});
const body = bodySchema.nullable();

const ifStatement: z.ZodType<IfStatement> = z.lazy(() => ifNode);
const ifNode = node("if", { condition: expr, then: body, else: z.union([body, ifStatement]) });
const how: z.ZodType<RollbackStatement["how"]> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("call"), call: expr }),
  z.strictObject({ kind: z.literal("block"), body: bodySchema }),
  z.strictObject({ kind: z.literal("auto") }),
  z.strictObject({ kind: z.literal("nothing"), why: optionalExpr }),
]);
const mode = z.enum(["one", "any", "all"]);
const header = { doc, name: optionalName };
const call = { ...header, call: expr };
const clauses = { when: optionalExpr, after: z.array(name), body };
const letNode = node("let", { ...header, type: type.nullable(), value: expr });

const anyStatement: z.ZodType<Statement> = z.discriminatedUnion("kind", [
  node("property", { doc, name, value: expr }),
  node("block", { name, body }),
  letNode,
  node("fact", call),
  node("step", { ...call, ...clauses }),
  node("check", { ...call, ...clauses }),
  node("require", { condition: expr, message: optionalExpr }),
  node("approve", { doc, mode, by: expr, when: optionalExpr, body }),
  node("escalate", { to: expr, after: optionalExpr }),
  node("wait", { duration: expr }),
  ifNode,
  node("for", {
    name: optionalName,
    over: expr,
    key: optionalExpr,
    batch: optionalExpr,
    every: optionalExpr,
    tolerate: optionalExpr,
    atMost: optionalExpr,
    allowEmpty: z.boolean(),
    body,
  }),
  node("parallel", { body }),
  node("branch", { body }),
  node("on", { event: optionalName, body }),
  node("return", { value: expr }),
  node("rollback", { how }),
  node("irreversible", { why: optionalExpr }),
  node("applies", { with: params, when: optionalExpr }),
  node("override", { mode, by: expr }),
  node("window_rule", { effect: z.enum(["allow", "deny"]), parts: z.array(expr), because: optionalExpr }),
  node("given", { what: expr, how: z.enum(["is", "returns", "fails"]), value: expr }),
  node("run", { call: expr, by: optionalExpr, body }),
  node("approved", { by: z.array(expr) }),
  node("expect", {
    what: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("holds"), condition: expr }),
      z.strictObject({ kind: z.literal("call"), of: expr, called: z.boolean(), with: optionalExpr }),
    ]),
  }),
]);

// ----------------------------------------------------------------------------------------------- declarations

const signature = { ...header, params, result: type.nullable(), body };

export const itemSchema: z.ZodType<Item> = z.discriminatedUnion("kind", [
  node("import", {
    names: z.array(z.strictObject({ name, as: optionalName })),
    from: stringLiteral.nullable(),
  }),
  node("use", {
    doc,
    provider: optionalName,
    as: optionalName,
    per: z.strictObject({ span, name: optionalName, type }).nullable(),
    body,
  }),
  letNode,
  node("enum", { ...header, members: z.array(z.strictObject({ name, doc })) }),
  node("type", { ...header, type, where: refinement.nullable() }),
  node("approver", { ...header, body }),
  node("window", { ...header, body }),
  node("secret", { ...header, from: expr }),
  node("operation", signature),
  node("guardrail", { ...header, body }),
  node("action", signature),
  node("test", { doc, title: stringLiteral.nullable(), body }),
]);

const comment: z.ZodType<Comment> = z.strictObject({ span, text: z.string() });

export const moduleSchema: z.ZodType<Module> = node("module", {
  version: z.literal(TREE_VERSION),
  items: z.array(itemSchema),
  comments: z.array(comment),
});

export const faultSchema: z.ZodType<SyntaxFault> = z.strictObject({
  code: z.enum(SYNTAX_CODES),
  span,
  args: z.record(z.string(), z.string()),
  related: z.array(z.strictObject({ span, note: z.string() })),
});
