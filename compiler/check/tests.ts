/** `test "…" { … }`: what is given, what is run, what is expected of it. All values are known when the file is checked. */
import type * as tree from "../../language/tree.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import { OUTCOMES } from "../schema/blocks.ts";
import {
  type Callee,
  type Expectation,
  type Mock,
  TEST_CASE_VERSION,
  type TestCase,
  type TestRun,
} from "../test-case.ts";
import { ERROR, optionalOf, STRING } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { bindLet } from "./bind.ts";
import { checkBlock, head } from "./block.ts";
import { at, type Context, isConst, isSettled, nearestTo, newActionState, report, within } from "./context.ts";
import { checkAs } from "./expr.ts";
import { reportUnknownName, thereIs } from "./hints.ts";
import { chooseInstance } from "./instances.ts";
import { calledAction, checkArguments } from "./nested.ts";
import { type ActionSignature, type Binding, kindOf, Scope, type ValueBinding } from "./scope.ts";
import { checkTemplate } from "./template.ts";
import { isTestFile } from "./test-file.ts";
import { checkRequirement } from "./types.ts";

/** What may stand beside tests: all else would become part of what is tested. */
const BESIDE: readonly tree.Item["kind"][] = ["import", "let", "enum", "type", "test"];

const IDENTITY: Type = { kind: "identity" };
const TIME: Type = { kind: "time" };

/** The tests of a file; what does not belong where it stands is told. */
export function checkTests(cx: Context, items: readonly tree.Item[] = cx.module.tree.items): TestCase[] {
  const tests: TestCase[] = [];
  const titles = new Set<string>();
  const tested = isTestFile(cx.module.path);
  for (const item of items) {
    if (tested && !BESIDE.includes(item.kind)) {
      const span = { start: item.span.start, end: item.span.start + item.kind.length };
      report(cx, "misplaced", span, { what: ITEM_WORDS[item.kind] ?? item.kind, where: "a file of tests" });
    }
    if (item.kind !== "test") continue;
    if (!tested) report(cx, "test-elsewhere", wordOf(item), {});
    const test = checkTest(cx, item, titles);
    if (test !== null) tests.push(test);
  }
  return tests;
}

const ITEM_WORDS: Readonly<Partial<Record<tree.Item["kind"], string>>> = {
  use: "a use",
  approver: "an approver",
  window: "a window",
  secret: "a secret",
  operation: "an operation",
  guardrail: "a guardrail",
  action: "an action",
};

const wordOf = (item: tree.TestItem): tree.Span => ({ start: item.span.start, end: item.span.start + "test".length });

function checkTest(outer: Context, item: tree.TestItem, titles: Set<string>): TestCase | null {
  const place = item.title?.span ?? wordOf(item);
  const cx: Context = { ...outer, scope: new Scope(outer.scope), action: newActionState() };
  const title = item.title === null ? "?" : text(cx, item.title, "the title of a test");
  if (title?.trim() === "") report(cx, "refinement-fails", place, { type: "the title of a test", why: "it is empty" });
  else if (title !== null && item.title !== null && titles.has(title))
    report(cx, "duplicate-name", place, { name: `the test "${title}"` });
  titles.add(title ?? "");
  const { statements } = checkBlock(cx, "test", item.body, place);
  const given: Given = { now: null, mocks: [] };
  for (const node of statements) {
    if (node.kind === "let") bindLet(cx, node);
    if (node.kind === "given") checkGiven(cx, node, given);
  }
  const [first, ...more] = statements.filter((s) => s.kind === "run");
  for (const extra of more) report(cx, "duplicate-statement", head(extra), { what: "a run", where: "this test" });
  const ran = first === undefined ? null : checkRun(cx, first);
  const expecting = within(cx, new Scope(cx.scope));
  // What came of a run with a mistake in it may be anything.
  const result = ran === null && first !== undefined ? ERROR : (ran?.action.result ?? null);
  expecting.scope.add("run", place, runOf(result));
  const expects = statements.flatMap((s) => (s.kind === "expect" ? (checkExpect(expecting, s) ?? []) : []));
  if (item.body !== null) {
    if (first === undefined) report(cx, "test-proves-nothing", place, { lacks: "runs no action" });
    else if (!statements.some((s) => s.kind === "expect"))
      report(cx, "test-proves-nothing", place, { lacks: "expects nothing" });
  }
  if (title === null || ran === null) return null;
  return {
    testCaseVersion: TEST_CASE_VERSION,
    id: `${cx.module.path}#${title}`,
    title,
    doc: item.doc,
    module: cx.module.path,
    at: at(cx, place),
    ...given,
    run: ran.run,
    resultType: ran.action.result,
    expects,
  };
}

