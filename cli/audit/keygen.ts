/** `opsc audit keygen`: a key that checkpoints are signed with. */
import { writeFile } from "node:fs/promises";
import { generateSignerKey, isKeyName } from "../../runtime/checkpoints/keys.ts";
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
  try {
    await writeFile(out, `${secret}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    const there = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new Stop(
      there ? EXIT.wrong : EXIT.environment,
      there ? `${out} is there already: a key is never written over` : `${out} cannot be written: ${String(error)}`,
      "name another file",
    );
  }
  if (io.json) io.raw(JSON.stringify({ origin, file: out, key: key.verifier.text }));
  else {
    io.out(key.verifier.text);
    io.err(
      `${out} signs checkpoints of ${origin}: whoever has it can make false ones. What it printed is for those who verify them.`,
    );
  }
  return EXIT.done;
}
