import { describe, expect, test } from "vitest";
import { runControl } from "../../runtime/run/control.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { approve, check, plan, step, takeBack, wait } from "./run-plans.ts";
import { approval, ended, World } from "./run-world.ts";

describe("approvals", () => {
  test("those given with the plan are counted at the start", async () => {
    const world = new World();
    const nodes = [approve("ok", [], { upfront: true, quorum: 2 }), step("a", ["ok"])];
    const approvals = [approval("ana@example.com"), approval("ben@example.com")];
    expect(ended(await world.apply(plan(nodes), { approvals })).outcome).toBe("succeeded");
    expect(world.types()).not.toContain("approval.awaited");
  });

  test("one in the middle lets go of the run; a resume without it lets go again; with it, the run goes on", async () => {
    const world = new World();
    const nodes = [step("a"), approve("ok", ["a"]), step("b", ["ok"])];
    const first = ended(await world.apply(plan(nodes)));
    expect(first).toMatchObject({
      status: "waiting_approval",
      outcome: null,
      awaiting: [{ node: "ok", missing: "1 more of SRE (ana@example.com, ben@example.com)" }],
    });
    world.now += 86_400_000;
    expect(ended(await world.resume(first.run)).status).toBe("waiting_approval");
    await world.record(
      approval("ana@example.com", { run: first.run, node: "ok", at: new Date(world.now).toISOString() }),
    );
    expect(ended(await world.resume(first.run))).toMatchObject({ status: "finished", outcome: "succeeded" });
    expect(world.did("add")).toEqual(["a", "b"]);
  });

  test("what does not wait for the approval goes on meanwhile", async () => {
    const world = new World();
    const first = ended(
      await world.apply(plan([step("a"), approve("ok", ["a"]), wait("w", [], 60_000), step("x", ["w"])])),
    );
    expect(first.status).toBe("waiting_approval");
    expect(world.did("add")).toEqual(["a", "x"]);
  });

  test("`wait` stays until the approval is recorded", async () => {
    const world = new World();
    world.later(60_000, () => {
      const at = new Date(world.now).toISOString();
      void world.record(approval("ana@example.com", { run: world.run, node: "ok", at }));
    });
    const nodes = [step("a"), approve("ok", ["a"]), step("b", ["ok"])];
    expect(ended(await world.apply(plan(nodes), { wait: true, parallel: 1 })).outcome).toBe("succeeded");
    expect(world.did("add")).toEqual(["a", "b"]);
  });

  test("a denial undoes the run and says who denied it", async () => {
    const world = new World();
    const first = ended(await world.apply(plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])])));
    const no = approval("ben@example.com", { run: first.run, node: "ok", decision: "deny", comment: "not now" });
    const end = ended(await world.resume(first.run, { approvals: [no] }));
    expect(end).toMatchObject({ outcome: "denied", why: "ok: denied by ben@example.com: not now", left: [] });
    expect(world.things).toEqual([]);
  });

  test("the run's timeout stands still while people are waited for", async () => {
    const world = new World();
    const nodes = [step("a"), approve("ok", ["a"]), step("b", ["ok"])];
    const first = ended(await world.apply(plan(nodes, { timeout: 60_000 })));
    world.now += 86_400_000;
    const yes = approval("ana@example.com", { run: first.run, node: "ok", at: new Date(world.now).toISOString() });
    expect(ended(await world.resume(first.run, { approvals: [yes] })).outcome).toBe("succeeded");
  });
});

