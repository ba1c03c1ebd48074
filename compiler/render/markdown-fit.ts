/**
 * Markdown that fits where it is to go. A document is made of sections of units: lines of a list, rows of a table, lines of a
 * block of code. Units are left out whole, from the end of the last section on, and what is left out is counted; so no
 * table, block or fold is ever cut open.
 */

export interface Section {
  /** What stands before the units. */
  readonly open: string;
  readonly units: readonly string[];
  readonly between: string;
  /** What stands after the units that are shown; says of how many are left out. */
  readonly close: (left: number) => string;
  /** The whole of the section where not one unit has room; empty: nothing is said. */
  readonly none: string;
  /** Characters that it keeps as long as others have more than theirs. */
  readonly keeps: number;
}

/** A section that is shown whole, for it is short. */
export function whole(text: string): Section {
  return { open: "", units: [text], between: "", close: () => "", none: text, keeps: text.length };
}

const GAP = "\n\n";

/**
 * The sections in their order, the first the most important, in at most `limit` characters (UTF-16 units), ended by one line end.
 * Sections are cut down from the last on, first to what they keep, then further.
 */
export function fitted(sections: readonly Section[], limit: number): string {
  const sized = sections.filter(({ units }) => units.length > 0).map(sizes);
  const shown = sized.map(({ section }) => section.units.length);
  const sizeOf = (i: number): number => sized[i]?.size(shown[i] ?? 0) ?? 0;
  let total = shown.reduce((sum, _, i) => sum + sizeOf(i) + GAP.length, 1);
  for (const floor of [true, false]) {
    for (let i = sized.length - 1; i >= 0 && total > limit; i--) {
      const of = sized[i];
      if (of === undefined) continue;
      const before = sizeOf(i);
      const room = Math.max(floor ? of.section.keeps : 0, before - (total - limit));
      shown[i] = of.most(room, shown[i] ?? 0);
      total += sizeOf(i) - before;
    }
  }
  const texts = sized.map(({ section }, i) => textOf(section, shown[i] ?? 0)).filter((text) => text !== "");
  return `${texts.join(GAP)}\n`;
}

function textOf({ open, units, between, close, none }: Section, n: number): string {
  return n === 0 ? none : `${open}${units.slice(0, n).join(between)}${close(units.length - n)}`;
}

interface Sized {
  readonly section: Section;
  /** Characters with so many units. */
  readonly size: (n: number) => number;
  /** The most units, `n` at most, that take no more than `room`. */
  readonly most: (room: number, n: number) => number;
}

function sizes(section: Section): Sized {
  const { open, units, between, close, none } = section;
  const ends = [0];
  for (const unit of units) ends.push((ends.at(-1) ?? 0) + unit.length + between.length);
  const size = (n: number): number =>
    n === 0 ? none.length : open.length + (ends[n] ?? 0) - between.length + close(units.length - n).length;
  const most = (room: number, n: number): number => {
    let at = n;
    while (at > 0 && size(at) > room) at--;
    return at;
  };
  return { section, size, most };
}
