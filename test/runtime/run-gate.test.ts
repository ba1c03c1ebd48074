import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import { approve, check, fact, field, guardrail, op, plan, ref, step } from "./run-plans.ts";
import { approval, ended, World } from "./run-world.ts";

const isBefore = (time: string) => op("lt", ref("run", "now"), constant(time));
const soon = "2026-11-21T09:14:00.150Z";

describe("the gate before writes", () => {
  test("reads facts again, and compares only what the plan used", async () => {
    const facts = [fact("f", { replicas: 3, load: 0.1 }, [["replicas"]])];
    const same = new World(() => ({ value: { replicas: 3, load: 0.9 } }));
    expect(ended(await same.apply(plan([step("a")], { facts }))).outcome).toBe("succeeded");
    const other = new World(() => ({ value: { replicas: 4, load: 0.1 } }));
    const end = ended(await other.apply(plan([step("a")], { facts })));
    expect(end).toMatchObject({
      outcome: "refused",
      why: "f.replicas was 3 when the plan was made and is 4 now; make a new plan",
    });
    expect(other.effects).toEqual([]);
  });

  test("a fact that cannot be read is tried again, and then refuses", async () => {
    const facts = [fact("f", { n: 1 }, [["n"]])];
    const passing = new World((operation, _name, at) =>
      operation === "look" ? (at < 3 ? { answer: "error" } : { value: { n: 1 } }) : undefined,
    );
    expect(ended(await passing.apply(plan([step("a")], { facts }))).outcome).toBe("succeeded");
    const lasting = new World((operation) => (operation === "look" ? { answer: "error" } : undefined));
    const end = ended(await lasting.apply(plan([step("a")], { facts })));
    expect(end).toMatchObject({ outcome: "refused", why: "fact f could not be read again: f says no" });
  });

  test("a plan that only reads passes no gate", async () => {
    const world = new World(() => ({ value: { n: 2 } }));
    const nodes = [step("a", [], { call: { effect: "read" }, rollback: null })];
    expect(ended(await world.apply(plan(nodes, { facts: [fact("f", { n: 1 }, [["n"]])] }))).outcome).toBe("succeeded");
    expect(world.types()).not.toContain("gate.judged");
  });

  test.each([
    ["hard", "refused"],
    ["soft", "refused"],
    ["advisory", "succeeded"],
  ] as const)("a %s guardrail that fails now: the run is %s", async (enforcement, outcome) => {
    const world = new World();
    const guardrails = [guardrail("closed", constant(false), { enforcement })];
    const end = ended(await world.apply(plan([step("a")], { guardrails })));
    expect(end.outcome).toBe(outcome);
    if (outcome === "refused") expect(end.why).toBe("guardrail closed: closed says no");
  });

  test("a guardrail that is still unknown does not hold; one that does not apply does", async () => {
    const unknown = guardrail("g", ref("step", "a"));
    expect(ended(await new World().apply(plan([step("a")], { guardrails: [unknown] }))).why).toMatch(
      /^guardrail g: the rule/,
    );
    const beside = guardrail("g", constant(false), { when: constant(false) });
    expect(ended(await new World().apply(plan([step("a")], { guardrails: [beside] }))).outcome).toBe("succeeded");
  });

  test("one for every write stops a run midway, and what was written is undone without asking it", async () => {
    const world = new World();
    const guardrails = [guardrail("freeze", isBefore(soon), { everyWrite: true })];
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])], { guardrails })));
    expect(end).toMatchObject({ outcome: "undone", why: "guardrail freeze: freeze says no" });
    expect(world.effects.map((e) => `${e.operation} ${e.name}`)).toEqual(["add a", "add b", "remove b", "remove a"]);
  });

  test("one for the run is not asked again before each write", async () => {
    const world = new World();
    const guardrails = [guardrail("freeze", isBefore(soon))];
    expect(
      ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])], { guardrails }))).outcome,
    ).toBe("succeeded");
  });

  test("after waiting for people it is judged again, without the facts the run itself has changed", async () => {
    const world = new World((operation, name) =>
      operation === "look" ? { value: { n: name === "a" ? world.did("add").length : 0 } } : undefined,
    );
    const nodes = [step("a"), approve("ok", ["a"]), step("b", ["ok"])];
    const facts = [fact("a", { n: 0 }, [["n"]]), fact("z", { n: 0 }, [["n"]])];
    const first = ended(await world.apply(plan(nodes, { facts })));
    expect(first).toMatchObject({ status: "waiting_approval", awaiting: [{ node: "ok" }] });
    const yes = approval("ana@example.com", { run: first.run, node: "ok", at: new Date(world.now).toISOString() });
    const end = ended(await world.resume(first.run, { approvals: [yes] }));
    expect(end.outcome).toBe("succeeded");
    const gates = world.events.flatMap((e) => (e.type === "gate.judged" ? [e.facts.map((f) => f.id)] : []));
    expect(gates).toEqual([["a", "z"], ["z"]]);
  });
});

describe("checks", () => {
  const poll = (values: readonly boolean[]) =>
    new World((operation, _name, at) =>
      operation === "look" ? { value: { good: values[Math.min(at, values.length) - 1] ?? false } } : undefined,
    );

  test("pass as soon as they hold, and their value is what later expressions see", async () => {
    const world = poll([false, false, true]);
    const end = ended(
      await world.apply(plan([step("a"), check("c", ["a"])], { returns: field(ref("step", "c"), "good") })),
    );
    expect(end).toMatchObject({ outcome: "succeeded", result: true });
    expect(world.types().filter((t) => t === "check.polled")).toHaveLength(3);
  });

  test("must hold without a break for `hold`", async () => {
    const world = poll([true, true, false, true]);
    const end = ended(await world.apply(plan([check("c", [], { hold: 15_000 })])));
    expect(end.outcome).toBe("succeeded");
    // 0 s and 10 s hold, 15 s does not; then from 25 s on they do: 25, 35, 40.
    expect(world.types().filter((t) => t === "check.polled")).toHaveLength(6);
  });

  test("fail after `within`, with the reason of the last poll, and undo what was done", async () => {
    const world = poll([false]);
    const end = ended(await world.apply(plan([step("a"), check("c", ["a"])])));
    expect(end).toMatchObject({ outcome: "undone", why: "c: did not come to hold within 60s: not good" });
    expect(world.things).toEqual([]);
  });

  test("a read that fails counts as not holding", async () => {
    const world = new World((operation, _name, at) =>
      operation === "look" ? (at < 3 ? { answer: "error" } : { value: { good: true } }) : undefined,
    );
    expect(ended(await world.apply(plan([check("c", [])]))).outcome).toBe("succeeded");
    expect(world.events.find((e) => e.type === "check.polled")).toMatchObject({
      holds: false,
      why: "the read failed: c says no",
    });
  });
});
