/** Guardrails on plans of which not all is known: counts between bounds, reads of their own, parts judged by themselves. */
import { describe, expect, test } from "vitest";
import { factKey, readingsOf } from "../../compiler/expand/guardrail-facts.ts";
import { planAction } from "../../compiler/expand/plan.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { type Asked, outcomeOf, planOf, requestOf } from "./planning.ts";
import { programOf } from "./project.ts";

const writes = (prefix: string, count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `step ${prefix}${i} = file.write(path: "${prefix}${i}", content: "x") { rollback auto }`,
  ).join("\n  ");

const byName = (plan: Plan, name = "rule"): Plan["guardrails"][number] => {
  const found = plan.guardrails.find((g) => g.name === name);
  if (found === undefined) throw new Error(`there is no guardrail ${name}`);
  return found;
};

describe("counts over steps that may be skipped", () => {
  const plan = (certain: number, possible: number, otherwise: number, rule: string): Plan =>
    planOf(`use file
guardrail rule { ${rule} }
action act() {
  step look = file.read(path: "where")
  ${writes("sure", certain)}
  if look.exists {
    ${writes("yes", possible)}
  } else {
    ${writes("no", otherwise)}
  }
}`);
  const few = 'require plan.writes.count <= 10 else "${plan.writes.count} writes"';

  test("4 that are certain and 3 that are possible are 10 at most: it holds however the run goes", () => {
    expect(byName(plan(4, 3, 0, few))).toMatchObject({
      status: "pass",
      why: null,
      saw: [{ name: "plan.writes.count", value: { from: 4, to: 7 } }],
      requires: [{ status: "pass", condition: { k: "const", v: true } }],
    });
  });
  test("8 to 12 are decided in the run", () => {
    expect(byName(plan(8, 4, 0, few))).toMatchObject({
      status: "deferred",
      why: "decided in the run: it depends on plan.writes.count (8 to 12)",
      saw: [{ name: "plan.writes.count", value: { from: 8, to: 12 } }],
    });
  });
  test("11 at least fail at once", () => {
    expect(byName(plan(11, 1, 0, few))).toMatchObject({
      status: "fail",
      why: "it must hold that plan.writes.count <= 10",
    });
    expect(byName(plan(12, 0, 0, few))).toMatchObject({ status: "fail", why: "12 writes" });
  });
  test("of two branches one is run", () => {
    expect(byName(plan(4, 6, 5, few)).status).toBe("pass");
    expect(byName(plan(4, 3, 3, "require plan.writes.count == 7")).status).toBe("pass");
    expect(byName(plan(4, 3, 2, "require plan.writes.count == 7")).status).toBe("deferred");
  });
  test("members that may be there decide any, all, filter and contains where they can", () => {
    const status = (rule: string): string => byName(plan(1, 1, 1, rule)).status;
    expect(status('require plan.writes.any(w => w.resource == "file:sure0")')).toBe("pass");
    expect(status('require plan.writes.any(w => w.resource == "file:yes0")')).toBe("deferred");
    expect(status('require plan.writes.any(w => w.resource == "file:other")')).toBe("fail");
    expect(status('require plan.writes.all(w => w.operation == "file.write")')).toBe("pass");
    expect(status('require plan.writes.all(w => w.resource != "file:no0")')).toBe("deferred");
    expect(status('require plan.resources.contains("file:sure0")')).toBe("pass");
    expect(status('require plan.resources.contains("file:no0")')).toBe("deferred");
    expect(status("require plan.resources.length == 2")).toBe("pass");
    expect(status('require plan.writes.filter(w => w.effect == "write").length == 2')).toBe("pass");
    expect(status('require plan.steps.map(s => s.id).contains("sure0")')).toBe("pass");
  });
  test("what is unknown stays so through !, &&, || and ? :", () => {
    const status = (rule: string): string => byName(plan(1, 1, 0, rule)).status;
    expect(status("require !(plan.writes.count == 2)")).toBe("deferred");
    expect(status("require plan.writes.count == 2 || plan.writes.count < 3")).toBe("pass");
    expect(status("require plan.writes.count == 2 && plan.destroys.count > 0")).toBe("fail");
    expect(status("require plan.writes.count == 2 ? plan.writes.count < 3 : plan.destroys.count == 0")).toBe("pass");
    expect(status("applies to action when plan.writes.count == 2\n require plan.destroys.count > 0")).toBe("deferred");
    expect(status("applies to action when plan.writes.count == 2\n require plan.destroys.count == 0")).toBe("pass");
  });
});

