/** `opsc diff`, as it is run on plans that were made, kept, and carried out. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { diffOutputSchema } from "../../compiler/diff/diff.schema.ts";
import { digestOf } from "../../compiler/digest.ts";
import { makeProject, opsc } from "./opsc.ts";

const SOURCE = `use file

approver sre { members = ["ana@example.com", "ben@example.com"] }

action deploy(text: string, hosts: list<string>, size: int = 1) {
  approve by sre { quorum = 2 }
  for host in hosts batch size {
    step write = file.write(path: "out/\${host}.txt", content: text) { rollback auto }
  }
}

action note(text: string) {
  step write = file.write(path: "note.txt", content: text) { rollback auto }
}
`;
const AS = ["--as", "dana@example.com"];
let folder = "";

async function plan(out: string, action: string, ...inputs: string[]): Promise<void> {
  const given = inputs.flatMap((input) => ["-i", input]);
  const told = await opsc(["plan", action, ...given, ...AS, "-o", out], folder);
  expect(told.code, told.err).toBe(0);
}

beforeAll(async () => {
  folder = makeProject({ "main.ops": SOURCE });
  await plan("old.opsplan.json", "deploy", "text=a", 'hosts=["x", "y"]');
  writeFileSync(path.join(folder, "main.ops"), `// A line more.\n\n${SOURCE}`);
  await plan("same.opsplan.json", "deploy", "text=a", 'hosts=["x", "y"]');
  writeFileSync(path.join(folder, "main.ops"), SOURCE.replace("quorum = 2", "quorum = 1"));
  await plan("new.opsplan.json", "deploy", "text=b", 'hosts=["x", "y", "z"]', "size=3");
}, 60_000);

describe("opsc diff", () => {
  test("tells what is wider first, and exits 1", async () => {
    const told = await opsc(["diff", "old.opsplan.json", "new.opsplan.json"], folder);
    expect(told, told.err).toMatchObject({ code: 1, err: "" });
    const lines = told.out.split("\n");
    expect(lines[0]).toMatch(/^NEW goes beyond OLD: \d+ wider/);
    expect(lines[2]).toContain("approval: fewer people are enough: 2 → 1");
    expect(told.out).toContain("is new: writes file:out/z.txt, which OLD does not touch");
    expect(told.out).toContain("loop host: more elements run at a time");
    expect(told.out).toMatch(/host\[‹key›\]\.write ×2: content: "a" → "b"/);
  });

  test("of plans that mean the same says so, and exits 0", async () => {
    const told = await opsc(["diff", "old.opsplan.json", "same.opsplan.json"], folder);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out.split("\n")[0]).toBe(
      "The same in meaning: only made at another time, or from sources laid out otherwise",
    );
    expect(told.out).toContain("Sources that differ: main.ops.");
    expect(await opsc(["diff", "old.opsplan.json", "old.opsplan.json"], folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining("The same plan\n"),
    });
  });

  test("as data, a comment, a page; from standard input", async () => {
    const old = readFileSync(path.join(folder, "old.opsplan.json"), "utf8");
    const json = await opsc(["diff", "-", "new.opsplan.json", "--json"], folder, old);
    expect(json).toMatchObject({ code: 1, err: "" });
    const data = diffOutputSchema.parse(JSON.parse(json.out));
    expect(data.counts.widened).toBeGreaterThan(2);
    expect(data.old.digest).toBe(JSON.parse(old).digest);
    const also = await opsc(["diff", "old.opsplan.json", "new.opsplan.json", "--format", "json"], folder);
    expect(also).toMatchObject({ code: 1, out: json.out });
    const as = async (format: string): Promise<string> =>
      (await opsc(["diff", "old.opsplan.json", "new.opsplan.json", "--format", format], folder)).out;
    expect(await as("markdown")).toContain("- **approvals** `approval`: fewer people are enough: `2` → `1`");
    expect(await as("html")).toMatch(/^<!doctype html>[\s\S]*fewer people are enough/);
  });

  test("of a run and a plan", async () => {
    await plan("note.opsplan.json", "note", "text=a");
    await plan("note-again.opsplan.json", "note", "text=c");
    expect(await opsc(["apply", "note.opsplan.json", ...AS], folder)).toMatchObject({ code: 0 });
    const runs = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
    const run = runs.runs[0]?.run ?? "";
    const told = await opsc(["diff", run, "note-again.opsplan.json"], folder);
    expect(told).toMatchObject({ code: 1, err: "" });
    expect(told.out).toContain('write: content: "a" → "c"');
    expect(await opsc(["diff", "note.opsplan.json", run], folder)).toMatchObject({ code: 0 });
    const asked = await opsc(["__complete", "diff", "old.opsplan.json", ""], folder);
    expect(asked.out).toContain(run);
    expect(asked.out).toContain(":files .opsplan.json");
  });

  test("says what is wrong with what it is given", async () => {
    const first = async (...words: string[]): Promise<readonly [number | null, string | undefined]> => {
      const told = await opsc(["diff", ...words], folder);
      return [told.code, told.err.split("\n")[0]];
    };
    expect(await first("old.opsplan.json")).toEqual([1, "error: opsc diff needs the new"]);
    expect(await first("-", "-")).toEqual([1, "error: both plans are to come from standard input"]);
    expect(await first("old.opsplan.json", "none.opsplan.json")).toEqual([
      1,
      "error: there is no file none.opsplan.json",
    ]);
    const deep = (levels: number): void => {
      const { plan: shallow } = JSON.parse(readFileSync(path.join(folder, "old.opsplan.json"), "utf8"));
      let value: unknown = levels;
      for (let i = 0; i < levels; i += 1) value = [value];
      const made = { ...shallow, inputs: [{ name: "text", type: { kind: "json" }, value }] };
      writeFileSync(
        path.join(folder, `deep${levels}.opsplan.json`),
        JSON.stringify({ digest: digestOf(made), plan: made }),
      );
    };
    for (const levels of [60, 61, 1200, 1201]) deep(levels);
    expect(await first("deep60.opsplan.json", "deep61.opsplan.json")).toEqual([1, ""]);
    const [tooDeep, words] = await first("deep1200.opsplan.json", "deep1201.opsplan.json");
    expect([tooDeep, words]).toSatisfy(
      ([code, said]) => (code === 1 && said === "") || (code === 8 && /nested too deep/.test(said)),
    );
    const broken = path.join(folder, "broken.opsplan.json");
    copyFileSync(path.join(folder, "old.opsplan.json"), broken);
    writeFileSync(broken, readFileSync(broken, "utf8").replace('"quorum":2', '"quorum":1'));
    const [code, message] = await first("old.opsplan.json", "broken.opsplan.json");
    expect(code).toBe(8);
    expect(message).toContain("broken.opsplan.json was changed after it was made");
  });
});
