/** What is shown of the name under a pointer. */
import type { Span } from "../../language/tree.ts";
import { DECLARATION_PHRASES, plainPhrase, STATEMENT_PHRASES } from "../schema/phrases.ts";
import { briefType } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import { type Description, describe, knownValue } from "./describe.ts";
import { type Meaning, namedAt } from "./symbol.ts";

export interface Hovered extends Description {
  readonly span: Span;
}

/** Null where nothing is to be said. */
export function hover(analysis: Analysis, path: string, offset: number): Hovered | null {
  const named = namedAt(analysis, path, offset);
  if (named !== null) {
    const described = describe(analysis, named.meaning);
    const value = valueNamed(analysis, path, offset, named.meaning);
    const told = value === null || described.code.endsWith(` = ${value}`);
    return { span: named.span, ...described, notes: told ? described.notes : [`is ${value}`, ...described.notes] };
  }
  return valueAt(analysis, path, offset) ?? keywordAt(analysis, path, offset);
}

/** What a name stands for here, or a field or the result of a method, where that is known without a plan. */
function valueNamed(analysis: Analysis, path: string, offset: number, meaning: Meaning): string | null {
  // A word is its own value, and so is what is known by its name.
  if (
    meaning.is === "word" ||
    (meaning.is === "declared" && ["member", "approver", "window"].includes(meaning.declared.as))
  )
    return null;
  const [name, field, call] = analysis.spot(path, offset)?.nodes.toReversed() ?? [];
  if (name === undefined) return null;
  if ("kind" in name && name.kind === "name") return knownValue(analysis, path, name);
  if (field === undefined || !("kind" in field) || field.kind !== "field") return null;
  const isCalled = call !== undefined && "kind" in call && call.kind === "call" && call.callee === field;
  return knownValue(analysis, path, isCalled ? call : field);
}

/** The word that a declaration or a statement begins with: what such a one is for. */
function keywordAt(analysis: Analysis, path: string, offset: number): Hovered | null {
  const spot = analysis.spot(path, offset);
  const file = analysis.file(path);
  const node = spot?.nodes.findLast((each) => "kind" in each && (isStatement(each.kind) || isItem(each.kind)));
  if (file === null || node === undefined || !("kind" in node)) return null;
  const word = /^[a-z_]+/.exec(file.text.slice(wordStart(file.text, node.span), node.span.end))?.[0] ?? "";
  const start = wordStart(file.text, node.span);
  const span = { start, end: start + word.length };
  const phrases = isStatement(node.kind)
    ? STATEMENT_PHRASES[node.kind]
    : isItem(node.kind)
      ? DECLARATION_PHRASES[node.kind]
      : [];
  const own = phrases.filter(({ label }) => label.split(" ")[0] === word);
  const phrase = own.findLast(({ label }) => file.text.startsWith(label, start)) ?? own[0];
  if (phrase === undefined || offset < span.start || offset > span.end) return null;
  return { span, code: plainPhrase(phrase.insert), doc: phrase.doc, notes: [] };
}

const isStatement = (kind: string): kind is keyof typeof STATEMENT_PHRASES => Object.hasOwn(STATEMENT_PHRASES, kind);
const isItem = (kind: string): kind is keyof typeof DECLARATION_PHRASES => Object.hasOwn(DECLARATION_PHRASES, kind);

/** Behind the comments that a declaration begins with. */
function wordStart(text: string, { start, end }: Span): number {
  const comments = /^(?:[ \t]*\/\/[^\n]*\n|\s)*/.exec(text.slice(start, end))?.[0].length ?? 0;
  return start + comments;
}

/** The type of a whole value that is no name, such as a text or a number with a unit. */
function valueAt(analysis: Analysis, path: string, offset: number): Hovered | null {
  const spot = analysis.spot(path, offset);
  const node = spot?.nodes.at(-1);
  if (spot == null || node === undefined || !("kind" in node)) return null;
  if (node.kind !== "unit" && node.kind !== "number" && node.kind !== "bool" && node.kind !== "match") return null;
  const seen = spot.observed?.observer.exprs.get(node);
  if (seen === undefined || seen.type.kind === "error") return null;
  return { span: node.span, code: briefType(seen.type), doc: null, notes: [] };
}
