/** Whether runs that begin here are attested, and those that stand could be taken up. */
import type { Store } from "../../runtime/store/port.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { TRUST_FILE } from "../../runtime/trust/trust.ts";
import { attestationOf, logKeysOf } from "../attested.ts";
import { EXIT, Stop } from "../exit.ts";
import { settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { safeNames } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ID = "attested";
/** Told of by name. */
const MOST = 5;

export async function attestationFindings(dir: string | undefined): Promise<Finding[]> {
  try {
    const settings = await settingsOf(dir);
    const { trust, config, root } = settings;
    const trusted = logKeysOf(settings);
    if (trusted === null)
      return trust.identities === "signed"
        ? [
            warning(
              ID,
              "the trust root lists no logKeys, so runs are taken up by what the store holds of them",
              "who may write .opsc/, and has an allowed key, could make up a run that opsc rollback, cancel and work then undo",
              `opsc audit keygen makes a key; list its public half as logKeys in ${TRUST_FILE} of the trust root`,
            ),
          ]
        : [];
    const store = await openStore(root, { create: false, readonly: true });
    try {
      return [
        config.audit.checkpoint === undefined
          ? warning(
              ID,
              "this machine has no key of the log: audit.checkpoint is not set in opsc.config.json",
              `opsc apply begins nothing here, since ${TRUST_FILE} lists logKeys`,
              "name one of those keys there, or apply where one is",
            )
          : ok(ID, "runs that begin here are attested"),
        ...(await untaken(store, trusted)),
      ];
    } finally {
      await store.close();
    }
  } catch (error) {
    // What is wrong with the configuration or the store is told where those are looked at.
    if (error instanceof Stop || error instanceof StoreError) return [];
    throw error;
  }
}

/** Runs that still do something, and that nothing goes on with. */
async function untaken(store: Store, trusted: NonNullable<ReturnType<typeof logKeysOf>>): Promise<Finding[]> {
  const found: string[] = [];
  for (const { run, outcome, leases } of (await store.runs()).runs) {
    if (outcome !== null && leases.length === 0) continue;
    const { why } = await attestationOf(store, run, trusted);
    if (why !== null) found.push(`run ${run} ${why}`);
  }
  if (found.length === 0) return [];
  const more = found.length - MOST;
  return [
    problem(
      ID,
      EXIT.unverified,
      `${safeNames(found.slice(0, MOST), "; ")}${more > 0 ? `; and ${more} more` : ""}`,
      "nothing takes them up, nor ends their leases: nothing shows that opsc apply began them",
      "find out who wrote them; those of before logKeys were listed are taken up with the trust root of that time: OPSC_TRUST=git:REPOSITORY@COMMIT",
    ),
  ];
}
