import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { OpenLease, RunEvent } from "../../runtime/event.schema.ts";
import { AGAIN, dueAt, isGivenUp } from "../../runtime/leases/due.ts";
import { leaseStream, readStack } from "../../runtime/leases/stream.ts";
import { runControl } from "../../runtime/run/control.ts";
import { approve, fact, field, guardrail, plan, require, type StepOptions, step, takeBack, wait } from "./run-plans.ts";
import { approval, beside, ended, refusalOf, World } from "./run-world.ts";

const HOUR = 3_600_000;

const grant = (id: string, after: readonly string[] = [], more: StepOptions = {}) =>
  step(id, after, { lease: HOUR, rollback: takeBack(String(more.name ?? id)), ...more });

/** Kills the process after the first event of that type since `from`, of a run that is not killed otherwise. */
const killed = (events: readonly RunEvent[], type: RunEvent["type"], from = 0): { readonly after: number } => ({
  after: from + events.slice(from).findIndex((e) => e.type === type) + 1,
});
const auto: StepOptions = { call: { undo: true }, rollback: { kind: "auto" } };
const fails = (id: string, after: readonly string[]) => require(id, after, constant(false), "no");

const inTime = (node: string) => ({ node, because: "time", by: null, reason: null }) as const;
const alone = (node: string) => ({ node, because: "alone", by: null, reason: null }) as const;
const again = (node: string) => ({ node, because: "again", by: null, reason: null }) as const;

/** A run that has succeeded. */
async function succeeded(of: Plan, script?: World["script"]): Promise<World> {
  const world = new World(script);
  expect(ended(await world.apply(of)).outcome).toBe("succeeded");
  return world;
}

const untilOf = (world: World, node: string): number =>
  world.events.flatMap((e) => (e.type === "lease.granted" && e.node === node ? [Date.parse(e.until)] : [])).at(-1) ??
  Number.NaN;

/** Runs and nodes that are counted on a thing, and whether they are over. */
async function counted(world: World, thing: string): Promise<string[]> {
  const store = world.connect();
  const stack = await readStack(store, leaseStream("default", "world", `thing:"${thing}"`));
  return stack.leases.map(({ node, over }) => `${node}${over ? " over" : ""}`);
}

