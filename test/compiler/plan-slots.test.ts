/** Loops over lists that only the run knows: slots, and what the run is held to. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Expr, type Value } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { processorTime } from "../tools/processor-time.ts";
import { nodeOf, orderOf, planOf, refusalsOf } from "./planning.ts";

const act = (clauses: string, body: string, more = ""): string => `use file
use http
action act(n: int = 3) {
  step found = file.read(path: "hosts")
  for host in (found.content ?? "").lines() ${clauses} { ${body} }
  ${more}
}`;
const MARK = 'step mark = file.write(path: "seen/${host}", content: "") { rollback auto }';

/** Whether a requirement of the plan holds when the file has this content. */
function holds(plan: Plan, id: string, content: string): boolean {
  const node = nodeOf(plan, id);
  if (node.kind !== "require") throw new Error(`${id} is no require`);
  return truth(node.requirement.condition, { exists: true, content, sha256: null });
}

function truth(expr: Expr, found: Value): boolean {
  return evaluate(expr, { ref: (root) => (root === "step" ? constant(found) : undefined) }) === true;
}

describe("at most", () => {
  test("gives as many slots, each under the condition that there is an element for it", () => {
    const plan = planOf(act("at most n", MARK, MARK.replace("step mark", "step last").replace("${host}", "last")));
    expect(orderOf(plan)).toEqual([
      "found",
      "host.at_most < found (data)",
      "host.some < found (data)",
      "host.keys < found (data)",
      "host[#1].mark < found (data), host.at_most, host.keys, host.some",
      "host[#2].mark < found (data), host[#1].mark",
      "host[#3].mark < found (data), host[#2].mark",
      "last < host[#3].mark",
    ]);
    const [one, two] = ["host[#1].mark", "host[#2].mark"].map((id) => nodeOf(plan, id).when);
    const found = { exists: true, content: "a", sha256: null };
    expect([one, two].map((when) => when?.every((each) => truth(each, found)))).toEqual([true, false]);
    expect(plan.loops).toMatchObject([{ id: "host", tolerate: 0, elements: [{ id: "host[#1]" }, {}, {}] }]);
    expect(nodeOf(plan, "host[#2].mark").element).toBe("host[#2]");
  });

  test("holds the run to the bound, to a list that is not empty, and to keys that differ", () => {
    const plan = planOf(act("at most 2", MARK));
    const all = ["host.at_most", "host.some", "host.keys"];
    const failing = (content: string): string[] => all.filter((id) => !holds(plan, id, content));
    expect(failing("a\nb\n")).toEqual([]);
    expect(failing("a\nb\nc\n")).toEqual(["host.at_most"]);
    expect(failing("")).toEqual(["host.some"]);
    expect(failing("a\na\n")).toEqual(["host.keys"]);
    expect(planOf(act("at most 2 allow empty", MARK)).nodes.map(({ id }) => id)).not.toContain("host.some");
  });

  test("bounds a list that is known, too", () => {
    const known = (n: string): string[] =>
      refusalsOf(
        `use http\naction act(urls: list<string>, n: int) { for u in urls at most n { step g = http.get(url: u) } }`,
        {
          words: { urls: "a,b", n },
        },
      );
    expect(known("2")).toEqual([]);
    expect(known("1")).toEqual(["refused for: there are 2 elements here; at most 1 are allowed"]);
  });

  test("waits between batches only where there is another batch", () => {
    const plan = planOf(act("at most 2 every 5s", MARK));
    const pause = nodeOf(plan, "host[batch 2]");
    expect(pause.when.map((each) => truth(each, { exists: true, content: "a", sha256: null }))).toEqual([false]);
    expect(pause.after.map(({ id }) => id)).toEqual(expect.arrayContaining(["host[#1].mark", "found"]));
  });
});

describe("elements of a batch that only the run knows", () => {
  const two = (body: string): string[] => refusalsOf(act("at most 2 batch 2", body));
  test("are told apart by their keys", () => expect(two(MARK)).toEqual([]));
  test.each([
    [
      'step a = file.write(path: "${host}/x", content: "") { rollback auto }  step b = file.write(path: "x/${host}", content: "") { rollback auto }',
    ],
    ['step a = file.write(path: "seen/${host.length}", content: "") { rollback auto }'],
    ['step a = file.write(path: host.replace("a", ""), content: "") { rollback auto }'],
  ])("%s: not where something else tells what is touched", (body) => {
    expect(two(body)[0]).toContain("may run at the same time");
  });
  test("nor are elements of different loops", () => {
    const other = `parallel { for h in (found.content ?? "").lines() at most 2 { step x = file.write(path: "seen/\${h}", content: "") { rollback auto } }
    for k in (found.content ?? "").lines() at most 2 { step y = file.write(path: "seen/\${k}", content: "") { rollback auto } } }`;
    expect(refusalsOf(act("at most 1", MARK, other), { despite: ["race"] }).join()).toContain("at the same time");
  });
});

test("one approval covers all slots, asked in the first where there is an element", () => {
  const source = act("at most n", `approve by sre ${MARK}`).replace(
    "use http",
    'use http\napprover sre { members = ["ana@example.com", "ben@example.com"] }',
  );
  const plan = planOf(source);
  expect(plan.nodes.filter(({ kind }) => kind === "approve").map(({ id, element }) => [id, element])).toEqual([
    ["host[#1].approval", null],
  ]);
  expect(nodeOf(plan, "host[#2].mark").after.map(({ id }) => id)).toContain("host[#1].approval");
  expect(nodeOf(plan, "host[#1].approval").when).toEqual(nodeOf(plan, "host[#1].mark").when);
});

test("ten thousand slots in batches are planned in seconds", () => {
  const spent = processorTime();
  const plan = planOf(act("at most 10000 batch 100", MARK));
  expect(spent()).toBeLessThan(10_000);
  expect(plan.summary.writes).toBe(10_000);
});

describe("addresses that elements of a batch write to", () => {
  const put = (url: string): Plan =>
    planOf(act("at most 3 batch 2", `step p = http.put(url: "${url}", body: "") { rollback nothing "it stays" }`));
  test.each([
    ["http://${host}/a", "Host.example\nhost.example"],
    ["http://${host}/a", "host.example:80\nhost.example"],
    ["${host}", "http://host.example/a%7e\nhttp://host.example:80/a~"],
    ["http://host.example/${host}", "a%7e\na~"],
  ])("%s: %j are one, however they are spelt", (url, content) => {
    expect(holds(put(url), "host.keys", content)).toBe(false);
  });
  test.each([
    ["http://${host}/a", "one.example\ntwo.example"],
    ["http://host.example/${host}", "A\na"],
    ["https://${host}/a", "host.example:80\nhost.example"],
  ])("%s: %j are two", (url, content) => {
    expect(holds(put(url), "host.keys", content)).toBe(true);
  });
  test("are not looked at where they are only read", () => {
    const plan = planOf(act("at most 3 batch 2", 'step p = http.get(url: "http://${host}/a")'));
    expect(holds(plan, "host.keys", "Host.example\nhost.example")).toBe(true);
  });
});

test("keys of elements that run together must not lead to the same place in another spelling", () => {
  const plan = planOf(act("at most 3 batch 2", MARK));
  const told = ["a\nb", "a\na", "a\n./a", "a/b\na//b", "a\nb/../a", "a..b\na.b"].map((content) =>
    holds(plan, "host.keys", content),
  );
  expect(told).toEqual([true, false, false, false, false, true]);
  expect(holds(planOf(act("at most 3", MARK)), "host.keys", "a\n./a")).toBe(true);
});
