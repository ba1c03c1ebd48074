/** A run for people: how it stands and why, who had a part in it, what became of each step, what is left and what to do next. */
import { run as ink, type Line, paint, type Run, wrap } from "../../compiler/render/ink.ts";
import { padEnd } from "../../compiler/render/width.ts";
import { resourceText, shortDigest, timeText } from "../../compiler/render/words.ts";
import type { Attested } from "../attested.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { bodyRows } from "../progress/body.ts";
import { endLines, type Told } from "../progress/end.ts";
import { layOut, spill } from "../progress/rows.ts";
import { treeOf } from "../progress/tree.ts";
import { newView, see } from "../progress/view.ts";
import { lineOf } from "../progress/words.ts";
import { safeName, safeNames } from "../words.ts";
import { peopleOf } from "./people.ts";
import type { Reading } from "./reading.ts";
import type { Standing } from "./standings.ts";

export interface ReportOptions extends Told {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** By whom its beginning is attested; null where the trust root lists no keys of the log. */
  readonly attested: Attested | null;
  /** With a line for every event. */
  readonly history: boolean;
}

/** Steps that are alike stand each on a line of their own up to so many. */
const UNFOLDED = 12;
/** Lines of a reason, and resources, before they are cut. */
const REASONS = 12;
const RESOURCES = 12;

/** Painted lines, safe to print as they are. */
export function reportLines(reading: Reading, options: ReportOptions): string[] {
  const { width, color } = options;
  const parts: (readonly Line[] | readonly string[])[] = [
    about(reading, options),
    people(reading, width),
    changed(reading, width),
    steps(reading, options),
    options.history ? history(reading) : [],
    endLines(reading.end, reading.view, codeOf(reading.standing), { width, color }, reading.standing),
  ];
  const painted = parts.map((part) => part.map((line) => (typeof line === "string" ? line : paint(line, color))));
  return painted.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

function about({ file: { plan, digest } }: Reading, { attested, width }: ReportOptions): Line[] {
  const { action } = plan;
  const name = safeName(action.name);
  const title = action.title === action.name ? name : `${safeName(action.title)} (${name})`;
  return [
    ...wrap([ink(title, "bold")], width, 2),
    ...(plan.reason === null ? [] : wrap([ink(`because ${plan.reason}`)], width, 2)),
    ...wrap([ink(`plan ${shortDigest(digest)} · ${action.at} · workspace ${plan.workspace}`, "dim")], width, 2),
    ...(attested === null ? [] : wrap([attestedWords(attested)], width, 2)),
  ];
}

const attestedWords = ({ by, why }: Attested): Run =>
  why === null
    ? ink(`attested by ${safeName(by ?? "")}: opsc apply began it`, "dim")
    : ink(`NOT ATTESTED: it ${safeNames([why])}. Nothing takes it up: opsc audit verify says more`, "bold-red");

/** Who asked, who agreed, who ran it, and what people said to it meanwhile; in the order it happened. */
function people({ file: { plan }, events, since }: Reading, width: number): Line[] {
  const entries = peopleOf(plan, [...events, ...since]);
  return [
    [ink("Who", "bold"), ink(`  identities are ${plan.trust.identities}`, "dim")],
    ...entries.flatMap(({ at, did }) =>
      wrap([ink(`  ${padEnd(timeText(at), 20)}  `, "dim"), ink(did)], width, width >= 70 ? 24 : 4),
    ),
  ];
}

/** What it changed and did not undo. */
function changed({ view }: Reading, width: number): Line[] {
  const resources = new Set<string>();
  let undone = 0;
  for (const { node, hook, standing } of view.nodes.values()) {
    if (node.kind !== "step" || hook !== null || node.call.effect === "read") continue;
    if (standing === "done" || standing === "undo failed" || standing === "unknown")
      resources.add(resourceText(node.call));
    else if (standing === "undone") undone++;
  }
  const all = [...resources].sort();
  if (all.length === 0 && undone === 0) return [];
  const rest = all.length - RESOURCES;
  const stands =
    all.length === 0
      ? "nothing that stands"
      : `${all.slice(0, RESOURCES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  return [...wrap([ink("Changed", "bold"), ink(`  ${stands}`)], width, 2)];
}

function steps({ view, alive }: Reading, { width, now }: ReportOptions): Line[] {
  const within = Number.isFinite(width) ? width : 100;
  const scene = {
    view,
    now: alive ? now : lastOf(view.finished?.at, now),
    width: within,
    unfolded: UNFOLDED,
    reasons: REASONS,
  };
  const rows = bodyRows(scene, treeOf(view)).map((row) => ({ ...row, depth: row.depth + 1 }));
  return [[ink("Steps", "bold")], ...spill(rows, within, Number.POSITIVE_INFINITY).map((row) => layOut(row, within))];
}

const lastOf = (at: string | undefined, now: number): number => (at === undefined ? now : Date.parse(at));

/** Every event in a line, as it would have been told on a pipe that leaves nothing out. */
function history({ file, events }: Reading): string[] {
  const view = newView(file.plan);
  const lines: string[] = [];
  for (const event of events) {
    see(view, event);
    const line = lineOf(view, event);
    if (line !== null) lines.push(`  ${line}`);
  }
  return ["History", ...lines];
}

/** What a command that had it in hand would have ended with; of one that runs, none yet. */
function codeOf(standing: Standing): ExitCode {
  switch (standing) {
    case "succeeded":
      return EXIT.done;
    case "running":
    case "cut_off":
    case "paused":
    case "cancelled":
    case "halted":
      return EXIT.stopped;
    case "waiting":
      return EXIT.waiting;
    case "unknown":
      return EXIT.unknown;
    case "locked":
    case "frozen":
    case "refused":
      return EXIT.refused;
    case "undone":
      return EXIT.undone;
    case "incomplete":
      return EXIT.left;
    case "denied":
      return EXIT.denied;
  }
}
