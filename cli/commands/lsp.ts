/** `opsc lsp`: the language server, over standard input and output. */
import process from "node:process";
import { ending } from "../ending.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { serve } from "../language-host.ts";

/** Resolves when the client is gone. */
export async function run(): Promise<ExitCode> {
  const { connection } = serve(process.stdin, process.stdout);
  // The library ends the process when the client says so or is gone, with the code that the protocol has for it.
  ending.finished = true;
  await new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.on("close", () => resolve());
    process.stdin.on("end", () => resolve());
  });
  // Told which process is the client's, the library looks at it from time to time, and would keep this one.
  setImmediate(() => process.exit());
  return EXIT.done;
}
