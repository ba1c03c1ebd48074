import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { runControl } from "../../runtime/run/control.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import { namedStream } from "../../runtime/store/names.ts";
import { approve, field, guardrail, op, plan, ref, step } from "./run-plans.ts";
import { approval, beside, ended, refusalOf, World } from "./run-world.ts";

const locks = ["deploy/payments", "deploy/search"];
const failing = field(constant(null), "y");

/** Who holds each lock now. */
function holders(world: World): (string | null)[] {
  return locks.map((name) => {
    const rows = world.disk.streams.get(namedStream("lock", "default", name)) ?? [];
    const last = rows.map((row) => JSON.parse(row.entry) as { event: { type: string; run: string } }).at(-1)?.event;
    return last?.type === "lock.taken" ? last.run : null;
  });
}

describe("locks", () => {
  test("are taken all at once before the first write, and let go when all is over", async () => {
    const of = plan(
      [step("look", [], { call: { effect: "read", operation: "look" }, rollback: null }), step("a", ["look"])],
      { locks },
    );
    const world = new World();
    expect(ended(await world.apply(of)).outcome).toBe("succeeded");
    const order = world.types().filter((type) => /lock|gate|attempt|finished/.test(type));
    expect(order).toEqual([
      "attempt.started",
      "attempt.succeeded",
      "locks.taken",
      "gate.judged",
      "attempt.started",
      "attempt.succeeded",
      "locks.released",
      "run.finished",
    ]);
    expect(holders(world)).toEqual([null, null]);
  });

  test("are held through undo", async () => {
    const of = plan([step("a"), step("b", ["a"], { name: { expr: failing } })], { locks });
    const world = new World();
    const seen: (string | null)[] = [];
    world.script = (operation) => {
      if (operation === "remove") seen.push(...holders(world));
      return undefined;
    };
    expect(ended(await world.apply(of)).outcome).toBe("undone");
    expect(seen).toEqual([world.run, world.run]);
    expect(holders(world)).toEqual([null, null]);
  });

  test("stay with a run whose process died, and name it and the way out to others; its plan is not used up", async () => {
    const of = plan([step("a")], { locks });
    const world = new World();
    const crash = { after: (await dry(of)).indexOf("attempt.started") + 1 };
    await world.apply(of, { crash });
    const other = beside(world, 1);
    const refusal = await refusalOf(other.apply(plan([step("b")], { locks: ["deploy/search"] })));
    expect(refusal.kind).toBe("lock");
    expect(refusal.message).toBe(`the lock "deploy/search" is held by run ${world.run}`);
    expect(refusal.remedy).toContain(`opsc resume ${world.run}`);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(ended(await other.apply(plan([step("b")], { locks: ["deploy/search"] }))).outcome).toBe("succeeded");
  });

  test("that are waited for keep nobody from pausing the run: it goes on when it is resumed", async () => {
    const of = plan([step("a")], { locks });
    const world = new World();
    await world.apply(of, { crash: { after: (await dry(of)).indexOf("attempt.started") + 1 } });
    const other = beside(world, 1);
    other.later(5_000, () => void other.say({ what: "pause", mode: null, reason: "lunch" }));
    expect(ended(await other.apply(plan([step("b")], { locks }), { wait: true })).status).toBe("paused");
    await release(world, locks);
    expect(ended(await other.resume(other.run)).outcome).toBe("succeeded");
  });

  test("of another workspace are others", async () => {
    const of = plan([step("a")], { locks });
    const world = new World();
    await world.apply(of, { crash: { after: (await dry(of)).indexOf("attempt.started") + 1 } });
    const other = beside(world, 1);
    expect(ended(await other.apply(plan([step("b")], { locks, workspace: "staging" }))).outcome).toBe("succeeded");
  });

  test("are waited for with --wait", async () => {
    const of = plan([step("a")], { locks });
    const world = new World();
    await world.apply(of, { crash: { after: (await dry(of)).indexOf("attempt.started") + 1 } });
    const other = beside(world, 1);
    let freed = false;
    other.later(30_000, () => {
      freed = true;
      void release(world, locks);
    });
    expect(ended(await other.apply(plan([step("b")], { locks }), { wait: true })).outcome).toBe("succeeded");
    expect(freed).toBe(true);
  });

  test("are let go while people are waited for, and taken again; then facts and guardrails are judged again", async () => {
    const day = op("lt", ref("run", "now"), constant("2026-11-25T00:00:00.000Z"));
    const of = plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])], {
      locks,
      guardrails: [guardrail("day", day)],
    });
    const world = new World();
    const waiting = ended(await world.apply(of));
    expect(waiting.status).toBe("waiting_approval");
    expect(holders(world)).toEqual([null, null]);
    await world.record(approval("ana@example.com", { run: world.run, node: "ok" }));
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    const told = world.types().filter((type) => /^lock|gate/.test(type));
    expect(told).toEqual([
      "locks.taken",
      "gate.judged",
      "locks.released",
      "locks.taken",
      "gate.judged",
      "locks.released",
    ]);
  });

  test("that another run has taken meanwhile keep a run from writing and from undoing; it goes on once they are free", async () => {
    const of = plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])], { locks });
    const world = new World();
    await world.apply(of);
    const other = beside(world, 1);
    await other.apply(of, { crash: { after: (await dry(of)).indexOf("attempt.started") + 1 } });
    await world.record(approval("ana@example.com", { run: world.run, node: "ok", decision: "deny" }));
    const stuck = ended(await world.resume(world.run));
    expect(stuck).toMatchObject({ status: "waiting_lock", locked: locks.map((name) => ({ name, run: other.run })) });
    expect(stuck.why).toContain(`opsc cancel ${other.run}`);
    expect(world.things).toEqual(["a"]);
    await other.say({ what: "cancel", mode: "rollback" });
    await other.resume(other.run);
    expect(ended(await world.resume(world.run)).outcome).toBe("denied");
    expect(world.things).toEqual([]);
    expect(holders(world)).toEqual([null, null]);
  });

  test("are given to one of two runs that ask at once", async () => {
    const world = new World();
    const other = beside(world, 1);
    const ends = await Promise.all(
      [world, other].map((one) => one.apply(plan([step("a")], { locks })).catch((error: unknown) => String(error))),
    );
    const taken = world.disk.rows.filter((row) => row.entry.includes('"lock.taken"'));
    expect(taken.length % locks.length).toBe(0);
    expect(ends.some((end) => typeof end === "object" && end.outcome === "succeeded")).toBe(true);
    expect(holders(world)).toEqual([null, null]);
  });

  test("are let go by a run that is cancelled before it writes again", async () => {
    const of = plan([step("a"), step("b", ["a"])], { locks });
    const world = new World();
    const control = runControl();
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.node === "a") control.cancel("halt", "eve@example.com", null);
    };
    expect(ended(await world.apply(of, { control })).outcome).toBe("halted");
    expect(holders(world)).toEqual([null, null]);
  });
});

