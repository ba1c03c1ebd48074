/** One HTTP exchange: bounded in time and size, with what goes wrong on the way said in plain words. */
import { type NetworkFault, networkFault, ProviderError, type Value } from "../../provider/kit.ts";

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** How many redirects within the same host and scheme are followed. */
  readonly redirects: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** null where the body is not JSON. */
  readonly json: Value;
  /** Whether the body was longer than is kept. */
  readonly cut: boolean;
}

export const BODY_LIMIT = 1024 * 1024;
/** The longest that timers can wait; 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Rejects with `ProviderError` where there is no answer; any status is an answer. */
export async function exchange(request: Exchange): Promise<Answer> {
  const late = AbortSignal.timeout(Math.min(request.timeoutMs, LONGEST_TIMER));
  const signal = AbortSignal.any([request.signal, late]);
  const shown = `${request.method} ${withoutQuery(request.url)}`;
  try {
    const response = await follow(request, signal);
    const { bytes, cut } = await readBody(response);
    const body = new TextDecoder().decode(bytes);
    return { status: response.status, headers: headersOf(response), body, json: cut ? null : jsonOf(body), cut };
  } catch (error) {
    if (late.aborted && !request.signal.aborted) {
      throw new ProviderError(`${shown}: no whole answer within ${request.timeoutMs / 1000} s`, {
        retryable: true,
        cause: error,
      });
    }
    if (request.signal.aborted)
      throw new ProviderError(`${shown}: stopped before it was answered`, { retryable: true, cause: error });
    const { what, retryable } = faultOf(error);
    throw new ProviderError(`${shown}: ${what}`, { retryable, cause: error });
  }
}

/** A query may hold tokens, and a message goes into the log. */
function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

async function follow(request: Exchange, signal: AbortSignal): Promise<Response> {
  let { url } = request;
  for (let left = request.redirects; ; left -= 1) {
    const response = await fetch(url, {
      method: request.method,
      // One exchange, one connection: an idle one from before may have died, which would look like a fault of this one.
      headers: { ...request.headers, connection: "close" },
      body: request.body,
      redirect: "manual",
      signal,
    });
    const next = left > 0 ? redirectOf(response, url) : null;
    if (next === null) return response;
    await response.body?.cancel();
    url = next;
  }
}

const REDIRECTS = [301, 302, 303, 307, 308];

function redirectOf(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  if (!REDIRECTS.includes(response.status) || location === null || !URL.canParse(location, from.href)) return null;
  const to = new URL(location, from);
  return to.origin === from.origin ? to : null;
}

async function readBody(response: Response): Promise<{ readonly bytes: Uint8Array; readonly cut: boolean }> {
  if (response.body === null) return { bytes: new Uint8Array(), cut: false };
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream, which ends the connection.
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) return { bytes: Buffer.concat(chunks).subarray(0, BODY_LIMIT), cut: true };
  }
  return { bytes: Buffer.concat(chunks), cut: false };
}

/** A cookie of a session lets in whoever has it, and what is answered is kept. */
function headersOf(response: Response): { readonly [name: string]: string } {
  const kept = [...response.headers.entries()].filter(([name]) => name !== "set-cookie");
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function jsonOf(body: string): Value {
  try {
    const value: Value = JSON.parse(body);
    return value;
  } catch {
    return null;
  }
}

const AUTHORITY = "add its authority (NODE_EXTRA_CA_CERTS)";

/** What is known of networks, what is no fault of one, and the innermost words of everything else. */
function faultOf(error: unknown): Pick<NetworkFault, "what" | "retryable"> {
  const known = networkFault(error, AUTHORITY);
  if (known !== null) return known;
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error && at.cause instanceof Error; depth += 1) at = at.cause;
  if (!(at instanceof Error)) return { what: "no answer", retryable: true };
  if (at.name === "HTTPParserError")
    return { what: "the answer is not HTTP: something else listens there", retryable: false };
  if (at.message === "bad port") return { what: "browsers and opsc do not speak HTTP to that port", retryable: false };
  return { what: at.message, retryable: true };
}
