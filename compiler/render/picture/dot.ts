/**
 * One column of a flow as a Graphviz graph. Graphviz places boxes and bends arrows; what they look like and say is not in
 * it, so that no text of a plan reaches its parser.
 */
import type { Frame } from "./model.ts";
import { boxesOf } from "./model.ts";
import { type Heading, headingOf, type Sized, STACK } from "./size.ts";

/** Room above and below the line of no return. */
export const LINE_HEIGHT = 30;
export const FRAME_PAD = 10;
/** A frame keeps this far from what is above it: Graphviz lets it touch the gap between rows. */
export const FRAME_TOP = 12;

export interface Column {
  readonly frame: Frame;
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Boxes here that arrows lead from to later columns, and boxes of earlier columns that arrows lead from to here. */
  readonly exits: readonly string[];
  readonly entries: readonly { readonly from: string; readonly to: string }[];
  /** Whether the line of no return runs through it. */
  readonly line: boolean;
}

export function columnDot(column: Column, sizes: ReadonlyMap<string, Sized>): string {
  const boxes = boxesOf(column.frame);
  const sources = [...new Set(column.entries.map(({ from }) => from))];
  return `${[
    "digraph column {",
    "  graph [rankdir=TB, newrank=true, nodesep=0.3, ranksep=0.45, nslimit=4, searchsize=60];",
    '  node [shape=box, fixedsize=true, label=""];',
    "  edge [arrowhead=normal, arrowsize=0.7];",
    ...frameLines(column.frame, sizes, "  "),
    ...column.edges.map(({ from, to }) => `  ${from} -> ${to};`),
    ...(column.line ? noReturn(column, boxes) : []),
    ...ports("source", "e", sources),
    ...column.entries.map(({ from, to }) => `  e${from} -> ${to};`),
    ...ports("sink", "x", column.exits),
    ...column.exits.map((from) => `  ${from} -> x${from} [arrowhead=none];`),
    "}",
  ].join("\n")}\n`;
}

/** Points at the upper or lower edge, which arrows from and to other columns go through. */
function ports(rank: "source" | "sink", letter: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const own = names.map((name) => `${letter}${name}`);
  return [`  { rank=${rank}; ${own.map((name) => `${name} [width=0.01, height=0.01];`).join(" ")} }`];
}

/** A row of its own that all boxes before it stand above and all others below. */
function noReturn(
  { edges, entries }: Column,
  boxes: readonly { readonly name: string; readonly after: boolean }[],
): string[] {
  const after = new Set(boxes.flatMap((box) => (box.after ? [box.name] : [])));
  const goesOn = new Set(edges.flatMap(({ from, to }) => (after.has(to) ? [] : [from])));
  const comesFrom = new Set(edges.flatMap(({ from, to }) => (after.has(from) ? [to] : [])));
  const invisible = "[style=invis, weight=0]";
  return [
    `  line [width=0.02, height=${inches(LINE_HEIGHT)}];`,
    ...boxes.flatMap(({ name }) =>
      after.has(name)
        ? comesFrom.has(name)
          ? []
          : [`  line -> ${name} ${invisible};`]
        : goesOn.has(name)
          ? []
          : [`  ${name} -> line ${invisible};`],
    ),
    ...[...new Set(entries.map(({ from }) => from))].map((from) => `  e${from} -> line ${invisible};`),
  ];
}

/** The heading of each frame, as wide as its widest box. */
export function headingFor(frame: Frame, sizes: ReadonlyMap<string, Sized>): Heading {
  return headingOf(frame, Math.max(0, ...boxesOf(frame).map(({ name }) => sizes.get(name)?.width ?? 0)));
}

function frameLines(frame: Frame, sizes: ReadonlyMap<string, Sized>, indent: string): string[] {
  return [
    ...frame.boxes.map(({ name, nodes }) => {
      const { width = 0, height = 0 } = sizes.get(name) ?? {};
      const behind = nodes.length > 1 ? STACK : 0;
      return `${indent}${name} [width=${inches(width + behind)}, height=${inches(height + behind)}];`;
    }),
    ...frame.frames.flatMap((inner) => {
      const { width, height } = headingFor(inner, sizes);
      const room = `<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height + FRAME_TOP}"><TR><TD></TD></TR></TABLE>>`;
      return [
        `${indent}subgraph cluster_${inner.name} {`,
        `${indent}  graph [label=${room}, labeljust=l, margin=${FRAME_PAD}];`,
        ...frameLines(inner, sizes, `${indent}  `),
        `${indent}}`,
      ];
    }),
  ];
}

/** Graphviz measures in inches of 72 points; here a point is a pixel. */
function inches(pixels: number): string {
  return (pixels / 72).toFixed(4);
}
