/** What differs between two plans, as data: what was found while comparing, and what is told of it. */

/**
 * `widened`: the new plan does, touches or allows more, or holds itself to less. `narrowed`: the other way round. Where it
 * cannot be told of something that guards or writes, it is `widened`. The rest has no direction.
 */
export const KINDS = ["widened", "narrowed", "added", "removed", "changed"] as const;
export type Kind = (typeof KINDS)[number];

/** In the order in which they are told. */
export const AREAS = [
  "trust",
  "approvals",
  "effects",
  "undo",
  "guardrails",
  "checks",
  "conditions",
  "plan",
  "order",
  "failure",
  "windows",
  "locks",
  "limits",
  "providers",
  "secrets",
  "times",
  "hooks",
  "facts",
  "inputs",
  "arguments",
  "names",
  "texts",
] as const;
export type Area = (typeof AREAS)[number];

export interface Entry {
  readonly kind: Kind;
  readonly area: Area;
  /** What it is about: a node's id, `approval sign_off`, `lock deploy`. `‹key›` stands for the keys of several elements. */
  readonly subject: string;
  /** Ids of all that it is about; several where they differ in the same way. */
  readonly subjects: readonly string[];
  /** The field of the plan, such as `call.effect`. */
  readonly field: string;
  /** In words, which go on from the subject. */
  readonly what: string;
  /** As people write it; null where there is nothing to show. */
  readonly from: string | null;
  readonly to: string | null;
  /** Lines of a unified diff, of texts of several lines. */
  readonly diff: readonly string[];
}

/** One difference, of one thing. Texts are safe to show but for `subject`, which is as the plan has it. */
export interface Draft extends Omit<Entry, "subjects"> {
  /** The node it is about, if it is one: those in loops are told together. */
  readonly node: string | null;
  /** How near to the top it stands among others of its kind: 0 is first. */
  readonly rank: number;
}

export interface Said {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly diff?: readonly string[];
  readonly rank?: number;
}

/** Where something was found: it notes what differs there. */
export interface Spot {
  readonly subject: string;
  readonly area: Area;
  say(kind: Kind, what: string, said?: Said): void;
  /** The same thing seen under another area, or one of its fields. */
  in(area: Area): Spot;
  of(field: string): Spot;
  on(subject: string, node?: string | null): Spot;
  /** How many differences were noted so far, anywhere. */
  count(): number;
}

export function spotIn(found: Draft[], area: Area, subject = "the plan", field = "", node: string | null = null): Spot {
  return {
    subject,
    area,
    say: (kind, what, { from = null, to = null, diff = [], rank = AREAS.indexOf(area) } = {}) => {
      // Whatever their difference was, it must not read as none.
      const other = from !== null && from === to ? `${to} (not the same)` : to;
      found.push({ kind, area, subject, field, node, what, from, to: other, diff, rank });
    },
    in: (other) => spotIn(found, other, subject, field, node),
    of: (name) => spotIn(found, area, subject, field === "" ? name : `${field}.${name}`, node),
    on: (other, at = null) => spotIn(found, area, other, field, at),
    count: () => found.length,
  };
}
