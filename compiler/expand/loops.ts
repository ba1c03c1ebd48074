/** `for`: one sub-graph for each element, in waves. */
import { isConst } from "../ir/evaluate.ts";
import { constant, type Value } from "../ir/expr.ts";
import type { ForStmt } from "../program.ts";
import { exits, newFrontier, passBarrier } from "./frontier.ts";
import { keyText } from "./keys.ts";
import { dependencies } from "./order.ts";
import { boundOf, type Element, openList, slotsOf } from "./slots.ts";
import { ANY_TIME, inner, numberAt, type Place, problem, reduceAt, valueAt } from "./state.ts";
import { compound, expandStatements, holdsBarrier } from "./statements.ts";

/** More than this is not a plan anybody reviews; it bounds what a list from outside can do. */
const MAX_ELEMENTS = 100_000;

export function expandFor(place: Place, statement: ForStmt): void {
  const open = place.x.needs.length > 0 ? null : openList(place, statement);
  const batch = numberAt(place, statement.batch, 1, "the size of a batch", statement.at, {
    least: 1,
    most: MAX_ELEMENTS,
  });
  const elements = open === null ? elementsOf(place, statement) : slotsOf(place, statement, open, batch > 1);
  if (elements === null) return;
  const every = numberAt(place, statement.every, 0, "the pause between batches", statement.at, ANY_TIME);
  const loop = listed(place, statement, elements, open !== null);
  const one = (element: Element, frontier: Place["frontier"]): void => {
    const id = `${place.prefix}${statement.id}[${element.key}]`;
    const when = [...place.when, ...element.when];
    element.when.forEach((condition, i) => {
      place.x.firstSlot.set(condition, elements[0]?.when[i] ?? condition);
    });
    const here = inner(place, { prefix: `${id}.`, frontier, when, element: loop ? id : place.element });
    here.vars.set(statement.id, element.value);
    expandStatements(here, statement.body);
  };
  compound(place, statement.body, (frontier) => {
    if (!holdsBarrier(place.x.program, statement.body)) {
      for (const element of elements) one(element, frontier);
      return;
    }
    for (let first = 0; first < elements.length; first += batch) {
      const wave = elements.slice(first, first + batch);
      const when = wave[0]?.when ?? [];
      if (first > 0)
        between(
          inner(place, { when: [...place.when, ...when], frontier }),
          statement,
          first / batch,
          every,
          wave.length,
        );
      const start = exits(frontier);
      const ends: string[] = [];
      for (const element of wave) {
        const own = newFrontier(start);
        one(element, own);
        ends.push(...exits(own));
      }
      passBarrier(frontier, [...new Set(ends)]);
    }
  });
}

/**
 * Whether the plan lists its elements: where some may fail, so that a run can undo one alone, and where only the run knows
 * what they are.
 */
function listed(place: Place, statement: ForStmt, elements: readonly Element[], open: boolean): boolean {
  const bounds = { least: 0, most: MAX_ELEMENTS };
  const tolerate = numberAt(place, statement.tolerate, 0, "how many may fail", statement.at, bounds);
  if (tolerate === 0 && !open) return false;
  const id = `${place.prefix}${statement.id}`;
  if (tolerate >= elements.length && elements.length > 0) {
    const all = `tolerate ${tolerate} lets all ${elements.length} elements fail, and the run would go on as if nothing were wrong`;
    problem(place, "refused", "for", all, statement.at, "tolerate fewer");
  }
  for (const { key } of elements) place.x.within.set(`${id}[${key}]`, place.element);
  place.x.loops.push({
    id,
    at: statement.at,
    tolerate,
    elements: elements.map(({ key, shown }) => ({ id: `${id}[${key}]`, key: shown, within: place.element })),
  });
  return true;
}

/** Between two batches: a pause if one is asked for, else a join where it saves edges. */
function between(place: Place, statement: ForStmt, wave: number, every: number, next: number): void {
  const { frontier } = place;
  const after = dependencies(place, place.when, [], false);
  const base = { at: statement.at, part: place.part, element: place.element, after, when: [...place.when] };
  const id = `${place.prefix}${statement.id}[batch ${wave + 1}]`;
  if (every > 0) place.x.nodes.push({ kind: "wait", id, ...base, duration: every });
  else if (after.length > 1 && next > 1) place.x.nodes.push({ kind: "join", id, ...base });
  else return;
  passBarrier(frontier, [id]);
}

function elementsOf(place: Place, statement: ForStmt): Element[] | null {
  const over = valueAt(place, statement.over, "what this for goes over", statement.at);
  if (!Array.isArray(over)) return null;
  if (over.length === 0 && !statement.allowEmpty) {
    problem(
      place,
      "refused",
      "for",
      "there is nothing to go over: the list is empty",
      statement.at,
      "if that is fine, write allow empty after the list",
    );
  }
  if (over.length > MAX_ELEMENTS) {
    problem(
      place,
      "refused",
      "for",
      `there are ${over.length} elements; at most ${MAX_ELEMENTS} can be planned`,
      statement.at,
    );
    return null;
  }
  const most = statement.atMost === null ? over.length : boundOf(place, statement);
  if (over.length > most) {
    const many = `there are ${over.length} elements here; at most ${most} are allowed`;
    problem(place, "refused", "for", many, statement.at);
  }
  const seen = new Set<string>();
  const keys = keysOf(place, statement, over);
  if (keys === null) return null;
  return over.map((value: Value, i) => {
    const raw = keys[i] ?? null;
    const key = keyText(raw);
    if (seen.has(key))
      problem(
        place,
        "refused",
        "for",
        `two elements have the key ${key}`,
        statement.at,
        "make the key tell them apart",
      );
    seen.add(key);
    return { key, shown: { is: "known", value: raw }, value: constant(value), when: [] };
  });
}

/** Null while they rest on facts that are still to be read. */
function keysOf(place: Place, { id, key, at }: ForStmt, over: readonly Value[]): readonly Value[] | null {
  if (key === null) return over;
  const keys = over.map((value) => {
    const here = inner(place);
    here.vars.set(id, constant(value));
    return reduceAt(here, key, at);
  });
  if (place.x.needs.length > 0 && !keys.every(isConst)) return null;
  return keys.map((each) => valueAt(place, each, "the key", at));
}
