import { describe, expect, it } from "vitest";
import { showMembers } from "./show.ts";

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
