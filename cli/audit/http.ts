/** Checkpoints and entries sent to another machine. */
import { brief } from "../../compiler/render/show-value.ts";

/** How long one request may take, in milliseconds. */
const PATIENCE = 15_000;
/** Of an answer, in bytes. */
const MOST = 1024 * 1024;

export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly token: string | null;
}

/** The answer's status and text. Never follows it elsewhere. Rejects with an `Error` in words where there is none. */
export async function request(
  url: string,
  request: HttpRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const { method, headers = {}, body, token } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return { status: response.status, text: await bounded(response) };
  } catch (error) {
    throw new Error(brief(inWords(error), 300));
  }
}

/** Throws an `Error` unless the answer says that it was taken. */
export function demandTaken({ status, text }: { readonly status: number; readonly text: string }): void {
  if (status >= 200 && status < 300) return;
  throw new Error(`it answered ${status}${text.trim() === "" ? "" : `: ${brief(text.trim(), 200)}`}`);
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST) throw new Error(`its answer is larger than ${MOST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `it did not answer within ${PATIENCE / 1000} seconds`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message === "" && "code" in cause ? String(cause.code) : cause.message;
}
