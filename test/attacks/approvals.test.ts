/** Approvals of others, turned to what they were not given for: each attack leaves the count short, and says why. */
import { beforeAll, describe, expect, test } from "vitest";
import type { ApproveNode } from "../../compiler/plan/plan.schema.ts";
import { approvalSchema, REQUESTS, VERDICTS } from "../../compiler/plan/statement.schema.ts";
import { parseApproval } from "../../runtime/approvals/file.ts";
import { BY_ANY_KEY, type Judge, judgeOf } from "../../runtime/approvals/judge.ts";
import { namespaceOf, statementBytes } from "../../runtime/approvals/statement.ts";
import { type Tally, type TallyFor, tally } from "../../runtime/approvals/tally.ts";
import type { Approval } from "../../runtime/event.schema.ts";
import { NO_TRUST } from "../../runtime/trust/trust.ts";
import { email, keyOf, line, PEOPLE } from "../tools/signed-project.ts";
import { revocationList, sign } from "../tools/ssh.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-21T10:00:00.000Z");
const PLANNED = NOW - 2 * HOUR;
const PLAN = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;
const RUN = "20261121-0914-k3f9q2";

const node = (over: Partial<ApproveNode> = {}): ApproveNode => ({
  kind: "approve",
  id: "approval",
  at: "a.ops:1:1",
  part: "",
  element: null,
  after: [],
  when: [],
  upfront: true,
  mode: "one",
  groups: [{ id: "a.ops#sre", title: "SRE", members: [...PEOPLE, "dana.two", "ana.two"].map(email) }],
  quorum: 2,
  within: null,
  escalate: [],
  ...over,
});

interface Keys {
  readonly allowed?: string;
  readonly revoked?: Uint8Array | string;
}

const everybody = (): string => PEOPLE.map((who) => line(who)).join("");

function judge({ allowed = everybody(), revoked }: Keys = {}): Judge {
  return judgeOf({
    ...NO_TRUST,
    identities: "signed",
    allowedSigners: { path: "allowed_signers", text: allowed },
    revoked: revoked === undefined ? null : { path: "revoked_keys", bytes: Buffer.from(revoked) },
  });
}

interface Making extends Partial<Approval> {
  readonly key?: string;
  readonly namespace?: string;
}

/** What `who` says, signed as it stands. */
function said(who: string, { key = who, namespace, ...over }: Making = {}): Approval {
  const bare: Approval = {
    approvalVersion: 1,
    plan: PLAN,
    nonce: "n",
    run: null,
    node: null,
    decision: "approve",
    who: email(who),
    comment: null,
    at: new Date(NOW - HOUR).toISOString(),
    identity: "unverified",
    signature: null,
    ...over,
  };
  return {
    ...bare,
    identity: "ssh",
    signature: sign(keyOf(key), statementBytes(bare), namespace ?? namespaceOf(bare)),
  };
}

const count = (approvals: readonly Approval[], keys?: Keys, over: Partial<TallyFor> = {}, of = node()): Tally =>
  tally(of, approvals, {
    requester: email("dana"),
    applier: email("eve"),
    now: NOW,
    asked: PLANNED,
    planned: PLANNED,
    digest: PLAN,
    nonce: "n",
    run: null,
    breakGlass: [],
    judge: judge(keys),
    ...over,
  });

let ana: Approval;
let ben: Approval;
beforeAll(() => {
  ana = said("ana");
  ben = said("ben");
});

/** With ana's, which counts: the other is the attack. */
function refused(attack: Approval, keys?: Keys, over?: Partial<TallyFor>, of?: ApproveNode): string {
  const result = count([ana, attack], keys, over, of);
  expect(result.met).toBe(false);
  expect(result.denied).toBe(null);
  return result.ignored.find(({ approval }) => approval === attack)?.why ?? "it is not told why";
}

test("what is as it should be counts", () => {
  expect(count([ana, ben])).toMatchObject({ met: true, ignored: [] });
  expect(count([ana, ben]).counted.map(({ who, identity }) => [who, identity])).toEqual([
    [email("ana"), "ssh"],
    [email("ben"), "ssh"],
  ]);
});

