/** One connection for each call: made, used in a transaction of its own, and ended, whatever happens. */
import { isIP } from "node:net";
import type pg from "pg";
import { type Context, ProviderError, secret, type Value, z } from "../../provider/kit.ts";
import { type Address, addressOf } from "./address.ts";
import { faultOf } from "./faults.ts";

export const config = z.object({
  url: secret(z.string()).describe(
    "postgres://HOST:PORT/DATABASE, with user and password in it if they are given nowhere else. A secret, since it may hold one; `?host=/run/postgresql` names a socket's folder.",
  ),
  user: z.string().optional().describe("Who logs in, where `url` does not say."),
  password: secret(z.string()).optional().describe("Where `url` does not hold it."),
  tls: z
    .enum(["verify", "off"])
    .default("verify")
    .describe("`verify`: the server's certificate must be valid for its host. `off`: no TLS. Sockets have none."),
  ca: z.string().optional().describe("File with the certificates of authorities, PEM, from the project's directory."),
});
export type Ctx = Context<z.output<typeof config>>;

export const refuse = (what: string): ProviderError => new ProviderError(what, { retryable: false });

const CONNECT_TIMEOUT = 15_000;

export interface Answer {
  /** Rows given, or changed. */
  readonly count: number;
  readonly rows: readonly { readonly [column: string]: Value }[];
}

export interface Session {
  /** One statement, with `$1`, `$2`… for values. */
  query(sql: string, values?: readonly unknown[]): Promise<Answer>;
}

/** `what` is what is done, for messages: `postgres.grant of reader to ana`. */
export async function withSession<T>(ctx: Ctx, what: string, use: (session: Session) => Promise<T>): Promise<T> {
  const address = await addressOf(ctx.config, ctx.directory);
  const where = `${what} (${address.host}:${address.port}/${address.database} as ${address.user})`;
  const client = await clientFor(address);
  // What comes while nothing is asked for, such as the server's shutdown, shows at the next question.
  client.on("error", () => undefined);
  const stop = (): void => void cancel(address, client);
  try {
    ctx.signal.throwIfAborted();
    await client.connect();
    ctx.signal.addEventListener("abort", stop, { once: true });
    if (ctx.signal.aborted) throw new ProviderError(`${where}: stopped before it began`, { retryable: true });
    return await use({ query: (sql, values = []) => ask(client, sql, values) });
  } catch (error) {
    if (ctx.signal.aborted)
      throw new ProviderError(`${where}: stopped before it was done`, { retryable: true, cause: error });
    throw faultOf(error, where);
  } finally {
    ctx.signal.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
  }
}

/** Everything or nothing. `read`: the server itself refuses whatever would write. */
export function inTransaction<T>(
  ctx: Ctx,
  what: string,
  mode: "read" | "write",
  use: (session: Session) => Promise<T>,
): Promise<T> {
  return withSession(ctx, what, (session) => transaction(session, mode, use));
}

export async function transaction<T>(
  session: Session,
  mode: "read" | "write",
  use: (session: Session) => Promise<T>,
): Promise<T> {
  await session.query(mode === "read" ? "BEGIN READ ONLY" : "BEGIN");
  try {
    const value = await use(session);
    await session.query("COMMIT");
    return value;
  } catch (error) {
    await session.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** The library is loaded when a database is spoken to: most runs never do. */
async function clientFor(address: Address): Promise<pg.Client> {
  const { default: library } = await import("pg");
  const { host, port, database, user, password, tls } = address;
  return new library.Client({
    host,
    port,
    database,
    user,
    // Never from PGPASSWORD or ~/.pgpass: what a plan does is not to depend on who runs it.
    password: () => password ?? "",
    ssl: tls === false ? false : secured(host, tls.ca),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: "opsc",
    options: "-c datestyle=ISO -c intervalstyle=iso_8601 -c timezone=UTC -c standard_conforming_strings=on",
    types: { getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text) } as pg.CustomTypesConfig,
  });
}

/** An address has no name to be asked for; the certificate must be valid for it all the same. */
function secured(host: string, ca: string | null): pg.ClientConfig["ssl"] {
  return {
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
  };
}

/** By OID (pg_type.dat of the server's source): what JSON has a word for. Everything else is its text, exact as it is. */
const PARSERS: { readonly [oid: number]: (text: string) => Value } = {
  16: (text) => text === "t",
  20: whole,
  21: whole,
  23: whole,
  26: whole,
  700: decimal,
  701: decimal,
  114: (text) => JSON.parse(text) as Value,
  3802: (text) => JSON.parse(text) as Value,
};

/** One that JSON's numbers cannot hold stays its text. */
function whole(text: string): Value {
  return Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

function decimal(text: string): Value {
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

async function ask(client: pg.Client, sql: string, values: readonly unknown[]): Promise<Answer> {
  // The extended protocol takes one statement and no more, whatever stands in the text.
  const query = { text: sql, values: [...values], queryMode: "extended" };
  const { rows, rowCount } = await client.query<{ [column: string]: Value }>(query);
  return { rows, count: rowCount ?? 0 };
}

/** Asks the server to end what the client waits for; then the client hears of it as of any error. */
async function cancel(address: Address, client: pg.Client): Promise<void> {
  const pid = "processID" in client && typeof client.processID === "number" ? client.processID : null;
  const other = await clientFor(address);
  other.on("error", () => undefined);
  try {
    if (pid === null) throw new Error("not connected yet");
    await other.connect();
    await other.query("SELECT pg_cancel_backend($1)", [pid]);
  } catch {
    // No way to ask: what it waits for is cut off, and the server undoes what was not committed.
    if ("connection" in client) (client.connection as { stream?: { destroy?(): void } }).stream?.destroy?.();
  } finally {
    await other.end().catch(() => undefined);
  }
}
