/** The command line as it describes itself with `--help`, and whether a command written in a document fits it. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { ROOT } from "./blocks.ts";

export const OPSC = path.join(ROOT, "cli/opsc.ts");

interface OptionSpec {
  readonly takesValue: boolean;
  /** null where any value is fine. */
  readonly choices: readonly string[] | null;
}

interface CommandSpec {
  readonly options: ReadonlyMap<string, OptionSpec>;
  readonly required: number;
  readonly most: number;
}

function help(...words: string[]): string {
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "200" };
  return execFileSync(process.execPath, [OPSC, ...words, "--help"], { encoding: "utf8", env });
}

const section = (text: string, title: string): string =>
  new RegExp(`^${title}:\\n((?: +.*\\n|\\n(?= {2}))*)`, "m").exec(text)?.[1] ?? "";

/** Entries of a help section: each begins two spaces in, and goes on further in. */
const entries = (text: string): string[] =>
  text
    .split(/\n(?= {2}\S)/)
    .map((entry) => entry.replace(/\s+/g, " ").trim())
    .filter((entry) => entry !== "");

function optionsOf(text: string): Map<string, OptionSpec> {
  const options = new Map<string, OptionSpec>();
  for (const entry of entries(section(text, "Options"))) {
    const [, short, long = "", value] = /^(?:(-\w), )?(--[a-z-]+)( <[^>]+>)?/.exec(entry) ?? [];
    const listed = /\(choices: ([^)]*?)(?:, default: [^)]*)?\)/.exec(entry)?.[1];
    const choices = listed === undefined ? null : [...listed.matchAll(/"([^"]+)"/g)].map(([, choice = ""]) => choice);
    const spec = { takesValue: value !== undefined, choices };
    for (const name of [short, long]) if (name !== undefined && name !== "") options.set(name, spec);
  }
  return options;
}

/** Groups of commands stand under headings of their own, between the options and the examples. */
export function commandNames(): string[] {
  return ["Write", "Review", "Run", "Look", "Set up"]
    .flatMap((group) => entries(section(help(), group)))
    .map((entry) => entry.split(" ")[0] ?? "");
}

const known = new Map<string, CommandSpec>();

function commandSpec(name: string): CommandSpec {
  const before = known.get(name);
  if (before !== undefined) return before;
  const text = help(name);
  const operands = [...(/^Usage: .*$/m.exec(text)?.[0] ?? "").matchAll(/<[^>]+>|\[(?!options)[^\]]+\]/g)].map(
    ([word]) => word,
  );
  const spec = {
    options: optionsOf(text),
    required: operands.filter((word) => word.startsWith("<")).length,
    most: operands.some((word) => word.includes("...")) ? Number.POSITIVE_INFINITY : operands.length,
  };
  known.set(name, spec);
  return spec;
}

const TOKEN = /#.*|[|&;]+|\d?[<>]+|(?:"[^"]*"|'[^']*'|[^\s"'|&;<>])+/g;

/** Every `opsc …` in a shell block, as words: from its name to the end of the command. Lines ended by `\` are joined. */
export function commandsIn(shell: string): string[][] {
  const commands: string[][] = [];
  for (const line of shell.replace(/\\\n\s*/g, " ").split("\n")) {
    let words: string[] = [];
    let redirected = false;
    commands.push(words);
    for (const [token] of line.replace(/^\$ /, "").matchAll(TOKEN)) {
      if (token.startsWith("#")) break;
      if (/^[|&;]/.test(token)) {
        words = [];
        redirected = false;
        commands.push(words);
      } else if (/[<>]$/.test(token)) redirected = true;
      else if (!redirected) words.push(token.replace(/["']/g, ""));
    }
  }
  return commands.filter((words) => words[0] === "opsc");
}

/** What is wrong with a command, null if nothing is. `words` begin with `opsc`. */
export function misuse(words: readonly string[]): string | null {
  const [, name = "", ...rest] = words;
  if (name.startsWith("-")) return optionsOf(help()).has(name) ? null : `opsc has no option ${name}`;
  if (!commandNamesOnce().includes(name)) return `opsc has no command ${name}`;
  const spec = commandSpec(name);
  let operands = 0;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (!word.startsWith("-") || word === "-") {
      operands++;
      continue;
    }
    const [option = "", inline] = word.split(/=(.*)/s);
    const known = spec.options.get(option);
    if (known === undefined) return `opsc ${name} has no option ${option}`;
    if (!known.takesValue) continue;
    const value = inline ?? rest[++i];
    if (value === undefined) return `opsc ${name} ${option} wants a value`;
    if (known.choices !== null && !known.choices.includes(value))
      return `opsc ${name} ${option} is none of ${known.choices.join(", ")}`;
  }
  if (operands < spec.required || operands > spec.most)
    return `opsc ${name} takes another number of arguments than ${operands}`;
  return null;
}

let names: readonly string[] | null = null;
function commandNamesOnce(): readonly string[] {
  names ??= commandNames();
  return names;
}
