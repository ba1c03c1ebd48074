/** The command line: names, options and help. What a command does is in `commands/`, loaded when it is asked for. */
import process from "node:process";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Common } from "./common.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type Io, makeIo } from "./io.ts";
import { VERSION } from "./version.ts";
import { safeText } from "./words.ts";

type Run = (io: Io) => Promise<ExitCode>;

export async function main(argv: readonly string[]): Promise<void> {
  const program = build((common, run) => execute(common, run));
  guardProcess();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrong;
  }
  finished = true;
  if (unwritten && process.exitCode === EXIT.done) process.exitCode = EXIT.environment;
}

/** Whether the command came to its end. Whatever ends the process before that must not look like success. */
let finished = false;
/** Whether something could not be written, other than to a reader that had seen enough. */
let unwritten = false;

/** What goes wrong around a command, a provider's doing or the terminal's, neither ends a run nor passes for its end. */
function guardProcess(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") unwritten = true;
    });
  }
  // Standard output is the result's: what a provider prints there would stand among it.
  console.log = console.error;
  console.info = console.error;
  process.on("exit", () => {
    if (finished) return;
    process.exitCode = EXIT.fault;
    process.stderr.write(
      "error: opsc was ended before it came to its end, perhaps by a provider; opsc runs lists what was left\n",
    );
  });
  const onFault = (error: unknown): void => {
    const what = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `error: a fault outside of any step, perhaps of a provider: ${safeText(JSON.stringify(what))}; opsc runs lists what was left\n`,
    );
    finished = true;
    process.exit(EXIT.fault);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
}

async function execute(common: Common, run: Run): Promise<void> {
  const io = makeIo({ json: common.json === true, color: common.color });
  try {
    process.exitCode = await run(io);
  } catch (error) {
    process.exitCode = await tell(io, error);
  }
}

