/** Facts are asked for in rounds; what depends on them is expanded again once they are known. */
import { describe, expect, test } from "vitest";
import { planAction } from "../../compiler/expand/plan.ts";
import { nodeOf, outcomeOf, planOf, refusalsOf, requestOf } from "./planning.ts";
import { programOf } from "./project.ts";

const missing = { exists: false, content: null, sha256: null };
const file = (content: string) => ({ exists: true, content, sha256: "0".repeat(64) });

describe("rounds", () => {
  const source = `use file
action act(path: string) {
  fact list  = file.read(path: path)
  fact other = file.read(path: "other")
  for line in (list.content ?? "").lines() {
    fact each = file.read(path: line)
    fact link = file.read_link(path: each.content ?? "none")
    step note = file.write(path: line, content: link.target ?? "nowhere") {
      rollback file.write(path: line, content: each.content ?? other.content ?? "")
    }
  }
}`;
  const facts = {
    list: file("a\nb"),
    other: missing,
    "line[a].each": file("x"),
    "line[b].each": missing,
    "line[a].link": { exists: true, target: "/x" },
    "line[b].link": { exists: false, target: null },
  };

  test("each round asks for all that can be asked by then", () => {
    expect(outcomeOf(source, { words: { path: "p" }, facts })).toMatchObject({
      rounds: [
        ["list", "other"],
        ["line[a].each", "line[b].each"],
        ["line[a].link", "line[b].link"],
      ],
    });
  });
  test("the plan holds what was read, and what of it counts", () => {
    const plan = planOf(source, { words: { path: "p" }, facts });
    expect(plan.facts.map(({ id, used }) => [id, used])).toEqual([
      ["list", [["content"]]],
      ["other", [["content"]]],
      ["line[a].each", [["content"]]],
      ["line[a].link", [["target"]]],
      ["line[b].each", [["content"]]],
      ["line[b].link", [["target"]]],
    ]);
    expect(nodeOf(plan, "line[b].note")).toMatchObject({
      call: { args: [{ value: { value: "b" } }, { value: { value: "nowhere" } }] },
      rollback: { calls: [{ call: { args: [{}, { value: { is: "known", value: "" } }] } }] },
    });
  });
  test("a fact that is used whole counts whole", () => {
    const whole = `use file
action act() {
  fact seen = file.read(path: "x")
  let all = seen
  return { all: all, one: seen.exists }
}`;
    expect(planOf(whole, { facts: { seen: missing } }).facts[0]?.used).toEqual([[]]);
  });
});

describe("what facts decide", () => {
  const source = `use file
action act() {
  fact seen = file.read(path: "x")
  require seen.exists else "there is no x, only \${seen.content ?? "nothing"}"
  if seen.content == "go" { step a = file.write(path: "a", content: "x") { rollback auto } }
  step b = file.write(path: "b", content: seen.content ?? "") when seen.sha256 != none { rollback auto }
}`;
  test("a require that does not hold refuses, in its own words", () => {
    expect(refusalsOf(source, { facts: { seen: missing } })).toEqual(["refused require: there is no x, only nothing"]);
  });
  test("branches are chosen", () => {
    const ids = (content: string): string[] =>
      planOf(source, { facts: { seen: file(content) } }).nodes.map((n) => n.id);
    expect(ids("go")).toEqual(["a", "b"]);
    expect(ids("stop")).toEqual(["b"]);
  });
  test("an expression that has no value is a problem at its place", () => {
    const parse = `use file
action act() {
  fact seen = file.read(path: "x")
  wait 1s * (seen.content ?? "0").to_int()
}`;
    expect(outcomeOf(parse, { facts: { seen: file("soon") } })).toEqual({
      problems: [
        { kind: "program", what: "evaluation", message: `"soon" is not an int`, at: "main.ops:4:13", help: null },
      ],
    });
  });
  test("a message that has no value gives way to the condition", () => {
    const odd = `use file
action act() {
  fact seen = file.read(path: "x")
  require !seen.exists else "at \${(seen.content ?? "").to_int()}"
}`;
    expect(refusalsOf(odd, { facts: { seen: file("x") } })).toEqual([
      "refused require: it must hold that !seen.exists",
    ]);
  });
});

