/**
 * Which nodes are drawn as one: the same node of elements of a loop that do the same. What differs between them are
 * values; a node that one element has and another has not keeps them apart.
 */
import type { PlanNode } from "../../plan/plan.schema.ts";
import { keyless } from "../outline.ts";
import type { Tree } from "./tree.ts";

/** A frame before it has words: one or more places of the plan that look the same. */
export interface Group {
  readonly kind: Tree["kind"];
  readonly trees: readonly Tree[];
  /** Nodes drawn as one, by what they are called within the group. */
  readonly boxes: readonly (readonly number[])[];
  readonly groups: readonly Group[];
  /** Of a loop whose elements are folded: what stands between its waves and is not drawn. */
  readonly hidden: readonly number[];
}

export interface Folded {
  readonly root: Group;
  /** Loops of which not every element is drawn apart. */
  readonly folded: ReadonlySet<Tree>;
}

/** `fold`: from how many alike elements on they are drawn as one. */
export function foldTree(nodes: readonly PlanNode[], root: Tree, fold: number): Folded {
  const folded = new Set<Tree>();
  const signature = signatures(nodes);

  const groupOf = (trees: readonly Tree[]): Group => {
    const [first] = trees;
    const kind = first?.kind ?? "root";
    const groups: Group[] = [];
    for (const alike of bySame(
      trees.flatMap(({ children }) => [...children.values()]),
      (t) => relative(t, trees),
    )) {
      if (kind === "loop") groups.push(...elementGroups(alike));
      else groups.push(groupOf(alike));
    }
    const isFolded = trees.some((tree) => folded.has(tree));
    const between = trees.flatMap((tree) => tree.between);
    const own = bySame(
      trees.flatMap((tree) => tree.nodes.map((i) => ({ i, name: within(nodes[i]?.id ?? "", tree.path) }))),
      ({ name }) => name,
    ).map((same) => same.map(({ i }) => i));
    return {
      kind,
      trees,
      boxes: [...own, ...(isFolded ? [] : between.map((i) => [i]))],
      groups,
      hidden: isFolded ? between : [],
    };
  };

  /** Elements are told apart by what they do, not by their key: all of a loop come here together. */
  const elementGroups = (elements: readonly Tree[]): Group[] =>
    bySame(elements, signature).flatMap((alike) =>
      alike.length >= fold ? [groupOf(alike)] : alike.map((one) => groupOf([one])),
    );

  const mark = (tree: Tree): void => {
    for (const child of tree.children.values()) mark(child);
    if (tree.kind === "loop" && bySame([...tree.children.values()], signature).some((alike) => alike.length >= fold))
      folded.add(tree);
  };
  mark(root);
  return { root: groupOf([root]), folded };
}

/** What the children of a group are told apart by: their name; elements of a loop by nothing yet. */
function relative(tree: Tree, parents: readonly Tree[]): string {
  return tree.kind === "element" && parents.length > 0 ? "" : `${tree.kind} ${tree.name}`;
}

/** `drain` of `roll[web-1].drain` in `roll[web-1]`. */
export function within(id: string, path: string): string {
  return path === "" ? id : id.slice(path.length + (id[path.length] === "." ? 1 : 0));
}

function bySame<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const same = found.get(key(item));
    if (same === undefined) found.set(key(item), [item]);
    else same.push(item);
  }
  return [...found.values()];
}

/** What a place of the plan does, without its keys and values; each different one has a short name of its own. */
function signatures(nodes: readonly PlanNode[]): (tree: Tree) => string {
  const names = new Map<string, string>();
  const known = new Map<Tree, string>();
  const of = (tree: Tree): string => {
    const seen = known.get(tree);
    if (seen !== undefined) return seen;
    const own = tree.nodes.map((i) => nodeSignature(nodes[i], tree.path));
    const children = [...tree.children.values()].map((child) =>
      child.kind === "element" ? of(child) : `${child.kind} ${child.name} ${of(child)}`,
    );
    // Of a loop it matters what its elements do, not how many there are.
    const long = JSON.stringify([own, tree.kind === "loop" ? [...new Set(children)].sort() : children]);
    const short = names.get(long) ?? String(names.size);
    names.set(long, short);
    known.set(tree, short);
    return short;
  };
  return of;
}

function nodeSignature(node: PlanNode | undefined, path: string): unknown {
  if (node === undefined) return null;
  const inside = node.after.flatMap(({ id }) => (id.startsWith(`${path}.`) ? [keyless(within(id, path))] : []));
  const call = node.kind === "step" || node.kind === "check" ? [node.call.shown, node.call.effect] : [];
  const back = node.kind === "step" ? [node.rollback?.kind ?? null, node.irreversible !== null] : [];
  return [within(node.id, path), node.kind, ...call, ...back, node.when.length > 0, [...new Set(inside)].sort()];
}
