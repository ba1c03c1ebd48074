/** TypeScript 7, a native program: its own times of a run of its own, since there is no warm one to call. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { corpusOf, preludeOf } from "./corpus.ts";

const OPTIONS =
  "--noEmit --strict --noLib --singleThreaded --extendedDiagnostics --target es2022 --module nodenext".split(" ");

/** Milliseconds of parsing, and of parsing, binding and checking, on one thread. Bytes of all memory it asked for. */
export interface NativeTimes {
  readonly parse: number;
  readonly check: number;
  readonly memory: number;
}

export function measureNative(program: string, lines: number): NativeTimes {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  try {
    mkdirSync(path.join(folder, "src"));
    const files = [...preludeOf("typescript"), ...corpusOf("typescript", lines)];
    for (const file of files) writeFileSync(path.join(folder, "src", file.path), file.text);
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ include: ["src"] }));
    const { status, stdout } = spawnSync(program, ["-p", folder, ...OPTIONS], { encoding: "utf8", cwd: folder });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stdout.slice(0, 400)}`);
    const figure = (what: string): number => {
      const found = new RegExp(`^${what}:\\s+([\\d.]+)(K|s)`, "m").exec(stdout);
      if (found === null) throw new Error(`${program} does not tell its ${what}`);
      return Number(found[1]) * (found[2] === "K" ? 1024 : 1000);
    };
    const parse = figure("Parse time");
    return { parse, check: parse + figure("Bind time") + figure("Check time"), memory: figure("Memory used") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
