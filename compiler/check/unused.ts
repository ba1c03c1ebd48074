/** Names that nothing uses: a reviewer would look for what they do. */
import type { Span } from "../../language/tree.ts";
import type { Action, Guardrail } from "../program.ts";
import { type Context, type ProjectState, report, type Watched } from "./context.ts";
import { matches } from "./guardrails.ts";

/** A name that begins with `_` says itself that it is not used. Files with errors are left alone: what is broken may be the use. */
export function tellUnused(
  project: ProjectState,
  contexts: readonly Context[],
  actions: readonly Action[],
  guardrails: readonly Guardrail[],
): void {
  const broken = new Set(project.diagnostics.filter((d) => d.severity === "error").map((d) => d.module));
  const files = new Map(contexts.map((cx) => [cx.module.path, cx]));
  const byId = new Map(actions.map((action) => [action.id, action]));
  const tell = (module: string, kind: string, name: string, span: Span): void => {
    const cx = files.get(module);
    if (cx !== undefined && !broken.has(module) && !name.startsWith("_"))
      report(cx, "unused-name", span, { kind, name });
  };
  for (const watched of project.mayBeUnused) {
    if (watched.scope.wasUsed(watched.name)) continue;
    if (readByGuardrail(watched, byId, guardrails)) continue;
    tell(watched.module, watched.kind, watched.name, watched.span);
  }
  for (const cx of contexts) {
    for (const item of cx.module.tree.items) {
      if (item.kind === "import") {
        for (const { name, as } of item.names) {
          const local = as ?? name;
          if (!cx.scope.wasUsed(local.text)) tell(cx.module.path, "import", local.text, local.span);
        }
      } else if (item.kind === "use") {
        const name = item.as ?? item.provider;
        if (name !== null && !cx.scope.wasUsed(name.text)) tell(cx.module.path, "provider", name.text, name.span);
      } else if (item.kind === "let" && item.name !== null && !cx.scope.wasUsed(item.name.text))
        tell(cx.module.path, "let", item.name.text, item.name.span);
    }
  }
}

function readByGuardrail(
  watched: Watched,
  actions: ReadonlyMap<string, Action>,
  guardrails: readonly Guardrail[],
): boolean {
  const action = watched.action === null ? undefined : actions.get(watched.action);
  if (action === undefined) return false;
  return guardrails.some((g) => g.inputs.some((input) => input.name === watched.name) && matches(g, action));
}
