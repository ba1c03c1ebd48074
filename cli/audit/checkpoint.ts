/** `opsc audit checkpoint`: a signed statement of how long the log is and what it holds, to be kept elsewhere. */
import { alone, type Signed, signHead } from "../../runtime/checkpoints/sign.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { outsideOfStore } from "../out-file.ts";
import { settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { entries } from "../words.ts";
import { writeWhole } from "../write-whole.ts";
import { signing } from "./keys.ts";
import type { AuditOptions } from "./options.ts";

export async function checkpoint(io: Io, options: AuditOptions): Promise<ExitCode> {
  const { out } = options;
  if (out !== undefined) await outsideOfStore(out);
  const { note, checkpoint: signed } = await newCheckpoint(options.dir);
  if (out !== undefined) await writeWhole(out, note);
  if (io.json) io.raw(JSON.stringify({ ...signed, note, file: out ?? null }));
  else if (out === undefined) io.raw(note);
  else io.out(`${out} is signed: ${entries(signed.size)} of ${signed.origin}`);
  return EXIT.done;
}

/** Signs the log of the project as it stands. */
export async function newCheckpoint(dir: string | undefined): Promise<Signed> {
  const settings = await settingsOf(dir);
  const { root } = settings;
  const { key, origin } = await signing(settings);
  const store = await openStore(root, { create: false });
  try {
    return await alone(store, () => signHead(store, key, origin));
  } finally {
    await store.close();
  }
}
