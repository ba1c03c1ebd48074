/** What goes wrong between here and another host, in plain words, and whether trying again may help. */

export interface NetworkFault {
  readonly what: string;
  readonly retryable: boolean;
  /** Whether what was sent may have come through and been acted on: false where there was no connection yet. */
  readonly sent: boolean;
}

const again = (what: string): NetworkFault => ({ what, retryable: true, sent: false });
const never = (what: string): NetworkFault => ({ what, retryable: false, sent: false });
const lost = (what: string): NetworkFault => ({ what, retryable: true, sent: true });

const CUT = lost("the connection was cut before the answer was whole");

/** By the codes of Node.js and of what speaks HTTP in it. */
const FAULTS: { readonly [code: string]: NetworkFault } = {
  ECONNREFUSED: again("connection refused: nothing listens there"),
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: lost("the connection was cut before the request was sent"),
  UND_ERR_SOCKET: CUT,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CUT,
  UND_ERR_CONNECT_TIMEOUT: again("no connection could be made in time"),
  UND_ERR_HEADERS_TIMEOUT: lost("no answer in time"),
  UND_ERR_BODY_TIMEOUT: lost("the answer stopped coming"),
  ETIMEDOUT: lost("no connection could be made in time, or it was lost"),
  EHOSTUNREACH: again("the host cannot be reached from here"),
  ENETUNREACH: again("the network cannot be reached from here"),
  EAI_AGAIN: again("the name could not be looked up just now (DNS)"),
  ENOTFOUND: again("there is no host of that name (DNS)"),
  CERT_HAS_EXPIRED: never("the server's TLS certificate has expired"),
  CERT_NOT_YET_VALID: never("the server's TLS certificate is not valid yet"),
  CERT_REVOKED: never("the server's TLS certificate was revoked"),
  ERR_TLS_CERT_ALTNAME_INVALID: never("the server's TLS certificate is for another name"),
};

/** Of certificates whose authority is not known. */
const UNKNOWN_AUTHORITY: { readonly [code: string]: string } = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's TLS certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's TLS certificate is of an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's TLS certificate is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "the server's TLS certificate is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's TLS certificate is of an unknown authority",
};

/**
 * null where the error is none of the network. `fetch` says "fetch failed" and hides the reason in `cause`, sometimes one for each address
 * that was tried. `authority` is the remedy where a certificate's authority is unknown.
 */
export function networkFault(error: unknown, authority: string): NetworkFault | null {
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth += 1) {
    const fault = faultOf(at, authority);
    if (fault !== null) return fault;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return null;
}

/** Two words of Node.js for the same: of `fetch`, and of its requests of old. */
const TUNNEL = /^Proxy response \((\d+)\)|^Failed to establish tunnel .* HTTP\/1\.\d (\d+)/;

function tunnelFault(message: string): NetworkFault | null {
  const found = TUNNEL.exec(message);
  if (found === null) return null;
  const status = Number(found[1] ?? found[2]);
  if (status === 407)
    return never("the proxy wants a user and password, which HTTPS_PROXY or HTTP_PROXY is to hold (407)");
  const what = `the proxy of HTTPS_PROXY or HTTP_PROXY does not let it through (${status}); NO_PROXY names what is reached without`;
  return status >= 500 ? again(what) : never(what);
}

function faultOf(error: Error, authority: string): NetworkFault | null {
  const tunnel = tunnelFault(error.message);
  if (tunnel !== null) return tunnel;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (Object.hasOwn(FAULTS, code)) return FAULTS[code] ?? null;
  if (Object.hasOwn(UNKNOWN_AUTHORITY, code)) return never(`${UNKNOWN_AUTHORITY[code]}; ${authority}`);
  if (code.startsWith("ERR_SSL_") || code === "EPROTO")
    return never(`TLS failed: the server may not speak it there (${code})`);
  return null;
}
