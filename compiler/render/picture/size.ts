/** How large boxes and the headings of frames are, and what text stands in them. Pixels. */
import { clipTo, lines, textWidth } from "./measure.ts";
import type { Alarm, Box, Chip, Frame } from "./model.ts";

export const HEAD = 13;
export const SMALL = 11;
/** Room for the sign of what a box is. */
export const BAND = 26;
const PAD = 9;
const LINE = 15;
const HEAD_LINE = 18;
export const RIBBON = 16;
export const STRIP = 17;
/** How far the boxes behind a stack stand out. */
export const STACK = 7;
/** Room for the sign before the words of a danger. */
export const ALARM = 16;
const WRAPPED: ReadonlySet<Box["look"]> = new Set<Box["look"]>(["check", "approve", "require"]);
const WIDEST = 236;
const NARROWEST = 132;
const WIDEST_GATE = 330;

export interface Sized {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  readonly head: string;
  readonly details: readonly Detail[];
}

export interface Detail {
  readonly text: string;
  readonly muted: boolean;
}

export function isGate({ look }: Box): boolean {
  return look === "approve" || look === "require" || look === "rules" || look === "window";
}

/** All boxes but gates, waits and joins are of one width: columns of them are easier to read. */
export function sizesOf(boxes: readonly Box[]): ReadonlyMap<string, Sized> {
  const plain = boxes.filter((box) => !isGate(box) && box.look !== "join" && box.look !== "wait");
  const common = Math.min(WIDEST, Math.max(NARROWEST, ...plain.map(needed)));
  return new Map(boxes.map((box) => [box.name, sizeOf(box, common)]));
}

function needed(box: Box): number {
  const badge = box.nodes.length > 1 ? badgeWidth(box.nodes.length) + 6 : 0;
  const texts = [
    textWidth(box.head, HEAD, true) + badge,
    ...box.details.map((line) => textWidth(line, SMALL)),
    ...(box.final === null ? [] : [textWidth(box.final.toUpperCase(), SMALL, true)]),
    ...(box.lease === null ? [] : [textWidth(box.lease, SMALL, true) + ALARM]),
    ...box.alarms.map(({ words }) => textWidth(words, SMALL, true) + ALARM),
    ...(box.fate === null ? [] : [textWidth(box.fate.words, SMALL) + 8]),
  ];
  return Math.ceil(BAND + PAD * 2 + Math.max(...texts) * 1.03);
}

export function badgeWidth(count: number): number {
  return Math.ceil(textWidth(`×${count}`, SMALL, true)) + 10;
}

function sizeOf(box: Box, common: number): Sized {
  if (box.look === "join") return { box, width: 9, height: 9, head: "", details: [] };
  const gate = isGate(box);
  const width = gate
    ? Math.min(WIDEST_GATE, Math.max(220, needed(box) + BAND))
    : box.look === "wait"
      ? Math.min(common, Math.max(90, needed(box)))
      : common;
  const room = width - BAND - PAD * 2 - (gate ? BAND : 0);
  const badge = box.nodes.length > 1 ? badgeWidth(box.nodes.length) + 6 : 0;
  const details = box.details.flatMap((line, i) =>
    // What is waited for, and what people are asked, is all there is to such a box.
    (WRAPPED.has(box.look) ? lines(line, room, SMALL, 2) : [clipTo(line, room, SMALL)]).map(
      (text): Detail => ({ text, muted: i > 0 || line.startsWith("if ") }),
    ),
  );
  const below = details.length + (box.lease === null ? 0 : 1) + box.alarms.length;
  const height =
    14 +
    HEAD_LINE +
    below * LINE +
    (box.final === null ? 0 : RIBBON) +
    (box.fate === null ? 0 : STRIP) -
    (below === 0 ? 2 : 0);
  return { box, width, height, head: clipTo(box.head, room - badge, HEAD, true), details };
}

export const TITLE = 12;
const CHIP = 18;
const CHIP_GAP = 4;
/** From here on an element is a plain square: its key is in the tooltip. */
const NAMED_CHIPS = 36;
const MOST_CHIPS = 600;
const FEW_CHIPS = 25;

