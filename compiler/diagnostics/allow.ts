/** `// opsc-allow CODE: reason`: one warning of the next line, or of the line the comment ends, that somebody has looked at. */
import type { LineIndex } from "../../language/lines.ts";
import type { Module, Span } from "../../language/tree.ts";
import { nearest } from "../check/suggest.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { CODES, diagnose, isCode, registry } from "./registry.ts";

export interface Silenced {
  readonly diagnostic: Diagnostic;
  readonly reason: string;
  /** The comment, in the diagnostic's file. */
  readonly span: Span;
}

export interface AllowFile {
  readonly text: string;
  readonly tree: Module;
  readonly lines: LineIndex;
}

interface Allow {
  readonly module: string;
  readonly span: Span;
  /** Of the code; of the whole comment where there is none. */
  readonly codeSpan: Span;
  readonly code: string;
  readonly reason: string;
  /** The line whose warning it silences. */
  readonly line: number;
}

/** Takes the warnings away that are allowed, and tells of allows that are wrong or of no use. Any order in, any order out. */
export function applyAllows(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, AllowFile>,
): { readonly diagnostics: readonly Diagnostic[]; readonly silenced: readonly Silenced[] } {
  const allows = [...files].flatMap(([path, file]) => allowsOf(path, file));
  if (allows.length === 0) return { diagnostics, silenced: [] };
  const broken = new Set(diagnostics.filter((d) => d.severity === "error").map((d) => d.module));
  const byLine = new Map(allows.map((allow) => [keyOf(allow.module, allow.line, allow.code), allow]));
  const used = new Set<Allow>();
  const silenced: Silenced[] = [];
  const kept = diagnostics.filter((diagnostic) => {
    const line = files.get(diagnostic.module)?.lines.position(diagnostic.span.start).line ?? 0;
    const allow = byLine.get(keyOf(diagnostic.module, line, diagnostic.code));
    if (allow === undefined || diagnostic.severity === "error") return true;
    used.add(allow);
    // One without a reason is told of by itself.
    if (allow.reason !== "") silenced.push({ diagnostic, reason: allow.reason, span: allow.span });
    return false;
  });
  const told = allows.flatMap((allow) => tell(allow, used.has(allow), broken.has(allow.module)));
  return { diagnostics: [...kept, ...told], silenced };
}

const keyOf = (module: string, line: number, code: string): string => JSON.stringify([module, line, code]);

function allowsOf(module: string, { text, tree, lines }: AllowFile): Allow[] {
  const comments = new Set(tree.comments.map(({ span }) => lines.position(span.start).line));
  return tree.comments.flatMap(({ span, text: comment }) => {
    const match = /^(\/\/\s*opsc-allow(?![\w-])\s*)([A-Za-z][\w-]*)?\s*:?\s*(.*)$/s.exec(comment);
    if (match === null) return [];
    const [, lead = "", code = "", reason = ""] = match;
    const own = lines.position(span.start).line;
    const alone = text.slice(lines.line(own).start, span.start).trim() === "";
    const start = span.start + lead.length;
    const codeSpan = code === "" ? span : { start, end: start + code.length };
    return [
      { module, span, codeSpan, code, reason: reason.trim(), line: alone ? nextLine(own, comments, lines, text) : own },
    ];
  });
}

/** Several allows may stand above one line. */
function nextLine(own: number, comments: ReadonlySet<number>, lines: LineIndex, text: string): number {
  let line = own + 1;
  while (comments.has(line) && /^\s*\/\//.test(text.slice(lines.line(line).start, lines.line(line).end))) line += 1;
  return line;
}

function tell(allow: Allow, used: boolean, broken: boolean): Diagnostic[] {
  const { module, span, codeSpan, code, reason } = allow;
  if (code === "") return [diagnose("allow-incomplete", module, span, { what: "the code of a warning" })];
  if (!isCode(code)) return [diagnose("allow-unknown", module, codeSpan, { code, near: nearest(code, CODES) })];
  if (registry[code].severity === "error") return [diagnose("allow-error", module, codeSpan, { code })];
  if (reason === "") return [diagnose("allow-incomplete", module, span, { what: "a reason" })];
  // Where there are errors, some warnings are not looked for.
  return used || broken ? [] : [diagnose("allow-unused", module, span, { code })];
}
