/** Long flows are cut into columns that stand side by side, where few arrows cross: nobody scrolls along a tower. */
import type { Edge, Flow, Frame } from "./model.ts";
import { boxesOf } from "./model.ts";
import type { Sized } from "./size.ts";

/** Room between two rows of boxes. */
export const ROW_GAP = 30;
const COLUMN_GAP = 24;
/** A flow of at most this height, in pixels, is not cut. */
const TALL = 1300;
/** Width to height that is aimed at. */
const SHAPE = 1.5;
/** An arrow that crosses from column to column costs as much as this many pixels of unequal height, a frame that is cut this many. */
const CROSSING = 60;
const CUT_FRAME = 90;
/** More arrows than this are not led from one column to the next. */
const MOST_CROSSING = 12;

/** The number of the column each box stands in, from 0. */
export function columnsOf(flow: Flow, sizes: ReadonlyMap<string, Sized>): ReadonlyMap<string, number> {
  const boxes = boxesOf(flow.root);
  const ranks = ranksOf(
    boxes.map(({ name }) => name),
    flow.edges,
    new Set(boxes.flatMap(({ name, after }) => (after ? [name] : []))),
  );
  const rows: { height: number; width: number }[] = [];
  for (const { name } of boxes) {
    const rank = ranks.get(name) ?? 0;
    const row = rows[rank] ?? { height: 0, width: 0 };
    rows[rank] = row;
    row.height = Math.max(row.height, (sizes.get(name)?.height ?? 0) + ROW_GAP);
    row.width += (sizes.get(name)?.width ?? 0) + COLUMN_GAP;
  }
  const starts = cutsOf(rows, costsOf(rows.length, flow, ranks));
  return new Map(
    boxes.map(({ name }) => [name, starts.filter((start) => start <= (ranks.get(name) ?? 0)).length] as const),
  );
}

/** The row of each box: below all that come before it, near to what comes after it; `after` below all others. */
function ranksOf(names: readonly string[], edges: readonly Edge[], after: ReadonlySet<string>): Map<string, number> {
  const before = new Map<string, string[]>();
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    before.set(to, [...(before.get(to) ?? []), from]);
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const ranks = new Map<string, number>();
  const place = (chosen: readonly string[], least: number): number => {
    let most = least - 1;
    for (const name of chosen) {
      const rank = Math.max(least, ...(before.get(name) ?? []).map((id) => (ranks.get(id) ?? -1) + 1));
      ranks.set(name, rank);
      most = Math.max(most, rank);
    }
    return most;
  };
  const ordered = topological(names, before, next);
  const most = place(
    ordered.filter((name) => !after.has(name)),
    0,
  );
  place(
    ordered.filter((name) => after.has(name)),
    most + 1,
  );
  for (const name of ordered) {
    const following = (next.get(name) ?? []).flatMap((id) => ranks.get(id) ?? []);
    if (!before.has(name) && following.length > 0 && !after.has(name)) ranks.set(name, Math.min(...following) - 1);
  }
  return ranks;
}

function topological(
  names: readonly string[],
  before: ReadonlyMap<string, readonly string[]>,
  next: ReadonlyMap<string, readonly string[]>,
): string[] {
  const waiting = new Map(names.map((name) => [name, before.get(name)?.length ?? 0]));
  const order = names.filter((name) => waiting.get(name) === 0);
  for (let i = 0; i < order.length; i++) {
    for (const id of next.get(order[i] ?? "") ?? []) {
      const left = (waiting.get(id) ?? 0) - 1;
      waiting.set(id, left);
      if (left === 0) order.push(id);
    }
  }
  return order;
}

interface Cut {
  readonly arrows: number;
  readonly frames: number;
}

/** What a cut above each row would cross: arrows by the box they come from, and frames. */
function costsOf(rows: number, { root, edges }: Flow, ranks: ReadonlyMap<string, number>): Cut[] {
  const arrows = new Int32Array(rows + 1);
  const frames = new Int32Array(rows + 1);
  const span = (counts: Int32Array, first: number, last: number): void => {
    for (let at = first + 1; at <= last; at++) counts[at] = (counts[at] ?? 0) + 1;
  };
  const last = new Map<string, number>();
  for (const { from, to } of edges) last.set(from, Math.max(last.get(from) ?? 0, ranks.get(to) ?? 0));
  for (const [from, to] of last) span(arrows, ranks.get(from) ?? 0, to);
  const walk = (frame: Frame): void => {
    const own = boxesOf(frame).map(({ name }) => ranks.get(name) ?? 0);
    if (frame.kind !== "root" && own.length > 0) span(frames, Math.min(...own), Math.max(...own));
    frame.frames.forEach(walk);
  };
  walk(root);
  return Array.from({ length: rows }, (_, i) => ({ arrows: arrows[i] ?? 0, frames: frames[i] ?? 0 }));
}

/** First rows of the second and every further column. */
function cutsOf(rows: readonly { readonly height: number; readonly width: number }[], costs: readonly Cut[]): number[] {
  const tops: number[] = [0];
  for (const { height } of rows) tops.push((tops.at(-1) ?? 0) + height);
  const total = tops.at(-1) ?? 0;
  const widest = Math.max(0, ...rows.map(({ width }) => width));
  if (total <= TALL) return [];
  // k columns of width w and height h / k have the shape k² w / h.
  const wanted = Math.min(Math.round(Math.sqrt((SHAPE * total) / Math.max(widest, 1))), Math.floor((total / TALL) * 2));
  const starts: number[] = [];
  for (let i = 1; i < wanted; i++) {
    const ideal = (total * i) / wanted;
    const slack = (total / wanted) * 0.3;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let row = (starts.at(-1) ?? 0) + 1; row < rows.length; row++) {
      const off = Math.abs((tops[row] ?? 0) - ideal);
      const { arrows = 0, frames = 0 } = costs[row] ?? {};
      if (off > slack || arrows > MOST_CROSSING) continue;
      const cost = off + Math.max(0, arrows - 1) * CROSSING + frames * CUT_FRAME;
      if (cost < least) [best, least] = [row, cost];
    }
    if (best !== -1) starts.push(best);
  }
  return starts;
}
