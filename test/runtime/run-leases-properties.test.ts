/** Properties of leases over random plans of two runs in one world, each killed wherever it may be. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { fold } from "../../runtime/engine/fold.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import { snapshot } from "../../runtime/engine/snapshot.ts";
import type { RunState } from "../../runtime/engine/state.ts";
import type { OpenLease } from "../../runtime/event.schema.ts";
import { dueAt } from "../../runtime/leases/due.ts";
import type { DueLease } from "../../runtime/leases/end.ts";
import { keptBy, leaseStream, readStack } from "../../runtime/leases/stream.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import { plan, require, step, takeBack, wait } from "./run-plans.ts";
import { beside, type Effect, ended, type Told, World } from "./run-world.ts";

const MINUTE = 60_000;

interface Step {
  /** What it gives: something that the other run may give too, or something of its own. */
  readonly name: "x" | "y" | "own";
  /** Minutes; 0: it has none. */
  readonly lease: number;
  readonly kind: "write" | "auto" | "once";
  /** Whether it comes after the one before it. */
  readonly after: boolean;
  readonly told: "ok" | "error" | "half";
  /** Its rollback fails this often at first. */
  readonly sulks: number;
}

interface Shape {
  readonly steps: readonly Step[];
  /** Minutes it waits after the first step; 0: not at all. */
  readonly wait: number;
  readonly fails: boolean;
  readonly locks: boolean;
}

const oneStep: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom("x", "x", "y", "own"),
  lease: fc.constantFrom(0, 10, 10, 60, 90),
  kind: fc.constantFrom("write", "write", "auto", "once"),
  after: fc.boolean(),
  told: fc.constantFrom("ok", "ok", "ok", "ok", "error", "half"),
  sulks: fc.constantFrom(0, 0, 0, 1, 4),
});

const shape: fc.Arbitrary<Shape> = fc.record({
  steps: fc.array(oneStep, { minLength: 1, maxLength: 3 }),
  wait: fc.constantFrom(0, 0, 30, 75),
  fails: fc.boolean(),
  locks: fc.boolean(),
});

const idOf = (run: string, i: number): string => `${run}${i}`;
const nameOf = (run: string, it: Step, i: number): string =>
  it.name === "own" || it.lease === 0 ? idOf(run, i) : it.name;

function planOf(run: string, { steps, wait: pause, fails, locks }: Shape): Plan {
  const nodes: PlanNode[] = [];
  let last: string[] = [];
  for (const [i, it] of steps.entries()) {
    const [id, name] = [idOf(run, i), nameOf(run, it, i)];
    const auto = it.kind === "auto" || it.kind === "once";
    const call = { ...(auto ? { undo: true } : {}), ...(it.kind === "once" ? { repeat: "once" as const } : {}) };
    const rollback = auto ? ({ kind: "auto" } as const) : takeBack(name);
    const lease = it.lease === 0 ? null : it.lease * MINUTE;
    nodes.push(step(id, it.after ? last : [], { name, lease, rollback, call }));
    last = [id];
    if (i > 0 || pause === 0) continue;
    nodes.push(wait(`${run}w`, last, pause * MINUTE));
    last = [`${run}w`];
  }
  if (fails) nodes.push(require(`${run}no`, last, constant(false), "no"));
  return plan(nodes, { locks: locks ? ["l"] : [] });
}

/** What a step is told is a matter of the plan alone; how often its rollback fails too. */
function scriptOf(run: string, { steps }: Shape): World["script"] {
  return (operation, name, at, method): Told | undefined => {
    const it = steps.find((each, i) => nameOf(run, each, i) === name);
    if (it === undefined) return undefined;
    if (operation === "remove" || method === "undo") return at <= it.sulks ? { answer: "error" } : undefined;
    if (method !== "run" || it.told === "ok") return undefined;
    return it.told === "error"
      ? { answer: "error", acts: false, retryable: false }
      : { answer: "timeout", acts: true, retryable: false };
  };
}

interface Side {
  readonly name: string;
  readonly world: World;
  readonly of: Plan;
}

