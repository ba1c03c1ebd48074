/**
 * Four secrets, one of each source, go through runs that succeed, fail and are undone, are killed and resumed, and through a provider
 * that tells of them wherever it can, in many encodings. Then every byte that opsc showed, kept or sent is searched for them.
 * `canary-table.test.ts` has each built-in provider by each way out of it.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, makeProject, opsc, type Ran, start, until } from "../e2e/opsc.ts";
import { here } from "../language-server/client.ts";
import { type StandIn, startVault } from "../tools/vault.ts";
import { ENCODINGS, found } from "./canaries.ts";

/** What others write otherwise stands in each. */
const CANARIES = {
  env: `canary-Env7 "q'<&%+/=?$x é`,
  file: `canary-File3 "q'<&%+/=?$x é`,
  vault: `canary-Vault9 "q'<&%+/=?$x é`,
  exec: `canary-Exec5 "q'<&%+/=?$x é`,
} as const;

/** Writes what it is given, on standard output and error, in as many ways as there are. */
const PRINTER = `import { readFileSync, writeFileSync } from "node:fs";
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
if (process.argv[2] === "wait") {
  writeFileSync("waiting", "");
  setTimeout(() => {}, 15_000);
}
else process.exit(Number(process.argv[2]));
`;

/** A provider that says what it was handed wherever it can, and where it should not. */
const LEAKY = `import { defineProvider, operation, ProviderError, secret, z } from "opsc/provider";
const word = secret(z.string());
const params = z.object({ word, mode: z.string() });
const said = (s) => ["raw " + s, JSON.stringify({ s }), Buffer.from(s).toString("base64"), Buffer.from(s).toString("hex"),
  Buffer.from(s).toString("hex").replace(/../g, "$& "), encodeURIComponent(s), "'" + s.replaceAll("'", "'\\''") + "'"].join(" | ");
const common = { result: z.object({ text: z.string(), by: z.record(z.string(), z.string()) }), resource: "leaky:{mode}", repeat: "idempotent" };
const answer = ({ word }) => ({ text: said(word), by: { [word]: word } });
export default defineProvider({
  name: "leaky", version: "1.0.0", doc: "Leaks.",
  operations: {
    look: operation({ ...common, doc: "Looks.", params, effect: "read", run: answer }),
    tell: operation({
      ...common, doc: "Tells.", params, effect: "write", previewIs: "public",
      preview: ({ word }) => ({ summary: said(word), diff: said(word) }),
      async run(args, ctx) {
        const text = said(args.word);
        console.log("log", text); console.error("error", text); console.warn(new Error(text));
        process.stdout.write(text + "\\n"); process.stderr.write(text + "\\n"); process.emitWarning(text);
        // Progress, a byte at a time.
        for (const byte of Buffer.from(text)) ctx.output(Uint8Array.of(byte));
        if (args.mode === "fail") throw new ProviderError(text, { retryable: false });
        if (args.mode === "fault") throw Object.assign(new TypeError(text, { cause: new Error(text) }), { word: args.word });
        if (args.mode === "later") { setTimeout(() => { throw new Error(text); }); await new Promise(() => {}); }
        if (args.mode === "promise") { Promise.reject(new Error(text)); await new Promise(() => {}); }
        return answer(args);
      },
    }),
  },
});
`;

const LEAKS = `
use leaky

action leaks(mode: string, given: secret<string>) {
  title = "Leaks as \${mode}"
  fact seen = leaky.look(word: of_env, mode: "fact")
  require seen.text != "" else "not \${seen.text}"
  step one = leaky.tell(word: of_file, mode: mode) { rollback nothing "a test" }
  step two = leaky.tell(word: of_vault, mode: one.text) { rollback nothing "a test" }
  check fine = leaky.look(word: of_exec, mode: two.by.keys.join(",")) {
    require it.text == "x" else it.text
    within = 1s
  }
  step three = leaky.tell(word: given, mode: "last") { rollback nothing "a test" }
}
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
let signer = "";
/** What a sink of the log was sent. */
const sent: Uint8Array[] = [];
const said: Ran[] = [];

/** Says back what it was sent, in its headers and body, whatever it is asked. */
const echo: http.RequestListener = (request, response) => {
  const chunks: Uint8Array[] = [];
  request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    if (request.url === "/sink") {
      sent.push(...chunks);
      return void response.writeHead(200).end();
    }
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
  const { port } = service.address() as AddressInfo;
  project = makeProject({
    "main.ops": program(port) + LEAKS,
    "leaky/index.mjs": LEAKY,
    "leaky/package.json": JSON.stringify({
      name: "leaky",
      version: "1.0.0",
      type: "module",
      opsc: { manifest: "./opsc.manifest.json", provider: "./index.mjs" },
    }),
    "opsc.config.json": JSON.stringify({
      providers: { leaky: "./leaky" },
      audit: {
        checkpoint: { key: "@env:SIGNER", origin: "canary.example/log", to: [{ file: "away/checkpoint" }] },
        sinks: [{ file: "away/copy.jsonl" }, { http: `http://127.0.0.1:${port}/sink` }],
      },
    }),
    "printer.mjs": PRINTER,
    "canary-file": `${CANARIES.file}\n`,
    "canary-exec": `${CANARIES.exec}\n`,
    "away/README": "kept elsewhere\n",
  });
  chmodSync(path.join(project, "canary-file"), 0o600);
  await run("provider", "manifest", "leaky/index.mjs", "--write");
  await run("audit", "keygen", "-o", "key");
  signer = readFileSync(path.join(project, "key"), "utf8");
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
  SIGNER: signer,
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

