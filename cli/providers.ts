/** The code of the providers a plan calls, loaded and held against their manifests. */
import type { Plan } from "../compiler/plan/plan.schema.ts";
import type { Provider } from "../runtime/provider/contract.ts";
import { provider, remember } from "./planning.ts";
import type { Project } from "./project.ts";

/** By instance. */
export async function providersOf(project: Project, plan: Plan): Promise<ReadonlyMap<string, Provider>> {
  const loaded = new Map<string, Promise<Provider>>();
  const load = (name: string): Promise<Provider> => remember(loaded, name, () => provider(project, name));
  return new Map(await Promise.all(plan.providers.map(async (p) => [p.instance, await load(p.provider)] as const)));
}
