import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ApproveNode } from "../../compiler/plan/plan.schema.ts";
import { identityKey } from "../../runtime/approvals/identity.ts";
import { AT_THEIR_WORD, type Judge } from "../../runtime/approvals/judge.ts";
import { nextEscalation, type Tally, type TallyFor, tally } from "../../runtime/approvals/tally.ts";
import type { Approval } from "../../runtime/event.schema.ts";
import { approval, NONCE, PLAN } from "./store-events.ts";

const NOW = Date.parse("2026-11-21T10:00:00.000Z");
const HOUR = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();
const ONCALL = {
  id: "payments_oncall",
  title: "Payments on-call",
  members: ["ana@example.com", "ben@example.com", "dana@example.com"],
};
const SRE = { id: "sre", title: "SRE", members: ["cleo@example.com", "ana@example.com"] };

function node(over: Partial<ApproveNode> = {}): ApproveNode {
  return {
    kind: "approve",
    id: "approve_1",
    at: "scale.ops:20:3",
    part: "",
    element: null,
    after: [],
    when: [],
    upfront: true,
    mode: "one",
    groups: [ONCALL],
    quorum: 1,
    within: null,
    escalate: [],
    ...over,
  };
}

const who: TallyFor = {
  requester: "dana@example.com",
  applier: null,
  now: NOW,
  asked: NOW,
  planned: NOW - 30 * 24 * HOUR,
  digest: PLAN,
  nonce: NONCE,
  run: null,
  breakGlass: [],
  judge: AT_THEIR_WORD,
};
const by = (name: string, over: Partial<Approval> = {}): Approval =>
  approval({ who: `${name}@example.com`, at: at(NOW - HOUR), ...over });
const whys = (result: Tally): string[] => result.ignored.map((ignored) => ignored.why);

test("whoever denies approves nothing, and what is set aside in an emergency is not where somebody denies", () => {
  const both = tally(node({ quorum: 2 }), [by("ana"), by("ben"), by("ana", { decision: "deny", at: at(NOW) })], who);
  expect(both.denied?.who).toBe("ana@example.com");
  expect(both.counted.map((each) => each.who)).toEqual(["ben@example.com"]);
  expect(whys(both)).toEqual(["the same person denies"]);
  const glass = {
    ...who,
    applier: "eve@example.com",
    breakGlass: [{ id: "o", title: "o", members: ["dana@example.com"] }],
  };
  const override = { guardrails: [], approvals: ["approve_1"], applier: "eve@example.com" };
  const broken = by("dana", { decision: "override", comment: "it burns all over", override });
  expect(tally(node(), [broken], glass)).toMatchObject({ met: true, override: broken });
  const denied = tally(node(), [broken, by("ben", { decision: "deny" })], glass);
  expect(denied).toMatchObject({ met: false, override: null });
});

describe("a quorum", () => {
  test("is met by so many different members, who are named with how they are known", () => {
    const result = tally(node({ quorum: 2 }), [by("ana"), by("ben")], who);
    expect(result).toEqual({
      met: true,
      override: null,
      counted: [
        { group: "payments_oncall", who: "ana@example.com", identity: "unverified" },
        { group: "payments_oncall", who: "ben@example.com", identity: "unverified" },
      ],
      missing: [],
      denied: null,
      ignored: [],
    });
  });

  test("that is not met says how many are missing and who can still give it", () => {
    const result = tally(node({ quorum: 2 }), [by("ana")], who);
    expect(result.met).toBe(false);
    expect(result.missing).toEqual([
      { group: { id: "payments_oncall", title: "Payments on-call" }, needed: 1, from: ["ben@example.com"] },
    ]);
  });

  test("counts a person once, however often and however spelled they approve", () => {
    const twice = [
      by("ana"),
      by("ana", { at: at(NOW) }),
      by("ANA"),
      approval({ who: " ana@example.com ", at: at(NOW) }),
    ];
    expect(tally(node({ quorum: 2 }), twice, who).met).toBe(false);
    expect(tally(node({ quorum: 1 }), [approval({ who: "Ana@Example.com", at: at(NOW) })], who).met).toBe(true);
    const composed = node({ groups: [{ ...ONCALL, members: ["zo\u00eb@example.com"] }] });
    expect(tally(composed, [approval({ who: "zoe\u0308@example.com", at: at(NOW) })], who).met).toBe(true);
  });

  test("of any of several groups takes members of all of them together", () => {
    const any = node({ mode: "any", groups: [ONCALL, SRE], quorum: 2 });
    expect(tally(any, [by("ben"), by("cleo")], who).met).toBe(true);
    expect(tally(any, [by("ana")], who).missing).toEqual([
      {
        group: { id: "payments_oncall|sre", title: "Payments on-call or SRE" },
        needed: 1,
        from: ["ben@example.com", "cleo@example.com"],
      },
    ]);
  });

  test("of all of several groups is met in each; one person counts in each they are in", () => {
    const all = node({ mode: "all", groups: [ONCALL, SRE] });
    expect(tally(all, [by("ana")], who)).toMatchObject({
      met: true,
      counted: [{ group: "payments_oncall" }, { group: "sre" }],
    });
    const half = tally(all, [by("ben")], who);
    expect(half.met).toBe(false);
    expect(half.missing).toEqual([
      { group: { id: "sre", title: "SRE" }, needed: 1, from: ["cleo@example.com", "ana@example.com"] },
    ]);
    expect(tally(node({ ...all, quorum: 2 }), [by("ana"), by("ben")], who).missing.map((one) => one.group.id)).toEqual([
      "sre",
    ]);
  });

  test("is never met by who asks or who applies, nor by strangers", () => {
    const result = tally(node(), [by("dana"), by("ben"), by("eve")], { ...who, applier: "BEN@example.com" });
    expect(result.met).toBe(false);
    expect(whys(result)).toEqual([
      "who applies a plan does not approve it",
      "who asks for a run does not approve it",
      "eve@example.com is in none of the groups asked",
    ]);
    expect(result.missing[0]?.from).toEqual(["ana@example.com"]);
  });
});

