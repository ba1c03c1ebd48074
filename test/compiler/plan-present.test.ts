/** Values that a condition has made sure of, when planned: the guarded part is computed only where the condition holds. */
import { describe, expect, test } from "vitest";
import { planOf, refusalsOf } from "./planning.ts";

const source = `use http
let nobody: string? = none
let somebody: string? = "ana"
action act(note?: string, size?: int) {
  let words = note != none ? note.length : 0
  let both = note != none && note.length > 2 || size == none || size > 3
  let never = nobody != none ? nobody.length + 1 : 0
  let always = somebody != none ? somebody.length + 1 : 0
  step say = http.post(url: note) when note != none { irreversible "sent" }
  if size != none { wait size * 1s } else { wait 7s }
  return { words: words, both: both, never: never, always: always }
}
action strict(note?: string) {
  require note != none && note.length > 2 else "say why"
  step say = http.post(url: note) { irreversible "sent" }
}
action late(url: string) {
  step look = http.get(url: url)
  let port = look.json?.port?.as_int()
  step put = http.put(url: "x:\${port ?? 0}") when port != none {
    rollback http.delete(url: port > 80 ? "high" : "low")
  }
}
`;

describe("an optional input", () => {
  test.each([
    [{}, { words: 0, both: true, never: 0, always: 4 }, []],
    [{ note: "http://a/", size: 2 }, { words: 9, both: true, never: 0, always: 4 }, ["say"]],
    [{ note: "ab", size: 2 }, { words: 2, both: false, never: 0, always: 4 }, ["say"]],
  ])("%j", (json, returns, steps) => {
    const plan = planOf(source, { action: "act", json });
    expect(plan.returns).toMatchObject({ k: "const", v: returns });
    expect(plan.nodes.flatMap((n) => (n.kind === "step" ? [n.id] : []))).toEqual(steps);
    expect(plan.nodes.flatMap((n) => (n.kind === "wait" ? [n.duration] : []))).toEqual([
      !("size" in json) ? 7000 : 2000,
    ]);
  });
});

test("a require that fails is all that is told", () => {
  expect(refusalsOf(source, { action: "strict" })).toEqual(["refused require: say why"]);
  expect(refusalsOf(source, { action: "strict", json: { note: "long" } })).toEqual([]);
});

test("what only the run knows stays guarded by the step's condition", () => {
  const plan = planOf(source, { action: "late", words: { url: "http://a/" } });
  const put = plan.nodes.find((n) => n.id === "put");
  expect(put?.when).toHaveLength(1);
});
