/** Roles that log in, also for a time; and their sessions. */
import { operation, secret, z } from "../../provider/kit.ts";
import { type Ctx, config, connected, inTransaction, refuse, type Session } from "./connect.ts";
import { endSessionsOf, existing, membershipsOf, type Role, roleOf, sessionsOf } from "./roles.ts";
import { literal, quoted, scramVerifier } from "./sql.ts";

const role = z.string().min(1).describe("Name of the role, exactly as PostgreSQL keeps it.");
const password = secret(z.string().min(8)).describe(
  "It is hashed before it leaves this host: no statement and no log of the server holds it.",
);
const until = z.iso.datetime({ offset: true }).describe("From then on the server itself takes its password no more.");
const RESOURCE = "postgres:role:{role}";

const login = operation({
  doc: "What is known of a role. One that is not there is no error.",
  config,
  params: z.object({ role }),
  result: z.object({
    exists: z.boolean(),
    can_login: z.boolean(),
    until: z.iso.datetime().nullable().describe("Until when its password is valid; none: for ever."),
    member_of: z.array(z.string()),
  }),
  effect: "read",
  resource: RESOURCE,
  repeat: "idempotent",
  run: (args, ctx) =>
    inTransaction(ctx, `postgres.login of ${args.role}`, "read", async (session) => {
      const found = await roleOf(session, args.role);
      return {
        exists: found !== null,
        can_login: found?.login ?? false,
        until: found?.until ?? null,
        member_of: await membershipsOf(session, args.role),
      };
    }),
});

const enable_login = operation({
  doc: "Lets a role log in with a new password. Undone, it has none: one that it had before is gone.",
  config,
  params: z.object({ role, password, until: until.optional() }),
  result: z.object({}),
  effect: "write",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  async run(args, ctx) {
    const set = scramVerifier(args.password);
    await changed(ctx, `postgres.enable_login of ${args.role}`, args.role, () => {
      const valid = args.until ?? "infinity";
      return `LOGIN PASSWORD ${literal(set)} VALID UNTIL ${literal(valid)}`;
    });
    return {};
  },
  undo: {
    capture: (args, ctx) =>
      inTransaction(ctx, `postgres.enable_login of ${args.role}`, "read", async (session) => {
        const before = await existing(session, args.role);
        if (before.login)
          throw refuse(
            `${args.role} may log in already, and nobody could put its password back. Take the spare login, or write the rollback out.`,
          );
        return { until: before.validUntil };
      }),
    restore: async (args, before, ctx) => {
      await changed(ctx, `undo of postgres.enable_login of ${args.role}`, args.role, () => {
        return `NOLOGIN PASSWORD NULL VALID UNTIL ${literal(before.until)}`;
      });
    },
  },
});

const disable_login = operation({
  doc: "Keeps a role from logging in. Its password stays, and so do its sessions: `end_sessions` ends those.",
  config,
  params: z.object({ role }),
  result: z.object({ was: z.boolean().describe("Whether it could log in before.") }),
  effect: "write",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  previewIs: "public",
  async run(args, ctx) {
    const before = await changed(ctx, `postgres.disable_login of ${args.role}`, args.role, () => "NOLOGIN");
    return { was: before.login };
  },
  preview: (args, ctx) =>
    inTransaction(ctx, `postgres.disable_login of ${args.role}`, "read", async (session) => {
      const before = await existing(session, args.role);
      return { summary: before.login ? `${args.role} may not log in any more` : "no change", diff: null };
    }),
  undo: {
    capture: (args, ctx) =>
      inTransaction(ctx, `postgres.disable_login of ${args.role}`, "read", async (session) => ({
        login: (await existing(session, args.role)).login,
      })),
    restore: async (args, before, ctx) => {
      await changed(ctx, `undo of postgres.disable_login of ${args.role}`, args.role, () =>
        before.login ? "LOGIN" : "NOLOGIN",
      );
    },
  },
});

const drop_login = operation({
  doc: "Takes a role's password and its right to log in, and ends its sessions. The role stays, with all it owns.",
  config,
  params: z.object({ role }),
  result: z.object({ ended: z.int().describe("Sessions that were ended.") }),
  effect: "destroy",
  resource: RESOURCE,
  repeat: "idempotent",
  async run(args, ctx) {
    const what = `postgres.drop_login of ${args.role}`;
    await changed(ctx, what, args.role, () => "NOLOGIN PASSWORD NULL");
    return { ended: await endSessions(ctx, what, args.role) };
  },
});

