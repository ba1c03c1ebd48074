/** Which runs are wanted: pure, but for the time that `--since` counts from. */
import { readWord } from "../../compiler/expand/words.ts";
import { identityKey } from "../../compiler/types/identity.ts";
import type { RunSummary } from "../../runtime/store/port.ts";
import { EXIT, Stop } from "../exit.ts";
import { OPEN, type Standing } from "./standings.ts";

export interface Filter {
  readonly status: readonly (Standing | "open")[];
  /** A name, an id, or `module.name`. */
  readonly action: string | null;
  /** Milliseconds since 1970. */
  readonly since: number | null;
  readonly requester: string | null;
}

/** All but the status, which takes reading the run. */
export function isWanted(run: RunSummary, filter: Filter): boolean {
  return (
    (filter.since === null || Date.parse(run.createdAt) >= filter.since) &&
    (filter.requester === null || identityKey(run.requester) === identityKey(filter.requester)) &&
    (filter.action === null || isNamed(run.action, filter.action))
  );
}

export const hasStatus = (standing: Standing | null, { status }: Filter): boolean =>
  status.length === 0 ||
  status.some((each) => (each === "open" ? OPEN.some((open) => open === standing) : each === standing));

/** `action` is `teams/site.ops#publish`. */
function isNamed(action: string, name: string): boolean {
  const [module = "", short = ""] = action.split("#");
  const file = module.slice(module.lastIndexOf("/") + 1).replace(/\.ops$/, "");
  return [action, short, `${file}.${short}`].includes(name);
}

/** `7d`, `2026-11-21` or `2026-11-21T09:00:00Z`, as milliseconds since 1970. */
export function sinceOf(text: string, now: number): number {
  const ago = readWord(text, { kind: "duration" });
  if ("value" in ago && typeof ago.value === "number") return now - ago.value;
  for (const kind of ["date", "time"] as const) {
    const read = readWord(text, { kind });
    if ("value" in read && typeof read.value === "string") return Date.parse(read.value);
  }
  throw new Stop(
    EXIT.wrong,
    `--since cannot be ${text}: it is neither a time nor how long ago`,
    "write 7d, 2026-11-21 or 2026-11-21T09:00:00Z",
  );
}
