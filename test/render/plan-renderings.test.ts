import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlanFile, planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { planText } from "../../compiler/render/text.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import { requirementText } from "../../compiler/render/words.ts";
import { processorTime } from "../tools/processor-time.ts";
import { call, planFile, STRING, step } from "./build.ts";
import { expectGolden } from "./golden.ts";
import { deferredPlan, hostile, release, rotation } from "./plans.ts";

const PLANS: readonly (readonly [string, PlanFile])[] = [
  ["release", release()],
  ["rotation", rotation()],
  ["deferred", deferredPlan()],
  ["hostile", hostile()],
];

describe("how long a plan may take", () => {
  const { plan } = planFile([step("w", [], call("x.put", "write", "thing", [["name", STRING, "a"]]))], {
    timeout: 600_000,
  });
  const file = { plan: { ...plan, summary: { ...plan.summary, worstCase: 900_000 } }, digest: planFile([]).digest };

  test("is more than when it begins nothing any more, and both are said as what they are", async () => {
    for (const shown of [planText(file, { color: false, width: 200 }), planMarkdown(file), await planPage(file)]) {
      expect(shown).toContain("begins nothing after 10m");
      expect(shown).toContain("at most 15m");
      expect(shown).not.toContain("at most 10m");
    }
  });
});

