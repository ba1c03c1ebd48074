/** The command line: names, options and help, by what people want to do. What a command does is in `../commands/`. */
import { type Argument, Command } from "commander";
import { widthOf } from "../io.ts";
import { VERSION } from "../version.ts";
import { helpCommand } from "./help.ts";
import { type Execute, kit } from "./kit.ts";
import { lookCommands } from "./look.ts";
import { reviewCommands } from "./review.ts";
import { runCommands } from "./run.ts";
import { setUpCommands } from "./set-up.ts";
import { writeCommands } from "./write.ts";

const FIRST_LOOK = `
A first look:
  opsc init operations && cd operations
  opsc check
  opsc plan maintenance -i env=production -i closed=true --reason "new disks on Monday" -o close.opsplan.json
  opsc approve close.opsplan.json --as ana@example.com
  opsc apply close.opsplan.json
`;

export function commandLine(execute: Execute): Command {
  const program = new Command("opsc")
    .description("Operations as checked, reviewed, undoable programs: write .ops files, plan, approve, apply, audit.")
    .version(VERSION, "-V, --version", "print the version")
    .exitOverride()
    // What is wrong with the arguments is told by whoever catches it, as all else is.
    .configureOutput({ outputError: () => {}, getOutHelpWidth: widthOf, getErrHelpWidth: widthOf })
    // Every command has options: in the list they would only be in the way.
    .configureHelp({
      minWidthToWrap: 24,
      subcommandTerm: (each) => [each.name(), ...each.registeredArguments.map(argument)].join(" "),
    })
    .addHelpText("after", FIRST_LOOK);
  const made = kit(program, execute);
  program.commandsGroup("Write:");
  writeCommands(made);
  program.commandsGroup("Review:");
  reviewCommands(made);
  program.commandsGroup("Run:");
  runCommands(made);
  program.commandsGroup("Look:");
  lookCommands(made);
  program.commandsGroup("Set up:");
  setUpCommands(made);
  helpCommand(program, made);
  return program;
}

function argument(each: Argument): string {
  const shown = `${each.name()}${each.variadic ? "..." : ""}`;
  return each.required ? `<${shown}>` : `[${shown}]`;
}
