/** Projects of a few lines for tests of editor features; `‸` marks where the cursor stands. */

import type { Parsed } from "../../compiler/check/context.ts";
import type { PackageImports } from "../../compiler/check/packages.ts";
import { ProjectChecker, type ProjectInput } from "../../compiler/check/project.ts";
import type { DataFile } from "../../compiler/data/file.ts";
import { parseYaml } from "../../compiler/data/yaml.ts";
import { Analysis } from "../../compiler/editor/analysis.ts";
import { lineIndex } from "../../language/lines.ts";
import { parse } from "../../language/parse.ts";
import { manifests } from "../compiler/project.ts";

export const CURSOR = "‸";

export interface AtCursor {
  readonly analysis: Analysis;
  readonly path: string;
  readonly offset: number;
}

export function parsed(path: string, text: string): Parsed {
  return { path, text, ...parse(text), lines: lineIndex(text) };
}

/** Of a project checked just now. */
export function analyse(
  files: Readonly<Record<string, string>>,
  more: { readonly data?: ReadonlyMap<string, DataFile>; readonly packages?: PackageImports } = {},
): Analysis {
  const checker = new ProjectChecker();
  const input: ProjectInput = {
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    manifests,
    readers: { yaml: parseYaml },
    ...more,
  };
  checker.check(input);
  return new Analysis({
    checker,
    files: new Map(Object.entries(files).map(([path, text]) => [path, parsed(path, text)])),
    manifests,
    packages: more.packages ?? new Map(),
  });
}

/** Of a project, one of whose files holds the cursor; it was checked without the mark. */
export function atCursor(files: Readonly<Record<string, string>>): AtCursor {
  const [path, marked] = Object.entries(files).find(([, text]) => text.includes(CURSOR)) ?? [];
  if (path === undefined || marked === undefined) throw new Error("no cursor in any file");
  const plain = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replace(CURSOR, "")]));
  return { analysis: analyse(plain), path, offset: marked.indexOf(CURSOR) };
}
