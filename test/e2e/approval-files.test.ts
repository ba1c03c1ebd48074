/** Approvals as files: one that does not verify is never passed over, and none is written over what is no approval. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { makeProject, opsc, type Ran } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

let folder = "";
const at = (name: string): string => path.join(folder, name);
const as = (who: string, ...args: string[]): Promise<Ran> => opsc([...args, "--as", `${who}@example.com`], folder);

beforeEach(async () => {
  folder = makeProject({
    "main.ops": `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action act() {
  approve by sre
  step w = file.write(path: "w.txt", content: "1") { rollback auto }
}
`,
  });
  made.push(folder);
  mkdirSync(at("ap"));
  expect((await as("dana", "plan", "act", "-o", "p.opsplan.json")).code).toBe(0);
});

describe("a folder of approvals", { timeout: 60_000 }, () => {
  test("with one that does not verify stops the run, whatever else is in it", async () => {
    expect((await as("ana", "approve", "p.opsplan.json", "-o", "ap/ana")).code).toBe(0);
    expect((await as("ben", "deny", "p.opsplan.json", "-o", "ap/ben")).code).toBe(0);
    const denial = at("ap/ben.opsapproval.json");
    const text = readFileSync(denial, "utf8");
    for (const spoilt of [text.replace('"deny"', '"dens"'), text.replace(":", ": "), text.slice(1), ""]) {
      writeFileSync(denial, spoilt);
      const ran = await as("dana", "apply", "p.opsplan.json", "--approvals", "ap");
      expect(ran, spoilt).toMatchObject({ code: 8, err: expect.stringContaining("ap/ben.opsapproval.json") });
      expect(ran.err).toContain("make it again with `opsc approve -o`");
      expect(existsSync(at("w.txt"))).toBe(false);
    }
    writeFileSync(denial, text);
    expect((await as("dana", "apply", "p.opsplan.json", "--approvals", "ap")).code).toBe(10);
    rmSync(denial);
    writeFileSync(at("ap/notes.json"), "{");
    expect((await as("dana", "apply", "p.opsplan.json", "--approvals", "ap")).code).toBe(0);
  });

  test("that is not there is a mistake", async () => {
    for (const name of ["typo", "main.ops", "main.ops/x"])
      for (const command of [
        ["apply", "p.opsplan.json"],
        ["resume", "r"],
      ])
        expect(await as("dana", ...command, "--approvals", name)).toMatchObject({
          code: 1,
          err: expect.stringMatching(/(there is|main\.ops is) no folder/),
        });
  });
});
