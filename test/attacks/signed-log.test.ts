/** A store in which somebody writes who has no key: nothing they write is believed, and the audit finds it. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../runtime/event.schema.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { opsc } from "../e2e/opsc.ts";
import { email, type SignedProject, signedProject } from "../tools/signed-project.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function project(): SignedProject {
  const it = signedProject();
  made.push(it.folder);
  return it;
}

async function within<T>({ folder }: SignedProject, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(path.join(folder, ".opsc"));
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

const append = (it: SignedProject, stream: string, ...events: RunEvent[]): Promise<unknown> =>
  within(it, async (store) => {
    const claim = stream.startsWith("run/") ? await store.claim(stream.slice(4)) : null;
    const expected = (await store.read(stream)).length;
    await store.append([{ stream, expected, fence: claim?.fence ?? null, events }]);
    await claim?.release();
  });

/** A run that waits for an approval on its way. */
async function waiting(): Promise<{
  readonly it: SignedProject;
  readonly run: string;
  readonly plan: string;
  readonly nonce: string;
}> {
  const it = project();
  expect((await it.run("dana", ["apply", "stop", "--yes"])).code).toBe(4);
  const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
  const run = runs[0]?.run ?? "";
  const [plan, nonce] = await within(it, async (store) => {
    const first = (await store.read(`run/${run}`))[0]?.event;
    const digest = first?.type === "run.created" ? first.plan : "";
    const file = JSON.parse((await store.getPlan(digest)) ?? "{}") as { plan: { nonce: string } };
    return [digest, file.plan.nonce];
  });
  return { it, run, plan: plan ?? "", nonce: nonce ?? "" };
}

const at = (): string => new Date().toISOString();
const forged = (of: { readonly run: string; readonly plan: string; readonly nonce: string }, who: string) =>
  ({
    approvalVersion: 1,
    plan: of.plan,
    nonce: of.nonce,
    run: of.run,
    node: "approval",
    decision: "approve",
    who: email(who),
    comment: null,
    at: at(),
    identity: "unverified",
    signature: null,
  }) as const;

describe("written into the store", { timeout: 120_000 }, () => {
  test("an approval of a plan by nobody", async () => {
    const it = project();
    await it.run("dana", ["plan", "stamp", "-o", "p.opsplan.json"]);
    await it.run("ana", ["approve", "p.opsplan.json"]);
    const { digest, plan } = JSON.parse(readFileSync(path.join(it.folder, "p.opsplan.json"), "utf8")) as {
      digest: string;
      plan: { nonce: string };
    };
    const approval = { ...forged({ run: "", plan: digest, nonce: plan.nonce }, "ben"), run: null, node: null };
    await append(it, `plan/${digest}`, { type: "approval.recorded", at: at(), approval });
    const told = await it.run("eve", ["apply", "p.opsplan.json"]);
    expect(told).toMatchObject({ code: 4 });
    expect(told.err.replace(/\s+/g, " ")).toContain("the approval of ben@example.com does not count: it is not signed");
    // Once there are enough, the log of the run names those and nobody else.
    await it.run("cleo", ["approve", "p.opsplan.json"]);
    const ran = await it.run("eve", ["apply", "p.opsplan.json"]);
    const created = await within(
      it,
      async (store) => (await store.read(`run/${/run (\S+) /.exec(ran.out)?.[1]}`))[0]?.event,
    );
    expect(created?.type === "run.created" && created.approvals.map(({ who }) => who)).toEqual([
      email("ana"),
      email("cleo"),
    ]);
  });

  test("an approval of what a run waits for, and that the run has passed it", async () => {
    const of = await waiting();
    const { it, run, plan } = of;
    const approval = forged(of, "ana");
    await append(it, `plan/${plan}`, { type: "approval.recorded", at: at(), approval });
    expect((await it.run("dana", ["resume", run])).code).toBe(4);
    await append(
      it,
      `run/${run}`,
      { type: "approval.given", at: at(), node: "approval", approval },
      { type: "node.passed", at: at(), node: "approval" },
    );
    const told = await it.run("dana", ["resume", run]);
    expect(told).toMatchObject({ code: 8, err: expect.stringContaining("is passed without the approvals it takes") });
    const audit = await opsc(["audit", "verify"], it.folder);
    expect(audit).toMatchObject({ code: 8, out: expect.stringContaining("does not count: it is not signed") });
    // Undoing it is never refused.
    expect((await it.run("ben", ["cancel", run])).code).toBe(0);
  });

  test("that somebody cancelled it", async () => {
    const { it, run } = await waiting();
    const said = {
      type: "control.said",
      at: at(),
      what: "cancel",
      mode: "rollback",
      by: email("ben"),
      reason: null,
    } as const;
    await append(it, `control/${run}`, said);
    await it.run("ana", ["approve", run]);
    expect((await it.run("dana", ["resume", run])).code).toBe(0);
    expect(JSON.parse((await opsc(["show", run, "--json"], it.folder)).out)).toMatchObject({ outcome: "succeeded" });
  });

  test("a run that nobody signed for, and one that another is made to have applied", async () => {
    const { it, run } = await waiting();
    const { events, plan } = await within(it, async (store) => {
      const log = (await store.read(`run/${run}`)).map(({ event }) => event);
      const [first] = log;
      return { events: log, plan: first?.type === "run.created" ? first.plan : "" };
    });
    const [created, ...rest] = events;
    if (created?.type !== "run.created") throw new Error("no run");
    for (const [name, change] of [
      ["20261121-0914-aaaaaa", { signed: undefined }],
      ["20261121-0914-bbbbbb", { applier: email("eve") }],
    ] as const) {
      const { signed, ...bare } = { ...created, ...change, run: name };
      const event = signed === undefined ? bare : { ...bare, signed };
      await append(it, `run/${name}`, event, ...rest.filter(({ type }) => type !== "run.created"));
      const told = await it.run("eve", ["resume", name]);
      expect(told).toMatchObject({ code: 8 });
      expect(told.err.replace(/\s+/g, " ")).toMatch(
        /(that dana@example\.com applies the plan does not count: it is not signed|what eve@example\.com signed does not count: it is by dana)/,
      );
    }
    const audit = await opsc(["audit", "verify"], it.folder);
    expect(audit.code).toBe(8);
    expect(audit.out).toContain("that dana@example.com did it is not signed");
    expect(plan).toMatch(/^sha256:/);
  });
});

