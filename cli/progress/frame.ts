/** What a terminal shows of a run at one moment: a function of the view, the time and the size of the terminal. */
import { type Line, lineWidth, run, wrap } from "../../compiler/render/ink.ts";
import { clip, displayWidth } from "../../compiler/render/width.ts";
import { safeName } from "../words.ts";
import { bodyRows } from "./body.ts";
import { WEIGHT } from "./leaf-rows.ts";
import { clipLine, edge, layOut, type Row, spill, withinHeight } from "./rows.ts";
import { activeIn, allIn, doneWords, failedIn } from "./standing.ts";
import { tickingTime } from "./time.ts";
import type { Branch } from "./tree.ts";
import type { RunView } from "./view.ts";

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Counts the frames drawn: what turns is turned by it. */
  readonly frame: number;
  readonly width: number;
  readonly height: number;
}

const SPIN = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** More rows than this nobody takes in. */
const MOST = 30;
const BAR = 30;
const LAST_LEAST = 10;

/** No line is wider than the terminal less one column, and there are fewer lines than it has rows. */
export function frameOf(view: RunView, tree: Branch, { now, frame, width, height }: Moment): Line[] {
  const room = Math.max(1, Math.min(MOST, height - 1));
  const head = [...headLines(view, now, frame, width), ...notes(view, width)].slice(0, Math.max(1, room - 1));
  return [...head.map((line) => clipLine(line, edge(width))), ...fitted(view, tree, now, width, room - head.length)];
}

/**
 * What stays on the terminal when the run is over or let go: what became of everything, in few lines. It is not redrawn, so
 * it may be higher than the terminal.
 */
export function lastFrame(view: RunView, tree: Branch, { now, width, height }: Moment): Line[] {
  return fitted(view, tree, now, width, Math.max(LAST_LEAST, Math.min(MOST, height - 8)));
}

function fitted(view: RunView, tree: Branch, now: number, width: number, most: number): Line[] {
  if (most <= 0) return [];
  const rowsWith = (unfolded: number, reasons: number): Row[] =>
    bodyRows({ view, now, width, unfolded, reasons }, tree);
  const roomy = rowsWith(4, 3);
  const rows = roomy.length <= most ? roomy : rowsWith(1, 1);
  return withinHeight(spill(rows, width, most), most, WEIGHT.tolerated).map((each) =>
    clipLine(layOut(each, width), edge(width)),
  );
}

function headLines(view: RunView, now: number, frame: number, width: number): Line[] {
  const limit = edge(width);
  const undoing = view.phase === "undoing";
  const ink = undoing ? "yellow" : "cyan";
  const time = view.startedAt === null ? "" : tickingTime(now - view.startedAt);
  const title = `${undoing ? "undoing " : ""}${safeName(view.plan.action.title)}`;
  const room = limit - 2 - displayWidth(time) - 2;
  const head = clip(title, Math.max(1, room));
  const name = view.run !== "" && room - displayWidth(head) - 2 >= view.run.length ? `  ${view.run}` : "";
  const line: Line = [run(SPIN[frame % SPIN.length] ?? "", ink), run(" "), run(head, "bold"), run(name, "dim")];
  const gap = Math.max(1, limit - lineWidth(line) - displayWidth(time));
  return [[...line, run(" ".repeat(gap)), run(time, ink)], countLine(view, limit)];
}

/** How far it is: forwards, and backwards while it is undone. */
function countLine(view: RunView, limit: number): Line {
  const { counts } = view;
  const all = allIn(counts);
  const undoing = view.phase === "undoing";
  const failed = failedIn(counts);
  const toUndo = Math.max(view.toUndo, counts.undone);
  const words = [
    ...(undoing ? [`${counts.undone} of ${toUndo} undone`] : doneWords(counts, all)),
    ...(activeIn(counts) > 1 ? [`${activeIn(counts)} running`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(view.locks.length > 0 ? [`holds ${view.locks.length === 1 ? "lock" : "locks"} ${view.locks.join(", ")}`] : []),
  ];
  const size = Math.min(BAR, Math.floor(limit / 3));
  // What was begun, of all; while it is undone, what of that is not yet undone.
  const forwards = all === 0 ? 0 : (all - counts.pending - activeIn(counts)) / all;
  const share = undoing && toUndo > 0 ? forwards * (1 - counts.undone / toUndo) : forwards;
  const full = Math.round(share * size);
  return clipLine(
    [
      run("  "),
      run("━".repeat(full), undoing ? "yellow" : failed > 0 ? "red" : "green"),
      run("─".repeat(size - full), "dim"),
      run(`  ${asManyAsFit(words, limit - size - 4)}`, "dim"),
    ],
    limit,
  );
}

/** Whole words only, the first of them in any case. */
function asManyAsFit(words: readonly string[], room: number): string {
  return words.reduce((line, word) => {
    const more = line === "" ? word : `${line} · ${word}`;
    return line === "" || displayWidth(more) <= room ? more : line;
  }, "");
}

/** What the run as a whole waits for, and what people have said to it. */
function notes(view: RunView, width: number): Line[] {
  const limit = edge(width);
  const note = (text: string): Line[] => wrap([run("  "), run(text, "yellow")], limit, 2).slice(0, 2);
  const { said } = view;
  const reason = said === null || said.reason === null ? "" : `: ${said.reason}`;
  const words = [
    ...(said?.type === "run.cancel_requested"
      ? [
          `cancelled by ${said.by}${reason} · ${said.mode === "rollback" ? "what started is undone" : "it stops where it is"}`,
        ]
      : []),
    ...(said?.type === "run.pause_requested" ? [`paused by ${said.by}${reason} · nothing new is begun`] : []),
    ...(said?.type === "run.rollback_requested" ? [`${said.by} asked for its rollback${reason}`] : []),
    ...(view.locked.length > 0
      ? [
          `waits for ${view.locked.map(({ name, run: holder }) => `lock ${name}, which run ${holder} holds`).join(", ")}`,
        ]
      : []),
    ...(view.phase === "running" && view.lastGate === null && view.locked.length === 0 && !view.begun
      ? ["reads again what the plan rests on"]
      : []),
  ];
  return words.flatMap(note).map((line) => clipLine(line, limit));
}
