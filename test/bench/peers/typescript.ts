/** TypeScript 6: the compiler written in JavaScript, through its API. */
import ts from "typescript-js";
import { preludeOf, type SourceFile } from "../corpus.ts";
import type { Compiler, Size } from "../peer.ts";

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  noLib: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
};

const source = ({ path, text }: SourceFile): ts.SourceFile =>
  ts.createSourceFile(`/${path}`, text, ts.ScriptTarget.ES2022, true);

function parse(files: readonly SourceFile[]): ts.SourceFile[] {
  return files.map(source);
}

function check(files: readonly SourceFile[]): ts.Program {
  const all = new Map([...preludeOf("typescript"), ...files].map((file) => [`/${file.path}`, file]));
  const host: ts.CompilerHost = {
    getSourceFile(name, options) {
      const file = all.get(name);
      return file === undefined ? undefined : ts.createSourceFile(name, file.text, options);
    },
    getDefaultLibFileName: () => "/lib.d.ts",
    writeFile: () => {},
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => all.has(name),
    readFile: (name) => all.get(name)?.text,
    directoryExists: (name) => name === "/" || name === "",
  };
  const program = ts.createProgram([...all.keys()], OPTIONS, host);
  const [first] = ts.getPreEmitDiagnostics(program);
  if (first !== undefined) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, "\n"));
  return program;
}

function size(files: readonly SourceFile[]): Size {
  let nodes = 0;
  let tokens = 0;
  const visit = (node: ts.Node): void => {
    nodes += 1;
    // Punctuation and keywords are tokens that the tree does not keep; `getChildren` scans for them.
    for (const child of node.getChildren()) count(child);
    ts.forEachChild(node, visit);
  };
  const count = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.SyntaxList) {
      for (const child of node.getChildren()) count(child);
    } else if (node.getChildCount() === 0 && node.kind !== ts.SyntaxKind.EndOfFileToken) tokens += 1;
  };
  for (const file of files) visit(source(file));
  return { tokens, nodes };
}

export default { parse, check, size } satisfies Compiler;