describe("an approval counts only", () => {
  test("for its plan, its run and its node", () => {
    const otherPlan = by("ana", { plan: `sha256:${"0".repeat(64)}` });
    expect(whys(tally(node(), [otherPlan], who))).toEqual(["it is for another plan"]);
    expect(whys(tally(node(), [by("ana", { run: "r-1" })], who))).toEqual(["it is for another run"]);
    expect(tally(node(), [by("ana", { run: "r-1" })], { ...who, run: "r-1" }).met).toBe(true);
    expect(whys(tally(node(), [by("ana", { node: "approve_2" })], who))).toEqual(["it is for approve_2"]);
    expect(tally(node(), [by("ana", { node: "approve_1" })], who).met).toBe(true);
  });

  test("in the middle of a run, for that run and that point of it", () => {
    const later = node({ upfront: false });
    const inRun = { ...who, run: "r-1" };
    expect(whys(tally(later, [by("ana")], inRun))).toEqual(["it was given before the run came to this point"]);
    expect(whys(tally(later, [by("ana", { run: "r-1" })], inRun))).toEqual([
      "it covers only what is asked for with the plan",
    ]);
    expect(tally(later, [by("ana", { run: "r-1", node: "approve_1" })], inRun).met).toBe(true);
    expect(tally(later, [by("ana", { run: "r-2", node: "approve_1" })], inRun).met).toBe(false);
  });

  test("as long as it holds, and not before it was given", () => {
    const within = node({ within: HOUR });
    expect(tally(within, [by("ana", { at: at(NOW - HOUR) })], who).met).toBe(true);
    expect(whys(tally(within, [by("ana", { at: at(NOW - HOUR - 1) })], who))).toEqual(["it is too old by now"]);
    expect(tally(node(), [by("ana", { at: at(NOW + 60_000) })], who).met).toBe(true);
    expect(whys(tally(node(), [by("ana", { at: at(NOW + 60_001) })], who))).toEqual(["it is dated in the future"]);
    // What cannot be a date never gets past the schema; should it, it does not count.
    expect(whys(tally(node(), [by("ana", { at: "soon" })], who))).toEqual(["its date cannot be read"]);
  });

  test("until it is withdrawn; it may be given again", () => {
    const withdrawn = [by("ana", { at: at(NOW - 30) }), by("ana", { decision: "withdraw", at: at(NOW - 20) })];
    expect(whys(tally(node(), withdrawn, who))).toEqual(["it was withdrawn"]);
    expect(tally(node(), [...withdrawn, by("ana", { at: at(NOW - 10) })], who).met).toBe(true);
    expect(tally(node(), [by("ana"), by("ben", { decision: "withdraw", at: at(NOW) })], who).met).toBe(true);
    expect(tally(node(), [by("ana"), by("ana", { decision: "withdraw" })], who).met).toBe(false);
  });
});

