/** What each name of a file is, for colours that a grammar alone cannot give. */

import { DECLARATION_WORDS, STATEMENT_WORDS } from "../../language/tokens.ts";
import type { Span } from "../../language/tree.ts";
import type { Node } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Analysis } from "./analysis.ts";
import type { DeclaredAs } from "./declared.ts";
import { namesIn } from "./references.ts";
import { type Meaning, namedIn } from "./symbol.ts";

export type TokenKind =
  | "keyword"
  | "namespace"
  | "type"
  | "enum"
  | "enumMember"
  | "property"
  | "parameter"
  | "variable"
  | "function"
  | "method"
  | "class"
  | "interface"
  | "event";

export const TOKEN_KINDS: readonly TokenKind[] = [
  "keyword",
  "namespace",
  "type",
  "enum",
  "enumMember",
  "property",
  "parameter",
  "variable",
  "function",
  "method",
  "class",
  "interface",
  "event",
];

/** `declaration` where it is declared · `readonly` what is known before the run · `modification` a call that writes · `destructive` one that destroys. */
export const TOKEN_MARKS = ["declaration", "readonly", "modification", "destructive"] as const;
export type TokenMark = (typeof TOKEN_MARKS)[number];

export interface Token {
  readonly span: Span;
  readonly kind: TokenKind;
  readonly marks: readonly TokenMark[];
}

/** In the order of the text, none overlapping another; of a part of the text where `within` is given. */
export function tokensOf(analysis: Analysis, file: Parsed, within: Span | null = null): Token[] {
  const observed = analysis.whole(file.path);
  const names = namesIn(file, null).flatMap((nodes): Token[] => {
    const node = nodes.at(-1);
    if (node === undefined || !overlaps(node.span, within) || node.span.end <= node.span.start) return [];
    const named = namedIn(analysis, { file, offset: node.span.start, nodes, observed });
    return named === null ? [] : [tokenOf(named.span, named.meaning, file)];
  });
  return [...names, ...words(file, within)].sort((a, b) => a.span.start - b.span.start);
}

const overlaps = (span: Span, within: Span | null): boolean =>
  within === null || (span.start <= within.end && span.end >= within.start);

function tokenOf(span: Span, meaning: Meaning, file: Parsed): Token {
  switch (meaning.is) {
    case "declared": {
      const { declared } = meaning;
      const here = declared.module === file.path && declared.span.start === span.start;
      return { span, kind: DECLARED[declared.as], marks: here ? ["declaration"] : [] };
    }
    case "operation": {
      const effect = meaning.manifest.operations[meaning.name]?.effect;
      return {
        span,
        kind: "function",
        marks: effect === "write" ? ["modification"] : effect === "destroy" ? ["destructive"] : [],
      };
    }
    case "operation parameter":
      return { span, kind: "parameter", marks: [] };
    case "provider":
      return { span, kind: "namespace", marks: [] };
    case "field":
    case "property":
      return { span, kind: "property", marks: [] };
    case "method":
      return { span, kind: "method", marks: [] };
    case "type name":
      return { span, kind: "type", marks: [] };
    case "word":
      return { span, kind: "enumMember", marks: [] };
    case "given":
      return { span, kind: "variable", marks: ["readonly"] };
    case "file":
      return { span, kind: "namespace", marks: [] };
  }
}

const DECLARED: Readonly<Record<DeclaredAs, TokenKind>> = {
  provider: "namespace",
  enum: "enum",
  member: "enumMember",
  type: "type",
  field: "property",
  approver: "class",
  window: "class",
  secret: "class",
  operation: "function",
  guardrail: "interface",
  action: "function",
  input: "parameter",
  parameter: "parameter",
  let: "variable",
  fact: "variable",
  step: "variable",
  check: "variable",
  each: "variable",
  alias: "variable",
};

/** Words that are keywords by where they stand, and names elsewhere. */
function words(file: Parsed, within: Span | null): Token[] {
  const found: Token[] = [];
  const tell = ({ span }: Node, allowed: ReadonlyMap<string, unknown>): void => {
    const word = /^[a-z_]+/.exec(file.text.slice(span.start, span.start + 16))?.[0] ?? "";
    const place = { start: span.start, end: span.start + word.length };
    if (allowed.has(word) && overlaps(place, within)) found.push({ span: place, kind: "keyword", marks: [] });
  };
  for (const item of file.tree.items) {
    if (item.kind === "window" || item.kind === "secret" || item.kind === "test") tell(item, DECLARATION_WORDS);
    if (!("body" in item)) continue;
    for (const member of item.body?.members ?? [])
      if (["window_rule", "given", "run", "expect"].includes(member.kind)) tell(member, STATEMENT_WORDS);
  }
  return found;
}
