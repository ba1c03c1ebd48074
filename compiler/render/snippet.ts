/**
 * Lines of a source with places marked under them. Columns are those of a terminal: tabs, wide characters and
 * characters that are written out (`\u{200b}`) are measured as they are shown.
 */
import type { LineIndex } from "../../language/lines.ts";
import type { Span } from "../../language/tree.ts";
import { type Ink, type Line, lineWidth, run, wrap } from "./ink.ts";
import { escapeControls } from "./safe.ts";
import { displayWidth, graphemes } from "./width.ts";

export interface Place {
  readonly span: Span;
  /** Remark under the place; null where there is none. */
  readonly label: string | null;
  /** The place itself; the others are told apart by their mark and colour. */
  readonly primary: boolean;
}

export interface SnippetStyle {
  readonly width: number;
  /** Columns of line numbers. */
  readonly gutter: number;
  readonly ink: Ink;
}

const TAB = 4;
/** Lines of a place over many lines that are shown at its start. */
const HEAD = 2;

interface Extent {
  readonly place: Place;
  readonly from: number;
  readonly to: number;
  /** Offsets, with line ends at the end of the span taken off. */
  readonly start: number;
  readonly end: number;
}

/** The lines of `text` that hold `places`, with marks; between lines far apart stands `...`. */
export function snippet(text: string, index: LineIndex, places: readonly Place[], style: SnippetStyle): Line[] {
  const extents = places.map((place) => extentOf(text, index, place));
  const bars = extents.filter(({ from, to }) => from < to);
  const numbers = [...new Set(extents.flatMap(linesOf))].sort((a, b) => a - b);
  const shown: Line[] = [[...gutter(null, style)]];
  let previous: number | null = null;
  for (const number of withoutSmallGaps(numbers)) {
    if (previous !== null && number > previous + 1) shown.push([run(`${" ".repeat(style.gutter)}...`, "blue")]);
    shown.push(...lineWithMarks(number, text, index, extents, bars, style));
    previous = number;
  }
  return shown;
}

function extentOf(text: string, index: LineIndex, place: Place): Extent {
  const start = Math.min(Math.max(place.span.start, 0), text.length);
  let end = Math.min(Math.max(place.span.end, start), text.length);
  while (end > start && /[\r\n]/.test(text.charAt(end - 1))) end -= 1;
  return { place, start, end, from: index.position(start).line, to: index.position(end).line };
}

function linesOf({ from, to }: Extent): number[] {
  const head = Array.from({ length: Math.min(HEAD, to - from + 1) }, (_, i) => from + i);
  return [...head, to];
}

/** A gap of one line is filled: `...` would take as much room and say less. */
function withoutSmallGaps(numbers: readonly number[]): number[] {
  return numbers.flatMap((number, i) => (numbers[i + 1] === number + 2 ? [number, number + 1] : [number]));
}

function gutter(number: number | null, style: SnippetStyle): Line {
  return [run(`${(number === null ? "" : String(number)).padStart(style.gutter)} | `, "blue")];
}

function lineWithMarks(
  number: number,
  text: string,
  index: LineIndex,
  extents: readonly Extent[],
  bars: readonly Extent[],
  style: SnippetStyle,
): Line[] {
  const { start, end } = partOf(index.line(number), extents);
  const layout = layoutLine(text.slice(start, end));
  const single = extents.filter(({ from, to }) => from === number && to === number);
  const marks = single
    .map((extent) => ({ extent, ...columns(layout, extent.start - start, extent.end - start) }))
    .sort((a, b) => a.left - b.left || a.right - b.right);
  const endings = bars
    .filter(({ to }) => to === number)
    .map((extent) => ({
      extent,
      column: Math.max(0, columns(layout, extent.end - start, extent.end - start).left - 1),
    }));
  const beginnings = bars
    .filter(({ from }) => from === number)
    .map((extent) => columns(layout, extent.start - start, end - start));

  const room = Math.max(20, style.width - style.gutter - 3 - bars.length * 2);
  const wanted = [...marks, ...beginnings, ...endings.map(({ column }) => ({ left: column, right: column + 1 }))];
  const view = viewOf(layout.width, room, wanted);
  const lines: Line[] = [[...gutter(number, style), ...barCells(bars, number, style), run(cut(layout, view))]];
  for (const { extent, left, right } of marks) {
    lines.push(...markLines(left - view.from, Math.min(right, view.to) - view.from, extent.place, number, bars, style));
  }
  for (const { extent, column } of endings) lines.push(...endingLines(extent, column - view.from, number, bars, style));
  return lines;
}

/** Characters of a line that are measured before and after the first place: more than any terminal shows. */
const MEASURED = 4000;

/** The line, or of a very long one what lies around the first place on it. */
function partOf(line: Span, extents: readonly Extent[]): Span {
  if (line.end - line.start <= 2 * MEASURED) return line;
  const on = extents.map(({ start, end }) => (start >= line.start ? start : end)).filter((at) => at <= line.end);
  const first = Math.max(line.start, Math.min(line.end, ...on));
  return { start: Math.max(line.start, first - MEASURED), end: Math.min(line.end, first + MEASURED) };
}

