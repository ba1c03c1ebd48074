import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import { runControl } from "../../runtime/run/control.ts";
import { approve, fact, guardrail, plan, step } from "./run-plans.ts";
import { approval, beside, ended, refusalOf, type Told, World } from "./run-world.ts";

const two = plan([step("a"), step("b", ["a"])]);

async function done(of = two, script?: World["script"]): Promise<World> {
  const world = new World(script);
  expect(ended(await world.apply(of)).outcome).toBe("succeeded");
  return world;
}

describe("a run that had ended and is rolled back", () => {
  test("is undone in reverse, by its log, and says who wanted it", async () => {
    const world = await done();
    const end = ended(await world.rollback(world.run));
    expect(end).toMatchObject({ outcome: "undone", rolledBack: "undone", why: "rolled back by eve@example.com: slow" });
    expect(world.things).toEqual([]);
    expect(world.did("remove")).toEqual(["b", "a"]);
    expect(await refusalOf(world.rollback(world.run))).toMatchObject({ kind: "nothing_stands" });
  });

  test("stops at a point of no return, and says so", async () => {
    const world = await done(
      plan([step("a"), step("p", ["a"], { rollback: null, irreversible: "sent" }), step("b", ["p"])]),
    );
    const end = ended(await world.rollback(world.run));
    expect(end).toMatchObject({ outcome: "incomplete", rolledBack: "in part" });
    expect(end.left).toEqual([
      { node: "p", what: "done and cannot be undone: sent" },
      { node: "a", what: "stays as it is, because p comes after it and cannot be undone" },
    ]);
    expect(world.things).toEqual(["a", "p"]);
  });

  test("is not, where a fact that it did not change itself is another by now: it stands as it had ended", async () => {
    let replicas = 3;
    const script = (operation: string): Told | undefined =>
      operation === "look" ? { value: { replicas } } : undefined;
    const of = plan([step("a")], {
      facts: [fact("current", { replicas: 3 }, [["replicas"]])],
      guardrails: [guardrail("open", constant(true))],
      locks: ["l"],
    });
    const world = await done(of, script);
    replicas = 4;
    const end = ended(await world.rollback(world.run));
    expect(end).toMatchObject({ outcome: "succeeded", rolledBack: "refused" });
    expect(end.why).toMatch(
      /current\.replicas was 3 when the plan was made and is 4 now, and no step of this run writes \S+, so that somebody else/,
    );
    expect(world.things).toEqual(["a"]);
    replicas = 3;
    expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
  });

  describe("asks steps with a preview whether what they left is still there", () => {
    const told = (summary: string) => ({ value: { summary, diff: null } });
    const preview = { sensitive: false, summary: "make it", diff: null };
    const shown = (id: string, after: readonly string[] = [], thing = id) =>
      step(id, after, { preview, call: { resource: { is: "known", value: `thing:${thing}` } } });
    const previewing =
      (of: () => string): World["script"] =>
      (_operation, _name, _at, method) =>
        method === "preview" ? told(of()) : undefined;

    test.each([
      ["nothing would change", "no change"],
      ["the same would change as before, as it is with one that looks at nothing", "make it"],
    ])("and is undone where %s", async (_, now) => {
      let says = "make it";
      const world = await done(
        plan([shown("a"), shown("b", ["a"])]),
        previewing(() => says),
      );
      says = now;
      expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
      const gates = world.events.flatMap((e) => (e.type === "gate.judged" ? [e.previews] : []));
      expect(gates.at(-1)).toEqual({ compared: 2, changed: [], more: 0 });
    });

    test("and is not undone where somebody has changed it since", async () => {
      let says = "make it";
      const world = await done(
        plan([shown("a"), shown("b", ["a"])]),
        previewing(() => says),
      );
      says = "make it\nfrom what eve made";
      const end = ended(await world.rollback(world.run));
      expect(end).toMatchObject({ outcome: "succeeded", rolledBack: "refused" });
      expect(end.why).toContain(
        "what a left has been changed since: to do it again would be `make it from what eve made`",
      );
      expect(world.things).toEqual(["a", "b"]);
      says = "no change";
      expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
    });

    test("save those over which the run itself wrote later", async () => {
      let says = "make it";
      const world = await done(
        plan([shown("a"), shown("b", ["a"], "a")]),
        previewing(() => says),
      );
      says = "no change";
      expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
      const gates = world.events.flatMap((e) => (e.type === "gate.judged" ? [e.previews] : []));
      expect(gates.at(-1)).toEqual({ compared: 1, changed: [], more: 0 });
    });
  });

  test("is not, where a later run has written the same", async () => {
    const world = await done();
    world.now += 1_000;
    const other = beside(world, 1);
    await other.apply(plan([step("b")]));
    expect(await refusalOf(world.rollback(world.run))).toMatchObject({
      kind: "written_since",
      message: `run ${other.run} wrote thing:"b" after it`,
    });
    const before = world.disk.rows.length;
    await refusalOf(world.rollback(world.run));
    expect(world.disk.rows).toHaveLength(before);
    // Once that is undone, this may be.
    expect(ended(await other.rollback(other.run)).rolledBack).toBe("undone");
    expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
  });

  test("is not, where one that came later by the log did so, whatever the clock said then", async () => {
    const world = await done();
    world.now -= 3_600_000;
    const other = beside(world, 1);
    await other.apply(plan([step("b")]));
    expect(await refusalOf(world.rollback(world.run))).toMatchObject({ kind: "written_since" });
    expect(ended(await other.rollback(other.run)).rolledBack).toBe("undone");
    expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
  });

  test("takes its locks again, and is refused while another run has them", async () => {
    const of = plan([step("a")], { locks: ["l"] });
    const world = await done(of);
    const other = beside(world, 1, (_operation, name) => (name === "x" ? { answer: "hang" } : undefined));
    await other.apply(plan([step("x")], { locks: ["l"] }), { crash: { after: 5 } });
    expect(await refusalOf(world.rollback(world.run))).toMatchObject({ kind: "lock" });
  });

  test("may be one that was halted, from where it stopped", async () => {
    const world = new World();
    const control = runControl();
    world.onEvent = (event) => {
      if (event.type === "attempt.started" && event.node === "a") control.cancel("halt", "eve@example.com", null);
    };
    expect(ended(await world.apply(two, { control })).outcome).toBe("halted");
    expect(ended(await world.rollback(world.run)).rolledBack).toBe("undone");
    expect(world.things).toEqual([]);
  });

  test("is refused while it goes on, and where it changed nothing", async () => {
    const world = new World();
    await world.apply(plan([step("a"), approve("ok", ["a"])]));
    expect(await refusalOf(world.rollback(world.run))).toMatchObject({ kind: "not_over" });
    await world.record(approval("ana@example.com", { run: world.run, node: "ok" }));
    const refused = new World();
    await refused.apply(plan([step("a")], { guardrails: [guardrail("no", constant(false))] }));
    expect(await refusalOf(refused.rollback(refused.run))).toMatchObject({ kind: "nothing_stands" });
  });

  test("goes on after a crash at any event, as if there had been none", async () => {
    const of = plan([step("a"), step("b", ["a"])], { locks: ["l"] });
    const whole = await done(of);
    const before = whole.events.length;
    await whole.rollback(whole.run);
    for (let after = before + 2; after < whole.events.length; after++) {
      const world = await done(of);
      expect(await world.rollback(world.run, { crash: { after } })).toBe("died");
      expect(ended(await world.resume(world.run)).rolledBack, `killed after event ${after}`).toBe("undone");
      expect(world.things).toEqual([]);
    }
  });
});
