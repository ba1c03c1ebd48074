/** Random plans with all that plans can hold: loops that tolerate, in one another, batches, hooks, locks, approvals, waits. */
import fc from "fast-check";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan, PlanHook, PlanLoop, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { approve, join, plan, step, wait } from "./run-plans.ts";
import { approval, ended, type Told, World } from "./run-world.ts";

export interface ElementShape {
  /** What its steps are, one after the other or side by side. */
  readonly steps: readonly ("write" | "once" | "auto" | "read")[];
  readonly chain: boolean;
  /** The step of that number fails, if there is one. */
  readonly fails: number;
  /** Hosts of a loop inside it, and how many of them fail. */
  readonly inner: number;
  readonly innerFails: number;
  /** Its condition does not hold: a slot for which there is nothing. */
  readonly empty: boolean;
}

export interface Shape {
  readonly elements: readonly ElementShape[];
  readonly batch: number;
  readonly tolerate: number;
  readonly innerTolerate: number;
  readonly locks: boolean;
  readonly approval: boolean;
  readonly hooks: readonly PlanHook["event"][];
  readonly after: boolean;
  readonly pause: boolean;
  readonly onFailure: "rollback" | "continue";
}

const element: fc.Arbitrary<ElementShape> = fc.record({
  steps: fc.array(fc.constantFrom("write", "write", "once", "auto", "read"), { minLength: 1, maxLength: 3 }),
  chain: fc.boolean(),
  fails: fc.constantFrom(0, 1, 2, 9, 9, 9, 9, 9),
  inner: fc.constantFrom(0, 0, 0, 1, 2),
  innerFails: fc.constantFrom(0, 0, 1),
  empty: fc.constantFrom(false, false, false, true),
});