const create_login = operation({
  doc: "Makes a login that ends by itself: the server takes its password until a time, and no longer. Sessions that are open then stay until `remove_login`, or the end of the lease, closes them.",
  config,
  params: z.object({
    role,
    password,
    member_of: z.array(z.string()).min(1).describe("Roles whose rights it has."),
    until: until.optional().describe("When it ends; of a step with a lease, when that ends."),
  }),
  result: z.object({}),
  effect: "write",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  expires: true,
  async run(args, ctx) {
    const ends = ctx.expires ?? args.until;
    if (ends === undefined) throw refuse("a login that is made has an end: give the step a `lease`, or `until`");
    const set = scramVerifier(args.password);
    await inTransaction(ctx, `postgres.create_login of ${args.role}`, "write", async (session) => {
      const name = quoted(args.role, "`role`");
      if (Date.parse(ends) <= Date.now()) throw refuse(`${ends} is over: the login would never be let in`);
      for (const each of args.member_of) await existing(session, each);
      const before = await roleOf(session, args.role);
      if (before === null) {
        await session.query(`CREATE ROLE ${name} NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION`);
        await session.query(`COMMENT ON ROLE ${name} IS ${literal(MADE)}`);
      } else if (!(await isMade(session, args.role)))
        throw refuse(`there is a role ${args.role} that opsc has not made: take another name`);
      await session.query(`ALTER ROLE ${name} INHERIT LOGIN PASSWORD ${literal(set)} VALID UNTIL ${literal(ends)}`);
      for (const each of await membershipsOf(session, args.role))
        if (!args.member_of.includes(each)) await session.query(`REVOKE ${quoted(each, "a role it has")} FROM ${name}`);
      for (const each of args.member_of)
        await session.query(`GRANT ${quoted(each, "a role of `member_of`")} TO ${name}`);
    });
    return {};
  },
  undo: {
    capture: (args, ctx) =>
      inTransaction(ctx, `postgres.create_login of ${args.role}`, "read", async (session) => {
        if ((await roleOf(session, args.role)) !== null) throw refuse(`there is a role ${args.role} already`);
        return null;
      }),
    restore: (args, _, ctx) => removeLogin(ctx, `undo of postgres.create_login of ${args.role}`, args.role),
  },
});

const remove_login = operation({
  doc: "Ends the sessions of a login that `create_login` made, and drops it. One that is not there is no error.",
  config,
  params: z.object({ role }),
  result: z.object({}),
  effect: "destroy",
  resource: RESOURCE,
  repeat: "idempotent",
  async run(args, ctx) {
    await removeLogin(ctx, `postgres.remove_login of ${args.role}`, args.role);
    return {};
  },
});

const sessions = operation({
  doc: "Connections of a role, to any database of the server.",
  config,
  params: z.object({ role }),
  result: z.array(
    z.object({
      pid: z.int(),
      application: z.string(),
      client: z.string().nullable().describe("Address; none for a socket."),
      state: z.string().nullable(),
      since: z.iso.datetime().nullable().describe("None where the user may not see it, nor `client` and `state` then."),
    }),
  ),
  effect: "read",
  resource: "postgres:sessions:{role}",
  repeat: "idempotent",
  run: (args, ctx) =>
    inTransaction(ctx, `postgres.sessions of ${args.role}`, "read", (session) => sessionsOf(session, args.role)),
});

const end_sessions = operation({
  doc: "Ends the connections of a role, and waits until they are gone.",
  config,
  params: z.object({ role }),
  result: z.object({ ended: z.int() }),
  effect: "write",
  resource: "postgres:sessions:{role}",
  repeat: "idempotent",
  async run(args, ctx) {
    const what = `postgres.end_sessions of ${args.role}`;
    await inTransaction(ctx, what, "read", (session) => existing(session, args.role));
    return { ended: await endSessions(ctx, what, args.role) };
  },
});

const endSessions = (ctx: Ctx, what: string, name: string): Promise<number> =>
  connected(ctx, what, "catalog", (connection) => endSessionsOf(connection, name, ctx.signal));

/** Changes a role that is there; what it was before. */
async function changed(ctx: Ctx, what: string, name: string, clauses: () => string): Promise<Role> {
  return inTransaction(ctx, what, "write", async (session) => {
    const before = await existing(session, name);
    await session.query(`ALTER ROLE ${quoted(name, "`role`")} ${clauses()}`);
    return before;
  });
}

/** What tells a role that `create_login` made from one that was there: only such a one is ever dropped. */
const MADE = "made by opsc: a login for a time";

async function isMade(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  return rows[0]?.comment === MADE;
}

async function removeLogin(ctx: Ctx, what: string, name: string): Promise<void> {
  await connected(ctx, what, "catalog", async (connection) => {
    // First nobody comes in any more, then those within go, then it is dropped.
    const isThere = await connection.transaction("write", async (session) => {
      if ((await roleOf(session, name)) === null) return false;
      if (!(await isMade(session, name))) throw refuse(`${name} is not a login that opsc made, and is not dropped`);
      await session.query(`ALTER ROLE ${quoted(name, "`role`")} NOLOGIN PASSWORD NULL`);
      return true;
    });
    if (!isThere) return;
    await endSessionsOf(connection, name, ctx.signal);
    await connection.transaction("write", (session) => session.query(`DROP ROLE IF EXISTS ${quoted(name, "`role`")}`));
  });
}

export const logins = {
  login,
  enable_login,
  disable_login,
  drop_login,
  create_login,
  remove_login,
  sessions,
  end_sessions,
};
