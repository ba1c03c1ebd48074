/** Ways round what is asked for: a lease that somebody says is over, a trust root of links, a secret that the plan has no use for. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { makeProject, opsc, start, until } from "../e2e/opsc.ts";
import { SIGNED, signedProject } from "../tools/signed-project.ts";

const TIME = { timeout: 120_000 };

test("a lease does not become for good by who has it saying that it was taken back", TIME, async () => {
  const it = signedProject();
  await it.run("dana", ["plan", "grant", "-o", "g.opsplan.json"]);
  const worker = start(["work"], it.folder);
  try {
    await until(
      async () => JSON.parse((await opsc(["leases", "--json"], it.folder)).out).work.alive === true,
      "opsc work",
    );
    const ran = await it.run("dana", ["apply", "g.opsplan.json"]);
    expect(ran).toMatchObject({ code: 0 });
    const lease = `${/run (\S+) /.exec(ran.out)?.[1]}:put`;
    expect(await it.run("dana", ["leases", "revoke", lease, "--done"])).toMatchObject({
      code: 3,
      err: expect.stringContaining(`opsc has not failed to take the lease ${lease} back`),
    });
    expect((await opsc(["leases"], it.folder)).out).toContain(`${lease}  open until`);
    expect(await it.run("dana", ["leases", "revoke", lease])).toMatchObject({ code: 0 });
    expect(existsSync(path.join(it.folder, "grant.txt"))).toBe(false);
  } finally {
    worker.kill("SIGTERM");
  }
});

test.each(["opsc.trust.json", "rules.ops"])("a trust root of which %s is a link is none", TIME, async (linked) => {
  const folder = makeProject({
    "main.ops": 'use file\naction go() { step a = file.write(path: "a", content: "x") { rollback auto } }\n',
  });
  const trust = makeProject({
    "org.ops": 'approver sre { members = ["ana@example.com"] }\n',
    "opsc.trust.json": '{ "breakGlass": [] }\n',
    "rules.ops": 'guardrail none { require plan.writes.count == 0 else "no" }\n',
  });
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: trust,
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
    });
  git("init", "-q");
  writeFileSync(path.join(trust, "elsewhere"), readFileSync(path.join(trust, linked)));
  execFileSync("rm", [path.join(trust, linked)]);
  symlinkSync("elsewhere", path.join(trust, linked));
  git("add", "-A");
  git("commit", "-qm", "x");
  const env = { OPSC_TRUST: `git:${trust}@HEAD` };
  expect(await opsc(["apply", "go", "--yes"], folder, "", env)).toMatchObject({
    code: 9,
    err: expect.stringMatching(new RegExp(`${linked} of .* is a link, which is not followed`)),
  });
  expect(existsSync(path.join(folder, "a"))).toBe(false);
});

test("a secret of the project stays one in the run of a plan that does not use it", TIME, async () => {
  const folder = makeProject({
    "main.ops": `use exec
secret token from env("OF_OTHERS")
operation variables() {
  effect   = read
  resource = "variables"
  repeat   = idempotent
  call     = exec.run(argv: ["env"], public: true)
}
action look() { step a = variables() }
`,
  });
  const env = { OF_OTHERS: "canary-of-others", VAULT_TOKEN: "canary-of-vault", SEEN: "canary-seen" };
  expect(await opsc(["plan", "look", "-o", "p.opsplan.json"], folder, "", env)).toMatchObject({ code: 0 });
  const ran = await opsc(["apply", "p.opsplan.json", "--json"], folder, "", env);
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining("SEEN=canary-seen") });
  const kept = readdirSync(path.join(folder, ".opsc"), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => readFileSync(path.join(each.parentPath, each.name), "latin1"));
  for (const text of [ran.out, ran.err, ...kept]) expect(text).not.toMatch(/canary-of-|OF_OTHERS=|VAULT_TOKEN=/);
});

test("a variable that an input names as secret is none of what a fact of the plan tells", TIME, async () => {
  const folder = makeProject({
    "main.ops": `use exec
operation variables(token: secret<string>) {
  effect   = read
  resource = "variables"
  repeat   = idempotent
  call     = exec.run(argv: ["env"], secret_stdin: token, public: true)
}
operation all() {
  effect   = read
  resource = "variables"
  repeat   = idempotent
  call     = exec.run(argv: ["env"], public: true)
}
action look(token: secret<string>) {
  fact seen = all()
  require seen.stdout != "" else "nothing"
  step a = variables(token: token)
}
`,
  });
  const env = { GIVEN: "canary-of-input", SEEN: "canary-seen" };
  const plan = ["plan", "look", "-i", "token=@env:GIVEN", "-o", "p.opsplan.json"];
  expect(await opsc(plan, folder, "", env)).toMatchObject({ code: 0 });
  const text = readFileSync(path.join(folder, "p.opsplan.json"), "utf8");
  expect(text).toContain("SEEN=canary-seen");
  expect(text).not.toMatch(/canary-of-input|GIVEN=/);
});

test("what names alone approved does not go on where only what is signed counts", TIME, async () => {
  const loose = JSON.stringify({ identities: "unverified" });
  const it = signedProject({ "opsc.trust.json": loose });
  await it.run("eve", ["plan", "stop", "-o", "p.opsplan.json"], null);
  const waits = await it.run("dana", ["apply", "p.opsplan.json"], null);
  const run = /run (\S+) /.exec(waits.out)?.[1] ?? "";
  expect(await it.run("ana", ["approve", run], null)).toMatchObject({ code: 0 });
  it.write("opsc.trust.json", SIGNED);
  expect(await it.run("eve", ["resume", run])).toMatchObject({
    code: 3,
    err: expect.stringContaining("of this run names were taken at their word"),
  });
  expect(existsSync(path.join(it.folder, "last.txt"))).toBe(false);
  expect(await it.run("eve", ["cancel", run])).toMatchObject({ code: 0 });
  expect(existsSync(path.join(it.folder, "first.txt"))).toBe(false);
});

test("what was begun without the trust root of the machine does not go on with it", TIME, async () => {
  const it = signedProject({ "opsc.trust.json": JSON.stringify({ identities: "unverified" }) });
  const root = makeProject({ "org.ops": 'guardrail none { require plan.writes.count == 0 else "no" }\n' });
  await it.run("eve", ["plan", "stop", "-o", "p.opsplan.json"], null);
  const waits = await it.run("dana", ["apply", "p.opsplan.json"], null);
  const run = /run (\S+) /.exec(waits.out)?.[1] ?? "";
  await it.run("ana", ["approve", run], null);
  expect(await opsc(["resume", run, "--as", "eve"], it.folder, "", { OPSC_TRUST: root })).toMatchObject({
    code: 3,
    err: expect.stringContaining("this run was planned without one"),
  });
  expect(existsSync(path.join(it.folder, "last.txt"))).toBe(false);
});