describe("a fact in a guardrail", () => {
  const source = `use file
approver sre { members = ["ana@example.com"] }
guardrail calm {
  applies to action with { path: string }
  enforcement = soft
  override by sre
  fact mode = file.read(path: "\${path}.freeze")
  require !mode.exists else "\${path} is frozen: \${mode.content ?? ""}"
}
action act(path: string = "site") {
  fact now = file.read(path: path)
  step put = file.write(path: path, content: now.content ?? "x") { rollback auto }
}`;
  const id = "guardrail . main.ops#calm.mode";
  const site: Value = { exists: true, content: "a", sha256: null };
  const free: Value = { exists: false, content: null, sha256: null };
  const outcome = (asked: Asked) => outcomeOf(source, { ...asked, facts: { now: site, ...asked.facts } });

  test("is read beside the action's own, with the inputs put in", () => {
    const found = outcome({ facts: { [id]: free } });
    if (!("plan" in found)) throw new Error("it is planned");
    expect(found.rounds).toEqual([["now", id]]);
    expect(byName(found.plan, "calm")).toMatchObject({
      status: "pass",
      saw: [{ name: "mode.exists", value: false }],
      facts: [
        {
          id: "main.ops#calm.mode",
          name: "mode",
          call: { operation: "read", args: [{ name: "path", value: { is: "known", value: "site.freeze" } }] },
          value: { is: "known", value: free },
        },
      ],
      // It is read again, so what it read stays open.
      requires: [{ condition: { k: "op", op: "not" } }],
      overrideBy: { mode: "one", groups: [{ id: "main.ops#sre", members: ["ana@example.com"] }] },
    });
    expect(found.plan.providers.map((p) => p.instance)).toEqual(["file"]);
  });
  test("decides, and its message may tell of it", () => {
    const found = outcome({ facts: { [id]: { exists: true, content: "audit", sha256: null } } });
    if (!("plan" in found)) throw new Error("it is planned");
    expect(byName(found.plan, "calm")).toMatchObject({ status: "fail", why: "site is frozen: audit" });
  });
  test("that cannot be read keeps nobody from planning, and decides nothing", () => {
    const found = outcome({ unread: { [id]: "cannot be read: no such host" } });
    if (!("plan" in found)) throw new Error("it is planned");
    expect(byName(found.plan, "calm")).toMatchObject({
      status: "deferred",
      why: "decided in the run: it depends on mode, which cannot be read: no such host",
      facts: [{ value: { is: "unknown", why: "cannot be read: no such host" } }],
    });
  });
  test("is not read where the guardrail does not apply", () => {
    const other = source.replace("{ path: string }", '{ path: string } when path == "other"');
    const found = outcomeOf(other, { facts: { now: site } });
    if (!("plan" in found)) throw new Error("it is planned");
    expect(found.rounds).toEqual([["now"]]);
    expect(found.plan.guardrails).toEqual([]);
  });
  test("without asking the world, is left to the run", () => {
    const request = requestOf(
      programOf(source.replace("  fact now = file.read(path: path)\n", "").replace('now.content ?? "x"', '"x"')),
      {},
    );
    if ("problems" in request) throw new Error("the inputs are right");
    const planned = planAction({ ...request, offline: true }, new Map());
    if (planned.kind !== "plan") throw new Error("it is planned");
    expect(byName(planned.plan, "calm")).toMatchObject({
      status: "deferred",
      why: "decided in the run: it depends on mode, which is read in the run",
    });
  });
  test("a plan is made again from what it says was read", () => {
    for (const asked of [
      { facts: { now: site, [id]: free } },
      { facts: { now: site }, unread: { [id]: "cannot be read: no" } },
    ]) {
      const first = planOf(source, asked);
      const request = requestOf(programOf(source), asked);
      if ("problems" in request) throw new Error("the inputs are right");
      const { values, unread } = readingsOf(first);
      const again = planAction(
        request,
        new Map([...first.facts.map((f) => [f.id, f.value] as const), ...values]),
        unread,
      );
      expect(again).toEqual({ kind: "plan", plan: first });
    }
  });
});

