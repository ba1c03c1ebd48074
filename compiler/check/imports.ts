/** Imports, by path or from a package: what their names stand for. */
import type * as tree from "../../language/tree.ts";
import type { ImportedName } from "../../language/tree.ts";
import { type Context, nearestTo, report, reportTaken } from "./context.ts";
import { elsewhere, relativePath } from "./hints.ts";
import { isPath, resolvePath, specifierOf } from "./import-graph.ts";
import { isBare, packageName, packageOf } from "./packages.ts";
import { isTestFile } from "./test-file.ts";

export function addImports(cx: Context): void {
  const meant: tree.Name[] = [];
  for (const item of cx.module.tree.items) {
    if (item.kind !== "import" || item.from === null) continue;
    const specifier = specifierOf(item);
    if (specifier === null || !isPath(specifier)) {
      const path = packagePath(cx, item.from, specifier ?? "");
      if (path === null) breakNames(cx, item.names);
      else for (const imported of item.names) addName(cx, path, imported, meant);
      continue;
    }
    const path = resolvePath(cx.module.path, specifier);
    if (isTestFile(path)) {
      report(cx, "import-of-test", item.from.span, { path });
      breakNames(cx, item.names);
    } else if (packageOf(path) !== packageOf(cx.module.path)) {
      const why = packageOf(path) === null ? "the path leads out of its package" : "the path leads into a package";
      const help =
        packageOf(path) === null ? {} : { help: `import it by the name of the package: "${packageName(path)}"` };
      report(cx, "package-not-found", item.from.span, { specifier, why }, help);
      breakNames(cx, item.names);
    } else if (!cx.project.hasFile(path)) {
      report(cx, "import-not-found", item.from.span, { path }, { help: suggestion(cx, path) });
      breakNames(cx, item.names);
    } else for (const imported of item.names) addName(cx, path, imported, meant);
  }
  // A name that an import misspells is told there: its uses, spelt rightly, are no mistakes.
  for (const { text, span } of meant) if (cx.scope.own(text) === undefined) cx.scope.add(text, span, { b: "broken" });
}

/** The file that an import of a package means; null once a mistake is told. */
function packagePath(cx: Context, from: tree.StringLiteral, specifier: string): string | null {
  const tell = (why: string, help: string | null): null => {
    const shown = specifier === "" ? "this" : specifier;
    report(cx, "package-not-found", from.span, { specifier: shown, why }, help === null ? {} : { help });
    return null;
  };
  if (!isBare(specifier))
    return tell(
      "it is neither a path nor the name of a package",
      'a path begins with ./ or ../, a package is "@scope/name" or "name"',
    );
  const found = cx.project.packageImport(cx.module.path, specifier);
  if (found === undefined || "problem" in found) {
    const file = fileMeant(cx, specifier);
    if (file !== null) return tellFileMeant(cx, from, specifier, file);
  }
  if (found === undefined) return tell("there is no such package", `npm install ${specifier}`);
  if ("problem" in found) return tell(found.problem, found.help);
  return cx.project.hasFile(found.path) ? found.path : tell(`it has no file ${found.path}`, null);
}

function tellFileMeant(cx: Context, { span }: tree.StringLiteral, specifier: string, file: string): null {
  const text = `"${relativePath(cx.module.path, file)}"`;
  const edits = [{ module: cx.module.path, span, text }];
  const fixes = [{ title: `import from ${text}`, suggested: true as const, edits }];
  const why = "it is the name of a package, of which there is none";
  report(cx, "package-not-found", span, { specifier, why }, { help: `for the file write ${text}`, fixes });
  return null;
}

/** The file of the project that `specifier` would be as a path from here, or from the top; null where there is none. */
function fileMeant(cx: Context, specifier: string): string | null {
  const written = [specifier, `${specifier}.ops`];
  const paths = [...written.map((each) => resolvePath(cx.module.path, each)), ...written];
  return paths.find((path) => path !== cx.module.path && cx.project.hasFile(path)) ?? null;
}

/** Only what is declared in the file itself: what that file imports is to be imported from where it is declared. */
function addName(cx: Context, path: string, { name, as }: ImportedName, meant: tree.Name[]): void {
  const local = as ?? name;
  const before = cx.scope.own(local.text);
  if (before !== undefined) {
    reportTaken(cx, local, before);
  } else if (cx.project.hasName(path, name.text)) {
    cx.scope.add(local.text, local.span, () => cx.project.exported(path, name.text) ?? { b: "broken" });
  } else {
    const other = elsewhere(cx, name.text);
    const near = other === "" ? nearestTo(cx, name.text, cx.project.namesOf(path)) : "";
    report(cx, "import-name-missing", name.span, { path, name: name.text, near }, other === "" ? {} : { help: other });
    if (near !== "" && as === null) meant.push({ ...name, text: near });
    cx.scope.add(local.text, local.span, { b: "broken" });
  }
}

function breakNames(cx: Context, names: readonly ImportedName[]): void {
  for (const { name, as } of names) {
    const local = as ?? name;
    if (cx.scope.own(local.text) === undefined) cx.scope.add(local.text, local.span, { b: "broken" });
  }
}

function suggestion(cx: Context, path: string): string {
  if (cx.project.hasFile(`${path}.ops`)) return `write "${relativePath(cx.module.path, `${path}.ops`)}"`;
  const others = cx.project.paths().filter((other) => other !== cx.module.path);
  const near = nearestTo(cx, path, others);
  return near === "" ? "imports are paths from the importing file, with the ending .ops" : `did you mean ${near}?`;
}