describe("a lease", () => {
  test("counts from the success of its step, and is granted in the very append that says so", async () => {
    const world = await succeeded(plan([grant("a")]), () => ({ takes: 5_000 }));
    const at = world.events.findIndex((e) => e.type === "attempt.succeeded");
    expect(world.events[at + 1]?.type).toBe("lease.granted");
    expect(untilOf(world, "a")).toBe(Date.parse(world.events[at]?.at ?? "") + HOUR);
    const rows = world.disk.rows.map((row) => row.entry);
    const opened = rows.findIndex((row) => row.includes('"lease.opened"'));
    expect(rows.findIndex((row) => row.includes('"lease.counted"'))).toBe(opened - 1);
    expect(opened).toBeLessThan(rows.findIndex((row) => row.includes('"attempt.started"')));
  });

  test("is told of at the end of the run, stands meanwhile, and is taken back at its end", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([grant("a"), step("b")])));
    const until = new Date(untilOf(world, "a")).toISOString();
    expect(end).toMatchObject({ outcome: "succeeded", leases: [{ node: "a", until, is: "open", tries: 0 }] });
    expect(await counted(world, "a")).toEqual(["a"]);
    world.now = untilOf(world, "a");
    const over = ended(await world.endLeases([inTime("a")]));
    expect(over).toMatchObject({ outcome: "succeeded", leases: [], left: [], rolledBack: null });
    expect(world.things).toEqual(["b"]);
    expect(await counted(world, "a")).toEqual([]);
    expect(await refusalOf(world.endLeases([inTime("a")]))).toMatchObject({ kind: "nothing_stands" });
  });

  test("is no part of how long its run took, however often that is taken up for it", async () => {
    const world = await succeeded(plan([grant("a"), grant("b", [], { lease: 2 * HOUR })]));
    const done = world.events.at(-1)?.at ?? "";
    for (const node of ["a", "b"]) {
      world.now = untilOf(world, node);
      await world.endLeases([inTime(node)]);
    }
    const [run] = (await world.connect().runs()).runs;
    expect(run).toMatchObject({ doneAt: done, endedAt: world.events.at(-1)?.at });
    expect(Date.parse(run?.endedAt ?? "")).toBeGreaterThan(Date.parse(done) + HOUR);
  });

  test("that nobody asks for is no lease: a node without one cannot end", async () => {
    const world = await succeeded(plan([step("a")]));
    expect(await refusalOf(world.endLeases([inTime("a")]))).toMatchObject({ kind: "nothing_stands" });
    expect(await refusalOf(world.endLeases([inTime("zzz")]))).toMatchObject({ kind: "nothing_stands" });
  });

  test("ends with its run where that fails: its step is undone as any other", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([grant("a"), step("b", ["a"]), fails("c", ["b"])])));
    expect(end).toMatchObject({ outcome: "undone", leases: [] });
    expect(world.did("remove")).toEqual(["b", "a"]);
    expect(await counted(world, "a")).toEqual([]);
  });

  test("is counted off where its step has changed nothing", async () => {
    const world = new World((operation) => (operation === "add" ? { answer: "refused", retryable: false } : undefined));
    expect(ended(await world.apply(plan([grant("a")])))).toMatchObject({ outcome: "undone", leases: [] });
    expect(world.types()).toContain("lease.closed");
    expect(await counted(world, "a")).toEqual([]);
  });

  test("of a step that may be half done counts too, where the run leaves it so", async () => {
    const world = new World(() => ({ answer: "timeout", acts: true, retryable: false }));
    const end = ended(await world.apply(plan([grant("a")], { onFailure: "continue" })));
    expect(end).toMatchObject({ outcome: "incomplete", leases: [{ node: "a", is: "open" }] });
    world.script = () => undefined;
    world.now = untilOf(world, "a");
    const over = ended(await world.endLeases([inTime("a")]));
    expect(over.leases).toEqual([]);
    expect(world.things).toEqual([]);
  });

  test("behind a point of no return outlasts the undo, and ends all the same", async () => {
    const of = plan([grant("a"), step("p", ["a"], { rollback: null, irreversible: "sent" }), fails("c", ["p"])]);
    const world = new World();
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ outcome: "incomplete", leases: [{ node: "a", is: "open" }] });
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([inTime("a")]))).toMatchObject({ outcome: "incomplete", leases: [] });
    expect(world.things).toEqual(["p"]);
  });

  test("of a run that is stopped where it was stays until its end", async () => {
    const control = runControl();
    const world = new World((operation, name) => {
      if (operation === "add" && name === "b") control.cancel("halt", "eve@example.com", null);
      return undefined;
    });
    const end = ended(await world.apply(plan([grant("a"), step("b", ["a"])]), { control }));
    expect(end).toMatchObject({ outcome: "halted", leases: [{ node: "a" }] });
    world.now = untilOf(world, "a");
    const over = ended(await world.endLeases([inTime("a")]));
    expect(over).toMatchObject({ outcome: "halted", leases: [] });
    expect(over.left.map(({ node }) => node)).toEqual(["b"]);
    expect(world.things).toEqual(["b"]);
  });
});

