/** Patterns of names as ssh_config(5) has them under PATTERNS: `*`, `?`, lists with commas, `!` for "but not". */

/** Of one pattern, in characters: OpenSSH matches nothing against longer ones. */
export const MOST_CHARACTERS = 1000;

export const isWild = (pattern: string): boolean => /[*?]/.test(pattern);

/** Byte by byte, as OpenSSH does: `?` is a part of a letter beyond ASCII. Takes time by the product of both lengths, at most. */
export function matches(text: string, pattern: string): boolean {
  if (!isWild(pattern)) return text === pattern;
  const [given, wanted] = [bytes(text), bytes(pattern)];
  let [at, from] = [0, 0];
  let star = -1;
  let held = 0;
  while (at < given.length) {
    if (wanted[from] === "*") {
      star = from;
      held = at;
      from += 1;
    } else if (from < wanted.length && (wanted[from] === "?" || wanted[from] === given[at])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      // The last star takes one more.
      held += 1;
      at = held;
      from = star + 1;
    } else return false;
  }
  while (wanted[from] === "*") from += 1;
  return from === wanted.length;
}

export interface PatternList {
  readonly allowed: readonly string[];
  /** What stands after `!`: it wins, wherever it stands. */
  readonly barred: readonly string[];
}

export function patternList(written: string): PatternList {
  const each = written.split(",").filter((pattern) => pattern !== "");
  return {
    allowed: each.filter((pattern) => !pattern.startsWith("!")),
    barred: each.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1)),
  };
}

export function matchesList(text: string, { allowed, barred }: PatternList): boolean {
  return !barred.some((pattern) => matches(text, pattern)) && allowed.some((pattern) => matches(text, pattern));
}

/** Whether there is a text that both match. */
export function meet(one: string, other: string): boolean {
  const right = bytes(other);
  // reach[j]: what the pattern `one` holds so far and the first j of `other` can match the same text.
  let reach = [true];
  for (const [j, theirs] of right.entries()) reach.push((reach[j] ?? false) && theirs === "*");
  for (const mine of bytes(one)) {
    const next = [mine === "*" && (reach[0] ?? false)];
    for (const [j, theirs] of right.entries()) {
      const star = mine === "*" || theirs === "*";
      const same = mine === theirs || mine === "?" || theirs === "?";
      next.push(star ? (reach[j + 1] ?? false) || (next[j] ?? false) : same && (reach[j] ?? false));
    }
    reach = next;
  }
  return reach.at(-1) ?? false;
}

const bytes = (text: string): string[] => Array.from(Buffer.from(text, "utf8"), (byte) => String.fromCharCode(byte));
