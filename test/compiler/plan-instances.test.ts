/** Which system a call reaches: one instance of many is chosen when planned, and races are told by system. */
import { describe, expect, test } from "vitest";
import { nodeOf, planOf, refusalsOf } from "./planning.ts";
import { programOf } from "./project.ts";

const PER_ENV = `enum Env { staging, production }
use http as api per env: Env { base_url = "https://\${env}.example.com" }
operation status(env: Env, path: string where path.starts_with("/") else "begin with a slash") -> int {
  call    = api[env].get(url: path)
  returns = call.status
}
`;

describe("one instance for each member", () => {
  test("the program has each with its own settings", () => {
    const { instances } = programOf(`${PER_ENV}action look(env: Env) { fact a = api[env].get(url: "/")
      require a.status == 200 else "down" }`);
    expect(instances.map(({ id, family, config }) => [id, family, config.base_url])).toEqual([
      ["api[production]", { name: "api", member: "production" }, "https://production.example.com"],
      ["api[staging]", { name: "api", member: "staging" }, "https://staging.example.com"],
    ]);
  });

  test("the plan names the chosen one, in calls, facts and the providers it needs", () => {
    const plan = planOf(
      `${PER_ENV}action look(env: Env) {
        fact a = api[env].get(url: "/")
        require a.status == 200 else "down"
        step b = api[production].get(url: "/b")
        step c = status(env: env, path: "/c")
        step d = api[env].request(method: "POST", url: "/d") { rollback api[env].request(method: "DELETE", url: "/d") }
      }`,
      { words: { env: "staging" }, facts: { a: { status: 200, headers: {}, body: "" } } },
    );
    expect(plan.facts.map((f) => f.call.instance)).toEqual(["api[staging]"]);
    const calls = ["b", "c", "d"].map((id) => nodeOf(plan, id));
    expect(calls.map((node) => (node.kind === "step" ? [node.call.instance, node.call.shown] : null))).toEqual([
      ["api[production]", "api[production].get"],
      ["api[staging]", "status"],
      ["api[staging]", "api[staging].request"],
    ]);
    const undo = calls[2]?.kind === "step" ? calls[2].rollback : null;
    expect(undo?.kind === "calls" ? undo.calls.map((each) => each.call.instance) : null).toEqual(["api[staging]"]);
    expect(plan.providers.map((p) => p.instance)).toEqual(["api[production]", "api[staging]"]);
  });

  test("one that depends on a fact is known once the fact is read", () => {
    const plan = planOf(
      `${PER_ENV}action look() {
        fact a = api[staging].get(url: "/")
        step b = api[a.status == 200 ? production : staging].get(url: "/b")
      }`,
      { facts: { a: { status: 200, headers: {}, body: "" } } },
    );
    const node = nodeOf(plan, "b");
    expect(node.kind === "step" ? node.call.instance : null).toBe("api[production]");
  });
});

test("what an operation asks of its parameters holds for values that only the plan knows", () => {
  const source = `${PER_ENV}action look(path: string) { step a = status(env: staging, path: path) }`;
  expect(refusalsOf(source, { words: { path: "/x" } })).toEqual([]);
  expect(refusalsOf(source, { words: { path: "x" } })).toEqual([expect.stringContaining("path: begin with a slash")]);
});

