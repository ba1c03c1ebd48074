/** How many elements of each loop run at a time. */
import type { Plan } from "../plan/plan.schema.ts";
import { type Item, outline } from "../render/outline.ts";
import { count } from "../render/show-value.ts";
import type { Spot } from "./entry.ts";
import { loopPattern } from "./order.ts";

interface Width {
  /** The most elements that run at a time. */
  readonly most: number;
  /** Ids of all its elements. */
  readonly elements: readonly string[];
}

export interface Concurrency {
  /** By loop, as `loopPattern` writes it. */
  readonly regrouped: ReadonlyMap<string, "widened" | "narrowed">;
  readonly changedLoops: ReadonlySet<string>;
  /** Loops of both plans, and elements of the new one. */
  readonly loops: ReadonlySet<string>;
  readonly elements: ReadonlySet<string>;
}

/** `old` with the names that the new plan has for what is in both. */
export function compareConcurrency(old: Plan, now: Plan, at: Spot): Concurrency {
  const [before, after] = [widths(old), widths(now)];
  const regrouped = new Map<string, "widened" | "narrowed">();
  const changedLoops = new Set<string>();
  const shared = new Set<string>();
  for (const [id, { most, elements: had }] of before) {
    const match = after.get(id);
    if (match === undefined) continue;
    shared.add(id);
    const pattern = loopPattern(id);
    const named = new Set(match.elements);
    if (had.length !== match.elements.length || had.some((element) => !named.has(element))) changedLoops.add(pattern);
    if (most === match.most) continue;
    const wider = match.most > most;
    regrouped.set(pattern, wider ? "widened" : "narrowed");
    const all = (n: number, of: number): string => `${count(n)} of ${count(of)}`;
    at.in("order")
      .on(`loop ${id}`)
      .of("nodes.after")
      .say(wider ? "widened" : "narrowed", wider ? "more elements run at a time" : "fewer elements run at a time", {
        from: all(most, had.length),
        to: all(match.most, match.elements.length),
      });
  }
  return {
    regrouped,
    changedLoops,
    loops: shared,
    elements: new Set([...after.values()].flatMap((each) => each.elements)),
  };
}

function widths(plan: Plan): Map<string, Width> {
  const found = new Map<string, Width>();
  const walk = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.kind === "part") walk(item.part.items);
      if (item.kind !== "loop") continue;
      const { loop } = item;
      found.set(loop.id, {
        most: Math.max(0, ...loop.waves.map((wave) => wave.length)),
        elements: loop.elements.map(({ id }) => id),
      });
      for (const element of loop.elements) walk(element.items);
    }
  };
  walk(outline(plan));
  return found;
}
