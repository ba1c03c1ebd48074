/** Asking a person on a terminal whether a plan that was made on the spot is to be applied. */
import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Plan, PlanFile } from "../compiler/plan/plan.schema.ts";
import { run as ink, paint, wrap } from "../compiler/render/ink.ts";
import type { Io } from "./io.ts";
import { renderPlan } from "./render-plan.ts";
import { plural } from "./words.ts";

/** Shows the plan, then what is dangerous about it next to the question. Anything but a yes is a no, the end of input too. */
export async function confirm(io: Io, file: PlanFile): Promise<boolean> {
  io.rawErr(await renderPlan(file, "text", io));
  io.rawErr("");
  for (const danger of dangersOf(file.plan))
    for (const line of wrap([ink("! ", "bold-red"), ink(danger)], io.width, 2)) io.rawErr(paint(line, io.color));
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const { title, name } = file.plan.action;
    const closed = new Promise<string>((resolve) => ask.once("close", () => resolve("")));
    const question = paint([ink(`Apply ${title === name ? name : `${name} (${title})`} now? [y/N] `)], false);
    const answer = await Promise.race([ask.question(`${question} `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    ask.close();
  }
}

/** What a person should have seen before they say yes, the worst first. */
export function dangersOf(plan: Plan): string[] {
  const { irreversible, destroys } = plan.summary;
  const kept = plan.nodes.filter((n) => n.kind === "step" && n.rollback?.kind === "nothing").length;
  return [
    irreversible.length > 0 ? `cannot be undone: ${listed(irreversible)}` : "",
    destroys > 0 ? `${plural(destroys, "step")} of it destroy${destroys === 1 ? "s" : ""} something` : "",
    plan.action.risk === "high" || plan.action.risk === "critical" ? `its risk is ${plan.action.risk}` : "",
    kept > 0
      ? `${plural(kept, "step")} of it ${kept === 1 ? "has" : "have"} nothing that undoes ${kept === 1 ? "it" : "them"}`
      : "",
    plan.onFailure === "rollback" ? "" : `if a step fails, what was done stays (on_failure is ${plan.onFailure})`,
  ].filter((line) => line !== "");
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
