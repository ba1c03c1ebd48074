/** Commands that tell what there is and what was done. */
import { Argument } from "commander";
import { format, type Kit } from "./kit.ts";

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

  command("runs", "what runs, waits, and has ended", "opsc runs").action((options) =>
    execute(options, async (io) => (await import("../commands/runs.ts")).run(io, options)),
  );

  command(
    "audit",
    "verify the log, or export it as JSON Lines",
    "opsc audit verify",
    "opsc audit export --run 20261121-0914-k3f9q2",
  )
    .addArgument(new Argument("<what>", "what to do with it").choices(["verify", "export"]))
    .option("--run <run>", "with export: of one run only")
    .option("--head <size:root>", "with verify: a head printed earlier, to find truncation and rewriting")
    .option("--file <file>", "with verify: an exported log instead of the project's store")
    .action((what: string, options) =>
      execute(options, async (io) => (await import("../commands/audit.ts")).run(io, what, options)),
    );
}