describe("a lease that ends while its run goes on", () => {
  test("is taken back then, and the run goes on", async () => {
    const world = await succeeded(plan([grant("a"), wait("w", ["a"], 3 * HOUR), step("b", ["w"])]));
    const [removed] = world.effects.filter((e) => e.operation === "remove");
    expect(removed).toMatchObject({ name: "a", at: untilOf(world, "a") + 100 });
    expect(world.things).toEqual(["b"]);
    expect(world.events.at(-1)).toMatchObject({ type: "run.finished", outcome: "succeeded" });
    expect(world.events.at(-1)).not.toHaveProperty("leases");
  });

  test("is not undone once more when the run fails later", async () => {
    const world = new World();
    const of = plan([step("z"), grant("a", ["z"]), wait("w", ["a"], 3 * HOUR), fails("c", ["w"])]);
    expect(ended(await world.apply(of)).outcome).toBe("undone");
    expect(world.did("remove")).toEqual(["a", "z"]);
  });

  test("is ended while people are waited for, whoever has the run in hand, and the approval stays asked for", async () => {
    const world = new World();
    const of = plan([grant("a"), approve("ok", ["a"]), step("b", ["ok"])], { locks: ["l"] });
    expect(ended(await world.apply(of)).status).toBe("waiting_approval");
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([]))).toMatchObject({ status: "waiting_approval" });
    expect(world.things).toEqual([]);
    const approvals = [
      approval("ana@example.com", { run: world.run, node: "ok", at: new Date(world.now).toISOString() }),
    ];
    expect(ended(await world.resume(world.run, { approvals })).outcome).toBe("succeeded");
    expect(world.things).toEqual(["b"]);
  });

  test("is ended though the run is paused, and the pause stays", async () => {
    const control = runControl();
    const world = new World((operation, name) => {
      if (operation === "add" && name === "a") control.pause("eve@example.com", "lunch");
      return undefined;
    });
    const of = plan([grant("a"), step("b", ["a"])]);
    expect(ended(await world.apply(of, { control })).status).toBe("paused");
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([])).status).toBe("paused");
    expect(world.things).toEqual([]);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["b"]);
  });

  test("takes with it a step of which nobody knows whether it took place", async () => {
    const of = plan([grant("a", [], { call: { repeat: "once" } }), step("b", ["a"])]);
    const dry = new World();
    await dry.apply(of);
    const world = new World();
    world.actsAt = "begin";
    await world.apply(of, { crash: killed(dry.events, "attempt.started") });
    expect(ended(await world.resume(world.run)).status).toBe("unknown_outcome");
    world.now = untilOf(world, "a");
    const end = ended(await world.endLeases([]));
    expect(end).toMatchObject({ outcome: "undone", leases: [] });
    expect(end.why).toContain("its lease was over before it was done");
    expect(world.things).toEqual([]);
  });

  test("counts anew where a person has the step repeated", async () => {
    const of = plan([grant("a", [], { call: { repeat: "once" } })]);
    const dry = await succeeded(of);
    const world = new World();
    await world.apply(of, { crash: killed(dry.events, "attempt.started") });
    expect(ended(await world.resume(world.run)).status).toBe("unknown_outcome");
    const first = untilOf(world, "a");
    world.now += HOUR / 2;
    const marks = [{ node: "a", decision: "retry", by: "eve@example.com" }] as const;
    expect(ended(await world.resume(world.run, { marks })).outcome).toBe("succeeded");
    expect(untilOf(world, "a")).toBeGreaterThan(first + HOUR / 2 - 1_000);
  });
});

describe("clocks", () => {
  const long = plan([grant("a"), wait("w", ["a"], 8 * HOUR)]);
  const jumping = async (by: number) => {
    const world = new World();
    world.later(HOUR / 2, () => world.jump(by));
    await world.apply(long);
    const [removed] = world.effects.filter((e) => e.operation === "remove");
    const jumped = world.events.find((e) => e.type === "clock.jumped");
    return { world, removed: removed?.at ?? Number.NaN, jumped: Date.parse(jumped?.at ?? "") };
  };

  test("one that is set back makes no lease longer", async () => {
    const { world, removed } = await jumping(-3 * HOUR);
    expect(removed).toBeLessThanOrEqual(untilOf(world, "a") - 3 * HOUR + 1_000);
  });

  test("a machine that slept over the end ends it as soon as it wakes", async () => {
    const { removed, jumped } = await jumping(3 * HOUR);
    expect(removed - jumped).toBeLessThan(2_000);
  });

  test("one that is set ahead by less than is left lets it end when it was said to", async () => {
    const { world, removed } = await jumping(HOUR / 4);
    expect(removed - untilOf(world, "a")).toBeLessThan(2_000);
  });

  test("after the run: the end, or sooner where the clock was set back since", () => {
    const lease: OpenLease = { node: "a", until: "2026-11-21T10:00:00.000Z", is: "open", tries: 0 };
    const end = Date.parse("2026-11-21T09:00:00.000Z");
    expect(dueAt(lease, end, end + 1)).toBe(end + HOUR);
    expect(dueAt(lease, end, end - HOUR)).toBe(end);
    expect(dueAt({ ...lease, is: "shared" }, end, end)).toBeNull();
    // Neither does the pause before the next try.
    expect(dueAt({ ...lease, is: "failed", tries: 1 }, end, end - HOUR)).toBe(end - HOUR + 60_000);
  });
});

