/** A document to text. */
import { type Doc, INDENT, isForced, WIDTH } from "./doc.ts";

interface Command {
  readonly doc: Doc;
  readonly indent: number;
  readonly flat: boolean;
}

/** A line as written: `comment` is the `// …` behind it, which is lined up with those of the lines around it. */
interface Written {
  readonly text: string;
  readonly indent: number;
  readonly comment: string | null;
}

/** The lines written so far, and the one being written. */
class Output {
  private readonly lines: Written[] = [];
  private text = "";
  private comment: string | null = null;
  /** Up to here the line's trailing white space is its own. */
  private kept = 0;
  private indent = 0;
  /** Indentation of the next line, where a comment ends this one. */
  next = 0;

  /** Room left on the line. */
  get room(): number {
    return WIDTH - (this.text === "" ? this.indent : this.text.length);
  }

  write(text: string, keep: boolean): void {
    if (this.comment !== null) this.newLine(this.next, false);
    const first = this.text === "";
    const added = first && !keep ? text.trimStart() : text;
    if (added === "") return;
    this.text += first ? " ".repeat(this.indent) + added : added;
    if (keep) this.kept = this.text.length;
  }

  space(): void {
    if (!/[\s([]$/.test(this.text.slice(-1))) this.write(" ", false);
  }

  /** Text of several lines. The first goes on this line; the others stand as they are. */
  writeLines(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.write(first, true);
    for (const other of others) {
      this.end();
      this.text = other;
      this.kept = other.length;
    }
  }

  /** A comment after which the line ends. A second one takes a line of its own, or the two would be one. */
  writeComment(text: string): void {
    if (this.comment !== null) this.newLine(this.next, false);
    if (this.text === "") this.write(text, true);
    else this.comment = text;
    if (this.text !== "" && this.comment === null) this.comment = "";
  }

  newLine(indent: number, blank: boolean): void {
    if (this.text !== "" || this.comment !== null) this.end();
    if (blank && this.lines.length > 0 && this.lines.at(-1)?.text !== "") this.lines.push(EMPTY);
    this.indent = indent;
  }

  private end(): void {
    let { length } = this.text;
    while (length > this.kept && this.text.charCodeAt(length - 1) === 0x20) length -= 1;
    const comment = this.comment === "" ? null : this.comment;
    this.lines.push({ text: this.text.slice(0, length), indent: this.indent, comment });
    this.text = "";
    this.comment = null;
    this.kept = 0;
  }

  finish(): string {
    this.newLine(0, false);
    while (this.lines.at(-1)?.text === "") this.lines.pop();
    return joined(this.lines);
  }
}

const EMPTY: Written = { text: "", indent: 0, comment: null };

/** Comments behind lines that follow each other, equally indented, begin in one column. */
function joined(lines: readonly Written[]): string {
  const parts: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const { indent, comment } = lines[at] ?? EMPTY;
    let end = at + 1;
    let column = lines[at]?.text.length ?? 0;
    while (comment !== null && lines[end]?.comment != null && lines[end]?.indent === indent) {
      column = Math.max(column, lines[end]?.text.length ?? 0);
      end += 1;
    }
    for (; at < end; at += 1) {
      const written = lines[at] ?? EMPTY;
      parts.push(written.comment === null ? written.text : `${written.text.padEnd(column)} ${written.comment}`, "\n");
    }
  }
  return parts.join("");
}

export function print(doc: Doc): string {
  const output = new Output();
  const rest: Command[] = [{ doc, indent: 0, flat: false }];
  for (let command = rest.pop(); command !== undefined; command = rest.pop()) step(command, rest, output);
  return output.finish();
}

function step(command: Command, rest: Command[], output: Output): void {
  const { doc, indent, flat } = command;
  output.next = indent;
  if (typeof doc === "string") return output.write(doc, false);
  switch (doc.kind) {
    case "concat":
      for (let at = doc.parts.length - 1; at >= 0; at -= 1) rest.push({ doc: doc.parts[at] ?? "", indent, flat });
      return;
    case "indent":
      rest.push({ doc: doc.of, indent: indent + INDENT, flat });
      return;
    case "group":
      rest.push({ doc: doc.of, indent, flat: flat || (!doc.forced && fits(doc.of, rest, output.room)) });
      return;
    case "line":
      return flat ? output.write(doc.flat, false) : output.newLine(indent, doc.blank);
    case "new_line":
      return output.newLine(indent, doc.blank);
    case "verbatim":
      return doc.lines ? output.writeLines(doc.text) : output.write(doc.text, true);
    case "line_comment":
      return output.writeComment(doc.text);
    case "if_broken":
      if (!flat) output.write(doc.text, false);
      return;
    case "space":
      return output.space();
    case "pad":
      if (!flat) output.write(" ".repeat(doc.width), false);
      return;
  }
}

interface Ahead {
  readonly doc: Doc;
  readonly flat: boolean;
  /** For what has parts: the next one. */
  readonly at: number;
}

/** Whether `doc` on one line, and what follows it up to where the line may next end, take no more than `room`. */
function fits(doc: Doc, rest: readonly Command[], room: number): boolean {
  let left = room;
  let later = rest.length;
  const ahead: Ahead[] = [{ doc, flat: true, at: 0 }];
  while (left >= 0) {
    let next = ahead.pop();
    if (next === undefined) {
      later -= 1;
      const command = rest[later];
      if (command === undefined) return true;
      next = { doc: command.doc, flat: command.flat, at: 0 };
    }
    const { doc: now, flat, at } = next;
    if (typeof now === "string") {
      left -= now.length;
      continue;
    }
    switch (now.kind) {
      case "concat": {
        const part = now.parts[at];
        if (part === undefined) break;
        ahead.push({ doc: now, flat, at: at + 1 }, { doc: part, flat, at: 0 });
        break;
      }
      case "indent":
        ahead.push({ doc: now.of, flat, at: 0 });
        break;
      case "group":
        ahead.push({ doc: now.of, flat: flat && !isForced(now), at: 0 });
        break;
      case "line":
        if (!flat) return true;
        left -= now.flat.length;
        break;
      case "new_line":
      case "line_comment":
        return true;
      case "verbatim":
        if (now.lines) return now.text.indexOf("\n") <= left;
        left -= now.text.length;
        break;
      case "if_broken":
        if (!flat) left -= now.text.length;
        break;
      case "space":
        left -= 1;
        break;
      case "pad":
        if (!flat) left -= now.width;
        break;
    }
  }
  return false;
}
