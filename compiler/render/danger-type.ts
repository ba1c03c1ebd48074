/** One thing that a reviewer must not miss. */

/** `grave`: think twice before a yes; `warning`: know it before a yes; `note`: good to know. */
export type DangerLevel = "grave" | "warning" | "note";

export interface Danger {
  readonly level: DangerLevel;
  /** One sentence without a full stop. Control characters are written out; nothing else is escaped yet. */
  readonly words: string;
  /** Ids of the nodes it is about, in their order, those of hooks too; none where it is about the plan as a whole. */
  readonly nodes: readonly string[];
  /** The words without the names of nodes, for where these can be seen; where that is less than `words`. */
  readonly short?: string;
  /** Two or three words to stand in a picture: at each of the nodes, and at the loops of these ids. */
  readonly marks?: {
    readonly at: readonly string[];
    readonly loops: readonly { readonly id: string; readonly mark: string }[];
  };
  /** What makes one sentence of several dangers about the same nodes. */
  readonly joins?: Joins;
}

/** `all 8 elements of host are changed at the same time`, of which one is `at once`. */
export interface Joins {
  readonly kind: "at once" | "unasked" | "stays";
  /** What the sentence is about: `8 changes`. */
  readonly subject: string;
  /** What is said of it, behind `are` or `is`: `changed at the same time`. */
  readonly clause: string;
  /** What stands after all clauses: the names of the nodes. */
  readonly named: string;
}