describe("cancel, timeout, stop", () => {
  test.each([
    ["rollback", "cancelled", [] as string[]],
    ["halt", "halted", ["a"]],
  ] as const)("cancel with %s: the running step ends, then the run is %s", async (mode, outcome, things) => {
    const world = new World(() => ({ takes: 1_000 }));
    const control = runControl();
    world.later(500, () => control.cancel(mode, "dana@example.com", "wrong service"));
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"])]), { control }));
    expect(end).toMatchObject({ outcome, why: "cancelled by dana@example.com: wrong service" });
    expect(world.things).toEqual(things);
    expect(world.did("add")).toEqual(["a"]);
  });

  test("a run over its timeout starts nothing more and is undone", async () => {
    const world = new World(() => ({ takes: 4_000 }));
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])], { timeout: 6_000 })));
    expect(end).toMatchObject({ outcome: "undone", why: "the run is over its timeout of 6s" });
    expect(world.did("add")).toEqual(["a", "b"]);
    expect(world.things).toEqual([]);
  });

  test("a check that nobody needs any more does not hold up the end", async () => {
    const world = new World((operation) =>
      operation === "look" ? { answer: "hang" } : operation === "add" ? { takes: 1_000, answer: "error" } : {},
    );
    const end = ended(await world.apply(plan([step("a"), check("c", [])])));
    expect(end.outcome).toBe("undone");
    expect(world.events.at(-1)?.type).toBe("run.finished");
    expect(world.now - Date.parse(world.events.at(-1)?.at ?? "")).toBeLessThan(1_000);
  });

  test("stop ends what runs and leaves a run that can be resumed", async () => {
    const world = new World((_operation, name, at) => (name === "b" && at === 1 ? { takes: 9_000 } : undefined));
    const control = runControl();
    world.later(1_000, () => control.stop());
    const end = ended(await world.apply(plan([step("a"), step("b", ["a"]), step("c", ["b"])]), { control }));
    expect(end).toMatchObject({ status: "stopped", outcome: null, why: expect.stringContaining("opsc resume") });
    expect(ended(await world.resume(end.run)).outcome).toBe("succeeded");
    expect(world.did("add")).toEqual(["a", "b", "c"]);
  });
});

describe("the store fails in the middle", () => {
  test("nothing new is begun, running steps end, the run says so and can be resumed", async () => {
    const world = new World((_operation, name) => ({ takes: name === "b" ? 5_000 : 100 }));
    world.failAppend = (appends) =>
      appends.some((a) => a.events.some((e) => e.type === "attempt.succeeded"))
        ? new StoreError("full", "no space left on the device", "Free some space.")
        : null;
    const end = ended(await world.apply(plan([step("a"), step("b"), step("c", ["a"])])));
    expect(end).toMatchObject({
      status: "broken",
      why: "the run's log cannot be written: no space left on the device. Free some space.",
    });
    expect(world.did("add")).toEqual(["a", "b"]);
    world.failAppend = null;
    expect(ended(await world.resume(end.run)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["a", "b", "c"]);
  });

  test("another process has taken the run: what runs here is ended at once, and nothing is recorded", async () => {
    const world = new World((_operation, name) => ({ takes: name === "b" ? 5_000 : 100 }));
    world.failAppend = (appends) =>
      appends.some((a) => a.events.some((e) => e.type === "attempt.succeeded"))
        ? new StoreError("fenced", "another process holds the run", "Let it go on.")
        : null;
    const end = ended(await world.apply(plan([step("a"), step("b")])));
    expect(end).toMatchObject({ status: "broken", why: expect.stringContaining("another process holds the run") });
    expect(world.did("add")).toEqual(["a"]);
  });

  test("a fault of the program itself is told, and does not hang", async () => {
    const world = new World();
    world.failAppend = (appends) =>
      appends.some((a) => a.events.some((e) => e.type === "attempt.succeeded")) ? new TypeError("a bug") : null;
    await expect(world.apply(plan([step("a"), step("b")]))).rejects.toThrow("a bug");
  });
});

describe("an escalation", () => {
  const boss = { id: "boss", title: "Boss", members: ["zoe@example.com"] };
  const escalate = [{ after: 3_600_000, mode: "one" as const, groups: [boss] }];
  const of = plan([step("a"), approve("ok", ["a"], { escalate }), step("b", ["ok"])]);

  test("lets others give it from its time on, which is said in the run, and wakes it", async () => {
    const world = new World();
    world.later(60_000, () => void world.record(approval("zoe@example.com", { run: world.run, node: "ok" })));
    const end = ended(await world.apply(of, { wait: true }));
    expect(end.outcome).toBe("succeeded");
    const asked = world.events.find((e) => e.type === "approval.awaited");
    const escalated = world.events.find((e) => e.type === "approval.escalated");
    expect(escalated).toMatchObject({ node: "ok", to: ["boss"] });
    expect(Date.parse(escalated?.at ?? "") - Date.parse(asked?.at ?? "")).toBe(3_600_000);
  });

  test("that came due while nobody ran is seen by whoever resumes; until then it is said who may and when", async () => {
    const world = new World();
    const waiting = ended(await world.apply(of));
    expect(waiting.awaiting[0]?.missing).toBe(
      "1 more of SRE (ana@example.com, ben@example.com); from 2026-11-21T10:14:00.100Z on Boss may give it too",
    );
    await world.record(approval("zoe@example.com", { run: world.run, node: "ok" }));
    expect(ended(await world.resume(world.run)).status).toBe("waiting_approval");
    world.now += 3_600_000;
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.types().filter((type) => type === "approval.escalated")).toHaveLength(1);
  });
});

