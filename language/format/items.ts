/** Declarations, and the file as a whole. */
import type { ActionItem, Item, Module, OperationItem, Param } from "../tree.ts";
import { alignRows, type Row } from "./align.ts";
import { commented, widthBefore } from "./bodies.ts";
import { brackets } from "./brackets.ts";
import type { Cursor } from "./cursor.ts";
import {
  blankLine,
  concat,
  type Doc,
  flatWidth,
  group,
  indent,
  type Line,
  line,
  newLine,
  type Pad,
  softLine,
  WIDTH,
} from "./doc.ts";
import { expression } from "./expressions.ts";
import { type Bound, bound, letStatement, trailingBody, unbound } from "./statements.ts";
import { fieldName, fieldType, refinement, typeOf } from "./types.ts";

/** All of a file. Declarations of another kind, and those of several lines but imports, stand apart by an empty line. */
export function moduleOf(at: Cursor, { items }: Module): Doc {
  const rows = items.map((each) => {
    const blank = at.afterBlank;
    const parted = at.leadHasBlank;
    return { ...commented(at, () => item(at, each), false), blank, parted };
  });
  const end = at.dangling(rows.length === 0);
  alignRows(rows, 0);
  const parts: Doc[] = [];
  for (const [index, { lead, doc, trail, blank, parted }] of rows.entries()) {
    const before = rows[index - 1];
    const differs = items[index]?.kind !== items[index - 1]?.kind;
    const high = items[index]?.kind !== "import" && before !== undefined && (tall(before.doc) || tall(doc));
    const apart = before !== undefined && !parted && (differs || high);
    parts.push(index > 0 && (blank || apart) ? blankLine : newLine, lead, doc, trail);
  }
  return concat([...parts, end]);
}

function tall(doc: Doc): boolean {
  return !Number.isFinite(flatWidth(doc, WIDTH));
}

function item(at: Cursor, node: Item): Bound {
  switch (node.kind) {
    case "import":
      return unbound(
        at.expect("import"),
        " ",
        brackets(at, {
          items: node.names,
          each: ({ as }) => (as === null ? at.take() : concat([at.take(), " ", at.expect("as"), " ", at.take()])),
          edge: line,
        }),
        " ",
        at.expect("from"),
        " ",
        node.from === null ? "" : expression(at, node.from),
      );
    case "use":
      return unbound(use(at, node));
    case "let":
      return letStatement(at, node.type, node.value);
    case "enum":
      return unbound(
        at.expect("enum"),
        " ",
        at.take(),
        " ",
        brackets(at, { items: node.members, each: () => at.take(), edge: line }),
      );
    case "type":
      return bound(at, "type", [at.expect("type"), " ", at.take()], () => {
        const type = node.type.kind === "record_type" ? linedUp(at, node.type.fields, line) : typeOf(at, node.type);
        return [node.where === null ? type : group(type, indent(...refinement(at, node.where)))];
      });
    case "approver":
    case "window":
    case "guardrail":
      return unbound(at.expect(node.kind), " ", at.take(), trailingBody(at, node.body));
    case "secret":
      return bound(at, "secret", [at.expect("secret"), " ", at.take()], () => [expression(at, node.from)], "from");
    case "operation":
    case "action":
      return unbound(callable(at, node));
    case "test":
      return unbound(
        at.expect("test"),
        " ",
        node.title === null ? "" : expression(at, node.title),
        trailingBody(at, node.body),
      );
  }
}

function use(at: Cursor, node: Extract<Item, { kind: "use" }>): Doc {
  const parts: Doc[] = [at.expect("use"), " ", at.take()];
  if (node.as !== null) parts.push(" ", at.expect("as"), " ", at.take());
  if (node.per !== null)
    parts.push(" ", at.expect("per"), " ", at.take(), at.expect(":"), " ", typeOf(at, node.per.type));
  return concat([...parts, trailingBody(at, node.body)]);
}

function callable(at: Cursor, node: ActionItem | OperationItem): Doc {
  const parts: Doc[] = [at.expect(node.kind), " ", at.take(), linedUp(at, node.params, softLine)];
  if (node.result !== null) parts.push(" ", at.expect("->"), " ", typeOf(at, node.result));
  return concat([...parts, trailingBody(at, node.body)]);
}

/** Parameters, or fields of a declared type. One a line has its type in one column with those around it. */
function linedUp(at: Cursor, params: readonly Param[], edge: Line): Doc {
  const rows: Row[] = [];
  const each = (param: Param): Doc => {
    const apart = at.commented || at.afterBlank;
    const lead = at.lead();
    const name = fieldName(at, param);
    const pad: Pad = { kind: "pad", width: 0 };
    const doc = concat([name, pad, fieldType(at, param)]);
    const before = flatWidth(name, WIDTH);
    // One more for the comma.
    const comments = widthBefore(lead) + 1;
    rows.push({ doc, sort: "parameter", pad: Number.isFinite(before) ? pad : null, before, apart, comments });
    return concat([lead, doc]);
  };
  const list = brackets(at, { items: params, each, edge });
  alignRows(rows, 1);
  return list;
}
