/** How a run ended or why it was let go: what it did, how long it took, what was undone, what is left, what to do next. */
import { type Ink, run as ink, type Line, paint, type Run, wrap } from "../../compiler/render/ink.ts";
import { safeLines } from "../../compiler/render/safe.ts";
import { leftWords } from "../../compiler/render/words.ts";
import type { OpenLease } from "../../runtime/event.schema.ts";
import { isGivenUp } from "../../runtime/leases/due.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { brokenWords, overridesAmong } from "../break-glass.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Standing } from "../runs/standings.ts";
import { plural } from "../words.ts";
import { nextOf } from "./next.ts";
import { allIn, doneWords, failedIn } from "./standing.ts";
import { dayTime, shortTime } from "./time.ts";
import { type RunView, staying } from "./view.ts";

export interface Told {
  readonly width: number;
  readonly color: boolean;
}

/** What is left, listed before the rest is counted: `opsc show RUN` lists all. */
const LISTED = 40;
/** Steps that share a reason to stay as they were made. */
const NAMED = 4;
/** And leases. */
const LEASES = 10;

/**
 * Painted lines, safe to print as they are. `code` is what the command exits with; `standing` where a run stands that is
 * only looked at.
 */
export function endLines(end: RunEnd, view: RunView, code: ExitCode, told: Told, standing?: Standing): string[] {
  const { width, color } = told;
  const [what, meaning] = standingWords(standing) ?? headline(end);
  const head = `run ${end.run} ${what}${tookOf(end, view)}${meaning === null ? "" : `: ${meaning}`}`;
  const lines: Line[] = [
    ...wrap([ink(head, inkOf(code))], width, 2),
    ...overridesAmong(view.approvals).flatMap((each) => indented(brokenWords(each), "bold-red", width)),
    ...(hasWhy(end, code) ? indented(end.why ?? "", "plain", width) : []),
    ...(isTold(end, view) ? wrap([ink(`  ${tallyOf(view)}`, "dim")], width, 2) : []),
    ...end.tolerated.flatMap(({ element, why }) =>
      indented(`failed, was tolerated and undone alone: ${element}: ${why}`, "yellow", width),
    ),
    ...(isUndone(end) ? stayingLines(view, width) : []),
    ...leftLines(end, width),
    ...leaseLines(end, width),
    ...end.awaiting.flatMap(({ node, missing }) => indented(`${node} waits: ${missing}`, "plain", width)),
    ...end.unknown.flatMap(({ node, what: question }) => indented(`${node}: ${question}`, "plain", width)),
    ...end.hooks.flatMap(({ event, why }) => indented(`on ${event}: not everything was told: ${why}`, "plain", width)),
    ...(code === EXIT.done && end.result !== null
      ? indented(`result ${JSON.stringify(end.result)}`, "plain", width)
      : []),
    ...(standing === "running" ? [] : nextLines(end, view)),
  ];
  return lines.map((line) => paint(joined(line), color));
}

/** Wrapping makes words of a line; those of one colour are one piece again. */
function joined(line: Line): Line {
  const pieces: Run[] = [];
  for (const each of line) {
    const last = pieces.at(-1);
    if (last?.ink === each.ink) pieces[pieces.length - 1] = { text: last.text + each.text, ink: each.ink };
    else pieces.push(each);
  }
  return pieces;
}

/** Of a run that this process does not have in hand, and that has not been let go by another as it should. */
function standingWords(standing: Standing | undefined): readonly [string, null] | null {
  if (standing === "running") return ["goes on", null];
  return standing === "cut_off" ? ["was cut off, or let go", null] : null;
}

/** Text from outside in lines of its own, none of which can pass for one of ours. */
function indented(text: string, of: Ink, width: number): Line[] {
  return safeLines(text).flatMap((line, i) => wrap([ink(`${i === 0 ? "  " : "    "}${line}`, of)], width, 4));
}

const hasWhy = ({ why, rolledBack, outcome }: RunEnd, code: ExitCode): boolean =>
  why !== null && (code !== EXIT.done || rolledBack !== null || outcome !== "succeeded");

/** Of one that is rolled back later, how long it was there tells nothing. */
function tookOf(end: RunEnd, { startedAt, finished }: RunView): string {
  if (startedAt === null || finished === null || end.rolledBack !== null) return "";
  return ` in ${shortTime(Date.parse(finished.ended ?? finished.at) - startedAt)}`;
}

/** Of what succeeded or never began, nothing has to be counted. */
const isTold = ({ outcome }: RunEnd, { counts }: RunView): boolean =>
  outcome !== "refused" && !(outcome === "succeeded" && counts.undone === 0 && failedIn(counts) === 0);

/** `12 of 40 done · 3 skipped · 1 failed` */
function tallyOf({ counts }: RunView): string {
  const all = allIn(counts);
  return [
    ...doneWords(counts, all),
    ...(failedIn(counts) > 0 ? [`${failedIn(counts)} failed`] : []),
    ...(counts.undone > 0 ? [`the rollback of ${plural(counts.undone, "step")} ran`] : []),
    ...(counts.unknown > 0 ? [`${counts.unknown} cut off`] : []),
    ...(counts.pending > 0 ? [`${counts.pending} not begun`] : []),
  ].join(" · ");
}

