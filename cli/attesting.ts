/** Whether a run was begun by `opsc apply`, which admits what it begins, and by nobody who only writes the store. */
import { packageOf, TRUST_ROOT } from "../compiler/check/packages.ts";
import { digestOf } from "../compiler/digest.ts";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import {
  attest,
  type Begun,
  type Created,
  judgeAttestation,
  type LogKeys,
  misplaced,
} from "../runtime/attestations/attestation.ts";
import { admit } from "../runtime/run/admit.ts";
import type { BegunRun, Ports } from "../runtime/run/ports.ts";
import { rulesOf } from "../runtime/run/real-ports.ts";
import type { Store } from "../runtime/store/port.ts";
import { TRUST_FILE, type Trust } from "../runtime/trust/trust.ts";
import { logKeysOf } from "./attested.ts";
import { signing } from "./audit/keys.ts";
import { EXIT, Stop } from "./exit.ts";
import { lifetimeOf } from "./planning.ts";
import { checkFiles, goesElsewhere, type Project, textsOf } from "./project.ts";
import { asItIs, currentSources, demandGenuine } from "./rederive.ts";
import { judgeFor, judgeOfPast } from "./signing.ts";
import { safeName, safeNames } from "./words.ts";

/**
 * What signs that runs are admitted here; null where there is no key for that. Ends the command where the trust root lists
 * keys of the log and there is none of them here: what it begins nobody could take up again.
 */
export async function attesting(project: Project): Promise<((store: Store) => Pick<Ports, "attest">) | null> {
  const demanded = project.trust.logKeys.length > 0;
  if (project.config.audit.checkpoint === undefined && !demanded) return null;
  try {
    // One of them that is none would keep every run from being taken up.
    if (demanded) logKeysOf(project);
    const key = await signing(project);
    return (store) => ({ attest: (begun, nonce) => attest(store, key, begun, nonce) });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    // Whoever publishes checkpoints is told of it there.
    if (!demanded) return null;
    throw new Stop(
      error.code === EXIT.wrong ? EXIT.refused : error.code,
      `nobody could take this run up again: the trust root lists logKeys, and nothing signs here that it was admitted: ${error.message}`,
      `${error.help ?? "give this machine one of those keys"}; or apply it where the key is`,
    );
  }
}

/** Where the trust root is, as a run that begins keeps it; nothing where the project is its own. */
export const rootOfRun = ({ root, named }: Trust): { readonly trust?: NonNullable<Begun["trust"]> } =>
  root === "project" || named === null ? {} : { trust: { root, ...named } };

/** Why a run is not attested, which goes on after its name; null where it is. */
export async function unattested(
  store: Pick<Store, "subtrees">,
  trusted: LogKeys,
  { created, seq, nonce }: { readonly created: Created; readonly seq: number; readonly nonce: string },
): Promise<string | null> {
  const judged = judgeAttestation(created, nonce, trusted);
  return judged.ok ? misplaced(store, seq, judged.log) : judged.why;
}

/**
 * What a run must hold against that is taken up, in the very form in which it is then gone on with. `toEnd`: only to end it or to
 * undo it, which does not fail because the sources moved on.
 */
export function vouching(
  project: Project,
  store: Store,
  { toEnd }: { readonly toEnd: boolean },
): NonNullable<Ports["vouch"]> {
  return async (run) => {
    demandPlan(run);
    const trusted = logKeysOf(project);
    if (trusted !== null) await demandAttested(project, store, trusted, run);
    if (toEnd) return;
    if (goesElsewhere(project)) await (await import("./audit/outside.ts")).demandWhole(project, store);
    demandSameRoot(project, run);
    if (trusted === null && judgeFor(project.trust, run.file).identities === "signed")
      await demandAdmissible(project, run);
  };
}

/** Between what was looked at and what is gone on with, somebody may have put another plan in its place. */
function demandPlan({ created, file }: BegunRun): void {
  if (file.digest === created.plan && digestOf(file.plan) === created.plan) return;
  throw new Stop(
    EXIT.unverified,
    `the plan of run ${created.run} was changed in the store after the run began`,
    "opsc audit verify tells what else is wrong; put back a copy of the store from before",
    { kind: "edited" },
  );
}

