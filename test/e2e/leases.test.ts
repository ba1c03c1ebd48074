/** Leases as people meet them: granted by a plan, ended by `opsc work`, by hand, or never forgotten. */
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const made: string[] = [];
const left: ChildProcess[] = [];
afterAll(() => {
  for (const child of left) child.kill("SIGKILL");
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const source = `use file
use exec

/// Takes a file away; fails while there is a file \`stuck\`.
operation take_away(path: string) {
  effect   = write
  resource = "file:\${path}"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "test ! -e stuck && rm -f $1", "sh", path])
}

operation hold_on() {
  effect   = write
  resource = "hold"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "while [ ! -e go ]; do sleep 0.05; done"])
}

action grant(ttl: duration = 3s, path: string = "grant.txt") {
  step give = file.write(path: path, content: "yes") {
    lease = ttl
    rollback take_away(path: path)
  }
}

action long(ttl: duration = 2s) {
  step give = file.write(path: "grant.txt", content: "yes") {
    lease = ttl
    rollback auto
  }
  step hold = hold_on() { rollback nothing "it only waits" }
  step after = file.write(path: "after.txt", content: "1") { rollback auto }
}
`;

interface Place {
  readonly folder: string;
  readonly has: (name: string) => boolean;
  readonly write: (name: string) => void;
}

function project(): Place {
  const folder = makeProject({ "main.ops": source });
  made.push(folder);
  return {
    folder,
    has: (name) => existsSync(path.join(folder, name)),
    write: (name) => writeFileSync(path.join(folder, name), ""),
  };
}

const as = ["--as", "dana@example.com"];
const apply = (folder: string, ...more: string[]) => opsc(["apply", ...more, "--yes", ...as], folder);

/** Starts `opsc work` and waits until it says that it watches. */
async function work(folder: string): Promise<{ readonly child: ChildProcess; readonly out: () => string }> {
  const child = start(["work"], folder);
  left.push(child);
  let out = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  await until(() => out.includes("watches over"), "opsc work to watch");
  return { child, out: () => out };
}

interface Listed {
  readonly leases: readonly {
    readonly id: string;
    readonly run: string;
    readonly is: string;
    readonly resource: string;
  }[];
  readonly work: { readonly alive: boolean };
}
const leases = async (folder: string): Promise<Listed> =>
  JSON.parse((await opsc(["leases", "--json"], folder)).out) as Listed;

const stopped = async (child: ChildProcess): Promise<number | null> => {
  const end = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  return end;
};

describe("leases", () => {
  test("are refused while nobody would end them, and ended by opsc work", { timeout: 120_000 }, async () => {
    const { folder, has } = project();
    const refused = await apply(folder, "grant");
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("no `opsc work` runs on this store") });
    expect(refused.err).toContain("opsc leases install");
    expect(has("grant.txt")).toBe(false);
    const { child, out } = await work(folder);
    const second = await opsc(["work"], folder);
    expect(second).toMatchObject({ code: 3, err: expect.stringContaining(`process ${child.pid}`) });
    const granted = await apply(folder, "grant");
    expect(granted.code).toBe(0);
    expect(granted.out).toMatch(/succeeded in .*: 1 lease open until 20\d\d-/);
    expect(has("grant.txt")).toBe(true);
    const listed = await leases(folder);
    expect(listed).toMatchObject({ leases: [{ is: "open", resource: "file:grant.txt" }], work: { alive: true } });
    const text = await opsc(["leases"], folder);
    expect(text.out).toContain(`${listed.leases[0]?.id}  open until`);
    expect(text.out).toContain("file:grant.txt, by grant for dana@example.com");
    expect(text.err).toBe("");
    const offered = await opsc(["__complete", "leases", "revoke", ""], folder);
    expect(offered.out).toContain(`${listed.leases[0]?.id}\tfile:grant.txt, until `);
    await until(() => !has("grant.txt"), "the lease to end");
    await until(() => out().includes("takes back what give gave: its time is over"), "the word about it");
    await until(async () => (await leases(folder)).leases.length === 0, "the lease to be closed");
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
    const shown = await opsc(["show", listed.leases[0]?.run ?? "", "--history"], folder);
    expect(shown.out).toContain("is taken back: its lease is over");
    expect(shown.out).toContain("succeeded");
    expect(await stopped(child)).toBe(0);
    expect(out()).toContain("ended");
    expect(await leases(folder)).toMatchObject({ work: { alive: false } });
  });

  test("are revoked sooner; one whose rollback fails is left by hand and never forgotten", {
    timeout: 120_000,
  }, async () => {
    const { folder, has, write } = project();
    const { child } = await work(folder);
    expect((await apply(folder, "grant", "-i", "ttl=1h")).code).toBe(0);
    const [{ id, run } = { id: "", run: "" }] = (await leases(folder)).leases;
    write("stuck");
    const failed = await opsc(["leases", "revoke", id, "--reason", "done early", ...as], folder);
    expect(failed).toMatchObject({ code: 6, out: expect.stringContaining("could not be taken back") });
    expect((await leases(folder)).leases).toMatchObject([{ id, is: "failed" }]);
    expect((await opsc(["show", run], folder)).out).toContain("left to do by hand: give");
    expect(has("grant.txt")).toBe(true);
    rmSync(path.join(folder, "stuck"));
    const gone = await opsc(["leases", "revoke", run, ...as], folder);
    expect(gone).toMatchObject({ code: 0, out: expect.stringContaining(`lease ${id}: taken back`) });
    expect(has("grant.txt")).toBe(false);
    expect((await opsc(["leases"], folder)).out).toBe("no lease is open\n");
    expect(await opsc(["leases", "revoke", run], folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no lease"),
    });
    expect((await opsc(["show", run], folder)).out).toContain("dana@example.com ended the lease of give");
    expect(await stopped(child)).toBe(0);
  });

  test("end though whoever watched was killed, and though their run was", { timeout: 120_000 }, async () => {
    const { folder, has, write } = project();
    const first = await work(folder);
    const running = start(["apply", "long", "--yes", ...as], folder);
    left.push(running);
    await until(() => has("grant.txt"), "the grant");
    running.kill("SIGKILL");
    first.child.kill("SIGKILL");
    await ended(running);
    await until(async () => !(await leases(folder)).work.alive, "nobody to watch");
    const text = await opsc(["leases"], folder);
    expect(text.err).toContain("nothing ends what is open");
    expect((await opsc(["doctor", "--fast"], folder)).out).toContain("1 lease open: the `opsc work` on");
    expect(has("grant.txt")).toBe(true);
    const second = await work(folder);
    await until(() => !has("grant.txt"), "the lease to end");
    write("go");
    await until(() => has("after.txt"), "the run to go on");
    await until(async () => (await opsc(["runs", "--json"], folder)).out.includes('"succeeded"'), "the run to end");
    expect(second.out()).toContain("cut off");
    expect(await stopped(second.child)).toBe(0);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });

  test("of a run that goes on are revoked while that is paused, which goes on after", {
    timeout: 120_000,
  }, async () => {
    const { folder, has, write } = project();
    const { child } = await work(folder);
    const running = start(["apply", "long", "-i", "ttl=1h", "--yes", ...as], folder);
    left.push(running);
    let said = "";
    running.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until(() => has("grant.txt"), "the grant");
    const [{ id, run } = { id: "", run: "" }] = (await leases(folder)).leases;
    const refused = await opsc(["leases", "revoke", id, ...as], folder);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`process ${running.pid} on`) });
    expect(refused.err.replace(/\s+/g, " ")).toContain(`opsc pause ${run}, do this again, then opsc resume ${run}`);
    const pausing = opsc(["pause", run, ...as], folder);
    await until(() => said.includes("paused by"), "the pause");
    write("go");
    expect((await pausing).code).toBe(0);
    await ended(running);
    expect(await opsc(["leases", "revoke", id, ...as], folder)).toMatchObject({ code: 0 });
    expect([has("grant.txt"), has("after.txt")]).toEqual([false, false]);
    expect((await opsc(["resume", run, ...as], folder)).code).toBe(0);
    expect(has("after.txt")).toBe(true);
    expect(await stopped(child)).toBe(0);
  });

  test("on one resource are counted: it is there until the last ends", { timeout: 120_000 }, async () => {
    const { folder, has } = project();
    const { child } = await work(folder);
    expect((await apply(folder, "grant", "-i", "ttl=6s")).code).toBe(0);
    expect((await apply(folder, "grant", "-i", "ttl=1h")).code).toBe(0);
    await until(async () => (await leases(folder)).leases.some(({ is }) => is === "shared"), "the first to be over");
    expect(has("grant.txt")).toBe(true);
    const long = (await leases(folder)).leases.find(({ is }) => is === "open");
    expect((await opsc(["leases", "revoke", long?.id ?? "", ...as], folder)).code).toBe(0);
    await until(async () => (await leases(folder)).leases.length === 0, "both to be gone");
    expect(has("grant.txt")).toBe(false);
    expect(await stopped(child)).toBe(0);
  });

  test("may be ended by a service, whose unit is written", { timeout: 60_000 }, async () => {
    const { folder } = project();
    const unit = await opsc(["leases", "install"], folder);
    expect(unit.code).toBe(0);
    expect(unit.out).toMatch(/ExecStart="[^"]+" "[^"]+" "work" "--dir" "[^"]+"$/m);
    expect(await opsc(["leases", "install", "-o", "work.service"], folder)).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, "work.service"), "utf8").trimEnd()).toBe(unit.out.trimEnd());
    expect(await opsc(["leases", "install", "give"], folder)).toMatchObject({ code: 1 });
  });
});

