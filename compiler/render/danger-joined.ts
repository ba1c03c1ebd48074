/**
 * Several dangers about the very same changes are one sentence, which is worse than each of them: all at the same time, before
 * anybody is asked, and not undone.
 */
import type { Danger, DangerLevel, Joins } from "./danger-type.ts";

type Joinable = Danger & { readonly joins: Joins };

/** In the order in which the sentence goes. */
const ORDER: readonly Joins["kind"][] = ["at once", "unasked", "stays"];
const LEVELS: readonly DangerLevel[] = ["grave", "warning", "note"];

/** The same dangers, those about the same nodes joined; each where the first of its kind stood. */
export function joined(dangers: readonly Danger[]): Danger[] {
  const groups = Map.groupBy(dangers.filter(isJoinable), ({ nodes }) => JSON.stringify(nodes.toSorted()));
  const madeOf = new Map<Danger, Danger | null>();
  for (const group of groups.values()) {
    // Two of one kind about the same nodes do not happen; if they did, each would stand for itself.
    if (group.length < 2 || new Set(group.map(({ joins }) => joins.kind)).size < group.length) continue;
    for (const [i, each] of group.entries()) madeOf.set(each, i === 0 ? join(group) : null);
  }
  return dangers.flatMap((danger) => {
    const made = madeOf.get(danger);
    return made === undefined ? [danger] : made === null ? [] : [made];
  });
}

const isJoinable = (danger: Danger): danger is Joinable => danger.joins !== undefined;

function join(group: readonly Joinable[]): Danger {
  const parts = group.toSorted((a, b) => ORDER.indexOf(a.joins.kind) - ORDER.indexOf(b.joins.kind));
  const has = (kind: Joins["kind"]): boolean => parts.some(({ joins }) => joins.kind === kind);
  const [first] = parts;
  const { subject = "" } = first?.joins ?? {};
  const be = /^1 /.test(subject) ? "is" : "are";
  const said = parts.map(({ joins }, i) =>
    i === 0 || joins.kind === "stays" ? `${be} ${joins.clause}` : withoutVerb(joins),
  );
  const last = said.pop() ?? "";
  const short = `${subject} ${said.join(", ")}${said.length > 1 ? "," : ""} ${has("stays") ? "and " : ""}${last}`;
  const named = parts.map(({ joins }) => joins.named).find((each) => each !== "") ?? "";
  const worst = LEVELS.find((level) => parts.some((each) => each.level === level)) ?? "warning";
  // Nobody was asked, and nothing brings it back: that cannot be mended by looking again.
  const level = has("unasked") && has("stays") ? "grave" : worst === "note" ? "warning" : worst;
  return {
    level,
    words: named === "" ? short : `${short}: ${named}`,
    short,
    nodes: first?.nodes ?? [],
    marks: {
      at: parts.flatMap(({ marks }) => marks?.at ?? []),
      loops: parts.flatMap(({ marks }) => marks?.loops ?? []),
    },
  };
}

/** `made before anybody is asked`, behind something else that is done to them. */
const withoutVerb = ({ clause }: Joins): string => clause.replace(/^made /, "");