describe("a denial", () => {
  test("of a member stops it, whoever approves, until they withdraw it", () => {
    const deny = by("ben", { decision: "deny", at: at(NOW - 20), comment: "not today" });
    const denied = tally(node(), [by("ana"), deny], who);
    expect(denied).toMatchObject({ met: false, denied: deny, missing: [], counted: [{ who: "ana@example.com" }] });
    expect(tally(node(), [by("ana"), deny, by("ben", { at: at(NOW) })], who).denied).toEqual(deny);
    const back = by("ben", { decision: "withdraw", at: at(NOW - 10) });
    expect(tally(node(), [by("ana"), deny, back], who)).toMatchObject({ met: true, denied: null });
    expect(tally(node(), [by("ana"), deny, { ...back, at: deny.at }], who).denied).toEqual(deny);
    expect(tally(node(), [by("ana"), deny, { ...back, at: at(NOW + HOUR) }], who).denied).toEqual(deny);
  });

  test("of somebody who has no say does not", () => {
    const denials = ["dana", "eve", "cleo"].map((name) => by(name, { decision: "deny" }));
    expect(tally(node(), [by("ana"), ...denials], who)).toMatchObject({ met: true, denied: null });
  });

  test("by a clock that is ahead holds all the same", () => {
    expect(tally(node(), [by("ana"), by("ben", { decision: "deny", at: at(NOW + HOUR) })], who).met).toBe(false);
  });
});

describe("an escalation", () => {
  const later = [{ after: HOUR, mode: "one" as const, groups: [SRE] }];

  test("lets others give it too, from its time on and not before", () => {
    const asked = node({ escalate: later });
    const early = tally(asked, [by("cleo")], { ...who, asked: NOW - HOUR + 1 });
    expect(early.met).toBe(false);
    expect(whys(early)).toEqual(["cleo@example.com may give it only from 2026-11-21T10:00:00.001Z"]);
    expect(nextEscalation(asked, { ...who, asked: NOW - HOUR + 1 })?.from).toBe(NOW + 1);
    const due = tally(asked, [by("cleo")], { ...who, asked: NOW - HOUR });
    expect(due).toMatchObject({ met: true, counted: [{ group: "sre", who: "cleo@example.com" }] });
    expect(nextEscalation(asked, { ...who, asked: NOW - HOUR })).toBeNull();
  });

  test("counts people of both together, and each once", () => {
    const asked = node({ quorum: 2, escalate: later });
    const due = { ...who, asked: NOW - HOUR };
    expect(tally(asked, [by("ben"), by("cleo")], due).met).toBe(true);
    expect(tally(asked, [by("ana")], due).missing).toMatchObject([
      { group: { title: "Payments on-call or SRE" }, needed: 1, from: ["ben@example.com", "cleo@example.com"] },
    ]);
  });

  test("stands beside all of several groups, and either is enough", () => {
    const both = { mode: "all" as const, groups: [{ ...ONCALL, members: ["ben@example.com"] }, SRE] };
    const boss = { id: "boss", title: "Boss", members: ["zoe@example.com"] };
    const asked = node({ ...both, escalate: [{ after: HOUR, mode: "one", groups: [boss] }] });
    const due = { ...who, asked: NOW - HOUR };
    expect(tally(asked, [by("zoe")], due).met).toBe(true);
    expect(tally(asked, [by("ben"), by("cleo")], due).met).toBe(true);
    expect(tally(asked, [by("ben")], due).missing).toMatchObject([{ group: { id: "sre" } }]);
  });

  test("lets those deny, too, who may give it by then", () => {
    const asked = node({ escalate: later });
    const said = [by("ben"), by("cleo", { decision: "deny" })];
    expect(tally(asked, said, { ...who, asked: NOW }).met).toBe(true);
    expect(tally(asked, said, { ...who, asked: NOW - HOUR }).denied?.who).toBe("cleo@example.com");
  });
});

/** One key may sign for ana and for cleo. */
const SHARED_KEY: Judge = {
  ...AT_THEIR_WORD,
  personOf: (name) => identityKey(name).replace(/^(?:ana|cleo)@/, "one@"),
};

