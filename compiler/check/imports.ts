/** Imports by path: what their names stand for. */
import type * as tree from "../../language/tree.ts";
import type { ImportedName } from "../../language/tree.ts";
import { type Context, nearestTo, report } from "./context.ts";
import { importedPath } from "./import-graph.ts";

export function addImports(cx: Context): void {
  for (const item of cx.module.tree.items) {
    if (item.kind !== "import" || item.from === null) continue;
    const path = importedPath(cx.module.path, item);
    if (path === null) {
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
    if (!cx.project.hasFile(path)) {
      report(cx, "import-not-found", item.from.span, { path }, { help: suggestion(cx, path) });
      breakNames(cx, item.names);
    } else for (const imported of item.names) addName(cx, path, imported);
  }
}

/** Only what is declared in the file itself: what that file imports is to be imported from where it is declared. */
function addName(cx: Context, path: string, { name, as }: ImportedName): void {
  const local = as ?? name;
  if (cx.scope.own(local.text) !== undefined) {
    report(cx, "duplicate-name", local.span, { name: local.text });
  } else if (cx.project.hasName(path, name.text)) {
    cx.scope.add(local.text, local.span, () => cx.project.exported(path, name.text) ?? { b: "broken" });
  } else {
    const near = nearestTo(cx, name.text, cx.project.namesOf(path));
    report(cx, "import-name-missing", name.span, { path, name: name.text, near });
    cx.scope.add(local.text, local.span, { b: "broken" });
  }
}

function breakNames(cx: Context, names: readonly ImportedName[]): void {
  for (const { name, as } of names) {
    const local = as ?? name;
    if (cx.scope.own(local.text) === undefined) cx.scope.add(local.text, local.span, { b: "broken" });
  }
}

/** The name an item brings into its file; null for imports, tests and what has none yet. */
export function nameOf(item: tree.Item): tree.Name | null {
  if (item.kind === "import" || item.kind === "test") return null;
  return item.kind === "use" ? (item.as ?? item.provider) : item.name;
}

function suggestion(cx: Context, path: string): string {
  const near = nearestTo(cx, path, cx.project.paths());
  return near === "" ? "imports are paths from the importing file, with the ending .ops" : `did you mean ${near}?`;
}
