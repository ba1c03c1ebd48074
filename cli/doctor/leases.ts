/** What is granted for a time: whether somebody ends it, can, and has. */
import { FRESH, type Worker } from "../../runtime/leases/worker.ts";
import { EXIT } from "../exit.ts";
import { isLate, isLeft, type Listed } from "../leases/listed.ts";
import { VERSION } from "../version.ts";
import { plural, safeName, safeNames } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ID = "leases";
/** Of leases so many are named. */
const NAMED = 3;

/** `now` is in milliseconds since 1970. Nothing where nothing is granted. */
export function leaseFindings(leases: readonly Listed[], worker: Worker, now: number): Finding[] {
  if (leases.length === 0) return [];
  const left = leases.filter(isLeft);
  const late = leases.filter((each) => !isLeft(each) && isLate(each, now - FRESH));
  return [
    ...watched(leases, worker),
    ...(worker.alive ? able(leases, worker) : []),
    ...(late.length === 0
      ? []
      : [
          problem(
            ID,
            EXIT.left,
            `${named(late)}: over, and what was given is there still`,
            troubleOf(late, worker) ?? (worker.alive ? "opsc work has not taken it back" : "nobody takes it back"),
            "opsc leases tells how it stands; opsc leases revoke RUN:STEP takes it back now",
          ),
        ]),
    ...(left.length === 0
      ? []
      : [
          problem(
            ID,
            EXIT.left,
            `${named(left)}: could not be taken back, and is not tried again by itself`,
            "what was given for a time is there still",
            "opsc leases tells what to do about each",
          ),
        ]),
  ];
}

function watched(leases: readonly Listed[], { alive, why, beat }: Worker): Finding[] {
  const open = `${plural(leases.length, "lease")} open`;
  if (alive) {
    const by = beat === null ? "opsc work" : `opsc work (process ${beat.pid} on ${safeName(beat.host)})`;
    return [ok(ID, `${open}, and ${by} ends ${leases.length === 1 ? "it" : "them"}`)];
  }
  if (leases.every(({ expires }) => expires))
    return [ok(ID, `${open}, which ${leases.length === 1 ? "its own system ends" : "their own systems end"}`)];
  return [
    warning(ID, `${open}: ${why ?? ""}`, "nothing takes back what is over", "start opsc work, or opsc leases install"),
  ];
}

/** Whether it can end what it watches over. */
function able(leases: readonly Listed[], { beat }: Worker): Finding[] {
  if (beat === null) return [];
  const names = leases.flatMap(({ variables }) => variables.map(({ name }) => name));
  const missing = [...new Set(names)].filter((name) => !beat.environment.includes(name)).sort();
  const waits = leases.filter(({ variables }) => variables.some(({ name }) => missing.includes(name)));
  return [
    ...(missing.length === 0
      ? []
      : [
          warning(
            ID,
            `opsc work has no variable ${safeNames(missing)}, which the end of ${named(waits)} needs`,
            "what was given could not be taken back",
            `start it again with ${safeNames(missing)} set`,
          ),
        ]),
    ...(beat.version === VERSION
      ? []
      : [
          warning(
            ID,
            `opsc work is that of opsc ${safeName(beat.version)}, this is ${VERSION}`,
            "what this one begins that one may not know how to end",
            "start it again",
          ),
        ]),
  ];
}

function troubleOf(leases: readonly Listed[], { beat }: Worker): string | null {
  const found = beat?.troubles.find(({ run }) => leases.some((each) => each.run === run));
  return found === undefined ? null : safeNames([found.why]);
}

const named = (leases: readonly Listed[]): string => {
  const rest = leases.length - NAMED;
  return `${safeNames(leases.slice(0, NAMED).map(({ id }) => id))}${rest > 0 ? ` and ${rest} more` : ""}`;
};
