/** What the page's script is told of the plan beyond what stands on the page. Types of both sides. */
import type { PlanNode } from "../../plan/plan.schema.ts";
import { type Book, edgesBefore, toleratedAround } from "./book.ts";
import type { UndoKind } from "./undo-path.ts";

export interface PageNode {
  /** Its id in the plan, controls written out; `node=` before it is the id of its element on the page. */
  readonly id: string;
  readonly undo: UndoKind;
  readonly before: readonly number[];
  /** As in `UndoNode`. */
  readonly element: string | null;
}

export interface PageData {
  readonly onFailure: "rollback" | "halt" | "continue";
  /** In the order of the plan, then those of hooks. */
  readonly nodes: readonly PageNode[];
  /** How many of `nodes` are of the plan itself. */
  readonly own: number;
  /** Where in `nodes` those of each hook begin. */
  readonly hooks: readonly number[];
}

export function pageData(book: Book): PageData {
  const before = edgesBefore(book);
  const own = book.plan.nodes.length;
  return {
    onFailure: book.plan.onFailure,
    own,
    hooks: hookStarts(book),
    nodes: book.nodes.map((node, i) => ({
      id: (book.anchors[i] ?? "").slice("node=".length),
      undo: i < own ? undoKind(node) : "none",
      before: before[i] ?? [],
      element: toleratedAround(book, node)?.element ?? null,
    })),
  };
}

function hookStarts({ plan }: Book): number[] {
  let at = plan.nodes.length;
  return plan.hooks.map(({ nodes }) => {
    const start = at;
    at += nodes.length;
    return start;
  });
}

function undoKind(node: PlanNode): UndoKind {
  if (node.kind !== "step" || node.call.effect === "read") return "none";
  if (node.rollback === null) return "point";
  return node.rollback.kind === "nothing" ? "none" : "undo";
}
