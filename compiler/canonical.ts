/** Canonical JSON (RFC 8785): one text for one value, whatever the order in which it was built. */

/**
 * Numbers and strings are written as ECMAScript does, which is what the RFC asks for; keys are sorted by UTF-16 code units.
 * Fields that are `undefined` are left out. Throws `TypeError` for what JSON cannot say (NaN, functions, cycles by depth).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return plainText(value);
  const pieces: string[] = [];
  canonicalPieces(value, (piece) => pieces.push(piece));
  return pieces.length === 1 ? (pieces[0] ?? "") : pieces.join("");
}

/** The same text in pieces, in their order: so that a digest of a large plan never holds all of it. */
export function canonicalPieces(value: unknown, take: (piece: string) => void): void {
  const out: Out = { words: [], take };
  write(value, out);
  take(out.words.join(""));
}

/** Words that are not handed on yet. Joined many at a time, for each text in between would be garbage a moment later. */
interface Out {
  words: string[];
  readonly take: (piece: string) => void;
}

const MANY_WORDS = 4096;

function plainText(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "number") throw new TypeError(`a ${typeof value} cannot stand in canonical JSON`);
  if (!Number.isFinite(value)) throw new TypeError(`${value} cannot stand in canonical JSON`);
  return JSON.stringify(value);
}

function write(value: unknown, out: Out): void {
  if (typeof value !== "object" || value === null) {
    out.words.push(plainText(value));
    return;
  }
  if (Array.isArray(value)) writeList(value, out);
  else writeRecord(value as Readonly<Record<string, unknown>>, out);
  if (out.words.length < MANY_WORDS) return;
  out.take(out.words.join(""));
  out.words = [];
}

function writeList(list: readonly unknown[], out: Out): void {
  out.words.push("[");
  for (let i = 0; i < list.length; i++) {
    if (i > 0) out.words.push(",");
    write(list[i], out);
  }
  out.words.push("]");
}

function writeRecord(record: Readonly<Record<string, unknown>>, out: Out): void {
  let first = true;
  for (const key of sort(Object.keys(record))) {
    const field = record[key];
    if (field === undefined) continue;
    const { opening, further } = quoted(key);
    out.words.push(first ? opening : further);
    first = false;
    write(field, out);
  }
  out.words.push(first ? "{}" : "}");
}

/** Records have few fields, and to sort those by hand needs no memory. */
const FEW_KEYS = 24;

function sort(keys: string[]): readonly string[] {
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? "";
    let to = i;
    for (let before = keys[to - 1]; before !== undefined && before > key; before = keys[to - 1]) {
      keys[to] = before;
      to -= 1;
    }
    keys[to] = key;
  }
  return keys;
}

/** A key as it opens a record, and as it follows another. */
interface Quoted {
  readonly opening: string;
  readonly further: string;
}

/** The same few names stand everywhere. */
const names = new Map<string, Quoted>();
const MAX_NAMES = 1000;

function quoted(key: string): Quoted {
  const known = names.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  const made = { opening: `{${text}`, further: `,${text}` };
  if (names.size < MAX_NAMES) names.set(key, made);
  return made;
}
