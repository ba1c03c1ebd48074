import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import { call, field, join, plan, ref, require, step, takeBack } from "./run-plans.ts";
import { ended, type Told, World } from "./run-world.ts";

/** A world in which calls of `operation name` are told what to do, one after another; the last stays. */
const scripted = (told: { readonly [call: string]: readonly Told[] }): World =>
  new World((operation, name, at, method) => {
    const list = told[`${method === "run" ? operation : method} ${name}`];
    return list?.[Math.min(at, list.length) - 1];
  });

const retry = { attempts: 3, backoffMin: 1_000, backoffMax: 8_000 };

describe("retry", () => {
  test("an idempotent step is tried again after a growing pause, with the same key", async () => {
    const world = scripted({ "add a": [{ answer: "error" }, { answer: "timeout", acts: false }, {}] });
    expect(ended(await world.apply(plan([step("a", [], { retry })]))).outcome).toBe("succeeded");
    const pauses = world.events.flatMap((e) =>
      e.type === "retry.planned" ? [Date.parse(e.until) - Date.parse(e.at)] : [],
    );
    expect(pauses).toHaveLength(2);
    expect(pauses[0]).toBeGreaterThanOrEqual(500);
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses[1]).toBeGreaterThanOrEqual(1_000);
    expect(pauses[1]).toBeLessThanOrEqual(2_000);
    const keys = world.events.flatMap((e) => (e.type === "attempt.started" ? [e.key] : []));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test.each([
    ["error", {}, 1],
    ["timeout", { atomic: true }, 1],
    ["error", { atomic: true }, 3],
    ["refused", {}, 3],
  ] as const)("`once` after %s with %o is tried %d times", async (answer, more, tries) => {
    const world = scripted({ "add a": [{ answer }] });
    await world.apply(plan([step("a", [], { retry, call: { repeat: "once", ...more } })]));
    expect(world.dispatched.filter((d) => d === "add a")).toHaveLength(tries);
  });

  test("what a provider calls final is not tried again", async () => {
    const world = scripted({ "add a": [{ answer: "error", retryable: false }] });
    await world.apply(plan([step("a", [], { retry })]));
    expect(world.dispatched.filter((d) => d === "add a")).toHaveLength(1);
  });
});

describe("undo", () => {
  test("goes over all that started, in reverse order, what is independent together", async () => {
    const world = scripted({ "add d": [{ answer: "timeout", acts: true }] });
    const end = ended(
      await world.apply(
        plan([
          step("a"),
          step("b", ["a"]),
          step("c", ["a"]),
          join("j", ["b", "c"]),
          step("d", ["j"]),
          step("e", ["d"]),
        ]),
      ),
    );
    expect(end).toMatchObject({ outcome: "undone", left: [] });
    expect(world.did("remove")[0]).toBe("d");
    expect(world.did("remove").slice(1, 3).sort()).toEqual(["b", "c"]);
    expect(world.did("remove")[3]).toBe("a");
    expect(world.things).toEqual([]);
  });

  test("running steps end first, and what then is started is nothing", async () => {
    const world = scripted({ "add a": [{ takes: 5_000 }], "add b": [{ answer: "error" }] });
    const end = ended(
      await world.apply(plan([step("a"), step("b", [], { call: { atomic: true } }), step("c", ["a"])])),
    );
    expect(end.outcome).toBe("undone");
    expect(world.effects.map((e) => `${e.operation} ${e.name}`)).toEqual(["add a", "remove a"]);
  });

  test("an atomic operation that says no needs no undo; one that is not atomic does", async () => {
    const atomic = scripted({ "add a": [{ answer: "error" }] });
    await atomic.apply(plan([step("a", [], { call: { atomic: true } })]));
    expect(atomic.did("remove")).toEqual([]);
    const other = scripted({ "add a": [{ answer: "error" }] });
    await other.apply(plan([step("a")]));
    expect(other.did("remove")).toEqual(["a"]);
  });

  test("an atomic operation that said no after a try that timed out does", async () => {
    const world = scripted({ "add a": [{ answer: "timeout", acts: true }, { answer: "error" }] });
    await world.apply(plan([step("a", [], { retry, call: { atomic: true } })]));
    expect(world.things).toEqual([]);
    expect(world.did("remove")).toEqual(["a"]);
  });

  test("the calls of a rollback run in order, and read their own step's result as optional", async () => {
    const back = (id: string, name: Parameters<typeof call>[1]) => ({
      id,
      name: id,
      call: call("remove", name),
      when: null,
      timeout: 10_000,
      at: "a.ops:1:1",
    });
    const own = field(ref("self"), "name", true);
    const rollback = { kind: "calls" as const, calls: [back("one", "first"), back("two", { expr: own })] };
    const world = scripted({ "add b": [{ answer: "error" }] });
    await world.apply(plan([step("a", [], { rollback }), step("b", ["a"], { rollback })]));
    // b has no result, so its rollback sees none.
    expect(world.did("remove")).toEqual(["first", "null", "first", "a"]);
  });

  test("`auto` gives the provider back what it captured before the effect", async () => {
    const world = scripted({ "add b": [{ answer: "error" }] });
    const auto = { call: { undo: true }, rollback: { kind: "auto" } } as const;
    const end = ended(await world.apply(plan([step("a", [], auto), step("b", ["a"], auto)])));
    expect(end.outcome).toBe("undone");
    expect(world.did("undo")).toEqual(["b", "a"]);
    const types = world.types();
    expect(types.indexOf("attempt.captured")).toBeGreaterThan(types.indexOf("attempt.started"));
    expect(types.indexOf("attempt.captured")).toBeLessThan(types.indexOf("attempt.succeeded"));
  });

  test("where nothing could be captured nothing was done, so nothing is undone", async () => {
    const world = scripted({ "capture a": [{ answer: "error" }] });
    const end = ended(await world.apply(plan([step("a", [], { call: { undo: true }, rollback: { kind: "auto" } })])));
    expect(end).toMatchObject({ outcome: "undone", left: [] });
    expect(world.effects).toEqual([]);
  });

  test("`nothing` needs none, and lets what is before it be undone", async () => {
    const world = scripted({ "add c": [{ answer: "error" }] });
    await world.apply(
      plan([step("a"), step("b", ["a"], { rollback: { kind: "nothing", why: "a restart" } }), step("c", ["b"])]),
    );
    expect(world.did("remove")).toEqual(["c", "a"]);
  });

  test("stops at a point of no return: it, and all it rests on, stays and is listed", async () => {
    const world = scripted({ "add d": [{ answer: "error" }] });
    const point = { rollback: null, irreversible: "packages are not downgraded" };
    const nodes = [step("a"), step("x"), step("b", ["a"], point), step("c", ["b"]), step("d", ["c"])];
    const end = ended(await world.apply(plan(nodes)));
    expect(end.outcome).toBe("incomplete");
    expect(end.left).toEqual([
      { node: "b", what: "done and cannot be undone: packages are not downgraded" },
      { node: "a", what: "stays as it is, because b comes after it and cannot be undone" },
    ]);
    expect(world.things).toEqual(["a", "b"]);
  });

  test("a point of no return that may have been passed counts as passed", async () => {
    const world = scripted({ "add b": [{ answer: "timeout", acts: false }] });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"], { rollback: null, irreversible: "gone" })])));
    expect(end.left.map((l) => l.what)).toEqual([
      "may have taken place and cannot be undone: gone",
      "stays as it is, because b comes after it and cannot be undone",
    ]);
  });

  test("a rollback that fails is tried three times and then put to a person, while the undo goes on", async () => {
    const world = scripted({ "add c": [{ answer: "error" }], "remove b": [{ answer: "error" }] });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])])));
    expect(world.dispatched.filter((d) => d === "remove b")).toHaveLength(3);
    expect(end).toMatchObject({
      outcome: "incomplete",
      left: [{ node: "b", what: 'to be done by hand: world.remove(name: "b"); b says no' }],
    });
    expect(world.things).toEqual(["b"]);
  });

  test("what is left by hand is listed in the order of undo, the last first", async () => {
    const no = [{ answer: "error" as const }];
    const world = scripted({ "add c": no, "remove a": no, "remove b": no });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])])));
    expect(end.left.map(({ node }) => node)).toEqual(["b", "a"]);
    await expect(world.rollback(world.run)).rejects.toThrow(
      `run ${world.run} was undone as far as it could be: it ended incomplete`,
    );
  });

  test("a rollback whose arguments cannot be computed is put to a person too", async () => {
    const rollback = {
      kind: "calls" as const,
      calls: [
        {
          id: "r",
          name: "r",
          when: null,
          call: call("remove", { expr: field(constant(null), "x") }),
          timeout: 1,
          at: "",
        },
      ],
    };
    const world = scripted({ "add b": [{ answer: "error", acts: false }] });
    const end = ended(await world.apply(plan([step("a", [], { rollback }), step("b", ["a"])])));
    expect(end.outcome).toBe("incomplete");
    expect(end.left[0]?.what).toMatch(/^to be done by hand: world.remove\(…\); argument name of world.remove cannot/);
  });

  test("a requirement that fails after writes undoes them", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([step("a"), require("r", ["a"], constant(false), "too much")])));
    expect(end).toMatchObject({ outcome: "undone", why: "r: too much" });
    expect(world.things).toEqual([]);
  });
});

