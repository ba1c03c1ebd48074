/** Phrases of a comparison that all its renderings share. Everything returned is free of control characters, and not escaped otherwise. */
import { elementsOf } from "../render/outline.ts";
import { brief, count } from "../render/show-value.ts";
import { plural, shortDigest, timeText } from "../render/words.ts";
import { type Entry, KINDS, type Kind } from "./entry.ts";
import type { PlanDiff, Side } from "./plan-diff.ts";
import { focus } from "./show.ts";

/** What stands above the entries of each kind. */
export const HEADINGS: Readonly<Record<Kind, readonly [title: string, about: string]>> = {
  widened: ["Wider", "NEW does, touches or allows this beyond OLD"],
  narrowed: ["Narrower", "NEW does less of this, or is held to more"],
  added: ["Added", ""],
  removed: ["Removed", ""],
  changed: ["Changed", "neither wider nor narrower by its form: read it"],
};

const SHORT: Readonly<Record<Kind, string>> = {
  widened: "wider",
  narrowed: "narrower",
  added: "added",
  removed: "removed",
  changed: "changed",
};

export function verdict({ same, counts, old, new: now }: PlanDiff): {
  readonly said: string;
  readonly counted: string;
} {
  if (same)
    return {
      said: old.digest === now.digest ? "The same plan" : "The same in meaning",
      counted: old.digest === now.digest ? "" : "only made at another time, or from sources laid out otherwise",
    };
  const told = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${count(counts[kind])} ${SHORT[kind]}`);
  return counts.widened > 0
    ? { said: "NEW goes beyond OLD", counted: told.join(" · ") }
    : { said: "NEW differs from OLD", counted: ["nothing wider", ...told].join(" · ") };
}

/** ` ×1,000`, behind a subject that stands for several. */
export function times({ subject, subjects }: Entry): string {
  return subject === subjects.join(", ") ? "" : ` ×${count(subjects.length)}`;
}

/** Elements named before the rest is counted. */
const MOST_KEYS = 6;

/** `web-1, web-2 and 998 more`: which elements an entry stands for; null where its subject says it. */
export function elementsText({ subject, subjects }: Entry): string | null {
  if (subjects.length < 2 || !subject.includes("‹key")) return null;
  const keys = [
    ...new Set(
      subjects.map((id) =>
        elementsOf(`${id}.`)
          .map(({ key }) => key)
          .join("/"),
      ),
    ),
  ];
  const shown = keys.slice(0, MOST_KEYS).map((key) => brief(key, 60));
  return `${shown.join(", ")}${keys.length > shown.length ? ` and ${count(keys.length - shown.length)} more` : ""}`;
}

export interface Change {
  readonly from: string | null;
  readonly to: string | null;
}

/** What stands behind the words; of long texts the middle is left out. */
export function changeOf({ from, to }: Entry, most: number): Change {
  const shown =
    from !== null && to !== null && Math.max(from.length, to.length) > most ? focus(from, to) : { from, to };
  const cut = (text: string | null): string | null => (text === null ? null : brief(text, most));
  return { from: cut(shown.from), to: cut(shown.to) };
}

export function sideText({ title, action, requester, workspace, digest, createdAt }: Side): string {
  return `${title} · ${action} · requested by ${requester} · workspace ${workspace} · plan ${shortDigest(digest)}, made ${timeText(createdAt)}`;
}

/** Diff lines shown of one entry before the rest is counted. */
export const DIFF_LINES = 60;

export const moreLines = (hidden: number): string => `… ${plural(hidden, "more line")} of this difference`;

const isGrave = (note: string): boolean => note.includes(" is malformed") || note.startsWith("NEW is refused");

/** Notes that must not be overlooked, which stand below the verdict; and the others, which stand last. */
export function notesOf({ notes }: PlanDiff): {
  readonly grave: readonly string[];
  readonly others: readonly string[];
} {
  return { grave: notes.filter(isGrave), others: notes.filter((note) => !isGrave(note)) };
}
