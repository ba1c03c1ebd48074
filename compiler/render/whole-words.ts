/** Puts a sign where words stand by themselves. By hand, since there is a key for each element: to compile an expression for each takes longer than all else. */

/** `a` in `a-1` and `x.a`, not in `ab` or `é_a`. Of words that begin at the same place, the first given is taken. */
export function replaceWords(text: string, words: readonly string[], sign: string): string {
  let done = "";
  let from = 0;
  for (;;) {
    let at = -1;
    let end = -1;
    for (const word of words) {
      const found = wordAt(text, word, from);
      if (found === -1 || (at !== -1 && found >= at)) continue;
      at = found;
      end = found + word.length;
    }
    if (at === -1) return from === 0 ? text : done + text.slice(from);
    done += text.slice(from, at) + sign;
    from = end;
  }
}

/** Where `word`, which is not empty, stands by itself, at `from` or later; -1 where it does not. */
function wordAt(text: string, word: string, from: number): number {
  let at = text.indexOf(word, from);
  while (at !== -1 && (isOfAWord(codeBefore(text, at)) || isOfAWord(text.codePointAt(at + word.length))))
    at = text.indexOf(word, at + 1);
  return at;
}

const OF_A_WORD = /[\p{L}\p{N}_]/u;
const isOfAWord = (code: number | undefined): boolean =>
  code !== undefined && OF_A_WORD.test(String.fromCodePoint(code));

function codeBefore(text: string, at: number): number | undefined {
  const pair = at > 1 ? text.codePointAt(at - 2) : undefined;
  return pair !== undefined && pair > 0xffff ? pair : text.codePointAt(at - 1);
}
