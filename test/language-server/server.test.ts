/** The server as clients meet it. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type {
  CodeAction,
  Diagnostic,
  DocumentDiagnosticReport,
  Location,
  WorkspaceDiagnosticReport,
  WorkspaceEdit,
} from "vscode-languageserver";
import { built, type Client, folderOf, here } from "./client.ts";

const ENV = "enum Env { dev, prod }\n";
const MAIN = `import { Env } from "./env.ops"
use file

action go(env: Env = prod) {
  fact old = file.read(path: "\${env}.txt")
  require old.exists else "nothing there"
}
`;

const open: { client: Client; remove: () => void }[] = [];
afterEach(async () => {
  for (const { client, remove } of open.splice(0)) {
    await client.stop();
    remove();
  }
});

function start(files: Readonly<Record<string, string>>, how: (folder: string) => Client = here): Client {
  const { folder, remove } = folderOf(files);
  const client = how(folder);
  open.push({ client, remove });
  return client;
}

const codes = (found: readonly Diagnostic[]): unknown[] => found.map(({ code }) => code);
const none = (found: readonly Diagnostic[]): boolean => found.length === 0;

describe("diagnostics", () => {
  test("are told of a whole folder before anything is opened", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN.replace("= prod", "= prd") });
    await client.initialize();
    const [found] = await client.told("main.ops", (d) => d.length === 1);
    expect(found).toMatchObject({
      code: "unknown-member",
      source: "opsc",
      severity: 1,
      range: { start: { line: 3, character: 21 }, end: { line: 3, character: 24 } },
    });
    expect(found?.codeDescription?.href).toMatch(/DIAGNOSTICS\.md#unknown-member$/);
  });
  test("grey what is of no use, and lead to what they rest on", async () => {
    const client = start({
      "idle.ops": "action go() {\n  let unused = 1\n}\n",
      "main.ops":
        "enum E { a }\naction go(e: E) {\n  require 1 == match e { a => 1, a => 2 }\n}\nlet twice = 1\nlet twice = 2\n",
    });
    await client.initialize();
    const grey = (found: readonly Diagnostic[]): unknown[] =>
      codes(found.filter(({ tags }) => tags?.includes(1) === true));
    const wrong = await client.told("main.ops", (d) => d.length > 1);
    expect(grey(wrong)).toEqual(["match-unreachable"]);
    const again = wrong.find(({ code }) => code === "duplicate-name");
    expect(again?.relatedInformation?.map(({ location, message }) => [location.range.start, message])).toEqual([
      [{ line: 4, character: 4 }, "the first one"],
    ]);
    await client.open("main.ops", "");
    expect(grey(await client.told("idle.ops", (d) => d.length > 0))).toEqual(["unused-name"]);
  });
  test("come and go with edits, also in files that import the one edited", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    await client.initialize();
    await client.open("env.ops", ENV);
    await client.change("env.ops", "production", {
      start: { line: 0, character: 16 },
      end: { line: 0, character: 20 },
    });
    expect(codes(await client.told("main.ops", (d) => d.length > 0))).toEqual(["unknown-member"]);
    await client.change("env.ops", ENV);
    await client.told("main.ops", none);
    await client.close("env.ops");
  });
  test("closing without saving brings back what is on disk", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    await client.initialize();
    await client.open("main.ops", "nonsense");
    await client.told("main.ops", (d) => d.length > 0);
    await client.close("main.ops");
    await client.told("main.ops", none);
  });
  test("changes on disk are seen when the client tells of them", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    await client.initialize();
    await client.open("main.ops", `${MAIN}let x =`);
    await client.told("main.ops", (d) => d.length > 0);
    writeFileSync(path.join(client.folder, "env.ops"), "enum Env { dev }\n");
    await client.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: [{ uri: client.uri("env.ops"), type: 2 }],
    });
    await client.told("main.ops", (d) => codes(d).includes("unknown-member"));
  });
  test("a wrong configuration is told in its file, and the rest is checked all the same", async () => {
    const client = start({ "opsc.config.json": '{ "polices": [] }', "main.ops": "let x: int = true\n" });
    await client.initialize();
    expect(codes(await client.told("opsc.config.json", (d) => d.length > 0))).toEqual(["configuration"]);
    expect(codes(await client.told("main.ops", (d) => d.length > 0))).toContain("type-mismatch");
  });
  test("are answered to clients that ask, and unchanged ones are not sent again", async () => {
    const client = start({ "main.ops": "let x: int = true\n" });
    await client.initialize({ textDocument: { diagnostic: {} } });
    await client.open("main.ops", "let x: int = true\n");
    const textDocument = { uri: client.uri("main.ops") };
    const first = await client.request<DocumentDiagnosticReport>("textDocument/diagnostic", { textDocument });
    expect(first.kind === "full" && codes(first.items)).toContain("type-mismatch");
    const previousResultId = first.resultId;
    expect(
      await client.request<DocumentDiagnosticReport>("textDocument/diagnostic", { textDocument, previousResultId }),
    ).toMatchObject({ kind: "unchanged" });
    const all = await client.request<WorkspaceDiagnosticReport>("workspace/diagnostic", { previousResultIds: [] });
    expect(all.items.map(({ uri }) => client.pathOf(uri))).toEqual(["main.ops"]);
    expect(client.diagnostics.size).toBe(0);
  });
});

test("what can be done: mends with what they mend, refactorings of what is selected, and of a kind that is asked for", async () => {
  const text = `use file\n\naction go(dir: string) {\n  fact f = file.read(path: "\${dir}/x")\n  require f.exist\n}\n`;
  const client = start({ "main.ops": text });
  await client.initialize();
  await client.open("main.ops", text);
  const diagnostics = await client.told("main.ops", (d) => d.length > 0);
  const ask = (line: number, character: number, only?: string[]): Promise<CodeAction[]> => {
    const place = { line, character };
    const context = { diagnostics, ...(only === undefined ? {} : { only }) };
    const textDocument = { uri: client.uri("main.ops") };
    return client.request("textDocument/codeAction", { textDocument, range: { start: place, end: place }, context });
  };
  const [mend] = (await ask(4, 13)).filter(({ kind }) => kind === "quickfix");
  expect(mend).toMatchObject({ kind: "quickfix", diagnostics: [{ code: "unknown-field" }] });
  const [operation, ...others] = await ask(3, 4, ["refactor"]);
  expect(others).toEqual([]);
  expect(operation).toMatchObject({ kind: "refactor.extract", title: "make this call an operation, file_read" });
  const edits = operation?.edit?.changes?.[client.uri("main.ops")] ?? [];
  expect(edits.map(({ newText }) => newText.split("\n")[0])).toEqual([
    "operation file_read(dir: string) -> { exists: bool, content: string?, sha256: string? } {",
    "file_read(dir: dir)",
  ]);
  expect(await ask(3, 4, ["source.organizeImports"])).toEqual([]);
});

describe("places", () => {
  test("definition and references, over files", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    await client.initialize();
    await client.open("main.ops", MAIN);
    const found = await client.at<Location[]>("textDocument/definition", "main.ops", 3, 22);
    expect(found).toEqual([
      { uri: client.uri("env.ops"), range: { start: { line: 0, character: 16 }, end: { line: 0, character: 20 } } },
    ]);
    const all = await client.at<Location[]>("textDocument/references", "main.ops", 3, 16, {
      context: { includeDeclaration: true },
    });
    expect(all.map(({ uri, range }) => [client.pathOf(uri), range.start.line, range.start.character])).toEqual([
      ["env.ops", 0, 5],
      ["main.ops", 0, 9],
      ["main.ops", 3, 15],
    ]);
  });
  test("rename over files, and why it is refused", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    await client.initialize();
    await client.open("main.ops", MAIN);
    expect(await client.at("textDocument/prepareRename", "main.ops", 3, 22)).toMatchObject({ placeholder: "prod" });
    const edit = await client.at<WorkspaceEdit>("textDocument/rename", "main.ops", 3, 22, { newName: "live" });
    expect(Object.entries(edit.changes ?? {}).map(([uri, edits]) => [client.pathOf(uri), edits.length])).toEqual([
      ["env.ops", 1],
      ["main.ops", 1],
    ]);
    await expect(client.at("textDocument/rename", "main.ops", 3, 22, { newName: "dev" })).rejects.toThrow(
      "env.ops has something called dev already",
    );
  });
  test("imports follow a file that is moved", async () => {
    const client = start({ "env.ops": ENV, "main.ops": MAIN });
    const { capabilities } = await client.initialize();
    expect(capabilities.workspace?.workspaceFolders?.supported).toBe(true);
    expect(capabilities.workspace?.fileOperations?.willRename?.filters).toHaveLength(2);
    const edit = await client.request<WorkspaceEdit>("workspace/willRenameFiles", {
      files: [{ oldUri: client.uri("env.ops"), newUri: client.uri("lib/env.ops") }],
    });
    expect(edit.changes?.[client.uri("main.ops")]?.map(({ newText }) => newText)).toEqual(["./lib/env.ops"]);
  });
  test("nothing of what is no file", async () => {
    const client = start({ "env.ops": ENV });
    await client.initialize();
    expect(
      await client.request("textDocument/definition", {
        textDocument: { uri: "untitled:Untitled-1" },
        position: { line: 0, character: 0 },
      }),
    ).toEqual([]);
  });
});

test("the built command serves too", async () => {
  const client = start({ "main.ops": "let x: int = true\n" }, built);
  const { serverInfo } = await client.initialize();
  expect(serverInfo?.name).toBe("opsc");
  expect(codes(await client.told("main.ops", (d) => d.length > 0))).toContain("type-mismatch");
  const ended = client.ended();
  await client.connection.sendRequest("shutdown");
  await client.connection.sendNotification("exit");
  expect(await ended).toEqual({ code: 0, errors: "" });
});
