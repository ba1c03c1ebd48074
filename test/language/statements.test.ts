import { describe, expect, it } from "vitest";
import { show, showMembers } from "./show.ts";

function each(cases: readonly (readonly [text: string, shown: string])[]): void {
  it.each(cases)("%s", (text, shown) => {
    expect(showMembers(text)).toBe(shown);
  });
}

describe("properties", () => {
  each([
    ["timeout = 5m", "(= timeout duration:300000)"],
    [
      "hold = 2m  every = 15s  within = 10m",
      "(= hold duration:120000)\n(= every duration:15000)\n(= within duration:600000)",
    ],
    [
      "retry { attempts = 3  backoff = 2s..30s }",
      "(block retry {(= attempts 3) (= backoff (.. duration:2000 duration:30000))})",
    ],
    ["window = business_hours\nlimit = 3 per 1h", "(= window business_hours)\n(= limit (per 3 duration:3600000))"],
    ["of = 1\nper = of\nby = 2", "(= of 1)\n(= per of)\n(= by 2)"],
  ]);
});

describe("bindings and steps", () => {
  each([
    ["let total = a + b", "(let total (+ a b))"],
    ["let xs: list<int?> = []", "(let xs :list<(optional int)> [])"],
    ['let s = yaml("x") as map<Service>', '(let s :map<Service> yaml("x"))'],
    ["fact cur = k8s[env].get(a: 1)", "(fact cur k8s[env].get(a: 1))"],
    ["step s = k8s.scale()", "(step s k8s.scale())"],
    [
      "step s = f() when a == b after c, d { timeout = 1m }",
      "(step s f() :when (== a b) :after c,d {(= timeout duration:60000)})",
    ],
    ["step s = f() after c when a", "(step s f() :when a :after c)"],
    ["check c = f() { require it.ok }", "(check c f() {(require it.ok)})"],
    ['require a <= b\n  else "no ${a}"', '(require (<= a b) :else "no ${a}")'],
  ]);
});

describe("approvals", () => {
  each([
    ["approve by db.owner", "(approve one db.owner)"],
    ["approve by any of [a, b]", "(approve any [a b])"],
    ["approve by all of people when x { quorum = 2 }", "(approve all people :when x {(= quorum 2)})"],
    ["approve by any", "(approve one any)"],
    ["escalate to sre after 1h", "(escalate sre :after duration:3600000)"],
    ["escalate to sre", "(escalate sre)"],
  ]);
});

describe("flow", () => {
  each([
    ["wait 30s", "(wait duration:30000)"],
    [
      "if a { wait 1s } else if b { } else { wait 2s }",
      "(if a {(wait duration:1000)} else (if b {} else {(wait duration:2000)}))",
    ],
    ["if a == b { }", "(if (== a b) {})"],
    ["for x in xs { }", "(for x xs {})"],
    [
      "for d in xs.ys key d.name batch 2 every 10s tolerate 1 at most 50 allow empty { }",
      "(for d xs.ys :key d.name :batch 2 :every duration:10000 :tolerate 1 :at-most 50 :allow-empty {})",
    ],
    ["for w in [1%, 10%, 100%] { }", "(for w [percent:1 percent:10 percent:100] {})"],
    ["for key in batch batch key { }", "(for key batch :batch key {})"],
    ["parallel { branch { wait 1s } wait 2s }", "(parallel {(branch {(wait duration:1000)}) (wait duration:2000)})"],
    ["on failure { step s = f() }", "(on failure {(step s f())})"],
    ["return { a: b.c }", "(return {a: b.c})"],
  ]);
});

describe("variables named like the words of a loop", () => {
  each([
    ["for h in hosts batch batch allow empty { }", "(for h hosts :batch batch :allow-empty {})"],
    ["for h in key key every every 1s { }", "(for h key :key every :every duration:1000 {})"],
    ["for h in batch tolerate tolerate at most key { }", "(for h batch :tolerate tolerate :at-most key {})"],
    ["for h in hosts batch at most 50 { }", '(for h hosts :batch ? :at-most 50 {})\n! expected "" a value / `batch`'],
  ]);
});

describe("undo", () => {
  each([
    ["rollback k8s[env].scale(a: 1)", "(rollback k8s[env].scale(a: 1))"],
    ["rollback { step s = f() }", "(rollback {(step s f())})"],
    ["rollback auto", "(rollback auto)"],
    ["rollback auto.undo()", "(rollback auto.undo())"],
    ['rollback nothing "a restart"', '(rollback nothing "a restart")'],
    ["rollback nothing", "(rollback nothing)"],
    ['irreversible "gone"', '(irreversible "gone")'],
  ]);
});

describe("guardrails", () => {
  each([
    ["applies to action", "(applies)"],
    ["applies to action when action.risk == high", "(applies :when (== action.risk high))"],
    ["applies to action with { env: Env, why?: string } when a", "(applies :with {env: Env, why?: string} :when a)"],
    ["override by sre", "(override one sre)"],
    ["override by any of [a, b]", "(override any [a b])"],
  ]);
});

