/** Commands run by way of the helper: as any other, and what becomes of them when it, or who asks it, is killed. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeGate, openGate, scriptOf } from "../../../runtime/process/gate.ts";
import { endGroup, groupAlive, type ProcessGroup } from "../../../runtime/process/group.ts";
import type { ReadyGate } from "../../../runtime/process/helper-client.ts";
import { helpers, takeReady } from "../../../runtime/process/helpers.ts";
import { type CommandRequest, runCommand } from "../../../runtime/process/spawn.ts";
import { alive, content, discard, environment, scratch, until } from "../helpers/world.ts";

let directory: string;
let stop: AbortController;
let groups: ProcessGroup[];
beforeEach(async () => {
  directory = await scratch();
  stop = new AbortController();
  groups = [];
});
afterEach(() => discard(directory));

const sh = (script: string, more: Partial<CommandRequest> = {}) =>
  runCommand({
    argv: ["sh", "-c", script],
    cwd: directory,
    env: environment,
    stdin: null,
    signal: stop.signal,
    started: async (made) => {
      groups.push(made);
    },
    ...more,
  });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** A process that a helper has ready, as one does once some commands have been run. */
const aReady = (): Promise<ReadyGate> =>
  until("a helper", async () => {
    await sh("true");
    return takeReady();
  });
/** Until there are as many helpers as there will be. */
const allHelpers = async (): Promise<void> => {
  for (let i = 0; i < 16; i++) await sh("true");
};

test("what it runs is as what is run without it: directory, variables, input, output, exit code", async () => {
  const ready = await aReady();
  const script = 'pwd; printf "%s|" "$A" "$B" "$PWD"; cat; printf "\\377" >&2; exit 7';
  const result = await ready.by.run(ready, {
    argv: ["sh", "-c", script, "a'b\nc"],
    cwd: directory,
    env: { PATH: environment.PATH ?? "", A: 'it\'s\na "$HOME"', B: "", "odd.name": "x" },
    stdin: "in\n",
    signal: stop.signal,
    started: async () => {},
  });
  expect(text(result.stdout)).toBe(`${directory}\nit's\na "$HOME"||${directory}|in\n`);
  expect([...result.stderr]).toEqual([0xff]);
  expect(result).toMatchObject({ exitCode: 7, endedBy: null });
  expect(
    text((await sh("env | cut -d= -f1 | sort")).stdout)
      .trim()
      .split("\n")
      .filter((n) => n !== "_" && n !== "PWD" && n !== "SHLVL"),
  ).toEqual(Object.keys(environment).sort());
});

test("no variable is handed over as an argument, which every user of the machine can list", async () => {
  const secret = "hunter2 \"it's\n$HOME`\\";
  const had = { PATH: environment.PATH ?? "", A: "before", GONE: "x", "odd.name": "y", "odd.gone": "z" };
  const env = { PATH: had.PATH, A: secret, "odd.name": "w", NEW: secret };
  for (const shell of ["/bin/sh", ...["/bin/bash", "/bin/dash"].filter((file) => existsSync(file))]) {
    const said: Uint8Array[] = [];
    const gate = await makeGate(had, shell);
    gate.child.stdout?.on("data", (chunk: Uint8Array) => said.push(chunk));
    const line = scriptOf({ file: "/usr/bin/env", args: ["-0"], cwd: directory, env, stdin: null }, had);
    expect(line.slice(line.lastIndexOf("exec "))).not.toContain("hunter2");
    openGate(gate, { file: "/usr/bin/env", args: ["-0"], cwd: directory, env, stdin: null });
    await gate.closed;
    const given = Buffer.concat(said)
      .toString()
      .split("\0")
      .filter((each) => each !== "" && !/^(_|PWD|SHLVL)=/.test(each));
    expect(given.sort()).toEqual(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  }
});

test("its output is bounded, and a command that it cannot find is told in the same words", async () => {
  const request = { cwd: directory, env: environment, stdin: null, signal: stop.signal, started: async () => {} };
  const first = await aReady();
  const long = await first.by.run(first, {
    ...request,
    argv: ["sh", "-c", "head -c 5000000 /dev/zero"],
    limit: 1000,
  });
  expect(long.stdout.length).toBeLessThan(1100);
  const second = await aReady();
  await expect(second.by.run(second, { ...request, argv: ["no-such-program"] })).rejects.toMatchObject({
    retryable: false,
    message: expect.stringContaining("no program named `no-such-program`"),
  });
});

test("nothing acts before it is recorded, nor where that fails", async () => {
  await allHelpers();
  await expect(
    sh("touch acted", {
      started: async () => {
        throw new Error("the log is full");
      },
    }),
  ).rejects.toThrow("the log is full");
  await sh("true");
  expect(await content(path.join(directory, "acted"))).toBeNull();
});

test("a command is ended whole when it is stopped", async () => {
  await allHelpers();
  const running = sh("sleep 300 & echo $! > grandchild; wait");
  const pid = Number(await until("a pid", () => content(path.join(directory, "grandchild"))));
  stop.abort();
  await expect(running).rejects.toThrow(/stopped before it ended/);
  await until("the grandchild gone", async () => !(await alive(pid)));
});

test("when it is killed, what it had begun is ended and told, and commands go on without it", async () => {
  await allHelpers();
  const running = sh("echo $$ > pid; sleep 300");
  const pid = Number(await until("a pid", () => content(path.join(directory, "pid"))));
  for (const { pid } of helpers()) process.kill(pid ?? 0, "SIGKILL");
  await expect(running).rejects.toThrow(/was ended, and the command with it/);
  expect(await alive(pid)).toBe(false);
  await until("the others seen to be gone", async () => helpers().length === 0);
  expect(text((await sh("echo on")).stdout)).toBe("on\n");
});

test("when who asks it is killed, it goes, what waits never acts, and what runs can be ended by its record", async () => {
  const parent = spawn(process.execPath, [path.join(import.meta.dirname, "../helpers/helper-parent.ts"), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  const told = JSON.parse(String((await lines.next()).value)) as {
    helpers: number[];
    running: ProcessGroup;
    waiting: ProcessGroup;
  };
  expect(await groupAlive(told.waiting)).toBe(true);
  parent.kill("SIGKILL");
  expect(told.helpers.length).toBeGreaterThan(0);
  for (const pid of told.helpers) await until("the helper gone", async () => !(await alive(pid)));
  await until("what waits gone", async () => !(await groupAlive(told.waiting)));
  expect(await content(path.join(directory, "acted"))).toBeNull();
  expect(await endGroup(told.running, 1_000)).toBeGreaterThan(0);
});
