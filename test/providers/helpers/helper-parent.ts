/** A process with one command that runs by way of the helper, and one that waits for ever to be recorded; the test kills it there. */
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessGroup } from "../../../runtime/process/group.ts";
import { type HelperClient, helper } from "../../../runtime/process/helper-client.ts";
import { runCommand } from "../../../runtime/process/spawn.ts";

const [directory = "/"] = process.argv.slice(2);
const request = {
  cwd: directory,
  env: { PATH: process.env.PATH ?? "" },
  stdin: null,
  signal: new AbortController().signal,
};

async function theHelper(): Promise<HelperClient> {
  for (let tried = 0; tried < 1_000; tried++) {
    const found = helper();
    if (found !== null) return found;
    await runCommand({ ...request, argv: ["true"], started: async () => {} });
  }
  throw new Error("there is no helper");
}

const recorded = Promise.withResolvers<ProcessGroup>();
const client = await theHelper();
void client.run({
  ...request,
  argv: ["sh", "-c", "touch running; sleep 300"],
  started: async (made) => recorded.resolve(made),
});
const running = await recorded.promise;
while (!client.isReady || !existsSync(path.join(directory, "running"))) await sleep(5);
void client.run({
  ...request,
  argv: ["touch", "acted"],
  started: (waiting) => {
    process.stdout.write(`${JSON.stringify({ helper: client.pid, running, waiting })}\n`);
    return new Promise(() => setInterval(() => {}, 1_000));
  },
});
