/** The command line as data: for completion, which has no time to build it. */
import type { Command } from "commander";
import { commandLine } from "./index.ts";

export interface OptionSpec {
  /** `--input` and `-i`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** Whether it may be given more than once. */
  readonly repeats: boolean;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly choices: readonly string[];
  readonly variadic: boolean;
}

export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  readonly args: readonly ArgumentSpec[];
}

export function commandTable(): readonly CommandSpec[] {
  return commandLine(async () => {}).commands.map(specOf);
}

/** Options that collect what they are given, as their parsers do. */
const REPEATED = new Set(["--input", "--mark", "--status", "--checkpoint", "--key", "--where"]);

function specOf(command: Command): CommandSpec {
  return {
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.map((option) => ({
        names: [option.long, option.short].filter((name): name is string => typeof name === "string"),
        description: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
        repeats: REPEATED.has(option.long ?? ""),
      })),
      { names: ["--help", "-h"], description: "show its help", takesValue: false, choices: [], repeats: false },
    ],
    args: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      choices: argument.argChoices ?? [],
      variadic: argument.variadic,
    })),
  };
}
