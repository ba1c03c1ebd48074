import { describe, expect, test } from "vitest";
import { constant, type Expr } from "../../compiler/ir/expr.ts";
import type { PlanNode } from "../../compiler/plan/plan.schema.ts";
import { check, field, join, op, plan, ref, require, step, wait } from "./run-plans.ts";
import { ended, World } from "./run-world.ts";

describe("the work of an action", () => {
  test("steps run in order, what is independent together, and results flow on", async () => {
    const world = new World();
    const end = ended(
      await world.apply(
        plan(
          [
            step("a"),
            step("b"),
            join("all", ["a", "b"]),
            step("c", ["all"], { name: { expr: field(ref("step", "a"), "name") } }),
          ],
          { returns: field(ref("step", "c"), "name") },
        ),
      ),
    );
    expect(end).toMatchObject({ status: "finished", outcome: "succeeded", why: null, left: [], result: "a" });
    expect(world.did("add")).toEqual(["a", "b", "a"]);
    expect(world.effects.map((e) => e.at - (world.effects[0]?.at ?? 0))).toEqual([0, 0, 100]);
  });

  test("an attempt is durable before its effect, and its result shares a commit with the next start", async () => {
    const world = new World();
    const commits: string[][] = [];
    world.failAppend = (appends) => {
      commits.push(appends.flatMap((a) => a.events.map((e) => e.type)));
      return null;
    };
    await world.apply(plan([step("a"), step("b", ["a"])]));
    expect(commits).toEqual([
      ["plan.used", "run.created", "run.held"],
      ["gate.judged", "attempt.started"],
      ["attempt.succeeded", "attempt.started"],
      ["attempt.succeeded", "run.finished"],
    ]);
  });

  test("no more calls run at once than allowed", async () => {
    const world = new World();
    await world.apply(plan(["a", "b", "c", "d", "e"].map((id) => step(id))), { parallel: 2 });
    expect(world.effects.map((e) => e.at - (world.effects[0]?.at ?? 0))).toEqual([0, 0, 100, 100, 200]);
  });

  test("a step whose condition does not hold is skipped, and its result is none", async () => {
    const world = new World();
    const no = op("not", constant(true));
    const nodes = [step("a", [], { when: [no] }), step("b", ["a"])];
    const end = ended(await world.apply(plan(nodes, { returns: ref("step", "a") })));
    expect(end).toMatchObject({ outcome: "succeeded", result: null });
    expect(world.did("add")).toEqual(["b"]);
    expect(world.events.find((e) => e.type === "node.skipped")).toMatchObject({ node: "a" });
  });

  test("a condition or an argument that cannot be computed fails the node, in words", async () => {
    const bad = field(constant(null), "x");
    const one = ended(await new World().apply(plan([step("a", [], { when: [bad] })])));
    expect(one.why).toMatch(/^a: its condition cannot be computed: /);
    const two = ended(await new World().apply(plan([step("a", [], { name: { expr: bad } })])));
    expect(two.why).toMatch(/^a: argument name of world.add cannot be computed: /);
  });

  test("a requirement that does not hold before any write refuses the run", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([require("r", [], constant(false), "not today"), step("a", ["r"])])));
    expect(end).toMatchObject({ outcome: "refused", why: "r: not today", left: [] });
    expect(world.effects).toEqual([]);
  });

  test("a requirement without words of its own tells what it saw", async () => {
    const status = field(ref("it"), "n");
    const look = (id: string, condition: Expr, text: string) =>
      check(id, [], { requires: [{ condition, message: null, text, at: "a.ops:3:1" }], within: 1_000 });
    const why = async (node: PlanNode) => ended(await new World().apply(plan([node]))).why;
    expect(await why(look("c", op("eq", status, constant(200)), "it.n == 200"))).toBe(
      "c: did not come to hold within 1s: it.n == 200 does not hold: it.n is 2",
    );
    const name = op("eq", field(ref("it"), "name"), constant("d"));
    expect(await why(look("c", op("and", name, op("eq", status, constant(0))), 'it.name == "d" && it.n == 0'))).toBe(
      'c: did not come to hold within 1s: it.name == "d" && it.n == 0 does not hold: it.name is "c", it.n is 2',
    );
    expect(await why(look("c", constant(false), "false"))).toBe(
      "c: did not come to hold within 1s: false does not hold",
    );
  });

  test("a wait lasts its time", async () => {
    const world = new World();
    await world.apply(plan([step("a"), wait("w", ["a"], 5_000), step("b", ["w"])]));
    expect((world.effects[1]?.at ?? 0) - (world.effects[0]?.at ?? 0)).toBe(5_100);
  });

  test("`returns` makes the step's result; where it cannot, the step was done all the same and is undone", async () => {
    const world = new World();
    const good = step("a", [], { call: { returns: field(ref("it"), "n") } });
    expect(ended(await world.apply(plan([good], { returns: ref("step", "a") }))).result).toBe(1);
    const other = new World();
    const bad = step("a", [], { call: { returns: field(field(ref("it"), "name"), "x") } });
    const end = ended(await other.apply(plan([bad])));
    expect(end.outcome).toBe("undone");
    expect(end.why).toMatch(/^a: it was done, but its result cannot be computed: /);
    expect(other.effects.map((e) => e.operation)).toEqual(["add", "remove"]);
  });

  test("a plan is used once", async () => {
    const world = new World();
    const first = ended(await world.apply(plan([step("a")])));
    await expect(world.apply(plan([step("a")]))).rejects.toMatchObject({
      refusal: { kind: "used", message: expect.stringContaining(first.run) },
    });
    expect(world.did("add")).toEqual(["a"]);
  });
});
