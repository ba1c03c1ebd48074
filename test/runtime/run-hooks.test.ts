import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { PlanHook } from "../../compiler/plan/plan.schema.ts";
import { approve, field, guardrail, plan, ref, step, wait } from "./run-plans.ts";
import { approval, ended, World } from "./run-world.ts";

const tell = (id: string, after: readonly string[] = [], more: Parameters<typeof step>[2] = {}) =>
  step(id, after, { rollback: null, ...more, call: { operation: "tell", ...more.call } });
const hook = (event: PlanHook["event"], ...nodes: PlanHook["nodes"]): PlanHook => ({ event, at: "a.ops:9:1", nodes });
const all = (): PlanHook[] => [
  hook("start", tell("on_start.t")),
  hook("failure", tell("on_failure.t")),
  hook("success", tell("on_success.t")),
  hook("end", tell("on_end.t")),
];
const told = (world: World): string[] => world.did("tell");
const failing = field(constant(null), "y");

describe("hooks", () => {
  test("tell of the start before the first step, and of success and the end when all is done", async () => {
    const world = new World();
    const end = ended(await world.apply(plan([step("a")], { hooks: all() })));
    expect(end.outcome).toBe("succeeded");
    expect(world.effects.map((e) => e.name)).toEqual(["on_start.t", "a", "on_success.t", "on_end.t"]);
    expect(world.types().slice(-5)).toEqual(
      ["hook.finished", "hook.started", "attempt.started", "attempt.succeeded", "hook.finished", "run.finished"].slice(
        -5,
      ),
    );
  });

  test("tell of a failure after the undo, with how it ended and why", async () => {
    const outcome = { expr: { k: "text" as const, parts: [{ e: ref("run", "outcome"), as: "plain" as const }, "!"] } };
    const message = { expr: field(ref("run", "error"), "step") };
    const hooks = [
      hook(
        "failure",
        tell("on_failure.o", [], { name: outcome }),
        tell("on_failure.e", ["on_failure.o"], { name: message }),
      ),
    ];
    const world = new World();
    const of = plan([step("a"), step("b", ["a"], { name: { expr: failing } })], { hooks });
    expect(ended(await world.apply(of)).outcome).toBe("undone");
    expect(world.effects.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      "add a",
      "remove a",
      "tell undone!",
      "tell b",
    ]);
  });

  test("that fail change nothing about the run, and are told", async () => {
    const world = new World((operation) => (operation === "tell" ? { answer: "error", retryable: false } : undefined));
    const hooks = [
      hook("start", tell("on_start.t")),
      hook("success", tell("on_success.t"), tell("on_success.u", ["on_success.t"])),
    ];
    const end = ended(await world.apply(plan([step("a")], { hooks })));
    expect(end.outcome).toBe("succeeded");
    expect(end.left).toEqual([]);
    expect(end.hooks).toEqual([
      { event: "start", why: "on_start.t: on_start.t says no" },
      { event: "success", why: "on_success.t: on_success.t says no" },
    ]);
    expect(world.dispatched).not.toContain("tell on_success.u");
  });

  test("are tried again, wait and read what steps gave; what never was is none", async () => {
    let tries = 0;
    const world = new World((operation) => (operation === "tell" && tries++ === 0 ? { answer: "error" } : undefined));
    const hooks = [
      hook(
        "end",
        tell("on_end.t", [], {
          retry: { attempts: 2, backoffMin: 1_000, backoffMax: 1_000 },
          name: { expr: field(ref("step", "a"), "name") },
        }),
        wait("on_end.w", ["on_end.t"], 500),
        tell("on_end.u", ["on_end.w"]),
      ),
    ];
    expect(ended(await world.apply(plan([step("a")], { hooks }))).outcome).toBe("succeeded");
    expect(told(world)).toEqual(["a", "on_end.u"]);
  });

  test("tell each time that an approval is asked for, beside the run, and hold nothing up", async () => {
    const hooks = [hook("approval_requested", tell("on_approval_requested.t"))];
    const of = plan([step("a"), approve("one", ["a"]), step("b", ["one"]), approve("two", ["b"])], { hooks });
    const world = new World();
    expect(ended(await world.apply(of)).status).toBe("waiting_approval");
    await world.record(approval("ana@example.com", { run: world.run, node: "one" }));
    expect(ended(await world.resume(world.run)).status).toBe("waiting_approval");
    expect(told(world)).toEqual(["on_approval_requested.t", "on_approval_requested.t"]);
    const keys = world.effects.flatMap((e) => (e.operation === "tell" ? [e.key] : []));
    expect(new Set(keys).size).toBe(2);
    await world.record(approval("ana@example.com", { run: world.run, node: "two" }));
    expect(ended(await world.resume(world.run)).outcome).toBe("succeeded");
  });

  test("do not hold up undo", async () => {
    const hooks = [hook("approval_requested", tell("on_approval_requested.t"))];
    const of = plan([step("a"), approve("one", ["a"])], { hooks });
    const world = new World((operation) => (operation === "tell" ? { takes: 9_000 } : undefined));
    const deny = (): void =>
      void world.record(approval("ana@example.com", { run: world.run, node: "one", decision: "deny" }));
    world.later(1_000, deny);
    expect(ended(await world.apply(of, { wait: true })).outcome).toBe("denied");
    const at = (operation: string) => world.effects.find((e) => e.operation === operation)?.at ?? 0;
    expect(at("remove")).toBeLessThan(at("tell"));
  });

  test.each(["idempotent", "once"] as const)("that a crash cut off: %s", async (repeat) => {
    const of = plan([step("a")], { hooks: [hook("success", tell("on_success.t", [], { call: { repeat } }))] });
    const dry = new World();
    await dry.apply(of);
    const after = dry.events.findIndex((e) => e.type === "attempt.started" && e.node === "on_success.t") + 1;
    const world = new World();
    world.actsAt = "begin";
    await world.apply(of, { crash: { after } });
    const end = ended(await world.resume(world.run));
    expect(end.outcome).toBe("succeeded");
    expect(end.unknown).toEqual([]);
    expect(told(world)).toHaveLength(repeat === "once" ? 0 : 1);
    expect(end.hooks).toEqual(
      repeat === "once"
        ? [{ event: "success", why: "on_success.t: it was cut off, and whether it took place is not known" }]
        : [],
    );
  });

  test("do not tell of a start that a gate refused, nor of a failure: only its end", async () => {
    const world = new World();
    const of = plan([step("a")], { hooks: all(), guardrails: [guardrail("no", constant(false))] });
    expect(ended(await world.apply(of)).outcome).toBe("refused");
    expect(told(world)).toEqual(["on_end.t"]);
  });

  test("tell of a failure where nothing was changed either, and where an approver said no", async () => {
    const failed = new World();
    const of = plan([step("a", [], { name: { expr: failing } })], { hooks: all() });
    expect(ended(await failed.apply(of)).outcome).toBe("undone");
    expect(told(failed)).toEqual(["on_start.t", "on_failure.t", "on_end.t"]);
    const denied = new World();
    denied.later(
      1_000,
      () => void denied.record(approval("ana@example.com", { run: denied.run, node: "ok", decision: "deny" })),
    );
    const asks = plan([approve("ok", []), step("a", ["ok"])], { hooks: all() });
    expect(ended(await denied.apply(asks, { wait: true })).outcome).toBe("denied");
    expect(told(denied)).toEqual(["on_failure.t", "on_end.t"]);
  });

  test("come too late for a cancel: the run has ended", async () => {
    const world = new World((operation) => ({ takes: operation === "tell" ? 10_000 : 100 }));
    world.later(5_000, () => void world.say({ what: "cancel", mode: "rollback" }));
    const of = plan([step("a")], { hooks: [hook("success", tell("on_success.t"))] });
    expect(ended(await world.apply(of)).outcome).toBe("succeeded");
    expect(world.things).toEqual(["a"]);
  });
});
