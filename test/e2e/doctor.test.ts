/** `opsc doctor`: what is wrong is found, said with its reason and remedy, and nothing is made or changed by looking. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { doctorOutputSchema } from "../../cli/output.schema.ts";
import { openStore } from "../../cli/store.ts";
import { planBytes, sealPlan } from "../../compiler/expand/plan.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { ended, makeProject, opsc, start, startHeld, until } from "./opsc.ts";

const AS = { OPSC_AS: "dana@example.com" };
const MAIN = `use file
use exec
approver sre { title = "On call"  members = ["ana@example.com", "dana@example.com"] }
action fine() {
  step w = file.write(path: "x", content: "x") { rollback auto }
}
action asks() {
  step w = file.write(path: "y", content: "x") { rollback auto }
  approve by sre
}
action slow() {
  step s = exec.run(argv: ["sh", "-c", "touch slow; sleep 60"]) { rollback nothing "it only sleeps" }
}
`;

interface Finding {
  readonly id: string;
  readonly level: string;
  readonly what: string;
  readonly why: string | null;
  readonly remedy: string | null;
}
interface Told {
  readonly ok: boolean;
  readonly exit: number;
  readonly findings: readonly Finding[];
}

async function doctor(folder: string, env: Readonly<Record<string, string>> = AS, ...args: string[]): Promise<Told> {
  const told = await opsc(["doctor", "--json", ...args], folder, "", env);
  const json = doctorOutputSchema.parse(JSON.parse(told.out));
  expect(json.exit).toBe(told.code);
  expect(json.ok).toBe(told.code === 0);
  for (const { level, why, remedy } of json.findings)
    if (level === "warning") expect([why, remedy]).not.toContain(null);
  return json;
}

const of = ({ findings }: Told, id: string): Finding[] =>
  findings.filter((each) => each.id === id && each.level !== "ok");
const bad = ({ findings }: Told): string[] => findings.filter(({ level }) => level !== "ok").map(({ id }) => id);
const apply = (folder: string, action: string) => opsc(["apply", action, "--yes"], folder, "", AS);

describe("where all is well", () => {
  test("it says so, exits with 0, and leaves no trace before the first run", async () => {
    const folder = makeProject({ "main.ops": MAIN });
    const told = await opsc(["doctor"], folder, "", AS);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/nothing is wrong with this set-up\n$/);
    expect(told.out).toContain("you are dana@example.com, one of On call");
    expect(existsSync(path.join(folder, ".opsc"))).toBe(false);
  });

  test("it looks at the store and its log, unless told to be fast", async () => {
    const folder = makeProject({ "main.ops": MAIN });
    expect((await apply(folder, "fine")).code).toBe(0);
    const told = await doctor(folder);
    expect(bad(told)).toEqual([]);
    const shown = told.findings.map(({ what }) => what).join("\n");
    expect(shown).toMatch(/the log is intact: \d+ entries/);
    expect(shown).toContain("is yours alone");
    expect((await doctor(folder, AS, "--fast")).findings.map(({ what }) => what)).toContain(
      "the log was not verified: --fast",
    );
  });

  test("it fits 60 columns", async () => {
    const folder = makeProject({ "main.ops": "action x( {" });
    const { out } = await opsc(["doctor"], folder, "", { COLUMNS: "60" });
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(60);
  });
});

describe("the project", () => {
  test.each<[string, Record<string, string>, string, number, RegExp]>([
    ["a configuration that is wrong", { "opsc.config.json": '{ "workspce": "x" }' }, "project", 1, /no workspce/],
    [
      "sources with errors",
      { "main.ops": "action x() { step y = file.write() }" },
      "sources",
      1,
      /1 action, \d+ error/,
    ],
    [
      "a provider that is not there",
      { "main.ops": MAIN, "opsc.config.json": '{ "providers": { "flags": "./none" } }' },
      "project",
      9,
      /flags/,
    ],
    [
      "a package that is not there",
      { "main.ops": 'import { x } from "@acme/none"\n' },
      "packages",
      9,
      /^main\.ops imports @acme\/none: it is neither/,
    ],
    ["no sources", {}, "sources", 0, /there are no \.ops files/],
    ["sources that differ by case alone", { "a.ops": "", "A.ops": "" }, "case", 0, /a\.ops/],
  ])("%s", async (_, files, id, code, what) => {
    const told = await doctor(makeProject(files));
    expect(told.exit).toBe(code);
    expect(of(told, id)[0]?.what).toMatch(what);
    expect(of(told, id)[0]?.remedy).not.toBe(null);
  });

  test("a provider whose code is not as its manifest says", async () => {
    const folder = makeProject({ "main.ops": "", "opsc.config.json": '{ "providers": { "flags": "./flags" } }' });
    mkdirSync(path.join(folder, "flags"));
    const from = path.resolve(import.meta.dirname, "../../examples/custom-provider/provider-flags");
    for (const file of ["package.json", "opsc.manifest.json"])
      writeFileSync(path.join(folder, "flags", file), execFileSync("cat", [path.join(from, file)]));
    writeFileSync(path.join(folder, "flags/index.js"), "export default 1;\n");
    expect(of(await doctor(folder), "providers")[0]?.what).toMatch(/^provider flags: /);
  });
});

test("which way services are reached is said where a proxy is named, and never its password", async () => {
  const folder = makeProject({ "main.ops": "action nothing() { wait 1ms }\n" });
  const said = async (env: Readonly<Record<string, string>>) =>
    (await doctor(folder, { ...AS, ...env })).findings.find(({ id }) => id === "proxy");
  expect(await said({})).toBeUndefined();
  const fine = await said({ HTTPS_PROXY: "http://ana:pass-of-ana@proxy.example:3128", NO_PROXY: ".corp.example" });
  expect(fine?.what).toMatch(/^HTTPS through proxy\.example:3128; directly to \.corp\.example, localhost/);
  expect(JSON.stringify(fine)).not.toContain("pass-of-ana");
  expect(await said({ HTTP_PROXY: "pass-of-ana" })).toMatchObject({
    level: "warning",
    what: "HTTP_PROXY is no URL of a proxy",
  });
});

test("where trust comes from is said", async () => {
  const folder = makeProject({ "main.ops": "action nothing() { wait 1ms }\n" });
  const trust = makeProject({ "people.ops": "" });
  const said = async (): Promise<string | undefined> =>
    (await doctor(folder)).findings.find(({ id }) => id === "trust")?.what;
  expect(await said()).toContain("its own trust root");
  writeFileSync(path.join(folder, "opsc.config.json"), JSON.stringify({ trust: { root: trust } }));
  expect(await said()).toContain(`come from ${trust}`);
});

describe("people and git", () => {
  const NO_GIT = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", HOME: "/nowhere" };

  test("nobody knows who you are", async () => {
    const folder = makeProject({ "main.ops": MAIN });
    expect(of(await doctor(folder, NO_GIT), "identity")[0]).toMatchObject({
      level: "warning",
      what: expect.stringContaining("git knows no user.email"),
    });
    const bare = mkdtempSync(path.join(tmpdir(), "opsc-bare-"));
    expect(of(await doctor(folder, { ...NO_GIT, PATH: bare }), "identity")[0]?.what).toContain("there is no git");
    expect(of(await doctor(folder, { OPSC_AS: "two words" }), "identity")[0]?.level).toBe("problem");
  });

  test("the store is kept by git, or would be", async () => {
    const folder = makeProject({ "main.ops": MAIN });
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    expect((await apply(folder, "fine")).code).toBe(0);
    expect(of(await doctor(folder), "version-control")[0]?.what).toBe("git does not leave .opsc/ alone");
    execFileSync("git", ["add", "--force", ".opsc"], { cwd: folder });
    expect(of(await doctor(folder), "version-control")[0]?.what).toBe("git keeps files of .opsc/");
    execFileSync("git", ["rm", "-r", "--quiet", "--cached", ".opsc"], { cwd: folder });
    writeFileSync(path.join(folder, ".gitignore"), ".opsc/\n");
    expect(bad(await doctor(folder))).toEqual([]);
  });
});

describe("the store", () => {
  const ran = async (): Promise<string> => {
    const folder = makeProject({ "main.ops": MAIN });
    expect((await apply(folder, "fine")).code).toBe(0);
    return folder;
  };

  test("damaged, a link, open to others, in a folder that may not be written", async () => {
    const damaged = await ran();
    writeFileSync(path.join(damaged, ".opsc/opsc.db"), "no database");
    expect(await doctor(damaged)).toMatchObject({ exit: 9 });
    expect(of(await doctor(damaged), "store")[0]?.what).toContain("opsc.db");
    const open = await ran();
    chmodSync(path.join(open, ".opsc"), 0o777);
    expect(of(await doctor(open), "permissions")[0]?.what).toContain("others may write");
    chmodSync(path.join(open, ".opsc"), 0o750);
    expect(of(await doctor(open), "permissions")[0]).toMatchObject({ level: "warning" });
    const link = makeProject({ "main.ops": MAIN });
    symlinkSync(path.join(await ran(), ".opsc"), path.join(link, ".opsc"));
    expect(of(await doctor(link), "permissions")[0]?.what).toContain("symbolic link");
    const shut = makeProject({ "main.ops": MAIN });
    chmodSync(shut, 0o555);
    const told = await ended(startHeld(["doctor", "--json"], shut, AS));
    expect(told.code).toBe(9);
    expect(of(JSON.parse(told.out) as Told, "permissions")[0]?.what).toContain("may not be written");
  });

  test("a log that was changed", async () => {
    const folder = await ran();
    const { DatabaseSync } = await import("node:sqlite");
    const db = new DatabaseSync(path.join(folder, ".opsc/opsc.db"));
    const named = (type: string): string[] =>
      db
        .prepare(`select name from sqlite_master where type = '${type}'`)
        .all()
        .map(({ name }) => String(name));
    for (const trigger of named("trigger")) db.exec(`drop trigger ${trigger}`);
    const table = named("table").find((name) =>
      db.prepare(`select 1 from pragma_table_info('${name}') where name = 'entry'`).get(),
    );
    db.exec(`update ${table} set entry = replace(entry, 'dana', 'mary') where seq = 0`);
    db.close();
    expect(await doctor(folder)).toMatchObject({ exit: 8 });
    expect((await doctor(folder, AS, "--fast")).exit).toBe(0);
  });

  test("what runs left: waiting, cut off, locks that nobody works under", async () => {
    const folder = makeProject({ "main.ops": MAIN });
    expect((await apply(folder, "asks")).code).toBe(4);
    const child = start(["apply", "slow", "--yes"], folder, AS);
    const end = ended(child);
    await until(() => existsSync(path.join(folder, "slow")), "slow began");
    expect((await doctor(folder)).findings.some(({ what }) => what.startsWith("1 run going on"))).toBe(true);
    child.kill("SIGKILL");
    await end;
    const told = await doctor(folder);
    expect(told.exit).toBe(0);
    expect(of(told, "runs").map(({ what }) => what.replace(/\S*-\S*/, "R"))).toEqual([
      "run R waits for approval",
      "run R was cut off, or let go",
    ]);
    await leaveLocked(folder);
    const [locks] = of(await doctor(folder), "locks");
    expect(locks?.what).toMatch(/^"database" is held by run locked-1, at which no process works$/);
    expect(locks?.remedy).toBe("opsc resume locked-1, or opsc cancel locked-1");
    rmSync(path.join(folder, ".opsc"), { recursive: true });
    expect(bad(await doctor(folder))).toEqual([]);
  });
});

/** As a run that took a lock and was killed leaves the store. */
async function leaveLocked(folder: string): Promise<void> {
  const store = await openStore(folder, { create: false });
  try {
    const [run] = (await store.runs()).runs;
    const [created] = await store.read(`run/${run?.run}`);
    const bytes = await store.getPlan(run?.plan ?? "");
    if (created?.event.type !== "run.created" || bytes === null) throw new Error("there is no run to go by");
    const file = sealPlan({ ...(JSON.parse(bytes) as PlanFile).plan, locks: ["database"] });
    await store.putPlan(file.digest, planBytes(file));
    const claim = await store.claim("locked-1");
    const at = new Date().toISOString();
    await store.append([
      {
        stream: "run/locked-1",
        expected: 0,
        fence: claim.fence,
        events: [
          { ...created.event, run: "locked-1", plan: file.digest },
          { type: "locks.taken", at, names: ["database"] },
        ],
      },
    ]);
    await claim.release();
  } finally {
    await store.close();
  }
}

test("a locale that is not UTF-8", async () => {
  const folder = makeProject({ "main.ops": MAIN });
  expect(of(await doctor(folder, { ...AS, LC_ALL: "de_DE.ISO-8859-1" }), "locale")[0]?.why).toContain("UTF-8");
});
