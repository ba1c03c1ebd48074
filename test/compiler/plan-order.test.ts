/** Order: barriers in the order written, reads between two of them together, and what data and `after` add. */
import { describe, expect, test } from "vitest";
import { nodeOf, orderOf, planOf, refusalsOf } from "./planning.ts";

const read = (id: string, path = id): string => `step ${id} = file.read(path: "${path}")`;
const write = (id: string, path = id): string =>
  `step ${id} = file.write(path: "${path}", content: "x") { rollback auto }`;
const action = (...body: string[]): string => `use file
use http
approver sre { members = ["ana@example.com", "ben@example.com"] }
action act(hosts: list<string> = ["a", "b", "c"]) {
  title = "\${hosts.length}"
  ${body.join("\n  ")}
}
`;
const order = (...body: string[]): string[] => orderOf(planOf(action(...body)));

describe("barriers and reads", () => {
  test("writes run in the order written", () => {
    expect(order(write("a"), write("b"), write("c"))).toEqual(["a", "b < a", "c < b"]);
  });
  test("reads between two barriers run together, after the one and before the other", () => {
    expect(order(write("a"), read("x"), read("y"), write("b"))).toEqual(["a", "x < a", "y < a", "b < x, y"]);
  });
  test("reads before the first barrier wait for nothing", () => {
    expect(order(read("x"), read("y"), write("a"))).toEqual(["x", "y", "a < x, y"]);
  });
  test("checks, waits and approvals are barriers", () => {
    expect(
      order(
        write("a"),
        `check ok = http.get(url: "u") { require it.status == 200 }`,
        "wait 5s",
        "approve by sre",
        write("b"),
      ),
    ).toEqual(["a", "ok < a", "wait@8:3 < ok", "approval < wait@8:3", "b < approval"]);
  });
  test("a require that only the run can decide comes after what it reads and before the next barrier", () => {
    expect(order(read("x"), "require x.exists", write("a"))).toEqual([
      "x",
      "require@7:11 < x (data)",
      "a < require@7:11, x",
    ]);
  });
  test("data is a dependency also between reads", () => {
    expect(order(read("x"), `step y = file.read(path: x.content ?? "z")`)).toEqual(["x", "y < x (data)"]);
  });
  test("after orders reads, and adds nothing else", () => {
    expect(order(read("x"), `${read("y")} after x`, read("z"))).toEqual(["x", "y < x (after)", "z"]);
  });
  test("a let is what it is made of", () => {
    expect(order(read("x"), `let found = x.exists`, `step y = file.read(path: "\${found}")`)).toEqual([
      "x",
      "y < x (data)",
    ]);
  });
});

describe("compound statements", () => {
  test("one that holds a barrier is one itself", () => {
    expect(order(read("x"), `for h in hosts { ${write("w", "${h}")} }`, read("y"))).toEqual([
      "x",
      "h[a].w < x",
      "h[b].w < h[a].w",
      "h[c].w < h[b].w",
      "y < h[c].w",
    ]);
  });
  test("one that holds only reads joins the reads around it", () => {
    expect(order(write("a"), `for h in hosts { ${read("x", "${h}")} }`, read("y"), write("b"))).toEqual([
      "a",
      "h[a].x < a",
      "h[b].x < a",
      "h[c].x < a",
      "y < a",
      "b < h[a].x, h[b].x, h[c].x, y",
    ]);
  });
  test("parallel starts its members together and ends when all have", () => {
    expect(order(write("a"), `parallel { ${write("b")} branch { ${write("c")} ${write("d")} } }`, write("e"))).toEqual([
      "a",
      "b < a",
      "c < a",
      "d < c",
      "e < b, d",
    ]);
  });
  test("a parallel of reads is no barrier but keeps its order within", () => {
    expect(order(write("a"), `parallel { ${read("b")} ${read("c")} }`, write("d"))).toEqual([
      "a",
      "b < a",
      "c < a",
      "d < b, c",
    ]);
  });
  test("an empty for that is allowed leaves no trace", () => {
    const none = `let none_such = hosts.filter(h => h == "z")`;
    expect(order(write("a"), none, `for h in none_such allow empty { ${write("w", "${h}")} }`, write("b"))).toEqual([
      "a",
      "b < a",
    ]);
  });
});

