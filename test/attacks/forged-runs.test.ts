/**
 * Somebody who writes the store, and may sign as one person, makes up a run: of a plan that they wrote, begun in a copy of the project
 * that says what they like. A runner with credentials goes on with none of it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vouching } from "../../cli/attesting.ts";
import { Stop } from "../../cli/exit.ts";
import { openProject } from "../../cli/project.ts";
import { vouched } from "../../cli/taking-up.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { namespaceOf, statementBytes } from "../../runtime/approvals/statement.ts";
import { generateSignerKey } from "../../runtime/checkpoints/keys.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { copyOf, makeProject, opsc, start, until } from "../e2e/opsc.ts";
import { keyOf, type SignedProject, signedProject } from "../tools/signed-project.ts";
import { sign } from "../tools/ssh.ts";

const TIME = { timeout: 240_000 };
const ORIGIN = "example.com/operations";
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const away = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-away-"));
  made.push(folder);
  return folder;
};

/** A file with a key of the log, and what verifies it. */
function logKey(): { readonly file: string; readonly vkey: string } {
  const { key, secret } = generateSignerKey(ORIGIN);
  const file = path.join(away(), "log.key");
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return { file, vkey: key.verifier.text };
}

const trustOf = (logKeys: readonly string[]): string =>
  JSON.stringify({ identities: "signed", allowedSigners: "allowed_signers", logKeys });
const configOf = (key: string): string => JSON.stringify({ audit: { checkpoint: { origin: ORIGIN, key } } });

function project(logKeys: readonly string[], key: string | null): SignedProject {
  const it = signedProject({
    "opsc.trust.json": trustOf(logKeys),
    ...(key === null ? {} : { "opsc.config.json": configOf(key) }),
  });
  made.push(it.folder);
  return it;
}

