/** Where everything stands: each column laid out by Graphviz, then set side by side. Pixels, the y axis pointing down. */
import { columnsOf } from "./bands.ts";
import { type Column, columnDot, FRAME_TOP, headingFor } from "./dot.ts";
import { layoutSchema } from "./graphviz.schema.ts";
import { type Box, boxesOf, type Edge, type Flow, type Frame } from "./model.ts";
import { type Heading, type Sized, STACK, sizesOf } from "./size.ts";

/** A graph in Graphviz' own language to its `json0`. */
export type Engine = (dot: string) => string;

export type Point = readonly [x: number, y: number];

export interface PlacedBox extends Sized {
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedFrame {
  readonly frame: Frame;
  readonly heading: Heading;
  /** It began in an earlier column. */
  readonly continued: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** Start, then three points for each Bézier curve. */
  readonly curve: readonly Point[];
  /** Where the arrow's tip is; null for one that goes on in another column. */
  readonly tip: Point | null;
}

export interface PlacedColumn {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  /** Outer before inner. */
  readonly frames: readonly PlacedFrame[];
  readonly edges: readonly PlacedEdge[];
  /** y of the line of no return; null where it does not run through this column. */
  readonly line: number | null;
  /** All of it comes after the line. */
  readonly after: boolean;
  readonly exits: ReadonlyMap<string, Point>;
  readonly entries: ReadonlyMap<string, Point>;
}

/** Columns from left to right. */
export function layOut(flow: Flow, engine: Engine): PlacedColumn[] {
  const sizes = sizesOf(boxesOf(flow.root));
  const columnOf = columnsOf(flow, sizes);
  const last = Math.max(0, ...columnOf.values());
  const firstAfter = Math.min(
    ...boxesOf(flow.root).flatMap(({ name, after }) => (after ? [columnOf.get(name) ?? 0] : [])),
  );
  const seen = new Set<string>();
  return Array.from({ length: last + 1 }, (_, at) => {
    const column = columnAt(flow, at, columnOf, at === firstAfter);
    const placed = place(column, sizes, engine(columnDot(column, sizes)), seen);
    return { ...placed, after: at > firstAfter };
  });
}

function columnAt(flow: Flow, at: number, columnOf: ReadonlyMap<string, number>, line: boolean): Column {
  const here = (name: string): boolean => columnOf.get(name) === at;
  const column = (name: string): number => columnOf.get(name) ?? 0;
  const own = (frame: Frame): Frame => ({
    ...frame,
    boxes: frame.boxes.filter(({ name }) => here(name)),
    frames: frame.frames.map(own).filter((inner) => boxesOf(inner).length > 0),
  });
  const crossing = flow.edges.filter(({ from, to }) => column(from) < column(to));
  return {
    frame: own(flow.root),
    edges: flow.edges.filter(({ from, to }) => here(from) && here(to)),
    exits: [...new Set(crossing.flatMap(({ from }) => (here(from) ? [from] : [])))],
    entries: crossing.filter(({ to }) => here(to)),
    line,
  };
}

function place(column: Column, sizes: ReadonlyMap<string, Sized>, json: string, seen: Set<string>): PlacedColumn {
  const answer = layoutSchema.parse(JSON.parse(json));
  const [, bottom = 0, right = 0, top = 0] = numbers(answer.bb);
  const height = Math.max(bottom, top);
  const at = (text: string): Point => {
    const [x = 0, y = 0] = numbers(text);
    return [x, height - y];
  };
  const found = new Map(answer.objects.map((object) => [object.name, object]));
  const nameOf = new Map(answer.objects.map(({ _gvid, name }) => [_gvid, name]));
  const pointOf = (name: string): Point => at(found.get(name)?.pos ?? "0,0");
  const boxes = boxesOf(column.frame).map((box: Box): PlacedBox => {
    const sized = sizes.get(box.name) ?? { box, width: 0, height: 0, head: "", details: [] };
    const [x, y] = pointOf(box.name);
    // The boxes behind a stack stand out to the right and below.
    const behind = box.nodes.length > 1 ? STACK : 0;
    return { ...sized, x: x - (sized.width + behind) / 2, y: y - (sized.height + behind) / 2 };
  });
  const frames: PlacedFrame[] = [];
  const walk = (frame: Frame): void => {
    for (const inner of frame.frames) {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers(found.get(`cluster_${inner.name}`)?.bb ?? "");
      frames.push({
        frame: inner,
        heading: headingFor(inner, sizes),
        continued: seen.has(inner.name),
        x: x0,
        y: height - Math.max(y0, y1) + FRAME_TOP,
        width: x1 - x0,
        height: Math.abs(y1 - y0) - FRAME_TOP,
      });
      seen.add(inner.name);
      walk(inner);
    }
  };
  walk(column.frame);
  const edges = answer.edges.flatMap(({ tail, head, pos, style }): PlacedEdge[] => {
    if (pos === undefined || style === "invis") return [];
    const [from = "", to = ""] = [nameOf.get(tail), nameOf.get(head)];
    return [{ from, to, ...curveOf(pos, at) }];
  });
  return {
    width: right,
    height,
    boxes,
    frames,
    edges,
    line: column.line ? pointOf("line")[1] : null,
    after: false,
    exits: new Map(column.exits.map((name) => [name, pointOf(`x${name}`)])),
    entries: new Map(column.entries.map(({ from }) => [from, pointOf(`e${from}`)])),
  };
}

/** Graphviz writes `e,` and the arrow's tip before the points of the curve. */
function curveOf(pos: string, at: (text: string) => Point): Pick<PlacedEdge, "curve" | "tip"> {
  const words = pos.split(" ").filter((word) => word !== "");
  const tip = words.find((word) => word.startsWith("e,"));
  return {
    curve: words.filter((word) => /^[-\d.]/.test(word)).map(at),
    tip: tip === undefined ? null : at(tip.slice(2)),
  };
}

function numbers(text: string): number[] {
  return text
    .split(",")
    .map(Number)
    .filter((n) => Number.isFinite(n));
}

/** An arrow as it is drawn, whichever columns it goes through: from box to box. */
export function ends({ from, to }: Edge): Edge {
  const box = (name: string): string => name.replace(/^[ex](?=[nhg])/, "");
  return { from: box(from), to: box(to) };
}
