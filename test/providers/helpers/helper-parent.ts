/** A process with one command that runs by way of the helper, and one that waits for ever to be recorded; the test kills it there. */
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessGroup } from "../../../runtime/process/group.ts";
import type { ReadyGate } from "../../../runtime/process/helper-client.ts";
import { helpers, takeReady } from "../../../runtime/process/helpers.ts";
import { runCommand } from "../../../runtime/process/spawn.ts";

const [directory = "/"] = process.argv.slice(2);
const request = {
  cwd: directory,
  env: { PATH: process.env.PATH ?? "" },
  stdin: null,
  signal: new AbortController().signal,
};

async function aReady(): Promise<ReadyGate> {
  for (let tried = 0; tried < 1_000; tried++) {
    const found = takeReady();
    if (found !== null) return found;
    await runCommand({ ...request, argv: ["true"], started: async () => {} });
  }
  throw new Error("there is no helper");
}

const recorded = Promise.withResolvers<ProcessGroup>();
const first = await aReady();
void first.by.run(first, {
  ...request,
  argv: ["sh", "-c", "touch running; sleep 300"],
  started: async (made) => recorded.resolve(made),
});
const running = await recorded.promise;
while (!existsSync(path.join(directory, "running"))) await sleep(5);
const second = await aReady();
void second.by.run(second, {
  ...request,
  argv: ["touch", "acted"],
  started: (waiting) => {
    process.stdout.write(`${JSON.stringify({ helpers: helpers().map(({ pid }) => pid), running, waiting })}\n`);
    return new Promise(() => setInterval(() => {}, 1_000));
  },
});
