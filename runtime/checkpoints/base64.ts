/** The base64 of RFC 4648 §4, in its one form. */

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** null for text that is not, to the character, what `toBase64` writes. */
export function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

/** A hash in hex as base64, and back: null for what is no hash. */
export const hashToBase64 = (hex: string): string => toBase64(Buffer.from(hex, "hex"));

export function hashFromBase64(text: string): string | null {
  const bytes = fromBase64(text);
  return bytes?.length === 32 ? bytes.toString("hex") : null;
}
