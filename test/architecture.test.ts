/** The shape that ARCHITECTURE.md promises, held against the imports as they are. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..");

/** What each folder may import from; itself always. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  language: [],
  compiler: ["language"],
  runtime: ["compiler"],
  "language-server": ["language", "compiler"],
  cli: ["language", "compiler", "runtime", "language-server"],
  // A package of its own: it knows the protocol, and what others make is data to it.
  "vscode-extension": [],
};

/** Packages by folder: a new one is a decision. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  language: ["chevrotain", "zod"],
  compiler: ["@dagrejs/graphlib", "@viz-js/viz", "yaml", "zod", "node:crypto"],
  runtime: ["jose", "pg", "zod"],
  "language-server": ["vscode-languageserver", "vscode-languageserver-textdocument"],
  cli: ["commander", "esbuild", "vscode-languageserver/node", "zod"],
  "vscode-extension": ["esbuild", "vscode", "vscode-languageclient/node"],
};

/** One file for each of these packages: whoever replaces it has one place to look. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  "@viz-js/viz": ["compiler/render/svg.ts"],
  yaml: ["compiler/data/yaml.ts"],
  jose: ["runtime/trust/oidc.ts"],
  pg: ["runtime/providers/postgres/wire.ts"],
  "node:sqlite": ["runtime/store/"],
  "node:child_process": ["runtime/process/", "cli/build", "cli/git.ts", "cli/signing.ts"],
};

/** Files that import one another in a circle, each circle with its reason: they are one thing in several files. */
const CIRCLES: readonly (readonly string[])[] = [
  // What is written nests in what is written, and so do those who read it.
  ["language/format/bodies.ts", "language/format/statements.ts"],
  [
    "compiler/check/access.ts",
    "compiler/check/block.ts",
    "compiler/check/collections.ts",
    "compiler/check/expr.ts",
    "compiler/check/hints.ts",
    "compiler/check/match.ts",
    "compiler/check/operators.ts",
    "compiler/check/present.ts",
    "compiler/check/refine.ts",
  ],
  ["compiler/ir/partly/decide.ts", "compiler/ir/partly/methods.ts"],
  ["compiler/expand/loops.ts", "compiler/expand/nested.ts", "compiler/expand/part.ts", "compiler/expand/statements.ts"],
  // What is decided next may be that something is undone, and the end of that what is decided next.
  [
    "runtime/engine/decide-do.ts",
    "runtime/engine/decide-lease.ts",
    "runtime/engine/decide-undo.ts",
    "runtime/engine/finish.ts",
    "runtime/engine/hooks.ts",
  ],
  // One asks the other for types alone.
  ["runtime/approvals/judge.ts", "runtime/approvals/statement.ts"],
  [
    "runtime/process/helper-client.ts",
    "runtime/process/helper.protocol.ts",
    "runtime/process/helpers.ts",
    "runtime/process/run-here.ts",
    "runtime/process/spawn.ts",
  ],
  // Manifests are made from the code of providers where nothing was built.
  ["runtime/providers/index.ts", "runtime/providers/names.ts"],
];

interface Import {
  readonly file: string;
  readonly from: string;
}

function imports(): Import[] {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.ts"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => Object.keys(MAY).includes(file.split("/")[0] ?? "") && existsSync(path.join(root, file)));
  return files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), "utf8");
    const found = [
      ...text.matchAll(
        /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s*["']([^"']+)["']|\bimport\(\s*(?:\/\*.*?\*\/\s*)?["']([^"']+)["']\s*\)|(?:^|\n)import\s*["']([^"']+)["']/g,
      ),
    ];
    return found.map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? "" }));
  });
}

const all = imports();
const folderOf = (file: string): string => file.split("/")[0] ?? "";
const targetOf = ({ file, from }: Import): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), from));

/** Sorted, and what is in each: files of which each leads to every other. */
function circles(edges: readonly Import[]): string[][] {
  const to = new Map<string, string[]>();
  for (const each of edges)
    if (each.from.startsWith(".")) to.set(each.file, [...(to.get(each.file) ?? []), targetOf(each)]);
  const reached = new Map([...to.keys()].map((file) => [file, reachedFrom(file, to)]));
  const found = new Map<string, string[]>();
  for (const [file, all] of reached) {
    if (!all.has(file)) continue;
    const circle = [...all].filter((other) => reached.get(other)?.has(file) === true).sort();
    found.set(circle.join(" "), circle);
  }
  return [...found.keys()].sort().map((key) => found.get(key) ?? []);
}

function reachedFrom(file: string, to: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...(to.get(file) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(to.get(next) ?? []));
  }
  return found;
}

describe("imports run one way", () => {
  test("there are imports to look at", () => {
    expect(all.length).toBeGreaterThan(200);
    for (const folder of Object.keys(MAY)) expect(all.some((each) => folderOf(each.file) === folder)).toBe(true);
  });

  test("language ← compiler ← runtime ← cli", () => {
    const wrong = all.filter(({ file, from }) => {
      if (!from.startsWith(".")) return false;
      const target = folderOf(targetOf({ file, from }));
      return target !== folderOf(file) && !(MAY[folderOf(file)] ?? []).includes(target) && target !== "package.json";
    });
    expect(wrong).toEqual([]);
  });

  test("each folder uses the packages it is known to use, and language and compiler nothing of the machine", () => {
    const wrong = all.filter(({ file, from }) => {
      if (from.startsWith(".")) return false;
      const known = PACKAGES[folderOf(file)] ?? [];
      const builtIn =
        from.startsWith("node:") && ["runtime", "language-server", "cli", "vscode-extension"].includes(folderOf(file));
      return !builtIn && !known.includes(from);
    });
    expect(wrong).toEqual([]);
  });

  test("what may be replaced stands in one place", () => {
    const wrong = all.filter(({ file, from }) => {
      const places = ONLY_IN[from];
      return places !== undefined && !places.some((place) => file.startsWith(place));
    });
    expect(wrong).toEqual([]);
  });

  test("no files import one another in a circle, but those that are known to", () => {
    expect(
      circles([
        { file: "a/b.ts", from: "./c.ts" },
        { file: "a/c.ts", from: "../a/b.ts" },
        { file: "a/d.ts", from: "./b.ts" },
      ]),
    ).toEqual([["a/b.ts", "a/c.ts"]]);
    const known = CIRCLES.map((circle) => circle.join(" ")).sort();
    expect(circles(all).map((circle) => circle.join(" "))).toEqual(known);
  });

  test("the parser and the checker do not load zod: schemas are for what comes from outside", () => {
    const wrong = all.filter(
      ({ file, from }) => /^(language|compiler)\//.test(file) && from === "zod" && !file.endsWith(".schema.ts"),
    );
    expect(wrong).toEqual([]);
  });
});
