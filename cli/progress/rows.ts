/** Rows of what is shown live: an indent, a mark, a name, what is to be said of it, and a time at the right edge. */
import { type Ink, type Line, lineWidth, type Run, run, wrap } from "../../compiler/render/ink.ts";
import { clip, displayWidth, takeColumns } from "../../compiler/render/width.ts";

export interface Row {
  readonly depth: number;
  /** One column; empty where the row goes on with what stands above. */
  readonly mark: Run;
  readonly name: Run;
  readonly detail: Line;
  readonly time: string;
  /** Rows of less weight give way first. What holds a row weighs as much as it. */
  readonly weight: number;
  /** What is said of it is to be read whole. */
  readonly spills: boolean;
}

/** Less than this of something tells nothing. */
const LEAST = 6;
/** No eye finds its way from a name to a time further to the right than this. */
const WIDEST = 100;

export const row = (
  depth: number,
  [mark, ink]: readonly [string, Ink],
  name: string,
  weight: number,
  more: { readonly detail?: Line; readonly time?: string; readonly ink?: Ink; readonly spills?: boolean } = {},
): Row => ({
  depth,
  mark: run(mark, ink),
  name: run(name, more.ink ?? "plain"),
  detail: more.detail ?? [],
  time: more.time ?? "",
  weight,
  spills: more.spills ?? false,
});

/** A line that goes on below a row, at most `most` lines long. */
export function below(depth: number, text: string, ink: Ink, weight: number, width: number, most: number): Row[] {
  const room = Math.max(LEAST, edge(width) - indentOf(depth, width) - 2);
  const lines = wrap([run(text, ink)], room, 0);
  const shown = lines.slice(0, most).map((line) =>
    line
      .map((r) => r.text)
      .join("")
      .trim(),
  );
  const last = shown.at(-1);
  if (lines.length > most && last !== undefined) shown[shown.length - 1] = `${clip(last, room - 1).replace(/…$/, "")}…`;
  return shown.map((each) => row(depth, [" ", "plain"], each, weight, { ink }));
}

/** Where a row ends. The last column stays free: a terminal that has written there may begin a new line. */
export const edge = (width: number): number => Math.max(1, Math.min(width - 1, WIDEST));

/** Deep things stay readable where there is little room. */
const indentOf = (depth: number, width: number): number => Math.min(depth * 2, Math.floor(width / 4));

/** What is said of something goes below it where there is no room beside it, as long as there are rows. */
export function spill(rows: readonly Row[], width: number, most: number): Row[] {
  let room = most - rows.length;
  return rows.flatMap((each) => {
    const { depth, detail, name, time, weight } = each;
    const beside = edge(width) - indentOf(depth, width) - 2 - displayWidth(name.text) - 2 - displayWidth(time) - 2;
    if (!each.spills || room <= 0 || lineWidth(detail) <= beside) return [each];
    const words = detail.map(({ text }) => text).join("");
    const more = below(depth + 1, words, detail[0]?.ink ?? "plain", weight, width, Math.min(2, room));
    room -= more.length;
    return [{ ...each, detail: [] }, ...more];
  });
}

/** The row in at most `edge(width)` columns. */
export function layOut({ depth, mark, name, detail, time }: Row, width: number): Line {
  const limit = edge(width);
  const before = indentOf(depth, width);
  const right = time === "" ? 0 : displayWidth(time) + 2;
  const room = Math.max(1, limit - before - 2 - right);
  const head = run(clip(name.text, room), name.ink);
  const used = displayWidth(head.text);
  const rest = room - used - 2 >= LEAST ? clipLine(detail, room - used - 2) : [];
  const line: Line = [
    run(" ".repeat(before)),
    mark,
    run(" "),
    head,
    ...(rest.length === 0 ? [] : [run("  "), ...rest]),
  ];
  if (time === "") return line;
  const gap = limit - lineWidth(line) - displayWidth(time);
  return gap < 1 ? line : [...line, run(" ".repeat(gap)), run(time, "dim")];
}

/** The line in at most `columns`, with `…` where its end was cut off. */
export function clipLine(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line;
  const kept: Run[] = [];
  let left = columns - 1;
  for (const each of line) {
    const text = takeColumns(each.text, left);
    kept.push({ text, ink: each.ink });
    left -= displayWidth(text);
    if (text.length < each.text.length) break;
  }
  return [...kept, run("…", kept.at(-1)?.ink ?? "plain")];
}

/**
 * The rows of most weight, as many as there is room for, in their order. Where some are left out, the last line says how
 * many of those it would be wrong not to know of.
 */
export function withinHeight(rows: readonly Row[], most: number, weighty: number): Row[] {
  if (rows.length <= most) return [...rows];
  const byWeight = rows.map((each, at) => ({ each, at })).sort((a, b) => b.each.weight - a.each.weight || a.at - b.at);
  const cut = (room: number): Row[] =>
    byWeight
      .slice(0, room)
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each);
  const hidden = byWeight.slice(Math.max(0, most)).filter(({ each }) => each.weight >= weighty).length;
  if (hidden === 0) return cut(most);
  const room = Math.max(0, most - 1);
  const left = byWeight.slice(room).filter(({ each }) => each.weight >= weighty && each.mark.text.trim() !== "").length;
  return [...cut(room), row(0, ["…", "dim"], `and ${left} more, for which there is no room`, 0, { ink: "dim" })];
}
