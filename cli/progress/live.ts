/** Progress on a terminal: what is done is folded into a count, what goes on is shown with its time, all redrawn in place. */
import process from "node:process";
import type { Io } from "../io.ts";
import { safeText } from "../words.ts";
import { type NodeView, type RunView, worthTelling } from "./view.ts";
import { shortTime } from "./words.ts";

const MAX_ROWS = 12;
const FRAME_MS = 100;
const SPIN = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export interface Live {
  /** A line that stays, above what is redrawn. */
  keep(line: string): void;
  /** Draws a last time and leaves the cursor below. */
  stop(): void;
}

export function startLive(io: Io, view: RunView): Live {
  let drawn = 0;
  let frame = 0;
  const paint = paintWith(io.color);
  const clear = (): string => (drawn === 0 ? "" : `\u001b[${drawn}A\u001b[J`);
  const draw = (): void => {
    const rows = rowsOf(view, Date.now(), frame++, columns(io), paint);
    process.stderr.write(`${clear()}${rows.map((row) => `${row}\n`).join("")}`);
    drawn = rows.length;
  };
  process.stderr.write("\u001b[?25l");
  draw();
  const timer = setInterval(draw, FRAME_MS);
  const showCursor = (): void => void process.stderr.write("\u001b[?25h");
  process.once("exit", showCursor);
  return {
    keep(line) {
      process.stderr.write(`${clear()}${line}\n`);
      drawn = 0;
      draw();
    },
    stop() {
      clearInterval(timer);
      process.stderr.write(clear());
      drawn = 0;
      showCursor();
      process.off("exit", showCursor);
    },
  };
}

const columns = (io: Io): number => Math.max(40, process.stderr.columns ?? io.width);

type Paint = (style: "dim" | "red" | "green" | "yellow" | "cyan", text: string) => string;
const CODES = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export const paintWith =
  (color: boolean): Paint =>
  (style, text) =>
    color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;

/** The rows shown now, none longer than the terminal is wide. */
export function rowsOf(view: RunView, now: number, frame: number, width: number, paint: Paint): string[] {
  const all = [...view.nodes.values()].filter((n) => worthTelling(n.node));
  const active = all.filter((n) => ["running", "retrying", "waiting", "undoing"].includes(n.standing));
  const done = all.filter((n) => ["done", "skipped"].includes(n.standing)).length;
  const undone = all.filter((n) => n.standing === "undone").length;
  const failed = all.filter((n) => ["failed", "undo failed"].includes(n.standing));
  const spin = SPIN[frame % SPIN.length] ?? "";
  const elapsed = view.startedAt === null ? "" : ` ${shortTime(Math.floor((now - view.startedAt) / 1000) * 1000)}`;
  const counts = [
    `${done} of ${all.length} done`,
    undone > 0 ? `${undone} undone` : "",
    failed.length > 0 ? `${failed.length} failed` : "",
  ].filter((t) => t !== "");
  const head = `${spin} ${view.phase === "undoing" ? "undoing" : safeText(view.plan.action.title)} · ${counts.join(", ")}${elapsed}`;
  const rows = [paint(view.phase === "undoing" ? "yellow" : "cyan", cut(head, width - 1))];
  for (const n of failed.slice(-2))
    rows.push(paint("red", cut(`  ✗ ${n.node.id}  ${safeText(n.why ?? "failed")}`, width - 1)));
  for (const n of active.slice(0, MAX_ROWS)) rows.push(rowOf(n, now, width - 1, paint));
  if (active.length > MAX_ROWS) rows.push(paint("dim", `  and ${active.length - MAX_ROWS} more`));
  return rows;
}

function rowOf(n: NodeView, now: number, width: number, paint: Paint): string {
  const time = n.since === null ? "" : ` ${shortTime(Math.floor((now - n.since) / 1000) * 1000)}`;
  const attempt = n.attempt > 1 ? ` · attempt ${n.attempt}` : "";
  const what =
    n.standing === "waiting"
      ? ` · waits for ${who(n)}`
      : n.standing === "undoing"
        ? " · is undone"
        : n.standing === "retrying"
          ? " · waits to try again"
          : "";
  const why = n.why === null ? "" : ` · ${safeText(n.why)}`;
  const text = cut(`  ● ${safeText(n.node.id)}${time}${attempt}${what}${why}`, width);
  return n.standing === "waiting" || n.standing === "undoing" ? paint("yellow", text) : text;
}

function who(n: NodeView): string {
  return n.node.kind === "approve"
    ? n.node.groups.map((g) => g.title).join(n.node.mode === "all" ? " and " : " or ")
    : "approval";
}

function cut(text: string, width: number): string {
  const line = text.replaceAll("\n", " ");
  return line.length <= width ? line : `${line.slice(0, Math.max(1, width - 1))}…`;
}
