/** What is drawn of a plan: nothing is lost, nothing is added, and nothing in a plan's texts acts on who looks. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { boxesOf, type Flow, framesOf, type Picture } from "../../compiler/render/picture/model.ts";
import { PALETTES, type Palette } from "../../compiler/render/picture/palette.ts";
import { pictureOf } from "../../compiler/render/picture/picture.ts";
import { pictureStyle, planSvg, TooLargeError } from "../../compiler/render/svg.ts";
import { processorTime } from "../tools/processor-time.ts";
import { approve, call, planFile, STRING, step } from "./build.ts";
import { expectGolden } from "./golden.ts";
import { chain, fan, happenedTo, nested, randomPlan } from "./picture-plans.ts";
import { hostile, release, rotation, wide } from "./plans.ts";
import { classesOf, readXml, type Tag, walk } from "./xml.ts";

const drawn = async (file: PlanFile, ...rest: [Parameters<typeof planSvg>[1]?, Parameters<typeof planSvg>[2]?]) =>
  walk(readXml(await planSvg(file, ...rest)));
const withClass = (tags: readonly Tag[], name: string): Tag[] => tags.filter((tag) => classesOf(tag).includes(name));
const numbers = (tag: Tag, name: string): number[] =>
  (tag.attributes.get(name) ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
const own = ({ flows }: Picture): Flow => flows[0] ?? { event: null, root: never(), edges: [] };
const never = (): never => {
  throw new Error("a picture has the plan's own flow");
};
const sizeOf = (svg: string): [number, number] => {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  return [Number(width), Number(height)];
};

describe("golden pictures", () => {
  test.each([
    ["nested", nested()],
    [
      "malformed",
      planFile([step("a", ["b"], call("x.y", "write", "r", [])), step("b", ["a"], call("x.y", "write", "r", []))]),
    ],
  ])("%s", async (name, file) => {
    expectGolden(`${name}.svg`, await planSvg(file));
    expectGolden(`${name}.mmd`, planMermaid(file));
  });
  test("a run", async () => {
    const happened = happenedTo(release(), { left: [{ node: "flag", what: "set checkout-v2 back to 5%" }] });
    expectGolden("release.run.svg", await planSvg(release(), {}, happened));
    expectGolden("release.run.mmd", planMermaid(release(), happened));
    expectGolden("nested.run.svg", await planSvg(nested(), {}, happenedTo(nested())));
  });
});

describe("random plans", () => {
  test("every node is in the picture once, or counted in its loop; every arrow joins two boxes", async () => {
    await fc.assert(
      fc.asyncProperty(randomPlan, async (file) => {
        const tags = await drawn(file);
        const boxes = withClass(tags, "node");
        const seen = [
          ...boxes.filter((box) => !classesOf(box).includes("join")).flatMap((box) => numbers(box, "data-nodes")),
          ...withClass(tags, "frame").flatMap((frame) => numbers(frame, "data-pauses")),
        ].sort((a, b) => a - b);
        expect(seen).toEqual(file.plan.nodes.flatMap(({ kind }, i) => (kind === "join" ? [] : [i])));
        const ids = boxes.map((box) => box.attributes.get("id"));
        expect(new Set(ids).size).toBe(ids.length);
        for (const edge of withClass(tags, "edge")) {
          // The legend shows an arrow that joins nothing.
          if (!edge.attributes.has("data-from")) continue;
          expect(ids).toContain(edge.attributes.get("data-from"));
          if (edge.attributes.has("data-to")) expect(ids).toContain(edge.attributes.get("data-to"));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("arrows say what the plan says: each is the order of some nodes, and of small plans all order is there", () => {
    fc.assert(
      fc.property(randomPlan, (file) => {
        const picture = pictureOf(file);
        const { root, edges } = own(picture);
        const { nodes } = file.plan;
        const boxOf = new Map(boxesOf(root).flatMap((box) => box.nodes.map((i) => [i, box.name] as const)));
        const planned = reach(nodes.map(({ id, after }) => ({ id, before: after.map((each) => each.id) })));
        const shown = reach(
          boxesOf(root).map(({ name }) => ({
            id: name,
            before: edges.filter(({ to }) => to === name).map(({ from }) => from),
          })),
        );
        for (const { from, to } of edges) {
          const [first, second] = [from, to].map((name) => nodes.filter((_, i) => boxOf.get(i) === name));
          expect(first?.some((a) => second?.some((b) => planned(a.id, b.id)))).toBe(true);
        }
        if (boxesOf(root).some((box) => box.nodes.length > 1)) return;
        nodes.forEach((a, i) => {
          nodes.forEach((b, k) => {
            const [from, to] = [boxOf.get(i), boxOf.get(k)];
            if (from !== undefined && to !== undefined) expect(shown(from, to)).toBe(planned(a.id, b.id));
          });
        });
      }),
    );
  });

  test("below the line of no return stands what is irreversible and all that comes after it, and nothing above it follows", () => {
    fc.assert(
      fc.property(randomPlan, (file) => {
        const { root, edges } = own(pictureOf(file));
        const after = new Set(boxesOf(root).flatMap((box) => (box.after ? [box.name] : [])));
        for (const box of boxesOf(root)) if (box.final !== null) expect(after).toContain(box.name);
        for (const { from, to } of edges) if (after.has(from)) expect(after).toContain(to);
      }),
    );
  });
});

/** Whether the second comes after the first, directly or not. Each stands after those before it. */
function reach(items: readonly { readonly id: string; readonly before: readonly string[] }[]) {
  const above = new Map<string, Set<string>>();
  const order = [...items];
  // Boxes are not in order; as many rounds as there are settle them.
  for (let round = 0; round < items.length; round++) {
    let changed = false;
    for (const { id, before } of order) {
      const all = above.get(id) ?? new Set<string>();
      const size = all.size;
      for (const one of before) for (const each of [one, ...(above.get(one) ?? [])]) all.add(each);
      above.set(id, all);
      changed ||= all.size !== size;
    }
    if (!changed) break;
  }
  return (from: string, to: string): boolean => above.get(to)?.has(from) ?? false;
}

