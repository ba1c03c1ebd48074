/** Taking a run in hand: what `apply`, `resume`, `cancel` and `rollback` have in common. */
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import type { RunControl } from "../runtime/run/control.ts";
import type { RunEnd } from "../runtime/run/go.ts";
import type { Ports } from "../runtime/run/ports.ts";
import { realPorts } from "../runtime/run/real-ports.ts";
import type { Store } from "../runtime/store/port.ts";
import type { Common } from "./common.ts";
import { EXIT, Stop } from "./exit.ts";
import type { Io } from "./io.ts";
import { whoAmI } from "./person.ts";
import { self } from "./planning.ts";
import type { RunView } from "./progress/view.ts";
import { goesElsewhere, openProject, type Project } from "./project.ts";
import { providersOf } from "./providers.ts";
import { watch } from "./running.ts";
import { environment, openSecrets, sourcesOfPlan, withoutSecrets } from "./secrets.ts";
import { fingerprintOf, openStore } from "./store.ts";
import { planOfRun } from "./stored.ts";

export interface Taker {
  readonly project: Project;
  readonly store: Store;
  readonly who: string;
}

/** Opens the project and its store for as long as `use` takes. */
export async function withStore<T>(
  options: Common & { readonly as?: string },
  use: (taker: Taker) => Promise<T>,
): Promise<T> {
  const project = await openProject(options.dir, { tests: false });
  const who = await whoAmI(options.as, project.root);
  const store = await openStore(project.root, { create: false });
  try {
    return await use({ project, store, who });
  } finally {
    await store.close();
  }
}

/** What a run is taken up with: the providers it began with, and a control that hears the signals. */
export interface Hands {
  readonly ports: Ports;
  readonly control: RunControl;
}

/** Shows what happens while `act` has the run in hand; `events` are those before. */
export async function inHand(
  io: Io,
  { project, store, who }: Taker,
  { file, events }: { readonly file: PlanFile; readonly events: readonly RunEvent[] },
  act: (hands: Hands) => Promise<RunEnd>,
): Promise<{ readonly end: RunEnd; readonly view: RunView }> {
  const watching = watch(io, file, who);
  const [variables, sources] = [environment(), sourcesOfPlan(file.plan)];
  const secrets = openSecrets(project, sources, variables);
  try {
    for (const event of events) watching.seen(event);
    const ports = realPorts({
      store,
      self: self(),
      providers: await providersOf(project, file.plan),
      directory: project.root,
      environment: withoutSecrets(variables, sources, project.config),
      secrets,
      fingerprint: fingerprintOf(project.root, { create: false }),
      onEvent: watching.onEvent,
      ...(goesElsewhere(project) ? { announce: async () => (await outside()).announce(project, store) } : {}),
    });
    const end = await act({ ports, control: watching.control });
    return { end, view: watching.view };
  } finally {
    watching.done();
    // Also of a run that broke off: what it has done is in the log.
    if (goesElsewhere(project)) await (await outside()).finish(io, project, store);
    await secrets.close();
  }
}

/** Most projects have nothing to do with it. */
export const outside = (): Promise<typeof import("./audit/outside.ts")> => import("./audit/outside.ts");

/** Takes up a run that the store holds. Throws `Stop` where a provider is not the one that it began with. */
export async function takeUp(
  io: Io,
  taker: Taker,
  name: string,
  act: (hands: Hands) => Promise<RunEnd>,
): ReturnType<typeof inHand> {
  const run = await planOfRun(taker.store, name);
  for (const { instance, provider, version, manifest } of run.file.plan.providers) {
    if (taker.project.manifests.get(provider)?.digest === manifest) continue;
    throw new Stop(
      EXIT.refused,
      `provider ${provider} (instance ${instance}) is not the one this run began with`,
      `install ${provider} ${version} again, then do this once more`,
    );
  }
  return inHand(io, taker, run, act);
}
