/** Names that nothing uses: a reviewer would look for what they do. */
import type { Span } from "../../language/tree.ts";
import type { Context } from "./context.ts";

/** A name that nothing in its own file uses. */
export interface MayBeUnused {
  readonly kind: string;
  readonly name: string;
  readonly span: Span;
  /** Id of the action whose input it is: guardrails may read it by name. */
  readonly action: string | null;
  /** At the top of a file: another may import it. */
  readonly top: boolean;
}

/** What the file itself makes no use of. A name that begins with `_` says itself that it is not used. */
export function mayBeUnused(cx: Context): MayBeUnused[] {
  const found: MayBeUnused[] = [];
  const tell = (kind: string, name: string, span: Span, action: string | null, top: boolean): void => {
    if (!name.startsWith("_")) found.push({ kind, name, span, action, top });
  };
  for (const { kind, name, span, scope, action } of cx.project.mayBeUnused)
    if (!scope.wasUsed(name)) tell(kind, name, span, action, false);
  for (const item of cx.module.tree.items) {
    if (item.kind === "import") {
      for (const { name, as } of item.names) {
        const local = as ?? name;
        if (!cx.scope.wasUsed(local.text)) tell("import", local.text, local.span, null, false);
      }
    } else if (item.kind === "use") {
      const name = item.as ?? item.provider;
      if (name !== null && !cx.scope.wasUsed(name.text)) tell("provider", name.text, name.span, null, true);
    } else if (item.kind === "secret" && item.name !== null && !cx.scope.wasUsed(item.name.text)) {
      tell("secret", item.name.text, item.name.span, null, true);
    } else if (item.kind === "let" && item.name !== null && !cx.scope.wasUsed(item.name.text))
      tell("let", item.name.text, item.name.span, null, true);
  }
  return found;
}
