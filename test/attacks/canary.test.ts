/**
 * Four secrets, one of each source, go through every built-in provider, into what they print, answer and fail with, in many
 * encodings; the run fails and is undone, another is killed and resumed. Then every byte that opsc showed or kept is searched for them.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, makeProject, opsc, type Ran, start, until } from "../e2e/opsc.ts";
import { type StandIn, startVault } from "../tools/vault.ts";

/** What others write otherwise stands in each. */
const CANARIES = {
  env: `canary-Env7 "q'<&%+/=?$x é`,
  file: `canary-File3 "q'<&%+/=?$x é`,
  vault: `canary-Vault9 "q'<&%+/=?$x é`,
  exec: `canary-Exec5 "q'<&%+/=?$x é`,
} as const;

const ENCODINGS: { readonly [name: string]: (secret: string) => string | Uint8Array } = {
  raw: (s) => s,
  json: (s) => JSON.stringify(s).slice(1, -1),
  base64: (s) => Buffer.from(s).toString("base64").replace(/=+$/, "").slice(0, -1),
  "base64, shifted": (s) => Buffer.from(`:${s}`).toString("base64").slice(4, -4),
  base64url: (s) => Buffer.from(`u:${s}`).toString("base64url").slice(4, -4),
  hex: (s) => Buffer.from(s).toString("hex"),
  HEX: (s) => Buffer.from(s).toString("hex").toUpperCase(),
  url: encodeURIComponent,
  form: (s) => new URLSearchParams({ a: s }).toString().slice(2),
  html: (s) => s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  shell: (s) => s.replaceAll("'", "'\\''"),
  "utf-16": (s) => Buffer.from(s, "utf16le"),
};

/** Writes what it is given, on standard output and error, in as many ways as there are. */
const PRINTER = `import { readFileSync } from "node:fs";
const given = [process.env.TOKEN, readFileSync(0, "utf8")];
for (const s of given) {
  const b = Buffer.from(s);
  const shifted = Buffer.from("u:" + s);
  const all = [s, JSON.stringify({ s }), b.toString("base64"), shifted.toString("base64"), Buffer.from(":" + s).toString("base64"),
    shifted.toString("base64url"), b.toString("hex"), b.toString("hex").toUpperCase(), encodeURIComponent(s),
    new URLSearchParams({ a: s }).toString(), "'" + s.replaceAll("'", "'\\\\''") + "'",
    s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    shifted.toString("base64").replace(/.{20}/g, "$&\\n")];
  for (const each of all) { process.stdout.write("out: " + each + "\\n"); process.stderr.write("err: " + each + "\\n"); }
  process.stdout.write(Buffer.from(s, "utf16le"));
  for (const char of s) process.stdout.write(char);
}
if (process.argv[2] === "wait") setTimeout(() => {}, 15_000);
else process.exit(Number(process.argv[2]));
`;

const program = (port: number): string => `use exec
use file
use http
use http as api {
  base_url = "http://127.0.0.1:${port}/"
  bearer   = of_env
}

secret of_env   from env("CANARY")
secret of_file  from file("canary-file")
secret of_vault from vault(path: "secret/app", field: "password")
secret of_exec  from exec(argv: ["cat", "canary-exec"])

operation say(token: secret<string>, line: secret<string>, mode: string, out: bool) {
  effect   = read
  resource = "say"
  repeat   = idempotent
  call     = exec.run(argv: ["node", "printer.mjs", mode], secret_env: { TOKEN: token }, secret_stdin: line, public: true, ok: out ? [0] : [1])
}

action everywhere(given: secret<string>, mode: string, fails: bool) {
  fact echoed = api.get(url: "echo")
  require echoed.status == 200 && echoed.body != "" else "not \${echoed.body}"
  step printed  = say(token: of_env, line: of_file, mode: "0", out: true)
  step other    = say(token: of_vault, line: of_exec, mode: "0", out: true)
  step shown    = say(token: given, line: printed.exit_code == 0 ? of_env : of_file, mode: "0", out: true)
  step kept     = file.write_secret(path: "kept", content: of_vault) { rollback auto }
  step over     = file.write_secret(path: "kept", content: of_exec) { rollback auto }
  step read     = file.read(path: "kept")
  step copied   = file.write(path: "copied", content: read.content ?? "") { rollback auto }
  step posted   = http.post(
    url: "http://127.0.0.1:${port}/echo",
    secret_headers: { "x-token": of_file },
    json: { plain: "yes", said: shown.stdout },
    secret_json: { token: of_vault, other: of_exec },
  ) { irreversible "it was sent" }
  step told     = file.write(path: "told", content: posted.body, public: true) { rollback auto }
  check there   = api.get(url: "echo") { require it.status == 200 else it.body }
  step waited   = say(token: of_env, line: of_vault, mode: mode, out: true)
  step refused  = http.post(url: "http://127.0.0.1:${port}/fail", secret_json: { token: of_vault }) when fails { irreversible "it was sent" }
  on failure { step noted = file.write(path: "noted", content: posted?.body ?? "nothing") }
}
`;

