/** Chains of fields: what of a name an expression asks for. */
import type { Expr } from "./expr.ts";
import { forEachChild } from "./size.ts";

/** `a.b.c` has the root `a` and the path `["b", "c"]`; what is no field is its own root, and its path is empty. */
export interface Chain {
  readonly whole: Expr;
  readonly root: Expr;
  readonly path: readonly string[];
}

/** Calls `visit` on the chains of `expr`, outermost first, each as a whole: `a.b` is no chain of its own within `a.b.c`. */
export function walkChains(expr: Expr, visit: (chain: Chain) => void): void {
  const path: string[] = [];
  let root = expr;
  for (; root.k === "field"; root = root.of) path.push(root.name);
  visit({ whole: expr, root, path: path.reverse() });
  forEachChild(root, walkChains, visit);
}
