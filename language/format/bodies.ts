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
  indent,
  line,
  memberLine,
  newLine,
  opened,
  softLine,
} from "./doc.ts";
import { type Bound, statement } from "./statements.ts";

/** A row with the comments around it. */
export interface Commented extends Row {
  readonly lead: Doc;
  readonly trail: Doc;
}

interface Member extends Commented {
  /** Behind an empty line. */
  readonly blank: boolean;
}

/** A body that is written on one line stays there if it fits; in any other each member begins a line. */
export function body(at: Cursor, node: Body): Doc {
  const { parts, open } = bodyParts(at, node, isOpen(at, node));
  return open ? opened(...parts) : group(...parts);
}

/** Whether it is written over several lines. */
export function isOpen(at: Cursor, node: Body): boolean {
  return /[\r\n]/.test(at.text.slice(node.span.start, node.span.end));
}

/** From brace to brace. One without members is never open: it is a group of its own. */
export function bodyParts(at: Cursor, node: Body, open: boolean): { readonly parts: Doc[]; readonly open: boolean } {
  const opener = at.take();
  const first = at.trail(node.members.length === 0);
  at.depth += 1;
  const members = node.members.map((each, index) => member(at, node.members, each, index));
  const last = at.dangling(members.length === 0);
  at.depth -= 1;
  if (members.length === 0) {
    const edge = first === "" && last === "" ? softLine : line;
    return { parts: [group(opener, indent(first, last), edge, at.take())], open: false };
  }
  alignRows(members, at.depth + 1);
  const parts = open
    ? [opener, indent(first, concat(inLines(members)), last), newLine, at.take()]
    : [opener, indent(first, line, concat(inOneLine(members)), last), line, at.take()];
  return { parts, open };
}

function member(at: Cursor, all: readonly Statement[], node: Statement, index: number): Member {
  const blank = index > 0 && at.afterBlank;
  return { ...commented(at, () => statement(at, node), index === all.length - 1), blank };
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

function inOneLine(members: readonly Member[]): Doc[] {
  return members.flatMap(({ lead, doc, trail }, index) => [index === 0 ? "" : memberLine, lead, doc, trail]);
}

function inLines(members: readonly Member[]): Doc[] {
  return members.flatMap(({ lead, doc, trail, blank }) => [blank ? blankLine : newLine, lead, doc, trail]);
}
