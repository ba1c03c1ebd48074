/** What a person answers stands in what they sign: whoever holds the store can neither change it nor say it again. */
import { expect, test } from "vitest";
import { type Request, requestSchema } from "../../compiler/plan/statement.schema.ts";
import { judgeOf } from "../../runtime/approvals/judge.ts";
import { unsaidInLog } from "../../runtime/approvals/said.ts";
import { namespaceOf, statementBytes } from "../../runtime/approvals/statement.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { NO_TRUST } from "../../runtime/trust/trust.ts";
import { DIGEST, plan, step, T0 } from "../runtime/run-plans.ts";
import { email, keyOf, line } from "../tools/signed-project.ts";
import { sign } from "../tools/ssh.ts";

const RUN = "20261121-0914-k3f9q2";
const of = { ...plan([step("charge"), step("grant", [], { lease: 60_000 })]), requester: email("ana") };
const at = new Date(T0 + 1000).toISOString();

function signed(decision: Request["decision"], more: Partial<Request> = {}, person = "ana"): Request {
  const bare: Request = {
    approvalVersion: 1,
    plan: DIGEST,
    nonce: of.nonce,
    run: RUN,
    node: null,
    decision,
    who: email(person),
    comment: null,
    at,
    identity: "unverified",
    signature: null,
    ...more,
  };
  const signature = sign(keyOf(person), statementBytes(bare), namespaceOf(bare));
  return requestSchema.parse({ ...bare, identity: "ssh", signature });
}

const judge = (identities: "signed" | "unverified" = "signed") =>
  judgeOf({
    ...NO_TRUST,
    identities,
    allowedSigners: { path: "allowed_signers", text: line("ana") + line("ben") },
  });

const created: RunEvent = {
  type: "run.created",
  at,
  eventVersion: 1,
  run: RUN,
  plan: DIGEST,
  action: "a.ops#go",
  requester: email("ana"),
  applier: email("ana"),
  approvals: [],
  signed: signed("apply", { run: null }),
};
const held = (more: Partial<EventOf<"run.held">> = {}): RunEvent => ({
  type: "run.held",
  at,
  host: "h",
  pid: 1,
  fence: 2,
  ...more,
});
const begun: RunEvent[] = [created, held({ fence: 1 })];
const by = (word: Request, leases = false): RunEvent =>
  held({ by: word.who, signed: word, ...(leases ? { leases: true } : {}) });
const marked = (over: Partial<EventOf<"outcome.marked">> = {}): RunEvent => ({
  type: "outcome.marked",
  at,
  node: "charge",
  phase: "do",
  index: 0,
  decision: "done",
  by: email("ana"),
  ...over,
});
const due = (over: Partial<EventOf<"lease.due">> = {}): RunEvent => ({
  type: "lease.due",
  at,
  node: "grant",
  because: "revoked",
  by: email("ana"),
  reason: "done early",
  ...over,
});
const closed = (over: Partial<EventOf<"lease.closed">> = {}): RunEvent => ({
  type: "lease.closed",
  at,
  node: "grant",
  how: "by_hand",
  by: email("ana"),
  ...over,
});
const unsaid = (events: readonly RunEvent[], how = judge()) =>
  unsaidInLog(of, DIGEST, [...begun, ...events], how)?.why ?? null;

const done = signed("resume", { answers: [{ node: "charge", decision: "done" }] });
const onward = signed("resume");
const early = signed("revoke", { comment: "done early", leases: { nodes: ["grant"], byHand: false } });
const byHand = signed("revoke", { leases: { nodes: ["grant"], byHand: true } });

test("what was answered and signed stands", () => {
  expect(unsaid([by(done), marked()])).toBeNull();
  expect(unsaid([by(done), marked({ phase: "undo", index: 1 })])).toBeNull();
  expect(unsaid([by(early, true), due()])).toBeNull();
  expect(unsaid([by(byHand, true), closed()])).toBeNull();
  // Nobody's word: the time that is up, and how opsc fared.
  expect(unsaid([held({ leases: true }), due({ because: "time", by: null, reason: null })])).toBeNull();
  expect(unsaid([held({ leases: true }), closed({ how: "taken_back", by: null })])).toBeNull();
  const undo = signed("rollback", { comment: "slow" });
  const asked: RunEvent = { type: "run.rollback_requested", at, by: email("ana"), reason: "slow", signed: undo };
  expect(unsaid([by(undo), asked])).toBeNull();
});

