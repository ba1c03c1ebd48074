/** How wide text is in Helvetica, and fonts made to its measure (Arial, Liberation Sans): an estimate that others stay near to. */
import { displayWidth, graphemes } from "../width.ts";

/** Thousandths of the size, of U+0020 to U+007E. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];
const BOLD = 1.08;

/** In pixels at a font size in pixels. */
export function textWidth(text: string, size: number, bold = false): number {
  let sum = 0;
  for (const cluster of graphemes(text))
    sum += WIDTHS[(cluster.codePointAt(0) ?? 0) - 32] ?? 620 * displayWidth(cluster);
  return (sum * size * (bold ? BOLD : 1)) / 1000;
}

/** `text` in at most `width` pixels. A name or address loses its middle, since both of its ends tell; a sentence its end. */
export function clipTo(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const clusters = graphemes(text.slice(0, 2000));
  const tail = text.includes(" ") ? 0 : 0.4;
  const cut = (kept: number): string => {
    const end = Math.floor(kept * tail);
    return `${clusters.slice(0, kept - end).join("")}…${end === 0 ? "" : graphemes(text.slice(-200)).slice(-end).join("")}`;
  };
  let [least, most] = [0, clusters.length];
  while (least < most) {
    const kept = Math.ceil((least + most) / 2);
    if (textWidth(cut(kept), size, bold) <= width) least = kept;
    else most = kept - 1;
  }
  return cut(least);
}

/** `text` broken at spaces into lines of at most `width` pixels, the last of `most` lines clipped. */
export function lines(text: string, width: number, size: number, most: number, bold = false): string[] {
  const found: string[] = [];
  let line = "";
  const words = text.split(" ");
  for (const [i, word] of words.entries()) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textWidth(longer, size, bold) <= width) {
      line = longer;
      continue;
    }
    if (found.length === most - 1) return [...found, clipTo([line, ...words.slice(i)].join(" "), width, size, bold)];
    found.push(clipTo(line, width, size, bold));
    line = word;
  }
  return [...found, clipTo(line, width, size, bold)];
}
