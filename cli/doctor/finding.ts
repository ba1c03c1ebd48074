/** What the doctor found. */
import type { ExitCode } from "../exit.ts";

export interface Finding {
  /** Stable name of what was looked at: `node`, `config`, `store`. */
  readonly id: string;
  readonly level: "ok" | "warning" | "problem";
  readonly what: string;
  /** What it means; null where all is well. */
  readonly why: string | null;
  readonly remedy: string | null;
  /** The exit code where it is a problem, else null. */
  readonly exit: ExitCode | null;
}

export const ok = (id: string, what: string): Finding => ({
  id,
  level: "ok",
  what,
  why: null,
  remedy: null,
  exit: null,
});

export const warning = (id: string, what: string, why: string, remedy: string): Finding => ({
  id,
  level: "warning",
  what,
  why,
  remedy,
  exit: null,
});

export const problem = (
  id: string,
  exit: ExitCode,
  what: string,
  why: string | null,
  remedy: string | null,
): Finding => ({ id, level: "problem", what, why, remedy, exit });
