/** How everything is begun, as snippets of VS Code: the same phrases that the language server completes. */
import { DECLARATION_PHRASES, type Phrase, STATEMENT_PHRASES } from "../../compiler/schema/phrases.ts";

interface Snippet {
  readonly prefix: string;
  readonly body: readonly string[];
  readonly description: string;
}

/** By their names, as they are written to `snippets/ops.json`. A phrase that begins a declaration and a statement is there once. */
export function opsSnippets(): Readonly<Record<string, Snippet>> {
  const phrases = [...Object.values(DECLARATION_PHRASES), ...Object.values(STATEMENT_PHRASES)].flat();
  return Object.fromEntries(phrases.map((phrase) => [phrase.label, snippet(phrase)]));
}

const snippet = ({ label, insert, doc }: Phrase): Snippet => ({
  prefix: label,
  body: insert.split("\n"),
  description: doc,
});
