import { describe, expect, it } from "vitest";
import { showValue } from "./show.ts";

/** `text` is what stands after `x = `; `shown` the tree of it and the faults (see show.ts). */
function each(cases: readonly (readonly [text: string, shown: string])[]): void {
  it.each(cases)("%s", (text, shown) => {
    expect(showValue(text)).toBe(shown);
  });
}

describe("operators, from loose to tight", () => {
  each([
    ["a ? b : c ? d : e", "(?: a b (?: c d e))"],
    ["a ?? b || c", "(?? a (|| b c))"],
    ["a || b && c", "(|| a (&& b c))"],
    ["a && b == c", "(&& a (== b c))"],
    ["a < 1..3", "(< a (.. 1 3))"],
    ["a in 1..50", "(in a (.. 1 50))"],
    ["1..5 + 2", "(.. 1 (+ 5 2))"],
    ["a + b * c - d", "(- (+ a (* b c)) d)"],
    ["a / b % c", "(% (/ a b) c)"],
    ["25% of xs + 1", "(+ (of percent:25 xs) 1)"],
    ["-a.b + !c", "(+ (- a.b) (! c))"],
    ["!!a", "(! (! a))"],
    ["3 per 1h", "(per 3 duration:3600000)"],
    ["3 per 1h by service.key", "(per 3 duration:3600000 :by service.key)"],
    ["env == production ? high : low", "(?: (== env production) high low)"],
    ["(a + b) * c", "(* (paren (+ a b)) c)"],
  ]);
});

describe("comparisons and ranges do not chain", () => {
  each([
    ["a < b < c", '(< (< a b) c)\n! unexpected "<" `<` / after a comparison; put parentheses or `&&`'],
    ["a == b in c", '(in (== a b) c)\n! unexpected "in" `in` / after a comparison; put parentheses or `&&`'],
    ["1..2..3", '(.. (.. 1 2) 3)\n! unexpected ".." `..` / after a range'],
    ["(a < b) == c", "(== (paren (< a b)) c)"],
  ]);
});

describe("what follows a value", () => {
  each([
    ["a.b?.c", "a.b?.c"],
    ["a.step.type", "a.step.type"],
    ["xs[0][i + 1]", "xs[0][(+ i 1)]"],
    ["k8s[env].scale(name: s.name, replicas: 3,)", "k8s[env].scale(name: s.name, replicas: 3)"],
    ["f(1)(2)", "f(1)(2)"],
    ["f(type: 1, check: 2)", "f(type: 1, check: 2)"],
    ["a\n  .b\n  .c()", "a.b.c()"],
    ["action.risk", "action.risk"],
    ["a &&\n  b", "(&& a b)"],
    ["a\n  ?? b", "(?? a b)"],
  ]);
});

describe("functions and matches", () => {
  each([
    ["x => x.name", "(=> (x) x.name)"],
    ["(a, b) => a + b", "(=> (a b) (+ a b))"],
    ["() => 1", "(=> () 1)"],
    ["xs.map(x => { a: x })", "xs.map((=> (x) {a: x}))"],
    ["match x { a => 1, b | c => 2, _ => 3, }", "(match x [a 1] [b|c 2] [_ 3])"],
    [
      'match n { 1..5 => "low", -1 => none, Env.test => x => y }',
      '(match n [(.. 1 5) "low"] [(- 1) none] [Env.test (=> (x) y)])',
    ],
  ]);
});

describe("lists and records", () => {
  each([
    ["[1, [2], ]", "[1 [2]]"],
    ["[]", "[]"],
    ['{ a: 1, "b-c": { d: none }, type: true }', "{a: 1, b-c: {d: none}, type: true}"],
    ["{}", "{}"],
  ]);
});

describe("contextual words are names", () => {
  each([
    ["by + of", "(+ by of)"],
    ["any.all(key, batch)", "any.all(key, batch)"],
    ["auto ?? nothing", "(?? auto nothing)"],
    ["per per per", "(per per per)"],
    ["to..at", "(.. to at)"],
  ]);
});

describe("half of an expression", () => {
  each([
    ["", '?\n! expected "" a value for `x` / `=`'],
    ["a.", 'a.?\n! expected "" the name of a field / `.`'],
    ["a +", '(+ a ?)\n! expected "" a value / `+`'],
    ["!", '(! ?)\n! expected "" a value / `!`'],
    ["a ? b", '(?: a b ?)\n! expected "" `:` and the other value / `b`'],
    ["a?b : c", '(?: a b c)\n! expected "" a space before `?` / `a`'],
    ["()", '(paren ?)\n! expected "" a value / `(`'],
    ["(a, b)", '(paren a)\n! unexpected "b" another value / in parentheses; a list is `[a, b]`'],
    ["x =>", '(=> (x) ?)\n! expected "" what the function gives / `=>`'],
    ["f(a: , b: 2)", 'f(a: ?, b: 2)\n! expected "" a value for `a` / `:`'],
    ["f(a: 1 b: 2)", 'f(a: 1, b: 2)\n! expected "" a comma / `1`'],
    ["f(a = 1)", 'f(a: 1)\n! expected "" `:` / `a`'],
    ["f(1", 'f(1)\n! unclosed "" `(` / `)`'],
    ["[1, 2", '[1 2]\n! unclosed "" `[` / `]`'],
    ["[1, , 2]", '[1 2]\n! expected "" a value / `,`'],
    ["{ a: 1", '{a: 1}\n! unclosed "" `{` / `}`'],
    ["{ a }", '{a: ?}\n! expected "" `:` and a value / `a`'],
    ["{ a, b: 1 }", '{a: ?, b: 1}\n! expected "" `:` and a value / `a`'],
    ["{ a 1 }", '{a: 1}\n! expected "" `:` and a value / `a`'],
    ["match", '(match ?)\n! expected "" a value to match / `match`'],
    ["match x { a }", '(match x [a ?])\n! expected "" `=>` and a value / `a`'],
    ["xs[1, 2]", 'xs[1]\n! unexpected "," `,` / in an index, which is one value'],
  ]);
});
