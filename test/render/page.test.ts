/** The HTML page as text: what its policy lets run, that no text of a plan becomes markup, that nothing is missing on it. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERATED, generatedPage } from "../../cli/build-page.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Happened, NodeFate } from "../../compiler/render/happened.ts";
import { SCRIPT, STYLE } from "../../compiler/render/page/page.generated.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { processorTime } from "../tools/processor-time.ts";
import { call, planFile, STRING, step } from "./build.ts";
import { expectGolden } from "./golden.ts";
import { deferredPlan, hostile, release, rotation, wide } from "./plans.ts";

const root = path.resolve(import.meta.dirname, "../..");

test("the style and the script are those of the sources", async () => {
  const fresh = await generatedPage(root);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path.join(root, GENERATED), fresh);
  expect(readFileSync(path.join(root, GENERATED), "utf8") === fresh, "UPDATE_GOLDEN=1 makes it anew").toBe(true);
});

test("the page costs little beside its plan", () => {
  expect(STYLE.length + SCRIPT.length).toBeLessThan(60_000);
});

/** A run in which everything happened, each fate somewhere. */
function happenedOn(file: PlanFile, text = "it said no"): Happened {
  const fates = ["done", "undone", "failed", "skipped", "undo failed", "waiting", "unknown"] as const;
  const nodes = new Map<string, NodeFate>(
    file.plan.nodes.map(({ id }, i) => [
      id,
      { fate: fates[i % fates.length] ?? "done", attempts: (i % 3) + 1, took: i * 700, why: i % 2 === 0 ? text : null },
    ]),
  );
  const left = file.plan.nodes.slice(0, 1).map(({ id }) => ({ node: id, what: text }));
  return {
    run: "r-1",
    outcome: "left",
    why: text,
    startedAt: 1_795_000_000_000,
    endedAt: 1_795_000_065_000,
    nodes,
    left,
  };
}

const PLANS: readonly (readonly [string, PlanFile])[] = [
  ["release", release()],
  ["rotation", rotation()],
  ["deferred", deferredPlan()],
  ["hostile", hostile()],
];