describe("a limit", () => {
  const limits = [{ action: "a.ops#act", key: "payments", count: 2, per: 3_600_000, at: "a.ops:1:1" }];
  const of = (): Plan => plan([step("a")], { limits });

  test("counts runs that start, and says when the next may", async () => {
    const world = new World();
    await world.apply(of());
    world.now += 600_000;
    const second = beside(world, 1);
    await second.apply(of());
    const third = beside(world, 2);
    third.now = world.now + 1_800_000;
    const refusal = await refusalOf(third.apply(of()));
    expect(refusal).toMatchObject({
      kind: "limit",
      message: 'at most 2 runs of act for "payments" may start in 1h (a.ops:1:1)',
    });
    expect(refusal.remedy).toContain("the next may start at 2026-11-21T10:14:00.000Z");
    third.now = Date.parse("2026-11-21T10:14:00.000Z");
    expect(ended(await third.apply(of())).outcome).toBe("succeeded");
  });

  test("of another key is another; a plan that alone goes over it is refused for good", async () => {
    const world = new World();
    const twice = [...limits, ...limits];
    await world.apply(plan([step("a")], { limits: twice }));
    const other = limits.map((limit) => ({ ...limit, key: "search" }));
    expect(ended(await beside(world, 1).apply(plan([step("a")], { limits: other }))).outcome).toBe("succeeded");
    expect(
      (await refusalOf(beside(world, 2).apply(plan([step("a")], { limits: [...twice, ...limits] })))).message,
    ).toContain("this plan alone starts 3");
  });

  test("lets no more through where many start at once", async () => {
    const world = new World();
    const all = await Promise.all(
      [0, 1, 2, 3, 4].map((n) =>
        beside(world, n)
          .apply(of())
          .then(() => true)
          .catch((error: unknown) => !(error instanceof RunRefused)),
      ),
    );
    expect(all.filter(Boolean)).toHaveLength(2);
  });
});

async function dry(of: Plan): Promise<string[]> {
  const world = new World();
  await world.apply(of);
  return world.types();
}

/** As the holder's own end would. */
async function release(world: World, names: readonly string[]): Promise<void> {
  const store = world.connect();
  const at = new Date(world.now).toISOString();
  for (const name of names) {
    const stream = namedStream("lock", "default", name);
    const expected = (await store.read(stream)).length;
    const event = { type: "lock.released", at, name, run: world.run } as const;
    await store.append([{ stream, expected, fence: null, events: [event] }]);
  }
  await store.close();
}
