/** Guardrails judged in the run: counts between bounds, reads of their own, parts, and what they saw. */
import { describe, expect, test } from "vitest";
import { constant, type Expr } from "../../compiler/ir/expr.ts";
import type { PlanGuardrail } from "../../compiler/plan/plan.schema.ts";
import { call, field, guardrail, op, plan, ref, step } from "./run-plans.ts";
import { ended, World } from "./run-world.ts";

const writes = op("list.length", ref("run", "plan.writes"));
const atMost = (n: number, more: Partial<PlanGuardrail> = {}): PlanGuardrail =>
  guardrail("few", op("le", writes, constant(n)), more);
const look = step("look", [], { call: { operation: "look", effect: "read" }, rollback: null });
const when = (holds: boolean): Expr =>
  holds ? field(ref("step", "look"), "yes") : op("not", field(ref("step", "look"), "yes"));
const gates = (world: World) => world.events.flatMap((e) => (e.type === "gate.judged" ? [e] : []));

describe("counts over steps that may be skipped", () => {
  const nodes = [
    look,
    step("a", ["look"]),
    step("b", ["a"], { when: [when(true)] }),
    step("c", ["b"], { when: [when(false)] }),
  ];

  test("are decided before the first write where the reads before it tell", async () => {
    for (const yes of [true, false]) {
      const world = new World((operation) => (operation === "look" ? { value: { yes } } : undefined));
      expect(ended(await world.apply(plan(nodes, { guardrails: [atMost(2)] }))).outcome).toBe("succeeded");
      expect(gates(world)[0]?.guardrails[0]).toMatchObject({
        status: "pass",
        saw: [{ name: "plan.writes.count", value: 2 }],
      });
    }
    const world = new World((operation) => (operation === "look" ? { value: { yes: true } } : undefined));
    expect(ended(await world.apply(plan(nodes, { guardrails: [atMost(1)] })))).toMatchObject({
      outcome: "refused",
      why: "guardrail few: few says no",
    });
  });
  test("hold before they are known where all completions agree, and do not where they differ", async () => {
    // What b is run on is known only after a has written.
    const late = [
      step("a"),
      step("look", ["a"], { call: { operation: "look", effect: "read" }, rollback: null }),
      step("b", ["look"], { when: [when(true)] }),
    ];
    const world = (): World => new World((operation) => (operation === "look" ? { value: { yes: true } } : undefined));
    expect(ended(await world().apply(plan(late, { guardrails: [atMost(2)] }))).outcome).toBe("succeeded");
    const refused = world();
    expect(ended(await refused.apply(plan(late, { guardrails: [atMost(1)] })))).toMatchObject({
      outcome: "refused",
      why: "guardrail few: the rule is not known",
    });
    expect(gates(refused)[0]?.guardrails[0]?.saw).toEqual([{ name: "plan.writes.count", value: { from: 1, to: 2 } }]);
    // One that only advises is judged again before each write, until it is decided.
    const advised = world();
    expect(
      ended(await advised.apply(plan(late, { guardrails: [atMost(1, { enforcement: "advisory" })] }))).outcome,
    ).toBe("succeeded");
    expect(gates(advised).map((e) => [e.node, e.guardrails[0]?.status])).toEqual([
      [null, "unknown"],
      ["a", "unknown"],
      ["b", "fail"],
    ]);
  });
});

describe("a fact of a guardrail", () => {
  const freeze = (more: Partial<PlanGuardrail> = {}): PlanGuardrail =>
    guardrail("freeze", op("not", field({ k: "ref", root: "var", name: "a.ops#freeze.mode" }, "on")), {
      facts: [
        {
          id: "a.ops#freeze.mode",
          name: "mode",
          at: "a.ops:6:5",
          call: call("look", "mode", { effect: "read" }),
          type: { kind: "json" },
          value: { is: "known", value: { on: false } },
        },
      ],
      status: "pass",
      saw: [{ name: "mode.on", value: false }],
      ...more,
    });
  const reading = (answers: readonly (boolean | "error")[]): World =>
    new World((operation, name, at) => {
      if (operation !== "look" || name !== "mode") return undefined;
      const on = answers[at - 1] ?? answers.at(-1) ?? false;
      return on === "error" ? { answer: "error" } : { value: { on } };
    });
  const nodes = [step("a"), step("b", ["a"])];

  test("is read again before the first write", async () => {
    const open = reading([false]);
    expect(ended(await open.apply(plan(nodes, { guardrails: [freeze()] }))).outcome).toBe("succeeded");
    expect(gates(open)).toHaveLength(1);
    const closed = reading([true]);
    expect(ended(await closed.apply(plan(nodes, { guardrails: [freeze()] })))).toMatchObject({
      outcome: "refused",
      why: "guardrail freeze: freeze says no",
    });
    expect(gates(closed)[0]?.guardrails[0]?.saw).toEqual([{ name: "mode.on", value: true }]);
  });
  test("and before every write where that is asked for: a freeze that begins midway stops the run", async () => {
    const world = reading([false, false, true]);
    const end = ended(await world.apply(plan(nodes, { guardrails: [freeze({ everyWrite: true })] })));
    expect(end).toMatchObject({ outcome: "undone", why: "guardrail freeze: freeze says no" });
    expect(world.effects.map((e) => `${e.operation} ${e.name}`)).toEqual(["add a", "remove a"]);
  });
  test("that cannot be read fails, with the reason", async () => {
    const world = reading(["error"]);
    expect(ended(await world.apply(plan(nodes, { guardrails: [freeze()] })))).toMatchObject({
      outcome: "refused",
      why: "guardrail freeze: mode could not be read: mode says no",
    });
  });
  test("may depend on one that is read before it", async () => {
    const first = freeze().facts[0];
    if (first === undefined) throw new Error("it reads something");
    const second = {
      ...first,
      id: "a.ops#freeze.more",
      name: "more",
      call: call("look", { expr: field({ k: "ref", root: "var", name: first.id }, "next") }, { effect: "read" }),
    };
    const rule = guardrail("freeze", op("eq", { k: "ref", root: "var", name: second.id }, constant("fine")), {
      facts: [first, second],
    });
    const world = new World((operation, name) =>
      operation === "look"
        ? { value: name === "mode" ? { on: false, next: "then" } : name === "then" ? "fine" : "no" }
        : undefined,
    );
    expect(ended(await world.apply(plan(nodes, { guardrails: [rule] }))).outcome).toBe("succeeded");
  });
});

