/** The way to a PostgreSQL: TLS, passwords, servers that are silent, go away or come back, and commits of which nobody hears. */
import { readFileSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { type CallOptions, callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import { isUncertain } from "../../runtime/providers/postgres/faults.ts";
import postgres from "../../runtime/providers/postgres/index.ts";
import { type Postgres, startPostgres } from "../tools/postgres.ts";
import { discard, invocation, options, scratch, until } from "./helpers/world.ts";

let server: Postgres;
let directory: string;
beforeAll(async () => {
  server = await startPostgres();
  directory = await scratch();
  writeFileSync(path.join(directory, "ca.crt"), readFileSync(server.ca));
  await server.sql(
    "CREATE ROLE app_a LOGIN PASSWORD 'password of a'; CREATE ROLE app_b NOLOGIN; CREATE TABLE accounts (id int PRIMARY KEY, n int)",
  );
});
afterAll(async () => {
  await server.stop();
  await discard(directory);
});

const call = (
  operation: string,
  args: Invocation["args"],
  settings: Invocation["config"] = { url: server.url, tls: "off" },
  more: Partial<CallOptions> = {},
) => callProvider(postgres, "run", invocation(operation, args, settings), options(directory, more));
const login = (settings: Invocation["config"], more: Partial<CallOptions> = {}) =>
  call("login", { role: "app_a" }, settings, more);
const failed = (words: RegExp, retryable: boolean, kind = "error") => ({
  ok: false,
  failure: { kind, message: expect.stringMatching(words), retryable },
});
const sleeping = (seconds: number): Value => `SELECT pg_sleep(${seconds})`;
const asleep = () =>
  server.sql(
    "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
  );

type Passing = (from: "client" | "server", bytes: Buffer, sockets: readonly net.Socket[]) => boolean;

/** Stands between: what `passes` says no to is dropped. Gives the URL by which it is reached. */
async function between(passes: Passing, use: (url: string) => Promise<void>): Promise<void> {
  const middle = net.createServer((client) => {
    const upstream = net.connect(server.port, "localhost");
    const sockets = [client, upstream];
    for (const socket of sockets)
      socket.on("error", () => undefined).on("close", () => sockets.forEach((s) => void s.destroy()));
    client.on("data", (bytes) => passes("client", bytes, sockets) && upstream.write(bytes));
    upstream.on("data", (bytes) => passes("server", bytes, sockets) && client.write(bytes));
  });
  await listening(middle, async (port) => use(server.url.replace(String(server.port), String(port))));
}

async function listening(middle: net.Server, use: (port: number) => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => middle.listen(0, "localhost", resolve));
  try {
    await use((middle.address() as AddressInfo).port);
  } finally {
    middle.close();
  }
}

describe("the connection", () => {
  test("is by TLS unless told otherwise, and only with a certificate that is valid for the host", async () => {
    writeFileSync(path.join(directory, "none.crt"), "");
    expect(await login({ url: server.url })).toMatchObject(failed(/unknown authority; name it with `ca`/, false));
    expect(await login({ url: server.url, ca: "ca.crt" })).toMatchObject({ ok: true });
    const byAddress = server.url.replace("localhost", "127.0.0.1");
    expect(await login({ url: byAddress, ca: "ca.crt" })).toMatchObject(
      failed(/certificate is for another name/, false),
    );
    expect(await login({ url: server.url, ca: "none.crt" })).toMatchObject(failed(/holds no certificate/, false));
    expect(await login({ url: server.url, ca: "missing.crt" })).toMatchObject(failed(/`ca` cannot be read/, false));
  });

  test("says what is wrong, and never the password", async () => {
    const secret = "hunter2-of-all";
    const at = (to: string) => login({ url: to, tls: "off" });
    const found = [
      [await at(`postgres://admin:${secret}@localhost:${server.port}/ledger`), failed(/the password is wrong/, false)],
      [await at(`postgres://admin:${secret}@localhost:1/ledger`), failed(/nothing listens there/, true)],
      [await at(`postgres://admin:${secret}@none.invalid/ledger`), failed(/DNS/, true)],
      [await at(`postgres://admin:${secret}@localhost:${server.port}/`), failed(/names no database/, false)],
      [
        await at(`postgres://admin:${secret}@localhost:${server.port}/a?sslmode=disable`),
        failed(/sets "sslmode"/, false),
      ],
      [await at(`mysql://admin:${secret}@localhost/a`), failed(/must begin with postgres/, false)],
      [await at(`${secret}`), failed(/is no URL/, false)],
      [await at(server.url.replace("/ledger", "/none")), failed(/no such database/, false)],
      [await login({ url: server.url, password: secret, tls: "off" }), failed(/two passwords/, false)],
      [
        await login({ url: `postgres://localhost:${server.port}/ledger`, user: "app_a", password: secret, tls: "off" }),
        failed(/the password is wrong/, false),
      ],
    ] as const;
    for (const [result, expected] of found) {
      expect(result).toMatchObject(expected);
      expect(JSON.stringify(result)).not.toContain("hunter2");
    }
  });

  test("of a user without the right says so", async () => {
    const url = server.url.replace(/admin:[^@]*/, "app_a:password%20of%20a");
    expect(await call("disable_login", { role: "app_b" }, { url, tls: "off" })).toMatchObject(
      failed(/the user may not do this.*SQLSTATE 42501/, false),
    );
  });

  test("a server that goes away in the middle is said to, and may be tried again", async () => {
    const going = call("query", { sql: sleeping(30) });
    await until("it runs", async () => (await asleep()).length > 0);
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
    );
    expect(await going).toMatchObject(failed(/SQLSTATE 57P01|the connection/, true));
  });

  test.each(["off", "verify", "socket"] as const)("what is stopped is stopped on the server too: %s", async (way) => {
    const stop = new AbortController();
    const said: Buffer[] = [];
    const passes: Passing = (from, bytes) => {
      if (from === "client") said.push(bytes);
      return true;
    };
    await between(passes, async (url) => {
      const settings = { off: { url, tls: "off" }, verify: { url, ca: "ca.crt" }, socket: { url: server.socket } }[way];
      const going = call("query", { sql: sleeping(31) }, settings, { signal: stop.signal });
      await until("it runs", async () => (await asleep()).length > 0);
      const before = server.log().length;
      stop.abort();
      expect(await going).toMatchObject(failed(/stopped before it was done/, true, "timeout"));
      await until("it does not run any more", async () => (await asleep()).length === 0);
      expect(server.log().slice(before)).toContain("canceling statement due to user request");
    });
    // CancelRequest (80877102): with TLS nobody on the way sees the key that it holds.
    const inTheClear = said.some((bytes) => bytes.length === 16 && bytes.readInt32BE(4) === 80_877_102);
    expect(inTheClear).toBe(way === "off");
  });

  test("is over once there is an answer, though the server never hangs up", async () => {
    const middle = net.createServer({ allowHalfOpen: true }, (client) => {
      const upstream = net.connect(server.port, "localhost");
      for (const socket of [client, upstream]) socket.on("error", () => undefined);
      client.on("data", (bytes) => upstream.write(bytes)).on("close", () => upstream.destroy());
      upstream.on("data", (bytes) => client.write(bytes));
    });
    await listening(middle, async (port) => {
      const began = performance.now();
      const url = server.url.replace(String(server.port), String(port));
      expect(await login({ url, tls: "off" })).toMatchObject({ ok: true });
      expect(performance.now() - began).toBeLessThan(8_000);
    });
  });

  test("where asking to stop is of no use, the connection is cut", async () => {
    const stop = new AbortController();
    let connections = 0;
    // The first one is heard, and nobody after it.
    const middle = net.createServer((client) => {
      connections += 1;
      if (connections > 1) return;
      const upstream = net.connect(server.port, "localhost");
      client
        .on("error", () => undefined)
        .pipe(upstream)
        .on("error", () => undefined)
        .pipe(client);
    });
    await listening(middle, async (port) => {
      const url = server.url.replace(String(server.port), String(port));
      const going = call("query", { sql: sleeping(32) }, { url, tls: "off" }, { signal: stop.signal });
      await until("it runs", async () => (await asleep()).length > 0);
      stop.abort();
      expect(await going).toMatchObject(failed(/stopped before it was done/, true, "timeout"));
    });
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  });

  test("a server that never says a word does not keep from stopping", async () => {
    await listening(net.createServer(), async (port) => {
      const began = performance.now();
      const url = `postgres://ana:password@localhost:${port}/ledger`;
      const ended = await login({ url, tls: "off" }, { signal: AbortSignal.timeout(100) });
      expect(ended).toMatchObject(failed(/stopped before it was done/, true, "timeout"));
      expect(performance.now() - began).toBeLessThan(4_000);
    });
  });

  test("one that loses its power in the middle can be tried again, and is there again", async () => {
    const going = call("query", { sql: sleeping(33) });
    await until("it runs", async () => (await asleep()).length > 0);
    const back = server.restart();
    expect(await going).toMatchObject(failed(/the server is stopping|the connection was cut/, true));
    await back;
    expect(await login({ url: server.url, tls: "off" })).toMatchObject({ ok: true });
  });
});

