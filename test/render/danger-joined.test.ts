/** Several dangers about the same changes are told in one sentence, which is worse than each; and what an approval still holds up. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { dangersOf } from "../../compiler/render/danger.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planText } from "../../compiler/render/text.ts";
import { approve, call, join, known, planFile, step, undo } from "./build.ts";

const BACK = undo(call("x.back", "write", "x", []));
const NOTHING: StepNode["rollback"] = { kind: "nothing", why: "not kept" };
const PEOPLE = ["ana@example.com", "ben@example.com", "cai@example.com"];
const asked = (id: string, after: readonly string[], upfront = false): PlanNode =>
  approve(id, after, [["On-call", PEOPLE]], { upfront });
const write = (id: string, after: readonly string[], rollback: StepNode["rollback"]): PlanNode =>
  step(id, after, call("x.put", "write", `x:${id}`, []), { rollback });
const hosts = (rollback: StepNode["rollback"], after: readonly string[] = []): PlanNode[] => [
  ...[1, 2, 3].map((n) => write(`host[h${n}].deploy`, after, rollback)),
  join(
    "all",
    [1, 2, 3].map((n) => `host[h${n}].deploy`),
  ),
];
const loop = (tolerate: number): Plan["loops"] => [
  {
    id: "host",
    at: "a.ops:1:1",
    tolerate,
    elements: [1, 2, 3].map((n) => ({ id: `host[h${n}]`, key: known(`h${n}`), within: null })),
  },
];
const told = (nodes: PlanNode[], over: Parameters<typeof planFile>[1] = {}): string[] =>
  dangersOf(planFile(nodes, over).plan).map(({ level, words }) => `${level}: ${words}`);
const ON = "host[×3].deploy on x:host[h1…h3].deploy";

describe("dangers about the same changes", () => {
  test("are one sentence", () => {
    const nodes = [...hosts(NOTHING), asked("ok", ["all"]), write("announce", ["ok"], BACK)];
    expect(told(nodes)).toEqual([
      `grave: all 3 elements of host are changed at the same time, before anybody is asked, and are not undone when the run fails (“not kept”): ${ON}`,
    ]);
    const [danger] = dangersOf(planFile(nodes).plan);
    expect(danger?.marks).toEqual({
      at: ["before anybody is asked", "not undone"],
      loops: [{ id: "host", mark: "all at once" }],
    });
    expect(danger?.nodes).toHaveLength(3);
  });
  test("two by two", () => {
    expect(told([...hosts(BACK), asked("ok", ["all"]), write("announce", ["ok"], BACK)])).toEqual([
      `warning: all 3 elements of host are changed at the same time before anybody is asked: ${ON}`,
    ]);
    expect(told([asked("ok", [], true), ...hosts(NOTHING, ["ok"])])).toEqual([
      `warning: all 3 elements of host are changed at the same time and are not undone when the run fails (“not kept”): ${ON}`,
    ]);
    expect(told([write("a", [], NOTHING), asked("ok", ["a"]), write("b", ["ok"], BACK)])).toEqual([
      "grave: 1 change is made before anybody is asked and is not undone when the run fails (“not kept”): a on x:a",
    ]);
  });
  test("but not those about others", () => {
    expect(told([...hosts(BACK), write("a", ["all"], NOTHING), asked("ok", ["a"]), write("b", ["ok"], BACK)])).toEqual([
      "warning: 1 change is not undone when the run fails (“not kept”): a on x:a",
      `warning: 4 changes are made before anybody is asked: ${ON}, a on x:a`,
      "warning: all 3 elements of host are changed at the same time: none goes first to show whether it works",
    ]);
  });
});

describe("what is not undone", () => {
  const rest = [1, 2].map((n) => write(`b${n}`, ["ok"], BACK));
  const ok = asked("ok", [], true);
  const what = "1 change is not undone when the run fails (“not kept”): a on x:a";
  test("is a note among changes that are", () => {
    expect(told([ok, write("a", ["ok"], NOTHING), ...rest])).toEqual([`note: ${what}`]);
  });
  test("is a warning where it is most of them, unless little is at risk", () => {
    const nodes = [ok, write("a", ["ok"], NOTHING)];
    expect(told(nodes)).toEqual([`warning: ${what}`]);
    expect(told(nodes, { action: { ...planFile([]).plan.action, risk: "low" } })).toEqual([`note: ${what}`]);
  });
  test("is a warning beside others", () => {
    expect(told([ok, write("a", ["ok"], NOTHING), ...rest], { unread: [] })).toContain(`warning: ${what}`);
  });
});

test("failures that are tolerated lead to whom is asked next", () => {
  const nodes = [...hosts(BACK), asked("ok", ["all"]), write("announce", ["ok"], BACK)];
  expect(told(nodes, { loops: loop(2) })).toContain(
    "warning: 2 of 3 elements of host, 67%, may fail, and the run goes on to ask On-call",
  );
  expect(told([asked("ok", [], true), ...hosts(BACK, ["ok"])], { loops: loop(2) })).toContain(
    "warning: 2 of 3 elements of host, 67%, may fail, and the run goes on",
  );
});

describe("what an approval covers", () => {
  const shown = async (nodes: PlanNode[]): Promise<string[]> => {
    const file = planFile(nodes);
    return [
      planText(file, { color: false, width: 200 }),
      planMarkdown(file).replaceAll("\\", ""),
      await planPage(file),
    ];
  };
  test.each<[string, PlanNode[], string, string]>([
    [
      "asked half way",
      [...hosts(BACK), asked("ok", ["all"]), write("announce", ["ok"], BACK), write("beside", [], BACK)],
      "asked after host[×3].deploy; guards only announce",
      "opsc approve RUN",
    ],
    [
      "asked last",
      [write("a", [], BACK), write("b", [], BACK), asked("ok", ["a", "b"])],
      "asked after a and b; no change waits for it",
      "opsc approve RUN",
    ],
    [
      "asked between many",
      [...["a", "b", "c"].map((id) => write(id, [], BACK)), asked("ok", ["a", "b", "c"]), write("gone", ["ok"], BACK)],
      "asked after 3 writes; guards only gone",
      "opsc approve RUN",
    ],
    [
      "asked half way, before any change",
      [asked("ok", []), write("a", ["ok"], BACK)],
      "the run pauses here",
      "opsc approve RUN",
    ],
    [
      "asked first",
      [asked("ok", [], true), write("a", ["ok"], BACK)],
      "asked for before anything runs",
      "opsc approve PLAN.opsplan.json",
    ],
  ])("%s", async (_, nodes, words, command) => {
    const all = await shown(nodes);
    for (const text of all) expect(text).toContain(words);
    // Beside the command to say yes with.
    const to = all[2]?.match(/<dt>to approve<\/dt><dd>.*?<\/dd>/)?.[0];
    expect(to).toContain(command);
    expect(to).toContain(words);
  });
});
