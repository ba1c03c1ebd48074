import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AT_THEIR_WORD } from "../../runtime/approvals/judge.ts";
import {
  approvalOverride,
  guardrailOverrides,
  type OverrideFor,
  voidOverride,
} from "../../runtime/approvals/override.ts";
import type { Approval } from "../../runtime/event.schema.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const PLAN = `sha256:${"a".repeat(64)}`;
const group = (id: string, ...members: string[]) => ({ id, title: id, members });
const who: OverrideFor = {
  digest: PLAN,
  nonce: "n",
  requester: "dana@example.com",
  planned: NOW - 3_600_000,
  breakGlass: [group("oncall", "dana@example.com")],
  now: NOW,
  judge: AT_THEIR_WORD,
};
const given = (over: Partial<Approval> = {}): Approval => ({
  approvalVersion: 1,
  plan: PLAN,
  nonce: "n",
  run: null,
  node: null,
  decision: "override",
  override: { guardrails: ["m#g"], approvals: ["ask"] },
  who: "dana@example.com",
  comment: "it burns all over",
  at: new Date(NOW - 60_000).toISOString(),
  identity: "unverified",
  signature: null,
  ...over,
});
const soft = (mode: "one" | "any" | "all", ...groups: ReturnType<typeof group>[]) =>
  ({ id: "m#g", enforcement: "soft", overrideBy: { mode, groups } }) as const;
const oncall = group("oncall", "DANA@example.com");
const sre = group("sre", "ana@example.com");

describe("an override counts", () => {
  test("of who may, for what it names, and the requester may be who does", () => {
    expect(approvalOverride("ask", [given()], who)?.who).toBe("dana@example.com");
    expect(approvalOverride("other", [given()], who)).toBeNull();
    expect(approvalOverride("ask", [given({ who: "eve@example.com" })], who)).toBeNull();
    expect(approvalOverride("ask", [given()], { ...who, breakGlass: [] })).toBeNull();
    expect(guardrailOverrides(soft("one", oncall), [given()], who)).toHaveLength(1);
  });

  test("of each group where it takes all of them, of one where any will do", () => {
    const both = [given(), given({ who: "ana@example.com" })];
    expect(guardrailOverrides(soft("all", oncall, sre), [given()], who)).toEqual([]);
    expect(guardrailOverrides(soft("all", oncall, sre), both, who)).toHaveLength(2);
    expect(guardrailOverrides(soft("any", oncall, sre), [given()], who)).toHaveLength(1);
  });

  test("never for what is hard or advice, or where nobody is named", () => {
    expect(guardrailOverrides({ ...soft("one", oncall), enforcement: "hard" }, [given()], who)).toEqual([]);
    expect(guardrailOverrides({ id: "m#g", enforcement: "soft", overrideBy: null }, [given()], who)).toEqual([]);
  });

  test.each([
    ["of another plan", { plan: `sha256:${"b".repeat(64)}` }],
    ["of another making of the plan", { nonce: "m" }],
    ["from the future", { at: new Date(NOW + 3_600_000).toISOString() }],
    ["from before the plan", { at: new Date(NOW - 7_200_000).toISOString() }],
    ["without a reason", { comment: "  help   " }],
  ])("not %s", (_, over) => {
    expect(voidOverride(given(over), [], who)).not.toBeNull();
    expect(approvalOverride("ask", [given(over)], who)).toBeNull();
  });

  test("until the same person takes it back", () => {
    const back = given({ decision: "withdraw", at: new Date(NOW - 30_000).toISOString(), override: undefined });
    expect(approvalOverride("ask", [given(), back], who)).toBeNull();
    expect(approvalOverride("ask", [given(), { ...back, who: "ana@example.com" }], who)).not.toBeNull();
  });

  test("the order of what was given does not matter, and what is no override never counts as one", () => {
    const some = fc.record({
      who: fc.constantFrom("dana@example.com", "ana@example.com", "eve@example.com"),
      decision: fc.constantFrom<Approval["decision"]>("approve", "deny", "withdraw", "override"),
      minutes: fc.integer({ min: -90, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 8 }), fc.nat(), (list, turn) => {
        const all = list.map(({ minutes, ...each }) =>
          given({ ...each, at: new Date(NOW + minutes * 60_000).toISOString() }),
        );
        const turned = [...all.slice(turn % (all.length + 1)), ...all.slice(0, turn % (all.length + 1))];
        const found = approvalOverride("ask", all, who);
        expect(approvalOverride("ask", turned, who) === null).toBe(found === null);
        if (found !== null) expect(found).toMatchObject({ decision: "override", who: "dana@example.com" });
      }),
    );
  });
});
