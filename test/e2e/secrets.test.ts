/** Secrets from end to end: handed on, read anew, missing in the middle, told of in plans and comparisons. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { type StandIn, startVault } from "../tools/vault.ts";
import { makeProject, opsc, type Ran } from "./opsc.ts";

let vault: StandIn;
beforeAll(async () => {
  vault = await startVault({ roles: { app: { ttl: 600 } } });
});
afterAll(() => vault.close());

const ANA = ["--as", "ana@example.com"];
const run = (project: string, env: Record<string, string>, ...args: readonly string[]): Promise<Ran> =>
  opsc(args, project, "", { VAULT_ADDR: vault.address, VAULT_TOKEN: "root", ...env });
const text = (project: string, name: string): string => readFileSync(path.join(project, name), "utf8");

/** Gives a secret, another each time; \`gone\` makes it fail. */
const COUNTER = `n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n > count
test -e gone && exit 1
echo "secret-number-$n"
`;

const USES = `use exec
use file
secret counted from exec(argv: ["sh", "counter.sh"])
operation keep(to: string, content: secret<string>) {
  effect   = write
  resource = "kept:\${to}"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "cat > \\"$0\\"", to], secret_stdin: content)
}
`;

test("each call and each undo reads it anew; one that cannot be read in the middle fails its step, and what was done is undone", async () => {
  const project = makeProject({
    "counter.sh": COUNTER,
    "main.ops": `${USES}
action act(break_it: bool) {
  step one   = keep(to: "one", content: counted) { rollback keep(to: "undone", content: counted) }
  step stop  = file.write(path: "gone", content: "x") when break_it { rollback auto }
  step two   = keep(to: "two", content: counted) { rollback keep(to: "two", content: counted) }
}
`,
  });
  const good = await run(project, {}, "apply", "act", "-i", "break_it=false", "--yes", ...ANA);
  expect(good).toMatchObject({ code: 0 });
  // The first was read to see whether it can be.
  expect([text(project, "one"), text(project, "two")]).toEqual(["secret-number-2", "secret-number-3"]);
  const bad = await run(project, {}, "apply", "act", "-i", "break_it=true", "--yes", ...ANA);
  expect(bad).toMatchObject({ code: 5 });
  expect(bad.out + bad.err).toContain("counted (@exec:");
  expect(bad.out + bad.err).toContain("ended with exit code 1");
  expect(text(project, "undone")).toMatch(/^secret-number-[78]$/);
  writeFileSync(path.join(project, "gone"), "");
  const none = await run(project, {}, "apply", "act", "-i", "break_it=false", "--yes", ...ANA);
  expect(none).toMatchObject({ code: 9 });
  expect(none.err).toContain("what it wrote is not shown");
});

test("what a step puts away in Vault the next is handed, and a login made for the run is given back at its end", async () => {
  vault.put("secret/app", { password: "the-first-password" });
  const project = makeProject({
    "main.ops": `use exec
use file
use vault {
  address = "${vault.address}"
  token   = root
}
secret root   from env("VAULT_TOKEN")
secret old    from vault(path: "secret/app", field: "password")
secret login  from vault(path: "database/creds/app", field: "username")
secret login_password from vault(path: "database/creds/app", field: "password")
action rotate() {
  step before = file.write_secret(path: "before", content: old) { rollback auto }
  step fresh  = vault.generate(path: "secret/app") { rollback auto }
  step after  = file.write_secret(path: "after", content: fresh.password) { rollback auto }
  step now    = file.write_secret(path: "now", content: old) { rollback auto }
  step name   = file.write_secret(path: "name", content: login) { rollback auto }
  step word   = file.write_secret(path: "word", content: login_password) { rollback auto }
}
`,
  });
  const env = { VAULT_TOKEN: "root-token-of-tests" };
  vault.tokens.add(env.VAULT_TOKEN);
  expect(await run(project, env, "plan", "rotate", "-o", "a.opsplan.json", ...ANA)).toMatchObject({ code: 0 });
  const ran = await run(project, env, "apply", "a.opsplan.json", ...ANA);
  expect(ran).toMatchObject({ code: 0 });
  expect(text(project, "before")).toBe("the-first-password");
  const fresh = String(vault.get("secret/app")?.password);
  expect(fresh).not.toBe("the-first-password");
  expect([text(project, "after"), text(project, "now")]).toEqual([fresh, fresh]);
  // Of one login: name and password belong together.
  expect(text(project, "name")).toMatch(/^v_app_/);
  expect(text(project, "word")).toMatch(/^A1a-/);
  expect(vault.leases.size).toBe(0);
  const { out } = await run(project, env, "audit", "export");
  expect(out).toContain('"$secret":{"field":"password","from":"vault"');
  expect(out).not.toContain(fresh);
});

