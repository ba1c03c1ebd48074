/**
 * `node editor.ts`: what waiting for a language server costs. The built command over stdio, in a workspace of a hundred files with one
 * of 1,000 and one of 10,000 lines, as people write them; then beside the servers of Langium and TypeSpec, each with the one file of the corpus.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { peersInstalled } from "./compilers.ts";
import { corpusOf, type Language, preludeOf, type SourceFile } from "./corpus.ts";
import { type Place, Session } from "./session.ts";
import { sourceOf } from "./sources.ts";

/** Of times in milliseconds. */
export interface Waits {
  readonly p50: number;
  readonly p95: number;
}

export interface Typing {
  readonly name: string;
  readonly lines: number;
  /** From a keystroke to the diagnostics it changes. */
  readonly diagnostics: Waits;
  /** From a keystroke with a request right behind it to the answer. */
  readonly completion: Waits;
  /** Processor time of the server for a keystroke. Milliseconds. */
  readonly work: number;
  /** With this file open, which is wrong. */
  readonly start?: Start;
}

/** From the start of the process to the first that is told. Milliseconds, best and middle of some. */
export interface Start {
  readonly best: number;
  readonly p50: number;
}

interface Peer {
  readonly name: string;
  readonly language: Language;
  readonly ending: string;
  readonly id: string;
  readonly command: readonly string[];
  /** A name in the middle of the text, and how it begins: a letter put into it is a mistake. */
  readonly at: string;
}

const here = import.meta.dirname;
const PEERS: readonly Peer[] = [
  {
    name: "opsc",
    language: "ops",
    ending: "ops",
    id: "ops",
    command: [path.resolve(here, "../../dist/opsc.mjs"), "lsp", "--stdio"],
    at: "replicas * ",
  },
  {
    name: "Langium",
    language: "langium",
    ending: "run",
    id: "runbook",
    command: [path.join(here, "peers/langium-server.ts"), "--stdio"],
    at: "replicas * ",
  },
  {
    name: "TypeSpec",
    language: "typespec",
    ending: "tsp",
    id: "typespec",
    command: [path.join(here, "node_modules/@typespec/compiler/cmd/tsp-server.js"), "--stdio"],
    at: "int32 = ",
  },
];

/** Within the word that `at` begins with, about the middle of the text. */
function placeOf(text: string, at: string): Place {
  const offset = text.indexOf(at, text.length / 2) + 4;
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

function waits(all: readonly number[]): Waits {
  const sorted = [...all].sort((a, b) => a - b);
  const of = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: of(0.5), p95: of(0.95) };
}

/** A letter put in and taken out again, `keys` times, each a mistake that comes or goes: waits, and processor time of each. */
async function pressing(
  session: Session,
  file: string,
  place: Place,
  keys: number,
): Promise<{ readonly waited: Waits; readonly work: number }> {
  const diagnostics: number[] = [];
  const press = async (i: number): Promise<void> => {
    const mistaken = i % 2 === 0;
    const told = session.told(file, mistaken);
    const began = performance.now();
    await session.change(file, place, mistaken ? 0 : 1, mistaken ? "x" : "");
    await told;
    diagnostics.push(performance.now() - began);
    await sleep(20);
  };
  for (let i = 0; i < Math.min(20, keys); i++) await press(i);
  diagnostics.length = 0;
  const work = session.work();
  for (let i = 0; i < keys; i++) await press(i);
  return { waited: waits(diagnostics), work: (session.work() - work) / keys };
}

/** The same, and then with a request behind each. */
async function typing(
  session: Session,
  file: string,
  place: Place,
  keys: number,
): Promise<Omit<Typing, "name" | "lines">> {
  const { waited, work } = await pressing(session, file, place, keys);
  const completion: number[] = [];
  const next = { line: place.line, character: place.character + 1 };
  for (let i = 0; i < keys; i++) {
    const mistaken = i % 2 === 0;
    const told = session.told(file, mistaken);
    const began = performance.now();
    await session.change(file, place, mistaken ? 0 : 1, mistaken ? "x" : "");
    await session.complete(file, mistaken ? next : place);
    completion.push(performance.now() - began);
    await told;
    await sleep(20);
  }
  return { diagnostics: waited, completion: waits(completion.slice(Math.min(10, keys / 2))), work };
}

