/** What an item of the outline waits for, said only where its place does not say it. */
import { elementsOf, type Item } from "./outline.ts";
import { brief } from "./show-value.ts";
import type { Waits } from "./waits.ts";

export interface Edges {
  readonly waits: Waits;
  /** All nodes of each loop and each part, by its id. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The loop or part whose items are listed. */
export interface Within {
  readonly kind: "loop" | "part";
  readonly id: string;
}

/** Null where it simply follows the item before, else `waits for a, b`, `together with a`, `waits for nothing`. */
export function waitText(item: Item, previous: Item | null, edges: Edges, within: Within | null): string | null {
  const own = entryWaits(item, edges).filter((id) => isTold(id, item, edges, within));
  if (within !== null && previous === null) return null;
  if (previous === null) return own.length === 0 ? null : `waits for ${names(own, edges)}`;
  const before = nodesOf(previous, edges);
  if (own.length > 0 && own.every((id) => before.has(id))) return null;
  const beside = entryWaits(previous, edges).filter((id) => isTold(id, previous, edges, within));
  if (own.length === beside.length && own.every((id) => beside.includes(id)))
    return `together with ${brief(nameOf(previous), 60)}`;
  return own.length === 0 ? "waits for nothing" : `waits for ${names(own, edges)}`;
}

/** In a loop, what other elements do is told by the waves; in a part, what it waits for as a whole is told at its head. */
function isTold(id: string, item: Item, { members }: Edges, within: Within | null): boolean {
  if (within === null) return true;
  const inside = members.get(within.id)?.has(id) === true;
  if (within.kind === "part") return inside;
  const own = elementsOf(idOf(item)).at(-1)?.element;
  return !inside || (own !== undefined && id.startsWith(`${own}.`));
}

function idOf(item: Item): string {
  switch (item.kind) {
    case "node":
      return item.node.id;
    case "loop":
      return item.loop.id;
    case "part":
      return item.part.id;
  }
}

function nameOf(item: Item): string {
  switch (item.kind) {
    case "node":
      return item.name;
    case "loop":
      return item.loop.name;
    case "part":
      return item.part.name;
  }
}

/** Of a loop or a part: what any of its nodes waits for outside it. */
function entryWaits(item: Item, { waits, members }: Edges): readonly string[] {
  if (item.kind === "node") return waits.get(item.node.id) ?? [];
  const inside = members.get(idOf(item));
  const pauses = item.kind === "loop" ? item.loop.pauseIds : new Set<string>();
  const outside = new Set<string>();
  for (const id of inside ?? [])
    for (const before of waits.get(id) ?? []) if (!inside?.has(before) && !pauses.has(before)) outside.add(before);
  return [...outside];
}

function nodesOf(item: Item, { members }: Edges): ReadonlySet<string> {
  return item.kind === "node" ? new Set([item.node.id]) : (members.get(idOf(item)) ?? new Set());
}

/** Up to three ids as they are; many of one loop by the loop's name. */
function names(ids: readonly string[], { members }: Edges): string {
  const shown: string[] = [];
  const byLoop = new Map<string, number>();
  for (const id of ids) {
    const loop = elementsOf(id)[0]?.loop;
    if (ids.length <= 3 || loop === undefined || !members.has(loop)) shown.push(brief(id, 60));
    else byLoop.set(loop, (byLoop.get(loop) ?? 0) + 1);
  }
  const listed = shown.length > 6 ? [...shown.slice(0, 5), `${shown.length - 5} more`] : shown;
  return [...listed, ...[...byLoop].map(([loop, n]) => `${brief(loop, 60)} (${n})`)].join(", ");
}
