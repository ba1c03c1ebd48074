/** The provider against a real PostgreSQL. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import postgres from "../../runtime/providers/postgres/index.ts";
import { scramVerifier } from "../../runtime/providers/postgres/sql.ts";
import { type Postgres, startPostgres } from "../tools/postgres.ts";
import { providerContract, type World } from "./contract.ts";
import { discard, invocation, options, scratch, until } from "./helpers/world.ts";

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
});

const config = (): Invocation["config"] => ({ url: server.url, tls: "off" });
const LATER = "2099-01-01T00:00:00Z";

const RESET = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'app%' OR usename LIKE 'temp%';
  DROP TABLE IF EXISTS accounts;
  DO $$ DECLARE r text; BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> 'admin' LOOP EXECUTE format('DROP ROLE %I', r); END LOOP;
  END $$;
  CREATE ROLE app_a LOGIN PASSWORD 'password of a'; CREATE ROLE app_b NOLOGIN; CREATE ROLE reader; CREATE ROLE writer; GRANT writer TO app_a; CREATE ROLE "odd "" name"; CREATE ROLE boss SUPERUSER;
  CREATE TABLE accounts (id bigint PRIMARY KEY, status text, balance numeric(10,2), tags jsonb, seen timestamptz);
  INSERT INTO accounts SELECT n, CASE WHEN n % 2 = 0 THEN 'old' ELSE 'new' END, n / 3.0, '{"n": 1}', '2026-01-01Z' FROM generate_series(1, 100) AS n;
`;

/** All that operations may change: roles with their passwords but for the salt, memberships, rows. */
async function seen(): Promise<unknown> {
  const roles = await server.sql(
    `SELECT rolname, rolcanlogin, rolpassword IS NULL AS bare, CASE WHEN rolvaliduntil = 'infinity' THEN NULL ELSE rolvaliduntil::text END AS until
       FROM pg_authid WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1`,
  );
  const members = await server.sql(
    "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members WHERE roleid::regrole::text NOT LIKE 'pg\\_%' ORDER BY 1, 2",
  );
  return { roles, members, rows: await server.sql("SELECT * FROM accounts ORDER BY id") };
}

/** As the language hands it over: parts and holes in turn. */
const template = (...written: readonly Value[]): Value =>
  written.length === 1
    ? (written[0] ?? "")
    : {
        $template: { parts: written.filter((_, i) => i % 2 === 0), holes: written.filter((_, i) => i % 2 === 1) },
      };