describe("a freeze", () => {
  test("refuses what matches, is told of everywhere, and is lifted", { timeout: 120_000 }, async () => {
    const folder = makeProject({
      "main.ops": `use file
action release() {
  tags = ["payments"]
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
}
action other() {
  step two = file.write(path: "two.txt", content: "2") { rollback auto }
}
`,
    });
    made.push(folder);
    expect(await opsc(["freeze"], folder)).toMatchObject({ code: 1, err: expect.stringContaining("says why") });
    expect(await opsc(["freeze", "--where", "colour=red", "--reason", "x"], folder)).toMatchObject({ code: 1 });
    expect(await opsc(["thaw"], folder)).toMatchObject({ code: 1, err: expect.stringContaining("nothing is frozen") });
    const set = await opsc(
      ["freeze", "--where", "tag=payments", "--until", "2h", "--reason", "incident 4711", ...as],
      folder,
    );
    expect(set).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^freeze 1: runs tagged payments until 20[-0-9]+ \d\d:\d\d UTC begin/),
    });
    const refused = await apply(folder, "release");
    expect(refused.code).toBe(3);
    expect(refused.err.replace(/\s+/g, " ")).toContain("frozen by dana@example.com: incident 4711 (freeze 1, until 20");
    expect((await opsc(["plan", "release"], folder)).err).toContain("it could not be applied now");
    expect((await opsc(["runs"], folder)).err).toContain("frozen: runs tagged payments: frozen by dana@example.com");
    expect((await opsc(["doctor", "--fast"], folder)).out).toContain("opsc thaw 1");
    expect((await apply(folder, "other")).code).toBe(0);
    expect(await opsc(["thaw", "2"], folder)).toMatchObject({ code: 1 });
    await opsc(["freeze", "--reason", "all of it", ...as], folder);
    const thawed = await opsc(["thaw", "2", ...as], folder);
    expect(thawed.out).toMatch(/^freeze 2 is lifted\nstill frozen: runs tagged payments: frozen by dana@example\.com/);
    expect(await opsc(["thaw", "--reason", "over", ...as], folder)).toMatchObject({ code: 0 });
    expect((await apply(folder, "release")).code).toBe(0);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });
});
