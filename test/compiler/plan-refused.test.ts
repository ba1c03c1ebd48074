/** What is checked and not carried out yet is refused by name, never left out of a plan. */
import { describe, expect, test } from "vitest";
import { unplanned } from "../../compiler/expand/unsupported.ts";
import { refusalsOf } from "./planning.ts";
import { programOf } from "./project.ts";

const action = (statements: string, properties = ""): string => `use http
approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
action act(url: string) {
  ${properties}
  ${statements}
}
action inner(url: string) { step get = http.get(url: url) }
`;

describe("refused", () => {
  test.each([
    ["the lock of an action", action("wait 1s", `lock = ["x"]`)],
    ["the limit of an action", action("wait 1s", "limit = 3 per 1h by url")],
    ["on failure", action("on failure { step tell = http.post(url: url) }")],
    ["a lease", action("step put = http.put(url: url) { lease = 2h  rollback http.delete(url: url) }")],
    [
      "a fact in the guardrail calm",
      `${action("wait 1s")}
guardrail calm { applies to action with { url: string }  fact now = http.get(url: url)  require now.status == 200 }
guardrail other { applies to action with { name: string }  fact now = http.get(url: name)  require now.status == 200 }
action named(name: string) { wait 1s }`,
    ],
    ["a step that runs another action", action("step other = inner(url: url)")],
    ["escalate", action("approve by sre { escalate to sre after 1h }")],
    ["tolerate", action(`for x in ["a", "b"] tolerate 1 { step get = http.get(url: x) }`)],
    ["at most", action(`for x in ["a", "b"] at most 5 { step get = http.get(url: x) }`)],
    [
      "when in a rollback",
      action(`step put = http.put(url: url) { rollback { step back = http.delete(url: url) when url != "x" } }`),
    ],
    [
      "a lease",
      action(
        'if url != "x" { parallel { step put = http.put(url: url) { lease = 2h  rollback http.delete(url: url) } } }',
      ),
    ],
  ])("%s", (what, source) => {
    expect(refusalsOf(source, { action: "act", words: { url: "http://a/" } })).toEqual([
      `program not planned yet: ${what} is checked by this version of opsc, and cannot be planned yet`,
    ]);
  });
});

test("a property is told at its own line, not at that of what it stands in", () => {
  const program = programOf(`use file
window hours { timezone = "UTC"  allow mon..fri }
action act() {
  title  = "Act"
  window = hours
  step put = file.write(path: "x", content: "") {
    timeout = 5s
    lease   = 2h
    rollback auto
  }
}
`);
  const [action] = program.actions;
  expect(action === undefined ? [] : unplanned(program, action).map(({ what, at }) => `${what} ${at}`)).toEqual([
    "the window of an action main.ops:5:3",
    "a lease main.ops:8:5",
  ]);
});
