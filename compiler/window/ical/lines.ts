/** Content lines of RFC 5545: unfolded, taken apart, each with its place in the file. */
import type { Span } from "../../../language/tree.ts";
import type { DataFault } from "../../data/node.ts";

export interface ContentLine {
  /** Upper case. */
  readonly name: string;
  /** By upper-case name; of several values, those together as written. */
  readonly params: ReadonlyMap<string, string>;
  readonly value: string;
  readonly span: Span;
}

/** Calendars are read as far as this many faults; more are not told. */
export const MAX_FAULTS = 20;

export class Faults {
  readonly found: DataFault[] = [];

  add(span: Span, message: string, help: string | null = null, related: DataFault["related"] = null): void {
    if (this.found.length < MAX_FAULTS) this.found.push({ span, message, help, related });
  }
}

/** The lines of a calendar in order. Empty ones are passed over; what is no content line is a fault. */
export function readLines(text: string, faults: Faults): ContentLine[] {
  const lines: ContentLine[] = [];
  const physical = /[^\r\n]*(?:\r\n|\n|\r|$)/g;
  let parts: string[] = [];
  let span: Span | null = null;
  const finish = (): void => {
    if (span === null) return;
    const line = readLine(parts.join(""), span, faults);
    if (line !== null) lines.push(line);
    span = null;
    parts = [];
  };
  physical.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
  while (physical.lastIndex < text.length) {
    const start = physical.lastIndex;
    const raw = physical.exec(text)?.[0] ?? "";
    const line = raw.replace(/[\r\n]+$/, "");
    if (/^[ \t]/.test(line)) {
      if (span !== null) parts.push(line.slice(1));
      else if (line.trim() !== "")
        faults.add({ start, end: start + line.length }, "a line goes on, but none is before it");
      continue;
    }
    finish();
    if (line === "") continue;
    span = { start, end: start + line.length };
    parts = [line];
  }
  finish();
  return lines;
}

function readLine(text: string, span: Span, faults: Faults): ContentLine | null {
  const name = /^[A-Za-z0-9-]+/.exec(text)?.[0] ?? "";
  let at = name.length;
  const params = new Map<string, string>();
  while (text[at] === ";") {
    const param = /^;([A-Za-z0-9-]+)=((?:"[^"]*"|[^",;:])*(?:,(?:"[^"]*"|[^",;:])*)*)/.exec(text.slice(at, at + 4000));
    if (param === null) break;
    params.set((param[1] ?? "").toUpperCase(), (param[2] ?? "").replaceAll('"', ""));
    at += param[0].length;
  }
  if (name === "" || text[at] !== ":") {
    faults.add(
      span,
      "a line is no property",
      "each line is NAME:value, or begins with a space and goes on with the one before",
    );
    return null;
  }
  return { name: name.toUpperCase(), params, value: text.slice(at + 1), span };
}

/** `SUMMARY` and other text, without its escapes. */
export function plainText(value: string): string {
  return value.replace(/\\([\\;,nN])/g, (_, c: string) => (c === "n" || c === "N" ? "\n" : c));
}
