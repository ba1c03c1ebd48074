/** Lengths of time as people read them. */
import { formatDuration } from "../../compiler/ir/format.ts";

/** `340ms`, `12s`, `3m20s`. */
export function shortTime(ms: number): string {
  return formatDuration(ms < 1000 ? Math.max(0, Math.round(ms)) : Math.round(ms / 1000) * 1000);
}

/** Of something that goes on: in whole seconds, so that what is shown changes once a second. */
export function tickingTime(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000)) * 1000);
}

const DAY = 86_400_000;

/** Of something that is waited for: never `0s` before it is over. */
export function countdown(ms: number): string {
  // Nobody counts the hours of weeks, or the seconds of hours.
  if (ms >= 2 * DAY) return formatDuration(Math.floor(ms / DAY) * DAY);
  if (ms >= 600_000) return formatDuration(Math.ceil(ms / 60_000) * 60_000);
  return formatDuration(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}

/** `09:14:02` of an RFC 3339 time, or of milliseconds since 1970; UTC. */
export function clockTime(at: string | number): string {
  return (typeof at === "number" ? new Date(at).toISOString() : at).slice(11, 19);
}

/** `2026-11-21 09:14:05 UTC` of an RFC 3339 time in UTC, or of milliseconds since 1970: what ends may end within seconds. */
export function dayTime(at: string | number): string {
  const text = typeof at === "number" ? new Date(at).toISOString() : at;
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}
