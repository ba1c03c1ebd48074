/** What people bring along, and what they are told: one diagnostic each, and a fix that mends it. */
import { describe, expect, test } from "vitest";
import type { Sources } from "../../compiler/diagnostics/pages/page.ts";
import { checkTexts, mended, textsOf } from "./mending.ts";
import { check } from "./project.ts";

const errors = (sources: Sources) => check(sources).diagnostics.filter((d) => d.severity === "error");
const told = (sources: Sources): string[] => errors(sources).map((d) => `${d.code}: ${d.message}; ${d.help}`);

describe("one mistake is one diagnostic, and its first fix mends it", () => {
  const org = 'enum Env { staging, production }\napprover sre { members = ["ana@example.com", "ben@example.com"] }\n';
  const within = (line: string): string => `${org}use exec
use http
use file
window office { timezone = "Europe/Berlin"  allow mon..fri }
type Service = { key: string, replicas: int }
let services = { search: { replicas: 1 } }
action act(env: Env, n: int, service: Service, hosts: list<string>, name: string) {
  ${line}
}
`;
  test.each([
    ['title = hosts.len() > 2 ? "a" : "b"', "did you mean length?"],
    ['title = hosts.size > 2 ? "a" : "b"', "did you mean length?"],
    ['title = hosts.includes("x") ? "a" : "b"', "did you mean contains?"],
    ["title = name.toUpper()", "did you mean upper?"],
    ['owner = "sre"', "write sre, without quotes"],
    ['window = "office"', "write office, without quotes"],
    ["tags = [fleet]", 'declare it, or write "fleet" for text'],
    ["tags = fleet", 'declare it, or write ["fleet"] for text'],
    ['wait "5m"', "write 5m, without quotes"],
    ['check up = http.get(url: name) { require it.status == "200" }', "write 200, without quotes"],
    ["fact found = file.read(path: n)", 'write "${n}" for it as text'],
    ["limit = 1 per 1h by service", "write service.key"],
    ['require hosts < 3 else "x"', "write hosts.count"],
    ['title = match env { staging => "a", prod => "b" }', "did you mean production?"],
    ['title = env == prod ? "a" : "b"', "did you mean production?"],
    [
      'step s = exec.run("systemctl", "restart", name) { rollback nothing "x" }',
      'write argv: ["systemctl", "restart", name]',
    ],
    ['step s = file.write(pth: "a", content: "b") { rollback auto }', "did you mean path?"],
    [
      "check up = http.get(url: name) { require it.status == 200 } check two = http.get(url: name) { require it.stat == 200 }",
      "did you mean status?",
    ],
  ])("%s", (line, help) => {
    const texts = textsOf(within(line));
    const found = checkTexts(texts).filter((d) => d.severity === "error");
    expect(found.map((d) => d.help)).toEqual([help]);
    const [diagnostic] = found;
    const fix = diagnostic?.fixes[0];
    if (diagnostic === undefined || fix === undefined) throw new Error("there is a fix");
    expect(fix.suggested).toBe(true);
    const after = checkTexts(mended(texts, diagnostic, fix));
    expect(after.filter((d) => d.severity === "error").map((d) => d.message)).toEqual([]);
  });

  test.each([
    ['action act(n: Int) { title = "${n}" }', "unknown-type: there is no type Int; did you mean int?"],
    ['action act(n: List<string>) { title = n.join("") }', "unknown-type: there is no type List; did you mean list?"],
    [
      'let services = { a: { n: 1 } }\naction act(s: services) { title = "${s.n}" }',
      "unknown-type: there is no type services; to choose from it, write one of services",
    ],
    [
      'use http { base_url = env("X") }',
      'unknown-name: there is no env here; a secret is declared at the top of a file, secret name from env("NAME"), and read by its name',
    ],
    ["secret token from env(TOKEN)", 'unknown-name: there is no TOKEN here; declare it, or write "TOKEN" for text'],
    [
      'action act() { approve by "ana@example.com" }',
      'type-mismatch: who approves is string, where approver is expected; declare it at the top of a file, approver name { members = ["ana@example.com"] }, and write its name',
    ],
    [
      'action act(hosts: list<string>) { let more = hosts.push("x")  return { more: more } }',
      "unknown-method: list<string> has no method push; a list never changes: let a new one be [… , item], or join two with +",
    ],
    [
      'use http\naction act() { step s = http.get(url: "https://x") { retry { times = 3 } } }',
      "unknown-property: retry has no property times; did you mean attempts?",
    ],
    [
      'enum Env { staging, production }\nuse http per env: Env { base_url = match env { staging => "https://s", prod => "https://p" } }',
      "unknown-member: Env has no member prod; did you mean production?",
    ],
    [
      'use http\naction act() { step ask = http.get(url: "https://x") let n = ask.status for i in ["a"] batch n { wait 5s } }',
      "not-known-at-plan: the size of a batch must be known when the action is planned, but it depends on the result of ask; take it from inputs, lets or facts",
    ],
    [
      "let _size: size = 5Mb",
      "bad-number: 5Mb is not a number; a number may end in a unit: ms, s, m (minutes), h, d, B, KB, MB, GB, KiB, MiB, GiB or %",
    ],
  ])("%s", (text, words) => {
    expect(told(`${text}\n`)).toEqual([words]);
  });

  test("another parameter that is missing is told too", () => {
    expect(told('use file\naction act() { step s = file.write(pth: "a") { rollback auto } }\n')).toEqual([
      "missing-argument: file.write also needs content; it takes file.write(path: string, content: string, mode?: string, public?: bool)",
      "unknown-argument: file.write takes no argument pth; did you mean path?",
    ]);
  });

  test("names of one letter are like no other", () => {
    const text =
      'use exec\nlet f = 3\noperation op(x: int) { call = exec.run(argv: ["${x}"]) }\naction act() { step s = op(n: f) { rollback nothing "x" } }\n';
    expect(told(text)).toEqual(["unknown-argument: op takes no argument n; op takes x"]);
    expect(told("let _list: list<{ a: int }> = [{ a: 1, b: 1 }]\n")).toEqual([
      "unknown-field: { a: int } has no field b; its fields are a",
    ]);
  });
});