async function tell(io: Io, error: unknown): Promise<ExitCode> {
  const { asStop } = await import("./faults.ts");
  const stop = asStop(error);
  const { ConfigFault } = await import("./config.ts");
  const { diagnosticsJson, renderDiagnostics } = await import("../compiler/diagnostics/frame.ts");
  const config = stop instanceof ConfigFault ? stop : null;
  const data =
    config === null ? stop.data : { diagnostics: diagnosticsJson(config.diagnostics, () => config.text).diagnostics };
  if (config !== null && !io.json) {
    io.rawErr(renderDiagnostics(config.diagnostics, () => config.text, { color: io.color, width: io.width }));
  } else if (io.json)
    io.raw(JSON.stringify({ error: { message: stop.message, help: stop.help, exit: stop.code, ...data } }));
  else {
    const red = io.color ? ["\u001b[31m", "\u001b[0m"] : ["", ""];
    for (const each of [stop, ...stop.more]) {
      io.rawErr(`${red[0]}error:${red[1]} ${safeText(each.message)}`);
      if (each.help !== null) io.err(each.help.replace(/^/gm, "  "));
    }
  }
  return stop.code;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function keyed(value: string): string {
  if (!/^[^=\s]+=/s.test(value)) throw new InvalidArgumentError("write name=value");
  return value;
}

const collectKeyed = (value: string, before: readonly string[] = []): readonly string[] => [...before, keyed(value)];

function build(execute: (common: Common, run: Run) => Promise<void>): Command {
  const program = new Command("opsc")
    .description("Operations as checked, reviewed, undoable programs: write .ops files, plan, approve, apply, audit.")
    .version(VERSION, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${safeText(text.trimEnd())}\n`) })
    .showHelpAfterError("(opsc --help lists the commands)")
    .addHelpText(
      "after",
      '\nA first look:\n  opsc check\n  opsc plan release -i version=v2 --reason "new search" -o v2.opsplan.json\n  opsc approve v2.opsplan.json --as ana@example.com\n  opsc apply v2.opsplan.json\n',
    );
  const command = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .option("--json", "machine-readable: one JSON document, or JSON Lines, on standard output")
      .option("--no-color", "no colours")
      .option(
        "--dir <folder>",
        "the project's folder (also OPSC_DIR); by default the nearest that holds opsc.config.json",
      )
      .option("--workspace <name>", "the workspace")
      .addHelpText("after", `\nExample:\n  ${example}\n`);
  const format = (...values: string[]): Option => new Option("--format <format>", "how it is shown").choices(values);

  command("check [paths...]", "parse, resolve, type-check and prove the project's .ops files", "opsc check")
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
      execute(options, async (io) => (await import("./commands/check.ts")).run(io, paths, options)),
    );

  command("fmt [paths...]", "give .ops files their one layout; - lays out standard input", "opsc fmt --check")
    .option("--check", "write nothing; name the files that are laid out otherwise, and exit 1 if there are any")
    .option("--diff", "write nothing; show what would change")
    .action((paths: string[], options) =>
      execute(options, async (io) => (await import("./commands/fmt.ts")).run(io, paths, options)),
    );

  command(
    "explain [code]",
    "the page of a diagnostic: why it matters, a bad and a good example",
    "opsc explain write-without-rollback",
  ).action((code: string | undefined, options) =>
    execute(options, async (io) => (await import("./commands/explain.ts")).run(io, code)),
  );

  const request = (c: Command): Command =>
    c
      .option("-i, --input <name=value>", "an input of the action; repeat for each", collectKeyed)
      .option("--inputs <file>", "inputs from a JSON file (- for standard input)")
      .option("--as <who>", "who asks for it; your git e-mail address by default")
      .option("--reason <text>", "why, for those who approve and those who read the log");

  request(
    command(
      "plan <action>",
      "turn an action into a plan to review: facts read, nothing changed",
      "opsc plan release -i version=v2 -o v2.opsplan.json",
    ),
  )
    .option("-o, --out <file>", "write the plan to a file, usually NAME.opsplan.json")
    .addOption(format("text", "json", "markdown", "mermaid", "svg"))
    .option("--detailed-exitcode", "exit 2 if the plan would change something")
    .action((action: string, options) =>
      execute(options, async (io) => (await import("./commands/plan.ts")).run(io, action, options)),
    );

  command(
    "show <plan-or-run>",
    "a saved plan, or a run and what happened on it",
    "opsc show v2.opsplan.json --format svg > v2.svg",
  )
    .addOption(format("text", "json", "markdown", "mermaid", "svg"))
    .action((what: string, options) =>
      execute(options, async (io) => (await import("./commands/show.ts")).run(io, what, options)),
    );

  request(command("apply <plan-or-action>", "run exactly the plan reviewed, once", "opsc apply v2.opsplan.json"))
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing")
    .option("--yes", "apply an action without showing its plan first")
    .option("--parallel <n>", "how many steps at a time at most", (value) => positive(value), 16)
    .action((what: string, options) =>
      execute(options, async (io) => (await import("./commands/apply.ts")).run(io, what, options)),
    );

  for (const [name, decision, text] of [
    ["approve", "approve", "approve a plan, or what a run waits for"],
    ["deny", "deny", "say no to a plan, or to what a run waits for"],
    ["withdraw", "withdraw", "take your approval or denial back before it is used"],
  ] as const) {
    command(`${name} <plan-or-run>`, text, `opsc ${name} v2.opsplan.json --as ana@example.com`)
      .option("--as <who>", "who you are; your git e-mail address by default")
      .option("--comment <text>", "a word to those who read it")
      .option("-o, --out <file>", "write it to a file that travels instead of the project's store")
      .action((what: string, options) =>
        execute(options, async (io) => (await import("./commands/approve.ts")).run(io, decision, what, options)),
      );
  }

  command(
    "resume <run>",
    "go on after a crash, a pause or a wait",
    "opsc resume 20261121-0914-k3f9q2 --mark done:charge",
  )
    .option(
      "--mark <answer:step>",
      "done:STEP or retry:STEP for a step whose outcome is not known; repeat for each",
      collect,
    )
    .option("--as <who>", "who says so; your git e-mail address by default")
    .option("--approvals <folder>", "a folder of approval files to take into account")
    .option("--wait", "wait for approvals that are missing")
    .option("--parallel <n>", "how many steps at a time at most", (value) => positive(value), 16)
    .action((run: string, options) =>
      execute(options, async (io) => (await import("./commands/resume.ts")).run(io, run, options)),
    );

  command("runs", "what runs, waits, and has ended", "opsc runs").action((options) =>
    execute(options, async (io) => (await import("./commands/runs.ts")).run(io, options)),
  );

  command("audit <what>", "verify the log, or export it as JSON Lines (what: verify, export)", "opsc audit verify")
    .option("--run <run>", "with export: of one run only")
    .option("--head <size:root>", "with verify: a head printed earlier, to find truncation and rewriting")
    .option("--file <file>", "with verify: an exported log instead of the project's store")
    .action((what: string, options) =>
      execute(options, async (io) => (await import("./commands/audit.ts")).run(io, what, options)),
    );

  command("catalog", "every action with its inputs, risk, owner and approvals", "opsc catalog").action((options) =>
    execute(options, async (io) => (await import("./commands/catalog.ts")).run(io, options)),
  );

  command(
    "provider <what> <file>",
    "for authors of providers (what: manifest)",
    "opsc provider manifest ./index.js --write",
  )
    .option("--write", "write it beside the provider as its package.json says")
    .action((what: string, file: string, options) =>
      execute(options, async (io) => (await import("./commands/provider.ts")).run(io, what, file, options)),
    );
  return program;
}

function natural(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("a whole number, 0 or more");
}

function positive(value: string): number {
  const n = Number(value);
  if (Number.isInteger(n) && n >= 1 && n <= 1024) return n;
  throw new InvalidArgumentError("a whole number from 1 to 1024");
}