providerContract<World>({
  provider: postgres,
  config,
  async setUp() {
    await server.sql(RESET);
    const directory = await scratch();
    return { directory, look: seen, close: () => discard(directory) };
  },
  cases: {
    login: { good: () => ({ role: "app_a" }), wrong: [[{ role: "" }, /`role`/]], slow: "either" },
    enable_login: {
      good: () => ({ role: "app_b", password: "a new password" }),
      wrong: [
        [{ role: "app_b", password: "short" }, /must be at least 8 characters long/],
        [{ role: "boss", password: "a new password" }, /boss is a superuser/],
        [{ role: "none", password: "a new password" }, /there is no role none/],
        [{ role: "x".repeat(64), password: "a new password" }, /more than 63 bytes/],
      ],
      slow: "either",
    },
    disable_login: { good: () => ({ role: "app_a" }), wrong: [[{ role: "none" }, /there is no role/]], slow: "either" },
    drop_login: { good: () => ({ role: "app_a" }), wrong: [[{ role: "admin" }, /is a superuser/]], slow: "either" },
    create_login: {
      good: () => ({ role: "temp_ana", password: "a new password", member_of: ["reader"], until: LATER }),
      wrong: [
        [
          { role: "temp_ana", password: "a new password", member_of: ["reader"] },
          /give the step a `lease`, or `until`/,
        ],
        [
          { role: "temp_ana", password: "a new password", member_of: ["reader"], until: "2020-01-01T00:00:00Z" },
          /is over/,
        ],
        [{ role: "app_a", password: "a new password", member_of: ["reader"], until: LATER }, /that opsc has not made/],
        [{ role: "temp_ana", password: "a new password", member_of: ["boss"], until: LATER }, /boss is a superuser/],
        [{ role: "temp_ana", password: "a new password", member_of: ["none"], until: LATER }, /there is no role none/],
      ],
      slow: "either",
    },
    remove_login: {
      good: () => ({ role: "temp_ana" }),
      wrong: [[{ role: "app_a" }, /is not a login that opsc made/]],
      slow: "either",
    },
    sessions: { good: () => ({ role: "app_a" }), wrong: [], slow: "either" },
    end_sessions: { good: () => ({ role: "app_a" }), wrong: [[{ role: "none" }, /there is no role/]], slow: "either" },
    member: {
      good: () => ({ login: "app_a", role: "reader" }),
      wrong: [[{ login: "app_a", role: "none" }, /there is no role none/]],
      slow: "either",
    },
    grant: {
      good: () => ({ login: "app_a", role: "reader" }),
      wrong: [[{ login: "app_a", role: "boss" }, /boss is a superuser/]],
      slow: "either",
    },
    revoke: {
      good: () => ({ login: "app_a", role: "writer" }),
      wrong: [[{ login: "app_a", role: "none" }, /there is no role/]],
      slow: "either",
    },
    query: {
      good: () => ({ sql: template("SELECT * FROM accounts WHERE id < ", 5, "") }),
      wrong: [
        [{ sql: template("SELECT * FROM accounts"), at_most: 10 }, /more than 10 rows/],
        [{ sql: template("DELETE FROM accounts RETURNING *") }, /must begin with SELECT/],
        [{ sql: template("SELECT * FROM accounts FOR UPDATE") }, /only reads are allowed/],
        [{ sql: template("SELECT 1; DELETE FROM accounts") }, /multiple commands|syntax error/],
        [{ sql: template("SELECT FROM WHERE") }, /syntax error/],
        [{ sql: template("SELECT * FROM accounts WHERE status = '", "x", "'") }, /a hole must not stand within quotes/],
      ],
      slow: () => ({ sql: template("SELECT pg_sleep(60)") }),
    },
    execute: {
      good: () => ({
        sql: template("UPDATE accounts SET status = ", "x'; DROP TABLE accounts; --", " WHERE id = ", 1, ""),
        at_most: 1,
      }),
      wrong: [
        [
          { sql: template("DELETE FROM accounts"), at_most: 99 },
          /it would change 100 rows, more than 99: nothing was changed/,
        ],
        [{ sql: template("DELETE FROM accounts WHERE id > 1000"), at_most: 1, at_least: 1 }, /fewer than 1/],
        [{ sql: template("COMMIT"), at_most: 1 }, /must begin with INSERT/],
        [{ sql: template("DELETE FROM accounts; COMMIT"), at_most: 1 }, /multiple commands/],
      ],
      slow: () => ({ sql: template("UPDATE accounts SET status = pg_sleep(60)::text"), at_most: 100 }),
    },
    update: {
      good: () => ({
        table: "accounts",
        set: { status: "done", balance: 1.5, tags: { a: [1] }, seen: "2026-02-03T04:05:06Z" },
        where: template("status = ", "old", " -- those"),
        at_most: 50,
        batch: 7,
      }),
      wrong: [
        [
          { table: "accounts", set: { status: "done" }, where: template("true"), at_most: 99 },
          /more than 99 rows match: nothing was changed/,
        ],
        [
          { table: "accounts", set: { nothing: 1 }, where: template("true"), at_most: 100 },
          /has no column nothing. It has id, status/,
        ],
        [{ table: "accounts", set: { id: 1 }, where: template("true"), at_most: 100 }, /by which rows are told apart/],
        [{ table: "accounts", set: {}, where: template("true"), at_most: 100 }, /there is nothing to do/],
        [{ table: "none", set: { a: 1 }, where: template("true"), at_most: 100 }, /"none" does not exist/],
        [
          { table: "accounts", set: { balance: "much" }, where: template("true"), at_most: 100 },
          /invalid input syntax for type numeric/,
        ],
        [
          { table: "accounts", set: { status: "x" }, where: template("id = 1) OR (true"), at_most: 1 },
          /more than 1 rows match/,
        ],
      ],
      slow: () => ({
        table: "accounts",
        set: { status: "done" },
        where: template("true"),
        at_most: 100,
        batch: 1,
        every: 60_000,
      }),
    },
  },
});

const call = (operation: string, args: Invocation["args"], settings: Invocation["config"] = config()) =>
  callProvider(postgres, "run", invocation(operation, args, settings), options(process.cwd()));
const capture = (operation: string, args: Invocation["args"]) =>
  callProvider(postgres, "capture", invocation(operation, args, config()), options(process.cwd()));

