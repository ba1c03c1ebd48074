/** Guardrails: what they see, what they require, and whether they match anything at all. */
import type * as tree from "../../language/tree.ts";
import { cutting } from "../ir/cut.ts";
import type { Action, Guardrail, GuardrailFact } from "../program.ts";
import { RISKS } from "../schema/blocks.ts";
import { shapeOf } from "../types/cut.ts";
import { assignable, BOOL, DURATION, INT, listOf, optionalOf, STRING } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { checkApproverRule } from "./approvals.ts";
import { bindLet, declare, tellDecided } from "./bind.ts";
import { checkBlock, constantOf, head } from "./block.ts";
import { at, type Context, isConst, newActionState, report, watch } from "./context.ts";
import { checkAs } from "./expr.ts";
import { Scope } from "./scope.ts";
import { checkRead } from "./statements.ts";
import { checkRequirement, plainParam, resolveType } from "./types.ts";

const field = (name: string, type: Type, doc: string): Field => ({ name, type, optional: false, doc });
const record = (fields: readonly Field[]): Type => ({ kind: "record", fields });

const PLAN_STEP: Type = record([
  field("id", STRING, "Its id in the plan."),
  field("operation", STRING, "The operation it calls."),
  field("effect", STRING, "`read`, `write` or `destroy`."),
  field("resource", optionalOf(STRING), "What it touches. Where only the run knows, it is not known until then."),
]);

/** What a guardrail sees, beside the inputs it names. The reference is written from this table. */
export const GUARDRAIL_SCOPE: Readonly<Record<string, Type>> = {
  action: record([
    field("name", STRING, "Its name."),
    field("module", STRING, "The file that declares it."),
    field("risk", optionalOf(RISKS), "Its risk, if it states one."),
    field("tags", listOf(STRING), "Its tags."),
    field("owner", optionalOf({ kind: "approver" }), "Its owner, if it states one."),
  ]),
  plan: record([
    field("steps", listOf(PLAN_STEP), "All steps."),
    field("writes", listOf(PLAN_STEP), "Steps that write or destroy."),
    field("destroys", listOf(PLAN_STEP), "Steps that destroy."),
    field("resources", listOf(STRING), "What is written or destroyed, each once."),
    field("irreversible", listOf(PLAN_STEP), "Steps that cannot be undone."),
    field("approvals", INT, "How many approvals it asks for."),
    field("worst_case_duration", optionalOf(DURATION), "How long it may take at most, without waiting for people."),
  ]),
  run: record([
    field("requester", { kind: "identity" }, "Who asked for it."),
    field("groups", listOf({ kind: "approver" }), "The approvers of the project that the requester is one of."),
    field("reason", optionalOf(STRING), "The reason given with --reason."),
    field("now", { kind: "time" }, "The time when it is judged; judged again in the run."),
  ]),
};

export function checkGuardrail(cx: Context, item: tree.GuardrailItem): Guardrail {
  const name = item.name?.text ?? "?";
  const place = item.name?.span ?? item.span;
  const scope = new Scope(cx.scope);
  const inner: Context = { ...cx, scope, action: newActionState() };
  for (const [root, type] of Object.entries(GUARDRAIL_SCOPE))
    scope.add(root, place, { b: "value", type, expr: { k: "ref", root: "var", name: root }, stage: "plan" });
  const applies = (item.body?.members ?? []).filter((m) => m.kind === "applies");
  for (const extra of applies.slice(1))
    report(cx, "duplicate-statement", head(extra), { what: "an applies to", where: "this guardrail" });
  const inputs = (applies[0]?.with ?? []).map((param) => {
    const type = resolveType(inner, param.type);
    // The action's own type may have more fields than are asked for here.
    const ref = cutting({ k: "ref", root: "var", name: `input:${param.name.text}` }, shapeOf(type));
    plainParam(inner, param, "an input that a guardrail names");
    if (scope.declared(param.name.text) !== undefined)
      report(cx, "duplicate-name", param.name.span, { name: param.name.text });
    else scope.add(param.name.text, param.name.span, { b: "value", type, expr: ref, stage: "plan" });
    return { name: param.name.text, type };
  });
  const when = applies[0]?.when == null ? null : checkAs(inner, applies[0].when, BOOL, "the condition");
  const block = checkBlock(inner, "guardrail", item.body, place);
  const facts: GuardrailFact[] = [];
  const requires: Guardrail["requires"][number][] = [];
  const enforcement = constantOf(block, "enforcement", "hard");
  let overrideBy: Guardrail["overrideBy"] = null;
  for (const statement of block.statements) {
    if (statement.kind === "let") bindLet(inner, statement);
    if (statement.kind === "fact") facts.push(...bindFact(inner, statement, name));
    if (statement.kind === "require") requires.push(checkRequirement(inner, statement.condition, statement.message));
    if (statement.kind === "override") {
      if (overrideBy !== null)
        report(cx, "duplicate-statement", head(statement), { what: "an override by", where: "this guardrail" });
      else if (enforcement !== "soft" && typeof enforcement === "string")
        report(cx, "override-not-soft", head(statement), { guardrail: name, enforcement });
      overrideBy ??= checkApproverRule(inner, statement.mode, statement.by);
    }
  }
  if (requires.length === 0) report(cx, "guardrail-without-require", place, { name });
  tellDecided(cx, when, applies[0]?.when ?? null);
  if (requires.some((r) => isConst(r.condition) && r.condition.v === false))
    report(cx, "guardrail-decided", place, { name, always: "can never hold" });
  else if (requires.length > 0 && requires.every((r) => isConst(r.condition) && r.condition.v === true))
    report(cx, "guardrail-decided", place, { name, always: "always holds" });
  return {
    id: `${cx.module.path}#${name}`,
    name,
    doc: item.doc,
    at: at(cx, place),
    enforcement: enforcement === "advisory" || enforcement === "soft" ? enforcement : "hard",
    everyWrite: constantOf(block, "every_write", false) === true,
    inputs,
    when,
    facts,
    requires,
    overrideBy,
  };
}

/** Its var is named after the guardrail too: what two of them read under one name are two things. */
function bindFact(cx: Context, node: tree.FactStatement, guardrail: string): GuardrailFact[] {
  const read = checkRead(cx, node);
  if (read === null || node.name === null) return [];
  const name = node.name.text;
  const id = `${cx.module.path}#${guardrail}.${name}`;
  cx.action?.stages.set(id, "plan");
  if (!declare(cx, node.name, read.type, { k: "ref", root: "var", name: id }, "plan")) return [];
  watch(cx, "fact", node.name);
  return [{ id, name, ...read, at: at(cx, node.span) }];
}

/** Whether the action has every input the guardrail names, of a type that fits. */
export function matches(guardrail: Guardrail, action: Action): boolean {
  return guardrail.inputs.every((input) => {
    const param = action.params.find((p) => p.name === input.name);
    return param !== undefined && assignable(param.optional ? optionalOf(param.type) : param.type, input.type);
  });
}
