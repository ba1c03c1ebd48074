/** What comes while something else goes on: cancelled and outdated questions, folders and files that come and go, projects of any size. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Diagnostic, FileChangeType, WorkspaceDiagnosticReport } from "vscode-languageserver";
import { CancellationTokenSource } from "vscode-languageserver/node";
import { type Client, folderOf, here } from "./client.ts";

const open: { client: Client; remove: () => void }[] = [];
afterEach(async () => {
  for (const { client, remove } of open.splice(0)) {
    await client.stop();
    remove();
  }
});

const WATCHING = { workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } } };

function start(files: Readonly<Record<string, string>>): Client {
  const { folder, remove } = folderOf(files);
  const client = here(folder);
  open.push({ client, remove });
  return client;
}

const codes = (found: readonly Diagnostic[]): unknown[] => found.map(({ code }) => code);
const none = (found: readonly Diagnostic[]): boolean => found.length === 0;
const some = (found: readonly Diagnostic[]): boolean => found.length > 0;
const wrong = "let x: int = true\n";

const onDisk = (client: Client, ...changes: readonly (readonly [string, FileChangeType])[]): Promise<void> =>
  client.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: changes.map(([file, type]) => ({ uri: client.uri(file), type })),
  });

function write(client: Client, file: string, text: string | Buffer): void {
  mkdirSync(path.dirname(path.join(client.folder, file)), { recursive: true });
  writeFileSync(path.join(client.folder, file), text);
}

describe("questions", () => {
  test("cancelled before their turn are not looked at", async () => {
    const client = start({ "main.ops": wrong });
    await client.initialize();
    await client.open("main.ops", wrong);
    const source = new CancellationTokenSource();
    const asked = Array.from({ length: 20 }, () =>
      client.connection.sendRequest(
        "textDocument/hover",
        { textDocument: { uri: client.uri("main.ops") }, position: { line: 0, character: 4 } },
        source.token,
      ),
    );
    source.cancel();
    const answers = await Promise.allSettled(asked);
    expect(answers.some((each) => each.status === "rejected" && each.reason.code === -32800)).toBe(true);
    expect(await client.at("textDocument/hover", "main.ops", 0, 4)).not.toBeNull();
  });

  test("overtaken by an edit while the project is read are refused, and answered of the new text when asked again", async () => {
    const client = start({ "main.ops": "let first = 1\n" });
    await client.initialize();
    await client.open("main.ops", "let first = 1\n");
    const asked = client.request("textDocument/documentSymbol", { textDocument: { uri: client.uri("main.ops") } });
    await client.change("main.ops", "let second = 1\n");
    const names = (list: unknown): unknown => (list as { name: string }[]).map(({ name }) => name);
    const early = await asked.then(names, (error: { code: number }) => error.code);
    expect([JSON.stringify(["second"]), "-32801"]).toContain(
      typeof early === "number" ? String(early) : JSON.stringify(early),
    );
    const again = await client.request("textDocument/documentSymbol", {
      textDocument: { uri: client.uri("main.ops") },
    });
    expect(names(again)).toEqual(["second"]);
  });
});

describe("at the start", () => {
  const late = `import { limit } from "./limits.ops"
let unused = limit
let x: string = limit
`;
  const files = { "a.ops": wrong, "limits.ops": "let limit = 3\n", "z.ops": late };

  test("what is wrong in an open file is told before the rest of the project is looked at", async () => {
    const client = start(files);
    const told: unknown[] = [];
    client.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      told.push([client.pathOf(uri), codes(diagnostics)]);
      client.diagnostics.set(client.pathOf(uri), diagnostics);
    });
    await client.initialize();
    await client.open("z.ops", late);
    await client.request("workspace/symbol", { query: "" });
    await client.server?.settled();
    await client.request("workspace/symbol", { query: "" });
    expect(told).toEqual([
      ["z.ops", ["type-mismatch"]],
      ["a.ops", ["type-mismatch"]],
    ]);
  });

  test("who asks is answered then too, and asks again once all is known", async () => {
    const client = start({ ...files, "z.ops": "let unused = 3\n" });
    const refreshed = new Promise<void>((resolve) =>
      client.connection.onRequest("workspace/diagnostic/refresh", () => {
        resolve();
        return null;
      }),
    );
    await client.initialize({ textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } });
    await client.open("z.ops", "let unused = 3\n");
    const ask = async (): Promise<unknown> => {
      const { items } = await client.request<{ items: Diagnostic[] }>("textDocument/diagnostic", {
        textDocument: { uri: client.uri("z.ops") },
      });
      return codes(items);
    };
    // Whether a name is used, only all of the project can tell.
    expect(await ask()).toEqual([]);
    await refreshed;
    expect(await ask()).toEqual(["unused-name"]);
  });

  test("what other files may change is told when all of them are read", async () => {
    const unknown = "let x = limit\n";
    const client = start({ ...files, "z.ops": unknown });
    const told: unknown[] = [];
    client.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      if (client.pathOf(uri) === "z.ops") told.push(diagnostics.map((each: Diagnostic) => each.message));
    });
    await client.initialize();
    await client.open("z.ops", unknown);
    await client.request("workspace/symbol", { query: "" });
    await client.server?.settled();
    await client.request("workspace/symbol", { query: "" });
    expect(told).toEqual([[expect.stringContaining("limits.ops")]]);
  });
});

describe("folders", () => {
  test("that are added and removed are told of and taken back", async () => {
    const client = start({ "a/main.ops": "let x = 1\n", "b/main.ops": wrong });
    const uri = (folder: string): string => pathToFileURL(path.join(client.folder, folder)).href;
    await client.connection.sendRequest("initialize", {
      processId: null,
      rootUri: null,
      workspaceFolders: [{ uri: uri("a"), name: "a" }],
      capabilities: WATCHING,
    });
    await client.connection.sendNotification("initialized", {});
    const change = (added: string[], removed: string[]): Promise<void> =>
      client.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
        event: {
          added: added.map((name) => ({ uri: uri(name), name })),
          removed: removed.map((name) => ({ uri: uri(name), name })),
        },
      });
    await change(["b"], []);
    await client.told("b/main.ops", some);
    const { items } = await client.request<WorkspaceDiagnosticReport>("workspace/diagnostic", {
      previousResultIds: [],
    });
    expect(items.map((each) => client.pathOf(each.uri))).toContain("b/main.ops");
    await change([], ["b"]);
    await client.told("b/main.ops", none);
  });

  test("a file of none is checked with what it imports, and nothing else of its folder is looked at", async () => {
    const client = start({
      "main.ops": 'import { Env } from "./lib/env.ops"\naction go(env: Env = prd) {}\n',
      "lib/env.ops": "enum Env { dev, prod }\n",
      "broken.ops": "nonsense",
    });
    await client.connection.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {} });
    await client.connection.sendNotification("initialized", {});
    await client.open("main.ops", 'import { Env } from "./lib/env.ops"\naction go(env: Env = prd) {}\n');
    expect(codes(await client.told("main.ops", some))).toContain("unknown-member");
    await client.server?.settled();
    expect(client.diagnostics.has("broken.ops")).toBe(false);
    await client.close("main.ops");
    await client.told("main.ops", none);
  });
});

describe("files on disk", () => {
  test("created, renamed and deleted", async () => {
    const client = start({ "main.ops": 'import { Env } from "./env.ops"\nlet x: Env = dev\n' });
    await client.initialize(WATCHING);
    await client.told("main.ops", (found) => codes(found).includes("import-not-found"));
    write(client, "env.ops", "enum Env { dev }\n");
    await onDisk(client, ["env.ops", 1]);
    await client.told("main.ops", (found) => !codes(found).includes("import-not-found"));
    renameSync(path.join(client.folder, "env.ops"), path.join(client.folder, "kinds.ops"));
    await onDisk(client, ["env.ops", 3], ["kinds.ops", 1]);
    await client.told("main.ops", (found) => codes(found).includes("import-not-found"));
    rmSync(path.join(client.folder, "main.ops"));
    await onDisk(client, ["main.ops", 3]);
    await client.told("main.ops", none);
  });

  test("data, and a package that is installed", async () => {
    const client = start({
      "main.ops":
        'import { limit } from "limits"\nlet ports = json("./ports.json") as map<int>\nlet y: string = limit\n',
      "ports.json": '{ "web": "no" }\n',
    });
    await client.initialize(WATCHING);
    await client.told("ports.json", some);
    write(client, "ports.json", '{ "web": 80 }\n');
    await onDisk(client, ["ports.json", 2]);
    await client.told("ports.json", none);
    await client.open("ports.json", '{ "web": true }\n');
    await client.told("ports.json", some);
    await client.close("ports.json");
    await client.told("ports.json", none);
    write(client, "node_modules/limits/package.json", '{ "name": "limits", "ops": "./main.ops" }\n');
    write(client, "node_modules/limits/main.ops", "let limit = 3\n");
    await onDisk(client, ["node_modules/limits/package.json", 1]);
    await client.told("main.ops", (found) => !codes(found).includes("package-not-found"));
  });

  test("a configuration that is broken, mended while it is typed, and saved", async () => {
    const client = start({ "opsc.config.json": "{", "main.ops": wrong });
    await client.initialize(WATCHING);
    await client.told("opsc.config.json", some);
    await client.told("main.ops", some);
    await client.open("opsc.config.json", "{");
    await client.change("opsc.config.json", '{ "check": { "severity": { "unused-name": "off" } } }\n');
    await client.told("opsc.config.json", none);
    await client.told("main.ops", (found) => !codes(found).includes("unused-name"));
  });

  test("a client that watches nothing is believed when it saves", async () => {
    const client = start({ "main.ops": 'let ports = json("./ports.json") as map<int>\n', "ports.json": "{}\n" });
    await client.initialize();
    await client.open("ports.json", "{}\n");
    await client.change("ports.json", '{ "web": true }\n');
    await client.told("ports.json", some);
    write(client, "ports.json", '{ "web": true }\n');
    await client.connection.sendNotification("textDocument/didSave", {
      textDocument: { uri: client.uri("ports.json") },
    });
    await client.close("ports.json");
    await client.server?.settled();
    expect(client.diagnostics.get("ports.json")?.length).toBe(1);
  });
});

describe("size", () => {
  test("files that are no text, and far too large, are told of and end nothing", async () => {
    const client = start({ "main.ops": wrong });
    write(client, "binary.ops", Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    await client.initialize(WATCHING);
    await client.open("main.ops", wrong);
    await client.told("main.ops", some);
    expect(client.messages.join("\n")).toContain("binary.ops");
    rmSync(path.join(client.folder, "binary.ops"));
    await onDisk(client, ["binary.ops", 3]);
    await client.open("huge.ops", `// ${"x".repeat(5_000_000)}\n${wrong}`);
    await client.told("huge.ops", some);
    expect(client.messages.join("\n")).not.toMatch(/\n\s+at /);
  });

  test("one file that cannot be read leaves what is open with what it imports, and its providers", async () => {
    const main =
      'import { x } from "./lib.ops"\nuse file\naction go() {\n  step s = file.write(path: "${x}", content: "") { rollback auto }\n}\n';
    const client = start({ "main.ops": main, "lib.ops": "let x = 1\n", "more.ops": "let y = 1\n" });
    symlinkSync("/dev/zero", path.join(client.folder, "zero.ops"));
    await client.initialize(WATCHING);
    await client.open("main.ops", `${main}let z: int = true\n`);
    await client.told("main.ops", (found) => codes(found).join() === "type-mismatch");
    expect(client.messages.join("\n")).toContain("zero.ops");
    await client.change("main.ops", `import { y } from "./more.ops"\n${main}let z = y\n`);
    await client.told(
      "main.ops",
      (found) => !codes(found).includes("import-not-found") && !codes(found).includes("type-mismatch"),
    );
  });

  test("2,000 files", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [
        `part${i % 40}/f${i}.ops`,
        i === 0
          ? "enum Env0 { a, b }\n"
          : `import { Env${i - 1} } from "../part${(i - 1) % 40}/f${i - 1}.ops"\nenum Env${i} { a, b }\nlet of${i}: Env${i - 1} = a\n`,
      ]),
    );
    const client = start(files);
    await client.initialize(WATCHING);
    const first = files["part0/f0.ops"] ?? "";
    await client.open("part0/f0.ops", first);
    await client.change("part0/f0.ops", "enum Env0 { b }\n");
    expect(codes(await client.told("part1/f1.ops", (found) => codes(found).includes("unknown-member")))).toContain(
      "unknown-member",
    );
    await client.change("part0/f0.ops", first);
    await client.told("part1/f1.ops", (found) => !codes(found).includes("unknown-member"));
  });
});
