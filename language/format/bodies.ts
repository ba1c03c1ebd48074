/** Bodies: what stands between braces, a member a line, or all on one. */
import type { Body, Statement } from "../tree.ts";
import { alignRows, type Row } from "./align.ts";
import type { Cursor } from "./cursor.ts";
import {
  blankLine,
  concat,
  type Doc,
  flatWidth,
  group,
  INDENT,
  indent,
  line,
  memberLine,
  newLine,
  opened,
  WIDTH,
} from "./doc.ts";
import { type Bound, statement } from "./statements.ts";

interface Member extends Row {
  /** On the line of the member before it. */
  readonly joins: boolean;
  readonly blank: boolean;
  readonly trail: Doc;
}

/** A body that is written on one line stays there if it fits; in any other each member begins a line. */
export function body(at: Cursor, node: Body): Doc {
  const opener = at.take();
  const text = at.text.slice(node.span.start, node.span.end);
  const open = /[\r\n]/.test(text);
  const first = at.trail(node.members.length === 0);
  at.depth += 1;
  const members = node.members.map((each, index) => member(at, node.members, each, index));
  const last = at.dangling(members.length === 0);
  at.depth -= 1;
  const depth = at.depth + 1;
  if (members.length === 0) {
    const inside = concat([first, last]);
    return group(opener, indent(inside), { kind: "line", flat: "" }, at.take());
  }
  return open
    ? opened(opener, indent(first, ...inLines(members, depth), last), newLine, at.take())
    : group(opener, indent(first, line, ...inOneLine(members, depth)), line, at.take());
}

/** Whether a property may share the line of the member before it: only with another. */
function isProperty(node: Statement | undefined): boolean {
  return node?.kind === "property" || node?.kind === "block";
}

function member(at: Cursor, all: readonly Statement[], node: Statement, index: number): Member {
  const joins = index > 0 && !at.onNewLine && !at.commented && isProperty(node) && isProperty(all[index - 1]);
  const blank = index > 0 && at.afterBlank;
  const row = rowOf(at, () => statement(at, node));
  return { ...row, joins, blank };
}

/** A row, with the comments behind it. */
export function rowOf(at: Cursor, layOut: () => Bound): Row & { readonly trail: Doc } {
  const apart = at.commented || at.afterBlank;
  const { doc, sort, pad, before } = layOut();
  const trail = at.trail();
  return { doc, sort, pad, before, apart, trail, after: widthOf(trail) };
}

/** Width of comments behind something, but for one that ends the line. */
function widthOf(trail: Doc): number {
  if (typeof trail === "string" || trail.kind !== "concat") return 0;
  return trail.parts.reduce<number>(
    (sum, part) =>
      typeof part !== "string" && part.kind === "line_comment" ? sum : sum + flatWidth(part, Number.POSITIVE_INFINITY),
    0,
  );
}

function inOneLine(members: readonly Member[], depth: number): Doc[] {
  alignRows(members, depth);
  return members.flatMap(({ doc, trail }, index) => (index === 0 ? [doc, trail] : [memberLine, doc, trail]));
}

function inLines(members: readonly Member[], depth: number): Doc[] {
  const lines = sharedLines(members, depth);
  const rows = lines.map((shared): Row => {
    const [only, second] = shared;
    if (only !== undefined && second === undefined) return only;
    const apart = only?.apart ?? false;
    return { doc: "", sort: null, pad: null, before: 0, apart, after: 0 };
  });
  alignRows(rows, depth);
  return lines.flatMap((shared, index) => {
    const start = index === 0 ? newLine : shared[0]?.blank === true ? blankLine : newLine;
    return [start, ...shared.flatMap(({ doc, trail }, place) => [place === 0 ? "" : memberLine.flat, doc, trail])];
  });
}

/** Members by line: those that are written on one share it if they fit. */
function sharedLines(members: readonly Member[], depth: number): Member[][] {
  const lines: Member[][] = [];
  for (const each of members) {
    const before = lines.at(-1);
    if (each.joins && before !== undefined) before.push(each);
    else lines.push([each]);
  }
  return lines.flatMap((shared) =>
    shared.length === 1 || fitTogether(shared, depth) ? [shared] : shared.map((one) => [one]),
  );
}

function fitTogether(shared: readonly Member[], depth: number): boolean {
  const most = WIDTH - depth * INDENT;
  const width = shared.reduce(
    (sum, { doc, after }) => sum + flatWidth(doc, most) + after + memberLine.flat.length,
    -memberLine.flat.length,
  );
  return width <= most;
}
