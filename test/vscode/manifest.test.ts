/** What the extension says of itself, held against what is there and what the rest of the project says. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { corpus } from "../language/corpus.ts";

const root = path.resolve(import.meta.dirname, "../..");
const home = path.join(root, "vscode-extension");
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), "utf8"));

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly contributes: object;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly vscode: string };
  readonly capabilities: { readonly untrustedWorkspaces: object };
}
const manifest = read("vscode-extension/package.json") as Manifest;

interface Configuration {
  readonly indentationRules: { readonly increaseIndentPattern: string; readonly decreaseIndentPattern: string };
  readonly onEnterRules: readonly { readonly beforeText: string; readonly action: { readonly appendText?: string } }[];
  readonly wordPattern: string;
}
const configuration = read("vscode-extension/language-configuration.json") as Configuration;

/** Every path that a value names: texts that begin with `./`. */
function paths(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("./") ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(paths) : [];
}

describe("the manifest", () => {
  test("is of the version and licence of the command", () => {
    const { version, license } = read("package.json") as Manifest;
    expect(manifest).toMatchObject({ version, license });
  });

  test("names files that are there, or that are built", () => {
    const found = paths(manifest.contributes);
    expect(found.length).toBeGreaterThan(4);
    const missing = found.filter((file) => !file.startsWith("./out/") && !existsSync(path.join(home, file)));
    expect(missing).toEqual([]);
  });

  test("is built with the versions that the tests have, and exactly those", () => {
    const { devDependencies: own } = manifest;
    const { devDependencies: roots } = read("package.json") as Manifest;
    for (const [name, version] of Object.entries(own)) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      if (name in roots) expect([name, version]).toEqual([name, roots[name]]);
    }
    // Types of a newer editor would let in what the oldest one has not.
    expect(manifest.engines.vscode).toBe(`^${own["@types/vscode"]}`);
  });

  test("runs nothing of a workspace that is not trusted", () => {
    const { untrustedWorkspaces } = manifest.capabilities;
    expect(untrustedWorkspaces).toMatchObject({ supported: "limited", restrictedConfigurations: ["opsc.path"] });
  });

  test("has a lock file without addresses of a registry", () => {
    const locks = readdirSync(home, { recursive: true, encoding: "utf8" }).filter(
      (file) => path.basename(file) === "package-lock.json" && !file.includes("node_modules"),
    );
    expect(locks).toEqual(["package-lock.json"]);
    for (const lock of locks) {
      expect(statSync(path.join(home, lock)).size).toBeGreaterThan(100);
      expect(readFileSync(path.join(home, lock), "utf8")).not.toMatch(/"resolved"/);
    }
  });
});

describe("the language's configuration", () => {
  test("goes in after a line that opens a bracket, and comes out at one that closes it", () => {
    const increase = new RegExp(configuration.indentationRules.increaseIndentPattern);
    const decrease = new RegExp(configuration.indentationRules.decreaseIndentPattern);
    expect(
      ["action a() {", "  tags = [", "  let a = f(", '  step b = file.write(path: "x") {'].every((l) =>
        increase.test(l),
      ),
    ).toBe(true);
    expect(
      ["action a() {}", "  // a {", '  title = "a {"', "  retry { attempts = 2 }"].some((l) => increase.test(l)),
    ).toBe(false);
    expect(["}", "  ])", "  } else {"].every((l) => decrease.test(l))).toBe(true);
    expect(["a }", "  step b = c()"].some((l) => decrease.test(l))).toBe(false);
  });

  test("indents what is laid out as the layout does", () => {
    const increase = new RegExp(configuration.indentationRules.increaseIndentPattern);
    const examples = corpus.filter(({ name }) => name.startsWith("examples/"));
    expect(examples.length).toBeGreaterThan(10);
    for (const { name, text } of examples) {
      const lines = text.split("\n");
      const wrong = lines.flatMap((line, i) => {
        const next = lines[i + 1] ?? "";
        const deeper = next.trim() !== "" && /^ */.exec(next)?.[0].length === (/^ */.exec(line)?.[0].length ?? 0) + 2;
        return increase.test(line) && !deeper ? [`${name}:${i + 1}: ${line}`] : [];
      });
      expect(wrong).toEqual([]);
    }
  });

  test("goes on with a comment that documents, until a line of it is empty", () => {
    const rule = configuration.onEnterRules.find(({ action }) => action.appendText === "/// ");
    const before = new RegExp(rule?.beforeText ?? "");
    expect(before.test("  /// What it is.")).toBe(true);
    expect(before.test("  /// ")).toBe(false);
    expect(before.test("// What it is.")).toBe(false);
  });

  test("takes a name and a number with its unit for one word each", () => {
    const word = new RegExp(configuration.wordPattern, "g");
    expect("roll_out(web.restart, 1h30m, 25%, 09:00, 2026-11-21)".match(word)).toEqual([
      "roll_out",
      "web",
      "restart",
      "1h30m",
      "25%",
      "09:00",
      "2026-11-21",
    ]);
  });
});
