/** What the drawn renderings (SVG, Mermaid) show of a plan: boxes, arrows and frames, without any syntax. Texts are safe, not escaped for a format. */
import type { Fate } from "../happened.ts";

/** Decides colour and shape. `rules` and `window` are gates at the beginning; they stand for no node. */
export type Look =
  | "read"
  | "write"
  | "destroy"
  | "check"
  | "approve"
  | "require"
  | "wait"
  | "join"
  | "rules"
  | "window";

export interface BoxFate {
  /** Of several nodes the one that matters most. */
  readonly fate: Fate;
  /** `failed after 3 attempts in 12s`; of several nodes `1 failed, 4 done`. */
  readonly words: string;
}

/** A danger where it is: two or three words. */
export interface Alarm {
  readonly words: string;
  readonly grave: boolean;
}

export interface Box {
  /** `n12`, of a hook `h0n2`, of a gate `g0`: no text of the plan becomes syntax. */
  readonly name: string;
  readonly look: Look;
  /** Indexes in the nodes of the plan, or of the hook; more than one where alike nodes are drawn as one. */
  readonly nodes: readonly number[];
  /** Index in the plan's hooks; null for the plan's own nodes. */
  readonly hook: number | null;
  /** Of one node its id; of several one in which `‹key›` stands for what differs. */
  readonly id: string;
  readonly head: string;
  readonly details: readonly string[];
  /** How long what it gives lasts, and in a run how that stands; null where it is not for a time. */
  readonly lease: string | null;
  /** Why it cannot be taken back, in two or three words; null where it can. */
  readonly final: string | null;
  readonly conditional: boolean;
  /** It comes after the point of no return, or is it. */
  readonly after: boolean;
  /** Everything about it, a line each. */
  readonly tip: readonly string[];
  readonly fate: BoxFate | null;
  readonly alarms: readonly Alarm[];
}

/** An element of a loop, for the map of its waves. */
export interface Chip {
  readonly key: string;
  readonly id: string;
  readonly fate: BoxFate | null;
}

export interface Frame {
  readonly name: string;
  readonly kind: "root" | "part" | "loop" | "element";
  /** Path of the part, loop or element; empty for the root. */
  readonly id: string;
  readonly title: string;
  readonly notes: readonly string[];
  readonly alarms: readonly Alarm[];
  /** How many elements it stands for; 1 where nothing is folded. */
  readonly count: number;
  /** Elements that may run together, wave by wave, where the frame does not show them one by one; else none. */
  readonly waves: readonly (readonly Chip[])[];
  /** Pauses between waves that have no box: indexes of nodes. */
  readonly pauses: readonly number[];
  readonly boxes: readonly Box[];
  readonly frames: readonly Frame[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The plan's own nodes, or those of a hook. */
export interface Flow {
  /** `failure`, `end`, …; null for the plan's own. */
  readonly event: string | null;
  readonly root: Frame;
  /** None is implied by others, and none leads back. */
  readonly edges: readonly Edge[];
}

/** A line about the whole plan; `bad` must not be missed. */
export interface Note {
  readonly text: string;
  readonly bad: boolean;
  /** A danger that must be known before a yes; none where it is something else. */
  readonly alarm?: "grave" | "warning";
  /** How the run goes or went. */
  readonly ofRun?: true;
}

export interface Picture {
  readonly title: string;
  /** Risk, name, requester, digest. */
  readonly facts: readonly string[];
  readonly risk: string | null;
  readonly notes: readonly Note[];
  /** The plan's own first. */
  readonly flows: readonly Flow[];
  /** Boxes without joins, in all flows. */
  readonly size: number;
}

export function boxesOf(frame: Frame): Box[] {
  return [...frame.boxes, ...frame.frames.flatMap(boxesOf)];
}

export function framesOf(frame: Frame): Frame[] {
  return [frame, ...frame.frames.flatMap(framesOf)];
}
