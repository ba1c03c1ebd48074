import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { FREEZES, type Freeze, frozenBy, readFreezes } from "../../runtime/freeze/freeze.ts";
import { check, plan, require, step, T0, wait } from "./run-plans.ts";
import { beside, ended, refusalOf, World } from "./run-world.ts";

const anywhere = { action: [], tag: [], workspace: [], risk: [] };

async function write(world: World, event: RunEvent): Promise<void> {
  const store = world.connect();
  const expected = (await store.read(FREEZES)).length;
  await store.append([{ stream: FREEZES, expected, fence: null, events: [event] }]);
  await store.close();
}

const freeze = (world: World, more: Partial<EventOf<"freeze.set">> = {}): Promise<void> =>
  write(world, {
    type: "freeze.set",
    at: new Date(world.now).toISOString(),
    by: "eve@example.com",
    reason: "fire",
    until: null,
    where: anywhere,
    ...more,
  });

const thaw = (world: World, id = 1): Promise<void> =>
  write(world, {
    type: "freeze.lifted",
    at: new Date(world.now).toISOString(),
    id,
    by: "eve@example.com",
    reason: null,
  });

/** Freezes while that step is being done. */
function freezing(during: string): World {
  const world = new World((operation, name) => {
    if (operation === "add" && name === during) world.later(10, () => void freeze(world));
    return undefined;
  });
  return world;
}

describe("a freeze", () => {
  test("keeps a run from being begun, and its plan is not used up", async () => {
    const world = new World();
    await freeze(world);
    const refusal = await refusalOf(world.apply(plan([step("a")])));
    expect(refusal).toMatchObject({
      kind: "frozen",
      message: "runs like this are frozen by eve@example.com: fire (freeze 1, until it is lifted)",
    });
    expect(refusal.remedy).toContain("opsc thaw 1");
    await thaw(world);
    expect(ended(await world.apply(plan([step("a")]))).outcome).toBe("succeeded");
  });

  test("lets what runs end, begins no write, and the run goes on once it is lifted", async () => {
    const world = freezing("a");
    const of = plan([step("a"), step("b", ["a"]), check("c", ["a"])]);
    world.script = withGood(world.script);
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ status: "frozen", outcome: null });
    expect(end.why).toContain("frozen by eve@example.com: fire");
    expect(world.things).toEqual(["a"]);
    expect(world.types()).toContain("check.polled");
    expect(ended(await world.resume(world.run)).status).toBe("frozen");
    await thaw(world);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["a", "b"]);
  });

  test("is waited for where that is asked, and lifts itself when its time is over", async () => {
    const world = new World((operation, name) => {
      if (operation === "add" && name === "a") {
        const until = new Date(world.now + 60_000).toISOString();
        world.later(10, () => void freeze(world, { until }));
      }
      return undefined;
    });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"])]), { wait: true }));
    expect(end.outcome).toBe("succeeded");
    const [frozen, thawed] = ["run.frozen", "run.thawed"].map((type) => world.events.find((e) => e.type === type));
    expect(Date.parse(thawed?.at ?? "") - Date.parse(frozen?.at ?? "")).toBeGreaterThan(59_000);
  });

  test("stops neither undo nor a rollback nor the end of a lease", async () => {
    const failing = new World();
    failing.script = (operation, name) => {
      if (operation === "add" && name === "b") {
        failing.later(10, () => void freeze(failing));
        return { answer: "error", retryable: false };
      }
      return undefined;
    };
    expect(ended(await failing.apply(plan([step("a"), step("b", ["a"])]))).outcome).toBe("undone");
    expect(failing.things).toEqual([]);

    const world = new World();
    const leased = plan([step("x", [], { lease: 60_000 }), step("y")]);
    expect(ended(await world.apply(leased)).outcome).toBe("succeeded");
    await freeze(world);
    world.now += 60_000;
    const due = { node: "x", because: "time", by: null, reason: null } as const;
    expect(ended(await world.endLeases([due]))).toMatchObject({ outcome: "succeeded", leases: [] });
    expect(ended(await world.rollback(world.run)).outcome).toBe("undone");
    expect(world.things).toEqual([]);
  });

  test("ends a lease of a run that it holds", async () => {
    const world = freezing("a");
    const of = plan([step("a", [], { lease: 60_000 }), wait("w", ["a"], 300_000), step("b", ["w"])]);
    expect(ended(await world.apply(of)).status).toBe("frozen");
    expect(world.did("remove")).toEqual(["a"]);
  });

  test("found by a run that has written nothing refuses it", async () => {
    const world = new World();
    world.later(50, () => void freeze(world));
    const end = ended(await world.apply(plan([wait("w", [], 1_000), step("a", ["w"])])));
    expect(end).toMatchObject({ outcome: "refused", left: [] });
    expect(end.why).toContain("fire");
  });

  test("that comes after a failure changes nothing about it", async () => {
    const world = freezing("a");
    const of = plan([step("a"), require("no", ["a"], constant(false), "no")]);
    expect(ended(await world.apply(of)).outcome).toBe("undone");
  });

  test("holds only what matches: by action, tag, workspace, risk, also of an action that is run by another", async () => {
    const action = { ...plan([]).action, name: "release", tags: ["payments"], risk: "high" as const };
    const of: Plan = plan([step("a")], { action, workspace: "prod" });
    const base: Omit<Freeze, "where"> = { id: 1, at: "", by: "e", reason: "r", until: null };
    const holds = (where: Partial<Freeze["where"]>, it: Plan = of): boolean =>
      frozenBy([{ ...base, where: { ...anywhere, ...where } }], it) !== null;
    expect(holds({})).toBe(true);
    expect(holds({ action: ["release"] })).toBe(true);
    expect(holds({ action: ["other"] })).toBe(false);
    expect(holds({ tag: ["payments", "x"], workspace: ["prod"], risk: ["high"] })).toBe(true);
    expect(holds({ tag: ["payments"], workspace: ["stage"] })).toBe(false);
    expect(holds({ risk: ["critical"] })).toBe(false);
    const outer = plan([], { parts: [{ id: "p", action, inputs: [], when: [], windows: [], timeout: null }] });
    expect(holds({ action: ["release"] }, outer)).toBe(true);
    const world = new World();
    await freeze(world, { where: { ...anywhere, workspace: ["prod"] } });
    expect(ended(await beside(world, 1).apply(plan([step("a")]))).outcome).toBe("succeeded");
    expect(await readFreezes(world.connect(), T0)).toMatchObject([{ id: 1 }]);
  });
});

const withGood =
  (script: World["script"]): World["script"] =>
  (operation, name, at, method) =>
    operation === "look" ? { value: { good: true } } : script(operation, name, at, method);