describe("an action that another runs", () => {
  const source = (body: string): string => `use file
guardrail named { applies to action with { name: string }  require name.length > 3 else "\${name} is too short" }
guardrail whole { require plan.writes.count <= 1 else "\${plan.writes.count} writes" }
guardrail own { applies to action when action.name == "inner"  require action.tags.contains("fleet") }
action act() {
  step look = file.read(path: "where")
  ${body}
}
action inner(name: string) { tags = ["fleet"]  step put = file.write(path: name, content: "x") { rollback auto } }`;
  const judged = (body: string): string[] =>
    planOf(source(body), { action: "act" }).guardrails.map(
      (g) => `${[g.part, ...(g.also ?? [])].join("+")} ${g.name}: ${g.status}${g.why === null ? "" : ` (${g.why})`}`,
    );

  test("is judged by itself, with its own inputs; the plan is the whole", () => {
    expect(judged(`step deploy = inner(name: "web")  ${writes("w", 1)}`)).toEqual([
      "+deploy whole: fail (2 writes)",
      "deploy named: fail (web is too short)",
      "deploy own: pass",
    ]);
  });
  test("an input that only the run knows is not known", () => {
    expect(judged('step deploy = inner(name: look.content ?? "x")')).toEqual([
      "+deploy whole: pass",
      "deploy named: deferred (decided in the run: it depends on the result of look)",
      "deploy own: pass",
    ]);
  });
  test("what asks the same of several is judged once, and read once", () => {
    const loop = `for name in ["site1", "site2", "site3"] { step deploy = inner(name: name) }`;
    expect(judged(loop)).toEqual([
      "+name[site1].deploy+name[site2].deploy+name[site3].deploy whole: fail (3 writes)",
      "name[site1].deploy named: pass",
      "name[site1].deploy+name[site2].deploy+name[site3].deploy own: pass",
      "name[site2].deploy named: pass",
      "name[site3].deploy named: pass",
    ]);
    const reading = source(loop).replace(
      'guardrail own { applies to action when action.name == "inner"',
      `guardrail own { applies to action when action.name == "inner"  fact freeze = file.read(path: "freeze")  require !freeze.exists`,
    );
    const facts = { "guardrail name[site1].deploy main.ops#own.freeze": { exists: true, content: null, sha256: null } };
    const outcome = outcomeOf(reading, { action: "act", facts });
    if (!("plan" in outcome)) throw new Error("it can be planned");
    expect(outcome.rounds).toEqual([Object.keys(facts)]);
    const own = outcome.plan.guardrails.filter((g) => g.name === "own");
    expect(own.map(({ status, also }) => [status, also])).toEqual([
      ["fail", ["name[site2].deploy", "name[site3].deploy"]],
    ]);
    const request = requestOf(programOf(reading), { action: "act" });
    if ("problems" in request) throw new Error("the request is sound");
    const { values, unread } = readingsOf(outcome.plan);
    expect(planAction(request, values, unread)).toEqual({ kind: "plan", plan: outcome.plan });
  });
  test("one that may not be run is judged if it is", () => {
    expect(judged('if look.exists { step deploy = inner(name: "web") }')).toEqual([
      " whole: pass",
      "deploy named: deferred (decided in the run: it depends on the result of look)",
      "deploy own: pass",
      "deploy whole: pass",
    ]);
  });
  test("in a loop that tolerates failures, what comes after the first step of an element is possible", () => {
    const body = (tolerate: string): string => `for name in ["site1", "site2"] ${tolerate} {
    step first = file.write(path: "\${name}.a", content: "x") { rollback auto }
    step deploy = inner(name: name)
  }`;
    const saw = (tolerate: string): unknown => {
      const found = planOf(source(body(tolerate)), { action: "act" }).guardrails.find((g) => g.name === "whole");
      return found?.saw;
    };
    expect(saw("")).toEqual([{ name: "plan.writes.count", value: 4 }]);
    expect(saw("tolerate 1")).toEqual([{ name: "plan.writes.count", value: { from: 2, to: 4 } }]);
  });
});

test("reads of one guardrail for two parts are told apart", () => {
  expect(factKey("", "a.ops#g.f")).not.toBe(factKey("x", "a.ops#g.f"));
});
