/** A share of `node test/faults/editor.ts 20000`; `OPSC_EDITOR=20000` for all. */
import process from "node:process";
import { expect, test } from "vitest";
import { FEATURES } from "../../language-server/features/index.ts";
import { tryEditor } from "../faults/editor.ts";
import { PLACELESS, REQUESTS } from "../faults/editor-requests.ts";

const COUNT = Number(process.env.OPSC_EDITOR ?? 300);

test("whatever an editor does, the server says what one says that has just been started", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { rounds, requests, checks } = await tryEditor(COUNT, seed);
  expect(rounds).toBe(COUNT);
  expect(requests).toBeGreaterThan(COUNT / 4);
  expect(checks).toBeGreaterThan(COUNT / 40);
}, 3_600_000);

test("it asks for all there is", () => {
  const asked = [...REQUESTS, ...PLACELESS].map(({ method }) => method.toLowerCase());
  const provided = FEATURES.flatMap(({ capabilities }) => Object.keys(capabilities)).filter((name) =>
    name.endsWith("Provider"),
  );
  const words = provided.map((name) =>
    name
      .replace(/^(document(?=Formatting|Range|OnType)|workspace(?=Symbol))/, "")
      .replace(/Provider$/, "")
      .toLowerCase(),
  );
  expect(words.length).toBeGreaterThan(15);
  for (const word of words) expect(asked.filter((method) => method.includes(word))).not.toEqual([]);
});
