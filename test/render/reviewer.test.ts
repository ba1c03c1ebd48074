/** What a reviewer must be able to rely on in every rendering: who may approve, what stays, what refuses the plan, what became of it. */
import { describe, expect, test } from "vitest";
import type { PlanFile, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { dangersOf } from "../../compiler/render/danger.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { planText } from "../../compiler/render/text.ts";
import { approvalWords } from "../../compiler/render/words.ts";
import { approve, call, guardrail, planFile, step, undo } from "./build.ts";
import { happenedTo, partOf } from "./picture-plans.ts";

const BACK = { rollback: undo(call("x.back", "write", "x", [])) };
const put = (id: string, after: readonly string[], over: Parameters<typeof step>[3] = BACK): PlanNode =>
  step(id, after, call("x.put", "write", `x:${id}`, []), over);
const text = (file: PlanFile): string => planText(file, { color: false, width: 200 });
/** What can be read on a page, without marks. */
const plain = (markup: string): string => markup.replace(/<(style|script)[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, "");

describe("who may approve", () => {
  const managers = { id: "org.ops#managers", title: "Managers", members: ["max@example.com"] };
  const asked = (over: Parameters<typeof approve>[3]) =>
    approve("sign", [], [["Payments", ["ana@example.com", "ben@example.com"]]], over);

  test("later, and who that is, is told in all renderings", async () => {
    const escalate = [{ after: 7_200_000, mode: "one" as const, groups: [managers] }];
    const file = planFile([asked({ escalate }), put("a", ["sign"])]);
    expect(text(file)).toContain("holds for 4h, after 2h also by Managers\n");
    expect(text(file)).toContain("    after 2h also Managers: max@example.com\n");
    expect(planMarkdown(file)).toContain("after 2h also `max@example.com`");
    expect(plain(await planPage(file))).toContain("After 2h also by Managers (max@example.com).");
    expect(plain(await planSvg(file))).toContain("after 2h also by Managers");
  });

  test("counts whoever it is escalated to: what they can give is not said to be impossible", () => {
    const escalate = [{ after: 60_000, mode: "one" as const, groups: [managers] }];
    const node = asked({ quorum: 3, escalate });
    if (node.kind !== "approve") throw new Error("it is an approval");
    expect(approvalWords(node, "dana@example.com").hopeless).toBeNull();
    expect(approvalWords({ ...node, escalate: [] }, "dana@example.com").hopeless).toBe(
      "cannot be given: 3 people needed, only 2 may",
    );
  });

  test("tells people apart as approvals are counted: not by case", () => {
    const node = approve("sign", [], [["Payments", ["Ana@Example.com", "ana@example.com", "BEN@example.com"]]], {
      quorum: 2,
    });
    if (node.kind !== "approve") throw new Error("it is an approval");
    const words = approvalWords(node, "ben@example.com");
    expect(words.quorum).toBe("2 of 1 person");
    expect(words.requesterExcluded).toBe(true);
    expect(words.hopeless).toBe("cannot be given: 2 people needed, only 1 may besides the requester");
  });

  test("that nobody can give it stands at its box", async () => {
    const file = planFile([approve("sign", [], [["Payments", ["dana@example.com"]]]), put("a", ["sign"])]);
    expect(await planSvg(file)).toContain(">cannot be given</text>");
  });
});

describe("the point of no return", () => {
  const nodes = [
    put("before", []),
    put("beside", []),
    put("drop", ["before"], { irreversible: "it is gone" }),
    put("also", ["drop"]),
  ];
  test("keeps what it rests on, and nothing else", async () => {
    const file = planFile(nodes);
    const words = "is the point of no return: once it starts, 1 change before it stays as made";
    expect(text(file)).toContain(`  drop ${words}.\n`);
    expect(planMarkdown(file)).toContain(`- \`drop\` ${words}\n`);
    expect(plain(await planPage(file))).toContain(`drop ${words}.`);
  });
  test("of nothing keeps nothing", () => {
    expect(text(planFile([put("beside", []), put("drop", [], { irreversible: "gone" })]))).toContain(
      "  drop is the point of no return.\n",
    );
  });
});

describe("Markdown", () => {
  const evil = "a](http://evil.example)**@everyone";
  test("of names of steps in what an approval covers is escaped", () => {
    const file = planFile([
      put(evil, []),
      approve("sign", [evil], [["Payments", ["ana@example.com", "ben@example.com"]]], { upfront: false }),
      put("b", ["sign"]),
    ]);
    const line = planMarkdown(file)
      .split("\n")
      .find((each) => each.startsWith("- **Payments**"));
    expect(line).toContain("asked after a\\](http<!-- -->://evil.example)\\*\\*@<!-- -->everyone; guards only b");
  });
  test("in a fold's summary no back slash is seen, and nothing is markup", () => {
    const nothing = { rollback: { kind: "nothing", why: "x" } } as const;
    const summary = (nodes: PlanNode[]): string =>
      /<summary>Steps .*<\/summary>/.exec(planMarkdown(planFile(nodes)))?.[0] ?? "";
    expect(summary([put("l[a].go", [], nothing), put("l[b].go", [], nothing)])).toContain("(l[×2].go)");
    expect(summary([put("<b>@all #1", [], nothing)])).toContain("(&lt;b&gt;@<!-- -->all #<!-- -->1)");
  });
});

describe("what refuses a plan", () => {
  const long = "a_rule_of_which_the_name_is_so_long_that_no_box_has_room_for";
  const refused = planFile(
    [approve("sign", [], [["Payments", ["ana@example.com", "ben@example.com"]]]), put("a", [])],
    {
      guardrails: [guardrail(long, { status: "fail", enforcement: "hard", why: "no" })],
    },
  );
  test("stands at its gate, however long its name is", async () => {
    const svg = await planSvg(refused, { bare: true });
    expect(svg).toContain(">refuses the plan</text>");
    expect(svg).toMatch(/>FAILS: a_rule[^<]*<\/text>/);
    expect(planMermaid(refused)).toMatch(/^ {2}head\["Release the web tier<br\/>REFUSED by guardrail a_rule/m);
  });
  test("is not asked to be approved", async () => {
    expect(await planPage(refused)).not.toContain("opsc approve");
    expect(await planPage(planFile(refused.plan.nodes))).toContain("opsc approve");
  });
  test("also of an action that it judges together with others", async () => {
    const inside = (id: string): PlanNode => ({ ...put(`${id}.go`, []), part: id });
    const file = planFile([inside("one"), inside("two")], {
      parts: [...planFile([]).plan.parts, partOf("one", "One"), partOf("two", "Two")],
      guardrails: [
        guardrail("calm", { part: "one", also: ["two"], status: "fail", enforcement: "advisory", why: "no" }),
      ],
    });
    expect([...(await planSvg(file)).matchAll(/>advises against it<\/text>/g)]).toHaveLength(2);
  });
  test("is not written over by what stands above it, however many rows that takes", async () => {
    const wide = (name: string): string => `${name} ${"wide ".repeat(30)}`;
    const svg = await planSvg(
      planFile(refused.plan.nodes, {
        requester: wide("dana"),
        workspace: wide("production"),
        guardrails: refused.plan.guardrails,
      }),
    );
    const head = /<g class="head">([\s\S]*?)<\/g>\n<g transform/.exec(svg)?.[1] ?? "";
    const rows = [...head.matchAll(/<text class="note[^"]*" x="[^"]*" y="([^"]*)">/g)].map(([, y]) => Number(y));
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.toSorted((a, b) => a - b)).toEqual(rows);
    for (const [i, y] of rows.entries()) if (i > 0) expect(y - (rows[i - 1] ?? 0)).toBeGreaterThanOrEqual(17);
  });
});

test("Mermaid of a run says which it is, and how it ended", () => {
  const { action } = planFile([]).plan;
  const file = planFile([put("a", []), put("b", ["a"])], { action: { ...action, risk: "low" }, parts: [] });
  expect(planMermaid(file)).not.toContain("head");
  expect(planMermaid(file, happenedTo(file, { outcome: "succeeded", why: null }))).toContain(
    '  head["Release the web tier<br/>run r-1: succeeded in 1m30s"]\n',
  );
  expect(planMermaid(file, happenedTo(file, { outcome: null, why: null, endedAt: null }))).toContain(
    "<br/>run r-1: not ended",
  );
});

test("Mermaid makes no icon of a name", () => {
  expect(planMermaid(planFile([put("fa:fa-ban", [])]))).toContain('"fa#58;fa-ban<br/>');
});

test("an author's words push nothing out of sight", async () => {
  const { action } = planFile([]).plan;
  const doc = Array.from({ length: 50 }, (_, i) => `Paragraph ${i}.`).join("\n\n");
  const page = await planPage(planFile([put("a", [])], { action: { ...action, doc } }));
  const author = /<div class="author">([\s\S]*?)<\/div>/.exec(page)?.[1] ?? "";
  const [open = "", folded = ""] = author.split("<details");
  expect([...open.matchAll(/<p /g)]).toHaveLength(1);
  expect([...folded.matchAll(/<p /g)]).toHaveLength(49);
});

test("a difference that is withheld is not said to replace anything", async () => {
  const preview = { sensitive: true, summary: "create a, 5 lines", diff: null };
  const file = planFile([put("a", [], { ...BACK, preview })]);
  for (const shown of [text(file), planMarkdown(file), await planPage(file)])
    expect(plain(shown)).toMatch(/the difference may be sensitive, and is not kept in the plan/i);
});

test("what a hook destroys is not brought back, whatever stands beside it", () => {
  const gone = step("on_end.wipe", [], call("x.drop", "destroy", "x:tmp", []), BACK);
  const file = planFile([put("a", [])], { hooks: [{ event: "end", at: "a.ops:1:1", nodes: [gone] }] });
  expect(dangersOf(file.plan).map(({ words }) => words)).toContain(
    "1 step destroys something that nothing brings back: on_end.wipe on x:tmp",
  );
});

test("a plan made by hand that nests without end is shown and drawn", async () => {
  const file = planFile([put(`${"a[b].".repeat(2000)}x`, [])]);
  expect(await planSvg(file)).toContain("</svg>");
  expect(await planPage(file)).toContain("</html>");
  expect(planMarkdown(file).length).toBeLessThan(64_000);
});
