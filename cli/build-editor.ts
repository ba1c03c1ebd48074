/**
 * Makes what the VS Code extension has of the language's own tables: the grammar and the snippets. They are checked in, since
 * the extension is a package of its own that reads nothing of the others; a test holds them to be fresh.
 */
import { opsGrammar } from "./editor/grammar.ts";
import { opsSnippets } from "./editor/snippets.ts";

/** Texts of files by their paths. */
export function generatedForEditor(): ReadonlyMap<string, string> {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ["vscode-extension/syntaxes/ops.tmLanguage.json", json(opsGrammar())],
    ["vscode-extension/snippets/ops.json", json(opsSnippets())],
  ]);
}
