/** A store that somebody damaged: what is damaged is told as such, the rest is there, and nothing is called a fault of opsc. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { runsOutputSchema } from "../../cli/output.schema.ts";
import { openStore } from "../../cli/store.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { makeProject, opsc, type Ran } from "./opsc.ts";

const project = makeProject({
  "main.ops": `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action fine() {
  step w = file.write(path: "x", content: "x") { rollback auto }
}
action asks() {
  step w = file.write(path: "y", content: "x") { rollback auto }
  approve by sre
  step z = file.write(path: "z", content: "x") { rollback auto }
}
`,
});
const AS = { OPSC_AS: "dana@example.com" };
let run = "";
let plan = "";

beforeAll(async () => {
  expect((await opsc(["apply", "fine", "--yes"], project, "", AS)).code).toBe(0);
  expect((await opsc(["apply", "asks", "--yes"], project, "", AS)).code).toBe(4);
  const told = JSON.parse((await opsc(["runs", "--json", "--action", "asks"], project)).out) as {
    runs: { run: string; plan: string }[];
  };
  run = told.runs[0]?.run ?? "";
  plan = told.runs[0]?.plan ?? "";
});

/** A copy of the project, to be damaged. */
function copy(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-damaged-"));
  cpSync(project, folder, { recursive: true });
  return folder;
}

function sql(folder: string, text: string, ...values: string[]): void {
  const db = new DatabaseSync(path.join(folder, ".opsc/opsc.db"));
  db.exec("drop trigger if exists entries_are_fixed");
  db.prepare(text).run(...values);
  db.close();
}

/** An entry with all its hashes right, after those of the run. */
async function append(folder: string, event: RunEvent): Promise<void> {
  const store = await openStore(folder, { create: false });
  const claim = await store.claim(run);
  const stream = `run/${run}`;
  await store.append([{ stream, expected: (await store.read(stream)).length, fence: claim.fence, events: [event] }]);
  await claim.release();
  await store.close();
}

const ABOUT_IT = (): string[][] => [
  ["show", run],
  ["approve", run, "--as", "ana@example.com"],
  ["resume", run],
  ["cancel", run],
];

async function allTell(folder: string, what: RegExp, commands = ABOUT_IT()): Promise<void> {
  for (const args of commands) {
    const told: Ran = await opsc(args, folder, "", AS);
    expect(told, `${args[0]}: ${told.err}`).toMatchObject({ code: 8 });
    expect(told.err.replaceAll(/\s+/g, " "), args[0]).toMatch(what);
  }
}

async function listed(folder: string, what: string): Promise<void> {
  const told = await opsc(["runs"], folder, "", AS);
  expect(told.code).toBe(8);
  expect(told.out).toContain(what);
  expect(told.out).toContain("succeeded");
  const doctor = await opsc(["doctor", "--fast"], folder, "", AS);
  expect(doctor.code).toBe(8);
  expect(doctor.out).toContain(`run ${run} cannot be read`);
}

describe("the plan of a run", () => {
  test.each([["[[["], [""], ["null"], ["{}"]])("is %j", async (bytes) => {
    const folder = copy();
    sql(folder, "update plans set bytes = ? where digest = ?", bytes, plan);
    await allTell(folder, /the plan of run \S+ was changed in the store/);
    await listed(folder, "its plan does not verify");
  });

  test("is another that verifies by itself", async () => {
    const folder = copy();
    sql(folder, "update plans set bytes = (select bytes from plans where digest <> ?1) where digest = ?1", plan);
    await allTell(folder, /was changed in the store .*it has the digest/);
  });

  test("has a word changed", async () => {
    const folder = copy();
    sql(folder, "update plans set bytes = replace(bytes, 'ana@', 'eve@') where digest = ?", plan);
    await allTell(folder, /was changed in the store .*its content has the digest/);
    await listed(folder, "its plan does not verify");
  });
});

