/** Fenced blocks of the repository's Markdown files, as plain data. What the words after the fence mean is in README.md. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Block {
  /** From the root of the repository. */
  readonly file: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** The first word after the fence, "" where there is none. */
  readonly language: string;
  /** The other words: `name=value`, or `name`, whose value is then "". */
  readonly words: ReadonlyMap<string, string>;
  /** Ends with a line end unless it is empty. */
  readonly text: string;
}

export interface Document {
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Folders of data that tests compare with, not of texts for people. */
const DATA = /(^|\/)(golden|fixtures|__snapshots__)\//;

/** Every Markdown file that is, or could be, under version control. */
export function documents(): Document[] {
  return listed("*.md")
    .filter((file) => !DATA.test(file))
    .map(documentOf);
}

/** Whether it is the page of an example, whose steps are followed in a copy of it. */
export const isOfExample = ({ file }: Document): boolean => /^examples\/[^/]+\/README\.md$/.test(file);

/** The files of the example whose page this is, by their paths within it; none for other documents. */
export function filesBeside(document: Document): { readonly path: string; readonly text: string }[] {
  if (!isOfExample(document)) return [];
  const folder = path.posix.dirname(document.file);
  return listed(`${folder}/`).map((file) => ({
    path: path.posix.relative(folder, file),
    text: readFileSync(path.join(ROOT, file), "utf8"),
  }));
}

/** What git has, or could have, below a path, sorted. */
function listed(pattern: string): string[] {
  const found = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", pattern], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return found
    .split("\n")
    .filter((file) => file !== "" && existsSync(path.join(ROOT, file)))
    .sort();
}

export function documentOf(file: string): Document {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return { file, text, blocks: blocksOf(file, text) };
}

const FENCE = /^( *)(`{3,}|~{3,}) *(.*)$/;

/** Throws at a block that is never closed. */
export function blocksOf(file: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly fence: string; readonly indent: number; readonly line: number; readonly info: string } | null =
    null;
  let body: string[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = FENCE.exec(line) ?? [];
    if (open === null) {
      if (fence !== "") open = { fence, indent: indent.length, line: i + 1, info };
      body = [];
    } else if (fence.startsWith(open.fence) && info.trim() === "") {
      blocks.push({ file, line: open.line, ...wordsOf(open.info), text: body.map((each) => `${each}\n`).join("") });
      open = null;
    } else body.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
  }
  if (open !== null) throw new Error(`${file}:${open.line}: this block is never closed`);
  return blocks;
}

function wordsOf(info: string): Pick<Block, "language" | "words"> {
  const [language = "", ...rest] = info.trim().split(/\s+/);
  const words = rest.map((word) => {
    const sign = word.indexOf("=");
    return sign < 0 ? ([word, ""] as const) : ([word.slice(0, sign), word.slice(sign + 1)] as const);
  });
  return { language, words: new Map(words) };
}

export const place = (block: Block): string => `${block.file}:${block.line}`;