describe("races", () => {
  const writes = (uses: string, a: string, b: string): string => `${uses}
action act() {
  parallel {
    step one = ${a} { rollback nothing "a test" }
    step two = ${b} { rollback nothing "a test" }
  }
}`;
  const write = (instance: string): string => `${instance}.write(path: "x", content: "")`;

  test("two names of one system touch the same things", () => {
    const races = refusalsOf(writes("use file\nuse file as other", write("file"), write("other")), {
      despite: ["race"],
    });
    expect(races).toEqual([expect.stringContaining("both touch file:x")]);
  });

  test("different settings are different systems, unless one id says otherwise", () => {
    const request = (instance: string): string => `${instance}.request(method: "POST", url: "/x")`;
    const uses = (id: string): string => `use http as a { base_url = "https://a.example.com"${id} }
use http as b { base_url = "https://b.example.com"${id} }`;
    const shared = refusalsOf(writes(uses('  id = "shared"'), request("a"), request("b")), { despite: ["race"] });
    expect(refusalsOf(writes(uses(""), request("a"), request("b")))).toEqual([]);
    expect(shared).toEqual([expect.stringContaining("one and two may run at the same time")]);
  });

  test("what an address names is told from where it is taken from, chosen in the plan too", () => {
    const uses = `enum Env { staging, production }
use http as api per env: Env { base_url = "https://\${env}.example.com/v1/" }
use http`;
    const put = (instance: string, url: string): string => `${instance}.put(url: "${url}")`;
    const meets = (one: string, two: string): boolean =>
      refusalsOf(writes(uses, one, two), { despite: ["race"] }).some((told) => told.includes("at the same time"));
    const first = put("api[production]", "items/7");
    for (const same of [
      "/v1/items/7",
      "./items/8/../7",
      "https://PRODUCTION.example.com:443/v1/items/7#x",
      "items/%37",
    ])
      expect(meets(first, put("api[production]", same)), same).toBe(true);
    for (const other of ["/items/7", "items/7?x", "items/77"])
      expect(meets(first, put("api[production]", other)), other).toBe(false);
    expect(meets(first, put("api[staging]", "items/7"))).toBe(false);
    expect(meets(put("http", "http://x.example"), put("http", "http://X.example:80/"))).toBe(true);
    expect(meets(put("http", "http://x.example/a"), put("http", "http://x.example/b"))).toBe(false);
  });

  test("one step for each environment is no race", () => {
    const request = (env: string): string => `api[${env}].request(method: "POST", url: "/x")`;
    expect(refusalsOf(writes(PER_ENV, request("staging"), request("production")))).toEqual([]);
    expect(refusalsOf(writes(PER_ENV, request("staging"), request("Env.staging")), { despite: ["race"] })).toHaveLength(
      1,
    );
  });
});

test("a plan says of each secret it needs where it is read, and nothing of others", () => {
  const source = `use ledger
secret password from env("LEDGER_PASSWORD")
secret unused from file("/run/secrets/unused")
action act(other: secret<string>, many: list<secret<string>>) {
  step a = ledger.login(password: password) { rollback ledger.login(password: other) }
  step b = ledger.login(password: many[1]) { rollback auto }
}`;
  const plan = planOf(source, {
    words: { other: "@vault:kv/a#b" },
    json: { many: ["@exec:pass show x", "@file:./key"] },
  });
  expect(plan.secrets).toEqual([
    { id: '@exec:["pass","show","x"]', source: { from: "exec", argv: ["pass", "show", "x"] } },
    { id: "@file:./key", source: { from: "file", path: "./key" } },
    { id: "@vault:kv/a#b", source: { from: "vault", path: "kv/a", field: "b" } },
    { id: "main.ops#password", source: { from: "env", name: "LEDGER_PASSWORD" } },
  ]);
  const [step] = plan.nodes.flatMap((node) => (node.kind === "step" ? [node] : []));
  expect(step?.call.args[0]?.value).toEqual({ is: "known", value: { $secret: "main.ops#password" } });
});

test("a secret that an input is given itself is refused, and not repeated", () => {
  const source = `use ledger
action act(password: secret<string>) { step a = ledger.login(password: password) { rollback auto } }`;
  for (const word of ["hunter2-hunter2", "@env:NOT A NAME", "@vault:kv/a", "@exec:[]", "env:X"]) {
    const [told, ...more] = refusalsOf(source, { words: { password: word } });
    expect([told, more]).toEqual([expect.stringContaining("it is not given itself but where it is read"), []]);
    expect(told).not.toContain("hunter2");
  }
});

describe("what a plan is made from", () => {
  const sources = (colour: string) => ({
    "main.ops": `import { limit } from "@acme/policies"
let colours = yaml("./colours.yaml") as list<string>
action act(count: int where count <= limit) { title = "\${count} of \${colours.join(", ")}" }
`,
    "colours.yaml": `- ${colour}\n`,
    "node_modules/@acme/policies/index.ops": `let limit = 10
guardrail nothing_at_all { applies to action  require action.name == "another" else "no" }
`,
  });

  test("data files and files of packages stand among its sources", () => {
    const paths = planOf(sources("red"), { words: { count: "1" } }).sources.map((s) => s.path);
    expect(paths).toEqual(["colours.yaml", "main.ops", "node_modules/@acme/policies/index.ops"]);
  });

  test("another value in a data file is another source", () => {
    const digest = (colour: string) =>
      planOf(sources(colour), { words: { count: "1" } }).sources.find((s) => s.path === "colours.yaml")?.sha256;
    expect(digest("red")).not.toBe(digest("blue"));
  });

  test("guardrails of a package are not in force by importing it", () => {
    expect(planOf(sources("red"), { words: { count: "1" } }).guardrails).toEqual([]);
  });
});