describe("batches", () => {
  test("at most so many at a time, gathered by a join", () => {
    expect(order(`for h in hosts batch 2 { ${write("w", "${h}")} }`, write("z"))).toEqual([
      "h[a].w",
      "h[b].w",
      "h[c].w < h[a].w, h[b].w",
      "z < h[c].w",
    ]);
    const five = action(`for h in hosts batch 2 { ${write("w", "${h}")} }`);
    expect(orderOf(planOf(five, { words: { hosts: "a,b,c,d" } }))).toEqual([
      "h[a].w",
      "h[b].w",
      "h[batch 2] < h[a].w, h[b].w",
      "h[c].w < h[batch 2]",
      "h[d].w < h[batch 2]",
    ]);
  });
  test("a pause between batches, not before the first and not after the last", () => {
    const plan = planOf(action(`for h in hosts batch 2 every 10s { ${write("w", "${h}")} }`));
    expect(orderOf(plan)).toEqual(["h[a].w", "h[b].w", "h[batch 2] < h[a].w, h[b].w", "h[c].w < h[batch 2]"]);
    expect(nodeOf(plan, "h[batch 2]")).toMatchObject({ kind: "wait", duration: 10_000 });
  });
  test("without batch one element follows the other", () => {
    expect(order(`for h in hosts { ${write("w", "${h}")} }`)).toEqual(["h[a].w", "h[b].w < h[a].w", "h[c].w < h[b].w"]);
  });
  test("a batch of none is refused, whatever it is computed from", () => {
    const source = action(`for h in hosts batch hosts.length - 3 { ${write("w", "${h}")} }`);
    expect(refusalsOf(source)).toEqual([
      "program the size of a batch: the size of a batch is 0 here: it must be at least 1",
    ]);
  });
});

describe("elements", () => {
  test("an empty list is an error unless the statement says otherwise", () => {
    const source = action(`for h in hosts { ${write("w", "${h}")} }`);
    expect(refusalsOf(source, { json: { hosts: [] } })).toEqual([
      "refused for: there is nothing to go over: the list is empty",
    ]);
  });
  test("two elements of one key are refused", () => {
    const source = action(`for h in hosts { ${write("w", "${h}")} }`);
    expect(refusalsOf(source, { words: { hosts: "a,b,a" } })).toEqual(["refused for: two elements have the key a"]);
  });
  test("odd keys stand in ids as JSON", () => {
    const source = action(`for h in hosts { ${write("w", "${h}")} }`);
    expect(orderOf(planOf(source, { json: { hosts: ["a b", "]."] } }))).toEqual([
      'h["a b"].w',
      'h["]."].w < h["a b"].w',
    ]);
  });
  test("keys with a unit are called as they are written", () => {
    for (const [list, ids] of [
      ["[1%, 0.5%]", ["x[1%].w", "x[0.5%].w < x[1%].w"]],
      ["[90s, 5m]", ["x[1m30s].w", "x[5m].w < x[1m30s].w"]],
      ["[{ of: 512MiB }] key x.of", ["x[512MiB].w"]],
    ] as const)
      expect(orderOf(planOf(action(`for x in ${list} { ${write("w")} }`))), list).toEqual(ids);
  });
  test("a map is gone over in order of its keys", () => {
    const source = `use http
let hosts = { web: { url: "w" }, db: { url: "d" } }
let all: map<{ url: string }> = hosts
action act() { for h in all { step get = http.get(url: "\${h.key}/\${h.url}") } }`;
    expect(planOf(source).nodes.map((n) => n.id)).toEqual(["h[db].get", "h[web].get"]);
  });
});

