import fc from "fast-check";
import { expect, test } from "vitest";
import { differentPeople } from "../../compiler/check/different-people.ts";
import { processorTime } from "../tools/processor-time.ts";

/** By trying all ways. */
function tried(slots: readonly (readonly string[])[], taken: ReadonlySet<string> = new Set()): boolean {
  const [first, ...rest] = slots;
  if (first === undefined) return true;
  return first.some((person) => !taken.has(person) && tried(rest, new Set([...taken, person])));
}

test("the same as trying all ways", () => {
  const group = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(group, { maxLength: 4 }), fc.integer({ min: 1, max: 2 }), (groups, quorum) => {
      const slots = groups.flatMap((members) => Array.from({ length: quorum }, () => members));
      expect(differentPeople(groups, quorum)).toBe(tried(slots));
    }),
    { numRuns: 500 },
  );
});

test("many people are no matter", () => {
  const names = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `p${from + i}`);
  const spent = processorTime();
  expect(differentPeople([names(0, 1000), names(500, 1000)], 750)).toBe(true);
  expect(differentPeople([names(0, 1000), names(0, 1000)], 501)).toBe(false);
  expect(differentPeople(Array(200).fill(names(0, 1000)), 1000)).toBe(true);
  expect(spent()).toBeLessThan(2000);
});
