/** Touches of parts that run at the same time, held against each other: by what they touch, never all pairs. */
import type { Span } from "../../language/tree.ts";
import type { Known } from "./flow.ts";
import { type Touch, togetherSurely } from "./touches.ts";

export interface Where {
  /** Whether the parts surely run at the same time; otherwise they do if a batch is larger than one. */
  readonly sure: boolean;
  /** The name of the loop whose elements they are; null for the branches of a `parallel`. */
  readonly loop: string | null;
  /** The event of the hook that one of the parts is. */
  readonly hook?: string;
  readonly place: Span | null;
}

export interface AcrossLoop extends Where {
  readonly loop: string;
  readonly id: string;
  /** What tells the elements apart. */
  readonly key: Known;
  readonly distinct: (path: readonly string[]) => boolean;
}

export interface Meeting {
  readonly code: "race" | "race-possible";
  readonly steps: string;
  readonly why: string;
  readonly span: Span;
  readonly label: string;
  readonly related: readonly { readonly span: Span; readonly note: string }[];
  readonly help: string;
}

export type Tell = (meeting: Meeting) => void;

/** What is kept of one thing: of each kind of touch, under each condition, two of different parts. */
type Seen = Map<string, { readonly part: number; readonly touch: Touch }[]>;

export function betweenParts(parts: readonly (readonly Touch[])[], tell: Tell, where: Where): void {
  const things = new Map<string, Seen | "told">();
  const once = oncePerPair(tell);
  const systems = new Map<string, Seen>();
  parts.forEach((touches, part) => {
    for (const touch of touches) {
      if (touch.thing !== null && touch.resource.run === "no") meet(things, touch, part, once, where);
      if (!touch.undo && touch.system !== null) keep(seenOf(systems, touch.system), touch, part);
    }
  });
  const told = new Set<Span>();
  parts.forEach((touches, part) => {
    for (const touch of touches) {
      if (touch.undo || touch.system === null || touch.resource.run !== "surely" || told.has(touch.span)) continue;
      const other = partner(seenOf(systems, touch.system), touch, part);
      if (other === null || told.has(other.span)) continue;
      told.add(touch.span);
      tell(unknownMeeting(touch, other, where));
    }
  });
}

/** Two steps that run actions may meet in many things: told of one, nobody needs the others. */
function oncePerPair(tell: Tell): (meeting: Meeting, other: Touch) => void {
  const pairs = new Map<Span, Set<Span>>();
  return (meeting, other) => {
    const met = pairs.get(meeting.span) ?? new Set();
    pairs.set(meeting.span, met);
    if (!met.has(other.span)) tell(meeting);
    met.add(other.span);
  };
}

/** One generic element against another: what does not vary with the loop is touched by both. */
export function acrossElements(touches: readonly Touch[], tell: Tell, loop: AcrossLoop): void {
  const told = new Set<string | Span>();
  for (const touch of touches) {
    if (!touch.writes || told.has(touch.span) || touch.conditions.some((condition) => condition.loops.has(loop.id)))
      continue;
    if (touch.resource.run === "surely" && !touch.undo) {
      // Elements that only the run knows still differ in their keys.
      if (touch.resource.loops.has(loop.id) && toldApart(touch, loop)) continue;
      told.add(touch.span);
      tell(unknownMeeting(touch, touch, loop));
      continue;
    }
    const thing = `${touch.thing}`;
    if (touch.thing === null || touch.resource.run !== "no" || told.has(thing)) continue;
    const same = !touch.resource.loops.has(loop.id);
    if (!same && (touch.resource.shape === null || toldApart(touch, loop))) continue;
    told.add(thing).add(touch.span);
    tell(same ? sameThing(touch, touch, loop) : perhapsSame(touch, loop));
  }
}

function meet(
  things: Map<string, Seen | "told">,
  touch: Touch,
  part: number,
  tell: (meeting: Meeting, other: Touch) => void,
  where: Where,
): void {
  const thing = `${touch.undo ? "undo" : "do"} ${touch.thing}`;
  const seen = things.get(thing);
  if (seen === "told") return;
  const other = seen === undefined ? null : partner(seen, touch, part);
  if (other === null) {
    const kept: Seen = seen ?? new Map();
    things.set(thing, kept);
    keep(kept, touch, part);
    return;
  }
  things.set(thing, "told");
  // Told of the steps, it need not be told of their rollbacks.
  if (!touch.undo) things.set(`undo ${touch.thing}`, "told");
  tell(sameThing(touch, other, where), other);
}

/** More conditions than these on one thing are not told apart. */
const MAX_KINDS = 64;

