/** `opsc help`: the list, the help of one command, and pages on what is the same for all of them. */
import type { Command } from "commander";
import { nearest } from "../../language/nearest.ts";
import { EXIT, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { TOPICS, topics } from "../topics.ts";
import type { Kit } from "./kit.ts";

export function helpCommand(program: Command, { execute }: Kit): void {
  program
    .helpCommand(false)
    .command("help [topic]")
    .description("the help of a command; opsc help exit-codes, opsc help environment")
    .exitOverride()
    .option("--json", "pages as data")
    .option("--no-color", "no colours (also NO_COLOR)")
    .addHelpText(
      "after",
      `\nPages:\n${topics.map((name) => `  opsc help ${name.padEnd(14)}${TOPICS[name]}`).join("\n")}\n\nExample:\n  opsc help exit-codes\n`,
    )
    .action((name: string | undefined, options) =>
      execute(options, async (io) => {
        await help(io, program, name);
        return EXIT.done;
      }),
    );
}

async function help(io: Io, program: Command, name: string | undefined): Promise<void> {
  const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
  if (command !== undefined) {
    if (io.json) io.raw(JSON.stringify({ name: command.name(), help: command.helpInformation() }));
    else command.outputHelp();
    return;
  }
  const topic = topics.find((each) => each === name);
  if (topic === undefined) throw unknown(name ?? "", program);
  const { page, pageJson } = await import("../pages.ts");
  if (io.json) {
    io.raw(JSON.stringify({ topic, entries: pageJson(topic) }));
    return;
  }
  const { rows } = await import("../rows.ts");
  for (const line of rows(page(topic), io)) io.raw(line);
}

function unknown(name: string, program: Command): Stop {
  const near = nearest(name, [...program.commands.map((each) => each.name()), ...topics]);
  return new Stop(
    EXIT.wrong,
    `there is no command or page ${name}`,
    near === "" ? `opsc help lists the commands; pages are ${topics.join(", ")}` : `did you mean ${near}?`,
  );
}
