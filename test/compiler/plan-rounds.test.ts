/** While facts are still to be read, nothing is told to be wrong that they may put right, and nothing is read that they may change. */
import { describe, expect, test } from "vitest";
import { planAction } from "../../compiler/expand/plan.ts";
import { type Asked, outcomeOf, refusalsOf, requestOf } from "./planning.ts";
import { programOf } from "./project.ts";

const seen = { exists: true, content: "x", sha256: "s" };
const WRITE = `step w = file.write(path: h, content: "y") { rollback auto }`;

function roundsOf(source: string, asked: Asked = {}): unknown {
  const outcome = outcomeOf(source, asked);
  return "plan" in outcome ? outcome.rounds : outcome.problems.map(({ message }) => message);
}

describe("what a fact decides is not held to what stands in for it", () => {
  const people = `approver first { members = ["ana@example.com", "cleo@example.com"] }
approver second { members = ["ben@example.com", "eve@example.com"] }`;
  test.each([
    [
      "how long a check may take",
      `check ok = file.read(path: "q") { require it.exists
         hold = 10m
         within = c.exists ? 20m : 15m }`,
    ],
    [
      "when others are asked",
      `approve by first { escalate to second after 1h
         escalate to first after c.exists ? 2h : 3h }`,
    ],
    ["how many elements there may be", `for h in ["a", "b", "c"] at most (c.exists ? 5 : 6) { ${WRITE} }`],
    ["what tells elements apart", `for h in ["a", "b"] key "\${h}\${c.content ?? ""}" { ${WRITE} }`],
  ])("%s", (_, statement) => {
    const source = `use file
${people}
action act() {
  fact c = file.read(path: "p")
  ${statement}
  step last = file.write(path: "last", content: "y") { rollback auto }
}`;
    expect(roundsOf(source, { facts: { c: seen } })).toEqual([["c"]]);
  });

  test("what is wrong whatever it is, is told before anything is read", () => {
    const source = `use file
action act(hosts: list<string>) {
  fact c = file.read(path: "p")
  for h in hosts { ${WRITE} }
}`;
    expect(refusalsOf(source, { json: { hosts: [] } })).toEqual([
      "refused for: there is nothing to go over: the list is empty",
    ]);
  });

  test("what is wrong with it is told once it is known", () => {
    const source = `use file
action act() {
  fact c = file.read(path: "p")
  for h in ["a", "b"] key c.content ?? "" { ${WRITE} }
}`;
    expect(refusalsOf(source, { facts: { c: seen } })).toEqual(["refused for: two elements have the key x"]);
  });
});

describe("what is read waits for the facts it rests on", () => {
  test("whether it is read at all", () => {
    const source = `use file
action act() {
  fact c = file.read(path: "p")
  if c.exists {
    fact d = file.read(path: "q")
    for h in [d.content ?? "none"] { ${WRITE} }
  }
}`;
    expect(roundsOf(source, { facts: { c: { ...seen, exists: false } } })).toEqual([["c"]]);
    expect(roundsOf(source, { facts: { c: seen, d: seen } })).toEqual([["c"], ["d"]]);
  });

  test("whether the action that reads it is run", () => {
    const source = `use file
action inner() { fact d = file.read(path: "q")
  for h in [d.content ?? "none"] { ${WRITE} } }
action act() {
  fact c = file.read(path: "p")
  step i = inner() when c.exists
}`;
    expect(roundsOf(source, { action: "act", facts: { c: { ...seen, exists: false } } })).toEqual([["c"]]);
    expect(roundsOf(source, { action: "act", facts: { c: seen, "i.d": seen } })).toEqual([["c"], ["i.d"]]);
  });

  test("which of several instances is asked", () => {
    const source = `use http
use file
enum Env { staging, production }
use http as web per env: Env { base_url = "https://\${env}.example.com" }
action act() {
  fact c = file.read(path: "p")
  fact d = web[c.exists ? production : staging].get(url: "/z")
  step w = file.write(path: d.body, content: "y") { rollback auto }
}`;
    const facts = { c: seen, d: { status: 200, body: "n", headers: {} } };
    expect(roundsOf(source, { facts })).toEqual([["c"], ["d"]]);
  });

  test("what a guardrail asks of the plan", () => {
    const source = `use file
guardrail g {
  applies to action
  fact room = file.read(path: "room/\${plan.writes.count}")
  require room.exists else "no room"
}
action act() {
  fact c = file.read(path: "p")
  for h in (c.exists ? ["a", "b", "c"] : ["a"]) { ${WRITE} }
}`;
    const request = requestOf(programOf(source), {});
    if ("problems" in request) throw new Error("the request is sound");
    const first = planAction(request, new Map());
    expect(first.kind === "needs" ? first.facts.map(({ id }) => id) : first).toEqual(["c"]);
    const second = planAction(request, new Map([["c", seen]]));
    const asked = second.kind === "needs" ? second.facts.map(({ call }) => call.args[0]?.value) : second;
    expect(asked).toEqual([{ is: "known", value: "room/3" }]);
  });

  test("what a guardrail asks of an action that is run with facts", () => {
    const source = `use file
guardrail g {
  applies to action with { name: string }
  fact room = file.read(path: "room/\${action.tags.join("-")}")
  require room.exists else "no room"
}
action inner(name: string) { tags = [name]
  for h in [name] { ${WRITE} } }
action act() {
  fact c = file.read(path: "p")
  step i = inner(name: c.content ?? "")
}`;
    const facts = { c: seen, "guardrail i main.ops#g.room": seen };
    expect(roundsOf(source, { action: "act", facts })).toEqual([["c"], ["guardrail i main.ops#g.room"]]);
  });
});

test("what actions return to one another is kept from filling the plan", () => {
  const links = Array.from(
    { length: 25 },
    (_, i) => `action a${i + 1}() -> string { step s = a${i}()  return "\${s}\${s}" }`,
  );
  const source = `use file
action a0() -> string { step s = file.read(path: "p")  return s.content ?? "" }
${links.join("\n")}
action act() {
  step s = a25()
  step w = file.write(path: "x", content: s) { rollback auto }
}`;
  expect(refusalsOf(source, { action: "act" })[0]).toContain("returns grows too large");
});