describe("a lease whose rollback fails", () => {
  const sulky = (fails: () => boolean): World["script"] => {
    return (operation) => (operation === "remove" && fails() ? { answer: "error" } : undefined);
  };

  test("is tried again with growing pauses, then left to people, and can still be ended", async () => {
    let broken = true;
    const world = await succeeded(
      plan([grant("a")]),
      sulky(() => broken),
    );
    world.now = untilOf(world, "a");
    const end = ended(await world.endLeases([inTime("a")]));
    expect(end).toMatchObject({ outcome: "incomplete", leases: [{ node: "a", is: "failed", tries: 1 }] });
    expect(end.left[0]?.what).toMatch(/^to be done by hand: world\.remove\(name: "a"\)/);
    expect(world.events.filter((e) => e.type === "attempt.started" && e.phase === "undo")).toHaveLength(3);
    expect(await counted(world, "a")).toEqual([]);
    const second = ended(await world.endLeases([again("a")]));
    expect(second.leases).toMatchObject([{ is: "failed", tries: 2 }]);
    broken = false;
    const third = ended(await world.endLeases([again("a")]));
    expect(third).toMatchObject({ outcome: "succeeded", leases: [], left: [] });
    expect(world.things).toEqual([]);
  });

  test("is tried eight times more by itself, over hours, and then only as people ask", () => {
    const failed = (tries: number): OpenLease => ({
      node: "a",
      until: "2026-11-21T10:00:00.000Z",
      is: "failed",
      tries,
    });
    const pauses = AGAIN.map((_, i) => dueAt(failed(i + 1), 0, 0) ?? Number.NaN);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(dueAt(failed(AGAIN.length + 1), 0, 0)).toBeNull();
    expect([isGivenUp(failed(AGAIN.length)), isGivenUp(failed(AGAIN.length + 1))]).toEqual([false, true]);
  });

  test("a person may say that it was done by hand", async () => {
    const world = await succeeded(
      plan([grant("a")]),
      sulky(() => true),
    );
    world.now = untilOf(world, "a");
    await world.endLeases([inTime("a")]);
    const end = ended(await world.endLeases([], { byHand: { nodes: ["a"], by: "dana@example.com" } }));
    expect(end).toMatchObject({ outcome: "succeeded", leases: [], left: [] });
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: "lease.closed", how: "by_hand", by: "dana@example.com" }),
    );
  });

  test("does not keep another lease on the same from being taken back", async () => {
    const world = await succeeded(plan([grant("a")]));
    const other = beside(
      world,
      1,
      sulky(() => true),
      world.effects,
    );
    await other.apply(plan([grant("x", [], { name: "a" })]));
    other.now = untilOf(other, "x") + HOUR;
    await world.endLeases([inTime("a")]);
    expect(ended(await other.endLeases([inTime("x")])).outcome).toBe("incomplete");
    world.now = other.now;
    expect(ended(await world.endLeases([alone("a")])).leases).toEqual([]);
    expect(await counted(world, "a")).toEqual([]);
  });

  test("a `once` rollback that was cut off is put to a person, and not repeated unasked", async () => {
    const of = plan([
      grant("a", [], { rollback: { kind: "calls", calls: [onceBack] } }),
      grant("b", [], { lease: 2 * HOUR }),
    ]);
    const [dry, world] = [await succeeded(of), await succeeded(of)];
    const before = world.events.length;
    for (const each of [dry, world]) each.now = untilOf(each, "a");
    await dry.endLeases([inTime("a")]);
    const crash = killed(dry.events, "attempt.started", before);
    expect(await world.endLeases([inTime("a")], { crash })).toBe("died");
    const asked = ended(await world.endLeases([]));
    expect(asked).toMatchObject({ status: "unknown_outcome", unknown: [{ node: "a", phase: "undo" }] });
    const marks = [{ node: "a", decision: "done", by: "eve@example.com" }] as const;
    expect(ended(await world.resume(world.run, { marks }))).toMatchObject({
      outcome: "succeeded",
      leases: [{ node: "b" }],
    });
  });
});

const onceBack = {
  id: "a.back",
  name: "back",
  call: { ...step("a").call, operation: "remove", repeat: "once" },
  when: null,
  timeout: 10_000,
  at: "a.ops:2:1",
} as const;

