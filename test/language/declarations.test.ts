import { describe, expect, it } from "vitest";
import { parse } from "../../language/parse.ts";
import { DECLARATIONS, Else, Match, None, STATEMENTS, True, When } from "../../language/tokens.ts";
import { show } from "./show.ts";
import { sources } from "./sources.ts";

function each(cases: readonly (readonly [text: string, shown: string])[]): void {
  it.each(cases)("%s", (text, shown) => {
    expect(show(text)).toBe(shown);
  });
}

describe("declarations", () => {
  each([
    ['import { a, b as c, } from "./x.ops"', '(import a b=>c :from "./x.ops")'],
    ["use exec", "(use exec)"],
    ['use http as api { base_url = "x" }', '(use http :as api {(= base_url "x")})'],
    ["enum Env { staging, production }", "(enum Env staging production)"],
    ['type R = int where it in 1..50 else "no"', '(type R int where (in it (.. 1 50)) else "no")'],
    ["approver sre { members = [] }", "(approver sre {(= members [])})"],
    ["operation q(a: string) -> int { effect = read }", "(operation q (a: string) -> int {(= effect read)})"],
    ["action a() -> { for: string } { b = 1 }", "(action a () -> {for: string} {(= b 1)})"],
    ["guardrail g { enforcement = hard }", "(guardrail g {(= enforcement hard)})"],
    ["action a() { }", "(action a () {})"],
    [
      "action a(x: int = 1 where x > 0, y?: Env,) -> { z: int } { }",
      "(action a (x: int = 1 where (> x 0), y?: Env) -> {z: int} {})",
    ],
    ["action a(action: one of xs.ys, type?: string) { }", "(action a (action: (one-of xs.ys), type?: string) {})"],
    ["let a = 1 let b = 2", "(let a 1)\n(let b 2)"],
    ["use k as k8s per env: Env { c = env }", "(use k :as k8s :per env:Env {(= c env)})"],
    ["use k per e: Env", "(use k :per e:Env)"],
    ['window w { timezone = "UTC" allow mon }', '(window w {(= timezone "UTC") (allow mon)})'],
    ['secret s from env("S")', '(secret s :from env("S"))'],
    ['test "it holds" { expect a }', '(test "it holds" {(expect a)})'],
    ['let a = 1 secret s from env("S") window w { }', '(let a 1)\n(secret s :from env("S"))\n(window w {})'],
    ["", ""],
  ]);
});

describe("reserved words", () => {
  const words = [...DECLARATIONS, ...STATEMENTS, When, Else, Match, True, None].map(({ LABEL }) => LABEL ?? "");
  it.each(words)("`%s` names a field and a parameter, also on a line of its own, optional or not", (word) => {
    for (const mark of ["", "?"]) {
      const fields = `{a: string, ${word}${mark}: int, b: int}`;
      const laidOut = `{\n  a: string,\n  ${word}${mark}: int,\n  b: int,\n}`;
      expect(show(`type T = ${laidOut}`)).toBe(`(type T ${fields})`);
      expect(show(`action x(${laidOut.slice(1, -1)}) { }`)).toBe(`(action x (${fields.slice(1, -1)}) {})`);
    }
  });
});

describe("words that are not reserved", () => {
  each([
    ["enum Env { dev, test, window, secret, run }", "(enum Env dev test window secret run)"],
    ["type T = { window: int, test?: secret<int> }", "(type T {window: int, test?: secret<int>})"],
    ["let test = window.secret + run.now", "(let test (+ window.secret run.now))"],
    ["action a(window: int) { window = window run = 1 }", "(action a (window: int) {(= window window) (= run 1)})"],
    ["action a() {\nwindow = w\ntest { a = 1 }\n}", "(action a () {(= window w) (block test {(= a 1)})})"],
    ["action a() { expect { a = 1 } given = 2 }", "(action a () {(block expect {(= a 1)}) (= given 2)})"],
    ["let a = [allow, deny, given(run), expect]", "(let a [allow deny given(run) expect])"],
  ]);
});

describe("types", () => {
  each([
    ["type T = list<map<int>>", "(type T list<map<int>>)"],
    ["type T = int?", "(type T (optional int))"],
    ['type T = "a" | "b" | 3 | true', '(type T (| "a" "b" 3 true))'],
    ["type T = { a: int, approver?: approver, }", "(type T {a: int, approver?: approver})"],
    ["type T = { a: string where a.length > 3 }", "(type T {a: string where (> a.length 3)})"],
    ["type T = one", "(type T one)"],
    ["type T = one of a[0].b", "(type T (one-of a[0].b))"],
    ["type T = secret<string>?", "(type T (optional secret<string>))"],
  ]);
});

