/** What the catalogs say of roles, and changes to them. */
import { refuse, type Session } from "./connect.ts";
import { quoted } from "./sql.ts";

export interface Role {
  readonly login: boolean;
  /** RFC 3339; null: for ever. */
  readonly until: string | null;
  readonly superuser: boolean;
}

const TIME = `to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export async function roleOf(session: Session, name: string): Promise<Role | null> {
  quoted(name, "the name of the role");
  const { rows } = await session.query(
    `SELECT rolcanlogin AS login, rolsuper AS superuser,
            CASE WHEN rolvaliduntil IS NULL OR rolvaliduntil = 'infinity' THEN NULL ELSE ${TIME} END AS until
       FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    login: row.login === true,
    superuser: row.superuser === true,
    until: typeof row.until === "string" ? row.until : null,
  };
}

export async function existing(session: Session, name: string): Promise<Role> {
  const role = await roleOf(session, name);
  if (role === null) throw refuse(`there is no role ${name}`);
  // Whoever could change those could do anything, and would: they are for people.
  if (role.superuser) throw refuse(`${name} is a superuser, and is not changed by opsc`);
  return role;
}

/** Roles that `login` is a member of itself, sorted. */
export async function membershipsOf(session: Session, login: string): Promise<string[]> {
  const { rows } = await session.query(
    `SELECT g.rolname AS name FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles l ON l.oid = m.member
      WHERE l.rolname = $1 ORDER BY g.rolname COLLATE "C"`,
    [login],
  );
  return rows.map(({ name }) => String(name));
}

/** Whether the grant says WITH ADMIN OPTION, which a plain GRANT would leave and a REVOKE would take away. */
export async function isMember(session: Session, login: string, role: string): Promise<boolean> {
  return (await membershipsOf(session, login)).includes(role);
}

export interface Connection {
  readonly pid: number;
  readonly application: string;
  readonly client: string | null;
  readonly state: string | null;
  readonly since: string;
}

/** Connections of the role to any database, but for this one. */
export async function sessionsOf(session: Session, role: string): Promise<Connection[]> {
  const { rows } = await session.query(
    `SELECT pid, application_name AS application, host(client_addr) AS client, state,
            to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since
       FROM pg_catalog.pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid() ORDER BY backend_start, pid`,
    [role],
  );
  return rows.map((row) => ({
    pid: Number(row.pid),
    application: typeof row.application === "string" ? row.application : "",
    client: typeof row.client === "string" ? row.client : null,
    state: typeof row.state === "string" ? row.state : null,
    since: String(row.since),
  }));
}

/** Milliseconds that ending sessions is waited for. */
const ENDING = 5_000;

/** Ends all of them and waits until they are gone; how many there were. */
export async function endSessionsOf(session: Session, role: string): Promise<number> {
  const { rows } = await session.query(
    `SELECT pid, pg_terminate_backend(pid, ${ENDING}) AS ended
       FROM pg_catalog.pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()`,
    [role],
  );
  const left = rows.filter(({ ended }) => ended !== true);
  if (left.length > 0)
    throw refuse(`${left.length} of ${rows.length} sessions of ${role} did not end within ${ENDING / 1000} s`);
  return rows.length;
}
