/** The tree of one file as JSON, kept beside it: a change of its shape shows in review. `UPDATE_GOLDEN=1` rewrites it. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "../../language/parse.ts";

const folder = new URL("../golden/tree/", import.meta.url);

it("the tree of rollout.ops is as it was", () => {
  const { tree, faults } = parse(readFileSync(new URL("rollout.ops", folder), "utf8"));
  const golden = new URL("rollout.tree.json", folder);
  const written = `${JSON.stringify({ tree, faults }, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, written);
  expect(written).toBe(readFileSync(golden, "utf8"));
});