const isUndone = ({ status, outcome, rolledBack }: RunEnd): boolean =>
  status === "finished" &&
  (rolledBack === "undone" || (rolledBack === null && (outcome === "undone" || outcome === "cancelled")));

/** What is not undone since its rollback says that nothing is to be: a line for each reason. */
function stayingLines(view: RunView, width: number): Line[] {
  return [...Map.groupBy(staying(view), ({ why }) => why)].flatMap(([why, steps]) => {
    const more = steps.length - NAMED;
    const names = steps.slice(0, NAMED).map(({ id }) => id);
    const shown = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    return indented(`${steps.length === 1 ? "stays" : "stay"} as made: ${shown}: ${why}`, "dim", width);
  });
}

function leftLines({ left }: RunEnd, width: number): Line[] {
  const sorted = urgentFirst(left);
  const rest = sorted.length - LISTED;
  return [
    ...sorted
      .slice(0, LISTED)
      .flatMap(({ node, what }) => indented(`left to do by hand: ${node}: ${leftWords(what)}`, "plain", width)),
    ...(rest > 0 ? indented(`and ${rest} more, which opsc show lists`, "dim", width) : []),
  ];
}

function leaseLines({ run, leases }: RunEnd, width: number): Line[] {
  const rest = leases.length - LEASES;
  return [
    ...leases
      .slice(0, LEASES)
      .flatMap((lease) => indented(`lease ${run}:${lease.node} is ${leaseWords(lease)}`, "plain", width)),
    ...(rest > 0 ? indented(`and ${rest} more, which opsc leases lists`, "dim", width) : []),
  ];
}

/** What stands of what a step gave, within a line. */
function leaseWords(lease: OpenLease): string {
  const { is, until } = lease;
  switch (is) {
    case "open":
      return `open until ${dayTime(until)}, and is taken back then`;
    case "shared":
      return "over, and stays as long as others have a lease on the same";
    case "failed":
      return `over, and could not be taken back${isGivenUp(lease) ? "" : "; it is tried again by itself"}`;
  }
}

/** That something stands only for a time is said where it is said that the run succeeded. */
function leasesIn({ leases }: RunEnd): string | null {
  const open = leases
    .filter(({ is }) => is === "open")
    .map(({ until }) => until)
    .sort();
  const [first, last] = [open[0], open.at(-1)];
  if (first === undefined || last === undefined) return null;
  const until = open.length > 1 && first !== last ? `until ${dayTime(first)} and later` : `until ${dayTime(last)}`;
  return `${plural(open.length, "lease")} open ${until}`;
}

/** What a person has to do comes before what merely stays as it is. */
function urgentFirst(left: RunEnd["left"]): RunEnd["left"] {
  const standing = (what: string): boolean => /^(stays|done)\b/.test(what);
  return [...left.filter((l) => !standing(l.what)), ...left.filter((l) => standing(l.what))];
}

/** A command is never broken: it is there to be copied. */
function nextLines(end: RunEnd, view: RunView): Line[] {
  return nextOf(end, view).map(({ when, command }) => [ink(`  next, ${when}: `), ink(command, "bold")]);
}

function inkOf(code: ExitCode): Ink {
  switch (code) {
    case EXIT.done:
      return "green";
    case EXIT.waiting:
    case EXIT.unknown:
    case EXIT.stopped:
      return "yellow";
    default:
      return "red";
  }
}

/** What became of it, and what that means for what it did. */
export function headline(end: RunEnd): readonly [string, string | null] {
  switch (end.status) {
    case "waiting_approval":
      return ["waits for approval", null];
    case "unknown_outcome":
      return ["needs to know what happened", null];
    case "stopped":
      return ["was let go", null];
    case "broken":
      return ["had to stop", null];
    case "paused":
      return ["is paused", null];
    case "frozen":
      return ["is frozen", "it begins no write until that is lifted"];
    case "waiting_lock":
      return ["waits for a lock", null];
    case "finished":
      break;
  }
  if (end.rolledBack === "undone") return ["was rolled back", "everything it did was undone"];
  if (end.rolledBack === "refused") return ["was not rolled back", "it stands as it had ended"];
  switch (end.outcome) {
    case "succeeded":
      return ["succeeded", [toleratedIn(end), leasesIn(end)].filter((each) => each !== null).join("; ") || null];
    case "refused":
      return ["was refused", "nothing was changed"];
    case "undone":
      return ["failed", "everything it did was undone"];
    case "incomplete":
      return ["failed", "something is left to do by hand"];
    case "halted":
      return ["stopped where it was", null];
    case "cancelled":
      return ["was cancelled", "everything it did was undone"];
    case "denied":
      return ["was denied", null];
    case null:
      return ["has not ended", null];
  }
}

/** That something failed is said where it is said how the run ended. */
function toleratedIn(end: RunEnd): string | null {
  const failed = end.tolerated.length;
  if (failed === 0) return null;
  return `${failed} ${failed === 1 ? "element" : "elements"} failed, as many as is tolerated or fewer, and ${failed === 1 ? "was" : "were"} undone alone`;
}