function sides(shapes: readonly [Shape, Shape]): readonly [Side, Side] {
  const first = new World(scriptOf("a", shapes[0]));
  const second = beside(first, 1, scriptOf("b", shapes[1]), first.effects);
  return [
    { name: "a", world: first, of: planOf("a", shapes[0]) },
    { name: "b", world: second, of: planOf("b", shapes[1]) },
  ];
}

/** What is left of a run, as its log ends now. */
function stands(world: World): { readonly ended: boolean; readonly at: number; readonly leases: readonly OpenLease[] } {
  const last = world.events.at(-1);
  if (last?.type !== "run.finished") return { ended: false, at: 0, leases: [] };
  return { ended: true, at: Date.parse(last.at), leases: last.leases ?? [] };
}

/** Answers what is asked as it truly was. */
function marksOf(world: World, end: RunEnd) {
  return end.unknown.map(({ node, phase, index }) => {
    const took = world.effects.some((e) => e.key === `${world.run}/${phase}/${node}/${index}`);
    return { node, phase, decision: took ? ("done" as const) : ("retry" as const), by: "dana@example.com" };
  });
}

async function bringOn(world: World): Promise<void> {
  const end = ended(await world.resume(world.run));
  if (end.status === "unknown_outcome") await world.resume(world.run, { marks: marksOf(world, end) });
}

async function isAlone({ world, of }: Side, node: string): Promise<boolean> {
  const opened = world.events.find((e) => e.type === "lease.opened" && e.node === node);
  const resource = opened?.type === "lease.opened" ? opened.resource : "";
  const store = world.connect();
  const stack = await readStack(store, leaseStream(of.workspace, "world", resource));
  return keptBy(stack, { run: world.run, node }).length === 0;
}

/** What whoever watches over leases does: resumes what died, ends what is due, lets time go on. Minutes of it at most. */
async function watch(all: readonly Side[], now: number): Promise<void> {
  for (let rounds = 0; rounds < 60; rounds++) {
    let did = false;
    let next = Number.POSITIVE_INFINITY;
    for (const side of all) {
      const { world } = side;
      world.now = Math.max(world.now, now);
      if (world.run === "") continue;
      const { ended: over, at, leases } = stands(world);
      if (!over) {
        await bringOn(world);
        now = Math.max(now, world.now);
        did = true;
        continue;
      }
      const due: DueLease[] = [];
      for (const lease of leases) {
        const of = { node: lease.node, by: null, reason: null };
        const when = dueAt(lease, at, world.now);
        if (lease.is === "shared" && (await isAlone(side, lease.node))) due.push({ ...of, because: "alone" });
        else if (when !== null && when <= now) due.push({ ...of, because: lease.is === "failed" ? "again" : "time" });
        else if (when !== null) next = Math.min(next, when);
      }
      if (due.length === 0) continue;
      did = true;
      await world.endLeases(due);
      now = Math.max(now, world.now);
    }
    if (did) continue;
    if (next === Number.POSITIVE_INFINITY) return;
    now = next;
  }
  throw new Error("leases do not come to their end");
}

