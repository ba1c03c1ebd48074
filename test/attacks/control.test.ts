/** What is said to a run by way of its store, where only what is signed counts. */
import { expect, test } from "vitest";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { judgeOf } from "../../runtime/approvals/judge.ts";
import { namespaceOf, statementBytes } from "../../runtime/approvals/statement.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { EventOf } from "../../runtime/event.schema.ts";
import { believes } from "../../runtime/run/people.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { NO_TRUST } from "../../runtime/trust/trust.ts";
import { DIGEST, plan, step, T0 } from "../runtime/run-plans.ts";
import { email, keyOf, line } from "../tools/signed-project.ts";
import { sign } from "../tools/ssh.ts";

const RUN = "20261121-0914-k3f9q2";
const at = new Date(T0 + 1000).toISOString();
const of = plan([step("a")]);

function signed(decision: Request["decision"], over: Partial<Request> & { readonly key?: string } = {}): Request {
  const { key = "ben", ...more } = over;
  const bare: Request = {
    approvalVersion: 1,
    plan: DIGEST,
    nonce: of.nonce,
    run: RUN,
    node: null,
    decision,
    who: email("ben"),
    comment: null,
    at,
    identity: "unverified",
    signature: null,
    ...more,
  };
  return { ...bare, identity: "ssh", signature: sign(keyOf(key), statementBytes(bare), namespaceOf(bare)) };
}

const entry = (word: Request | undefined, over: Partial<EventOf<"control.said">> = {}): EventOf<"control.said"> => ({
  type: "control.said",
  at,
  what: "cancel",
  mode: "rollback",
  by: email("ben"),
  reason: null,
  ...(word === undefined ? {} : { signed: word }),
  ...over,
});

const listener = (identities: "signed" | "unverified" = "signed") =>
  believes(
    { plan: of, digest: DIGEST, run: RUN },
    judgeOf({ ...NO_TRUST, identities, allowedSigners: { path: "allowed_signers", text: line("ben") } }),
    { now: () => T0 + 2000 },
  );

test("what is signed is heard, once", () => {
  const hears = listener();
  const cancel = signed("cancel");
  expect(hears(entry(cancel))).toBe(true);
  // Whoever can write the store could say it again, also in a form of its signature that nobody has seen.
  expect(hears(entry(cancel))).toBe(false);
  expect(hears(entry(signed("cancel")))).toBe(false);
  expect(hears(entry(signed("pause"), { what: "pause", mode: null }))).toBe(true);
});

test.each([
  ["not signed", entry(undefined)],
  ["signed to pause it", entry(signed("pause"))],
  ["signed to leave what it did", entry(signed("halt"))],
  ["of another run", entry(signed("cancel", { run: "20261121-0914-aaaaaa" }))],
  ["of another plan", entry(signed("cancel", { plan: DIGEST.replace("0", "1") }))],
  ["for another reason", entry(signed("cancel"), { reason: "ben is a fool" })],
  ["of somebody else", entry(signed("cancel"), { by: email("ana") })],
  ["by a key that is nobody's", entry(signed("cancel", { key: "mallory" }))],
  ["of before the plan", entry(signed("cancel", { at: new Date(T0 - 3_600_000).toISOString() }))],
])("%s, it is not heard", (_, said) => {
  expect(listener()(said)).toBe(false);
});

test("a log with all its hashes made anew shows what was signed otherwise", async () => {
  const word = signed("cancel");
  const changed = { ...word, comment: "whatever I like" };
  for (const [said, findings] of [
    [word, 0],
    [changed, 1],
  ] as const) {
    const store = memoryStore();
    await store.append([{ stream: `control/${RUN}`, expected: 0, fence: null, events: [entry(said)] }]);
    const report = await verifyLog(store);
    expect(report.findings).toHaveLength(findings);
    if (findings > 0)
      expect(report.findings[0]).toMatchObject({
        what: "signature",
        detail:
          "what ben@example.com signed (cancel) does not verify: the signature is not of this content by this key",
      });
  }
});

test("where names are taken at their word, only a signature that does not hold is not heard", () => {
  expect(listener("unverified")(entry(undefined))).toBe(true);
  expect(listener("unverified")(entry({ ...signed("cancel"), comment: "changed" }))).toBe(false);
});
