/** Every `.ops` text of the repository, for tests that damage what people write: fixtures, examples, and the blocks of the documents. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "../../language/parse.ts";
import { isReserved } from "../../language/tokens.ts";
import { sources } from "./sources.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const DOCUMENTS = ["language/REFERENCE.md", "language/TUTORIAL.md"];

interface Text {
  readonly name: string;
  readonly text: string;
}

function files(folder: string): Text[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ops") && !name.includes("node_modules"))
    .sort()
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(path.join(ROOT, folder, name), "utf8") }));
}

/** As it is, or in an action where it is a part of one. */
function whole(name: string, text: string): Text {
  const inAction = `action block() {\n${text.replace(/^(?=.)/gm, "  ")}}\n`;
  const fragment = parse(text).faults.length > 0 && parse(inAction).faults.length === 0;
  return { name, text: fragment ? inAction : text };
}

/** The blocks of a document marked `ops`, each by the number of its line. */
function blocks(file: string): Text[] {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return [...text.matchAll(/^```ops[^\n]*\n([\s\S]*?)^```$/gm)].map((match) =>
    whole(`${file}:${text.slice(0, match.index).split("\n").length}`, match[1] ?? ""),
  );
}

const all: readonly Text[] = [
  ...Object.entries(sources).map(([name, text]) => ({ name, text })),
  ...files("test/fixtures"),
  ...files("examples"),
  ...DOCUMENTS.flatMap(blocks),
];

/** Whether an input is named by a word of the language, which is read as a name only where all around it is whole. */
const isNamedByWord = (tree: ReturnType<typeof parse>["tree"]): boolean =>
  tree.items.some((item) => "params" in item && item.params.some(({ name }) => name !== null && isReserved(name.text)));

/** Those without a fault: what is told of a damaged one comes of the damage. */
export const corpus: readonly Text[] = all.filter(({ text }) => {
  const { faults, tree } = parse(text);
  return faults.length === 0 && !isNamedByWord(tree);
});

/** Those that have a fault as they are. */
export const faulty: readonly string[] = all.filter((each) => !corpus.includes(each)).map(({ name }) => name);
