import { expect, it } from "vitest";
import { parse } from "../../language/parse.ts";
import { children, type Node, pathAt, visit } from "../../language/walk.ts";
import { sources } from "./sources.ts";

const kindOf = (node: Node): string => ("kind" in node ? node.kind : Object.keys(node).join());

it("gives a node's children in the order of the text, also where the tree has them in another", () => {
  const { tree } = parse('let s = yaml("x") as map<Service>');
  const [item] = tree.items;
  expect(item && children(item).map(kindOf)).toEqual(["text,span", "call", "named_type"]);
});

it("visits every node once, parents first, and leaves out what it is told to", () => {
  const { tree } = parse(sources.scale ?? "");
  const seen = new Set<Node>();
  visit(tree, (node, parent) => {
    expect(seen.has(node)).toBe(false);
    expect(parent === null || seen.has(parent)).toBe(true);
    seen.add(node);
    return undefined;
  });
  expect(seen.size).toBeGreaterThan(200);
  let items = 0;
  visit(tree, (node) => {
    if (node !== tree) items += 1;
    return node === tree;
  });
  expect(items).toBe(tree.items.length + tree.comments.length);
});

it("finds what stands at an offset, a name also from just behind it", () => {
  const text = "action a() { step s = k8s.sc }";
  const path = pathAt(parse(text).tree, text.indexOf("sc }") + 2);
  expect(path.map(kindOf)).toEqual(["module", "action", "span,members,closed", "step", "field", "text,span"]);
});

it("finds the same among many, comments beside what they are in", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `action a${i}() {\n  // ${i}\n  let b = [${i}, 1] // c\n}\n`);
  const text = lines.join("");
  const { tree } = parse(text);
  const plainly = (node: Node, offset: number): Node[] => {
    const child = children(node).findLast(({ span }) => span.start <= offset && offset <= span.end);
    return [node, ...(child === undefined ? [] : plainly(child, offset))];
  };
  for (let offset = 0; offset <= text.length; offset += 7) {
    const [found, wanted] = [pathAt(tree, offset), plainly(tree, offset)];
    expect(found.length).toBe(wanted.length);
    expect(found.every((node, i) => node === wanted[i])).toBe(true);
  }
});
