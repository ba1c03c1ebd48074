/** What the log of a run must show of the approvals it passed, and what of them is let into it. */
import { describe, expect, test } from "vitest";
import { AT_THEIR_WORD } from "../../runtime/approvals/judge.ts";
import { passedUnapproved } from "../../runtime/approvals/passed.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import type { Approval, EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { foldLog } from "../../runtime/run/fold-log.ts";
import { givenEvents } from "../../runtime/run/people.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { approve, DIGEST, plan, planFile, step, T0 } from "./run-plans.ts";
import { approval } from "./run-world.ts";

const RUN = "20261121-0914-k3f9q2";
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const later = { id: "cto", title: "CTO", members: ["cleo@example.com"] };
const midway = approve("ask", ["a"], { escalate: [{ after: 10 * MINUTE, mode: "one", groups: [later] }] });
const upfront = { ...midway, id: "ask", after: [], upfront: true };
const glass = [{ id: "oncall", title: "On call", members: ["dana@example.com"] }];
const of = (node: typeof midway) =>
  plan([step("a"), node, step("b", ["ask"])], {
    trust: { root: "project", identities: "unverified", breakGlass: glass, digest: null },
  });

const created = (approvals: Approval[] = []): EventOf<"run.created"> => ({
  type: "run.created",
  at: at(5),
  eventVersion: 1,
  run: RUN,
  plan: DIGEST,
  action: "a.ops#act",
  requester: "dana@example.com",
  applier: "eve@example.com",
  approvals,
});
const awaited = (minutes: number): RunEvent => ({ type: "approval.awaited", at: at(minutes), node: "ask" });
const given = (who: string, minutes: number, more: Partial<Approval> = {}): RunEvent => ({
  type: "approval.given",
  at: at(minutes),
  node: "ask",
  approval: approval(who, { run: RUN, node: "ask", at: at(minutes), ...more }),
});
const passed = (minutes: number): RunEvent => ({ type: "node.passed", at: at(minutes), node: "ask" });
const why = (events: readonly RunEvent[], node = midway) =>
  passedUnapproved(of(node), DIGEST, [created(), ...events], AT_THEIR_WORD);

describe("an approval that a run passed", () => {
  test("was given by then, by who might give it by then", () => {
    expect(why([awaited(6), given("ana@example.com", 7), passed(7)])).toBeNull();
    expect(why([awaited(6), given("cleo@example.com", 17), passed(17)])).toBeNull();
    expect(why([passed(7)])).toMatchObject({ index: 1, why: expect.stringContaining("1 more of SRE") });
    expect(why([awaited(6), passed(7), given("ana@example.com", 8)])?.index).toBe(2);
    expect(why([awaited(6), given("cleo@example.com", 7), passed(7)])?.why).toContain(
      "cleo@example.com does not count: cleo@example.com may give it only from 2026-11-21T09:30:00.000Z",
    );
    // Asked for once more, as after a crash, it is not asked for anew; with the plan, when that was made.
    expect(why([awaited(6), awaited(12), given("cleo@example.com", 17), passed(17)])).toBeNull();
    const withPlan = given("cleo@example.com", 11, { run: null, node: null });
    expect(why([awaited(6), withPlan, passed(11)], upfront)).toBeNull();
    expect(why([given("cleo@example.com", 9, { run: null, node: null }), passed(9)], upfront)).not.toBeNull();
  });

  test("was not denied, by whoever may, also where others approved", () => {
    const denied = [given("ana@example.com", 7), given("ben@example.com", 7, { decision: "deny" })];
    expect(why([awaited(6), ...denied, passed(7)])?.why).toContain("ben@example.com had denied it");
  });

  test("was not by who applied it, nor by who asked for it", () => {
    const members = [{ id: "sre", title: "SRE", members: ["dana@example.com", "eve@example.com"] }];
    const own = { ...midway, groups: members } as typeof midway;
    for (const who of ["dana@example.com", "eve@example.com"])
      expect(why([awaited(6), given(who, 7), passed(7)], own)?.why).toContain("does not approve it");
  });

  test("may have been set aside in that run, for who applied it", () => {
    const override = { guardrails: [], approvals: ["ask"], applier: "eve@example.com" };
    const broken = (more: Partial<Approval> = {}): RunEvent =>
      given("dana@example.com", 7, {
        node: null,
        decision: "override",
        comment: "it burns all over",
        override,
        ...more,
      });
    expect(why([awaited(6), broken(), passed(7)])).toBeNull();
    expect(why([awaited(6), broken({ run: null }), passed(7)])).not.toBeNull();
    expect(
      why([awaited(6), broken({ override: { ...override, applier: "ana@example.com" } }), passed(7)]),
    ).not.toBeNull();
    expect(why([awaited(6), broken(), given("ana@example.com", 7, { decision: "deny" }), passed(7)])).not.toBeNull();
  });

  test("stops whoever would go on with the run", () => {
    const held: RunEvent = { type: "run.held", at: at(5), host: "h", pid: 1, fence: 1 };
    const log = [created(), held, awaited(6), passed(7)];
    expect(() => foldLog(RUN, planFile(of(midway)), realRules, log, 1)).toThrow("without the approvals it takes");
  });
});

describe("what is said of a run", () => {
  const state = () => {
    const fresh = newState(of(midway), realRules, { parallel: 1 });
    return Object.assign(fresh, { run: RUN, digest: DIGEST, applier: "eve@example.com" });
  };
  const override = { guardrails: [], approvals: ["ask"], applier: "eve@example.com" };
  const broken = (more: Partial<Approval> = {}): Approval =>
    approval("dana@example.com", { run: RUN, decision: "override", comment: "it burns all over", override, ...more });
  const taken = (...all: Approval[]): string[] =>
    givenEvents(state(), all, at(7)).map((event) => (event.type === "approval.given" ? event.approval.decision : ""));

  test("is taken in where it is of this run, and what is set aside where that counts in it", () => {
    expect(taken(approval("ana@example.com", { run: RUN, node: "ask" }))).toEqual(["approve"]);
    expect(taken(approval("ana@example.com", { run: "another", node: "ask" }))).toEqual([]);
    expect(taken(approval("ana@example.com", { run: RUN, node: "other" }))).toEqual([]);
    expect(taken(broken())).toEqual(["override"]);
    expect(taken(broken({ override: { ...override, approvals: ["other"] } }))).toEqual([]);
    // That the glass was broken is said of no run in which it was not.
    expect(taken(broken({ override: { ...override, applier: "ben@example.com" } }))).toEqual([]);
    const back = approval("dana@example.com", { run: RUN, node: "ask", decision: "withdraw", at: at(1) });
    expect(taken(broken(), back)).toEqual(["withdraw"]);
  });
});
