/** Comparisons as people see them. `UPDATE_GOLDEN=1` writes them anew. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { diffOutputSchema } from "../../compiler/diff/diff.schema.ts";
import { diffHtml } from "../../compiler/diff/html.ts";
import { diffMarkdown, MOST_CHARACTERS } from "../../compiler/diff/markdown.ts";
import { planDiff } from "../../compiler/diff/plan-diff.ts";
import { diffText } from "../../compiler/diff/text.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import { call, guardrail, STRING, sha, step } from "../render/build.ts";
import { release } from "../render/plans.ts";
import { hostilePair, narrowerRelease, type PlanPair, rewritten, widerRelease, withPlan } from "./pairs.ts";

const FOLDER = new URL("./golden/", import.meta.url);

function expectGolden(name: string, text: string): void {
  const file = new URL(name, FOLDER);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  expect(existsSync(file), `${name} is missing: UPDATE_GOLDEN=1 writes it`).toBe(true);
  expect(text).toBe(readFileSync(file, "utf8"));
}

const PAIRS: readonly (readonly [string, PlanPair])[] = [
  ["wider", widerRelease()],
  ["narrower", narrowerRelease()],
  ["rewritten", rewritten()],
  ["hostile", hostilePair()],
];

describe.each(PAIRS)("%s", (name, { old, now }) => {
  const diff = planDiff(old, now);
  test("as text", () => {
    for (const width of [60, 120]) expectGolden(`${name}.${width}.txt`, diffText(diff, { color: false, width }));
  });
  test("as Markdown", () => expectGolden(`${name}.md`, diffMarkdown(diff)));
  test("as a page", () => expectGolden(`${name}.html`, diffHtml(diff)));
  test("as data", () => expect(diffOutputSchema.parse(diff)).toEqual(diff));
  test("colours change nothing but colours", () => {
    const colored = diffText(diff, { color: true, width: 80 });
    expect(colored).not.toBe(diffText(diff, { color: false, width: 80 }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about
    expect(colored.replace(/\u001b\[[\d;]*m/g, "")).toBe(diffText(diff, { color: false, width: 80 }));
  });
  test.each([40, 60, 80, 120])("no line is wider than %i columns", (width) => {
    for (const line of diffText(diff, { color: false, width }).split("\n"))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });
  test("nothing in it is markup of a page, or of a comment, that was not ours", () => {
    const page = diffHtml(diff);
    expect(page).not.toMatch(/<script|javascript:|\son\w+=/i);
    expect(
      [...page.matchAll(/<(\w+)/g)]
        .map(([, tag]) => tag)
        .filter((tag) => ["img", "iframe", "a", "b"].includes(tag ?? "")),
    ).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asked
    expect(page + diffMarkdown(diff)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u200b]/);
    const outsideCode = diffMarkdown(diff).replace(/ *(`{3,})diff\n[\s\S]*?\1|`[^`\n]*`/g, "");
    expect(outsideCode).not.toMatch(/@everyone|<script|(?<!\\)\]\(/);
  });
});

test("the danger stands in the first three lines", () => {
  const { old, now } = widerRelease();
  const lines = diffText(planDiff(old, now), { color: false, width: 100 }).split("\n");
  expect(lines[0]).toMatch(/^NEW goes beyond OLD: \d+ wider/);
  expect(lines[2]).toContain("purge: is new: destroys cdn:*");
});

describe("what speaks against NEW as a whole", () => {
  const failing = (enforcement: "hard" | "advisory") => {
    const { old, now } = widerRelease();
    const given = guardrail("calm", { enforcement });
    const judged = { ...given, status: "fail" as const, why: "no *changes* now" };
    return planDiff(
      withPlan(old, (plan) => ({ ...plan, guardrails: [given] })),
      withPlan(now, (plan) => ({ ...plan, guardrails: [judged] })),
    );
  };
  test("stands right below the verdict", () => {
    const diff = failing("hard");
    const said = "NEW is refused by guardrail calm: no *changes* now";
    expect(diffText(diff, { color: false, width: 100 }).split("\n")[1]).toBe(said);
    expect(diffMarkdown(diff).split("\n\n")[1]).toBe(`> [!CAUTION]\n> ${said.replaceAll("*", "\\*")}`);
    expect(diffHtml(diff)).toMatch(/<\/h1>\n<p>[^<]*<\/p>\n<p class="grave">NEW is refused by guardrail calm/);
  });
  test("is not that a rule which is only advice fails", () => {
    const [, refused] = [failing("advisory"), failing("hard")].map(({ entries }) =>
      entries.filter(({ area }) => area === "guardrails").map(({ what }) => what),
    );
    expect(refused).toContain("fails: the plan is refused");
    const diff = failing("advisory");
    expect(diff.entries.map(({ what }) => what)).toContain("fails: it advises against the plan");
    expect(JSON.stringify(diff)).not.toContain("refused");
  });
});

test("notes for which a comment has no room are counted", () => {
  const { old, now } = widerRelease();
  const notes = Array.from({ length: 40 }, (_, i) => `${i} ${"note ".repeat(400)}`);
  const entries = planDiff(old, now).entries.flatMap((entry) =>
    Array.from({ length: 400 }, (_, i) => ({ ...entry, subject: `s${i}`, from: "x".repeat(200) })),
  );
  const text = diffMarkdown({ ...planDiff(old, now), entries, notes });
  expect(text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
  expect(text).toMatch(/\n- … [\d]+ more\n$/);
});

test("the same plan, and one that means the same, are told apart", () => {
  const file = release();
  const again = withPlan(file, (plan) => ({
    ...plan,
    nonce: "n-2",
    createdAt: "2026-11-24T10:00:00.000Z",
    expiresAt: "2026-11-24T18:00:00.000Z",
  }));
  const first = (of: typeof file): string =>
    diffText(planDiff(file, of), { color: false, width: 100 }).split("\n")[0] ?? "";
  expect(first(file)).toBe("The same plan");
  expect(first(again)).toBe("The same in meaning: only made at another time, or from sources laid out otherwise");
});

test("a comment holds no more than it may, with what is wider to the last", () => {
  const file = release();
  const many = withPlan(file, (plan) => ({
    ...plan,
    nodes: [
      ...plan.nodes.map((node) => (node.kind === "approve" ? { ...node, quorum: 1 } : node)),
      ...Array.from({ length: 3000 }, (_, i) =>
        step(`read${i}`, [], call("x.get", "read", `r${i}`, [["what", STRING, "y".repeat(i % 200)]])),
      ),
    ],
    inputs: [
      ...plan.inputs,
      ...Array.from({ length: 2000 }, (_, i) => ({ name: `in${i}`, type: STRING, value: "z".repeat(100) })),
    ],
  }));
  const text = diffMarkdown(planDiff(file, many));
  expect(text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
  expect(text.length).toBeGreaterThan(40_000);
  expect(text).toContain("fewer people are enough: `2` → `1`");
  expect(text).toMatch(/… [\d,]+ more added:\*\* `opsc diff` shows all of them\./);
});

test("a comparison of what was given is the same every time, whatever it is compared for", () => {
  const { old, now } = widerRelease();
  expect(diffHtml(planDiff(old, now))).toBe(diffHtml(planDiff(structuredClone(old), structuredClone(now))));
  expect(sha(diffMarkdown(planDiff(old, now)))).toBe(sha(diffMarkdown(planDiff(old, now))));
});
