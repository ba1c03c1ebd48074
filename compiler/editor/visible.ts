/** Which of the names around a place are seen there. */
import type { Span } from "../../language/tree.ts";
import type { Parsed } from "../check/context.ts";
import type { Binding, Scope } from "../check/scope.ts";
import { type Spot, scopeAt } from "./analysis.ts";
import { declarationAt } from "./declared.ts";

/** Where what `name` stands for is declared; null of what the language itself puts into a scope: no place spells its name. */
export function declaredIn(scope: Scope, { file, offset }: Pick<Spot, "file" | "offset">, name: string): Span | null {
  const first = visibleIn(scope, { file, offset }, name);
  for (let at = first; at !== null; at = at.parent) {
    const span = at.own(name);
    if (span === undefined || file.text.slice(span.start, span.end) !== name) continue;
    // A step is seen in its own rollback before its statement is over.
    if (at === first || at.parent === null || span.start <= offset) return span;
  }
  return null;
}

/**
 * The scope, `scope` or one around it, that has `name` as seen from `offset`: the names of a file are seen all over it,
 * those within a declaration only after they are declared.
 */
export function visibleIn(scope: Scope, { file, offset }: Pick<Spot, "file" | "offset">, name: string): Scope | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const span = at.own(name);
    if (span !== undefined && (at.parent === null || isDeclaredBefore(file, span, offset))) return at;
  }
  return null;
}

/** A statement declares its name when it is over. */
function isDeclaredBefore(file: Parsed, span: Span, offset: number): boolean {
  if (span.start > offset) return false;
  const declared = declarationAt(file, span);
  const late = declared !== null && ["let", "fact", "step", "check"].includes(declared.as);
  return !late || declared.node.span.end <= offset;
}

/** What `name` stands for as seen from the spot. */
export function bindingAt(spot: Spot, name: string): Binding | undefined {
  return visibleIn(scopeAt(spot), spot, name)?.peek(name);
}

/** The same of any name. */
export const namesAt =
  (spot: Spot) =>
  (name: string): Binding | undefined =>
    bindingAt(spot, name);