describe("leases of several runs on one resource", () => {
  async function twoRuns(options: StepOptions, lateFirst = false) {
    const first = await succeeded(
      plan([grant("a", [], { ...options, name: "x", lease: lateFirst ? 3 * HOUR : HOUR })]),
    );
    first.now += HOUR / 2;
    const second = beside(first, 1, undefined, first.effects);
    expect(ended(await second.apply(plan([grant("b", [], { ...options, name: "x" })]))).outcome).toBe("succeeded");
    return { first, second };
  }

  test("it is there until the last ends, and then as it was before the first", async () => {
    const { first, second } = await twoRuns(auto);
    first.now = untilOf(first, "a");
    const kept = ended(await first.endLeases([inTime("a")]));
    expect(kept).toMatchObject({ outcome: "succeeded", leases: [{ node: "a", is: "shared" }] });
    expect(first.things).toEqual(["x"]);
    expect(await counted(first, "x")).toEqual(["a over", "b"]);
    second.now = untilOf(second, "b");
    expect(ended(await second.endLeases([inTime("b")])).leases).toEqual([]);
    expect(first.effects.filter((e) => e.operation === "undo")).toHaveLength(1);
    first.now = second.now;
    expect(ended(await first.endLeases([alone("a")])).leases).toEqual([]);
    expect(first.effects.filter((e) => e.operation === "undo")).toHaveLength(2);
    expect(first.things).toEqual([]);
    expect(await counted(first, "x")).toEqual([]);
  });

  test("whichever ends first", async () => {
    const { first, second } = await twoRuns({}, true);
    second.now = untilOf(second, "b");
    expect(ended(await second.endLeases([inTime("b")])).leases).toMatchObject([{ node: "b", is: "shared" }]);
    expect(first.things).toEqual(["x"]);
    first.now = untilOf(first, "a");
    // What was given later is taken back before what was given first.
    expect(ended(await first.endLeases([inTime("a")])).leases).toMatchObject([{ node: "a", is: "shared" }]);
    expect(first.things).toEqual(["x"]);
    second.now = first.now;
    expect(ended(await second.endLeases([alone("b")])).leases).toEqual([]);
    expect(ended(await first.endLeases([alone("a")])).leases).toEqual([]);
    expect(first.things).toEqual([]);
  });

  test("a run that fails does not take away what another has a lease on", async () => {
    const first = await succeeded(plan([grant("a", [], { name: "x" })]));
    const second = beside(first, 1, undefined, first.effects);
    const end = ended(await second.apply(plan([step("z"), grant("b", ["z"], { name: "x" }), fails("c", ["b"])])));
    expect(end).toMatchObject({ outcome: "undone", leases: [{ node: "b", is: "shared" }] });
    expect(first.things).toEqual(["x"]);
  });

  test("two of one run on the same are both taken back when it fails, and both end by themselves", async () => {
    const two = [grant("a", [], { name: "x" }), grant("b", ["a"], { name: "x", lease: 2 * HOUR })];
    const failing = new World();
    expect(ended(await failing.apply(plan([...two, fails("c", ["b"])])))).toMatchObject({
      outcome: "undone",
      leases: [],
    });
    expect(await counted(failing, "x")).toEqual([]);
    const world = await succeeded(plan(two));
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([inTime("a")])).leases).toMatchObject([
      { node: "a", is: "shared" },
      { node: "b", is: "open" },
    ]);
    expect(world.things).toEqual(["x"]);
    world.now = untilOf(world, "b");
    expect(ended(await world.endLeases([inTime("b")])).leases).toEqual([]);
    expect(world.did("remove")).toEqual(["x", "x"]);
    expect(world.things).toEqual([]);
  });

  test("what is being taken back is not given anew in the middle of it", async () => {
    const world = await succeeded(plan([grant("a", [], { name: "x" })]));
    world.now = untilOf(world, "a");
    const before = world.events.length;
    // It dies between counting off and taking back.
    expect(await world.endLeases([inTime("a")], { crash: { after: before + 3 } })).toBe("died");
    const other = beside(world, 1, undefined, world.effects);
    const end = ended(await other.apply(plan([grant("b", [], { name: "x", timeout: 5_000 })])));
    expect(end).toMatchObject({ outcome: "undone", leases: [] });
    expect(end.why).toContain('what others had a lease on, thing:"x", is being taken back');
    expect(other.did("add")).toEqual(["x"]);
    expect(ended(await world.resume(world.run))).toMatchObject({ outcome: "succeeded", leases: [] });
    expect(
      ended(await beside(other, 2, undefined, world.effects).apply(plan([grant("b", [], { name: "x" })]))).outcome,
    ).toBe("succeeded");
  });
});

