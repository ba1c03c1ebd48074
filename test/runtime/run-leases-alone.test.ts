/** A run that is taken up to end leases, and for nothing else. */
import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { PlanHook } from "../../compiler/plan/plan.schema.ts";
import { leaseStream, readStack } from "../../runtime/leases/stream.ts";
import { approve, check, plan, require, type StepOptions, step, takeBack, wait } from "./run-plans.ts";
import { beside, ended, World } from "./run-world.ts";

const HOUR = 3_600_000;
const grant = (id: string, after: readonly string[] = [], more: StepOptions = {}) =>
  step(id, after, { lease: HOUR, rollback: takeBack(String(more.name ?? id)), ...more });
const inTime = (node: string) => ({ node, because: "time", by: null, reason: null }) as const;

const slow: World["script"] = (operation, name) => (operation === "add" && name === "b" ? { takes: 5_000 } : undefined);

describe("a run that was cut off", () => {
  test("is not gone on with: only what was granted is taken back", async () => {
    const of = plan([grant("a"), step("b", ["a"]), check("c", ["b"]), step("d", ["c"])]);
    const dry = new World(slow);
    await dry.apply(of);
    const world = new World(slow);
    const after = dry.events.findIndex((e) => e.type === "lease.granted") + 1;
    expect(await world.apply(of, { crash: { after } })).toBe("died");
    world.now += HOUR;
    const end = ended(await world.endLeases([inTime("a")]));
    expect(end).toMatchObject({ status: "stopped", outcome: null, leases: [] });
    expect([world.did("remove"), world.did("add")]).toEqual([["a"], ["a"]]);
    expect(world.events.filter((e) => e.type === "attempt.started" && e.node === "b")).toHaveLength(1);
    expect(world.types()).not.toContain("check.polled");
    world.script = (operation) => (operation === "look" ? { value: { good: true } } : undefined);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["b", "d"]);
  });

  test("in the middle of what gave it has that taken back as soon as a person wants it", async () => {
    const of = plan([grant("a"), step("b", ["a"])]);
    const dry = new World();
    await dry.apply(of);
    const world = new World();
    const after = dry.types().indexOf("attempt.succeeded") + 1;
    expect(await world.apply(of, { crash: { after } })).toBe("died");
    expect(world.things).toEqual(["a"]);
    const revoked = { node: "a", because: "revoked", by: "eve@example.com", reason: null } as const;
    expect(ended(await world.endLeases([revoked], { by: "eve@example.com" }))).toMatchObject({
      status: "stopped",
      leases: [],
    });
    expect(world.things).toEqual([]);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["b"]);
  });

  test("and was ending goes on to its end", async () => {
    const of = plan([grant("a"), step("b", ["a"]), require("no", ["b"], constant(false), "no")]);
    const dry = new World();
    await dry.apply(of);
    const world = new World();
    const after = dry.events.findIndex((e) => e.type === "node.failed") + 1;
    expect(await world.apply(of, { crash: { after } })).toBe("died");
    world.now += HOUR;
    expect(ended(await world.endLeases([inTime("a")]))).toMatchObject({ outcome: "undone", leases: [] });
    expect(world.things).toEqual([]);
  });

  test("is let go with what it still has a lease on told", async () => {
    const of = plan([grant("a"), grant("b", [], { lease: 2 * HOUR }), wait("w", ["a", "b"], 8 * HOUR)]);
    const dry = new World();
    await dry.apply(of);
    const world = new World();
    const after = dry.events.findIndex((e) => e.type === "wait.started") + 1;
    expect(await world.apply(of, { crash: { after } })).toBe("died");
    world.now += HOUR;
    expect(ended(await world.endLeases([inTime("a")]))).toMatchObject({
      status: "stopped",
      leases: [{ node: "b", is: "open", tries: 0 }],
    });
  });
});

describe("a run that waits for people", () => {
  test("is not waited for by whoever ends a lease of it, who may wait for its locks", async () => {
    const world = new World();
    ended(await world.apply(plan([grant("a"), approve("ok", ["a"]), step("b", ["ok"])])));
    const revoked = { node: "a", because: "revoked", by: "eve@example.com", reason: null } as const;
    expect(ended(await world.endLeases([revoked], { wait: true, by: "eve@example.com" }))).toMatchObject({
      status: "waiting_approval",
      leases: [],
    });
    expect(world.things).toEqual([]);
  });
});

test("what begins to be counted while the last hooks tell how the run ended is counted off again", async () => {
  const first = new World();
  ended(await first.apply(plan([grant("a", [], { name: "x" })])));
  first.now += HOUR;
  // It dies between counting off and taking back.
  await first.endLeases([inTime("a")], { crash: { after: first.events.length + 3 } });
  const second = beside(first, 1, undefined, first.effects);
  const stream = leaseStream("default", "world", 'thing:"x"');
  second.script = (operation, name) => {
    if (operation !== "add" || name !== "tell") return undefined;
    second.later(1_000, () => void takenBack());
    return { takes: 5_000 };
  };
  async function takenBack(): Promise<void> {
    const store = second.connect();
    const { length } = await readStack(store, stream);
    const event = { type: "lease.gone", at: new Date(second.now).toISOString(), run: first.run, node: "a" } as const;
    await store.append([{ stream, expected: length, fence: null, events: [event] }]);
  }
  const hooks: PlanHook[] = [
    { event: "failure", nodes: [step("on_failure.t", [], { name: "tell" })], at: "a.ops:1:1" },
  ];
  const of = plan(
    [step("z"), grant("b", ["z"], { name: "x", timeout: 60_000 }), require("no", ["z"], constant(false), "no")],
    { hooks },
  );
  expect(ended(await second.apply(of))).toMatchObject({ outcome: "undone", leases: [] });
  expect((await readStack(second.connect(), stream)).leases).toEqual([]);
});
