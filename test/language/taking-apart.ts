/** What tests that damage sources need: what their parts are known by, and what must hold of any tree. */
import { expect } from "vitest";
import { parse } from "../../language/parse.ts";
import { faultSchema, moduleSchema } from "../../language/tree.schema.ts";
import type { Item, Module, Span } from "../../language/tree.ts";
import { type Node, visit } from "../../language/walk.ts";

/** What a declaration is known by. */
export function labelOf(item: Item): string {
  if (item.kind === "import") return `import ${item.names.map(({ name }) => name.text).join()}`;
  if (item.kind === "use") return `use ${item.provider?.text}`;
  if (item.kind === "test")
    return `test ${item.title?.parts.map((part) => (part.kind === "text" ? part.text : "")).join()}`;
  return `${item.kind} ${item.name?.text}`;
}

/** A path to a member, for each member of each body, outermost first: `action a/step s/property timeout`. */
export function memberPaths(tree: Module): Map<string, Span> {
  const paths = new Map<string, Span>();
  const pathOf = new Map<Node, string>();
  visit(tree, (node, parent) => {
    const above = parent === null ? "" : (pathOf.get(parent) ?? "");
    const own = "kind" in node && "doc" in node && "name" in node ? `/${node.kind} ${node.name?.text}` : "";
    pathOf.set(node, above + own);
    if (own !== "") paths.set(above + own, node.span);
    return undefined;
  });
  return paths;
}

/** Parses, and checks what holds for any text whatever. */
export function parseSoundly(text: string): ReturnType<typeof parse> {
  const result = parse(text);
  const tree = moduleSchema.parse(result.tree);
  expect(tree).toEqual(result.tree);
  let previous = 0;
  for (const fault of result.faults) {
    faultSchema.parse(fault);
    for (const span of [fault.span, ...fault.related.map((related) => related.span)]) {
      expect(span.start).toBeLessThanOrEqual(span.end);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
    expect(fault.span.start).toBeGreaterThanOrEqual(previous);
    previous = fault.span.start;
  }
  expectSpansNested(result.tree, text);
  return result;
}

/** Every node lies within its parent, and after the one before it; comments alone lie anywhere. */
function expectSpansNested(tree: Module, text: string): void {
  const reached = new Map<Node, number>();
  let incomplete = false;
  visit(tree, (node, parent) => {
    const { start, end } = node.span;
    const kind = "kind" in node ? node.kind : "";
    incomplete ||= kind === "missing" || kind === "missing_type" || ("closed" in node && !node.closed);
    const least = parent === null ? 0 : parent === tree ? 0 : (reached.get(parent) ?? parent.span.start);
    const most = parent === null ? text.length : parent.span.end;
    if (start < least || end < start || end > most) {
      expect.fail(`${JSON.stringify(node)} does not lie within ${least} and ${most} of ${JSON.stringify(text)}`);
    }
    if (parent !== null) reached.set(parent, end);
    return undefined;
  });
  if (incomplete) expect(parse(text).faults).not.toEqual([]);
}
