/** From source to effect: loops that tolerate, hooks, locks, limits, escalations, by the real command on the real store. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const source = `use file
use exec

approver sre { members = ["ana@example.com"] }
approver boss { members = ["zoe@example.com"] }

operation say(text: string) {
  effect   = write
  resource = "told:log"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "echo \\"$1\\" >> told.txt", "sh", text])
}

operation restart(host: string) {
  effect   = write
  resource = "host:\${host}"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "test ! -e broken-$1", "sh", host])
}

/// Restarts the fleet.
action fleet() {
  lock  = ["fleet"]
  limit = 2 per 1h

  for host in ["w1", "w2", "w3"] key host batch 2 tolerate 1 {
    step drain = file.write(path: "drained/\${host}", content: "x") { rollback auto }
    step boot  = restart(host: host) { rollback nothing "it is restarted" }
  }
  on start { step s = say(text: "start") }
  on success { step s = say(text: "success") }
  on failure { step s = say(text: "failure: \${run.outcome}") }
  on end { step s = say(text: "end") }
}

/// Asks in the middle.
action asks() {
  lock = ["fleet"]
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
  approve by sre { escalate to boss after 1s }
  step two = file.write(path: "two.txt", content: "2") { rollback auto }
  on approval_requested { step s = say(text: "please") }
}

/// Holds the lock until there is a file go.
action holds() {
  lock = ["fleet"]
  step hold = exec.run(argv: ["sh", "-c", "touch holding; while [ ! -e go ]; do sleep 0.05; done"]) { rollback nothing "it only waits" }
}
`;

let folder: string;
beforeEach(() => {
  folder = makeProject({ "main.ops": source });
  mkdirSync(path.join(folder, "drained"));
  made.push(folder);
});

const has = (name: string): boolean => existsSync(path.join(folder, name));
const told = (): string[] => readFileSync(path.join(folder, "told.txt"), "utf8").trim().split("\n");
const apply = (action: string) => opsc(["apply", action, "--yes", "--as", "dana@example.com"], folder);
const lastRun = async (): Promise<string> => {
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  return (
    runs
      .map((each) => each.run)
      .sort()
      .at(-1) ?? ""
  );
};

describe("a loop that tolerates a failed element", () => {
  test("goes on with the others, undoes that one alone, and says so where it says that it succeeded", {
    timeout: 60_000,
  }, async () => {
    writeFileSync(path.join(folder, "broken-w2"), "");
    const ran = await apply("fleet");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("succeeded");
    expect(ran.out).toMatch(/1 element failed.* undone alone/);
    expect(readdirSync(path.join(folder, "drained")).sort()).toEqual(["w1", "w3"]);
    expect(told()).toEqual(["start", "success", "end"]);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });

  test("undoes all beyond what it tolerates; a third run in the hour is refused, and told when", {
    timeout: 60_000,
  }, async () => {
    for (const host of ["w1", "w3"]) writeFileSync(path.join(folder, `broken-${host}`), "");
    expect((await apply("fleet")).code).toBe(5);
    expect(readdirSync(path.join(folder, "drained"))).toEqual([]);
    expect(told()).toEqual(["start", "failure: undone", "end"]);
    expect((await apply("fleet")).code).toBe(5);
    const third = await apply("fleet");
    expect(third.code).toBe(3);
    expect(third.err).toContain("at most 2 runs of fleet may start in 1h");
    expect(third.err).toContain("the next may start at");
  });
});

describe("a lock", () => {
  test("stays with a run whose process was killed; others are told, until it is cancelled", {
    timeout: 60_000,
  }, async () => {
    const child = start(["apply", "holds", "--yes", "--as", "dana@example.com"], folder);
    const death = ended(child);
    await until(() => has("holding"), "the run to hold");
    const holder = await lastRun();
    const beside = await apply("fleet");
    expect(beside).toMatchObject({ code: 3, err: expect.stringContaining(`is held by run ${holder}`) });
    child.kill("SIGKILL");
    await death;
    const after = await apply("fleet");
    expect(after).toMatchObject({ code: 3, err: expect.stringContaining(`opsc cancel ${holder}`) });
    expect((await opsc(["cancel", holder], folder)).code).toBe(0);
    expect((await apply("fleet")).code).toBe(0);
  });

  test("is free while people are waited for, and taken again before what comes after", {
    timeout: 60_000,
  }, async () => {
    expect((await apply("asks")).code).toBe(4);
    expect(told()).toEqual(["please"]);
    const run = await lastRun();
    const child = start(["apply", "holds", "--yes", "--as", "dana@example.com"], folder);
    const holding = ended(child);
    await until(() => has("holding"), "the run to hold");
    const approve = () => opsc(["approve", run, "--as", "zoe@example.com"], folder);
    await until(async () => (await approve()).code === 0, "the escalation to be due");
    const stuck = await opsc(["resume", run], folder);
    expect(stuck).toMatchObject({ code: 3, out: expect.stringContaining("waits for a lock") });
    expect(has("two.txt")).toBe(false);
    writeFileSync(path.join(folder, "go"), "");
    expect((await holding).code).toBe(0);
    expect((await opsc(["resume", run], folder)).code).toBe(0);
    expect(has("two.txt")).toBe(true);
    expect((await opsc(["audit", "verify"], folder)).code).toBe(0);
  });
});
