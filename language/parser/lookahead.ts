/**
 * With which tokens each choice of the grammar begins.
 *
 * Chevrotain finds that out by going through the whole grammar when a parser is made, which takes longer than parsing
 * most files. The build does it once and puts the result in; a parser run from source does it itself.
 */
import { getLookaheadPaths, type ILookaheadStrategy, LLkLookaheadStrategy, type LookaheadSequence } from "chevrotain";
import * as t from "../tokens.ts";
import { indexOf, TOKEN_TYPES, type TokenType } from "../tokens.ts";

export interface Lookahead {
  /** Each set of tokens once: places in `ORDER`, ascending. */
  readonly sets: readonly (readonly number[])[];
  /** By rule, then by the place in it (`OR` and the like, and chevrotain's number): the set of each alternative, in order; of an optional part, its one. */
  readonly rules: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

type OrOptions = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0];
type OptionalOptions = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];

/** JSON of a `Lookahead`. */
declare const OPSC_LOOKAHEAD: string | undefined;

/** Made by the build; null when run from source. */
export const PREPARED: Lookahead | null = typeof OPSC_LOOKAHEAD === "string" ? JSON.parse(OPSC_LOOKAHEAD) : null;

/** Tokens in an order that does not depend on what else makes tokens, as the index does. */
const ORDER: readonly TokenType[] = [t.EndOfFile, ...TOKEN_TYPES];
const INDICES: readonly number[] = ORDER.map(indexOf);
const SIZE = Math.max(...INDICES) + 1;

/** What is added to the number of a part within its rule, 0 to 9, to tell it from those of other kinds. */
export const OR = 0;
export const OPTION = 10;
export const MANY = 20;
export const AT_LEAST_ONE = 30;

function kindOf(type: OptionalOptions["prodType"]): number {
  switch (type) {
    case "Option":
      return OPTION;
    case "Repetition":
      return MANY;
    case "RepetitionMandatory":
      return AT_LEAST_ONE;
    case "RepetitionWithSeparator":
    case "RepetitionMandatoryWithSeparator":
      throw new Error("the grammar is to be written without separators, which could not be told of");
  }
}

/** Finds the places while chevrotain goes through the grammar, and keeps them. Its own functions are not needed (`engine.ts`). */
export class LookaheadRecorder extends LLkLookaheadStrategy {
  private readonly sets: number[][] = [];
  private readonly known = new Map<string, number>();
  private readonly rules: Record<string, Record<string, readonly number[]>> = {};

  found(): Lookahead {
    return { sets: this.sets, rules: this.rules };
  }

  override buildLookaheadForAlternation(options: OrOptions): () => undefined {
    const { prodOccurrence: occurrence, rule, maxLookahead, hasPredicates } = options;
    if (hasPredicates) throw new Error("the grammar is to be written without conditions of single alternatives");
    const paths = getLookaheadPaths({ occurrence, rule, prodType: "Alternation", maxLookahead });
    this.keep(rule.name, OR + occurrence, paths);
    return () => undefined;
  }

  override buildLookaheadForOptional(options: OptionalOptions): () => boolean {
    const { prodOccurrence: occurrence, rule, maxLookahead, prodType } = options;
    const [inside = []] = getLookaheadPaths({ occurrence, rule, prodType, maxLookahead });
    this.keep(rule.name, kindOf(prodType) + occurrence, [inside]);
    return () => false;
  }

  private keep(rule: string, place: number, alternatives: readonly LookaheadSequence[]): void {
    const begins = alternatives.map((paths) => this.setOf(beginnings(paths)));
    this.rules[rule] = { ...this.rules[rule], [place]: begins };
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

/** For each part of a rule, by its place: the number of the first alternative that begins with a token, by the token's index. */
export type Places = readonly (Uint8Array | undefined)[];

/** No alternative begins with the token. */
export const NONE = 255;

/** Those of a rule, as the parser reads them. */
export function placesOf(
  rule: Readonly<Record<string, readonly number[]>>,
  sets: readonly (readonly number[])[],
): Places {
  const places: (Uint8Array | undefined)[] = new Array(AT_LEAST_ONE + 10).fill(undefined);
  for (const [place, alternatives] of Object.entries(rule)) places[Number(place)] = firstOf(alternatives, sets);
  return places;
}

function firstOf(alternatives: readonly number[], sets: readonly (readonly number[])[]): Uint8Array {
  const first = new Uint8Array(SIZE).fill(NONE);
  // From the last, so that of several that begin alike the first stays.
  for (let i = alternatives.length - 1; i >= 0; i -= 1)
    for (const place of sets[alternatives[i] ?? -1] ?? []) first[INDICES[place] ?? 0] = i;
  return first;
}