export const shape: fc.Arbitrary<Shape> = fc.record({
  elements: fc.array(element, { minLength: 1, maxLength: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  tolerate: fc.integer({ min: 0, max: 2 }),
  innerTolerate: fc.integer({ min: 0, max: 1 }),
  locks: fc.boolean(),
  approval: fc.boolean(),
  hooks: fc.subarray(["start", "approval_requested", "failure", "success", "end"] as const),
  after: fc.boolean(),
  pause: fc.boolean(),
  onFailure: fc.constantFrom("rollback", "rollback", "continue"),
});

const retry = { attempts: 2, backoffMin: 1_000, backoffMax: 2_000 };

function stepOf(kind: ElementShape["steps"][number], id: string, after: readonly string[], element: string): PlanNode {
  switch (kind) {
    case "write":
      return step(id, after, { element, retry });
    case "once":
      return step(id, after, { element, call: { repeat: "once" } });
    case "auto":
      return step(id, after, { element, retry, call: { undo: true }, rollback: { kind: "auto" } });
    case "read":
      return step(id, after, { element, call: { effect: "read", operation: "look" }, rollback: null });
  }
}

interface Made {
  readonly nodes: PlanNode[];
  readonly loops: PlanLoop[];
  /** Names of steps that fail. */
  readonly failing: Set<string>;
}

const loopOf = (id: string, tolerate: number, ids: readonly string[], within: string | null): PlanLoop => ({
  id,
  at: "a.ops:7:1",
  tolerate,
  elements: ids.map((one) => ({ id: one, key: { is: "known", value: one }, within })),
});

/** Adds an element; returns the nodes that end it. */
function addElement(
  made: Made,
  it: ElementShape,
  id: string,
  before: readonly string[],
  innerTolerate: number,
): string[] {
  const ends: string[] = [];
  const when = it.empty ? [constant(false)] : [];
  let last = before;
  for (const [i, kind] of it.steps.entries()) {
    const name = `${id}.s${i}`;
    made.nodes.push({ ...stepOf(kind, name, it.chain ? last : before, id), when });
    if (i === it.fails) made.failing.add(name);
    if (it.chain) last = [name];
    else ends.push(name);
  }
  const hosts = Array.from({ length: it.inner }, (_, i) => `${id}.host[${i}]`);
  if (hosts.length > 0) made.loops.push(loopOf(`${id}.host`, innerTolerate, hosts, id));
  for (const [i, host] of hosts.entries()) {
    const name = `${host}.s`;
    made.nodes.push(step(name, it.chain ? last : before, { element: host, retry, when }));
    if (i < it.innerFails) made.failing.add(name);
    ends.push(name);
  }
  return it.chain && hosts.length === 0 ? [...last] : ends;
}

export function planOf(shape: Shape): { readonly of: Plan; readonly failing: ReadonlySet<string> } {
  const made: Made = { nodes: [step("first")], loops: [], failing: new Set() };
  let before = ["first"];
  const ids = shape.elements.map((_, i) => `roll[${i}]`);
  made.loops.push(loopOf("roll", shape.tolerate, ids, null));
  for (let from = 0; from < ids.length; from += shape.batch) {
    const batch = shape.elements.slice(from, from + shape.batch);
    const ends = batch.flatMap((it, i) => addElement(made, it, ids[from + i] ?? "", before, shape.innerTolerate));
    const name = `batch${from}`;
    made.nodes.push(join(name, ends));
    before = [name];
  }
  if (shape.pause) {
    made.nodes.push(wait("between", before, 500));
    before = ["between"];
  }
  if (shape.approval) {
    made.nodes.push(approve("ok", before));
    before = ["ok"];
  }
  if (shape.after) made.nodes.push(step("after", before, { retry }));
  const hooks = shape.hooks.map((event): PlanHook => {
    const tell = step(`on_${event}.t`, [], { rollback: null, call: { operation: "tell", repeat: "keyed" } });
    return { event, at: "a.ops:9:1", nodes: [tell] };
  });
  const { locks, onFailure } = shape;
  const of = plan(made.nodes, { loops: made.loops, hooks, onFailure, locks: locks ? ["deploy"] : [] });
  return { of, failing: made.failing };
}

/** A world in which what fails is a matter of the plan, and how long a call takes one of `times`. */
export function worldOf(failing: ReadonlySet<string>, times: (name: string) => number): World {
  const world = new World((operation, name): Told => {
    const takes = times(`${operation} ${name}`);
    return operation === "add" && failing.has(name)
      ? { takes, answer: "error", acts: false, retryable: false }
      : { takes };
  });
  world.onEvent = (event) => {
    if (event.type === "approval.awaited") approveLater(world);
  };
  return world;
}

/** People take their time, and approve what is asked for by then. */
export function approveLater(world: World): void {
  const given = world.disk.rows.some((row) => row.entry.includes('"approval.recorded"'));
  for (const event of world.events) {
    if (event.type !== "approval.awaited" || given) continue;
    world.later(30_000, () => {
      const at = new Date(world.now).toISOString();
      world.record(approval("ana@example.com", { run: world.run, node: event.node, at })).catch(() => undefined);
    });
  }
}

/** Resumes until the run ends, and answers what is asked as it truly was. */
export async function toTheEnd(world: World, wait: boolean): Promise<RunEnd> {
  for (let i = 0; i < 20; i++) {
    if (wait) approveLater(world);
    const first = ended(await world.resume(world.run, { wait }));
    if (first.status === "finished") return first;
    if (first.status !== "unknown_outcome") continue;
    const marks = first.unknown.map(({ node, phase, index }) => {
      const key = `${world.run}/${phase}/${node}/${index}`;
      const took = world.effects.some((e) => e.key === key);
      return { node, phase, decision: took ? ("done" as const) : ("retry" as const), by: "dana@example.com" };
    });
    const end = ended(await world.resume(world.run, { marks, wait }));
    if (end.status === "finished") return end;
  }
  throw new Error("it does not end");
}

/**
 * What of an end does not depend on chance. Where the run failed, how far it had come is chance, but all is undone; under
 * `continue` it is chance which of several failures is the one too many.
 */
export function essence(world: World, end: RunEnd): object {
  const { outcome } = end;
  if (outcome === "incomplete") return { outcome };
  const tolerated = outcome === "succeeded" ? end.tolerated.map((each) => each.element).sort() : [];
  return { outcome, tolerated, left: end.left, things: world.things };
}
