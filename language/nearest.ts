/** "Did you mean": the nearest of the names there are. */

/**
 * The candidate within a third of the name's length in edits (swaps count one), or the one that begins with the name, or
 * "". Ties go to the first in order. Names of one or two letters are like another only where case alone differs.
 */
const SHORT = 3;
export function nearest(name: string, candidates: Iterable<string>): string {
  const limit = name.length < SHORT ? 0 : Math.max(1, Math.floor(name.length / 3));
  let best = "";
  let least = limit + 1;
  for (const candidate of new Set(candidates)) {
    if (candidate.length < SHORT && candidate.length !== name.length) continue;
    if (Math.abs(candidate.length - name.length) > limit || candidate === name) continue;
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0 : edits(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best === "" ? beginning(name, candidates) : best;
}

/** `prod` for `production`: the only candidate that begins so. */
function beginning(name: string, candidates: Iterable<string>): string {
  const [only = "", ...more] =
    name.length < 2 ? [] : [...new Set(candidates)].filter((each) => each.startsWith(name) && each !== name);
  return more.length === 0 ? only : "";
}

/** Damerau's distance, adjacent swaps only. */
function edits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
