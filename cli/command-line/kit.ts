/** What the definitions of commands are made with. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Common } from "../common.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";

export type Run = (io: Io) => Promise<ExitCode>;
/** Runs what a command does, with its words and exit code. */
export type Execute = (common: Common, run: Run) => Promise<void>;

/** Adds commands to the program, with what every one of them has. */
export interface Kit {
  readonly execute: Execute;
  /** `name` with its arguments, as commander writes them; `example` is a command line. */
  command(name: string, description: string, ...examples: string[]): Command;
}

export function kit(program: Command, execute: Execute): Kit {
  return {
    execute,
    command: (name, description, ...examples) =>
      program
        .command(name)
        .description(description)
        .exitOverride()
        .option("--json", "machine-readable: one JSON document, or JSON Lines, on standard output")
        .option("--no-color", "no colours (also NO_COLOR)")
        .option(
          "--dir <folder>",
          "the project's folder (also OPSC_DIR); by default the nearest that holds opsc.config.json",
        )
        .option(
          "--workspace <name>",
          "which plans, locks, limits and leases belong together; by default as the configuration says, else default",
        )
        .addHelpText(
          "after",
          `\nExample${examples.length === 1 ? "" : "s"}:\n${examples.map((each) => `  ${each}`).join("\n")}\n`,
        ),
  };
}

export const format = (...values: string[]): Option =>
  new Option("--format <format>", "how it is shown").choices(values);

/** What asks for a plan of an action. */
export const request = (command: Command): Command =>
  command
    .option("-i, --input <name=value>", "an input of the action; repeat for each", collectKeyed)
    .option("--inputs <file>", "inputs from a JSON or YAML file (- for standard input); -i counts before it")
    .option("--as <who>", "who asks for it; your git e-mail address by default (also OPSC_AS)")
    .option("--reason <text>", "why, for those who approve and those who read the log")
    .addOption(key());

/** What signs for whoever acts. */
export const key = (): Option =>
  new Option("--key <file>", "sign it with this key of ssh-keygen, by default OPSC_KEY or the key git signs with");

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function keyed(value: string): string {
  if (!/^[^=\s]+=/s.test(value)) throw new InvalidArgumentError("write name=value");
  return value;
}

const collectKeyed = (value: string, before: readonly string[] = []): readonly string[] => [...before, keyed(value)];

export function natural(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("give a whole number, 0 or more");
}

export function positive(value: string): number {
  const n = Number(value);
  if (/^\d+$/.test(value) && n >= 1 && n <= 1024) return n;
  throw new InvalidArgumentError("give a whole number from 1 to 1024");
}
