import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endGroup, groupAlive, type ProcessGroup } from "../../../runtime/process/group.ts";
import { findProcess } from "../../../runtime/process/table.ts";
import { alive, content, discard, scratch, until } from "../helpers/world.ts";

let directory: string;
let made: ChildProcess[];
beforeEach(async () => {
  directory = await scratch();
  made = [];
});
afterEach(async () => {
  for (const child of made) {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already, which is what most of these tests are about.
    }
  }
  await discard(directory);
});

/** A shell that leads a group of its own and runs `script` once it is told to. */
async function lead(
  script: string,
): Promise<{ readonly child: ChildProcess; readonly group: ProcessGroup; go(): void }> {
  const child = spawn("sh", ["-c", `read -r line; ${script}`], {
    cwd: directory,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  made.push(child);
  const pid = child.pid ?? 0;
  const entry = await until("the process in the table", () => findProcess(pid));
  return { child, group: { pid, group: pid, started: entry.started }, go: () => child.stdin?.end("go\n") };
}

const pidIn = async (name: string): Promise<number> =>
  Number(await until(`a pid in ${name}`, () => content(path.join(directory, name))));

describe("endGroup", () => {
  test("ends leader and members, and counts them", async () => {
    const { child, group, go } = await lead("sleep 300 & echo $! > first; sleep 300 & echo $! > second; wait");
    go();
    const members = [await pidIn("first"), await pidIn("second")];
    expect(await groupAlive(group)).toBe(true);
    const ended = once(child, "exit");
    expect(await endGroup(group, 2_000)).toBe(3);
    await ended;
    expect(await groupAlive(group)).toBe(false);
    for (const pid of members) await until("gone", async () => !(await alive(pid)));
  });

  test("ends members whose leader has gone", async () => {
    const { child, group, go } = await lead("sleep 300 & echo $! > left");
    const ended = once(child, "exit");
    go();
    await ended;
    const left = await pidIn("left");
    expect(await groupAlive(group)).toBe(true);
    expect(await endGroup(group, 2_000)).toBe(1);
    await until("gone", async () => !(await alive(left)));
  });

  test("leaves alone a process that got the same pid", async () => {
    const { child, group } = await lead("true");
    const stranger: ProcessGroup = { ...group, started: `${group.started}0` };
    expect(await groupAlive(stranger)).toBe(false);
    expect(await endGroup(stranger, 100)).toBe(0);
    expect(child.exitCode).toBeNull();
    expect(await groupAlive(group)).toBe(true);
  });

  test("leaves alone everything of another boot", async () => {
    const { group } = await lead("true");
    const other: ProcessGroup = {
      ...group,
      pid: group.pid + 1,
      started: group.started.replace(/^./, (first) => (first === "0" ? "1" : "0")),
    };
    expect(await endGroup(other, 100)).toBe(0);
    expect(await groupAlive(group)).toBe(true);
  });

  test("has nothing to do where all have gone", async () => {
    const { child, group, go } = await lead("true");
    const ended = once(child, "exit");
    go();
    await ended;
    expect(await endGroup(group, 100)).toBe(0);
  });
});
