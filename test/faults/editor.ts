/**
 * `node test/faults/editor.ts 20000 [SEED]`: that many rounds of an editor that does anything: edits in the middle of words, blocks
 * that go, texts that come, several files at once, unsaved data, files opened, closed, renamed and changed on disk, and between
 * them every request there is. No exception, no place outside the text, no answer of an older text; and where the server stands
 * still, it says what one says that has just been started.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { TextDocument } from "vscode-languageserver-textdocument";
import { outlineOf } from "../../compiler/editor/outline.ts";
import { lineIndex } from "../../language/lines.ts";
import { parse } from "../../language/parse.ts";
import { type Client, folderOf, here } from "../language-server/client.ts";
import { random } from "../random.ts";
import { askAt, PLACELESS, REQUESTS, type Request } from "./editor-requests.ts";

export interface EditorReport {
  readonly rounds: number;
  readonly requests: number;
  readonly checks: number;
  /** Answers that were refused, as they may be: a rename to what cannot be, a text that is another by now. */
  readonly refused: number;
}

const root = path.resolve(import.meta.dirname, "../..");
const example = (file: string): string => readFileSync(path.join(root, "examples", file), "utf8");

function project(): Record<string, string> {
  return {
    "release.ops": example("release/release.ops"),
    "org.ops": `approver sre { members = ["ana@example.com", "ben@example.com"] }
enum Env { staging, production }
type Replicas = int where it in 1..50 else "too many"
let fleet = { a: { host: "h1" }, b: { host: "h2" } }
let limit = 3
`,
    "lib/tools.ops": `import { limit } from "../org.ops"
use file
operation note(text: string) { call = file.write(path: "notes/\${limit}", content: text) }
`,
    "main.ops": `import { Env, sre, Replicas, fleet } from "./org.ops"
import { note } from "./lib/tools.ops"
/// Does it.
action act(env: Env, count: Replicas, host: one of fleet) {
  title = "\${count} on \${host.host}"
  approve by sre when env == production { quorum = 2 }
  let who = "x"
  step say = note(text: "hello \${who}") { rollback auto }
}

action other(name: string = "a") {
  for i in [1, 2, 3] batch 2 {
    step write = act(env: staging, count: i, host: "a")
  }
}
`,
    "data.ops": `let ports = json("./ports.json") as map<int>
action use_port(port: one of ports) { title = "\${port.value}" }
`,
    "ports.json": '{ "web": 80 }\n',
    "opsc.config.json": "{}\n",
  };
}

const TYPED = [
  "x",
  "e",
  " ",
  "\n",
  ".",
  "(",
  ")",
  "{",
  "}",
  '"',
  ":",
  ",",
  "=",
  "${",
  "//",
  "/*",
  '"""',
  "é",
  "😀",
  "\r\n",
];
const PASTED = [
  "\naction pasted() {\n  step s = file.write(path: 'x')\n}\n",
  'import { sre } from "./org.ops"\n',
  '  require it.status == 200 else "no"\n',
  "let limit = 4\n",
  "use file\n",
  "enum Env { staging }\n",
  'let more = yaml("./more.yaml") as list<string>\n',
  'import { a } from "@acme/none"\n',
];

class Monkey {
  readonly #next: () => number;
  readonly #client: Client;
  /** As the client has them. */
  readonly #docs = new Map<string, TextDocument>();
  /** All that may be open. */
  readonly #files: string[];
  readonly done: string[] = [];
  requests = 0;
  refused = 0;
  checks = 0;

  constructor(client: Client, files: readonly string[], next: () => number) {
    this.#client = client;
    this.#files = [...files];
    this.#next = next;
  }

  #below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #oneOf<T>(list: readonly T[]): T {
    const one = list[this.#below(list.length)];
    if (one === undefined) throw new Error("nothing to choose from");
    return one;
  }

