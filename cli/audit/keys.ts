/** Keys of checkpoints: the one that signs, and those that are believed. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { parseSignerKey, parseVerifierKey, type SignerKey, type VerifierKey } from "../../runtime/checkpoints/keys.ts";
import { TRUST_FILE } from "../../runtime/trust/trust.ts";
import { cleanStreams } from "../clean.ts";
import { EXIT, Stop } from "../exit.ts";
import { type Project, settingsOf } from "../project.ts";
import { redactor } from "../redactor.ts";
import { readTextFile } from "../text-file.ts";

export const MAKE_KEY = "opsc audit keygen -o FILE makes one; keep it out of the project's repository";

/** The key that `audit.checkpoint.key` names. Ends the command where it cannot be had, or others could have read it. */
export async function signerKey(root: string, named: string): Promise<SignerKey> {
  const { text, shown } = await secretOf(root, named);
  const key = parseSignerKey(text);
  if (key === null) throw new Stop(EXIT.environment, `${shown} holds no key for checkpoints`, MAKE_KEY);
  return key;
}

/** What `named` names: `@env:NAME`, or a file (`@file:PATH` or bare) from `root` on that its owner alone can read. `shown` is for people. */
export async function secretOf(
  root: string,
  named: string,
): Promise<{ readonly text: string; readonly shown: string }> {
  const variable = /^@env:(.+)$/.exec(named)?.[1];
  const file = named.replace(/^@file:/, "");
  const text = variable === undefined ? await readSecret(path.resolve(root, file)) : process.env[variable];
  const shown = variable === undefined ? file : `the environment variable ${variable}`;
  if (text === undefined || text.trim() === "")
    throw new Stop(EXIT.environment, `${shown} holds nothing`, "give the job the secret that belongs in it");
  // A service may answer with what it was sent.
  redactor.learn(text.trim());
  cleanStreams(redactor);
  return { text, shown };
}

/** More than any key has. */
const MOST = 4096;

async function readSecret(file: string): Promise<string> {
  const cannot = (why: string, remedy: string): Stop =>
    new Stop(EXIT.environment, `the key ${file} cannot be used: ${why}`, remedy);
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT"
      ? cannot("there is no such file", MAKE_KEY)
      : cannot(error.message, "check its permissions");
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw cannot("it is no file", MAKE_KEY);
    const me = process.getuid?.();
    if (me !== undefined && found.uid !== me && found.uid !== 0)
      throw cannot(
        `it belongs to user ${found.uid}, not to you (${me})`,
        "run as its owner, or make a key of your own",
      );
    if (me !== undefined && (found.mode & 0o077) !== 0)
      throw cannot(
        "others than its owner may read or write it, so anybody may have signed with it",
        `make a new one, or if nobody can have: chmod 600 ${file}`,
      );
    if (found.size > MOST) throw cannot("it is too large for a key", MAKE_KEY);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

const AS_PRINTED = "give it as opsc audit keygen printed it, NAME+ID+KEY, or a file with that line alone";

/** Whose checkpoints are believed. */
export interface Believed {
  readonly keys: readonly VerifierKey[];
  /** As `openCheckpoint` takes it. */
  readonly origin: string | null;
}

export interface KeyOptions {
  readonly dir?: string;
  readonly key?: readonly string[];
  readonly origin?: string;
}

/**
 * The keys that were given, else those of the trust root, else the one that the project itself signs with. Ends the command
 * where there is none.
 */
export async function believed(options: KeyOptions): Promise<Believed> {
  const { key: given = [], origin } = options;
  if (given.length > 0) return { keys: await Promise.all(given.map(givenKey)), origin: origin ?? null };
  const { root, config, trust } = await settingsOf(options.dir);
  const settings = config.audit.checkpoint;
  const keys = keysOfRoot(trust);
  if (keys.length === 0 && settings !== undefined) keys.push((await signerKey(root, settings.key)).verifier);
  if (keys.length === 0)
    throw new Stop(
      EXIT.wrong,
      "no key is known that a checkpoint could be signed with",
      `give it with --key, as opsc audit keygen printed it, or list it as logKeys in ${TRUST_FILE}`,
    );
  return { keys, origin: origin ?? settings?.origin ?? null };
}

/** Those that the trust root lists. Ends the command where one of them is none. */
export const keysOfRoot = ({ logKeys }: Pick<Project["trust"], "logKeys">): VerifierKey[] =>
  logKeys.map((text) => parsed(text, `logKeys of ${TRUST_FILE}`));

/** A key as it is, or a file with it: who verifies was sent one or the other. */
async function givenKey(text: string): Promise<VerifierKey> {
  if (parseVerifierKey(text) !== null) return parsed(text, "--key");
  const read = await readTextFile(text, MOST);
  if (!("text" in read)) return parsed(text, "--key");
  // Its secret half is no text to be shown where a key is wrong.
  const key = parseVerifierKey(read.text.trim());
  if (key !== null) return key;
  throw new Stop(EXIT.wrong, `--key: ${text} holds no public key of checkpoints`, AS_PRINTED);
}

function parsed(text: string, where: string): VerifierKey {
  const key = parseVerifierKey(text);
  if (key !== null) return key;
  throw new Stop(EXIT.wrong, `${where}: ${JSON.stringify(text)} is no public key of checkpoints`, AS_PRINTED);
}

export interface Signing {
  readonly key: SignerKey;
  readonly origin: string;
  /** Other keys that the trust root lists: those that signed before. */
  readonly former: readonly VerifierKey[];
}

/** What of a project concerns its checkpoints. */
export type Settings = Pick<Project, "root" | "config" | "trust">;

/** What checkpoints are signed with here; ends the command where the configuration does not say, or nobody would believe it. */
export async function signing({ root, config, trust }: Settings): Promise<Signing> {
  const settings = config.audit.checkpoint;
  if (settings === undefined)
    throw new Stop(
      EXIT.wrong,
      "the configuration does not say what checkpoints are signed with",
      'opsc audit keygen -o FILE, then "audit": { "checkpoint": { "origin": …, "key": FILE } } in opsc.config.json',
    );
  const key = await signerKey(root, settings.key);
  if (trust.logKeys.length > 0 && !trust.logKeys.includes(key.verifier.text))
    throw new Stop(
      EXIT.environment,
      `nobody would believe a checkpoint signed with ${key.verifier.text}: it is none of the keys of the trust root`,
      `add it to logKeys in ${TRUST_FILE} of the trust root, or sign with one of those`,
    );
  const former = trust.logKeys.flatMap((text) => parseVerifierKey(text) ?? []);
  return { key, origin: settings.origin, former };
}
