/** opsc, from source: what `opsc check` does with a project, all checks included. */
import { checkProject } from "../../../compiler/check/project.ts";
import { Scanner } from "../../../language/lexer.ts";
import { parse as parseText } from "../../../language/parse.ts";
import { EndOfFile, indexOf } from "../../../language/tokens.ts";
import { children, type Node } from "../../../language/walk.ts";
import { builtInManifests } from "../../../runtime/providers/index.ts";
import type { SourceFile } from "../corpus.ts";
import type { Compiler, Size } from "../peer.ts";

const manifests = new Map(Object.entries(builtInManifests()));

function parse(files: readonly SourceFile[]) {
  return files.map(({ text }) => {
    const { tree, faults } = parseText(text);
    if (faults.length > 0) throw new Error(`the corpus has a fault: ${faults[0]?.code}`);
    return tree;
  });
}

export function check(files: readonly SourceFile[]) {
  const checked = checkProject({ files, manifests });
  const [first] = checked.diagnostics;
  if (first !== undefined) throw new Error(`the corpus is not without findings: ${first.module}: ${first.message}`);
  return checked;
}

function size(files: readonly SourceFile[]): Size {
  let nodes = 0;
  let tokens = 0;
  const left: Node[] = parse(files);
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    nodes += 1;
    left.push(...children(node));
  }
  for (const { text } of files) {
    const scanner = new Scanner(text);
    while (scanner.next().tokenTypeIdx !== indexOf(EndOfFile)) tokens += 1;
  }
  return { tokens, nodes };
}

export default { parse, check, size } satisfies Compiler;
