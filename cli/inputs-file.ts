/** Inputs from a file: JSON or YAML, with the place of what is wrong. */
import { open } from "node:fs/promises";
import { parseJson } from "../compiler/data/json.ts";
import { type DataFault, plainValue } from "../compiler/data/node.ts";
import { lineIndex } from "../language/lines.ts";
import { EXIT, Stop } from "./exit.ts";
import { readStdin, readText } from "./stdin.ts";

/** Larger than any inputs a person reviews. */
const MAX_INPUTS = 16 * 1024 * 1024;

const HOW = 'write inputs by name: {"name": value} in JSON, name: value in YAML';

/** By name. `-` is standard input, which may be either; a file is YAML if its name says so. */
export async function readInputsFile(file: string): Promise<ReadonlyMap<string, unknown>> {
  const text = file === "-" ? await readStdin(MAX_INPUTS) : await readWhole(file);
  const shown = file === "-" ? "standard input" : file;
  if (text.trim() === "") throw new Stop(EXIT.wrong, `${shown} is empty`, HOW);
  const yaml = /\.ya?ml$/i.test(file) || (file === "-" && !/^\s*[{[]/.test(text));
  const parse = yaml ? (await import("../compiler/data/yaml.ts")).parseYaml : parseJson;
  const { node, faults } = parse(text);
  const [fault] = faults;
  if (fault !== undefined) throw wrong(shown, yaml ? "YAML" : "JSON", text, fault);
  const value = node === null ? {} : plainValue(node);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Stop(EXIT.wrong, `${shown} holds no inputs by name`, HOW);
  return new Map(Object.entries(value));
}

function wrong(shown: string, format: string, text: string, fault: DataFault): Stop {
  const { line, column } = lineIndex(text).position(fault.span.start);
  return new Stop(EXIT.wrong, `${shown} is not ${format}: ${fault.message} (${line}:${column})`, fault.help);
}

/** A pipe, as a shell makes it of `<(…)`, is read like a file. */
async function readWhole(file: string): Promise<string> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === "ENOENT";
    throw new Stop(
      missing ? EXIT.wrong : EXIT.environment,
      missing ? `there is no file ${file}` : `${file} cannot be read: ${error.message}`,
      missing ? "name a JSON or YAML file of inputs, or - for standard input" : "check its permissions",
    );
  });
  try {
    if ((await handle.stat()).isDirectory()) throw new Stop(EXIT.wrong, `${file} is a folder`, "name a file of inputs");
    return await readText(file, handle.createReadStream({ autoClose: false }), MAX_INPUTS);
  } finally {
    await handle.close();
  }
}
