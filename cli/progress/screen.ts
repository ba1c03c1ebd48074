/**
 * The lower end of a terminal, redrawn in place. One write a frame, of those rows that changed; whatever else is written
 * meanwhile comes to stand above it, and the cursor is shown again however the process ends.
 */
import process from "node:process";
import { displayWidth } from "../../compiler/render/width.ts";
import { SIGNALS } from "../signals.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Screen {
  size(): Size;
  /** Rows without line ends, none as wide as the terminal, painted. `plain` are the same without colours. */
  draw(rows: readonly string[], plain: readonly string[]): void;
  /** A line that stays, above what is redrawn. */
  above(line: string): void;
  /** Puts `rows` in the place of what was drawn and leaves the terminal as it was found. */
  close(rows: readonly string[]): void;
}

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
/** A terminal that knows it shows what is between them at once; others pass over it. */
const TOGETHER = "\u001b[?2026h";
const APART = "\u001b[?2026l";
const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : "");
const REST_OF_LINE = "\u001b[K";
const ALL_BELOW = "\u001b[J";

type Write = NodeJS.WriteStream["write"];

export function openScreen(stream: NodeJS.WriteStream): Screen {
  /** What stands there now. */
  let shown: readonly string[] = [];
  let widths: readonly number[] = [];
  let drawnAt = widthOf(stream);
  let redraw: (() => void) | null = null;

  const guarded = [stream, process.stdout].filter((each) => each.isTTY === true);
  const originals = guarded.map((each) => ({ each, write: each.write }));
  const write = stream.write.bind(stream);

  /** How many rows of the terminal it takes: a line that was wider than the terminal is now is broken by it. */
  const rowsTaken = (): number => {
    const columns = widthOf(stream);
    if (columns >= drawnAt) return shown.length;
    return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  };
  const erase = (): string => (shown.length === 0 ? "" : `\r${up(rowsTaken())}${ALL_BELOW}`);
  const forget = (): void => {
    shown = [];
    widths = [];
  };

  /** What others write, first the frame away and then what they have to say. */
  const guard = (original: Write, each: NodeJS.WriteStream): Write =>
    ((chunk: string | Uint8Array, ...rest: never[]): boolean => {
      write(erase());
      forget();
      const done = original.call(each, chunk, ...rest);
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      if (text !== "" && !text.endsWith("\n")) original.call(each, "\n");
      redraw?.();
      return done;
    }) as Write;
  for (const { each, write: original } of originals) each.write = guard(original, each);

  const leave = (): void => void write(SHOW);
  const signals = onSignals(leave, () => {
    forget();
    write(HIDE);
  });
  process.once("exit", leave);
  write(HIDE);

  const draw = (rows: readonly string[], plain: readonly string[]): void => {
    redraw = () => draw(rows, plain);
    const resized = widthOf(stream) !== drawnAt;
    const text = resized ? `${erase()}${rows.map((each) => `${each}\n`).join("")}` : changed(shown, rows);
    if (text === "") return;
    write(`${TOGETHER}${HIDE}${text}${APART}`);
    shown = rows;
    widths = plain.map(displayWidth);
    drawnAt = widthOf(stream);
  };

  return {
    size: () => ({ width: widthOf(stream), height: said(stream.rows, 24) }),
    draw,
    above(line) {
      write(`${TOGETHER}${erase()}${line}\n${APART}`);
      forget();
      redraw?.();
    },
    close(rows) {
      redraw = null;
      write(`${TOGETHER}${erase()}${rows.map((each) => `${each}\n`).join("")}${APART}`);
      forget();
      leave();
      process.off("exit", leave);
      signals();
      for (const { each, write: original } of originals) each.write = original;
    },
  };
}

const widthOf = (stream: NodeJS.WriteStream): number => said(stream.columns, 80);
/** A terminal may not know its size, or say 0. */
const said = (size: number | undefined, unless: number): number => (size === undefined || size < 1 ? unless : size);

/** What turns the rows that stand there into others; the cursor is below them before and after. Empty where nothing changes. */
export function changed(before: readonly string[], after: readonly string[]): string {
  const same = before.length === after.length && after.every((each, i) => each === before[i]);
  if (same) return "";
  const rows = after.map((each, i) => (each === before[i] ? "\n" : `\r${each}${REST_OF_LINE}\n`));
  const rest = before.length > after.length ? ALL_BELOW : "";
  return `${up(before.length)}${rows.join("")}${rest}`;
}

/** The cursor is shown before the process stops, and when a signal ends it that nobody else listens to. */
function onSignals(leave: () => void, back: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    // The others who listen decide what becomes of the process, and close what they opened.
    if (process.listenerCount(signal) > 1) return;
    leave();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  const stop = (): void => {
    leave();
    process.kill(process.pid, "SIGSTOP");
  };
  for (const name of SIGNALS) process.on(name, end);
  process.on("SIGTSTP", stop);
  process.on("SIGCONT", back);
  return () => {
    for (const name of SIGNALS) process.off(name, end);
    process.off("SIGTSTP", stop);
    process.off("SIGCONT", back);
  };
}
