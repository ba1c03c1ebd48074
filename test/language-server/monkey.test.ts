/** A share of `node test/faults/editor.ts 20000`; `OPSC_EDITOR=20000` for all. */
import process from "node:process";
import { expect, test } from "vitest";
import { tryEditor } from "../faults/editor.ts";

const COUNT = Number(process.env.OPSC_EDITOR ?? 300);

test("whatever an editor does, the server says what one says that has just been started", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { rounds, requests, checks } = await tryEditor(COUNT, seed);
  expect(rounds).toBe(COUNT);
  expect(requests).toBeGreaterThan(COUNT / 4);
  expect(checks).toBeGreaterThan(COUNT / 40);
}, 3_600_000);
