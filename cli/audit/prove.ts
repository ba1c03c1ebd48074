/** `opsc audit prove`: a file by which others can see, without the store, what is in the log. */
import { type Against, proveEntry, proveGrowth, proveRun } from "../../runtime/audit/prove.ts";
import { openCheckpoint, unverifiedCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { alone, demandKept, lastSigned, signHead } from "../../runtime/checkpoints/sign.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { outsideOfStore } from "../out-file.ts";
import { settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { writeWhole } from "../write-whole.ts";
import { believed, signerKey } from "./keys.ts";
import type { AuditOptions } from "./options.ts";
import { readGiven } from "./read.ts";

/** `target` is the name of a run, or the number of an entry; without one it is proved that the log grew from a kept checkpoint. */
export async function prove(io: Io, target: string | undefined, options: AuditOptions): Promise<ExitCode> {
  const { out, checkpoint: files = [] } = options;
  const [file, ...more] = files;
  if (more.length > 0) throw new Stop(EXIT.wrong, "a proof is against one checkpoint", "give --checkpoint once");
  if (target === undefined && file === undefined)
    throw new Stop(
      EXIT.wrong,
      "nothing is named that is to be proved",
      "opsc audit prove RUN, opsc audit prove ENTRY, or opsc audit prove --checkpoint FILE: that the log grew from that one",
    );
  if (out !== undefined) await outsideOfStore(out);
  const { root } = await settingsOf(options.dir);
  const store = await openStore(root, { create: false });
  try {
    const kept = file === undefined ? null : await keptCheckpoint(store, file, options);
    const text = await proofOf(store, target, kept, () => newest(store, options));
    if (out === undefined) io.raw(text);
    else {
      await writeWhole(out, text);
      if (io.json) io.raw(JSON.stringify({ file: out }));
      else io.out(`${out} proves it: opsc audit verify --proof ${out} --key KEY`);
    }
    return EXIT.done;
  } catch (error) {
    // What is named is not there, or not any more, which is no fault of the store.
    if (error instanceof StoreError && (error.fault === "missing" || error.fault === "erased"))
      throw new Stop(EXIT.wrong, error.message, error.remedy);
    throw error;
  } finally {
    await store.close();
  }
}

async function proofOf(
  store: Store,
  target: string | undefined,
  kept: Against | null,
  now: () => Promise<Against>,
): Promise<string> {
  const json = (value: unknown): string => `${JSON.stringify(value)}\n`;
  if (target === undefined) {
    if (kept === null) throw new TypeError("a kept checkpoint is needed");
    return json(await proveGrowth(store, kept, await now()));
  }
  const against = kept ?? (await now());
  if (/^\d{1,15}$/.test(target)) return proveEntry(store, against, Number(target));
  return json(await proveRun(store, against, target));
}

/** A checkpoint that was kept, which has to be of this log: else nothing could be proved against it. */
async function keptCheckpoint(store: Store, file: string, options: AuditOptions): Promise<Against> {
  const note = await readGiven(file, "opsc audit checkpoint -o FILE makes one");
  const { keys, origin } = await believed(options);
  const opened = openCheckpoint(note, keys, origin);
  if (!opened.ok) throw new Stop(EXIT.unverified, `the checkpoint ${file} does not verify: ${opened.why}`);
  await demandKept(store, await store.size(), opened.checkpoint, `the checkpoint ${file}`);
  return { note, checkpoint: opened.checkpoint };
}

/** A checkpoint of now; without a key here, the one that was signed last. */
async function newest(store: Store, options: AuditOptions): Promise<Against> {
  const { root, config } = await settingsOf(options.dir);
  const settings = config.audit.checkpoint;
  if (settings !== undefined) {
    const key = await signerKey(root, settings.key);
    return alone(store, () => signHead(store, key, settings.origin));
  }
  const last = await lastSigned(store);
  const checkpoint = last === null ? null : unverifiedCheckpoint(last.note);
  if (last === null || checkpoint === null)
    throw new Stop(
      EXIT.wrong,
      "a proof needs a signed checkpoint, and none was ever signed here",
      'opsc audit keygen -o FILE, then "audit": { "checkpoint": { "origin": …, "key": FILE } } in opsc.config.json',
    );
  return { note: last.note, checkpoint };
}
