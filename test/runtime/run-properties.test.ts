/** Properties of runs over random small plans in a simulated world. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { fold } from "../../runtime/engine/fold.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import { snapshot } from "../../runtime/engine/snapshot.ts";
import type { RunState } from "../../runtime/engine/state.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { join, plan, step, wait } from "./run-plans.ts";
import { ended, type Told, World } from "./run-world.ts";

interface Shape {
  readonly kind: "write" | "once" | "atomic" | "auto" | "nothing" | "read" | "join" | "wait";
  /** Bits: which of the nodes before it come before it. */
  readonly after: number;
  readonly told: "ok" | "error" | "timeout" | "flaky";
  readonly takes: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom("write", "write", "once", "atomic", "auto", "nothing", "read", "join", "wait"),
  after: fc.nat({ max: 255 }),
  told: fc.constantFrom("ok", "ok", "ok", "ok", "flaky", "error", "timeout"),
  takes: fc.constantFrom(50, 100, 400, 900),
});
const shapes = fc.array(shape, { minLength: 1, maxLength: 6 });

const nameOf = (i: number): string => `n${i}`;

function nodeOf(it: Shape, i: number): PlanNode {
  const id = nameOf(i);
  const after = Array.from({ length: i }, (_, k) => k)
    .filter((k) => (it.after >> k) % 2 === 1)
    .map(nameOf);
  const retry = { attempts: 2, backoffMin: 1_000, backoffMax: 2_000 };
  switch (it.kind) {
    case "join":
      return join(id, after);
    case "wait":
      return wait(id, after, 300);
    case "write":
      return step(id, after, { retry });
    case "once":
      return step(id, after, { retry, call: { repeat: "once" } });
    case "atomic":
      return step(id, after, { retry, call: { atomic: true } });
    case "auto":
      return step(id, after, { retry, call: { undo: true }, rollback: { kind: "auto" } });
    case "nothing":
      return step(id, after, { rollback: { kind: "nothing", why: "none needed" } });
    case "read":
      return step(id, after, { call: { effect: "read", operation: "look" }, rollback: null });
  }
}

const planOf = (all: readonly Shape[]): Plan => plan(all.map(nodeOf));

/** What each step is told is a matter of the plan alone; how long it takes is a matter of chance. */
function worldOf(all: readonly Shape[], times: (i: number) => number): World {
  return new World((operation, name, at, method): Told | undefined => {
    const i = all.findIndex((_, k) => nameOf(k) === name);
    const it = all[i];
    if (it === undefined) return undefined;
    const takes = times(i);
    if (method !== "run" || operation === "remove" || it.told === "ok") return { takes };
    if (it.told === "flaky") return at === 1 ? { takes, answer: "refused" } : { takes };
    return { takes, answer: it.told, acts: it.told === "timeout", retryable: false };
  });
}

/** Calls of rollbacks, in the order in which they took effect, by node. */
const undone = (world: World): string[] =>
  world.effects.filter((e) => e.operation === "remove" || e.operation === "undo").map((e) => e.name);

describe("any run", () => {
  test("ends the same in whatever order its calls are answered", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 6, maxLength: 6 }),
        async (all, other) => {
          // Where several may fail, which fails first is chance; where at most one does, nothing is.
          const first = all.findIndex((it) => it.told === "error" || it.told === "timeout");
          const tame = all.map((it, i) =>
            i > first && first >= 0 && it.told !== "flaky" ? { ...it, told: "ok" as const } : it,
          );
          const of = planOf(tame);
          const one = worldOf(tame, (i) => tame[i]?.takes ?? 100);
          const two = worldOf(tame, (i) => other[i] ?? 100);
          const ends = [ended(await one.apply(of)), ended(await two.apply(of, { parallel: 2 }))];
          expect(ends[0]?.outcome).toBe(ends[1]?.outcome);
          expect(ends[0]?.outcome).toMatch(/^(succeeded|undone)$/);
          // Where it was undone, how far it had come is chance; but nothing that can be undone is left.
          if (ends[0]?.outcome === "succeeded") expect(one.things).toEqual(two.things);
          const stays = (name: string) => tame[Number(name.slice(1))]?.kind === "nothing";
          if (ends[0]?.outcome === "undone")
            expect([...one.things, ...two.things].filter((n) => !stays(n))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("after a failure, what started is undone, each after all that came after it", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (all) => {
        const of = planOf(all);
        const world = worldOf(all, (i) => all[i]?.takes ?? 100);
        const end = ended(await world.apply(of));
        if (end.outcome !== "undone") return;
        const order = undone(world);
        const started = new Set(
          world.events.flatMap((e) => (e.type === "attempt.started" && e.phase === "do" ? [e.node] : [])),
        );
        for (const it of all.keys()) {
          const s = all[it];
          const acted = world.did("add").includes(nameOf(it));
          if (s === undefined || !acted || s.kind === "nothing") continue;
          expect(order.filter((n) => n === nameOf(it))).toHaveLength(1);
        }
        for (const n of order) expect(started.has(n)).toBe(true);
        const before = ancestors(of);
        for (const [i, n] of order.entries()) {
          for (const later of order.slice(i + 1))
            expect(before.get(later)?.has(n) ?? false, `${later} undone after ${n}`).toBe(false);
        }
      }),
      { numRuns: 80 },
    );
  });

  test("its log folds to the very state it had, and no command is given out twice", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (all) => {
        const of = planOf(all);
        const world = worldOf(all, (i) => all[i]?.takes ?? 100);
        let live: RunState | null = null;
        world.onEvent = (_event, state) => {
          live = state;
        };
        await world.apply(of);
        let state = newState(of, realRules, { parallel: 16 });
        for (const event of world.events) state = fold(state, event);
        expect(live === null ? null : snapshot(live)).toEqual(snapshot(state));
        const ids = world.events.flatMap((e) =>
          e.type === "attempt.started" ? [`${e.phase}/${e.node}/${e.index}/${e.attempt}`] : [],
        );
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 40 },
    );
  });
});