test.each<[string, RunEvent[], string]>([
  [
    "the other answer",
    [by(done), marked({ decision: "retry" })],
    "did not take place, says ana@example.com, is not in",
  ],
  ["an answer on another step", [by(done), marked({ node: "grant" })], "that grant took place"],
  ["an answer of somebody else", [by(done), marked({ by: email("ben") })], "says ben@example.com, is not in what ana"],
  ["an answer that was not given", [by(onward), marked()], "is not in what ana@example.com signed"],
  [
    "an answer where nobody took it up",
    [held(), marked()],
    "that charge took place, says ana@example.com, is not signed",
  ],
  ["an answer of before", [by(done), held(), marked()], "is not signed"],
  ["going on, once more", [by(done), held(), by(done), marked()], "was said once, and is in the log twice"],
  ["the end of another lease", [by(early, true), due({ node: "charge" })], "that the lease of charge ends"],
  ["the end of a lease for another reason", [by(early, true), due({ reason: "fired" })], "the lease of grant ends"],
  [
    "the end of a lease where it is to be by hand",
    [by(byHand, true), due({ reason: null })],
    "the lease of grant ends",
  ],
  ["that it was taken back by hand", [by(early, true), closed()], "that what grant gave was taken back by hand"],
  ["that another was taken back by hand", [by(byHand, true), closed({ node: "charge" })], "that what charge gave"],
  ["that nobody took it back by hand", [by(byHand, true), closed({ by: null })], "taken back by hand, says ,"],
  ["to undo all of it", [by(early)], "it says revoke, not resume"],
  ["to go on with it", [by(onward, true)], "it says resume, not revoke"],
  [
    "to undo it for another reason",
    [
      by(signed("rollback", { comment: "slow" })),
      {
        type: "run.rollback_requested",
        at,
        by: email("ana"),
        reason: "ben is a fool",
        signed: signed("rollback", { comment: "slow" }),
      },
    ],
    "it is for another reason",
  ],
])("made of what was signed: %s", (_, events, why) => {
  expect(unsaid(events)).toContain(why);
});

test("a request that the log holds is the requester's own, also where they applied it", () => {
  const asked = signed("request", { run: null });
  const why = (request: Request, more: object = {}) =>
    unsaidInLog(of, DIGEST, [{ ...created, request, ...more } as RunEvent], judge())?.why ?? null;
  expect(why(asked)).toBeNull();
  expect(why({ ...asked, comment: "changed" })).toContain("the signature is not of this content");
  expect(why(signed("request", { run: null }, "ben"))).toContain("it is by ben@example.com, not by ana@example.com");
  expect(why(signed("apply", { run: null }))).toContain("it says apply, not request");
});

test("changed within what was signed, it does not verify", () => {
  const other = { ...done, answers: [{ node: "charge", decision: "retry" as const }] };
  expect(unsaid([by(other), marked({ decision: "retry" })])).toContain("the signature is not of this content");
});

test("names at their word may say anything; who signed all the same is held to it", () => {
  const loose = judge("unverified");
  expect(unsaid([held({ by: email("ana") }), marked(), due(), closed()], loose)).toBeNull();
  expect(unsaid([by(done), marked({ decision: "retry" })], loose)).toContain("is not in what ana@example.com signed");
});

test("an answer goes with what it is an answer to, and with nothing else", () => {
  const parsed = (change: object) => requestSchema.safeParse({ ...onward, ...change }).success;
  const answers = [{ node: "charge", decision: "done" }];
  const leases = { nodes: ["grant"], byHand: false };
  expect(parsed({})).toBe(true);
  expect(parsed({ answers })).toBe(true);
  expect(parsed({ answers: [] })).toBe(false);
  expect(parsed({ decision: "cancel", answers })).toBe(false);
  expect(parsed({ decision: "revoke" })).toBe(false);
  expect(parsed({ decision: "revoke", leases })).toBe(true);
  expect(parsed({ decision: "revoke", leases: { ...leases, nodes: [] } })).toBe(false);
  expect(parsed({ decision: "rollback", leases })).toBe(false);
});
