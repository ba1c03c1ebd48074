/** `opsc lsp`: the language server, over standard input and output. */
import process from "node:process";
import { ending } from "../ending.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { serve } from "../language-host.ts";

/** Resolves when the client is gone. */
export async function run(): Promise<ExitCode> {
  let lose: (error: Error) => void = () => {};
  const { connection } = serve(process.stdin, process.stdout, (error) => lose(error));
  // The library ends the process when the client says so or is gone, with the code that the protocol has for it.
  ending.finished = true;
  // Told which process is the client's, the library looks at it from time to time, and would keep this one.
  const leave = (): void => void setImmediate(() => process.exit());
  await new Promise<void>((resolve, reject) => {
    connection.onExit(() => resolve());
    process.stdin.on("close", () => resolve());
    process.stdin.on("end", () => resolve());
    // Nobody reads any more what there is to tell.
    process.stdout.on("error", () => process.exit(EXIT.done));
    lose = (error) => {
      leave();
      const [what = ""] = error.message.split("\n");
      const help = "editors start opsc lsp and speak to it: see docs/EDITORS.md";
      reject(new Stop(EXIT.wrong, `what comes is no message of the language server protocol: ${what}`, help));
    };
  });
  leave();
  return EXIT.done;
}