async function within<T>({ folder }: { readonly folder: string }, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(path.join(folder, ".opsc"));
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

interface Taken {
  readonly run: string;
  readonly events: readonly RunEvent[];
  readonly plan: string;
  readonly bytes: string;
}

const take = (it: { readonly folder: string }, run: string): Promise<Taken> =>
  within(it, async (store) => {
    const events = (await store.read(`run/${run}`)).map(({ event }) => event);
    const plan = createdIn(events).plan;
    return { run, events, plan, bytes: (await store.getPlan(plan)) ?? "" };
  });

function createdIn([first]: readonly RunEvent[]): EventOf<"run.created"> {
  if (first?.type !== "run.created") throw new Error("it does not begin");
  return first;
}

/** As somebody puts it there who writes the store. */
const put = (it: { readonly folder: string }, { run, events, plan, bytes }: Taken): Promise<void> =>
  within(it, async (store) => {
    await store.putPlan(plan, bytes);
    const claim = await store.claim(run);
    await store.append([{ stream: `run/${run}`, expected: 0, fence: claim.fence, events }]);
    await claim.release();
  });

/** Under another name, with another beginning. */
function as(taken: Taken, run: string, over: Partial<EventOf<"run.created">> = {}): Taken {
  const [, ...rest] = taken.events;
  const { attestation, ...created } = { ...createdIn(taken.events), run, ...over };
  return { ...taken, run, events: [attestation === undefined ? created : { ...created, attestation }, ...rest] };
}

const runIn = (out: string): string => /run (\S+) /.exec(out)?.[1] ?? "";
const flat = (text: string): string => text.replace(/\s+/g, " ");

/** A run of that plan, edited, with eve's signature under the plan as it then is. */
function forge(taken: Taken, run: string, edit: (plan: PlanFile["plan"]) => PlanFile["plan"]): Taken {
  const plan = edit((JSON.parse(taken.bytes) as PlanFile).plan);
  const digest = digestOf(plan);
  const { signed: before } = createdIn(taken.events);
  if (before === undefined) throw new Error("nobody signed");
  const word = { ...before, plan: digest };
  const signed = { ...word, signature: sign(keyOf("eve"), statementBytes(word), namespaceOf(word)) };
  return { ...as(taken, run, { plan: digest, signed }), plan: digest, bytes: JSON.stringify({ digest, plan }) };
}

/** What eve began and did in a copy of hers, where nobody keeps her from anything, with the keys beside the store that she copied. */
interface Evil {
  readonly ended: Taken;
  readonly lease: Taken;
}

async function evil(of: SignedProject): Promise<{ readonly ended: Taken; granted(): Promise<Taken> }> {
  const copy = copyOf(of.folder);
  made.push(copy);
  for (const [name, text] of [
    ["opsc.config.json", "{}"],
    ["opsc.trust.json", trustOf([])],
  ] as const)
    writeFileSync(path.join(copy, name), text);
  const main = readFileSync(path.join(of.folder, "main.ops"), "utf8");
  writeFileSync(path.join(copy, "main.ops"), main.replace('"free.txt", content: "x"', '"prey.txt", content: "bad"'));
  writeFileSync(path.join(copy, "prey.txt"), "worse");
  const mine = { ...of, folder: copy };
  const eve = (args: readonly string[]) => opsc([...args, "--as", "eve@example.com", "--key", keyOf("eve").file], copy);
  const ran = await eve(["apply", "free", "--yes"]);
  expect(ran).toMatchObject({ code: 0 });
  const granted = async (): Promise<Taken> => {
    const worker = start(["work"], copy);
    try {
      await until(
        async () => JSON.parse((await opsc(["leases", "--json"], copy)).out).work.alive === true,
        "opsc work",
      );
      const given = await eve(["apply", "grant", "--yes"]);
      expect(given).toMatchObject({ code: 0 });
      return await take(mine, runIn(given.out));
    } finally {
      worker.kill("SIGTERM");
    }
  };
  return { ended: await take(mine, runIn(ran.out)), granted };
}

const begunOnly = (taken: Taken): Taken => ({ ...taken, events: taken.events.slice(0, 2) });
const NOTHING = "nothing shows that opsc apply began it";

describe("where the trust root lists keys of the log", TIME, () => {
  const key = logKey();
  let it: SignedProject;
  let forged: Evil;
  let own: Taken;
  beforeAll(async () => {
    it = project([key.vkey], key.file);
    it.write("prey.txt", "mine");
    it.write("grant.txt", "mine");
    expect(await it.run("dana", ["apply", "stop", "--yes"])).toMatchObject({ code: 4 });
    const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
    own = await take(it, runs[0]?.run ?? "");
    const { ended, granted } = await evil(it);
    forged = { ended, lease: await granted() };
  }, 240_000);

  test("what was begun there goes on", async () => {
    // Its plan was made again where it began, so that its sources may have moved on.
    it.write("later.ops", "");
    const approved = await it.run("ana", ["approve", own.run]);
    rmSync(path.join(it.folder, "later.ops"));
    expect(approved).toMatchObject({ code: 0, err: expect.not.stringContaining("NOT MADE AGAIN") });
    expect(await it.run("dana", ["resume", own.run])).toMatchObject({ code: 0 });
    expect(existsSync(path.join(it.folder, "last.txt"))).toBe(true);
    expect(await it.run("dana", ["rollback", own.run])).toMatchObject({ code: 0 });
    expect(existsSync(path.join(it.folder, "last.txt"))).toBe(false);
    expect((await opsc(["audit", "verify"], it.folder)).out).toContain(
      "1 run is attested: opsc apply began it where the key is\n",
    );
  });

  test("no command goes on with a run that apply did not begin there", async () => {
    const at = new Date(Date.now() - 3_600_000).toISOString();
    await put(it, begunOnly(forged.ended));
    await put(it, as(forged.ended, "20261121-0914-eeeee1"));
    const { lease } = forged;
    const due = lease.events.map((event): RunEvent => {
      if (event.type === "lease.granted") return { ...event, until: at };
      if (event.type !== "run.finished") return event;
      return { ...event, leases: (event.leases ?? []).map((each) => ({ ...each, until: at })) };
    });
    await put(it, { ...lease, events: due });
    for (const [args, run] of [
      [["resume", forged.ended.run], forged.ended.run],
      [["cancel", forged.ended.run], forged.ended.run],
      [["rollback", "20261121-0914-eeeee1"], "20261121-0914-eeeee1"],
      [["leases", "revoke", `${lease.run}:put`], lease.run],
    ] as const) {
      const told = await it.run("eve", args);
      expect(told).toMatchObject({ code: 8 });
      expect(flat(told.err)).toContain(`run ${run} holds no attestation: ${NOTHING}`);
    }
    const worker = start(["work", "--json"], it.folder);
    let said = "";
    worker.stdout?.on("data", (data: Buffer) => {
      said += data.toString("utf8");
    });
    try {
      await until(
        () =>
          [forged.ended.run, lease.run].every((run) => said.includes(`"run":"${run}","why":"run ${run} holds no att`)),
        "that opsc work tells of both",
      );
    } finally {
      worker.kill("SIGTERM");
    }
    expect(readFileSync(path.join(it.folder, "prey.txt"), "utf8")).toBe("mine");
    expect(readFileSync(path.join(it.folder, "grant.txt"), "utf8")).toBe("mine");
    expect((await opsc(["show", own.run], it.folder)).out).toContain(`attested by ${ORIGIN}+`);
    expect((await opsc(["show", lease.run], it.folder)).out).toContain("NOT ATTESTED: it holds no attestation");
    const found = JSON.parse((await opsc(["doctor", "--fast", "--json"], it.folder)).out) as {
      findings: { id: string; level: string; what: string }[];
    };
    expect(found.findings.filter(({ id }) => id === "attested")).toEqual([
      expect.objectContaining({ level: "ok", what: "runs that begin here are attested" }),
      expect.objectContaining({
        level: "problem",
        what: expect.stringContaining(`run ${lease.run} holds no attestation`),
      }),
    ]);
  });

  test("an attestation says nothing of another run, of another log or by another key", async () => {
    const { attestation = "" } = createdIn(own.events);
    const hers = logKey();
    // The same key on another machine, with a log of its own.
    const second = project([key.vkey], key.file);
    await second.run("dana", ["plan", "free", "-o", "p.opsplan.json"]);
    const told = await second.run("dana", ["apply", "p.opsplan.json"]);
    const third = project([hers.vkey], hers.file);
    const byHers = await third.run("dana", ["apply", "free", "--yes"]);
    const [twice, foreign] = [await take(second, runIn(told.out)), await take(third, runIn(byHers.out))];
    expect(createdIn(twice.events).attestation).toContain("opsc.run/v1");
    const name = "20261121-0914-fffff";
    for (const [taken, why] of [
      [as(begunOnly(forged.ended), `${name}1`, { attestation }), "holds an attestation of another run"],
      [as(own, `${name}2`), "holds an attestation of another run"],
      [as(own, `${name}3`, { attestation: undefined as never }), "holds no attestation"],
      [begunOnly(foreign), "holds an attestation that does not verify"],
    ] as const) {
      await put(it, taken);
      const project = await openProject(it.folder, { tests: false });
      for (const toEnd of [true, false])
        await expect(within(it, (store) => vouched({ project, store }, taken.run, { toEnd }))).rejects.toThrow(
          `run ${taken.run} ${why}`,
        );
    }
    const audit = await opsc(["audit", "verify", "--json"], it.folder);
    expect(audit.code).toBe(8);
    const { findings, attested } = JSON.parse(audit.out) as { findings: { what: string }[]; attested: object };
    expect(findings.filter(({ what }) => what === "attestation")).toHaveLength(3);
    expect(attested).toEqual({ runs: 1, unverified: 0, without: 4 });
    await put(third, begunOnly(twice));
    expect(flat((await third.run("eve", ["resume", twice.run])).err)).toContain("does not verify");
  });

  test("nothing is begun without such a key", async () => {
    for (const [config, why, more] of [
      ["{}", "nothing signs here that it was admitted", []],
      [configOf(logKey().file), "it is none of the keys of the trust root", []],
      [configOf(key.file), "is no public key of checkpoints", ["nobody+00000000+AAAA"]],
    ] as const) {
      const none = project([key.vkey, ...more], null);
      none.write("opsc.config.json", config);
      const told = await none.run("dana", ["apply", "free", "--yes"]);
      expect([3, 9]).toContain(told.code);
      expect(flat(told.err)).toContain(why);
      expect(existsSync(path.join(none.folder, ".opsc"))).toBe(false);
    }
  });
});

describe("where it lists none, and only what is signed counts", TIME, () => {
  test("a run is resumed only of a plan that is made again from the sources that are there", async () => {
    const it = project([], null);
    it.write("prey.txt", "mine");
    const forged = await evil(it);
    await put(it, begunOnly(forged.ended));
    const moved = await it.run("eve", ["resume", forged.ended.run]);
    expect(moved).toMatchObject({ code: 3 });
    expect(flat(moved.err)).toContain(
      "cannot be made again, so nothing shows that opsc apply began it: main.ops has changed",
    );
    const worker = start(["work", "--json"], it.folder);
    let said = "";
    worker.stdout?.on("data", (data: Buffer) => {
      said += data.toString("utf8");
    });
    try {
      await until(() => said.includes("cannot be made again"), "that opsc work tells of it");
    } finally {
      worker.kill("SIGTERM");
    }
    expect(readFileSync(path.join(it.folder, "prey.txt"), "utf8")).toBe("mine");
    // A secret may be what a command prints: none is read of a plan that nobody knows.
    const marker = path.join(it.folder, "spied");
    const spy = forge(begunOnly(forged.ended), "20261121-0914-eeeee5", (plan) => ({
      ...plan,
      secrets: [{ id: "main.ops#spy", source: { from: "exec", argv: ["touch", marker] } }],
    }));
    await put(it, spy);
    expect(await it.run("eve", ["resume", spy.run])).toMatchObject({ code: 3 });
    expect(existsSync(marker)).toBe(false);
    // Edited by hand, and of the very sources that are there.
    const ran = await it.run("eve", ["apply", "free", "--yes"]);
    const hers = await take(it, runIn(ran.out));
    const edited = forge(begunOnly(hers), "20261121-0914-eeeee6", (plan) =>
      JSON.parse(JSON.stringify(plan).replaceAll("free.txt", "prey.txt")),
    );
    await put(it, edited);
    const told = await it.run("eve", ["resume", edited.run]);
    expect(told).toMatchObject({ code: 8 });
    expect(flat(told.err)).toContain("this plan is not what opsc makes of these sources, inputs and facts");
    expect(readFileSync(path.join(it.folder, "prey.txt"), "utf8")).toBe("mine");
    // To end it is not refused: what was given must not stay because the sources moved on.
    expect(await it.run("eve", ["cancel", forged.ended.run])).toMatchObject({ code: 0 });
  });
});

describe("a trust root in another place", TIME, () => {
  const org = (more = ""): string => {
    const folder = makeProject({ "org.ops": `approver sre { members = ["ana@example.com"] }\n${more}` });
    made.push(folder);
    return folder;
  };

  test("is another, though it is of the same kind", async () => {
    const [first, second, same] = [org(), org("// less\n"), org()];
    const of = (root: string): string => JSON.stringify({ trust: { root } });
    const folder = makeProject({
      "main.ops": `use file
import { sre } from "~trust/org.ops"
action stop() {
  step first = file.write(path: "first.txt", content: "x") { rollback auto }
  approve by sre
}
`,
      "opsc.config.json": of(first),
    });
    made.push(folder);
    const run = (args: readonly string[]) => opsc([...args, "--as", "dana@example.com"], folder);
    const began = runIn((await run(["apply", "stop", "--yes"])).out);
    /** What would be said to whoever resumes it, by what the project says by now. */
    const said = async (root: string | null, pin = ""): Promise<string | null> => {
      writeFileSync(path.join(folder, "opsc.config.json"), root === null ? "{}" : of(root));
      process.env.OPSC_TRUST = pin;
      try {
        const project = await openProject(folder, { tests: false });
        return await within({ folder }, async (store) => {
          await vouched({ project, store }, began);
          return null;
        });
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        return error.message;
      } finally {
        delete process.env.OPSC_TRUST;
      }
    };
    expect(await said(first)).toBeNull();
    expect(await said(same)).toBeNull();
    // What is in it may be another by now; where it is, may not.
    writeFileSync(path.join(first, "org.ops"), 'approver sre { members = ["ana@example.com", "ben@example.com"] }\n');
    expect(await said(first)).toBeNull();
    expect(await said(second)).toBe(
      `run ${began} was begun under the trust root ${first}, named by opsc.config.json; here it is the trust root ${second}, named by opsc.config.json`,
    );
    expect(await said(second, second)).toBeNull();
    expect(await said(first)).toBeNull();
    // What the machine named is not what the configuration names by now, though it is called the same.
    const taken = await take({ folder }, began);
    const created = createdIn(taken.events);
    const { root: kind = "path", place = "" } = created.trust ?? {};
    expect(place).toBe(first);
    const file = JSON.parse(taken.bytes) as PlanFile;
    const project = await openProject(folder, { tests: false });
    const of2 = { created: { ...created, trust: { root: kind, place, by: "machine" as const } }, seq: 1, file };
    await expect(within({ folder }, (store) => vouching(project, store, { toEnd: false })(of2))).rejects.toThrow(
      `${first}, named by OPSC_TRUST; here it is the trust root ${first}, named by opsc.config.json`,
    );
    // Another plan put in its place after it was looked at.
    const other = { created, seq: 1, file: { ...file, plan: { ...file.plan, reason: "another" } } };
    for (const toEnd of [true, false])
      await expect(within({ folder }, (store) => vouching(project, store, { toEnd })(other))).rejects.toThrow(
        `the plan of run ${began} was changed in the store after the run began`,
      );
    expect(await said(null)).toMatch(/import .* of the trust root|no trust root but the project itself/);
    await said(second);
    expect(await run(["resume", began])).toMatchObject({ code: 3 });
    expect(await run(["cancel", began])).toMatchObject({ code: 0 });
  });
});
