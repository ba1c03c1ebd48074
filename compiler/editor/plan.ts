/**
 * The plan of an action as it is being written: made offline, so no provider is asked for anything and no fact is read. What
 * is not given of its inputs is proposed, so that there is something to see from the beginning.
 */
import type { ActionItem, Span } from "../../language/tree.ts";
import { pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { checkInputs, type Given } from "../expand/inputs.ts";
import { type Planned, type PlanRequest, planAction, sealPlan } from "../expand/plan.ts";
import type { Problem } from "../expand/problem.ts";
import { inputsSchema } from "../form/inputs.ts";
import { proposedFor } from "../form/propose.ts";
import type { Schema } from "../form/schema.ts";
import type { Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { PlanFile } from "../plan/plan.schema.ts";
import type { Action, Program } from "../program.ts";

export interface PlanAsked {
  /** As JSON, by name: what was filled in. The rest is proposed. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** Who asks for it; guardrails and approvals look at that. */
  readonly requester: string;
  readonly reason: string | null;
  /** RFC 3339 in UTC with milliseconds. */
  readonly now: string;
  readonly opsc: string;
  /** Of data files and calendars, by path within the project. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface Drafted {
  /** JSON Schema of its inputs. */
  readonly form: Schema;
  /** The inputs it was planned with, as JSON. */
  readonly inputs: { readonly [name: string]: Value };
  /** Those of them that nobody filled in. */
  readonly proposed: readonly string[];
  readonly problems: readonly Problem[];
  readonly file: PlanFile | null;
}

/** The action whose declaration holds `offset`; the one that ends nearest before it; else the first. Null where there is none. */
export function actionAt(file: Parsed, offset: number): ActionItem | null {
  const actions = file.tree.items.flatMap((item) => (item.kind === "action" ? [item] : []));
  const within = actions.find(({ span }) => span.start <= offset && offset <= span.end);
  return within ?? actions.findLast(({ span }) => span.end < offset) ?? actions[0] ?? null;
}

/** In the program: null where its name is missing, or it was not understood at all. */
export function actionIn(program: Program, file: Parsed, item: ActionItem): Action | null {
  const name = item.name?.text;
  return program.actions.find((action) => action.module === file.path && action.name === name) ?? null;
}

/** Of a program without errors. */
export function draftPlan(program: Program, action: Action, asked: PlanAsked): Drafted {
  const form = inputsSchema(program, action);
  const { given, inputs, proposed } = filledIn(action, form, asked.inputs);
  const checked = checkInputs(program, action, given);
  const draft = { form, inputs, proposed };
  if (checked.problems.length > 0) return { ...draft, problems: checked.problems, file: null };
  const { requester, reason, now, opsc, texts } = asked;
  const planned = offline({
    program,
    action,
    inputs: checked.values,
    texts,
    requester,
    reason,
    workspace: "default",
    now,
    lifetime: LIFETIME,
    opsc,
    offline: true,
  });
  return planned.kind === "plan"
    ? { ...draft, problems: [], file: sealPlan(planned.plan) }
    : { ...draft, problems: planned.problems, file: null };
}

/** It is only looked at: how long it could be applied is all the same. */
const LIFETIME = 86_400_000;
/** A fact that depends on a fact takes a further round; more than this is a mistake in the planner itself. */
const MAX_ROUNDS = 100;

/** No fact is read: those of the action are left open by the planner, those of guardrails are told to be so. */
function offline(request: PlanRequest): Exclude<Planned, { kind: "needs" }> {
  const unread = new Map<string, string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const planned = planAction(request, new Map(), unread);
    if (planned.kind !== "needs") return planned;
    for (const { id } of planned.facts) unread.set(id, "is not read while editing");
  }
  throw new Error(`facts are still missing after ${MAX_ROUNDS} rounds`);
}

function filledIn(
  action: Action,
  form: Schema,
  filled: ReadonlyMap<string, unknown>,
): { readonly given: Map<string, Given>; readonly inputs: Record<string, Value>; readonly proposed: string[] } {
  const given = new Map<string, Given>();
  const inputs: [string, Value][] = [];
  const proposed: string[] = [];
  const names = new Set(action.params.map(({ name }) => name));
  // What the form held before an input was renamed is of no use, and no mistake either.
  for (const [name, json] of filled) if (names.has(name)) given.set(name, { json });
  for (const param of action.params) {
    const known = given.get(param.name);
    if (known !== undefined && "json" in known) {
      inputs.push([param.name, (known.json ?? null) as Value]);
      continue;
    }
    const value = proposal(form, param.name);
    if (param.optional || value === undefined) continue;
    proposed.push(param.name);
    inputs.push([param.name, value]);
    // Its own default may rest on other inputs: the planner knows it better.
    if (param.default === null) given.set(param.name, { json: value });
  }
  return { given, inputs: Object.fromEntries(inputs), proposed };
}

function proposal(form: Schema, name: string): Value | undefined {
  const { properties } = form;
  const schema = properties !== undefined && isRecord(properties) ? properties[name] : undefined;
  return schema !== undefined && isRecord(schema) ? proposedFor(schema as Schema, name) : undefined;
}

/** The statement or declaration that begins where a plan says it stands, `file:line:column`; null where nothing does. */
export function placeOf(
  at: string,
  files: (path: string) => Parsed | null,
): { readonly module: string; readonly span: Span } | null {
  const [, module = "", line = "", column = ""] = /^(.*):(\d+):(\d+)$/.exec(at) ?? [];
  const file = files(module);
  if (file === null) return null;
  const start = file.lines.offset({ line: Number(line), column: Number(column) });
  const node = pathAt(file.tree, start).find(
    (each) => "kind" in each && each.kind !== "module" && each.span.start === start,
  );
  return { module, span: node?.span ?? { start, end: start } };
}