let vault: StandIn;
let service: http.Server;
let project = "";
const said: Ran[] = [];

/** Says back what it was sent, in its headers and body, whatever it is asked. */
const echo: http.RequestListener = (request, response) => {
  const chunks: Uint8Array[] = [];
  request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    const header = Buffer.from(request.headers.authorization ?? "").toString("base64");
    response.writeHead(request.url === "/fail" ? 500 : 200, { "x-back": header });
    response.end(JSON.stringify({ body, headers: request.headers, raw: Buffer.from(body).toString("base64") }));
  });
};

beforeAll(async () => {
  vault = await startVault();
  vault.put("secret/app", { password: CANARIES.vault });
  service = http.createServer(echo);
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  project = makeProject({
    "main.ops": program((service.address() as AddressInfo).port),
    "printer.mjs": PRINTER,
    "canary-file": `${CANARIES.file}\n`,
    "canary-exec": `${CANARIES.exec}\n`,
  });
  chmodSync(path.join(project, "canary-file"), 0o600);
});
afterAll(async () => {
  await vault.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

const variables = (): Record<string, string> => ({
  // What HTTP can carry in a header.
  CANARY: CANARIES.env.replace("é", "e"),
  VAULT_ADDR: vault.address,
  VAULT_TOKEN: "root",
});

async function run(...args: readonly string[]): Promise<Ran> {
  const ran = await opsc(args, project, "", variables());
  said.push(ran);
  return ran;
}

const asked = ["-i", "given=@file:canary-file", "--as", "ana@example.com"];

function inputs(mode: string, fails: boolean): string[] {
  return [...asked, "-i", `mode=${mode}`, "-i", `fails=${fails}`];
}

/** Every file below a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
  );
}

function leaks(what: string, bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes);
  const secrets = { ...CANARIES, env: variables().CANARY ?? "" };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(ENCODINGS)
      .filter(([, encode]) => text.includes(Buffer.from(encode(secret))))
      .map(([encoding]) => `${name} in ${what} (${encoding})`),
  );
}

test("the search finds each of them, were it there", () => {
  for (const [name, encode] of Object.entries(ENCODINGS))
    expect(leaks("text", Buffer.concat([Buffer.from("x"), Buffer.from(encode(CANARIES.exec))]))).toContain(
      `exec in text (${name})`,
    );
});

test("nothing of what is shown or kept holds a secret", { timeout: 180_000 }, async () => {
  expect((await run("check")).code).toBe(0);
  // A run that goes well, with the plan as a file.
  const plan = path.join(project, "a.opsplan.json");
  expect(await run("plan", "everywhere", ...inputs("0", false), "-o", plan)).toMatchObject({ code: 0 });
  const good = await run("apply", plan, "--as", "ana@example.com");
  expect(good).toMatchObject({ code: 0 });
  // What was written for others to use is whole.
  expect(readFileSync(path.join(project, "kept"), "utf8")).toBe(CANARIES.exec);
  expect(readFileSync(path.join(project, "copied"), "utf8")).toBe("‹secret›");
  // One that fails, in a command and in an exchange, and is undone.
  const failed = await run("apply", "everywhere", ...inputs("0", true), "--yes", "--json");
  expect(failed.code).toBe(6);
  const broken = await run("apply", "everywhere", ...inputs("7", false), "--yes");
  expect(broken.code).toBe(6);
  expect(broken.out + broken.err).toContain("‹secret›");
  // Undo put back what was there, to the byte, though what it needed was kept.
  expect(readFileSync(path.join(project, "kept"), "utf8")).toBe(CANARIES.exec);
  // One that is killed in the middle, and taken up again without its secret, then with it.
  const child = start(["apply", "everywhere", ...inputs("wait", false), "--yes"], project, variables());
  const killed = ended(child);
  await until(async () => {
    const { out } = await opsc(["runs", "--json"], project);
    const [name] = /"run":\s*"([^"]+)"/.exec(out) ?? [];
    const shown = name === undefined ? "" : (await opsc(["runs"], project)).out;
    return shown.includes("running") && readdirSync(project).includes("told");
  }, "the run waits");
  child.kill("SIGKILL");
  const { out: listed } = await run("runs", "--json");
  const name = JSON.parse(listed).runs.find((each: { outcome: unknown }) => each.outcome === null)?.run;
  expect(typeof name).toBe("string");
  const without = await opsc(["resume", name, "--as", "ana@example.com"], project, "", { VAULT_ADDR: "", CANARY: "" });
  said.push(without);
  expect(without.code).toBe(9);
  expect(without.err).toContain("a secret cannot be read: of_env (@env:CANARY) is empty");
  const taken = start(["resume", name, "--as", "ana@example.com"], project, variables());
  const cancelled = ended(taken);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  taken.kill("SIGINT");
  taken.kill("SIGINT");
  await run("cancel", name, "--as", "ana@example.com");
  // What it had started is gone by now, and nothing holds its output any more.
  said.push(await killed, await cancelled);
  // And all that tells of them.
  for (const format of ["text", "html", "md"])
    said.push(
      await opsc(["show", plan, "--format", format], project),
      await opsc(["show", name, "--format", format], project),
    );
  await run("show", name, "--json");
  await run("audit", "export");
  await run("doctor");
  expect((await run("audit", "verify")).code).toBe(0);

  const kept = [
    ...filesIn(path.join(project, ".opsc")),
    plan,
    path.join(project, "told"),
    path.join(project, "copied"),
  ];
  const found = [
    ...kept.flatMap((file) => leaks(path.relative(project, file), readFileSync(file))),
    ...said.flatMap(({ out, err }, index) => [
      ...leaks(`output ${index}`, Buffer.from(out)),
      ...leaks(`errors ${index}`, Buffer.from(err)),
    ]),
  ];
  expect([...new Set(found)]).toEqual([]);
});

test("a plan that would hold a secret as text is not made", async () => {
  writeFileSync(
    path.join(project, "plain.ops"),
    'use file\nsecret of_env from env("CANARY")\naction plain(text: string) {\n  step a = file.write_secret(path: "plain", content: of_env) { rollback auto }\n  step b = file.write(path: "b", content: text) { rollback auto }\n}\n',
  );
  const { CANARY = "" } = variables();
  const ran = await run("plan", "plain", "-i", `text=the ${CANARY}`, "--as", "ana@example.com");
  expect(ran.code).toBe(3);
  expect(ran.err).toContain("the plan would hold a secret as text: the input text");
  expect(leaks("errors", Buffer.from(ran.err))).toEqual([]);
});

test("without its secret a run is not begun, and all that is missing is told", async () => {
  const plan = path.join(project, "b.opsplan.json");
  expect((await run("plan", "everywhere", ...inputs("0", false), "-o", plan)).code).toBe(0);
  const ran = await opsc(["apply", plan, "--as", "ana@example.com", "--json"], project, "", {
    VAULT_ADDR: "",
    CANARY: "",
  });
  expect(ran.code).toBe(9);
  const { error } = JSON.parse(ran.out);
  expect(error.secrets).toEqual([
    { id: "main.ops#of_env", message: "of_env (@env:CANARY) is empty", remedy: "put the secret there" },
    {
      id: "main.ops#of_vault",
      message: "of_vault (@vault:secret/app#password): no Vault is set up",
      remedy: "set VAULT_ADDR, or address of secrets.vault in opsc.config.json",
    },
  ]);
  expect((await opsc(["apply", plan, "--as", "ana@example.com"], project, "", variables())).code).toBe(0);
  // A fact that is read with a secret cannot be read without it: that is the machine's, and not the plan's fault.
  const unplanned = await opsc(["plan", "everywhere", ...inputs("0", false)], project, "", {
    VAULT_ADDR: "",
    CANARY: "",
  });
  expect(unplanned.code).toBe(9);
  expect(unplanned.err).toContain("fact echoed cannot be read: of_env (@env:CANARY) is empty; put the secret there");
});