describe("large plans stay readable", () => {
  test("elements that do the same are one, with their waves", () => {
    const { root } = own(pictureOf(release(12, 4)));
    const loop = framesOf(root).find(({ kind }) => kind === "loop");
    expect(loop).toMatchObject({ count: 12, title: "for each roll" });
    expect(loop?.notes).toContain("12 elements, at most 4 at a time, in 3 waves");
    expect(loop?.notes).toContain("a pause of 30s between waves");
    expect(loop?.waves.map((wave) => wave.map(({ key }) => key))).toEqual([
      ["web-1", "web-2", "web-3", "web-4"],
      ["web-5", "web-6", "web-7", "web-8"],
      ["web-9", "web-10", "web-11", "web-12"],
    ]);
    expect(loop?.boxes.map(({ head, nodes }) => [head, nodes.length])).toEqual([
      ["drain", 12],
      ["idle", 12],
      ["deploy", 12],
      ["healthy", 12],
      ["undrain", 12],
    ]);
    expect(loop?.boxes[0]?.details).toContain("lb:pool/web/‹key›");
  });
  test("an element that does more is drawn apart", () => {
    const file = release(12, 4);
    const extra = step("roll[web-7].extra", ["roll[web-7].undrain"], call("x.y", "write", "r", []));
    const { root } = own(pictureOf(planFile([...file.plan.nodes, extra])));
    expect(
      framesOf(root)
        .filter(({ kind }) => kind === "element")
        .map(({ title, count }) => [title, count]),
    ).toEqual([
      ["each of 11", 11],
      ["web-7", 1],
    ]);
  });
  test("a wide fan is one", () => {
    const { root } = own(pictureOf(fan(50)));
    expect(boxesOf(root).map(({ nodes }) => nodes.length)).toEqual([1, 50, 1]);
  });
  test.each([
    ["a chain", chain(200)],
    ["chains side by side", wide(200)],
  ])("%s of 200 is no tower", async (_, file) => {
    const [width, height] = sizeOf(await planSvg(file));
    expect(height).toBeLessThan(2500);
    expect(width / height).toBeLessThan(3);
  });
  test("a comment draws what is small once it is folded", () => {
    expect(planMarkdown(release(200))).toContain("```mermaid");
    expect(planMarkdown(wide(100))).not.toContain("```mermaid");
  });
  test("too many nodes that differ are refused with the way out; alike ones are not", async () => {
    await expect(planSvg(wide(1001))).rejects.toThrow(TooLargeError);
    await expect(planSvg(wide(1001))).rejects.toThrow(/text and Markdown renderings have no limit/);
    expect(sizeOf(await planSvg(release(400, 20)))[1]).toBeLessThan(3000);
  });
  test("a loop of very many elements counts those it has no room for", async () => {
    const tags = await drawn(release(700, 1));
    expect(withClass(tags, "element-of")).toHaveLength(600);
    expect(tags.map(({ text }) => text)).toContain("and 100 more");
  });
  test("1,000 nodes are drawn in a moment (the bound is generous)", async () => {
    await planSvg(chain(2));
    const spent = processorTime();
    await planSvg(wide(1000));
    expect(spent()).toBeLessThan(15_000);
  });
});

