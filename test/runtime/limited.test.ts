/** Many things, a few at a time. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { limited } from "../../runtime/limited.ts";

test("no more are under way than are wanted, and what came of each stands in its place", async () => {
  let [now, most] = [0, 0];
  const begun: number[] = [];
  const given = await limited([5, 1, 4, 2, 3], 2, async (n) => {
    begun.push(n);
    most = Math.max(most, ++now);
    await delay(n);
    now--;
    return n * 10;
  });
  expect(given).toEqual([50, 10, 40, 20, 30]);
  expect(begun).toEqual([5, 1, 4, 2, 3]);
  expect(most).toBe(2);
  expect(await limited([], 2, async () => 1)).toEqual([]);
});

test("after one that rejects none is begun", async () => {
  const begun: number[] = [];
  const all = limited([1, 2, 3, 4], 2, async (n) => {
    begun.push(n);
    if (n === 1) throw new Error("one");
    await delay(1);
  });
  await expect(all).rejects.toThrow("one");
  await delay(5);
  expect(begun).toEqual([1, 2]);
});
