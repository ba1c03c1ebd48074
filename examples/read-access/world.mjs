/**
 * What the example operates, on this machine alone: a real PostgreSQL of its own with two people's logins. `node world.mjs serve` starts
 * it and ends it with itself; nothing of it is left. `node world.mjs read dana` looks at the table as dana would.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const PORT = 8321;
const PEOPLE = ["dana", "eve"];
const run = promisify(execFile);
const [, , what, person] = process.argv;

if (what === "read") {
  const answer = await fetch(`http://127.0.0.1:${PORT}/read/${person}`);
  console.log(await answer.text());
  process.exit(answer.ok ? 0 : 1);
}
if (what !== "serve") {
  console.error("node world.mjs serve, or node world.mjs read LOGIN");
  process.exit(2);
}

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
const passwords = new Map(["admin", ...PEOPLE].map((login) => [login, randomBytes(18).toString("hex")]));
writeFileSync(path.join(folder, "password"), passwords.get("admin"));
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

/** What a statement gives, asked as `login`. */
async function psql(login, sql, name = "ledger") {
  const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", login, "-d", name, "-c", sql];
  const env = { PATH: process.env.PATH, PGPASSWORD: passwords.get(login) };
  return (await run(path.join(bin, "psql"), args, { cwd: folder, env })).stdout.trim();
}
for (let tries = 0; ; tries += 1) {
  try {
    await psql("admin", "SELECT 1", "postgres");
    break;
  } catch (error) {
    if (tries > 200) throw error;
    await sleep(50);
  }
}
await psql("admin", "CREATE DATABASE ledger", "postgres");
await psql(
  "admin",
  `CREATE ROLE ledger_reader; CREATE TABLE entries (id int); INSERT INTO entries VALUES (1), (2), (3);
   GRANT SELECT ON entries TO ledger_reader;
   ${PEOPLE.map((login) => `CREATE ROLE ${login} LOGIN PASSWORD '${passwords.get(login)}';`).join(" ")}`,
);

const web = createServer(async (request, response) => {
  const login = /^\/read\/(\w+)$/.exec(request.url)?.[1];
  if (login === undefined) return void response.end("there\n");
  try {
    response.end(`${login} reads ${await psql(login, "SELECT count(*) FROM entries")} entries`);
  } catch {
    response.writeHead(403).end(`${login} may not read`);
  }
});

const world = path.join(import.meta.dirname, "world");
mkdirSync(world, { recursive: true, mode: 0o700 });
const url = `postgres://admin:${passwords.get("admin")}@localhost/ledger?host=${encodeURIComponent(folder)}`;
writeFileSync(path.join(world, "admin-url"), `${url}\n`, { mode: 0o600 });

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  rmSync(world, { recursive: true, force: true });
  database.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
  database.kill("SIGQUIT");
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
database.once("exit", () => !ending && process.exit(1));
web.listen(PORT, "127.0.0.1", () => console.log("PostgreSQL is there, with dana and eve. Ctrl-C ends it."));
