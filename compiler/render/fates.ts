/** What became of nodes, in signs and words, as every rendering of a run says it. Words are safe to show on a terminal, not escaped for Markdown. */
import { formatDuration } from "../ir/format.ts";
import type { Fate, NodeFate } from "./happened.ts";
import type { Ink } from "./ink.ts";
import { brief, count } from "./show-value.ts";

/** One column wide in every terminal. A sign never stands for more than the words beside it or in a legend say. */
export const FATE_SIGNS: Readonly<Record<Fate, string>> = {
  pending: "·",
  running: "▸",
  retrying: "↻",
  waiting: "…",
  done: "✓",
  skipped: "–",
  failed: "✗",
  unknown: "?",
  undoing: "◂",
  undone: "↶",
  "undo failed": "✗",
};

export const FATE_INKS: Readonly<Record<Fate, Ink>> = {
  pending: "dim",
  running: "cyan",
  retrying: "yellow",
  waiting: "magenta",
  done: "green",
  skipped: "dim",
  failed: "bold-red",
  unknown: "bold-red",
  undoing: "yellow",
  undone: "yellow",
  "undo failed": "bold-red",
};

const WORDS: Readonly<Record<Fate, string>> = {
  pending: "not begun",
  running: "running",
  retrying: "to be tried again",
  waiting: "waiting for people",
  done: "done",
  skipped: "skipped",
  failed: "failed",
  unknown: "began, and nobody has said how it ended",
  undoing: "being undone",
  undone: "undone",
  "undo failed": "its undo failed: what it did is still there",
};

/** From what needs a person to what needs nobody. */
const BY_URGENCY: readonly Fate[] = [
  "undo failed",
  "unknown",
  "failed",
  "waiting",
  "retrying",
  "undoing",
  "running",
  "undone",
  "pending",
  "skipped",
  "done",
];

/** `alone`: without what is told beside it, why and how its lease stands. `done in 3s`, `done in 3s, until 2026-11-21 11:14:01 UTC`, `failed after 2 attempts in 12s: connection refused`. */
export function fateWords({ fate, attempts, took, why, lease }: NodeFate, { alone } = { alone: false }): string {
  const tries = attempts > 1 ? ` after ${count(attempts)} attempts` : "";
  const time = took === null ? "" : ` in ${tookText(took)}`;
  if (alone) return `${WORDS[fate]}${tries}${time}`;
  const stands = lease === undefined ? "" : `, ${lease}`;
  return `${WORDS[fate]}${tries}${time}${stands}${why === null || why === "" ? "" : `: ${brief(why, 300)}`}`;
}

/** The most urgent of them; `pending` of none. */
export function mostUrgent(fates: readonly NodeFate[]): Fate {
  return BY_URGENCY.find((fate) => fates.some((each) => each.fate === fate)) ?? "pending";
}

/** `10 done, 1 failed`, the most urgent first. */
export function tally(fates: readonly NodeFate[]): string {
  return BY_URGENCY.flatMap((fate) => {
    const n = fates.filter((each) => each.fate === fate).length;
    const word = fate === "undo failed" ? "undo failed" : fate === "unknown" ? "unknown" : WORDS[fate];
    return n === 0 ? [] : [`${count(n)} ${word}`];
  }).join(", ");
}

/** `340ms`, `12s`, `3m20s`: of milliseconds, whole seconds from one second on. */
export function tookText(ms: number): string {
  return formatDuration(ms < 1000 ? Math.max(0, Math.round(ms)) : Math.round(ms / 1000) * 1000);
}
