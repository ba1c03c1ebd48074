/** No rendering promises more undo than the steps have. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanFile, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { failureWords } from "../../compiler/render/failing.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { planText } from "../../compiler/render/text.ts";
import { call, known, planFile, step, undo } from "./build.ts";

const BACK = undo(call("x.back", "write", "x", []));
const NOTHING: StepNode["rollback"] = { kind: "nothing", why: "the old one is not kept" };
const write = (id: string, rollback: StepNode["rollback"], over: Partial<StepNode> = {}): PlanNode =>
  step(id, [], call("x.put", "write", `x:${id}`, []), { rollback, ...over });
const hosts = (n: number, rollback: StepNode["rollback"], name = "deploy"): PlanNode[] =>
  Array.from({ length: n }, (_, i) => write(`host[h${i + 1}].${name}`, rollback));
const gone = step("gone", [], call("x.drop", "destroy", "x:gone", []), { irreversible: "it is gone" });
const words = (nodes: PlanNode[], onFailure: Plan["onFailure"] = "rollback"): string =>
  failureWords(planFile(nodes, { onFailure }).plan);

describe("a failure undoes what was done", () => {
  test("and no more is said where that is so", () => {
    expect(words([...hosts(8, BACK), step("look", [], call("x.get", "read", "x", []))])).toBe(
      "a failure undoes what was done",
    );
    expect(words([])).toBe("a failure undoes what was done");
  });
  test("as far as it can", () => {
    expect(words([...hosts(8, NOTHING), write("announce", BACK)])).toBe(
      "a failure undoes what was done: 1 of 9 writes; 8 stay as made (host[×8].deploy)",
    );
    expect(words([...hosts(3, BACK), gone])).toBe(
      "a failure undoes what was done: 3 of 4 changes; 1 stays as made (gone), and once begun what it rests on",
    );
    expect(words([write("a", BACK), write("b", null), write("c", NOTHING), write("d", NOTHING)])).toBe(
      "a failure undoes what was done: 1 of 4 writes; 3 stay as made (b, c and 1 more), and once begun what they rest on",
    );
  });
  test("or not at all", () => {
    expect(words(hosts(8, NOTHING))).toBe("a failure undoes nothing: all 8 writes stay as made (host[×8].deploy)");
    expect(words(hosts(2, NOTHING))).toBe("a failure undoes nothing: both writes stay as made (host[×2].deploy)");
    expect(words([gone])).toBe("a failure undoes nothing: 1 change stays as made (gone)");
  });
  test("unless the action says otherwise", () => {
    expect(words(hosts(2, BACK), "halt")).toBe("a failure halts; nothing is undone");
    expect(words(hosts(2, BACK), "continue")).toBe("a failure does not stop the rest; nothing is undone");
  });
});

const LOOP: Plan["loops"][number] = {
  id: "host",
  at: "a.ops:1:1",
  tolerate: 4,
  elements: Array.from({ length: 8 }, (_, i) => ({ id: `host[h${i + 1}]`, key: known(`h${i + 1}`), within: null })),
};

/** Of a loop that the plan lists, as planning makes them. */
const listed = (nodes: readonly PlanNode[]): PlanNode[] =>
  nodes.map((node) => ({ ...node, element: /^host\[\w+\]/.exec(node.id)?.[0] ?? null }));

describe("an element that fails and is tolerated", () => {
  const plans: readonly (readonly [what: string, file: PlanFile, line: string, drawn: string])[] = [
    [
      "is undone alone",
      planFile(listed(hosts(8, BACK)), { loops: [LOOP] }),
      "4 of 8 elements of host may fail: what fails is undone alone, and the others go on",
      "4 may fail; what fails is undone alone",
    ],
    [
      "is not put back",
      planFile(listed([...hosts(8, NOTHING), write("announce", BACK)]), { loops: [LOOP] }),
      "4 of 8 elements of host may fail: a failed element is not put back, and the others go on",
      "4 may fail; a failed element is not put back",
    ],
    [
      "is put back in part",
      planFile(listed([...hosts(8, NOTHING), ...hosts(8, BACK, "drain")]), { loops: [LOOP] }),
      "4 of 8 elements of host may fail: of a failed element not all is put back (host[×8].deploy stay as made), and the others go on",
      "4 may fail; of a failed element not all is put back",
    ],
  ];
  test.each(plans)("%s", async (_, file, line, drawn) => {
    expect(planText(file, { color: false, width: 200 })).toContain(line);
    expect(planMarkdown(file).replaceAll("\\", "")).toContain(line);
    expect((await planSvg(file)).replaceAll(/<\/text><text class="m"[^>]*>/g, " ")).toContain(drawn);
    const page = await planPage(file);
    expect(page).toContain(
      `as long as its loop tolerates it, ${line.replace(/^.*?: /, "").replace(", and the others go on", "")}`,
    );
    if (line.includes("put back")) expect(page).not.toContain("what fails is undone alone");
  });
});
