/** What of a plan's dangers stands in its picture: the worst in words above it, and a mark at each box and frame they are about. */
import type { Plan } from "../../plan/plan.schema.ts";
import { dangersOf } from "../danger.ts";
import { count } from "../show-value.ts";
import type { Alarm, Note } from "./model.ts";

/** Findings told above a picture before the rest is counted. */
const MOST = 3;
/** Marks at one box. */
const MOST_MARKS = 3;

export interface Alarms {
  readonly ofNode: (id: string) => readonly Alarm[];
  readonly ofLoop: (id: string) => readonly Alarm[];
}

export const NO_ALARMS: Alarms = { ofNode: () => [], ofLoop: () => [] };

export function alarmsOf(plan: Plan): Alarms {
  const nodes = new Map<string, Alarm[]>();
  const loops = new Map<string, Alarm[]>();
  const put = (into: Map<string, Alarm[]>, id: string, alarm: Alarm): void => {
    const list = into.get(id) ?? [];
    into.set(id, list);
    if (list.length < MOST_MARKS && !list.some(({ words }) => words === alarm.words)) list.push(alarm);
  };
  for (const { level, nodes: about, marks } of dangersOf(plan)) {
    if (level === "note") continue;
    const grave = level === "grave";
    for (const words of marks?.at ?? []) for (const id of about) put(nodes, id, { words, grave });
    for (const { id, mark } of marks?.loops ?? []) put(loops, id, { words: mark, grave });
  }
  return { ofNode: (id) => nodes.get(id) ?? [], ofLoop: (id) => loops.get(id) ?? [] };
}

/** Of several that are drawn as one: each mark once. */
export function together(all: readonly (readonly Alarm[])[]): Alarm[] {
  const found = new Map<string, Alarm>();
  for (const alarm of all.flat()) {
    const known = found.get(alarm.words);
    if (known === undefined || !known.grave) found.set(alarm.words, alarm);
  }
  return [...found.values()].slice(0, MOST_MARKS);
}

/** The worst first; the names of nodes are left out, since these are marked. What is only good to know is left to the plan. */
export function findingsOf(plan: Plan): Note[] {
  const all = dangersOf(plan);
  const told = all.filter(({ level }) => level !== "note").slice(0, MOST);
  if (told.length === 0) return [];
  const left = all.length - told.length;
  return [
    ...told.map(
      ({ words, short, level }): Note => ({
        text: short ?? words,
        bad: true,
        alarm: level === "grave" ? "grave" : "warning",
      }),
    ),
    ...(left > 0 ? [{ text: `and ${count(left)} more, see the plan`, bad: false }] : []),
  ];
}
