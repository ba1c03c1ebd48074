/** `opsc audit keygen`: a key that checkpoints are signed with. */
import { open, rm } from "node:fs/promises";
import { generateSignerKey, isKeyName } from "../../runtime/checkpoints/keys.ts";
import { messageOf } from "../../runtime/message.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { outsideOfStore } from "../out-file.ts";
import { settingsOf } from "../project.ts";
import type { AuditOptions } from "./options.ts";

export async function keygen(io: Io, options: AuditOptions): Promise<ExitCode> {
  const { out } = options;
  if (out === undefined)
    throw new Stop(
      EXIT.wrong,
      "no file is named for the key",
      "opsc audit keygen -o FILE; keep it out of the repository",
    );
  const origin = options.origin ?? (await settingsOf(options.dir)).config.audit.checkpoint?.origin;
  if (origin === undefined)
    throw new Stop(
      EXIT.wrong,
      "a key has the name of its log, and none is given",
      "opsc audit keygen --origin example.com/operations -o FILE",
    );
  if (!isKeyName(origin) || /\p{Cc}/u.test(origin))
    throw new Stop(
      EXIT.wrong,
      `${JSON.stringify(origin)} cannot be the name of a log`,
      "a name without spaces and without +",
    );
  await outsideOfStore(out);
  const { key, secret } = generateSignerKey(origin);
  await writeKey(out, `${secret}\n`);
  if (io.json) io.raw(JSON.stringify({ origin, file: out, key: key.verifier.text }));
  else {
    io.out(key.verifier.text);
    io.err(
      `${out} signs checkpoints of ${origin}: whoever has it can make false ones. What it printed is for those who verify them.`,
    );
  }
  return EXIT.done;
}

/** Whole or not at all, and never over what is there. */
async function writeKey(out: string, text: string): Promise<void> {
  const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : null);
  const handle = await open(out, "wx", 0o600).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST")
      throw new Stop(EXIT.wrong, `${out} is there already: a key is never written over`, "name another file");
    const why = codeOf(error) === "ENOENT" ? "there is no such folder" : messageOf(error);
    throw new Stop(EXIT.environment, `${out} cannot be written: ${why}`, "name another file");
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(out, { force: true });
    throw new Stop(
      EXIT.environment,
      `${out} cannot be written: ${messageOf(error)}`,
      "make space, or name another file",
    );
  } finally {
    await handle.close();
  }
}
