/** What is shown of the name under a pointer. */
import type { Span } from "../../language/tree.ts";
import { briefType } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import { type Description, describe } from "./describe.ts";
import { namedAt } from "./symbol.ts";

export interface Hovered extends Description {
  readonly span: Span;
}

/** Null where nothing is to be said. */
export function hover(analysis: Analysis, path: string, offset: number): Hovered | null {
  const named = namedAt(analysis, path, offset);
  if (named !== null) return { span: named.span, ...describe(analysis, named.meaning) };
  return valueAt(analysis, path, offset);
}

/** The type of a whole value that is no name, such as a text or a number with a unit. */
function valueAt(analysis: Analysis, path: string, offset: number): Hovered | null {
  const spot = analysis.spot(path, offset);
  const node = spot?.nodes.at(-1);
  if (spot == null || node === undefined || !("kind" in node)) return null;
  if (node.kind !== "unit" && node.kind !== "number" && node.kind !== "bool" && node.kind !== "match") return null;
  const seen = spot.observed?.observer.exprs.get(node);
  if (seen === undefined || seen.type.kind === "error") return null;
  return { span: node.span, code: briefType(seen.type), doc: null, notes: [] };
}