/** The value of `node`, which must be known here; undefined once a mistake is told. */
function known(cx: Context, node: tree.Expr, type: Type, what: string): Value | undefined {
  const expr = checkAs(cx, node, type, what);
  return constantOf(cx, expr, node.span, what);
}

function constantOf(cx: Context, expr: Expr, span: tree.Span, what: string): Value | undefined {
  if (isConst(expr)) return expr.v;
  if (!isSettled(expr)) report(cx, "not-constant", span, { what });
  return undefined;
}

function text(cx: Context, node: tree.Expr, what: string): string | null {
  const value = known(cx, node, STRING, what);
  return typeof value === "string" ? value : null;
}

function person(cx: Context, node: tree.Expr, what: string): string | null {
  const value = known(cx, node, IDENTITY, what);
  return typeof value === "string" ? value : null;
}

interface Given {
  now: string | null;
  mocks: Mock[];
}

function checkGiven(cx: Context, node: tree.GivenStatement, into: Given): void {
  if (node.how === "is") {
    if (node.what.kind !== "name" || node.what.text !== "now") {
      report(cx, "given-what", node.what.span, {});
      return;
    }
    if (into.now !== null) report(cx, "duplicate-statement", head(node), { what: "a given now", where: "this test" });
    const now = known(cx, node.value, TIME, "now");
    if (typeof now === "string") into.now = now;
    return;
  }
  const operation = findOperation(cx, node.what);
  if (operation === null) return;
  const { of } = operation;
  if (node.how === "fails") {
    const why = text(cx, node.value, "why it fails");
    if (why !== null) into.mocks.push({ of, does: { how: "fails", why }, at: at(cx, node.span) });
    return;
  }
  const value = known(cx, node.value, operation.result, "the result");
  if (value !== undefined) into.mocks.push({ of, does: { how: "returns", value }, at: at(cx, node.span) });
}

interface Operation {
  readonly of: Callee;
  readonly params: readonly { readonly name: string; readonly type: Type; readonly template?: string | null }[];
  readonly result: Type;
}

/** `k8s.scale`, `k8s[staging].scale`, or the name of an operation of the team's own. */
function findOperation(cx: Context, node: tree.Expr): Operation | null {
  if (node.kind === "missing") return null;
  if (node.kind === "name") {
    const binding = cx.scope.lookup(node.text);
    if (binding === undefined) reportUnknownName(cx, node.text, node.span);
    else if (binding.b === "operation") {
      const { name, params, result } = binding.operation;
      return { of: { kind: "own", operation: name }, params, result };
    } else if (binding.b !== "broken")
      report(cx, "operation-expected", node.span, { found: `${node.text}, ${kindOf(binding)},` });
    return null;
  }
  const chosen = node.kind === "field" && node.of.kind === "index" ? node.of : null;
  const of = chosen !== null ? chosen.of : node.kind === "field" ? node.of : null;
  if (node.kind !== "field" || of?.kind !== "name" || node.name === null) {
    if (node.kind !== "field" || node.name !== null)
      report(cx, "operation-expected", node.span, { found: node.kind === "call" ? "a call" : "this" });
    return null;
  }
  const binding = cx.scope.lookup(of.text);
  if (binding === undefined) {
    reportUnknownName(cx, of.text, of.span);
    return null;
  }
  if (binding.b === "broken") return null;
  if (binding.b !== "instance" && binding.b !== "family") {
    report(cx, "operation-expected", node.span, { found: `${of.text}, ${kindOf(binding)},` });
    return null;
  }
  const instance = instanceId(cx, binding, of, chosen);
  const name = node.name.text;
  const { operations } = binding.manifest;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) {
    if (instance === null) return null;
    const { params, result } = operation;
    return { of: { kind: "provider", instance, operation: name }, params, result };
  }
  const names = Object.keys(operations);
  const near = nearestTo(cx, name, names);
  const args = { provider: of.text, name, near };
  report(cx, "unknown-operation", node.name.span, args, thereIs(`${of.text} offers`, names, near));
  return null;
}

/** As in `Callee`; null once a mistake is told. Of a family that is named alone, every member is meant. */
function instanceId(
  cx: Context,
  binding: Extract<Binding, { b: "instance" | "family" }>,
  of: tree.NameExpr,
  chosen: tree.IndexExpr | null,
): string | null {
  if (binding.b === "family" && chosen === null) return binding.name;
  const target = chooseInstance(cx, binding, of, chosen);
  if (target === null || target.member === null || chosen === null) return target?.instance ?? null;
  const member = constantOf(cx, target.member, chosen.at.span, `the choice of ${of.text}`);
  const instances = binding.b === "family" ? binding.instances : [];
  return instances.find((each) => each.family?.member === member)?.id ?? null;
}

