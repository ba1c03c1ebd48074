/** What tests become: plain data that says all a runner needs. */
import { expect, test } from "vitest";
import { PROGRAM_VERSION } from "../../compiler/program.ts";
import { OUTCOMES } from "../../compiler/schema/blocks.ts";
import { testCaseSchema } from "../../compiler/test-case.schema.ts";
import { eventSchema } from "../../runtime/event.schema.ts";
import { check } from "./project.ts";

const page = `use http
let pages: map<{ url: string }> = { home: { url: "http://a/" } }
operation look(url: string) -> int { effect = read  call = http.get(url: url)  returns = call.status }
action publish(page: one of pages, title: string = "news", note?: string) -> { status: int } {
  fact before = look(url: page.url)
  step put = http.put(url: page.url, body: "\${title} \${note ?? ""} \${before}") { rollback http.delete(url: page.url) }
  return { status: put.status }
}
`;

const tests = `import { publish, http, look } from "./page.ops"

/// The long way round.
test "it undoes itself" {
  given now = 2026-11-23T10:00:00Z
  given http.put fails "refused"
  given look returns 200
  let who: identity = "dana@example.com"
  run publish(page: home) by who { approved by "ana@example.com" }
  expect run.outcome == undone && run.result == none
  expect http.put called with { url: "http://a/" }
  expect http.delete not called
}
`;

test("a test is lowered whole, and keeps to its schema", () => {
  const { tests: found, diagnostics, program } = check({ "page.ops": page, "page.test.ops": tests });
  expect(diagnostics).toEqual([]);
  expect(program.programVersion).toBe(PROGRAM_VERSION);
  const [only] = found.map((each) => testCaseSchema.parse(JSON.parse(JSON.stringify(each))));
  expect(only).toMatchObject({
    id: "page.test.ops#it undoes itself",
    title: "it undoes itself",
    doc: "The long way round.",
    at: "page.test.ops:4:6",
    now: "2026-11-23T10:00:00.000Z",
    mocks: [
      { of: { kind: "provider", instance: "http", operation: "put" }, does: { how: "fails", why: "refused" } },
      { of: { kind: "own", operation: "look" }, does: { how: "returns", value: 200 } },
    ],
    run: {
      action: "page.ops#publish",
      inputs: { page: { url: "http://a/", key: "home" }, title: "news", note: null },
      by: "dana@example.com",
      approved: ["ana@example.com"],
    },
    expects: [
      { e: "holds", text: "run.outcome == undone && run.result == none" },
      { e: "call", of: { operation: "put" }, called: true, with: { url: "http://a/" } },
      { e: "call", of: { operation: "delete" }, called: false, with: null },
    ],
  });
});

test("one instance of many is named by its id, any of them by the family's name; a template keeps its holes apart", () => {
  const { tests: found, diagnostics } = check({
    "site.ops": `use ledger
use http as site per env: Env { base_url = "https://\${env}.example.com/" }
enum Env { staging, production }
action act(env: Env) {
  fact n = ledger.query(sql: "select \${1}")
  require n > 0
  step put = site[env].put(url: "x") { rollback site[env].delete(url: "x") }
}
`,
    "site.test.ops": `import { act, site, ledger } from "./site.ops"
test "it acts" {
  given site[staging].put fails "refused"
  run act(env: staging)
  expect site.put called
  expect site[production].put not called
  expect ledger.query called with { sql: "select \${1}" }
}
`,
  });
  expect(diagnostics).toEqual([]);
  expect(found).toMatchObject([
    {
      mocks: [{ of: { kind: "provider", instance: "site[staging]", operation: "put" } }],
      expects: [
        { of: { kind: "provider", instance: "site", operation: "put" }, called: true },
        { of: { kind: "provider", instance: "site[production]", operation: "put" }, called: false },
        { with: { sql: { $template: { parts: ["select ", ""], holes: [1] } } } },
      ],
    },
  ]);
});

test("a plan is not another because a test is", () => {
  const one = check({ "page.ops": page, "page.test.ops": tests });
  const other = check({ "page.ops": page, "page.test.ops": `${tests}// more\n` });
  expect(other.program).toEqual(one.program);
  expect(one.program.modules.map((m) => m.path)).toEqual(["page.ops"]);
});

test("a test can expect every outcome that a run has, and no other", () => {
  const outcomes = eventSchema.options.flatMap((option) =>
    "outcome" in option.shape ? option.shape.outcome.options : [],
  );
  expect([...outcomes].sort()).toEqual([...OUTCOMES.members].sort());
});
