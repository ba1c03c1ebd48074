/** Commands for those who write `.ops` files. */
import { Option } from "commander";
import { format, type Kit, natural } from "./kit.ts";

export function writeCommands({ command, execute }: Kit): void {
  command(
    "check [paths...]",
    "parse, resolve, type-check and prove the project's .ops files",
    "opsc check",
    "opsc check --fix --diff",
  )
    .addOption(format("text", "json", "github", "sarif"))
    .addOption(
      new Option(
        "--fail-level <level>",
        "the least that makes it fail; error unless the configuration says otherwise",
      ).choices(["error", "warning"]),
    )
    .option("--fix", "apply the fixes that are safe, and check again")
    .option("--dry-run", "with --fix: say what would be fixed, write nothing")
    .option("--diff", "with --fix: show it as a diff, write nothing")
    .option("--limit <n>", "diagnostics of one file that are drawn at most; 0 for all", (value) => natural(value), 50)
    .action((paths: string[], options) =>
      execute(options, async (io) => (await import("../commands/check.ts")).run(io, paths, options)),
    );

  command(
    "fmt [paths...]",
    "give .ops files their one layout; - lays out standard input",
    "opsc fmt",
    "opsc fmt --check",
  )
    .option("--check", "write nothing; name the files that are laid out otherwise, and exit 1 if there are any")
    .option("--diff", "write nothing; show what would change")
    .action((paths: string[], options) =>
      execute(options, async (io) => (await import("../commands/fmt.ts")).run(io, paths, options)),
    );

  command(
    "explain [code]",
    "the page of a diagnostic: why it matters, a bad and a good example",
    "opsc explain write-without-rollback",
  ).action((code: string | undefined, options) =>
    execute(options, async (io) => (await import("../commands/explain.ts")).run(io, code)),
  );
}
