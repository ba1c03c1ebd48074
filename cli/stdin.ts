/** Text from standard input and from pipes: bounded, and UTF-8 or told not to be. */

import process from "node:process";
import { notUtf8 } from "../language/utf8.ts";
import { messageOf } from "../runtime/message.ts";
import { EXIT, Stop } from "./exit.ts";

/** All of standard input. One that is closed holds nothing. */
export async function readStdin(limit: number): Promise<string> {
  try {
    return await readText("standard input", process.stdin, limit);
  } catch (error) {
    if (error instanceof Stop) throw error;
    const why = messageOf(error);
    throw new Stop(EXIT.environment, `standard input cannot be read: ${why}`, "hand it something, or name a file");
  }
}

/** All of a stream, told about as `shown`; `limit` in bytes. A byte order mark is left out. */
export async function readText(shown: string, stream: AsyncIterable<unknown>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Buffer)) continue;
    size += chunk.length;
    if (size > limit) throw new Stop(EXIT.wrong, `${shown} has more than ${limit} bytes`, "hand in less");
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const bad = notUtf8(bytes);
  if (bad === null) return bytes.toString("utf8").replace(/^\uFEFF/, "");
  throw new Stop(
    EXIT.wrong,
    `${shown} is not UTF-8 text: byte ${bad.offset}, on line ${bad.line}, begins no character`,
    "save it as UTF-8",
  );
}
