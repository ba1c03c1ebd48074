/** Words of a text: names and keywords, each made once for all the places it stands at. */
import * as t from "./tokens.ts";
import { indexOf } from "./tokens.ts";

const NAME = indexOf(t.Identifier);
const KEYWORD_INDEX: ReadonlyMap<string, number> = new Map(
  [...t.KEYWORDS].map(([word, type]) => [word, indexOf(type)]),
);

interface Word {
  readonly image: string;
  readonly type: number;
}

/** Longer words keep the text they are cut from, and are not kept beyond it. */
const KEPT_LENGTH = 12;
const KEPT_WORDS = 4096;
/** Words read lately, by their hash: a text has few, and each of them often. */
const words: (Word | undefined)[] = new Array(KEPT_WORDS).fill(undefined);

/** The word that stands there. `hash` is that of its characters. */
export function wordAt(text: string, start: number, end: number, hash: number): Word {
  const slot = (hash ^ (hash >> 12)) & (KEPT_WORDS - 1);
  const known = words[slot];
  if (known !== undefined && isAt(known.image, text, start, end)) return known;
  const image = text.slice(start, end);
  const word = { image, type: KEYWORD_INDEX.get(image) ?? NAME };
  if (image.length <= KEPT_LENGTH) words[slot] = word;
  return word;
}

function isAt(image: string, text: string, start: number, end: number): boolean {
  const { length } = image;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i += 1) if (image.charCodeAt(i) !== text.charCodeAt(start + i)) return false;
  return true;
}
