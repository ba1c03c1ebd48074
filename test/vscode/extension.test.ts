/** What of the extension needs no editor: which program it starts, what it hands to a terminal, what its view may load. */
import { isBuiltin } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { checkInputs } from "../../compiler/expand/inputs.ts";
import { inputsSchema } from "../../compiler/form/inputs.ts";
import { EXTENSION, VIEW } from "../../vscode-extension/build.ts";
import { chooseOpsc, commandLine } from "../../vscode-extension/src/choose-server.ts";
import { applyArgs, missingInputs, saveArgs } from "../../vscode-extension/src/command-args.ts";
import { viewHtml } from "../../vscode-extension/src/plan-html.ts";
import type { Filled, Json, PlanAnswer, Schema } from "../../vscode-extension/src/protocol.ts";
import { programOf } from "../compiler/project.ts";

const BUNDLED = "/ext/out/opsc/dist/opsc.mjs";

describe("which opsc is used", () => {
  const choose = (user: string, workspace: string, trusted: boolean) =>
    chooseOpsc({ user, workspace }, trusted, BUNDLED, "/home/dana");

  test("is the one that comes along, unless another is named", () => {
    expect(choose("", "", true)).toEqual({ kind: "module", file: BUNDLED });
    expect(choose(" /usr/bin/opsc ", "", true)).toEqual({ kind: "program", file: "/usr/bin/opsc" });
    expect(choose("opsc", "", true)).toEqual({ kind: "program", file: "opsc" });
    expect(choose("", "dist/opsc.mjs", true)).toEqual({ kind: "module", file: "/home/dana/dist/opsc.mjs" });
    expect(choose("opsc", "./bin/opsc", true)).toEqual({ kind: "program", file: "/home/dana/bin/opsc" });
  });

  test("is never what a workspace names that is not trusted", () => {
    expect(choose("", "./evil", false)).toEqual({ kind: "module", file: BUNDLED });
    expect(choose("opsc", "./evil.mjs", false)).toEqual({ kind: "program", file: "opsc" });
  });

  test("is started with its arguments, a module by the editor's own program", () => {
    expect(commandLine({ kind: "program", file: "opsc" }, ["check"], "/code")).toEqual({
      program: "opsc",
      args: ["check"],
      env: {},
    });
    expect(commandLine({ kind: "module", file: BUNDLED }, ["check"], "/code")).toEqual({
      program: "/code",
      args: [BUNDLED, "check"],
      env: { ELECTRON_RUN_AS_NODE: "1" },
    });
  });
});

describe("apply", () => {
  const program = programOf(
    {
      "main.ops": `
enum Env { dev, prod }
action go(
  env: Env, count: int, word: string, loud: bool = false, words: list<string> = [], pause: duration = 1s,
  slot: "blue" | 2 = "blue", any: json = none, maybe: int? = 1, map: map<int> = {}, note?: string,
) { title = "x" }`,
    },
    ["unused-name"],
  );
  const [action] = program.actions;
  if (action === undefined) throw new Error("no action");
  const form = inputsSchema(program, action) as Schema;
  const answer = { action: { id: "main.ops#go", name: "go" }, form } as PlanAnswer;
  const filled = (inputs: Readonly<Record<string, Json>>): Filled => ({ inputs, as: "", reason: "" });

  test("hands on what was filled in, so that the command reads the same", () => {
    const inputs: Record<string, Json> = {
      env: "prod",
      count: 3,
      word: '{"a": 1} $(rm -rf ~); "',
      loud: true,
      words: ["a,b", "[c]"],
      pause: "1m30s",
      slot: 2,
      any: "text",
      maybe: null,
      map: { a: 1 },
      note: "",
    };
    const args = applyArgs(answer, filled(inputs));
    expect(args.slice(0, 2)).toEqual(["apply", "main.ops#go"]);
    const words = new Map(
      args.flatMap((arg, i) => {
        const [, name = "", word = ""] = /^(\w+)=(.*)$/s.exec(arg) ?? [];
        return args[i - 1] === "--input" ? [[name, { word }] as const] : [];
      }),
    );
    const asJson = new Map(Object.entries(inputs).map(([name, json]) => [name, { json }]));
    expect([...words.keys()]).toEqual(Object.keys(inputs));
    expect(checkInputs(program, action, words)).toEqual(checkInputs(program, action, asJson));
    expect(checkInputs(program, action, words).problems).toEqual([]);
  });

  test("says who asks and why where that was said", () => {
    const args = applyArgs(answer, { inputs: {}, as: " ana@example.com ", reason: "new disks" });
    expect(args).toEqual(["apply", "main.ops#go", "--as", "ana@example.com", "--reason", "new disks"]);
    expect(applyArgs(answer, filled({}))).toEqual(["apply", "main.ops#go"]);
    expect(saveArgs(answer, filled({ count: 2 }), "/home/dana/a b.opsplan.json")).toEqual([
      ...["plan", "main.ops#go", "--input", "count=2", "--out", "/home/dana/a b.opsplan.json"],
    ]);
  });

  test("needs what has no default: a proposal is not enough", () => {
    expect(missingInputs(answer, filled({ count: 0 }))).toEqual(["env", "word"]);
  });
});

describe("the view", () => {
  test("lets run the extension's own script alone, and load nothing", () => {
    const html = viewHtml({
      source: "https://ext",
      nonce: "abc",
      script: "https://ext/a.js",
      style: "https://ext/a.css",
    });
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      "style-src https://ext",
      "script-src 'nonce-abc'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script nonce="abc" src="https://ext/a.js">']);
  });

  test("is bundled, and makes no markup or code of text", async () => {
    const { outputFiles } = await build({ ...VIEW, outdir: "/out", write: false });
    expect(outputFiles.map((file) => path.basename(file.path)).sort()).toEqual(["plan-view.css", "plan-view.js"]);
    const script = outputFiles.find((file) => file.path.endsWith(".js"))?.text ?? "";
    expect(script).not.toMatch(/\b(?:eval|innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function)\b/);
  });
});

test("the extension is one file that needs VS Code and Node.js alone", async () => {
  const { metafile } = await build({ ...EXTENSION, outdir: "/out", write: false });
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((each) => each.path));
  expect(outside).toContain("vscode");
  expect(outside.filter((each) => each !== "vscode" && !isBuiltin(each))).toEqual([]);
});
