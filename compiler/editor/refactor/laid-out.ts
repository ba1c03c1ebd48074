/** Edits that leave a file laid out as it was before them. */
import { type FormatEdit, formatEdits } from "../../../language/format/edits.ts";
import type { Span } from "../../../language/tree.ts";
import type { Parsed } from "../../check/context.ts";
import type { Edit } from "../rename.ts";

/** Layout is of the whole file: of one longer than this it is left to who asks for it. Characters. */
const LONGEST = 60_000;

/** An edit, and where what it writes stands afterwards. */
interface Placed {
  readonly edit: Edit;
  readonly after: Span;
}

/** `edits` of `file`, in order, none overlapping, which make `text` of it. */
export function laidOut(file: Parsed, edits: readonly Edit[], text: string): readonly Edit[] {
  if (text.length > LONGEST || !isLaidOut(file)) return edits;
  const layout = formatEdits(text);
  return "faults" in layout || layout.edits.length === 0 ? edits : merged(file, edits, text, layout.edits);
}

const known = new WeakMap<Parsed, boolean>();

function isLaidOut(file: Parsed): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  const layout = formatEdits(file.text);
  const is = !("faults" in layout) && layout.edits.length === 0;
  known.set(file, is);
  return is;
}

/** Where each edit's text stands once all are made. */
export function placesAfter(edits: readonly Edit[]): Span[] {
  let by = 0;
  return edits.map(({ span, text }) => {
    const start = span.start + by;
    by += text.length - (span.end - span.start);
    return { start, end: start + text.length };
  });
}

/** Both in one: `layout` is of the text after `edits`. */
function merged(file: Parsed, edits: readonly Edit[], text: string, layout: readonly FormatEdit[]): Edit[] {
  const places = placesAfter(edits);
  const placed = edits.map((edit, i): Placed => ({ edit, after: places[i] ?? edit.span }));
  const spans = [...placed.map(({ after }) => after), ...layout.map(({ span }) => span)];
  return groups(spans).map(({ start, end }) => {
    const inside = layout.filter(({ span }) => start <= span.start && span.end <= end);
    return {
      module: file.path,
      span: { start: before(placed, start, false), end: before(placed, end, true) },
      text: applied(text, { start, end }, inside),
    };
  });
}

/** Spans that touch one another as one. */
function groups(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = found.at(-1);
    if (last === undefined || span.start > last.end) found.push(span);
    else found.splice(-1, 1, { start: last.start, end: Math.max(last.end, span.end) });
  }
  return found;
}

/** Where an offset that is in no edit's text was before; `behind` one that ends there. */
function before(placed: readonly Placed[], offset: number, behind: boolean): number {
  const last = placed.findLast(({ after }) =>
    behind ? after.start <= offset : after.end <= offset && after.start < offset,
  );
  return last === undefined ? offset : last.edit.span.end + (offset - last.after.end);
}

function applied(text: string, { start, end }: Span, edits: readonly FormatEdit[]): string {
  const parts: string[] = [];
  let at = start;
  for (const { span, text: put } of edits) {
    parts.push(text.slice(at, span.start), put);
    at = span.end;
  }
  return parts.join("") + text.slice(at, end);
}
