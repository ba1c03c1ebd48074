/** An argument that is code for another system: text written where it stands, whose holes the provider quotes. */
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import { templateExpr } from "../ir/template.ts";
import { STRING } from "../types/relations.ts";
import { type Context, foldAll, NO_VALUE, report } from "./context.ts";
import { checkExpr, checkParts } from "./expr.ts";

/**
 * The value of `node`, its holes apart from its text. Text, numbers and truth values stand in a hole as they are;
 * durations, sizes and the like as they are written, since no other system counts in the language's units.
 */
export function checkTemplate(
  cx: Context,
  node: tree.Expr,
  param: { readonly name: string; readonly template: string; readonly optional: boolean },
): Expr {
  if (node.kind === "paren") return checkTemplate(cx, node.inner, param);
  if (node.kind !== "string") {
    const before = cx.project.diagnostics.length;
    const { expr } = checkExpr(cx, node, STRING);
    if (node.kind === "none" && param.optional) return expr;
    if (node.kind !== "missing" && cx.project.diagnostics.length === before)
      report(cx, "template-not-literal", node.span, { param: param.name, language: param.template });
    return NO_VALUE;
  }
  const parts = [""];
  const holes: Expr[] = [];
  for (const part of checkParts(cx, node, false)) {
    if (typeof part === "string") parts.push(`${parts.pop() ?? ""}${part}`);
    else {
      holes.push(part.as === "plain" ? part.e : { k: "text", parts: [part] });
      parts.push("");
    }
  }
  return foldAll(cx, templateExpr({ parts, holes }), node.span);
}
