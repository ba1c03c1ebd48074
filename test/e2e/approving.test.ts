/** Approvals that a run asks for on its way, several at once. */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";

const write = (name: string): string =>
  `step ${name} = file.write(path: "${name}.txt", content: "1") { rollback auto }`;
const source = `use file
approver sre { members = ["ana@example.com", "ben@example.com", "zoe@example.com"] }
approver sec { members = ["yan@example.com", "zoe@example.com", "uli@example.com"] }
action act() {
  ${write("w")}
  parallel {
    branch { approve by sre ${write("x")} }
    branch { approve by sec ${write("y")} }
  }
}
`;

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

async function waiting(): Promise<{ readonly folder: string; readonly run: string; has(name: string): boolean }> {
  const folder = makeProject({ "main.ops": source });
  made.push(folder);
  expect((await opsc(["apply", "act", "--yes", "--as", "dana@example.com"], folder)).code).toBe(4);
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  return { folder, run: runs[0]?.run ?? "", has: (name) => existsSync(path.join(folder, name)) };
}

describe("a run that asks for two approvals at once", { timeout: 60_000 }, () => {
  test("takes from a person the one that is theirs to give", async () => {
    const { folder, run, has } = await waiting();
    writeFileSync(path.join(folder, "later.ops"), "");
    const told = await opsc(["approve", run, "--as", "yan@example.com"], folder);
    rmSync(path.join(folder, "later.ops"));
    expect(told.err.replace(/\s+/g, " ")).toMatch(
      /THE PLAN WAS NOT MADE AGAIN HERE: later\.ops has come since the plan was made .* you trust dana@example\.com, whose opsc makes a plan again before it begins a run/,
    );
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining("approved by yan@example.com: complete") });
    expect((await opsc(["resume", run], folder)).code).toBe(4);
    expect([has("x.txt"), has("y.txt")]).toEqual([false, true]);
    expect((await opsc(["approve", run, "--as", "yan@example.com"], folder)).code).toBe(3);
    expect((await opsc(["approve", run, "--as", "ana@example.com"], folder)).code).toBe(0);
    expect((await opsc(["resume", run], folder)).code).toBe(0);
    expect(has("x.txt")).toBe(true);
  });

  test("takes both from who is in both groups, each by itself", async () => {
    const { folder, run } = await waiting();
    const told = await opsc(["approve", run, "--as", "zoe@example.com", "--json"], folder);
    const nodes = told.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { node: string }).node);
    expect(nodes).toEqual(["approval", "approval~2"]);
    expect((await opsc(["resume", run, "--as", "eve@example.com"], folder)).code).toBe(0);
    const { out } = await opsc(["show", run, "--history"], folder);
    expect(out.match(/taken in hand again by eve@example\.com \(process \d+ on/g)).toHaveLength(2);
  });

  test("takes both from files that travel", async () => {
    const { folder, run } = await waiting();
    const out = path.join(folder, "given");
    expect((await opsc(["approve", run, "--as", "zoe@example.com", "-o", out], folder)).code).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("given"))).toEqual([
      "given-2.opsapproval.json",
      "given.opsapproval.json",
    ]);
    expect((await opsc(["resume", run], folder)).code).toBe(4);
    expect((await opsc(["resume", run, "--approvals", folder], folder)).code).toBe(0);
  });

  test("takes none once it has ended", async () => {
    const { folder, run } = await waiting();
    expect((await opsc(["cancel", run, "--as", "dana@example.com"], folder)).code).toBe(0);
    for (const word of ["approve", "deny"])
      expect(await opsc([word, run, "--as", "ana@example.com"], folder)).toMatchObject({
        code: 1,
        err: expect.stringContaining(`run ${run} has ended: cancelled`),
      });
  });
});
