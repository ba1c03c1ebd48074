/** `opsc audit erase`: what a run was, taken out of the log for good; the log, and all proofs of others, stay whole. */
import { deliveredTo } from "../../runtime/audit/deliver.ts";
import { erasable, eraseRun } from "../../runtime/audit/erase.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { actorOf } from "../person.ts";
import { milliseconds } from "../planning.ts";
import { settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { entries, plural } from "../words.ts";
import type { Settings } from "./keys.ts";
import type { AuditOptions } from "./options.ts";
import { sinkOf } from "./sinks.ts";

interface Due {
  readonly run: string;
  readonly action: string;
  readonly endedAt: string;
  readonly entries: number;
  /** Place of the last of them. */
  readonly last: number;
}

export async function erase(io: Io, run: string | undefined, options: AuditOptions): Promise<ExitCode> {
  const settings = await settingsOf(options.dir);
  if ((run === undefined) === (options.due === undefined))
    throw new Stop(EXIT.wrong, "say what is to be erased", "opsc audit erase RUN, or opsc audit erase --due");
  const store = await openStore(settings.root, { create: false });
  try {
    const now = Date.now();
    const due = run === undefined ? await allDue(store, settings, now) : [await dueOf(store, run)];
    for (const each of due) await mayBeErased(store, settings, each, now);
    if (options.yes !== true) return only(io, due);
    const reason = options.reason ?? (run === undefined ? `kept for ${settings.config.audit.retention?.atMost}` : "");
    if (reason.trim() === "") throw new Stop(EXIT.wrong, "the log has to say why it was erased", 'add --reason "…"');
    const { who: by } = await actorOf(options.as, settings, undefined);
    for (const each of due) {
      await eraseRun(store, each.run, { at: new Date(now).toISOString(), by, reason });
      if (!io.json)
        io.out(`run ${each.run} of ${each.action} is erased: ${entries(each.entries)}, its plan and what it had kept`);
    }
    if (io.json) io.raw(JSON.stringify({ erased: due.map((each) => each.run) }));
    else if (due.length === 0) io.out("no run is due");
    return EXIT.done;
  } catch (error) {
    // What is named is not there, or goes on, which is no fault of the store.
    if (
      error instanceof StoreError &&
      (error.fault === "missing" || error.fault === "held" || error.fault === "erased")
    )
      throw new Stop(error.fault === "held" ? EXIT.refused : EXIT.wrong, error.message, error.remedy);
    throw error;
  } finally {
    await store.close();
  }
}

function only(io: Io, due: readonly Due[]): ExitCode {
  if (io.json) io.raw(JSON.stringify({ due }));
  else {
    for (const { run, action, endedAt, entries: many } of due)
      io.out(`run ${run} of ${action}, ended ${endedAt}: ${entries(many)}`);
    io.err(`${plural(due.length, "run")} would be erased, for good; --yes does it`);
  }
  return due.length === 0 ? EXIT.done : EXIT.wrong;
}

async function dueOf(store: Store, run: string): Promise<Due> {
  const { entries: all, created, finished } = await erasable(store, run);
  return { run, action: created.action, endedAt: finished.at, entries: all.length, last: all.at(-1)?.seq ?? 0 };
}

async function allDue(store: Store, { config }: Settings, now: number): Promise<Due[]> {
  const atMost = config.audit.retention?.atMost;
  if (atMost === undefined)
    throw new Stop(
      EXIT.wrong,
      "the configuration does not say how long runs are kept",
      'opsc.config.json: "audit": { "retention": { "atMost": "400d" } }',
    );
  const before = now - milliseconds(atMost);
  const due: Due[] = [];
  for (const { run, endedAt } of (await store.runs()).runs) {
    if (endedAt === null || Date.parse(endedAt) >= before) continue;
    try {
      due.push(await dueOf(store, run));
    } catch (error) {
      // Its leases go on: it is due when they are over.
      if (!(error instanceof StoreError) || error.fault !== "held") throw error;
    }
  }
  return due;
}

/** Throws `Stop` where it has to be kept longer, or is the last copy of what a sink is still to get. */
async function mayBeErased(store: Store, { root, config }: Settings, due: Due, now: number): Promise<void> {
  const { retention, sinks } = config.audit;
  const until = Date.parse(due.endedAt) + milliseconds(retention?.atLeast ?? "0s");
  if (now < until)
    throw new Stop(
      EXIT.refused,
      `run ${due.run} has to be kept until ${new Date(until).toISOString()}: audit.retention.atLeast is ${retention?.atLeast}`,
      "erase it then",
    );
  for (const sink of sinks) {
    const { shown } = sinkOf(root, sink);
    const delivered = await deliveredTo(store, shown);
    if (delivered > due.last) continue;
    throw new Stop(
      EXIT.refused,
      `${shown} does not have run ${due.run} yet, and would never get it: it has ${entries(delivered)}`,
      "opsc audit publish, then erase it",
    );
  }
}
