/** Canaries: secrets of tests that are to be found nowhere, however they are written. */

/** The ways in which they are looked for. */
export const ENCODINGS: { readonly [name: string]: (secret: string) => string | Uint8Array } = {
  raw: (s) => s,
  json: (s) => JSON.stringify(s).slice(1, -1),
  base64: (s) => Buffer.from(s).toString("base64").replace(/=+$/, "").slice(0, -1),
  "base64, shifted": (s) => Buffer.from(`:${s}`).toString("base64").slice(4, -4),
  base64url: (s) => Buffer.from(`u:${s}`).toString("base64url").slice(4, -4),
  hex: (s) => Buffer.from(s).toString("hex"),
  HEX: (s) => Buffer.from(s).toString("hex").toUpperCase(),
  "hex in groups": (s) =>
    Buffer.from(s)
      .toString("hex")
      .replace(/..(?!$)/g, "$& "),
  url: encodeURIComponent,
  form: (s) => new URLSearchParams({ a: s }).toString().slice(2),
  html: (s) => s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  shell: (s) => s.replaceAll("'", "'\\''"),
  "utf-16": (s) => Buffer.from(s, "utf16le"),
};

/** Where `secret` stands in `bytes`: the names of the encodings. */
export function found(secret: string, bytes: string | Uint8Array): string[] {
  const all = Buffer.from(bytes);
  return Object.entries(ENCODINGS)
    .filter(([, encode]) => all.includes(Buffer.from(encode(secret))))
    .map(([encoding]) => encoding);
}
