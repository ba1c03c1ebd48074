/** Elements that differ in a few words are shown once, and nothing of them is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanFact, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { changesOf } from "../../compiler/render/changes.ts";
import { foldElements, keySign, type Unfolded } from "../../compiler/render/fold.ts";
import { planText } from "../../compiler/render/text.ts";
import type { Type } from "../../compiler/types/type.ts";
import { processorTime } from "../tools/processor-time.ts";
import { type Arg, call, check, INT, planFile, STRING, step, undo } from "./build.ts";
import { expectGolden } from "./golden.ts";

type Texts = Readonly<Record<string, string>>;

function element(key: string, texts: Texts, over: Partial<StepNode> = {}): Unfolded {
  const args = Object.entries(texts).map(([name, value]): Arg => [name, STRING, value]);
  const put = call("x.put", "write", `thing:${key}`, args);
  const id = `each[${key}]`;
  const nodes = [
    step(`${id}.put`, [], put, { rollback: undo(call("x.take", "write", `thing:${key}`, args)), ...over }),
    check(`${id}.well`, [`${id}.put`], call("x.get", "read", `thing:${key}`, args), "it.ok"),
  ];
  return { id, key, nodes, parts: [] };
}

/** As the template shows an element: without its place, its preview, and what it waits for outside. */
const bare = (nodes: readonly PlanNode[]): unknown =>
  nodes.map((node) => ({ ...node, at: "", ...(node.kind === "step" ? { preview: null } : {}) }));

function putBack(elements: readonly Unfolded[]): unknown[] | null {
  const folded = foldElements(elements, 0);
  if (folded === null) return null;
  return elements.map(({ key }, i) => {
    const put = (text: string): string =>
      folded.holes
        // Nothing is shown as an empty text.
        .reduce((done, { sign, values }) => done.replaceAll(sign, () => (values[i] ?? "").replace(/^""$/, "")), text)
        .replaceAll(keySign(0), () => key);
    return JSON.parse(JSON.stringify(folded.nodes), (_, value) => (typeof value === "string" ? put(value) : value));
  });
}

const sorted = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ),
  );

describe("putting back what differs gives each element", () => {
  const word = fc.constantFrom(
    "web",
    "db",
    "eu-1",
    "a.b",
    "10.0.0.1",
    "4801",
    "4802",
    "é",
    "😀",
    "😁",
    "x_y",
    "_",
    "-",
    "key",
  );
  const plain = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("/"));
  const cases = fc.record({
    keys: fc.uniqueArray(fc.constantFrom("k1", "k2", "host-3", "q4", "z", "ü5"), { minLength: 3, maxLength: 6 }),
    names: fc.uniqueArray(fc.constantFrom("url", "path", "port", "target"), { minLength: 1, maxLength: 4 }),
    around: fc.tuple(plain, plain, fc.constantFrom("", ":", "/", "://")),
    differ: fc.infiniteStream(plain),
    many: fc.nat({ max: 4 }),
  });
  type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;
  const made = ({ keys, names, around: [head, tail, between], differ, many }: Case): Unfolded[] =>
    keys.map((key) =>
      element(
        key,
        Object.fromEntries(
          names.map((name, at) => {
            const own = at < many ? `${differ.next().value}` : "same";
            return [name, `${head}${between}${own}${between === "" ? "" : "/"}${tail}/${key}`];
          }),
        ),
      ),
    );

  test("whatever the texts", () => {
    let folded = 0;
    fc.assert(
      fc.property(cases, (each) => {
        const elements = made(each);
        const back = putBack(elements);
        if (back === null) return;
        folded++;
        expect(back.map(sorted)).toEqual(elements.map(({ nodes }) => sorted(bare(nodes))));
      }),
      { numRuns: 400 },
    );
    expect(folded).toBeGreaterThan(200);
  });

  test("also where that is nothing", () => {
    const elements = ["a", "", "b"].map((url, i) => element(`w${i}`, { url }));
    expect(putBack(elements)?.map(sorted)).toEqual(elements.map(({ nodes }) => sorted(bare(nodes))));
  });
});

