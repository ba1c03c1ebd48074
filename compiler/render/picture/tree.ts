/** The nodes of a plan by what they lie in: parts, loops, elements. */
import type { PlanNode } from "../../plan/plan.schema.ts";
import { elementsOf, segmentsOf } from "../outline.ts";

export interface Tree {
  readonly kind: "root" | "part" | "loop" | "element";
  /** Empty for the root; `roll`, `roll[web-1]`, `roll[web-1].restart`. */
  readonly path: string;
  /** The last word of the path; of an element its key. */
  readonly name: string;
  /** Indexes of the nodes that lie in it and in nothing deeper. */
  readonly nodes: number[];
  /** Of a loop: pauses and joins between its waves. */
  readonly between: number[];
  readonly children: Map<string, Tree>;
  /** Of an element: how many waves come before it. Of a loop: how many waves there are. */
  wave: number;
}

interface Around {
  readonly kind: "part" | "loop" | "element";
  readonly path: string;
  readonly name: string;
}

/** What a node lies in, outermost first. */
function aroundOf(id: string, parts: ReadonlySet<string>): Around[] {
  const found: Around[] = [];
  let path = "";
  const segments = segmentsOf(id);
  segments.forEach(({ name, key }, i) => {
    const bare = path === "" ? name : `${path}.${name}`;
    const last = i === segments.length - 1;
    path = key === null ? bare : `${bare}[${key}]`;
    if (last) return;
    if (key !== null) found.push({ kind: "loop", path: bare, name }, { kind: "element", path, name: key });
    if (parts.has(path)) found.push({ kind: "part", path, name });
  });
  return found;
}

/** `parts`: ids of nested actions. Nodes keep their order. */
export function treeOf(
  nodes: readonly PlanNode[],
  parts: ReadonlySet<string>,
): { readonly root: Tree; readonly places: readonly (readonly Tree[])[] } {
  const root = newTree({ kind: "part", path: "", name: "" }, "root");
  const loops = new Set(nodes.flatMap(({ id }) => elementsOf(id).map(({ loop }) => loop)));
  const places = nodes.map((node, i): readonly Tree[] => {
    const around = aroundOf(node.id, parts);
    const between = node.kind === "wait" || node.kind === "join" ? betweenOf(node.id, loops) : null;
    const way =
      between === null ? around : [...around, { kind: "loop" as const, path: between, name: lastName(between) }];
    const chain: Tree[] = [];
    let at = root;
    for (const step of way) {
      const next = at.children.get(step.path) ?? newTree(step, step.kind);
      at.children.set(step.path, next);
      chain.push(next);
      at = next;
    }
    (between === null ? at.nodes : at.between).push(i);
    return chain;
  });
  countWaves(nodes, places);
  return { root, places };
}

function newTree({ path, name }: Around, kind: Tree["kind"]): Tree {
  return { kind, path, name, nodes: [], between: [], children: new Map(), wave: 0 };
}

/** What stands between two waves is named as an element with nothing in it: `roll[batch 2]`. */
function betweenOf(id: string, loops: ReadonlySet<string>): string | null {
  const parent = id.endsWith("]") ? id.slice(0, id.lastIndexOf("[")) : "";
  return loops.has(parent) ? parent : null;
}

function lastName(path: string): string {
  return segmentsOf(path).at(-1)?.name ?? path;
}

/** An element is one wave later than the latest element of its loop that it waits for, directly or over what stands between. */
function countWaves(nodes: readonly PlanNode[], places: readonly (readonly Tree[])[]): void {
  const index = new Map<string, number>();
  nodes.forEach(({ id }, i) => {
    if (!index.has(id)) index.set(id, i);
  });
  /** Of what stands between: the wave it comes after. */
  const reached = new Map<number, number>();
  nodes.forEach((node, i) => {
    const chain = places[i] ?? [];
    for (const { id } of node.after) {
      const before = index.get(id);
      if (before === undefined || before >= i) continue;
      const other = places[before] ?? [];
      // They lie in the same loops down to where their elements differ.
      const fork = chain.findIndex((tree, at) => tree !== other[at]);
      const at = fork === -1 ? chain.length : fork;
      const loop = chain[at - 1];
      if (loop?.kind !== "loop") continue;
      const [here, there] = [chain[at], other[at]];
      const wave = there === undefined ? (reached.get(before) ?? 0) : there.wave;
      if (here === undefined) reached.set(i, Math.max(reached.get(i) ?? 0, wave));
      else here.wave = Math.max(here.wave, wave + 1);
      loop.wave = Math.max(loop.wave, here?.wave ?? 0);
    }
  });
}
