/** `on failure { … }` and its like: statements that tell people. They need no rollback and change no outcome. */
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import { HOOK_EVENTS, type Hook } from "../program.ts";
import { BLOCKS, OUTCOMES } from "../schema/blocks.ts";
import { optionalOf, STRING } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { runBinding } from "./bind.ts";
import { head } from "./block.ts";
import { at, type Context, nearestTo, placed, report } from "./context.ts";
import { Scope } from "./scope.ts";
import { checkStatements } from "./statements.ts";

type Event = Hook["event"];

/** `cx` is that of the whole action, `around` what stands outside of it. */
export function checkHooks(cx: Context, around: Scope, nodes: readonly tree.Statement[]): Hook[] {
  const found: Hook[] = [];
  for (const node of nodes) {
    if (node.kind !== "on" || node.event === null) continue;
    const name = node.event.text;
    const event = HOOK_EVENTS.find((e) => e === name);
    if (event === undefined) report(cx, "unknown-event", node.event.span, { name, near: nearEvent(cx, name) });
    else if (found.some((hook) => hook.event === event))
      report(cx, "duplicate-statement", node.event.span, { what: `on ${event}`, where: "this action" });
    const hook = checkHook(cx, around, node, event);
    if (event !== undefined) found.push(hook);
  }
  return found;
}

/** The event that `name` begins, or is a misspelling of; "" for neither. */
function nearEvent(cx: Context, name: string): string {
  const begun = name.length < 3 ? undefined : HOOK_EVENTS.find((event) => event.startsWith(name));
  return begun ?? nearestTo(cx, name, HOOK_EVENTS);
}

function checkHook(cx: Context, around: Scope, node: tree.OnStatement, known: Event | undefined): Hook {
  if (cx.action === null) throw new Error("hooks stand in actions");
  const event = known ?? "end";
  const scope = new Scope(scopeOf(cx, around, event));
  const inner: Context = { ...cx, scope, action: { ...cx.action, hook: event } };
  const members = node.body?.members ?? [];
  if (known !== undefined && node.body !== null && members.length === 0) {
    const span = { start: node.body.span.start + 1, end: node.body.span.start + 1 };
    report(cx, "expected", span, { what: "a step", after: `on ${event} {` });
  }
  const body = checkStatements(inner, members, BLOCKS.hook.statements, `on ${event}`);
  return placed(cx, { event, body, at: at(cx, node.span) }, head(node));
}

/**
 * What a hook sees of its action: inputs, facts and what is computed from them as they are; results of steps and
 * checks as optional, since a run may end before any of them. Not what is computed from results.
 */
function scopeOf(cx: Context, around: Scope, event: Event): Scope {
  const scope = new Scope(around);
  for (const name of new Set(cx.scope.names())) {
    const span = cx.scope.own(name);
    const binding = cx.scope.peek(name);
    if (span === undefined || binding === undefined || name === "run") continue;
    if (binding.b !== "value" || binding.stage !== "run")
      scope.add(
        name,
        span,
        use(cx, name, () => binding),
      );
    else if (binding.expr.k === "ref" && cx.action?.steps.has(binding.expr.name) === true)
      scope.add(
        name,
        span,
        use(cx, name, () => ({ ...binding, type: optionalOf(binding.type) })),
      );
  }
  scope.add("run", { start: 0, end: 0 }, runBinding(event === "failure" || event === "end" ? ENDED : []));
  return scope;
}

/** What is used in a hook is used in the action. */
function use<T>(cx: Context, name: string, binding: () => T): () => T {
  return () => {
    cx.scope.markUsed(name);
    return binding();
  };
}

const text = (name: string, doc: string): Field => ({ name, type: STRING, optional: false, doc });
const ERROR_OF_RUN: Type = {
  kind: "record",
  fields: [
    { ...text("step", "Id of the step or check that failed; none where the run itself did."), optional: true },
    text("message", "What went wrong."),
  ],
};

/** Of a run that is over. */
const ENDED: readonly { readonly name: string; readonly type: Type; readonly expr: Expr }[] = [
  { name: "outcome", type: OUTCOMES, expr: { k: "ref", root: "run", name: "outcome" } },
  { name: "error", type: optionalOf(ERROR_OF_RUN), expr: { k: "ref", root: "run", name: "error" } },
];
