/** What a run can meet: clocks that jump, providers that misbehave, stores that fail, people who take their time. */
import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { approve, check, field, guardrail, op, plan, ref, step, T0, wait } from "./run-plans.ts";
import { approval, ended, type Told, World } from "./run-world.ts";

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

describe("a clock that jumps", () => {
  const of = plan(
    [
      step("a"),
      wait("w", ["a"], 60_000),
      check("c", ["w"], { hold: 20_000 }),
      step("b", ["c"], { retry: { attempts: 2, backoffMin: 30_000, backoffMax: 30_000 } }),
    ],
    { timeout: 600_000 },
  );
  const script = (operation: string, name: string, at: number): Told | undefined =>
    operation === "look" ? { value: { good: true } } : name === "b" && at === 1 ? { answer: "refused" } : undefined;

  test.each([
    ["an hour back", -HOUR],
    ["a week ahead", WEEK],
  ])("%s, at any moment, neither ends a run early nor holds it up", async (_what, by) => {
    const calm = new World(script);
    await calm.apply(of);
    const took = calm.now - Date.parse(calm.events[0]?.at ?? "");
    for (let moment = 0; moment <= took; moment += 7_000) {
      const world = new World(script);
      const began = world.now;
      world.later(moment, () => world.jump(by));
      expect(ended(await world.apply(of)).outcome, `after ${moment} ms`).toBe("succeeded");
      const lasted = world.now - began - by;
      // Checks begin anew, which is all that it may cost.
      expect(lasted).toBeGreaterThanOrEqual(took - 1_000);
      expect(lasted).toBeLessThanOrEqual(took + 60_000);
    }
  });

  test.each([
    ["an hour back", -HOUR],
    ["a week ahead", WEEK],
  ])("%s, while people are waited for, neither gives the run more time nor takes any", async (_what, by) => {
    const of = plan(
      [
        step("a"),
        approve("ok", ["a"]),
        step("b", ["ok"]),
        wait("w", ["b"], 30_000),
        step("c", ["w"]),
        wait("v", ["c"], 30_000),
        step("d", ["v"]),
      ],
      { timeout: 45_000 },
    );
    const world = new World();
    world.later(10_000, () => world.jump(by));
    world.later(20_000 + Math.max(by, 0), () => {
      const at = new Date(world.now).toISOString();
      void world.record(approval("ana@example.com", { run: world.run, node: "ok", at }));
    });
    const end = ended(await world.apply(of, { wait: true }));
    expect(end).toMatchObject({ outcome: "undone", why: "the run is over its timeout of 45s" });
    expect(world.did("add")).toEqual(["a", "b", "c"]);
  });

  test("back, while nobody has the run in hand, makes it wait no longer than it would have", async () => {
    const whole = new World(script);
    await whole.apply(of);
    for (let after = 2; after < whole.events.length; after++) {
      const world = new World(script);
      await world.apply(of, { crash: { after } });
      world.now -= HOUR;
      const began = world.now;
      expect(ended(await world.resume(world.run)).outcome, `killed after event ${after}`).toBe("succeeded");
      expect(world.now - began, `killed after event ${after}`).toBeLessThanOrEqual(whole.now - T0 + 10_000);
    }
    const late = new World();
    const hangs = plan([step("a"), wait("w", ["a"], 10_000), step("b", ["w"]), wait("v", ["b"], 60_000)], {
      timeout: 45_000,
    });
    await late.apply(hangs, { crash: { after: 6 } });
    late.now -= HOUR;
    expect(ended(await late.resume(late.run)).why).toBe("the run is over its timeout of 45s");
  });

  test("is told, and guardrails are judged again before the next write", async () => {
    const day = op("lt", ref("run", "now"), constant("2026-11-22T00:00:00.000Z"));
    const world = new World();
    world.later(30_000, () => world.jump(WEEK));
    const end = ended(
      await world.apply(
        plan([step("a"), wait("w", ["a"], 60_000), step("b", ["w"])], { guardrails: [guardrail("day", day)] }),
      ),
    );
    expect(end).toMatchObject({ outcome: "undone", why: "guardrail day: day says no" });
    expect(world.events.filter((e) => e.type === "clock.jumped")).toMatchObject([{ by: WEEK }]);
  });
});

describe("people who take a week", () => {
  test("find the run as it was: nothing timed out, facts and guardrails judged again, then it goes on", async () => {
    const world = new World();
    const of = plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])], { timeout: 60_000, locks: ["l"] });
    expect(ended(await world.apply(of)).status).toBe("waiting_approval");
    world.now += WEEK;
    const at = new Date(world.now).toISOString();
    await world.record(approval("ana@example.com", { run: world.run, node: "ok", at }));
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.types().filter((type) => type === "gate.judged")).toHaveLength(2);
  });

  test("may take it with the process waiting all the while", async () => {
    const world = new World();
    world.later(
      WEEK,
      () =>
        void world.record(
          approval("ana@example.com", { run: world.run, node: "ok", at: new Date(world.now).toISOString() }),
        ),
    );
    const of = plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])], { timeout: 60_000 });
    expect(ended(await world.apply(of, { wait: true })).outcome).toBe("succeeded");
  });
});

