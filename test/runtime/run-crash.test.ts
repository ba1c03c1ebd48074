import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import { check, field, guardrail, op, plan, ref, step } from "./run-plans.ts";
import { ended, World } from "./run-world.ts";

const isBefore = (time: string) => op("lt", ref("run", "now"), constant(time));
const once = { call: { repeat: "once" } } as const;

/** The number of the first event of that type about that node, in a run that is not killed. */
async function eventOf(
  of: Parameters<World["apply"]>[0],
  type: string,
  node: string,
  script?: World["script"],
): Promise<number> {
  const world = new World(script);
  await world.apply(of);
  return world.events.findIndex((e) => e.type === type && "node" in e && e.node === node) + 1;
}

describe("a process that dies", () => {
  test("what was in flight is settled, then an idempotent step is done again with the same key", async () => {
    const of = plan([step("a"), step("b", ["a"])]);
    const script: World["script"] = () => ({ process: 42 });
    const world = new World(script);
    expect(await world.apply(of, { crash: { after: await eventOf(of, "attempt.process", "b", script) } })).toBe("died");
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.ended).toContain(42);
    const b = world.events.filter((e) => "node" in e && e.node === "b");
    expect(b.map((e) => e.type)).toEqual([
      "attempt.started",
      "attempt.process",
      "attempt.settled",
      "attempt.started",
      "attempt.process",
      "attempt.succeeded",
    ]);
    expect(new Set(b.flatMap((e) => (e.type === "attempt.started" ? [e.key] : []))).size).toBe(1);
  });

  test("an interrupted attempt does not use up a try", async () => {
    const of = plan([step("a", [], { retry: { attempts: 1, backoffMin: 1, backoffMax: 1 } })]);
    const world = new World();
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.started", "a") } });
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
  });

  test.each(["done", "retry"] as const)(
    "`once` is put to a person, and nothing goes on meanwhile: %s",
    async (decision) => {
      const of = plan([step("a", [], once), step("x"), step("b", ["a"])]);
      const world = new World();
      world.actsAt = decision === "done" ? "begin" : "answer";
      world.script = (_operation, name) => ({ takes: name === "x" ? 50 : 100 });
      await world.apply(of, { crash: { after: await eventOf(of, "attempt.succeeded", "x", world.script) } });
      const asked = ended(await world.resume(world.run));
      expect(asked).toMatchObject({
        status: "unknown_outcome",
        unknown: [{ node: "a", phase: "do", index: 0, what: expect.stringContaining("did it take place?") }],
      });
      expect(world.did("add")).toEqual(decision === "done" ? ["a", "x"] : ["x"]);
      const end = ended(await world.resume(world.run, { marks: [{ node: "a", decision, by: "dana@example.com" }] }));
      expect(end.outcome).toBe("succeeded");
      expect(world.did("add").filter((name) => name === "a")).toHaveLength(1);
    },
  );

  test.each(["done", "retry"] as const)(
    "`once` of which nobody heard what came of it is put to a person, not tried again and not undone: %s",
    async (decision) => {
      const of = plan([step("a", [], { call: { repeat: "once", atomic: true } }), step("b", ["a"])]);
      const world = new World((_, name, at) => (name === "a" && at === 1 ? { answer: "lost" } : {}));
      if (decision === "retry")
        world.script = (_, name, at) => (name === "a" && at === 1 ? { answer: "lost", acts: false } : {});
      expect(ended(await world.apply(of))).toMatchObject({
        status: "unknown_outcome",
        unknown: [{ node: "a", what: expect.stringMatching(/^a says no It may not be repeated unasked/) }],
      });
      expect(world.did("remove")).toEqual([]);
      const end = ended(await world.resume(world.run, { marks: [{ node: "a", decision, by: "dana@example.com" }] }));
      expect(end.outcome).toBe("succeeded");
      expect(world.did("add")).toEqual(["a", "b"]);
    },
  );

  test("what is lost and may be repeated is tried again, and in the end undone although it is atomic", async () => {
    const retry = { attempts: 2, backoffMin: 1, backoffMax: 1 };
    const of = plan([step("a", [], { call: { atomic: true }, retry })]);
    const world = new World((operation, _, at) => (operation === "add" && at === 1 ? { answer: "lost" } : {}));
    expect(ended(await world.apply(of)).outcome).toBe("succeeded");
    const hopeless = new World((operation) => (operation === "add" ? { answer: "lost" } : {}));
    expect(ended(await hopeless.apply(of)).outcome).toBe("undone");
    expect(hopeless.did("remove")).toEqual(["a"]);
    expect([...hopeless.things]).toEqual([]);
  });

  test("a mark may be given with the very resume that settles it; one that fits nothing is refused", async () => {
    const of = plan([step("a", [], once)]);
    const world = new World();
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.started", "a") } });
    const by = "dana@example.com";
    await expect(world.resume(world.run, { marks: [{ node: "b", decision: "done", by }] })).rejects.toThrow(
      /no step b waits for an answer/,
    );
    expect(ended(await world.resume(world.run, { marks: [{ node: "a", decision: "done", by }] })).outcome).toBe(
      "succeeded",
    );
    expect(world.did("add")).toEqual([]);
  });

  test("a mark for what is repeated unasked is refused, and would have been for nothing", async () => {
    const of = plan([step("a")]);
    const world = new World();
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.started", "a") } });
    expect(world.types().at(-1)).toBe("attempt.started");
    await expect(
      world.resume(world.run, { marks: [{ node: "a", decision: "done", by: "dana@example.com" }] }),
    ).rejects.toThrow("no step a waits for an answer");
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
  });

  test("a result that a mark cannot give fails the step that needs it, in words", async () => {
    const of = plan([step("a", [], once), step("b", ["a"], { name: { expr: field(ref("step", "a"), "name") } })]);
    const world = new World();
    world.actsAt = "begin";
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.started", "a") } });
    const end = ended(await world.resume(world.run, { marks: [{ node: "a", decision: "done", by: "x" }] }));
    expect(end.outcome).toBe("undone");
    expect(end.why).toContain("a was marked done by hand, so its result is not known");
  });

  test("cancelling needs no answer: undo copes with not knowing", async () => {
    const of = plan([step("a", [], once)]);
    const world = new World();
    world.actsAt = "begin";
    const started = await eventOf(of, "attempt.started", "a");
    await world.apply(of, { crash: { after: started } });
    await world.say({ what: "cancel", mode: "rollback" });
    expect(ended(await world.resume(world.run)).outcome).toBe("cancelled");
    expect(world.things).toEqual([]);
  });

  test("a `once` step that was cut off before its capture was kept surely did nothing, so nobody is asked", async () => {
    const of = plan([step("a", [], { call: { repeat: "once", undo: true }, rollback: { kind: "auto" } })]);
    const world = new World();
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.started", "a") } });
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.did("add")).toEqual(["a"]);
  });

  test("a `once` call of a rollback is put to a person too", async () => {
    const back = { id: "r", name: "r", when: null, timeout: 10_000, at: "" };
    const { call } = step("x");
    const rollback = {
      kind: "calls" as const,
      calls: [{ ...back, call: { ...call, operation: "remove", repeat: "once" as const } }],
    };
    const of = plan([step("x", [], { rollback }), step("b", ["x"], { name: { expr: field(constant(null), "y") } })]);
    const dry = new World();
    await dry.apply(of);
    const world = new World();
    const undoing = dry.events.findIndex((e) => e.type === "attempt.started" && e.phase === "undo") + 1;
    await world.apply(of, { crash: { after: undoing } });
    expect(ended(await world.resume(world.run)).unknown).toMatchObject([{ node: "x", phase: "undo" }]);
    const end = ended(await world.resume(world.run, { marks: [{ node: "x", decision: "retry", by: "x" }] }));
    expect(end.outcome).toBe("undone");
    expect(world.things).toEqual([]);
  });

  test("while a process cannot be ended nothing is repeated; once it is gone the run goes on", async () => {
    const of = plan([step("a")]);
    const script: World["script"] = () => ({ process: 42 });
    const world = new World(script);
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.process", "a", script) } });
    world.immortal = true;
    const stuck = ended(await world.resume(world.run));
    expect(stuck).toMatchObject({
      status: "broken",
      why: "what a left running could not be ended: process 42 cannot be ended",
    });
    expect(world.dispatched.filter((d) => d === "add a")).toHaveLength(1);
    world.immortal = false;
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
  });

  test("before the next write the gate is passed again: the world may have changed meanwhile", async () => {
    const of = plan([step("a"), step("b", ["a"])], {
      guardrails: [guardrail("day", isBefore("2026-11-22T00:00:00.000Z"))],
    });
    const world = new World();
    await world.apply(of, { crash: { after: await eventOf(of, "attempt.succeeded", "a") } });
    world.now += 86_400_000;
    const end = ended(await world.resume(world.run));
    expect(end).toMatchObject({ outcome: "undone", why: "guardrail day: day says no" });
    expect(world.things).toEqual([]);
  });

  test("a check begins its time anew: nobody looked while the process was dead", async () => {
    const of = plan([check("c", [], { hold: 15_000 })]);
    const script: World["script"] = () => ({ value: { good: true } });
    const world = new World(script);
    await world.apply(of, { crash: { after: await eventOf(of, "check.polled", "c", script) } });
    world.now += 3_600_000;
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    const polls = world.events.flatMap((e) => (e.type === "check.polled" ? [Date.parse(e.at)] : []));
    expect((polls.at(-1) ?? 0) - (polls[1] ?? 0)).toBeGreaterThanOrEqual(15_000);
  });

  test("a run that has ended is only told again", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([step("a")])));
    const count = world.events.length;
    expect(ended(await world.resume(end.run))).toEqual(end);
    expect(world.events).toHaveLength(count);
  });

  test("a run that is not there", async () => {
    await expect(new World().resume("20260101-0000-nobody")).rejects.toMatchObject({ fault: "missing" });
  });
});
