/**
 * `// opsc-allow CODE: reason`: a warning that somebody has looked at. Alone on its line it is of what begins on the next, a
 * statement without those in its braces, a declaration's head, an argument, however many lines that takes; behind something,
 * of its own line.
 */
import type { LineIndex } from "../../language/lines.ts";
import { nearest } from "../../language/nearest.ts";
import type { Module, Span } from "../../language/tree.ts";
import { children, type Node, visit } from "../../language/walk.ts";
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
  /** What begins on that line and goes on after it, without what is nested in braces; null where it ends there. */
  readonly over: { readonly whole: Span; readonly nested: readonly Span[] } | null;
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
  const longer = new Map<string, Allow[]>();
  for (const allow of allows) {
    if (allow.over === null) continue;
    const key = keyOf(allow.module, 0, allow.code);
    longer.set(key, [...(longer.get(key) ?? []), allow]);
  }
  const used = new Set<Allow>();
  const silenced: Silenced[] = [];
  const kept = diagnostics.filter((diagnostic) => {
    const line = files.get(diagnostic.module)?.lines.position(diagnostic.span.start).line ?? 0;
    const allow =
      byLine.get(keyOf(diagnostic.module, line, diagnostic.code)) ??
      longer.get(keyOf(diagnostic.module, 0, diagnostic.code))?.find((each) => covers(each, diagnostic.span.start));
    if (allow === undefined || diagnostic.severity === "error") return true;
    used.add(allow);
    // One without a reason is told of by itself.
    if (allow.reason !== "") silenced.push({ diagnostic, reason: allow.reason, span: allow.span });
    return false;
  });
  const told = allows.flatMap((allow) => tell(allow, used.has(allow), broken.has(allow.module)));
  return { diagnostics: [...kept, ...told], silenced };
}

/** Of two that go over one place, the later begins further in; a statement's braces are left out, so there is one at most. */
function covers({ over }: Allow, at: number): boolean {
  const within = (span: Span): boolean => span.start <= at && at < span.end;
  return over !== null && within(over.whole) && !over.nested.some(within);
}

const keyOf = (module: string, line: number, code: string): string => JSON.stringify([module, line, code]);

function allowsOf(module: string, { text, tree, lines }: AllowFile): Allow[] {
  let nodes: ReadonlyMap<number, Node> | null = null;
  return tree.comments.flatMap(({ span, text: comment }) => {
    const match = /^(\/\/\s*opsc-allow(?![\w-])\s*)([A-Za-z][\w-]*)?\s*:?\s*(.*)$/s.exec(comment);
    if (match === null) return [];
    const [, lead = "", code = "", reason = ""] = match;
    const own = lines.position(span.start).line;
    const alone = text.slice(lines.line(own).start, span.start).trim() === "";
    const start = span.start + lead.length;
    const codeSpan = code === "" ? span : { start, end: start + code.length };
    const line = alone ? nextLine(own, lines, text) : own;
    nodes ??= byStart(tree);
    const over = alone ? beginningOn(nodes, lines.line(line), text) : null;
    return [{ module, span, codeSpan, code, reason: reason.trim(), line, over }];
  });
}

/** Several allows, other comments and documentation may stand above one line. */
function nextLine(own: number, lines: LineIndex, text: string): number {
  let line = own + 1;
  while (line <= lines.lineCount && /^\s*\/\//.test(text.slice(lines.line(line).start, lines.line(line).end)))
    line += 1;
  return line;
}

/** The outermost node that is the first thing on the line, if it ends on a later one. */
function beginningOn(
  nodes: ReadonlyMap<number, Node>,
  { start, end }: { readonly start: number; readonly end: number },
  text: string,
): Allow["over"] {
  const node = nodes.get(start + Math.max(0, text.slice(start, end).search(/\S/)));
  if (node === undefined || node.span.end <= end) return null;
  return {
    whole: node.span,
    nested: children(node)
      .filter(isNested)
      .map(({ span }) => span),
  };
}

/** The outermost node that begins at each place. Braces are none: what stands in them is on lines of its own. */
function byStart(tree: Module): ReadonlyMap<number, Node> {
  const found = new Map<number, Node>();
  visit(tree, (node) => {
    if (node !== tree && !("closed" in node) && !found.has(node.span.start)) found.set(node.span.start, node);
    return true;
  });
  return found;
}

/** Bodies, and the `if` after `else`: statements of their own. */
const isNested = (node: Node): boolean => "closed" in node || ("kind" in node && node.kind === "if");

function tell(allow: Allow, used: boolean, broken: boolean): Diagnostic[] {
  const { module, span, codeSpan, code, reason } = allow;
  if (code === "") return [diagnose("allow-incomplete", module, span, { what: "the code of a warning" })];
  if (!isCode(code)) return [diagnose("allow-unknown", module, codeSpan, { code, near: nearest(code, CODES) })];
  if (registry[code].severity === "error") return [diagnose("allow-error", module, codeSpan, { code })];
  if (reason === "") return [diagnose("allow-incomplete", module, span, { what: "a reason" })];
  // Where there are errors, some warnings are not looked for.
  return used || broken ? [] : [diagnose("allow-unused", module, span, { code })];
}