describe("a provider", () => {
  test("that answers after it was given up changes nothing any more", async () => {
    // Given up 15 s after its deadline of 10 s; it answers a minute later, in the middle of another step.
    const world = new World((_operation, name) =>
      name === "late" ? { takes: 85_000, answer: "late" } : { takes: 9_000 },
    );
    const end = ended(await world.apply(plan([step("late"), step("x")], { onFailure: "continue" })));
    expect(end.outcome).toBe("incomplete");
    expect(world.events.filter((e) => "node" in e && e.node === "late").map((e) => e.type)).toEqual([
      "attempt.started",
      "attempt.failed",
    ]);
  });

  test("whose result is of another shape than what reads it fails that step in words", async () => {
    const world = new World((_operation, name) => (name === "a" ? { value: "text" } : undefined));
    const end = ended(
      await world.apply(plan([step("a"), step("b", ["a"], { name: { expr: field(ref("step", "a"), "name") } })])),
    );
    expect(end.outcome).toBe("undone");
    expect(end.why).toContain("b: argument name of world.add cannot be computed");
    expect(world.things).toEqual([]);
  });

  test("that fails in a rollback is tried again, then left to people, and the rest is undone", async () => {
    const world = new World((operation, name) => {
      if (operation === "remove" && name === "b") return { answer: "error" };
      return operation === "add" && name === "c" ? { answer: "error" } : undefined;
    });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])])));
    expect(end.outcome).toBe("incomplete");
    expect(end.left).toMatchObject([
      { node: "b", what: expect.stringContaining('to be done by hand: world.remove(name: "b")') },
    ]);
    expect(world.dispatched.filter((d) => d === "remove b")).toHaveLength(3);
    expect(world.things).toEqual(["b"]);
  });

  test("that hangs in a rollback does not hold it up for ever", async () => {
    const world = new World((operation, name) => {
      if (operation === "remove" && name === "b") return { answer: "hang", process: 7 };
      return operation === "add" && name === "c" ? { answer: "error" } : undefined;
    });
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])])));
    expect(end.outcome).toBe("incomplete");
    expect(world.ended).toEqual([7]);
    expect(world.things).toEqual(["b"]);
  });
});

describe("an undo that is killed", () => {
  test("after any event goes on and undoes each step once", async () => {
    const of = plan([step("a"), step("b", ["a"]), step("c", ["b"])], { locks: ["l"] });
    const script = (operation: string, name: string): Told | undefined =>
      operation === "add" && name === "c" ? { answer: "error", retryable: false } : undefined;
    const whole = new World(script);
    await whole.apply(of);
    const begins = whole.events.findIndex((e) => e.type === "attempt.started" && e.phase === "undo");
    for (let after = begins; after < whole.events.length; after++) {
      for (const actsAt of ["begin", "answer"] as const) {
        const world = new World(script);
        world.actsAt = actsAt;
        await world.apply(of, { crash: { after } });
        const end = ended(await world.resume(world.run));
        expect(end.outcome, `killed after event ${after}`).toBe("undone");
        expect(world.things).toEqual([]);
      }
    }
  });
});

describe("a store that fails in the middle", () => {
  const faults = [
    ["full", "no space left on the device"],
    ["readonly", "the store may not be written"],
    ["busy", "another process has been writing for 10 s"],
  ] as const;

  test.each(faults)(
    "%s, at any append: what runs ends, nothing new begins, and the run goes on later as if nothing had been",
    async (fault, message) => {
      const of = plan([step("a"), step("b", ["a"]), approve("ok", ["b"]), step("c", ["ok"])], { locks: ["l"] });
      const ok = () => approval("ana@example.com", { run: "", node: "ok" });
      let appends = 0;
      const dry = new World();
      dry.failAppend = () => {
        appends++;
        return null;
      };
      await dry.apply(of);
      for (let fails = 2; fails <= appends; fails++) {
        const world = new World();
        let seen = 0;
        world.failAppend = () => (++seen >= fails ? new StoreError(fault, message, "see to it") : null);
        const end = ended(await world.apply(of));
        expect(end, `append ${fails}`).toMatchObject({ status: "broken", why: expect.stringContaining(message) });
        world.failAppend = null;
        const waiting = ended(await world.resume(world.run));
        expect(waiting.status).toBe("waiting_approval");
        await world.record({ ...ok(), run: world.run, at: new Date(world.now).toISOString() });
        expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
        expect(world.things).toEqual(["a", "b", "c"]);
      }
    },
  );

  const auto = { rollback: { kind: "auto" }, call: { undo: true } } as const;

  test("where what undo needs is to be kept: no step fails of it, what runs beside it is recorded, and the run goes on", async () => {
    const world = new World((_operation, name) => (name === "b" ? { takes: 5_000 } : undefined));
    world.failBlob = () => new StoreError("full", "no space left on the device", "Make some.");
    const of = plan([step("a", [], auto), step("b", [], { call: { repeat: "once" } }), step("c", ["a"])]);
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({
      status: "broken",
      why: expect.stringContaining("no space left on the device. Make some."),
    });
    expect(world.things).toEqual(["b"]);
    world.failBlob = null;
    expect(ended(await world.resume(end.run)).outcome).toBe("succeeded");
    expect(world.did("add")).toEqual(["b", "a", "c"]);
  });

  test("where what undo needs is to be read: nothing is left to people, and the undo goes on", async () => {
    const world = new World((operation) =>
      operation === "fail" ? { answer: "error", retryable: false, acts: false } : undefined,
    );
    world.onEvent = (event) => {
      if (event.type === "attempt.failed")
        world.failBlob = () => new StoreError("busy", "another process has been writing for 10 s", "Try again.");
    };
    const end = ended(
      await world.apply(plan([step("a", [], auto), step("b", ["a"], { call: { operation: "fail" } })])),
    );
    expect(end.status).toBe("broken");
    world.failBlob = null;
    expect(ended(await world.resume(end.run))).toMatchObject({ outcome: "undone", left: [] });
    expect(world.things).toEqual([]);
  });
});
