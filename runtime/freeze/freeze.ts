/**
 * The switch that stops runs before their next write: all of a store, or those that match. It is a stream of the store,
 * so who turned it, why and when is in the log. It stops neither undo nor the end of a lease.
 */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { timeText } from "../../compiler/render/words.ts";
import type { EventOf } from "../event.schema.ts";
import type { Store } from "../store/port.ts";

export const FREEZES = "switch/freeze";

type Set = EventOf<"freeze.set">;
export type Where = Set["where"];

export interface Freeze extends Omit<Set, "type"> {
  /** Names it: counts from 1. */
  readonly id: number;
}

/** What a plan is to a freeze: itself, and every action it runs. */
export type Freezable = Pick<Plan, "workspace" | "action" | "parts">;

/** Those that were set and not lifted, in order; `at` is milliseconds since 1970. */
export async function readFreezes(store: Pick<Store, "read">, at: number): Promise<readonly Freeze[]> {
  const freezes = new Map<number, Freeze>();
  for (const { event, n } of await store.read(FREEZES)) {
    if (event.type === "freeze.set") {
      const { type: _, ...set } = event;
      freezes.set(n + 1, { id: n + 1, ...set });
    } else if (event.type === "freeze.lifted") freezes.delete(event.id);
  }
  return activeAt([...freezes.values()], at);
}

/** Those whose time is not over. */
export const activeAt = (freezes: readonly Freeze[], at: number): readonly Freeze[] =>
  freezes.filter(({ until }) => until === null || at < Date.parse(until));

/** The first that holds the plan; null: none does. */
export const frozenBy = (freezes: readonly Freeze[], plan: Freezable): Freeze | null =>
  freezes.find(({ where }) => matches(where, plan)) ?? null;

/** Whatever is said of a kind has to hold, one of its values at least; what is said of actions, of one the plan runs. */
function matches(where: Where, { workspace, action, parts }: Freezable): boolean {
  const said = (values: readonly string[], fits: (value: string) => boolean): boolean =>
    values.length === 0 || values.some(fits);
  if (!said(where.workspace, (value) => value === workspace)) return false;
  return [action, ...parts.map((part) => part.action)].some(
    (each) =>
      said(where.action, (value) => value === each.name || value === each.id) &&
      said(where.tag, (value) => each.tags.includes(value)) &&
      said(where.risk, (value) => value === each.risk),
  );
}

/** Who did so, why, and until when; within a sentence. */
export function freezeWords({ id, by, reason, until }: Pick<Freeze, "id" | "by" | "reason" | "until">): string {
  return `frozen by ${by}: ${reason} (freeze ${id}, ${until === null ? "until it is lifted" : `until ${timeText(until)}`})`;
}
