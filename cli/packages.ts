/**
 * Packages that sources import: found as Node finds them, in `node_modules` of the importing file's folder and those above
 * it. A package names the file to import under `ops` in its package.json (`index.ops`, if it names none); other files of
 * it are imported as `name/path.ops`.
 */
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { resolvePath } from "../compiler/check/import-graph.ts";
import {
  isBare,
  type PackageImport,
  type PackageImports,
  POLICY_FOLDERS,
  packageKey,
  packagesMentioned,
  pathsMentioned,
  TRUST_ROOT,
} from "../compiler/check/packages.ts";
import { isTestFile } from "../compiler/check/test-file.ts";
import { parseJson } from "../compiler/data/json.ts";
import { plainValue } from "../compiler/data/node.ts";
import type { Unusable } from "./config.ts";
import { sourcesBelow } from "./sources.ts";
import { isWithin, readTextFile, readWithin } from "./text-file.ts";

const MAX_MANIFEST = 1024 * 1024;
const MAX_SOURCE = 16 * 1024 * 1024;
/** Of all packages together. */
const MAX_FILES = 5_000;

interface Package {
  readonly name: string;
  /** As files of it are named in the project: `node_modules/@acme/policies`. */
  readonly folder: string;
  /** Where it really lies, links followed. */
  readonly real: string;
  /** Of its package.json; null where it cannot be read, with `problem`. */
  readonly manifest: string | null;
  readonly entry: string;
  readonly problem: string | null;
}

/** A package that configuration names: an npm package, or a folder. */
export interface Named {
  /** Where in the configuration: `["policies", 0]`. */
  readonly path: readonly (string | number)[];
  readonly written: string;
  /** Where it lies, where that does not follow from how it is written. */
  readonly folder?: string;
  readonly trust: boolean;
}

export interface FoundPackages {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly imports: PackageImports;
  /** Real folders by the folder's path in the project. */
  readonly folders: ReadonlyMap<string, string>;
  /** Their package.json files, so that a plan knows the versions it was made with. */
  readonly manifests: readonly { readonly path: string; readonly text: string }[];
  /** Folders of those that configuration names, with where it does. */
  readonly named: readonly { readonly folder: string; readonly at: Named }[];
  readonly problems: readonly Unusable[];
}

interface Source {
  readonly path: string;
  readonly text: string;
  /** Null for a file of the project. */
  readonly of: Package | null;
}

export async function findPackages(
  root: string,
  sources: readonly { readonly path: string; readonly text: string }[],
  named: readonly Named[] = [],
): Promise<FoundPackages> {
  const search = new Search(await realpath(root));
  for (const each of named) await search.include(each);
  for (const { path: file, text } of sources) await search.follow({ path: file, text, of: null });
  return search.found();
}

class Search {
  readonly #root: string;
  readonly #imports = new Map<string, PackageImport>();
  /** By real folder. */
  readonly #packages = new Map<string, Package>();
  readonly #files = new Map<string, string>();
  readonly #named: { folder: string; at: Named; of: Package }[] = [];
  readonly #problems: Unusable[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  found(): FoundPackages {
    const packages = [...this.#packages.values()];
    return {
      files: [...this.#files].map(([file, text]) => ({ path: file, text })),
      imports: this.#imports,
      folders: new Map(packages.map((each) => [each.folder, each.real])),
      manifests: packages.flatMap(({ folder, manifest }) =>
        manifest === null ? [] : [{ path: `${folder}/package.json`, text: manifest }],
      ),
      named: this.#named.map(({ folder, at }) => ({ folder, at })),
      problems: this.#problems,
    };
  }

  /** All sources of a package that configuration names: a guardrail is in force whether anything imports its file or not. */
  async include(at: Named): Promise<void> {
    const of = at.trust || isFolder(at.written) ? await this.#folder(at) : await this.#installed(at);
    if (of === null) return;
    const files = await sourcesBelow(of.real, (name) => !isTestFile(name));
    if (files.length === 0) {
      this.#refuse(at, `there is no .ops file in ${at.written}`, "name the folder that holds them");
      return;
    }
    this.#named.push({ folder: of.folder, at, of });
    const open: Source[] = [];
    for (const file of files) await this.#read(of, `${of.folder}/${file}`, open);
    for (const source of open) await this.follow(source);
  }

  #refuse(at: Named, message: string, help: string | null): void {
    this.#problems.push({ path: at.path, message, help });
  }

  async #folder(at: Named): Promise<Package | null> {
    const real = await realpath(at.folder ?? path.resolve(this.#root, at.written)).catch(() => null);
    if (real === null || !(await stat(real)).isDirectory()) {
      this.#refuse(at, `there is no folder ${at.written}`, "it is looked for from the folder of opsc.config.json");
      return null;
    }
    const folder = at.trust ? TRUST_ROOT : `${POLICY_FOLDERS}/${path.basename(real)}`;
    const before = this.#named.find((each) => each.folder === folder);
    if (before !== undefined || this.#packages.has(real)) {
      const other = before?.at.written ?? "another";
      this.#refuse(
        at,
        `${at.written} has the name or place of ${other}`,
        "name each folder once, and give folders different names",
      );
      return null;
    }
    const made = { name: folder, folder, real, manifest: null, entry: "index.ops", problem: null };
    this.#packages.set(real, made);
    return made;
  }

