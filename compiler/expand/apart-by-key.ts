/**
 * Elements that only the run knows have different keys: the run is held to that. So what two of them touch is told apart
 * where its name is the same text around the key.
 */
import { canonicalJson } from "../canonical.ts";
import type { Expr } from "../ir/expr.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";

type Acting = Extract<PlanNode, { kind: "step" | "check" }>;

/** What a node touches, seen from one of the elements it lies in: the text around the key of that element. */
export interface AroundKey {
  readonly loop: string;
  readonly element: string;
  readonly shape: string;
}

/** For each node, those of the elements around it whose key is in the name of what it touches, innermost first. */
export function aroundKeys(loops: Plan["loops"]): (node: Acting) => readonly AroundKey[] {
  const elements = new Map(
    loops.flatMap((loop) => loop.elements.map((each) => [each.id, { loop: loop.id, ...each }] as const)),
  );
  const known = new Map<Acting, readonly AroundKey[]>();
  const look = (node: Acting): AroundKey[] => {
    const found: AroundKey[] = [];
    const { resource } = node.call;
    for (let id = node.element; id !== null && resource.is === "deferred"; ) {
      const each = elements.get(id);
      const shape = each?.key.is === "deferred" ? shapeOf(resource.expr, each.key.expr) : null;
      if (each !== undefined && shape !== null) found.push({ loop: each.loop, element: each.id, shape });
      id = each?.within ?? null;
    }
    return found;
  };
  return (node) => {
    const keys = known.get(node) ?? look(node);
    known.set(node, keys);
    return keys;
  };
}

/** Whether two nodes surely touch different things: of different elements of one loop, the same around their keys. */
export const apart = (a: readonly AroundKey[], b: readonly AroundKey[]): boolean =>
  a.some((one) => b.some((two) => one.loop === two.loop && one.element !== two.element && one.shape === two.shape));

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