describe("a lease and the rest of a run", () => {
  test("neither guardrails nor changed facts nor windows keep it from its end", async () => {
    let replicas = 3;
    const of = plan([grant("a")], {
      facts: [fact("f", { replicas: 3 }, [["replicas"]])],
      guardrails: [guardrail("g", field(constant({ ok: true }), "ok"), { everyWrite: true })],
    });
    const world = await succeeded(of, (operation) => (operation === "look" ? { value: { replicas } } : undefined));
    replicas = 9;
    world.now = untilOf(world, "a");
    const gates = world.types().filter((type) => type === "gate.judged").length;
    expect(ended(await world.endLeases([inTime("a")])).leases).toEqual([]);
    expect(world.types().filter((type) => type === "gate.judged")).toHaveLength(gates);
    expect(world.things).toEqual([]);
  });

  test("it takes the locks of its run, waits for them where it may, and lets them go", async () => {
    const world = await succeeded(plan([grant("a")], { locks: ["l"] }));
    const other = beside(world, 1, undefined, world.effects);
    expect(
      ended(await other.apply(plan([step("b"), approve("ok", ["b"]), step("c", ["ok"])], { locks: ["l"] }))).status,
    ).toBe("waiting_approval");
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([inTime("a")])).leases).toEqual([]);
    expect(world.types().slice(-3)).toEqual(["lease.closed", "locks.released", "run.finished"]);
  });

  test("while another holds its lock it is let go, stays due, and is not forgotten", async () => {
    const world = await succeeded(plan([grant("a")], { locks: ["l"] }));
    const other = beside(world, 1, undefined, world.effects);
    await other.apply(plan([step("b")], { locks: ["l"] }), { crash: { after: 5 } });
    world.now = untilOf(world, "a");
    expect(ended(await world.endLeases([inTime("a")]))).toMatchObject({ status: "waiting_lock", outcome: null });
    expect(ended(await other.resume(other.run)).outcome).toBe("succeeded");
    expect(ended(await world.endLeases([]))).toMatchObject({ outcome: "succeeded", leases: [] });
    expect(world.things).toEqual(["b"]);
  });

  test("a rollback of the run ends it; one that is refused does not, and it ends in its time", async () => {
    let replicas = 3;
    const of = plan([grant("a"), step("b", ["a"])], { facts: [fact("f", { replicas: 3 }, [["replicas"]])] });
    const script: World["script"] = (operation) => (operation === "look" ? { value: { replicas } } : undefined);
    const world = await succeeded(of, script);
    expect(ended(await world.rollback(world.run))).toMatchObject({
      outcome: "undone",
      rolledBack: "undone",
      leases: [],
    });
    expect(await counted(world, "a")).toEqual([]);
    const stands = await succeeded(of, script);
    replicas = 4;
    const refused = ended(await stands.rollback(stands.run));
    expect(refused).toMatchObject({ outcome: "succeeded", rolledBack: "refused", leases: [{ node: "a", is: "open" }] });
    stands.now = untilOf(stands, "a");
    const over = ended(await stands.endLeases([inTime("a")]));
    expect(over).toMatchObject({ outcome: "succeeded", rolledBack: null, why: null, leases: [] });
    expect(stands.things).toEqual(["b"]);
  });

  test("a rollback does not take away what others have a lease on, nor is it stopped by them or by what is gone", async () => {
    const world = await succeeded(plan([step("z"), grant("a", ["z"], { name: "x" })]));
    const other = beside(world, 1, undefined, world.effects);
    const of = [grant("b", [], { name: "x" }), grant("zz", [], { name: "z", lease: HOUR / 2 })];
    expect(ended(await other.apply(plan(of))).outcome).toBe("succeeded");
    other.now = untilOf(other, "zz");
    await other.endLeases([inTime("zz")]);
    world.now = other.now;
    expect(ended(await world.rollback(world.run))).toMatchObject({
      outcome: "undone",
      rolledBack: "undone",
      leases: [{ node: "a", is: "shared" }],
    });
    expect(world.things).toEqual(["x"]);
  });

  test("a run may be rolled back after a lease of it has ended, and that is not undone twice", async () => {
    const world = await succeeded(plan([grant("a"), step("b", ["a"])]));
    world.now = untilOf(world, "a");
    await world.endLeases([inTime("a")]);
    expect(ended(await world.rollback(world.run))).toMatchObject({ outcome: "undone", rolledBack: "undone" });
    expect(world.did("remove")).toEqual(["a", "b"]);
  });

  test("what is said to a run meanwhile neither stops nor changes it", async () => {
    const control = runControl();
    const world = await succeeded(plan([grant("a")]));
    world.now = untilOf(world, "a");
    world.script = (operation) => {
      if (operation === "remove") {
        control.cancel("rollback", "eve@example.com", null);
        control.pause("eve@example.com", null);
      }
      return undefined;
    };
    expect(ended(await world.endLeases([inTime("a")], { control }))).toMatchObject({
      outcome: "succeeded",
      leases: [],
    });
  });
});
