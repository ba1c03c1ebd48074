/** What docs/EDITORS.md says of opsc is what the server says. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { FEATURES } from "../../language-server/features/index.ts";
import { root } from "./set-up.ts";

test("the table has each capability that the server has, and no other", () => {
  const page = readFileSync(path.join(root, "docs/EDITORS.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+Provider)`[^|]*\|([^|]*)\|/gm)];
  const told = rows.flatMap(([, name = "", mark = ""]) => (mark.trim() === "●" ? [name] : []));
  const provided = FEATURES.flatMap(({ capabilities }) => Object.keys(capabilities)).filter((name) =>
    name.endsWith("Provider"),
  );
  expect(rows.length).toBeGreaterThan(told.length);
  expect(told.sort()).toEqual(provided.sort());
});
