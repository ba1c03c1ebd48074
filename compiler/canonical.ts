/** Canonical JSON (RFC 8785): one text for one value, whatever the order in which it was built. */

/**
 * Numbers and strings are written as ECMAScript does, which is what the RFC asks for; keys are sorted by UTF-16 code units.
 * Fields that are `undefined` are left out. Throws `TypeError` for what JSON cannot say (NaN, functions, cycles by depth).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} cannot stand in canonical JSON`);
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} cannot stand in canonical JSON`);
  return Array.isArray(value) ? listText(value) : recordText(value as Readonly<Record<string, unknown>>);
}

function listText(list: readonly unknown[]): string {
  return `[${list.map(canonicalJson).join(",")}]`;
}

// Joined as soon as its parts are there: a text that is only added to keeps all of them until it is read.
function recordText(record: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(record);
  if (!ascending(keys)) keys.sort();
  const fields: string[] = [];
  for (const key of keys) {
    const field = record[key];
    if (field !== undefined) fields.push(`${quoted(key)}:${canonicalJson(field)}`);
  }
  return `{${fields.join(",")}}`;
}

function ascending(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? "") > (keys[i] ?? "")) return false;
  return true;
}

/** The same few names stand everywhere. */
const names = new Map<string, string>();
const MAX_NAMES = 1000;

function quoted(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(key);
  if (names.size < MAX_NAMES) names.set(key, text);
  return text;
}
