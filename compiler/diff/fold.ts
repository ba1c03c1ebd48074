/** What differs in the same way in many places is told once, with all of them. */
import { canonicalJson } from "../canonical.ts";
import { keySign } from "../render/fold.ts";
import { elementsOf } from "../render/outline.ts";
import { brief, count } from "../render/show-value.ts";
import { replaceWords } from "../render/whole-words.ts";
import { type Draft, type Entry, KINDS } from "./entry.ts";
import { patternOf } from "./order.ts";

/** Subjects named in one line before the rest is counted. */
const MOST_NAMED = 4;

/** The gravest first within each kind; what was found twice is told once. */
export function foldDrafts(drafts: readonly Draft[]): Entry[] {
  const found = unique(drafts);
  const folded = [
    (draft: Draft) => [draft.node === null ? draft.subject : patternOf(draft.node), words(draft)],
    (draft: Draft) => [draft.node === null ? draft.subject : patternOf(draft.node), words(generalised(draft))],
    (draft: Draft) => [draft.node === null ? draft.subject : "", words(draft)],
  ].reduce<Group[]>(
    (groups, key, round) => merge(groups, key, round),
    found.map((draft) => ({ drafts: [draft], round: -1 })),
  );
  return folded
    .map((group, at) => ({ group, at, first: group.drafts[0] }))
    .sort((a, b) => order(a.first) - order(b.first) || a.at - b.at)
    .flatMap(({ group }) => entryOf(group));
}

const order = (draft: Draft | undefined): number =>
  draft === undefined ? 0 : KINDS.indexOf(draft.kind) * 1_000 + draft.rank;

const words = ({ kind, area, field, what, from, to, diff }: Draft): readonly unknown[] => [
  kind,
  area,
  field,
  what,
  from,
  to,
  diff,
];

function unique(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>();
  return drafts.filter((draft) => {
    const { field: _, ...rest } = draft;
    const key = canonicalJson({ ...rest, rank: 0 });
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Differences that are told together; in which round they were found to be alike, -1 for one alone. */
interface Group {
  readonly drafts: readonly Draft[];
  readonly round: number;
}

/** Groups of one that are alike become one; those that were found alike before stay as they are. */
function merge(groups: readonly Group[], key: (draft: Draft) => readonly unknown[], round: number): Group[] {
  const found = new Map<string, Draft[]>();
  const places: (Group | string)[] = [];
  for (const group of groups) {
    const [first] = group.drafts;
    if (first === undefined || group.drafts.length > 1) places.push(group);
    else {
      const text = canonicalJson(key(first));
      const same = found.get(text);
      if (same === undefined) {
        found.set(text, [first]);
        places.push(text);
      } else same.push(first);
    }
  }
  return places.map((place) => {
    if (typeof place !== "string") return place;
    const drafts = found.get(place) ?? [];
    return { drafts, round: drafts.length > 1 ? round : -1 };
  });
}

/** With `‹key›` for the keys of the elements it lies in, wherever they stand as words of their own. */
function generalised(draft: Draft): Draft {
  const around = draft.node === null ? [] : elementsOf(draft.node);
  const texts = [draft.what, draft.from ?? "", draft.to ?? "", ...draft.diff];
  if (around.length === 0 || texts.some((text) => text.includes(keySign(0).slice(0, 4)))) return draft;
  // The innermost first: where two loops have one key, it stands for what is nearest.
  const put = (text: string): string =>
    around.reduceRight((done, { key }, depth) => (key === "" ? done : replaceWords(done, [key], keySign(depth))), text);
  return {
    ...draft,
    what: put(draft.what),
    from: draft.from === null ? null : put(draft.from),
    to: draft.to === null ? null : put(draft.to),
    diff: draft.diff.map(put),
  };
}

function entryOf({ drafts, round }: Group): Entry[] {
  const [first] = drafts;
  if (first === undefined) return [];
  const { node, rank: _, subject, ...rest } = round === 1 ? generalised(first) : first;
  const subjects = [...new Set(drafts.map((draft) => brief(draft.subject, 400)))];
  return [{ ...rest, subject: subjectOf(subjects, round, node), subjects }];
}

function subjectOf(subjects: readonly string[], round: number, node: string | null): string {
  const [only = ""] = subjects;
  if (subjects.length === 1) return only;
  if (round < 2 && node !== null) return brief(patternOf(node), 400);
  const shown = subjects.slice(0, MOST_NAMED);
  const left = subjects.length - shown.length;
  return `${shown.join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}`;
}