describe("whatever is said by whoever, whenever:", () => {
  const names = fc.constantFrom(
    "ana@example.com",
    "ANA@example.com",
    "ben@example.com",
    "cleo@example.com",
    "dana@example.com",
    "eve@example.com",
  );
  const anApproval = fc.record({
    approvalVersion: fc.constant(1 as const),
    plan: fc.constantFrom(PLAN, PLAN, PLAN, `sha256:${"0".repeat(64)}`),
    nonce: fc.constant(NONCE),
    run: fc.constantFrom(null, "r-1", "r-2"),
    node: fc.constantFrom(null, "approve_1", "approve_2"),
    decision: fc.constantFrom("approve" as const, "approve" as const, "deny" as const, "withdraw" as const),
    who: names,
    comment: fc.constant(null),
    at: fc.integer({ min: -5, max: 2 }).map((hours) => at(NOW + hours * HOUR)),
    identity: fc.constant("unverified" as const),
    signature: fc.constant(null),
  });
  const aNode = fc
    .record({
      mode: fc.constantFrom("one" as const, "any" as const, "all" as const),
      groups: fc.boolean().map((both) => (both ? [ONCALL, SRE] : [ONCALL])),
      quorum: fc.integer({ min: 1, max: 2 }),
      within: fc.constantFrom(null, 2 * HOUR),
      upfront: fc.boolean(),
      escalate: fc.boolean().map((is) => (is ? [{ after: 2 * HOUR, mode: "one" as const, groups: [SRE] }] : [])),
    })
    .map(node);
  const aWho = fc.record({
    requester: names,
    applier: fc.option(names),
    now: fc.constant(NOW),
    asked: fc.integer({ min: -5, max: 0 }).map((hours) => NOW + hours * HOUR),
    planned: fc.constant(NOW - 30 * 24 * HOUR),
    digest: fc.constant(PLAN),
    nonce: fc.constant(NONCE),
    breakGlass: fc.constant<TallyFor["breakGlass"]>([]),
    judge: fc.constantFrom(AT_THEIR_WORD, SHARED_KEY),
    run: fc.constantFrom(null, "r-1"),
  });
  const all = fc.array(anApproval, { maxLength: 12 });

  test("who counts are different people, none of them whoever asks or applies, under no name", () => {
    fc.assert(
      fc.property(aNode, all, aWho, (asked, said, whom) => {
        const { personOf } = whom.judge;
        const { counted, met } = tally(asked, said, whom);
        const people = counted.map(({ who: name }) => personOf(name));
        for (const barred of [whom.requester, whom.applier ?? whom.requester])
          expect(people).not.toContain(personOf(barred));
        if (asked.mode !== "all") expect(new Set(people).size).toBe(people.length);
        if (met && asked.mode === "one") expect(new Set(people).size).toBeGreaterThanOrEqual(asked.quorum);
      }),
    );
  });

  test("the order does not matter", () => {
    const shuffled = all.chain((said) =>
      fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })),
    );
    fc.assert(
      fc.property(aNode, shuffled, aWho, (asked, [said, otherwise], whom) => {
        expect(tally(asked, otherwise, whom)).toEqual(tally(asked, said, whom));
      }),
    );
  });

  test("who counts is a member, neither requester nor applier, and said so; met means enough of them", () => {
    fc.assert(
      fc.property(aNode, all, aWho, (asked, said, whom) => {
        const result = tally(asked, said, whom);
        const due = asked.escalate.filter(({ after }) => whom.asked + after <= whom.now);
        const groups = [...asked.groups, ...due.flatMap((each) => each.groups)];
        for (const one of result.counted) {
          expect(groups.find((group) => group.id === one.group)?.members).toContain(one.who);
          expect([whom.requester.toLowerCase(), whom.applier?.toLowerCase()]).not.toContain(one.who);
          expect(
            said.some((approval) => approval.who.toLowerCase() === one.who && approval.decision === "approve"),
          ).toBe(true);
        }
        const people = (group?: string) =>
          new Set(result.counted.filter((one) => group === undefined || one.group === group).map((one) => one.who))
            .size;
        const enough =
          asked.mode === "all"
            ? asked.groups.every((group) => people(group.id) >= asked.quorum) ||
              (due.length > 0 && people("sre") >= asked.quorum)
            : people() >= asked.quorum;
        expect(result.met).toBe(enough && result.denied === null);
      }),
    );
  });

  test("one more denial never lets a run go on, nor does one more withdrawal where nobody denies", () => {
    fc.assert(
      fc.property(aNode, all, anApproval, aWho, (asked, said, more, whom) => {
        const before = tally(asked, said, whom);
        if (before.met) return;
        expect(tally(asked, [...said, { ...more, decision: "deny" }], whom).met).toBe(false);
        if (before.denied === null)
          expect(tally(asked, [...said, { ...more, decision: "withdraw" }], whom).met).toBe(false);
      }),
    );
  });
});
