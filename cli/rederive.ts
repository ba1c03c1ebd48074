/**
 * Whether a plan file is what the planner itself makes of these sources. A digest only shows that a file agrees with itself; made
 * again from the same program, inputs, facts and time, the plan must come out the same to the byte.
 */
import path from "node:path";
import { sha256 } from "../compiler/digest.ts";
import { readingsOf } from "../compiler/expand/guardrail-facts.ts";
import { type Planned, planAction, sealPlan, withPreviews } from "../compiler/expand/plan.ts";
import type { PlanFile, Preview } from "../compiler/plan/plan.schema.ts";
import type { Program } from "../compiler/program.ts";
import { type Admission, moved } from "../runtime/run/admit.ts";
import { EXIT, Stop } from "./exit.ts";
import { lifetimeOf } from "./planning.ts";
import { checkFiles, findRoot, openProject, type Project, textsOf } from "./project.ts";
import { exists } from "./text-file.ts";
import { safeName, safeNames } from "./words.ts";

/** What is another here, as far as it is named. */
const NAMED = 3;

/** Digests of the sources as they are now, by path. */
export const currentSources = (project: Pick<Project, "input">): ReadonlyMap<string, string> =>
  new Map([...textsOf(project)].map(([file, text]) => [file, `sha256:${sha256(text)}`]));

/** The project as it is now, as far as the plan was made of it. */
export function asItIs(project: Project, { plan }: PlanFile): Pick<Admission, "sources" | "manifests"> {
  const manifests = plan.providers.flatMap(({ instance, provider }) => {
    const found = project.manifests.get(provider);
    return found === undefined ? [] : [[instance, found.digest] as const];
  });
  return { sources: currentSources(project), manifests: new Map(manifests) };
}

/** Why the plan cannot be made again here; null where it was, and came out the same. Throws `Stop` where it came out as another. */
export async function notMadeAgain(dir: string | undefined, file: PlanFile): Promise<string | null> {
  const root = await findRoot(dir);
  // Where nothing of it lies no folder is looked through: it may be somebody's home.
  if (!(await hasSources(root, file))) return `none of its sources is in ${safeName(root)}`;
  const project = await openProject(dir, { tests: false }).catch((error: unknown) => {
    if (error instanceof Stop) return error;
    throw error;
  });
  if (project instanceof Stop) return `the project here cannot be read: ${safeName(project.message)}`;
  const other = moved(file, asItIs(project, file)).map(({ message }) => message);
  if (other.length > 0)
    return `${safeNames(other.slice(0, NAMED))}${other.length > NAMED ? `, and ${other.length - NAMED} more` : ""}`;
  const { program, diagnostics } = checkFiles(project);
  if (diagnostics.some(({ severity }) => severity === "error"))
    return "the project here has errors: opsc check tells them";
  demandGenuine(file, program, textsOf(project), lifetimeOf(project));
  return null;
}

async function hasSources(root: string, { plan }: PlanFile): Promise<boolean> {
  for (const { path: source } of plan.sources)
    if (!source.startsWith("~") && (await exists(path.join(root, source)))) return true;
  return false;
}

/** Throws `Stop` if it is not. `texts` are those of the project's files; `lifetime` is the longest it lets a plan live, in milliseconds. */
export function demandGenuine(
  file: PlanFile,
  program: Program,
  texts: ReadonlyMap<string, string>,
  lifetime: number,
): void {
  const { plan } = file;
  const action = program.actions.find((each) => each.id === plan.action.id);
  const lives = Date.parse(plan.expiresAt) - Date.parse(plan.createdAt);
  if (action === undefined || lives > lifetime) throw forged(file);
  const read = readingsOf(plan);
  const planned: Planned = planAction(
    {
      program,
      action,
      inputs: new Map(plan.inputs.map(({ name, value }) => [name, value])),
      texts,
      requester: plan.requester,
      reason: plan.reason,
      workspace: plan.workspace,
      now: plan.createdAt,
      lifetime: lives,
      opsc: plan.opsc,
    },
    new Map([...plan.facts.map(({ id, value }) => [id, value] as const), ...read.values]),
    read.unread,
  );
  if (planned.kind !== "plan") throw forged(file);
  const previews = new Map<string, Preview>();
  for (const node of plan.nodes) if (node.kind === "step" && node.preview !== null) previews.set(node.id, node.preview);
  if (sealPlan(withPreviews(planned.plan, previews)).digest !== file.digest) throw forged(file);
}

function forged({ plan }: PlanFile): Stop {
  return new Stop(
    EXIT.unverified,
    "this plan is not what opsc makes of these sources, inputs and facts",
    `it was written or changed by hand, or made by another version (${plan.opsc}) or configuration of opsc; plan again`,
    { kind: "edited" },
  );
}
