/** Runs for a terminal: a line each where there is room, else two. */
import { type Ink, run as ink, type Line, lineWidth, paint, wrap } from "../../compiler/render/ink.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import type { RunSummary } from "../../runtime/store/port.ts";
import type { ExitCode } from "../exit.ts";
import { shortTime } from "../progress/time.ts";
import { remedyFor } from "./standing.ts";
import type { Standing } from "./standings.ts";

export interface Shown {
  /** null of what its log does not tell any more. */
  readonly run: Omit<RunSummary, Told> & { readonly [name in Told]: string | null };
  /** null where plan or log are not there to tell. */
  readonly standing: Standing | null;
  /** Why it is null, in a few words, and what the command ends with for that. */
  readonly unread?: { readonly why: string; readonly exit: ExitCode };
}

type Told = "action" | "plan" | "requester" | "createdAt";

/** Safe to print as they are. */
export function runLines(
  runs: readonly Shown[],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const rows = runs.map(cells);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => displayWidth(row[i]?.[0] ?? ""))));
  const table = rows.map((row) => row.map(([text, of], i) => ink(pad(text, i < 3 ? (widths[i] ?? 0) + 2 : 0), of)));
  const fits = table.every((row) => lineWidth(row) <= width);
  return runs.flatMap(({ run, standing }, i): string[] => {
    const remedy = standing === null ? null : remedyFor(standing, run.run);
    const head: Line[] = fits ? [table[i] ?? []] : narrow(rows[i] ?? [], width);
    const help = remedy === null ? [] : wrap([ink("  "), ink(remedy, "dim")], width, 4);
    return [...head, ...help].map((line) => paint(line, color));
  });
}

type Cell = readonly [text: string, ink: Ink];

function cells({ run, standing, unread }: Shown): Cell[] {
  const took =
    run.doneAt === null || run.createdAt === null
      ? ""
      : ` in ${shortTime(Date.parse(run.doneAt) - Date.parse(run.createdAt))}`;
  return [
    [run.run, "bold"],
    [`${standing?.replace("_", " ") ?? unread?.why ?? "it cannot be read"}${took}`, inkOf(standing)],
    [run.action?.slice(run.action.lastIndexOf("#") + 1) ?? "", "plain"],
    [`${run.requester ?? ""}  ${run.createdAt?.slice(0, 16).replace("T", " ") ?? ""}`.trim(), "dim"],
  ];
}

function narrow(row: readonly Cell[], width: number): Line[] {
  const [name, standing, action, who] = row.map(([text, of]) => ink(text, of));
  if (name === undefined || standing === undefined || action === undefined || who === undefined) return [];
  return [...wrap([name, ink("  "), standing], width, 2), ...wrap([ink("  "), action, ink("  "), who], width, 4)];
}

const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - displayWidth(text)));

function inkOf(standing: Standing | null): Ink {
  switch (standing) {
    case "succeeded":
      return "green";
    case "running":
      return "cyan";
    case "waiting":
    case "locked":
    case "paused":
    case "frozen":
    case "cut_off":
    case "unknown":
      return "yellow";
    case "incomplete":
    case null:
      return "red";
    case "refused":
    case "undone":
    case "halted":
    case "cancelled":
    case "denied":
      return "plain";
  }
}