test("one for every write of a part is asked before the writes of that part alone", async () => {
  const [own] = plan([]).parts;
  if (own === undefined) throw new Error("a plan has a part");
  const nodes = [step("a"), step("in.b", ["a"], { part: "in" }), step("c", ["in.b"])];
  const rule = guardrail("fine", op("ge", ref("run", "now"), constant("2020-01-01T00:00:00.000Z")), {
    part: "in",
    everyWrite: true,
  });
  const world = new World();
  const made = plan(nodes, { parts: [own, { ...own, id: "in" }], guardrails: [rule] });
  expect(ended(await world.apply(made)).outcome).toBe("succeeded");
  expect(gates(world).map((e) => e.node)).toEqual([null, "in.b"]);
  expect(gates(world)[0]?.guardrails[0]).toMatchObject({ part: "in", saw: [{ name: "run.now" }] });
});

test("one for every write of several parts is asked before the writes of each, and of what lies in them", async () => {
  const [own] = plan([]).parts;
  if (own === undefined) throw new Error("a plan has a part");
  const ids = ["in", "on", "on.deep", "only"];
  const nodes = [
    step("a"),
    step("in.b", ["a"], { part: "in" }),
    step("on.deep.c", ["in.b"], { part: "on.deep" }),
    step("only.d", ["on.deep.c"], { part: "only" }),
  ];
  const rule = guardrail("calm", op("lt", ref("run", "now"), constant("9999")), {
    part: "in",
    also: ["on"],
    everyWrite: true,
  });
  const world = new World(() => undefined);
  const made = plan(nodes, { parts: [own, ...ids.map((id) => ({ ...own, id }))], guardrails: [rule] });
  expect(ended(await world.apply(made)).outcome).toBe("succeeded");
  expect(gates(world).map((e) => e.node)).toEqual([null, "in.b", "on.deep.c"]);
});

describe("what is not known of an action that another runs", () => {
  const [own] = plan([]).parts;
  if (own === undefined) throw new Error("a plan has a part");
  const rule = (more: Partial<PlanGuardrail> = {}): PlanGuardrail =>
    guardrail("fine", field(ref("step", "look"), "yes"), { part: "in", ...more });
  const nodes = [
    step("a"),
    step("look", ["a"], { call: { operation: "look", effect: "read" }, rollback: null }),
    step("in.b", ["look"], { part: "in" }),
    step("c", ["in.b"]),
  ];
  const run = async (yes: boolean, of: PlanGuardrail): Promise<[World, string | null, string | null]> => {
    const world = new World((operation) => (operation === "look" ? { value: { yes } } : undefined));
    const end = ended(await world.apply(plan(nodes, { parts: [own, { ...own, id: "in" }], guardrails: [of] })));
    return [world, end.outcome, end.why];
  };

  test("is asked again before its own writes, and has to be known then", async () => {
    const [world, outcome] = await run(true, rule());
    expect(outcome).toBe("succeeded");
    expect(gates(world).map((e) => [e.node, e.guardrails[0]?.status])).toEqual([
      [null, "unknown"],
      ["in.b", "pass"],
    ]);
    const [refused, undone, why] = await run(false, rule());
    expect([undone, why]).toEqual(["undone", "guardrail fine for in: fine says no"]);
    expect(refused.effects.map((e) => `${e.operation} ${e.name}`)).toEqual(["add a", "remove a"]);
  });
  test("fails then if it is still unknown, also where it is the first write of the run", async () => {
    const late = rule({ requires: [{ ...(rule().requires[0] ?? fail()), condition: field(ref("step", "c"), "yes") }] });
    expect((await run(true, late)).slice(1)).toEqual(["undone", "guardrail fine for in: the rule is not known"]);
    const world = new World();
    const first = [step("in.b", [], { part: "in" }), step("c", ["in.b"])];
    const end = ended(await world.apply(plan(first, { parts: [own, { ...own, id: "in" }], guardrails: [late] })));
    expect(end).toMatchObject({ outcome: "refused", why: "guardrail fine for in: the rule is not known" });
    expect(world.effects).toEqual([]);
  });
  test("is not asked where the action is not run after all", async () => {
    const skipped = nodes.map((n) => (n.id === "in.b" && n.kind === "step" ? { ...n, when: [when(true)] } : n));
    const world = new World((operation) => (operation === "look" ? { value: { yes: false } } : undefined));
    const made = plan(skipped, { parts: [own, { ...own, id: "in" }], guardrails: [rule()] });
    expect(ended(await world.apply(made)).outcome).toBe("succeeded");
  });
});

function fail(): never {
  throw new Error("a guardrail requires something");
}
