/**
 * Many names that are alike in a few words: `roll[×12].purge` for an element each of a loop, `w1…w9.purge` for numbers in a
 * row. What stands for several is told with how many, so that nothing is left out silently.
 */
import { keyless, segmentsOf } from "./outline.ts";
import { brief, count } from "./show-value.ts";

export interface Alike<T> {
  /** The name of the one, or what stands for all of them. Not escaped. */
  readonly name: string;
  readonly of: readonly T[];
}

/** Numbers in a row from here on are told by the first and the last. */
const ROW = 3;

/** In the order in which each first stands. */
export function foldIds<T>(items: readonly T[], idOf: (item: T) => string): Alike<T>[] {
  const byPattern = Map.groupBy(items, (item) => patternOf(idOf(item)));
  const loops = [...byPattern].flatMap(([pattern, of]): Alike<T>[] =>
    of.length < 2 || pattern === null
      ? of.map((item) => ({ name: idOf(item), of: [item] }))
      : [{ name: starred(of.map(idOf)), of }],
  );
  return foldRows(loops);
}

/** `host[×8].deploy, told and 3 more`: ids, folded, before the rest is counted. */
export function namesOf(ids: readonly string[], most = 2): string {
  const groups = foldIds(ids, (id) => id);
  const shown = groups.slice(0, most).map(({ name }) => brief(name, 80));
  const rest = groups.slice(most).reduce((sum, { of }) => sum + of.length, 0);
  return `${shown.join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}`;
}

/** Texts that are no ids, such as resources: only numbers in a row. */
export function foldTexts(texts: readonly string[]): Alike<string>[] {
  return foldRows(texts.map((text) => ({ name: text, of: [text] })));
}

/** The id without its keys; null outside of loops. */
function patternOf(id: string): string | null {
  if (!id.includes("[")) return null;
  const pattern = keyless(id);
  return pattern === id ? null : pattern;
}

/** `o[×2].i[×3].go`, where all that these counts promise is there; else `o[…].i[…].go ×5`. */
function starred(ids: readonly string[]): string {
  const all = ids.map(segmentsOf);
  const keysAt = (all[0] ?? []).map((_, at) => new Set(all.flatMap((segments) => segments[at]?.key ?? [])));
  const promised = keysAt.reduce((product, keys) => product * Math.max(1, keys.size), 1);
  const whole = promised === ids.length;
  const shown = (all[0] ?? []).map(({ name, key }, at) => {
    if (key === null) return name;
    const keys = keysAt[at]?.size ?? 1;
    return `${name}[${keys === 1 ? key : whole ? `×${keys}` : "…"}]`;
  });
  return `${shown.join(".")}${whole ? "" : ` ×${ids.length}`}`;
}

interface Numbered {
  readonly before: string;
  readonly after: string;
  readonly digits: string;
}

function foldRows<T>(items: readonly Alike<T>[]): Alike<T>[] {
  const groups = new Map<string, number[]>();
  const numbered = items.map(({ name, of }) => (of.length > 1 ? [] : numbersIn(name)));
  const keyOf = ({ before, after, digits }: Numbered): string => {
    const padded = digits.startsWith("0") ? digits.length : 0;
    return JSON.stringify([before, after, padded]);
  };
  numbered.forEach((found, i) => {
    for (const number of found) {
      const key = keyOf(number);
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(i);
    }
  });
  const taken = new Map<number, Alike<T> | null>();
  // The largest groups first: a name with two numbers is told by the one that varies most.
  for (const [key, group] of [...groups].toSorted(([, a], [, b]) => b.length - a.length)) {
    const rest = group.flatMap((i) => {
      const number = numbered[i]?.find((each) => keyOf(each) === key);
      return taken.has(i) || number === undefined ? [] : [{ i, number }];
    });
    for (const row of rowsOf(rest)) {
      const [first] = row;
      const last = row.at(-1);
      if (first === undefined || last === undefined) continue;
      const members = row.map(({ i }) => i);
      const { before, after, digits } = first.number;
      const own = before.slice(Math.max(...[".", "/", ":", "["].map((sign) => before.lastIndexOf(sign))) + 1);
      for (const i of members) taken.set(i, null);
      members.sort((a, b) => a - b);
      taken.set(members[0] ?? 0, {
        name: `${before}${digits}…${own}${last.number.digits}${after}`,
        of: members.flatMap((i) => items[i]?.of ?? []),
      });
    }
  }
  return items.flatMap((item, i) => {
    const row = taken.get(i);
    return row === undefined ? [item] : row === null ? [] : [row];
  });
}

/** Longer names are not told by their numbers: for each number what stands around it is held against others. */
const LONGEST = 400;

/** Each number in `name` with what stands around it; none that arithmetic would not keep. */
function numbersIn(name: string): Numbered[] {
  if (name.length > LONGEST) return [];
  return [...name.matchAll(/\d+/g)]
    .filter(([digits]) => digits.length < 16)
    .map((match) => ({
      before: name.slice(0, match.index),
      after: name.slice(match.index + match[0].length),
      digits: match[0],
    }));
}

/** Those of at least `ROW` numbers that follow one another without a gap. */
function rowsOf<N extends { readonly number: Numbered }>(found: readonly N[]): N[][] {
  const rows: N[][] = [];
  for (const each of found.toSorted((a, b) => Number(a.number.digits) - Number(b.number.digits))) {
    const before = rows.at(-1)?.at(-1);
    if (before !== undefined && Number(before.number.digits) + 1 === Number(each.number.digits))
      rows.at(-1)?.push(each);
    else rows.push([each]);
  }
  return rows.filter((row) => row.length >= ROW);
}
