/** Actions that steps run, what keeps runs apart and to their times, hooks, and loops that tolerate failures, as they stand in a plan. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Value } from "../../compiler/ir/expr.ts";
import { nodeOf, orderOf, planOf, refusalsOf } from "./planning.ts";

const write = (name: string, path = name): string =>
  `step ${name} = file.write(path: "${path}", content: "x") { rollback auto }`;
const read = (name: string): string => `step ${name} = file.read(path: "${name}")`;

describe("a step that runs an action", () => {
  const INNER = `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action inner(name: string, size: int = 2) -> { path: string } {
  title = "Inner \${name}"
  fact before = file.read(path: name)
  ${write("one", "${name}/1")}
  ${write("two", "${name}/${size}")}
  return { path: "\${name}/\${two.sha256}/\${before.content ?? ""}" }
}
`;
  const facts = { "left.before": { exists: true, content: "old", sha256: "s" } };

  test("is expanded in place, in the order written, with the ids of the step", () => {
    const source = `${INNER}
action act() { ${write("first")}  step left = inner(name: "l")  ${write("last", "${left.path}")} }`;
    const plan = planOf(source, { action: "act", facts });
    expect(orderOf(plan)).toEqual(["first", "left.one < first", "left.two < left.one", "last < left.two (data)"]);
    expect(plan.parts.map(({ id, action, inputs }) => [id, action.title, inputs.map(({ value }) => value)])).toEqual([
      ["", "act", []],
      [
        "left",
        "Inner l",
        [
          { is: "known", value: "l" },
          { is: "known", value: 2 },
        ],
      ],
    ]);
    expect(nodeOf(plan, "left.two").part).toBe("left");
    expect(plan.facts.map(({ id }) => id)).toEqual(["left.before"]);
  });

  test("twice are two parts, and an action that is run may run others", () => {
    const source = `${INNER}
action middle() { step deep = inner(name: "d") }
action act() { step a = middle()  step b = middle() }`;
    const answer = { exists: false, content: null, sha256: null };
    const plan = planOf(source, { action: "act", facts: { "a.deep.before": answer, "b.deep.before": answer } });
    expect(plan.parts.map(({ id }) => id)).toEqual(["", "a", "a.deep", "b", "b.deep"]);
    expect(plan.nodes.map(({ id }) => id)).toEqual(["a.deep.one", "a.deep.two", "b.deep.one", "b.deep.two"]);
  });

  test("may depend on what only the run knows: all of it then, and what it gives is none where it was not run", () => {
    const source = `use file
action inner() -> { n: int } { ${write("w")}  return { n: w.sha256.length } }
action act() {
  ${read("look")}
  step maybe = inner() when look.exists
  step after = file.write(path: "n\${maybe?.n ?? 0}", content: "") { rollback auto }
}`;
    const plan = planOf(source, { action: "act" });
    expect(orderOf(plan)).toEqual(["look", "maybe.w < look (data)", "after < look (data), maybe.w (data)"]);
    expect(nodeOf(plan, "maybe.w").when).toHaveLength(1);
    expect(plan.parts[1]?.when).toHaveLength(1);
    const never = planOf(source.replace("when look.exists", 'when "a" == "b"'), {
      action: "act",
      despite: [],
    });
    expect(orderOf(never)).toEqual(["look", "after < look"]);
  });

  test("after a step that runs an action means after all of it; what only reads holds nothing up", () => {
    const source = `use file
action look() { ${read("a")}  ${read("b")} }
action act() {
  step looked = look()
  step other = file.read(path: "c")
  step third = file.read(path: "d") after looked
}`;
    expect(orderOf(planOf(source, { action: "act" }))).toEqual([
      "looked.a",
      "looked.b",
      "other",
      "third < looked.a (after), looked.b (after)",
    ]);
  });

  test("sees its inputs and who asks, and nothing of what is around it", () => {
    const source = `use file
action inner(x: string) { step w = file.write(path: x, content: "\${run.requester}") { rollback auto } }
action act(x: string) { step i = inner(x: "other") }`;
    const node = nodeOf(planOf(source, { action: "act", words: { x: "mine" } }), "i.w");
    expect(node.kind === "step" ? node.call.args.map(({ value }) => value) : []).toEqual([
      { is: "known", value: "other" },
      { is: "known", value: "dana@example.com" },
    ]);
  });

  test("brings its approvals, locks, limits, windows and guardrails along, and not its hooks", () => {
    const source = `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
window night { timezone = "UTC"  allow 22:00..06:00 }
window day { timezone = "UTC"  allow 06:00..22:00 }
guardrail small { applies to action with { name: string }  require name.length < 3 else "\${name} is long" }
guardrail few { require plan.writes.count <= 1 else "\${plan.writes.count} writes" }
action inner(name: string) {
  window = night
  lock   = ["b/\${name}", "a"]
  limit  = 2 per 1h by name
  approve by sre
  ${write("w", "${name}")}
  on end { step told = file.write(path: "told", content: "") }
}
action act() {
  window = day
  lock   = ["c"]
  step left  = inner(name: "l")
  step right = inner(name: "long")
}`;
    const plan = planOf(source, { action: "act" });
    expect(plan.locks).toEqual(["a", "b/l", "b/long", "c"]);
    expect(plan.limits.map(({ action, key, count, per }) => [action, key, count, per])).toEqual([
      ["main.ops#inner", "l", 2, 3_600_000],
      ["main.ops#inner", "long", 2, 3_600_000],
    ]);
    expect(plan.windows.map(({ name }) => name)).toEqual(["day", "night"]);
    expect(plan.parts.map(({ id, windows }) => [id, windows])).toEqual([
      ["", ["main.ops#day"]],
      ["left", ["main.ops#day", "main.ops#night"]],
      ["right", ["main.ops#day", "main.ops#night"]],
    ]);
    expect(plan.nodes.map(({ id }) => id)).toEqual(["left.approval", "left.w", "right.approval", "right.w"]);
    expect(plan.guardrails.map(({ name, part, also, status, why }) => [name, part, also, status, why])).toEqual([
      ["few", "", ["left", "right"], "fail", "2 writes"],
      ["small", "left", undefined, "pass", null],
      ["small", "right", undefined, "fail", "long is long"],
    ]);
    expect(plan.hooks).toEqual([]);
  });
});

describe("what keeps runs apart", () => {
  const act = (properties: string): string =>
    `use file\naction act(name: string, n: int = 1) {\n  ${properties}\n  ${write("w")}\n}`;

  test("locks are names, each once, sorted", () => {
    const plan = planOf(act('lock = ["z", "a", name, "a/${name}"]'), { words: { name: "b" } });
    expect(plan.locks).toEqual(["a", "a/b", "b", "z"]);
  });
  test.each([
    ["lock = [name]", "refused lock: a lock of act has an empty name"],
    ["limit = n per 1h", "program limit: limit is 0 here: it must be at least 1"],
  ])("%s that makes no sense is refused", (properties, refusal) =>
    expect(refusalsOf(act(properties), { words: { name: "", n: "0" } })).toEqual([refusal]),
  );
  test("a calendar is part of the plan; without it there is no plan", () => {
    const source = `window at_night { timezone = "UTC"  calendar = "./f.ics" }\n${act("window = at_night")}`;
    const project = { "main.ops": source, "f.ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n" };
    const plan = planOf(project, { words: { name: "x" }, texts: { "f.ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n" } });
    expect(plan.windows[0]?.calendar).toEqual({ path: "f.ics", text: "BEGIN:VCALENDAR\nEND:VCALENDAR\n" });
    expect(refusalsOf(project, { words: { name: "x" } })).toEqual([
      "refused window: the calendar f.ics cannot be read",
    ]);
  });
});

describe("a for that tolerates failures", () => {
  test("lists its elements, and each node says which it belongs to", () => {
    const source = `use file
action act() {
  for a in ["x", "y"] tolerate 1 {
    ${write("w", "${a}")}
    for b in ["1", "2", "3"] tolerate 2 { step v = file.write(path: "\${a}\${b}", content: "") { rollback auto } }
  }
  for c in ["z"] { ${write("u", "${c}")} }
}`;
    const plan = planOf(source);
    expect(
      plan.loops.map(({ id, tolerate, elements }) => [id, tolerate, elements.map((e) => [e.id, e.within])]),
    ).toEqual([
      [
        "a",
        1,
        [
          ["a[x]", null],
          ["a[y]", null],
        ],
      ],
      ["a[x].b", 2, ["1", "2", "3"].map((k) => [`a[x].b[${k}]`, "a[x]"])],
      ["a[y].b", 2, ["1", "2", "3"].map((k) => [`a[y].b[${k}]`, "a[y]"])],
    ]);
    expect(plan.nodes.filter((n) => n.kind === "step").map(({ id, element }) => [id, element])).toEqual(
      expect.arrayContaining([
        ["a[x].w", "a[x]"],
        ["a[y].b[2].v", "a[y].b[2]"],
        ["c[z].u", null],
      ]),
    );
  });
  test("tolerating all is refused", () => {
    const source = `use file\naction act(n: int) { for a in ["x", "y"] tolerate n { ${write("w", "${a}")} } }`;
    expect(refusalsOf(source, { words: { n: "2" } })).toEqual([
      "refused for: tolerate 2 lets all 2 elements fail, and the run would go on as if nothing were wrong",
    ]);
    expect(planOf(source, { words: { n: "0" } }).loops).toEqual([]);
  });
});

describe("hooks", () => {
  test("go over a list that only the run knows in slots of their own, which are no elements of the plan", () => {
    const plan = planOf(`use file
use http
action act() {
  ${read("look")}
  on success {
    for who in (look?.content ?? "").lines() at most 2 allow empty { step tell = http.post(url: "http://127.0.0.1/\${who}") }
  }
}`);
    const [hook] = plan.hooks;
    expect(hook?.nodes.map(({ id, element }) => [id, element])).toEqual([
      ["on_success.who.at_most", null],
      ["on_success.who.keys", null],
      ["on_success.who[#1].tell", null],
      ["on_success.who[#2].tell", null],
    ]);
    expect(plan.loops).toEqual([]);
  });

  test("are graphs of their own, that wait for nothing of the run", () => {
    const source = `use file
action act() {
  ${write("w")}
  on failure {
    ${read("a")}
    step b = file.write(path: "told", content: "\${w?.sha256 ?? ""} \${a.content ?? ""} \${run.outcome}")
  }
  on end { step c = file.write(path: "end", content: "") when run.requester != "dana@example.com" }
}`;
    const plan = planOf(source);
    expect(plan.nodes.map(({ id }) => id)).toEqual(["w"]);
    expect(plan.hooks.map(({ event, nodes }) => [event, nodes.map(({ id, after }) => [id, after])])).toEqual([
      [
        "failure",
        [
          ["on_failure.a", []],
          ["on_failure.b", [{ id: "on_failure.a", why: "data" }]],
        ],
      ],
      ["end", []],
    ]);
  });
});

describe("approvals that escalate", () => {
  const act = (escalate: string): string => `approver sre { title = "SRE"  members = ["ana@example.com"] }
approver boss { title = "Boss"  members = ["ben@example.com", "cleo@example.com"] }
action act(t: duration = 1h) { approve by sre { quorum = 2  ${escalate} } }`;
  const despite = ["quorum-unreachable", "quorum-tight"] as const;

  test("say who else may give them, and when", () => {
    const [node] = planOf(act("escalate to boss after 1h"), { despite: [...despite] }).nodes;
    expect(
      node?.kind === "approve" ? node.escalate.map(({ after, groups }) => [after, groups[0]?.title]) : null,
    ).toEqual([[3_600_000, "Boss"]]);
  });
  test("who they are escalated to counts for the quorum, and times rise", () => {
    expect(refusalsOf(act(""), { despite: [...despite] })).toHaveLength(1);
    expect(refusalsOf(act("escalate to boss after 1h  escalate to sre after t"), { despite: [...despite] })).toEqual([
      "program escalate: it is escalated after 1h, and before that after 1h",
    ]);
  });
});

test("of a rollback, what its conditions leave out is not in the plan", () => {
  const source = `use file
action act(b: bool) {
  step w = file.write(path: "w", content: "") {
    rollback { step x = file.delete(path: "w")  step y = file.write(path: "y", content: "") when b }
  }
}`;
  const calls = (b: string): unknown => {
    const node = nodeOf(planOf(source, { words: { b } }), "w");
    return node.kind === "step" && node.rollback?.kind === "calls" ? node.rollback.calls.map(({ name }) => name) : null;
  };
  expect(calls("true")).toEqual(["x", "y"]);
  expect(calls("false")).toEqual(["x"]);
});

describe("what an action that is run asks of its inputs", () => {
  const INNER = `use file
action inner(name: string where name.length <= 3 else "\${name} is too long", more?: string where more.length <= 3) {
  ${write("one", "${name}/1")}
}
`;
  test("is decided with what it is given, before anything is done", () => {
    const source = `${INNER}
action act(given: string) { step left = inner(name: given) }`;
    expect(refusalsOf(source, { action: "act", words: { given: "long" } })).toEqual([
      "refused input name of left: long is too long",
    ]);
    expect(planOf(source, { action: "act", words: { given: "ok" } }).nodes.map(({ id }) => id)).toEqual(["left.one"]);
  });

  test("is asked in the run where only the run knows what it is given; of none nothing is asked", () => {
    const source = `${INNER}
action act() { ${read("look")}  step left = inner(name: look.content ?? "", more: look.content) }`;
    const plan = planOf(source, { action: "act" });
    expect(orderOf(plan)).toEqual([
      "look",
      "left.name.where < look (data)",
      "left.more.where < look (data)",
      "left.one < left.more.where, left.name.where, look (data)",
    ]);
    const asked = nodeOf(plan, "left.more.where");
    const holds = (content: string | null): unknown =>
      asked.kind === "require" &&
      evaluate(asked.requirement.condition, { ref: (root) => (root === "step" ? constant({ content }) : undefined) });
    expect([holds(null), holds("abc"), holds("abcd")]).toEqual([true, true, false]);
  });
});

test("a hook reads of an action that was run what it gave, or none where the run ended before", () => {
  const plan = planOf(
    `use file
action inner() -> { sum: string } { ${write("one")}  return { sum: one.sha256 } }
action act() {
  ${read("look")}
  step always = inner()
  step perhaps = inner() when look.exists
  on end { step tell = file.write(path: "told", content: "\${always?.sum ?? "-"} \${perhaps?.sum ?? "-"}") }
}`,
    { action: "act", despite: ["race-possible"] },
  );
  const [tell] = plan.hooks[0]?.nodes ?? [];
  const content = tell?.kind === "step" ? tell.call.args.find(({ name }) => name === "content")?.value : undefined;
  const told = (results: Readonly<Record<string, Value>>): unknown =>
    content?.is === "deferred" &&
    evaluate(content.expr, { ref: (root, name) => (root === "step" ? constant(results[name] ?? null) : undefined) });
  expect(told({})).toBe("- -");
  expect(told({ look: { exists: true } })).toBe("- -");
  expect(told({ look: { exists: true }, "always.one": { sha256: "a" } })).toBe("a -");
  expect(told({ look: { exists: true }, "always.one": { sha256: "a" }, "perhaps.one": { sha256: "b" } })).toBe("a b");
});

test("an approval that covers all elements belongs to none, so that it is asked for where the first one fails", () => {
  const plan = planOf(`use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action act() {
  for h in ["a", "b", "c"] tolerate 1 {
    step look = file.read(path: h)
    approve by sre
    if look.exists { approve by sre { quorum = 2 } }
    step put = file.write(path: "to/\${h}", content: "") { rollback auto }
  }
}`);
  const approvals = plan.nodes.filter(({ kind }) => kind === "approve");
  expect(approvals.map(({ id, element }) => [id, element])).toEqual([
    ["h[a].approval", null],
    ["h[a].approval~2", "h[a]"],
    ["h[b].approval~2", "h[b]"],
    ["h[c].approval~2", "h[c]"],
  ]);
});

test("no plan grows beyond all bounds, however often actions run one another", () => {
  const actions = Array.from(
    { length: 25 },
    (_, i) => `action a${i}() { ${i === 0 ? "wait 1s" : `step x = a${i - 1}()  step y = a${i - 1}()`} }`,
  );
  const [refusal, ...more] = refusalsOf(actions.join("\n"), { action: "a24" });
  expect(refusal).toMatch(/^refused plan: the plan has more than 500000 steps/);
  expect(more).toEqual([]);
});

test("the worst case of an action that is run is bounded by its timeout, and by what has begun by then", () => {
  const worst = (properties: string): number | null =>
    planOf(
      `action inner() { ${properties}  wait 10m  wait 20m  wait 1h }
action act() { wait 1m  step a = inner()  step b = inner() }`,
      { action: "act", despite: ["worst-case-too-long"] },
    ).summary.worstCase;
  const minute = 60_000;
  expect(worst("")).toBe(181 * minute);
  expect(worst("timeout = 15m")).toBe((1 + 2 * (15 + 60)) * minute);
});
