/** Commands for those who ask for a change, and those who say yes or no to it. */
import { format, type Kit, key, request } from "./kit.ts";

export function reviewCommands({ command, execute }: Kit): void {
  request(
    command(
      "plan <action>",
      "turn an action into a plan to review: facts read, nothing changed",
      "opsc plan release -i version=v2 -o v2.opsplan.json",
    ),
  )
    .option("-o, --out <file>", "write the plan to a file, usually NAME.opsplan.json")
    .addOption(format("text", "json", "markdown", "mermaid", "svg", "html"))
    .option("--offline", "read no facts: what depends on them stays open, and the plan is only to be looked at")
    .option("--detailed-exitcode", "exit 2 if the plan would change something")
    .action((action: string, options) =>
      execute(options, async (io) => (await import("../commands/plan.ts")).run(io, action, options)),
    );

  command(
    "show <plan-or-run>",
    "a saved plan, or a run and what happened on it",
    "opsc show v2.opsplan.json --format html > v2.html",
    "opsc show 20261121-0914-k3f9q2",
    "opsc show 20261121-0914-k3f9q2 --format html > run.html",
  )
    .addOption(format("text", "json", "markdown", "mermaid", "svg", "html"))
    .option("--history", "with a run: a line for everything that happened, too")
    .action((what: string, options) =>
      execute(options, async (io) => (await import("../commands/show.ts")).run(io, what, options)),
    );

  command(
    "diff <old> <new>",
    "what a plan does, touches or allows beyond another; exit 1 if they differ in meaning",
    "opsc diff v2.opsplan.json v2-again.opsplan.json",
    "git show main:v2.opsplan.json | opsc diff - v2.opsplan.json --format markdown",
  )
    .addOption(format("text", "json", "markdown", "html"))
    .action((old: string, now: string, options) =>
      execute(options, async (io) => (await import("../commands/diff.ts")).run(io, old, now, options)),
    );

  for (const [name, text, ...more] of [
    [
      "approve",
      "approve a plan, or what a run waits for",
      'opsc approve v2.opsplan.json --break-glass "the ledger is down" --for dana@example.com',
    ],
    ["deny", "say no to a plan, or to what a run waits for"],
    ["withdraw", "take back what you approved, denied or set aside, before it is used"],
  ] as const) {
    const decide = command(`${name} <plan-or-run>`, text, `opsc ${name} v2.opsplan.json --as ana@example.com`, ...more)
      .option(
        "--as <who>",
        "who you are; by default whom the named key is of alone, else your git e-mail address (also OPSC_AS)",
      )
      .addOption(key())
      .option("--comment <text>", "a word to those who read it")
      .option("-o, --out <file>", "write it to a file that travels instead of the project's store");
    if (name === "approve")
      decide
        .option(
          "--break-glass <reason>",
          "in an emergency: set aside what you may of what is asked for; it is loud, and stays in the log",
        )
        .option("--for <who>", "with --break-glass, of a plan: who applies it");
    decide.action((what: string, options) =>
      execute(options, async (io) => (await import("../commands/approve.ts")).run(io, name, what, options)),
    );
  }
}
