/** `opsc catalog [ACTION…]` */
import type { Action, Program } from "../../compiler/program.ts";
import { entryOf } from "../catalog/entry.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { findAction, ownActions } from "../find-action.ts";
import type { Io } from "../io.ts";
import { soundProgram } from "../planning.ts";
import { openProject } from "../project.ts";

interface Options extends Common {
  readonly format?: "text" | "json" | "markdown" | "json-schema";
}

export async function run(io: Io, names: readonly string[], options: Options): Promise<ExitCode> {
  const project = await openProject(options.dir, { tests: false });
  const program = await soundProgram(io, project);
  const actions =
    names.length === 0
      ? ownActions(program)
      : [...new Set(names.map((name) => findAction(program, name, project.root)))];
  switch (io.json && options.format !== "json-schema" ? "json" : (options.format ?? "text")) {
    case "json-schema":
      io.rawJson(JSON.stringify(await schemaOf(program, actions, names.length), null, 2));
      return EXIT.done;
    case "json":
      io.rawJson(JSON.stringify({ actions: actions.map((action) => entryOf(action, program)) }));
      return EXIT.done;
    case "markdown":
      io.raw((await import("../catalog/markdown.ts")).catalogMarkdown(actions.map((each) => entryOf(each, program))));
      return EXIT.done;
    case "text": {
      const entries = actions.map((each) => entryOf(each, program));
      if (entries.length === 0) io.out("this project declares no actions");
      else io.raw((await import("../catalog/text.ts")).catalogText(entries, io));
      return EXIT.done;
    }
  }
}

/** The inputs of the one action that was named, else those of each by its id. */
async function schemaOf(program: Program, actions: readonly Action[], named: number): Promise<object> {
  const { DIALECT, inputsSchema } = await import("../../compiler/form/inputs.ts");
  const [only] = actions;
  if (named === 1 && only !== undefined) return { $schema: DIALECT, ...inputsSchema(program, only) };
  return {
    $schema: DIALECT,
    title: "Inputs of the actions of a project, by action",
    $defs: Object.fromEntries(actions.map((action) => [action.id, inputsSchema(program, action)])),
  };
}
