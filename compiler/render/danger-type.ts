/** One thing that a reviewer must not miss. */

/** `grave`: think twice before a yes; `warning`: know it before a yes; `note`: good to know. */
export type DangerLevel = "grave" | "warning" | "note";

export interface Danger {
  readonly level: DangerLevel;
  /** One sentence without a full stop. Control characters are written out; nothing else is escaped yet. */
  readonly words: string;
  /** Ids of the nodes it is about, in their order, those of hooks too; none where it is about the plan as a whole. */
  readonly nodes: readonly string[];
}