test("a plan names its secrets, shows no more of what they change than a line, and a comparison tells of others", async () => {
  const project = makeProject({
    "counter.sh": COUNTER,
    token: "a secret of a file",
    "main.ops": `use file
secret token from file("token")
action one(given: secret<string>, wide: bool = false) {
  step a = file.write_secret(path: "a", content: token) { rollback auto }
  step b = file.write_secret(path: "b", content: given) when wide { rollback auto }
}
`,
  });
  chmodSync(path.join(project, "token"), 0o600);
  const plan = (to: string, ...more: readonly string[]) =>
    run(project, { GIVEN: "a secret of a variable" }, "plan", "one", "-o", to, ...ANA, ...more);
  const made = await plan("a.opsplan.json", "-i", "given=@file:token");
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toContain("reads the secrets @file:token, token from @file:token");
  const { plan: read } = planFileSchema.parse(JSON.parse(text(project, "a.opsplan.json")));
  expect(read.secrets.map(({ id }) => id)).toEqual(["@file:token", "main.ops#token"]);
  const [step] = read.nodes.flatMap((node) => (node.kind === "step" ? [node] : []));
  expect(step?.preview).toMatchObject({ sensitive: true, summary: "create a with a secret", diff: null });
  expect(await plan("b.opsplan.json", "-i", "given=@env:GIVEN", "-i", "wide=true")).toMatchObject({ code: 0 });
  const diff = await run(project, {}, "diff", "a.opsplan.json", "b.opsplan.json");
  expect(diff.out).toContain("secret @env:GIVEN");
  expect(diff.out).toContain("is read too");
  const without = await run(project, {}, "apply", "b.opsplan.json", ...ANA);
  expect(without.code).toBe(9);
  expect(without.err).toContain("@env:GIVEN is not set");
  const told = await run(project, {}, "plan", "one", "-i", "given=a secret itself", ...ANA);
  expect(told.code).toBe(1);
  expect(told.err).toContain("not given itself but where it is read");
  expect(told.err).not.toContain("a secret itself");
});

test("a variable that is a secret goes to the process that is handed it, and to no other", async () => {
  const project = makeProject({
    "main.ops": `use exec
secret token from env("TOKEN")
action one() {
  step with    = exec.run(argv: ["sh", "-c", "echo $GIVEN > with"], secret_env: { GIVEN: token }) { rollback nothing "a test" }
  step without = exec.run(argv: ["sh", "-c", "echo \${"$"}{TOKEN-none} > without"]) { rollback nothing "a test" }
}
`,
  });
  const ran = await run(project, { TOKEN: "hunter2-hunter2" }, "apply", "one", "--yes", ...ANA);
  expect(ran).toMatchObject({ code: 0 });
  expect([text(project, "with"), text(project, "without")]).toEqual(["hunter2-hunter2\n", "none\n"]);
});

test("a run is not begun where a secret is also a name in the plan, or of who applies: the log could not tell of it", async () => {
  const project = makeProject({
    word: "switch_over",
    "main.ops": `use exec
secret word from file("word")
action one() {
  step switch_over = exec.run(argv: ["true"], secret_env: { WORD: word }) { rollback nothing "a test" }
}
`,
  });
  chmodSync(path.join(project, "word"), 0o600);
  // Nothing is read while it is planned.
  expect(await run(project, {}, "plan", "one", "-o", "a.opsplan.json", ...ANA)).toMatchObject({ code: 0 });
  const refused = await run(project, {}, "apply", "a.opsplan.json", ...ANA);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.err).toContain("the plan would hold a secret as text: the step ‹secret›");
  writeFileSync(path.join(project, "word"), "ana@example.com");
  expect((await run(project, {}, "apply", "a.opsplan.json", ...ANA)).err).toContain(": who asked for it");
  writeFileSync(path.join(project, "word"), "ben@example.com");
  const named = await run(project, {}, "apply", "a.opsplan.json", "--as", "ben@example.com");
  expect(named).toMatchObject({ code: 3 });
  expect(named.err).toContain("the name of who does this is also a secret of the plan");
  expect((await run(project, {}, "runs", "--json")).out).toContain('"runs":[]');
  writeFileSync(path.join(project, "word"), "hunter2-hunter2");
  expect(await run(project, {}, "apply", "a.opsplan.json", ...ANA)).toMatchObject({ code: 0 });
});

test("a program that has a secret is not given what opsc signs checkpoints with", async () => {
  const project = makeProject({
    "main.ops": `use exec
secret asked from exec(argv: ["sh", "-c", "env > seen; cat word"])
action one() {
  step with = exec.run(argv: ["sh", "-c", "env > given"], secret_env: { GIVEN: asked }) { rollback nothing "a test" }
}
`,
    word: "hunter2-hunter2",
    "opsc.config.json": JSON.stringify({
      audit: { checkpoint: { key: "@env:SIGNER", origin: "a.example/b", to: [{ file: "kept" }] } },
    }),
  });
  const key = await run(project, {}, "audit", "keygen", "-o", "key");
  expect(key).toMatchObject({ code: 0 });
  const ran = await run(project, { SIGNER: text(project, "key"), OTHER: "seen" }, "apply", "one", "--yes", ...ANA);
  expect(ran).toMatchObject({ code: 0 });
  for (const name of ["seen", "given"]) {
    expect(text(project, name)).toContain("OTHER=seen");
    expect(text(project, name)).not.toContain("PRIVATE");
    expect(text(project, name)).not.toContain("SIGNER");
  }
});

test("opsc doctor tells which secrets of the project can be read here, and shows none", async () => {
  const project = makeProject({
    token: "a secret of a file",
    "main.ops": `use file
secret token  from file("token")
secret absent from env("NO_SUCH_VARIABLE")
secret short  from env("SHORT")
action one() {
  step a = file.write_secret(path: "a", content: token) { rollback auto }
  step b = file.write_secret(path: "b", content: absent) { rollback auto }
  step c = file.write_secret(path: "c", content: short) { rollback auto }
}
`,
  });
  const { out } = await run(project, { SHORT: "hunter2" }, "doctor");
  expect(out).toContain("token (@file:token) may be read by every user of this machine");
  expect(out).toContain("absent (@env:NO_SUCH_VARIABLE) is not set");
  expect(out).toContain("short (@env:SHORT) has fewer than 8 characters");
  expect(out).not.toContain("hunter2");
  chmodSync(path.join(project, "token"), 0o600);
  const { out: better } = await run(
    project,
    { SHORT: "hunter2-hunter2", NO_SUCH_VARIABLE: "hunter3-hunter3" },
    "doctor",
  );
  expect(better).toContain("3 of 3 secrets can be read here");
});
