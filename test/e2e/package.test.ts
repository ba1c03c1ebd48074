/** The package as people install it: packed, installed elsewhere, run on the Node.js versions it promises. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "./opsc.ts";

const elsewhere = mkdtempSync(path.join(tmpdir(), "opsc-package-"));
const installed = path.join(elsewhere, "node_modules/opsc");

/** Node.js 22.18, the oldest promised, from the registry; 24 is what the tests run on. */
function oldestNode(): string {
  const folder = path.join(elsewhere, "node22");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "node@22.18.0"], { cwd: folder, stdio: "pipe" });
  return path.join(folder, "node_modules/node/bin/node");
}

beforeAll(() => {
  // What is built is what is packed: `--ignore-scripts` keeps pack from building it again while other tests use it.
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", elsewhere], {
      cwd: root,
      encoding: "utf8",
    }),
  ) as [{ filename: string }];
  writeFileSync(path.join(elsewhere, "package.json"), JSON.stringify({ private: true, type: "module" }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--omit=dev", path.join(elsewhere, filename)], {
    cwd: elsewhere,
    stdio: "pipe",
  });
  cpSync(path.join(root, "examples/custom-provider/provider-flags"), path.join(elsewhere, "project/provider-flags"), {
    recursive: true,
  });
  writeFileSync(
    path.join(elsewhere, "project/opsc.config.json"),
    JSON.stringify({ providers: { flags: "./provider-flags" } }),
  );
  writeFileSync(
    path.join(elsewhere, "project/main.ops"),
    `use file
use flags
action hello(name: string) {
  step write = file.write(path: "hello.txt", content: "hello, \${name}\\n") { rollback auto }
}
`,
  );
});

describe("the package", () => {
  test("installs with no dependency and holds the command, the kit with its types, the schemas and the licences", () => {
    expect(readdirSync(path.join(elsewhere, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["opsc"]);
    for (const file of [
      "dist/opsc.mjs",
      "dist/provider.mjs",
      "dist/types/runtime/provider/kit.d.ts",
      "dist/schemas/plan.schema.json",
      "dist/THIRD_PARTY_LICENSES",
      "language/REFERENCE.md",
      "language/TUTORIAL.md",
      "runtime/provider/GUIDE.md",
      "LICENSE",
      "README.md",
    ]) {
      expect(existsSync(path.join(installed, file)), file).toBe(true);
    }
    const licences = readFileSync(path.join(installed, "dist/THIRD_PARTY_LICENSES"), "utf8");
    for (const name of ["chevrotain", "zod", "commander", "@dagrejs/graphlib", "@viz-js/viz"])
      expect(licences).toContain(`== ${name} `);
  });

  test.each([
    ["24", () => process.execPath],
    ["22.18", oldestNode],
  ])("checks, plans, applies and verifies on Node.js %s", (version, node) => {
    const bin = node();
    const project = path.join(elsewhere, `on-${version}`);
    cpSync(path.join(elsewhere, "project"), project, { recursive: true });
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(bin, [path.join(elsewhere, "node_modules/.bin/opsc"), ...args], {
        cwd: project,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      });
      return { status, stdout, stderr };
    };
    expect(execFileSync(bin, ["--version"], { encoding: "utf8" })).toMatch(new RegExp(`^v${version}`));
    expect(run("check")).toMatchObject({ status: 0, stderr: "" });
    expect(run("plan", "hello", "-i", "name=world", "--as", "dana@example.com", "-o", "p.opsplan.json").status).toBe(0);
    expect(run("show", "p.opsplan.json", "--format", "svg").stdout).toContain("<svg");
    expect(run("show", "p.opsplan.json", "--format", "html").stdout).toMatch(/^<!doctype html>.*<svg.*<\/html>\n$/s);
    expect(run("apply", "p.opsplan.json", "--as", "dana@example.com")).toMatchObject({ status: 0 });
    expect(readFileSync(path.join(project, "hello.txt"), "utf8")).toBe("hello, world\n");
    expect(run("init", "begun", "--json").status).toBe(0);
    expect(run("check", "--dir", "begun")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("nothing wrong"),
    });
    expect(readFileSync(path.join(project, "begun/.gitignore"), "utf8")).toContain(".opsc/");
    expect(run("__complete", "plan", "hello", "-i", "").stdout).toBe("name=\n:open\n");
    expect(run("doctor", "--fast", "--json").status).toBe(0);
    const verified = run("audit", "verify");
    expect(verified.status).toBe(0);
    // No warning of an experimental feature, no stray word.
    expect(verified.stderr).not.toMatch(/Experimental|Warning/);
  });

  test("an older Node.js is told so in one line", () => {
    const text = readFileSync(path.join(installed, "dist/opsc.mjs"), "utf8");
    const old = path.join(elsewhere, "old.mjs");
    writeFileSync(
      old,
      `Object.defineProperty(process.versions, "node", { value: "20.11.0" });\n${text.replace(/^#!.*\n/, "")}`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [old], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 9, stdout: "" });
    expect(stderr).toBe(
      "opsc needs Node.js 22.18 or later; this is 20.11.0. Install a current Node.js from https://nodejs.org.\n",
    );
  });
});
