/** `opsc runs` */
import { DamagedError, type RunSummary, type Store, StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { freezeLine, freezesIn, switchJudge } from "../freezes.ts";
import type { Io } from "../io.ts";
import { lostRuns, lostWords } from "../lost-runs.ts";
import { actorOf, whoAmI } from "../person.ts";
import { findRoot, settingsOf } from "../project.ts";
import { type Filter, hasStatus, isWanted, sinceOf } from "../runs/filter.ts";
import { standingOf } from "../runs/standing.ts";
import { isStatus, type Standing } from "../runs/standings.ts";
import { runLines, type Shown } from "../runs/text.ts";
import { openStore } from "../store.ts";
import { DAMAGED_LOG, planOfRun, Unverified } from "../stored.ts";

interface Options extends Common {
  readonly status?: readonly string[];
  readonly action?: string;
  readonly since?: string;
  readonly mine?: true;
  readonly as?: string;
  readonly limit: number;
}

export async function run(io: Io, options: Options): Promise<ExitCode> {
  const root = await findRoot(options.dir);
  const filter: Filter = {
    status: (options.status ?? []).filter(isStatus),
    action: options.action ?? null,
    since: options.since === undefined ? null : sinceOf(options.since, Date.now()),
    requester: await requesterOf(options, root),
  };
  const store = await openStore(root, { readonly: true }).catch((error: unknown) => {
    // Nothing was run yet, which is no fault.
    if (error instanceof StoreError && error.fault === "missing") return null;
    throw error;
  });
  try {
    const { runs, more } = store === null ? { runs: [], more: false } : await wanted(store, filter, options);
    const lost = await lostRuns(root, store);
    const unread = runs.flatMap((each) => each.unread?.exit ?? []);
    const exit = unread.includes(EXIT.unverified) ? EXIT.unverified : (unread[0] ?? EXIT.done);
    if (lost.length > 0) {
      const { what, why, remedy } = lostWords(lost);
      io.err(`warning: ${what}; ${why}`);
      io.err(`  help: ${remedy}`);
    }
    const freezes = await freezesIn(store, await switchJudge(root));
    for (const freeze of io.json ? [] : freezes) io.err(`frozen: ${freezeLine(freeze)}`);
    if (io.json) {
      io.raw(JSON.stringify({ runs: runs.map(({ run, standing }) => ({ ...run, status: standing })), more, freezes }));
      return exit;
    }
    for (const line of runLines(runs, io)) io.raw(line);
    if (runs.length === 0 && lost.length === 0) io.out(isAll(filter, options) ? "no runs yet" : "no run is like that");
    if (more) io.err("older ones are left out: --limit 0 lists all");
    return exit;
  } finally {
    await store?.close();
  }
}

async function requesterOf({ mine, as, dir }: Options, root: string): Promise<string | null> {
  if (as !== undefined) return whoAmI(as, root);
  return mine === true ? (await actorOf(undefined, await settingsOf(dir), undefined)).who : null;
}

const isAll = ({ status, action, since, requester }: Filter, { workspace }: Options): boolean =>
  status.length === 0 && action === null && since === null && requester === null && workspace === undefined;

/** The newest first, as many as are asked for; whether there are more. Those that cannot be read stand below, whatever is asked for. */
async function wanted(
  store: Store,
  filter: Filter,
  { limit, workspace }: Options,
): Promise<{ readonly runs: readonly Shown[]; readonly more: boolean }> {
  const { runs, unreadable } = await store.runs();
  const all = [...runs].sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
  const lost = unreadable.map(
    ({ run, error }): Shown => ({ run: unknownRun(run), standing: null, unread: whyOf(error) }),
  );
  const found: Shown[] = [];
  for (const run of all) {
    if (!isWanted(run, filter)) continue;
    const shown = await look(store, run, workspace);
    if (shown === null || !hasStatus(shown.standing, filter)) continue;
    if (limit > 0 && found.length === limit) return { runs: [...found, ...lost], more: true };
    found.push(shown);
  }
  return { runs: [...found, ...lost], more: false };
}

const unknownRun = (run: string): Shown["run"] => ({
  run,
  action: null,
  plan: null,
  requester: null,
  createdAt: null,
  outcome: null,
  endedAt: null,
  doneAt: null,
  held: false,
  leases: [],
});

/** null where it is of another workspace. The plan is read only where it has to be. */
async function look(store: Store, run: RunSummary, workspace: string | undefined): Promise<Shown | null> {
  const ended = run.outcome as Standing | null;
  if (ended !== null && workspace === undefined) return { run, standing: ended };
  try {
    const { file, state } = await planOfRun(store, run.run);
    if (workspace !== undefined && file.plan.workspace !== workspace) return null;
    return { run, standing: ended ?? standingOf(run, state) };
  } catch (error) {
    // One run that cannot be read does not hide the others; opsc audit verify says what is wrong with it.
    if (!(error instanceof Unverified || (error instanceof StoreError && error.fault === "version"))) throw error;
    return { run, standing: ended, unread: whyOf(error) };
  }
}

function whyOf(error: Unverified | StoreError): NonNullable<Shown["unread"]> {
  if (error instanceof Unverified) return { why: error.brief, exit: EXIT.unverified };
  return error instanceof DamagedError
    ? { why: DAMAGED_LOG, exit: EXIT.unverified }
    : { why: "it is of a later opsc", exit: EXIT.environment };
}
