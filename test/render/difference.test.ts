/** What differs within a line is marked, and nothing of the line is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHead, wordwise } from "../../compiler/render/page/difference.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planText } from "../../compiler/render/text.ts";
import { approve, call, known, planFile, step, undo } from "./build.ts";

/** `{41}` for what is marked. */
const marked = (...lines: string[]): string[] =>
  wordwise(lines).map((pieces) => pieces.map(({ text, changed }) => (changed ? `{${text}}` : text)).join(""));

describe("words that differ", () => {
  test("are marked in a line and in what replaces it", () => {
    expect(marked('-{"version": "41", "ready": true}', '+{"version": "42", "ready": true}')).toEqual([
      '{"version": "{41}", "ready": true}',
      '{"version": "{42}", "ready": true}',
    ]);
    expect(marked(" a", "-max = 10", "-min = 1", "+max = 20", "+min = 1 # few", " b")).toEqual([
      "a",
      "max = {10}",
      "min = 1",
      "max = {20}",
      "min = 1{ # few}",
      "b",
    ]);
  });
  test.each<[string, string[]]>([
    ["lines that have nothing in common", ["-alpha", "+42 and more"]],
    ["more lines put in than taken out", ["-a = 1", "+a = 2", "+b = 3"]],
    ["lines that are very long", [`-a ${"x ".repeat(400)}1`, `+a ${"x ".repeat(400)}2`]],
    ["the names of files", ["--- a/state.json", "+++ b/state.json", "@@ -1 +1 @@"]],
  ])("are not, of %s", (_, lines) => {
    expect(marked(...lines)).toEqual(lines.map((line) => line.slice(1)));
  });
  test("are not, of what lies beyond so much of a difference", () => {
    const lines = (sign: string, n: string): string[] =>
      Array.from({ length: 100 }, (_, i) => `${sign}${"same words ".repeat(30)}${i} is ${n}`);
    const shown = marked(...lines("-", "one"), ...lines("+", "two"));
    expect(shown[0]).toMatch(/\{one\}$/);
    expect(shown[99]).toMatch(/ one$/);
  });
  test("heads are those of a file alone", () => {
    expect(isHead(["--- a", "+++ b", "@@ -1 +1 @@"], 1)).toBe(true);
    expect(isHead(["@@ -1 +1 @@", "--- a note", "+++ b note", " c"], 1)).toBe(false);
  });
  test("a line that begins with dashes and is taken out looks so on a terminal too", () => {
    const diff = "--- a/q.sql\n+++ b/q.sql\n@@ -1 +1 @@\n--- all of them\n+-- some of them\n";
    const put = step("put", [], call("x.put", "write", "x", []), { preview: { sensitive: false, summary: "", diff } });
    const text = planText(planFile([put]), { color: true, width: 80 });
    expect(text).toContain("\u001b[1m--- a/q.sql\u001b[0m");
    expect(text).toContain("\u001b[31m--- all of them\u001b[0m");
    expect(text).toContain("\u001b[32m+-- some of them\u001b[0m");
  });
  test("put together they are the lines, whatever these are", () => {
    const line = fc.tuple(fc.constantFrom("-", "+", " "), fc.string({ unit: "binary", maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (made) => {
        const lines = made.map(([sign, text]) => sign + text);
        expect(wordwise(lines).map((pieces) => pieces.map(({ text }) => text).join(""))).toEqual(
          lines.map((each) => each.slice(1)),
        );
      }),
    );
  });
});

describe("the page", () => {
  const BACK = undo(call("x.back", "write", "x", []));
  const keys = ["h1", "h2", "h3"];
  const diff = (key: string): string => `--- a/${key}\n+++ b/${key}\n@@ -1 +1 @@\n-v = 41\n+v = 42\n`;
  const nodes = [
    ...keys.map((key) =>
      step(`host[${key}].deploy`, [], call("x.put", "write", `x:${key}`, []), {
        rollback: BACK,
        preview: { sensitive: false, summary: "", diff: diff(key) },
      }),
    ),
    approve(
      "ok",
      keys.map((key) => `host[${key}].deploy`),
      [["On-call", ["ana@example.com", "ben@example.com"]]],
    ),
  ];
  const { action } = planFile([]).plan;
  const file = planFile(nodes, {
    action: { ...action, doc: "Some at a <time>." },
    loops: [
      {
        id: "host",
        at: "a.ops:1:1",
        tolerate: 0,
        elements: keys.map((key) => ({ id: `host[${key}]`, key: known(key), within: null })),
      },
    ],
  });
  test("marks them, before the steps", async () => {
    const page = await planPage(file);
    expect(page).toContain('<span class="del">-v = <strong>41</strong></span>');
    expect(page).toContain('<span class="add">+v = <strong>42</strong></span>');
    expect(page.indexOf('id="changes"')).toBeLessThan(page.indexOf('id="steps"'));
  });
  test("says whose words stand below the title", async () => {
    expect(await planPage(file)).toContain(
      '<span class="by">in its author’s words</span><p class="doc">Some at a &lt;time&gt;.</p>',
    );
  });
  test("leads once to a loop, not to each of its steps", async () => {
    const page = await planPage(file);
    const changes = page.slice(page.indexOf('id="changes"'), page.indexOf('id="steps"'));
    const dangers = page.slice(page.indexOf("Not to be missed"), page.indexOf('class="meta"'));
    for (const part of [changes, dangers]) {
      expect(part).toContain('<a class="to" href="#loop=host">for each <code>host</code></a>');
      expect(part).not.toContain("#node=host");
    }
    expect(page).toContain('<details open id="loop=host">');
  });
});
