/** How names are written: types and enums in PascalCase, everything else in snake_case. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "./context.ts";

/** Names of declarations, and of their members and parameters; `declare` sees to those that bodies bind. */
export function checkNames(cx: Context, items: readonly tree.Item[] = cx.module.tree.items): void {
  for (const item of items) {
    if (item.kind === "import" || item.kind === "use" || item.kind === "test") continue;
    if (item.name === null) continue;
    if (item.kind === "type" || item.kind === "enum") pascal(cx, item.name);
    else snake(cx, item.name);
    if (item.kind === "enum") for (const member of item.members) snake(cx, member.name);
    if (item.kind === "action" || item.kind === "operation") for (const param of item.params) snake(cx, param.name);
  }
}

function pascal(cx: Context, name: tree.Name): void {
  if (/^[A-Z][A-Za-z0-9]*$/.test(name.text)) return;
  const better = name.text
    .split("_")
    .map((w) => w.charAt(0).toUpperCase() + w.slice(1))
    .join("");
  report(cx, "naming-style", name.span, { name: name.text, style: "PascalCase, as types are", better });
}

const SNAKE = /^[a-z_][a-z0-9_]*$/;

export function snake(cx: Context, name: tree.Name): void {
  if (SNAKE.test(name.text)) return;
  const better = name.text.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  report(cx, "naming-style", name.span, { name: name.text, style: "snake_case", better });
}
