/**
 * What a file under check sees of the project around it. Whatever it looks at is noted: the file is checked again
 * only when one of these reads would give something else.
 */
import type * as tree from "../../language/tree.ts";
import type { DataFile } from "../data/file.ts";
import type { Value } from "../ir/expr.ts";
import type { Action, Approver, Instance, Requirement, Window } from "../program.ts";
import type { Brief, Briefs } from "../prove/brief.ts";
import { briefOf } from "../prove/brief-of.ts";
import { same } from "../same.ts";
import { nameOf } from "./import-graph.ts";
import { type PackageImport, type PackageImports, packageOf } from "./packages.ts";
import type { Binding } from "./scope.ts";

/** What files declare and others look up by id. */
export interface Declared {
  readonly instance: Map<string, Instance>;
  readonly refinement: Map<string, readonly Requirement[]>;
  readonly choice: Map<string, Value>;
  readonly approver: Map<string, Approver>;
  readonly window: Map<string, Window>;
  /** Of actions without a mistake in them. */
  readonly body: Map<string, ActionBody>;
}

export type ActionBody = Pick<Action, "params" | "lock" | "timeout" | "body">;

export const nothingDeclared = (): Declared => ({
  instance: new Map(),
  refinement: new Map(),
  choice: new Map(),
  approver: new Map(),
  window: new Map(),
  body: new Map(),
});

/** A part of `Declared`: what the files under check declare is theirs, all else is read from the project. */
export interface Table<T> {
  get(id: string): T | undefined;
  set(id: string, value: T): void;
}

/**
 * What is read, and by which id: `export` (PATH#NAME) what a file's name stands for · `file` (PATH) whether there is such
 * a file · `name` (PATH#NAME) whether it declares the name · `names` (PATH) all it declares · `declares` (NAME) the first
 * file with the name · `data` (PATH) a file that is no source · `package` (`packageKey`) what an import
 * of a package means · `paths` all files · `brief` (id of an action) what proofs need to know of an action that another
 * runs, which most edits of it leave as it is · else of a table.
 */
export type ReadKind =
  | "export"
  | "file"
  | "name"
  | "names"
  | "declares"
  | "data"
  | "package"
  | "paths"
  | "brief"
  | keyof Declared;

export class World {
  readonly #trees: ReadonlyMap<string, { readonly path: string; readonly tree: tree.Module }>;
  readonly #packages: PackageImports;
  readonly #data: ReadonlyMap<string, DataFile>;
  readonly #exports = new Map<string, ReadonlyMap<string, Binding>>();
  readonly #names = new Map<string, ReadonlySet<string>>();
  readonly #declared = nothingDeclared();
  readonly #briefs = new Map<string, Brief>();
  #declaring: ReadonlyMap<string, string> | null = null;

  constructor(
    trees: ReadonlyMap<string, { readonly path: string; readonly tree: tree.Module }>,
    data: ReadonlyMap<string, DataFile>,
    packages: PackageImports,
  ) {
    this.#trees = trees;
    this.#data = data;
    this.#packages = packages;
  }