describe.each(PLANS)("%s", (name, file) => {
  test("is a plan", () => {
    expect(planFileSchema.parse(file)).toEqual(file);
  });
  test("as text", () => {
    expectGolden(`${name}.60.txt`, planText(file, { color: false, width: 60 }));
    expectGolden(`${name}.120.txt`, planText(file, { color: false, width: 120 }));
  });
  test("as Markdown", () => expectGolden(`${name}.md`, planMarkdown(file)));
  test("as Mermaid", () => expectGolden(`${name}.mmd`, planMermaid(file)));
  test("as SVG", async () => {
    const svg = await planSvg(file);
    expectGolden(`${name}.svg`, svg);
    expect(await planSvg(file)).toBe(svg);
  });
  test("colours change nothing but colours", () => {
    const colored = planText(file, { color: true, width: 80 });
    expect(colored).not.toBe(planText(file, { color: false, width: 80 }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about
    expect(colored.replace(/\u001b\[[\d;]*m/g, "")).toBe(planText(file, { color: false, width: 80 }));
  });
  test.each([60, 80, 120])("no line is wider than %i columns", (width) => {
    for (const line of planText(file, { color: false, width }).split("\n"))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });
});

test("a plan of an earlier release is still read and shown", () => {
  const written = readFileSync(new URL("../golden/plan/plan-v1.opsplan.json", import.meta.url), "utf8");
  const file = planFileSchema.parse(JSON.parse(written));
  expect(planText(file, { color: false, width: 80 })).toContain("Rotate the ledger's database login");
});

describe("what is known by now", () => {
  const change = (value: unknown, written = "new"): PlanFile => {
    const file = release();
    const [fact] = file.plan.facts;
    const node = file.plan.nodes.find((each) => each.kind === "step" && each.call.effect === "write");
    if (fact === undefined || node?.kind !== "step") throw new Error("the release has a fact and a write");
    const args = [{ name: "content", type: STRING, value: { is: "known", value: written } as const }];
    const wrote = {
      ...node,
      call: { ...node.call, args },
      preview: { sensitive: true, summary: "change", diff: null },
    };
    const read = {
      ...fact,
      call: { ...fact.call, instance: wrote.call.instance, resource: wrote.call.resource },
      value: value as typeof fact.value,
    };
    return { ...file, plan: { ...file.plan, facts: [read], nodes: [wrote] } };
  };
  const said = "not kept in the plan";
  test("a value that a fact has read is shown, and is not said to be withheld", () => {
    const text = planText(change({ content: "old" }), { color: false, width: 120 });
    expect(text).toContain('content: "old" → "new"');
    expect(text).not.toContain(said);
    expect(planText(change({ other: 1 }), { color: false, width: 120 })).toContain(said);
  });

  test("texts of several lines that a fact has read show the lines that differ", () => {
    const text = planText(change({ content: "a\nb\n-- c\nd\n" }, "a\nb\nx\nd\n"), { color: false, width: 120 });
    const lines = text
      .slice(text.indexOf("\nChanges"), text.indexOf("\nGuardrails"))
      .split("\n")
      .map((line) => line.trim());
    expect(lines).toEqual(expect.arrayContaining(["@@ -1,4 +1,4 @@", "a", "b", "--- c", "+x", "d"]));
    expect(lines.join("\n")).not.toContain("content:");
    expect(text).not.toContain(said);
  });

  const it_ = { k: "field", of: { k: "ref", root: "it", name: "" }, name: "content", safe: false } as const;
  const shown = (text: string, value: string | number): string =>
    requirementText({
      condition: { k: "op", op: "eq", args: [it_, { k: "const", v: value }], at: null },
      message: null,
      text,
      at: "main.ops:1:1",
    });
  test.each([
    ['it.content == "${env}"', "staging", 'it.content == "staging"'],
    ["it.content == staging", "staging", "it.content == staging"],
    ["it.content == 5m", 300_000, "it.content == 5m"],
    ["it.content == limit", 300_000, "it.content == limit"],
  ])("%s of %s reads %s", (text, value, expected) => expect(shown(text, value)).toBe(expected));

  test("a share reads as one", () => {
    const share = { k: "op", op: "percent.of_int", args: [{ k: "const", v: 2 }, it_], at: null } as const;
    const condition = { k: "op", op: "le", args: [{ k: "const", v: 5 }, share], at: null } as const;
    const text = requirementText({ condition, message: null, text: "5 <= bears of it.content", at: "main.ops:1:1" });
    expect(text).toBe("5 <= 2% of it.content");
  });
});

describe("what is around the steps of a plan", () => {
  const file = planFile([step("w", [], call("x.put", "write", "thing", [["name", STRING, "a"]]))], {
    locks: ["deploy/web", "db|1"],
    limits: [{ action: "a.ops#release", key: "web", count: 2, per: 3_600_000, at: "a.ops:1:1" }],
    loops: [
      { id: "roll", at: "a.ops:2:1", tolerate: 1, elements: ["a", "b"].map((key) => loopElement(`roll[${key}]`, key)) },
      { id: "other", at: "a.ops:3:1", tolerate: 0, elements: [loopElement("other[#1]", "x")] },
    ],
    hooks: [
      {
        event: "failure",
        at: "a.ops:4:1",
        nodes: [step("on_failure.page", [], call("chat.post", "write", "room", [["text", STRING, "@all"]]))],
      },
    ],
  });
  function loopElement(id: string, key: string) {
    return { id, key: { is: "known", value: key } as const, within: null };
  }
  test("is said in text, and in Markdown", () => {
    const text = planText(file, { color: false, width: 120 });
    for (const words of [
      "locks deploy/web, db|1: held from before the first write until the run is over, its undo too",
      "limit: at most 2 runs of release for web may start in 1h",
      "1 of 2 elements of roll may fail: what fails is undone alone, and the others go on",
      'on failure write page = chat.post(text: "@all") on room',
    ])
      expect(text.replace(/\s+/g, " ")).toContain(words);
    expect(text).not.toContain("elements of other");
    const markdown = planMarkdown(file);
    expect(markdown).toContain("- locks deploy/web, db\\|1: held");
    expect(markdown).toMatch(/```text\non failure\n.*write +page = chat\.post\(text: "@all"\)/);
  });
});

describe("no text of a plan acts on who looks at it", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
  const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]/;
  const evil = fc.string({
    unit: fc.constantFrom(
      "\u001b[2J",
      "\u202e",
      "\u0007",
      "::error::",
      "\n",
      "`",
      "<b>",
      "|",
      '"',
      "]",
      "@a",
      "x",
      " ",
      "‹key›",
    ),
  });
  const plan = (text: string): PlanFile =>
    planFile(
      ["a", "b"].map((key) =>
        step(`l[${key}].${text}`, [], call("x.y", "destroy", text, [[text, STRING, text]]), {
          irreversible: text,
          preview: { sensitive: false, summary: text, diff: text },
        }),
      ),
      { reason: text, requester: text, inputs: [{ name: text, type: STRING, value: text }] },
    );
  test("terminal, Markdown, Mermaid", () => {
    fc.assert(
      fc.property(evil, (text) => {
        const file = plan(text);
        for (const shown of [planText(file, { color: false, width: 80 }), planMarkdown(file), planMermaid(file)]) {
          expect(shown).not.toMatch(DANGEROUS);
        }
        expect(planText(file, { color: false, width: 80 })).not.toMatch(/^\s*(::|##\[)/m);
        // A label ends where the renderer ends it.
        for (const line of planMermaid(file).split("\n"))
          expect(line.split('"')).toHaveLength(line.includes('"') ? 3 : 1);
        for (const line of planMarkdown(file).split("\n"))
          if (line.startsWith("| Input")) expect(line.split("|")).toHaveLength(4);
      }),
    );
  });
});

describe("text", () => {
  test("says what a malformed plan is", () => {
    const file = planFile([
      step("a", ["b"], call("x.y", "write", "r", [])),
      step("b", ["a"], call("x.y", "write", "r", [])),
    ]);
    expect(planText(file, { color: false, width: 200 })).toContain(
      "!! This plan is malformed, do not approve it: a waits for b, which does not stand before it",
    );
  });
  test("elements that differ are listed one by one", () => {
    const nodes = ["a", "b"].map((key) =>
      step(`roll[${key}].run`, [], call("x.y", "write", key, [["size", STRING, key === "a" ? "small" : "large"]])),
    );
    const text = planText(planFile(nodes), { color: false, width: 100 });
    expect(text).toContain('x.y(size: "small")');
    expect(text).toContain('x.y(size: "large")');
    expect(text).toContain("roll: 2 elements, all at the same time");
  });
  test("a key that is also a word of the plan's shape does not disturb it", () => {
    const nodes = ["write", "step", "known"].map((key) =>
      step(`roll[${key}].run`, [], call("x.y", "write", `r/${key}`, [["name", STRING, key]])),
    );
    expect(planText(planFile(nodes), { color: false, width: 100 })).toContain('write    run = x.y(name: "‹key›")');
  });
  test("10,000 nodes take no more than a moment (the bound is generous)", () => {
    const file = release(1600, 20);
    expect(file.plan.nodes.length).toBeGreaterThan(8000);
    const spent = processorTime();
    const text = planText(file, { color: false, width: 100 });
    expect(spent()).toBeLessThan(5000);
    expect(text).toContain("1,600 elements, at most 20 at a time, in 80 waves");
  });
});
