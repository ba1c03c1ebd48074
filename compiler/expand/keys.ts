/** What tells the elements of a loop apart, as text. */
import type { Value } from "../ir/expr.ts";

/** Keys stand in ids: plain ones as they are, all others as JSON text. */
export function keyText(value: Value): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.@:/+%-]+$/.test(text) ? text : JSON.stringify(text);
}
