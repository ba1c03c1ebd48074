/** Commands that change something. */
import { collect, type Kit, positive, request } from "./kit.ts";

export function runCommands({ command, execute }: Kit): void {
  request(command("apply <plan-or-action>", "run exactly the plan reviewed, once", "opsc apply v2.opsplan.json"))
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing")
    .option("--yes", "apply an action without showing its plan first")
    .option("--parallel <n>", "how many steps at a time at most", (value) => positive(value), 16)
    .action((what: string, options) =>
      execute(options, async (io) => (await import("../commands/apply.ts")).run(io, what, options)),
    );

  command(
    "resume <run>",
    "go on after a crash, a pause or a wait",
    "opsc resume 20261121-0914-k3f9q2",
    "opsc resume 20261121-0914-k3f9q2 --mark done:charge",
  )
    .option(
      "--mark <answer:step>",
      "done:STEP or retry:STEP for a step whose outcome is not known; repeat for each",
      collect,
    )
    .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing")
    .option("--parallel <n>", "how many steps at a time at most", (value) => positive(value), 16)
    .action((run: string, options) =>
      execute(options, async (io) => (await import("../commands/resume.ts")).run(io, run, options)),
    );
}
