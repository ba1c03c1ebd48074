/** What is wrong with the words of a command line, said as everything else is. */
import type { Command, CommanderError } from "commander";
import { EXIT, Stop } from "../exit.ts";

/** `words` are those after `opsc`. */
export function misuse(program: Command, words: readonly string[], error: CommanderError): Stop {
  const early = words[0]?.startsWith("-") === true ? words[0] : null;
  const named = (word: string): Command | undefined => program.commands.find((each) => each.name() === word);
  // What stands before the command may have been meant as the value of an option.
  const word = words.find((each) => (early === null ? !each.startsWith("-") : named(each) !== undefined));
  const command = named(word ?? "") ?? null;
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n(Did you mean ");
  if (early !== null && command !== null && error.code === "commander.unknownOption")
    return new Stop(
      EXIT.wrong,
      `${early} stands before the command`,
      `options stand behind it: opsc ${command.name()} ${early}`,
    );
  const elsewhere = error.code === "commander.unknownCommand" ? ELSEWHERE.get(word ?? "") : undefined;
  if (elsewhere !== undefined) return new Stop(EXIT.wrong, `there is no command ${word}`, `here that is ${elsewhere}`);
  const help = command === null ? "opsc --help lists the commands" : `opsc ${command.name()} --help shows how`;
  return new Stop(
    EXIT.wrong,
    inWords(first, command),
    suggestion === undefined ? help : `did you mean ${suggestion.replace(/^one of /, "").replace(/\?\)$/, "?")}`,
  );
}

const COUNTS = ["no arguments", "one argument", "two arguments"];

/** What other tools call it. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["lint", "opsc check; with --fix it mends what is safe to mend"],
  ["validate", "opsc check"],
  ["verify", "opsc check for files, opsc audit verify for the log"],
  ["format", "opsc fmt"],
  ["run", "opsc apply"],
  ["execute", "opsc apply"],
  ["start", "opsc apply"],
  ["list", "opsc catalog for actions, opsc runs for runs"],
  ["ls", "opsc catalog for actions, opsc runs for runs"],
  ["actions", "opsc catalog"],
  ["status", "opsc runs, or opsc show RUN"],
  ["ps", "opsc runs"],
  ["history", "opsc runs, or opsc audit export"],
  ["log", "opsc show RUN, or opsc audit export"],
  ["logs", "opsc show RUN, or opsc audit export"],
  ["graph", "opsc plan ACTION --format svg"],
  ["reject", "opsc deny"],
  ["continue", "opsc resume"],
  ["stop", "opsc pause, or opsc cancel"],
  ["kill", "opsc cancel"],
  ["abort", "opsc cancel"],
  ["undo", "opsc rollback"],
  ["revert", "opsc rollback"],
  ["destroy", "opsc rollback"],
  ["new", "opsc init"],
  ["version", "opsc --version"],
]);

/** The library's sentence in the words of this command. */
function inWords(text: string, command: Command | null): string {
  const of = command === null ? "opsc" : `opsc ${command.name()}`;
  const unknown = /^unknown (command|option) '(.*)'$/s.exec(text);
  if (unknown !== null)
    return unknown[1] === "command" ? `there is no command ${unknown[2]}` : `${of} has no option ${unknown[2]}`;
  const missing = /^missing required argument '(.*)'$/.exec(text);
  if (missing !== null) return `${of} needs ${spoken(missing[1] ?? "")}`;
  const value = /^option '(.*?)' argument missing$/.exec(text);
  if (value !== null) return `${longName(value[1] ?? "")} needs a value`;
  const option = /^option '(.*?)' argument '(.*)' is invalid\. ?(.*)$/s.exec(text);
  if (option !== null) return `${longName(option[1] ?? "")} cannot be ${option[2]}: ${inChoices(option[3] ?? "")}`;
  const argument = /^command-argument value '(.*)' is invalid for argument '.*?'\. ?(.*)$/s.exec(text);
  if (argument !== null) return `${of} cannot take ${argument[1]}: ${inChoices(argument[2] ?? "")}`;
  const many = /^too many arguments.*Expected (\d+) arguments? but got \d+: (.*)\.$/s.exec(text);
  if (many !== null) {
    const extra = (many[2] ?? "").split(", ").slice(Number(many[1]));
    return `${of} takes ${COUNTS[Number(many[1])] ?? many[1]}, and ${extra.join(", ")} is too many`;
  }
  return text;
}

/** `--input` of `-i, --input <name=value>`. */
const longName = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags;

const inChoices = (why: string): string => why.replace(/^Allowed choices are (.*)\.$/, "it is one of $1");

/** `plan-or-run` as in a sentence. */
const spoken = (name: string): string => `${name.includes("-or-") ? "" : "the "}${name.replaceAll("-", " ")}`;
