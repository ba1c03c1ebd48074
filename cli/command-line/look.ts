/** Commands that tell what there is and what was done. */
import { Argument, InvalidArgumentError, Option } from "commander";
import { isStatus, STATUSES } from "../runs/standings.ts";
import { collect, format, type Kit, key, natural, positive } from "./kit.ts";

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
    "leases",
    "what is granted until when; end it sooner; watch it; install who ends it",
    "opsc leases",
    'opsc leases revoke 20261121-0914-k3f9q2:grant --reason "done early"',
    "opsc leases install -o ~/.config/systemd/user/opsc-work.service",
  )
    .addArgument(
      new Argument(
        "[what]",
        "list: those that are open, or could not be taken back; revoke: end them now; watch: follow them; install: write the unit for systemd that keeps opsc work running",
      )
        .choices(["list", "revoke", "watch", "install"])
        .default("list"),
    )
    .argument("[leases...]", "with revoke: leases as they are listed, RUN:STEP, or a run that has only one")
    .option("--reason <text>", "with revoke: why, for those who read the log")
    .option("--done", "with revoke: you have taken back by hand what opsc failed to")
    .option("--as <who>", "who says so; your git e-mail address by default (also OPSC_AS)")
    .addOption(key())
    .option("--parallel <n>", "with revoke: how many calls at a time at most", (value) => positive(value), 16)
    .option("-o, --out <file>", "with install: where to write the unit")
    .action((what: string, leases: string[], options) =>
      execute(options, async (io) => (await import("../commands/leases.ts")).run(io, what, leases, options)),
    );

  command(
    "audit",
    "verify the log, export it, sign what it holds now, prove what is in it",
    "opsc audit verify",
    "opsc audit verify --checkpoint kept.checkpoint",
    "opsc audit export --run 20261121-0914-k3f9q2",
    "opsc audit keygen --origin example.com/operations -o ~/operations.key",
    "opsc audit checkpoint -o kept.checkpoint",
    "opsc audit publish",
    "opsc audit overrides",
    'opsc audit erase 20261121-0914-k3f9q2 --reason "asked for by dana" --yes',
    "opsc audit prove 20261121-0914-k3f9q2 -o run.opsproof.json",
  )
    .addArgument(
      new Argument(
        "<what>",
        "verify: that nothing in the log was changed; export: all entries, as JSON Lines; keygen: a key for checkpoints; checkpoint: sign what the log holds now; publish: bring checkpoints and copies up to date where the configuration puts them; prove: a file that shows others a run, an entry, or how the log grew; overrides: who broke the glass; erase: take a run that has ended out for good",
      ).choices(["verify", "export", "keygen", "checkpoint", "publish", "prove", "overrides", "erase"]),
    )
    .argument(
      "[of]",
      "with prove: a run, or the number of an entry; left out: that the log grew from --checkpoint. With erase: a run",
    )
    .option("--run <run>", "with export: of one run only; with verify --file: an export of that run")
    .option("--head <size:root>", "with verify: a head printed earlier, to find truncation and rewriting")
    .option(
      "--checkpoint <file>",
      "a checkpoint kept elsewhere, which the log has to have grown from; repeat for each",
      collect,
    )
    .option(
      "--key <key>",
      "the public key that checkpoints are signed with, or a file that holds it; repeat for each",
      collect,
    )
    .option("--origin <name>", "which log checkpoints are of: a name such as example.com/operations")
    .option("--file <file>", "with verify: an exported log instead of the project's store; - for standard input")
    .option("--proof <file>", "with verify: a proof instead of a log; needs neither store nor project")
    .option("-o, --out <file>", "where to write what is made")
    .option("--due", "with erase: all runs that ended longer ago than audit.retention.atMost")
    .option("--reason <text>", "with erase: why, for those who read the log")
    .option("--as <who>", "with erase: who says so; your git e-mail address by default (also OPSC_AS)")
    .option("--yes", "with erase: do it, where else it is only told what would be erased")
    .action((what: string, of: string | undefined, options) =>
      execute(options, async (io) => (await import("../commands/audit.ts")).run(io, what, of, options)),
    );
}

function status(value: string, before: readonly string[] = []): readonly string[] {
  if (!isStatus(value)) throw new InvalidArgumentError(`it is one of ${STATUSES.join(", ")}`);
  return collect(value, before);
}