describe("a password", () => {
  test("that is asked for and not given is told to be missing", async () => {
    const url = server.url.replace(/:[^:@]*@/, "@");
    expect(await login({ url, tls: "off" })).toMatchObject(failed(/there is none: give `password`/, false));
  });

  test("is not taken from the surroundings, nor are options", async () => {
    process.env.PGPASSWORD = "admin-of-the-scratch";
    process.env.PGOPTIONS = "-c default_transaction_read_only=on";
    try {
      const url = server.url.replace(/:[^:@]*@/, "@");
      expect(await login({ url, tls: "off" })).toMatchObject({ ok: false });
      expect(await call("disable_login", { role: "app_b" })).toMatchObject({ ok: true });
    } finally {
      delete process.env.PGPASSWORD;
      delete process.env.PGOPTIONS;
    }
  });

  test("proves nothing to whoever stands in between, even with a certificate of the same authority", async () => {
    const middle = net.createServer((client) => {
      client.once("data", () => {
        client.write("S");
        const near = new tls.TLSSocket(client, { isServer: true, ...server.another() });
        const raw = net.connect(server.port, "localhost", () => raw.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
        raw.once("data", () => {
          const far = tls.connect({ socket: raw, rejectUnauthorized: false });
          for (const socket of [near, far]) socket.on("error", () => undefined);
          near.pipe(far).pipe(near);
        });
      });
      client.on("error", () => undefined);
    });
    await listening(middle, async (port) => {
      const url = server.url.replace(String(server.port), String(port));
      expect(await login({ url, ca: "ca.crt" })).toMatchObject(failed(/channel binding/, false));
    });
  });

  test("is not told to a server that speaks no TLS", async () => {
    const middle = net.createServer((client) => client.once("data", () => client.write("N")));
    await listening(middle, async (port) => {
      const url = `postgres://ana:password@localhost:${port}/ledger`;
      expect(await login({ url })).toMatchObject(failed(/speaks no TLS; `tls: "off"` goes without/, false));
    });
  });
});

describe("a commit of which nobody hears", () => {
  const change = { sql: "INSERT INTO accounts VALUES (1, 1)", at_most: 1 };
  const rows = async (): Promise<number> => (await server.sql("SELECT 1 FROM accounts")).length;
  const isCommit = (bytes: Buffer): boolean => bytes.includes("COMMIT");

  test("is not known to have failed, and has not", async () => {
    await server.sql("TRUNCATE accounts");
    let asked = false;
    const passes: Passing = (from, bytes, sockets) => {
      if (from === "client") asked ||= isCommit(bytes);
      else if (asked) for (const socket of sockets) socket.destroy();
      return from === "client" || !asked;
    };
    await between(passes, async (url) => {
      expect(await call("execute", change, { url, tls: "off" })).toMatchObject(
        failed(/whether it was committed is not known.*Look at the database/, true, "lost"),
      );
    });
    expect(await rows()).toBe(1);
  });

  test("what is lost before it has failed, and changed nothing", async () => {
    await server.sql("TRUNCATE accounts");
    const passes: Passing = (from, bytes, sockets) => {
      const cut = from === "client" && bytes.includes("INSERT");
      if (cut) for (const socket of sockets) socket.destroy();
      return !cut;
    };
    await between(passes, async (url) => {
      expect(await call("execute", change, { url, tls: "off" })).toMatchObject(failed(/the connection was cut/, true));
    });
    expect(await rows()).toBe(0);
  });

  test("one that the server refuses is known to have failed", async () => {
    await server.sql(
      "TRUNCATE accounts; CREATE TABLE late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1)",
    );
    expect(await call("execute", { sql: "INSERT INTO late VALUES (1)", at_most: 1 })).toMatchObject(
      failed(/duplicate key.*SQLSTATE 23505/, false),
    );
  });

  test("of what only reads is no matter: it can be read again", async () => {
    const passes: Passing = (from, bytes, sockets) => {
      const cut = from === "client" && isCommit(bytes);
      if (cut) for (const socket of sockets) socket.destroy();
      return !cut;
    };
    await between(passes, async (url) => {
      expect(await login({ url, tls: "off" })).toMatchObject(failed(/the connection was cut/, true));
    });
  });

  test.each([
    ["57P01", true],
    ["57P03", true],
    ["08006", true],
    ["08P01", true],
    ["58030", true],
    ["XX000", true],
    ["40003", true],
    ["", true],
    ["EPIPE", true],
    ["57014", false],
    ["40001", false],
    ["23505", false],
    ["25P02", false],
    ["53100", false],
  ])("%j leaves open what came of a commit: %s", (code, open) => {
    expect(isUncertain(Object.assign(new Error("it said"), { code }))).toBe(open);
  });
});
