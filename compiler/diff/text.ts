/** Two plans compared, for a reviewer in a terminal: the verdict, then what is wider, then the rest. */
import { type Ink, type Line, paint, run, wrap } from "../render/ink.ts";
import { diffInk, type TextOptions } from "../render/text.ts";
import { padEnd } from "../render/width.ts";
import { type Entry, KINDS, type Kind } from "./entry.ts";
import type { PlanDiff } from "./plan-diff.ts";
import { changeOf, DIFF_LINES, elementsText, HEADINGS, moreLines, notesOf, sideText, times, verdict } from "./words.ts";

/** Columns of the area that begins an entry. */
const AREA = 12;
/** Characters of a value that are shown. */
const MOST = 600;

const INKS: Readonly<Record<Kind, Ink>> = {
  widened: "bold-red",
  narrowed: "green",
  added: "cyan",
  removed: "magenta",
  changed: "yellow",
};

/** Each line ended. A pure function: the same comparison gives the same bytes. */
export function diffText(diff: PlanDiff, options: TextOptions): string {
  const width = Math.max(40, options.width);
  const [wider = [], ...others] = KINDS.map((kind) => section(kind, diff, width));
  // What is wider follows at once: where nothing speaks against a plan as a whole, the first of it stands in the third line.
  const sections = [[...header(diff, width), ...wider], ...others, compared(diff, width)];
  const lines = sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : [[], ...lines]));
  return lines.map((line) => `${paint(line, options.color)}\n`).join("");
}

function header(diff: PlanDiff, width: number): Line[] {
  const { said, counted } = verdict(diff);
  const ink = diff.counts.widened > 0 ? "bold-red" : diff.same ? "green" : "bold";
  return [
    ...wrap([run(said, ink), run(counted === "" ? "" : `: ${counted}`, diff.same ? "plain" : "bold")], width, 2),
    ...notesOf(diff).grave.flatMap((note) => wrap([run(note, "bold-red")], width, 2)),
  ];
}

function section(kind: Kind, { entries }: PlanDiff, width: number): Line[] {
  const of = entries.filter((entry) => entry.kind === kind);
  if (of.length === 0) return [];
  const [title, about] = HEADINGS[kind];
  return [
    ...wrap([run(title, INKS[kind]), run(about === "" ? "" : `  ${about}`, "dim")], width, 2),
    ...of.flatMap((entry) => entryLines(entry, width)),
  ];
}

function entryLines(entry: Entry, width: number): Line[] {
  const at = 2 + AREA;
  const detail = (line: Line): Line[] => wrap([run(" ".repeat(at)), ...line], width, at + 2);
  const { from, to } = changeOf(entry, MOST);
  const shown = entry.diff.slice(0, DIFF_LINES);
  const hidden = entry.diff.length - shown.length;
  const elements = elementsText(entry);
  return [
    ...wrap(
      [
        run(`  ${padEnd(entry.area, AREA)}`, INKS[entry.kind]),
        run(`${entry.subject}${times(entry)}`, "bold"),
        run(`: ${entry.what}`),
        ...change(from, to),
      ],
      width,
      at,
    ),
    ...(elements === null ? [] : detail([run(`for ${elements}`, "dim")])),
    ...shown.flatMap((text) => detail([run(text, diffInk(text))])),
    ...(hidden > 0 ? detail([run(moreLines(hidden), "bold")]) : []),
  ];
}

function change(from: string | null, to: string | null): Line {
  if (from !== null && to !== null) return [run(": "), run(from), run(" → ", "bold"), run(to, "bold")];
  if (from === null && to === null) return [];
  return [run(`: ${from ?? to}`)];
}

/** Which plans they are, and what does not count. */
function compared(diff: PlanDiff, width: number): Line[] {
  return [
    ...wrap([run("OLD  ", "bold"), run(sideText(diff.old), "dim")], width, 5),
    ...wrap([run("NEW  ", "bold"), run(sideText(diff.new), "dim")], width, 5),
    ...notesOf(diff).others.flatMap((note) => wrap([run(note, "dim")], width, 2)),
  ];
}
