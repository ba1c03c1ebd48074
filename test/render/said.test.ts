/** What a reviewer looks for is said where it is not there; counts count one thing; differences are in sight. */
import { describe, expect, test } from "vitest";
import type { PlanFile, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { changesOf } from "../../compiler/render/changes.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planText } from "../../compiler/render/text.ts";
import { totals } from "../../compiler/render/words.ts";
import { approve, call, check, guardrail, planFile, STRING, step, undo } from "./build.ts";

const BACK = undo(call("x.back", "write", "x", []));
const put = (id: string, diff: string | null = null, summary = ""): PlanNode =>
  step(id, [], call("x.put", "write", `x:${id}`, []), {
    rollback: BACK,
    preview: diff === null && summary === "" ? null : { sensitive: false, summary, diff },
  });
const all = async (file: PlanFile): Promise<readonly [text: string, markdown: string, page: string]> => [
  planText(file, { color: false, width: 120 }),
  planMarkdown(file),
  await planPage(file),
];
const { action } = planFile([]).plan;

describe("no reason", () => {
  const saw = (name: string) => guardrail("why", { saw: [{ name, value: null }] });
  test.each<[string, Parameters<typeof planFile>[1], boolean]>([
    ["where much is at risk", { action: { ...action, risk: "high" } }, true],
    ["where a guardrail asks for it", { action: { ...action, risk: "low" }, guardrails: [saw("run.reason")] }, true],
    [
      "but not where nobody would ask",
      { action: { ...action, risk: "low" }, guardrails: [saw("x")], parts: [] },
      false,
    ],
    ["nor where there is one", { action: { ...action, risk: "high" }, reason: "it is time" }, false],
  ])("is told %s", async (_, over, is) => {
    const [text, markdown] = await all(planFile([put("a")], { reason: null, ...over }));
    expect(text.includes("no reason given")).toBe(is);
    expect(markdown.includes("no reason given")).toBe(is);
  });
});

test("no guardrail is told", async () => {
  const [text, markdown, page] = await all(planFile([put("a")], { guardrails: [] }));
  expect(text).toContain("\nGuardrails  none applies to it\n");
  expect(markdown).toContain("#### Guardrails\n\nNone applies to it.\n");
  expect(page).toContain("None applies to it.");
});

describe("facts in Markdown", () => {
  const fact = (n: number) => ({
    id: "now",
    at: "a.ops:1:1",
    call: call("x.get", "read", "x:a", []),
    value: Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, `v|${i}`])),
    type: STRING,
    used: Array.from({ length: n }, (_, i) => [`f${i}`]),
  });
  test("are a table, folded away where they are many", () => {
    const few = planMarkdown(planFile([put("a")], { facts: [fact(2)] }));
    expect(few).toContain("#### Facts\n\nRead while planning; if one has changed, the plan is refused.\n\n| | |");
    expect(few).toContain("| `now.f1` | <code>&#34;v&#124;1&#34;</code> |");
    const many = planMarkdown(planFile([put("a")], { facts: [fact(70)] }));
    expect(many).toContain("<details><summary>70 values read while planning");
    expect(many).toContain("… 10 more values\n\n</details>");
    expect(planMarkdown(planFile([put("a")], { facts: [] }))).not.toContain("Facts");
  });
});

describe("counts", () => {
  const first = (nodes: PlanNode[]): string => {
    const told = totals(planFile(nodes).plan);
    return told
      .slice(
        0,
        told.findIndex((each) => each.startsWith("at most")),
      )
      .join(" · ");
  };
  const read = (id: string) => step(id, [], call("x.get", "read", "x", []));
  const well = check("well", [], call("x.get", "read", "x", []), "it.ok");
  test("are of one thing each", () => {
    expect(first([put("a"), put("b"), well, approve("ok", [], [["A", ["ana"]]])])).toBe(
      "2 writes · 1 check · 1 approval",
    );
    expect(first([put("a"), read("r")])).toBe("2 steps: 1 read, 1 write");
    expect(first([read("r")])).toBe("1 read");
    expect(first([])).toBe("0 steps");
  });
  test.each<[string, PlanNode[], string]>([
    ["all alike", [1, 2, 3].map((n) => put(`host[h${n}].deploy`, null, "restart")), "3 things change, all alike"],
    [
      "in some ways",
      [...[1, 2, 3].map((n) => put(`host[h${n}].deploy`, null, "restart")), put("b")],
      "4 things change, in 2 ways",
    ],
    ["each in its own", [put("a"), put("b")], "2 things change"],
    ["alone", [put("a")], "1 thing changes"],
  ])("of things that change %s", async (_, nodes, words) => {
    const [, markdown, page] = await all(planFile(nodes));
    expect(markdown).toContain(`<summary>${words}</summary>`);
    expect(page).toContain(words);
  });
});

describe("differences", () => {
  const lines = (n: number): string => `--- a/x\n+++ b/x\n@@ -0,0 +1,${n} @@\n${"+x\n".repeat(n)}`;
  test("are in sight in Markdown, unless they are long", () => {
    expect(planMarkdown(planFile([put("a", lines(17), "s")]))).toContain("<details open><summary>1 thing changes");
    expect(planMarkdown(planFile([put("a", lines(18), "s")]))).toContain("<details><summary>1 thing changes");
  });

  const END = "\\ No newline at end of file";
  test.each<[string, string[], string[]]>([
    ["both texts, which changes nothing", ["-a", END, "+b", END], ["-a", "+b"]],
    ["both, the last line being the same", ["-a", "+b", " c", END], ["-a", "+b", " c"]],
    ["the new one alone", ["-a", "+b", END], ["-a", "+b", END]],
    ["the old one alone", ["-a", END, "+b"], ["-a", END, "+b"]],
  ])("a last line end that is not there: in %s", (_, diff, shown) => {
    const { plan } = planFile([put("a", `${diff.join("\n")}\n`, "s")]);
    expect(changesOf(plan)[0]?.diff).toEqual(shown);
  });
});
