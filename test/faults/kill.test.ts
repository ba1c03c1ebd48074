import { expect, test } from "vitest";
import { killRounds } from "./kill.ts";

// `node test/faults/kill.ts 40` kills a hundred times and more.
test("kill -9 at random moments: every once effect exactly once, the log intact", async () => {
  const report = await killRounds(5, Math.random);
  expect(report.kills).toBeGreaterThan(5);
}, 180_000);
