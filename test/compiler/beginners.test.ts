/** What people write who come from other languages: one finding, and the help that gets them on. */
import { describe, expect, test } from "vitest";
import { repair } from "../../compiler/fix/repair.ts";
import { checkTexts, textsOf } from "./mending.ts";
import { check } from "./project.ts";

const said = (sources: Parameters<typeof check>[0]): string[] =>
  check(sources).diagnostics.map((d) => `${d.code}: ${d.help ?? ""}`);

const inAction = (body: string): string =>
  `use exec\naction act(n: int, xs: list<string>, word: string?) {\n${body}\n  title = "\${n} \${xs.length} \${word ?? ""}"\n  step end = exec.run(argv: xs) { rollback nothing "it may stay" }\n}\n`;

describe("in an action", () => {
  test.each([
    ['risk = "high"', "type-mismatch: one of low, medium, high, critical, without quotes"],
    ["on_failure = rollback", "reserved-word: write undo"],
    ['# say "it"', "bad-character: comments begin with //"],
    ["let _a = 'eu west'", 'bad-character: text stands in double quotes: "…"'],
    ["require n > 1 and n < 3", "unexpected: write &&, not and"],
    ["require n > 1 or n < 3", "unexpected: write ||, not or"],
    ["require not (n > 1)", "unexpected: write !, not not"],
    ["require !(n in [1]) && n not in [2]", "unexpected: write !(… in …)"],
    ["require word != null", "unknown-name: write none, not null"],
    ["if n > 1 { wait 1s }\n  elif n > 0 { wait 2s }", "unexpected: write else if, not elif"],
    ["var _z = 1", "unexpected: write let, not var"],
    ["foreach x in xs { wait 1s }", "unexpected: write for, not foreach"],
    ["wait = 10s", "reserved-word: write wait 10s, without ="],
    ['require n > 1, "say it"', "unexpected: the message follows else"],
    ["require n = 2", "unexpected: == compares"],
    ["if n = 2 { wait 1s }", "unexpected: == compares"],
    ["let _m: map<int> = { web-1: 1 }", 'unexpected: a key with - in it stands in quotes: "web-1"'],
    ['let _t = "n is " + n', 'operator-types: write "n is ${n}"'],
    ['let _t = n + xs.length + "x"', 'operator-types: write "${n + xs.length}x"'],
    [
      "let _t = word?.shout()",
      "unknown-method: there is length, lower, upper, trim, contains, starts_with, ends_with, matches, …",
    ],
    ['lock = "x"', 'type-mismatch: write a list: ["x"]'],
    ["let _t = 5m + 30", "operator-types: give the number its unit, such as 30s"],
    ["let _t = 25% * 1h", "operator-types: a share of something is written with of, such as 25% of 8"],
    ["let _t = 2h / 30m + 1h", "operator-types: give the number its unit, such as 30s"],
    ["let _t = 5m * 5m", "operator-types: multiply by a plain number, such as 2 * 30s"],
    ["let _t = match n > 1 { true => 1 }", "match-incomplete: add false => …, or _ => … for the rest"],
    ["on failed { let _w = 1 }", "unknown-event: on start, approval_requested, failure, success or end"],
    ["colour = 1", "unknown-property: its properties are title, risk, owner, tags, window, timeout, lock, limit, …"],
  ])("%s", (line, finding) => {
    expect(said(inAction(`  ${line}`))).toEqual([finding]);
  });

  test.each([
    ["wait 5 m", "foreign-form: write 5m"],
    ["wait 10 sec", "foreign-form: write 10s"],
    ["wait 5min", "bad-number: write 5m"],
    ["wait 5M", "bad-number: write 5m"],
    ["let _t = “eu west”", 'bad-character: text stands in double quotes: "…"'],
    ["let _t = `eu west`", 'bad-character: text stands in double quotes: "…"'],
    ["let _t = if n > 1 { 1 } else { 2 }", "foreign-form: write n > 1 ? 1 : 2"],
    ["let _t = if n > 1 { 1 } else if n > 0 { 2 } else { 3 }", "foreign-form: write n > 1 ? 1 : n > 0 ? 2 : 3"],
    ["let _t = if n > 1 { wait 1s }", "foreign-form: write … ? … : …"],
    ["on fail { }", "unknown-event: did you mean on failure?"],
    ["on_failure { let _w = 1 }", "unknown-property: write on failure {"],
    ["title { let _w = 1 }", "unexpected: write title = …"],
    ["let _t = xs.map(x -> x)", "foreign-form: write =>"],
    ["for x of xs { let _x = x }", "foreign-form: write in"],
    ["for (x in xs) { let _x = x }", "foreign-form: write x in xs"],
    ["for (x of xs) { let _x = x }", "foreign-form: write x in xs"],
    ["for x in xs key x batch = 2 { let _x = x }", "foreign-form: write batch"],
    ["for x in xs key x batch 25% { let _x = x }", "type-mismatch: say of what: 25% of … .length"],
    [
      "for x in 1..3 { let _x = x }",
      "not-a-list: write out what it goes over, such as [1, 2, 3]: a reviewer sees how many there are",
    ],
    ["require n === 2", "foreign-form: write =="],
    ["require n !== 2", "foreign-form: write !="],
    ["limit = 3 per hour", "unknown-name: write per 1h"],
    ["limit = 3 per 1 hour", "foreign-form: write 1h"],
    ["approve by [word]", "foreign-form: write any of […], or all of […]"],
    ["approve word", "expected: "],
    ["retrun n", "unknown-keyword: did you mean return?"],
    ["requre n > 1", "unknown-keyword: did you mean require?"],
    ["stp x = exec.run(argv: xs)", "unknown-keyword: did you mean step?"],
    ["exec.run(argv: xs)", "foreign-form: a call stands in a step, a fact or a check: write step run = exec.run(…)"],
    [
      "reload(n: 2, xs: xs)",
      "foreign-form: a call stands in a step, a fact or a check: write step run_reload = reload(…)",
    ],
    ["step x = exec.", "expected: "],
    ["step x = exec.run(", "unclosed: add the missing `)`"],
    ['let _t = "\\q"', 'bad-string: escapes are \\n, \\r, \\t, \\", \\\\, \\$ and \\u{…}'],
  ])("one finding: %s", (line, finding) => {
    expect(said(inAction(`  ${line}`))).toEqual([finding]);
  });

  test.each([
    ['rollback "no need"', 'foreign-form: write rollback nothing "no need"'],
    ["rollback none", 'foreign-form: write rollback nothing "why"'],
    ["rollback nothing", "expected: "],
    ['rollback nothing "x" retry = 3', "unknown-property: write retry { attempts = 3 }"],
    ['rollback nothing "x" when = true', "reserved-word: write when …, without =, before the { of the step"],
    ['rollback nothing "x" when n > 1', "unexpected: when stands before the { of the statement it belongs to"],
    ['rollback nothing "x"\n after end', "unexpected: after stands before the { of the statement it belongs to"],
    ['rollback nothing "x" } when n > 1 {', "unexpected: when stands before the { of the statement it belongs to"],
  ])("in a step: %s", (body, finding) => {
    expect(said(inAction(`  step s = exec.run(argv: xs) { ${body} }`))).toEqual([finding]);
  });

  test.each([
    ['argv: "systemctl reload nginx"', 'type-mismatch: write a list: ["systemctl", "reload", "nginx"]'],
    ['argv: "reload ${n + 1}"', 'type-mismatch: write a list: ["reload", "${n + 1}"]'],
    [
      'argv: xs, shellscript: "x"',
      "unknown-argument: exec.run takes argv, cwd, env, stdin, public, ok, secret_env, secret_stdin",
    ],
  ])("exec.run(%s)", (args, finding) => {
    expect(said(inAction(`  step s = exec.run(${args}) { rollback nothing "it may stay" }`))).toEqual([finding]);
  });

  test("what a hook does not see", () => {
    const text =
      "use http\naction act(u: string) { step s = http.get(url: u)  let more = s.status + 1  on end { let _w = more } }\n";
    expect(said(text)).toEqual([
      "unknown-name: hooks see results of steps, as optional, and nothing computed from them: compute it here",
    ]);
  });

  test("rollback = auto is read as meant", () => {
    const text = 'use file\naction act(p: string) { step s = file.write(path: p, content: "") { rollback = auto } }\n';
    expect(said(text)).toEqual(["reserved-word: write rollback auto, without ="]);
  });
});