describe("what differs", () => {
  const urls = (...all: string[]): Unfolded[] => all.map((url, i) => element(`w${i}`, { url }));
  const holes = (elements: readonly Unfolded[]): unknown =>
    foldElements(elements, 0)?.holes.map(({ sign, values }) => [sign, ...values]) ?? null;

  test("is told by whole words, once for all places, named after what it is", () => {
    expect(holes(urls("http://10.0.0.1:4801/x", "http://10.0.0.1:4802/x", "http://10.0.0.1:4811/x"))).toEqual([
      ["‹port›", "4801", "4802", "4811"],
    ]);
    expect(holes(urls("http://a.example/x", "http://b.example/x", "http://c.example:1/x"))).toEqual([
      ["‹address›", "a.example", "b.example", "c.example:1"],
    ]);
    expect(holes(urls("in eu", "in us", "in us-2"))).toEqual([["‹url›", "eu", "us", "us-2"]]);
    expect(holes(urls("a", "", "b"))).toEqual([["‹url›", "a", '""', "b"]]);
  });
  test("is not told where one of them is what stands for nothing", () => {
    expect(holes(urls("a", '""', "b"))).toBeNull();
  });
  test("has a sign that stands nowhere else", () => {
    expect(holes(urls("‹url› a", "‹url› b", "‹url› c"))).toEqual([["‹url2›", "a", "b", "c"]]);
  });
  test("in two ways has two signs", () => {
    const two = ["a", "b", "c"].map((own, i) => element(`w${i}`, { path: `in ${own}`, target: `to ${own}${own}` }));
    expect(holes(two)).toEqual([
      ["‹path›", "a", "b", "c"],
      ["‹target›", "aa", "bb", "cc"],
    ]);
  });
  test("is nothing where only the key does", () => {
    expect(holes(["a", "b"].map((key) => element(key, { url: `http://${key}/` })))).toEqual([]);
  });

  const texts = { url: "x" };
  test.each<[string, readonly Unfolded[]]>([
    ["two elements", urls("a", "b")],
    ["a timeout", [1, 2, 3].map((n) => element(`w${n}`, texts, { timeout: n }))],
    [
      "how it is repeated",
      [1, 2, 3].map((n) => element(`w${n}`, texts, { retry: { attempts: n, backoffMin: 0, backoffMax: 0 } })),
    ],
    [
      "whether it can be undone",
      [1, 2, 3].map((n) => element(`w${n}`, texts, n === 1 ? { irreversible: "gone" } : {})),
    ],
    ["what is called", [1, 2, 3].map((n) => element(`w${n}`, texts, { call: call(`x.op${n}`, "write", "r", []) }))],
    [
      "the effect",
      [1, 2, 3].map((n) => element(`w${n}`, texts, { call: call("x.y", n === 2 ? "destroy" : "write", "r", []) })),
    ],
    [
      "four places",
      ["a", "bb", "c"].map((own, i) => element(`w${i}`, { a: own, b: `${own}1`, c: `${own}2`, d: `${own}3` })),
    ],
    ["long texts", ["a", "b", "c"].map((own, i) => element(`w${i}`, { a: own.repeat(70) }))],
    ["arguments", ["a", "b", "c"].map((own, i) => element(`w${i}`, { [own]: "x" }))],
  ])("not told of %s", (_, elements) => expect(foldElements(elements, 0)).toBeNull());
});

describe("in the text of a plan", () => {
  const release = (n: number, wave: number): PlanNode[] =>
    Array.from({ length: n }, (_, i): PlanNode[] => {
      const id = `instance[web-${i + 1}]`;
      const url = `http://127.0.0.1:${4801 + i}`;
      const before = i < wave ? [] : [`instance[web-${i - wave + 1}].healthy`];
      const link = call("file.link", "write", `file:fleet/web-${i + 1}/current`, [["share", INT, 10 ** i]]);
      return [
        step(`${id}.switch`, before, link, {
          rollback: undo(call("http.request", "write", "x", [["url", STRING, `${url}/-/reload`]])),
        }),
        check(
          `${id}.healthy`,
          [`${id}.switch`],
          call("http.get", "read", url, [["url", STRING, `${url}/health`]]),
          "it.ok",
        ),
      ];
    }).flat();
  const steps = (nodes: PlanNode[]): string => {
    const text = planText(planFile(nodes), { color: false, width: 100 });
    return text.slice(text.indexOf("\nSteps") + 1);
  };
  test("stands in a table, beside waves or instead of the list of keys", () => {
    expectGolden("holes.txt", `${steps(release(4, 2))}\n${steps(release(4, 1))}`);
  });
  test("numbers are bare, as numbers are", () => {
    const text = steps(release(4, 2));
    expect(text).toContain("share: ‹share›");
    expect(text).toMatch(/‹key› +‹share› +‹port›\n +web-1 +1 +4801\n/);
  });
});