describe("given for something else", () => {
  test("replayed on another plan, as it is or made to name this one", () => {
    const old = said("ben", { plan: OTHER });
    expect(refused(old)).toBe("it is for another plan");
    expect(refused({ ...old, plan: PLAN })).toMatch(/not of this content/);
    expect(refused(said("ben", { nonce: "m" }))).toBe("it is for another plan");
  });

  test("copied to another run, or to another approval of this one", () => {
    const midway = node({ upfront: false, quorum: 1 });
    const of = { run: RUN };
    const right = said("ben", { run: RUN, node: "approval" });
    expect(count([right], {}, of, midway).met).toBe(true);
    expect(count([said("ben", { run: "20261121-0914-aaaaaa", node: "approval" })], {}, of, midway)).toMatchObject({
      met: false,
      ignored: [{ why: "it is for another run" }],
    });
    expect(count([said("ben", { run: RUN, node: "approval~2" })], {}, of, midway)).toMatchObject({
      met: false,
      ignored: [{ why: "it is for approval~2" }],
    });
    // What was given with the plan is no word on what the run stops for.
    expect(count([ben], {}, of, midway).met).toBe(false);
    for (const turned of [
      { ...right, node: null },
      { ...right, run: null },
      { ...ben, run: RUN, node: "approval" },
    ])
      expect(count([turned], {}, of, midway).met).toBe(false);
  });

  test("a request is no approval, whatever it is made to say", () => {
    const request = { ...said("ben"), decision: "request" };
    expect(approvalSchema.safeParse(request).success).toBe(false);
    expect(refused(said("ben", { namespace: "opsc.request" }))).toBe(
      'it was signed for "opsc.request", not for "opsc.approval"',
    );
  });
});

