/** What of a secret is one by itself, where it is told apart from the rest. */

/** Fields of JSON that are named so are handed on alone by whoever reads it. */
const NAMED = /pass|secret|token|key|credential|auth/i;
/** Fewer characters cannot be told from words. */
const SHORTEST_PART = 8;
/** A line of a secret of several lines that is looked for by itself has at least so many characters. */
const SHORTEST_LINE = 16;
/** Of JSON; deeper ones are no credentials anybody wrote. */
const DEEPEST = 6;

/**
 * The secret without the blanks at its ends, which shells take away; the password in a URL, as it is written there and as it is
 * meant; the fields of JSON that are named as secrets; long lines of one of many, such as a key. Each once.
 */
export function partsOf(value: string): readonly string[] {
  const trimmed = value.trim();
  const found = new Set([trimmed]);
  const part = (text: string): void => {
    const bare = text.trim();
    if (bare.length < SHORTEST_PART) return;
    found.add(bare);
    for (const line of linesOf(bare)) found.add(line);
  };
  for (const line of linesOf(trimmed)) found.add(line);
  for (const word of passwordIn(trimmed)) part(word);
  for (const text of fieldsIn(trimmed)) part(text);
  return [...found];
}

/** Those that begin and end a key are no secret. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith("-----"));
}

function passwordIn(text: string): readonly string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/]*@/i.test(text) || !URL.canParse(text)) return [];
  const { password } = new URL(text);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

function fieldsIn(text: string): readonly string[] {
  if (!text.startsWith("{")) return [];
  try {
    return namedIn(JSON.parse(text), 0);
  } catch {
    return [];
  }
}

function namedIn(value: unknown, depth: number): readonly string[] {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return [];
  return Object.entries(value).flatMap(([name, field]: readonly [string, unknown]) =>
    typeof field === "string" ? (NAMED.test(name) ? [field] : []) : namedIn(field, depth + 1),
  );
}