describe("a pause", () => {
  test("lets what runs end, begins nothing new and lets go; resuming goes on", async () => {
    const of = plan([step("a"), step("b", ["a"])]);
    const world = new World();
    const control = runControl();
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.node === "a") control.pause("eve@example.com", "lunch");
    };
    const end = ended(await world.apply(of, { control }));
    expect(end).toMatchObject({ status: "paused", why: "paused by eve@example.com: lunch" });
    expect(world.did("add")).toEqual(["a"]);
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    expect(world.did("add")).toEqual(["a", "b"]);
  });

  test("stops an undo too, between its steps", async () => {
    const of = plan([step("a"), step("b", ["a"]), step("c", ["b"])]);
    const world = new World((operation, name) =>
      operation === "add" && name === "c" ? { answer: "error" } : undefined,
    );
    const control = runControl();
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.phase === "undo" && event.node === "b")
        control.pause("eve@example.com", null);
    };
    expect(ended(await world.apply(of, { control })).status).toBe("paused");
    expect(world.things).toEqual(["a"]);
    expect(ended(await world.resume(world.run)).outcome).toBe("undone");
  });

  test("is not counted against the run's timeout, and a cancel ends it", async () => {
    const of = plan([step("a"), step("b", ["a"])], { timeout: 60_000 });
    const world = new World();
    const control = runControl();
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.node === "a") control.pause("eve@example.com", null);
    };
    await world.apply(of, { control });
    world.now += 7 * 86_400_000;
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
    const other = new World();
    const both = runControl();
    other.onEvent = (event) => {
      if (event.type !== "attempt.started" || event.node !== "a") return;
      both.pause("eve@example.com", null);
      both.cancel("rollback", "eve@example.com", null);
    };
    expect(ended(await other.apply(of, { control: both })).outcome).toBe("cancelled");
  });

  test("while approvals are waited for lets go of the run", async () => {
    const world = new World();
    const control = runControl();
    world.later(60_000, () => control.pause("eve@example.com", null));
    const of = plan([step("a"), approve("ok", ["a"])]);
    expect(ended(await world.apply(of, { control, wait: true })).status).toBe("paused");
    await world.record(approval("ana@example.com", { run: world.run, node: "ok" }));
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
  });
});

