/** The danger of a plan is the first thing one sees of it, also among many steps that are harmless. */
import { describe, expect, test } from "vitest";
import type { Knowable, PlanFact, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import type { Danger } from "../../compiler/render/danger.ts";
import { dangersOf } from "../../compiler/render/danger.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planText } from "../../compiler/render/text.ts";
import type { Type } from "../../compiler/types/type.ts";
import { processorTime } from "../tools/processor-time.ts";
import {
  approve,
  c,
  call,
  check,
  deferred,
  guardrail,
  INT,
  join,
  known,
  op,
  order,
  planFile,
  ref,
  STRING,
  step,
  undo,
  wait,
} from "./build.ts";

type Over = Parameters<typeof planFile>[1];
/** What is said of what; where it stands in a picture is tested with that. */
const said = (dangers: readonly Danger[]): Danger[] =>
  dangers.map(({ level, words, nodes }) => ({ level, words, nodes }));
const told = (nodes: PlanNode[], over: Over = {}): Danger[] => said(dangersOf(planFile(nodes, over).plan));
/** Those of them that an approval up front does not answer. */
const words = (nodes: PlanNode[], over: Over = {}): string[] => told([asked, ...nodes], over).map((d) => d.words);

const back = undo(call("host.off", "write", "host:x", []));
const none: StepNode["rollback"] = { kind: "nothing", why: "the cache fills again" };
const asked = approve("asked", [], [["Web on-call", ["ana@example.com", "ben@example.com", "cleo@example.com"]]]);
const write = (id: string, after: readonly string[] = [], over: Partial<StepNode> = {}): PlanNode =>
  step(id, after, call("host.on", "write", `host:${id}`, []), { rollback: back, ...over });
const harmless = Array.from({ length: 40 }, (_, i) =>
  step(`s${i}`, i === 0 ? [] : [`s${i - 1}`], call("host.on", "write", `host:h${i % 30}`, []), { rollback: back }),
);
const risk = (level: string | null, ...of: readonly [id: string, risk: string][]): Over => {
  const { action, parts } = planFile([]).plan;
  const own = { ...action, risk: level };
  const part = (id: string, is: typeof own) => ({
    ...parts[0],
    id,
    action: is,
    inputs: [],
    when: [],
    windows: [],
    timeout: null,
  });
  const inner = of.map(([id, each]) => part(id, { ...action, name: id, risk: each }));
  return { action: own, parts: [part("", own), ...inner] };
};

describe("among forty steps that are harmless", () => {
  test("nothing stands out, if people are asked", () => {
    expect(words(harmless)).toEqual([]);
  });

  test.each<[string, ReturnType<typeof call>, StepNode["rollback"], Danger["level"], string]>([
    [
      "what is destroyed, and comes back",
      call("disk.wipe", "destroy", "disk:a", []),
      back,
      "warning",
      "1 step destroys something that is brought back when the run fails: x on disk:a",
    ],
    [
      "what is destroyed for good",
      call("disk.wipe", "destroy", "disk:a", []),
      none,
      "grave",
      "1 step destroys something that nothing brings back (“the cache fills again”): x on disk:a",
    ],
    [
      "a wildcard",
      call("cdn.purge", "write", "cdn:/img/*", []),
      back,
      "warning",
      "1 step reaches whatever a wildcard matches: x on cdn:/img/*",
    ],
    [
      "what only the run will know",
      call("host.on", "write", deferred(ref("step", "a")), []),
      back,
      "warning",
      "1 step changes what only the run will know: x on a (known at the run)",
    ],
    [
      "what is never taken back",
      call("host.on", "write", "host:y", []),
      none,
      "note",
      "1 change is not undone when the run fails (“the cache fills again”): x on host:y",
    ],
  ])("%s", (_, what, rollback, level, line) => {
    const nodes = [asked, ...harmless.slice(0, 20), step("x", [], what, { rollback }), ...harmless.slice(20)];
    const file = planFile(nodes);
    expect(said(dangersOf(file.plan))).toEqual([{ level, words: line, nodes: ["x"] }]);
    expect(planText(file, { color: false, width: 120 }).split("\n\n")[1]).toBe(
      `${level === "note" ? "·" : "!"} ${line}`,
    );
    const alert = { grave: "CAUTION", warning: "WARNING", note: "NOTE" }[level];
    expect(planMarkdown(file).split("\n\n")[1]).toMatch(new RegExp(`^> \\[!${alert}\\]\n> - 1 `));
  });

  test("the worst first, alike steps folded, every one of them named as data", () => {
    const purge = Array.from({ length: 9 }, (_, i) =>
      step(`w${i + 1}.purge`, [], call("cdn.purge", "destroy", "cdn:*", []), { rollback: none }),
    );
    const rolled = ["a", "b", "c"].flatMap((key) => [
      step(`roll[${key}].drop`, [], call("disk.wipe", "destroy", `disk:${key}`, []), { rollback: back }),
    ]);
    expect(
      told([
        asked,
        ...rolled,
        join(
          "j",
          rolled.map(({ id }) => id),
        ),
        ...purge,
      ]),
    ).toMatchObject([
      {
        level: "grave",
        words: "9 steps destroy something that nothing brings back (“the cache fills again”): w1…w9.purge on cdn:*",
        nodes: purge.map(({ id }) => id),
      },
      { level: "grave", words: "9 steps reach whatever a wildcard matches: w1…w9.purge on cdn:*" },
      {
        level: "warning",
        words:
          "3 steps destroy something that is brought back when the run fails: roll[×3].drop on disk:a, disk:b and 1 more thing",
      },
      { level: "warning", words: expect.stringContaining("all 3 elements of roll") },
    ]);
  });

  test("what hooks destroy, which is not undone", () => {
    const gone = step("on failure.gone", [], call("disk.wipe", "destroy", "disk:a", []), { rollback: null });
    expect(words(harmless, { hooks: [{ event: "failure", at: "a.ops:1:1", nodes: [gone] }] })).toEqual([
      "1 step destroys something that nothing brings back: on failure.gone on disk:a",
    ]);
  });
});

describe("numbers that leap", () => {
  const record = (fields: Readonly<Record<string, Type>>): Type => ({
    kind: "record",
    fields: Object.entries(fields).map(([name, type]) => ({ name, type, optional: false, doc: null })),
  });
  const leap = (name: string, type: Type, from: number, to: number): string[] => {
    const get = call("k8s.get", "read", "deploy:api", []);
    const fact: PlanFact = {
      id: "now",
      at: "a.ops:1:1",
      call: get,
      value: { [name]: from },
      type: record({ [name]: type }),
      used: [[name]],
    };
    const scale = call("k8s.scale", "write", "deploy:api", [[name, type, to]]);
    return words([step("scale", ["asked"], scale, { rollback: back })], { facts: [fact] });
  };
  const percent: Type = { kind: "percent" };
  test.each<[string, Type, number, number, string]>([
    ["replicas", INT, 3, 300, "replicas leaps from 3 to 300"],
    ["replicas", INT, 300, 3, "replicas falls from 300 to 3"],
    ["replicas", INT, 3, 0, "replicas falls from 3 to 0"],
    ["replicas", INT, 0, 40, "replicas leaps from 0 to 40"],
    ["limit", { kind: "size" }, 1024, 1024 * 1024, "limit leaps from 1KiB to 1MiB"],
    ["share", percent, 5, 100, "share goes from 5% to 100%"],
    ["share", percent, 60, 0, "share goes from 60% to 0%"],
    ["replicas", { kind: "refined", id: "a.ops#R", name: "R", base: INT }, 1, 20, "replicas leaps from 1 to 20"],
  ])("%s as %j from %i to %i", (name, type, from, to, line) => {
    expect(leap(name, type, from, to)).toEqual([`${line}: scale on deploy:api`]);
  });
  test.each<[string, Type, number, number]>([
    ["replicas", INT, 3, 6],
    ["replicas", INT, 0, 3],
    ["replicas", INT, -1, 0],
    ["port", INT, 80, 8080],
    ["schema_version", INT, 1, 20],
    ["share", percent, 50, 60],
    ["share", percent, 90, 100],
    ["share", percent, 1, 25],
    ["tokens", { kind: "secret", of: INT }, 1, 1000],
  ])("not of %s as %j from %i to %i", (name, type, from, to) => {
    expect(leap(name, type, from, to)).toEqual([]);
  });
  test("within records, and once for all elements of a loop", () => {
    const shape = record({ spec: record({ replicas: INT }) });
    const facts = ["a", "b"].map(
      (key): PlanFact => ({
        id: `now${key}`,
        at: "a.ops:1:1",
        call: call("k8s.get", "read", `deploy:${key}`, []),
        value: { spec: { replicas: 2 } },
        type: shape,
        used: [],
      }),
    );
    const nodes = ["a", "b"].map((key, i) =>
      step(
        `api[${key}].scale`,
        i === 0 ? [] : ["api[a].scale"],
        call("k8s.scale", "write", `deploy:${key}`, [["spec", record({ replicas: INT }), { spec: 0, replicas: 80 }]]),
        { rollback: back },
      ),
    );
    expect(words(nodes, { facts })).toEqual(["replicas leaps from 2 to 80: api[×2].scale on deploy:a and deploy:b"]);
  });
});

test("many numbers that leap are told together", () => {
  const type: Type = { kind: "record", fields: [{ name: "size", type: INT, optional: false, doc: null }] };
  const facts = [1, 2, 3, 4].map(
    (n): PlanFact => ({
      id: `f${n}`,
      at: "",
      call: call("k.get", "read", `q:${n}`, []),
      value: { size: n },
      type,
      used: [],
    }),
  );
  const nodes = [1, 2, 3, 4].map((n) =>
    step(`set${n}`, [], call("k.set", "write", `q:${n}`, [["size", INT, n * 100]]), { rollback: back }),
  );
  expect(words(nodes.slice(0, 3), { facts })).toHaveLength(3);
  expect(words(nodes, { facts })).toEqual([
    "4 numbers become many times what they were, or a small part, or nothing: set1…set4 on q:1…4",
  ]);
});

describe("what is not shown", () => {
  const preview = (summary: string): StepNode["preview"] => ({ sensitive: true, summary, diff: null });
  const put = (content: Knowable | string, over: Partial<StepNode> = {}): PlanNode =>
    step("put", [], call("file.write", "write", "file:a", [["content", STRING, content]]), {
      rollback: back,
      preview: preview("change a: 2 lines"),
      ...over,
    });
  const long = "a line\n".repeat(40);
  test("what is written, and what it replaces, if nothing tells of it", () => {
    for (const content of [long, deferred(ref("step", "a"))])
      expect(words([put(content)])).toEqual([
        "what 1 change writes is not shown in full, and what is replaced not at all: put on file:a",
      ]);
  });
  test("not what stands in the step, nor what is new, nor what a fact has read", () => {
    expect(words([put("new")])).toEqual([]);
    expect(words([put(long, { preview: preview("create a, 40 lines") })])).toEqual([]);
    expect(words([put(long, { preview: { ...preview(""), sensitive: false } as StepNode["preview"] })])).toEqual([]);
    const fact: PlanFact = {
      id: "now",
      at: "a.ops:1:1",
      call: call("file.read", "read", "file:a", []),
      value: { content: "old" },
      type: { kind: "record", fields: [{ name: "content", type: STRING, optional: false, doc: null }] },
      used: [["content"]],
    };
    expect(words([put(long)], { facts: [fact] })).toEqual([]);
  });
});

describe("who is asked", () => {
  const drop = step("drop", [], call("disk.wipe", "destroy", "disk:a", []), { rollback: none });
  const mail = write("mail", [], { irreversible: "mail cannot be called back", rollback: null });
  test.each<[string, PlanNode[], Over, Danger[]]>([
    [
      "nobody, of a high risk",
      [write("x")],
      {},
      [{ level: "warning", words: "nobody has to approve it, though its risk is high", nodes: [] }],
    ],
    [
      "nobody, of an action that it runs and that is riskier",
      [write("x"), write("cut.x")],
      risk("low", ["cut", "critical"]),
      [{ level: "grave", words: "nobody has to approve it, though the risk of cut is critical", nodes: [] }],
    ],
    [
      "nobody, of what is destroyed at a low risk",
      [drop],
      risk("low"),
      [
        { level: "grave", words: expect.stringContaining("1 step destroys"), nodes: ["drop"] },
        { level: "grave", words: "nobody has to approve it, though it destroys something", nodes: ["drop"] },
      ],
    ],
    [
      "nobody, of what cannot be undone, without a risk",
      [mail],
      risk(null),
      [{ level: "grave", words: "nobody has to approve it, though something of it cannot be undone", nodes: ["mail"] }],
    ],
    ["nobody, of changes that are undone at a low risk", [write("x")], risk("low"), []],
    ["nobody, of reading at a high risk", [step("r", [], call("host.get", "read", "host:a", []))], {}, []],
  ])("%s", (_, nodes, over, dangers) => {
    expect(told(nodes, over)).toEqual(dangers);
  });

  const people = ["ana@example.com", "ben@example.com", "cleo@example.com"];
  const later = (id: string, after: readonly string[], over = {}): PlanNode =>
    approve(id, after, [["Web on-call", people]], { upfront: false, ...over });

  test("changes before anybody is asked, and beside", () => {
    const nodes = [write("canary"), later("go", ["canary"]), write("rest", ["go"]), write("beside", ["canary"])];
    expect(told(nodes)).toEqual([
      { level: "warning", words: "1 change is made before anybody is asked: canary on host:canary", nodes: ["canary"] },
      { level: "warning", words: "1 change does not wait for an approval: beside on host:beside", nodes: ["beside"] },
    ]);
    expect(told(nodes, risk("low")).map(({ level }) => level)).toEqual(["note", "note"]);
    expect(told([drop, later("go", ["drop"])], risk("low"))[1]).toMatchObject({
      level: "grave",
      words: "1 change is made before anybody is asked: drop on disk:a",
    });
    expect(told([asked, ...nodes])).toEqual([]);
    expect(told([later("go", []), write("rest", ["go"])])).toEqual([]);
  });

  const busy = op("gt", ref("step", "load"), c(5));
  test("approvals that only a condition asks for", () => {
    const maybe = later("go", [], { when: [busy] });
    expect(told([maybe, write("x", ["go"])])).toEqual([
      {
        level: "warning",
        words: "Web on-call may never be asked: only if load > 5, which only the run knows",
        nodes: ["go"],
      },
    ]);
  });
  test("not if the changes have that condition too, or its opposite asks others", () => {
    const maybe = later("go", [], { when: [busy] });
    expect(told([maybe, write("x", ["go"], { when: [busy] })])).toEqual([]);
    const other = later("other", [], { when: [op("not", busy)] });
    expect(told([maybe, other, write("x", ["go", "other"])])).toEqual([]);
    expect(told([asked, maybe, write("x", ["go"])])).toEqual([]);
  });

  test("just enough people, the requester among them or not", () => {
    const of = (members: readonly string[], over = {}): Danger[] =>
      told([approve("a", [], [["Web on-call", members]], over), write("x", ["a"])]);
    expect(of(["ana@example.com", "Dana@Example.com"])).toEqual([
      {
        level: "note",
        words:
          "only ana@example.com can approve for Web on-call, since dana@example.com, who asks for it, does not count",
        nodes: ["a"],
      },
    ]);
    expect(of(["ana@example.com", "ben@example.com"], { quorum: 2 })[0]?.words).toBe(
      "both of Web on-call must approve, and nobody can stand in",
    );
    expect(of(["ana@example.com"], { upfront: false })[0]?.level).toBe("warning");
    expect(of(["dana@example.com"])).toMatchObject([
      {
        level: "grave",
        words:
          "Web on-call cannot approve: 1 is needed, and there are 0, since dana@example.com, who asks for it, does not count",
      },
    ]);
    expect(of(people)).toEqual([]);
    expect(of(["ana@example.com", "ben@example.com", "dana@example.com"])).toEqual([]);
    const sre = [{ id: "org.ops#sre", title: "SRE", members: ["flo@example.com"] }];
    expect(of(["ana@example.com"], { escalate: [{ after: 1, mode: "one", groups: sre }] })).toEqual([]);
  });
  test("of all groups, each for itself", () => {
    const both = approve(
      "a",
      [],
      [
        ["SRE", people],
        ["Security", ["flo@example.com"]],
      ],
      { mode: "all" },
    );
    expect(told([both, write("x", ["a"])]).map((d) => d.words)).toEqual([
      "only flo@example.com can approve for Security",
    ]);
    expect(told([{ ...both, mode: "any" } as PlanNode, write("x", ["a"])])).toEqual([]);
  });
});

describe("the order", () => {
  const loop = (n: number, batch: number, over: Partial<StepNode> = {}): PlanNode[] => {
    const nodes: PlanNode[] = [];
    let before = ["asked"];
    for (let i = 0; i < n; i += batch) {
      const wave = Array.from({ length: Math.min(batch, n - i) }, (_, at) =>
        write(`roll[h${i + at}].go`, before, over),
      );
      nodes.push(...wave);
      before = [`roll[batch ${i}]`];
      nodes.push(
        join(
          before[0] ?? "",
          wave.map(({ id }) => id),
        ),
      );
    }
    return nodes;
  };
  test("all elements at the same time", () => {
    expect(told([asked, ...loop(12, 12)])).toMatchObject([
      {
        level: "warning",
        words: "all 12 elements of roll are changed at the same time: none goes first to show whether it works",
        nodes: Array.from({ length: 12 }, (_, i) => `roll[h${i}].go`),
      },
    ]);
    expect(told([asked, ...loop(2, 2)])).toMatchObject([
      { level: "note", words: expect.stringContaining("both elements of roll") },
    ]);
    const elements = [0, 1, 2].map((i) => ({ id: `roll[h${i}]`, key: deferred(ref("step", "l")), within: null }));
    const unknown = { loops: [{ id: "roll", at: "a.ops:1:1", tolerate: 0, elements }] };
    expect(words(loop(3, 3), unknown)[0]).toMatch(/^all of up to 3 elements of roll /);
  });
  test("not in batches, nor of what only reads, nor of one thing for all", () => {
    expect(words(loop(12, 4))).toEqual([]);
    expect(words(loop(12, 1))).toEqual([]);
    expect(words(loop(1, 1))).toEqual([]);
    expect(words(loop(3, 3, { call: call("host.get", "read", "host:x", []), rollback: null }))).toEqual([]);
    expect(words(loop(3, 3, { call: call("host.on", "write", "host:x", []) }))).toEqual([]);
  });
  test("a loop within each element of another is told once", () => {
    const nodes = ["a", "b"].flatMap((outer, i) =>
      ["x", "y", "z"].map((inner) =>
        write(`o[${outer}].i[${inner}].go`, i === 0 ? [] : ["o[a].i[x].go", "o[a].i[y].go", "o[a].i[z].go"]),
      ),
    );
    expect(words(nodes)).toEqual([
      "all 3 elements of o[×2].i are changed at the same time: none goes first to show whether it works",
    ]);
  });

  const final = (id: string, after: readonly string[] = []): PlanNode =>
    write(id, after, { irreversible: "gone is gone", rollback: null });
  test("what can fail when nothing goes back any more", () => {
    const get = call("http.get", "read", "http://x", []);
    const nodes = [final("cut"), wait("pause", ["cut"], 5), write("x", ["pause"]), check("ok", ["x"], get, "it.ok")];
    expect(told([asked, ...nodes])).toEqual([
      {
        level: "warning",
        words:
          "after cut, which cannot be undone, 1 change and 1 check can still fail: a run that fails there stays half done",
        nodes: ["cut", "x", "ok"],
      },
    ]);
    const row = Array.from({ length: 9 }, (_, i) => final(`w${i + 1}.purge`, i === 0 ? [] : [`w${i}.purge`]));
    expect(words(row)[0]).toContain("after w1.purge, which cannot be undone, 8 changes can still fail");
  });
  test("not if it comes last, or only reading comes after", () => {
    expect(words([write("x"), final("cut", ["x"])])).toEqual([]);
    expect(words([final("cut"), step("r", ["cut"], call("host.get", "read", "host:a", []))])).toEqual([]);
    expect(words([final("cut"), write("beside")])).toEqual([]);
  });
});

describe("of the plan as a whole", () => {
  const tolerates = (of: number, tolerate: number): Danger[] => {
    const elements = Array.from({ length: of }, (_, i) => ({ id: `l[${i}]`, key: known(i), within: null }));
    return told([asked, write("x")], { loops: [{ id: "l", at: "a.ops:1:1", tolerate, elements }] });
  };
  test("failures that are tolerated by much of a loop", () => {
    expect(tolerates(3, 3)).toEqual([
      { level: "warning", words: "every one of the 3 elements of l may fail, and the run goes on", nodes: [] },
    ]);
    expect(tolerates(1, 1)[0]?.words).toBe("the only element of l may fail, and the run goes on");
    expect(tolerates(12, 6)[0]).toMatchObject({
      level: "warning",
      words: "6 of 12 elements of l, 50%, may fail, and the run goes on",
    });
    expect(tolerates(12, 3)[0]?.level).toBe("note");
    expect(tolerates(12, 2)).toEqual([]);
    expect(tolerates(3, 0)).toEqual([]);
  });
  test("a loop within each element of another is told once", () => {
    const loops = ["a", "b"].map((outer) => ({
      id: `o[${outer}].i`,
      at: "a.ops:1:1",
      tolerate: 1,
      elements: [0, 1].map((i) => ({ id: `o[${outer}].i[${i}]`, key: known(i), within: null })),
    }));
    expect(words([write("x")], { loops })).toEqual(["1 of 2 elements of o[×2].i, 50%, may fail, and the run goes on"]);
  });
  test("many targets, a failure that undoes nothing", () => {
    const nodes = Array.from({ length: 60 }, (_, i) => write(`s${i}`, [], { after: order() }));
    expect(words(nodes, { onFailure: "halt" })).toEqual([
      "it changes 60 things",
      "a failure halts the run where it is: what was done stays",
    ]);
    expect(words(nodes.slice(0, 20), { onFailure: "continue" })).toEqual([
      "a failure neither stops the rest nor undoes anything",
    ]);
    // What would be undone if a failure undid anything is no comfort, and what stays anyhow is no news.
    const drop = step("drop", [], call("disk.wipe", "destroy", "disk:a", []), { rollback: back });
    expect(words([drop, write("x", [], { rollback: none })], { onFailure: "halt" })).toEqual([
      "1 step destroys something that nothing brings back: drop on disk:a",
      "a failure halts the run where it is: what was done stays",
    ]);
  });
  test("a plan made offline, without a bound, against advice", () => {
    const fact = { id: "seen", at: "a.ops:1:1", call: call("host.get", "read", "host:a", []) };
    const over: Over = {
      unread: [fact],
      worstCase: null,
      guardrails: [
        guardrail("small", { enforcement: "advisory", status: "fail", why: "it is large" }),
        guardrail("fine"),
      ],
    };
    expect(told([asked, write("x")], over)).toEqual([
      {
        level: "warning",
        words: "made offline, only to be looked at: the fact seen was not read, and what depends on that stays open",
        nodes: [],
      },
      { level: "warning", words: "guardrail small advises against it: it is large", nodes: [] },
      { level: "note", words: "nothing bounds how long it takes", nodes: [] },
    ]);
  });
});

test("10,000 conditional approvals and 20,000 changes are judged in a moment", () => {
  const nodes: PlanNode[] = [];
  for (let i = 0; i < 20_000; i++) {
    const before = i === 0 ? [] : [`x${i - 1}`];
    const when = [op("gt", ref("step", `l${i}`), c(5))];
    if (i % 2 === 0)
      nodes.push({ ...approve(`a${i}`, before, [["SRE", ["ana@example.com"]]]), upfront: false, when } as PlanNode);
    nodes.push(write(`x${i}`, i % 2 === 0 ? [`a${i}`] : before, { when: i % 3 === 0 ? when : [] }));
  }
  const { plan } = planFile(nodes);
  const spent = processorTime();
  expect(dangersOf(plan).map((d) => d.words.slice(0, 40))).toEqual([
    "10,000 approvals may never be asked for:",
    "only ana@example.com can approve for SRE",
    "it changes 20,000 things",
  ]);
  expect(spent()).toBeLessThan(5000);
});
