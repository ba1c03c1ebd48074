/** The way in: text to tree. */
import { OpsParser } from "./parser/declarations.ts";
import { PREPARED } from "./parser/lookahead.ts";
import type { Module, SyntaxFault } from "./tree.ts";

/** Made when first needed: one for the life of the process. */
let shared: OpsParser | null = null;

/**
 * Reads one `.ops` file. Never throws, whatever the text: what is not understood is told as a fault, in the order of
 * the text, and all that is understood around it is in the tree.
 */
export function parse(text: string): { tree: Module; faults: SyntaxFault[] } {
  shared ??= new OpsParser(true, PREPARED);
  return shared.parse(text);
}
