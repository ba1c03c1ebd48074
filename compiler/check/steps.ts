/** Steps, with how they are undone, and checks. */
import type * as tree from "../../language/tree.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Call, CheckStmt, NestedStmt, Requirement, Retry, Rollback, StepStmt } from "../program.ts";
import { BLOCKS } from "../schema/blocks.ts";
import { BOOL, optionalOf, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { bindLet, checkAfter, declare, effectVerb, newVar, tellDecided } from "./bind.ts";
import { type CheckedBlock, checkBlock, head, placesOf } from "./block.ts";
import { type CheckedCall, checkOperationCall } from "./calls.ts";
import { at, type Context, isConst, nearestTo, placed, report, within } from "./context.ts";
import { checkAs } from "./expr.ts";
import { calledAction, checkNested } from "./nested.ts";
import { whereHolds } from "./present.ts";
import { Scope } from "./scope.ts";
import { checkRequirement, isBlank } from "./types.ts";

export function checkStep(outer: Context, node: tree.StepStatement): StepStmt | NestedStmt | null {
  const action = calledAction(outer, node.call);
  if (action !== null && node.call.kind === "call") return checkNested(outer, node, node.call, action);
  const name = node.name?.text ?? "?";
  const when = node.when === null ? null : checkAs(outer, node.when, BOOL, "the condition");
  const cx = when === null ? outer : whereHolds(outer, when, true);
  const called = checkOperationCall(cx, node.call, `step ${name}`);
  const after = checkAfter(cx, node.after);
  const block = checkBlock(cx, "step", node.body, node.name?.span ?? node.span);
  const { id, expr } = newVar(cx, name, "run");
  cx.action?.steps.add(id);
  tellDecided(cx, when, node.when);
  const undo = called === null ? null : checkUndo(cx, node, block, called, name);
  if (called !== null) checkRetryOnce(cx, block, called.call);
  const lease = block.values.get("lease") ?? null;
  if (undo !== null && called !== null) checkLease(cx, block, undo, called, name);
  if (node.name !== null) bind(cx, node.name, called, when, expr);
  if (called === null || undo === null) return null;
  return {
    s: "step",
    id,
    name,
    doc: node.doc,
    at: at(cx, node.span),
    call: called.call,
    when,
    after,
    timeout: block.values.get("timeout") ?? null,
    retry: retryOf(cx, block),
    lease,
    places: placesOf(cx, block),
    ...undo,
  };
}

/** The name of a step is its result, which a step with `when` may lack. */
function bind(cx: Context, name: tree.Name, called: CheckedCall | null, when: Expr | null, expr: Expr): void {
  if (called === null) {
    if (cx.scope.declared(name.text) === undefined) cx.scope.add(name.text, name.span, { b: "broken" });
    return;
  }
  const certain = when === null || (isConst(when) && when.v === true);
  declare(cx, name, certain ? called.type : optionalOf(called.type), expr, "run");
}

interface Undo {
  readonly rollback: Rollback | null;
  readonly irreversible: Expr | null;
}

function checkUndo(
  cx: Context,
  node: tree.StepStatement,
  block: CheckedBlock,
  called: CheckedCall,
  name: string,
): Undo {
  const rollbacks = block.statements.filter((s) => s.kind === "rollback");
  const finals = block.statements.filter((s) => s.kind === "irreversible");
  for (const extra of [...rollbacks.slice(1), ...finals.slice(1)]) {
    report(cx, "duplicate-statement", head(extra), {
      what: extra.kind === "rollback" ? "a rollback" : "an irreversible",
      where: "this step",
    });
  }
  const [rollback] = rollbacks;
  const [final] = finals;
  const { call } = called;
  if (cx.action?.hook != null) {
    for (const needless of [rollback, final])
      if (needless !== undefined) report(cx, "hook-undoes", head(needless), { step: name, what: needless.kind });
    return { rollback: null, irreversible: null };
  }
  if (rollback !== undefined && final !== undefined)
    report(cx, "rollback-and-irreversible", head(final), { step: name });
  if (call.effect === "read") {
    for (const needless of [rollback, final])
      if (needless !== undefined) report(cx, "rollback-of-read", head(needless), { step: name });
    return { rollback: null, irreversible: null };
  }
  if (rollback === undefined && final === undefined) {
    const place = node.name?.span ?? node.span;
    const fixes = call.undo ? [addRollback(cx, node, "rollback auto")] : [];
    report(
      cx,
      "write-without-rollback",
      place,
      { step: name, effect: effectVerb(call.effect), callee: call.shown },
      { label: `${call.shown} ${effectVerb(call.effect)}`, fixes },
    );
  }
  const why =
    final === undefined ? null : final.why === null ? needWhy(cx, final) : checkReason(cx, final.why, "irreversible");
  return { rollback: rollback === undefined ? null : checkRollback(cx, rollback, called, name), irreversible: why };
}

function addRollback(cx: Context, node: tree.StepStatement, text: string) {
  const body = node.body;
  const span =
    body === null
      ? { start: node.span.end, end: node.span.end }
      : { start: body.span.start + 1, end: body.span.start + 1 };
  return {
    title: `add ${text}`,
    suggested: true as const,
    edits: [{ module: cx.module.path, span, text: body === null ? ` { ${text} }` : ` ${text} ` }],
  };
}

function needWhy(cx: Context, node: tree.IrreversibleStatement): Expr {
  report(
    cx,
    "expected",
    { start: node.span.end, end: node.span.end },
    { what: "the reason, as text,", after: "irreversible" },
  );
  return constant("");
}

/** The reason a reviewer reads: some words. */
function checkReason(cx: Context, node: tree.Expr, what: string): Expr {
  const why = checkAs(cx, node, STRING, "the reason");
  if (isBlank(why)) report(cx, "reason-empty", node.span, { what });
  return why;
}

function checkRollback(cx: Context, node: tree.RollbackStatement, called: CheckedCall, name: string): Rollback | null {
  if (node.how.kind === "auto") {
    if (!called.call.undo) report(cx, "undo-not-offered", node.span, { operation: called.call.shown });
    return { kind: "auto" };
  }
  // The step itself may have failed, timed out or been cut off: its own result is optional in its rollback.
  const scope = new Scope(cx.scope);
  scope.add(name, node.span, {
    b: "value",
    type: optionalOf(called.type),
    expr: { k: "ref", root: "self", name: "" },
    stage: "run",
  });
  const inner = within(cx, scope);
  switch (node.how.kind) {
    case "nothing":
      if (node.how.why === null)
        report(
          cx,
          "expected",
          { start: node.span.end, end: node.span.end },
          { what: "the reason, as text,", after: "rollback nothing" },
        );
      return {
        kind: "nothing",
        why: node.how.why === null ? constant("") : checkReason(inner, node.how.why, "rollback nothing"),
      };
    case "call": {
      const undo = checkOperationCall(inner, node.how.call, "a rollback");
      if (undo === null) return null;
      if (undo.call.effect === "read") report(cx, "rollback-only-reads", node.how.call.span, { step: name });
      else if (sameCall(undo.call, called.call))
        report(cx, "rollback-repeats-step", node.how.call.span, { step: name });
      const call = {
        id: "undo",
        name: "undo",
        call: undo.call,
        when: null,
        timeout: null,
        at: at(cx, node.how.call.span),
      };
      return { kind: "calls", calls: [placed(cx, call, node.how.call.span)] };
    }
    case "block":
      return checkRollbackBlock(inner, node.how.body, name);
  }
}

/** Whether both do the very same: the places they were written at do not count. */
function sameCall(a: Call, b: Call): boolean {
  const written = ({ instance, operation, args }: Call): string =>
    JSON.stringify([instance, operation, args], (key, value: unknown) => (key === "at" ? undefined : value));
  return written(a) === written(b);
}

function checkRollbackBlock(outer: Context, body: tree.Body, step: string): Rollback | null {
  const block = checkBlock(outer, "rollback", body, body.span);
  const cx = within(outer, new Scope(outer.scope));
  const calls: Extract<Rollback, { kind: "calls" }>["calls"][number][] = [];
  for (const member of block.statements) {
    if (member.kind === "let") bindLet(cx, member);
    if (member.kind !== "step") continue;
    const name = member.name?.text ?? "?";
    if (member.name !== null && calls.some((c) => c.name === name))
      report(cx, "duplicate-name", member.name.span, { name });
    const when = member.when === null ? null : checkAs(cx, member.when, BOOL, "the condition");
    tellDecided(cx, when, member.when);
    const sure = when === null ? cx : whereHolds(cx, when, true);
    const called = checkOperationCall(sure, member.call, `step ${name} of the rollback of ${step}`);
    const inner = checkBlock(cx, "rollback_step", member.body, member.span);
    const [after] = member.after;
    if (after !== undefined) report(cx, "after-in-rollback", after.span, { name }, { fixes: withoutAfter(cx, member) });
    if (called === null) continue;
    const timeout = inner.values.get("timeout") ?? null;
    calls.push(placed(cx, { id: name, name, call: called.call, when, timeout, at: at(cx, member.span) }, head(member)));
  }
  if (calls.length > 0 && calls.every((c) => c.call.effect === "read"))
    report(cx, "rollback-only-reads", { start: body.span.start, end: body.span.start + 1 }, { step });
  if (calls.length > 0) return { kind: "calls", calls };
  if (block.statements.length === 0)
    report(
      cx,
      "expected",
      { start: body.span.start + 1, end: body.span.start + 1 },
      { what: "a step", after: "rollback {" },
    );
  return null;
}

/** Takes `after a, b` of a step away, where nothing else stands in between. */
function withoutAfter(cx: Context, node: tree.StepStatement): Fix[] {
  const [first] = node.after;
  const last = node.after.at(-1);
  if (first === undefined || last === undefined) return [];
  const word = /\s*\bafter\s+$/.exec(cx.module.text.slice(node.call.span.end, first.span.start));
  if (word === null) return [];
  const span = { start: first.span.start - word[0].length, end: last.span.end };
  return [{ title: "take after away", edits: [{ module: cx.module.path, span, text: "" }] }];
}

/** A lease is ended by the rollback, which must be there and take something back. */
function checkLease(cx: Context, block: CheckedBlock, undo: Undo, called: CheckedCall, step: string): void {
  const node = block.nodes.get("lease");
  if (node === undefined) return;
  if (cx.action?.hook != null) {
    report(cx, "hook-undoes", node.name.span, { step, what: "lease" });
    return;
  }
  const because =
    called.call.effect === "read"
      ? "the step only reads"
      : undo.irreversible !== null
        ? "the step is irreversible"
        : undo.rollback?.kind === "nothing"
          ? "its rollback does nothing"
          : null;
  if (because !== null) report(cx, "lease-without-rollback", node.name.span, { step, because });
}

function retryOf(cx: Context, block: CheckedBlock): Retry | null {
  const blocks = block.statements.filter((s) => s.kind === "block");
  for (const other of blocks.filter((b) => b.name.text !== "retry"))
    report(cx, "unknown-property", other.name.span, {
      block: BLOCKS.step.what,
      name: other.name.text,
      near: nearestTo(cx, other.name.text, ["retry", ...Object.keys(BLOCKS.step.properties)]),
    });
  const [node, ...more] = blocks.filter((b) => b.name.text === "retry");
  for (const extra of more)
    report(cx, "duplicate-statement", extra.name.span, { what: "retry", where: BLOCKS.step.what });
  if (node === undefined) return null;
  const retry = checkBlock(cx, "retry", node.body, node.name.span);
  return { attempts: retry.values.get("attempts") ?? constant(1), backoff: retry.values.get("backoff") ?? null };
}

function checkRetryOnce(cx: Context, block: CheckedBlock, call: Call): void {
  const node = block.statements.find((s) => s.kind === "block" && s.name.text === "retry");
  if (node?.kind === "block" && call.repeat === "once")
    report(cx, "retry-once", node.name.span, { operation: call.shown });
}

export function checkCheck(outer: Context, node: tree.CheckStatement): CheckStmt | null {
  const name = node.name?.text ?? "?";
  const when = node.when === null ? null : checkAs(outer, node.when, BOOL, "the condition");
  const cx = when === null ? outer : whereHolds(outer, when, true);
  const called = checkOperationCall(cx, node.call, `check ${name}`);
  const after = checkAfter(cx, node.after);
  const block = checkBlock(cx, "check", node.body, node.name?.span ?? node.span);
  const requires = checkRequires(cx, block, called?.type ?? null);
  const { id, expr } = newVar(cx, name, "run");
  cx.action?.steps.add(id);
  tellDecided(cx, when, node.when);
  if (node.name !== null) bind(cx, node.name, called, when, expr);
  if (called === null) return null;
  const { call } = called;
  if (call.effect !== "read")
    report(cx, "check-writes", node.call.span, { callee: call.shown, effect: effectVerb(call.effect) });
  if (requires.length === 0) report(cx, "check-without-require", node.name?.span ?? node.span, { check: name });
  const value = (property: string): Expr | null => block.values.get(property) ?? null;
  return {
    s: "check",
    id,
    name,
    doc: node.doc,
    at: at(cx, node.span),
    call,
    when,
    after,
    requires,
    hold: value("hold"),
    every: value("every"),
    within: value("within"),
  };
}

/** The requirements of a check, where what was read is `it`. */
function checkRequires(cx: Context, block: CheckedBlock, type: Type | null): Requirement[] {
  const scope = new Scope(cx.scope);
  scope.add(
    "it",
    { start: 0, end: 0 },
    type === null ? { b: "broken" } : { b: "value", type, expr: { k: "ref", root: "it", name: "" }, stage: "run" },
  );
  const inner = within(cx, scope);
  return block.statements.flatMap((s) =>
    s.kind === "require" ? [checkRequirement(inner, s.condition, s.message)] : [],
  );
}
