/** Proposals of what to call, of what a call is given, and of names of other files with the import they need. */

import { relativePath } from "../check/hints.ts";
import { nameOf } from "../check/import-graph.ts";
import type { WantedParam } from "../check/observer.ts";
import { packageName, packageOf } from "../check/packages.ts";
import type { Binding, Scope } from "../check/scope.ts";
import { isTestFile } from "../check/test-file.ts";
import { useLine } from "../fix/use-line.ts";
import { briefType } from "../types/type.ts";
import { type Analysis, glances } from "./analysis.ts";
import { type Completion, item, snippet } from "./completion-item.ts";
import { describeBinding } from "./describe.ts";
import { importEdit } from "./imports.ts";
import type { Typed } from "./typed.ts";
import { visibleIn } from "./visible.ts";

export function labelProposals(params: readonly WantedParam[], given: ReadonlySet<string>): Completion[] {
  return params
    .filter(({ name }) => !given.has(name))
    .map(({ name, type, optional, default: fallback }) =>
      item("property", name, {
        insert: `${name}: `,
        detail: briefType(type),
        rank: optional || fallback !== null ? 1 : 0,
        again: true,
      }),
    );
}

type CallOf = "step" | "read" | "rollback" | "operation";

export function callProposals(analysis: Analysis, path: string, typed: Typed, scope: Scope, of: CallOf): Completion[] {
  const wanted = (binding: Binding): boolean => mayCall(binding, of);
  const glance = glances(analysis, typed.file);
  const own = [...new Set(scope.names())].flatMap((name) => {
    const binding = glance(visibleIn(scope, typed, name), name);
    if (binding === undefined || !wanted(binding)) return [];
    return [{ ...callOf(name, binding, of), about: { path, offset: typed.word.start, name } }];
  });
  const words =
    of !== "rollback"
      ? []
      : [
          item("keyword", "auto", { doc: "The provider undoes it.", rank: 1 }),
          snippet("keyword", "nothing", 'nothing "${1:why}"', { doc: "There is nothing to undo.", rank: 3 }),
        ];
  return [
    ...words,
    ...own,
    ...importProposals(analysis, path, scope, wanted),
    ...providerProposals(analysis, path, scope),
  ];
}

/** Providers that the file does not use yet, with the line that does. */
function providerProposals(analysis: Analysis, path: string, scope: Scope): Completion[] {
  const file = analysis.file(path);
  if (file === null || isTestFile(path)) return [];
  return [...analysis.manifests.values()].flatMap(({ manifest: { name, doc } }) =>
    scope.lookup(name) !== undefined
      ? []
      : [
          item("provider", name, {
            insert: `${name}.`,
            detail: `use ${name}`,
            doc,
            rank: 7,
            again: true,
            edits: [useLine(file, name)],
          }),
        ],
  );
}

function mayCall(binding: Binding, of: CallOf): boolean {
  switch (binding.b) {
    case "instance":
    case "family":
      return true;
    case "operation":
      return of !== "operation" && (of !== "read" || binding.operation.effect === "read");
    case "action":
      return of === "step";
    default:
      return false;
  }
}

function callOf(name: string, binding: Binding, of: CallOf): Completion {
  const { code, doc } = describeBinding(name, null, binding);
  const params =
    binding.b === "operation" ? binding.operation.params : binding.b === "action" ? binding.action.params : null;
  if (params === null) return item("provider", name, { insert: `${name}.`, detail: code, doc, rank: 2, again: true });
  const needed = params.filter((param) => !param.optional && param.default === null);
  const args = needed.map((param, i) => `${param.name}: $${i + 1}`).join(", ");
  const writes = binding.b === "operation" && binding.operation.effect !== "read";
  return snippet(binding.b === "action" ? "action" : "operation", name, `${name}(${args === "" ? "$0" : args})`, {
    detail: code,
    doc,
    rank: (of === "step" || of === "rollback") && writes ? 0 : 1,
  });
}

/** Names that other files declare and this one does not have, with the edit that imports them. */
export function importProposals(
  analysis: Analysis,
  path: string,
  scope: Scope,
  wanted: (binding: Binding) => boolean,
): Completion[] {
  const found: Completion[] = [];
  for (const file of analysis.files.values()) {
    if (file.path === path || packageOf(file.path) !== null || isTestFile(file.path)) continue;
    for (const each of file.tree.items) {
      const name = nameOf(each)?.text;
      if (name === undefined || each.kind === "use" || scope.declared(name) !== undefined) continue;
      const binding = analysis.exported(file.path, name);
      if (binding === undefined || !wanted(binding)) continue;
      const from = relativePath(path, file.path);
      const edit = importEdit(analysis, path, name, from);
      if (edit === null) continue;
      const called = binding.b === "operation" || binding.b === "action" ? callOf(name, binding, "step") : null;
      const plain = called ?? item("value", name, { detail: describeBinding(name, null, binding).code });
      const about = { path: file.path, offset: each.span.start, name };
      found.push({ ...plain, detail: `${plain.detail}  (from ${from})`, rank: 6, edits: [edit], about });
    }
  }
  return found;
}

/** What an import may lead to: files of the project, and packages that something imports already. */
export function pathProposals(analysis: Analysis, path: string): Completion[] {
  const files: Completion[] = [];
  const packages = new Set<string>();
  for (const file of analysis.files.values()) {
    const folder = packageOf(file.path);
    if (folder !== null && !folder.startsWith("~")) packages.add(packageName(folder));
    if (folder === null && file.path !== path && !isTestFile(file.path))
      files.push(item("file", relativePath(path, file.path), { rank: 1 }));
  }
  return [...files, ...[...packages].sort().map((name) => item("file", name, { detail: "a package", rank: 2 }))];
}
