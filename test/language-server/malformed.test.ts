/** What no client should send: told as wrong, and the server goes on; nothing of its own making is told of. */
import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, expect, test } from "vitest";
import { PLACELESS, REQUESTS } from "../faults/editor-requests.ts";
import { type Client, folderOf, here } from "./client.ts";

const open: { client: Client; remove: () => void }[] = [];
afterEach(async () => {
  for (const { client, remove } of open.splice(0)) {
    await client.stop();
    remove();
  }
});

const INVALID = -32602;
const METHODS = [
  ...new Set([...REQUESTS, ...PLACELESS].map(({ method }) => method)),
  "callHierarchy/incomingCalls",
  "completionItem/resolve",
  "workspace/willRenameFiles",
  "opsc/plan",
];

function shapes(uri: string): object[] {
  const textDocument = { uri };
  return [
    {},
    { textDocument: null },
    { textDocument: {} },
    { textDocument: { uri: 7 } },
    { textDocument: { uri: "" }, position: { line: 0, character: 0 } },
    { textDocument: { uri: "file://%zz" }, position: { line: 0, character: 0 } },
    { textDocument },
    { textDocument, position: null, range: null, positions: null, context: null, item: null },
    { textDocument, position: { line: "a", character: {} }, range: { start: 1 }, positions: "no", newName: {} },
    {
      textDocument,
      position: { line: 0.5, character: 1 },
      range: {},
      positions: [null],
      context: { only: 1 },
      files: 1,
    },
    {
      textDocument,
      position: { line: -5, character: -9 },
      range: { start: { line: 1e9, character: 0 }, end: { line: 0, character: 0 } },
      positions: [{ line: 1e9, character: 1e9 }],
      context: { diagnostics: [null] },
      options: null,
    },
    { query: 7, previousResultIds: 7, files: [{ oldUri: 7, newUri: null }], item: { uri, selectionRange: 1 } },
  ];
}

test.each(METHODS)("%s", async (method) => {
  const { folder, remove } = folderOf({ "main.ops": "let x: int = true\n" });
  const client = here(folder);
  open.push({ client, remove });
  await client.initialize();
  await client.open("main.ops", "let x: int = true\n");
  for (const params of shapes(client.uri("main.ops"))) {
    const answer = await client.request(method, params).then(
      () => null,
      (error: { readonly code: number; readonly message: string }) => error,
    );
    // A rename to nothing is refused for what it is.
    if (answer !== null && answer.code !== -32600)
      expect(answer.code, `${JSON.stringify(params)}: ${answer.message}`).toBe(INVALID);
  }
  expect(await client.request("workspace/symbol", { query: "x" })).toHaveLength(1);
});

describe("the command", () => {
  const said = (input: string): Promise<{ code: number | null; error: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [path.resolve(import.meta.dirname, "../../dist/opsc.mjs"), "lsp"]);
      let error = "";
      child.stderr.on("data", (chunk: Buffer) => {
        error += chunk.toString("utf8");
      });
      child.once("exit", (code) => resolve({ code, error }));
      child.stdin.write(input);
    });

  test("says so where what comes is no message, and ends", async () => {
    for (const input of ["hello\r\n\r\n", "Content-Length: x\r\n\r\n{}", "Content-Type: a\r\n\r\n{}"]) {
      const { code, error } = await said(input);
      expect(code).toBe(1);
      expect(error).toMatch(/^error: what comes is no message of the language server protocol: .*\n {2}editors start/);
    }
  });
});
