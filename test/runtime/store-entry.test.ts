/** Reading a stream to act on it: nothing is read that was not written so, however well its hashes were recomputed. */
import { expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import { openEntry, openStream } from "../../runtime/store/entry.ts";
import type { RawEntry } from "../../runtime/store/port.ts";
import { forge } from "./audit-log.ts";
import { created, finished, passed } from "./store-events.ts";

const ROWS = forge([
  ["run/a", created("a")],
  ["run/a", passed("x")],
  ["run/a", finished()],
]);
const [FIRST, SECOND, LAST] = ROWS as [RawEntry, RawEntry, RawEntry];

/** The row with another column, its entry and its hash made to fit. */
function remade(row: RawEntry, over: Partial<RawEntry>): RawEntry {
  const { seq, stream, n, prev } = { ...row, ...over };
  const { event } = JSON.parse(row.entry) as { event: unknown };
  const entry = canonicalJson({ seq, stream, n, prev, event });
  return { seq, stream, n, prev, leaf: leafHash(entry), entry };
}

test("a stream is read whole, or from one entry on", () => {
  expect(openStream(ROWS, 0).map(({ n }) => n)).toEqual([0, 1, 2]);
  expect(openStream(ROWS.slice(1), 1).map(({ n }) => n)).toEqual([1, 2]);
});

test("an entry that is missing, or does not follow the one before, is told", () => {
  expect(() => openStream([FIRST, LAST], 0)).toThrow("entry 1 of its stream is missing");
  expect(() => openStream(ROWS.slice(1), 0)).toThrow("entry 0 of its stream is missing");
  expect(() => openStream([FIRST, SECOND, remade(LAST, { prev: FIRST.leaf })], 0)).toThrow(
    "it does not follow the entry before it",
  );
});

test("a row whose columns say something else than its entry is told", () => {
  for (const over of [{ seq: 7 }, { stream: "run/b" }, { n: 7 }, { prev: LAST.leaf }])
    expect(() => openEntry({ ...SECOND, ...over }), JSON.stringify(over)).toThrow("its bytes and its columns differ");
  expect(() => openEntry({ ...SECOND, leaf: FIRST.leaf })).toThrow("its bytes do not give the hash kept with them");
});
