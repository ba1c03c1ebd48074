/** A comment on a pull request is never cut open, never too long, and says first what matters most. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan, PlanFile, PlanNode, PlanPart } from "../../compiler/plan/plan.schema.ts";
import type { Fate, Happened, NodeFate } from "../../compiler/render/happened.ts";
import { MOST_CHARACTERS, planMarkdown } from "../../compiler/render/markdown.ts";
import { fitted, type Section, whole } from "../../compiler/render/markdown-fit.ts";
import { approve, call, guardrail, known, planFile, STRING, step, undo } from "./build.ts";
import { expectGolden } from "./golden.ts";
import { hostile, release, rotation } from "./plans.ts";

/** What GitHub takes. */
const LIMIT = 65_536;

/** What would show that something was cut open; empty of sound Markdown. */
function cutOpen(markdown: string): string[] {
  const faults: string[] = [];
  let fence: string | null = null;
  let folds = 0;
  let columns: number | null = null;
  for (const line of markdown.split("\n")) {
    const ticks = /^`{3,}/.exec(line)?.[0] ?? null;
    if (fence !== null) {
      if (line === fence) fence = null;
      continue;
    }
    if (ticks !== null) {
      fence = ticks;
      continue;
    }
    const plain = line.replace(/`[^`]*`/g, "");
    folds += (plain.match(/<details/g) ?? []).length - (plain.match(/<\/details>/g) ?? []).length;
    if (folds < 0) faults.push("a fold ends that did not begin");
    if (!line.startsWith("|")) {
      columns = null;
      continue;
    }
    const cells = line.split(/(?<!\\)\|/).length;
    if (!line.endsWith("|") || (columns !== null && cells !== columns))
      faults.push(`a row is cut: ${line.slice(0, 80)}`);
    columns = cells;
  }
  if (fence !== null) faults.push("a block of code does not end");
  if (folds !== 0) faults.push("a fold does not end");
  return faults;
}

const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("web-1", "purge", "a|b", "```", "</details>", "@all #1", "x\ny", "~~~~", "“ö”"),
  },
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((n) => "`|<@http://".repeat(n)) },
);
const many = (most: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0, 1, 3) }, { weight: 1, arbitrary: fc.nat({ max: most }) });

const plans = fc
  .record({
    words: fc.array(text, { minLength: 1, maxLength: 8 }),
    nodes: many(600),
    sets: many(300),
    lines: many(300),
  })
  .chain((size) =>
    fc.record({ size: fc.constant(size), happened: fc.boolean(), final: fc.boolean(), hooks: fc.nat(50) }),
  )
  .map(({ size: { words, nodes, sets, lines }, happened, final, hooks }) => {
    const word = (i: number): string => words[i % words.length] ?? "";
    const diff = `--- a\n+++ b\n${Array.from({ length: lines }, (_, i) => `+${word(i)}`).join("\n")}`;
    const steps = Array.from({ length: nodes }, (_, i): PlanNode => {
      const what = call("x.put", i % 7 === 0 ? "destroy" : "write", `${word(i)}${i}`, [["on", STRING, word(i + 1)]]);
      return step(`s${i}.${word(i).slice(0, 500)}`, [], what, {
        rollback: final && i % 2 === 0 ? null : undo(what),
        irreversible: final && i % 2 === 0 ? word(i) : null,
        preview: { sensitive: false, summary: word(i), diff },
      });
    });
    const asked = Array.from({ length: sets }, (_, i) => approve(`a${i}`, [], [[word(i), [`${word(i)}@x`, "ben@x"]]]));
    const fates: Fate[] = ["done", "failed", "undone", "undo failed", "unknown", "pending"];
    const of = (fate: Fate): NodeFate => ({ fate, attempts: 2, took: 1200, why: word(3) });
    const file = planFile([...asked, ...steps], {
      reason: word(0),
      requester: word(1),
      inputs: Array.from({ length: sets }, (_, i) => ({ name: `i${i}`, type: STRING, value: word(i) })),
      guardrails: Array.from({ length: sets }, (_, i) =>
        guardrail(`${word(i)}${i}`, {
          status: i % 2 === 0 ? "fail" : "pass",
          why: word(i),
          saw: [{ name: word(i), value: words }],
        }),
      ),
      locks: words,
      hooks: [
        {
          event: "failure",
          at: "",
          nodes: steps.slice(0, hooks).map((each) => ({ ...each, id: `on_failure.${each.id}` })),
        },
      ],
    });
    const run: Happened = {
      run: word(0),
      outcome: word(1),
      why: word(2),
      startedAt: 0,
      endedAt: 5000,
      nodes: new Map(steps.map(({ id }, i) => [id, of(fates[i % fates.length] ?? "done")])),
      left: steps.slice(0, sets).map(({ id }) => ({ node: id, what: word(2) })),
    };
    return { file, happened: happened ? run : null };
  });

