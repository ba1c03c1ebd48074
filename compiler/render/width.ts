/** How many columns of a terminal text takes, and cutting text by columns. */

import { late } from "../../language/late.ts";

/** Made when first needed: it brings in tables that take longer to load than most files to check. */
let segmenter: Intl.Segmenter | null = null;
const PLAIN = /^[\x20-\x7e]*$/;
const zero = late(() => /^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u);
const emoji = late(() => /\p{Emoji_Presentation}/u);

/** Code points that East Asian Width calls wide or fullwidth, as pairs of first and last (emoji are asked by property). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Grapheme clusters: what a person calls characters. */
export function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns of one grapheme cluster: 0, 1 or 2. */
function clusterWidth(cluster: string): number {
  if (cluster.includes("\ufe0f") || emoji().test(cluster)) return 2;
  let width = 0;
  for (const character of cluster) {
    const code = character.codePointAt(0) ?? 0;
    if (zero().test(character)) continue;
    width = Math.max(width, WIDE.some(([first, last]) => first <= code && code <= last) ? 2 : 1);
  }
  return width;
}

/** Columns of `text`, which has no control characters (see `safe.ts`). */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return graphemes(text).reduce((sum, cluster) => sum + clusterWidth(cluster), 0);
}

/** As much of the start of `text` as fits into `columns`. */
export function takeColumns(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let taken = "";
  let width = 0;
  for (const cluster of graphemes(text)) {
    width += clusterWidth(cluster);
    if (width > columns) break;
    taken += cluster;
  }
  return taken;
}

/** `text` filled with spaces up to `columns`. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/** `text` in at most `columns`, with `…` where its end was cut off. */
export function clip(text: string, columns: number): string {
  return displayWidth(text) <= columns ? text : `${takeColumns(text, columns - 1)}…`;
}