test("an event that cannot have happened, with its hashes right", async () => {
  const folder = copy();
  const at = new Date().toISOString();
  await append(folder, { type: "node.passed", at, node: "nope" });
  await allTell(folder, /does not go with its plan: entry \d+ \(node\.passed\) .*the plan has no node nope/);
  await listed(folder, "its log does not verify");
});

test("an approval that is passed though nobody gave it, with all hashes right", async () => {
  const store = await openStore(project, { create: false });
  const { nodes } = planFileSchema.parse(JSON.parse((await store.getPlan(plan)) ?? "")).plan;
  await store.close();
  const node = nodes.find(({ kind }) => kind === "approve")?.id ?? "";
  const folder = copy();
  const at = new Date().toISOString();
  expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  await append(folder, { type: "node.passed", at, node });
  const told = await opsc(["audit", "verify"], folder);
  expect(told.code).toBe(8);
  expect(told.out).toContain(`the approval ${node} is passed without the approvals it takes: 1 more of`);
  await allTell(folder, /is passed without the approvals it takes/);
  await listed(folder, "its log does not verify");
});

test("an approval that was given is passed, and verifies", async () => {
  const folder = copy();
  expect((await opsc(["approve", run, "--as", "ana@example.com"], folder)).code).toBe(0);
  expect((await opsc(["resume", run], folder, "", AS)).code).toBe(0);
  expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  expect((await opsc(["show", run], folder)).code).toBe(0);
});

test("a damaged entry of the log", async () => {
  const folder = copy();
  const stream = `run/${run}`;
  sql(folder, "update entries set entry = replace(entry, '\"at\":', '\"at\" :') where stream = ? and n = 1", stream);
  await allTell(folder, /entry \d+ of the log .* is damaged/);
  await listed(folder, "its log does not verify");
  // The first too, by which a run is listed at all.
  sql(folder, "update entries set entry = replace(entry, '\"at\":', '\"at\" :') where stream = ? and n = 0", stream);
  await allTell(folder, /entry \d+ of the log .* is damaged/);
  await listed(folder, "its log does not verify");
  const { runs } = runsOutputSchema.parse(JSON.parse((await opsc(["runs", "--json"], folder)).out));
  expect(runs).toMatchObject([
    { action: "main.ops#fine", status: "succeeded" },
    { run, action: null, requester: null, createdAt: null, status: null },
  ]);
  // What is asked for of another run is answered, save where it matters what this one wrote.
  const other = runs[0]?.run ?? "";
  expect((await opsc(["show", other], folder)).code).toBe(0);
  expect(await opsc(["rollback", other], folder, "", AS)).toMatchObject({
    code: 8,
    err: expect.stringContaining("is damaged"),
  });
});

describe("a store that has lost its runs", () => {
  const emptied = (): string => {
    const folder = copy();
    for (const end of ["-wal", "-shm"]) rmSync(path.join(folder, `.opsc/opsc.db${end}`), { force: true });
    writeFileSync(path.join(folder, ".opsc/opsc.db"), "");
    return folder;
  };
  const LOST = (runs: string): RegExp =>
    new RegExp(`the store knows nothing of ${runs} that were begun here: .*${run}`);

  test("is not called one in which nothing has run", async () => {
    const folder = emptied();
    const told = await opsc(["runs"], folder, "", AS);
    expect(told.out).toBe("");
    expect(told.err).toMatch(LOST("2 runs"));
    const doctor = await opsc(["doctor", "--json"], folder, "", AS);
    expect(doctor.out).toMatch(LOST("2 runs"));
  });

  test("says so also when others have run since, and never of what it knows", async () => {
    expect((await opsc(["runs"], project, "", AS)).err).toBe("");
    const folder = emptied();
    expect((await opsc(["apply", "fine", "--yes"], folder, "", AS)).code).toBe(0);
    const told = await opsc(["runs"], folder, "", AS);
    expect(told.out).toContain("succeeded");
    expect(told.err).toMatch(LOST("2 runs"));
  });
});