/** Node → all nodes that come before it. */
function ancestors(of: Plan): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const n of of.nodes) {
    const mine = new Set<string>();
    for (const { id } of n.after) for (const one of [id, ...(all.get(id) ?? [])]) mine.add(one);
    all.set(n.id, mine);
  }
  return all;
}

/** Resumes until the run ends, and answers what is asked as it truly was. */
async function toTheEnd(world: World): Promise<RunEnd> {
  for (let i = 0; i < 10; i++) {
    const first = ended(await world.resume(world.run));
    if (first.status === "finished") return first;
    expect(first.status).toBe("unknown_outcome");
    const marks = first.unknown.map(({ node, phase, index }) => {
      const key = `${world.run}/${phase}/${node}/${index}`;
      const took = world.effects.some((e) => e.key === key);
      return { node, phase, decision: took ? ("done" as const) : ("retry" as const), by: "dana@example.com" };
    });
    const end = ended(await world.resume(world.run, { marks }));
    if (end.status === "finished") return end;
  }
  throw new Error("it does not end");
}

describe("a run that is killed after any event", () => {
  test.each(["begin", "answer"] as const)(
    "ends as if it had not been, each `once` done once (effects as calls %s)",
    async (actsAt) => {
      await fc.assert(
        fc.asyncProperty(shapes, async (all) => {
          // Which of several fails first is chance, and so is how a try was answered that a crash cut off.
          const failing = all.findIndex((it) => it.told === "error");
          const tame = all.map((it, i) => (i === failing ? it : { ...it, told: "ok" as const }));
          const of = planOf(tame);
          const times = (i: number): number => tame[i]?.takes ?? 100;
          const whole = worldOf(tame, times);
          whole.actsAt = actsAt;
          const end = ended(await whole.apply(of));
          for (let after = 2; after < whole.events.length; after++) {
            const world = worldOf(tame, times);
            world.actsAt = actsAt;
            expect(await world.apply(of, { crash: { after } })).toBe("died");
            const resumed = await toTheEnd(world);
            expect(resumed.outcome, `killed after event ${after}`).toBe(end.outcome);
            const stays = (name: string) =>
              end.outcome === "succeeded" || tame[Number(name.slice(1))]?.kind !== "nothing";
            expect(world.things.filter(stays)).toEqual(whole.things.filter(stays));
            for (const [i, it] of tame.entries()) {
              if (it.kind !== "once" || it.told !== "ok") continue;
              const times = world.did("add").filter((name) => name === nameOf(i)).length;
              expect(times).toBeLessThanOrEqual(1);
              if (end.outcome === "succeeded") expect(times).toBe(1);
            }
          }
        }),
        { numRuns: 25 },
      );
    },
  );

  test("even if it is killed twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 8 }),
        async (all, first, second) => {
          const tame = all.map((it) => ({ ...it, told: "ok" as const }));
          const world = worldOf(tame, (i) => tame[i]?.takes ?? 100);
          if ((await world.apply(planOf(tame), { crash: { after: first } })) !== "died") return;
          await world.resume(world.run, { crash: { after: first + second } });
          expect((await toTheEnd(world)).outcome).toBe("succeeded");
          for (const [i, it] of tame.entries()) {
            if (it.kind === "once") expect(world.did("add").filter((name) => name === nameOf(i))).toHaveLength(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
