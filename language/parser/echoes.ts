/** Faults that only follow from others, and are not told. */
import type { Scanner } from "../lexer.ts";
import type { Span, SyntaxFault } from "../tree.ts";

/**
 * Of a text that was cut off, only that is told: what else is odd on its lines was meant to be in it. Nor are
 * characters told that are odd within what was passed over as a whole.
 */
export function withoutEchoes(
  scanner: Scanner,
  parserFaults: readonly SyntaxFault[],
  passed: readonly Span[],
): SyntaxFault[] {
  const skipped = merged(passed);
  const scanned = scanner.faults.filter(({ code, span }) => code !== "bad_character" || !within(skipped, span.start));
  const all = [...scanned, ...parserFaults];
  if (scanner.cuts.length === 0) return all;
  const cuts = merged(scanner.cuts);
  const told = new Set<Span>();
  return all
    .sort((a, b) => Number(b.code === "bad_string") - Number(a.code === "bad_string"))
    .filter(({ code, span }) => {
      const cut = cutAround(cuts, span.start);
      if (cut === null) return true;
      if (code !== "bad_string" || told.has(cut)) return false;
      told.add(cut);
      return true;
    });
}

function within(spans: readonly Span[], offset: number): boolean {
  const around = cutAround(spans, offset);
  return around !== null && around.start < offset && offset < around.end;
}

/** Spans sorted, those that overlap as one. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const previous = result.at(-1);
    if (previous === undefined || previous.end < span.start) result.push(span);
    else result[result.length - 1] = { start: previous.start, end: Math.max(previous.end, span.end) };
  }
  return result;
}

/** The last of the sorted `cuts` that begins at or before `offset`, if it reaches it. */
function cutAround(cuts: readonly Span[], offset: number): Span | null {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const cut = cuts[low - 1];
  return cut !== undefined && offset <= cut.end ? cut : null;
}
