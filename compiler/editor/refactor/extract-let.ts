/** A value that is selected, whole: it gets a name in a line of its own above. */
import type { Span } from "../../../language/tree.ts";
import { type Node, pathAt } from "../../../language/walk.ts";
import type { Parsed } from "../../check/context.ts";
import type { Analysis } from "../analysis.ts";
import { type Action, freshName, indentAt, refactoring, trimmed } from "./action.ts";
import { tried } from "./trial.ts";

export function extractLet(analysis: Analysis, file: Parsed, selected: Span): Action[] {
  const span = trimmed(file.text, selected);
  if (span.end <= span.start) return [];
  const nodes = pathAt(file.tree, span.start);
  const at = nodes.findIndex((node) => node.span.start === span.start && node.span.end === span.end);
  const value = nodes[at];
  if (value === undefined || !isValue(value)) return [];
  const statement = nodes.findLast((_, i) => i < at && isInBody(nodes, i));
  const item = nodes[1];
  const owner = statement ?? (item !== undefined && "kind" in item && item.kind === "let" ? item : undefined);
  if (owner === undefined) return [];
  const text = file.text.slice(span.start, span.end);
  const name = freshName(file.text, "value");
  const { start } = owner.span;
  const edits = [
    {
      module: file.path,
      span: { start, end: start },
      text: `let ${name} = ${text}\n${indentAt(file.text, start)}`,
    },
    { module: file.path, span, text: name },
  ];
  const done = tried(analysis, file, edits);
  return done === null ? [] : [refactoring("name this value in a let", "extract", done)];
}

const VALUES: ReadonlySet<string> = new Set(
  "string unit number list record binary unary conditional call field index match paren range".split(" "),
);

const isValue = (node: Node): boolean => "kind" in node && VALUES.has(node.kind);

/** The node is a statement of a body in which a `let` may stand. */
function isInBody(nodes: readonly Node[], i: number): boolean {
  const body = nodes[i - 1];
  const owner = nodes[i - 2];
  return (
    body !== undefined &&
    "closed" in body &&
    owner !== undefined &&
    "kind" in owner &&
    ["action", "if", "for", "branch"].includes(owner.kind)
  );
}
