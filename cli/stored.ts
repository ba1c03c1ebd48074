/** Runs as the store holds them. */
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import type { Store } from "../runtime/store/port.ts";
import { EXIT, Stop } from "./exit.ts";
import { verifiedPlan } from "./files.ts";

/** The plan of a run and what has happened on it; ends the command with words if there is no such run. */
export async function planOfRun(
  store: Store,
  run: string,
): Promise<{ readonly file: PlanFile; readonly events: readonly RunEvent[] }> {
  const known = /^[a-z0-9-]{1,64}$/.test(run);
  const events = known ? (await store.read(`run/${run}`)).map(({ event }) => event) : [];
  const created = events[0];
  if (created?.type !== "run.created")
    throw new Stop(
      EXIT.wrong,
      `there is no run ${run}`,
      "opsc runs lists them; a plan is named by its file, NAME.opsplan.json",
    );
  const bytes = await store.getPlan(created.plan);
  if (bytes === null)
    throw new Stop(
      EXIT.unverified,
      `the store does not hold the plan of run ${run}`,
      "opsc audit verify tells what else is missing",
    );
  return { file: verifiedPlan(JSON.parse(bytes), `the plan of run ${run}`), events };
}
