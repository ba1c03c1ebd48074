/** Orders that are lost or won: what may now run together, before an approval, or without waiting for a check. */
import type { PlanNode } from "../plan/plan.schema.ts";
import { keySign } from "../render/fold.ts";
import { elementsOf } from "../render/outline.ts";
import { brief, count } from "../render/show-value.ts";
import { differentOrders, type Order, type Shared, type Skipped } from "./before.ts";
import type { Spot } from "./entry.ts";
import type { Matched } from "./match.ts";

export interface OrderContext {
  /** Loops of which more, or fewer, elements run at a time: they say already that their elements are in another order. */
  readonly regrouped: ReadonlyMap<string, "widened" | "narrowed">;
  /** Loops with other elements than before: that the rest is grouped anew follows from it. */
  readonly changedLoops: ReadonlySet<string>;
}

/** Nodes named in one line before the rest is counted. */
const MOST_NAMED = 6;

export function compareOrder(matched: Matched, now: readonly PlanNode[], at: Spot, context: OrderContext): void {
  const { old, pairs } = matched;
  if (!edgesDiffer(pairs)) return;
  const [oldAt, nowAt] = [placesOf(old), placesOf(now)];
  const nodes = pairs.map((pair) => pair.now).filter(({ kind }) => kind !== "join");
  const places = nodes.map(placeOf);
  const shared = nodes.map(({ id }): Shared => ({ old: oldAt.get(id) ?? 0, now: nowAt.get(id) ?? 0 }));
  const found = new Map<string, Group>();
  const writes = (i: number): boolean => places[i]?.writes === true;
  differentOrders(old, now, shared, writes, regroupedOf(places, context.regrouped), (order) => {
    const [first, then] = [places[order.first], places[order.then]];
    if (first !== undefined && then !== undefined) sort(order, first, then, found, context);
  });
  const reversed = new Set([...found.values()].filter((g) => g.lost).map((g) => `${g.then.id} ${g.first.id}`));
  for (const group of found.values()) {
    // That it comes after now is said where it is said that it does not come before any more.
    if (!group.lost && reversed.has(`${group.first.id} ${group.then.id}`)) continue;
    const turned =
      group.lost && found.has(keyOf(group.sort, patternOf(group.then.id), patternOf(group.first.id), false));
    sayGroup(group, turned, at);
  }
}

function edgesDiffer(pairs: Matched["pairs"]): boolean {
  const shared = new Set(pairs.map(({ now }) => now.id));
  return pairs.some(({ old, now }) => {
    if (old.after.length !== now.after.length) return true;
    const ids = new Set(old.after.map(({ id }) => id));
    return now.after.some(({ id }) => !ids.has(id) || !shared.has(id));
  });
}

function placesOf(nodes: readonly PlanNode[]): Map<string, number> {
  const places = new Map<string, number>();
  nodes.forEach(({ id }, i) => {
    if (!places.has(id)) places.set(id, i);
  });
  return places;
}

/** What is asked of a node again and again, found once. */
interface Place {
  readonly node: PlanNode;
  /** With `‹key›` for the keys of the elements around it. */
  readonly pattern: string;
  readonly around: ReturnType<typeof elementsOf>;
  readonly writes: boolean;
  readonly guards: boolean;
}

function placeOf(node: PlanNode): Place {
  const { kind, id } = node;
  return {
    node,
    pattern: patternOf(id),
    // A pause between two batches, `roll[batch 2]`, counts as an element of its own.
    around: elementsOf(kind === "wait" && id.endsWith("]") ? `${id}.pause` : id),
    writes: kind === "step" && node.call.effect !== "read",
    guards: kind === "approve" || kind === "check" || kind === "require" || kind === "wait",
  };
}

/** Orders between elements of loops that say already that more, or fewer, of them run at a time. */
function regroupedOf(places: readonly Place[], regrouped: OrderContext["regrouped"]): Skipped {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
  const of = places.map(({ around }) => around.find(({ loop }) => regrouped.has(loopPattern(loop))));
  return {
    loop: Int32Array.from(of, (element) => (element === undefined ? -1 : numberOf(`loop ${element.loop}`))),
    element: Int32Array.from(of, (element) => (element === undefined ? -1 : numberOf(element.element))),
  };
}

type Sort = "guard" | "writes" | "loop" | "other";

