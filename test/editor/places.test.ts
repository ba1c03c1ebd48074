/** Types, links, hints and calls. */
import { describe, expect, test } from "vitest";
import { callableAt, calleesOf, callersOf } from "../../compiler/editor/calls.ts";
import { editsForMoves } from "../../compiler/editor/file-rename.ts";
import { linksOf } from "../../compiler/editor/links.ts";
import { typeDefinition } from "../../compiler/editor/type-definition.ts";
import { analyse, atCursor } from "./analysis.ts";

describe("the type of a value", () => {
  test.each([
    ["enum Env { dev }\nlet x: Env = dev\nlet y = ‸x\n", "Env"],
    ["enum Env { dev }\naction go(envs: list<Env>) {\n  require ‸envs.length > 0\n}\n", "Env"],
    ["type N = int where it > 0\naction go(‸n: N) {\n}\n", "N"],
    ["let x = 1\nlet y = ‸x\n", null],
    [
      "let services: map<{ port: int }> = { a: { port: 1 } }\naction go(s: one of services) {\n  require ‸s.port > 0\n}\n",
      "services",
    ],
  ])("%j: %s", (text, name) => {
    const { analysis, path, offset } = atCursor({ "a.ops": text });
    expect(typeDefinition(analysis, path, offset)?.name ?? null).toBe(name);
  });
});

test("paths lead to their files", () => {
  const text =
    'import { a } from "./b.ops"\nlet x = yaml("./data/x.yaml")\nwindow w {\n  timezone = "UTC"\n  calendar = "./w.ics"\n}\nlet y = json("no path")\n';
  const analysis = analyse({ "dir/a.ops": text, "dir/b.ops": "let a = 1\n" });
  const file = analysis.file("dir/a.ops");
  expect(
    file === null ? [] : linksOf(analysis, file).map(({ span, path }) => [text.slice(span.start, span.end), path]),
  ).toEqual([
    ["./b.ops", "dir/b.ops"],
    ["./data/x.yaml", "dir/data/x.yaml"],
    ["./w.ics", "dir/w.ics"],
  ]);
});

test("imports and data follow a file or a folder that is moved", () => {
  const files = {
    "lib/a.ops": 'import { x } from "./b.ops"\nlet data = yaml("./a.yaml")\nlet y = x\n',
    "lib/b.ops": "let x = 1\n",
    "main.ops": 'import { y } from "./lib/a.ops"\nlet z = y\n',
  };
  const analysis = analyse(files);
  const after = (...moves: { from: string; to: string }[]) =>
    editsForMoves(analysis, moves).map(({ module, text }) => `${module}: ${text}`);
  expect(after({ from: "lib/b.ops", to: "b.ops" })).toEqual(["lib/a.ops: ../b.ops"]);
  expect(after({ from: "lib/a.ops", to: "a.ops" })).toEqual([
    "lib/a.ops: ./lib/b.ops",
    "lib/a.ops: ./lib/a.yaml",
    "main.ops: ./a.ops",
  ]);
  expect(after({ from: "lib", to: "shared" })).toEqual(["main.ops: ./shared/a.ops"]);
  expect(after({ from: "lib/a.yaml", to: "data.yaml" })).toEqual(["lib/a.ops: ../data.yaml"]);
});

test("who calls what", () => {
  const lib =
    'use file\noperation put(path: string) {\n  effect = write\n  resource = path\n  call = file.write(path: path, content: "")\n}\n';
  const main =
    'import { put } from "./lib.ops"\naction inner() {\n  step s = put(path: "a") { rollback put(path: "b") }\n}\naction outer() {\n  step a = inner()\n  step b = inner()\n}\n';
  const analysis = analyse({ "lib.ops": lib, "main.ops": main });
  const inner = callableAt(analysis, "main.ops", main.indexOf("inner"));
  const put = callableAt(analysis, "lib.ops", lib.indexOf("put"));
  if (inner === null || put === null) throw new Error("nothing to call");
  expect(callersOf(analysis, inner).map(({ other, places }) => [other.name, places.length])).toEqual([["outer", 2]]);
  expect(calleesOf(analysis, inner).map(({ other, places }) => [other.name, places.length])).toEqual([["put", 2]]);
  expect(callersOf(analysis, put).map(({ other }) => other.name)).toEqual(["inner"]);
  expect(callableAt(analysis, "main.ops", main.indexOf("path"))).toBeNull();
});
