/** Statements: what stands in a body. */
import type {
  ApproveStatement,
  Body,
  CheckStatement,
  Expr,
  ForStatement,
  IfStatement,
  RollbackStatement,
  Statement,
  StepStatement,
  TypeNode,
  WindowRule,
} from "../tree.ts";
import { body, bodyParts, isOpen } from "./bodies.ts";
import type { Cursor } from "./cursor.ts";
import { concat, type Doc, flatWidth, group, indent, line, newLine, opened, type Pad, WIDTH } from "./doc.ts";
import { expression } from "./expressions.ts";
import { recordFields, typeOf } from "./types.ts";

/** A member or a declaration, and where it is lined up with those around it: see `align.ts`. */
export interface Bound {
  readonly doc: Doc;
  readonly sort: string | null;
  readonly pad: Pad | null;
  readonly before: number;
}

export function unbound(...parts: readonly Doc[]): Bound {
  return { doc: concat(parts), sort: null, pad: null, before: 0 };
}

/** `start = rest`, lined up at the sign with others of its `sort`. */
export function bound(at: Cursor, sort: string, start: readonly Doc[], rest: () => readonly Doc[], sign = "="): Bound {
  const head = concat(start);
  const pad: Pad = { kind: "pad", width: 0 };
  const before = flatWidth(head, WIDTH);
  const doc = concat([head, " ", pad, at.expect(sign), " ", ...rest()]);
  return Number.isFinite(before) ? { doc, sort, pad, before } : unbound(doc);
}

/** ` { … }` behind a header. */
export function trailingBody(at: Cursor, node: Body | null): Doc {
  return node === null ? "" : concat([" ", body(at, node)]);
}

/** Words and values in turn, with a space between. */
function words(at: Cursor, ...parts: readonly (string | Expr | null)[]): Doc {
  const docs: Doc[] = [];
  for (const part of parts) {
    if (part === null) continue;
    if (docs.length > 0) docs.push(" ");
    docs.push(typeof part === "string" ? at.expect(part) : expression(at, part));
  }
  return concat(docs);
}

export function statement(at: Cursor, node: Statement): Bound {
  switch (node.kind) {
    case "property":
      return bound(at, "property", [at.take()], () => [expression(at, node.value)]);
    case "block":
      return unbound(at.take(), trailingBody(at, node.body));
    case "let":
      return letStatement(at, node.type, node.value);
    case "fact":
      return bound(at, "binding", [at.expect("fact"), " ", at.take()], () => [expression(at, node.call)]);
    case "step":
    case "check":
      return step(at, node);
    case "require":
      return unbound(required(at, node.condition, node.message));
    case "approve":
      return unbound(approve(at, node));
    case "escalate":
      return unbound(
        words(at, "escalate", "to", node.to),
        node.after === null ? "" : concat([" ", words(at, "after", node.after)]),
      );
    case "wait":
      return unbound(words(at, "wait", node.duration));
    case "if":
      return unbound(ifStatement(at, node));
    case "for":
      return unbound(forStatement(at, node));
    case "parallel":
    case "branch":
      return unbound(at.expect(node.kind), trailingBody(at, node.body));
    case "on":
      return unbound(at.expect("on"), " ", at.take(), trailingBody(at, node.body));
    case "return":
      return unbound(words(at, "return", node.value));
    case "rollback":
      return unbound(at.expect("rollback"), " ", rollback(at, node.how));
    case "irreversible":
      return unbound(words(at, "irreversible", node.why));
    case "applies":
      return unbound(applies(at, node.with, node.when));
    case "override":
      return unbound(at.expect("override"), " ", people(at, node.mode, node.by));
    case "window_rule":
      return unbound(windowRule(at, node));
    case "given":
      return unbound(words(at, "given", node.what, node.how === "is" ? "=" : node.how, node.value));
    case "run":
      return unbound(
        words(at, "run", node.call),
        node.by === null ? "" : concat([" ", words(at, "by", node.by)]),
        trailingBody(at, node.body),
      );
    case "approved":
      return unbound(approved(at, node.by));
    case "expect":
      return unbound(expected(at, node.what));
  }
}

/** `let x: T = v`, or `let x = v as T`, as it is written. One with a type before its `=` is not lined up: types are long. */
export function letStatement(at: Cursor, type: TypeNode | null, value: Expr): Bound {
  const start: Doc[] = [at.expect("let"), " ", at.take()];
  if (type !== null && at.word === ":") {
    const typed = [at.expect(":"), " ", typeOf(at, type), " ", at.expect("="), " "];
    return unbound(...start, ...typed, expression(at, value));
  }
  return bound(at, "binding", start, () => {
    const parts: Doc[] = [expression(at, value)];
    if (type !== null) parts.push(" ", at.expect("as"), " ", typeOf(at, type));
    return parts;
  });
}

function step(at: Cursor, node: StepStatement | CheckStatement): Bound {
  return bound(at, "binding", [at.expect(node.kind), " ", at.take()], () => {
    const call = expression(at, node.call);
    return [call, ...headed(at, stepClauses(at, node), node.body)];
  });
}

/** `when cond after a, b`, in the order they are written in. */
function stepClauses(at: Cursor, { when, after, body, span }: StepStatement | CheckStatement): Doc[] {
  const parts: Doc[] = [];
  const end = body?.span.start ?? span.end;
  while (at.offset < end) {
    if (at.word === "when" && when !== null) parts.push(at.trail(), line, words(at, "when", when));
    else parts.push(at.trail(), line, at.expect("after"), " ", names(at, after.length));
  }
  return parts;
}