describe.each(PLANS)("%s", (_, file) => {
  test.each([
    ["a plan", null],
    ["a run", happenedOn(file)],
  ])("%s: same bytes, whole markup, nothing from elsewhere, every link leads somewhere", async (_, happened) => {
    const page = await planPage(file, happened);
    expect(await planPage(file, happened)).toBe(page);
    const { ids, links } = walk(page);
    expect(links.filter((link) => !ids.includes(link))).toEqual([]);
    expect(links.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("its policy names its style, that of the picture and its script, and nothing else", async () => {
    const page = await planPage(file);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const [style = "", ofPicture = ""] = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text]) => text);
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `style-src ${hash(style)} ${hash(ofPicture)}`,
      `script-src ${hash(script)}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect([style, script]).toEqual([STYLE, SCRIPT]);
  });

  test("every node has its place", async () => {
    const { ids } = walk(await planPage(file));
    const wanted = file.plan.nodes.filter(({ kind }) => kind !== "join").length;
    expect(ids.filter((id) => id.startsWith("node="))).toHaveLength(wanted);
  });
});

test("as it stands for those who read it without a script", async () => {
  expectGolden("deferred.html", withoutAssets(await planPage(deferredPlan())));
  expectGolden("release.run.html", withoutAssets(await planPage(release(2), happenedOn(release(2)))));
});

/** What is made elsewhere and held by tests of its own left out; a line for each element that begins one. */
function withoutAssets(page: string): string {
  return page
    .replace(/<style>[\s\S]*?<\/style>/, "<style/>")
    .replace(/<script>[\s\S]*?<\/script>/, "<script/>")
    .replace(/<svg[\s\S]*?<\/svg>/, "<svg/>")
    .replace(/sha256-[\w+/]+=*/g, "sha256-…")
    .replace(/(?<!\n)(<(?:li|dl|dt|section|h[1-4]|ol|ul|p|div|pre)\b)/g, "\n$1");
}

describe("no text of a plan becomes markup", () => {
  const evil = fc.string({
    unit: fc.constantFrom(
      "</script>",
      "<script>alert(1)</script>",
      "<!--",
      "]]>",
      '"',
      "'",
      "<img src=x onerror=alert(1)>",
      "&lt;",
      "javascript:",
      "\u0000",
      "\u202e",
      "\u2028",
      "\ud800",
      "%",
      "#node=a",
      "</style>",
      "\n",
      "x",
      " ",
    ),
    maxLength: 6,
  });
  test("whatever it is, wherever it stands", async () => {
    await fc.assert(
      fc.asyncProperty(evil, async (text) => {
        const file = planFile(
          ["a", "b"].map((key) =>
            step(`l[${key}].${text}`, [], call("x.y", "destroy", text, [[text, STRING, text]]), {
              irreversible: text,
              doc: text,
              preview: { sensitive: false, summary: text, diff: `+${text}\n-${text}` },
            }),
          ),
          { reason: text, requester: text, inputs: [{ name: text, type: STRING, value: text }], locks: [text] },
        );
        const page = await planPage(file, happenedOn(file, text));
        walk(page);
        expect(page.match(/<script/g)).toHaveLength(2);
      }),
      { numRuns: 60 },
    );
  });
  test("ids that only differ in what cannot be seen have different places", async () => {
    const file = planFile(["a\u200b", "a\\u{200b}"].map((id) => step(id, [], call("x.y", "write", "r", []))));
    const { ids } = walk(await planPage(file));
    expect(ids.filter((id) => id.startsWith("node="))).toEqual(["node=a\\u{200b}", "node=a\\u{200b}~2"]);
  });
});

describe("large plans", () => {
  test("above what is drawn there is the outline alone, and it says so", async () => {
    const page = await planPage(wide(1001));
    expect(page).not.toContain("<svg");
    expect(page).toContain("With 1,001 nodes the plan is too large to be drawn");
  });
  test("8,000 nodes take a moment (the bound is generous), and no more than 2,000 bytes each", async () => {
    const file = release(1600, 20);
    const spent = processorTime();
    const page = await planPage(file);
    expect(spent()).toBeLessThan(20_000);
    expect(page.length / file.plan.nodes.length).toBeLessThan(2000);
  });
});

describe("colours", () => {
  const css = readFileSync(path.join(root, "compiler/render/page/page.css"), "utf8");
  const pairs = new Map(
    [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
      ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
    ),
  );
  const GROUNDS = ["ground", "sheet", "chosen"];
  const ON: readonly (readonly [string, readonly string[]])[] = [
    ["text", [...GROUNDS, "read", "write", "grave", "check", "approve", "good"]],
    ["quiet", ["ground", "sheet", "chosen"]],
    ["link", [...GROUNDS, "grave"]],
    ...["read", "write", "grave", "check", "approve", "good"].map(
      (name) => [`${name}-text`, [name, "ground", "sheet"]] as const,
    ),
  ];
  test.each(["light", "dark"] as const)("%s: text stands out on every ground it stands on", (theme) => {
    for (const [text, grounds] of ON)
      for (const ground of grounds) {
        const ratio = contrast(pairs.get(text)?.[theme] ?? "", pairs.get(ground)?.[theme] ?? "");
        expect(ratio, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    for (const ground of GROUNDS)
      for (const line of ["focus", "strong-line"])
        expect(contrast(pairs.get(line)?.[theme] ?? "", pairs.get(ground)?.[theme] ?? "")).toBeGreaterThanOrEqual(3);
  });
});

/** Contrast ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff\ud800-\udfff]/u;

const TAGS: ReadonlySet<string> = new Set(
  "html head meta title style body a header main footer nav section div p h1 h2 h3 h4 ul ol li dl dt dd details summary span strong em small code pre br time table thead tbody tr th td script svg g path rect line circle text".split(
    " ",
  ),
);
const VOID: ReadonlySet<string> = new Set(["meta", "br"]);
/** All that the page's own markup and the picture in it are made of. */
const ATTRIBUTES =
  /^(lang|charset|http-equiv|content|name|class|href|id|aria-[a-z]+|role|hidden|open|scope|datetime|data-[a-z-]+|type|viewBox|xmlns|xmlns:xlink|xml:space|width|height|transform|fill|stroke|stroke-[a-z]+|points|d|cx|cy|r|rx|x|y|x1|y1|x2|y2|text-anchor|font-[a-z]+)$/;

/** Reads the page as a strict parser would, and throws at the first thing that the page is not made of. */
function walk(page: string): { readonly ids: string[]; readonly links: string[] } {
  const ids: string[] = [];
  const links: string[] = [];
  const open: string[] = [];
  const text = page.replace(/^<!doctype html>\n/, "").replace(/(<(style|script)[^>]*>)[\s\S]*?(<\/\2>)/g, "$1$3");
  expect(UNSEEN.exec(page)?.[0]).toBeUndefined();
  for (const [whole, close, name = "", attributes = "", rest] of text.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>|[<>]/gi,
  )) {
    if (name === "") throw new Error(`a bare ${whole} stands in the page`);
    if (!TAGS.has(name)) throw new Error(`there is a ${name} in the page`);
    if (close === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> ends what it did not begin`);
      continue;
    }
    if (!VOID.has(name) && rest !== "/") open.push(name);
    for (const [, attribute = "", value = ""] of attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)) {
      if (!ATTRIBUTES.test(attribute)) throw new Error(`${name} has an attribute ${attribute}`);
      if (attribute === "id") ids.push(plain(value));
      if (attribute !== "href") continue;
      if (!value.startsWith("#")) throw new Error(`a link leads out of the page: ${value}`);
      links.push(decodeURIComponent(plain(value.slice(1))));
    }
  }
  expect(open).toEqual([]);
  return { ids, links };
}

const plain = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
