/** Which file imports which: the order in which files are checked, and the circles they may form. */
import type * as tree from "../../language/tree.ts";
import { type PackageImports, packageKey, packageOf } from "./packages.ts";

/** Paths that each file imports, sorted, each once; of files there are. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(
  modules: ReadonlyMap<string, { readonly path: string; readonly tree: tree.Module }>,
  packages: PackageImports,
): ImportGraph {
  const graph = new Map<string, readonly string[]>();
  for (const { path, tree } of modules.values()) {
    const targets = new Set<string>();
    for (const item of tree.items) {
      const target = item.kind === "import" ? importedPath(path, item, packages) : null;
      if (target !== null && modules.has(target)) targets.add(target);
    }
    graph.set(path, [...targets].sort());
  }
  return graph;
}

/** Those files and what they import, of files there are. */
export function withImported<F extends { readonly path: string; readonly tree: tree.Module }>(
  paths: readonly string[],
  fileOf: (path: string) => F | null,
  packages: PackageImports,
): F[] {
  const found = new Map<string, F>();
  const open = [...paths];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = found.has(path) ? null : fileOf(path);
    if (file === null) continue;
    found.set(path, file);
    for (const item of file.tree.items)
      if (item.kind === "import") open.push(importedPath(path, item, packages) ?? path);
  }
  return [...found.values()];
}

/** The file an import means; null where none is written yet, or a package has none. Imports by path stay within their package. */
export function importedPath(from: string, item: tree.ImportItem, packages: PackageImports): string | null {
  const written = specifierOf(item);
  if (written === null) return null;
  if (!isPath(written)) {
    const found = packages.get(packageKey(from, written));
    return found !== undefined && "path" in found ? found.path : null;
  }
  const path = resolvePath(from, written);
  return packageOf(path) === packageOf(from) ? path : null;
}

/** What is written after `from`, if it is plain text. */
export function specifierOf(item: tree.ImportItem): string | null {
  const [part, ...more] = item.from?.parts ?? [];
  return part?.kind === "text" && more.length === 0 ? part.text : null;
}

export const isPath = (specifier: string): boolean => specifier.startsWith("./") || specifier.startsWith("../");

/** `../org.ops` from `teams/pay/main.ops` is `teams/org.ops`. A path out of the project keeps its `..`. */
export function resolvePath(from: string, written: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of written.split("/")) {
    if (part === "." || part === "") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

interface Visit {
  readonly path: string;
  readonly index: number;
  low: number;
  next: number;
}

/**
 * Files in groups, what is imported before what imports it. A group has one file, or those of a circle, sorted.
 * Tarjan's strongly connected components, without recursion: imports may be deep.
 */
export function checkingOrder(graph: ImportGraph): string[][] {
  const groups: string[][] = [];
  const seen = new Map<string, Visit>();
  const grouped = new Set<string>();
  const stack: string[] = [];
  for (const root of [...graph.keys()].sort()) {
    if (seen.has(root)) continue;
    const path = [enter(root, seen, stack)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = graph.get(top.path)?.[top.next++];
      if (target === undefined) {
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) above.low = Math.min(above.low, top.low);
        if (top.low === top.index) groups.push(leave(top.path, stack, grouped));
        continue;
      }
      const known = seen.get(target);
      if (known === undefined) path.push(enter(target, seen, stack));
      else if (!grouped.has(target)) top.low = Math.min(top.low, known.index);
    }
  }
  return groups;
}

function enter(path: string, seen: Map<string, Visit>, stack: string[]): Visit {
  const visit: Visit = { path, index: seen.size, low: seen.size, next: 0 };
  seen.set(path, visit);
  stack.push(path);
  return visit;
}

function leave(path: string, stack: string[], grouped: Set<string>): string[] {
  const group = stack.splice(stack.lastIndexOf(path));
  for (const each of group) grouped.add(each);
  return group.sort();
}

/** A circle for each import that closes one, from the files first in order, walked without recursion. */
export function importCycles(graph: ImportGraph): string[][] {
  const state = new Map<string, "open" | "done">();
  const cycles: string[][] = [];
  for (const start of [...graph.keys()].sort()) {
    if (state.has(start)) continue;
    const path = [{ node: start, next: 0 }];
    state.set(start, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const follow = graph.get(top.node)?.[top.next++];
      if (follow === undefined) {
        state.set(top.node, "done");
        path.pop();
      } else if (state.get(follow) === "open") {
        cycles.push([...path.slice(path.findIndex((p) => p.node === follow)).map((p) => p.node), follow]);
      } else if (!state.has(follow)) {
        state.set(follow, "open");
        path.push({ node: follow, next: 0 });
      }
    }
  }
  return cycles;
}

/** The name an item brings into its file; null for imports, tests and what has none yet. */
export function nameOf(item: tree.Item): tree.Name | null {
  if (item.kind === "import" || item.kind === "test") return null;
  return item.kind === "use" ? (item.as ?? item.provider) : item.name;
}
