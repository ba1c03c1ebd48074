/** `opsc catalog`: the same for people, pages, scripts and forms. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { catalogOutputSchema } from "../../cli/output.schema.ts";
import { makeProject, opsc, root } from "./opsc.ts";

const project = makeProject({
  "org.ops": `approver sre { title = "On call"  members = ["ana@example.com", "ben@example.com"] }\n`,
  "teams/site.ops": `import { sre } from "../org.ops"
use file
enum Env { staging, production }
/// Say something on the site.
/// It is seen by everybody.
action say(
  /// Where, in which of the two environments that there are, and nowhere else.
  env: Env,
  text: string where text.length in 1..20,
  pause: duration = 90s,
) {
  risk  = env == production ? high : low
  owner = sre
  approve by sre when env == production
  step w = file.write(path: "said.txt", content: text) { rollback auto }
}
action say_all(texts: list<string>) {
  approve by sre { quorum = 2 }
  for text in texts allow empty {
    step one = say(env: production, text: "x") {}
  }
}
`,
  "other.ops": `use file
action say() {
  step w = file.write(path: "said.txt", content: "-") { rollback auto }
}
`,
});

test("text says all of it, in 60 columns too", async () => {
  const { out, code } = await opsc(["catalog"], project, "", { COLUMNS: "60" });
  expect(code).toBe(0);
  for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(60);
  const words = out.replace(/\s+/g, " ");
  expect(words).toContain("It is seen by everybody.");
  expect(words).toContain('risk depends on inputs: env == "production" ? "high" : "low" · owner sre');
  expect(words).toContain("approval by sre: 1, under a condition");
  expect(words).toContain("-i pause=… duration, left out: 1m30s");
  expect(words).toContain("-i text=… string where text.length in 1..20");
});

test("names choose, as they do for plan, and a wrong one is told", async () => {
  expect((await opsc(["catalog", "site.say_all"], project)).out).not.toContain("other.ops");
  expect(await opsc(["catalog", "say"], project)).toMatchObject({ code: 1, err: expect.stringContaining("say which") });
  expect(await opsc(["catalog", "say_al"], project)).toMatchObject({
    code: 1,
    err: expect.stringContaining("say_all?"),
  });
});

test("JSON has defaults as one would give them, and the approvals of actions that steps run", async () => {
  const both = [await opsc(["catalog", "--json"], project), await opsc(["catalog", "--format", "json"], project)];
  expect(both[0]?.out).toBe(both[1]?.out);
  const { actions } = catalogOutputSchema.parse(JSON.parse(both[0]?.out ?? ""));
  expect(actions.map(({ id }) => id)).toEqual(["other.ops#say", "teams/site.ops#say", "teams/site.ops#say_all"]);
  expect(actions[1]?.inputs.map((each) => each.default)).toEqual([null, null, "1m30s"]);
  expect(actions[2]?.approvals.map(({ conditional }) => conditional)).toEqual([false, true]);
});

test("Markdown is a page whose tables are whole", async () => {
  const { out } = await opsc(["catalog", "--format", "markdown"], project);
  expect(out).toMatch(/^# Actions\n\n## say\n/);
  for (const line of out.split("\n").filter((each) => each.startsWith("|")))
    expect([...line.replaceAll("\\|", "").matchAll(/\|/g)].length, line).toBe(5);
});

test("JSON Schema of one action, and of all: what it takes is planned, what it refuses is not", async () => {
  const all = JSON.parse((await opsc(["catalog", "--format", "json-schema"], project)).out) as {
    $defs: Record<string, object>;
  };
  expect(Object.keys(all.$defs)).toEqual(["other.ops#say", "teams/site.ops#say", "teams/site.ops#say_all"]);
  expect(new Ajv2020().validateSchema(all)).toBe(true);
  const one = JSON.parse((await opsc(["catalog", "site.say", "--format", "json-schema"], project)).out) as object;
  const valid = new Ajv2020().compile(one);
  const cases: readonly (readonly [object, boolean])[] = [
    [{ env: "staging", text: "hello" }, true],
    [{ env: "staging", text: "hello", pause: "5m" }, true],
    [{ env: "staging", text: "hello", pause: 5 }, false],
    [{ env: "staging", text: "hello", pause: "5min" }, false],
    [{ env: "prod", text: "hello" }, false],
    [{ env: "staging", text: "" }, false],
    [{ env: "staging", text: "x".repeat(21) }, false],
    [{ env: "staging" }, false],
    [{ env: "staging", text: "hello", loud: true }, false],
  ];
  for (const [inputs, good] of cases) {
    expect(valid(inputs), JSON.stringify(inputs)).toBe(good);
    writeFileSync(path.join(project, "in.json"), JSON.stringify(inputs));
    const planned = await opsc(["plan", "site.say", "--inputs", "in.json", "--as", "dana@example.com"], project);
    expect(planned.code, JSON.stringify(inputs)).toBe(good ? 0 : 1);
  }
});

const examples = readdirSync(path.join(root, "examples")).filter((name) =>
  existsSync(path.join(root, "examples", name, "opsc.config.json")),
);

describe("of the examples", () => {
  test.each(examples)("%s, every schema is one, strictly", async (name) => {
    const told = await opsc(["catalog", "--format", "json-schema"], path.join(root, "examples", name));
    expect(told, told.err).toMatchObject({ code: 0 });
    const { $defs } = JSON.parse(told.out) as { $defs: Record<string, object> };
    expect(Object.keys($defs).length).toBeGreaterThan(0);
    for (const schema of Object.values($defs)) new Ajv2020({ strict: true, validateFormats: false }).compile(schema);
  });
});