interface Cell {
  readonly text: string;
  readonly column: number;
  readonly width: number;
}
interface Layout {
  readonly cells: readonly Cell[];
  /** Column of each UTF-16 offset, and of the end. */
  readonly columnAt: readonly number[];
  readonly width: number;
}

function layoutLine(line: string): Layout {
  const cells: Cell[] = [];
  const columnAt: number[] = [];
  let column = 0;
  for (const cluster of graphemes(line)) {
    const text = cluster === "\t" ? " ".repeat(TAB - (column % TAB)) : escapeControls(cluster);
    const width = displayWidth(text);
    for (let i = 0; i < cluster.length; i++) columnAt.push(column);
    cells.push({ text, column, width });
    column += width;
  }
  columnAt.push(column);
  return { cells, columnAt, width: column };
}

/** Columns of the part from `start` to `end` (offsets in the line); an empty part marks one column. */
function columns({ columnAt, width }: Layout, start: number, end: number): { left: number; right: number } {
  const left = columnAt[Math.max(0, start)] ?? width;
  const right = columnAt[Math.max(0, end)] ?? width;
  return { left, right: Math.max(right, left + 1) };
}

interface View {
  readonly from: number;
  readonly to: number;
}

/** The part of a line that is shown: all of it if it fits, else what lies around the first mark. */
function viewOf(
  width: number,
  room: number,
  marks: readonly { readonly left: number; readonly right: number }[],
): View {
  if (width <= room) return { from: 0, to: Math.max(width, room) };
  const left = marks.length === 0 ? 0 : Math.min(...marks.map((mark) => mark.left));
  const right = marks.length === 0 ? 0 : Math.max(...marks.map((mark) => mark.right));
  if (right < room - 1) return { from: 0, to: room };
  const before = Math.max(4, Math.floor((room - (right - left)) / 2));
  const from = Math.max(0, Math.min(left - before, width + 1 - room));
  return { from, to: from + room };
}

function cut({ cells, width }: Layout, { from, to }: View): string {
  if (from === 0 && width <= to) return cells.map(({ text }) => text).join("");
  const first = from === 0 ? 0 : from + 1;
  const last = width <= to ? to : to - 1;
  const inside = cells.filter((cell) => cell.column >= first && cell.column + cell.width <= last);
  // A wide character cut in two at the left edge leaves a space in its place, so that columns stay right.
  const gap = " ".repeat(Math.max(0, (inside[0]?.column ?? first) - first));
  return `${from === 0 ? "" : "…"}${gap}${inside.map(({ text }) => text).join("")}${width <= to ? "" : "…"}`;
}

function barCells(bars: readonly Extent[], number: number, style: SnippetStyle): Line {
  return bars.flatMap(({ place, from, to }) => [
    run(number === from ? "/ " : from < number && number <= to ? "| " : "  ", place.primary ? style.ink : "blue"),
  ]);
}

/** Bars that go on below `number`. */
function barsBelow(bars: readonly Extent[], number: number, style: SnippetStyle): Line {
  return bars.flatMap(({ place, from, to }) => [
    run(from <= number && number < to ? "| " : "  ", place.primary ? style.ink : "blue"),
  ]);
}

function markLines(
  left: number,
  right: number,
  place: Place,
  number: number,
  bars: readonly Extent[],
  style: SnippetStyle,
): Line[] {
  const ink = place.primary ? style.ink : "blue";
  const mark = (place.primary ? "^" : "-").repeat(Math.max(1, right - left));
  const head: Line = [...gutter(null, style), ...barsBelow(bars, number, style)];
  return withLabel(head, left, mark, place.label, ink, style);
}

function endingLines(
  extent: Extent,
  column: number,
  number: number,
  bars: readonly Extent[],
  style: SnippetStyle,
): Line[] {
  const ink = extent.place.primary ? style.ink : "blue";
  const at = bars.indexOf(extent);
  const below = barsBelow(bars, number, style);
  // The bar turns right under the text: `|____^ label`.
  const turn = "_".repeat(Math.max(0, (bars.length - at - 1) * 2 + 1 + column));
  const head: Line = [...gutter(null, style), ...below.slice(0, at), run("|", ink)];
  return withLabel(head, 0, `${turn}${extent.place.primary ? "^" : "-"}`, extent.place.label, ink, style, true);
}

function withLabel(
  head: Line,
  left: number,
  mark: string,
  label: string | null,
  ink: Ink,
  style: SnippetStyle,
  ended = false,
): Line[] {
  const marked: Line = [...head, run(" ".repeat(Math.max(0, left))), run(mark, ink)];
  if (label === null || label === "") return [marked];
  if (lineWidth(marked) + 1 + displayWidth(escapeControls(label)) <= style.width)
    return [[...marked, run(` ${label}`, ink)]];
  const start = lineWidth(head);
  // The bar that ends here does not go on beside its label.
  const below = head.map((r, i) => (i === head.length - 1 && ended ? run(" ".repeat(r.text.length)) : r));
  const room = Math.min(displayWidth(escapeControls(label)), 40);
  const indent = Math.max(start, Math.min(start + left, style.width - room));
  const wrapped = wrap([run(label, ink)], style.width - indent, 0);
  return [marked, ...wrapped.map((line): Line => [...below, run(" ".repeat(indent - start)), ...line])];
}
