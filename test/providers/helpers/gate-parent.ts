/** A process that makes a child behind the gate and then waits for ever to record it; the test kills it there. */
import { runCommand } from "../../../runtime/process/spawn.ts";

const [directory = "/", marker = ""] = process.argv.slice(2);
await runCommand({
  argv: ["touch", marker],
  cwd: directory,
  env: { PATH: process.env.PATH ?? "" },
  stdin: null,
  signal: new AbortController().signal,
  started: (made) => {
    process.stdout.write(`${JSON.stringify(made)}\n`);
    return new Promise(() => setInterval(() => {}, 1_000));
  },
});
