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
  softLine,
  WIDTH,
} from "./doc.ts";
import { type Bound, statement } from "./statements.ts";

/** A row with the comments around it. */
export interface Commented extends Row {
  readonly lead: Doc;
  readonly trail: Doc;
}

interface Member extends Commented {
  /** On the line of the member before it. */
  readonly joins: boolean;
  readonly blank: boolean;
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
    const edge = first === "" && last === "" ? softLine : line;
    return group(opener, indent(first, last), edge, at.take());
  }
  return open
    ? opened(opener, indent(first, concat(inLines(members, depth)), last), newLine, at.take())
    : group(opener, indent(first, line, concat(inOneLine(members, depth)), last), line, at.take());
}

/** Whether a property may share the line of the member before it: only with another. */
function isProperty(node: Statement | undefined): boolean {
  return node?.kind === "property" || node?.kind === "block";
}

function member(at: Cursor, all: readonly Statement[], node: Statement, index: number): Member {
  const joins = index > 0 && !at.onNewLine && !at.commented && isProperty(node) && isProperty(all[index - 1]);
  const blank = index > 0 && at.afterBlank;
  const row = commented(at, () => statement(at, node), index === all.length - 1);
  return { ...row, joins, blank };
}

/** What `layOut` gives, with the comments before and behind it; behind the `last` also those that do not end the line. */
export function commented(at: Cursor, layOut: () => Bound, last: boolean): Commented {
  const apart = at.commented || at.afterBlank;
  const lead = at.lead();
  const { doc, sort, pad, before } = layOut();
  const trail = at.trail(last);
  return { doc, sort, pad, before, apart, lead, trail, comments: widthBefore(lead) + widthBehind(trail) };
}

/** Comments on lines of their own take no room on that of the row; whether others do is not looked into. */
export function widthBefore(lead: Doc): number {
  if (lead === "") return 0;
  const last = typeof lead !== "string" && lead.kind === "concat" ? lead.parts.at(-1) : lead;
  return typeof last === "object" && last.kind === "new_line" ? 0 : Number.POSITIVE_INFINITY;
}

/** Width of comments behind something, but for one that ends the line. */
function widthBehind(trail: Doc): number {
  if (typeof trail === "string" || trail.kind !== "concat") return 0;
  return trail.parts.reduce<number>(
    (sum, part) =>
      typeof part !== "string" && part.kind === "line_comment" ? sum : sum + flatWidth(part, Number.POSITIVE_INFINITY),
    0,
  );
}

function inOneLine(members: readonly Member[], depth: number): Doc[] {
  alignRows(members, depth);
  return members.flatMap(({ lead, doc, trail }, index) =>
    index === 0 ? [lead, doc, trail] : [memberLine, lead, doc, trail],
  );
}

function inLines(members: readonly Member[], depth: number): Doc[] {
  const lines = sharedLines(members, depth);
  const rows = lines.map((shared): Row => {
    const [only, second] = shared;
    if (only !== undefined && second === undefined) return only;
    const apart = only?.apart ?? false;
    return { doc: "", sort: null, pad: null, before: 0, apart, comments: 0 };
  });
  alignRows(rows, depth);
  return lines.flatMap((shared, index) => {
    const start = index === 0 ? newLine : shared[0]?.blank === true ? blankLine : newLine;
    return [
      start,
      ...shared.flatMap(({ lead, doc, trail }, place) => [lead, place === 0 ? "" : memberLine.flat, doc, trail]),
    ];
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
    (sum, { doc, comments }) => sum + flatWidth(doc, most) + comments + memberLine.flat.length,
    -memberLine.flat.length,
  );
  return width <= most;
}
