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
  pg: ["runtime/providers/postgres/connect.ts"],
  "node:sqlite": ["runtime/store/"],
  "node:child_process": ["runtime/process/", "cli/build", "cli/git.ts", "cli/signing.ts"],
};

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

describe("imports run one way", () => {
  test("there are imports to look at", () => {
    expect(all.length).toBeGreaterThan(200);
    for (const folder of Object.keys(MAY)) expect(all.some((each) => folderOf(each.file) === folder)).toBe(true);
  });

  test("language ← compiler ← runtime ← cli", () => {
    const wrong = all.filter(({ file, from }) => {
      if (!from.startsWith(".")) return false;
      const target = folderOf(path.posix.normalize(path.posix.join(path.posix.dirname(file), from)));
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

  test("the parser and the checker do not load zod: schemas are for what comes from outside", () => {
    const wrong = all.filter(
      ({ file, from }) => /^(language|compiler)\//.test(file) && from === "zod" && !file.endsWith(".schema.ts"),
    );
    expect(wrong).toEqual([]);
  });
});
