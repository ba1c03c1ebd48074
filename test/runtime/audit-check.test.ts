/** Each thing about an entry that is checked, by itself: all else about it is right, and recomputed. */
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { LogCheck } from "../../runtime/audit/check.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import type { RawEntry } from "../../runtime/store/port.ts";
import { forge } from "./audit-log.ts";
import { created, passed, skipped } from "./store-events.ts";

const ROWS = forge([
  ["run/a", created("a")],
  ["run/a", passed("x")],
  ["run/a", skipped("y", "not needed")],
]);
const [FIRST, SECOND, LAST] = ROWS as [RawEntry, RawEntry, RawEntry];

/** What is found in the last entry, where it is this one. */
function found(last: RawEntry, before: readonly RawEntry[] = [FIRST, SECOND]): string[] {
  const check = new LogCheck({});
  for (const row of [...before, last]) check.add(row);
  return check.finish().findings.map(({ seq, what }) => `${seq} ${what}`);
}
const hashed = (row: RawEntry, entry: string): RawEntry => ({ ...row, entry, leaf: leafHash(entry) });
/** The row, its entry saying what its columns say. */
const told = (row: RawEntry, event: RunEvent = skipped("y", "not needed")): RawEntry => {
  const { seq, stream, n, prev } = row;
  return hashed(row, canonicalJson({ seq, stream, n, prev, event }));
};

describe("of an entry it is found alone", () => {
  test("that nothing is wrong with it", () => {
    expect(found(LAST)).toEqual([]);
    expect(found(told(LAST))).toEqual([]);
  });

  test("that its hash is another", () => {
    expect(found({ ...LAST, leaf: FIRST.leaf })).toEqual(["2 leaf"]);
    expect(found({ ...LAST, leaf: LAST.leaf.toUpperCase() })).toEqual(["2 leaf"]);
  });

  test("that it says another place, stream, number or predecessor than its row", () => {
    for (const other of [{ seq: 7 }, { stream: "run/b" }, { n: 7 }, { prev: FIRST.leaf }])
      expect(found(hashed(LAST, told({ ...LAST, ...other }).entry)), JSON.stringify(other)).toEqual(["2 columns"]);
  });

  test("that it is not the next of the log, or of its stream, or does not follow the one before", () => {
    expect(found(told({ ...LAST, seq: 3 }))).toEqual(["2 seq"]);
    expect(found(told({ ...LAST, seq: 1 }))).toEqual(["1 seq"]);
    expect(found(told({ ...LAST, n: 3 }))).toEqual(["2 n"]);
    expect(found(told({ ...LAST, n: 1 }))).toEqual(["2 n"]);
    expect(found(told({ ...LAST, prev: FIRST.leaf }))).toEqual(["2 prev"]);
    expect(found(told({ ...LAST, prev: "" }))).toEqual(["2 prev"]);
  });

  test("that it begins or ends otherwise", () => {
    for (const [entry, why] of [
      [LAST.entry.replace('{"event":', '{"Event":'), ["2 canonical", "2 event"]],
      [LAST.entry.replace('{"event":', '["event":'), ["2 parse"]],
      [`${LAST.entry}}`, ["2 parse"]],
      [LAST.entry.slice(0, -1), ["2 parse"]],
      [`${LAST.entry.slice(0, -1)},"zz":1}`, ["2 canonical"]],
    ] as const)
      expect(found(hashed(LAST, entry)), entry).toEqual(why);
  });

  test("that the name of its stream would pass for more in it", () => {
    const event = canonicalJson(passed("x"));
    for (const stream of ['notes","x":"1', "notes\\", "notes\u0001"]) {
      // As somebody writes it who puts the name into the text as it is.
      const entry = `{"event":${event},"n":0,"prev":"","seq":3,"stream":"${stream}"}`;
      const row = { seq: 3, stream, n: 0, prev: "", leaf: leafHash(entry), entry };
      expect(found(row, ROWS), stream).not.toEqual(["3 sense"]);
    }
  });
});

test("kept heads may come in any order, and each is compared when the log was as long", () => {
  const heads = ROWS.map((_, at) => {
    const check = new LogCheck({});
    for (const row of ROWS.slice(0, at + 1)) check.add(row);
    return { size: at + 1, root: check.finish().root };
  });
  const against = (given: typeof heads): number => {
    const check = new LogCheck({ heads: given });
    for (const row of ROWS) check.add(row);
    return check.finish().findings.length;
  };
  expect(against(heads)).toBe(0);
  expect(against([...heads].reverse())).toBe(0);
  expect(against([...heads].reverse().map((head) => ({ ...head, root: FIRST.leaf.replace(/^./, "g") })))).toBe(3);
  expect(against([{ size: 4, root: FIRST.leaf }, ...heads])).toBe(1);
});
