/** Actions within actions, and what became of a run, in the text of a plan. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanNode, PlanPart, StepNode } from "../../compiler/plan/plan.schema.ts";
import type { Happened, NodeFate } from "../../compiler/render/happened.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { planText } from "../../compiler/render/text.ts";
import { call, join, known, op, planFile, ref, STRING, step } from "./build.ts";

const one = (id: string, after: readonly string[], resource: string, over: Partial<StepNode> = {}): PlanNode =>
  step(id, after, call("x.put", "write", resource, [["on", STRING, resource]]), {
    rollback: { kind: "auto" },
    ...over,
  });

const base = planFile([]).plan;
const part = (id: string, name: string, over: Partial<PlanPart> = {}): PlanPart => ({
  id,
  action: { ...base.action, name, title: `The ${name}` },
  inputs: [{ name: "region", type: STRING, value: known("eu") }],
  when: [],
  windows: [],
  timeout: null,
  ...over,
});
const root = part("", "release");

function shown(
  nodes: PlanNode[],
  parts: PlanPart[],
  happened: Happened | null = null,
  over: Partial<Plan> = {},
): string {
  const text = planText(planFile(nodes, { parts: [root, ...parts], ...over }), { color: false, width: 100 }, happened);
  return text.slice(text.indexOf("\nSteps")).split("\n").slice(2).join("\n");
}

describe("actions within actions", () => {
  const when = [op("==", ref("step", "probe"), { k: "const", v: 1 })];
  const nodes = [
    one("first", [], "a"),
    one("cut.drain", ["first"], "b", { when }),
    one("cut.inner.move", ["cut.drain"], "c", { when }),
    join("cut", ["cut.inner.move"]),
    one("last", ["cut"], "d"),
  ];
  const parts = [part("cut", "cut_over", { when, timeout: 60_000 }), part("cut.inner", "move_one")];

  test("are listed as what they are, with their steps below them", () => {
    const text = shown(nodes, parts);
    const heads = text
      .split("\n")
      .filter((line) => / = /.test(line))
      .map((line) => line.replace(/\(.*/, ""));
    expect(heads).toEqual([
      "  write    first = x.put",
      "  run      cut = cut_over",
      "    write    drain = x.put",
      "    run      inner = move_one",
      "      write    move = x.put",
      "  write    last = x.put",
    ]);
    expect(text).toContain('cut = cut_over(region: "eu")');
    expect(text).toContain("The cut_over · risk");
  });
  test("their condition is told at their head and not again at each step", () => {
    expect(shown(nodes, parts).match(/only if/g)).toHaveLength(1);
  });
  test("nothing is said of what simply follows", () => {
    expect(shown(nodes, parts)).not.toMatch(/waits for|together/);
  });
  test("in elements that are alike they fold with them", () => {
    const loop = ["eu", "us", "ap"].flatMap((key) => [
      one(`each[${key}].cut.drain`, [], key),
      one(`each[${key}].cut.move`, [`each[${key}].cut.drain`], key),
    ]);
    const inputs = (key: string): PlanPart["inputs"] => [{ name: "region", type: STRING, value: known(key) }];
    const folded = shown(
      loop,
      ["eu", "us", "ap"].map((key) => part(`each[${key}].cut`, "cut_over", { inputs: inputs(key) })),
    );
    expect(folded.match(/run {6}cut = cut_over/g)).toHaveLength(1);
    expect(folded).toContain('cut_over(region: "‹key›")');
    const other = shown(
      loop,
      ["eu", "us", "ap"].map((key) =>
        part(`each[${key}].cut`, "cut_over", { inputs: inputs("same"), timeout: key === "eu" ? 1000 : null }),
      ),
    );
    expect(other.match(/run {6}cut = cut_over/g)).toHaveLength(3);
  });
});

test("what is many is counted: keys, waves, things that change alike", () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `host-${i}`);
  const nodes = keys.map((key, i) => one(`roll[${key}].go`, i === 0 ? [] : [`roll[${keys[i - 1]}].go`], key));
  const text = planText(planFile(nodes, { parts: [root] }), { color: false, width: 100 });
  expect(text.split("\n").length).toBeLessThan(60);
  expect(text).toContain("and 2,940 more");
  expect(text.replace(/\s+/g, " ")).toContain("host-19 and 2,980 more");
});

