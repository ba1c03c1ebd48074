/** Where the type of a value is declared. */
import type { Type } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import { type Declared, declarationAt, itemOfId } from "./declared.ts";
import { typeOfLocal } from "./describe.ts";
import { namedAt } from "./symbol.ts";

export function typeDefinition(analysis: Analysis, path: string, offset: number): Declared | null {
  const spot = analysis.spot(path, offset);
  const node = spot?.nodes.at(-1);
  const named = namedAt(analysis, path, offset);
  const seen =
    node !== undefined && "kind" in node && node.kind === "name"
      ? spot?.observed?.observer.exprs.get(node)?.type
      : undefined;
  const type = seen ?? (named?.meaning.is === "declared" ? typeOfLocal(analysis, named.meaning.declared) : null);
  return type == null ? null : declaredBy(analysis, type);
}

/** An enum, or a refined type; of a list or an optional, that of what it holds. */
function declaredBy(analysis: Analysis, type: Type): Declared | null {
  switch (type.kind) {
    case "enum":
    case "refined":
    case "one_of": {
      const found = itemOfId(analysis, type.id);
      return found === null ? null : declarationAt(found.file, found.name.span);
    }
    case "list":
    case "map":
    case "range":
    case "optional":
    case "secret":
      return declaredBy(analysis, type.of);
    default:
      return null;
  }
}