  async round(): Promise<void> {
    const open = [...this.#docs.keys()];
    const dice = this.#below(100);
    if (open.length === 0 || dice < 8) return this.#open(this.#oneOf(this.#files));
    if (dice < 12) return this.#close(this.#oneOf(open));
    if (dice < 16) return this.#onDisk();
    if (dice < 19) return this.#rename();
    const file = this.#oneOf(open);
    if (dice < 75) await this.#edit(file);
    const asked = Array.from({ length: this.#below(3) }, () => this.#ask(this.#oneOf(open)));
    // Now and then the next edit comes before the answers.
    if (dice % 2 === 0) await this.#edit(file);
    await Promise.all(asked);
  }

  async #open(file: string): Promise<void> {
    if (this.#docs.has(file)) return;
    const text = this.#read(file) ?? "";
    this.done.push(`open ${file}`);
    this.#docs.set(file, TextDocument.create(this.#client.uri(file), "ops", 1, text));
    await this.#client.open(file, text);
  }

  async #close(file: string): Promise<void> {
    this.done.push(`close ${file}`);
    this.#docs.delete(file);
    await this.#client.close(file);
  }

  #read(file: string): string | null {
    try {
      return readFileSync(path.join(this.#client.folder, file), "utf8");
    } catch {
      return null;
    }
  }

  async #edit(file: string): Promise<void> {
    const document = this.#docs.get(file);
    if (document === undefined) return;
    const text = document.getText();
    const at = this.#below(text.length + 1);
    const lineEnd = text.indexOf("\n", at);
    const [end, put] = this.#oneOf<() => readonly [number, string]>([
      () => [at, this.#oneOf(TYPED)],
      () => [at, this.#oneOf(TYPED)],
      () => [Math.min(text.length, at + 1), ""],
      () => [Math.min(text.length, at + 1 + this.#below(4)), this.#oneOf(TYPED)],
      () => [lineEnd < 0 ? text.length : lineEnd + 1, ""],
      () => [Math.min(text.length, at + this.#below(text.length / 2)), ""],
      () => [at, this.#oneOf(PASTED)],
      () => [at, text.slice(at, at + this.#below(200))],
      () => [text.length, ""],
      // Sense comes back, or nothing would be left to understand.
      () => [-1, this.#read(file) ?? ""],
      () => [-1, project()[file] ?? ""],
      () => [-1, project()[file] ?? ""],
    ])();
    const range = end < 0 ? undefined : { start: document.positionAt(at), end: document.positionAt(end) };
    const change = range === undefined ? { text: put } : { text: put, range };
    this.done.push(`edit ${file} ${JSON.stringify(change)}`);
    TextDocument.update(document, [change], document.version + 1);
    await this.#client.change(file, put, range);
  }

  async #onDisk(): Promise<void> {
    const file = this.#oneOf(this.#files);
    const target = path.join(this.#client.folder, file);
    const type = this.#below(5) === 0 ? 3 : 2;
    this.done.push(`on disk ${file} ${type}`);
    if (type === 3) rmSync(target, { force: true });
    else {
      mkdirSync(path.dirname(target), { recursive: true });
      const text = this.#oneOf([
        project()[file] ?? "",
        this.#docs.get(file)?.getText() ?? "",
        (project()[file] ?? "").slice(0, this.#below(300)),
      ]);
      writeFileSync(target, text);
    }
    await this.#changed([[file, type]]);
  }

  async #rename(): Promise<void> {
    const file = this.#oneOf(this.#files);
    const to = file.startsWith("moved/") ? file.slice("moved/".length) : `moved/${file}`;
    if (this.#read(file) === null || this.#files.includes(to)) return;
    this.done.push(`rename ${file} ${to}`);
    if (this.#docs.has(file)) await this.#close(file);
    mkdirSync(path.dirname(path.join(this.#client.folder, to)), { recursive: true });
    renameSync(path.join(this.#client.folder, file), path.join(this.#client.folder, to));
    this.#files[this.#files.indexOf(file)] = to;
    await this.#changed([
      [file, 3],
      [to, 1],
    ]);
    await this.#open(to);
  }

  async #changed(changes: readonly (readonly [string, number])[]): Promise<void> {
    await this.#client.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: changes.map(([file, type]) => ({ uri: this.#client.uri(file), type })),
    });
  }

  async #ask(file: string): Promise<void> {
    const document = this.#docs.get(file);
    if (document === undefined) return;
    const request = this.#oneOf(REQUESTS);
    const text = document.getText();
    const asked = new Map([...this.#docs].map(([name, { version }]) => [name, version]));
    const offset = this.#below(text.length + 1);
    this.done.push(`ask ${request.method} ${file} ${offset}`);
    this.requests++;
    const answer = await askAt(this.#client, request, file, document, offset).catch((error: unknown) => {
      this.refused++;
      refusal(error);
    });
    // What was edited meanwhile is another by now: of that nothing is said.
    const texts = new Map(
      [...this.#docs].flatMap(([name, each]) =>
        asked.get(name) === each.version ? [[this.#client.uri(name), each.getText()] as const] : [],
      ),
    );
    within(answer, this.#client.uri(file), texts);
    if (request.method === "textDocument/documentSymbol" && file.endsWith(".ops") && answer !== undefined)
      expectOutline(answer, text);
  }

  /** Against a server that has just been started on the same. */
  async check(): Promise<void> {
    this.checks++;
    this.done.push("check");
    const client = this.#client;
    // Whatever was sent before is taken in once this is answered.
    await client.request("workspace/symbol", { query: "" });
    await client.server?.settled();
    await client.request("workspace/symbol", { query: "" });
    const fresh = here(client.folder);
    await fresh.initialize();
    for (const [file, document] of this.#docs) await fresh.open(file, document.getText());
    await fresh.request("workspace/symbol", { query: "" });
    await fresh.server?.settled();
    await fresh.request("workspace/symbol", { query: "" });
    const files = new Set([...client.diagnostics.keys(), ...fresh.diagnostics.keys()]);
    for (const file of [...files].sort())
      same(`what is wrong in ${file}`, client.diagnostics.get(file) ?? [], fresh.diagnostics.get(file) ?? []);
    for (const [file, document] of this.#docs) {
      const offset = this.#below(document.getText().length + 1);
      for (const request of REQUESTS) {
        const ask = (of: Client): Promise<unknown> =>
          askAt(of, request, file, document, offset).catch((error: unknown) => refusal(error));
        same(`${request.method} at ${offset} of ${file}`, await ask(client), await ask(fresh));
      }
    }
    for (const request of PLACELESS)
      same(
        request.method,
        await client.request(request.method, request.params),
        await fresh.request(request.method, request.params),
      );
    const logged = [...client.messages, ...fresh.messages].filter((message) => /\n\s+at /.test(message));
    if (logged.length > 0) throw new Error(logged.join("\n"));
    await fresh.stop();
  }
}

/** Refusals say why; anything else is a mistake. */
function refusal(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : null;
  // InvalidRequest with words for people, ContentModified, RequestCancelled.
  if (code === -32600 || code === -32801 || code === -32800) return undefined;
  throw error;
}

function same(what: string, one: unknown, other: unknown): void {
  const [a, b] = [plain(one), plain(other)];
  if (a === b) return;
  let at = 0;
  while (a[at] === b[at]) at++;
  const around = (text: string): string => text.slice(Math.max(at - 500, 0), at + 500);
  throw new Error(`${what}: the server says\n${around(a)}\none that was just started\n${around(b)}`);
}

/** Ids of results and versions of documents are each server's own; files come in any order. */
function plain(value: unknown): string {
  const list = typeof value === "object" && value !== null && "items" in value ? value.items : value;
  const byText = Array.isArray(list) && list.some((item) => "uri" in item || "containerName" in item);
  const sorted = byText ? list.map((item) => plain(item)).sort() : value;
  const own = new Set(["resultId", "version"]);
  return JSON.stringify(sorted, (key, inner: unknown) => (own.has(key) ? undefined : inner), 1) ?? "nothing";
}

/** Every range of the answer lies in the text of its file, where that is open. */
function within(answer: unknown, uri: string, texts: ReadonlyMap<string, string>): void {
  if (Array.isArray(answer)) for (const each of answer) within(each, uri, texts);
  else if (typeof answer === "object" && answer !== null) {
    const own = "uri" in answer && typeof answer.uri === "string" ? answer.uri : uri;
    if ("start" in answer && "end" in answer) inText(answer.start, texts.get(own), own);
    if ("start" in answer && "end" in answer) inText(answer.end, texts.get(own), own);
    for (const [key, inner] of Object.entries(answer)) within(inner, key.startsWith("file:") ? key : own, texts);
  }
}

function inText(position: unknown, text: string | undefined, uri: string): void {
  if (text === undefined || typeof position !== "object" || position === null || !("line" in position)) return;
  const { line, character } = position as { line: number; character: number };
  const lines = lineIndex(text);
  const there = lines.position(lines.offset({ line: line + 1, column: character + 1 }));
  if (there.line !== line + 1 || there.column !== character + 1)
    throw new Error(`${line}:${character} is not in ${uri}:\n${text}`);
}

function expectOutline(answer: unknown, text: string): void {
  const file = { path: "x.ops", text, ...parse(text), lines: lineIndex(text) };
  const names = (list: readonly { readonly name: string }[]): string => JSON.stringify(list.map(({ name }) => name));
  const given = names(answer as { name: string }[]);
  if (given !== names(outlineOf(file))) throw new Error(`${given} is of an older text than\n${text}`);
}

/** Throws with what was done before. `share` rounds go between two checks, on average. */
export async function tryEditor(rounds: number, seed: number, share = 12): Promise<EditorReport> {
  const next = random(seed);
  const total = { rounds: 0, requests: 0, checks: 0, refused: 0 };
  while (total.rounds < rounds) {
    const { folder, remove } = folderOf(project());
    const client = here(folder);
    await client.initialize({ workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
    const monkey = new Monkey(client, Object.keys(project()), next);
    const most = Math.min(200, rounds - total.rounds);
    try {
      for (let i = 0; i < most; i++) {
        await monkey.round();
        if (next() * share < 1 || i === most - 1) await monkey.check();
      }
    } catch (error) {
      const why = error instanceof Error ? error.stack : String(error);
      throw new Error(`seed ${seed}, after ${total.rounds} rounds and\n${monkey.done.slice(-12).join("\n")}\n${why}`);
    } finally {
      await client.stop().catch(() => undefined);
      remove();
    }
    total.rounds += most;
    total.requests += monkey.requests;
    total.checks += monkey.checks;
    total.refused += monkey.refused;
  }
  return total;
}

export type { Request };

if (import.meta.main) {
  const [count = "20000", seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
  const began = performance.now();
  const { rounds, requests, checks, refused } = await tryEditor(Number(count), Number(seed));
  const took = Math.round((performance.now() - began) / 1000);
  process.stdout.write(
    `${rounds} rounds, seed ${seed}: ${requests} requests (${refused} refused), ${checks} checks against a new server, ${took} s\n`,
  );
  process.exit(0);
}