/** Clauses and the body they head. Where each clause has a line of its own, so has the brace: the body is indented as they are. */
function headed(at: Cursor, clauses: readonly Doc[], node: Body | null): Doc[] {
  if (clauses.length === 0) return [trailingBody(at, node)];
  if (node === null) return [group(indent(concat(clauses)))];
  return [group(indent(concat(clauses)), at.trail(), line), body(at, node)];
}

/** `a, b`: at least one, and no more than `most`, which is how many all clauses have. */
function names(at: Cursor, most: number): Doc {
  const parts: Doc[] = [at.take()];
  for (let count = 1; count < most && at.atComma; count += 1) parts.push(at.take(), " ", at.take());
  return concat(parts);
}

/** A message that begins a line of its own stays there. */
function required(at: Cursor, condition: Expr, message: Expr | null): Doc {
  const parts: Doc[] = [at.expect("require"), " ", expression(at, condition)];
  if (message !== null) {
    const own = at.onNewLine ? newLine : line;
    parts.push(indent(at.trail(), own, at.expect("else"), " ", expression(at, message)));
  }
  return group(concat(parts));
}

/** `by a`, `by any of [a, b]`, `by all of [a, b]` */
function people(at: Cursor, mode: ApproveStatement["mode"], by: Expr): Doc {
  return mode === "one" ? words(at, "by", by) : words(at, "by", mode, "of", by);
}

function approve(at: Cursor, node: ApproveStatement): Doc {
  const parts: Doc[] = [at.expect("approve"), " ", people(at, node.mode, node.by)];
  const clauses = node.when === null ? [] : [at.trail(), line, words(at, "when", node.when)];
  return concat([...parts, ...headed(at, clauses, node.body)]);
}

/** All branches are on one line, or each member of each begins a line. */
function ifStatement(at: Cursor, node: IfStatement): Doc {
  const open = branches(node).some((branch) => isOpen(at, branch));
  const head = words(at, "if", node.condition);
  const parts: Doc[] = [];
  const branch = (of: Body | null): void => {
    if (of !== null) parts.push(" ", ...bodyParts(at, of, open).parts);
  };
  branch(node.then);
  let last = node.else;
  while (last !== null) {
    parts.push(" ", at.expect("else"));
    if (!("kind" in last)) {
      branch(last);
      break;
    }
    parts.push(" ", words(at, "if", last.condition));
    branch(last.then);
    last = last.else;
  }
  return concat([head, open ? opened(...parts) : group(...parts)]);
}

function branches(node: IfStatement): Body[] {
  const found: Body[] = [];
  let at: IfStatement | Body | null = node;
  while (at !== null) {
    if (!("kind" in at)) return [...found, at];
    if (at.then !== null) found.push(at.then);
    at = at.else;
  }
  return found;
}

/** The clauses of a loop stand in the order they are written in. */
function forStatement(at: Cursor, node: ForStatement): Doc {
  const start = concat([at.expect("for"), " ", at.take(), " ", words(at, "in", node.over)]);
  const clauses: Doc[] = [];
  const opener = node.body?.span.start ?? node.span.end;
  while (at.offset < opener) clauses.push(at.trail(), line, clause(at, node));
  return concat([start, ...headed(at, clauses, node.body)]);
}

function clause(at: Cursor, node: ForStatement): Doc {
  switch (at.word) {
    case "key":
      return words(at, "key", node.key);
    case "batch":
      return words(at, "batch", node.batch);
    case "every":
      return words(at, "every", node.every);
    case "tolerate":
      return words(at, "tolerate", node.tolerate);
    case "at":
      return words(at, "at", "most", node.atMost);
    default:
      return words(at, "allow", "empty");
  }
}

function rollback(at: Cursor, how: RollbackStatement["how"]): Doc {
  switch (how.kind) {
    case "call":
      return expression(at, how.call);
    case "block":
      return body(at, how.body);
    case "auto":
      return at.expect("auto");
    case "nothing":
      return words(at, "nothing", how.why);
  }
}

function applies(at: Cursor, fields: Parameters<typeof recordFields>[1], when: Expr | null): Doc {
  const parts: Doc[] = [words(at, "applies", "to", "action")];
  if (at.word === "with") parts.push(" ", at.expect("with"), " ", recordFields(at, fields));
  if (when !== null) parts.push(group(indent(at.trail(), line, words(at, "when", when))));
  return concat(parts);
}

/** Commas between the parts of a rule stay where they are written. */
function windowRule(at: Cursor, { effect, parts, because }: WindowRule): Doc {
  const docs: Doc[] = [at.expect(effect)];
  for (const part of parts) {
    if (at.atComma) docs.push(at.take());
    docs.push(" ", expression(at, part));
  }
  if (because !== null) docs.push(indent(at.trail(), line, words(at, "because", because)));
  return group(concat(docs));
}

function approved(at: Cursor, by: readonly Expr[]): Doc {
  const docs: Doc[] = [at.expect("approved"), " ", at.expect("by")];
  for (const [index, who] of by.entries()) {
    if (index > 0) docs.push(at.expect(","));
    docs.push(" ", expression(at, who));
  }
  return concat(docs);
}

function expected(at: Cursor, what: Extract<Statement, { kind: "expect" }>["what"]): Doc {
  switch (what.kind) {
    case "holds":
      return words(at, "expect", what.condition);
    case "call": {
      const call = words(at, "expect", what.of);
      const called = what.called ? words(at, "called") : words(at, "not", "called");
      if (what.with === null) return concat([call, " ", called]);
      return concat([call, " ", called, " ", words(at, "with", what.with)]);
    }
  }
}