test("a team's own operation gives what it returns", () => {
  const source = `use exec
operation depth(queue: string, limit?: int) -> int {
  effect   = read
  resource = "redis:\${queue}"
  repeat   = idempotent
  call     = exec.run(argv: ["llen", queue, "\${limit ?? 5}"], public: true)
  returns  = call.stdout.trim().to_int()
}
action act() {
  fact waiting = depth(queue: "jobs")
  require waiting < 10 else "\${waiting} wait"
  step again = depth(queue: "mails", limit: waiting)
}`;
  const run = { exit_code: 0, stdout: " 7\n", stderr: "" };
  const plan = planOf(source, { facts: { waiting: run } });
  expect(plan.facts[0]).toMatchObject({ value: 7, call: { shown: "depth", resource: { value: "redis:jobs" } } });
  expect(nodeOf(plan, "again")).toMatchObject({
    call: {
      shown: "depth",
      effect: "read",
      repeat: "idempotent",
      resource: { is: "known", value: "redis:mails" },
      args: [{ value: { value: ["llen", "mails", "7"] } }, { name: "public", value: { value: true } }],
    },
  });
  expect(refusalsOf(source, { facts: { waiting: { ...run, stdout: "12" } } })).toEqual(["refused require: 12 wait"]);
});

test("rollbacks read facts, earlier steps and the step's own result", () => {
  const source = `use file
action act() {
  fact before = file.read(path: "x")
  step look = file.read(path: "y")
  step write = file.write(path: "x", content: "new") {
    rollback file.write(path: "x", content: "\${before.content ?? ""}, \${look.content ?? ""}, \${write?.sha256 ?? "unfinished"}")
  }
}`;
  const plan = planOf(source, { facts: { before: file("old") } });
  const write = nodeOf(plan, "write");
  expect(write).toMatchObject({ rollback: { kind: "calls", calls: [{ id: "undo", call: { operation: "write" } }] } });
  const text = JSON.stringify(write);
  expect(text).toContain(`"old, "`);
  expect(text).toContain(`"root":"step","name":"look"`);
  expect(text).toContain(`"root":"self"`);
});

test("a chain of lets over a result is kept from filling the plan", () => {
  const links = Array.from({ length: 30 }, (_, i) => `let a${i + 1} = "\${a${i}}\${a${i}}"`).join("\n");
  const source = `use file
action act() {
  step look = file.read(path: "x")
  let a0 = look.content ?? ""
  ${links}
  step write = file.write(path: "y", content: a30) { rollback auto }
}`;
  expect(refusalsOf(source)[0]).toContain("grows too large: what it is made of is not known before the run");
});

test("the plan keeps of a fact what it rests on, and of a call what was asked for", () => {
  const source = `use file
use http
action act() {
  fact seen = file.read(path: "x")
  require seen.exists else "there is no x"
  step get = http.get(url: "u", timeout: 30s)
  step again = http.get(url: "u", timeout: 31s)
}`;
  const plan = planOf(source, { facts: { seen: file("a long text") } });
  expect(plan.facts[0]).toMatchObject({ used: [["exists"]], value: { exists: true } });
  expect(JSON.stringify(plan)).not.toContain("a long text");
  expect(nodeOf(plan, "get")).toMatchObject({ call: { args: [{ name: "url" }] } });
  expect(nodeOf(plan, "again")).toMatchObject({ call: { args: [{ name: "url" }, { name: "timeout" }] } });
});

test("nothing is asked for twice, and nothing is planned before it is known", () => {
  const program = programOf(`use file
action act() {
  fact seen = file.read(path: "x")
  step write = file.write(path: seen.content ?? "y", content: "x") { rollback auto }
}`);
  const request = requestOf(program, {});
  if ("problems" in request) throw new Error("the request is sound");
  expect(planAction(request, new Map())).toMatchObject({ kind: "needs", facts: [{ id: "seen" }] });
  expect(planAction(request, new Map([["seen", file("z")]]))).toMatchObject({ kind: "plan" });
});
