/** A trust root, read: its `opsc.trust.json`, and the files of keys that it names. */
import { lstat, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { TRUST_ROOT } from "../../compiler/check/packages.ts";
import { parseJson } from "../../compiler/data/json.ts";
import { plainValue } from "../../compiler/data/node.ts";
import { lineIndex } from "../../language/lines.ts";
import { NO_TRUST, TRUST_FILE, type Trust } from "../../runtime/trust/trust.ts";
import { wrongIn } from "../config.ts";
import { EXIT, Stop } from "../exit.ts";
import { isWithin } from "../text-file.ts";
import type { Located } from "./locate.ts";

const MAX_SETTINGS = 256 * 1024;
/** Of a file of keys: an organisation of ten thousand has a few megabytes. */
const MAX_KEYS = 16 * 1024 * 1024;

/** `located` is null where the project in `root` is its own trust root. Throws where what is there cannot be used. */
export async function readTrust(root: string, located: Located | null): Promise<Trust> {
  const folder = located?.folder ?? root;
  const base: Trust = located === null ? NO_TRUST : { ...NO_TRUST, ...rootOf(located) };
  const file = path.join(folder, TRUST_FILE);
  if ((await lstat(file).catch(() => null)) === null) return base;
  const named = (name: string): string => (located === null ? name : `${TRUST_ROOT}/${name}`);
  const text = await within(folder, TRUST_FILE, named(TRUST_FILE), MAX_SETTINGS);
  const settings = await parseTrust(text.toString("utf8"), named(TRUST_FILE));
  const read = async (name: string | undefined) =>
    name === undefined ? null : { path: named(name), bytes: await within(folder, name, named(name), MAX_KEYS) };
  const signers = await read(settings.allowedSigners);
  const revoked = await read(settings.revokedKeys);
  const files = [{ path: named(TRUST_FILE), bytes: text }, signers, revoked].filter((each) => each !== null);
  return {
    ...base,
    identities: settings.identities,
    allowedSigners: signers === null ? null : { path: signers.path, text: signers.bytes.toString("utf8") },
    revoked,
    oidc: settings.oidc,
    breakGlass: settings.breakGlass,
    logKeys: settings.logKeys,
    // A revocation list is no text; what stands for it is the same for the same bytes.
    files: files.map(({ path: at, bytes }) => ({
      path: at,
      text: isText(bytes) ? bytes.toString("utf8") : bytes.toString("base64"),
    })),
  };
}

const rootOf = ({ root, shown, by, place }: Located): Pick<Trust, "root" | "shown" | "named"> => ({
  root,
  shown,
  named: { by, place },
});

const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString("utf8"), "utf8").equals(bytes);

/** A file of the root that lies within it, also after links are followed. */
async function within(folder: string, name: string, shown: string, limit: number): Promise<Buffer> {
  const file = path.join(folder, name);
  const bad = (what: string, help: string): Stop =>
    new Stop(EXIT.environment, `${shown} cannot be used: ${what}`, help);
  const real = await realpath(file).catch(() => null);
  if (real === null) throw bad("there is no such file", `write it, or take it out of ${TRUST_FILE}`);
  if (!isWithin(await realpath(folder), real))
    throw bad(
      "it leads out of the trust root",
      "copy it into the trust root: what lies elsewhere is changed by others",
    );
  const found = await lstat(real);
  if (!found.isFile()) throw bad("it is no file", "name a file");
  if (found.size > limit) throw bad(`it has ${found.size} bytes; at most ${limit} are read`, "split it");
  return await readFile(real).catch((error: Error) => {
    throw bad(error.message, "check its permissions");
  });
}

async function parseTrust(text: string, shown: string) {
  const { trustSchema } = await import("../../runtime/trust/trust.schema.ts");
  const lines = lineIndex(text);
  const stop = (offset: number, what: string, help: string | null = null): Stop => {
    const { line, column } = lines.position(offset);
    return new Stop(
      EXIT.environment,
      `${shown}:${line}:${column}: ${what}`,
      help ?? "what cannot be read would trust the wrong people: correct it",
    );
  };
  const { node, faults } = parseJson(text);
  const [fault] = faults;
  if (fault !== undefined || node === null) throw stop(fault?.span.start ?? 0, fault?.message ?? "it is empty");
  const parsed = trustSchema.safeParse(plainValue(node));
  if (parsed.success) return parsed.data;
  const [wrong] = wrongIn(parsed.error, node, trustSchema, "a trust root");
  throw stop(wrong?.span.start ?? 0, wrong?.message ?? "it is wrong", wrong?.help);
}
