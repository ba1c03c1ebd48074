/**
 * With which tokens each choice of the grammar begins.
 *
 * Chevrotain finds that out by going through the whole grammar when a parser is made, which takes longer than parsing
 * most files. The build does it once and puts the result in; a parser run from source does it itself.
 */
import {
  getLookaheadPaths,
  type ILookaheadStrategy,
  type IOrAlt,
  type IToken,
  LLkLookaheadStrategy,
  type LookaheadSequence,
} from "chevrotain";
import * as t from "../tokens.ts";
import { indexOf, TOKEN_TYPES, type TokenType } from "../tokens.ts";

export interface Lookahead {
  /** Each set of tokens once: places in `ORDER`, ascending. */
  readonly sets: readonly (readonly number[])[];
  /** By rule, then by chevrotain's key of the place in it. */
  readonly rules: Readonly<Record<string, Readonly<Record<string, Place>>>>;
}

/** What a choice or an optional part begins with. */
export interface Place {
  /** The set of each alternative, in order; of an optional part, its one. */
  readonly begins: readonly number[];
  /** An alternative has a condition besides. */
  readonly gated?: true;
}

type OrOptions = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0];
type OptionalOptions = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];

/** The parser, as the functions below are called on it. */
interface Reader {
  LA_FAST(howMuch: number): IToken;
}

/** JSON of a `Lookahead`. */
declare const OPSC_LOOKAHEAD: string | undefined;

/** Made by the build; null when run from source. */
export const PREPARED: Lookahead | null = typeof OPSC_LOOKAHEAD === "string" ? JSON.parse(OPSC_LOOKAHEAD) : null;

/** Tokens in an order that does not depend on what else makes tokens, as the index does. */
const ORDER: readonly TokenType[] = [t.EndOfFile, ...TOKEN_TYPES];

/** What chevrotain adds to the number of a place within its rule. */
const KEYS: Readonly<Record<OptionalOptions["prodType"] | "Alternation", number>> = {
  Alternation: 1 << 8,
  Option: 2 << 8,
  Repetition: 3 << 8,
  RepetitionMandatory: 4 << 8,
  RepetitionWithSeparator: 5 << 8,
  RepetitionMandatoryWithSeparator: 6 << 8,
};

const isOr = (key: number): boolean => key >> 8 === 1;

/** Finds the places while chevrotain goes through the grammar, and keeps them. */
export class LookaheadRecorder extends LLkLookaheadStrategy {
  private readonly sets: number[][] = [];
  private readonly known = new Map<string, number>();
  private readonly rules: Record<string, Record<string, Place>> = {};

  found(): Lookahead {
    return { sets: this.sets, rules: this.rules };
  }

  override buildLookaheadForAlternation(options: OrOptions): ReturnType<typeof chooser> {
    const { prodOccurrence: occurrence, rule, maxLookahead, hasPredicates } = options;
    const paths = getLookaheadPaths({ occurrence, rule, prodType: "Alternation", maxLookahead });
    const place = this.keep(rule.name, KEYS.Alternation | occurrence, paths, hasPredicates);
    return chooser(place, this.sets);
  }

  override buildLookaheadForOptional(options: OptionalOptions): ReturnType<typeof enterer> {
    const { prodOccurrence: occurrence, rule, maxLookahead, prodType } = options;
    const [inside = []] = getLookaheadPaths({ occurrence, rule, prodType, maxLookahead });
    return enterer(this.keep(rule.name, KEYS[prodType] | occurrence, [inside], false), this.sets);
  }

  private keep(rule: string, key: number, alternatives: readonly LookaheadSequence[], gated: boolean): Place {
    const begins = alternatives.map((paths) => this.setOf(beginnings(paths)));
    const place: Place = gated ? { begins, gated } : { begins };
    this.rules[rule] = { ...this.rules[rule], [key]: place };
    return place;
  }

  private setOf(places: number[]): number {
    const key = places.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, this.sets.length);
    return this.sets.push(places) - 1;
  }
}

/** Places in `ORDER` of all that the paths may begin with; all of them where a path is empty. */
function beginnings(paths: LookaheadSequence): number[] {
  if (paths.some((path) => path.length > 1)) throw new Error("the grammar is to be read with one token of lookahead");
  if (paths.some((path) => path.length === 0)) return ORDER.map((_, place) => place);
  const indices = new Set(paths.flat().flatMap((type) => [indexOf(type), ...(type.categoryMatches ?? [])]));
  return ORDER.flatMap((type, place) => (indices.has(indexOf(type)) ? [place] : []));
}

/** By the token's index. */
function members(set: readonly number[] | undefined): readonly boolean[] {
  return t.tokenSet((set ?? []).flatMap((place) => ORDER[place] ?? []));
}

/** The first alternative that may begin with the next token and whose condition holds. */
function chooser(
  { begins, gated }: Place,
  sets: Lookahead["sets"],
): (this: Reader, alternatives?: IOrAlt<unknown>[]) => number | undefined {
  const alternatives = begins.map((set) => members(sets[set]));
  if (gated === undefined) {
    const choice = ORDER.reduce<(number | undefined)[]>((all, type) => {
      const first = alternatives.findIndex((set) => set[indexOf(type)] === true);
      all[indexOf(type)] = first < 0 ? undefined : first;
      return all;
    }, []);
    return function () {
      return choice[this.LA_FAST(1).tokenTypeIdx];
    };
  }
  return function (conditions = []) {
    const { tokenTypeIdx } = this.LA_FAST(1);
    for (let i = 0; i < alternatives.length; i += 1) {
      if (conditions[i]?.GATE?.call(this) === false) continue;
      if (alternatives[i]?.[tokenTypeIdx] === true) return i;
    }
    return undefined;
  };
}

function enterer({ begins: [set = -1] }: Place, sets: Lookahead["sets"]): (this: Reader) => boolean {
  const inside = members(sets[set]);
  return function () {
    return inside[this.LA_FAST(1).tokenTypeIdx] === true;
  };
}

/** The functions chevrotain keeps for a rule, by key. */
export function functionsOf(places: Readonly<Record<string, Place>>, sets: Lookahead["sets"]): readonly unknown[] {
  const functions: unknown[] = [];
  for (const [key, place] of Object.entries(places))
    functions[Number(key)] = isOr(Number(key)) ? chooser(place, sets) : enterer(place, sets);
  return functions;
}
