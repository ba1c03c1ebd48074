/** Dangers in pictures: told above them, and marked where they are; and arrows that leave the words of frames alone. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanFile, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import type { Happened } from "../../compiler/render/happened.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { boxesOf, framesOf } from "../../compiler/render/picture/model.ts";
import { pictureOf } from "../../compiler/render/picture/picture.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { approve, call, check, join, known, planFile, step, undo } from "./build.ts";

const BACK = undo(call("x.back", "write", "x", []));
const NOTHING: StepNode["rollback"] = { kind: "nothing", why: "not kept" };
const KEYS = Array.from({ length: 8 }, (_, i) => `host-${i + 1}`);
const write = (id: string, after: readonly string[], rollback: StepNode["rollback"]): PlanNode =>
  step(id, after, call("x.put", "write", `x:${id}`, []), { rollback });
const asked = (after: readonly string[], upfront: boolean): PlanNode =>
  approve("ok", after, [["On-call", ["ana@example.com", "ben@example.com", "cai@example.com"]]], { upfront });
const LOOPS: Plan["loops"] = [
  {
    id: "host",
    at: "a.ops:1:1",
    tolerate: 4,
    elements: KEYS.map((key) => ({ id: `host[${key}]`, key: known(key), within: null })),
  },
];
const well = (key: string): PlanNode =>
  check(
    `host[${key}].well`,
    [`host[${key}].deploy`],
    call("x.get", "read", `x:${key}`, []),
    '(it.content ?? "").contains("a thing that is true")',
  );

/** Everything at once, nobody asked, nothing undone. */
const worst: PlanFile = planFile(
  [
    ...KEYS.flatMap((key) => [write(`host[${key}].deploy`, [], NOTHING), well(key)]),
    join(
      "all",
      KEYS.map((key) => `host[${key}].well`),
    ),
    asked(["all"], false),
    write("announce", ["ok"], BACK),
  ],
  { loops: LOOPS },
);
/** Two at a time, once people have agreed. */
const sound: PlanFile = planFile([
  asked([], true),
  ...KEYS.flatMap((key, i): PlanNode[] => {
    const before = i < 2 ? "ok" : `host[batch ${Math.floor(i / 2) + 1}]`;
    const nodes = [write(`host[${key}].deploy`, [before], BACK), well(key)];
    const next = `host[batch ${Math.floor(i / 2) + 2}]`;
    return i % 2 === 0 || i === 7 ? nodes : [...nodes, join(next, [`host[${KEYS[i - 1]}].well`, `host[${key}].well`])];
  }),
]);

describe("what must be known before a yes", () => {
  test("stands above the picture, without the names of what is marked in it", async () => {
    const { notes } = pictureOf(worst);
    expect(notes.filter(({ alarm }) => alarm !== undefined).map(({ text, alarm }) => [alarm, text])).toEqual([
      [
        "grave",
        "all 8 elements of host are changed at the same time, before anybody is asked, and are not undone when the run fails (“not kept”)",
      ],
      ["warning", "4 of 8 elements of host, 50%, may fail, and the run goes on to ask On-call"],
    ]);
    const svg = await planSvg(worst);
    expect(svg).toContain("4 of 8 elements of host, 50%, may fail");
    expect(pictureOf(sound).notes.every(({ alarm }) => alarm === undefined)).toBe(true);
  });
  test("at most three of them, and how many more there are", () => {
    const many = planFile([
      ...["a", "b"].map((id) => step(id, [], call("x.drop", "destroy", `${id}:*`, []), { rollback: NOTHING })),
      ...[1, 2].map((n) => write(`n${n}`, [], NOTHING)),
    ]);
    const { notes } = pictureOf(many);
    const told = notes.filter(({ alarm }) => alarm !== undefined);
    expect(told).toHaveLength(3);
    expect(notes.at(-1)?.text).toMatch(/^and \d more, see the plan$/);
  });

  test("is marked where it is, in both kinds of picture", async () => {
    const { root } = pictureOf(worst).flows[0] ?? {};
    if (root === undefined) throw new Error("a plan has a flow");
    const marked = boxesOf(root).flatMap(({ head, alarms }) =>
      alarms.map(({ words, grave }) => `${head}: ${words}${grave ? "!" : ""}`),
    );
    expect(marked).toEqual(["deploy: before anybody is asked!", "deploy: not undone!"]);
    const frames = framesOf(root).flatMap(({ title, alarms }) => alarms.map(({ words }) => `${title}: ${words}`));
    expect(frames).toEqual(["for each host: all at once", "for each host: 50% may fail"]);
    for (const words of ["before anybody is asked", "not undone", "all at once", "50% may fail"]) {
      expect(await planSvg(worst)).toContain(`>${words}</text>`);
      expect(planMermaid(worst)).toContain(`#9888; ${words.replace("%", "#37;")}`);
    }
    expect(planMermaid(sound)).not.toContain("#9888;");
  });

  test("is told of a run as long as somebody can still be asked", () => {
    const run: Happened = {
      run: "r",
      outcome: null,
      why: null,
      startedAt: null,
      endedAt: null,
      nodes: new Map(),
      left: [],
    };
    const marks = (happened: Happened): number =>
      pictureOf(worst, happened)
        .flows.flatMap(({ root }) => boxesOf(root))
        .flatMap(({ alarms }) => alarms).length;
    expect(marks(run)).toBe(2);
    expect(marks({ ...run, outcome: "succeeded" })).toBe(0);
  });
});

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
const covers = (svg: string): Rect[] =>
  [...svg.matchAll(/<rect class="cover" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, x, y, width, height]) => ({ x: Number(x), y: Number(y), width: Number(width), height: Number(height) }),
  );

