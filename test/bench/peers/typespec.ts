/** The compiler of TypeSpec, with a host whose files are in memory but for its own library. */
import { type CompilerHost, compile, createSourceFile, NodeHost, type Program } from "@typespec/compiler";
import { type Node, parse as parseFile, visitChildren } from "@typespec/compiler/ast";
import { preludeOf, type SourceFile } from "../corpus.ts";
import { createScanner, Token } from "../node_modules/@typespec/compiler/dist/src/core/scanner.js";
import type { Compiler, Size } from "../peer.ts";

const ROOT = "/opsc-bench";

function trees(files: readonly SourceFile[]) {
  return files.map(({ path, text }) => {
    const tree = parseFile(createSourceFile(text, path), { docs: true });
    const [first] = tree.parseDiagnostics;
    if (first !== undefined) throw new Error(first.message);
    return tree;
  });
}

async function check(files: readonly SourceFile[]): Promise<Program> {
  const main = { path: "main.tsp", text: files.map(({ path }) => `import "./${path}";`).join("\n") };
  const all = new Map([main, ...preludeOf("typespec"), ...files].map(({ path, text }) => [`${ROOT}/${path}`, text]));
  const host: CompilerHost = {
    ...NodeHost,
    readFile: async (path) => {
      const text = all.get(path);
      return text === undefined ? NodeHost.readFile(path) : createSourceFile(text, path);
    },
    stat: async (path) =>
      all.has(path) || path === ROOT
        ? { isFile: () => path !== ROOT, isDirectory: () => path === ROOT }
        : NodeHost.stat(path),
    realpath: async (path) => (path.startsWith(ROOT) ? path : NodeHost.realpath(path)),
  };
  const program = await compile(host, `${ROOT}/main.tsp`, { noEmit: true, nostdlib: false });
  const [first] = program.diagnostics;
  if (first !== undefined) throw new Error(`${first.code}: ${first.message}`);
  return program;
}

function size(files: readonly SourceFile[]): Size {
  let nodes = 0;
  let tokens = 0;
  const visit = (node: Node): void => {
    nodes += 1;
    visitChildren(node, visit);
  };
  for (const tree of trees(files)) visit(tree);
  const trivia = new Set([Token.NewLine, Token.Whitespace, Token.SingleLineComment, Token.MultiLineComment]);
  for (const { path, text } of files) {
    const scanner = createScanner(createSourceFile(text, path), () => {});
    for (let token = scanner.scan(); token !== Token.EndOfFile; token = scanner.scan())
      if (!trivia.has(token)) tokens += 1;
  }
  return { tokens, nodes };
}

export default { parse: trees, check, size } satisfies Compiler;
