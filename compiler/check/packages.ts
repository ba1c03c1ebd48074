/**
 * Files of packages: imported by the package's name, found by the host, and not the project's to mend. Their warnings are
 * for those who make them; an error in one is told where the project imports it.
 */
import type { LineIndex } from "../../language/lines.ts";
import type * as tree from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/registry.ts";

/** What an import of a package means: a file handed in with the others, or why there is none. */
export type PackageImport = { readonly path: string } | { readonly problem: string; readonly help: string | null };

/** By `packageKey`. */
export type PackageImports = ReadonlyMap<string, PackageImport>;

/** One specifier may mean different packages in different files, as in Node. */
export const packageKey = (importer: string, specifier: string): string => `${importer}\n${specifier}`;

/** As files of the trust root are called, and those of folders of policies (`~policy/NAME/…`): wherever these lie. */
export const TRUST_ROOT = "~trust";
export const POLICY_FOLDERS = "~policy";

/** The folder of the package that a file is of, such as `node_modules/@acme/policies`; null for files of the project. */
export function packageOf(path: string): string | null {
  if (path.startsWith("~")) {
    const [first, second] = path.split("/");
    if (first === TRUST_ROOT && second !== undefined) return TRUST_ROOT;
    if (first === POLICY_FOLDERS && second !== undefined) return `${POLICY_FOLDERS}/${second}`;
  }
  const parts = path.split("/");
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return null;
  return parts.slice(0, at + (parts[at + 1]?.startsWith("@") ? 3 : 2)).join("/");
}

/** Whether the guardrails of a file are in force: those of the project are, and those of packages that are named for it. */
export function isInForce(path: string, folders: ReadonlySet<string>): boolean {
  const folder = packageOf(path);
  return folder === null || folders.has(folder);
}

/** The name by which a package is imported. */
export function packageName(folder: string): string {
  if (folder.startsWith("~")) return folder;
  return folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** Every bare specifier in the text of a source, found without parsing; one in a comment is found too, none is missed. */
export function packagesMentioned(text: string): string[] {
  return [...new Set([...text.matchAll(/\bfrom\s*"([^"\\\n]+)"/g)].map(([, from]) => from ?? ""))]
    .filter(isBare)
    .sort();
}

/** Paths that a source imports, as written, found without parsing. */
export function pathsMentioned(text: string): string[] {
  return [...new Set([...text.matchAll(/\bfrom\s*"(\.\.?\/[^"\\\n]+)"/g)].map(([, from]) => from ?? ""))].sort();
}

export function isBare(specifier: string): boolean {
  return /^(?:@[a-z0-9~-][a-z0-9-._~]*\/)?[a-z0-9~-][a-z0-9-._~]*(?:\/[^\\\0]*)?$/i.test(specifier);
}

interface Files {
  get(path: string): { readonly tree: tree.Module; readonly lines: LineIndex } | undefined;
  keys(): Iterable<string>;
}

/** The diagnostics of the project, those of packages made into one error for each package at the import that brings it in. */
export function withoutPackages(
  diagnostics: readonly Diagnostic[],
  files: Files,
  graph: ReadonlyMap<string, readonly string[]>,
  resolve: (from: string, item: tree.ImportItem) => string | null,
): Diagnostic[] {
  const own = diagnostics.filter((d) => packageOf(d.module) === null);
  const broken = new Map<string, Diagnostic>();
  for (const found of diagnostics) {
    const folder = packageOf(found.module);
    if (folder !== null && found.severity === "error" && !broken.has(folder)) broken.set(folder, found);
  }
  if (broken.size === 0) return own;
  const told = new Set<string>();
  for (const path of [...files.keys()].sort()) {
    if (packageOf(path) !== null) continue;
    for (const item of files.get(path)?.tree.items ?? []) {
      const target = item.kind === "import" ? resolve(path, item) : null;
      if (item.kind !== "import" || target === null) continue;
      for (const folder of foldersFrom(target, graph)) {
        const error = broken.get(folder);
        if (error === undefined || told.has(folder)) continue;
        told.add(folder);
        own.push(brokenAt(path, item.from?.span ?? item.span, folder, error, files));
      }
    }
  }
  return own;
}

function brokenAt(path: string, span: tree.Span, folder: string, error: Diagnostic, files: Files): Diagnostic {
  const position = files.get(error.module)?.lines.position(error.span.start);
  const file = error.module.slice(folder.length + 1);
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return diagnose("package-broken", path, span, { package: packageName(folder), place, why: error.message });
}

/** The packages that a file leads to, its own among them. */
function foldersFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set([start]);
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for (const next of graph.get(path) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  return [...new Set([...seen].flatMap((path) => packageOf(path) ?? []))].sort();
}