test("an arrow into a frame ends at its border, and goes on below its words, which nothing runs through", async () => {
  const svg = await planSvg(sound);
  const [cover] = covers(svg);
  if (cover === undefined) throw new Error("the loop has a frame");
  const at = (text: string): number => svg.indexOf(text);
  // What is drawn later lies above.
  const line = [...svg.matchAll(/data-from="opsc-n0" data-to="opsc-n1"/g)].map(({ index }) => index);
  expect(line).toHaveLength(2);
  expect(line[0]).toBeLessThan(at('class="cover"'));
  expect(at('class="cover"')).toBeLessThan(at(">for each host</text>"));
  // The second is the end at the border: a tip on the upper edge of the frame.
  const tip = svg.slice(line[1]).match(/class="tip" d="M([\d.]+) ([\d.]+)L/);
  expect(Number(tip?.[2])).toBeCloseTo(cover.y - 2, 0);
  expect(Number(tip?.[1])).toBeGreaterThan(cover.x);
  const inside = [...svg.matchAll(/<rect class="chip" x="[\d.]+" y="([\d.]+)"[^>]*height="([\d.]+)"/g)];
  expect(inside).toHaveLength(8);
  for (const [, y, height] of inside) expect(Number(y) + Number(height)).toBeLessThanOrEqual(cover.y + cover.height);
});

describe("elements of a loop", () => {
  const rows = (svg: string): number[] => {
    const ys = [...svg.matchAll(/<g class="element-of"[^>]*>.*?<rect class="chip"[^>]* y="([\d.]+)"/g)].map(
      ([, y]) => y,
    );
    return [...Map.groupBy(ys, (y) => y).values()].map((row) => row.length);
  };
  test("stand by wave, and the legend says so", async () => {
    const svg = await planSvg(sound);
    expect(rows(svg)).toEqual([2, 2, 2, 2]);
    for (const words of ["wave 1", "wave 4", "elements of a loop, by wave"]) expect(svg).toContain(`>${words}</text>`);
  });
  test("of one wave are in lines of about as many, which are no waves", async () => {
    const svg = await planSvg(worst);
    expect(rows(svg)).toEqual([4, 4]);
    expect(svg).toContain(">elements of a loop</text>");
    expect(svg).not.toContain("wave");
  });
  test("are as many in the legend as in the plan", async () => {
    expect(await planSvg(worst)).not.toContain("×12");
    expect((await planSvg(worst)).match(/>×8</g)).toHaveLength(4);
  });
});

test("what a check waits for is there to its end", async () => {
  const svg = await planSvg(worst);
  expect(svg).toContain(">check · (it.content ?? &#34;&#34;).contains(&#34;a</text>");
  expect(svg).toContain(">thing that is true&#34;)</text>");
  expect(planMermaid(worst)).toContain(
    "check #183; #40;it.content #63;#63;<br/>#34;#34;#41;.contains#40;#34;a thing that is tru#8230;",
  );
});
