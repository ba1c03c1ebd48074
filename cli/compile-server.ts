/**
 * `node compile-server.ts dist/server.cjs`: writes what V8 makes of the language server beside it, for this Node.js. It is started first and asked
 * about everything, so that what it calls is compiled too: V8 compiles a function when it is called.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { loadProgram } from "./compiled.ts";
import { readTemplate } from "./template.ts";

/** About everything, with mistakes in it. */
const SAMPLE = `import { Env } from "./kinds.ops"
use file
use http
type Target = { name: string, env: Env }
approver sre { members = ["ana@example.com", "ben@example.com"] }
/// Counts.
action first(target: Target, replicas: int where replicas in 1..5 = 3, unused: string = "a") -> { n: int } {
  title = "First \${target.name}"
  let total = replicas * 2 + missing
  let names = ["a", target.name].map(n => n.upper())
  approve by sre when target.env == production { quorum = 2 }
  fact old = file.read(path: "a/\${target.name}")
  require total <= 10 && names.count > 1 else "\${total} is too much for \${target.name}"
  if target.env == production { step w = file.write(path: "a/\${target.name}", content: 1) { rollback auto } }
  for name in names batch 2 { step x = file.write(path: name, content: match target.env { staging => "s", _ => "p" }) { rollback auto } }
  check up = http.get(url: "http://x/\${target.name}") { require it.status == 200 else "no" within = 1m }
  return { n: total > 2 ? total : 1 }
}
`;

const [program = ""] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "opsc-build-"));
const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
for (const [name, text] of Object.entries(readTemplate())) write(path.basename(name), text);
write("kinds.ops", "enum Env { staging, production }\n");
write("sample.ops", SAMPLE);

const [input, output] = [new PassThrough(), new PassThrough()];
Object.defineProperty(process, "stdin", { value: input });
Object.defineProperty(process, "stdout", { value: output });

interface Answer {
  readonly id?: number;
  readonly error?: unknown;
  /** Of a message for people, 1 where it is an error. */
  readonly params?: { readonly type?: number };
}

let read = "";
let ids = 0;
const answered = new Map<number, () => void>();
output.on("data", (chunk: Buffer) => {
  read += chunk.toString("latin1");
  for (
    let head = /^Content-Length: (\d+)\r\n\r\n/.exec(read);
    head !== null;
    head = /^Content-Length: (\d+)\r\n\r\n/.exec(read)
  ) {
    const end = head[0].length + Number(head[1]);
    if (read.length < end) return;
    const { id, error, params } = JSON.parse(read.slice(head[0].length, end)) as Answer;
    read = read.slice(end);
    // What goes wrong here would go wrong for people.
    if (error !== undefined || params?.type === 1)
      throw new Error(`the server says ${JSON.stringify(error ?? params)}`);
    if (id !== undefined) answered.get(id)?.();
  }
});

function send(message: object): void {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  input.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function ask(method: string, params: object): Promise<void> {
  ids += 1;
  const id = ids;
  return new Promise((resolve) => {
    answered.set(id, resolve);
    send({ id, method, params });
  });
}

const { main, keep } = loadProgram(program);
void main(["node", "opsc", "lsp", "--stdio"]);

const rootUri = pathToFileURL(folder).href;
const uri = `${rootUri}/sample.ops`;
const textDocument = { uri };
await ask("initialize", {
  processId: null,
  rootUri,
  workspaceFolders: [{ uri: rootUri, name: "sample" }],
  capabilities: {},
});
send({ method: "initialized", params: {} });
send({
  method: "textDocument/didOpen",
  params: { textDocument: { uri, languageId: "ops", version: 1, text: SAMPLE } },
});
await ask("workspace/symbol", { query: "a" });
const range = { start: { line: 8, character: 20 }, end: { line: 8, character: 20 } };
for (const [version, text] of [
  [2, "x"],
  [3, " "],
] as const) {
  send({
    method: "textDocument/didChange",
    params: { textDocument: { uri, version }, contentChanges: [{ range, text }] },
  });
  for (const line of [0, 3, 8, 11, 13])
    for (const method of ["completion", "hover", "signatureHelp", "definition", "documentHighlight"])
      await ask(`textDocument/${method}`, { textDocument, position: { line, character: 24 } });
  for (const method of [
    "documentSymbol",
    "foldingRange",
    "semanticTokens/full",
    "diagnostic",
    "codeLens",
    "documentLink",
  ])
    await ask(`textDocument/${method}`, { textDocument });
  for (const method of ["codeAction", "inlayHint"])
    await ask(`textDocument/${method}`, { textDocument, range, context: { diagnostics: [] } });
}
rmSync(folder, { recursive: true });
keep();
process.exit(0);
