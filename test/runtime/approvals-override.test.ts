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
  applier: "eve@example.com",
  run: null,
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
  override: { guardrails: ["m#g"], approvals: ["ask"], applier: "Eve@example.com" },
  who: "dana@example.com",
  comment: "it burns all over",
  at: new Date(NOW - 60_000).toISOString(),
  identity: "unverified",
  signature: null,
  ...over,
});
const ask = { id: "ask", upfront: true };
const midway = { id: "ask", upfront: false };
const RUN = "20261121-0914-k3f9q2";
const soft = (mode: "one" | "any" | "all", ...groups: ReturnType<typeof group>[]) =>
  ({ id: "m#g", enforcement: "soft", overrideBy: { mode, groups } }) as const;
const oncall = group("oncall", "DANA@example.com");
const sre = group("sre", "ana@example.com");

describe("an override counts", () => {
  test("of who may, for what it names, and the requester may be who does", () => {
    expect(approvalOverride(ask, [given()], who)?.who).toBe("dana@example.com");
    expect(approvalOverride({ id: "other", upfront: true }, [given()], who)).toBeNull();
    expect(approvalOverride(ask, [given({ who: "eve@example.com" })], who)).toBeNull();
    expect(approvalOverride(ask, [given()], { ...who, breakGlass: [] })).toBeNull();
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
    ["of a run, before there is one", { run: RUN }],
    ["that says nothing of what it sets aside", { override: undefined }],
    ["for another to apply the plan", { override: { guardrails: [], approvals: ["ask"], applier: "ben@example.com" } }],
  ])("not %s", (_, over) => {
    expect(voidOverride(given(over), [], who)).not.toBeNull();
    expect(approvalOverride(ask, [given(over)], who)).toBeNull();
  });

  test("for nobody while it is not known who applies the plan", () => {
    expect(approvalOverride(ask, [given()], { ...who, applier: null })).toBeNull();
    expect(guardrailOverrides(soft("one", oncall), [given()], { ...who, applier: null })).toEqual([]);
  });

  test("in the run it is for, of what that stops for in its middle; there also of what was asked for before", () => {
    const running = { ...who, run: RUN };
    expect(approvalOverride(midway, [given({ run: RUN })], running)).not.toBeNull();
    expect(approvalOverride(ask, [given({ run: RUN })], running)).not.toBeNull();
    expect(approvalOverride(ask, [given()], running)).not.toBeNull();
    // Nobody knows beforehand how far the run will have come.
    expect(approvalOverride(midway, [given()], running)).toBeNull();
    expect(approvalOverride(midway, [given()], who)).toBeNull();
    expect(approvalOverride(midway, [given({ run: "20261121-0914-aaaaaa" })], running)).toBeNull();
  });

  test("until the same person takes it back", () => {
    const back = given({ decision: "withdraw", at: new Date(NOW - 30_000).toISOString(), override: undefined });
    expect(approvalOverride(ask, [given(), back], who)).toBeNull();
    expect(approvalOverride(ask, [given(), { ...back, node: "ask" }], who)).toBeNull();
    for (const other of [
      { who: "ana@example.com" },
      { node: "other" },
      { run: RUN },
      { at: new Date(NOW - 61_000).toISOString() },
      { nonce: "m" },
      { plan: `sha256:${"b".repeat(64)}` },
    ])
      expect(approvalOverride(ask, [given(), { ...back, ...other }], who), JSON.stringify(other)).not.toBeNull();
    const [of, takenBack] = [given({ run: RUN }), { ...back, run: RUN }];
    expect(approvalOverride(midway, [of, takenBack], { ...who, run: RUN })).toBeNull();
    expect(approvalOverride(midway, [of, back], { ...who, run: RUN })).not.toBeNull();
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
        const found = approvalOverride(ask, all, who);
        expect(approvalOverride(ask, turned, who) === null).toBe(found === null);
        if (found !== null) expect(found).toMatchObject({ decision: "override", who: "dana@example.com" });
      }),
    );
  });
});
