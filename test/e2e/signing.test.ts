/** What people sign, from the plan to the audit: with real keys, and ssh-keygen beside. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { email, keyOf, line, PEOPLE, SIGNED, type SignedProject, signedProject } from "../tools/signed-project.ts";
import { accepts, folder as newFolder } from "../tools/ssh.ts";
import { ended, opsc, start, until } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
function project(files: Readonly<Record<string, string>> = {}): SignedProject {
  const it = signedProject(files);
  made.push(it.folder);
  return it;
}

const has = ({ folder }: SignedProject, name: string): boolean => existsSync(path.join(folder, name));
const PLAN = ["plan", "stamp", "-o", "p.opsplan.json"];

describe("a plan that is signed from end to end", { timeout: 120_000 }, () => {
  test("is asked for, approved, applied and audited", async () => {
    const it = project();
    expect(await it.run("dana", PLAN)).toMatchObject({ code: 0, err: expect.stringContaining("next: opsc approve") });
    const first = await it.run("ana", ["approve", "p.opsplan.json", "--comment", "looks right"]);
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^approved: plan .*, by ana@example\.com \(signed\)$/m),
    });
    expect((await opsc(["show", "p.opsplan.json"], it.folder)).err).toBe(
      "signed by dana@example.com, who asked for it\nin this store approved by ana@example.com; 1 more of sre needed\n",
    );
    expect(await it.run("eve", ["apply", "p.opsplan.json"])).toMatchObject({
      code: 4,
      err: expect.stringContaining("1 more of"),
    });
    expect((await it.run("ben", ["approve", "p.opsplan.json", "-o", "ben"])).code).toBe(0);
    expect((await it.run("eve", ["apply", "p.opsplan.json", "--approvals", "."])).code).toBe(0);
    expect(has(it, "stamp.txt")).toBe(true);
    expect((await opsc(["show", "p.opsplan.json"], it.folder)).err).toMatch(/^used by run \S+: opsc show /);
    const { out } = await opsc(["audit", "verify"], it.folder);
    expect(out).toMatch(/^the log is intact/);
    const log = (await opsc(["audit", "export"], it.folder)).out;
    expect(log.match(/"decision":"(?:request|apply|approve)"/g)?.length).toBeGreaterThanOrEqual(4);
    await opsc(["audit", "keygen", "--origin", "example.com/log", "-o", "log.key"], it.folder);
    it.write("opsc.config.json", '{ "audit": { "checkpoint": { "origin": "example.com/log", "key": "log.key" } } }');
    const run = /"run":"([^"]+)"/.exec(log)?.[1] ?? "";
    await opsc(["audit", "prove", run, "-o", "run.opsproof.json"], it.folder);
    const proved = async (): Promise<string> =>
      (await opsc(["audit", "verify", "--proof", "run.opsproof.json"], it.folder)).out.replace(/\s+/g, " ");
    expect(await proved()).toMatch(
      /dana@example\.com asked for it \(signed with SHA256:\S+, a key of theirs\).* ana@example\.com approved it \(looks right\) \(signed with SHA256:\S+, a key of theirs\).* eve@example\.com applied it \(signed with SHA256:\S+, a key of theirs\)/,
    );
    // A key that is revoked later puts in doubt what it signed, and nobody is said to have changed the log.
    it.write("revoked", `${keyOf("ana").line}\n`);
    it.write("opsc.trust.json", JSON.stringify({ ...JSON.parse(SIGNED), revokedKeys: "revoked" }));
    expect(await opsc(["audit", "verify"], it.folder)).toMatchObject({
      code: 8,
      out: expect.stringMatching(/^the log does not hold: 1 finding in .*\n.* is revoked by revoked$/m),
    });
    expect(await proved()).toMatch(
      /approved it \(looks right\) \(signed with \S+, which does not count: .* is revoked by revoked\)/,
    );
  });

  test("an approval file is what ssh-keygen verifies by hand", async () => {
    const it = project();
    await it.run("dana", PLAN);
    await it.run("ana", ["approve", "p.opsplan.json", "-o", "ana.opsapproval.json"]);
    const { identity, signature, ...said } = JSON.parse(
      readFileSync(path.join(it.folder, "ana.opsapproval.json"), "utf8"),
    );
    expect(identity).toBe("ssh");
    // Its keys are sorted already, as all that is written here.
    const message = JSON.stringify(said);
    const allowed = readFileSync(path.join(it.folder, "allowed_signers"), "utf8");
    const check = { message, namespace: "opsc.approval", signature, who: email("ana"), allowed };
    expect(accepts(check)).toBe(true);
    expect(accepts({ ...check, namespace: "opsc.request" })).toBe(false);
    expect(accepts({ ...check, message: message.replace("approve", "deny") })).toBe(false);
  });

  test("an approver who has the plan alone signs it elsewhere", async () => {
    const it = project();
    await it.run("dana", PLAN);
    const elsewhere = newFolder();
    const out = path.join(it.folder, "far");
    const plan = path.join(it.folder, "p.opsplan.json");
    for (const [who, file] of [
      ["ana", out],
      ["ben", `${out}-too`],
    ] as const) {
      const args = ["approve", plan, "--as", email(who), "--key", keyOf(who).file, "-o", file];
      expect(await opsc(args, elsewhere)).toMatchObject({ code: 0, out: expect.stringContaining("(signed)") });
    }
    expect((await it.run("eve", ["apply", "p.opsplan.json", "--approvals", "."])).code).toBe(0);
  });

  test("with the key that git signs with, in a file or in an agent", async () => {
    const it = project();
    const config = path.join(newFolder(), "gitconfig");
    const env = { GIT_CONFIG_GLOBAL: config, GIT_CONFIG_SYSTEM: "/dev/null", OPSC_KEY: "" };
    const plan = (more: Readonly<Record<string, string>> = {}) =>
      opsc([...PLAN, "--as", email("dana")], it.folder, "", { ...env, ...more });
    const requested = (): boolean =>
      "request" in JSON.parse(readFileSync(path.join(it.folder, "p.opsplan.json"), "utf8"));
    // A key of GnuPG is none.
    writeFileSync(config, "[user]\n\tsigningKey = ABCDEF01\n");
    expect(await plan()).toMatchObject({ code: 0, err: expect.stringContaining("only dana@example.com can apply it") });
    expect(requested()).toBe(false);
    writeFileSync(config, `[user]\n\tsigningKey = ${keyOf("dana").file}.pub\n[gpg]\n\tformat = ssh\n`);
    expect((await plan()).code).toBe(0);
    expect(requested()).toBe(true);
    const agent = execFileSync("ssh-agent", ["-s"], { encoding: "utf8" });
    const [, socket = ""] = /SSH_AUTH_SOCK=([^;]+)/.exec(agent) ?? [];
    const [, pid = ""] = /SSH_AGENT_PID=(\d+)/.exec(agent) ?? [];
    try {
      execFileSync("ssh-add", ["-q", keyOf("dana").file], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      writeFileSync(config, `[user]\n\tsigningKey = key::${keyOf("dana").line}\n`);
      expect((await plan({ SSH_AUTH_SOCK: socket })).code).toBe(0);
      expect(requested()).toBe(true);
    } finally {
      process.kill(Number(pid));
    }
    const without = await plan({ SSH_AUTH_SOCK: "" });
    expect(without).toMatchObject({
      code: 9,
      err: expect.stringContaining("ssh-keygen did not sign with git's user.signingKey"),
    });
  });

  test("a key behind a passphrase, without a terminal, is refused and never waited for", async () => {
    const it = project();
    const file = path.join(newFolder(), "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "a passphrase", "-C", "", "-f", file]);
    const told = await opsc([...PLAN, "--as", email("dana"), "--key", file], it.folder, "", {
      DISPLAY: "",
      SSH_ASKPASS: "",
      SSH_ASKPASS_REQUIRE: "never",
    });
    expect(told).toMatchObject({ code: 9, err: expect.stringContaining("ssh-keygen did not sign with") });
  });
});

describe("where only what is signed counts", { timeout: 120_000 }, () => {
  test("each command says that there is no key, and what to do", async () => {
    const it = project();
    expect((await it.run("dana", PLAN)).code).toBe(0);
    for (const args of [
      ["approve", "p.opsplan.json"],
      ["deny", "p.opsplan.json"],
      ["apply", "p.opsplan.json"],
    ]) {
      const told = await it.run("ana", args, null);
      expect([args, told.code]).toEqual([args, 1]);
      expect(told.err).toContain(
        "only what is signed counts here, and there is no key to sign with as ana@example.com",
      );
      expect(told.err).toContain("--key FILE or OPSC_KEY");
    }
    expect(await it.run("ana", ["approve", "p.opsplan.json", "--key", "nowhere"], null)).toMatchObject({
      code: 1,
      err: expect.stringContaining("--key names nowhere, where there is no key"),
    });
  });

  test("a plan that nobody signed for is applied by whoever asked for it, and by nobody else", async () => {
    const it = project();
    const { err } = await it.run("dana", ["plan", "free", "-o", "f.opsplan.json"], null);
    expect(err).toContain("not signed, so only dana@example.com can apply it");
    expect(await it.run("eve", ["apply", "f.opsplan.json"])).toMatchObject({
      code: 3,
      err: expect.stringContaining(
        "that dana@example.com asked for the plan does not count: the plan file holds no signature of theirs",
      ),
    });
    expect((await it.run("dana", ["apply", "f.opsplan.json"])).code).toBe(0);
  });

  test("whose key it is needs not be said where the key is one person's alone", async () => {
    const it = project({
      allowed_signers: `${line("ana")}${line("ben")}${line("ben", "", "b@example.com")}${line("dana")}`,
    });
    await it.run("dana", PLAN);
    const approve = (person: string) => {
      const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
      return opsc(["approve", "p.opsplan.json", "--key", keyOf(person).file], it.folder, "", env);
    };
    expect(await approve("ana")).toMatchObject({
      code: 0,
      out: expect.stringContaining("by ana@example.com (signed)"),
      err: expect.stringContaining("as ana@example.com: allowed_signers lists this key for nobody else"),
    });
    expect((await approve("ben")).code).not.toBe(0);
  });

  test("whose key it is not is told, with file and line", async () => {
    const it = project({ allowed_signers: `# who signs\n${line("ana")}${line("ben")}${line("dana")}` });
    await it.run("dana", PLAN);
    expect(await it.run("ana", ["approve", "p.opsplan.json"], "ben")).toMatchObject({
      code: 3,
      err: expect.stringMatching(
        /does not count as the word of ana@example\.com: the key SHA256:\S+ is not allowed to sign for ana@example\.com:\s+allowed_signers, line 3 is for ben@example\.com/,
      ),
    });
    expect(await it.run("eve", ["approve", "p.opsplan.json"])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/is not in\s+allowed_signers/),
    });
  });

  test("what a run waits for is approved by signature, and it is resumed and rolled back by signature", async () => {
    const it = project();
    expect((await it.run("dana", ["apply", "stop", "--yes"])).code).toBe(4);
    const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
    const run = runs[0]?.run ?? "";
    expect((await it.run("ana", ["approve", run], null)).code).toBe(1);
    expect((await it.run("ana", ["approve", run])).code).toBe(0);
    expect((await it.run("eve", ["resume", run], null)).code).toBe(1);
    expect((await it.run("eve", ["resume", run])).code).toBe(0);
    expect((await it.run("ben", ["rollback", run], null)).code).toBe(1);
    expect((await it.run("ben", ["rollback", run])).code).toBe(0);
    expect([has(it, "first.txt"), has(it, "last.txt")]).toEqual([false, false]);
    expect((await opsc(["audit", "verify"], it.folder)).out).toMatch(/^the log is intact/);
  });

  test("a run is cancelled and paused by signature alone", async () => {
    const it = project();
    expect((await it.run("dana", ["apply", "stop", "--yes"])).code).toBe(4);
    const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
    const run = runs[0]?.run ?? "";
    expect((await it.run("ben", ["cancel", run], null)).code).toBe(1);
    expect(has(it, "first.txt")).toBe(true);
    expect((await it.run("ben", ["cancel", run])).code).toBe(0);
    expect(has(it, "first.txt")).toBe(false);
  });

  test("a lease is ended sooner by signature, and by itself without", async () => {
    const it = project();
    const worker = start(["work"], it.folder);
    try {
      let out = "";
      worker.stdout?.on("data", (chunk: Buffer) => {
        out += chunk.toString("utf8");
      });
      await until(() => out.includes("watches over"), "opsc work to watch");
      expect((await it.run("dana", ["apply", "grant", "--yes"])).code).toBe(0);
      const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
      const revoke = ["leases", "revoke", `${runs[0]?.run}:put`];
      expect((await it.run("ben", revoke, null)).code).toBe(1);
      expect(has(it, "grant.txt")).toBe(true);
      expect((await it.run("ben", revoke)).code).toBe(0);
      expect(has(it, "grant.txt")).toBe(false);
      expect((await opsc(["audit", "verify"], it.folder)).out).toMatch(/^the log is intact/);
    } finally {
      worker.kill("SIGTERM");
      await ended(worker);
    }
  });

  test("what is left of a run is undone although the keys of those who approved are gone", async () => {
    const it = project();
    expect((await it.run("dana", ["apply", "stop", "--yes"])).code).toBe(4);
    const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
    const run = runs[0]?.run ?? "";
    await it.run("ana", ["approve", run]);
    expect((await it.run("eve", ["resume", run])).code).toBe(0);
    it.write(
      "allowed_signers",
      PEOPLE.filter((who) => who !== "ana")
        .map((who) => line(who))
        .join(""),
    );
    const audit = await opsc(["audit", "verify"], it.folder);
    expect(audit).toMatchObject({
      code: 8,
      out: expect.stringMatching(
        /that of ana@example\.com does not count: the key SHA256:\S+ is not in allowed_signers/,
      ),
    });
    expect((await it.run("ben", ["rollback", run])).code).toBe(0);
    expect(has(it, "first.txt")).toBe(false);
    // A line that ends being valid keeps what was signed before.
    it.write(
      "allowed_signers",
      `${PEOPLE.map((who) => line(who, who === "ana" ? `valid-before="${new Date(Date.now() + 1000).toISOString().replace(/[-:T]|\.\d+/g, "")}"` : "")).join("")}`,
    );
    expect((await opsc(["audit", "verify"], it.folder)).out).toMatch(/^the log is intact/);
  });
});

describe("opsc doctor", { timeout: 60_000 }, () => {
  test("tells of lines that cannot be used, of approvers without a key, and whether one's own is known", async () => {
    const it = project({
      allowed_signers: `${line("dana")}ben@example.com cert-authority ${keyOf("ben").line}\n*@example.org ${keyOf("cleo").line}\n`,
    });
    const doctor = async (key: string): Promise<string> =>
      (await opsc(["doctor", "--as", email("dana")], it.folder, "", { OPSC_KEY: key })).out.replace(/\s+/g, " ");
    const told = await doctor(keyOf("dana").file);
    expect(told).toContain("warning allowed_signers, line 2, names a certificate authority, which opsc does not take");
    expect(told).toContain("warning allowed_signers, line 3, lets one key sign for *@example.org");
    expect(told).toContain("ana@example.com, ben@example.com, cleo@example.com, eve@example.com cannot sign");
    expect(told).toMatch(/ok you sign with \S+, SHA256:\S+, as dana@example\.com/);
    expect(await doctor(keyOf("ana").file)).toMatch(
      /warning \S+, SHA256:\S+, is no key of dana@example\.com in allowed_signers/,
    );
    it.write(
      "opsc.trust.json",
      JSON.stringify({ identities: "signed", allowedSigners: "allowed_signers", revokedKeys: "revoked" }),
    );
    it.write("revoked", "nonsense\n");
    const broken = await opsc(["doctor"], it.folder);
    expect(broken).toMatchObject({
      code: 9,
      out: expect.stringContaining("problem  revoked, line 1, is not a public key"),
    });
  });
});

describe("where names are taken at their word", { timeout: 60_000 }, () => {
  test("a key that is named signs all the same, and a signature that does not hold is worse than none", async () => {
    const it = project({ "opsc.trust.json": "{}" });
    rmSync(path.join(it.folder, "allowed_signers"));
    expect((await it.run("dana", PLAN, null)).code).toBe(0);
    const told = await it.run("ana", ["approve", "p.opsplan.json", "-o", "a.opsapproval.json"]);
    expect(told.out).toContain("by ana@example.com (signed)");
    await it.run("ben", ["approve", "p.opsplan.json", "-o", "b.opsapproval.json"], null);
    const file = path.join(it.folder, "a.opsapproval.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(email("ana"), email("cleo")));
    const apply = ["apply", "p.opsplan.json", "--approvals", "."];
    expect(await it.run("eve", apply, null)).toMatchObject({
      code: 8,
      err: expect.stringContaining(
        "a.opsapproval.json does not verify: the signature is not of this content by this key",
      ),
    });
    writeFileSync(file, text);
    expect((await it.run("eve", apply, null)).code).toBe(0);
  });
});
