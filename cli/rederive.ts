/**
 * Whether a plan file is what the planner itself makes of these sources. A digest only shows that a file agrees with itself; made
 * again from the same program, inputs, facts and time, the plan must come out the same to the byte.
 */
import { sha256 } from "../compiler/digest.ts";
import { readingsOf } from "../compiler/expand/guardrail-facts.ts";
import { type Planned, planAction, sealPlan, withPreviews } from "../compiler/expand/plan.ts";
import type { PlanFile, Preview } from "../compiler/plan/plan.schema.ts";
import type { Program } from "../compiler/program.ts";
import { EXIT, Stop } from "./exit.ts";
import { type Project, textsOf } from "./project.ts";

/** Digests of the sources as they are now, by path. */
export const currentSources = (project: Pick<Project, "input">): ReadonlyMap<string, string> =>
  new Map([...textsOf(project)].map(([file, text]) => [file, `sha256:${sha256(text)}`]));

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
