/** Signed notes (c2sp.org/signed-note): a text, and who signed it. */
import { fromBase64, toBase64 } from "./base64.ts";
import { isKeyName, type SignerKey, type VerifierKey } from "./keys.ts";

export interface NoteSignature {
  readonly name: string;
  /** 8 hex digits. */
  readonly id: string;
}

export type OpenedNote =
  | {
      readonly ok: true;
      /** To be trusted only for what its signers are. Ends with a line's end. */
      readonly text: string;
      /** Keys that signed it, in the order of the note. */
      readonly by: readonly VerifierKey[];
    }
  /** `malformed` no signed note · `unsigned` by no key that is known · `forged` a known key is named, and did not sign this */
  | { readonly ok: false; readonly fault: "malformed" | "unsigned" | "forged"; readonly why: string };

/** Bytes of a note that is looked at, and its signatures: far more than any checkpoint has. */
const MOST_BYTES = 1_000_000;
const MOST_SIGNATURES = 100;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Signs a text. Throws `TypeError` for one that no note can hold. */
export function signNote(text: string, keys: readonly SignerKey[]): string {
  if (!isText(text) || !text.isWellFormed()) throw new TypeError("this text cannot be signed as a note");
  const lines = keys.map(({ verifier: { name, id }, sign }) => {
    const signature = Buffer.concat([Buffer.from(id, "hex"), sign(text)]);
    return `— ${name} ${toBase64(signature)}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/** Never throws for what a note may hold. Signatures of keys that are not known are passed over. */
export function openNote(note: Uint8Array | string, known: readonly VerifierKey[]): OpenedNote {
  const parsed = parseNote(note);
  if (typeof parsed === "string") return { ok: false, fault: "malformed", why: parsed };
  const by: VerifierKey[] = [];
  for (const { name, id, signature } of parsed.signatures) {
    const key = known.find((each) => each.name === name && each.id === id);
    if (key === undefined || by.includes(key)) continue;
    if (!key.verifies(parsed.text, signature))
      return { ok: false, fault: "forged", why: `${name}+${id} did not sign this` };
    by.push(key);
  }
  if (by.length > 0) return { ok: true, text: parsed.text, by };
  const who = parsed.signatures.map(({ name, id }) => `${name}+${id}`).join(", ");
  return { ok: false, fault: "unsigned", why: `it is signed by ${who}, and by no key that is trusted here` };
}

interface Parsed {
  readonly text: string;
  readonly signatures: readonly (NoteSignature & { readonly signature: Uint8Array })[];
}

/** The text of a note that nobody has looked at the signatures of; null where it is no note. */
export function unverifiedText(note: Uint8Array | string): string | null {
  const parsed = parseNote(note);
  return typeof parsed === "string" ? null : parsed.text;
}

/** The parts of a note, or why it is none. */
function parseNote(note: Uint8Array | string): Parsed | string {
  if (note.length > MOST_BYTES) return `it is larger than any note: ${note.length} bytes`;
  const whole = typeof note === "string" ? (note.isWellFormed() ? note : null) : decode(note);
  if (whole === null) return "it is not UTF-8";
  // The text may hold empty lines: the last one is before the signatures.
  const end = whole.lastIndexOf("\n\n");
  if (end < 0) return "it has no signatures";
  const text = whole.slice(0, end + 1);
  const rest = whole.slice(end + 2);
  if (!isText(text)) return "its text holds control characters";
  if (rest === "" || !rest.endsWith("\n")) return "it ends without a signature";
  const lines = rest.slice(0, -1).split("\n");
  if (lines.length > MOST_SIGNATURES)
    return `it has ${lines.length} signatures; at most ${MOST_SIGNATURES} are looked at`;
  const signatures = lines.map(parseSignature);
  if (!signatures.every((each) => each !== null)) return "a line after its text is no signature";
  return { text, signatures };
}

function parseSignature(line: string): Parsed["signatures"][number] | null {
  const [, name = "", data = ""] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const bytes = fromBase64(data);
  if (!isKeyName(name) || bytes === null || bytes.length < 5) return null;
  return { name, id: bytes.subarray(0, 4).toString("hex"), signature: bytes.subarray(4) };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Ends with a line's end, and has no other control character of ASCII below the space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is asked.
const isText = (text: string): boolean => text.endsWith("\n") && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
