import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callProvider } from "../../runtime/provider/call.ts";
import { providerContract } from "./contract.ts";
import { load } from "./helpers/native.ts";
import { content, discard, invocation, look, options, scratch } from "./helpers/world.ts";

const { builtInEntries, importProvider, loadProvider, loadProviders, manifestText, readManifest, readManifests } = load;

const FLAGS = path.join(import.meta.dirname, "../../examples/custom-provider/provider-flags");
const flags = await importProvider({ provider: path.join(FLAGS, "index.js") });
if (flags.value === null) throw new Error(JSON.stringify(flags.problems));
if (process.env.UPDATE_GOLDEN === "1")
  await writeFile(path.join(FLAGS, "opsc.manifest.json"), manifestText(flags.value.manifest));

providerContract({
  provider: flags.value,
  async setUp() {
    const directory = await scratch();
    await writeFile(path.join(directory, "flags.json"), '{\n  "dark_mode": false\n}\n');
    return { directory, look: () => look(directory), close: () => discard(directory) };
  },
  cases: {
    get: {
      good: () => ({ name: "dark_mode" }),
      wrong: [[{ name: "Dark Mode" }, /`name` must be a name in snake_case/]],
      slow: null,
    },
    set: {
      good: () => ({ name: "dark_mode", on: true }),
      wrong: [[{ name: "dark_mode", on: "yes" }, /`on` must be true or false/]],
      slow: null,
    },
  },
});

let project: string;
beforeEach(async () => {
  project = await scratch();
});
afterEach(() => discard(project));

/** A package in the project with these files; returns its folder. */
async function pack(folder: string, files: { readonly [name: string]: string }): Promise<string> {
  const at = path.join(project, folder);
  await mkdir(at, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(at, name), text);
  return at;
}

const PACKAGE = JSON.stringify({ type: "module", opsc: { manifest: "./opsc.manifest.json", provider: "./index.js" } });
const manifest = await readFile(path.join(FLAGS, "opsc.manifest.json"), "utf8");
const code = await readFile(path.join(FLAGS, "index.js"), "utf8");

describe("a third-party package", () => {
  test("is read as data, whatever its code is", async () => {
    await pack("flags", {
      "package.json": PACKAGE,
      "opsc.manifest.json": manifest,
      "index.js": "throw new Error('never run')",
    });
    expect((await readManifest({ name: "flags", from: "./flags" }, project)).value?.manifest).toEqual(
      JSON.parse(manifest),
    );
  });

  test("is loaded from a folder, and works", async () => {
    await cp(FLAGS, path.join(project, "flags"), { recursive: true });
    const { value, problems } = await loadProvider({ name: "flags", from: "./flags" }, project);
    expect(problems).toEqual([]);
    if (value === null) return;
    const result = await callProvider(
      value,
      "run",
      invocation("set", { name: "a", on: true }, { file: "f.json" }),
      options(project),
    );
    expect(result).toMatchObject({ ok: true, value: { changed: true } });
    expect(await content(path.join(project, "f.json"))).toBe('{\n  "a": true\n}');
  });

  test("is found as an npm package of the project, or of a folder above", async () => {
    await cp(FLAGS, path.join(project, "node_modules/@acme/flags"), { recursive: true });
    const below = path.join(project, "teams/payments");
    await mkdir(below, { recursive: true });
    expect((await loadProvider({ name: "flags", from: "@acme/flags" }, below)).value?.manifest.name).toBe("flags");
  });

  test("is refused when its code was changed since its manifest was made", async () => {
    await pack("flags", {
      "package.json": PACKAGE,
      "opsc.manifest.json": manifest,
      "index.js": code.replace('effect: "write"', 'effect: "destroy"'),
    });
    const { value, problems } = await loadProvider({ name: "flags", from: "./flags" }, project);
    expect(value).toBeNull();
    expect(problems).toMatchObject([
      {
        what: expect.stringMatching(/the code was changed/),
        remedy: expect.stringMatching(/opsc provider manifest \S+index\.js --write/),
      },
    ]);
  });

  test.each<[string, { readonly [name: string]: string }, RegExp, RegExp]>([
    ["no package.json", {}, /not there/, /"opsc": \{ "manifest"/],
    ["a package.json that is no JSON", { "package.json": "{" }, /not JSON/, /Correct it/],
    ["no field opsc", { "package.json": "{}" }, /does not say that it holds a provider/, /Add `"opsc"/],
    [
      "files outside of it",
      { "package.json": PACKAGE.replace("./index.js", "../index.js") },
      /outside of the package/,
      /Keep both files in it/,
    ],
    ["no manifest", { "package.json": PACKAGE }, /not there/, /opsc provider manifest/],
    [
      "a manifest that is no JSON",
      { "package.json": PACKAGE, "opsc.manifest.json": "nope" },
      /not JSON/,
      /opsc provider manifest/,
    ],
    [
      "a manifest of a later version",
      {
        "package.json": PACKAGE,
        "opsc.manifest.json": manifest.replace('"manifestVersion": 1', '"manifestVersion": 2'),
      },
      /it is 2, and this opsc reads 1/,
      /Update opsc/,
    ],
    [
      "another provider's manifest",
      { "package.json": PACKAGE, "opsc.manifest.json": manifest.replace('"name": "flags"', '"name": "banners"') },
      /called `banners`, not `flags`/,
      /Call it `banners`/,
    ],
    [
      "no code",
      { "package.json": PACKAGE, "opsc.manifest.json": manifest },
      /importing it failed/,
      /Correct the provider/,
    ],
    [
      "code that throws",
      { "package.json": PACKAGE, "opsc.manifest.json": manifest, "index.js": "throw new Error('no licence')" },
      /importing it failed: no licence/,
      /Correct the provider/,
    ],
    [
      "no default export",
      { "package.json": PACKAGE, "opsc.manifest.json": manifest, "index.js": "export const a = 1;" },
      /default export is not a provider/,
      /export default defineProvider/,
    ],
  ])("%s", async (name, files, what, remedy) => {
    // A folder each: what was imported once is not imported again.
    const folder = name.replaceAll(/\W/g, "-");
    await pack(folder, files);
    const { value, problems } = await loadProvider({ name: "flags", from: `./${folder}` }, project);
    expect(value).toBeNull();
    expect(problems).toMatchObject([{ what: expect.stringMatching(what), remedy: expect.stringMatching(remedy) }]);
  });

  test("is said to be missing, with the way to get it", async () => {
    expect((await loadProvider({ name: "flags", from: "./nowhere" }, project)).problems[0]).toMatchObject({
      what: expect.stringMatching(/no folder/),
    });
    expect((await loadProvider({ name: "flags", from: "opsc-no-such-package" }, project)).problems[0]).toMatchObject({
      remedy: expect.stringMatching(/npm install opsc-no-such-package/),
    });
  });
});

describe("many at once", () => {
  test("those built in are there", async () => {
    const { value, problems } = await readManifests(builtInEntries, project);
    expect([[...value.keys()], problems]).toEqual([["exec", "file", "http", "postgres", "vault"], []]);
    expect([...(await loadProviders(builtInEntries, project)).value.keys()]).toEqual([
      "exec",
      "file",
      "http",
      "postgres",
      "vault",
    ]);
  });

  test("one that is missing does not hide the others", async () => {
    const { value, problems } = await readManifests([...builtInEntries, { name: "nope", from: null }], project);
    expect(value.size).toBe(builtInEntries.length);
    expect(problems).toMatchObject([
      { path: "nope", what: "no provider `nope` is built in", remedy: expect.stringMatching(/exec, file, http/) },
    ]);
  });
});
