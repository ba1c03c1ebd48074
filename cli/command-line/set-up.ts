/** Commands that one gives once: for a project, a machine, a provider. */
import { Argument } from "commander";
import type { Kit } from "./kit.ts";

export function setUpCommands({ command, execute }: Kit): void {
  command(
    "init [dir]",
    "a small project that works, to start from: an action, an approver, a rule, a test, CI",
    "opsc init operations",
  )
    .option("--dry-run", "list the files, write nothing")
    .action((dir: string | undefined, options) =>
      execute(options, async (io) => (await import("../commands/init.ts")).run(io, dir, options)),
    );

  command(
    "doctor",
    "what is wrong with this set-up: machine, project, people, store, what runs left",
    "opsc doctor",
    "opsc doctor --json",
  )
    .option("--fast", "neither verify the log nor read secrets")
    .option("--as <who>", "who you are; your git e-mail address by default (also OPSC_AS)")
    .action((options) => execute(options, async (io) => (await import("../commands/doctor.ts")).run(io, options)));

  command(
    "completion",
    "completion of commands, actions, their inputs and values, runs: a script for your shell",
    "source <(opsc completion bash)",
    "opsc completion fish > ~/.config/fish/completions/opsc.fish",
  )
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action((shell: "bash" | "zsh" | "fish", options) =>
      execute(options, async (io) => (await import("../commands/completion.ts")).run(io, shell)),
    );

  command("lsp", "the language server, on standard input and output, for any editor", "opsc lsp")
    // What some clients start every server with.
    .option("--stdio", "as it is anyway")
    .option("--clientProcessId <pid>", "the process of the client: the server ends with it")
    .action((options) => execute(options, async () => (await import("../commands/lsp.ts")).run()));

  command("provider", "for authors of providers: make its manifest", "opsc provider manifest ./index.js --write")
    .addArgument(new Argument("<what>", "what to make").choices(["manifest"]))
    .argument("<file>", "the provider's code")
    .option("--write", "write it beside the provider as its package.json says")
    .action((what: string, file: string, options) =>
      execute(options, async (io) => (await import("../commands/provider.ts")).run(io, what, file, options)),
    );
}