describe("what became of a run", () => {
  const fate = (of: NodeFate["fate"], over: Partial<NodeFate> = {}): NodeFate => ({
    fate: of,
    attempts: 1,
    took: 3000,
    why: null,
    ...over,
  });
  const happened = (nodes: Record<string, NodeFate>, over: Partial<Happened> = {}): Happened => ({
    run: "20261121-0914-k3f9q2",
    outcome: "undone",
    why: "b refused",
    startedAt: 0,
    endedAt: 65_000,
    nodes: new Map(Object.entries(nodes)),
    left: [],
    ...over,
  });

  test("stands before each step as a sign, and below it in words", () => {
    const text = shown(
      [one("z", [], "z"), one("a", ["z"], "a"), one("b", ["a"], "b"), one("c", ["b"], "c")],
      [],
      happened({ z: fate("done"), a: fate("undone"), b: fate("failed", { attempts: 2, why: "refused" }) }),
    );
    expect(text.split("\n").filter((line) => / = |in 3s/.test(line))).toEqual([
      '✓ write    z = x.put(on: "z") · 3s',
      '↶ write    a = x.put(on: "a")',
      "             undone in 3s",
      '✗ write    b = x.put(on: "b")',
      "             failed after 2 attempts in 3s: refused",
      '· write    c = x.put(on: "c")',
    ]);
  });
  test("alike elements keep one entry: a count, and by name what did not simply go well", () => {
    const keys = Array.from({ length: 12 }, (_, i) => `web-${i}`);
    const text = shown(
      keys.map((key) => one(`roll[${key}].go`, [], key)),
      [],
      happened(
        Object.fromEntries(
          keys.map((key) => [`roll[${key}].go`, key === "web-3" ? fate("failed", { why: "no disk" }) : fate("done")]),
        ),
      ),
    );
    expect(text).toContain("✗ write    go = x.put(");
    expect(text).toContain("1 failed, 11 done");
    expect(text).toContain("roll[web-3].go: failed in 3s: no disk");
    expect(text).not.toContain("web-4].go");
  });
  test("what is left to do by hand stands before all else", () => {
    const text = planText(
      planFile([one("a", [], "a")]),
      { color: false, width: 100 },
      happened({ a: fate("undo failed") }, { outcome: "incomplete", left: [{ node: "a", what: "put a back" }] }),
    );
    expect(text.split("\n").slice(0, 2)).toEqual([
      "run 20261121-0914-k3f9q2: incomplete in 1m5s: b refused",
      "  left to do by hand: a: put a back",
    ]);
  });
});

test("a lease is said at its step, and where a plan begins who ends it; one that ends by itself needs nobody", () => {
  const file = planFile([one("grant", [], "db/orders", { lease: 3_600_000 })]);
  expect(planText(file, { color: false, width: 120 })).toContain("on db/orders · lasts 1h, ended by opsc work");
  const told = "It is applied only while opsc work runs, which ends what is granted for a time: grant.";
  expect(planText(file, { color: false, width: 400 })).toContain(told);
  expect(planMarkdown(file)).toContain(told);
  expect(planText(planFile([one("grant", [], "db/orders")]), { color: false, width: 160 })).not.toContain("opsc work");
  const grant = one("grant", [], "db/orders", { lease: 3_600_000 });
  const native = planFile(grant.kind === "step" ? [{ ...grant, call: { ...grant.call, expires: true } }] : []);
  expect(planText(native, { color: false, width: 400 })).not.toContain("opsc work");
  expect(planText(native, { color: false, width: 400 })).toContain("lasts 1h, ended by its own system");
});

test("a lease is seen in pictures and on the page, and of a run how it stands", async () => {
  const file = planFile([one("grant", [], "db/orders", { lease: 3_600_000 }), one("other", ["grant"], "x")]);
  const lasts = "lasts 1h, ended by opsc work";
  const svg = await planSvg(file);
  expect(svg).toContain(lasts);
  expect(svg).toContain("there for a time, from when it is done");
  expect(planMermaid(file)).toContain(lasts);
  const page = await planPage(file);
  expect(page).toContain(`<dt>lease</dt><dd>${lasts}</dd>`);
  expect(page.match(/<span class="mark">for 1h<\/span>/g)).toHaveLength(1);
  const stands = "until 2026-11-21 11:14:01 UTC";
  const fate = { fate: "done", attempts: 1, took: 40, why: null, lease: stands } as const;
  const run: Happened = {
    run: "r",
    outcome: "succeeded",
    why: null,
    startedAt: 0,
    endedAt: 40,
    nodes: new Map([["grant", fate]]),
    left: [],
  };
  const drawn = await planSvg(file, {}, run);
  expect(drawn).toContain(`>${stands}<`);
  expect(drawn).not.toContain(`>${lasts}<`);
  expect(planText(file, { color: false, width: 120 }, run)).toContain(`done in 40ms, ${stands}`);
  expect(await planPage(file, run)).toContain(`done in 40ms, ${stands}`);
  expect((await planSvg(planFile([one("other", [], "x")]))).includes("there for a time")).toBe(false);
});