  async #installed(at: Named): Promise<Package | null> {
    const of = isBare(at.written)
      ? await this.#find({ path: "opsc.config.json", text: "", of: null }, at.written)
      : null;
    const help = isBare(at.written) ? `npm install ${at.written}` : 'write "@scope/name", "name" or "./folder"';
    if (of === null) this.#refuse(at, `there is no package ${at.written} in node_modules`, help);
    else if (of.problem !== null)
      this.#refuse(at, `the package ${at.written}: ${of.problem}`, "take another version of it");
    return of?.problem === null ? of : null;
  }

  /** Goes through all that `source` imports from packages, and on from there. */
  async follow(source: Source): Promise<void> {
    const open: Source[] = [source];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const specifier of packagesMentioned(next.text)) {
        const found = await this.#resolve(next, specifier);
        this.#imports.set(packageKey(next.path, specifier), "file" in found ? { path: found.file } : found);
        if ("file" in found) await this.#read(found.of, found.file, open);
      }
      if (next.of === null) continue;
      for (const written of pathsMentioned(next.text)) {
        const file = resolvePath(next.path, written);
        if (file.startsWith(`${next.of.folder}/`)) await this.#read(next.of, file, open);
      }
    }
  }

  /** Reads a file of a package once; one that cannot be read is missed by whoever imports it. */
  async #read(of: Package, file: string, open: Source[]): Promise<void> {
    if (this.#files.has(file) || this.#files.size >= MAX_FILES) return;
    const read = await readWithin(of.real, path.join(of.real, file.slice(of.folder.length)), MAX_SOURCE);
    if (!("text" in read)) return;
    this.#files.set(file, read.text);
    open.push({ path: file, text: read.text, of });
  }

  async #resolve(
    from: Source,
    specifier: string,
  ): Promise<
    { readonly file: string; readonly of: Package } | { readonly problem: string; readonly help: string | null }
  > {
    const parts = specifier.split("/");
    const count = specifier.startsWith("@") ? 2 : 1;
    const name = parts.slice(0, count).join("/");
    const inner = parts.slice(count).join("/");
    if (!isBare(specifier) || parts.includes("..") || parts.includes("."))
      return { problem: "this is no name of a package", help: 'write "name", "@scope/name" or "name/file.ops"' };
    const trusted = name === TRUST_ROOT;
    const of = trusted ? (this.#named.find((each) => each.at.trust)?.of ?? null) : await this.#find(from, name);
    if (of === null && trusted)
      return { problem: "no trust root is configured", help: "name it in opsc.config.json, under trust" };
    if (of === null) {
      const folder = path.posix.dirname(from.path);
      const where = folder === "." ? "node_modules of the project" : `${folder}/node_modules`;
      return { problem: `it is neither in ${where} nor in one of a folder above`, help: `npm install ${name}` };
    }
    if (of.problem !== null) return { problem: of.problem, help: "take another version of the package" };
    if (inner !== "" && !inner.endsWith(".ops"))
      return { problem: `${inner} is no .ops file`, help: `write "${name}" or "${name}/${inner}.ops"` };
    const file = `${of.folder}/${inner === "" ? of.entry : inner}`;
    const read = await readWithin(of.real, path.join(of.real, inner === "" ? of.entry : inner), MAX_SOURCE);
    if ("text" in read) return { file, of };
    const help = inner === "" ? 'a package for opsc says "ops": "./index.ops" in its package.json' : null;
    return { problem: `${file}: ${read.problem}`, help };
  }

  /** As Node: from the importing file's real folder upwards. */
  async #find(from: Source, name: string): Promise<Package | null> {
    const start = from.of === null ? this.#root : from.of.real;
    const inside = from.of === null ? from.path : from.path.slice(from.of.folder.length);
    for (let folder = path.dirname(path.join(start, inside)); ; folder = path.dirname(folder)) {
      if (path.basename(folder) !== "node_modules") {
        const found = await this.#open(path.join(folder, "node_modules", name), name, from.of);
        if (found !== null) return found;
      }
      if (path.dirname(folder) === folder) return null;
    }
  }

  async #open(candidate: string, name: string, importer: Package | null): Promise<Package | null> {
    const there = await stat(candidate).catch(() => null);
    if (there?.isDirectory() !== true) return null;
    const real = await realpath(candidate);
    const known = this.#packages.get(real);
    if (known !== undefined) return known;
    const folder =
      importer !== null && isWithin(importer.real, candidate)
        ? `${importer.folder}/${posix(path.relative(importer.real, candidate))}`
        : posix(path.relative(this.#root, candidate));
    const made = { name, folder, real, ...(await readManifest(path.join(real, "package.json"))) };
    this.#packages.set(real, made);
    return made;
  }
}

async function readManifest(file: string): Promise<Pick<Package, "manifest" | "entry" | "problem">> {
  const read = await readTextFile(file, MAX_MANIFEST);
  const broken = (why: string) => ({ manifest: null, entry: "", problem: `its package.json cannot be used: ${why}` });
  if (!("text" in read)) return broken(read.problem);
  const { node, faults } = parseJson(read.text);
  const [fault] = faults;
  if (fault !== undefined || node === null) return broken(fault?.message ?? "it is empty");
  const json = plainValue(node);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return broken("it holds no object");
  const entry = Object.hasOwn(json, "ops") && "ops" in json ? json.ops : "./index.ops";
  if (typeof entry !== "string" || !/^(\.\/)?[^/\\].*\.ops$/.test(entry) || entry.split("/").includes(".."))
    return broken('"ops" is to name a file of the package, such as "./index.ops"');
  return { manifest: read.text, entry: path.posix.normalize(entry), problem: null };
}

const isFolder = (written: string): boolean => /^\.\.?(?:\/|$)/.test(written) || path.isAbsolute(written);

const posix = (file: string): string => file.split(path.sep).join("/");
