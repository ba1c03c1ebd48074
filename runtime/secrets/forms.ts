/** How a secret may be written where it turns up: each way as bytes to look for. */

export interface Form {
  /** Without line breaks and what indents the line after one: text is compared so, however it is wrapped. */
  readonly bytes: Uint8Array;
  /** Characters of base64 before and after, which tell of a part of a byte of it. */
  readonly before: number;
  readonly after: number;
}

/** Shorter ones would blank out ordinary words. */
export const SHORTEST_KNOWN = 6;
/** A line of a secret of several lines that is looked for by itself has at least so many characters. */
const LINE = 16;

/** The ways in which others write `value`, itself among them, each once. Empty where it is too short to be told from words. */
export function formsOf(value: string): readonly Form[] {
  const found = new Map<string, Form>();
  const add = (bytes: Uint8Array, before = 0, after = 0): void => {
    const bare = withoutBreaks(bytes, true);
    if (bare.length >= SHORTEST_KNOWN) found.set(Buffer.from(bare).toString("latin1"), { bytes: bare, before, after });
  };
  const written = (text: string): void => {
    for (const each of spellings(text)) add(Buffer.from(each));
  };
  written(value);
  // Of a key of many lines one may be quoted alone; those that begin and end it are no secret.
  const lines = value.split(/\r?\n/);
  if (lines.length > 1)
    for (const line of lines) if (line.trim().length >= LINE && !line.startsWith("-----")) written(line.trim());
  const bytes = Buffer.from(value);
  for (const hex of [bytes.toString("hex"), bytes.toString("hex").toUpperCase()]) add(Buffer.from(hex));
  for (let lead = 0; lead < 3; lead++) addBase64(bytes, lead, add);
  const wide = Buffer.from(value, "utf16le");
  add(wide);
  add(Buffer.from(wide).swap16());
  return [...found.values()];
}

/** As it stands in base64 where `lead` bytes (and any number of three) are before it. */
function addBase64(
  bytes: Uint8Array,
  lead: number,
  add: (bytes: Uint8Array, before: number, after: number) => void,
): void {
  const whole = Buffer.concat([Buffer.alloc(lead), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((lead * 8) / 6);
  const to = Math.floor(((lead + bytes.length) * 8) / 6);
  const [before, after] = [lead === 0 ? 0 : 1, to < whole.length ? 1 : 0];
  const sure = whole.slice(from, to);
  add(Buffer.from(sure), before, after);
  add(Buffer.from(sure.replaceAll("+", "-").replaceAll("/", "_")), before, after);
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
  const urls = [url, rfc, strict, whole, rfc.replaceAll("%20", "+"), form, url.replaceAll("%20", "+")];
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
