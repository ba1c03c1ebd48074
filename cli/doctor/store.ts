/** The store: whether it opens, what was left in it, whether its log is whole. */
import { verifyLog } from "../../runtime/audit/verify.ts";
import { readFreezes } from "../../runtime/freeze/freeze.ts";
import { readWorker } from "../../runtime/leases/worker.ts";
import { DamagedError, type ListedRuns, type RunSummary, type Store, StoreError } from "../../runtime/store/port.ts";
import { EXIT, Stop } from "../exit.ts";
import { freezeLine, switchJudge } from "../freezes.ts";
import { listLeases } from "../leases/listed.ts";
import { lostRuns, lostWords } from "../lost-runs.ts";
import { remedyFor, standingOf } from "../runs/standing.ts";
import type { Standing } from "../runs/standings.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { plural } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { leaseFindings } from "./leases.ts";

/** Clocks of two machines differ by a little. */
const SKEW = 60_000;
/** Of leftovers of one kind, so many are named. */
const NAMED = 3;

export async function storeFindings(
  root: string,
  now: number,
  options: { readonly fast: boolean },
): Promise<Finding[]> {
  try {
    const store = await openStore(root, { create: false });
    try {
      const listed = await store.runs();
      const { runs } = listed;
      return [
        ok("store", `the store opens, and may be written: ${plural(runs.length, "run")}`),
        ...clock(runs, now),
        ...lost(await lostRuns(root, store)),
        ...(await leftovers(store, listed)),
        ...(await frozen(store, root, now)),
        ...leaseFindings((await listLeases(store)).leases, await readWorker(store, now), now),
        options.fast ? ok("log", "the log was not verified: --fast") : await log(store),
      ];
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Nothing has run yet, or all that has is gone.
    if (error.fault === "missing") return lost(await lostRuns(root, null));
    const exit = error instanceof DamagedError ? EXIT.unverified : EXIT.environment;
    return [problem("store", exit, error.message, "without it nothing runs", error.remedy)];
  }
}

async function frozen(store: Store, root: string, now: number): Promise<Finding[]> {
  const freezes = await readFreezes(store, now, await switchJudge(root));
  return freezes.map((freeze) =>
    warning(
      "freeze",
      freezeLine(freeze),
      "they begin no write, and are refused before the first",
      `opsc thaw ${freeze.id}`,
    ),
  );
}

function lost(runs: readonly string[]): Finding[] {
  if (runs.length === 0) return [];
  const { what, why, remedy } = lostWords(runs);
  return [warning("store", what, why, remedy)];
}

function clock(runs: readonly RunSummary[], now: number): Finding[] {
  const latest = Math.max(0, ...runs.map((run) => Date.parse(run.endedAt ?? run.createdAt)));
  return latest <= now + SKEW
    ? []
    : [
        warning(
          "clock",
          `the clock is behind the log, which ends ${new Date(latest).toISOString()}`,
          "what comes next would stand before it",
          "set the clock",
        ),
      ];
}

async function leftovers(store: Store, { runs, unreadable: damaged }: ListedRuns): Promise<Finding[]> {
  const open = runs.filter((run) => run.outcome === null);
  const standing = new Map<Standing, string[]>();
  const locks: { readonly run: string; readonly names: readonly string[] }[] = [];
  const unreadable = damaged.map(({ run, error }) => ({ run, why: error.message }));
  for (const run of open) {
    try {
      const { file, state } = await planOfRun(store, run.run);
      const stands = standingOf(run, state);
      standing.set(stands, [...(standing.get(stands) ?? []), run.run]);
      if (!run.held && state.locks === "held") locks.push({ run: run.run, names: file.plan.locks });
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      unreadable.push({ run: run.run, why: error.message });
    }
  }
  const incomplete = runs.filter((run) => run.outcome === "incomplete").map((run) => run.run);
  return [
    ...kinds(standing),
    ...locks.map(({ run, names }) =>
      warning(
        "locks",
        `${names.map((name) => JSON.stringify(name)).join(", ")} ${names.length === 1 ? "is" : "are"} held by run ${run}, at which no process works`,
        "other runs that need them are refused or wait",
        `opsc resume ${run}, or opsc cancel ${run}`,
      ),
    ),
    ...unreadable.map(({ run, why }) =>
      problem("runs", EXIT.unverified, `run ${run} cannot be read`, why, "opsc audit verify"),
    ),
    ...(incomplete.length === 0
      ? []
      : [
          warning(
            "runs",
            `${plural(incomplete.length, "run")} left something to do by hand: ${named(incomplete)}`,
            "nobody notes here that it was done: look whether it was",
            `opsc show ${incomplete.at(-1)}`,
          ),
        ]),
    ...(open.length + unreadable.length === 0 ? [ok("runs", "no run is left open")] : []),
  ];
}

const WORDS: Readonly<Partial<Record<Standing, readonly [what: string, why: string]>>> = {
  waiting: ["waits for approval", "what it did so far stays until it goes on"],
  locked: ["waits for locks of other runs", "what it did so far stays until it goes on"],
  unknown: ["waits to be told what became of a step", "only a person can know, and nothing goes on before"],
  paused: ["was paused", "what it did so far stays until it goes on"],
  cut_off: ["was cut off, or let go", "what it did so far is neither finished nor undone"],
};

function kinds(standing: ReadonlyMap<Standing, readonly string[]>): Finding[] {
  return [...standing].flatMap(([stands, runs]): Finding[] => {
    const words = WORDS[stands];
    const [first = ""] = runs;
    if (words === undefined) return [ok("runs", `${plural(runs.length, "run")} going on: ${named(runs)}`)];
    const what =
      runs.length === 1 ? `run ${first} ${words[0]}` : `${runs.length} runs: each ${words[0]} (${named(runs)})`;
    return [warning("runs", what, words[1], remedyFor(stands, first) ?? "opsc runs --status open")];
  });
}

const named = (runs: readonly string[]): string =>
  `${runs.slice(0, NAMED).join(", ")}${runs.length > NAMED ? ` and ${runs.length - NAMED} more` : ""}`;

async function log(store: Store): Promise<Finding> {
  const { findings, entries } = await verifyLog(store);
  const [first] = findings;
  if (first === undefined) return ok("log", `the log is intact: ${entries} ${entries === 1 ? "entry" : "entries"}`);
  return problem(
    "log",
    EXIT.unverified,
    `the log was changed: ${first.detail}`,
    "what it says of runs and approvals cannot be relied on",
    "opsc audit verify lists all of it",
  );
}