describe("at the top of a file", () => {
  test.each([
    ['enum Env dev, test }\naction act(e: Env = dev) { title = "${e}" }\n', "expected: "],
    ['acton act(n: int) { title = "${n}" }\n', "unknown-keyword: did you mean action?"],
    ['appr sre { members = ["a@x.org"] }\n', "unknown-keyword: did you mean approver?"],
    ['action act(xs: string[]) { title = "${xs.length}" }\n', "foreign-form: write list<string>"],
    ['action act(xs: [string]) { title = "${xs.length}" }\n', "foreign-form: write list<string>"],
    ['action act(n: optional<int>) { title = "${n ?? 1}" }\n', "foreign-form: write int?"],
    ['action act() { title: "x" }\n', "expected: "],
    ["let x = yaml(\n", "unclosed: add the missing `)`"],
    [
      'window w { timezone = "UTC"  allow mon..fri 9:00..17:00 }\naction act() { window = w }\n',
      "bad-date: write 09:00",
    ],
    [
      'window w { timezone = "UTC"  allow mon..fri 09:00..25:00 }\naction act() { window = w }\n',
      "bad-date: times of day go from 00:00 to 24:00, such as 09:30",
    ],
    [
      'window w { timezone = "UTC"  allow mon..fri deny 2026-02-30..2026-03-01 because "x" }\naction act() { window = w }\n',
      "bad-date: dates are written 2026-11-21, times 2026-11-21T09:00:00Z, times of day 09:00",
    ],
  ])("%s", (text, finding) => {
    expect(said(text)).toEqual([finding]);
  });

  test("block text without its end is one mistake, whatever stands around it", () => {
    const text =
      'use exec\naction act(u: string) {\n  step s = exec.run(argv: ["sh", "-c", """\n    echo hi\n  ], cwd: u) {\n    rollback nothing "x"\n  }\n  step t = exec.run(argv: [u]) { rollback nothing "y" }\n}\n';
    expect(check(text).diagnostics.map((d) => d.code)).toEqual(["bad-string"]);
  });
});

