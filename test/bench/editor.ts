/**
 * `node editor.ts`: what waiting for a language server costs. The built command over stdio, in a workspace of a hundred files with one
 * of 1,000 and one of 10,000 lines, as people write them; then beside the servers of Langium and TypeSpec, each with the one file of the corpus.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { peersInstalled } from "./compilers.ts";
import { corpusOf, type Language, preludeOf, type SourceFile } from "./corpus.ts";
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

class Session {
  readonly connection: ProtocolConnection;
  readonly child: ChildProcess;
  readonly #folder: string;
  readonly #versions = new Map<string, number>();
  /** Told of a file with how many mistakes are told of it. */
  readonly #waiting = new Map<string, (count: number) => boolean>();
  readonly began = performance.now();

  constructor(command: readonly string[], folder: string) {
    this.#folder = folder;
    this.child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "ignore"], cwd: folder });
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new Error("no pipes");
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      const errors = diagnostics.filter((each: { severity?: number }) => each.severity === 1).length;
      if (this.#waiting.get(uri)?.(errors) === true) this.#waiting.delete(uri);
    });
    for (const request of ["client/registerCapability", "window/workDoneProgress/create"])
      this.connection.onRequest(request, () => null);
    this.connection.onRequest("workspace/configuration", ({ items }) => items.map(() => null));
    this.connection.listen();
  }

  uri(file: string): string {
    return pathToFileURL(path.join(this.#folder, file)).href;
  }

  async initialize(): Promise<void> {
    const uri = pathToFileURL(this.#folder).href;
    await this.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "bench" }],
      capabilities: { textDocument: { completion: {} }, workspace: { workspaceFolders: true } },
    });
    await this.connection.sendNotification("initialized", {});
  }

  /** Resolves at the first that is told of `file` with mistakes, or without. */
  told(file: string, mistaken: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing told of ${file} in a minute`)), 60_000);
      this.#waiting.set(this.uri(file), (count) => {
        if (count > 0 !== mistaken) return false;
        clearTimeout(timer);
        resolve();
        return true;
      });
    });
  }

  async open(file: string, languageId: string, text: string): Promise<void> {
    this.#versions.set(file, 1);
    await this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: this.uri(file), languageId, version: 1, text },
    });
  }

  async change(file: string, start: Place, length: number, text: string): Promise<void> {
    const version = (this.#versions.get(file) ?? 1) + 1;
    this.#versions.set(file, version);
    const end = { line: start.line, character: start.character + length };
    await this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: this.uri(file), version },
      contentChanges: [{ range: { start, end }, text }],
    });
  }

  complete(file: string, position: Place): Promise<unknown> {
    return this.connection.sendRequest("textDocument/completion", { textDocument: { uri: this.uri(file) }, position });
  }

  /** Processor time so far, of all threads. Milliseconds; of Linux, whose clock ticks are a hundredth. */
  work(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Memory of the process. Bytes. */
  memory(): number {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"));
    return Number(found?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
    this.connection.dispose();
  }
}

interface Place {
  readonly line: number;
  readonly character: number;
}

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

/** A letter put in and taken out again, `keys` times. */
async function typing(
  session: Session,
  file: string,
  place: Place,
  keys: number,
): Promise<Omit<Typing, "name" | "lines">> {
  const diagnostics: number[] = [];
  const completion: number[] = [];
  const next = { line: place.line, character: place.character + 1 };
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
  const each = (session.work() - work) / keys;
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
  return { diagnostics: waits(diagnostics), completion: waits(completion.slice(Math.min(10, keys / 2))), work: each };
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
  const files = [...preludeOf(peer.language), { path: file, text }];
  return inFolder(files, async (folder) => {
    const session = new Session(peer.command, folder);
    try {
      await session.initialize();
      await session.open(file, peer.id, text);
      await sleep(3000);
      return { name: peer.name, lines, ...(await typing(session, file, placeOf(text, peer.at), keys)) };
    } finally {
      await session.stop();
    }
  });
}

export interface Workspace {
  readonly typing: readonly Typing[];
  /** From the start of the process to the first that is told, of a file that is wrong. Milliseconds, best and middle of some. */
  readonly start: { readonly best: number; readonly p50: number };
  /** Bytes of memory after 200 edits of 10,000 lines, and after `edits` more. */
  readonly memory: { readonly before: number; readonly after: number; readonly edits: number };
}

function workspace(): SourceFile[] {
  const small = Array.from({ length: 98 }, (_, i) => ({ path: `part${i}.ops`, text: sourceOf(60) }));
  return [
    ...small,
    { path: "middling.ops", text: sourceOf(1000) },
    { path: "large.ops", text: sourceOf(10_000) },
    { path: "wrong.ops", text: "let wrong: int = true\n" },
  ];
}

async function ours(keys: number, edits: number): Promise<Workspace> {
  const [own] = PEERS;
  if (own === undefined) throw new Error("no command");
  const files = workspace();
  return inFolder(files, async (folder) => {
    const starts: number[] = [];
    for (let i = 0; i < 7; i++) {
      const session = new Session(own.command, folder);
      const told = session.told("wrong.ops", true);
      await session.initialize();
      await told;
      starts.push(performance.now() - session.began);
      await session.stop();
    }
    const session = new Session(own.command, folder);
    try {
      await session.initialize();
      const found: Typing[] = [];
      for (const [file, lines] of [
        ["middling.ops", 1000],
        ["large.ops", 10_000],
      ] as const) {
        const text = files.find((each) => each.path === file)?.text ?? "";
        await session.open(file, "ops", text);
        await sleep(2000);
        found.push({ name: "opsc", lines, ...(await typing(session, file, placeOf(text, "version}/part"), keys)) });
      }
      const text = files.find((each) => each.path === "large.ops")?.text ?? "";
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
      const start = { best: Math.min(...starts), p50: waits(starts).p50 };
      return { typing: found, start, memory: { before, after, edits } };
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
  const { start, memory } = workspace;
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return [
    ["Typing: middle, and 95 of 100", "lines", "to diagnostics", "to completion", "processor a key"],
    ...workspace.typing.map((each) => ["opsc, of a hundred files", ...cells(each)]),
    ...beside.map((each) => [`${each.name}, the one file of the corpus`, ...cells(each)]),
    ["start to the first diagnostics, best and middle", "", `${ms(start.best)}, ${ms(start.p50)}`],
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
