/**
 * What the example operates, on this machine alone: a real PostgreSQL of its own, a stand-in for Vault, and two applications that
 * log in to the database. `node world.mjs serve` starts it all and ends it with itself; nothing of it is left.
 *
 * The stand-in speaks the few requests of Vault's published HTTP API that the example needs, and keeps everything in memory. It is
 * not Vault: nothing is sealed, encrypted or subject to a policy.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const PORT = 8321;
const here = import.meta.dirname;
const run = promisify(execFile);

if (process.argv[2] !== "serve") {
  console.error("node world.mjs serve");
  process.exit(2);
}

// -- PostgreSQL

const versions = "/usr/lib/postgresql";
const version = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
if (version === undefined) {
  console.error("there is no PostgreSQL below /usr/lib/postgresql: apt-get install postgresql");
  process.exit(1);
}
const bin = path.join(versions, version, "bin");
// PostgreSQL does not run as root; the user that Debian made for it does it then. Its folder is where that user may go.
const isRoot = process.getuid?.() === 0;
const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
const server = isRoot ? { uid: id("-u"), gid: id("-g") } : {};
const folder = mkdtempSync(isRoot ? "/tmp/ledger-" : path.join(process.env.TMPDIR ?? "/tmp", "ledger-"));
const adminPassword = randomBytes(18).toString("hex");
writeFileSync(path.join(folder, "password"), adminPassword);
if (isRoot) execFileSync("chown", ["-R", "postgres", folder]);
await run(
  path.join(bin, "initdb"),
  ["-D", `${folder}/data`, "-U", "admin", "-A", "scram-sha-256", "--pwfile", `${folder}/password`, "--no-sync"],
  { cwd: folder, ...server },
);
const database = spawn(
  path.join(bin, "postgres"),
  ["-D", `${folder}/data`, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
  { cwd: folder, ...server, stdio: "ignore" },
);

/** Every login goes through psql, as an application goes through its driver. */
const psql = (login, password, name) => [
  ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", login, "-d", name],
  { env: { PATH: process.env.PATH, PGPASSWORD: password, PGAPPNAME: login }, cwd: folder },
];
async function asAdmin(sql, name = "ledger") {
  const [args, options] = psql("admin", adminPassword, name);
  await run(path.join(bin, "psql"), [...args, "-c", sql], options);
}
for (let tries = 0; ; tries += 1) {
  try {
    await asAdmin("SELECT 1", "postgres");
    break;
  } catch (error) {
    if (tries > 200) throw error;
    await sleep(50);
  }
}
const firstPassword = randomBytes(18).toString("hex");
await asAdmin("CREATE DATABASE ledger", "postgres");
await asAdmin(`CREATE ROLE ledger_app; CREATE ROLE ledger_a LOGIN PASSWORD '${firstPassword}' IN ROLE ledger_app;
  CREATE ROLE ledger_b NOLOGIN IN ROLE ledger_app; CREATE TABLE entries (id int); GRANT SELECT ON entries TO ledger_app`);

// -- A stand-in for Vault: a key-value store with versions

const vaultToken = `hvs.${randomBytes(18).toString("hex")}`;
const secrets = new Map([["ledger/ledger_a", [{ password: firstPassword }]]]);

function vault(method, route, query, body) {
  if (route.startsWith("sys/internal/ui/mounts/secret"))
    return [200, { data: { path: "secret/", type: "kv", options: { version: "2" } } }];
  const [, kind, name] = /^secret\/(data|metadata|destroy)\/(.+)$/.exec(route) ?? [];
  const all = secrets.get(name) ?? [];
  if (kind === "metadata")
    return all.length === 0 ? [404, { errors: [] }] : [200, { data: { current_version: all.length } }];
  if (kind === "data" && method === "GET") {
    const which = Number(query.get("version") ?? all.length);
    const data = all[which - 1] ?? null;
    return [
      data === null ? 404 : 200,
      { data: { data, metadata: { version: which, destroyed: false, deletion_time: "" } } },
    ];
  }
  if (kind === "data") {
    if (body.options?.cas !== undefined && body.options.cas !== all.length)
      return [400, { errors: ["check-and-set parameter did not match the current version"] }];
    secrets.set(name, [...all, body.data]);
    return [200, { data: { version: all.length + 1 } }];
  }
  if (kind === "destroy") {
    secrets.set(
      name,
      all.map((data, i) => (body.versions.includes(i + 1) ? null : data)),
    );
    return [204, null];
  }
  return [404, { errors: [] }];
}

