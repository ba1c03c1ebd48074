/** Every place where a declaration is named. */
import type { Span } from "../../language/tree.ts";
import { children, type Node } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Analysis } from "./analysis.ts";
import type { Declared } from "./declared.ts";
import { namedIn } from "./symbol.ts";

export interface Occurrence {
  readonly module: string;
  readonly span: Span;
  /** `import`: in the braces of an import, where it may be given another name. */
  readonly role: "declaration" | "import" | "use";
}

/** In the order of the files and their texts; the declaration is among them. Files that do not hold the name are not looked at. */
export function occurrencesOf(analysis: Analysis, declared: Declared): Occurrence[] {
  return [...analysis.files.values()]
    .filter((file) => mayName(file, declared))
    .flatMap((file) => occurrencesIn(analysis, file, declared));
}

/** The same of one file. */
export function occurrencesIn(analysis: Analysis, file: Parsed, declared: Declared): Occurrence[] {
  const observed = analysis.whole(file.path);
  return namesIn(file, declared.name).flatMap((nodes): Occurrence[] => {
    const node = nodes.at(-1);
    if (node === undefined) return [];
    const named = namedIn(analysis, { file, offset: node.span.start, nodes, observed });
    if (named?.meaning.is !== "declared" || !isSame(named.meaning.declared, declared)) return [];
    const declares = file.path === declared.module && node.span.start === declared.span.start;
    const parent = nodes.at(-2);
    const imports = parent !== undefined && "kind" in parent && parent.kind === "import";
    return [{ module: file.path, span: node.span, role: declares ? "declaration" : imports ? "import" : "use" }];
  });
}

export function isSame(a: Declared, b: Declared): boolean {
  return a.module === b.module && a.span.start === b.span.start;
}

/** What only one action sees stands in its file; what is named by labels and fields may stand anywhere. */
function mayName(file: Parsed, { as, module, name }: Declared): boolean {
  const local = as === "let" || as === "fact" || as === "step" || as === "check" || as === "each" || as === "alias";
  return (file.path === module || !local || isTop(file)) && file.text.includes(name);
}

/** A `let` at the top of a file may be imported. */
const isTop = (file: Parsed): boolean => file.tree.items.some(({ kind }) => kind === "import");

/** The nodes that are `name` and nothing else, each with those around it from the module inwards. */
export function namesIn(file: Parsed, name: string | null): Node[][] {
  const found: Node[][] = [];
  const open: { readonly node: Node; readonly depth: number }[] = [{ node: file.tree, depth: 0 }];
  const path: Node[] = [];
  const comments = new Set<Node>(file.tree.comments);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    path.length = depth;
    path.push(node);
    if (depth === 1 && comments.has(node)) continue;
    const isName = "text" in node && (!("kind" in node) || node.kind === "name");
    if (isName && (name === null || node.text === name)) found.push([...path]);
    if (isName) continue;
    for (const child of children(node).toReversed()) open.push({ node: child, depth: depth + 1 });
  }
  return found;
}
