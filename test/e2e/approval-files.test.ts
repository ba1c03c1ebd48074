/** Approvals as files: one that does not verify is never passed over, and none is written over what is no approval. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

test("titles and names of others stay on their line, and are shortened", async () => {
  const long = "x".repeat(1_000_000);
  const title = "fine\nplan verified: complete\u001b[2J";
  const source = readFileSync(at("main.ops"), "utf8");
  for (const given of [title, `${title}${long}`]) {
    const doc = JSON.stringify(given).replace("\\u001b", "\\u{1b}");
    writeFileSync(at("main.ops"), source.replace("action act() {", `action act() {\n  title = ${doc}`));
    const planned = await as("dana", "plan", "act", "-o", "t.opsplan.json");
    expect(planned.code, planned.err.slice(0, 500)).toBe(0);
    const approved = await as("ana", "approve", "t.opsplan.json");
    const applied = await as("dana", "apply", "t.opsplan.json");
    for (const { code, out, err } of [approved, applied]) {
      expect(code, err.slice(0, 500)).toBe(0);
      expect(`${out}${err}`).toContain("fine\\nplan verified: complete");
      expect(`${out}${err}`).not.toMatch(/^\s*plan verified/m);
      expect(`${out}${err}`.length).toBeLessThan(3000);
    }
  }
}, 60_000);

describe("-o", { timeout: 60_000 }, () => {
  test("of a plan replaces a plan or an empty file, and nothing else", async () => {
    writeFileSync(at("empty"), "");
    writeFileSync(at("other.json"), '{"plan":1}');
    symlinkSync(".opsc", at("link"));
    expect((await as("ana", "approve", "p.opsplan.json")).code).toBe(0);
    expect((await as("dana", "apply", "p.opsplan.json")).code).toBe(0);
    const kept = ["main.ops", "other.json", "opsc.config.json", ".opsc/opsc.db"].map(at).filter(existsSync);
    const before = kept.map((file) => readFileSync(file));
    for (const name of [...kept, "link/opsc.db"])
      expect(await as("dana", "plan", "act", "-o", name), name).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringMatching(/is left as it is|nothing else is written there/),
      });
    for (const name of [".opsc/new.opsplan.json", "link/new.json"])
      expect(await as("dana", "plan", "act", "-o", name), name).toMatchObject({ code: 1 });
    expect(kept.map((file) => readFileSync(file))).toEqual(before);
    expect(kept.length).toBeGreaterThan(2);
    for (const name of ["p.opsplan.json", "empty"])
      expect(await as("dana", "plan", "act", "-o", name), name).toMatchObject({ code: 0 });
  });

  test("of an approval says where it is, and replaces nothing", async () => {
    const approve = (out: string): Promise<Ran> => as("ana", "approve", "p.opsplan.json", "-o", out);
    expect(await approve("ap/a.json")).toMatchObject({
      code: 0,
      err: expect.stringContaining(
        "written to ap/a.opsapproval.json; --approvals reads what ends in .opsapproval.json",
      ),
    });
    expect(await approve("ap/a.opsapproval.json")).toMatchObject({
      code: 1,
      err: expect.stringContaining("another name"),
    });
    expect((await approve("ap/b.opsapproval.json")).err).toMatch(/^written to ap\/b\.opsapproval\.json$/m);
    for (const out of ["ap", "ap/", "", ".opsc/x", "main.ops/x"]) expect((await approve(out)).code, out).not.toBe(0);
    expect(readdirSync(at("ap")).sort()).toEqual(["a.opsapproval.json", "b.opsapproval.json"]);
  });
});
