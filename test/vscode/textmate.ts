/** The grammar as VS Code reads it: what scopes each place of a text has. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry, type StateStack } from "vscode-textmate";
import { opsGrammar } from "../../cli/editor/grammar.ts";

const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");

export interface Scoped {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** From the outermost; `source.ops` is left out. */
  readonly scopes: readonly string[];
}

export async function opsTextMate(): Promise<IGrammar> {
  const { buffer } = new Uint8Array(readFileSync(wasm));
  await oniguruma.loadWASM(buffer as ArrayBuffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner([...patterns]),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (name) =>
      name === "source.ops" ? parseRawGrammar(JSON.stringify(opsGrammar()), "ops.json") : null,
  });
  const grammar = await registry.loadGrammar("source.ops");
  if (grammar === null) throw new Error("there is no grammar");
  return grammar;
}

/** The pieces of a text, in order; white space alone is left out. */
export function scopesOf(grammar: IGrammar, text: string): Scoped[] {
  const found: Scoped[] = [];
  let state: StateStack = INITIAL;
  let at = 0;
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      const piece = line.slice(startIndex, endIndex);
      if (piece.trim() === "") continue;
      found.push({ start: at + startIndex, end: at + endIndex, text: piece, scopes: scopes.slice(1) });
    }
    at += line.length + 1;
  }
  return found;
}

/** The scopes at an offset; none where nothing but white space is. */
export const scopesAt = (found: readonly Scoped[], offset: number): readonly string[] =>
  found.find(({ start, end }) => start <= offset && offset < end)?.scopes ?? [];
