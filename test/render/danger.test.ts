/** The danger of a plan is the first thing one sees of it, also among many steps that are harmless. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { dangersOf } from "../../compiler/render/danger.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planText } from "../../compiler/render/text.ts";
import { call, order, planFile, step, undo } from "./build.ts";

const wordsOf = (plan: Plan): string[] => dangersOf(plan).map(({ words }) => words);
const back = undo(call("host.off", "write", "host:x", []));
const harmless = Array.from({ length: 40 }, (_, i) =>
  step(`s${i}`, [], call("host.on", "write", `host:h${i % 30}`, []), { rollback: back }),
);

describe("what stands out", () => {
  test("of a plan whose changes are all undone: nothing", () => {
    expect(wordsOf(planFile(harmless).plan)).toEqual(["nobody has to approve it, though its risk is high"]);
  });

  test.each([
    ["what is destroyed", call("disk.wipe", "destroy", "disk:a", []), back, "1 step destroys something: x on disk:a"],
    [
      "a wildcard",
      call("cdn.purge", "write", "cdn:/img/*", []),
      back,
      "1 step reaches whatever a wildcard matches: x on cdn:/img/*",
    ],
    [
      "what is never taken back",
      call("host.on", "write", "host:y", []),
      { kind: "nothing" as const, why: "fine" },
      "1 change stays when the run fails, as the action says: x on host:y",
    ],
  ])("%s, one among forty", (_, what, rollback, line) => {
    const file = planFile([...harmless.slice(0, 20), step("x", [], what, { rollback }), ...harmless.slice(20)]);
    expect(wordsOf(file.plan)[0]).toBe(line);
    const text = planText(file, { color: false, width: 120 });
    expect(text.split("\n\n")[1]).toContain(`! ${line}`);
    expect(planMarkdown(file).split("\n\n")[1]).toContain("> [!WARNING]\n> - 1 ");
  });

  test("failures that are tolerated by half of a loop, many targets, a failure that undoes nothing", () => {
    const nodes = Array.from({ length: 60 }, (_, i) =>
      step(`l[${i}].s`, [], call("host.on", "write", `host:h${i}`, []), { rollback: back, after: order() }),
    );
    const elements = [0, 1].map((i) => ({ id: `l[${i}]`, key: { is: "known" as const, value: i }, within: null }));
    const { plan } = planFile(nodes, {
      onFailure: "halt",
      loops: [{ id: "l", at: "a.ops:1:1", tolerate: 1, elements }],
    });
    expect(wordsOf(plan).slice(1)).toEqual([
      "it changes 60 things",
      "l goes on while 1 of its 2 elements have failed",
      "a failure halts the run where it is: what was done stays",
    ]);
  });
});