describe("declarations that lack something keep the rest", () => {
  each([
    ["type X =\ntype Y = int", '(type X ?)\n(type Y int)\n! expected "" a type / `=`'],
    ["type = int", '(type ? int)\n! expected "" the name of the type / `type`'],
    ["action a {\n x = 1\n}", '(action a () {(= x 1)})\n! expected "" `(` and the parameters of the action / `a`'],
    ["action a(x int) { }", '(action a (x: int) {})\n! expected "" `:` and a type / `x`'],
    ["action a(x: , y: int) { }", '(action a (x: ?, y: int) {})\n! expected "" a type / `:`'],
    ["action a(x: int y: int) { }", '(action a (x: int, y: int) {})\n! expected "" a comma / `int`'],
    ["action a(\n  x: int,\n  y:\n) { }", '(action a (x: int, y: ?) {})\n! expected "" a type / `:`'],
    ["action a(x: list<int, y: int) { }", '(action a (x: list<int>, y: int) {})\n! unclosed "" `<` / `>`'],
    ["action a() int { b = 1 }", '(action a () -> int {(= b 1)})\n! expected "" `->` / `)`'],
    ["action a() ->  { b = 1 }", '(action a () -> ? {(= b 1)})\n! expected "" a type / `->`'],
    [
      "action a(for: int, if: int) { x = for + if\n y = for }\naction b(c: int) { x = for }",
      '(action a (for: int, if: int) {(= x (+ for if)) (= y for)})\n(action b (c: int) {(= x ?) (for ? ?)})\n! expected "" a value for `x` / `=`',
    ],
    ["enum E { on, b }", '(enum E on b)\n! reserved_word "on" on / name'],
    ["import { a } from\nuse b", '(import a :from ?)\n(use b)\n! expected "" the path of a file / `from`'],
    ['import { a } "x"', '(import a :from "x")\n! expected "" `from` and the path of a file / `}`'],
    ["use\nuse b", '(use ?)\n(use b)\n! expected "" the name of a provider / `use`'],
    ["use k per env { c = 1 }", '(use k :per env:? {(= c 1)})\n! expected "" `:` and an enum / `env`'],
    ["secret s\nlet a = 1", '(secret s :from ?)\n(let a 1)\n! expected "" `from` and where the secret is kept / `s`'],
    ['secret s = env("S")', '(secret s :from env("S"))\n! expected "" `from` and where the secret is kept / `s`'],
    [
      "secret s from\nuse b",
      '(secret s :from ?)\n(use b)\n! expected "" where the secret is kept, such as `env("NAME")` / `from`',
    ],
    ["test {\n expect a\n}", '(test ? {(expect a)})\n! expected "" the title of the test, in double quotes, / `test`'],
    ["test a_b { expect a }", '(test ? {(expect a)})\n! expected "" the title of the test, in double quotes, / `test`'],
    ["window\nuse b", '(window ?)\n(use b)\n! expected "" the name of the window / `window`'],
    ['action a() {\n  x = 1\ntest "t" {\n}', '(action a () {(= x 1) …)\n(test "t" {})\n! unclosed "" `{` / `}`'],
    [
      "action a() {\n  x = 1\nsecret s from f()",
      '(action a () {(= x 1) …)\n(secret s :from f())\n! unclosed "" `{` / `}`',
    ],
    ["guardrail g", '(guardrail g)\n! expected "" `{` to open the body of the guardrail / `g`'],
  ]);
});

describe("a file of any kind", () => {
  it.each(Object.keys(sources))("%s has no fault", (name) => {
    expect(parse(sources[name] ?? "").faults).toEqual([]);
  });

  it("may be indented in any way, since newlines mean nothing", () => {
    for (const source of Object.values(sources)) {
      const flat = source.replace(/^[ \t]+(?![^"]*""")/gm, "");
      if (!source.includes('"""\n')) expect(parse(flat).faults).toEqual([]);
    }
    expect(show("action a() {\nlet x = 1\n}\nlet y = 2")).toBe("(action a () {(let x 1)})\n(let y 2)");
  });

  it("is read the same whatever was read before", () => {
    const before = JSON.stringify(parse("action a() { tim"));
    parse('action a() { x = match y { (a => "${');
    expect(JSON.stringify(parse("action a() { tim"))).toBe(before);
  });
});
