/** What completion says of each proposal, when it says it, and when it is silent. */
import { symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { CompletionItem, CompletionList, MarkupContent } from "vscode-languageserver";
import { type Client, folderOf, here } from "./client.ts";

const open: { client: Client; remove: () => void }[] = [];
afterEach(async () => {
  for (const { client, remove } of open.splice(0)) {
    await client.stop();
    remove();
  }
});

const LIB = `use file

/// Puts it there.
operation put(path: string) {
  call = file.write(path: path, content: "")
}

/// How many at most.
let most = 3
`;
const MAIN = `import { put } from "./lib.ops"

action go(n: int) {
  /// Twice as many.
  let twice = n * 2
  step s = 
  risk = 
}
`;

const LATER = {
  textDocument: { completion: { completionItem: { resolveSupport: { properties: ["documentation"] } } } },
};

async function started(capabilities: object): Promise<Client> {
  const { folder, remove } = folderOf({ "lib.ops": LIB, "main.ops": MAIN });
  const client = here(folder);
  open.push({ client, remove });
  await client.initialize(capabilities);
  await client.open("main.ops", MAIN);
  return client;
}

const ask = async (client: Client, line: number, character: number, context: object = {}): Promise<CompletionItem[]> =>
  (await client.at<CompletionList>("textDocument/completion", "main.ops", line, character, { context })).items;

const said = ({ documentation }: CompletionItem): string => (documentation as MarkupContent | undefined)?.value ?? "";

describe("docs", () => {
  test("are told of the one that is looked at, where the client asks later", async () => {
    const client = await started(LATER);
    const found = await ask(client, 5, 11);
    expect(found.every((item) => item.documentation === undefined)).toBe(true);
    const put = found.find(({ label }) => label === "put");
    const resolved = await client.request<CompletionItem>("completionItem/resolve", put ?? {});
    expect(said(resolved)).toMatch(/^Puts it there\./);
    expect(said(resolved)).toContain("writes");
    expect(resolved.textEdit).toEqual(put?.textEdit);
    const [risk] = (await ask(client, 6, 9)).filter(({ label }) => label === "high");
    expect(await client.request<CompletionItem>("completionItem/resolve", risk ?? {})).toEqual(risk);
  });
  test("of a list that is not the last are not known any more, and nothing else is", async () => {
    const client = await started(LATER);
    const old = await ask(client, 6, 9);
    const now = await ask(client, 5, 11);
    const put = now.findIndex(({ label }) => label === "put");
    // The one that stood where now something is said of it.
    expect(old.length).toBeGreaterThan(put);
    for (const item of [old[put] ?? {}, { label: "x" }, { label: "x", data: "?" }, { label: "x", data: [1, 1e9] }])
      expect(await client.request<CompletionItem>("completionItem/resolve", item)).toEqual(item);
  });
  test("of the language are told at once where the client does not say that it asks later", async () => {
    const client = await started({});
    const found = await ask(client, 8, 0);
    expect(said(found.find(({ label }) => label === "action") ?? { label: "" })).not.toBe("");
  });
  test("of what another file declares, and of what an action does", async () => {
    const client = await started(LATER);
    await client.change("main.ops", MAIN.replace("risk = ", "require "));
    for (const [label, words] of [
      ["most", "How many at most."],
      ["twice", "Twice as many."],
    ]) {
      const item = (await ask(client, 6, 10)).find((each) => each.label === label);
      expect(said(await client.request<CompletionItem>("completionItem/resolve", item ?? {}))).toBe(words);
    }
  });
});

test("a space asks where something is to follow, a quote and a slash only for paths", async () => {
  const client = await started({});
  const typed = (triggerCharacter: string): object => ({ triggerKind: 2, triggerCharacter });
  expect(await ask(client, 5, 11, typed(" "))).not.toEqual([]);
  expect(await ask(client, 6, 9, typed(" "))).not.toEqual([]);
  expect(await ask(client, 4, 2, typed(" "))).toEqual([]);
  expect(await ask(client, 8, 0, typed(" "))).toEqual([]);
  expect(await ask(client, 4, 18, typed("/"))).toEqual([]);
  expect((await ask(client, 0, 23, typed("/"))).map(({ label }) => label)).toEqual(["./lib.ops"]);
  expect((await ask(client, 0, 21, typed('"'))).map(({ textEdit }) => textEdit)).toEqual([
    { newText: "./lib.ops", range: { start: { line: 0, character: 21 }, end: { line: 0, character: 30 } } },
  ]);
});

describe("files that a text names", () => {
  test("are those of the folder that is written so far, and of no folder outside", async () => {
    const { folder, remove } = folderOf({
      "opsc.config.json": "{}",
      "conf/hosts.yaml": "a: 1\n",
      "conf/more/x.json": "1",
      "conf/main.ops": "",
      "token.txt": "not shown",
    });
    symlinkSync(path.join(folder, "conf/hosts.yaml"), path.join(folder, "conf/linked.yaml"));
    symlinkSync(path.join(folder, "nowhere"), path.join(folder, "conf/lost.yaml"));
    const client = here(folder);
    open.push({ client, remove });
    await client.initialize();
    const labels = async (text: string, name: string): Promise<string[]> => {
      await client.open(name, text);
      const { items } = await client.at<CompletionList>("textDocument/completion", name, 0, text.length - 2, {
        context: { triggerKind: 2, triggerCharacter: "/" },
      });
      return items.map(({ label }) => label);
    };
    expect(await labels('let a = yaml("./")', "conf/a.ops")).toEqual(["./hosts.yaml", "./linked.yaml", "./more/"]);
    expect(await labels('let a = json("./more/")', "conf/b.ops")).toEqual(["./more/x.json"]);
    expect(await labels('let a = yaml("../conf/")', "conf/c.ops")).toContain("../conf/hosts.yaml");
    expect(await labels('let a = yaml("../../")', "conf/d.ops")).toEqual([]);
    expect(await labels('let a = yaml("./nothing/")', "conf/e.ops")).toEqual([]);
    expect(await labels('secret s from file("./")', "conf/f.ops")).toContain("./token.txt");
    expect(await labels('secret s from file("../")', "conf/g.ops")).toEqual([]);
    expect(await labels(`secret s from file("${folder}/")`, "conf/h.ops")).toContain(`${folder}/token.txt`);
  });
});
