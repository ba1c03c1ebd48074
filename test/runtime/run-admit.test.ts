import { describe, expect, test } from "vitest";
import { constant } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { AT_THEIR_WORD, type Judge } from "../../runtime/approvals/judge.ts";
import { type Admission, admit } from "../../runtime/run/admit.ts";
import { runId } from "../../runtime/run/id.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { approve, DIGEST, guardrail, plan, planFile, step, T0, takeBack } from "./run-plans.ts";
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
  worker: { alive: false, why: "no `opsc work` runs on this store", beat: null },
};
const of = (more: Partial<Plan> = {}): Plan =>
  plan([step("a")], { sources: [{ path: "a.ops", sha256: DIGEST }], ...more });
const kinds = (it: Plan, given: Partial<Admission>): string[] =>
  admit(planFile(it), { ...good, ...given }).map((r) => r.kind);

describe("a plan is applied", () => {
  test("when everything is as it was", () => {
    expect(admit(planFile(of()), good)).toEqual([]);
  });

  describe("with a lease", () => {
    const leased = (call: Parameters<typeof step>[2] = {}): Plan =>
      of({ nodes: [step("grant", [], { lease: 7_200_000, ...call })] });
    const alive = (...environment: string[]): Admission["worker"] => ({
      alive: true,
      why: null,
      beat: { at: "2026-11-21T09:14:00.000Z", host: "h", pid: 1, version: "1", environment, troubles: [] },
    });

    test("only while somebody would end it, or where it ends by itself", () => {
      const [refusal, ...rest] = admit(planFile(leased()), good);
      expect(rest).toEqual([]);
      expect(refusal).toMatchObject({
        kind: "lease",
        message:
          "grant is granted for 2h (a.ops:1:1), and nothing would end it then: no `opsc work` runs on this store",
      });
      expect(refusal?.remedy).toContain("opsc work");
      expect(kinds(leased(), { worker: alive() })).toEqual([]);
      expect(kinds(leased({ call: { expires: true } }), {})).toEqual([]);
    });

    test("only where whoever ends it can read the secrets that this takes", () => {
      const secret = { $secret: "a.ops#token" };
      const args = [{ name: "name", type: { kind: "json" }, value: { is: "known", value: secret } }] as const;
      const plan = {
        ...leased({ rollback: takeBack("grant", { args: [...args] }) }),
        secrets: [{ id: "a.ops#token", source: { from: "env", name: "TOKEN" } }] as const,
      };
      expect(kinds({ ...plan, secrets: [...plan.secrets] }, { worker: alive("TOKEN") })).toEqual([]);
      expect(admit(planFile({ ...plan, secrets: [...plan.secrets] }), { ...good, worker: alive("OTHER") })).toEqual([
        {
          kind: "lease",
          message: "at the end of a lease the secret token is needed, and `opsc work` has no variable TOKEN",
          remedy: "start `opsc work` with TOKEN set, and apply again",
        },
      ]);
      // What its own system ends needs nobody, so it needs nobody's variables.
      const own = leased({ call: { expires: true }, rollback: takeBack("grant", { args: [...args] }) });
      expect(kinds({ ...own, secrets: [...plan.secrets] }, { worker: alive("OTHER") })).toEqual([]);
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

  describe("where only what is signed counts", () => {
    const judge: Judge = { ...AT_THEIR_WORD, identities: "signed" };
    const rules = { ...realRules, judge };
    const word = (decision: Request["decision"], who: string, more: Partial<Request> = {}): Request => ({
      ...{ approvalVersion: 1, plan: DIGEST, nonce: of().nonce, run: null, node: null, comment: null },
      ...{ decision, who, at: new Date(T0).toISOString(), identity: "unverified", signature: null },
      ...more,
    });
    const against = (signed: Request | null, request?: Request, applier = "eve@example.com"): string[] =>
      admit(
        { ...planFile(of()), ...(request === undefined ? {} : { request }) },
        { ...good, signed, applier, rules },
      ).map(({ kind, message }) => `${kind}: ${message}`);
    const [applied, asked] = [word("apply", "eve@example.com"), word("request", "dana@example.com")];

    test("by who signed that they apply it, as who asked for it signed too or is the same", () => {
      expect(against(applied, asked)).toEqual([]);
      expect(against(word("apply", "dana@example.com"), undefined, "dana@example.com")).toEqual([]);
      expect(against(null, asked)).toEqual([
        expect.stringContaining("that eve@example.com applies the plan does not count: it is not signed"),
      ]);
      expect(against(applied)).toEqual([expect.stringContaining("the plan file holds no signature of theirs")]);
      expect(against(word("apply", "ben@example.com"), asked)).toEqual([
        expect.stringContaining("it is by ben@example.com"),
      ]);
      expect(against(applied, word("request", "ben@example.com"))).toEqual([
        expect.stringContaining("it is by ben@example.com"),
      ]);
      expect(against(applied, applied)).toEqual([expect.stringContaining("it says apply, not request")]);
      expect(against({ ...applied, nonce: "another" }, asked)).toEqual([
        expect.stringContaining("it is for another plan"),
      ]);
    });
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
