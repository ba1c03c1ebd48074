/** Paths in a file that lead somewhere: imports and data files. */
import type { Span } from "../../language/tree.ts";
import { visit } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { resolvePath } from "../check/import-graph.ts";
import { DATA_FORMATS, isDataPath } from "../data/file.ts";
import type { Analysis } from "./analysis.ts";

export interface Link {
  readonly span: Span;
  /** Path within the project. */
  readonly path: string;
}

export function linksOf(analysis: Analysis, file: Parsed): Link[] {
  const links: Link[] = [];
  visit(file.tree, (node) => {
    if (!("kind" in node)) return true;
    if (node.kind === "import") {
      const path = analysis.imported(file.path, node);
      const part = node.from?.parts[0];
      if (path !== null && part !== undefined && analysis.file(path) !== null) links.push({ span: part.span, path });
      return false;
    }
    const format = node.kind === "call" && node.callee.kind === "name" ? node.callee.text : null;
    const [arg] = node.kind === "call" ? node.args : [];
    if (format !== null && DATA_FORMATS.some((each) => each === format) && arg?.value.kind === "string")
      links.push(...dataLink(file, arg.value.parts));
    if (node.kind === "property" && node.name.text === "calendar" && node.value.kind === "string")
      links.push(...dataLink(file, node.value.parts));
    return true;
  });
  return links;
}

function dataLink(
  file: Parsed,
  parts: readonly { readonly kind: string; readonly span: Span; readonly text?: string }[],
): Link[] {
  const [part, ...more] = parts;
  if (part?.text === undefined || more.length > 0 || !isDataPath(part.text)) return [];
  return [{ span: part.span, path: resolvePath(file.path, part.text) }];
}
