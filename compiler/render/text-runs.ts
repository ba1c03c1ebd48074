/** Items in a row that are called by numbers, `w1` to `w9`, and do the same: listed once, as elements of a loop are. */
import type { PlanNode, PlanPart } from "../plan/plan.schema.ts";
import { foldElements, type Unfolded } from "./fold.ts";
import { type Element, type Item, type Loop, outline } from "./outline.ts";

export interface Row {
  readonly loop: Loop;
  /** Positions among the items. */
  readonly first: number;
  readonly last: number;
}

/** With fewer, to list them is as short. */
const FEWEST = 3;

interface Numbered extends Unfolded {
  readonly element: Element;
  /** Where its key begins in its name. */
  readonly start: number;
  /** What all of a row have around their number. */
  readonly around: string;
  readonly number: number;
}

/** Of `items`, and of what each says of its waiting, those that can be told as one. */
export function rowsOf(items: readonly Item[], waits: readonly (string | null)[]): Row[] {
  const rows: Row[] = [];
  const numbered = items.map(numberedOf);
  for (let first = 0; first < items.length; ) {
    const together = isTogether(waits[first + 1] ?? null);
    let last = first;
    while (follows(numbered[last] ?? null, numbered[last + 1] ?? null) && isAs(waits[last + 1] ?? null, together))
      last++;
    const row = last - first + 1 < FEWEST ? null : loopOf(numbered.slice(first, last + 1), together);
    if (row !== null) rows.push({ loop: row, first, last });
    first = last + 1;
  }
  return rows;
}

const isTogether = (wait: string | null): boolean => wait?.startsWith("together with ") === true;
/** Either each simply follows the one before, or all run together. */
const isAs = (wait: string | null, together: boolean): boolean => (together ? isTogether(wait) : wait === null);

function follows(one: Numbered | null, next: Numbered | null): boolean {
  return one !== null && next !== null && one.around === next.around && one.number + 1 === next.number;
}

/** Null where it has no number to be told by, or holds a loop. */
function numberedOf(item: Item): Numbered | null {
  if (item.kind === "loop") return null;
  const name = item.kind === "node" ? item.name : item.part.name;
  const id = item.kind === "node" ? item.node.id : item.part.id;
  const place = lastNumberIn(name);
  const nodes: PlanNode[] = [];
  const parts: PlanPart[] = [];
  if (place === null || !gather(item, nodes, parts)) return null;
  const { start, digits, end } = place;
  const key = name.slice(start, end);
  const around = JSON.stringify([item.kind, name.slice(0, digits), name.slice(end)]);
  const number = Number(name.slice(digits, end));
  return { id, key, start, nodes, parts, around, number, element: { key, id, items: [item] } };
}

/** More digits are no number that steps are counted by. */
const MOST_DIGITS = 9;

/** Of `x.w12.go`: where `w12` begins, its digits, and its end. By hand, for a name may be of any length. */
function lastNumberIn(name: string): { readonly start: number; readonly digits: number; readonly end: number } | null {
  const isDigit = (at: number): boolean => /\d/.test(name[at] ?? "");
  let end = name.length;
  while (end > 0 && !isDigit(end - 1)) end -= 1;
  let digits = end;
  while (digits > 0 && end - digits < MOST_DIGITS && isDigit(digits - 1)) digits -= 1;
  let start = digits;
  while (start > 0 && !/[.[\]\d]/.test(name[start - 1] ?? "")) start -= 1;
  return end === 0 ? null : { start, digits, end };
}

function gather(item: Item, nodes: PlanNode[], parts: PlanPart[]): boolean {
  switch (item.kind) {
    case "node":
      nodes.push(item.node);
      return true;
    case "loop":
      return false;
    case "part":
      parts.push(item.part.plan);
      return item.part.items.every((each) => gather(each, nodes, parts));
  }
}

function loopOf(row: readonly (Numbered | null)[], together: boolean): Loop | null {
  const all = row.filter((each) => each !== null);
  const [first] = all;
  const last = all.at(-1);
  const same = foldElements(all, 0);
  if (first === undefined || last === undefined || same === null) return null;
  const keys = all.map(({ key }) => key);
  const [item] = first.element.items;
  const name = item?.kind === "node" ? item.name : item?.kind === "part" ? item.part.name : "";
  const outer = first.id.slice(0, first.id.length - name.length).replace(/\.$/, "");
  return {
    id: "",
    name: `${name.slice(0, first.start)}${first.key}…${last.key}${name.slice(first.start + first.key.length)}`,
    elements: all.map(({ element }) => element),
    waves: together ? [keys] : keys.map((key) => [key]),
    pauses: [],
    pauseIds: new Set(),
    each: {
      ...same,
      items: outline(same, outer),
      standsFor: new Map(
        same.nodes.map((node, i) => [node.id, all.flatMap(({ nodes }) => nodes[i]?.id ?? [])] as const),
      ),
    },
  };
}
