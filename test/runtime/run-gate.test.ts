import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Preview } from "../../compiler/plan/plan.schema.ts";
import { fingerprintBy, keptPreview } from "../../runtime/plan/preview.ts";
import { approve, check, fact, field, guardrail, op, plan, ref, step } from "./run-plans.ts";
import { approval, ended, type Script, World } from "./run-world.ts";

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

describe("previews before the first write", () => {
  const DIFF = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-6 v41\n+8 v41\n";
  const shows: Preview = { sensitive: false, summary: "change f", diff: DIFF };
  const shown = (id: string, after: readonly string[] = [], more: Parameters<typeof step>[2] = {}) =>
    step(id, after, { preview: shows, ...more });
  /** Answers previews with that, all else as usual. */
  const previewing =
    (told: (name: string, at: number) => ReturnType<Script>): Script =>
    (_operation, name, at, method) =>
      method === "preview" ? told(name, at) : undefined;
  const now = (summary: string, diff: string | null) => ({ value: { summary, diff } });
  const same = now("change f", DIFF);
  const previews = (world: World) =>
    world.events.flatMap((e) => (e.type === "gate.judged" ? [e.previews ?? null] : []));

  test("that are what the plan shows let the run begin, and are counted", async () => {
    const world = new World(previewing(() => same));
    const nodes = [shown("a"), step("b", ["a"]), shown("c", ["b"])];
    expect(ended(await world.apply(plan(nodes))).outcome).toBe("succeeded");
    expect(previews(world)).toEqual([{ compared: 2, changed: [], more: 0 }]);
    expect(world.things).toEqual(["a", "b", "c"]);
  });

  test("one that is another refuses the run before any write, with what was and is", async () => {
    const other = DIFF.replace("6 v41", "6 v42");
    const world = new World(previewing((name) => (name === "c" ? now("change f", other) : same)));
    const end = ended(await world.apply(plan([shown("a"), shown("c", ["a"])])));
    const why =
      "c would change something else than the plan shows: `-6 v41` when it was made, and now `-6 v42`; make a new plan";
    expect(end).toMatchObject({ outcome: "refused", why });
    expect(world.effects).toEqual([]);
    expect(previews(world)).toEqual([
      { compared: 2, changed: [{ node: "c", was: "change f", is: "change f", why }], more: 0 },
    ]);
  });

  test("that there is nothing left to change is another plan too", async () => {
    const world = new World(previewing(() => now("no change", null)));
    expect(ended(await world.apply(plan([shown("a")])))).toMatchObject({
      outcome: "refused",
      why: "a would change something else than the plan shows: `change f` when it was made, and now `no change`; make a new plan",
    });
  });

  test("one that cannot be asked for now is tried again, then refuses", async () => {
    const passing = new World(previewing((_, at) => (at < 3 ? { answer: "error" } : same)));
    expect(ended(await passing.apply(plan([shown("a")]))).outcome).toBe("succeeded");
    const lasting = new World(previewing(() => ({ answer: "error" })));
    expect(ended(await lasting.apply(plan([shown("a")])))).toMatchObject({
      outcome: "refused",
      why: "what a would change could not be asked again: a says no",
    });
    const silent = new World(previewing(() => ({ value: null })));
    expect(ended(await silent.apply(plan([shown("a")]))).why).toBe(
      "what a would change could not be asked again: its provider does not tell any more",
    );
  });

  test("of a step without one nothing is asked, nor of reads", async () => {
    const world = new World(previewing(() => ({ answer: "error" })));
    const read = shown("r", [], { call: { effect: "read" }, rollback: null });
    expect(ended(await world.apply(plan([read, step("a", ["r"])]))).outcome).toBe("succeeded");
    expect(previews(world)).toEqual([null]);
  });

  test("of a branch that is not taken nothing is asked once that is known; else it counts", async () => {
    const world = new World((operation, name, _at, method) => {
      if (method === "preview") return name === "no" ? now("change g", null) : same;
      return operation === "add" && name === "r" ? { value: { go: false } } : undefined;
    });
    const read = step("r", [], { call: { effect: "read" }, rollback: null });
    const branch = (id: string, after: readonly string[]) =>
      shown(id, after, { when: [op("eq", field(ref("step", "r"), "go"), constant(true))] });
    const nodes = [read, shown("a", ["r"]), branch("no", ["a"])];
    expect(ended(await world.apply(plan(nodes))).outcome).toBe("succeeded");
    expect(previews(world)).toEqual([{ compared: 1, changed: [], more: 0 }]);
    expect(world.things).not.toContain("no");
    const open = new World(world.script);
    const late = [shown("a"), { ...read, after: [{ id: "a", why: "order" as const }] }, branch("no", ["r"])];
    expect(ended(await open.apply(plan(late)))).toMatchObject({
      outcome: "refused",
      why: expect.stringMatching(/^no /),
    });
  });

  test("the run's own writes are not compared: steps may write one thing after another", async () => {
    const world: World = new World(previewing(() => (world.effects.length === 0 ? same : now("no change", null))));
    const nodes = [shown("a"), shown("again", ["a"], { name: "a" }), approve("ok", ["again"]), shown("b", ["ok"])];
    const first = ended(await world.apply(plan(nodes)));
    const yes = approval("ana@example.com", { run: first.run, node: "ok", at: new Date(world.now).toISOString() });
    expect(ended(await world.resume(first.run, { approvals: [yes] })).outcome).toBe("succeeded");
    expect(previews(world)).toEqual([{ compared: 3, changed: [], more: 0 }, null]);
  });

  test("killed at any event and resumed: looked at until something was written, and not after", async () => {
    const nodes = [shown("a"), shown("b", ["a"]), shown("c", ["b"])];
    const whole = new World(previewing(() => same));
    ended(await whole.apply(plan(nodes)));
    for (let after = 2; after < whole.events.length; after++) {
      const world: World = new World(previewing(() => (world.effects.length === 0 ? same : now("no change", null))));
      expect(await world.apply(plan(nodes), { crash: { after } })).toBe("died");
      const began = world.types().includes("attempt.started");
      expect(ended(await world.resume(world.run)), `after ${after}`).toMatchObject({ outcome: "succeeded" });
      const looks = previews(world).filter((p) => p !== null).length;
      expect(looks, `after ${after}`).toBe(began || !world.types().slice(0, after).includes("gate.judged") ? 1 : 2);
    }
    const stale: World = new World(previewing((_, at) => (at === 1 ? same : now("no change", null))));
    const gate = whole.types().indexOf("gate.judged") + 1;
    expect(await stale.apply(plan(nodes), { crash: { after: gate } })).toBe("died");
    expect(ended(await stale.resume(stale.run)).outcome).toBe("refused");
    expect(stale.effects).toEqual([]);
  });

  test("of a fleet they are asked for side by side, and the first that differ are told", async () => {
    const nodes = Array.from({ length: 40 }, (_, i) => shown(`s${i}`));
    const world = new World(previewing(() => now("no change", null)));
    const began = world.now;
    const end = ended(await world.apply(plan(nodes), { parallel: 8 }));
    expect(world.now - began).toBe((40 / 8) * 100);
    expect(end.why?.split("; ").at(-1)).toBe("37 further steps would change something else too");
    expect(previews(world)[0]).toMatchObject({ compared: 40, more: 20, changed: { length: 20 } });
  });

  test("of what is sensitive the difference is compared by its fingerprint, and never told", async () => {
    const key = (byte: number) => fingerprintBy(() => new Uint8Array(32).fill(byte));
    const apply = async (by: number | null, diff: string) => {
      const world = new World(previewing(() => now("change f", diff)));
      if (by !== null) world.fingerprint = key(by);
      const preview = keptPreview("a", { summary: "change f", diff: DIFF }, true, key(1));
      const end = ended(await world.apply(plan([shown("a", [], { preview })])));
      expect(JSON.stringify(world.events)).not.toContain("v4");
      return end;
    };
    const other = DIFF.replace("v41", "v42");
    expect((await apply(1, DIFF)).outcome).toBe("succeeded");
    expect(await apply(1, other)).toMatchObject({
      outcome: "refused",
      why: "a would change something else than the plan shows: the difference is another, and is not shown since it may be sensitive; make a new plan",
    });
    // Another machine, or one without a key, can compare summaries only.
    expect((await apply(2, other)).outcome).toBe("succeeded");
    expect((await apply(null, other)).outcome).toBe("succeeded");
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