describe("windows", () => {
  each([
    ["allow mon..fri 09:00..17:00", "(allow (.. mon fri) (.. time_of_day:540 time_of_day:1020))"],
    ["allow mon, wed, fri 09:00..17:00", "(allow mon wed fri (.. time_of_day:540 time_of_day:1020))"],
    ['deny 2026-12-20..2027-01-03 because "x"', '(deny (.. date:2026-12-20 date:2027-01-03) :because "x")'],
    ["allow mon deny tue x = 1", "(allow mon)\n(deny tue)\n(= x 1)"],
    ["allow = 1\ndeny = 2", "(= allow 1)\n(= deny 2)"],
    ["allow mon,\ndeny tue", '(allow mon ?)\n(deny tue)\n! expected "" a day, a date or a time of day / `,`'],
  ]);

  it("know their words even where nothing follows", () => {
    expect(show("window w {\n  allow\n  deny\n}")).toBe(
      '(window w {(allow ?) (deny ?)})\n! expected "" a day, a date or a time of day / `allow`\n! expected "" a day, a date or a time of day / `deny`',
    );
  });
});

describe("tests", () => {
  each([
    ["given now = 2026-11-23T10:00:00Z", "(given now :is time:2026-11-23T10:00:00Z)"],
    ["given k8s[e].get returns { a: 1 }", "(given k8s[e].get :returns {a: 1})"],
    ['given a.b fails "why"', '(given a.b :fails "why")'],
    ['run f(a: 1) by "x" {\n  approved by "a", "b"\n}', '(run f(a: 1) :by "x" {(approved "a" "b")})'],
    ["run f() expect a.b called expect c", "(run f())\n(expect a.b :called)\n(expect c)"],
    ["expect run.outcome == done", "(expect (== run.outcome done))"],
    ["expect a.b called with { c: 1 }", "(expect a.b :called :with {c: 1})"],
    ["expect a.b not called", "(expect a.b :not-called)"],
    ["expect !a", "(expect (! a))"],
    ["given = 1\nstep run = run()", "(= given 1)\n(step run run())"],
  ]);

  it.each([
    ["given\nexpect a", "(given ? :is ?) (expect a)", 'expected "" what is given / `given`'],
    ["given a.b\nexpect a", "(given a.b :is ?) (expect a)", 'expected "" `=`, `returns` or `fails` / `b`'],
    ["given a == 1", "(given a :is 1)", 'expected "" `=`, `returns` or `fails` / `a`'],
    ["given a.b returns\nrun f()", "(given a.b :returns ?) (run f())", 'expected "" what it returns / `returns`'],
    ["run\nexpect a", "(run ?) (expect a)", 'expected "" the action to run / `run`'],
    ["run f(a: 1\nexpect b == c", "(run f(a: 1)) (expect (== b c))", 'unclosed "" `(` / `)`'],
    ["run f() { approved }", "(run f() {(approved ?)})", 'expected "" `by` and who approved / `approved`'],
    ['run f() { approved by "a", }', '(run f() {(approved "a" ?)})', 'expected "" who approved / `,`'],
    ["expect\nexpect a", "(expect ?) (expect a)", 'expected "" a condition / `expect`'],
    ["expect a = 1", "(expect (== a 1))", 'unexpected "=" `=` / in a condition'],
    ["expect a.b not\nexpect c", "(expect a.b :not-called) (expect c)", 'expected "" `called` / `not`'],
    [
      "expect a called with\nexpect c",
      "(expect a :called :with ?) (expect c)",
      'expected "" the arguments it is called with / `with`',
    ],
  ])("%j keeps the rest", (text, members, fault) => {
    expect(show(`test "t" {\n${text}\n}`)).toBe(`(test "t" {${members}})\n! ${fault}`);
  });
});

describe("statements that lack something keep the rest", () => {
  each([
    ["step = f()", '(step ? f())\n! expected "" the name of the step / `step`'],
    ["step s", '(step s ?)\n! expected "" `=` and the operation or action that the step calls / `s`'],
    ["step s f()", '(step s f())\n! expected "" `=` and the operation or action that the step calls / `s`'],
    ["step on = f()", '(step on f())\n! reserved_word "on" on / name'],
    ["  on = 3", '(= on 3)\n! reserved_word "on" on / property'],
    ["  type = 3", '(= type 3)\n! reserved_word "type" type / property'],
    ["approve sre", '(approve one sre)\n! expected "" `by` and who approves / `approve`'],
    ["for x xs { }", '(for x xs {})\n! expected "" `in` and what to go over / `x`'],
    ["for in xs { }", '(for ? xs {})\n! expected "" a name for each element / `for`'],
    ["for x in xs key batch 2 { }", '(for x xs :key ? :batch 2 {})\n! expected "" a value / `key`'],
    ["if { wait 1s }", '(if ? {(wait duration:1000)})\n! expected "" a condition / `if`'],
    ["if a == { wait 1s }", '(if (== a ?) {(wait duration:1000)})\n! expected "" a value / `==`'],
    [
      "step s = { timeout = 1s }",
      '(step s ? {(= timeout duration:1000)})\n! expected "" the operation or action that the step calls / `=`',
    ],
    ["timeout: 5m", '(= timeout duration:300000)\n! expected "" `=` and a value / `timeout`'],
    ["timeout == 5m", '(= timeout duration:300000)\n! expected "" `=` and a value / `timeout`'],
    ["timeout 5m", '(= timeout duration:300000)\n! expected "" `=` and a value / `timeout`'],
    ["tim", '(= tim ?)\n! expected "" `=` and a value / `tim`'],
    ["rollback", '(rollback ?)\n! expected "" how to undo it: a call, `{`, `auto` or `nothing` / `rollback`'],
    [
      "escalate sre after 1h",
      '(escalate sre :after duration:3600000)\n! expected "" `to` and who is asked next / `escalate`',
    ],
    ["let a list<int> = b", '(let a :list<int> b)\n! expected "" `:` / `a`'],
  ]);
});
