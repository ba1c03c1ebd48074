/** A finding about what a person wrote. Plain data; how it is drawn is `frame.ts`'s, what it means is the registry's. */
import type { Span } from "../../language/tree.ts";

/** Code of all that is wrong with `opsc.config.json`: its page is beside those of the registry. */
export const CONFIGURATION = "configuration";

export type Severity = "error" | "warning" | "info";

export interface Diagnostic {
  /** Kebab-case name of its page: `opsc explain unknown-name`. */
  readonly code: string;
  readonly severity: Severity;
  /** What the message was made of, by the names of its placeholders. */
  readonly args: Readonly<Record<string, string>>;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** Path of the file within the project, with `/`. */
  readonly module: string;
  readonly span: Span;
  /** A remark that stands in the frame, under the place; null where the message says it all. */
  readonly label: string | null;
  /** Other places that belong to it. */
  readonly related: readonly { readonly module: string; readonly span: Span; readonly note: string }[];
  /** Why it matters, when that is not plain from the message. */
  readonly why: string | null;
  /** What to do. */
  readonly help: string | null;
  readonly fixes: readonly Fix[];
}

export interface Fix {
  readonly title: string;
  /** It may not be what was meant, or leaves `TODO` to be filled in: shown and offered, never applied unasked. */
  readonly suggested?: true;
  readonly edits: readonly { readonly module: string; readonly span: Span; readonly text: string }[];
}