describe("the point of no return", () => {
  const line = async (file: PlanFile) => withClass(await drawn(file), "no-return");
  test("is a line where something cannot be undone, and only there", async () => {
    expect(await line(chain(5, 3))).toHaveLength(1);
    expect(await line(chain(5))).toHaveLength(0);
  });
  test("parts the picture: what comes before stands above it, what comes after below, in every column", async () => {
    const svg = readXml(await planSvg(rotation(), { bare: true }));
    const [columns = []] = [walk(svg).filter((tag) => tag.children.some((child) => classesOf(child).includes("node")))];
    const ys = columns.flatMap((column) =>
      withClass(column.children, "node").map((node) => {
        const [, y] = /^M[\d.-]+ ([\d.-]+)/.exec(withClass(walk(node), "shape")[0]?.attributes.get("d") ?? "") ?? [];
        return { column, after: classesOf(node).includes("after"), y: Number(y) };
      }),
    );
    const marks = columns.flatMap((column) =>
      withClass(column.children, "no-return").map((mark) => ({
        column,
        y: Number(mark.children[1]?.attributes.get("y1")),
      })),
    );
    expect(marks).toHaveLength(1);
    expect(ys.some(({ after }) => after)).toBe(true);
    for (const { column, after, y } of ys)
      if (column === marks[0]?.column) expect(y > (marks[0]?.y ?? 0)).toBe(after);
      else expect(after).toBe(columns.indexOf(column) > columns.indexOf(marks[0]?.column ?? column));
  });
  test("is said in Mermaid on every arrow that leads over it", () => {
    expect(planMermaid(chain(5, 3)).match(/.*no return.*/g)).toEqual(["  n2 ==>|point of no return| n3"]);
  });
});

describe("what became of it", () => {
  test("stands on each box as a sign, in words and in a class", async () => {
    const tags = await drawn(nested(), {}, happenedTo(nested()));
    const failed = withClass(tags, "fate-failed").filter((tag) => classesOf(tag).includes("node"));
    expect(failed).toHaveLength(1);
    expect(walk(failed[0] ?? never()).map(({ text }) => text)).toContain("failed after 2 attempts in 3s");
    expect(failed[0]?.children[0]?.text).toContain("503 <nobody>");
    expect(withClass(tags, "sign").length).toBeGreaterThan(5);
  });
  test("of alike nodes how many are what, and of each element its own", async () => {
    const file = release(6, 2);
    const picture = pictureOf(file, happenedTo(file));
    const loop = framesOf(own(picture).root).find(({ kind }) => kind === "loop");
    for (const box of loop?.boxes ?? []) {
      const counted = [...(box.fate?.words ?? "").matchAll(/\d+/g)].reduce((sum, [n]) => sum + Number(n), 0);
      expect(counted).toBe(6);
    }
    expect(loop?.waves.flat().map(({ fate }) => fate?.fate)).toContain("undo failed");
  });
  test("a run that ended badly is told above the picture, and what is left to do by hand", async () => {
    const happened = happenedTo(nested(), { left: [{ node: "work.stop", what: "let it write again" }] });
    const head = withClass(await drawn(nested(), {}, happened), "head").flatMap(walk);
    const said = head.map(({ text }) => text);
    expect(said).toContain("run r-1: undone in 1m30s: a step failed");
    expect(said).toContain("by hand: work.stop: let it write again");
  });
});

