/** The sinks that the configuration names for copies of the log. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sink } from "../../runtime/audit/deliver.ts";
import type { Config } from "../config.schema.ts";
import { demandTaken, request } from "./http.ts";
import { secretOf } from "./keys.ts";

type Settings = Config["audit"]["sinks"][number];

export function sinkOf(root: string, settings: Settings): Sink {
  if ("file" in settings) return fileSink(path.resolve(root, settings.file), settings.file);
  return httpSink(root, settings.http, settings.token);
}

/** Of a file's end that is looked at for its last line. */
const TAIL = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

function fileSink(file: string, shown: string): Sink {
  const opened = async <T>(act: (handle: FileHandle) => Promise<T>): Promise<T> => {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      if (!(await handle.stat()).isFile()) throw new Error("it is no file");
      return await act(handle);
    } finally {
      await handle.close();
    }
  };
  return {
    shown,
    last: () =>
      opened(async (handle) => {
        const { size } = await handle.stat();
        const bytes = Buffer.alloc(Math.min(size, TAIL));
        await handle.read(bytes, 0, bytes.length, size - bytes.length);
        const end = bytes.lastIndexOf(NEWLINE);
        const torn = bytes.toString("latin1", end + 1);
        // What a crash left of a line is no line. Whatever else is there is somebody's, and is left to them.
        if (!isTorn(torn) || (end < 0 && size > bytes.length)) return torn;
        if (torn !== "") await handle.truncate(size - bytes.length + end + 1);
        if (end < 0) return "";
        const start = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
        // An empty line is not the same as none.
        return bytes.toString("utf8", start + 1, end) || "\n";
      }),
    take: (lines) =>
      opened(async (handle) => {
        await handle.appendFile(`${lines.join("\n")}\n`);
        await handle.sync();
      }),
  };
}

/** How each exported line begins. */
const BEGINS = '{"seq":';
const isTorn = (text: string): boolean =>
  text.length < BEGINS.length ? BEGINS.startsWith(text) : text.startsWith(BEGINS);

/** Pauses between tries, in milliseconds: so many further ones are made. */
const PAUSES = [500, 2_000];

function httpSink(root: string, url: string, token: string | undefined): Sink {
  return {
    shown: url,
    last: async () => null,
    async take(lines, first) {
      const bearer = token === undefined ? null : (await secretOf(root, token)).text.trim();
      const headers = {
        "content-type": "application/x-ndjson",
        // The same entries have the same key, so that who takes them can tell what came twice.
        "idempotency-key": `${first}-${first + lines.length - 1}`,
      };
      for (let tried = 0; ; tried += 1) {
        try {
          const answer = await request(url, { method: "POST", headers, body: `${lines.join("\n")}\n`, token: bearer });
          return demandTaken(answer);
        } catch (error) {
          const pause = PAUSES[tried];
          if (pause === undefined) throw error;
          await sleep(pause);
        }
      }
    },
  };
}
