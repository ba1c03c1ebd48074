/** The real `opsc` on a terminal of its own (`script`, of util-linux), answered as a person would. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { binary, type Ran } from "./opsc.ts";

/** End of input, as Ctrl-D gives it. */
export const END = "\u0004";
export const INTERRUPT = "\u0003";

/** What is typed once `until` has been shown. All that is shown comes as `out`, colours and all. */
export async function onTerminal(
  args: readonly string[],
  cwd: string,
  typed: readonly { readonly until: RegExp; readonly text: string }[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const log = path.join(mkdtempSync(path.join(tmpdir(), "opsc-terminal-")), "log");
  const words = [process.execPath, binary, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  // Without `exec` some shells stay in between, and Ctrl-C then ends those.
  const child = spawn("script", ["-q", "-e", "-c", `exec ${words.join(" ")}`, log], {
    cwd,
    env: { ...process.env, CI: "false", OPSC_DIR: "", OPSC_AS: "", TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const left = [...typed];
  let out = "";
  let from = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString("utf8");
    const [next] = left;
    if (next === undefined || !next.until.test(out.slice(from))) return;
    left.shift();
    from = out.length;
    child.stdin.write(next.text);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (left.length > 0) throw new Error(`never shown: ${left[0]?.until}\n${out}\n${readFileSync(log, "utf8")}`);
  return { code, out, err: "" };
}