describe("files that travel", { timeout: 120_000 }, () => {
  test("an approval copied beside another plan, and one edited on its way", async () => {
    const it = project();
    await it.run("dana", ["plan", "stamp", "-o", "p.opsplan.json"]);
    await it.run("dana", ["plan", "stamp", "-o", "q.opsplan.json"]);
    for (const who of ["ana", "ben"]) await it.run(who, ["approve", "p.opsplan.json", "-o", `${who}.opsapproval.json`]);
    const apply = (plan: string) => it.run("eve", ["apply", plan, "--approvals", "."]);
    expect((await apply("q.opsplan.json")).code).toBe(4);
    const file = path.join(it.folder, "ben.opsapproval.json");
    const text = readFileSync(file, "utf8");
    it.write("ben.opsapproval.json", text.replace(email("ben"), email("cleo")));
    expect(await apply("p.opsplan.json")).toMatchObject({
      code: 8,
      err: expect.stringContaining("ben.opsapproval.json does not verify"),
    });
    it.write("ben.opsapproval.json", text);
    expect((await apply("p.opsplan.json")).code).toBe(0);
  });

  test("a plan whose request was taken out, or is another's", async () => {
    const it = project();
    await it.run("dana", ["plan", "free", "-o", "f.opsplan.json"]);
    await it.run("dana", ["plan", "free", "-o", "g.opsplan.json"]);
    const read = (name: string): { request?: unknown } => JSON.parse(readFileSync(path.join(it.folder, name), "utf8"));
    const [f, g] = [read("f.opsplan.json"), read("g.opsplan.json")];
    const { request: _, ...bare } = f;
    for (const [file, why] of [
      [bare, "the plan file holds no signature of theirs"],
      [{ ...f, request: g.request }, "it is for another plan"],
    ] as const) {
      it.write("h.opsplan.json", JSON.stringify(file));
      const told = await it.run("eve", ["apply", "h.opsplan.json"]);
      expect(told).toMatchObject({ code: 3 });
      expect(told.err.replace(/\s+/g, " ")).toContain(why);
    }
    expect((await it.run("eve", ["apply", "f.opsplan.json"])).code).toBe(0);
  });

  test("the mode turned off in the tree makes the plan stale", async () => {
    const it = project();
    await it.run("dana", ["plan", "stamp", "-o", "p.opsplan.json"]);
    it.write("opsc.trust.json", JSON.stringify({ identities: "unverified" }));
    const told = await it.run("eve", ["apply", "p.opsplan.json"], null);
    expect(told.code).not.toBe(0);
    expect((await it.run("ana", ["approve", "p.opsplan.json"], null)).code).toBe(1);
  });
});
