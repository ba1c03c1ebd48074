/** A plan as a Graphviz graph. */
import type { PlanFile } from "../plan/plan.schema.ts";
import { type Box, type Frame, type Look, pictureOf } from "./picture.ts";

export type Theme = "light" | "dark";

interface Colours {
  readonly fill: string;
  readonly line: string;
}
interface Palette {
  readonly back: string;
  readonly text: string;
  readonly edge: string;
  readonly frame: string;
  readonly danger: string;
  readonly looks: Readonly<Record<Look, Colours>>;
}

/** Text on any fill, and any line on its background, keep a contrast of at least 4.5 (tested). */
export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    back: "#ffffff",
    text: "#1f2937",
    edge: "#5b6b7f",
    frame: "#64748b",
    danger: "#b42318",
    looks: {
      read: { fill: "#eef1f5", line: "#5b6b7f" },
      write: { fill: "#fff3d6", line: "#8a5c00" },
      destroy: { fill: "#ffe0e0", line: "#b42318" },
      check: { fill: "#e3f2ff", line: "#0b62a8" },
      approve: { fill: "#f1e6ff", line: "#6b3fb5" },
      require: { fill: "#ffffff", line: "#5b6b7f" },
      wait: { fill: "#ffffff", line: "#5b6b7f" },
      join: { fill: "#5b6b7f", line: "#5b6b7f" },
    },
  },
  dark: {
    back: "#0d1117",
    text: "#e6edf3",
    edge: "#8b98a8",
    frame: "#8b98a8",
    danger: "#ff7b72",
    looks: {
      read: { fill: "#1c2530", line: "#8b98a8" },
      write: { fill: "#3a2d0a", line: "#e3b341" },
      destroy: { fill: "#4a1618", line: "#ff7b72" },
      check: { fill: "#0f2c47", line: "#58a6ff" },
      approve: { fill: "#2d1f4a", line: "#bc8cff" },
      require: { fill: "#0d1117", line: "#8b98a8" },
      wait: { fill: "#0d1117", line: "#8b98a8" },
      join: { fill: "#8b98a8", line: "#8b98a8" },
    },
  },
};

/** Kinds differ in shape as well as in colour. */
const SHAPES: Readonly<Record<Look, string>> = {
  read: 'shape=box, style="filled,rounded,dashed"',
  write: 'shape=box, style="filled,rounded"',
  destroy: 'shape=octagon, style="filled", margin="0.08,0.02"',
  check: 'shape=hexagon, style="filled", margin="0.05,0.02"',
  approve: 'shape=house, style="filled", margin="0.1,0.02"',
  require: 'shape=note, style="filled"',
  wait: 'shape=box, style="filled,rounded,dotted"',
  join: "shape=point, width=0.08",
};

/** DOT source, each line ended. */
export function planDot(file: PlanFile, options: { readonly theme: Theme }): string {
  const palette = PALETTES[options.theme];
  const { root, edges, title } = pictureOf(file.plan);
  const font = 'fontname="Helvetica,Arial,sans-serif"';
  return `${[
    "digraph plan {",
    `  graph [rankdir=TB, bgcolor="${palette.back}", label=${quoted([title])}, labelloc=t, fontcolor="${palette.text}", ${font}, fontsize=18, nodesep=0.3, ranksep=0.35, pad=0.3];`,
    `  node [${font}, fontsize=12, fontcolor="${palette.text}", margin="0.16,0.08"];`,
    `  edge [color="${palette.edge}", arrowsize=0.7];`,
    ...frameLines(root, palette, "  "),
    ...edges.map(({ from, to }) => `  ${from} -> ${to};`),
    "}",
  ].join("\n")}\n`;
}

function frameLines(frame: Frame, palette: Palette, indent: string): string[] {
  return [
    ...frame.boxes.map((box) => `${indent}${box.name} [${boxAttributes(box, palette)}];`),
    ...frame.frames.flatMap((inner) => [
      `${indent}subgraph cluster_${inner.name} {`,
      `${indent}  graph [label=${quoted([inner.title])}, labeljust=l, fontsize=12, style="rounded", color="${palette.frame}", fontcolor="${palette.text}", margin=10];`,
      ...frameLines(inner, palette, `${indent}  `),
      `${indent}}`,
    ]),
  ];
}

function boxAttributes(box: Box, palette: Palette): string {
  const { fill, line } = palette.looks[box.look];
  const border = box.irreversible
    ? `color="${palette.danger}", penwidth=2.5, peripheries=2`
    : `color="${line}", penwidth=${box.look === "destroy" ? 2 : 1.2}`;
  return `label=${quoted(box.lines)}, ${SHAPES[box.look]}, fillcolor="${fill}", ${border}`;
}

/** Graphviz reads backslash escapes and HTML entities in labels; neither is left to the text. */
function quoted(lines: readonly string[]): string {
  const safe = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${safe.join("\\n")}"`;
}
