import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { PlanLoop, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { check, join, op, plan, step, takeBack } from "./run-plans.ts";
import { ended, type Told, World } from "./run-world.ts";

const loop = (id: string, tolerate: number, keys: readonly string[], within: string | null = null): PlanLoop => ({
  id,
  at: "a.ops:7:1",
  tolerate,
  elements: keys.map((key) => ({ id: `${id}[${key}]`, key: { is: "known", value: key }, within })),
});

const keys = ["w1", "w2", "w3"];
/** Of each element: drain, restart, one after the other; elements together, or in order. */
function fleet(inOrder: boolean, more: Parameters<typeof step>[2] = {}): PlanNode[] {
  return keys.flatMap((key, i) => {
    const element = `roll[${key}]`;
    const before = inOrder && i > 0 ? [`roll[${keys[i - 1]}].restart`] : [];
    return [
      step(`${element}.drain`, before, { element, ...more }),
      step(`${element}.restart`, [`${element}.drain`], { element, ...more }),
    ];
  });
}
const ends = keys.map((key) => `roll[${key}].restart`);
const failsAt =
  (...names: string[]) =>
  (operation: string, name: string): Told | undefined =>
    operation === "add" && names.includes(name) ? { answer: "error", acts: false, retryable: false } : undefined;

describe("a failed element that is tolerated", () => {
  test.each([false, true])("is undone alone, and the others go on (in order: %s)", async (inOrder) => {
    const of = plan([...fleet(inOrder), join("j", ends), step("after", ["j"])], { loops: [loop("roll", 1, keys)] });
    const world = new World(failsAt("roll[w2].restart"));
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({
      outcome: "succeeded",
      left: [],
      tolerated: [{ element: "roll[w2]", why: "roll[w2].restart: roll[w2].restart says no" }],
    });
    expect(world.things).toEqual(["after", "roll[w1].drain", "roll[w1].restart", "roll[w3].drain", "roll[w3].restart"]);
    expect(world.did("remove")).toEqual(["roll[w2].restart", "roll[w2].drain"]);
    expect(world.types().filter((type) => type === "element.failed")).toHaveLength(1);
  });

  test("is undone before what comes after it goes on", async () => {
    const of = plan([...fleet(true)], { loops: [loop("roll", 1, keys)] });
    const world = new World(failsAt("roll[w1].restart"));
    await world.apply(of);
    const order = world.effects.map(({ operation, name }) => `${operation} ${name}`);
    expect(order.indexOf("remove roll[w1].drain")).toBeLessThan(order.indexOf("add roll[w2].drain"));
  });

  test("lets what is in flight in it land, and begins nothing more of it", async () => {
    const element = "roll[w1]";
    const nodes = [
      step("roll[w1].x", [], { element }),
      step("roll[w1].y", [], { element, retry: { attempts: 3, backoffMin: 1_000, backoffMax: 1_000 } }),
      step("roll[w1].z", ["roll[w1].x"], { element }),
    ];
    const world = new World((operation, name) => {
      if (operation !== "add") return undefined;
      if (name === "roll[w1].x") return { answer: "error", retryable: false, acts: false };
      return name === "roll[w1].y" ? { takes: 5_000, answer: "error" } : undefined;
    });
    const end = ended(await world.apply(plan(nodes, { loops: [loop("roll", 1, ["w1"])] })));
    expect(end.outcome).toBe("succeeded");
    expect(world.dispatched.filter((d) => d.startsWith("add"))).toEqual(["add roll[w1].x", "add roll[w1].y"]);
    expect(world.things).toEqual([]);
  });

  test("beyond what is tolerated the run fails, and all is undone", async () => {
    const of = plan([...fleet(true), step("after", ends.slice(-1))], { loops: [loop("roll", 1, keys)] });
    const world = new World(failsAt("roll[w1].restart", "roll[w3].restart"));
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ outcome: "undone", why: "roll[w3].restart: roll[w3].restart says no" });
    expect(world.things).toEqual([]);
    // What was undone with its element is not undone again.
    expect(world.did("remove").filter((name) => name === "roll[w1].drain")).toHaveLength(1);
  });

  test("of a loop that tolerates none fails the element around it, which may be tolerated", async () => {
    const outer = loop("zone", 1, ["eu", "us"]);
    const inner = (zone: string) => loop(`zone[${zone}].host`, 0, ["a", "b"], `zone[${zone}]`);
    const nodes = ["eu", "us"].flatMap((zone) =>
      ["a", "b"].map((host) => step(`zone[${zone}].host[${host}].s`, [], { element: `zone[${zone}].host[${host}]` })),
    );
    const world = new World(failsAt("zone[eu].host[b].s"));
    const end = ended(await world.apply(plan(nodes, { loops: [outer, inner("eu"), inner("us")] })));
    expect(end).toMatchObject({ outcome: "succeeded", tolerated: [{ element: "zone[eu]" }] });
    expect(world.things).toEqual(["zone[us].host[a].s", "zone[us].host[b].s"]);
  });

  test("lets what comes after it go on once, also where the element around it fails later", async () => {
    const loops = [loop("zone", 1, ["eu", "us"]), loop("zone[eu].host", 1, ["a"], "zone[eu]")];
    const nodes = [
      step("zone[eu].host[a].s", [], { element: "zone[eu].host[a]" }),
      step("zone[eu].y", [], { element: "zone[eu]" }),
      step("zone[us].s", [], { element: "zone[us]" }),
      step("after", ["zone[eu].host[a].s", "zone[eu].y", "zone[us].s"]),
    ];
    const world = new World((operation, name) =>
      name === "zone[us].s"
        ? { takes: 9_000 }
        : name === "zone[eu].y" && operation === "add"
          ? { takes: 2_000, answer: "error", retryable: false }
          : failsAt("zone[eu].host[a].s")(operation, name),
    );
    const end = ended(await world.apply(plan(nodes, { loops })));
    expect(end).toMatchObject({ outcome: "succeeded", tolerated: [{ element: "zone[eu]" }] });
    expect(world.did("add")).toEqual(["zone[us].s", "after"]);
  });

  test("whose rollback fails leaves that to people, and the others go on", async () => {
    const world = new World((operation, name) =>
      name === "roll[w2].drain" && operation === "remove"
        ? { answer: "error", retryable: false }
        : failsAt("roll[w2].restart")(operation, name),
    );
    const end = ended(await world.apply(plan(fleet(false), { loops: [loop("roll", 1, keys)] })));
    expect(end.outcome).toBe("incomplete");
    expect(end.left).toMatchObject([{ node: "roll[w2].drain", what: expect.stringContaining("by hand") }]);
    expect(world.did("add").filter((name) => name.endsWith("restart"))).toHaveLength(2);
  });

  test("behind a point of no return stays as far as that, is told, and the others go on", async () => {
    const element = "roll[w1]";
    const nodes = [
      step("roll[w1].up", [], { element, rollback: null, irreversible: "not downgraded" }),
      step("roll[w1].mark", ["roll[w1].up"], { element }),
      check("roll[w1].ok", ["roll[w1].mark"], { element }),
      step("other"),
    ];
    const world = new World((operation) => (operation === "look" ? { value: { good: false } } : undefined));
    const end = ended(await world.apply(plan(nodes, { loops: [loop("roll", 1, ["w1"])] })));
    expect(end.outcome).toBe("incomplete");
    expect(end.left).toEqual([{ node: "roll[w1].up", what: "done and cannot be undone: not downgraded" }]);
    expect(world.things).toEqual(["other", "roll[w1].up"]);
  });

  test("whose unknown step need not be asked about", async () => {
    const element = "roll[w1]";
    const nodes = [
      step("roll[w1].once", [], { element, call: { repeat: "once" } }),
      step("roll[w1].bad", [], { element }),
      step("other", []),
    ];
    const script = (operation: string, name: string): Told | undefined =>
      name === "roll[w1].once" ? { takes: 5_000 } : failsAt("roll[w1].bad")(operation, name);
    const of = plan(nodes, { loops: [loop("roll", 1, ["w1"])] });
    const dry = new World(script);
    await dry.apply(of);
    const world = new World(script);
    await world.apply(of, { crash: { after: dry.types().indexOf("element.failed") + 1 } });
    const end = ended(await world.resume(world.run));
    expect(end).toMatchObject({ outcome: "succeeded", unknown: [] });
    expect(world.things).toEqual(["other"]);
  });

  test.each(["halt", "continue"] as const)("under on_failure %s is undone alone as well", async (onFailure) => {
    const of = plan(fleet(false), { loops: [loop("roll", 1, keys)], onFailure });
    const world = new World(failsAt("roll[w2].restart"));
    expect(ended(await world.apply(of)).outcome).toBe("succeeded");
    expect(world.things).not.toContain("roll[w2].drain");
    const both = new World(failsAt("roll[w2].restart", "roll[w3].restart"));
    const end = ended(await both.apply(of));
    expect(end.outcome).toBe(onFailure === "halt" ? "halted" : "incomplete");
    expect(both.things).toContain("roll[w3].drain");
  });

  test("is none that is not there: of a list that only the run knows, so many are skipped", async () => {
    const slots = [0, 1, 2].map((i) => `roll[#${i}]`);
    const nodes = slots.flatMap((element, i) => {
      const when = [
        op("gt", { k: "field", of: { k: "ref", root: "step", name: "list" }, name: "n", safe: false }, constant(i)),
      ];
      return [
        step(`${element}.a`, ["list"], { element, when }),
        step(`${element}.b`, [`${element}.a`], { element, when }),
      ];
    });
    const list = step("list", [], { call: { effect: "read", operation: "look" }, rollback: null });
    const of = plan(
      [
        list,
        ...nodes,
        join(
          "j",
          nodes.map((n) => n.id),
        ),
        step("after", ["j"]),
      ],
      {
        loops: [
          {
            ...loop("roll", 1, []),
            elements: slots.map((id) => ({ id, key: { is: "known", value: id }, within: null })),
          },
        ],
      },
    );
    const script = (operation: string, name: string): Told | undefined =>
      operation === "look" ? { value: { n: 2 } } : failsAt("roll[#1].b")(operation, name);
    const world = new World(script);
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ outcome: "succeeded", tolerated: [{ element: "roll[#1]" }] });
    expect(world.things).toEqual(["after", "roll[#0].a", "roll[#0].b"]);
    expect(world.did("add")).not.toContain("roll[#2].a");
  });

  test("cancelled in the middle of its undo is undone with the rest", async () => {
    const of = plan(fleet(true), { loops: [loop("roll", 1, keys)] });
    const world = new World(failsAt("roll[w2].restart"));
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.phase === "undo")
        void world.say({ what: "cancel", mode: "rollback" });
    };
    expect(ended(await world.apply(of)).outcome).toBe("cancelled");
    expect(world.things).toEqual([]);
    for (const key of keys.slice(0, 2))
      expect(world.did("remove").filter((n) => n === `roll[${key}].drain`)).toHaveLength(1);
  });

  test("counts a part that is out of time as failed", async () => {
    const part = "roll[w1].deploy";
    const nodes = [
      step(`${part}.a`, [], { element: "roll[w1]", part }),
      step(`${part}.b`, [`${part}.a`], { element: "roll[w1]", part }),
      step("other"),
    ];
    const base = plan(nodes, { loops: [loop("roll", 1, ["w1"])] });
    const [whole] = base.parts;
    if (whole === undefined) throw new Error("no part");
    const of = { ...base, parts: [whole, { ...whole, id: part, timeout: 1_000 }] };
    const world = new World((operation, name) =>
      operation === "add" && name.endsWith(".a") ? { takes: 5_000 } : undefined,
    );
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ outcome: "succeeded", tolerated: [{ why: `${part} is over its timeout of 1s` }] });
    expect(world.things).toEqual(["other"]);
    const alone = { ...of, loops: [], nodes: of.nodes.map((n) => ({ ...n, element: null })) };
    const other = new World(world.script);
    expect(ended(await other.apply(alone))).toMatchObject({
      outcome: "undone",
      why: `${part} is over its timeout of 1s`,
    });
  });
});