describe("what may mean something else is only suggested", () => {
  const fixes = (text: string) =>
    errors(text).flatMap((d) => d.fixes.map(({ title, suggested }) => `${title}${suggested ? "?" : ""}`));
  test.each([
    ["let _size: size = 5Mb\n", ["write 5MB?"]],
    ["let _size: size = 5kb\n", ["write 5KB?"]],
    ["let _size: size = 5Mi\n", ["write 5MiB"]],
    ["let _share: percent = 0.25\n", ["write 25%?", "write 0.25%?"]],
    ["let _share: percent = 25\n", ["write 25%?"]],
  ])("%s", (text, titles) => {
    expect(fixes(text)).toEqual(titles);
  });
});

describe("imports", () => {
  const org = "enum Env { staging, production }\n";
  const use = 'action act(env: Env) { title = "${env}" }\n';
  const other = `import { Env } from "./org.ops"\naction other(env: Env) { title = "\${env}" }\n`;
  const words = (main: string) => told({ "org.ops": org, "other.ops": other, "teams/main.ops": `${main}\n${use}` });
  const noPackage = "it is the name of a package, of which there is none";
  test.each([
    [
      'import { Env } from "org.ops"',
      `package-not-found: org.ops cannot be imported: ${noPackage}; for the file write "../org.ops"`,
    ],
    [
      'import { Env } from "org"',
      `package-not-found: org cannot be imported: ${noPackage}; for the file write "../org.ops"`,
    ],
    [
      'import { Env } from "lodash"',
      "package-not-found: lodash cannot be imported: there is no such package; npm install lodash",
    ],
    ['import { Env } from "../org"', 'import-not-found: there is no file org; write "../org.ops"'],
    [
      'import { Env } from "./mian.ops"',
      "import-not-found: there is no file teams/mian.ops; imports are paths from the importing file, with the ending .ops",
    ],
    ['import { Envv } from "../org.ops"', "import-name-missing: org.ops declares no Envv; did you mean Env?"],
    [
      'import { Env } from "../other.ops"',
      'import-name-missing: other.ops declares no Env; org.ops declares it: import { Env } from "../org.ops"',
    ],
  ])("%s", (main, expected) => {
    expect(words(main)).toEqual([expected]);
  });
});

