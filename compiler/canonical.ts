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
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} cannot stand in canonical JSON`);
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${canonicalJson(field)}`);
  }
  return `{${fields.join(",")}}`;
}