  /** Takes in what checked files declare, for those that are checked after them. */
  add(exports: ReadonlyMap<string, ReadonlyMap<string, Binding>>, declared: Declared): void {
    for (const [path, names] of exports) this.#exports.set(path, names);
    addAll(this.#declared.instance, declared.instance);
    addAll(this.#declared.refinement, declared.refinement);
    addAll(this.#declared.choice, declared.choice);
    addAll(this.#declared.approver, declared.approver);
    addAll(this.#declared.window, declared.window);
    addAll(this.#declared.body, declared.body);
  }

  exported(path: string, name: string): Binding | undefined {
    return this.#exports.get(path)?.get(name);
  }

  hasFile(path: string): boolean {
    return this.#trees.has(path);
  }

  hasName(path: string, name: string): boolean {
    return this.#namesIn(path).has(name);
  }

  /** Names declared in the file itself, in the order written. */
  namesOf(path: string): readonly string[] {
    return [...this.#namesIn(path)];
  }

  #namesIn(path: string): ReadonlySet<string> {
    let names = this.#names.get(path);
    if (names === undefined) {
      names = new Set(this.#trees.get(path)?.tree.items.flatMap((item) => nameOf(item)?.text ?? []));
      this.#names.set(path, names);
    }
    return names;
  }

  /** The first file, in order, that declares `name`. */
  declaring(name: string): string | undefined {
    if (this.#declaring === null) {
      const found = new Map<string, string>();
      for (const path of this.paths())
        for (const each of this.#namesIn(path)) if (!found.has(each)) found.set(each, path);
      this.#declaring = found;
    }
    return this.#declaring.get(name);
  }

  dataFile(path: string): DataFile | undefined {
    return this.#data.get(path);
  }

  packageImport(key: string): PackageImport | undefined {
    return this.#packages.get(key);
  }

  /** Files of the project itself: those of packages are not proposed. */
  paths(): readonly string[] {
    return [...this.#trees.keys()].filter((path) => packageOf(path) === null);
  }

  /** Few actions are run by others, so it is made when it is asked for. */
  brief(id: string): Brief | undefined {
    return briefWithin(this.#briefs, id, this.#declared.body.get(id), (inner) => this.brief(inner));
  }

  table<K extends keyof Declared>(kind: K): Declared[K] {
    return this.#declared[kind];
  }

  /** What such a read gives now. */
  read(kind: ReadKind, id: string): unknown {
    switch (kind) {
      case "export":
        return this.exported(...pathAndName(id));
      case "name":
        return this.hasName(...pathAndName(id));
      case "file":
        return this.hasFile(id);
      case "names":
        return this.namesOf(id);
      case "declares":
        return this.declaring(id);
      case "data":
        return this.dataFile(id);
      case "package":
        return this.packageImport(id);
      case "paths":
        return this.paths();
      case "brief":
        return this.brief(id);
      case "instance":
      case "refinement":
      case "choice":
      case "approver":
      case "window":
      case "body":
        return this.#declared[kind].get(id);
    }
  }
}

/** The brief of an action from those `made` so far, or from its body. */
export function briefWithin(
  made: Map<string, Brief>,
  id: string,
  body: ActionBody | undefined,
  briefs: Briefs,
): Brief | undefined {
  const known = made.get(id);
  if (known !== undefined || body === undefined) return known;
  const brief = briefOf(body, briefs);
  made.set(id, brief);
  return brief;
}

function pathAndName(id: string): [string, string] {
  const hash = id.lastIndexOf("#");
  return [id.slice(0, hash), id.slice(hash + 1)];
}

function addAll<T>(into: Map<string, T>, from: ReadonlyMap<string, T>): void {
  for (const [id, value] of from) into.set(id, value);
}

/** What a group of files has read of the project, and what that was. */
export class Reads {
  readonly #seen = new Map<string, { readonly kind: ReadKind; readonly id: string; value: unknown }>();

  note<T>(kind: ReadKind, id: string, value: T): T {
    this.#seen.set(`${kind} ${id}`, { kind, id, value });
    return value;
  }

  /** What has been read by any of `all`. */
  static of(all: readonly Reads[]): Reads {
    const reads = new Reads();
    for (const each of all) for (const [key, read] of each.#seen) reads.#seen.set(key, { ...read });
    return reads;
  }

  /** Whether something was read that any file of the project may answer, imported or not. */
  areOfAll(): boolean {
    return [...this.#seen.values()].some(({ kind }) => kind === "declares" || kind === "paths");
  }

  /** Whether every read gives the same in `world`. */
  holdIn(world: World): boolean {
    for (const read of this.#seen.values()) {
      const now = world.read(read.kind, read.id);
      if (!same(withoutPlace(read.value), withoutPlace(now))) return false;
      read.value = now;
    }
    return true;
  }
}

/** Where an approver stands is of no interest to those who name it; who belongs to it is read by its id. */
function withoutPlace(read: unknown): unknown {
  if (typeof read !== "object" || read === null) return read;
  if ("b" in read && read.b === "approver" && "approver" in read)
    return { b: "approver", approver: withoutPlace(read.approver) };
  if ("members" in read && "at" in read) return { ...read, at: "" };
  return read;
}
