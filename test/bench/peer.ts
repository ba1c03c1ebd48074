/** What each compiler that is measured offers: the same three things, over files in memory. */
import type { SourceFile } from "./corpus.ts";

export interface Size {
  readonly tokens: number;
  readonly nodes: number;
}

/** Each call does all of its work anew. What comes back is what it holds on to, so that memory can be measured. */
export interface Compiler {
  /** Text to trees. Throws if a text is not parsed without an error. */
  parse(files: readonly SourceFile[]): unknown | Promise<unknown>;
  /** Text to a checked program, parsing included. Throws if anything is wrong with the corpus, so that nothing is skipped. */
  check(files: readonly SourceFile[]): unknown | Promise<unknown>;
  /** How large the trees are. */
  size(files: readonly SourceFile[]): Size | Promise<Size>;
}