describe("if and when", () => {
  const source = `use file
action act(careful: bool) {
  step look = file.read(path: "x")
  if careful { ${write("a")} } else { ${write("b")} }
  if look.exists { ${write("c")} } else { ${write("d")} }
  ${read("e")} when careful
  ${read("f")} when look.exists
}`;
  test("what is known chooses, what is not plans both ways", () => {
    const plan = planOf(source, { words: { careful: "true" } });
    expect(orderOf(plan)).toEqual([
      "look",
      "a < look",
      "c < a, look (data)",
      "d < c, look (data)",
      "e < d",
      "f < d, look (data)",
    ]);
    expect(nodeOf(plan, "a").when).toEqual([]);
    expect(nodeOf(plan, "c").when).toHaveLength(1);
    expect(nodeOf(plan, "d").when).toEqual([{ k: "op", op: "not", args: nodeOf(plan, "c").when, at: null }]);
    expect(planOf(source, { words: { careful: "false" } }).nodes.map((n) => n.id)).toEqual([
      "look",
      "b",
      "c",
      "d",
      "f",
    ]);
  });
  test("a step that is left out is none to those that read it", () => {
    const left = `use file
action act(careful: bool) {
  ${read("look")} when careful
  step note = file.write(path: "x", content: look?.content ?? "nothing") { rollback auto }
}`;
    const plan = planOf(left, { words: { careful: "false" } });
    expect(nodeOf(plan, "note")).toMatchObject({ call: { args: [{}, { value: { is: "known", value: "nothing" } }] } });
  });
});

describe("worst case", () => {
  test("the longest path, with retries and their pauses, batches and waits", () => {
    const plan = planOf(
      action(
        `step a = http.get(url: "a") { timeout = 10s  retry { attempts = 3  backoff = 1s..30s } }`,
        "wait 1m",
        `parallel { step b = http.get(url: "b") { timeout = 5s }  step c = http.get(url: "c") { timeout = 20s } }`,
        "approve by sre { within = 4h }",
      ),
    );
    // Three attempts of 10 s, pauses of 1 s and 2 s, a minute, the longer of the two; people are not counted.
    expect(plan.summary.worstCase).toBe(30_000 + 3_000 + 60_000 + 20_000);
  });
  test("nothing takes no time", () => expect(planOf(action()).summary.worstCase).toBe(0));
  test.each([
    [
      "timeout",
      `step a = http.get(url: "a") { timeout = 1s * (hosts.length - 3) }`,
      "timeout is 0s here: it must be some time",
    ],
    ["wait", "wait 1s * (hosts.length - 4)", "the time to wait is -1s here: it must not be negative"],
    [
      "attempts",
      `step a = http.get(url: "a") { retry { attempts = hosts.length - 3 } }`,
      "attempts is 0 here: it must be at least 1",
    ],
    [
      "backoff",
      `step a = http.get(url: "a") { retry { attempts = 2  backoff = 5s..(1s * hosts.length) } }`,
      "backoff is 5s..3s here: it goes from the first pause to the longest",
    ],
    ["too long", "wait 365d * 100 * hosts.length", "the time to wait is 109500d here: it may be ten years at most"],
  ])("%s that makes no sense is refused", (_, statement, message) => {
    const [refusal] = refusalsOf(action(statement));
    expect(refusal).toContain(message);
  });
});

test("a check that must hold longer than it may take can never hold", () => {
  const check = (hold: string): string =>
    `check up = http.get(url: "u") { require it.status == 200  hold = ${hold}  within = 1m }`;
  expect(refusalsOf(action(check("59s")))).toEqual([]);
  expect(refusalsOf(action(check("1m")), { despite: ["check-never-holds"] })).toEqual([
    "program check up: up can never hold for 1m within 1m: to hold that long takes longer than that",
  ]);
});
