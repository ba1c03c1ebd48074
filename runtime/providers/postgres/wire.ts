/** A connection as the library makes it: with nothing of the surroundings in it, and no step that waits for ever. */
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type pg from "pg";
import { ProviderError, type Value } from "../../provider/kit.ts";
import type { Address } from "./address.ts";
import { parserOf } from "./values.ts";

/** Milliseconds, each. Together the last two are shorter than what a call that was stopped is given to end. */
const CONNECTING = 15_000;
const CANCELLING = 2_500;
const ENDING = 2_000;

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** Rows given, or changed. */
  readonly count: number;
  /** What was done, as the server names it: `SELECT`, `UPDATE`, `TRUNCATE`. */
  readonly command: string;
}

export interface Wire {
  connect(): Promise<void>;
  /** One statement, with `$1`, `$2`… for values: the extended protocol takes no more, whatever stands in the text. */
  ask(sql: string, values: readonly unknown[]): Promise<Rows>;
  /** Statements without values, one after the other. */
  tell(sql: string): Promise<void>;
  /** Ends what is waited for: asks the server to, and where that does not help cuts the connection, so that it undoes what was not committed. */
  stop(): void;
  /** Never rejects. */
  end(): Promise<void>;
}

/** The library is loaded when a database is spoken to: most runs never do. */
export async function wireTo(address: Address): Promise<Wire> {
  const { default: library } = await import("pg");
  const ssl = address.tls === false ? false : secured(address.host, address.tls.ca);
  const client = new library.Client(settings(address, ssl));
  // PGOPTIONS would be heeded where no options are given, and poolers refuse what they do not know.
  if ("connectionParameters" in client) Object.assign(client.connectionParameters as object, { options: null });
  // What comes while nothing is asked for, such as the server's shutdown, shows at the next question.
  client.on("error", () => undefined);
  const inner = client as Partial<Inner>;
  const cut = (): void => inner.connection?.stream.destroy();
  let timer: NodeJS.Timeout | undefined;
  return {
    connect: async () => void (await client.connect()),
    ask: (sql, values) => ask(client, sql, values),
    tell: async (sql) => void (await client.query(sql)),
    stop() {
      const { processID: pid, secretKey: key } = inner;
      if (typeof pid !== "number" || typeof key !== "number") return cut();
      timer = setTimeout(cut, CANCELLING);
      askToCancel(new library.Connection({ ssl } as pg.ConnectionConfig) as unknown as Canceller, address, pid, key);
    },
    async end() {
      clearTimeout(timer);
      const late = setTimeout(cut, ENDING);
      await client.end().catch(() => undefined);
      clearTimeout(late);
    },
  };
}

/** What the library's types keep to themselves. */
interface Inner {
  readonly connection: { readonly stream: { destroy(): void } };
  readonly processID: number | null;
  readonly secretKey: number | null;
}

function settings(address: Address, ssl: ConnectionOptions | false): pg.ClientConfig {
  const { host, port, database, user, password } = address;
  return {
    host,
    port,
    database,
    user,
    // Never from PGPASSWORD or ~/.pgpass: what a plan does is not to depend on who runs it.
    password: () => {
      if (password !== null && password !== "") return password;
      throw new ProviderError(
        "the server asks for a password, and there is none: give `password`, or put it into `url`",
        {
          retryable: false,
        },
      );
    },
    ssl,
    // Whoever has another certificate for the same name cannot pass on what the password proves.
    enableChannelBinding: ssl !== false,
    connectionTimeoutMillis: CONNECTING,
    keepAlive: true,
    application_name: "opsc",
    client_encoding: "UTF8",
    types: { getTypeParser: parserOf } as unknown as pg.CustomTypesConfig,
  };
}

/** An address has no name to be asked for; the certificate must be valid for it all the same. */
function secured(host: string, ca: string | null): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
  };
}

async function ask(client: pg.Client, sql: string, values: readonly unknown[]): Promise<Rows> {
  const query = { text: sql, values: [...values], queryMode: "extended", rowMode: "array" } as const;
  const { rows, rowCount, fields, command } = await client.query<Value[]>(query);
  return { rows, columns: fields.map(({ name }) => name), count: rowCount ?? 0, command };
}

/** A connection that is not logged in, as the library has it. */
interface Canceller {
  readonly stream: { destroy(): void };
  on(event: string, then: () => void): void;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(pid: number, key: number): void;
}

/** By the protocol's own message: a statement would be the pooler's or need the right to cancel, and could reach somebody else's session. */
function askToCancel(wire: Canceller, { host, port, tls }: Address, pid: number, key: number): void {
  const late = setTimeout(() => wire.stream.destroy(), CANCELLING);
  // The server hangs up once it has done what it was asked; whoever did first could be too fast for a proxy.
  const ask = (): void => wire.cancel(pid, key);
  wire.on("error", () => undefined);
  wire.on("end", () => clearTimeout(late));
  wire.on("connect", () => (tls === false ? ask() : wire.requestSsl()));
  wire.on("sslconnect", ask);
  if (host.startsWith("/")) wire.connect(`${host}/.s.PGSQL.${port}`);
  else wire.connect(port, host);
}
