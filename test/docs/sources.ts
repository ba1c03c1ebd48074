/** Blocks of `.ops` as projects to check: with the files they import, and fragments within their prelude. */

import type { KnownManifest } from "../../compiler/check/context.ts";
import { isBare, type PackageImports, packageKey, packagesMentioned } from "../../compiler/check/packages.ts";
import { checkProject } from "../../compiler/check/project.ts";
import type { DataFile } from "../../compiler/data/file.ts";
import { parseYaml } from "../../compiler/data/yaml.ts";
import { digestOf } from "../../compiler/digest.ts";
import { calendarFaults } from "../../compiler/window/ical/calendar.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";
import { type Block, type Document, place } from "./blocks.ts";

const manifests: ReadonlyMap<string, KnownManifest> = new Map(
  Object.entries(BUILT_IN).map(([name, { manifest }]) => [name, { manifest, digest: digestOf(manifest) }]),
);

/** Where a fragment is put into the prelude. */
const GAP = /^ *\/\/ … *$/m;

export interface Found {
  readonly code: string;
  /** `line: code: message`, the line counted in the Markdown file. */
  readonly shown: string;
}

/** An example shows a name without having a use for it. */
const FINE: readonly string[] = ["unused-name"];

/** What the checker says of a block, unused names aside. Imports lead to the `file=` blocks that stand before it in its document. */
export function check(document: Document, block: Block): Found[] {
  const { text, offset } = whole(document, block);
  const name = block.words.get("file") ?? "example.ops";
  const files = new Map([[name, text]]);
  addImports(document, block, text, files);
  const { diagnostics } = checkProject({
    files: [...files].map(([path, content]) => ({ path, text: content })),
    data: dataBefore(document, block),
    packages: packagesIn(files),
    readers: { yaml: parseYaml, calendar: calendarFaults },
    manifests,
  });
  return diagnostics.flatMap((d) => {
    if (FINE.includes(d.code)) return [];
    const line = (files.get(d.module) ?? "").slice(0, d.span.start).split("\n").length;
    const where = d.module === name ? `${block.file}:${block.line + line - offset}` : d.module;
    return [{ code: d.code, shown: `${where}: ${d.code}: ${d.message}` }];
  });
}

/** The block as a file of its own; `offset` is how many lines stand before it. */
function whole(document: Document, block: Block): { readonly text: string; readonly offset: number } {
  if (!block.words.has("fragment")) return { text: block.text, offset: 0 };
  const prelude = before(document, block).find((each) => each.words.has("prelude"));
  if (prelude === undefined) throw new Error(`${place(block)}: no \`ops prelude\` block stands before this fragment`);
  const gap = GAP.exec(prelude.text);
  if (gap === null) throw new Error(`${place(prelude)}: a prelude has a line \`// …\` where fragments go`);
  const head = prelude.text.slice(0, gap.index);
  return {
    text: `${head}${block.text}${prelude.text.slice(gap.index + gap[0].length)}`,
    offset: head.split("\n").length - 1,
  };
}

/** The blocks of `.ops` before this one, the nearest first. */
function before(document: Document, block: Block): Block[] {
  return document.blocks.filter((each) => each.language === "ops" && each.line < block.line).reverse();
}

/** Where a package's entry stands in the documentation. */
const entryOf = (specifier: string): string => `node_modules/${specifier}/index.ops`;

function packagesIn(files: ReadonlyMap<string, string>): PackageImports {
  return new Map(
    [...files].flatMap(([path, text]) =>
      packagesMentioned(text).map((each) => [packageKey(path, each), { path: entryOf(each) }] as const),
    ),
  );
}

/** Files that are no sources, by their paths. */
function dataBefore(document: Document, block: Block): ReadonlyMap<string, DataFile> {
  const data = document.blocks.filter((each) => each.language !== "ops" && each.line < block.line);
  return new Map(
    data.flatMap(({ words, text }) => (words.has("file") ? [[words.get("file") ?? "", { text }] as const] : [])),
  );
}

function addImports(document: Document, block: Block, text: string, files: Map<string, string>): void {
  for (const [, written = ""] of text.matchAll(/^import .* from "([^"]+)"/gm)) {
    const from = isBare(written) ? entryOf(written) : written.replace(/^\.\//, "");
    const found = before(document, block).find((each) => each.words.get("file") === from);
    if (found === undefined || files.has(from)) continue;
    files.set(from, found.text);
    addImports(document, block, found.text, files);
  }
}
