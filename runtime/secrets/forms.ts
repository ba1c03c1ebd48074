/** How a secret may be written where it turns up: each way as bytes to look for. */
import { partsOf } from "./parts.ts";

export interface Form {
  /** Without line breaks and what indents the line after one: text is compared so, however it is wrapped. */
  readonly bytes: Uint8Array;
  /** Characters of base64 or base32 before and after, which tell of a part of a byte of it. */
  readonly before: number;
  readonly after: number;
}

/** Shorter ones would blank out ordinary words. */
export const SHORTEST_KNOWN = 6;

/** Ways in which a secret is written. */
export interface Forms {
  readonly text: readonly Form[];
  /** As hexadecimal digits in lower case, which are looked for in groups, too. */
  readonly hex: readonly Uint8Array[];
}

/** The ways in which others write `value` and what of it is a secret by itself. None where it is too short to be told from words. */
export function formsOf(value: string): Forms {
  const found = new Map<string, Form>();
  const hex: Uint8Array[] = [];
  const add: Add = (bytes, before = 0, after = 0) => {
    const bare = withoutBreaks(bytes, true);
    if (bare.length >= SHORTEST_KNOWN) found.set(Buffer.from(bare).toString("latin1"), { bytes: bare, before, after });
  };
  for (const part of partsOf(value)) {
    const spelled = new Set(spellings(part));
    for (const each of spelled) add(Buffer.from(each));
    const bytes = Buffer.from(part);
    if (bytes.length < SHORTEST_KNOWN) continue;
    hex.push(Buffer.from(bytes.toString("hex")));
    add(Buffer.from(bytes.toString("hex")));
    add(Buffer.from(bytes.toString("hex").toUpperCase()));
    const wide = Buffer.from(part, "utf16le");
    add(wide);
    add(Buffer.from(wide).swap16());
    // JSON that is encoded as a whole is what most services send on; UTF-16 is what PowerShell takes so.
    for (const each of [bytes, Buffer.from(JSON.stringify(part).slice(1, -1)), wide]) addBase64(each, add);
    addBase32(bytes, add);
    addOfLetters(part, add);
  }
  return { text: [...found.values()], hex };
}

type Add = (bytes: Uint8Array, before?: number, after?: number) => void;

/** In an encoding of one byte for each letter; and as what reads the bytes of UTF-8 so writes them. */
function addOfLetters(text: string, add: Add): void {
  if (!/[\u0080-\uffff]/.test(text)) return;
  if (!/[\u0100-\uffff]/.test(text)) add(Buffer.from(text, "latin1"));
  add(Buffer.from(Buffer.from(text).toString("latin1")));
}

/** As it stands in base64, whatever is before it. */
function addBase64(bytes: Uint8Array, add: Add): void {
  addDigits(
    bytes,
    6,
    (all) => all.toString("base64").replace(/=+$/, ""),
    (sure, before, after) => {
      add(Buffer.from(sure), before, after);
      add(Buffer.from(sure.replaceAll("+", "-").replaceAll("/", "_")), before, after);
    },
  );
}

/** As it stands in base32 (RFC 4648), whatever is before it. */
function addBase32(bytes: Uint8Array, add: Add): void {
  addDigits(bytes, 5, base32, (sure, before, after) => {
    add(Buffer.from(sure), before, after);
    add(Buffer.from(sure.toLowerCase()), before, after);
  });
}

/**
 * In digits of `bits` bits, one time for each place in a digit where it may begin: `add` is given those that are its own alone, and
 * how many there are before and after that are partly its own.
 */
function addDigits(
  bytes: Uint8Array,
  bits: 5 | 6,
  write: (bytes: Buffer) => string,
  add: (sure: string, before: number, after: number) => void,
): void {
  // Digits of 5 and 6 bits end with a byte after 5 and 3 of them.
  for (let lead = 0; lead < (bits === 5 ? 5 : 3); lead++) {
    const whole = write(Buffer.concat([Buffer.alloc(lead), bytes]));
    const from = Math.ceil((lead * 8) / bits);
    const to = Math.floor(((lead + bytes.length) * 8) / bits);
    add(whole.slice(from, to), (lead * 8) % bits === 0 ? 0 : 1, to < whole.length ? 1 : 0);
  }
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Without what pads it. */
function base32(bytes: Uint8Array): string {
  let [text, held, bits] = ["", 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}

const HEX_LOW = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase());
const unicode = (text: string, which: RegExp, upper: boolean): string =>
  text.replace(which, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${upper ? code.toUpperCase() : code}`;
  });

/** The text as JSON, URLs, shells, HTML and programs write it. */
function spellings(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = encodeURIComponent(text.toWellFormed());
  const strict = url.replace(/[!'()*~._-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const rfc = url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  // As forms of web pages are sent.
  const form = url
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
  const whole = encodeURI(text.toWellFormed());
  // Whole paths are encoded so, as Python does.
  const paths = [url, rfc].map((each) => each.replaceAll("%2F", "/"));
  const urls = [url, rfc, ...paths, strict, whole, rfc.replaceAll("%20", "+"), form, url.replaceAll("%20", "+")];
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = html.replaceAll('"', "&quot;");
  return [
    text,
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll("/", "\\/"),
    // As Go and many others write what means something in HTML.
    unicode(json, /[<>&]/g, false),
    unicode(json, /[<>&]/g, true),
    unicode(json, /[\u007f-\uffff]/g, false),
    unicode(json, /[\u007f-\uffff]/g, true),
    unicode(json, /[<>&'\u007f-\uffff]/g, false),
    unicode(json, /[<>&'\u007f-\uffff]/g, true),
    ...urls,
    ...urls.map(HEX_LOW),
    // A URL within the query of another.
    ...[url, rfc].map((each) => each.replaceAll("%", "%25")),
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/[\\'"$`]/g, "\\$&"),
    text.replace(/[\\"$`]/g, "\\$&"),
    text.replace(/[\\']/g, "\\$&"),
    text.replace(/[^A-Za-z0-9_@%+=:,./-]/g, "\\$&"),
    html,
    quoted,
    ...["&#39;", "&#x27;", "&apos;"].map((apostrophe) => quoted.replaceAll("'", apostrophe)),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  ];
}

const [LF, CR, SPACE, TAB] = [10, 13, 32, 9];

/** Bytes without line breaks and the spaces and tabs that follow one; a form is without those it begins with, too. */
function withoutBreaks(bytes: Uint8Array, leading: boolean): Uint8Array {
  const bare = new Uint8Array(bytes.length);
  let size = 0;
  let broken = leading;
  for (const byte of bytes) {
    if (byte === LF || byte === CR) broken = true;
    else if (!broken || (byte !== SPACE && byte !== TAB)) {
      broken = false;
      bare[size++] = byte;
    }
  }
  return bare.subarray(0, size);
}
