/** Plan files, read with distrust. */

import { readFile, stat } from "node:fs/promises";
import { digestOf } from "../compiler/digest.ts";
import { orderFaults } from "../compiler/plan/order.ts";
import { type PlanFile, planFileSchema } from "../compiler/plan/plan.schema.ts";
import { messageOf } from "../runtime/message.ts";
import { EXIT, Stop } from "./exit.ts";
import { readStdin } from "./stdin.ts";

/** Of a plan file, in bytes. */
export const MAX_PLAN = 256 * 1024 * 1024;

/** Whether a file of a plan is meant: `-`, by its ending, or by a path that names no action. Neither runs nor actions look so. */
export const isPlanName = (name: string): boolean =>
  name === "-" || name.endsWith(".opsplan.json") || (/[\\/]/.test(name) && !name.includes("#"));

/** A plan file whose bytes are what its digest says; anything else ends the command with words. */
export async function readPlanFile(name: string): Promise<PlanFile> {
  const text = name === "-" ? await readStdin(MAX_PLAN) : await readText(name);
  const shown = name === "-" ? "standard input" : name;
  if (text.trim() === "")
    throw new Stop(EXIT.wrong, `${shown} is empty: it holds no plan`, "opsc plan ACTION -o FILE makes one");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Stop(EXIT.unverified, `${shown} is not a plan: ${messageOf(error)}`, "make it again with opsc plan");
  }
  return verifiedPlan(json, shown);
}

/** The plan in `json`, found to be as its digest says. Ends the command for all else, nesting without end included. */
export function verifiedPlan(json: unknown, name: string): PlanFile {
  try {
    return verified(json, name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Stop(EXIT.unverified, `${name} is not a plan: it is nested too deep`, "make it again with opsc plan");
  }
}

function verified(json: unknown, name: string): PlanFile {
  const version = planVersionOf(json);
  if (version !== null && version !== 1)
    throw new Stop(
      EXIT.unverified,
      `${name} is a plan of version ${version}; this opsc reads version 1`,
      "use the opsc that made it, or plan again",
    );
  const parsed = planFileSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Stop(
      EXIT.unverified,
      `${name} is not a plan: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim(),
      "make it again with opsc plan",
    );
  }
  const [wrong] = orderFaults(parsed.data.plan);
  if (wrong !== undefined)
    throw new Stop(EXIT.unverified, `${name} is not a plan: ${wrong}`, "make it again with opsc plan");
  const digest = digestOf(parsed.data.plan);
  if (digest === parsed.data.digest) return parsed.data;
  throw new Stop(
    EXIT.unverified,
    `${name} was changed after it was made: its content has the digest ${digest}, it says ${parsed.data.digest}`,
    "plan again; approvals hold for the plan they were given for and no other",
    { kind: "edited" },
  );
}

function planVersionOf(json: unknown): number | null {
  const plan = typeof json === "object" && json !== null && "plan" in json ? json.plan : null;
  const version = typeof plan === "object" && plan !== null && "planVersion" in plan ? plan.planVersion : null;
  return typeof version === "number" ? version : null;
}

async function readText(name: string): Promise<string> {
  try {
    const found = await stat(name);
    if (!found.isFile()) throw new Stop(EXIT.wrong, `${name} is no file`, "name a plan file, or - for standard input");
    const { size } = found;
    if (size > MAX_PLAN) throw new Stop(EXIT.unverified, `${name} has ${size} bytes; at most ${MAX_PLAN} are read`);
    return await readFile(name, "utf8");
  } catch (error) {
    if (error instanceof Stop) throw error;
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new Stop(
      missing ? EXIT.wrong : EXIT.environment,
      missing ? `there is no file ${name}` : `${name} cannot be read: ${messageOf(error)}`,
      missing ? "opsc plan ACTION -o FILE makes one" : "check its permissions",
    );
  }
}
