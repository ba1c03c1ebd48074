/**
 * What a layout is made of, after Wadler's "A prettier printer": text, places where a line may end, and groups that
 * stay on one line if they fit. `print.ts` makes text of it.
 */

/** The widest a line should be, in UTF-16 units; what cannot be broken may be wider. */
export const WIDTH = 100;
/** Spaces a level is indented by. */
export const INDENT = 2;

export type Doc = string | Concat | Indent | Group | Line | NewLine | Verbatim | LineComment | IfBroken | Space | Pad;

export interface Concat {
  readonly kind: "concat";
  readonly parts: readonly Doc[];
  readonly forced: boolean;
}

export interface Indent {
  readonly kind: "indent";
  readonly of: Doc;
  readonly forced: boolean;
}

/** Its lines (not those of groups within) all stay, or all end. */
export interface Group {
  readonly kind: "group";
  readonly of: Doc;
  readonly forced: boolean;
}

/** `flat` where its group is on one line, else a line's end, and where `blank` an empty line. */
export interface Line {
  readonly kind: "line";
  readonly flat: string;
  readonly blank: boolean;
}

/** A line's end, and where `blank` an empty line; nothing more where the line has nothing on it yet. */
export interface NewLine {
  readonly kind: "new_line";
  readonly blank: boolean;
}

/** Text that may have several lines, which keep the indentation and the trailing white space they have. */
export interface Verbatim {
  readonly kind: "verbatim";
  readonly text: string;
  readonly lines: boolean;
  /** Whether the groups around it end their lines if it has several. */
  readonly forced: boolean;
}

/** `// …` behind something: a space is put before it, and whatever comes next begins a new line. */
export interface LineComment {
  readonly kind: "line_comment";
  readonly text: string;
}

/** Text only where the lines of its group end. */
export interface IfBroken {
  readonly kind: "if_broken";
  readonly text: string;
}

/** A space, unless one stands there, or a bracket was just opened. */
export interface Space {
  readonly kind: "space";
}

/** Spaces that line something up with the lines around it. They are counted once these are known, and only stand where the lines of the group end. */
export interface Pad {
  readonly kind: "pad";
  width: number;
}

export const space: Space = { kind: "space" };
export const line: Line = { kind: "line", flat: " ", blank: false };
export const lineOrBlank: Line = { kind: "line", flat: " ", blank: true };
export const softLine: Line = { kind: "line", flat: "", blank: false };
/** Between members of a body that stay on one line. */
export const memberLine: Line = { kind: "line", flat: "  ", blank: false };
export const newLine: NewLine = { kind: "new_line", blank: false };
export const blankLine: NewLine = { kind: "new_line", blank: true };
export const trailingComma: IfBroken = { kind: "if_broken", text: "," };

/** Whether every group around it must end its lines. */
export function isForced(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  switch (doc.kind) {
    case "concat":
    case "indent":
    case "group":
      return doc.forced;
    case "verbatim":
      return doc.forced;
    case "new_line":
    case "line_comment":
      return true;
    case "line":
    case "if_broken":
    case "space":
    case "pad":
      return false;
  }
}

export function concat(parts: readonly Doc[]): Concat {
  return { kind: "concat", parts, forced: parts.some(isForced) };
}

export function indent(...parts: readonly Doc[]): Indent {
  const of = concat(parts);
  return { kind: "indent", of, forced: of.forced };
}

export function group(...parts: readonly Doc[]): Group {
  const of = concat(parts);
  return { kind: "group", of, forced: of.forced };
}

/** A group whose lines end in any case. */
export function opened(...parts: readonly Doc[]): Group {
  return { kind: "group", of: concat(parts), forced: true };
}

export function verbatim(text: string, forces: boolean): Doc {
  const lines = text.includes("\n");
  return { kind: "verbatim", text, lines, forced: forces && lines };
}

/** How wide `doc` is on one line; infinite where it cannot be on one, or is wider than `most`. */
export function flatWidth(doc: Doc, most: number): number {
  if (isForced(doc)) return Number.POSITIVE_INFINITY;
  let width = 0;
  const rest: Doc[] = [doc];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === "string") width += next.length;
    else if (next.kind === "concat") {
      // No more than fit can matter: each part that is not empty is at least one wide, and few are empty.
      for (let at = next.parts.length - 1; at >= 0; at -= 1) rest.push(next.parts[at] ?? "");
    } else if (next.kind === "indent" || next.kind === "group") rest.push(next.of);
    else if (next.kind === "line") width += next.flat.length;
    else if (next.kind === "space") width += 1;
    else if (next.kind === "verbatim") width += next.lines ? Number.POSITIVE_INFINITY : next.text.length;
    if (width > most) return Number.POSITIVE_INFINITY;
  }
  return width;
}
