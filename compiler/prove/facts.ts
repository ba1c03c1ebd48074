/** Facts are read when the action is planned: one that stands after a write of the same thing does not see it. */
import type { Span } from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import type { Action, NestedStmt, Statement } from "../program.ts";
import { Bound } from "./bound.ts";
import { type Briefs, blocksOf, isWrite, nested } from "./brief.ts";
import { Flow } from "./flow.ts";
import { touchOf } from "./touches.ts";

type Fact = Extract<Statement, { s: "fact" }>;

/** A step that changes something: `write`, or `roll.write` of an action that the step `roll` runs. */
interface Write {
  readonly name: string;
  readonly span: Span | undefined;
}

/** Statements of actions that are run by steps; beyond, nothing is said of them. */
const MAX_NESTED = 20_000;

export function proveFacts(cx: Context, action: Action): void {
  const { briefs } = cx.project;
  if (!factAfterWrite(action.body, briefs, { written: false })) return;
  new FactOrder(cx, briefs).walk(action.body, { flow: new Flow(action.params), within: "", span: null });
}

/** Whether any fact comes after any write at all: most actions begin with their facts. */
function factAfterWrite(body: readonly Statement[], briefs: Briefs, seen: { written: boolean }): boolean {
  for (const statement of body) {
    const brief = nested(statement, briefs);
    // An action that does both is looked into where it follows a write; by itself it is told of itself.
    if ((statement.s === "fact" || brief?.facts === true) && seen.written) return true;
    if (isWrite(statement) || brief?.writes === true) seen.written = true;
    if (blocksOf(statement).some((block) => factAfterWrite(block, briefs, seen))) return true;
  }
  return false;
}

/** Where the walk is: within an action that is run, all is told at the step that runs it. */
interface At {
  readonly flow: Flow;
  readonly within: string;
  readonly span: Span | null;
}

/** The blocks of a statement that are not known to be left out. */
function reached(statement: Statement, flow: Flow): readonly (readonly Statement[])[] {
  if (statement.s !== "if") return blocksOf(statement);
  if (flow.isTrue(statement.condition)) return [statement.then];
  return flow.isFalse(statement.condition) ? [statement.else] : [statement.then, statement.else];
}

class FactOrder {
  readonly #cx: Context;
  readonly #briefs: Briefs;
  readonly #written = new Bound<Write>();
  #left = MAX_NESTED;

  constructor(cx: Context, briefs: Briefs) {
    this.#cx = cx;
    this.#briefs = briefs;
  }

  walk(body: readonly Statement[], here: At): void {
    for (const statement of body) {
      if (here.span !== null && --this.#left < 0) return;
      if (statement.s === "fact") this.#fact(statement, here);
      if (statement.s === "nested") this.#nested(statement, here);
      if (statement.s === "for") here.flow.enter(statement.id, statement.over);
      for (const block of reached(statement, here.flow)) this.#written.within(() => this.walk(block, here));
      here.flow.bind(statement);
      if (statement.s !== "step" || !isWrite(statement)) continue;
      const { thing } = this.#thing(statement.call, here);
      const span = here.span ?? this.#cx.project.origins.get(statement);
      if (thing !== null) this.#written.set(thing, { name: `${here.within}${statement.name}`, span });
    }
  }

  #nested(step: NestedStmt, here: At): void {
    const brief = this.#briefs(step.action);
    const span = here.span ?? this.#cx.project.origins.get(step);
    if (brief === undefined || span === undefined || (!brief.facts && !brief.writes)) return;
    const action = this.#cx.project.bodies.get(step.action);
    if (action === undefined) return;
    const inner: At = { flow: here.flow.inside(step), within: `${here.within}${step.name}.`, span };
    if (step.when === null || here.flow.isTrue(step.when)) this.walk(action.body, inner);
    else if (!here.flow.isFalse(step.when)) this.#written.within(() => this.walk(action.body, inner));
  }

  #fact(fact: Fact, here: At): void {
    const span = here.span ?? this.#cx.project.origins.get(fact);
    const { thing, shown } = this.#thing(fact.call, here);
    const write = thing === null ? undefined : this.#written.get(thing);
    // What an action does to itself is told of that action.
    if (write === undefined || span === undefined || write.span === span) return;
    const related =
      write.span === undefined
        ? []
        : [{ module: this.#cx.module.path, span: write.span, note: "changes it, in the run" }];
    const args = { fact: `${here.within}${fact.name}`, step: write.name, resource: shown ?? "it" };
    const help =
      here.within === ""
        ? {}
        : { help: `run ${here.within.slice(0, -1)} in a run of its own, or let it read with a step or a check` };
    report(this.#cx, "fact-after-write", span, args, { related, ...help });
  }

  #thing(call: Fact["call"], { flow }: At) {
    const by = { call, by: "", span: { start: 0, end: 0 }, undo: false, conditions: [] };
    return touchOf(flow, (id) => this.#cx.project.instances.get(id), by);
  }
}
