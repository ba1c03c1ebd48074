/** Windows of runs: asked before the first write and before each after it, never before undo. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanNode, PlanPart } from "../../compiler/plan/plan.schema.ts";
import { time, windowOf } from "../compiler/window/windows.ts";
import { plan, step, wait } from "./run-plans.ts";
import { ended, World } from "./run-world.ts";

/** The world begins at 09:14 in UTC. */
const hours = (from: string, to: string, name = "hours"): Plan["windows"][number] => ({
  ...windowOf("UTC", [{ effect: "allow", times: [time(from, to)] }]),
  id: `org.ops#${name}`,
  name,
});

function within(windows: Plan["windows"], nodes: readonly PlanNode[], more: Partial<Plan> = {}): Plan {
  const made = plan([...nodes], { windows, ...more });
  const [own] = made.parts;
  if (own === undefined) throw new Error("a plan has a part");
  return { ...made, parts: more.parts ?? [{ ...own, windows: windows.map(({ id }) => id) }] };
}

const gates = (world: World) => world.events.flatMap((e) => (e.type === "gate.judged" ? [e] : []));

describe("a window", () => {
  test("that is open lets the run write, and the gate says so, until when", async () => {
    const world = new World();
    expect(ended(await world.apply(within([hours("09:00", "17:00")], [step("a")]))).outcome).toBe("succeeded");
    expect(gates(world).map((e) => e.windows ?? [])).toEqual([
      [{ window: "org.ops#hours", open: true, until: "2026-11-21T17:00:00.000Z", why: null }],
    ]);
  });

  test("that is closed refuses the run before anything is written", async () => {
    const world = new World();
    const end = ended(await world.apply(within([hours("10:00", "17:00")], [step("a")])));
    expect(end).toMatchObject({
      outcome: "refused",
      why: "window hours is closed; it opens Sat 2026-11-21 10:00 +00:00 (UTC)",
    });
    expect(world.effects).toEqual([]);
  });

  test("that closes midway stops the run, and what was written is undone without asking it", async () => {
    const world = new World();
    const nodes = [step("a"), wait("w", ["a"], 120_000), step("b", ["w"])];
    const end = ended(await world.apply(within([hours("09:00", "09:15")], nodes)));
    expect(end).toMatchObject({ outcome: "undone", why: expect.stringContaining("window hours is closed") });
    expect(world.effects.map((e) => `${e.operation} ${e.name}`)).toEqual(["add a", "remove a"]);
    expect(gates(world).map((e) => [e.node, e.ok])).toEqual([
      [null, true],
      ["b", false],
    ]);
  });

  test("is asked before each attempt, but puts no gate into the log while it is open", async () => {
    const world = new World();
    const nodes = [step("a"), step("b", ["a"]), step("c", ["b"])];
    expect(ended(await world.apply(within([hours("09:00", "17:00")], nodes))).outcome).toBe("succeeded");
    expect(gates(world)).toHaveLength(1);
    const slow = new World((operation, name, at) =>
      operation === "add" && name === "a" && at === 1 ? { takes: 90_000, answer: "error" } : undefined,
    );
    const again = [step("a", [], { timeout: 100_000, retry: { attempts: 2, backoffMin: 1_000, backoffMax: 1_000 } })];
    expect(ended(await slow.apply(within([hours("09:00", "09:15")], again)))).toMatchObject({
      outcome: expect.stringMatching(/^(refused|undone)$/),
      why: expect.stringContaining("window hours is closed"),
    });
    expect(slow.events.filter((e) => e.type === "attempt.started" && e.phase === "do")).toHaveLength(1);
  });

  test("of an action that a step runs holds for its writes, with those around it, before the first write of the run", async () => {
    const windows = [hours("09:00", "17:00", "day"), hours("22:00", "06:00", "night")];
    const parts = (inner: readonly string[]): PlanPart[] => {
      const [own] = plan([step("a")]).parts;
      if (own === undefined) throw new Error("a plan has a part");
      return [
        { ...own, windows: ["org.ops#day"] },
        { ...own, id: "inner", windows: [...inner] },
      ];
    };
    const nodes = [step("a"), step("inner.b", ["a"], { part: "inner" })];
    const refused = new World();
    expect(ended(await refused.apply(within(windows, nodes, { parts: parts(["org.ops#night"]) })))).toMatchObject({
      outcome: "refused",
      why: expect.stringContaining("window night is closed"),
    });
    expect(refused.effects).toEqual([]);
    const open = new World();
    expect(ended(await open.apply(within(windows, nodes, { parts: parts([]) }))).outcome).toBe("succeeded");
    expect(gates(open)[0]?.windows?.map((w) => w.window)).toEqual(["org.ops#day"]);
  });

  test("does not hold up a run that only reads", async () => {
    const world = new World(() => ({ value: 1 }));
    const nodes = [step("a", [], { call: { effect: "read" }, rollback: null })];
    expect(ended(await world.apply(within([hours("10:00", "17:00")], nodes))).outcome).toBe("succeeded");
  });
});