describe("the picture in a page", () => {
  test("hooks do not pass for nodes of the plan", async () => {
    const hooked = (await drawn(nested())).filter((tag) => tag.attributes.has("data-hook"));
    expect(hooked.map((tag) => [tag.attributes.get("data-hook-nodes"), tag.attributes.has("data-nodes")])).toEqual([
      ["0", false],
      ["1", false],
    ]);
  });
  test("bare is without heading and legend", async () => {
    const tags = await drawn(nested(), { bare: true });
    expect([...withClass(tags, "head"), ...withClass(tags, "legend")]).toEqual([]);
    expect(withClass(tags, "node").length).toBeGreaterThan(8);
  });
  test.each(["auto", "inherit", "light", "dark"] as const)("%s: no rule of its style reaches beyond it", (theme) => {
    const style = pictureStyle(theme);
    const rules = style.replace(/@media[^{]*\{/g, "").split("}");
    for (const rule of rules) {
      const [selectors = ""] = rule.split("{");
      if (selectors.trim() === "") continue;
      for (const selector of selectors.split(",")) expect(selector).toMatch(/^\.opsc-picture[ .:]/);
    }
    expect(style).not.toMatch(/url|@import|expression|[<&]/);
  });
  test("the colour theme changes nothing but the style", async () => {
    const plain = (svg: string): string => svg.replace(/<style>.*<\/style>/, "");
    expect(plain(await planSvg(nested(), { theme: "dark" }))).toBe(plain(await planSvg(nested())));
    expect(await planSvg(nested(), { theme: "dark" })).not.toBe(await planSvg(nested()));
  });
});

describe("no text of a plan acts on who looks at its picture", () => {
  const DANGEROUS =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]/;
  const evil = fc.string({
    unit: fc.constantFrom(
      "<script>",
      "</svg>",
      "]]>",
      "<!--",
      "&lt;",
      "&",
      '"',
      "'",
      "\u202e",
      "\u0000",
      "\n",
      "javascript:",
      "<b>",
      "\ud800",
      "x",
      " ",
      "end",
      "-->",
      "%%{",
      "click ",
    ),
    maxLength: 12,
  });
  const plan = (text: string): PlanFile =>
    planFile(
      [
        approve("ok", [], [[text, [text, "a@x"]]]),
        ...["a", "b"].map((key) =>
          step(`l[${key}${text}].${text}`, [], call("x.y", "destroy", text, [[text, STRING, text]]), {
            irreversible: text,
            doc: text,
          }),
        ),
      ],
      {
        requester: text,
        action: { ...planFile([]).plan.action, title: text, name: text, risk: text },
        hooks: [{ event: "end", at: text, nodes: [step(`on_end.${text}`, [], call("x.y", "write", text, []))] }],
      },
    );
  test("the SVG is well-formed, of harmless elements, and refers to nothing", async () => {
    await fc.assert(
      fc.asyncProperty(evil, async (text) => {
        const file = plan(text);
        const happened = happenedTo(file, { run: text, why: text, outcome: text, left: [{ node: text, what: text }] });
        const svg = await planSvg(file, {}, happened);
        const tags = walk(readXml(svg));
        const allowed = ["svg", "style", "g", "path", "rect", "circle", "line", "text", "title"];
        expect(tags.map(({ name }) => name).filter((name) => !allowed.includes(name))).toEqual([]);
        for (const { attributes } of tags)
          for (const name of attributes.keys()) expect(name).not.toMatch(/^on|href|^style$|^src$/);
        expect(svg).not.toMatch(DANGEROUS);
        expect(svg.isWellFormed()).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
  test("Mermaid: each line is one of those it is made of, and every label is letters and codes", () => {
    const name = "(?:n|h\\d+n|g)\\d+";
    const label = '"(?:[\\p{L}\\p{N}\\p{M} .,:/_=+-]|#\\d+;|<br/>)*"';
    const lines = [
      "flowchart TB",
      `head\\[${label}\\]`,
      "style head [\\w:#,]+",
      `head ~~~ ${name}`,
      `${name}(?:\\(${label}\\)|\\[${label}\\]|\\[\\[${label}\\]\\]|\\{\\{${label}\\}\\}|\\[/${label}\\\\\\]|\\(\\[${label}\\]\\)|\\(\\(" "\\)\\))`,
      `subgraph (?:c|h\\d+c?)\\d*\\[${label}\\]`,
      "end",
      `${name} (?:-->|-\\.->|==>\\|point of no return\\|) ${name}`,
      "classDef \\w+ [\\w:#,. -]+",
      `class ${name}(?:,${name})* \\w+`,
    ];
    const known = new RegExp(`^ *(?:${lines.join("|")})$`, "u");
    fc.assert(
      fc.property(evil, (text) => {
        const source = planMermaid(plan(text), happenedTo(plan(text), { run: text }));
        for (const each of source.trimEnd().split("\n")) expect(each).toMatch(known);
      }),
    );
    for (const file of [hostile(), nested(), release(), rotation(), fan(50)])
      for (const each of planMermaid(file).trimEnd().split("\n")) expect(each).toMatch(known);
  });
});

describe.each(["light", "dark"] as const)("%s", (theme) => {
  const p: Palette = PALETTES[theme];
  const looks = Object.values(p.looks);
  const fates = Object.values(p.fates);
  const grounds = [p.back, p.frame.fill, p.danger.fill];
  test.each([
    ["text on all it stands on", [p.text, p.muted], [...grounds, ...looks.map(({ fill }) => fill)]],
    ["text on fates", [p.text], fates.map(({ fill }) => fill)],
    ["warnings", [p.danger.line, p.looks.write.line], [...grounds, ...looks.map(({ fill }) => fill)]],
    ["arrows and frames", [p.edge, p.frame.line], grounds],
    ["outlines", looks.map(({ line }) => line), grounds],
    ["text on bars and badges", [p.onLine], [p.danger.line, p.edge, ...looks.map(({ line }) => line)]],
  ])("%s: at least 4.5", (_, inks, fills) => {
    for (const ink of inks)
      for (const fill of fills) expect(contrast(ink, fill), `${ink} ${fill}`).toBeGreaterThanOrEqual(4.5);
  });
  test("each sign on its own ground", () => {
    for (const { fill, line } of [...looks, ...fates]) expect(contrast(fill, line)).toBeGreaterThanOrEqual(4.5);
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