function keep(seen: Seen, touch: Touch, part: number): void {
  const kind = `${touch.writes} ${touch.conditions.map((c) => c.key).join(" ")}`;
  const kept = seen.get(kind);
  if (kept === undefined) {
    if (seen.size < MAX_KINDS) seen.set(kind, [{ part, touch }]);
  } else if (kept.length < 2 && kept[0]?.part !== part) kept.push({ part, touch });
}

function partner(seen: Seen, touch: Touch, part: number): Touch | null {
  for (const kept of seen.values())
    for (const other of kept)
      if (other.part !== part && (other.touch.writes || touch.writes) && togetherSurely(other.touch, touch))
        return other.touch;
  return null;
}

function seenOf(map: Map<string, Seen>, key: string): Seen {
  const found: Seen = map.get(key) ?? new Map();
  map.set(key, found);
  return found;
}

/** Whether what it touches names all that tells the elements apart; then whether they meet is a matter of values. */
function toldApart({ resource }: Touch, { key, distinct }: AcrossLoop): boolean {
  if (resource.within === null || key.within === null || key.loops.size === 0) return true;
  const parts = (key.shape ?? []).flatMap((part) => (typeof part === "string" ? [] : [part.key]));
  if ((parts.length === 0 ? [key.key] : parts).every((part) => resource.within?.has(part))) return true;
  return (resource.shape ?? []).some((part) => {
    const path = typeof part === "string" ? null : pathOf(part.of);
    return path !== null && path.length > 0 && distinct(path);
  });
}

/** `host.pool.name` of the loop's var: `pool`, `name`. */
function pathOf(expr: { readonly k: string }): readonly string[] | null {
  const path: string[] = [];
  let at: unknown = expr;
  while (isField(at)) {
    path.unshift(at.name);
    at = at.of;
  }
  return path;
}

function isField(at: unknown): at is { readonly k: "field"; readonly of: unknown; readonly name: string } {
  return typeof at === "object" && at !== null && "k" in at && at.k === "field" && "name" in at && "of" in at;
}

function sameThing(touch: Touch, other: Touch, where: Where): Meeting {
  const { loop } = where;
  const both = `touch ${touch.shown ?? "the same"}`;
  return {
    code: where.sure ? "race" : "race-possible",
    steps: who(touch, other, loop),
    why: `both ${both}`,
    span: touch.span,
    label: verb(touch),
    related: related(touch, other, where),
    help:
      where.hook !== undefined
        ? "let the hook touch something of its own, or make it a step where it belongs in the order"
        : loop === null
          ? "put them into one branch, in their order, or give each operation the resource it really touches"
          : `take batch away, or name what each element of ${loop} touches by its key`,
  };
}

function perhapsSame(touch: Touch, loop: AcrossLoop): Meeting {
  return {
    code: "race-possible",
    steps: who(touch, touch, loop.loop),
    why: `both may touch one ${touch.shown}: that does not name what tells the elements apart`,
    span: touch.span,
    label: verb(touch),
    related: related(touch, touch, loop),
    help: `name it by the key of ${loop.loop}, make what differs the key, or take batch away`,
  };
}

function unknownMeeting(touch: Touch, other: Touch, where: Where): Meeting {
  return {
    code: where.sure ? "race" : "race-possible",
    steps: who(touch, other, where.loop),
    why: `what ${touch.by} touches is only known in the run, so it may be anything of ${touch.instance}`,
    span: touch.span,
    label: "may touch anything",
    related: related(touch, other, where),
    help: "let them follow one another, or name what it touches by inputs, facts and constants",
  };
}

function who(touch: Touch, other: Touch, loop: string | null): string {
  if (loop !== null && touch.by === other.by) return `${touch.by} of two elements of ${loop}`;
  const bare = other.by.replace("the rollback of ", "");
  if (touch.undo && other.undo) return `the rollbacks of ${bare} and ${touch.by.replace("the rollback of ", "")}`;
  return `${other.by} and ${touch.by}`;
}

const verb = (touch: Touch): string => `${touch.writes ? "writes" : "reads"} ${touch.shown ?? "it"}`;

function related(touch: Touch, other: Touch, where: Where): Meeting["related"] {
  const place = where.place === null ? [] : [{ span: where.place, note: noteOf(where) }];
  return other.span === touch.span ? place : [{ span: other.span, note: verb(other) }, ...place];
}

function noteOf({ loop, hook }: Where): string {
  if (hook !== undefined) return "runs beside the run";
  return loop === null ? "at the same time" : "several at a time";
}
