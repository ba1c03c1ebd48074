/** What goes wrong with a database, in plain words, and whether trying again may help. */
import { ProviderError } from "../../provider/kit.ts";

interface Fault {
  readonly what: string;
  readonly retryable: boolean;
}

const again = (what: string): Fault => ({ what, retryable: true });
const never = (what: string): Fault => ({ what, retryable: false });

/** By SQLSTATE (PostgreSQL's documentation, appendix A) or its class, and by the codes of Node.js. */
const FAULTS: { readonly [code: string]: Fault } = {
  ECONNREFUSED: again("connection refused: nothing listens there"),
  ECONNRESET: again("the connection was cut"),
  EPIPE: again("the connection was cut"),
  ETIMEDOUT: again("no connection could be made in time"),
  EHOSTUNREACH: again("the host cannot be reached from here"),
  ENETUNREACH: again("the network cannot be reached from here"),
  EAI_AGAIN: again("the name could not be looked up just now (DNS)"),
  ENOTFOUND: again("there is no host of that name (DNS)"),
  ENOENT: again("there is no socket: the server does not run, or its socket is in another folder"),
  EACCES: never("the socket may not be opened by this user"),
  CERT_HAS_EXPIRED: never("the server's TLS certificate has expired"),
  CERT_NOT_YET_VALID: never("the server's TLS certificate is not valid yet"),
  DEPTH_ZERO_SELF_SIGNED_CERT: never("the server's TLS certificate is signed by itself; name its authority with `ca`"),
  SELF_SIGNED_CERT_IN_CHAIN: never("the server's TLS certificate is of an unknown authority; name it with `ca`"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: never("the server's TLS certificate is of an unknown authority; name it with `ca`"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: never(
    "the server's TLS certificate is of an unknown authority; name it with `ca`",
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: never("the server's TLS certificate is for another name"),
  "28P01": never("the password is wrong"),
  "28000": never("the server does not let this user in from here (pg_hba.conf), or the role may not log in"),
  "3D000": never("there is no such database"),
  "42501": never("the user may not do this"),
  "08P01": never("the statement and what is handed over with it do not fit: a hole must not stand within quotes"),
  "25006": never("it would write, and only reads are allowed here"),
  "57014": again("it was cancelled, or took longer than the server allows"),
  "55P03": again("something else holds a lock on it"),
  "40001": again("it collided with another transaction"),
  "40P01": again("it was in a deadlock with another transaction"),
  "53300": again("the server has too many connections"),
};
/** By the first two characters of an SQLSTATE. */
const CLASSES: { readonly [code: string]: Fault } = {
  "08": again("the connection failed"),
  "53": again("the server lacks resources"),
  "57": again("the server is stopping or starting"),
  "58": again("the server has a fault of its own"),
};

/**
 * Of an error of the database: what it says is quoted only as far as it holds no values; a detail does ("Key (email)=(…)
 * already exists"), and a statement may.
 */
export function faultOf(error: unknown, what: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = codeOf(error);
  const known = FAULTS[code] ?? (isState(code) ? CLASSES[code.slice(0, 2)] : undefined);
  const said = error instanceof Error ? primary(error) : String(error);
  const words = known === undefined ? said : isState(code) ? `${known.what} (${said})` : known.what;
  return new ProviderError(`${what}: ${words}${isState(code) ? ` [SQLSTATE ${code}]` : ""}`, {
    retryable: known?.retryable ?? false,
    cause: error,
  });
}

/** Codes of Node.js of this length (`EPIPE`) have no digit among them; every SQLSTATE has. */
const isState = (code: string): boolean => /^(?=.*\d)[0-9A-Z]{5}$/.test(code);

function codeOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return inner instanceof Error && "code" in inner && typeof inner.code === "string" ? inner.code : "";
}

/** The message, with what stands in quotes after "value" or "syntax" left out: it may be a value of a hole. */
function primary(error: Error): string {
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return inner.message.replace(/((?:invalid|out of range)[^"]*?: )".*"/s, '$1"…"');
}
