/**
 * Elements that only the run knows have different keys: the run is held to that. So what two of them touch is told apart
 * where its name is the same text around the key.
 */
import { canonicalJson } from "../canonical.ts";
import type { Expr } from "../ir/expr.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";

type Acting = Extract<PlanNode, { kind: "step" | "check" }>;

/** Whether `a` and `b` surely touch different things, being of different elements of one loop. */
export function apartByKey(loops: Plan["loops"]): (a: Acting, b: Acting) => boolean {
  const elements = new Map(
    loops.flatMap((loop) => loop.elements.map((each) => [each.id, { loop: loop.id, ...each }] as const)),
  );
  const around = (node: Acting): Map<string, Expr> => {
    const found = new Map<string, Expr>();
    for (let id = node.element; id !== null; ) {
      const each = elements.get(id);
      if (each?.key.is === "deferred") found.set(each.loop, each.key.expr);
      id = each?.within ?? null;
    }
    return found;
  };
  return (a, b) => {
    if (a.element === b.element || a.call.resource.is !== "deferred" || b.call.resource.is !== "deferred") return false;
    const [keysA, keysB] = [around(a), around(b)];
    for (const [loop, key] of keysA) {
      const other = keysB.get(loop);
      if (other === undefined || canonicalJson(other) === canonicalJson(key)) continue;
      const shape = shapeOf(a.call.resource.expr, key);
      if (shape !== null && shape === shapeOf(b.call.resource.expr, other)) return true;
    }
    return false;
  };
}

/** The text with the key taken out; null where it is no text, or the key is no part of it. */
function shapeOf(resource: Expr, key: Expr): string | null {
  const name = canonicalJson(key);
  const parts = flat(resource);
  let found = false;
  const shape = parts.map((part) => {
    if (typeof part === "string" || canonicalJson(part.e) !== name) return part;
    found = true;
    return { key: part.as };
  });
  return found ? canonicalJson(shape) : null;
}

type Parts = Extract<Expr, { k: "text" }>["parts"];

/** Texts within the text taken apart too, and literal parts that stand next to each other joined. */
function flat(expr: Expr): Parts {
  if (expr.k !== "text") return [{ e: expr, as: "plain" }];
  const joined: Parts[number][] = [];
  for (const part of expr.parts.flatMap((each) =>
    typeof each !== "string" && each.e.k === "text" ? flat(each.e) : [each],
  )) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined.splice(-1, 1, last + part);
    else joined.push(part);
  }
  return joined;
}