describe("on_failure", () => {
  test("halt leaves everything as it is, and lists it", async () => {
    const world = scripted({ "add b": [{ answer: "error" }] });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])], { onFailure: "halt" })));
    expect(end).toMatchObject({
      outcome: "halted",
      left: [
        { node: "a", what: "done, and not undone" },
        { node: "b", what: "started; whether it took place is not known" },
      ],
    });
    expect(world.did("remove")).toEqual([]);
  });

  test("continue goes on with what does not depend on what failed", async () => {
    const world = scripted({ "add a": [{ answer: "error" }] });
    const nodes = [step("a", [], { call: { atomic: true } }), step("b", ["a"]), step("x"), step("y", ["x"])];
    const end = ended(await world.apply(plan(nodes, { onFailure: "continue" })));
    expect(end).toMatchObject({
      outcome: "incomplete",
      left: [
        { node: "a", what: "failed: a says no" },
        { node: "b", what: "not run, because something before it failed" },
      ],
    });
    expect(world.things).toEqual(["x", "y"]);
  });
});

describe("providers that misbehave", () => {
  test("one that throws has failed, for good", async () => {
    const world = scripted({ "add a": [{ answer: "throw" }] });
    const end = ended(await world.apply(plan([step("a", [], { retry })])));
    expect(end).toMatchObject({ outcome: "undone", why: "a: provider fault: the provider broke" });
  });

  test("one that never answers is left behind, its processes are ended, and the run goes on to undo", async () => {
    const world = scripted({ "add a": [{ answer: "hang", process: 77 }] });
    const end = ended(await world.apply(plan([step("a", [], { rollback: takeBack("a") })])));
    expect(end.outcome).toBe("undone");
    expect(end.why).toContain("was left behind");
    expect(world.ended).toEqual([77]);
  });
});