describe("what is said from elsewhere", () => {
  const of = plan([step("a"), step("b", ["a"])]);

  test("reaches a living run, once", async () => {
    const world = new World((_operation, name) => ({ takes: name === "a" ? 10_000 : 100 }));
    world.later(1_000, () => void world.say({ what: "cancel", mode: "rollback" }));
    expect(ended(await world.apply(of)).outcome).toBe("cancelled");
    const heard = world.events.filter((e) => e.type === "run.cancel_requested");
    expect(heard).toMatchObject([{ by: "eve@example.com", said: 0 }]);
    expect(world.things).toEqual([]);
  });

  test("to a run whose process died: a cancel is heard by the next, a pause is over", async () => {
    for (const [what, outcome] of [
      ["cancel", "cancelled"],
      ["pause", "succeeded"],
    ] as const) {
      const world = new World();
      await world.apply(of, { crash: { after: 4 } });
      await world.say({ what, mode: what === "cancel" ? "rollback" : null });
      expect(ended(await world.resume(world.run)).outcome).toBe(outcome);
    }
  });

  test("a second cancel says how it ends; the first why", async () => {
    const world = new World((_operation, name) => ({ takes: name === "a" ? 10_000 : 100 }));
    world.later(1_000, () => void world.say({ what: "cancel", mode: "rollback", reason: "one" }));
    world.later(2_000, () => void world.say({ what: "cancel", mode: "halt", reason: "two" }));
    const end = ended(await world.apply(of));
    expect(end).toMatchObject({ outcome: "halted", why: "cancelled by eve@example.com: one" });
    expect(world.things).toEqual(["a"]);
  });

  test("a cancel during undo with halt stops it there and tells what stands", async () => {
    const world = new World((operation, name) => {
      if (operation === "remove") return { takes: 10_000 };
      return name === "b" ? { answer: "error", acts: false } : undefined;
    });
    const three = plan([step("x"), step("a", ["x"]), step("b", ["a"])]);
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.phase === "undo" && event.node === "a")
        void world.say({ what: "cancel", mode: "halt" });
    };
    const end = ended(await world.apply(three));
    expect(end.outcome).toBe("halted");
    expect(world.things).toEqual(["x"]);
    expect(end.left.map((l) => l.node)).toEqual(["x"]);
  });
});

describe("a run that is taken up", () => {
  const lasting = plan([step("a", [], { lease: 3_600_000, rollback: takeBack("a") })]);

  test("is vouched for by what is then gone on with, or nothing is done", async () => {
    const waits = plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])]);
    for (const [of, act] of [
      [waits, (world: World, run: string) => world.resume(run)],
      [plan([step("a")]), (world: World, run: string) => world.rollback(run)],
      [
        lasting,
        (world: World) => world.endLeases([{ node: "a", because: "revoked", by: "eve@example.com", reason: null }]),
      ],
    ] as const) {
      const world = new World();
      const { run } = ended(await world.apply(of));
      const [before, things] = [world.events.length, world.things];
      const asked: unknown[] = [];
      world.vouch = async ({ created, seq, file }) => {
        asked.push([created.run, seq, file.plan.nonce]);
        throw new Error("nobody vouches for it");
      };
      await expect(act(world, run)).rejects.toThrow("nobody vouches for it");
      expect(asked).toEqual([[run, 1, of.nonce]]);
      expect([world.events.length, world.things]).toEqual([before, things]);
      world.vouch = async () => undefined;
      ended(await act(world, run));
      expect(world.events.length).toBeGreaterThan(before);
    }
  });

  test("only to end it does not go on where no cancel is heard", async () => {
    const world = new World();
    const { run } = ended(await world.apply(plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])])));
    await world.record(approval("ana@example.com", { run, node: "ok", at: new Date(world.now).toISOString() }));
    await expect(world.resume(run, { toEnd: true })).rejects.toThrow(`no cancel of run ${run} that counts`);
    expect(world.things).toEqual(["a"]);
    await world.say({ what: "cancel", mode: "rollback" });
    // It dies once the cancel is heard: whoever ends it next need not say it again.
    const heard = world.events.length + 2;
    expect(await world.resume(run, { toEnd: true, crash: { after: heard } })).toBe("died");
    expect(world.types().at(-1)).toBe("run.cancel_requested");
    expect(ended(await world.resume(run, { toEnd: true })).outcome).toBe("cancelled");
    expect(world.things).toEqual([]);
  });
});
