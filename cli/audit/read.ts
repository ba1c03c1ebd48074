/** Checkpoints and proofs from files, or standard input. */
import { EXIT, Stop } from "../exit.ts";
import { readStdin } from "../stdin.ts";
import { readTextFile } from "../text-file.ts";

/** A proof of a run of many thousands of steps. */
const MOST = 256 * 1024 * 1024;

/** The text of a file; `-` for standard input. Ends the command where it cannot be read. `makes` says how one is made. */
export async function readGiven(file: string, makes: string): Promise<string> {
  if (file === "-") return readStdin(MOST);
  const read = await readTextFile(file, MOST);
  if ("text" in read) return read.text;
  const code = read.fault === "environment" ? EXIT.environment : EXIT.wrong;
  throw new Stop(code, `${file}: ${read.problem}`, read.help ?? makes);
}
