/**
 * The switch that stops runs before their next write: all of a store, or those that match. It is a stream of the store,
 * so who turned it, why and when is in the log. It stops neither undo nor the end of a lease.
 */
import { digestOf } from "../../compiler/digest.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Switching } from "../../compiler/plan/statement.schema.ts";
import { timeText } from "../../compiler/render/words.ts";
import { identityKey } from "../approvals/identity.ts";
import { AT_THEIR_WORD, type Judge } from "../approvals/judge.ts";
import type { EventOf } from "../event.schema.ts";
import type { Store } from "../store/port.ts";

export const FREEZES = "switch/freeze";

type Set = EventOf<"freeze.set">;
type Lifted = EventOf<"freeze.lifted">;
export type Where = Set["where"];

export interface Freeze extends Omit<Set, "type" | "signed"> {
  /** Names it: counts from 1. */
  readonly id: number;
  /** There only where nobody whose word counts signed it. It holds all the same: whoever writes the store may stop runs. */
  readonly unsaid?: true;
}

/** What a plan is to a freeze: itself, and every action it runs. */
export type Freezable = Pick<Plan, "workspace" | "action" | "parts">;

/**
 * Those that were set and not lifted, in order; `at` is milliseconds since 1970. Where only what is signed counts, a thaw that
 * nobody signed lifts nothing.
 */
export async function readFreezes(
  store: Pick<Store, "read">,
  at: number,
  judge: Judge = AT_THEIR_WORD,
): Promise<readonly Freeze[]> {
  const freezes = new Map<number, Freeze>();
  for (const { event, n } of await store.read(FREEZES)) {
    if (event.type === "freeze.set") {
      const { type: _, signed: __, ...set } = event;
      const unsaid = isSaid(event, "freeze", freezeDigest(set), judge) ? {} : { unsaid: true as const };
      freezes.set(n + 1, { id: n + 1, ...set, ...unsaid });
    } else if (event.type === "freeze.lifted") {
      const found = freezes.get(event.id);
      if (found !== undefined && isSaid(event, "thaw", freezeDigest(found), judge)) freezes.delete(event.id);
    }
  }
  return activeAt([...freezes.values()], at);
}

/** What statements name it by: all that was said, and when, so that what lifts one lifts no other. */
export const freezeDigest = ({ at, by, reason, until, where }: Omit<Set, "type" | "signed">): string =>
  digestOf({ type: "freeze.set", at, by, reason, until, where });

/** Judged as of when it was said: a thaw by somebody who left since is none the less one. */
function isSaid(
  { signed, by, at, reason }: Set | Lifted,
  decision: Switching["decision"],
  freeze: string,
  judge: Judge,
): boolean {
  if (signed === undefined) return judge.identities !== "signed";
  const is = signed.decision === decision && signed.freeze === freeze && signed.comment === reason && signed.at === at;
  return is && identityKey(signed.who) === identityKey(by) && judge.refuses(signed, Date.parse(at)) === null;
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
export function freezeWords({
  id,
  by,
  reason,
  until,
  unsaid,
}: Pick<Freeze, "id" | "by" | "reason" | "until"> & { readonly unsaid?: true | undefined }): string {
  return `frozen by ${by}${unsaid === true ? " (which is not signed)" : ""}: ${reason} (freeze ${id}, ${until === null ? "until it is lifted" : `until ${timeText(until)}`})`;
}
