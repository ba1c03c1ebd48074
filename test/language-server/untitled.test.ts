/** Documents that have no file yet: what can be known of them by themselves. */

import { afterEach, describe, expect, test } from "vitest";
import type { CompletionList, DocumentSymbol, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { type Client, folderOf, here } from "./client.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const URI = "untitled:Untitled-1";
const LIB = "enum Env { staging, production }\nlet wrong: int = true\n";

/** A client that is told of documents by their addresses. */
async function start(files: Readonly<Record<string, string>>, folders = true): Promise<Client> {
  const { folder, remove } = folderOf(files);
  const client = here(folder);
  stops.push(remove, () => client.stop());
  if (folders) await client.initialize();
  else {
    await client.request("initialize", { processId: null, rootUri: null, capabilities: {} });
    await client.connection.sendNotification("initialized", {});
  }
  return client;
}

const open = (client: Client, text: string, uri = URI, languageId = "ops"): Promise<void> =>
  client.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId, version: 1, text },
  });

/** As they were told last, by address. */
function listen(client: Client): Map<string, string[]> {
  const told = new Map<string, string[]>();
  client.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
    told.set(
      uri,
      diagnostics.map(({ code }: { readonly code: string }) => code),
    );
  });
  return told;
}

/** Once all that was sent has been taken in, looked at and told. */
async function quiet(client: Client): Promise<void> {
  await client.request("textDocument/foldingRange", document);
  await client.server?.settled();
  await client.request("textDocument/foldingRange", document);
}

const document = { textDocument: { uri: URI } };

describe.each([
  ["in a folder", true],
  ["with no folder open", false],
])("%s", (_, folders) => {
  test("what is wrong is told, and taken back when it is closed", async () => {
    const client = await start({}, folders);
    const told = listen(client);
    await open(client, 'let x: int = true\naction a() { step y = file.delete(path: "a") }\n');
    await quiet(client);
    expect(told.get(URI)).toEqual(expect.arrayContaining(["type-mismatch", "unknown-name"]));
    await client.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [{ text: "let x: int =\n" }],
    });
    await quiet(client);
    expect(told.get(URI)).toEqual(["expected"]);
    await client.connection.sendNotification("textDocument/didClose", document);
    await quiet(client);
    expect(told.get(URI)).toEqual([]);
    expect(client.server?.projects.filter(({ alone }) => alone !== null)).toEqual([]);
    expect(await client.request("textDocument/documentSymbol", document)).toEqual([]);
  });

  test("it is laid out, outlined and completed", async () => {
    const client = await start({}, folders);
    await open(client, "use file\nlet x   =   1\naction a() {\n  step y = file.\n}\n");
    const symbols = await client.request<DocumentSymbol[]>("textDocument/documentSymbol", document);
    expect(symbols.map(({ name }) => name)).toEqual(["file", "x", "a"]);
    const { items } = await client.request<CompletionList>("textDocument/completion", {
      ...document,
      position: { line: 3, character: 16 },
    });
    expect(items.map(({ label }) => label)).toContain("delete");
    await client.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [{ text: "let x   =   1\n" }],
    });
    const edits = await client.request<TextEdit[]>("textDocument/formatting", { ...document, options: {} });
    expect(edits.map(({ newText }) => newText)).not.toEqual([]);
  });
});

describe("in a project", () => {
  test("it imports as a file of the first folder would, and is told of alone, at its own address", async () => {
    const client = await start({
      "opsc.config.json": "{}",
      "lib.ops": LIB,
    });
    const told = listen(client);
    await open(client, 'import { Env, Other } from "./lib.ops"\nlet env: Env = staging\n');
    await quiet(client);
    expect(told.get(URI)).toEqual(["import-name-missing"]);
    expect(told.get(client.uri("lib.ops"))).toEqual(["type-mismatch"]);
    const found = await client.request("textDocument/definition", { ...document, position: { line: 1, character: 5 } });
    expect(found).toMatchObject([{ uri: URI }]);
    const renamed = client.request<WorkspaceEdit>("textDocument/rename", {
      ...document,
      position: { line: 1, character: 5 },
      newName: "place",
    });
    expect(Object.keys((await renamed).changes ?? {})).toEqual([URI]);
    await expect(
      client.request("textDocument/rename", { ...document, position: { line: 1, character: 10 }, newName: "Stage" }),
    ).rejects.toThrow("save this one first");
    await client.connection.sendNotification("textDocument/didClose", document);
    await quiet(client);
    expect(told.get(URI)).toEqual([]);
    expect(told.get(client.uri("lib.ops"))).toEqual(["type-mismatch"]);
  });

  test("what it imports is found once, and a move is followed in it, too", async () => {
    const client = await start({
      "opsc.config.json": "{}",
      "lib.ops": LIB,
      "main.ops": 'import { Env } from "./lib.ops"\n',
    });
    await open(client, 'import { Env } from "./lib.ops"\nlet env: Env = staging\n');
    await quiet(client);
    const found = await client.request<{ readonly name: string }[]>("workspace/symbol", { query: "" });
    expect(found.map(({ name }) => name).toSorted()).toEqual(["Env", "env", "wrong"]);
    const edit = await client.request<WorkspaceEdit>("workspace/willRenameFiles", {
      files: [{ oldUri: client.uri("lib.ops"), newUri: client.uri("lib/env.ops") }],
    });
    const changes = Object.entries(edit.changes ?? {}).map(([uri, list]) => [uri, list.map(({ newText }) => newText)]);
    expect(new Map(changes as [string, string[]][])).toEqual(
      new Map([
        [client.uri("main.ops"), ["./lib/env.ops"]],
        [URI, ["./lib/env.ops"]],
      ]),
    );
  });

  test("two of them know nothing of one another, nor does the project of them", async () => {
    const client = await start({ "main.ops": "let a = 1\n" });
    const told = listen(client);
    await open(client, "let twice = 1\n");
    await open(client, "let other = twice\n", "untitled:Untitled-2");
    await quiet(client);
    expect(told.get("untitled:Untitled-2")).toContain("unknown-name");
    expect(told.get(URI) ?? []).not.toContain("duplicate-name");
    expect([...told.keys()].filter((uri) => uri.startsWith("file:") && !uri.endsWith("/main.ops"))).toEqual([]);
  });

  test("what is of another language, and of another scheme, is none", async () => {
    const client = await start({});
    const told = listen(client);
    await open(client, "let x: int = true\n", URI, "plaintext");
    await open(client, "let x: int = true\n", "git:/main.ops?HEAD");
    expect(await client.request("textDocument/documentSymbol", document)).toEqual([]);
    await quiet(client);
    expect([...told]).toEqual([]);
  });
});