function checkRun(
  cx: Context,
  node: tree.RunStatement,
): { readonly run: TestRun; readonly action: ActionSignature } | null {
  const by = node.by === null ? null : person(cx, node.by, "who runs it");
  const { statements } = checkBlock(cx, "run", node.body, head(node));
  const approved: string[] = [];
  for (const each of statements) {
    if (each.kind !== "approved") continue;
    for (const who of each.by) approved.push(person(cx, who, "who approves") ?? "");
  }
  const action = calledAction(cx, node.call);
  if (action === null || node.call.kind !== "call") {
    tellNoAction(cx, node.call);
    return null;
  }
  const { call } = node;
  if (call.kind !== "call") return null;
  const args = checkArguments(cx, call, action);
  if (args === null) return null;
  const inputs: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const arg of args) {
    const written = call.args.find((a) => a.label?.text === arg.name);
    // A default that only the run knows, such as who asks, is left to the action.
    if (written === undefined && !isConst(arg.value)) continue;
    const value = constantOf(cx, arg.value, written?.value.span ?? call.span, arg.name);
    if (value !== undefined) inputs[arg.name] = value;
  }
  return { run: { action: action.id, inputs, by, approved, at: at(cx, node.span) }, action };
}

function tellNoAction(cx: Context, call: tree.Expr): void {
  if (call.kind === "missing") return;
  const callee = call.kind === "call" ? call.callee : call;
  const binding = callee.kind === "name" ? cx.scope.lookup(callee.text) : undefined;
  if (binding?.b === "broken") return;
  if (callee.kind === "name" && binding === undefined) reportUnknownName(cx, callee.text, callee.span);
  else report(cx, "run-no-action", callee.span, {});
}

const field = (name: string, type: Type): Field => ({ name, type, optional: false, doc: null });

/** `run` in what is expected: how it ended, with which result, and why. */
function runOf(result: Type | null): ValueBinding {
  const fields = [
    field("outcome", OUTCOMES),
    field("reason", optionalOf(STRING)),
    ...(result === null ? [] : [field("result", optionalOf(result))]),
  ];
  const ref = (name: string): Expr => ({ k: "ref", root: "run", name });
  return {
    b: "value",
    type: { kind: "record", fields },
    expr: { k: "record", fields: Object.fromEntries(fields.map(({ name }) => [name, ref(name)])) },
    stage: "run",
  };
}

function checkExpect(cx: Context, node: tree.ExpectStatement): Expectation | null {
  const { what } = node;
  if (what.kind === "holds") {
    const { condition, text, at } = checkRequirement(cx, what.condition, null);
    if (isConst(condition) && typeof condition.v === "boolean")
      report(cx, "when-decided", what.condition.span, { what: "expectation", value: String(condition.v) });
    return { e: "holds", condition, text, at };
  }
  const operation = findOperation(cx, what.of);
  if (operation === null) return null;
  const args = what.with === null ? null : checkWith(cx, what.with, operation);
  if (args === undefined) return null;
  return { e: "call", of: operation.of, called: what.called, with: args, at: at(cx, node.span) };
}

/** Some of the operation's arguments. */
function checkWith(cx: Context, node: tree.Expr, operation: Operation): Record<string, Value> | undefined {
  const type: Type = {
    kind: "record",
    fields: operation.params.map(({ name, type }) => ({ name, type, optional: true, doc: null })),
  };
  const { templates, rest } = apart(node, operation);
  const value = known(cx, rest, type, "what it is called with");
  if (!isRecord(value)) return undefined;
  const found: Record<string, Value> = { ...value };
  for (const { field, template } of templates) {
    const name = field.name.text;
    const expr = checkTemplate(cx, field.value, { name, template, optional: false });
    const text = constantOf(cx, expr, field.value.span, name);
    if (text === undefined) return undefined;
    found[name] = text;
  }
  return found;
}

/** Code for another system is compared as it is handed over, its holes apart from its text. */
function apart(
  node: tree.Expr,
  { params }: Operation,
): {
  readonly templates: readonly { readonly field: tree.RecordField; readonly template: string }[];
  readonly rest: tree.Expr;
} {
  if (node.kind !== "record") return { templates: [], rest: node };
  const templates = node.fields.flatMap((field) => {
    const template = params.find((param) => param.name === field.name.text)?.template ?? null;
    const once = node.fields.filter((other) => other.name.text === field.name.text).length === 1;
    return template !== null && once ? [{ field, template }] : [];
  });
  const moved = new Set(templates.map(({ field }) => field));
  return { templates, rest: { ...node, fields: node.fields.filter((field) => !moved.has(field)) } };
}
