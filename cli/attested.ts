/** Whether runs of the store are attested, as it is told to people. */
import { judgeAttestation, type LogKeys, misplaced } from "../runtime/attestations/attestation.ts";
import type { Store } from "../runtime/store/port.ts";
import { keysOfRoot } from "./audit/keys.ts";
import type { Project } from "./project.ts";

/** Whose attestations are believed here; null where the trust root lists no keys of the log. */
export function logKeysOf({ config, trust }: Pick<Project, "config" | "trust">): LogKeys | null {
  if (trust.logKeys.length === 0) return null;
  return { keys: keysOfRoot(trust), origin: config.audit.checkpoint?.origin ?? null };
}

/** How a run of the store stands with that: who attested it, or why it is not; */
export interface Attested {
  /** The key, `NAME+ID`; null where it is not attested. */
  readonly by: string | null;
  /** Goes on after the name of the run. */
  readonly why: string | null;
}

export async function attestationOf(
  store: Pick<Store, "read" | "subtrees">,
  run: string,
  trusted: LogKeys,
): Promise<Attested> {
  const [first] = await store.read(`run/${run}`);
  if (first?.event.type !== "run.created") return { by: null, why: "does not begin" };
  const { event: created, seq } = first;
  // Whether the plan that the store keeps is the one that is named is looked at when it is taken up.
  const judged = judgeAttestation(created, null, trusted);
  const why = judged.ok ? await misplaced(store, seq, judged.log) : judged.why;
  return { by: judged.ok && why === null ? judged.by : null, why };
}
