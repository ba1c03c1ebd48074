/** An object of JSON from a service that says who somebody is: nobody else may answer in its place. */
import { printable } from "../audit/printable.ts";
import { messageOf } from "../message.ts";

export type Claims = { readonly [name: string]: unknown };
export type Problem = { readonly problem: string };

/** How long an answer is waited for, in milliseconds; and how large it may be, in bytes. */
const TIME = 10_000;
const MOST = 1024 * 1024;

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Never rejects. What is sent along as `bearer`, and what is asked for after `?`, is in no problem. */
export async function getJson(at: string, bearer?: string): Promise<{ readonly json: Claims } | Problem> {
  if (!URL.canParse(at)) return { problem: `${printable(at)} is no address` };
  const url = new URL(at);
  const shown = printable(at.replace(/[?#].*$/s, ""));
  // Whoever could answer in its place could be anybody.
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.includes(url.hostname)))
    return { problem: `${shown} is not asked: only https is, or http of this machine itself` };
  try {
    const answer = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(TIME),
      headers: { accept: "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
    });
    if (!answer.ok) return { problem: `${shown} answered ${answer.status}` };
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST) return { problem: `${shown} answered with more than ${MOST / 1024 / 1024} MiB` };
    }
    const json: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return isRecord(json) ? { json } : { problem: `${shown} answered with something else than an object` };
  } catch (error) {
    return { problem: `${shown} could not be asked: ${reason(error)}` };
  }
}

export const isRecord = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${TIME / 1000} s`;
  if (error instanceof SyntaxError) return "its answer is no JSON";
  return printable(messageOf(cause));
}
