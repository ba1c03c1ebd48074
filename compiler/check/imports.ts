/** Imports by path, and the circles they may form. */
import { Graph } from "@dagrejs/graphlib";
import type * as tree from "../../language/tree.ts";
import type { ImportedName } from "../../language/tree.ts";
import { type Context, type ModuleState, nearestTo, type ProjectState, report } from "./context.ts";

export function addImports(cx: Context): void {
  for (const item of cx.module.tree.items) {
    if (item.kind !== "import" || item.from === null) continue;
    const [part] = item.from.parts;
    const written = part?.kind === "text" ? part.text : "";
    if (!written.startsWith("./") && !written.startsWith("../")) {
      report(
        cx,
        "not-yet",
        item.from.span,
        { what: "an import from a package" },
        { help: "copy its files into the project and import them by path" },
      );
      breakNames(cx, item.names);
      continue;
    }
    const path = resolvePath(cx.module.path, written);
    const target = cx.project.modules.get(path);
    if (target === undefined) {
      report(cx, "import-not-found", item.from.span, { path }, { help: suggestion(cx, path) });
      breakNames(cx, item.names);
      continue;
    }
    for (const { name, as } of item.names) {
      const local = as ?? name;
      if (cx.scope.own(local.text) !== undefined) report(cx, "duplicate-name", local.span, { name: local.text });
      else if (!declaredNames(target).includes(name.text)) {
        report(cx, "import-name-missing", name.span, {
          path,
          name: name.text,
          near: nearestTo(cx, name.text, declaredNames(target)),
        });
        cx.scope.add(local.text, local.span, { b: "broken" });
      } else {
        target.scope.markUsed(name.text);
        cx.scope.add(local.text, local.span, () => target.scope.peek(name.text) ?? { b: "broken" });
      }
    }
  }
}

function breakNames(cx: Context, names: readonly ImportedName[]): void {
  for (const { name, as } of names) {
    const local = as ?? name;
    if (cx.scope.own(local.text) === undefined) cx.scope.add(local.text, local.span, { b: "broken" });
  }
}

/** Declared in the file itself: what it imports is to be imported from where it is declared. */
function declaredNames(module: ModuleState): readonly string[] {
  let names = declarations.get(module);
  if (names === undefined) {
    names = module.tree.items.flatMap((item) => nameOf(item)?.text ?? []);
    declarations.set(module, names);
  }
  return names;
}

const declarations = new WeakMap<ModuleState, readonly string[]>();

/** The name an item brings into its file; null for imports, tests and what has none yet. */
export function nameOf(item: tree.Item): tree.Name | null {
  if (item.kind === "import" || item.kind === "test") return null;
  return item.kind === "use" ? (item.as ?? item.provider) : item.name;
}

function suggestion(cx: Context, path: string): string {
  const near = nearestTo(cx, path, cx.project.modules.keys());
  return near === "" ? "imports are paths from the importing file, with the ending .ops" : `did you mean ${near}?`;
}

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

/** Tells each circle once, at the import that closes it in the file first in order. */
export function importCycles(project: ProjectState): void {
  const graph = new Graph();
  for (const module of project.modules.values()) {
    graph.setNode(module.path);
    for (const item of module.tree.items) {
      if (item.kind !== "import") continue;
      const [part] = item.from?.parts ?? [];
      if (part?.kind === "text") graph.setEdge(module.path, resolvePath(module.path, part.text));
    }
  }
  for (const cycle of cyclesOf(graph)) tellCycle(project, cycle);
}

/** A circle through each strongly connected part, walked without recursion: imports may be deep. */
function cyclesOf(graph: Graph): string[][] {
  const state = new Map<string, "open" | "done">();
  const cycles: string[][] = [];
  for (const start of graph.nodes().sort()) {
    if (state.has(start)) continue;
    const path: { readonly node: string; readonly rest: string[] }[] = [{ node: start, rest: next(graph, start) }];
    state.set(start, "open");
    while (path.length > 0) {
      const top = path.at(-1);
      const follow = top?.rest.shift();
      if (follow === undefined) {
        if (top !== undefined) state.set(top.node, "done");
        path.pop();
      } else if (state.get(follow) === "open") {
        cycles.push([...path.slice(path.findIndex((p) => p.node === follow)).map((p) => p.node), follow]);
      } else if (!state.has(follow)) {
        state.set(follow, "open");
        path.push({ node: follow, rest: next(graph, follow) });
      }
    }
  }
  return cycles;
}

function next(graph: Graph, node: string): string[] {
  return [...(graph.successors(node) ?? [])].sort();
}

function tellCycle(project: ProjectState, cycle: readonly string[]): void {
  const [first, second] = cycle;
  const module = first === undefined ? undefined : project.modules.get(first);
  if (module === undefined) return;
  for (const item of module.tree.items) {
    const [part] = item.kind === "import" ? (item.from?.parts ?? []) : [];
    if (item.kind !== "import" || part?.kind !== "text" || resolvePath(module.path, part.text) !== second) continue;
    report({ project, module, scope: module.scope, action: null }, "import-cycle", item.from?.span ?? item.span, {
      cycle: cycle.join(" → "),
    });
    return;
  }
}
