/** What is kept beside the log, by whoever holds the store: output of calls, and what undo will need. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { makeProject, opsc } from "../e2e/opsc.ts";
import { tampering } from "../runtime/audit-log.ts";

const TIME = { timeout: 120_000 };
let folder: string;
let run: string;
let kept: string;

beforeAll(async () => {
  folder = makeProject({
    "main.ops": `use exec
use file
action go() {
  step said = exec.run(argv: ["sh", "-c", "echo out; echo err >&2"], public: true) { rollback nothing "it only says something" }
  step put = file.write(path: "a.txt", content: "new") { rollback auto }
}
`,
    "a.txt": `${"before ".repeat(20_000)}\n`,
  });
  expect(await opsc(["apply", "go", "--yes"], folder, "", { OPSC_AS: "dana@example.com" })).toMatchObject({ code: 0 });
  run = JSON.parse((await opsc(["runs", "--json"], folder)).out).runs[0].run;
  kept = path.join(mkdtempSync(path.join(tmpdir(), "opsc-kept-")), "opsc");
  cpSync(path.join(folder, ".opsc"), kept, { recursive: true });
}, 120_000);

const asItWas = (): void => {
  rmSync(path.join(folder, ".opsc"), { recursive: true });
  cpSync(kept, path.join(folder, ".opsc"), { recursive: true });
};
const database = (): string => path.join(folder, ".opsc/opsc.db");

test("as it was, nothing is to be found", TIME, async () => {
  expect(await opsc(["audit", "verify"], folder)).toMatchObject({ code: 0 });
});

test.each([
  [
    "taken out",
    "DELETE FROM blobs",
    /entry \d+ of run\/\S+: what it keeps beside the log .* is gone, and nothing says that it was erased/,
  ],
  ["altered", "UPDATE blobs SET bytes = x'00'", /what it keeps beside the log .* is not what was kept/],
])("%s, it is found, and undo does not go by it", TIME, async (_, change, words) => {
  asItWas();
  tampering(database(), (db) => db.exec(change));
  const told = await opsc(["audit", "verify"], folder);
  expect(told).toMatchObject({ code: 8, out: expect.stringMatching(words) });
  // Both what was printed and what undo needs.
  expect(told.out).toContain("2 findings");
  const undone = await opsc(["rollback", run], folder, "", { OPSC_AS: "dana@example.com" });
  expect(undone.code).not.toBe(0);
  expect(undone.out).toMatch(/is not in the store any more|is damaged/);
});

test("erased with its run, it is none that is missing", TIME, async () => {
  asItWas();
  expect(await opsc(["audit", "erase", run, "--reason", "kept long enough", "--yes"], folder)).toMatchObject({
    code: 0,
  });
  expect(await opsc(["audit", "verify"], folder)).toMatchObject({ code: 0 });
});
