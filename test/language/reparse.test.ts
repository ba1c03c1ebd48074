/** A file read again after an edit is what it is read afresh. */
import process from "node:process";
import { expect, test } from "vitest";
import { parse } from "../../language/parse.ts";
import { originOf, type Read, reparse } from "../../language/reparse.ts";
import { sourceOf } from "../bench/sources.ts";
import { random } from "../random.ts";
import { corpus } from "./corpus.ts";

const TYPED = [
  ...'{ } ( ) [ ] , : = => -> . ? + < > ! " \' x 1 5m in else when // /* */ """ /// ${ é \\'.split(" "),
  " ",
  "\n",
  "\r\n",
  "\n\n",
];
const LINES = [
  "action typed() {\n",
  "}\n",
  "let a = 1\n",
  "use file\n",
  "enum E { a }\n",
  '  step s = file.read(path: "x")\n',
  "/// It does.\n",
  "acton a() {\n",
  "} use http\n",
  "let\n",
];

const read = (text: string): Read => ({ text, ...parse(text) });

/** Edits of all kinds, one after the other, now and then undone as a whole so that there is something to edit. */
function edits(start: string, count: number, seed: number): { readonly partly: number } {
  const next = random(seed);
  const below = (most: number): number => Math.floor(next() * most);
  let before = read(start);
  let partly = 0;
  for (let i = 0; i < count; i++) {
    const { text } = before;
    const at = below(text.length + 1);
    const lineStart = text.lastIndexOf("\n", at) + 1;
    const ways: (() => string)[] = [
      () => text.slice(0, at) + (TYPED[below(TYPED.length)] ?? "") + text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1 + below(3)),
      () => text.slice(0, lineStart) + (LINES[below(LINES.length)] ?? "") + text.slice(lineStart),
      () => text.slice(0, lineStart) + text.slice(text.indexOf("\n", lineStart) + 1 || text.length),
      () => text.slice(0, at) + text.slice(at, at + below(400)) + text.slice(at),
      () => text.slice(0, at) + text.slice(at + below(300)),
      () => start,
      () => start,
    ];
    const now = ways[below(ways.length)]?.() ?? start;
    const found = { text: now, ...reparse(before, now) };
    if (JSON.stringify(found) !== JSON.stringify(read(now)))
      expect({ seed, before: text, ...found }).toEqual({ seed, before: text, ...read(now) });
    const known = new Set(before.tree.items.map(originOf));
    if (found.tree.items.some((item) => known.has(originOf(item)))) partly++;
    before = found;
  }
  return { partly };
}

const seed = Math.floor(Math.random() * 2 ** 31);
const COUNT = Number(process.env.OPSC_REPARSE ?? 15);

test.each(corpus.map(({ name, text }) => [name, text]))("%s, after any edits", (_, text) => {
  edits(text, COUNT, seed);
});

test("a long file is read in part only", () => {
  const { partly } = edits(sourceOf(400), 10 * COUNT, seed);
  expect(partly).toBeGreaterThan(2 * COUNT);
});
