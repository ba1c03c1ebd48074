/** One connection for each call: made, used in transactions, and ended, whatever happens. */
import { type Context, ProviderError, secret, type Value, z } from "../../provider/kit.ts";
import { addressOf } from "./address.ts";
import { faultOf, isUncertain, Uncertain } from "./faults.ts";
import { type Rows, type Wire, wireTo } from "./wire.ts";

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
export const again = (what: string): ProviderError => new ProviderError(what, { retryable: true });

export interface Answer extends Omit<Rows, "rows"> {
  /** By column. */
  readonly rows: readonly { readonly [column: string]: Value }[];
}

/** Within a transaction. */
export interface Session {
  /** One statement, with `$1`, `$2`… for values. */
  query(sql: string, values?: readonly unknown[]): Promise<Answer>;
}

export interface Connected {
  /** Everything or nothing. `read`: the server itself refuses whatever would write. */
  transaction<T>(mode: Mode, use: (session: Session) => Promise<T>): Promise<T>;
}

export type Mode = "read" | "write";

/**
 * Whose names a statement finds first. `catalog`: PostgreSQL's alone, in what is asked of roles and sessions, mostly by somebody mighty: else
 * whoever may create a function could have it called in place of PostgreSQL's. `project`: as the user's `search_path` has it, for what people write.
 */
export type Names = "catalog" | "project";

/** For this transaction alone, so that it holds behind a pooler too. What is written and read is the same whoever the user and the server are. */
const SETTINGS = [
  "datestyle = ISO",
  "intervalstyle = iso_8601",
  "timezone = UTC",
  "standard_conforming_strings = on",
  "bytea_output = hex",
  "extra_float_digits = 1",
];
const beginning = (mode: Mode, names: Names): string =>
  [
    mode === "read" ? "BEGIN READ ONLY" : "BEGIN",
    ...[...SETTINGS, ...(names === "catalog" ? ["search_path = pg_catalog, pg_temp"] : [])].map(
      (setting) => `SET LOCAL ${setting}`,
    ),
  ].join("; ");

/** `what` is what is done, for messages: `postgres.grant of reader to ana`. */
export async function connected<T>(
  ctx: Ctx,
  what: string,
  names: Names,
  use: (connection: Connected) => Promise<T>,
): Promise<T> {
  const address = await addressOf(ctx.config, ctx.directory);
  const where = `${what} (${address.host}:${address.port}/${address.database} as ${address.user})`;
  const wire = await wireTo(address);
  const stop = (): void => wire.stop();
  try {
    ctx.signal.throwIfAborted();
    ctx.signal.addEventListener("abort", stop, { once: true });
    await wire.connect();
    return await use({ transaction: (mode, work) => transaction(wire, ctx.signal, mode, names, work) });
  } catch (error) {
    if (ctx.signal.aborted)
      throw new ProviderError(`${where}: stopped before it was done`, { retryable: true, cause: error });
    throw faultOf(error, where);
  } finally {
    ctx.signal.removeEventListener("abort", stop);
    await wire.end();
  }
}

/** A connection for one transaction. */
export function inTransaction<T>(
  ctx: Ctx,
  what: string,
  mode: Mode,
  use: (session: Session) => Promise<T>,
  names: Names = "catalog",
): Promise<T> {
  return connected(ctx, what, names, (connection) => connection.transaction(mode, use));
}

async function transaction<T>(
  wire: Wire,
  signal: AbortSignal,
  mode: Mode,
  names: Names,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  await wire.tell(beginning(mode, names));
  let value: T;
  try {
    value = await use({
      async query(sql, values = []) {
        signal.throwIfAborted();
        return byColumn(await wire.ask(sql, values));
      },
    });
  } catch (error) {
    if (!signal.aborted) await wire.tell("ROLLBACK").catch(() => undefined);
    throw error;
  }
  signal.throwIfAborted();
  try {
    await wire.tell("COMMIT");
  } catch (error) {
    throw mode === "write" && isUncertain(error) ? new Uncertain(error) : error;
  }
  return value;
}

const byColumn = ({ rows, columns, ...more }: Rows): Answer => ({
  ...more,
  columns,
  rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))),
});
