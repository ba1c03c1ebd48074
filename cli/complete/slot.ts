/** What is wanted at the cursor: pure, from the table of commands and the words before it. */
import type { CommandSpec, OptionSpec } from "../command-line/table.ts";

export interface Candidate {
  readonly value: string;
  readonly about: string;
}

/** What cannot be told from the command line alone. */
export type Wanted =
  | {
      readonly of:
        | "actions"
        | "runs"
        | "leases"
        | "people"
        | "codes"
        | "topics"
        | "files"
        | "folders"
        | "ops"
        | "plans";
    }
  /** Of an action: names, or once one is there, its values; `given` are those that are there already. */
  | { readonly of: "input"; readonly action: string | null; readonly given: readonly string[] };

export interface Slot {
  readonly candidates: readonly Candidate[];
  readonly wanted: readonly Wanted[];
  /** The word at the cursor, of which candidates are the whole or the beginning. */
  readonly word: string;
  /** What stands before `word` in the same word of the shell: `--format=`. */
  readonly lead: string;
}

/** `words` are those after `opsc`, the last that at the cursor. */
export function slotAt(table: readonly CommandSpec[], words: readonly string[]): Slot {
  const word = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const at = before.findIndex((each) => !each.startsWith("-"));
  const command = at < 0 ? undefined : table.find(({ name }) => name === before[at]);
  if (at < 0) return firstWord(table, word);
  if (command === undefined) return { candidates: [], wanted: [], word, lead: "" };
  const read = readWords(command, before.slice(at + 1));
  if (read.open !== null) return valueSlot(read.open, read, word, "");
  if (word.startsWith("-") && !read.ended) {
    const [name = "", value] = word.split(/=(.*)/s);
    const option = command.options.find((each) => each.names.includes(name));
    if (value !== undefined && option?.takesValue === true) return valueSlot(option, read, value, `${name}=`);
    return { candidates: optionsOf(command, read), wanted: [], word, lead: "" };
  }
  return argument(command, read, word);
}

function firstWord(table: readonly CommandSpec[], word: string): Slot {
  const commands = table.map(({ name, description }) => ({ value: name, about: description }));
  const own = [
    { value: "--help", about: "the commands" },
    { value: "--version", about: "the version" },
  ];
  return { candidates: word.startsWith("-") ? own : commands, wanted: [], word, lead: "" };
}

interface ReadWords {
  /** The option whose value is at the cursor. */
  readonly open: OptionSpec | null;
  readonly operands: readonly string[];
  readonly seen: ReadonlySet<OptionSpec>;
  /** Names of inputs given. */
  readonly inputs: readonly string[];
  /** Whether `--` was there: all that follows is no option. */
  readonly ended: boolean;
}

function readWords(command: CommandSpec, words: readonly string[]): ReadWords {
  const operands: string[] = [];
  const seen = new Set<OptionSpec>();
  const inputs: string[] = [];
  let open: OptionSpec | null = null;
  let ended = false;
  const take = (option: OptionSpec, value: string): void => {
    if (option.names.includes("--input")) inputs.push(value.split("=")[0] ?? "");
  };
  for (const each of words) {
    if (open !== null) {
      take(open, each);
      open = null;
    } else if (ended || !each.startsWith("-") || each === "-") operands.push(each);
    else if (each === "--") ended = true;
    else {
      const [name = "", value] = each.split(/=(.*)/s);
      const option = command.options.find(({ names }) => names.includes(name));
      if (option === undefined) continue;
      seen.add(option);
      if (option.takesValue && value === undefined) open = option;
      else if (value !== undefined) take(option, value);
    }
  }
  return { open, operands, seen, inputs, ended };
}

function optionsOf(command: CommandSpec, { seen }: ReadWords): Candidate[] {
  return command.options
    .filter((option) => option.repeats || !seen.has(option))
    .map(({ names, description }) => ({ value: names[0] ?? "", about: description }));
}

function argument(command: CommandSpec, read: ReadWords, word: string): Slot {
  const spec = command.args[read.operands.length] ?? command.args.find(({ variadic }) => variadic);
  if (spec === undefined) return { candidates: optionsOf(command, read), wanted: [], word, lead: "" };
  if (spec.choices.length > 0) return chosen(spec.choices, word, "");
  const of = ARGUMENTS[spec.name] ?? ["files"];
  return { candidates: [], wanted: of.map((each) => ({ of: each })), word, lead: "" };
}

type Plain = Exclude<Wanted["of"], "input">;

const ARGUMENTS: Readonly<Record<string, readonly Plain[]>> = {
  action: ["actions"],
  actions: ["actions"],
  "plan-or-action": ["actions", "plans"],
  "plan-or-run": ["runs", "plans"],
  plan: ["plans"],
  old: ["runs", "plans"],
  new: ["runs", "plans"],
  run: ["runs"],
  leases: ["leases"],
  paths: ["ops"],
  code: ["codes"],
  topic: ["topics"],
  dir: ["folders"],
};

const VALUES: Readonly<Record<string, Plain | null>> = {
  "--as": "people",
  "--by": "people",
  "--run": "runs",
  "--action": "actions",
  "--dir": "folders",
  "--approvals": "folders",
  "--out": "files",
  "--file": "files",
  "--inputs": "files",
  "--key": "files",
};

function valueSlot(option: OptionSpec, read: ReadWords, word: string, lead: string): Slot {
  if (option.choices.length > 0) return chosen(option.choices, word, lead);
  if (option.names.includes("--input")) {
    const [action = null] = read.operands;
    return { candidates: [], wanted: [{ of: "input", action, given: read.inputs }], word, lead };
  }
  const of = option.names.map((name) => VALUES[name]).find((each) => each !== undefined) ?? null;
  return { candidates: [], wanted: of === null ? [] : [{ of }], word, lead };
}

const chosen = (choices: readonly string[], word: string, lead: string): Slot => ({
  candidates: choices.map((value) => ({ value, about: "" })),
  wanted: [],
  word,
  lead,
});
