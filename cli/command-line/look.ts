/** Commands that tell what there is and what was done. */
import { Argument, InvalidArgumentError, Option } from "commander";
import { isStatus, STATUSES } from "../runs/standings.ts";
import { collect, format, type Kit, natural } from "./kit.ts";

export function lookCommands({ command, execute }: Kit): void {
  command(
    "catalog [actions...]",
    "every action with its inputs, risk, owner and approvals",
    "opsc catalog",
    "opsc catalog release --format json-schema > release.schema.json",
  )
    .addOption(format("text", "json", "markdown", "json-schema"))
    .action((names: string[], options) =>
      execute(options, async (io) => (await import("../commands/catalog.ts")).run(io, names, options)),
    );

  command(
    "runs",
    "what runs, waits, and has ended: the newest first",
    "opsc runs",
    "opsc runs --status open --mine",
    "opsc runs --action release --since 7d",
  )
    .addOption(
      new Option("--status <status>", "only those that stand so; repeat for several")
        .choices(STATUSES)
        .argParser(status),
    )
    .option("--action <action>", "only those of this action")
    .option("--since <when>", "only those begun since then: 7d, 2026-11-21, 2026-11-21T09:00:00Z")
    .option("--mine", "only those that you requested")
    .option("--as <who>", "only those that this person requested (with --mine: who you are)")
    .option("--limit <n>", "how many at most; 0 for all", (value) => natural(value), 50)
    .action((options) => execute(options, async (io) => (await import("../commands/runs.ts")).run(io, options)));

  command(
    "audit",
    "verify the log, or export it as JSON Lines",
    "opsc audit verify",
    "opsc audit export --run 20261121-0914-k3f9q2",
  )
    .addArgument(new Argument("<what>", "what to do with it").choices(["verify", "export"]))
    .option("--run <run>", "with export: of one run only")
    .option("--head <size:root>", "with verify: a head printed earlier, to find truncation and rewriting")
    .option("--file <file>", "with verify: an exported log instead of the project's store; - for standard input")
    .action((what: string, options) =>
      execute(options, async (io) => (await import("../commands/audit.ts")).run(io, what, options)),
    );
}

function status(value: string, before: readonly string[] = []): readonly string[] {
  if (!isStatus(value)) throw new InvalidArgumentError(`it is one of ${STATUSES.join(", ")}`);
  return collect(value, before);
}
