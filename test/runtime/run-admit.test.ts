import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { type Admission, admit } from "../../runtime/run/admit.ts";
import { runId } from "../../runtime/run/id.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { approve, DIGEST, guardrail, plan, planFile, step, T0 } from "./run-plans.ts";
import { approval } from "./run-world.ts";

const OTHER = DIGEST.replace("0", "1");

const good: Admission = {
  now: T0,
  digestOfBytes: DIGEST,
  sources: new Map([["a.ops", DIGEST]]),
  manifests: new Map([["world", DIGEST]]),
  approvals: [],
  applier: "eve@example.com",
  usedBy: null,
  signed: null,
  rules: realRules,
};
const of = (more: Partial<Plan> = {}): Plan =>
  plan([step("a")], { sources: [{ path: "a.ops", sha256: DIGEST }], ...more });
const kinds = (it: Plan, given: Partial<Admission>): string[] =>
  admit(planFile(it), { ...good, ...given }).map((r) => r.kind);

describe("a plan is applied", () => {
  test("when everything is as it was", () => {
    expect(admit(planFile(of()), good)).toEqual([]);
  });

  test("unless a step of it is to end by itself: nothing here would end it", () => {
    const [refusal, ...rest] = admit(planFile(of({ nodes: [step("grant", [], { lease: 7_200_000 })] })), good);
    expect(rest).toEqual([]);
    expect(refusal).toMatchObject({
      kind: "lease",
      message: "grant is granted for 2h (a.ops:1:1), and nothing here would end it then",
    });
  });

  test.each([
    ["edited", { digestOfBytes: OTHER }],
    ["used", { usedBy: "20261121-0914-k3f9q2" }],
    ["expired", { now: T0 + 86_400_000 }],
    ["stale_sources", { sources: new Map([["a.ops", OTHER]]) }],
    ["stale_sources", { sources: new Map() }],
    [
      "stale_sources",
      {
        sources: new Map([
          ["a.ops", DIGEST],
          ["new.ops", DIGEST],
        ]),
      },
    ],
    ["provider_changed", { manifests: new Map([["world", OTHER]]) }],
  ] as const)("not when %s: %o", (kind, given) => {
    expect(kinds(of(), given)).toEqual([kind]);
  });

  test("not when a hard or soft guardrail fails; advice does not stop it, and what is deferred is for the run", () => {
    const failing = (enforcement: "hard" | "soft" | "advisory") =>
      of({ guardrails: [guardrail("g", constant(false), { enforcement, status: "fail", why: "too many" })] });
    expect(admit(planFile(failing("hard")), good)).toMatchObject([
      { kind: "guardrail", message: "guardrail g (a.ops:6:1) does not hold: too many" },
    ]);
    expect(kinds(failing("soft"), {})).toEqual(["guardrail"]);
    expect(kinds(failing("advisory"), {})).toEqual([]);
    expect(kinds(of({ guardrails: [guardrail("g", constant(true))] }), {})).toEqual([]);
  });

  test("not without its approvals, nor by who applies it, nor when denied", () => {
    const asked = plan([approve("ok", [], { upfront: true }), step("a", ["ok"])], {
      sources: [{ path: "a.ops", sha256: DIGEST }],
    });
    const kindsOf = (approvals: Admission["approvals"], applier = "eve@example.com") =>
      kinds(asked, { approvals, applier });
    expect(kindsOf([])).toEqual(["approval_missing"]);
    expect(kindsOf([approval("ana@example.com")])).toEqual([]);
    expect(kindsOf([approval("ana@example.com")], "ana@example.com")).toEqual(["approval_missing"]);
    expect(kindsOf([approval("ana@example.com"), approval("ben@example.com", { decision: "deny" })])).toEqual([
      "denied",
    ]);
  });

  test("everything against it is said at once, with what to do", () => {
    const all = admit(planFile(of()), { ...good, digestOfBytes: OTHER, now: T0 + 1e9, usedBy: "r" });
    expect(all.map((r) => r.kind)).toEqual(["edited", "used", "expired"]);
    for (const refusal of all) expect(refusal.remedy).toContain("opsc");
  });
});

test("names of runs sort by time and are short", () => {
  expect(runId(T0, () => 0)).toBe("20261121-0914-222222");
  expect(runId(T0, () => 0.999_999)).toBe("20261121-0914-zzzzzz");
  expect(runId(T0 + 60_000, () => 0) > runId(T0, () => 0.99)).toBe(true);
});
