/** Taking a run in hand: what `apply`, `resume`, `cancel` and `rollback` have in common. */
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Request } from "../compiler/plan/statement.schema.ts";
import { AT_THEIR_WORD, isByToken } from "../runtime/approvals/judge.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import type { RunControl } from "../runtime/run/control.ts";
import type { RunEnd } from "../runtime/run/go.ts";
import type { Ports } from "../runtime/run/ports.ts";
import { realPorts, rulesOf } from "../runtime/run/real-ports.ts";
import type { Keeper } from "../runtime/secrets/keeper.ts";
import type { Store } from "../runtime/store/port.ts";
import { vouching } from "./attesting.ts";
import type { Common } from "./common.ts";
import { EXIT, Stop } from "./exit.ts";
import type { Io } from "./io.ts";
import { actorOf } from "./person.ts";
import { self } from "./planning.ts";
import type { RunView } from "./progress/view.ts";
import { goesElsewhere, openProject, type Project } from "./project.ts";
import { providersOf } from "./providers.ts";
import { watch } from "./running.ts";
import { demandSecrets, environment, openSecrets, sourcesDeclared, sourcesOfPlan, withoutSecrets } from "./secrets.ts";
import { judgeFor, judgeOfPast, type SigningOptions, signed } from "./signing.ts";
import { fingerprintOf, openStore, sealOf } from "./store.ts";
import { planOfRun, type Stored } from "./stored.ts";
import type { Proven } from "./trust/token.ts";
import { safeName } from "./words.ts";

export interface Taker {
  readonly project: Project;
  readonly store: Store;
  readonly who: string;
  /** Named to sign with. */
  readonly key: string | undefined;
  readonly token: Proven | null;
}

/** Opens the project and its store for as long as `use` takes. */
export async function withStore<T>(
  options: Common & SigningOptions & { readonly as?: string },
  use: (taker: Taker) => Promise<T>,
): Promise<T> {
  const project = await openProject(options.dir, { tests: false });
  const { who, token } = await actorOf(options.as, project, options.key);
  const store = await openStore(project.root, { create: false });
  try {
    return await use({ project, store, who, key: options.key, token });
  } finally {
    await store.close();
  }
}

/** What whoever acts on the run signs; nothing where names are taken at their word and no key is named. */
export async function wordOn(
  { project, who, key, token }: Taker,
  run: string,
  file: PlanFile,
  decision: Request["decision"],
  comment: string | null = null,
  more: Pick<Request, "answers" | "leases"> = {},
): Promise<{ readonly signed?: Request }> {
  const pen = { root: project.root, trust: project.trust, key, token };
  const made = await signed(pen, file, { run, node: null, decision, who, comment, ...more });
  return made === undefined ? {} : { signed: made };
}

/** What a run is taken up with: the providers it began with, and a control that hears the signals. */
export interface Hands {
  readonly ports: Ports;
  readonly control: RunControl;
  /** Ends the command where a secret of the plan cannot be read, or the plan holds it, before anything is done; not of a run that has ended. */
  demandSecrets(): Promise<void>;
}

export interface Taking {
  /** Only to end it or to undo it: that goes on also where keys of those who approved are known no more. */
  readonly toEnd?: boolean;
  /** As `vouched` gave it, where it is not to be read again. */
  readonly run?: Stored;
}

/** Shows what happens while `act` has the run in hand; `events` are those before. */
export async function inHand(
  io: Io,
  taker: Taker,
  { file, events }: { readonly file: PlanFile; readonly events: readonly RunEvent[] },
  act: (hands: Hands) => Promise<RunEnd>,
  taking: Taking = {},
): Promise<{ readonly end: RunEnd; readonly view: RunView }> {
  const judge = judgeFor(taker.project.trust, file);
  const watching = watch(io, file, taker.who, judge);
  try {
    for (const event of events) watching.seen(event);
    const { control, onEvent, view } = watching;
    const over = events.some((event) => event.type === "run.finished");
    const end = await withPorts(io, taker, file, { onEvent, taking }, (ports, secrets) =>
      act({
        ports,
        control,
        demandSecrets: async () => (over ? undefined : demandSecrets(secrets, file, taker.who)),
      }),
    );
    return { end, view };
  } finally {
    watching.done();
  }
}

