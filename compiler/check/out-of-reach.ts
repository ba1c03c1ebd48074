/** Names that are there, in the same action, and cannot be read from where they are asked for. */
import type * as tree from "../../language/tree.ts";
import type { Extra } from "../diagnostics/registry.ts";
import { type Context, SUGGESTION_WORK } from "./context.ts";

const BINDING = ["step", "check", "fact", "let"] as const;
type BindingStatement = Extract<tree.Statement, { kind: (typeof BINDING)[number] }>;

/** Where the action binds `name` out of reach of `span`, and what that means; null where it does not. */
export function outOfReach(cx: Context, name: string, span: tree.Span): Extra | null {
  if (cx.action === null) return null;
  const item = cx.module.tree.items.find((each) => each.span.start <= span.start && span.end <= each.span.end);
  const later = item?.kind === "action" ? item.params.find((p) => p.name.text === name) : undefined;
  if (later !== undefined && later.name.span.start > span.start) {
    const help = `${name} comes later: an input may read those before it, so say this of ${name}, or move it up`;
    return { help, related: [{ module: cx.module.path, span: later.name.span, note: "comes later" }] };
  }
  const found = item?.kind === "action" ? bindingOf(cx, item.body?.members ?? [], name) : null;
  if (found?.name == null) return null;
  const below = found.name.span.start > span.start;
  const help = below
    ? `${name} stands below: what is not done yet has no result; move it up, or do without its result`
    : `what stands in parallel, if or for has not surely come before: read ${name} in its own block, or move it out`;
  const note = below ? "only done later" : "known in this block only";
  return { help, related: [{ module: cx.module.path, span: found.name.span, note }] };
}

function bindingOf(cx: Context, body: readonly tree.Statement[], name: string): BindingStatement | null {
  for (const statement of body) {
    cx.project.suggestions.work += 100;
    if (cx.project.suggestions.work > SUGGESTION_WORK) return null;
    if (isBinding(statement) && statement.name?.text === name) return statement;
    for (const block of blocksOf(statement)) {
      const inner = bindingOf(cx, block, name);
      if (inner !== null) return inner;
    }
  }
  return null;
}

function isBinding(statement: tree.Statement): statement is BindingStatement {
  return BINDING.some((kind) => kind === statement.kind);
}

function blocksOf(statement: tree.Statement): readonly (readonly tree.Statement[])[] {
  switch (statement.kind) {
    case "if": {
      const otherwise = statement.else;
      const last = otherwise === null ? [] : "kind" in otherwise ? [otherwise] : otherwise.members;
      return [statement.then?.members ?? [], last];
    }
    case "for":
    case "parallel":
    case "branch":
      return [statement.body?.members ?? []];
    default:
      return [];
  }
}
