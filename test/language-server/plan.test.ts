/** `opsc/plan`, `opsc/planUndo` and lenses, as clients meet them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { CodeLens } from "vscode-languageserver";
import type { UndoView } from "../../compiler/editor/plan-view.ts";
import type { PlanAnswer } from "../../language-server/features/plan.ts";
import { type Client, folderOf, here } from "./client.ts";

const MAIN = `use file

approver sre { members = ["ana@example.com", "ben@example.com"] }

action go(count: int where count in 2..5, word: string = "w") {
  fact old = file.read(path: "old.txt")
  approve by sre
  step put = file.write(path: "a.txt", content: word) { rollback auto }
  step drop = file.delete(path: "b.txt") { irreversible "it is old" }
}
`;

const open: { client: Client; remove: () => void }[] = [];
afterEach(async () => {
  for (const { client, remove } of open.splice(0)) {
    await client.stop();
    remove();
  }
});

async function start(files: Readonly<Record<string, string>>, experimental?: unknown): Promise<Client> {
  const { folder, remove } = folderOf(files);
  const client = here(folder);
  open.push({ client, remove });
  await client.initialize(experimental === undefined ? {} : { experimental });
  const [[file = "", text = ""] = []] = Object.entries(files);
  await client.open(file, text);
  return client;
}

const plan = (client: Client, line: number, more: object = {}): Promise<PlanAnswer | null> =>
  client.at("opsc/plan", "main.ops", line, 0, more);

describe("opsc/plan", () => {
  test("gives the picture, the form, and each node with its place", async () => {
    const client = await start({ "main.ops": MAIN });
    const answer = await plan(client, 7);
    expect(answer?.action).toMatchObject({
      id: "main.ops#go",
      name: "go",
      root: pathToFileURL(client.folder).href,
      location: { range: { start: { line: 4, character: 7 } } },
    });
    expect(answer?.form).toMatchObject({ properties: { count: { type: "integer", minimum: 2, maximum: 5 } } });
    expect(answer).toMatchObject({ inputs: { count: 2, word: "w" }, proposed: ["count", "word"], problems: [] });
    expect(answer?.plan?.svg).toMatch(/^<svg [^>]*class="opsc-picture/);
    expect(answer?.plan?.nodes.map(({ word, location }) => [word, location?.range.start.line])).toEqual([
      ["approval", 6],
      ["write", 7],
      ["destroy", 8],
    ]);
    expect(answer?.plan?.nodes[2]).toMatchObject({ irreversible: true, location: { uri: client.uri("main.ops") } });
  });

  test("follows edits that were not saved", async () => {
    const client = await start({ "main.ops": MAIN });
    expect((await plan(client, 7))?.plan?.nodes).toHaveLength(3);
    await client.change("main.ops", MAIN.replace(/ {2}step drop.*\n/, ""));
    expect((await plan(client, 7))?.plan?.nodes).toHaveLength(2);
  });

  test("says what is wrong with inputs, by their names", async () => {
    const client = await start({ "main.ops": MAIN });
    const answer = await plan(client, 7, { inputs: { count: 9 } });
    expect(answer?.plan).toBeNull();
    expect(answer?.problems).toMatchObject([{ input: "count", location: { range: { start: { line: 4 } } } }]);
  });

  test("tells errors in place of a plan, and nothing where there is no action", async () => {
    const client = await start({
      "main.ops": MAIN.replace("content: word", "content: wrod"),
      "people.ops": "let _x = 1\n",
    });
    const answer = await plan(client, 7);
    expect(answer).toMatchObject({
      plan: null,
      problems: [{ input: null, location: { range: { start: { line: 7 } } } }],
    });
    await client.open("people.ops", "let _x = 1\n");
    expect(await client.at("opsc/plan", "people.ops", 0, 0)).toBeNull();
  });

  test("holds who asks and why against guardrails", async () => {
    const text = `${MAIN}guardrail why { require run.reason == "good" && run.requester == "eve@example.com" else "no" }\n`;
    const client = await start({ "main.ops": text });
    const status = async (more: object) => (await plan(client, 7, more))?.plan?.guardrails[0]?.status;
    expect(await status({})).toBe("fail");
    expect(await status({ as: "eve@example.com", reason: " good " })).toBe("pass");
  });

  test("undo is told of a node", async () => {
    const client = await start({ "main.ops": MAIN });
    const undo: UndoView | null = await client.at("opsc/planUndo", "main.ops", 7, 0, { node: 1 });
    expect(undo).toMatchObject({ waves: [[1]], kept: [], points: [], maybe: [] });
    expect(await client.at("opsc/planUndo", "main.ops", 7, 0, { node: 99 })).toBeNull();
    expect(await client.at("opsc/planUndo", "main.ops", 7, 0, { node: "x" })).toBeNull();
  });

  test("runs nothing of the project: a provider's manifest is read, its code is not", async () => {
    const read = (file: string): string =>
      readFileSync(path.join(import.meta.dirname, "../../examples/custom-provider", file), "utf8");
    const client = await start({
      "main.ops": read("flags.ops"),
      "opsc.config.json": read("opsc.config.json"),
      "provider-flags/package.json": read("provider-flags/package.json"),
      "provider-flags/opsc.manifest.json": read("provider-flags/opsc.manifest.json"),
      "provider-flags/index.js": `import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("./sprung", import.meta.url), "");\nexport default {};\n`,
    });
    const answer = await plan(client, 8);
    expect(answer?.problems).toEqual([]);
    expect(answer?.plan?.unread).toEqual(["now"]);
    expect(existsSync(path.join(client.folder, "provider-flags/sprung"))).toBe(false);
  });
});

describe("lenses", () => {
  const lenses = (client: Client): Promise<CodeLens[] | null> =>
    client.request("textDocument/codeLens", { textDocument: { uri: client.uri("main.ops") } });

  test("name the client's command, with the place of the action", async () => {
    const client = await start({ "main.ops": MAIN }, { opsc: { planCommand: "x.plan" } });
    expect(await lenses(client)).toEqual([
      {
        range: { start: { line: 4, character: 7 }, end: { line: 4, character: 9 } },
        command: {
          title: "Plan · 2 steps · 1 approval · 1 irreversible",
          command: "x.plan",
          arguments: [client.uri("main.ops"), { line: 4, character: 7 }],
        },
      },
    ]);
  });

  test("are none where the client has no such command", async () => {
    expect(await lenses(await start({ "main.ops": MAIN }))).toEqual([]);
    expect(await lenses(await start({ "main.ops": MAIN }, { opsc: { planCommand: 7 } }))).toEqual([]);
  });
});

const EXAMPLES = path.resolve(import.meta.dirname, "../../examples");
const examples = readdirSync(EXAMPLES).filter((name) => existsSync(path.join(EXAMPLES, name, "opsc.config.json")));

test.each(examples)(
  "every action of examples/%s has a plan to look at before anybody filled in a form",
  async (name) => {
    const client = here(path.join(EXAMPLES, name));
    open.push({ client, remove: () => {} });
    await client.initialize({ experimental: { opsc: { planCommand: "x" } } });
    const files = readdirSync(client.folder).filter((file) => file.endsWith(".ops"));
    let actions = 0;
    for (const file of files) {
      await client.open(file, readFileSync(path.join(client.folder, file), "utf8"));
      const lenses: CodeLens[] = await client.request("textDocument/codeLens", {
        textDocument: { uri: client.uri(file) },
      });
      for (const { command } of lenses) {
        const [uri, position] = command?.arguments ?? [];
        const answer: PlanAnswer = await client.request("opsc/plan", {
          textDocument: { uri },
          position,
          as: "dana@example.com",
          reason: "to see it",
        });
        expect(answer.problems.map(({ message }) => message)).toEqual([]);
        expect(answer.plan?.nodes.every(({ location }) => location !== null)).toBe(true);
        expect(command?.title).toMatch(/^Plan · /);
        actions++;
      }
    }
    expect(actions).toBeGreaterThan(0);
  },
);
