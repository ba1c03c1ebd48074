/** Asking a person on a terminal whether a plan that was made on the spot is to be applied. */
import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Plan, PlanFile } from "../compiler/plan/plan.schema.ts";
import { type Danger, dangerLine, dangersOf } from "../compiler/render/danger.ts";
import { run as ink, paint, wrap } from "../compiler/render/ink.ts";
import type { Io } from "./io.ts";
import { renderPlan } from "./render-plan.ts";
import { safeName } from "./words.ts";

/** Shows the plan, then what is dangerous about it next to the question. Anything but a yes is a no, the end of input too. */
export async function confirm(io: Io, file: PlanFile): Promise<boolean> {
  io.rawErr(await renderPlan(file, "text", io));
  io.rawErr("");
  for (const danger of remindersOf(file.plan))
    for (const line of wrap(dangerLine(danger), io.width, 2)) io.rawErr(paint(line, io.color));
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const { title, name } = file.plan.action;
    const closed = new Promise<string>((resolve) => ask.once("close", () => resolve("")));
    const question = paint(
      [ink(`Apply ${title === name ? safeName(name) : `${safeName(name)} (${safeName(title)})`} now? [y/N] `)],
      false,
    );
    const answer = await Promise.race([ask.question(`${question} `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    ask.close();
  }
}

/** What a person should have seen before they say yes, the worst first: the plan's dangers again, beside the question. */
function remindersOf(plan: Plan): Danger[] {
  const { irreversible } = plan.summary;
  const { risk } = plan.action;
  const dangers = dangersOf(plan);
  const told = dangers.some(({ words }) => words.includes(`its risk is ${risk}`));
  return [
    ...(irreversible.length > 0
      ? [{ level: "grave" as const, words: `cannot be undone: ${listed(irreversible)}`, nodes: irreversible }]
      : []),
    ...dangers,
    ...((risk === "high" || risk === "critical") && !told
      ? [{ level: "warning" as const, words: `its risk is ${risk}`, nodes: [] }]
      : []),
  ];
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
