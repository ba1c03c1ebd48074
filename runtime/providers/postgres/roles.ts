/** What the catalogs say of roles and sessions. */
import { setTimeout as pause } from "node:timers/promises";
import { again, type Connected, refuse, type Session } from "./connect.ts";
import { quoted } from "./sql.ts";

export interface Role {
  readonly login: boolean;
  /** RFC 3339; null: for ever. What lies before the year 1 or after 9999 is told as their first and last moment. */
  readonly until: string | null;
  /** The same as PostgreSQL writes and reads it, whole: `infinity` where it ends never. */
  readonly validUntil: string;
  /** Whether whoever has it can do everything: it is a superuser, or may become one, or may run programs or touch files of the server. */
  readonly mighty: boolean;
}

const time = (column: string): string =>
  `CASE WHEN ${column} IS NULL OR ${column} = 'infinity' THEN NULL
        ELSE to_char(least(greatest(${column}, '0001-01-01Z'), '9999-12-31 23:59:59.999Z') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END`;

export async function roleOf(session: Session, name: string): Promise<Role | null> {
  quoted(name, "the name of the role");
  const { rows } = await session.query(
    `SELECT r.rolcanlogin AS login, coalesce(r.rolvaliduntil, 'infinity')::text AS valid,
            ${time("r.rolvaliduntil")} AS until,
            EXISTS (SELECT FROM pg_roles AS m
                     WHERE (m.rolsuper OR m.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
                       AND pg_has_role(r.oid, m.oid, 'MEMBER')) AS mighty
       FROM pg_roles AS r WHERE r.rolname = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    login: row.login === true,
    mighty: row.mighty === true,
    until: typeof row.until === "string" ? row.until : null,
    validUntil: String(row.valid),
  };
}

export async function existing(session: Session, name: string): Promise<Role> {
  const role = await roleOf(session, name);
  if (role === null) throw refuse(`there is no role ${name}`);
  // Whoever could change those could do anything, and would: they are for people.
  if (role.mighty)
    throw refuse(
      `${name} is a superuser or has rights that amount to it, and is not changed by opsc: do that by hand, as an administrator of the server`,
    );
  return role;
}

/** A grant of one role to another, as the catalog has it; before PostgreSQL 16 there is one at most. */
export interface Membership {
  readonly grantor: string;
  readonly admin: boolean;
  /** null before PostgreSQL 16, where the login's own INHERIT decides, and it may always take the role on. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

/** Those of `login` in `role` itself, not by way of another role, sorted by who granted them. */
export async function grantsOf(session: Session, login: string, role: string): Promise<Membership[]> {
  const { rows } = await session.query(
    `SELECT pg_get_userbyid(m.grantor) AS grantor, m.admin_option AS admin,
            (to_jsonb(m) ->> 'inherit_option')::boolean AS inherit, (to_jsonb(m) ->> 'set_option')::boolean AS set
       FROM pg_auth_members AS m
      WHERE m.roleid = (SELECT oid FROM pg_roles WHERE rolname = $1) AND m.member = (SELECT oid FROM pg_roles WHERE rolname = $2)
      ORDER BY pg_get_userbyid(m.grantor) COLLATE "C"`,
    [role, login],
  );
  const option = (value: unknown): boolean | null => (typeof value === "boolean" ? value : null);
  return rows.map(({ grantor, admin, inherit, set }) => ({
    grantor: String(grantor),
    admin: admin === true,
    inherit: option(inherit),
    set: option(set),
  }));
}

/** Whether a grant gives the rights of the role: one may be for handing it on alone. */
export const givesRights = ({ inherit, set }: Membership): boolean => inherit !== false || set !== false;

/** Roles whose rights `login` was given itself, sorted. */
export async function membershipsOf(session: Session, login: string): Promise<string[]> {
  const { rows } = await session.query(
    `SELECT DISTINCT g.rolname COLLATE "C" AS name FROM pg_auth_members AS m
       JOIN pg_roles AS g ON g.oid = m.roleid JOIN pg_roles AS l ON l.oid = m.member
      WHERE l.rolname = $1
        AND (coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true) OR coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))
      ORDER BY 1`,
    [login],
  );
  return rows.map(({ name }) => String(name));
}

export interface Connection {
  readonly pid: number;
  readonly application: string;
  readonly client: string | null;
  readonly state: string | null;
  readonly since: string | null;
}

/** Connections of the role to any database, but for this one. What helps them with a query is none of its own. */
const SESSIONS = `pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid() AND backend_type IS DISTINCT FROM 'parallel worker'`;

export async function sessionsOf(session: Session, role: string): Promise<Connection[]> {
  const { rows } = await session.query(
    `SELECT pid, application_name AS application, host(client_addr) AS client, state, ${time("backend_start")} AS since
       FROM ${SESSIONS} ORDER BY backend_start, pid`,
    [role],
  );
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return rows.map(({ pid, application, client, state, since }) => ({
    pid: Number(pid),
    application: text(application) ?? "",
    client: text(client),
    state: text(state),
    since: text(since),
  }));
}

/** Milliseconds that ending sessions is waited for, and between two looks. */
const ENDING = 5_000;
const LOOKS = 50;

/** Ends all that are there now and waits until they are gone; how many there were. Some that come meanwhile are not theirs. */
export async function endSessionsOf(connection: Connected, role: string, signal: AbortSignal): Promise<number> {
  // Each look has a transaction of its own: within one, what it shows of sessions stays the same.
  const look = (what: string): Promise<readonly string[]> =>
    connection.transaction("write", async (session) => {
      const { rows } = await session.query(
        `SELECT pid || ' ' || coalesce(backend_start::text, '') AS who${what} FROM ${SESSIONS}`,
        [role],
      );
      return rows.map(({ who }) => String(who));
    });
  const were = await look(", pg_terminate_backend(pid)");
  for (const end = performance.now() + ENDING; ; await pause(LOOKS, undefined, { signal })) {
    const are = new Set(were.length === 0 ? [] : await look(""));
    const left = were.filter((who) => are.has(who));
    if (left.length === 0) return were.length;
    if (performance.now() > end)
      throw again(`${left.length} of ${were.length} sessions of ${role} did not end within ${ENDING / 1000} s`);
  }
}
