/** A program of its own, run as its entry runs it, so that what V8 makes of it can be kept. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import type { main } from "./main.ts";

export interface Loaded {
  readonly main: typeof main;
  /** Writes `NAME-VERSION-ARCH.cache` beside the program, with all that has been called by then: V8 compiles a function when it is called. */
  keep(): void;
}

/** `program` is the path of a bundle that `build-small.ts` made. */
export function loadProgram(program: string): Loaded {
  const folder = path.dirname(program);
  const script = new Script(readFileSync(program, "latin1"), { filename: program });
  const load = (part: string): Promise<unknown> => import(pathToFileURL(path.join(folder, part)).href);
  const run: { readonly main: typeof main } = script.runInThisContext()(load, folder, pathToFileURL(program).href);
  const name = `${path.basename(program, ".cjs")}-${process.version}-${process.arch}.cache`;
  return { main: run.main, keep: () => writeFileSync(path.join(folder, name), script.createCachedData()) };
}