async function entering(user: string, password: string): Promise<string> {
  const client = new pg.Client({ host: "localhost", port: server.port, user, password, database: "ledger" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "in";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe("logins", () => {
  test("a password set here lets in, and stands nowhere in the server's log", async () => {
    await server.sql(RESET);
    const password = "s3cret ünicode \\ ' \" word";
    expect(await call("enable_login", { role: "app_b", password })).toMatchObject({ ok: true });
    expect(await entering("app_b", password)).toBe("in");
    expect(await entering("app_b", "s3cret")).toBe("28P01");
    await until("the statement is logged", () => server.log().includes('ALTER ROLE "app_b" LOGIN PASSWORD'));
    expect(server.log()).not.toContain("s3cret");
    expect(await call("drop_login", { role: "app_b" })).toMatchObject({ ok: true });
    expect(await entering("app_b", password)).toBe("28P01");
  });

  test("the verifier is the one the server would make", async () => {
    await server.sql(RESET);
    await server.sql("ALTER ROLE app_b PASSWORD 'pencil and paper'");
    const [row] = await server.sql("SELECT rolpassword AS kept FROM pg_authid WHERE rolname = 'app_b'");
    const kept = String(row?.kept);
    const salt = Buffer.from(/^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(kept)?.[1] ?? "", "base64");
    expect(scramVerifier("pencil and paper", salt)).toBe(kept);
  });

  test("one that may log in is not captured: nobody could put its password back", async () => {
    await server.sql(RESET);
    expect(await capture("enable_login", { role: "app_a", password: "a new password" })).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("nobody could put its password back") },
    });
  });

  test("for a time ends by itself: the server lets nobody in after", async () => {
    await server.sql(RESET);
    const soon = new Date(Date.now() + 1_500).toISOString();
    const args = { role: "temp_ana", password: "a new password", member_of: ["reader", 'odd " name'], until: soon };
    expect(await call("create_login", args)).toMatchObject({ ok: true });
    expect(await entering("temp_ana", "a new password")).toBe("in");
    expect(await call("login", { role: "temp_ana" })).toMatchObject({
      ok: true,
      value: { exists: true, can_login: true, until: soon, member_of: ['odd " name', "reader"] },
    });
    await until("its time is over", async () => (await entering("temp_ana", "a new password")) === "28P01");
    expect(await call("remove_login", { role: "temp_ana" })).toMatchObject({ ok: true });
    expect(await call("login", { role: "temp_ana" })).toMatchObject({ ok: true, value: { exists: false } });
  });

  test("sessions are seen, and ended", async () => {
    await server.sql(RESET);
    const client = new pg.Client({
      host: "localhost",
      port: server.port,
      user: "app_a",
      password: "password of a",
      database: "ledger",
      application_name: "billing",
    });
    client.on("error", () => undefined);
    await client.connect();
    expect(await call("sessions", { role: "app_a" })).toMatchObject({
      ok: true,
      value: [{ application: "billing", state: "idle" }],
    });
    expect(await call("end_sessions", { role: "app_a" })).toMatchObject({ ok: true, value: { ended: 1 } });
    expect(await call("sessions", { role: "app_a" })).toMatchObject({ ok: true, value: [] });
  });
});

describe("rows", () => {
  test("are what JSON has a word for, else PostgreSQL's text", async () => {
    const sql = template(
      "SELECT 1::int8 AS a, 9007199254740993::int8 AS b, 1.10::numeric AS c, 'NaN'::float8 AS d, true AS e, NULL AS f, '[1]'::jsonb AS g, '2026-01-02T03:04:05.6Z'::timestamptz AS h, ",
      "x",
      "::text AS i",
    );
    expect(await call("query", { sql })).toMatchObject({
      ok: true,
      value: {
        rows: [
          {
            a: 1,
            b: "9007199254740993",
            c: "1.10",
            d: "NaN",
            e: true,
            f: null,
            g: [1],
            h: "2026-01-02 03:04:05.6+00",
            i: "x",
          },
        ],
        count: 1,
      },
    });
  });

  test("too many are not read to be refused", async () => {
    const started = performance.now();
    const sql = template("SELECT generate_series(1, 1000000000) AS n");
    expect(await call("query", { sql, at_most: 5 })).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("more than 5 rows") },
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("that somebody changed since are not put back", async () => {
    await server.sql(RESET);
    const args = { table: "accounts", set: { status: "done" }, where: template("id <= ", 3, ""), at_most: 3 };
    const captured = await capture("update", args);
    if (!captured.ok) throw new Error(captured.failure.message);
    expect(await call("update", args)).toMatchObject({ ok: true, value: { rows: 3 } });
    await server.sql("UPDATE accounts SET status = 'by hand' WHERE id = 2");
    await callProvider(
      postgres,
      "undo",
      invocation("update", args, config()),
      options(process.cwd(), { captured: captured.value }),
    );
    expect(await server.sql("SELECT id, status FROM accounts WHERE id <= 3 ORDER BY id")).toEqual([
      { id: "1", status: "new" },
      { id: "2", status: "by hand" },
      { id: "3", status: "new" },
    ]);
  });
});
