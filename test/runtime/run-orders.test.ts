/** Properties of runs of plans with all that plans can hold. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, newSense } from "../../runtime/audit/sense.ts";
import { fold } from "../../runtime/engine/fold.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import { snapshot } from "../../runtime/engine/snapshot.ts";
import type { RunState } from "../../runtime/engine/state.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { runControl } from "../../runtime/run/control.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { approveLater, essence, planOf, type Shape, shape, toTheEnd, worldOf } from "./run-shapes.ts";
import { ended } from "./run-world.ts";

/** Numbers that look like chance, the same for the same seed. */
function chance(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at * 1_103_515_245 + 12_345) % 2_147_483_648;
    return at / 2_147_483_648;
  };
}

const steady = (): number => 100;

async function once(it: Shape, times: (name: string) => number, parallel = 16) {
  const { of, failing } = planOf(it);
  const world = worldOf(failing, times);
  const end = ended(await world.apply(of, { wait: true, parallel }));
  return { world, end };
}

describe("a run of any plan", () => {
  test("ends the same under 1,000 schedules", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.nat(), async (it, seed) => {
        const first = await once(it, steady);
        const expected = essence(first.world, first.end);
        for (let i = 0; i < 10; i++) {
          const random = chance(seed + i);
          const other = await once(it, () => 1 + Math.floor(random() * 2_000), 1 + Math.floor(random() * 16));
          expect(essence(other.world, other.end)).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("that is killed after any event ends as if it had not been", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (it) => {
        const whole = await once(it, steady);
        const expected = essence(whole.world, whole.end);
        for (let after = 2; after < whole.world.events.length; after++) {
          const { of, failing } = planOf(it);
          const world = worldOf(failing, steady);
          expect(await world.apply(of, { wait: true, crash: { after } })).toBe("died");
          const end = await toTheEnd(world, true);
          expect(essence(world, end), `killed after event ${after}`).toEqual(expected);
          // Told at least once, and again only where a crash may have kept it from being told.
          if (it.hooks.includes("end"))
            expect(world.did("tell").filter((n) => n === "on_end.t").length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("that is killed again and again ends", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 2, max: 9 }), async (it, apart) => {
        const whole = await once(it, steady);
        const { of, failing } = planOf(it);
        const world = worldOf(failing, steady);
        let after = apart;
        let end = await world.apply(of, { wait: true, crash: { after } });
        for (let i = 0; end === "died" && i < 200; i++) {
          // Longer each time: a process that dies before it gets anywhere brings nothing on.
          after += apart + i;
          approveLater(world);
          end = await world.resume(world.run, { wait: true, crash: { after } });
        }
        if (end !== "died" && end.status !== "finished") end = await toTheEnd(world, true);
        expect(end === "died" ? end : essence(world, end)).toEqual(essence(whole.world, whole.end));
      }),
      { numRuns: 60 },
    );
  });

  test("that is paused at any moment goes on as if it had not been", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.nat({ max: 60 }), async (it, at) => {
        const whole = await once(it, steady);
        const { of, failing } = planOf(it);
        const world = worldOf(failing, steady);
        const control = runControl();
        const approve = world.onEvent;
        let seen = 0;
        world.onEvent = (event, state) => {
          approve?.(event, state);
          if (++seen === at) control.pause("eve@example.com", null);
        };
        const first = ended(await world.apply(of, { wait: true, control }));
        const end = first.status === "finished" ? first : await toTheEnd(world, true);
        expect(essence(world, end)).toEqual(essence(whole.world, whole.end));
      }),
      { numRuns: 150 },
    );
  });

  test("has a log that folds to the very state it had", async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (it) => {
        const { of, failing } = planOf(it);
        const world = worldOf(failing, steady);
        const approve = world.onEvent;
        let live: RunState | null = null;
        world.onEvent = (event, state) => {
          approve?.(event, state);
          live = state;
        };
        await world.apply(of, { wait: true });
        let state = newState(of, realRules, { parallel: 16 });
        for (const event of world.events) state = fold(state, event);
        expect(live === null ? null : snapshot(live)).toEqual(snapshot(state));
      }),
      { numRuns: 60 },
    );
  });

  test("that succeeded can be rolled back whole", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (it) => {
        const { world, end } = await once({ ...it, onFailure: "rollback" }, steady);
        if (end.outcome !== "succeeded") return;
        expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
        expect(world.things).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the audit's sense of a run's log", () => {
  const TOLD = /^(attempt\.(started|succeeded|failed)|locks\.(taken|released)|hook\.|run\.(created|finished))/;
  const nonsense = (events: readonly RunEvent[], run: string): boolean => {
    const sense = newSense(`run/${run}`);
    const found = events.some((event) => judge(sense, event) !== null);
    return found || sense.run?.finished !== true;
  };

  /** What cannot be called fails without having begun, which cannot be told from a beginning that is missing. */
  function failsUncalled([event, ...after]: readonly RunEvent[]): boolean {
    if (event?.type !== "attempt.started") return false;
    const next = after.find((e) => "attempt" in e && e.node === event.node && e.phase === event.phase);
    return next?.type === "attempt.failed" && next.failure.kind === "refused";
  }

  test("accepts what the engine writes, and not with an event of a call, a lock or a hook taken out or told twice", async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (it) => {
        const { world } = await once(it, steady);
        const { events, run } = world;
        expect(nonsense(events, run)).toBe(false);
        for (const [i, event] of events.entries()) {
          if (!TOLD.test(event.type)) continue;
          if (!failsUncalled(events.slice(i)))
            expect(nonsense([...events.slice(0, i), ...events.slice(i + 1)], run), `without ${i} ${event.type}`).toBe(
              true,
            );
          expect(nonsense([...events.slice(0, i), event, ...events.slice(i)], run), `twice ${i} ${event.type}`).toBe(
            true,
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});