/** All orders of one sort that are alike but for the keys of elements. */
interface Group {
  readonly sort: Sort;
  readonly lost: boolean;
  readonly kind: "widened" | "narrowed" | "changed";
  /** One of them. */
  readonly first: PlanNode;
  readonly then: PlanNode;
  /** The loop whose elements they are of, for `loop`. */
  readonly loop: string;
  /** What comes after, by pattern, for `guard`. */
  readonly others: Map<string, PlanNode>;
  times: number;
}

function sort(order: Order, first: Place, then: Place, found: Map<string, Group>, context: OrderContext): void {
  const { lost, direct, directWrite } = order;
  const loop = loopBetween(first, then);
  const wider = lost ? "widened" : "narrowed";
  const add = (sort: Sort, kind: Group["kind"], key: string): void => {
    const group = found.get(key) ?? {
      sort,
      lost,
      kind,
      first: first.node,
      then: then.node,
      loop: loop ?? "",
      others: new Map(),
      times: 0,
    };
    found.set(key, group);
    group.times += 1;
    group.others.set(then.pattern, then.node);
  };
  if (loop !== null) {
    if (context.regrouped.has(loop)) return;
    const both = then.writes && (first.writes || first.guards);
    const kind = both && !context.changedLoops.has(loop) ? wider : "changed";
    add("loop", kind, `loop ${kind} ${lost} ${loop}`);
  } else if (first.guards && then.writes) add("guard", wider, `guard ${lost} ${first.pattern}`);
  else if (first.writes && then.writes) {
    if (directWrite) add("writes", wider, keyOf("writes", first.pattern, then.pattern, lost));
  } else if (direct) add("other", "changed", keyOf("other", first.pattern, then.pattern, lost));
}

const keyOf = (sort: Sort, first: string, then: string, lost: boolean): string => `${sort} ${lost} ${first} ${then}`;

/** The loop of which both are, in different elements, or between two batches of it. */
function loopBetween({ around: a }: Place, { around: b }: Place): string | null {
  const at = a.findIndex(({ element }, i) => element !== b[i]?.element);
  const [left, right] = [a[at], b[at]];
  return left !== undefined && right !== undefined && left.loop === right.loop ? loopPattern(left.loop) : null;
}

/** `roll[‹key›].restart` of `roll[web-1].restart`. */
export function patternOf(id: string): string {
  const around = elementsOf(id);
  const last = around.at(-1);
  if (last === undefined) return id;
  return `${loopPattern(last.loop)}[${keySign(around.length - 1)}]${id.slice(last.element.length)}`;
}

/** `outer[‹key›].inner` of `outer[a].inner`. */
export function loopPattern(loop: string): string {
  const around = elementsOf(`${loop}[x].y`).slice(0, -1);
  const last = around.at(-1);
  return last === undefined
    ? loop
    : `${loopPattern(last.loop)}[${keySign(around.length - 1)}]${loop.slice(last.element.length)}`;
}

function sayGroup(group: Group, turned: boolean, at: Spot): void {
  const { first, then, kind, lost, sort, loop, others, times } = group;
  const [before, after] = [brief(first.id, 120), brief(then.id, 120)];
  const and = times > 1 ? ` (one of ${count(times)} such pairs)` : "";
  const here = at.in(
    first.kind === "approve" && sort === "guard"
      ? "approvals"
      : sort === "guard" && first.kind !== "wait"
        ? "checks"
        : "order",
  );
  switch (sort) {
    case "loop":
      here
        .on(loop)
        .of("nodes.after")
        .say(
          kind,
          lost
            ? `elements run together, or in another order: ${after} does not wait for ${before} any more${and}`
            : `elements wait for each other: ${after} waits for ${before}${and}`,
        );
      break;
    case "guard": {
      const all = [...others.keys()];
      const named = `${all
        .slice(0, MOST_NAMED)
        .map((id) => brief(id, 120))
        .join(", ")}${all.length > MOST_NAMED ? ` and ${count(all.length - MOST_NAMED)} more` : ""}`;
      here
        .on(first.id, first.id)
        .of("nodes.after")
        .say(kind, lost ? `does not come before ${named} any more` : `comes before ${named} now`, {
          ...(here.area === "approvals" ? { rank: -2 } : {}),
        });
      break;
    }
    case "writes":
    case "other": {
      const lostWords = turned
        ? `comes before ${before} now, not after it`
        : `does not wait for ${before} any more: they may run together, or in the other order`;
      here
        .on(then.id, then.id)
        .of("nodes.after")
        .say(kind, `${lost ? lostWords : `waits for ${before} now`}${and}`);
      break;
    }
  }
}
