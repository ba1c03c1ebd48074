/**
 * What two plans may differ in and mean the same: all of it stands here. Whatever else differs is told, which
 * `compareFields` sees to.
 */
import type { Expr } from "../ir/expr.ts";
import { same } from "../same.ts";

/** Why each has no meaning of its own. */
export const IGNORED = {
  at: "where it is written: moving a line changes nothing that is done",
  version: "one version is read",
  opsc: "which opsc made it; told as a note",
  time: "when it was made and until when it may be used; told as a note",
  nonce: "made from all the rest",
  sources: "which files it was made from; what they say stands in the plan, so that they changed is told as a note",
  manifestOfPlan: "the digest names the whole",
  why: "an order holds whatever it comes from",
  after: "compared as what comes before what, in `order.ts`: an edge that follows from others changes nothing",
  unusedFact: "what was read of the world and not used; told as a note",
  matched: "two are only compared if they agree in it, or a move is told",
} as const;
export type Ignored = { readonly ignored: keyof typeof IGNORED };

export const ignore = (name: keyof typeof IGNORED): Ignored => ({ ignored: name });

/** The same but for where it is written. */
export function alike(old: unknown, now: unknown): boolean {
  return same(old, now) || same(bare(old), bare(now));
}

/**
 * A part of a plan without the places (`at`) of its own shape. What people and providers put into values is left as it
 * is: a record of theirs may well have a field of that name.
 */
export function bare(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(bare);
  if (typeof part !== "object" || part === null) return part;
  const record = part as { readonly [name: string]: unknown };
  if (record.is === "known") return part;
  if (typeof record.k === "string") return bareExpr(part as Expr);
  // `fromEntries` makes a field of every name, also of `__proto__`.
  return Object.fromEntries(
    Object.entries(record)
      .filter(([name, value]) => name !== "at" || typeof value !== "string")
      .map(([name, value]) => [
        name,
        name === "config" || (name === "value" && !isKnowable(value)) ? value : bare(value),
      ]),
  );
}

function isKnowable(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "is" in value && (value.is === "known" || value.is === "deferred")
  );
}

export function bareExpr(expr: Expr): Expr {
  switch (expr.k) {
    case "const":
    case "ref":
      return expr;
    case "field":
      return { ...expr, of: bareExpr(expr.of) };
    case "list":
      return { ...expr, items: expr.items.map(bareExpr) };
    case "record":
      return {
        ...expr,
        fields: Object.fromEntries(Object.entries(expr.fields).map(([name, e]) => [name, bareExpr(e)])),
      };
    case "text":
      return {
        ...expr,
        parts: expr.parts.map((part) => (typeof part === "string" ? part : { ...part, e: bareExpr(part.e) })),
      };
    case "op":
      return { ...expr, args: expr.args.map(bareExpr), at: null };
    case "fn":
      return { ...expr, body: bareExpr(expr.body) };
    case "match":
      return {
        ...expr,
        on: bareExpr(expr.on),
        arms: expr.arms.map((arm) => ({ is: arm.is, then: bareExpr(arm.then) })),
        at: null,
      };
  }
}
