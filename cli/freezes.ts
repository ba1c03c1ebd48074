/** Freezes as commands tell of them. */
import type { Plan } from "../compiler/plan/plan.schema.ts";
import { AT_THEIR_WORD, type Judge, judgeOf } from "../runtime/approvals/judge.ts";
import { type Freeze, freezeWords, frozenBy, readFreezes, type Where } from "../runtime/freeze/freeze.ts";
import { type Store, StoreError } from "../runtime/store/port.ts";
import { Stop } from "./exit.ts";
import { type Project, settingsOf } from "./project.ts";
import { openedOrNone } from "./store.ts";

/** What a freeze holds, within a sentence: `all runs`, or `runs of action release with tag prod`. */
export function heldWords({ action, tag, workspace, risk }: Where): string {
  const said = [
    ...(action.length > 0 ? [`of ${action.join(" or ")}`] : []),
    ...(tag.length > 0 ? [`tagged ${tag.join(" or ")}`] : []),
    ...(workspace.length > 0 ? [`in workspace ${workspace.join(" or ")}`] : []),
    ...(risk.length > 0 ? [`of risk ${risk.join(" or ")}`] : []),
  ];
  return said.length === 0 ? "all runs" : `runs ${said.join(", ")}`;
}

export const freezeLine = (freeze: Freeze): string => `${heldWords(freeze.where)}: ${freezeWords(freeze)}`;

/** Whose word on freezes counts in the project, by the trust root as it is now; where that cannot be read, which keeps all from running, by name. */
export async function switchJudge(dir: string | undefined): Promise<Judge> {
  try {
    return judgeOf((await settingsOf(dir)).trust);
  } catch (error) {
    if (error instanceof Stop) return AT_THEIR_WORD;
    throw error;
  }
}

/** Those in force; none where there is no store yet. */
export async function freezesIn(store: Store | null, judge: Judge): Promise<readonly Freeze[]> {
  return store === null ? [] : readFreezes(store, Date.now(), judge);
}

/**
 * The one that would keep the plan from being applied now, as far as that can be told: a plan needs no store, and one that cannot be
 * read is told of by whatever needs it.
 */
export async function freezeOf({ root, trust }: Pick<Project, "root" | "trust">, plan: Plan): Promise<Freeze | null> {
  try {
    const store = await openedOrNone(root);
    try {
      return frozenBy(await freezesIn(store, judgeOf(trust)), plan);
    } finally {
      await store?.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}