async function inFolder<T>(files: readonly SourceFile[], work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-editor-"));
  try {
    for (const file of files) {
      mkdirSync(path.dirname(path.join(folder, file.path)), { recursive: true });
      writeFileSync(path.join(folder, file.path), file.text);
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A corpus as one file: what each imports of the one before is there already. */
function oneFile(language: Language, lines: number): string {
  const seen = new Set<string>();
  const all = corpusOf(language, lines).flatMap(({ text }) => text.split("\n"));
  return `${all
    .filter((line) => {
      if (/^import .*"\.\/m\d/.test(line)) return false;
      if (!/^(use|import) /.test(line)) return true;
      return !seen.has(line) && seen.add(line);
    })
    .join("\n")}\n`;
}

async function beside(peer: Peer, lines: number, keys: number): Promise<Typing> {
  const text = oneFile(peer.language, lines);
  const file = `main.${peer.ending}`;
  const at = text.indexOf(peer.at, text.length / 2) + 4;
  const files = [...preludeOf(peer.language), { path: file, text }];
  return inFolder(files, async (folder) => {
    const session = new Session(peer.command, folder);
    try {
      await session.initialize();
      await session.open(file, peer.id, text);
      await sleep(3000);
      const typed = await typing(session, file, placeOf(text, peer.at), keys);
      await session.stop();
      const wrong = `${text.slice(0, at)}x${text.slice(at)}`;
      return { name: peer.name, lines, ...typed, start: await startsOf(peer, folder, file, wrong, keys > 12 ? 5 : 2) };
    } finally {
      await session.stop();
    }
  });
}

/** From the start of the process to the first that is told of a file that is open and wrong. */
async function startsOf(peer: Peer, folder: string, file: string, text: string, times: number): Promise<Start> {
  const starts: number[] = [];
  for (let i = 0; i < times; i++) {
    const session = new Session(peer.command, folder);
    try {
      const told = session.told(file, true);
      await session.initialize();
      await session.open(file, peer.id, text);
      await told;
      starts.push(performance.now() - session.began);
    } finally {
      await session.stop();
    }
  }
  return { best: Math.min(...starts), p50: waits(starts).p50 };
}

export interface Workspace {
  readonly typing: readonly Typing[];
  /** Of a data file and of the configuration, in a file of its own each. */
  readonly others: readonly { readonly file: string; readonly waited: Waits; readonly work: number }[];
  /** By the file that is open; of one that is not, all of the project has been checked by then. */
  readonly starts: readonly { readonly file: string; readonly start: Start }[];
  /** Bytes of memory after 200 edits of 10,000 lines, and after `edits` more. */
  readonly memory: { readonly before: number; readonly after: number; readonly edits: number };
}

const WRONG = "let wrong: int = true\n";
const PORTS = `{ ${Array.from({ length: 200 }, (_, i) => `"port${i}": ${8000 + i}`).join(", ")} }\n`;
const CONFIG = '{ "check": { "severity": { "unused-name": "warning" } } }\n';

function workspace(): SourceFile[] {
  const small = Array.from({ length: 98 }, (_, i) => ({ path: `part${i}.ops`, text: sourceOf(60) }));
  return [
    ...small,
    { path: "middling.ops", text: sourceOf(1000) },
    { path: "large.ops", text: sourceOf(10_000) },
    { path: "wrong.ops", text: WRONG },
    { path: "data.ops", text: 'let ports = json("./ports.json") as map<int>\naction use(port: one of ports) {}\n' },
    { path: "ports.json", text: PORTS },
    { path: "opsc.config.json", text: CONFIG },
  ];
}

/** Until a file that is not open is told of: all is checked by then. */
async function wholeOf(peer: Peer, folder: string, times: number): Promise<Start> {
  const starts: number[] = [];
  for (let i = 0; i < times; i++) {
    const session = new Session(peer.command, folder);
    try {
      const told = session.told("wrong.ops", true);
      await session.initialize();
      await told;
      starts.push(performance.now() - session.began);
    } finally {
      await session.stop();
    }
  }
  return { best: Math.min(...starts), p50: waits(starts).p50 };
}

async function ours(keys: number, edits: number): Promise<Workspace> {
  const [own] = PEERS;
  if (own === undefined) throw new Error("no command");
  const files = workspace();
  return inFolder(files, async (folder) => {
    const textOf = (file: string): string => files.find((each) => each.path === file)?.text ?? "";
    const starts: Workspace["starts"][number][] = [];
    for (const file of ["wrong.ops", "middling.ops", "large.ops"]) {
      const text = file === "wrong.ops" ? WRONG : `${textOf(file)}${WRONG}`;
      starts.push({ file, start: await startsOf(own, folder, file, text, 7) });
    }
    starts.push({ file: "none", start: await wholeOf(own, folder, 7) });
    const session = new Session(own.command, folder);
    try {
      await session.initialize();
      const found: Typing[] = [];
      for (const [file, lines] of [
        ["middling.ops", 1000],
        ["large.ops", 10_000],
      ] as const) {
        const text = textOf(file);
        await session.open(file, "ops", text);
        await sleep(2000);
        found.push({ name: "opsc", lines, ...(await typing(session, file, placeOf(text, "version}/part"), keys)) });
      }
      const others: Workspace["others"][number][] = [];
      for (const [file, at, keys] of [
        ["ports.json", "8190", 60],
        ["opsc.config.json", "warning", 60],
      ] as const) {
        await session.open(file, "json", textOf(file));
        await sleep(500);
        others.push({ file, ...(await pressing(session, file, placeOf(textOf(file), at), keys)) });
      }
      const text = textOf("large.ops");
      const place = placeOf(text, "version}/part");
      const press = async (i: number): Promise<void> => {
        const told = session.told("large.ops", i % 2 === 0);
        await session.change("large.ops", place, i % 2, i % 2 === 0 ? "x" : "");
        await told;
      };
      for (let i = 0; i < 200; i++) await press(i);
      const before = session.memory();
      for (let i = 0; i < edits; i++) await press(i);
      const after = session.memory();
      return { typing: found, others, starts, memory: { before, after, edits } };
    } finally {
      await session.stop();
    }
  });
}

export interface EditorFigures {
  readonly workspace: Workspace;
  /** opsc and its peers, in turns. */
  readonly beside: readonly Typing[];
}

export async function editorBench(quick: boolean, tell: (what: string) => void): Promise<EditorFigures> {
  const keys = quick ? 30 : 100;
  tell("the language server, a workspace");
  const workspace = await ours(keys, quick ? 200 : 1000);
  const besides: Typing[] = [];
  for (const lines of [1000, 10_000])
    for (const peer of PEERS) {
      if (peer.name !== "opsc" && !peersInstalled()) continue;
      tell(`the language server of ${peer.name}, ${lines} lines`);
      besides.push(await beside(peer, lines, lines > 1000 && peer.name !== "opsc" ? 12 : keys));
    }
  return { workspace, beside: besides };
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const both = ({ p50, p95 }: Waits): string => `${ms(p50)}, ${ms(p95)}`;

/** As rows of words and figures. */
export function editorRows({ workspace, beside }: EditorFigures): string[][] {
  const { starts, memory } = workspace;
  const started = ({ best, p50 }: Start): string => `${ms(best)}, ${ms(p50)}`;
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return [
    ["Typing: middle, and 95 of 100", "lines", "to diagnostics", "to completion", "processor a key"],
    ...workspace.typing.map((each) => ["opsc, of a hundred files", ...cells(each)]),
    ...beside.map((each) => [`${each.name}, the one file of the corpus`, ...cells(each)]),
    ...workspace.others.map(({ file, waited, work }) => [`opsc, ${file}`, "", both(waited), "", ms(work)]),
    ["Start to the first that is told, best and middle", "lines", ""],
    ...starts.map(({ file, start }) => [`opsc, of a hundred files, open: ${file}`, "", started(start)]),
    ...beside.flatMap(({ name, lines, start }) =>
      start === undefined ? [] : [[`${name}, the one file of the corpus`, String(lines), started(start)]],
    ),
    [`memory before and after ${memory.edits} edits`, "", `${mib(memory.before)}, ${mib(memory.after)}`],
  ];
}

const cells = ({ lines, diagnostics, completion, work }: Typing): string[] => [
  String(lines),
  both(diagnostics),
  both(completion),
  ms(work),
];

if (import.meta.main) {
  const figures = await editorBench(process.argv.includes("--quick"), (what) => process.stderr.write(`${what}\n`));
  for (const row of editorRows(figures)) process.stdout.write(`${row.map((cell) => cell.padEnd(24)).join(" ")}\n`);
  process.exit(0);
}
