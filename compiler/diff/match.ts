/** Which node of one plan is which of the other: by its id, else by what only it does on each side. Pairs are compared in full, whatever made them pairs. */
import { canonicalJson } from "../canonical.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";
import { elementsOf } from "../render/outline.ts";
import { byName } from "./fields.ts";
import { bare } from "./ignored.ts";

export interface NodePair {
  /** With ids as the new plan has them. */
  readonly old: PlanNode;
  readonly now: PlanNode;
  /** Its id in the old plan, where that is another. */
  readonly was: string | null;
}

export interface Matched {
  readonly pairs: readonly NodePair[];
  readonly gone: readonly PlanNode[];
  readonly come: readonly PlanNode[];
  /** All old nodes with ids as the new plan has them, in their order. */
  readonly old: readonly PlanNode[];
  /** New names by old ones: of nodes, of parts, and of elements of loops. */
  readonly renamed: Renamed;
}

export interface Renamed {
  readonly nodes: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, string>;
  readonly elements: ReadonlyMap<string, string>;
  readonly loops: ReadonlyMap<string, string>;
}

/** How a node is known again: by doing the very same, else by doing the same operation to the same thing. */
const SIGNS: readonly ((node: PlanNode) => string | null)[] = [doing, doingTo];

/** A chain of moved steps that read each other is recognised link by link; longer ones are told as gone and new. */
const MOST_ROUNDS = 12;

export function matchNodes(old: Plan, now: Plan): Matched {
  const names = new Map<string, string>();
  const free = new Set(old.nodes.map(({ id }) => id));
  let before = old.nodes;
  let matched = byName(before, now.nodes, nodeName);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = SIGNS.reduce<[string, string][]>(
      (moved, sign) => (moved.length > 0 ? moved : moves(matched.gone, matched.come, names, sign)),
      [],
    );
    if (found.length === 0) break;
    for (const [from, to] of found) names.set(from, to);
    // A name that the old plan gives to another node cannot be given twice.
    const taken = found.filter(([, to]) => free.has(to));
    for (const [from] of taken) names.delete(from);
    before = old.nodes.map((node) => withNames(node, names));
    matched = byName(before, now.nodes, nodeName);
    if (taken.length === found.length) break;
  }
  const was = new Map([...names].map(([from, to]) => [to, from]));
  return {
    pairs: matched.pairs.map((pair) => ({ ...pair, was: was.get(pair.now.id) ?? null })),
    gone: matched.gone,
    come: matched.come,
    old: before,
    renamed: renamedBy(names, old, now),
  };
}

/** Nodes of another kind are others, whatever they are called. */
const nodeName = ({ kind, id }: PlanNode): string => `${kind} ${id}`;

function moves(
  gone: readonly PlanNode[],
  come: readonly PlanNode[],
  names: ReadonlyMap<string, string>,
  sign: (node: PlanNode) => string | null,
): [from: string, to: string][] {
  const [before, after] = [only(gone, names, sign), only(come, new Map(), sign)];
  return [...before].flatMap(([what, from]): [string, string][] => {
    const to = after.get(what);
    return from === null || to === undefined || to === null || names.has(from.id) ? [] : [[from.id, to.id]];
  });
}

/** Nodes by what they do; null where several do it. */
function only(
  nodes: readonly PlanNode[],
  names: ReadonlyMap<string, string>,
  sign: (node: PlanNode) => string | null,
): Map<string, PlanNode | null> {
  const found = new Map<string, PlanNode | null>();
  for (const node of nodes) {
    const what = sign(withNames(node, names));
    if (what !== null) found.set(what, found.has(what) ? null : node);
  }
  return found;
}

/** What a node does, whatever it is called and wherever it stands. */
function doing(node: PlanNode): string {
  switch (node.kind) {
    case "step":
    case "check":
      return canonicalJson([node.kind, bare(node.call)]);
    case "approve":
      return canonicalJson([node.kind, node.mode, node.groups, node.quorum, node.upfront]);
    case "require":
      return canonicalJson([node.kind, bare(node.requirement)]);
    // What they wait for tells them apart.
    case "wait":
      return canonicalJson([node.kind, node.duration, node.after.map(({ id }) => id).sort()]);
    case "join":
      return canonicalJson([node.kind, node.after.map(({ id }) => id).sort()]);
  }
}

/** What a step does it to, where that is known: two writes of one thing by one operation are one that is given other values. */
function doingTo(node: PlanNode): string | null {
  if (node.kind !== "step" && node.kind !== "check") return null;
  const { instance, operation, effect, resource } = node.call;
  return resource.is === "known" ? canonicalJson([node.kind, instance, operation, effect, resource.value]) : null;
}

function withNames(node: PlanNode, names: ReadonlyMap<string, string>): PlanNode {
  if (names.size === 0) return node;
  const renamed = renameRefs(node, names) as PlanNode;
  return { ...renamed, id: names.get(node.id) ?? node.id };
}

/** The same with other names wherever a node is named: in `after`, and in what is computed from its result. */
function renameRefs(part: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(part)) return part.map((item) => renameRefs(item, names));
  if (typeof part !== "object" || part === null) return part;
  const record = part as { readonly [name: string]: unknown };
  if (record.is === "known" || record.k === "const") return part;
  if (record.k === "ref")
    return record.root === "step" ? { ...record, name: names.get(String(record.name)) ?? record.name } : part;
  // `fromEntries` makes a field of every name, also of `__proto__`.
  return Object.fromEntries(
    Object.entries(record).map(([name, item]) => [
      name,
      name === "after" && Array.isArray(item) ? item.map((each) => renameBefore(each, names)) : renameRefs(item, names),
    ]),
  );
}

function renameBefore(before: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof before !== "object" || before === null || !("id" in before)) return renameRefs(before, names);
  return { ...before, id: names.get(String(before.id)) ?? before.id };
}

export function renameExpr<E>(expr: E, names: ReadonlyMap<string, string>): E {
  return names.size === 0 ? expr : (renameRefs(expr, names) as E);
}

/** What the moves of nodes say of the loops they lie in, and of the actions they come from. */
function renamedBy(nodes: ReadonlyMap<string, string>, old: Plan, now: Plan): Renamed {
  const parts = new Map<string, string>();
  const elements = new Map<string, string>();
  const loops = new Map<string, string>();
  const partOf = new Map(now.nodes.map((node) => [node.id, node.part]));
  const known = new Set([...old.parts, ...now.parts].map(({ id }) => id));
  const there = new Set(now.parts.map(({ id }) => id));
  for (const { id, part } of old.nodes) {
    const to = nodes.get(id);
    if (to === undefined) continue;
    const other = partOf.get(to);
    if (other !== undefined && other !== part && known.has(part) && !there.has(part)) parts.set(part, other);
    const [before, after] = [elementsOf(id), elementsOf(to)];
    if (before.length !== after.length) continue;
    before.forEach(({ loop, element }, i) => {
      const match = after[i];
      if (match === undefined) return;
      if (match.element !== element) elements.set(element, match.element);
      if (match.loop !== loop) loops.set(loop, match.loop);
    });
  }
  return { nodes, parts, elements, loops };
}