function leaks(what: string, bytes: string | Uint8Array): string[] {
  const secrets = { ...CANARIES, env: variables().CANARY ?? "" };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    found(secret, bytes).map((encoding) => `${name} in ${what} (${encoding})`),
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
  expect(good).toMatchObject({ code: 0, out: expect.stringContaining("succeeded") });
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
  await until(() => readdirSync(project).includes("waiting"), "the run waits");
  child.kill("SIGKILL");
  const { out: listed } = await run("runs", "--json");
  const name = JSON.parse(listed).runs.find((each: { outcome: unknown }) => each.outcome === null)?.run;
  expect(typeof name).toBe("string");
  const without = await opsc(["resume", name, "--as", "ana@example.com"], project, "", {
    ...variables(),
    VAULT_ADDR: "",
    CANARY: "",
  });
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
  const [verified] = await Promise.all([
    run("audit", "verify"),
    run("audit", "export"),
    run("doctor"),
    run("show", name, "--json"),
    ...["text", "html", "markdown"].flatMap((format) => [
      run("show", plan, "--format", format),
      run("show", name, "--format", format),
    ]),
  ]);
  expect(verified.code).toBe(0);
  expect(leaksAnywhere()).toEqual([]);
});

/** In what was said so far, and in every file that opsc or a provider wrote, but for those that hold a secret by right. */
function leaksAnywhere(): string[] {
  const rightly = ["canary-file", "canary-exec", "kept", "key"].map((name) => path.join(project, name));
  const files = filesIn(project).filter((file) => !rightly.includes(file));
  return [
    ...new Set([
      ...files.flatMap((file) => leaks(path.relative(project, file), readFileSync(file))),
      ...leaks("the sink", Buffer.concat(sent)),
      ...said.flatMap(({ out, err }, index) => [...leaks(`output ${index}`, out), ...leaks(`errors ${index}`, err)]),
    ]),
  ];
}

test("nor where a provider tells it wherever it can", { timeout: 180_000 }, async () => {
  const given = ["-i", "given=@env:CANARY", "--as", "ana@example.com"];
  const leaksAs = (mode: string): string[] => ["leaks", "-i", `mode=${mode}`, ...given];
  const [a, b] = ["leaks-a.opsplan.json", "leaks-b.opsplan.json"];
  const first = await run("plan", ...leaksAs("good"), "-o", a);
  expect(first).toMatchObject({ code: 0 });
  expect(first.out).toContain("‹secret›");
  await run("plan", ...leaksAs("other"), "-o", b);
  const ended = await Promise.all(
    ["fail", "fault", "later", "promise"].map((mode) => run("apply", ...leaksAs(mode), "--yes", "--json")),
  );
  // What is thrown where nobody waits for it ends the process: the last words of that are clean, too.
  expect(ended.map(({ code }) => code)).toEqual([5, 5, 70, 70]);
  for (const { err } of ended) expect(err).toContain("‹secret›");
  const good = await run("apply", a, "--as", "ana@example.com");
  expect(good).toMatchObject({ code: 5 });
  expect(good.out + good.err).toContain("raw ‹secret›");
  const [latest] = JSON.parse((await run("runs", "--json")).out).runs;
  await Promise.all([
    ...["json", "mermaid", "svg", "html", "markdown"].map((format) => run("show", a, "--format", format)),
    ...["json", "html"].map((format) => run("show", latest.run, "--format", format)),
    run("diff", a, b),
    run("check", "--format", "sarif"),
    run("audit", "prove", latest.run),
    run("audit", "export"),
  ]);
  // The log had them, were they not taken out: it holds what stands around them.
  expect(Buffer.concat(sent).toString()).toContain("raw ‹secret›");
  expect(readFileSync(path.join(project, "away/copy.jsonl"), "utf8")).toContain("raw ‹secret›");
  expect(leaksAnywhere()).toEqual([]);
});

test("nor in what an editor is told of them", async () => {
  const before = { ...process.env };
  Object.assign(process.env, variables());
  const client = here(project);
  try {
    await client.initialize();
    const text = readFileSync(path.join(project, "main.ops"), "utf8");
    client.open("main.ops", text);
    const told = await Promise.all(
      [...text.matchAll(/of_(?:env|file|vault|exec)/g)].map(({ index }) => {
        const line = text.slice(0, index).split("\n").length - 1;
        return client.at("textDocument/hover", "main.ops", line, index - text.lastIndexOf("\n", index));
      }),
    );
    expect(JSON.stringify(told)).toContain("shown nowhere");
    expect(leaks("hovers", JSON.stringify([told, client.messages, [...client.diagnostics.values()]]))).toEqual([]);
  } finally {
    await client.stop();
    for (const name of Object.keys(variables())) delete process.env[name];
    Object.assign(process.env, before);
  }
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
    ...variables(),
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
    ...variables(),
    VAULT_ADDR: "",
    CANARY: "",
  });
  expect(unplanned.code).toBe(9);
  expect(unplanned.err).toContain("fact echoed cannot be read: of_env (@env:CANARY) is empty; put the secret there");
});
