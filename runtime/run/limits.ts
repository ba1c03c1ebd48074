/** Limits: how many runs may start in a time. Counted in streams of their own, in one transaction with the run's first events. */
import { formatDuration } from "../../compiler/ir/format.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { RunEvent } from "../event.schema.ts";
import { namedStream } from "../store/names.ts";
import type { Append, Store } from "../store/port.ts";
import type { Refusal } from "./admit.ts";

type Limit = Plan["limits"][number];

export type Counted =
  | { readonly ok: true; readonly appends: readonly Append[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** What counts the run, or why it may not start now. `now` is milliseconds since 1970. */
export async function countLimits(store: Store, plan: Plan, run: string, now: number): Promise<Counted> {
  const appends: Append[] = [];
  for (const [stream, limits] of byStream(plan)) {
    const [limit] = limits;
    if (limit === undefined) continue;
    const last = await store.last(stream);
    const length = last === null ? 0 : last.n + 1;
    const refusal = await spent(store, stream, length, limit, limits.length, now);
    if (refusal !== null) return { ok: false, refusal };
    const { action, key } = limit;
    const at = new Date(now).toISOString();
    const event: RunEvent = { type: "limit.counted", at, action, key, workspace: plan.workspace, run };
    appends.push({ stream, expected: length, fence: null, events: limits.map(() => event) });
  }
  return { ok: true, appends };
}

/** A plan may run the same action several times. */
function byStream(plan: Plan): Map<string, Limit[]> {
  const streams = new Map<string, Limit[]>();
  for (const limit of plan.limits) {
    const stream = namedStream("limit", plan.workspace, limit.action, ...(limit.key === null ? [] : [limit.key]));
    streams.set(stream, [...(streams.get(stream) ?? []), limit]);
  }
  return streams;
}

async function spent(
  store: Store,
  stream: string,
  length: number,
  limit: Limit,
  times: number,
  now: number,
): Promise<Refusal | null> {
  const name = limit.action.slice(limit.action.lastIndexOf("#") + 1);
  const of = limit.key === null ? name : `${name} for ${JSON.stringify(limit.key)}`;
  const most = `at most ${limit.count} ${limit.count === 1 ? "run" : "runs"} of ${of} may start in ${formatDuration(limit.per)} (${limit.at})`;
  if (times > limit.count) {
    const remedy = "split it into several plans";
    return { kind: "limit", message: `${most}, and this plan alone starts ${times}`, remedy };
  }
  // The one that has to be out of the way for this plan to start.
  const blocking = length + times - 1 - limit.count;
  if (blocking < 0) return null;
  const [entry] = await store.read(stream, blocking);
  const started = entry === undefined ? Number.NaN : Date.parse(entry.event.at);
  if (!(started + limit.per > now)) return null;
  const next = new Date(started + limit.per).toISOString();
  return { kind: "limit", message: most, remedy: `the next may start at ${next}; the plan may still be applied then` };
}
