/** What is told of a project whose files are checked. */
import type { ImportItem } from "../../language/tree.ts";
import type { DataFile } from "../data/file.ts";
import { applyAllows, type Silenced } from "../diagnostics/allow.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { fixesOf } from "../fix/fixes.ts";
import type { Parsed } from "./context.ts";
import { type ImportGraph, importedPath } from "./import-graph.ts";
import type { CheckedGroup, CheckedModule } from "./module.ts";
import { type PackageImports, withoutPackages } from "./packages.ts";
import { checkWhole } from "./whole.ts";
import type { World } from "./world.ts";

/** A project whose files are checked, each by itself. */
export interface Parts {
  readonly parsed: ReadonlyMap<string, Parsed>;
  readonly data: ReadonlyMap<string, DataFile>;
  readonly packages: PackageImports;
  readonly inForce: ReadonlySet<string>;
  readonly graph: ImportGraph;
  readonly world: World;
  readonly groups: readonly CheckedGroup[];
  /** In the order of their paths. */
  readonly modules: readonly CheckedModule[];
}

/** What is told of it, with that of packages and what an `opsc-allow` answers apart. */
export function shownOf({ parsed, packages, inForce, graph, modules }: Parts): {
  readonly shown: readonly Diagnostic[];
  readonly allowed: readonly Diagnostic[];
  readonly silenced: readonly Silenced[];
} {
  const diagnostics = [
    ...modules.flatMap((m) => m.diagnostics),
    ...checkWhole(modules, parsed, graph, packages, inForce),
  ];
  const { diagnostics: allowed, silenced } = applyAllows(order(diagnostics), parsed);
  const resolve = (from: string, item: ImportItem): string | null => importedPath(from, item, packages);
  const own = withoutPackages(withoutConsequences(allowed, parsed), parsed, graph, resolve);
  return { shown: order(own).map((each) => ({ ...each, fixes: fixesOf(each, parsed) })), allowed, silenced };
}

/** What a file's own check tells: the rest of the project may add to it, and takes nothing of it away. None where it might. */
export function earlyOf(
  path: string,
  groups: readonly CheckedGroup[],
  parsed: ReadonlyMap<string, Parsed>,
): [string, readonly Diagnostic[]][] {
  const group = groups.find(({ files }) => files.some((file) => file.path === path));
  const module = group?.modules.find((each) => each.path === path);
  if (group === undefined || module === undefined || group.reads.areOfAll()) return [];
  // Whether an `opsc-allow` is of use, all findings are to tell.
  const { diagnostics } = applyAllows(module.diagnostics, parsed);
  const own = diagnostics.filter(({ module: of, code }) => of === path && !code.startsWith("allow-"));
  return [[path, withoutConsequences(order(own), parsed)]];
}

/**
 * Where a line could not be read as it is written, only that is told of it: what else is odd there may follow from how it
 * was read instead.
 */
function withoutConsequences(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, Parsed>,
): readonly Diagnostic[] {
  const lines = new Set<string>();
  const faults = new Set<string>();
  for (const file of files.values())
    for (const { span, code } of file.faults) {
      lines.add(lineOf(file, span.start));
      faults.add(`${file.path}:${span.start}:${span.end}:${code.replaceAll("_", "-")}`);
    }
  if (lines.size === 0) return diagnostics;
  return diagnostics.filter(({ module, span, code }) => {
    const file = files.get(module);
    if (file === undefined || code === "hidden-character" || !lines.has(lineOf(file, span.start))) return true;
    return faults.has(`${module}:${span.start}:${span.end}:${code}`);
  });
}

const lineOf = ({ path, lines }: Parsed, offset: number): string => `${path}:${lines.position(offset).line}`;

/** By place; the same finding at the same place once. */
export function order(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics
    .filter((d) => {
      const key = `${d.module}:${d.span.start}:${d.span.end}:${d.code}:${d.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) =>
      a.module < b.module ? -1 : a.module > b.module ? 1 : a.span.start - b.span.start || a.span.end - b.span.end,
    );
}
