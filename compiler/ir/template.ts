/**
 * Code for another system, as text with holes: `{ "$template": { "parts": [text…], "holes": [value…] } }`, of parts one
 * more than of holes. The text is the author's, what stands in the holes is not, and only the provider knows how its
 * system quotes: so they travel apart. A template without holes is its text alone.
 */
import { constant, type Expr, type Value } from "./expr.ts";

const TEMPLATE = "$template";

/** `parts` has one more than `holes`. */
export interface TemplateOf<Hole> {
  readonly parts: readonly string[];
  readonly holes: readonly Hole[];
}

/** Not reduced: that is for whoever knows what the holes stand for. */
export function templateExpr({ parts, holes }: TemplateOf<Expr>): Expr {
  if (holes.length === 0) return constant(parts[0] ?? "");
  const fields: { readonly [name: string]: Expr } = { parts: constant(parts), holes: { k: "list", items: holes } };
  return { k: "record", fields: { [TEMPLATE]: { k: "record", fields } } };
}

/** The template that `value` is; null for what is none. Text is a template without holes. */
export function readTemplate(value: Value): TemplateOf<Value> | null {
  if (typeof value === "string") return { parts: [value], holes: [] };
  const inner = own(value, TEMPLATE);
  const parts = own(inner, "parts");
  const holes = own(inner, "holes");
  if (!Array.isArray(parts) || !Array.isArray(holes) || parts.length !== holes.length + 1) return null;
  const texts = parts.filter((part: Value) => typeof part === "string");
  return texts.length === parts.length ? { parts: texts, holes } : null;
}

/** As `readTemplate`, of one some of whose holes only the run knows. */
export function readTemplateExpr(expr: Expr): TemplateOf<Expr> | null {
  if (expr.k === "const") {
    const known = readTemplate(expr.v);
    return known === null ? null : { parts: known.parts, holes: known.holes.map(constant) };
  }
  const inner = fieldOf(expr, TEMPLATE);
  const parts = inner === null ? null : fieldOf(inner, "parts");
  const holes = inner === null ? null : fieldOf(inner, "holes");
  if (parts?.k !== "const" || holes === null) return null;
  const items =
    holes.k === "list" ? holes.items : holes.k === "const" && Array.isArray(holes.v) ? holes.v.map(constant) : null;
  const known = readTemplate({ [TEMPLATE]: { parts: parts.v, holes: (items ?? []).map(() => null) } });
  return known === null || items === null ? null : { parts: known.parts, holes: items };
}

function own(value: Value | undefined, name: string): Value | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries: readonly (readonly [string, Value])[] = Object.entries(value);
  return entries.find(([key]) => key === name)?.[1];
}

function fieldOf(expr: Expr, name: string): Expr | null {
  if (expr.k !== "record" || !Object.hasOwn(expr.fields, name)) return null;
  return expr.fields[name] ?? null;
}
