/** What a page of `opsc explain` is. */

/** One file, or several by their paths. */
export type Sources = string | { readonly [path: string]: string };

export interface Page {
  /** A line, as in a table of contents. */
  readonly title: string;
  /** Why operations suffer from it: two to five sentences. */
  readonly why: string;
  /** Reports the code. */
  readonly bad: Sources;
  /** The same, mended: reports nothing. */
  readonly good: Sources;
  /** What to do, in a sentence or two. */
  readonly fix: string;
  /** What the examples are written in; `ops` where it is left out. */
  readonly language?: "json";
}