test("of any plan and run it fits into a comment, and is not cut open", () => {
  fc.assert(
    fc.property(plans, ({ file, happened }) => {
      const markdown = planMarkdown(file, happened);
      expect(markdown.length).toBeLessThanOrEqual(MOST_CHARACTERS);
      expect(cutOpen(markdown)).toEqual([]);
      expect(planMarkdown(file, happened)).toBe(markdown);
    }),
    { numRuns: 20, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);

test("a block of code of many lines, each with its own ticks, is still one", () => {
  const what = call("x.put", "write", "thing", [["on", STRING, "` ``` "]]);
  const nodes = Array.from({ length: 20_000 }, (_, i) => step(`s${i}`, [], what, { rollback: undo(what) }));
  expect(cutOpen(planMarkdown(planFile(nodes)))).toEqual([]);
}, 60_000);

test("the check for what is cut open sees it", () => {
  expect(cutOpen("```text\na")).toHaveLength(1);
  expect(cutOpen("<details>\n\na")).toHaveLength(1);
  expect(cutOpen("| a | b |\n| a |")).toHaveLength(1);
  expect(cutOpen("| a | b")).toHaveLength(1);
});

describe("a plan that is too long", () => {
  const big = (n: number, over: Partial<Plan> = {}): PlanFile =>
    planFile(
      Array.from({ length: n }, (_, i) => {
        const what = call("disk.wipe", "write", `disk:${i * 7}`, [
          ["content", STRING, `a line of step ${i} `.repeat(8)],
        ]);
        const preview = { sensitive: false, summary: `wipe ${i}`, diff: null };
        return step(`s${i}x${i * 3}`, [], what, { rollback: undo(what), preview });
      }),
      over,
    );
  test("is cut from the end on, and counts what is left out", () => {
    expect(MOST_CHARACTERS).toBeLessThan(LIMIT);
    const markdown = planMarkdown(big(2000));
    expect(markdown.length).toBeGreaterThan(MOST_CHARACTERS * 0.95);
    expect(markdown.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(markdown).toMatch(/… [\d,]+ more lines; <code>opsc show<\/code> shows them\./);
    expect(markdown).toMatch(/\*\*write\*\* `disk:0`: wipe 0\n/);
    expect(markdown).toContain("it changes 2,000 things");
  });
  test("shows steps, though there are more changes than fit", () => {
    const markdown = planMarkdown(big(4000));
    expect(markdown).toMatch(/… [\d,]+ more changes\n\n<\/details>/);
    expect(markdown.slice(markdown.indexOf("<summary>Steps"))).toContain("write    s0x0 = disk.wipe");
    expect(markdown).toContain("4,000 things change");
  });
  test("one that fits is whole", () => {
    expect(planMarkdown(release())).not.toContain("… ");
  });
});

describe("sections", () => {
  const section = (name: string, units: number, keeps = 0): Section => ({
    open: `${name}:`,
    units: Array.from({ length: units }, (_, i) => `${name}${i}`),
    between: ",",
    close: (left) => (left === 0 ? ";" : `+${left};`),
    none: `${name}-`,
    keeps,
  });
  test("stand in their order, whole where they fit", () => {
    expect(fitted([whole("t"), section("a", 2), section("none", 0), section("b", 1)], 100)).toBe(
      "t\n\na:a0,a1;\n\nb:b0;\n",
    );
  });
  test("the last is cut first, then those before it", () => {
    const all = [whole("t"), section("a", 4), section("b", 4)];
    const whole_ = fitted(all, 100).length;
    expect(fitted(all, whole_ - 1)).toBe("t\n\na:a0,a1,a2,a3;\n\nb:b0,b1+2;\n");
    expect(fitted(all, 25)).toBe("t\n\na:a0,a1,a2,a3;\n\nb-\n");
    expect(fitted(all, 20)).toBe("t\n\na:a0,a1+2;\n\nb-\n");
    expect(fitted(all, 1)).toBe("t\n\na-\n\nb-\n");
  });
  test("what one keeps is taken from it only after all that others have beyond theirs", () => {
    const all = [whole("t"), section("a", 4), section("b", 4, 12)];
    expect(fitted(all, 30)).toBe("t\n\na:a0,a1+2;\n\nb:b0,b1+2;\n");
    expect(fitted(all, 16)).toBe("t\n\na-\n\nb-\n");
  });
});

describe("actions within actions, hooks, and what became of a run", () => {
  const base = planFile([]).plan;
  const part = (id: string, name: string): PlanPart => ({
    id,
    action: { ...base.action, name, title: `The ${name}` },
    inputs: [{ name: "region", type: STRING, value: known("eu") }],
    when: [],
    windows: [],
    timeout: null,
  });
  const put = (id: string, after: readonly string[]): PlanNode => {
    const what = call("x.put", "write", `thing:${id}`, []);
    return step(id, after, what, { rollback: undo(what) });
  };
  const file = planFile(
    [approve("ok", [], [["SRE", ["ana@x", "ben@x"]]]), put("cut.drain", ["ok"]), put("cut.move", ["cut.drain"])],
    {
      parts: [part("", "release"), part("cut", "cut_over")],
      hooks: [{ event: "failure", at: "", nodes: [put("on_failure.page", [])] }],
    },
  );
  const fate = (of: Fate, why: string | null = null): NodeFate => ({ fate: of, attempts: 1, took: 3000, why });
  const run: Happened = {
    run: "20261121-0914-k3f9q2",
    outcome: "incomplete",
    why: "cut.move failed: no route to @host",
    startedAt: 0,
    endedAt: 65_000,
    nodes: new Map([
      ["cut.drain", fate("undo failed", "refused")],
      ["cut.move", fate("failed", "no route")],
      ["on_failure.page", fate("done")],
    ]),
    left: [{ node: "cut.drain", what: "undrain thing:cut.drain | at once" }],
  };

  test("of a plan", () => expectGolden("nested.md", planMarkdown(file)));
  test("of a run", () => expectGolden("nested-run.md", planMarkdown(file, run)));
  test("of a run how it ended comes first, then what is left to do, dangers and the steps", () => {
    const markdown = planMarkdown(file, run);
    const order = [
      "### Release the web tier",
      "**Run 20261121-0914-k3f9q2: incomplete in 1m5s**: cut.move failed: no route to @<!-- -->host",
      "Left to do by hand:",
      "> - `cut.drain`: undrain thing:cut.drain \\| at once",
      "⚠️ Names are not verified",
      "<details open><summary>Steps",
      "| Action |",
    ];
    const places = order.map((words) => markdown.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(markdown).toMatch(/✗ +write +move = x\.put/);
  });
  test.each([
    ["succeeded", "TIP"],
    ["undone", "WARNING"],
    ["incomplete", "CAUTION"],
    [null, "NOTE"],
  ])("%s is set off as %s", (outcome, kind) => {
    expect(planMarkdown(file, { ...run, outcome, left: [] }).split("\n\n")[1]).toMatch(
      new RegExp(`^> \\[!${kind}\\]\n> \\*\\*Run`),
    );
  });
  test("nothing else is said where no run is", () => {
    for (const each of [release(), rotation(), hostile()]) expect(planMarkdown(each)).not.toContain("**Run ");
  });
});