describe("changes of alike elements", () => {
  const STATE: Type = { kind: "record", fields: [{ name: "target", type: STRING, optional: false, doc: null }] };
  const plan = (from: (key: string) => string) => {
    const keys = ["web-1", "web-2", "web-3"];
    const link = (key: string) => call("file.link", "write", `file:fleet/${key}/current`, [["target", STRING, "v2"]]);
    const facts = keys.map(
      (key): PlanFact => ({
        id: `i[${key}].now`,
        at: "",
        call: link(key),
        value: { target: from(key) },
        type: STATE,
        used: [],
      }),
    );
    const nodes = keys.map((key) =>
      step(`i[${key}].switch`, [], link(key), {
        preview: { sensitive: false, summary: `link fleet/${key}/current`, diff: `--- ${key}\n+++ ${key}\n+v2` },
      }),
    );
    return planFile(nodes, { facts }).plan;
  };
  test("are one, though each names its element", () => {
    expect(changesOf(plan(() => "v1"))).toEqual([
      {
        ids: ["i[web-1].switch", "i[web-2].switch", "i[web-3].switch"],
        effect: "write",
        resources: ["file:fleet/web-1/current", "file:fleet/web-2/current", "file:fleet/web-3/current"],
        fields: [{ name: "target", from: '"v1"', to: '"v2"' }],
        summary: "link fleet/‹key›/current",
        diff: ["--- ‹key›", "+++ ‹key›", "+v2"],
        sensitive: false,
      },
    ]);
  });
  test("but for those that change something else, which are told as they are", () => {
    const [first, second] = changesOf(plan((key) => (key === "web-2" ? "v0" : "v1")));
    expect(first?.ids).toEqual(["i[web-1].switch", "i[web-3].switch"]);
    expect(second).toMatchObject({ ids: ["i[web-2].switch"], summary: "link fleet/web-2/current" });
  });
});

describe("steps that are called by numbers", () => {
  const purge = (n: number, after: readonly string[], over: Partial<StepNode> = {}): PlanNode =>
    step(`w${n}`, after, call("cdn.purge", "write", `cdn:zone-${n * 7}`, [["zone", STRING, `zone-${n * 7}`]]), {
      rollback: { kind: "nothing", why: "it fills again" },
      ...over,
    });
  const listed = (nodes: PlanNode[], parts = planFile([]).plan.parts): string => {
    const text = planText(planFile(nodes, { parts }), { color: false, width: 100 });
    return text.slice(text.indexOf("\nSteps") + 1, text.lastIndexOf("\n\n")).replace(/^.*\n/, "");
  };
  const chain = (numbers: readonly number[]): PlanNode[] =>
    numbers.map((n, i) => purge(n, i === 0 ? [] : [`w${numbers[i - 1]}`]));
  const whole = (text: string): number => text.match(/write +w\d+ = /g)?.length ?? 0;

  test("are listed once, in a row or together", () => {
    const inRow = listed(chain([1, 2, 3, 4]));
    expect(inRow).toBe(
      [
        "  alike    w1…w4: 4 steps, one after the other",
        "             ‹key›  ‹zone›",
        "             w1     7",
        "             w2     14",
        "             w3     21",
        "             w4     28",
        '    write    ‹key› = cdn.purge(zone: "zone-‹zone›")',
        "               on cdn:zone-‹zone›",
        "               nothing to undo: it fills again",
      ].join("\n"),
    );
    expect(listed([1, 2, 3].map((n) => purge(n, [])))).toContain("w1…w3: 3 steps, all at the same time");
  });
  test("with the action that each runs", () => {
    const [base] = planFile([]).plan.parts;
    const parts = [1, 2, 3].flatMap((n) => (base === undefined ? [] : [{ ...base, id: `w${n}` }]));
    const nodes = [1, 2, 3].map((n, i) => ({ ...purge(n, i === 0 ? [] : [`w${n - 1}.purge`]), id: `w${n}.purge` }));
    const text = listed(nodes, [...(base === undefined ? [] : [base]), ...parts]);
    expect(text.match(/run +‹key› = release\(\)/g)).toHaveLength(1);
    expect(text).toContain("w1…w3: 3 steps, one after the other");
    expect(text.match(/purge = /g)).toHaveLength(1);
  });
  test("but not where a number is left out, one does something else, or they are in no one order", () => {
    expect(whole(listed(chain([1, 2, 4, 5])))).toBe(4);
    expect(whole(listed([...chain([1, 2]), purge(3, ["w2"], { timeout: 1 })]))).toBe(3);
    expect(whole(listed([purge(1, []), purge(2, ["w1"]), purge(3, []), purge(4, ["w1"])]))).toBe(4);
    expect(whole(listed(chain([1, 2])))).toBe(2);
  });
  test("names of any length take a moment (the bound is generous)", () => {
    const spent = processorTime();
    for (const name of ["1".repeat(100_000), "a".repeat(100_000), "a1".repeat(50_000)])
      listed([step(name, [], call("x.y", "write", "r", []))]);
    expect(spent()).toBeLessThan(10_000);
  });
  test("what comes before and after stands as it is", () => {
    const text = listed([
      step("first", [], call("x.y", "write", "r", [])),
      ...[1, 2, 3].map((n) => purge(n, n === 1 ? ["first"] : [`w${n - 1}`])),
      step("last", ["w3"], call("x.y", "write", "r", [])),
    ]);
    expect(text.match(/^ {2}\w+ +\S+/gm)).toEqual(["  write    first", "  alike    w1…w3:", "  write    last"]);
    expect(text).not.toContain("waits for");
  });
});
