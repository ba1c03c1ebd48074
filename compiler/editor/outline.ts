/** What a file declares, as a tree; and what all files declare, by name. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import type { Parsed } from "../check/context.ts";
import { nameOf } from "../check/import-graph.ts";
import { packageOf } from "../check/packages.ts";
import type { Analysis } from "./analysis.ts";
import type { DeclaredAs } from "./declared.ts";

export interface Outlined {
  readonly name: string;
  readonly as: DeclaredAs | "test" | "hook" | "loop" | "condition";
  /** Short words beside the name: the operation that a step calls. */
  readonly detail: string;
  readonly span: Span;
  /** Of the name. */
  readonly nameSpan: Span;
  readonly children: readonly Outlined[];
}

export function outlineOf(file: Parsed): Outlined[] {
  return file.tree.items.flatMap((item) => ofItem(file, item));
}

function ofItem(file: Parsed, item: tree.Item): Outlined[] {
  if (item.kind === "import") return [];
  if (item.kind === "test") {
    const span = item.title?.span ?? item.span;
    return [entry("test", file.text.slice(span.start, span.end) || "test", "", item.span, span, [])];
  }
  const name = nameOf(item);
  if (name === null) return [];
  const as = item.kind === "use" ? "provider" : item.kind;
  return [entry(as, name.text, "", item.span, name.span, inside(file, item))];
}

function entry(
  as: Outlined["as"],
  name: string,
  detail: string,
  span: Span,
  nameSpan: Span,
  children: readonly Outlined[],
): Outlined {
  return { as, name, detail, span, nameSpan, children };
}

function inside(file: Parsed, item: tree.Item): Outlined[] {
  switch (item.kind) {
    case "enum":
      return item.members.map(({ name }) => entry("member", name.text, "", name.span, name.span, []));
    case "type":
      return item.type.kind === "record_type"
        ? item.type.fields.map(({ name, span }) => entry("field", name.text, "", span, name.span, []))
        : [];
    case "action":
      return [
        ...item.params.map(({ name, span }) => entry("input", name.text, "", span, name.span, [])),
        ...statements(file, item.body),
      ];
    case "import":
    case "use":
    case "approver":
    case "window":
    case "secret":
    case "operation":
    case "guardrail":
    case "let":
    case "test":
      return [];
  }
}

function statements(file: Parsed, body: tree.Body | null): Outlined[] {
  return (body?.members ?? []).flatMap((statement) => ofStatement(file, statement));
}

function ofStatement(file: Parsed, statement: tree.Statement): Outlined[] {
  const text = ({ start, end }: Span): string => file.text.slice(start, end).replace(/\s+/g, " ");
  switch (statement.kind) {
    case "step":
    case "check":
    case "fact": {
      const { name, call, kind, span } = statement;
      const detail = call.kind === "call" ? text(call.callee.span) : "";
      return name === null ? [] : [entry(kind, name.text, detail, span, name.span, [])];
    }
    case "let":
      return statement.name === null
        ? []
        : [entry("let", statement.name.text, "", statement.span, statement.name.span, [])];
    case "for": {
      const { name, over, span, body } = statement;
      const head = { start: span.start, end: over.span.end };
      return [entry("loop", text(head), "", span, name?.span ?? head, statements(file, body))];
    }
    case "if": {
      const head = { start: statement.span.start, end: statement.condition.span.end };
      const other = statement.else;
      const otherwise = other === null ? [] : "kind" in other ? ofStatement(file, other) : statements(file, other);
      return [
        entry("condition", text(head), "", statement.span, head, [...statements(file, statement.then), ...otherwise]),
      ];
    }
    case "parallel":
    case "branch":
      return statements(file, statement.body);
    case "on": {
      const head = statement.event?.span ?? statement.span;
      return [
        entry(
          "hook",
          `on ${statement.event?.text ?? ""}`.trim(),
          "",
          statement.span,
          head,
          statements(file, statement.body),
        ),
      ];
    }
    default:
      return [];
  }
}

export interface Found {
  readonly module: string;
  readonly outlined: Outlined;
}

/** What the project's files declare whose name holds the letters of `query`, in their order; at most `most`. */
export function findDeclared(analysis: Analysis, query: string, most: number): Found[] {
  const letters = query.toLowerCase();
  const found: Found[] = [];
  for (const file of analysis.files.values()) {
    if (packageOf(file.path) !== null) continue;
    for (const outlined of outlineOf(file)) {
      if (found.length >= most) return found;
      if (holds(outlined.name.toLowerCase(), letters)) found.push({ module: file.path, outlined });
    }
  }
  return found;
}

function holds(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
