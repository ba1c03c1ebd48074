/** Offsets to lines and columns, and back. */

/** A place as people count: line and column from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineIndex {
  readonly lineCount: number;
  /** The place of an offset; an offset outside the text counts as the nearest one inside. */
  position(offset: number): Position;
  /** The offset of a place; a line or column that is not there counts as the nearest one that is. */
  offset(position: Position): number;
  /** The span of a line (from 1) without its line end, empty for a line that is not there. */
  line(line: number): { readonly start: number; readonly end: number };
}

const LF = 0x0a;
const CR = 0x0d;

function lineStarts(text: string): number[] {
  const starts = [text.charCodeAt(0) === 0xfeff ? 1 : 0];
  if (!text.includes("\r")) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LF || (code === CR && text.charCodeAt(at + 1) !== LF)) starts.push(at + 1);
  }
  return starts;
}

/**
 * Lines end at LF, CRLF or CR, as the protocol of editors has it. A byte order mark at the start of the text takes
 * no column: what follows it is column 1.
 */
export function lineIndex(text: string): LineIndex {
  const starts = lineStarts(text);
  const startOf = (line: number): number => starts[line - 1] ?? text.length;
  const endOf = (line: number): number => {
    let end = starts[line] ?? text.length;
    if (line < starts.length) {
      end -= 1;
      if (text.charCodeAt(end) === LF && text.charCodeAt(end - 1) === CR && end > startOf(line)) end -= 1;
    }
    return Math.max(end, startOf(line));
  };
  return {
    lineCount: starts.length,
    position(offset) {
      const at = Math.min(Math.max(offset, 0), text.length);
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: Math.max(at - startOf(low + 1), 0) + 1 };
    },
    offset({ line, column }) {
      const known = Math.min(Math.max(line, 1), starts.length);
      return Math.min(startOf(known) + Math.max(column - 1, 0), endOf(known));
    },
    line: (line) => ({ start: startOf(line), end: endOf(line) }),
  };
}
