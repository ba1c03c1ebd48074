/** One request to Vault: bounded in time and size, its own authority trusted where one is given. */
import http from "node:http";
import https from "node:https";
import { goesThroughProxies } from "../network/proxy.ts";

export interface VaultRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "LIST";
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
  /** Certificates of authorities, PEM; null for those of the machine. */
  readonly ca: string | null;
  /** Milliseconds, for the whole answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface VaultResponse {
  readonly status: number;
  /** Parsed; null where there is none, or it is no JSON. */
  readonly json: unknown;
  readonly location: string | null;
}

/** Answers hold secrets, which are small. */
const BODY_LIMIT = 1024 * 1024;

/** Rejects with an `Error` of the network, of TLS or of time, or where a header cannot be sent; any status is an answer. */
export async function exchangeWithVault(request: VaultRequest): Promise<VaultResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<VaultResponse>();
  const { url, method, body } = request;
  const late = AbortSignal.timeout(request.timeoutMs);
  const options: https.RequestOptions = {
    method,
    headers: { ...request.headers, connection: "close" },
    signal: AbortSignal.any([request.signal, late]),
    // A proxy is asked for a tunnel only for HTTPS: else it would be told the token.
    agent: url.protocol === "https:" && goesThroughProxies() ? https.globalAgent : false,
    ...(request.ca === null ? {} : { ca: request.ca }),
  };
  const onResponse = (answer: http.IncomingMessage): void => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    answer.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > BODY_LIMIT) answer.destroy(new Error("the answer is longer than any secret"));
    });
    answer.on("error", reject);
    answer.on("end", () => {
      const { location } = answer.headers;
      resolve({ status: answer.statusCode ?? 0, json: jsonOf(Buffer.concat(chunks)), location: location ?? null });
    });
  };
  const sent =
    url.protocol === "https:" ? https.request(url, options, onResponse) : http.request(url, options, onResponse);
  sent.on("error", (error) =>
    reject(
      late.aborted && !request.signal.aborted ? new Error(`no answer within ${request.timeoutMs / 1000} s`) : error,
    ),
  );
  sent.end(body ?? undefined);
  return promise;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
