/** Commands that change something. */
import { type Command, Option } from "commander";
import { collect, type Kit, key, positive, request } from "./kit.ts";

const parallel = (): Option =>
  new Option("--parallel <n>", "how many steps at a time at most").argParser(positive).default(16);

export function runCommands({ command, execute }: Kit): void {
  request(command("apply <plan-or-action>", "run exactly the plan reviewed, once", "opsc apply v2.opsplan.json"))
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing, and for locks that other runs hold")
    .option(
      "--break-glass <reason>",
      "in an emergency: set aside approvals and soft guardrails, as far as you may; it is loud, and stays in the log",
    )
    .option("--yes", "apply an action without showing its plan first")
    .addOption(parallel())
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
      "done:STEP or retry:STEP (or done STEP, in two words) for a step whose outcome is not known; repeat for each",
      collect,
    )
    .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
    .addOption(key())
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing, and for locks that other runs hold")
    .option(
      "--break-glass <reason>",
      "in an emergency: set aside the approvals it waits for, as far as you may; it is loud, and stays in the log",
    )
    .addOption(parallel())
    .action((run: string, options) =>
      execute(options, async (io) => (await import("../commands/resume.ts")).run(io, run, options)),
    );

  const by = (command: Command): Command =>
    command
      .option("--reason <text>", "why, for those who read the log")
      .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
      .addOption(key());

  by(
    command(
      "cancel <run>",
      "stop a run, also one that runs in another terminal: what runs ends, then what it did is undone",
      'opsc cancel 20261121-0914-k3f9q2 --reason "wrong version"',
      "opsc cancel 20261121-0914-k3f9q2 --mode halt",
    ).addOption(
      new Option("--mode <mode>", "undo what it did, or leave it where it is")
        .choices(["rollback", "halt"])
        .default("rollback"),
    ),
  )
    .addOption(parallel())
    .action((run: string, options) =>
      execute(options, async (io) => (await import("../commands/cancel.ts")).run(io, run, options)),
    );

  by(
    command(
      "pause <run>",
      "stop a run in another terminal before its next step; opsc resume goes on with it",
      "opsc pause 20261121-0914-k3f9q2",
    ),
  ).action((run: string, options) =>
    execute(options, async (io) => (await import("../commands/pause.ts")).run(io, run, options)),
  );

  by(
    command(
      "rollback <run>",
      "undo a run that has ended, while what it rests on is as it was",
      'opsc rollback 20261121-0914-k3f9q2 --reason "slower than before"',
    ).option("--wait", "wait for locks that other runs hold"),
  )
    .addOption(parallel())
    .action((run: string, options) =>
      execute(options, async (io) => (await import("../commands/rollback.ts")).run(io, run, options)),
    );

  command(
    "freeze",
    "let all runs, or those that match, begin no write any more; undo and the end of leases go on",
    'opsc freeze --reason "the database is being restored"',
    'opsc freeze --where tag=payments --where workspace=prod --until 2h --reason "incident 4711"',
  )
    .option("--where <kind=value>", "only action=, tag=, workspace= or risk=; repeat for each", collect)
    .option("--until <when>", "it lifts itself then: 2h, 2026-11-21T18:00:00Z")
    .option("--reason <text>", "why, for whoever is stopped by it; required")
    .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
    .addOption(key())
    .action((options) => execute(options, async (io) => (await import("../commands/freeze.ts")).freeze(io, options)));

  command("thaw", "lift a freeze; opsc runs lists them", "opsc thaw", "opsc thaw 2")
    .argument("[freeze]", "which, where there are several")
    .option("--reason <text>", "why, for those who read the log")
    .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
    .addOption(key())
    .action((id: string | undefined, options) =>
      execute(options, async (io) => (await import("../commands/freeze.ts")).thaw(io, id, options)),
    );

  command("work", "stay, end leases when their time has come, resume runs that died, wake those that wait", "opsc work")
    .addOption(parallel())
    .action((options) => execute(options, async (io) => (await import("../commands/work.ts")).run(io, options)));
}
