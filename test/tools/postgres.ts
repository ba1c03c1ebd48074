/** A PostgreSQL of its own for a test: Debian's, in a scratch folder, on a free port of loopback, with TLS by an authority of its own. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { programPath } from "./program.ts";

export interface Postgres {
  readonly port: number;
  /** Of the superuser `admin`, without TLS. */
  readonly url: string;
  /** The same by its socket, where nobody is asked for a password: the quickest. */
  readonly socket: string;
  /** PEM of the authority that signed the server's certificate, which is for `localhost`. */
  readonly ca: string;
  /** As the superuser, in the database `ledger` unless told. */
  sql(
    text: string,
    values?: readonly unknown[],
    database?: string,
  ): Promise<readonly { readonly [name: string]: unknown }[]>;
  /** What the server has logged so far: every statement. */
  log(): string;
  /** Another certificate of the authority for `localhost`, PEM: that of whoever stands in between. */
  another(): { readonly key: Buffer; readonly cert: Buffer };
  /** Ends at once, as if the machine had lost its power, and comes back after so many milliseconds. */
  restart(after?: number): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = "admin-of-the-scratch";

/** The newest of Debian's, installed where it is missing and may be. Throws an `Error` that says what is missing. */
function programs(): string {
  const root = "/usr/lib/postgresql";
  const found = (): string | undefined =>
    existsSync(root)
      ? readdirSync(root)
          .filter((version) => existsSync(path.join(root, version, "bin/initdb")))
          .sort((a, b) => Number(b) - Number(a))[0]
      : undefined;
  if (found() === undefined)
    programPath(["initdb"], "postgresql", "The provider postgres is tested against a real server.");
  const version = found();
  if (version === undefined) throw new Error(`there is no initdb below ${root}: apt-get install postgresql`);
  return path.join(root, version, "bin");
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

const certificate = (folder: string, name: string, ...args: string[]): void => {
  execFileSync("openssl", ["req", ...KEY, "-keyout", `${name}.key`, ...args], { cwd: folder, stdio: "pipe" });
};

/** Made once a start: an authority, and a certificate of it for `localhost`. */
function certificates(folder: string): void {
  certificate(folder, "ca", "-x509", "-days", "2", "-subj", "/CN=scratch authority", "-out", "ca.crt");
  forLocalhost(folder, "server");
}

function forLocalhost(folder: string, name: string): void {
  certificate(folder, name, "-subj", "/CN=localhost", "-out", `${name}.csr`);
  writeFileSync(path.join(folder, "san"), "subjectAltName=DNS:localhost\n");
  execFileSync(
    "openssl",
    [
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "san",
      "-out",
      `${name}.crt`,
    ],
    { cwd: folder, stdio: "pipe" },
  );
  chmodSync(path.join(folder, `${name}.key`), 0o600);
}

/** PostgreSQL does not run as root: there it runs as the user `postgres` of Debian's package. */
function asServer(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  const who = asServer();
  // A socket's path may have 107 bytes, so the folder does not lie deep; and its parents must be open to the server's user.
  const folder = mkdtempSync(path.join(who === null ? tmpdir() : "/tmp", "opsc-pg-"));
  const data = path.join(folder, "data");
  mkdirSync(data);
  certificates(folder);
  writeFileSync(path.join(folder, "password"), PASSWORD);
  if (who !== null) {
    for (const name of ["", ...readdirSync(folder)]) chownSync(path.join(folder, name), who.uid, who.gid);
  }
  const run = (program: string, args: string[]) =>
    promisify(execFile)(path.join(bin, program), args, {
      cwd: folder,
      ...who,
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    });
  await run("initdb", [
    "-D",
    data,
    "-U",
    "admin",
    "--auth-host=scram-sha-256",
    // Only whoever may enter the scratch folder reaches the socket, and a password takes a while to prove.
    "--auth-local=trust",
    "--pwfile",
    path.join(folder, "password"),
    "-E",
    "UTF8",
    "--no-sync",
  ]);
  const port = await freePort();
  writeFileSync(
    path.join(data, "postgresql.auto.conf"),
    [
      `port = ${port}`,
      "listen_addresses = 'localhost'",
      `unix_socket_directories = '${folder}'`,
      "fsync = off",
      "ssl = on",
      `ssl_cert_file = '${folder}/server.crt'`,
      `ssl_key_file = '${folder}/server.key'`,
      "log_statement = 'all'",
      "log_min_messages = debug1",
      "max_connections = 40",
      "",
    ].join("\n"),
  );
  let log = "";
  const begin = (): ChildProcess => {
    const begun = spawn(path.join(bin, "postgres"), ["-D", data], {
      ...who,
      cwd: folder,
      env: { LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [begun.stdout, begun.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
    return begun;
  };
  let server = begin();
  const sql: Postgres["sql"] = async (text, values = [], database = "ledger") => {
    const client = new pg.Client({ host: folder, port, user: "admin", database });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const end = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGQUIT");
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  };
  const started = async (): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      try {
        await sql("SELECT 1", [], "postgres");
        return;
      } catch (error) {
        if (tries > 300 || server.exitCode !== null)
          throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
        await sleep(50);
      }
    }
  };
  try {
    await started();
    await sql("CREATE DATABASE ledger", [], "postgres");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    url: `postgres://admin:${PASSWORD}@localhost:${port}/ledger`,
    socket: `postgres://admin@localhost:${port}/ledger?host=${encodeURIComponent(folder)}`,
    ca: path.join(folder, "ca.crt"),
    sql,
    log: () => log,
    another() {
      forLocalhost(folder, "other");
      const read = (name: string): Buffer => readFileSync(path.join(folder, name));
      return { key: read("other.key"), cert: read("other.crt") };
    },
    async restart(after = 0) {
      await end();
      await sleep(after);
      server = begin();
      await started();
    },
    stop,
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "localhost", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("there is no free port");
  return address.port;
}