describe("a call of a rollback under a condition", () => {
  const back = takeBack("a");
  const only = (when: Parameters<typeof op>[1]) =>
    back.kind === "calls"
      ? {
          ...back,
          calls: back.calls.flatMap((c) => [
            { ...c, id: "one", when },
            { ...c, id: "two" },
          ]),
        }
      : back;

  test("is passed over where it does not hold, which is told", async () => {
    const of = plan([
      step("a", [], { rollback: only(constant(false)) }),
      step("b", ["a"], { name: { expr: { k: "field", of: constant(null), name: "y", safe: false } } }),
    ]);
    const world = new World();
    expect(ended(await world.apply(of)).outcome).toBe("undone");
    expect(world.did("remove")).toEqual(["a"]);
    expect(world.events.filter((e) => e.type === "undo.skipped")).toMatchObject([{ node: "a", index: 0 }]);
  });

  test("may read the step's own result, which is none where it was not seen", async () => {
    const own = op(
      "eq",
      { k: "field", of: { k: "ref", root: "self", name: "" }, name: "name", safe: true },
      constant("a"),
    );
    const rollback = only(own);
    const seen = new World();
    const later = step("b", ["a"], { name: { expr: { k: "field", of: constant(null), name: "y", safe: false } } });
    await seen.apply(plan([step("a", [], { rollback }), later]));
    expect(seen.did("remove")).toEqual(["a", "a"]);
    const unseen = new World((operation) => (operation === "add" ? { answer: "timeout", acts: true } : undefined));
    await unseen.apply(plan([step("a", [], { rollback })]));
    expect(unseen.did("remove")).toEqual(["a"]);
  });

  test("is not among what is left to do by hand", async () => {
    const of = plan([
      step("a", [], { rollback: only(constant(false)) }),
      step("b", ["a"], { name: { expr: { k: "field", of: constant(null), name: "y", safe: false } } }),
    ]);
    const world = new World((operation) =>
      operation === "remove" ? { answer: "error", retryable: false } : undefined,
    );
    const end = ended(await world.apply(of));
    expect(end.left.map((l) => l.what)).toEqual(['to be done by hand: world.remove(name: "a"); a says no']);
  });
});