export interface PlacedChip {
  readonly chip: Chip;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Heading {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly notes: readonly string[];
  readonly alarms: readonly Alarm[];
  readonly chips: readonly PlacedChip[];
  /** `wave 1`, `wave 2`, … before the rows of each. */
  readonly labels: readonly { readonly text: string; readonly y: number }[];
  /** Elements for which there was no room. */
  readonly left: number;
}

/** What stands at the top of a frame; `inner`: the width its boxes have anyway. */
export function headingOf(frame: Frame, inner: number): Heading {
  const room = Math.max(inner, 270);
  const title = clipTo(frame.title, room - (frame.count > 1 ? badgeWidth(frame.count) + 8 : 0), TITLE, true);
  const notes = frame.notes.flatMap((note) => lines(note, room, SMALL, 2));
  const top = 20 + (notes.length + frame.alarms.length) * 14;
  const { chips, labels, height, left } = placeChips(frame.waves, room, top + 4);
  const widths = [
    textWidth(title, TITLE, true) + (frame.count > 1 ? badgeWidth(frame.count) + 8 : 0),
    ...notes.map((note) => textWidth(note, SMALL)),
    ...frame.alarms.map(({ words }) => textWidth(words, SMALL, true) + ALARM),
    ...chips.map(({ x, width }) => x + width),
  ];
  return {
    width: Math.ceil(Math.max(...widths)) + 6,
    height: Math.ceil(height),
    title,
    notes,
    alarms: frame.alarms,
    chips,
    labels,
    left,
  };
}

function placeChips(
  waves: readonly (readonly Chip[])[],
  narrow: number,
  top: number,
): Pick<Heading, "chips" | "labels" | "height" | "left"> {
  const total = waves.reduce((sum, wave) => sum + wave.length, 0);
  if (total === 0) return { chips: [], labels: [], height: top - 2, left: 0 };
  const named = total <= NAMED_CHIPS;
  const [size, gap] = named ? [CHIP, CHIP_GAP] : [10, 3];
  // Waves of one element each are one row, as they are read.
  const single = waves.every((wave) => wave.length === 1);
  const rows = single ? [waves.flat()] : waves;
  const start = rows.length > 1 ? Math.ceil(textWidth(waveLabel(rows.length), 10)) + 8 : 0;
  // Waves of many elements get room for a row of up to so many, which can be counted at a glance.
  const wide = named
    ? narrow
    : Math.max(narrow, start + Math.min(FEW_CHIPS, Math.max(...rows.map((row) => row.length))) * (size + gap));
  const chips: PlacedChip[] = [];
  const labels: { text: string; y: number }[] = [];
  let y = top;
  let left = 0;
  for (const [i, row] of rows.entries()) {
    const room = MOST_CHIPS - chips.length;
    left += Math.max(0, row.length - room);
    if (room <= 0) continue;
    if (rows.length > 1) labels.push({ text: waveLabel(i + 1), y: y + size / 2 });
    const sized = row.slice(0, room).map((chip) => {
      const text = named ? clipTo(chip.key, 110, 10) : "";
      const sign = chip.fate === null ? 0 : 12;
      return { chip, text, width: named ? Math.ceil(textWidth(text, 10)) + 12 + sign : size };
    });
    const breaks = breaksOf(
      sized.map(({ width }) => width + gap),
      wide - start + gap,
      named,
    );
    let x = start;
    sized.forEach((each, k) => {
      if (breaks.has(k)) {
        x = start;
        y += size + gap;
      }
      chips.push({ ...each, x, y, height: size });
      x += each.width + gap;
    });
    y += size + gap;
  }
  return { chips, labels, height: y + 4 + (left > 0 ? 14 : 0), left };
}

const waveLabel = (wave: number): string => `wave ${wave}`;

/** Before which of them a new line begins: as few lines as there is room for, of about as many each where they are `even`. */
function breaksOf(widths: readonly number[], room: number, even: boolean): ReadonlySet<number> {
  const fill = (most: number): Set<number> => {
    const breaks = new Set<number>();
    let [x, n] = [0, 0];
    widths.forEach((width, i) => {
      if (n > 0 && (x + width > room || n === most)) {
        breaks.add(i);
        [x, n] = [0, 0];
      }
      x += width;
      n++;
    });
    return breaks;
  };
  const greedy = fill(Number.POSITIVE_INFINITY);
  if (!even || greedy.size === 0) return greedy;
  const balanced = fill(Math.ceil(widths.length / (greedy.size + 1)));
  return balanced.size === greedy.size ? balanced : greedy;
}