/** Nothing is taken away while somebody has a lease on it that is not over, and in the end all of it is gone. */
function holds(all: readonly Side[], effects: readonly Effect[]): void {
  const given = new Set<string>();
  const spans: {
    readonly run: string;
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly until: number;
  }[] = [];
  for (const { world, of } of all) {
    if (world.run === "") continue;
    // One that failed takes back all its own, in its own order.
    const run = world.events.some((e) => e.type === "node.failed" || e.type === "attempt.failed") ? world.run : "";
    for (const node of of.nodes) {
      if (node.kind !== "step" || node.lease === null) continue;
      const [arg] = node.call.args;
      const name = arg?.value.is === "known" ? String(arg.value.value) : "";
      given.add(name);
      const granted = world.events.findLast((e) => e.type === "lease.granted" && e.node === node.id);
      if (granted?.type !== "lease.granted") continue;
      // One that others keep ends once more when they are gone.
      const ends = world.events.find((e) => e.type === "lease.ended" && e.node === node.id);
      const over = Date.parse(ends?.at ?? "");
      spans.push({ run, name, from: Date.parse(granted.at), to: over, until: Date.parse(granted.until) });
      const due = world.events.find((e) => e.type === "lease.due" && e.node === node.id && e.because === "time");
      if (due !== undefined) expect(Date.parse(due.at)).toBeGreaterThanOrEqual(Date.parse(granted.until));
      expect(world.events.filter((e) => e.type === "lease.closed" && e.node === node.id).at(-1)).toMatchObject({
        how: "taken_back",
      });
    }
    expect(stands(world)).toMatchObject({ ended: true, leases: [] });
  }
  for (const { operation, name, at, key } of effects) {
    if (operation !== "remove" && operation !== "undo") continue;
    for (const span of spans) {
      if (span.name === name && key?.startsWith(`${span.run}/`) !== true)
        expect(at > span.from && at < span.to, `${name} at ${at}`).toBe(false);
    }
  }
  const there = new Set<string>();
  for (const { operation, name } of effects) {
    if (operation === "add") there.add(name);
    else there.delete(name);
  }
  expect([...there].filter((name) => given.has(name))).toEqual([]);
}

/** Returns when the last of them was over. */
async function inTurn(both: readonly Side[]): Promise<number> {
  let now = 0;
  for (const { world, of } of both) {
    world.now = Math.max(world.now, now);
    await world.apply(of);
    now = world.now;
  }
  return now;
}

async function life(shapes: readonly [Shape, Shape], crash: readonly [number, number]): Promise<readonly [Side, Side]> {
  const both = sides(shapes);
  let now = 0;
  for (const [i, { world, of }] of both.entries()) {
    world.now = Math.max(world.now, now) + 5 * MINUTE;
    const after = crash[i] ?? 0;
    // The second begins while the first may not be over, where it died; a lock of it is then still held.
    await world.apply(of, after === 0 ? {} : { crash: { after } }).catch((error: unknown) => {
      if (!(error instanceof RunRefused)) throw error;
    });
    now = world.now;
  }
  await watch(both, now);
  return both;
}

describe("leases of two runs", () => {
  test("stand as long as anybody has one, and all end, whenever a process is killed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(shape, shape), async (shapes) => {
        const [a, b] = await life(shapes, [0, 0]);
        holds([a, b], a.world.effects);
        const lengths = [a, b].map(({ world }) => world.events.findIndex((e) => e.type === "run.finished"));
        for (const i of [0, 1] as const) {
          for (let after = 2; after <= (lengths[i] ?? 0); after++) {
            const again = await life(shapes, i === 0 ? [after, 0] : [0, after]);
            holds(again, again[0].world.effects);
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  test("end all the same when whoever ends them is killed, at any event", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(shape, shape), fc.integer({ min: 2, max: 25 }), async (shapes, at) => {
        const both = sides(shapes);
        const now = (await inTurn(both)) + 2 * 60 * MINUTE;
        for (const { world } of both) {
          world.now = now;
          const due = stands(world).leases.map(({ node, is }) => {
            return { node, because: is === "failed" ? "again" : "time", by: null, reason: null } as const;
          });
          if (due.length > 0) await world.endLeases(due, { crash: { after: world.events.length + at } });
        }
        await watch(both, now);
        holds(both, both[0].world.effects);
      }),
      { numRuns: 40 },
    );
  });

  test("leave a log that folds to the very state the run had", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(shape, shape), async (shapes) => {
        const both = sides(shapes);
        const live = new Map<World, RunState>();
        for (const { world } of both)
          world.onEvent = (_event, state) => {
            live.set(world, state);
          };
        await watch(both, await inTurn(both));
        for (const { world, of } of both) {
          let state = newState(of, realRules, { parallel: 16 });
          for (const event of world.events) state = fold(state, event);
          const seen = live.get(world);
          expect(seen === undefined ? null : snapshot(seen)).toEqual(snapshot(state));
        }
      }),
      { numRuns: 30 },
    );
  });
});
