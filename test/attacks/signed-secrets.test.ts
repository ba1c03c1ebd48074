/** What is signed holds no secret: taken out of the log, it would take the signature with it. */
import { rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { cleanStore } from "../../cli/clean.ts";
import { redactor } from "../../cli/redactor.ts";
import { secretIn, withoutSecretWords } from "../../cli/unsaid-secrets.ts";
import { AT_THEIR_WORD } from "../../runtime/approvals/judge.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { opsc } from "../e2e/opsc.ts";
import { approval } from "../runtime/store-events.ts";
import { email, keyOf, type SignedProject, signedProject } from "../tools/signed-project.ts";

const CANARY = "canary-5fd1b3-of-prod";
const MAIN = `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
secret token from env("LEDGER_TOKEN")
action put() {
  approve by sre
  step a = file.write_secret(path: "a.txt", content: token) { rollback auto }
}
`;

const made: SignedProject[] = [];
afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

test("a secret in a comment is refused before it is signed, and an approval that holds one does not count", {
  timeout: 120_000,
}, async () => {
  const it = signedProject({ "main.ops": MAIN });
  made.push(it);
  const as = (person: string, args: readonly string[], token = CANARY) =>
    opsc([...args, "--as", email(person), "--key", keyOf(person).file], it.folder, "", { LEDGER_TOKEN: token });
  expect(await as("dana", ["plan", "put", "-o", "p.opsplan.json"])).toMatchObject({ code: 0 });
  const approve = (...more: string[]) => ["approve", "p.opsplan.json", "--comment", `with ${CANARY} it works`, ...more];
  const refused = await as("ana", approve());
  expect(refused).toMatchObject({ code: 3, out: "" });
  expect(refused.err.replace(/\s+/g, " ")).toContain("what ana@example.com says is not signed: it holds a secret");
  expect(refused.err).not.toContain(CANARY);
  // Where the secret is not known nobody could tell; where the plan is applied it is.
  expect(await as("ana", approve("-o", "ana"), "")).toMatchObject({ code: 0 });
  const waits = await as("dana", ["apply", "p.opsplan.json", "--approvals", "."]);
  expect(waits.code).toBe(4);
  expect(waits.err.replace(/\s+/g, " ")).toContain("ana.opsapproval.json does not count: it holds a secret");
  expect(waits.err + waits.out).not.toContain(CANARY);
});

test("also where names are taken at their word: the plan is not used up by it", { timeout: 120_000 }, async () => {
  const it = signedProject({
    "main.ops": MAIN,
    "opsc.trust.json": JSON.stringify({ identities: "unverified", allowedSigners: "allowed_signers" }),
  });
  made.push(it);
  const as = (person: string, args: readonly string[], token = CANARY) =>
    opsc([...args, "--as", email(person)], it.folder, "", { LEDGER_TOKEN: token });
  await as("dana", ["plan", "put", "-o", "p.opsplan.json"]);
  const key = ["--key", keyOf("ana").file, "--comment", `with ${CANARY} it works`, "-o", "ana"];
  expect(await as("ana", ["approve", "p.opsplan.json", ...key], "")).toMatchObject({ code: 0 });
  const refused = await as("dana", ["apply", "p.opsplan.json", "--approvals", "."]);
  expect(refused).toMatchObject({ code: 4, out: "" });
  expect(refused.err).not.toContain(CANARY);
});

test("in whatever way it is written; what is not signed is written without it", async () => {
  const signed = approval({
    identity: "ssh",
    signature: "x",
    comment: `see ${Buffer.from(CANARY).toString("base64")}`,
  });
  expect(secretIn(signed)).toBeNull();
  redactor.learn(CANARY);
  expect(secretIn(signed)?.why).toContain("it holds a secret");
  const judge = withoutSecretWords({ ...AT_THEIR_WORD, refuses: () => null });
  expect(judge.refuses(signed, 0)?.why).toContain("it holds a secret");
  expect(judge.refuses({ ...signed, comment: "fine" }, 0)).toBeNull();
  const loose = approval({ comment: `see ${CANARY}` });
  expect(judge.refuses(loose, 0)).toBeNull();
  const store = cleanStore(memoryStore(), redactor);
  const record = (given: typeof signed) => ({
    stream: `plan/${given.plan}`,
    fence: null,
    events: [{ type: "approval.recorded" as const, at: given.at, approval: given }],
  });
  await store.append([{ ...record(loose), expected: 0 }]);
  const [kept] = await store.read(`plan/${loose.plan}`);
  expect(JSON.stringify(kept)).not.toContain(CANARY);
  expect(() => store.append([{ ...record(signed), expected: 1 }])).toThrow("holds a secret, and is not written");
  expect(await store.read(`plan/${signed.plan}`)).toHaveLength(1);
});
