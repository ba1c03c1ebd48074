/** Runs as the store holds them. */
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { RunState } from "../runtime/engine/state.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import { foldLog } from "../runtime/run/fold-log.ts";
import { realRules } from "../runtime/run/real-ports.ts";
import { parseObject } from "../runtime/store/entry.ts";
import { DamagedError, type Store } from "../runtime/store/port.ts";
import { EXIT, Stop } from "./exit.ts";
import { asStop } from "./faults.ts";
import { verifiedPlan } from "./files.ts";

/** Of a run, in a list: an entry of its log is not what was written, or tells what cannot have happened. */
export const DAMAGED_LOG = "its log does not verify";

/** What the store holds of a run is not what was written. */
export class Unverified extends Stop {
  static override readonly kind = Symbol.for("opsc unverified");
  /** In a few words, for a list: `its plan is missing`. */
  readonly brief: string;
  constructor(brief: string, { message, help, data }: Pick<Stop, "message" | "help" | "data">) {
    super(EXIT.unverified, message, help, data);
    this.name = "Unverified";
    this.brief = brief;
  }
}

export interface Stored {
  readonly file: PlanFile;
  readonly events: readonly RunEvent[];
  /** The place of the first of them in the log. */
  readonly seq: number;
  /** Of all the events. */
  readonly state: RunState;
}

/** The plan of a run and what has happened on it; ends the command with words if there is no such run, or it does not verify. */
export async function planOfRun(store: Store, run: string): Promise<Stored> {
  await refuseErased(store, run);
  const log = await told(DAMAGED_LOG, async () => (/^[a-z0-9-]{1,64}$/.test(run) ? store.read(`run/${run}`) : []));
  const events = log.map(({ event }) => event);
  const created = events[0];
  if (created?.type !== "run.created")
    throw new Stop(
      EXIT.wrong,
      `there is no run ${run}`,
      "opsc runs lists them; a plan is named by its file, NAME.opsplan.json",
    );
  const file = planIn(await store.getPlan(created.plan), run, created.plan);
  const state = await told(DAMAGED_LOG, async () => foldLog(run, file, realRules, events, 1));
  return { file, events, seq: log[0]?.seq ?? 0, state };
}

/** Ends the command with words where the run was erased. */
async function refuseErased(store: Store, run: string): Promise<void> {
  const erased = (await store.erased()).find((each) => each.run === run);
  if (erased === undefined) return;
  throw new Stop(
    EXIT.wrong,
    `run ${run} of ${erased.action}, which ended ${erased.ended} at ${erased.endedAt}, was erased by ${erased.by} at ${erased.at}: ${erased.reason}`,
    "its entries are gone for good; that they were there is still in the log",
  );
}

const HELP = "opsc audit verify tells what else is wrong; put back a copy of the store from before";

function planIn(bytes: string | null, run: string, digest: string): PlanFile {
  const bad = (brief: string, message: string): Unverified =>
    new Unverified(brief, { message, help: HELP, data: { kind: "edited" } });
  if (bytes === null) throw bad("its plan is missing", `the store does not hold the plan of run ${run}`);
  const changed = `the plan of run ${run} was changed in the store after the run began`;
  const brief = "its plan does not verify";
  const json = parseObject(bytes);
  if (json === null) throw bad(brief, `${changed}: it is no plan any more`);
  let file: PlanFile;
  try {
    file = verifiedPlan(json, `the plan of run ${run}`);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    throw bad(brief, `${changed}: ${error.message}`);
  }
  if (file.digest === digest) return file;
  throw bad(brief, `${changed}: it has the digest ${file.digest}, the run is of ${digest}`);
}

async function told<T>(brief: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof DamagedError ? new Unverified(brief, asStop(error)) : error;
  }
}