/** The world of a run of that plan, for as long as `act` takes: the providers and secrets it began with. */
export async function withPorts<T>(
  io: Io,
  { project, store }: Pick<Taker, "project" | "store">,
  file: PlanFile,
  { onEvent, taking = {} }: { readonly onEvent: NonNullable<Ports["onEvent"]>; readonly taking?: Taking },
  act: (ports: Ports, secrets: Keeper) => Promise<T>,
): Promise<T> {
  if (taking.toEnd !== true) demandAsStrict(project, file);
  const judge = judgeFor(project.trust, file);
  const [variables, sources] = [environment(), sourcesOfPlan(file.plan)];
  const declared = sourcesDeclared(project);
  const secrets = openSecrets(project, sources, variables, declared);
  try {
    const ports = realPorts({
      store,
      self: self(),
      providers: await providersOf(project, file.plan),
      directory: project.root,
      environment: withoutSecrets(variables, [...sources.values(), ...declared], project.config),
      seal: sealOf(project.root),
      secrets,
      fingerprint: fingerprintOf(project.root, { create: false }),
      rules: rulesOf(judge, taking.toEnd === true ? AT_THEIR_WORD : judgeOfPast(project.trust, file)),
      onEvent,
      vouch: vouching(project, store, { toEnd: taking.toEnd === true }),
      ...(goesElsewhere(project) ? { announce: async () => (await outside()).announce(project, store) } : {}),
    });
    return await act(ports, secrets);
  } finally {
    // Also of a run that broke off: what it has done is in the log.
    if (goesElsewhere(project)) await (await outside()).finish(io, project, store);
    await secrets.close();
  }
}

/** Most projects have nothing to do with it. */
export const outside = (): Promise<typeof import("./audit/outside.ts")> => import("./audit/outside.ts");

/**
 * A run as the store holds it, that may be taken up. To be asked for before anything is signed for it, and before anything that its plan
 * names is read or run: its secrets may be what a command prints. It is asked again under the claim.
 */
export async function vouched(
  { project, store }: Pick<Taker, "project" | "store">,
  name: string,
  { toEnd = false }: Pick<Taking, "toEnd"> = {},
): Promise<Stored> {
  const run = await planOfRun(store, name);
  if (!toEnd) {
    demandAsStrict(project, run.file);
    demandBeginner(project, run.file, run.events);
  }
  const [created] = run.events;
  if (created?.type === "run.created") await vouching(project, store, { toEnd })({ ...run, created });
  return run;
}

/** Takes up a run that the store holds. Throws `Stop` where a provider is not the one that it began with. */
export async function takeUp(
  io: Io,
  taker: Taker,
  name: string,
  act: (hands: Hands) => Promise<RunEnd>,
  taking: Taking = {},
): ReturnType<typeof inHand> {
  const run = taking.run ?? (await vouched(taker, name, taking));
  demandProviders(taker.project, run.file);
  return inHand(io, taker, run, act, taking);
}

/** Throws `Stop` where the run was begun by a token, which only a token of the same says again. */
function demandBeginner({ trust }: Project, file: PlanFile, [first]: readonly RunEvent[]): void {
  const word = first?.type === "run.created" ? first.signed : undefined;
  if (word === undefined || !isByToken(word)) return;
  const refused = judgeOfPast(trust, file).refuses(word, Date.now());
  if (refused !== null)
    throw new Stop(
      EXIT.refused,
      `that ${safeName(word.who)} began this run does not count here: ${refused.why}`,
      refused.remedy,
    );
}

/** Throws `Stop` where the word is by a token and another process is to believe it: it has not seen the token. */
export async function demandHeard(
  { project, store, token }: Taker,
  run: string,
  file: PlanFile,
  { signed: word }: { readonly signed?: Request },
): Promise<void> {
  if (word === undefined || !isByToken(word) || judgeFor(project.trust, file).identities !== "signed") return;
  if (!(await store.isHeld(run))) return;
  throw new Stop(
    EXIT.refused,
    `run ${run} is in the hands of another process, which has not seen the token of ${token?.from ?? "this job"} and would not believe it`,
    "sign it with --key FILE, or let CI cancel the job that runs it: opsc then undoes what it did",
  );
}

/** Throws `Stop` where the run began with less to hold it than there is here: by names alone, or without the trust root. */
function demandAsStrict({ trust }: Project, { plan }: PlanFile): void {
  const why =
    trust.identities === "signed" && plan.trust.identities !== "signed"
      ? "only what is signed counts here, and of this run names were taken at their word"
      : trust.root !== "project" && plan.trust.root === "project"
        ? "a trust root holds here, and this run was planned without one"
        : null;
  if (why !== null) throw new Stop(EXIT.refused, why, "opsc cancel ends it and undoes what it did; then plan again");
}

/** Throws `Stop` where a provider is not the one that the run began with. */
export function demandProviders(project: Project, { plan }: PlanFile): void {
  for (const { instance, provider, version, manifest } of plan.providers) {
    if (project.manifests.get(provider)?.digest === manifest) continue;
    throw new Stop(
      EXIT.refused,
      `provider ${provider} (instance ${instance}) is not the one this run began with`,
      `install ${provider} ${version} again, then do this once more`,
    );
  }
}