// -- Applications: each logs in as its file says, and keeps its connection

const apps = new Map(
  ["billing", "reports"].map((name) => [name, { login: null, error: "not started", session: null }]),
);

/** Reads its file, logs in, and only then leaves the login it had. */
async function load(name) {
  const app = apps.get(name);
  try {
    const file = JSON.parse(readFileSync(path.join(here, "apps", `${name}.json`), "utf8"));
    // Somebody wrote a login into this one's code, years ago.
    if (existsSync(path.join(here, "apps", `${name}.pinned`)) && file.login !== "ledger_a")
      throw new Error(`${name} knows no login but ledger_a`);
    const password = secrets.get(file.path.replace(/^secret\//, ""))?.[file.version - 1]?.password;
    if (password === undefined) throw new Error(`${name} finds no password`);
    const session = await connected(file.login, password);
    app.session?.kill();
    Object.assign(app, { login: file.login, error: null, session });
  } catch (error) {
    Object.assign(app, { error: error.message });
  }
}

async function connected(login, password) {
  const [args, options] = psql(login, password, "ledger");
  const session = spawn(path.join(bin, "psql"), args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  session.stdin.on("error", () => undefined);
  session.stdin.write("SELECT count(*) FROM entries;\n");
  await new Promise((resolve, reject) => {
    session.stdout.once("data", resolve);
    session.once("exit", () => reject(new Error(`${login} is not let in`)));
  });
  return session;
}
for (const name of apps.keys()) await load(name);

/** Whether it can log in now, not whether it could when it started. */
async function health(name) {
  const app = apps.get(name);
  if (app.error === null && app.session.exitCode === null && app.session.signalCode === null)
    return [200, { login: app.login }];
  if (app.error === null) await load(name);
  return app.error === null ? [200, { login: app.login }] : [503, { login: app.login, error: app.error }];
}

// -- What speaks HTTP

const web = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const { pathname, searchParams } = new URL(request.url, "http://world");
    const [, name, what] = /^\/(billing|reports)\/(health|-\/reload)$/.exec(pathname) ?? [];
    let answer = [404, {}];
    if (pathname === "/") answer = [200, {}];
    else if (name !== undefined && what === "health") answer = await health(name);
    else if (name !== undefined && request.method === "POST") {
      await load(name);
      answer = [204, null];
    } else if (pathname.startsWith("/v1/")) {
      const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
      answer =
        request.headers["x-vault-token"] === vaultToken
          ? vault(request.method, decodeURIComponent(pathname.slice(4)), searchParams, body)
          : [403, { errors: ["permission denied"] }];
    }
    response.writeHead(answer[0], { "content-type": "application/json" });
    response.end(answer[1] === null ? "" : JSON.stringify(answer[1]));
  });
});

mkdirSync(path.join(here, "world"), { recursive: true, mode: 0o700 });
const keep = (name, text) => writeFileSync(path.join(here, "world", name), `${text}\n`, { mode: 0o600 });
keep("admin-url", `postgres://admin:${adminPassword}@localhost/ledger?host=${encodeURIComponent(folder)}`);
keep("vault-token", vaultToken);

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  for (const { session } of apps.values()) session?.kill("SIGKILL");
  database.kill("SIGQUIT");
  rmSync(path.join(here, "world"), { recursive: true, force: true });
  database.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
database.once("exit", () => !ending && process.exit(1));
web.listen(PORT, "127.0.0.1", () =>
  console.log("PostgreSQL, Vault's stand-in, billing and reports are there. Ctrl-C ends them."),
);