async function demandAttested(
  { trust }: Project,
  store: Store,
  trusted: LogKeys,
  { created, seq, file }: BegunRun,
): Promise<void> {
  const why = await unattested(store, trusted, { created, seq, nonce: file.plan.nonce });
  if (why === null) return;
  throw new Stop(
    EXIT.unverified,
    `run ${created.run} ${safeNames([why])}: nothing shows that opsc apply began it, and not somebody who writes the store`,
    beforeKeys(trust),
    { kind: "unattested" },
  );
}

/** The way out for runs of before. What it leads past is said by whoever may say whom to trust, and by nobody who writes the store. */
const beforeKeys = ({ root }: Pick<Trust, "root">): string =>
  `find out who wrote it. If it was begun before logKeys were listed: opsc audit verify, then take it up with the trust root of that time, ${
    root === "project"
      ? `the project at the commit before ${TRUST_FILE} lists them`
      : "OPSC_TRUST=git:REPOSITORY@COMMIT"
  }`;

/** Its content may rightly be another by now. */
function demandSameRoot({ trust, ...project }: Project, { created, file }: BegunRun): void {
  const [was, now] = [created.trust ?? null, trust.named];
  if (was === null && now === null) return;
  const same = was?.root === trust.root && was.place === now?.place;
  // What the machine says goes before what the configuration says.
  const pinned = was?.by === "configuration" && now?.by === "machine";
  if (was !== null && now !== null && (pinned || (same && was.by === now.by))) return;
  if (now !== null && holdsTheSame(project, file)) return;
  const shown = (of: typeof now): string =>
    of === null
      ? "no trust root but the project itself"
      : `the trust root ${safeName(of.place)}, named by ${of.by === "machine" ? "OPSC_TRUST" : "opsc.config.json"}`;
  throw new Stop(
    EXIT.refused,
    `run ${created.run} was begun under ${shown(was)}; here it is ${shown(now)}`,
    "name the one it was begun under with OPSC_TRUST; or opsc cancel ends it and undoes what it did",
  );
}

/** Whether the trust root is, to the byte, the one of the plan. */
function holdsTheSame({ input }: Pick<Project, "input">, { plan }: PlanFile): boolean {
  const listed = (files: Iterable<readonly [string, string]>): string =>
    JSON.stringify([...files].filter(([path]) => packageOf(path) === TRUST_ROOT).sort());
  return listed(currentSources({ input })) === listed(plan.sources.map(({ path, sha256 }) => [path, sha256] as const));
}

/** As `opsc apply` does before it begins one: the plan is made again, and admitted as of when the run began. */
async function demandAdmissible(project: Project, { created, file }: BegunRun): Promise<void> {
  const refusals = admit(
    { ...file, ...(created.request === undefined ? {} : { request: created.request }) },
    {
      now: Date.parse(created.at),
      digestOfBytes: digestOf(file.plan),
      ...asItIs(project, file),
      approvals: created.approvals,
      applier: created.applier,
      usedBy: null,
      signed: created.signed ?? null,
      rules: rulesOf(judgeOfPast(project.trust, file)),
      worker: { alive: false, why: null, beat: null },
    },
    // Whether somebody ends leases now says nothing of then.
  ).filter(({ kind }) => kind !== "lease");
  const [moved] = refusals.filter(({ kind }) => kind === "stale_sources");
  if (moved !== undefined)
    throw new Stop(
      EXIT.refused,
      `the plan of run ${created.run} cannot be made again, so nothing shows that opsc apply began it: ${safeNames([moved.message])}`,
      `check out what the plan was made of at ${file.plan.createdAt}, and resume it there; opsc cancel ends it and undoes what it did. With logKeys in ${TRUST_FILE}, runs that begin from then on are known by their signature`,
    );
  const [other] = refusals;
  if (other !== undefined)
    throw new Stop(
      EXIT.unverified,
      `opsc apply would not have begun run ${created.run}: ${safeNames([other.message])}`,
      "find out who wrote it; opsc cancel ends it and undoes what it did",
    );
  const { program, diagnostics } = checkFiles(project);
  if (diagnostics.some(({ severity }) => severity === "error"))
    throw new Stop(
      EXIT.wrong,
      `the project has errors, so the plan of run ${created.run} cannot be made again`,
      "opsc check shows them",
    );
  demandGenuine(file, program, textsOf(project), lifetimeOf(project));
}