test("a name that is taken is shown where it stands", () => {
  const [found] = errors('let most = 1\nlet most = 2\naction act() { title = "${most}" }\n');
  expect(found?.code).toBe("duplicate-name");
  expect(found?.related).toEqual([{ module: "main.ops", span: { start: 4, end: 8 }, note: "the first one" }]);
});

test("a secret is named, and whether anything takes it is said", () => {
  const text = (call: string): string =>
    `use http\nuse ledger\nsecret cdn_token from env("CDN")\naction act() { step s = ${call} { rollback nothing "x" } }\n`;
  expect(told(text('http.post(url: "https://x", body: cdn_token)'))).toEqual([
    "secret-leak: cdn_token is secret and would show in body of http.post; hand it to bearer, secret_headers or secret_json, which take a secret",
  ]);
});

describe("data files", () => {
  const main = `enum Env { staging, production }
let services = yaml("./s.yaml") as map<{ tier: string, hosts?: list<string>, env?: Env }>
action act(service: one of services) { title = service.tier }
`;
  test.each([
    [
      "search:\n  tier silver\n  env: staging\n",
      "a colon is missing after the key",
      "write tier: silver",
      "tier silver",
    ],
    [
      "search:\n  env: staging\n  tier silver\n",
      "a colon is missing after the key",
      "write tier: silver",
      "tier silver",
    ],
    [
      'search:\n  tier: "silver\n  env: staging\n',
      'the text that begins with " is never closed',
      'add the missing "',
      '"silver',
    ],
    [
      "search: { tier: 'x', env: 'staging }\n",
      "the text that begins with ' is never closed",
      "add the missing '",
      "'staging }",
    ],
    [
      "search: { tier: silver\nweb: { tier: gold }\n",
      "a record that begins with { before this is not closed",
      "add the missing }",
      "w",
    ],
    ["search:\n  tier: @silver\n", "a value cannot begin with @", "put the value into quotes", "@"],
    [
      "search: { tier: silver, hosts: search-1 }\n",
      'search.hosts is the text "search-1", where list<string> is expected',
      "write a list: [search-1]",
      "search-1",
    ],
    [
      'search: { tier: silver, env: "staging " }\n',
      'Env has no member "staging "',
      "did you mean staging?",
      '"staging "',
    ],
  ])("%j", (yaml, message, help, place) => {
    const found = errors({ "main.ops": main, "s.yaml": yaml });
    expect(found.map((d) => [d.message.replace(/^this is no YAML that can be read: /, ""), d.help])).toEqual([
      [message, help],
    ]);
    expect(found.map((d) => yaml.slice(d.span.start, d.span.end))).toEqual([place]);
  });
});

describe("the frame shows where each side comes from", () => {
  const shown = (text: string) =>
    errors(text).map((d) => [
      d.label,
      ...d.related.map(({ span, note }) => `${text.slice(span.start, span.end)}: ${note}`),
    ]);
  test("what a let asks for", () => {
    expect(shown("let _n: string = 3\n")).toEqual([["this is int", "string: string is asked for here"]]);
  });

  test("both operands", () => {
    const text = 'action act(t: duration, s: size) { require t + s == t else "no" }\n';
    expect(shown(text)).toEqual([[null, "t: duration", "s: size"]]);
    expect(errors(text)[0]?.help).toBe("a time and a size measure different things: there is no + of them");
  });

  test("what a match is on", () => {
    const text = "enum Env { dev, live }\nlet _n = match Env.dev { dev => 1 }\n";
    expect(shown(text)).toEqual([["this is Env"]]);
  });

  test("a default that its type refuses is told once", () => {
    expect(errors("type R = int where it in 1..50\naction act(r: R = 60) { wait 1s }\n").map((d) => d.code)).toEqual([
      "refinement-fails",
    ]);
  });
});
