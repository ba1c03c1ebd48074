/** What goes wrong with a database, in plain words, and whether trying again may help. */
import { type NetworkFault, networkFault, ProviderError } from "../../provider/kit.ts";

type Fault = Pick<NetworkFault, "what" | "retryable">;

const again = (what: string): Fault => ({ what, retryable: true });
const never = (what: string): Fault => ({ what, retryable: false });

/** By SQLSTATE (PostgreSQL's documentation, appendix A). */
const STATES: { readonly [state: string]: Fault } = {
  "08P01": never("the server does not take what was sent; a hole must not stand within quotes"),
  "25006": never(
    "it would write, and only reads are allowed: in a query, on a replica, or by default_transaction_read_only",
  ),
  "28P01": never("the password is wrong"),
  "28000": never("the server does not let this user in from here (pg_hba.conf), or the role may not log in"),
  "2BP01": never("something depends on it still, such as what it owns or has granted (REASSIGN OWNED, DROP OWNED)"),
  "3D000": never("there is no such database"),
  "40001": again("it collided with another transaction"),
  "40P01": again("it was in a deadlock with another transaction"),
  "42501": never("the user may not do this"),
  "53300": again("the server has too many connections"),
  "55P03": again("something else holds a lock on it"),
  "57014": again("it was cancelled, or took longer than the server allows"),
};
/** By the first two characters of an SQLSTATE. */
const CLASSES: { readonly [start: string]: Fault } = {
  "08": again("the connection failed"),
  "53": again("the server lacks resources"),
  "57": again("the server is stopping or starting"),
  "58": again("the server has a fault of its own"),
};
/** Of sockets in the file system, by the codes of Node.js. */
const SOCKETS: { readonly [code: string]: Fault } = {
  ENOENT: again("there is no socket: the server does not run, or its socket is in another folder"),
  EACCES: never("the socket may not be opened by this user"),
};
const CUT = again("the connection was cut, or the server ended");
/** What the library says itself, without a code. */
const SAID: readonly (readonly [RegExp, Fault])[] = [
  [/^Connection terminated|^Client has encountered a connection error/, CUT],
  [/^timeout expired$/, again("no connection could be made in time")],
  [/^The server does not support SSL/, never('the server speaks no TLS; `tls: "off"` goes without')],
  [/^There was an error establishing an SSL/, never("what listens there is no PostgreSQL that speaks TLS")],
  // Of the catalogs, which know no waiting: XX000, as for what nobody foresaw.
  [/^tuple concurrently (?:updated|deleted)/, again("somebody else changed it at the same time")],
];
const AUTHORITY = "name it with `ca`";

/** While it was being committed, the connection was lost, and nobody heard what came of it. */
export class Uncertain extends Error {
  constructor(cause: unknown) {
    super("nobody knows", { cause });
  }
}

/**
 * Whether an answer to COMMIT leaves open what came of it: none at all, or that of a server that was ending. One that says no has undone it:
 * a constraint that is looked at late, a collision.
 */
export function isUncertain(error: unknown): boolean {
  const state = stateOf(error);
  return state === "" || state === "40003" || (/^(?:08|57|58|XX)/.test(state) && state !== "57014");
}

/**
 * Of an error of the database: what it says is quoted only as far as it holds no values; a detail does ("Key (email)=(…)
 * already exists"), and a statement may.
 */
export function faultOf(error: unknown, what: string): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof Uncertain) {
    const why = faultOf(error.cause, "the connection was lost").message;
    return new ProviderError(
      `${what}: whether it was committed is not known, for ${why}. Look at the database before it is done again.`,
      { retryable: true, unknown: true, cause: error.cause },
    );
  }
  const state = stateOf(error);
  const said = error instanceof Error ? withoutValues(error.message, state) : String(error);
  const known = knownOf(error, state);
  const words = known === undefined ? said : state === "" ? known.what : `${known.what} (${said})`;
  return new ProviderError(`${what}: ${words}${state === "" ? "" : ` [SQLSTATE ${state}]`}`, {
    retryable: known?.retryable ?? false,
    cause: error,
  });
}

function knownOf(error: unknown, state: string): Fault | undefined {
  const message = error instanceof Error ? error.message : "";
  const said = SAID.find(([words]) => words.test(message))?.[1];
  if (said !== undefined) return said;
  if (state !== "") return STATES[state] ?? CLASSES[state.slice(0, 2)];
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (Object.hasOwn(SOCKETS, code) ? SOCKETS[code] : undefined) ?? networkFault(error, AUTHORITY) ?? undefined;
}

/** "" of what the server did not say. Codes of Node.js of this length (`EPIPE`) have no digit among them; every SQLSTATE has. */
function stateOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : "";
}

/** Of what is wrong with data (class 22), what stands in quotes, of any language, is data. */
function withoutValues(message: string, state: string): string {
  return state.startsWith("22") ? message.replace(/["'„“«»‚‘「].*["'”“«»‘’」]/su, '"…"') : message;
}
