/** Runs that are stopped and undone from another terminal. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Writes `one`, waits until there is a file `go`, writes `two`. */
const source = `use file
use exec
action write_two() {
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
  step hold = exec.run(argv: ["sh", "-c", "touch holding; while [ ! -e go ]; do sleep 0.05; done"]) { rollback nothing "it only waits" }
  step two = file.write(path: "two.txt", content: "2") { rollback auto }
}
`;

function project(): { readonly folder: string; readonly has: (name: string) => boolean; readonly go: () => void } {
  const folder = makeProject({ "main.ops": source });
  made.push(folder);
  return {
    folder,
    has: (name) => existsSync(path.join(folder, name)),
    go: () => writeFileSync(path.join(folder, "go"), ""),
  };
}

const apply = ["apply", "write_two", "--yes", "--as", "dana@example.com"];
const runOf = async (folder: string): Promise<string> => {
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  return runs[0]?.run ?? "";
};

describe("from another terminal", () => {
  test("a run is paused before its next step and goes on when resumed", { timeout: 60_000 }, async () => {
    const { folder, has, go } = project();
    const running = ended(start(apply, folder));
    await until(() => has("holding"), "the run to hold");
    const run = await runOf(folder);
    const pausing = ended(start(["pause", run, "--reason", "lunch", "--as", "eve@example.com"], folder));
    await until(async () => (await opsc(["show", run], folder)).out.includes("eve@example.com paused it"), "the pause");
    go();
    expect(await pausing).toMatchObject({ code: 0, out: expect.stringContaining("is paused: opsc resume") });
    expect(await running).toMatchObject({ code: 7, out: expect.stringContaining("is paused") });
    expect([has("one.txt"), has("two.txt")]).toEqual([true, false]);
    expect((await opsc(["pause", run], folder)).out).toContain("is in nobody's hands");
    expect(await opsc(["resume", run], folder)).toMatchObject({ code: 0 });
    expect(has("two.txt")).toBe(true);
    expect(await opsc(["pause", run], folder)).toMatchObject({ code: 1 });
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });

  test("a run is cancelled and undone; one that nobody has in hand, too", { timeout: 60_000 }, async () => {
    const { folder, has, go } = project();
    const running = ended(start(apply, folder));
    await until(() => has("holding"), "the run to hold");
    const run = await runOf(folder);
    const cancelling = ended(start(["cancel", run, "--reason", "wrong", "--as", "eve@example.com", "--json"], folder));
    await until(
      async () => (await opsc(["show", run], folder)).out.includes("eve@example.com cancelled it"),
      "the cancel",
    );
    go();
    const cancelled = await cancelling;
    expect(cancelled.code).toBe(0);
    expect(JSON.parse(cancelled.out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      exit: 0,
      outcome: "cancelled",
    });
    expect((await running).code).toBe(7);
    expect(has("one.txt")).toBe(false);
    expect(await opsc(["cancel", run], folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("opsc rollback"),
    });

    const dead = project();
    const child = start(apply, dead.folder);
    const death = ended(child);
    await until(() => dead.has("holding"), "the run to hold");
    child.kill("SIGKILL");
    await death;
    const left = await runOf(dead.folder);
    const halted = await opsc(["cancel", left, "--mode", "halt"], dead.folder);
    expect(halted).toMatchObject({ code: 6, out: expect.stringContaining("stopped where it was") });
    expect(dead.has("one.txt")).toBe(true);
    expect(await opsc(["rollback", left], dead.folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining("was rolled back"),
    });
    expect(dead.has("one.txt")).toBe(false);
  });

  test("a run that has ended is rolled back, unless a later one wrote over it", { timeout: 60_000 }, async () => {
    const { folder, has, go } = project();
    go();
    expect((await opsc(apply, folder)).code).toBe(0);
    const first = await runOf(folder);
    expect((await opsc(apply, folder)).code).toBe(0);
    const refused = await opsc(["rollback", first, "--json"], folder);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { exit: 3, refusals: [{ kind: "written_since" }] } });
    const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
    const second = runs.map((each) => each.run).find((run) => run !== first) ?? "";
    for (const run of [second, first]) expect((await opsc(["rollback", run, "--reason", "slow"], folder)).code).toBe(0);
    expect([has("one.txt"), has("two.txt")]).toEqual([false, false]);
    expect((await opsc(["rollback", first], folder)).code).toBe(3);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });

  test("two that resume at once: one has it, the other is told so or finds it ended", { timeout: 60_000 }, async () => {
    const { folder, has, go } = project();
    const child = start(apply, folder);
    const death = ended(child);
    await until(() => has("holding"), "the run to hold");
    const run = await runOf(folder);
    const held = await opsc(["resume", run], folder);
    expect(held).toMatchObject({ code: 9, err: expect.stringContaining(`run ${run} is held by a living process`) });
    child.kill("SIGKILL");
    await death;
    go();
    const marks = ["--mark", "done:hold"];
    const both = await Promise.all([opsc(["resume", run, ...marks], folder), opsc(["resume", run, ...marks], folder)]);
    const codes = both.map((ran) => ran.code).sort();
    expect([
      [0, 0],
      [0, 9],
    ]).toContainEqual(codes);
    const { events } = JSON.parse((await opsc(["show", run, "--json"], folder)).out) as {
      events: { type: string; node?: string }[];
    };
    expect(events.filter((e) => e.type === "attempt.started" && e.node === "two")).toHaveLength(1);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });
});
