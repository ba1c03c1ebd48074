import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { groupAlive, type ProcessGroup } from "../../../runtime/process/group.ts";
import { type CommandRequest, runCommand } from "../../../runtime/process/spawn.ts";
import { alive, content, discard, environment, scratch, until } from "../helpers/world.ts";

let directory: string;
let stop: AbortController;
let group: ProcessGroup | null;
beforeEach(async () => {
  directory = await scratch();
  stop = new AbortController();
  group = null;
});
afterEach(() => discard(directory));

const at = (name: string): string => path.join(directory, name);

function run(argv: readonly string[], more: Partial<CommandRequest> = {}) {
  return runCommand({
    argv,
    cwd: directory,
    env: environment,
    stdin: null,
    signal: stop.signal,
    started: async (made) => {
      group = made;
    },
    ...more,
  });
}

const sh = (script: string, more: Partial<CommandRequest> = {}) => run(["sh", "-c", script], more);
const pidIn = async (name: string): Promise<number> => Number(await until(`a pid in ${name}`, () => content(at(name))));
const gone = (pid: number): Promise<unknown> => until(`process ${pid} gone`, async () => !(await alive(pid)));

describe("the gate", () => {
  test("nothing acts before it is recorded", async () => {
    const acted = (): Promise<boolean> =>
      access(at("acted")).then(
        () => true,
        () => false,
      );
    const seen: boolean[] = [];
    await run(["touch", "acted"], {
      started: async () => {
        // Long enough for a second command to be made, to act and to end.
        await run(["touch", "other"], { started: async () => {} });
        seen.push(await acted());
      },
    });
    seen.push(await acted());
    expect(seen).toEqual([false, true]);
  });

  test("the record names the very process that acts", async () => {
    const result = await sh("echo $$");
    expect(group).toMatchObject({
      pid: Number(new TextDecoder().decode(result.stdout)),
      started: expect.stringMatching(/./),
    });
    expect(group?.group).toBe(group?.pid);
  });

  test("a child whose maker is killed before the record ends without acting", async () => {
    const parent = spawn(
      process.execPath,
      [path.join(import.meta.dirname, "../helpers/gate-parent.ts"), directory, at("acted")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const made: ProcessGroup = JSON.parse(await firstLine(parent.stdout));
    expect(await alive(made.pid)).toBe(true);
    parent.kill("SIGKILL");
    await until("the child gone", async () => !(await groupAlive(made)));
    await expect(access(at("acted"))).rejects.toThrow();
  });
});

describe("ending", () => {
  test("ends grandchildren too", async () => {
    const running = sh("sleep 300 & echo $! > grandchild; wait");
    const pid = await pidIn("grandchild");
    stop.abort();
    await expect(running).rejects.toThrow(/stopped before it ended/);
    await gone(pid);
  });

  test("ends a command that ignores SIGTERM", async () => {
    const running = sh('trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done', { graceMs: 200 });
    const pid = await pidIn("pid");
    stop.abort();
    await expect(running).rejects.toThrow(/stopped/);
    expect(await alive(pid)).toBe(false);
  });

  test("lets a command clean up on SIGTERM", async () => {
    const running = sh('trap "echo cleaned > cleaned; exit 0" TERM; echo $$ > pid; while :; do sleep 0.05; done');
    await pidIn("pid");
    stop.abort();
    await expect(running).rejects.toThrow(/stopped/);
    expect(await content(at("cleaned"))).toBe("cleaned");
  });

  test("ends what a command leaves running in its group", async () => {
    const result = await sh("sleep 300 & echo $! > left; echo done");
    expect(new TextDecoder().decode(result.stdout)).toBe("done\n");
    await gone(await pidIn("left"));
  });

  test("does not wait for a process that left the group and holds the output open", async () => {
    const script = `const c = require("node:child_process").spawn("sleep", ["300"], { detached: true, stdio: "inherit" }); c.unref(); console.log(c.pid)`;
    const result = await run([process.execPath, "-e", script]);
    const pid = Number(new TextDecoder().decode(result.stdout));
    expect(await alive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  test("a command that ended by itself has its result, though it is stopped while what it left is ended", async () => {
    const stays = 'trap "echo yes > told" TERM; echo yes > ready; while :; do sleep 0.05; done';
    const running = sh(`(${stays}) & while [ ! -e ready ]; do sleep 0.05; done; exit 7`);
    await until("what it left told to end", () => content(at("told")));
    stop.abort();
    expect((await running).exitCode).toBe(7);
  });

  test("nothing is made when it was stopped before", async () => {
    stop.abort();
    await expect(run(["touch", "acted"])).rejects.toThrow(/stopped/);
    expect(group).toBeNull();
  });
});

describe("output", () => {
  test("is kept byte for byte", async () => {
    const result = await sh("printf '\\377\\000\\n\\200'; printf '\\001' >&2");
    expect([...result.stdout]).toEqual([0xff, 0, 0x0a, 0x80]);
    expect([...result.stderr]).toEqual([1]);
  });

  test("is whole up to the limit", async () => {
    const result = await sh("yes | head -c 1048576");
    expect(result.stdout.length).toBe(1024 * 1024);
  });

  test("beyond it, beginning and end are kept and the rest counted", async () => {
    const result = await sh("printf begin; yes | head -c 100000; printf end", { limit: 20 });
    expect(new TextDecoder().decode(result.stdout)).toBe("beginy\ny\ny\n… 99988 bytes left out …\n\ny\ny\ny\nend");
  });
});

describe("what cannot be started", () => {
  test.each([
    [[], /`argv` is empty/],
    [[""], /the command is an empty text/],
    [["echo", "a\0b"], /NUL character/],
    [["no-such-program-here"], /no program named/],
  ])("%j", async (argv, words) => {
    await expect(run(argv)).rejects.toThrow(words);
  });
});

/** The first line a stream gives. */
async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("it ended without a line");
}
