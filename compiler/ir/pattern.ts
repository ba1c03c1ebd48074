/**
 * Patterns of `.matches(…)`: the part of regular expressions that is matched in linear time, whatever the text. A
 * pattern becomes a small machine whose states are followed together, so nothing is tried twice (Thompson's way).
 * The whole text must match.
 */

/** `at` counts UTF-16 units into the pattern. */
export type Pattern =
  | { readonly ok: true; readonly machine: readonly Instruction[] }
  | { readonly ok: false; readonly why: string; readonly at: number };

/** Code points, both ends included; `not` for all others. */
interface CharSet {
  readonly not: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

type Instruction =
  | { readonly i: "char"; readonly set: CharSet }
  | { readonly i: "split"; readonly to: readonly number[] }
  | { readonly i: "start" }
  | { readonly i: "end" }
  | { readonly i: "match" };

type Part =
  | { readonly p: "char"; readonly set: CharSet }
  | { readonly p: "start" }
  | { readonly p: "end" }
  | { readonly p: "all"; readonly parts: readonly Part[] }
  | { readonly p: "any"; readonly of: readonly Part[] }
  | { readonly p: "repeat"; readonly of: Part; readonly least: number; readonly most: number | null };

/** Instructions; `{m,n}` writes out what it repeats. */
const MAX_MACHINE = 2_000;
const MAX_DEPTH = 50;
/** Steps of one match: what is longer is refused rather than waited for. */
const MAX_STEPS = 20_000_000;

class Refused extends Error {
  readonly at: number;
  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

export function parsePattern(text: string): Pattern {
  try {
    const reader = new Reader(text);
    const part = reader.alternatives(0);
    if (!reader.done) throw new Refused("there is no ( before this", reader.at);
    const machine: Instruction[] = [];
    compile(part, machine);
    machine.push({ i: "match" });
    return { ok: true, machine };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ok: false, why: error.message, at: error.at };
  }
}

/** Whether all of `text` matches; undefined where that would take too long. */
export function matchesPattern(machine: readonly Instruction[], text: string): boolean | undefined {
  let work = 0;
  let now = follow(machine, [0], true, text === "");
  let position = 0;
  for (const character of text) {
    work += now.length + 1;
    if (work > MAX_STEPS) return undefined;
    position += character.length;
    const code = character.codePointAt(0) ?? 0;
    const next: number[] = [];
    for (const state of now) {
      const instruction = machine[state];
      if (instruction?.i === "char" && isIn(instruction.set, code)) next.push(state + 1);
    }
    if (next.length === 0) return false;
    now = follow(machine, next, false, position === text.length);
  }
  return now.some((state) => machine[state]?.i === "match");
}

/** The states reached from `from` without reading: those that read, and the match. */
function follow(machine: readonly Instruction[], from: readonly number[], atStart: boolean, atEnd: boolean): number[] {
  const seen = new Set<number>();
  const reached: number[] = [];
  const open = [...from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const instruction = machine[state];
    switch (instruction?.i) {
      case "split":
        open.push(...instruction.to);
        break;
      case "start":
        if (atStart) open.push(state + 1);
        break;
      case "end":
        if (atEnd) open.push(state + 1);
        break;
      case "char":
      case "match":
        reached.push(state);
        break;
      case undefined:
        break;
    }
  }
  return reached;
}

function isIn(set: CharSet, code: number): boolean {
  return set.ranges.some(([from, to]) => from <= code && code <= to) !== set.not;
}

function compile(part: Part, into: Instruction[]): void {
  if (into.length > MAX_MACHINE) throw new Refused("it grows too large: repeat less", 0);
  switch (part.p) {
    case "char":
      into.push({ i: "char", set: part.set });
      return;
    case "start":
    case "end":
      into.push({ i: part.p });
      return;
    case "all":
      for (const each of part.parts) compile(each, into);
      return;
    case "any":
      compileAny(part.of, into);
      return;
    case "repeat":
      compileRepeat(part, into);
      return;
  }
}

function compileAny(of: readonly Part[], into: Instruction[]): void {
  const starts: number[] = [];
  const split = into.length;
  into.push({ i: "split", to: starts });
  const jumps: number[] = [];
  for (const each of of) {
    starts.push(into.length);
    compile(each, into);
    jumps.push(into.length);
    into.push({ i: "split", to: [] });
  }
  into[split] = { i: "split", to: starts };
  for (const jump of jumps) into[jump] = { i: "split", to: [into.length] };
}

function compileRepeat({ of, least, most }: Extract<Part, { p: "repeat" }>, into: Instruction[]): void {
  for (let n = 0; n < least; n++) compile(of, into);
  if (most === null) {
    const split = into.length;
    into.push({ i: "split", to: [] });
    compile(of, into);
    into.push({ i: "split", to: [split] });
    into[split] = { i: "split", to: [split + 1, into.length] };
    return;
  }
  const splits: number[] = [];
  for (let n = least; n < most; n++) {
    splits.push(into.length);
    into.push({ i: "split", to: [] });
    compile(of, into);
  }
  for (const split of splits) into[split] = { i: "split", to: [split + 1, into.length] };
}

const DIGIT: readonly (readonly [number, number])[] = [[48, 57]];
const WORD: readonly (readonly [number, number])[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: readonly (readonly [number, number])[] = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ["d", { not: false, ranges: DIGIT }],
  ["D", { not: true, ranges: DIGIT }],
  ["w", { not: false, ranges: WORD }],
  ["W", { not: true, ranges: WORD }],
  ["s", { not: false, ranges: SPACE }],
  ["S", { not: true, ranges: SPACE }],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["f", 12],
  ["v", 11],
]);

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.at >= this.#text.length;
  }

  #peek(): string {
    return this.#text.slice(this.at, this.at + 1);
  }

  #takes(text: string): boolean {
    if (!this.#text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  #refuse(why: string, at: number = this.at): never {
    throw new Refused(why, at);
  }

  alternatives(depth: number): Part {
    if (depth > MAX_DEPTH) this.#refuse("groups stand too deep in one another");
    const of = [this.#sequence(depth)];
    while (this.#takes("|")) of.push(this.#sequence(depth));
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { p: "any", of };
  }

  #sequence(depth: number): Part {
    const parts: Part[] = [];
    while (!this.done && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeated(depth));
    return { p: "all", parts };
  }

  #repeated(depth: number): Part {
    const of = this.#atom(depth);
    const at = this.at;
    const counts = this.#counts();
    if (counts === null) return of;
    if (of.p === "start" || of.p === "end") this.#refuse("there is nothing to repeat here", at);
    // Lazy or not makes no difference to whether it matches.
    this.#takes("?");
    if (this.#peek() === "+") this.#refuse("possessive repetition is not supported");
    const after = this.at;
    if (this.#counts() !== null) this.#refuse("this repeats a repetition: put the inner one in ( )", after);
    return { p: "repeat", of, ...counts };
  }

  #counts(): { readonly least: number; readonly most: number | null } | null {
    if (this.#takes("*")) return { least: 0, most: null };
    if (this.#takes("+")) return { least: 1, most: null };
    if (this.#takes("?")) return { least: 0, most: 1 };
    const braces = /^\{(\d{1,9})(?:(,)(\d{1,9})?)?\}/.exec(this.#text.slice(this.at, this.at + 24));
    if (braces === null) return null;
    const least = Number(braces[1]);
    const most = braces[2] === undefined ? least : braces[3] === undefined ? null : Number(braces[3]);
    if (Math.max(least, most ?? 0) > 1000) this.#refuse("at most 1000 repetitions can be asked for");
    if (most !== null && most < least) this.#refuse("it repeats at most less often than at least");
    this.at += braces[0].length;
    return { least, most };
  }

  #atom(depth: number): Part {
    const at = this.at;
    const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    this.at += character.length;
    switch (character) {
      case "(":
        return this.#group(at, depth);
      case "[":
        return { p: "char", set: this.#set(at) };
      case ".":
        return {
          p: "char",
          set: {
            not: true,
            ranges: [
              [10, 10],
              [13, 13],
              [0x2028, 0x2029],
            ],
          },
        };
      case "^":
        return { p: "start" };
      case "$":
        return { p: "end" };
      case "\\":
        return { p: "char", set: this.#escape(at) };
      case "*":
      case "+":
      case "?":
        return this.#refuse(`there is nothing before ${character} to repeat`, at);
      case "{":
        return this.#refuse("write \\{ for a brace", at);
      default:
        return { p: "char", set: only(character.codePointAt(0) ?? 0) };
    }
  }

  #group(at: number, depth: number): Part {
    if (this.#takes("?")) {
      if (/^<?[=!]/.test(this.#text.slice(this.at)))
        this.#refuse("looking ahead or behind is not supported: no match would end in time for sure", at);
      if (!this.#takes(":")) this.#refuse("groups are written ( ) or (?: )", at + 1);
    }
    const inner = this.alternatives(depth + 1);
    if (!this.#takes(")")) this.#refuse("this ( is never closed", at);
    return inner;
  }

  /** After the backslash at `at`. */
  #escape(at: number): CharSet {
    const character = String.fromCodePoint(this.#text.codePointAt(this.at) ?? 0);
    if (this.done) this.#refuse("there is nothing after \\", at);
    this.at += character.length;
    const known = CLASSES.get(character);
    if (known !== undefined) return known;
    const control = CONTROLS.get(character);
    if (control !== undefined) return only(control);
    if (/[1-9k]/.test(character))
      this.#refuse("a reference back to a group is not supported: no match would end in time for sure", at);
    if (/[A-Za-z0-9]/.test(character)) this.#refuse(`\\${character} is not supported`, at);
    return only(character.codePointAt(0) ?? 0);
  }

  /** After the bracket at `at`. */
  #set(at: number): CharSet {
    const not = this.#takes("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#takes("]")) {
      if (this.done) this.#refuse("this [ is never closed", at);
      const start = this.at;
      const from = this.#member();
      if (typeof from !== "number") {
        if (this.#peek() === "-" && this.#text[this.at + 1] !== "]")
          this.#refuse("this range begins with a class", start);
        ranges.push(...(from.not ? others(from.ranges) : from.ranges));
        continue;
      }
      if (this.#peek() !== "-" || this.#text[this.at + 1] === "]") {
        ranges.push([from, from]);
        continue;
      }
      this.at += 1;
      const to = this.#member();
      if (typeof to !== "number" || to < from) this.#refuse("this range goes backwards", start);
      ranges.push([from, to]);
    }
    if (ranges.length === 0) this.#refuse("there is nothing between [ and ]", at);
    return { not, ranges };
  }

  #member(): number | CharSet {
    const at = this.at;
    if (this.done) this.#refuse("this [ is never closed");
    const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    this.at += character.length;
    if (character !== "\\") return character.codePointAt(0) ?? 0;
    const set = this.#escape(at);
    const [first] = set.ranges;
    return !set.not && set.ranges.length === 1 && first !== undefined && first[0] === first[1] ? first[0] : set;
  }
}

const only = (code: number): CharSet => ({ not: false, ranges: [[code, code]] });

/** All code points outside of `ranges`, which are in order. */
function others(ranges: CharSet["ranges"]): (readonly [number, number])[] {
  const gaps: (readonly [number, number])[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  gaps.push([next, 0x10ffff]);
  return gaps;
}