describe("signed by whoever may not", () => {
  test("in the namespace of something else: a commit, a file", () => {
    for (const namespace of ["git", "file", "opsc", "opsc.approval.x"])
      expect(refused(said("ben", { namespace }))).toMatch(/^it was signed for "/);
    const bound = everybody().replace(line("ben"), line("ben", 'namespaces="git"'));
    expect(refused(ben, { allowed: bound })).toBe("allowed_signers, line 2 does not let this key sign opsc.approval");
  });

  test("the key swapped: ben's word by another's key, and another's signature under ben's word", () => {
    expect(refused(said("ben", { key: "cleo" }))).toMatch(
      /is not allowed to sign for ben@example\.com: allowed_signers, line 3 is for cleo/,
    );
    expect(refused(said("ben", { key: "mallory" }))).toMatch(/is not in allowed_signers$/);
    expect(refused({ ...ben, signature: said("cleo").signature })).toMatch(/not of this content/);
    expect(refused({ ...ben, signature: ana.signature })).toMatch(/not of this content/);
  });

  test("nobody: not signed at all", () => {
    expect(refused({ ...ben, identity: "unverified", signature: null })).toMatch(/^it is not signed/);
    // Nor is it an approval to say that it is signed, or not.
    expect(approvalSchema.safeParse({ ...ben, signature: null }).success).toBe(false);
    expect(approvalSchema.safeParse({ ...ben, identity: "unverified" }).success).toBe(false);
  });

  test("by whoever asked for it or applies it", () => {
    expect(refused(said("dana"))).toBe("who asks for a run does not approve it");
    expect(refused(said("eve"))).toBe("who applies a plan does not approve it");
  });

  test("under a second name for one key: of the requester, and of who has approved", () => {
    const two = `${everybody()}${line("dana", "", email("dana.two"))}${line("ana", "", email("ana.two"))}`;
    expect(refused(said("dana.two", { key: "dana" }), { allowed: two })).toMatch(
      /^who asks for a run does not approve it, and one key may sign for dana@example\.com and for dana\.two@example\.com$/,
    );
    const twice = count([ana, said("ana.two", { key: "ana" })], { allowed: two });
    expect(twice).toMatchObject({ met: false, missing: [{ needed: 1 }] });
    expect(twice.counted).toHaveLength(1);
    // Also with a key of their own beside the shared one.
    const beside = `${two}${email("ana.two")} ${keyOf("ana.two").line}\n`;
    expect(count([ana, said("ana.two")], { allowed: beside }).met).toBe(false);
    expect(count([ana, said("ana.two")], { allowed: `${everybody()}${line("ana.two")}` }).met).toBe(true);
  });

  test("with a key for every name: nobody beside whoever holds it", () => {
    const any = `${everybody()}*@example.com ${keyOf("mallory").line}\n`;
    const [one, two] = [said("ben", { key: "mallory" }), said("cleo", { key: "mallory" })];
    expect(count([one, two], { allowed: any }).met).toBe(false);
    expect(count([ana, one], { allowed: any }).met).toBe(false);
  });

  test("with a certificate's authority, which is taken for no key", () => {
    const ca = everybody().replace(line("ben"), line("ben", "cert-authority"));
    expect(refused(ben, { allowed: ca })).toMatch(/is not in allowed_signers, of which line 2 cannot be used$/);
  });
});

describe("at another time", () => {
  const allowed = (options: string): string => everybody().replace(line("ben"), line("ben", options));

  test("back-dated to before the plan, or dated ahead", () => {
    expect(refused(said("ben", { at: new Date(PLANNED - HOUR).toISOString() }))).toBe(
      "it is dated before the plan was made",
    );
    expect(refused(said("ben", { at: new Date(NOW + HOUR).toISOString() }))).toBe("it is dated in the future");
  });

  test("with a key that had expired, has since, or is not valid yet", () => {
    expect(refused(ben, { allowed: allowed('valid-before="20261121083000Z"') })).toMatch(
      /is not valid at 2026-11-21T09:00:00\.000Z/,
    );
    expect(refused(ben, { allowed: allowed('valid-before="20261121093000Z"') })).toMatch(
      /is not valid at 2026-11-21T10:00:00\.000Z/,
    );
    expect(refused(ben, { allowed: allowed('valid-after="20261121093000Z"') })).toMatch(
      /is not valid at 2026-11-21T09:00:00\.000Z/,
    );
    // Back-dating it to when the key was valid does not make it so now.
    const early = said("ben", { at: new Date(PLANNED).toISOString() });
    expect(refused(early, { allowed: allowed('valid-before="20261121083000Z"') })).toMatch(
      /is not valid at 2026-11-21T10:00/,
    );
    expect(
      count([ana, ben], { allowed: allowed('valid-after="20261121083000Z",valid-before="20261121103000Z"') }).met,
    ).toBe(true);
  });

  test("with a key that is revoked, by a list of keys or of OpenSSH's own making, or by one that cannot be read", () => {
    for (const revoked of [
      `${keyOf("ben").line}\n`,
      revocationList(`key: ${keyOf("ben").line}\n`),
      revocationList(`sha256: ${keyOf("ben").line}\n`),
      revocationList(`sha1: ${keyOf("ben").line}\n`),
    ])
      expect(refused(ben, { revoked })).toMatch(/is revoked by revoked_keys$/);
    const broken = revocationList(`key: ${keyOf("cleo").line}\n`).subarray(0, 60);
    expect(refused(ben, { revoked: broken })).toMatch(
      /^revoked_keys is not whole, so it is not known which keys are revoked$/,
    );
  });
});

describe("changed after it was signed", () => {
  test("in any field, and it does not verify", () => {
    const changes: readonly Partial<Approval>[] = [
      { who: email("cleo") },
      { who: "BEN@example.com" },
      { comment: "looks right" },
      { at: new Date(NOW - HOUR + 1).toISOString() },
      { node: "approval" },
    ];
    for (const change of changes)
      expect(refused({ ...ben, ...change })).toMatch(/not of this content|not allowed to sign/);
    expect(count([ana, { ...ben, decision: "deny" }])).toMatchObject({ denied: null, met: false });
  });

  test("or written otherwise, and it is no approval", () => {
    const text = `${JSON.stringify(Object.fromEntries(Object.entries(ben).sort()))}\n`;
    expect(parseApproval(text, "a").fault).toBe(null);
    for (const other of [
      text.replace('"who":', '"who":"cleo@example.com","who":'),
      text.replace("{", "{ "),
      text.replace('"approvalVersion":1', '"approvalVersion":1.0'),
      text.replace("}", ',"more":1}'),
      text.replace('"ssh"', '"unverified"'),
    ])
      expect(parseApproval(other, "a").fault).not.toBe(null);
  });
});

describe("what stands against a plan", () => {
  test("a denial and a withdrawal are believed when they are signed, and not otherwise", () => {
    const third = said("cleo", { decision: "deny" });
    expect(count([ana, ben, third]).denied?.who).toBe(email("cleo"));
    expect(count([ana, ben, { ...third, identity: "unverified", signature: null }])).toMatchObject({
      denied: null,
      met: true,
    });
    const back = said("ana", { decision: "withdraw", at: new Date(NOW).toISOString() });
    expect(count([ana, ben, back]).met).toBe(false);
    expect(count([ana, ben, said("ana", { decision: "withdraw", key: "mallory", at: back.at })]).met).toBe(true);
  });
});

describe("what is set aside in an emergency", () => {
  const glass = { breakGlass: [{ id: "oncall", title: "On call", members: [email("dana"), email("cleo")] }] };
  const override = { guardrails: [], approvals: ["approval"], applier: email("eve") };
  const broken = (who: string, more: Making = {}): Approval =>
    said(who, { decision: "override", override, comment: "the ledger is down", ...more });

  test("is, where whoever may signed it for whoever applies, also if they asked for the plan", () => {
    expect(count([broken("dana")], {}, glass)).toMatchObject({ met: true, override: { who: email("dana") } });
    expect(count([broken("cleo")], {}, glass).met).toBe(true);
  });

  test.each<[string, () => Approval, RegExp]>([
    ["not signed", () => ({ ...broken("dana"), identity: "unverified", signature: null }), /it is not signed/],
    ["signed by another", () => broken("dana", { key: "mallory" }), /is not in allowed_signers/],
    ["signed as a request", () => broken("dana", { namespace: "opsc.request" }), /it was signed for "opsc.request"/],
    ["edited", () => ({ ...broken("dana"), comment: "another reason" }), /the signature is not of this content/],
    [
      "for another to apply",
      () => broken("dana", { override: { ...override, applier: email("ben") } }),
      /it is for ben@/,
    ],
    [
      "made to be for who applies",
      () => ({ ...broken("dana", { override: { ...override, applier: email("ben") } }), override }),
      /the signature is not of this content/,
    ],
    ["of who may not", () => broken("ben"), /may set no approval aside/],
  ])("is not, %s", (_, given, why) => {
    const attack = given();
    const result = count([attack], {}, glass);
    expect(result).toMatchObject({ met: false, override: null });
    expect(result.ignored.find(({ approval }) => approval === attack)?.why).toMatch(why);
  });

  test("is not once it was taken back, by who did it and signed that", () => {
    const back = said("dana", { decision: "withdraw", at: new Date(NOW).toISOString() });
    expect(count([broken("dana"), back], {}, glass).met).toBe(false);
    expect(count([broken("dana"), { ...back, identity: "unverified", signature: null }], {}, glass).met).toBe(true);
    expect(count([broken("dana"), said("dana", { ...back, key: "mallory" })], {}, glass).met).toBe(true);
  });
});

describe("where there is no trust root at hand", () => {
  test("what was planned for signatures counts with none but those, by whatever key where only that can be told", () => {
    const bare: Approval = { ...ben, identity: "unverified", signature: null };
    const asked = judgeOf(NO_TRUST, "signed");
    expect(asked.identities).toBe("signed");
    expect(asked.refuses(bare, NOW)?.why).toContain("it is not signed");
    expect(asked.refuses(ben, NOW)?.why).toContain("the trust root names no allowed signers");
    expect(BY_ANY_KEY.refuses(bare, NOW)?.why).toContain("it is not signed");
    expect(BY_ANY_KEY.refuses(ben, NOW)).toBeNull();
    expect(BY_ANY_KEY.refuses({ ...ben, comment: "edited" }, NOW)?.why).toContain("not of this content");
    expect(judgeOf(NO_TRUST).refuses(bare, NOW)).toBeNull();
  });

  test("each thing that is said has its namespace: what others decide on, and what somebody asks for", () => {
    for (const decision of VERDICTS) expect(namespaceOf({ decision })).toBe("opsc.approval");
    for (const decision of REQUESTS) expect(namespaceOf({ decision })).toBe("opsc.request");
  });
});