describe("--fix", () => {
  const mended = (text: string): string => repair(textsOf(text), checkTexts).changed.get("main.ops") ?? text;

  test.each([
    ["a comment without its end", "/* let retries = 3\nlet _most = 1\n"],
    [
      "what is no comment",
      'use exec\naction act() { step s = exec.run(argv: [#payments, "x"]) { rollback nothing "y" } }\n',
    ],
    ["a unit that may be another", "let _t = 5M\n"],
    ["a number and a word", "let _t = 5 m\n"],
    ["a reason that nobody gave", 'use exec\naction act() { step s = exec.run(argv: ["x"]) { rollback none } }\n'],
  ])("leaves to people %s", (_, text) => {
    expect(mended(text)).toBe(text);
  });

  test.each([
    ["let _t = “eu west”\n", 'let _t = "eu west"\n'],
    ["let _t = [1].map(n -> n)\n", "let _t = [1].map(n => n)\n"],
    ["let _t = 1 === 1\n", "let _t = 1 == 1\n"],
    ['action act() { title: "x" }\n', 'action act() { title = "x" }\n'],
    ["let _t = 9:00\n", "let _t = 09:00\n"],
    [
      'type Names = string[]\naction act(n: Names) { title = "${n.length}" }\n',
      'type Names = list<string>\naction act(n: Names) { title = "${n.length}" }\n',
    ],
  ])("mends %s", (text, right) => {
    expect(mended(text)).toBe(right);
  });
});

describe("names from elsewhere", () => {
  test("a name and a type that another file declares, with the path as it is to be written", () => {
    const files = {
      "site.ops": 'use exec\ntype Text = string\noperation reload() { call = exec.run(argv: ["x"]) }\n',
      "teams/pay/main.ops": 'action act(_t: Text) { step s = reload() { rollback nothing "it may stay" } }\n',
    };
    expect(said(files)).toEqual([
      'unknown-type: site.ops declares it: import { Text } from "../../site.ops"',
      'unknown-name: site.ops declares it: import { reload } from "../../site.ops"',
    ]);
  });

  test("a provider that is not there", () => {
    expect(said('action act() { step s = kubernetes.scale(name: "x") { rollback nothing "it may stay" } }\n')).toEqual([
      "unknown-name: providers are exec, file, http, ledger, postgres, vault; add use … at the top of the file",
    ]);
  });

  test("a provider that nothing uses", () => {
    expect(check("use exec\nuse http as _web\n").diagnostics.map((d) => d.message)).toEqual([
      "the provider exec is never used",
    ]);
  });

  test("ranges of dates are values and types, ranges of text are neither", () => {
    expect(said("let freeze: range<date> = 2026-01-01..2026-02-01\nlet _in = 2026-01-05 in freeze\n")).toEqual([]);
    const found = check({ "main.ops": 'type Names = range<string>\nlet _names = "a".."b"\n' }).diagnostics;
    expect(found.map((d) => d.message)).toEqual([
      "this is string, where a type with an order (such as int or date) is expected",
      ".. does not go between string and string",
    ]);
  });
});

describe("a rollback that repeats its step", () => {
  const load = (step: string, undo: string): string =>
    `use exec\naction act(unit: string) { step load = exec.run(${step}) { rollback exec.run(${undo}) } }\n`;

  test("is told, in whatever order the arguments stand", () => {
    const text = load('argv: ["reload", unit], cwd: "/"', 'cwd: "/", argv: ["reload", unit]');
    expect(check(text).diagnostics).toMatchObject([{ code: "rollback-repeats-step", severity: "warning" }]);
  });

  test("one with another argument is none", () => {
    expect(said(load('argv: ["start", unit]', 'argv: ["stop", unit]'))).toEqual([]);
  });
});
