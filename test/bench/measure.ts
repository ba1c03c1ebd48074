/** `node --expose-gc measure.ts COMPILER LINES`: one compiler over one size, in a process of its own. Prints a `Measured` as JSON. */
import process from "node:process";
import { corpusOf, type Language, type SourceFile } from "./corpus.ts";
import type { Compiler, Size } from "./peer.ts";
import { median } from "./time.ts";

export interface Measured extends Size {
  readonly lines: number;
  readonly files: number;
  /** Milliseconds, warm. */
  readonly parse: number;
  readonly check: number;
  /** Bytes of heap that the trees, and what checking gives, hold after a collection. */
  readonly treeHeap: number;
  readonly checkHeap: number;
}

/** Each is repeated until it has run so often and so long, first to warm up and then to be counted. */
const WARM = { runs: 3, ms: 1500 };
const COUNTED = { runs: 5, ms: 1000 };
/** Of 100,000 lines nothing is cold after one run. */
const LARGE = { runs: 2, ms: 0 };

async function repeat(least: { readonly runs: number; readonly ms: number }, work: () => unknown): Promise<number[]> {
  const took: number[] = [];
  for (let sum = 0; took.length < least.runs || sum < least.ms; ) {
    const began = performance.now();
    await work();
    const ms = performance.now() - began;
    took.push(ms);
    sum += ms;
  }
  return took;
}

async function timed(lines: number, work: () => unknown): Promise<number> {
  await repeat(lines > 50_000 ? { runs: 1, ms: 0 } : WARM, work);
  return median(await repeat(lines > 50_000 ? LARGE : COUNTED, work));
}

async function held(work: () => unknown): Promise<number> {
  const heap = (): number => {
    if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
    globalThis.gc();
    globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  const result = await work();
  const after = heap();
  return result === undefined ? 0 : after - before;
}

/** With a text where a number belongs, in the last file: a compiler that does not say so does not check. */
function broken(files: readonly SourceFile[]): SourceFile[] {
  return files.map((file, i) =>
    i < files.length - 1
      ? file
      : { ...file, text: file.text.replace(/replicas: total(_\w+)?/, (_, id: string = "") => `replicas: label${id}`) },
  );
}

async function mustRefuse(compiler: Compiler, files: readonly SourceFile[]): Promise<void> {
  const refused = await Promise.resolve()
    .then(() => compiler.check(files))
    .then(
      () => false,
      () => true,
    );
  if (!refused) throw new Error("it accepts a text where a number belongs");
}

async function measure(compiler: Compiler, language: Language, lines: number): Promise<Measured> {
  await mustRefuse(compiler, broken(corpusOf(language, 100)));
  const files = corpusOf(language, lines);
  // Before the timing, so that what a compiler keeps of an earlier run is small.
  const checkHeap = await held(() => compiler.check(files));
  const treeHeap = await held(() => compiler.parse(files));
  const check = await timed(lines, () => compiler.check(files));
  const parse = await timed(lines, () => compiler.parse(files));
  return {
    lines: files.reduce((sum, { text }) => sum + text.split("\n").length, 0),
    files: files.length,
    parse,
    check,
    treeHeap,
    checkHeap,
    ...(await compiler.size(files)),
  };
}

const LANGUAGE: Readonly<Record<string, Language>> = {
  ours: "ops",
  langium: "langium",
  typespec: "typespec",
  typescript: "typescript",
};

const [name = "", lines = ""] = process.argv.slice(2);
const language = LANGUAGE[name];
if (language === undefined) throw new Error(`there is no compiler ${name}`);
const { default: compiler }: { default: Compiler } = await import(`./peers/${name}.ts`);
process.stdout.write(`${JSON.stringify(await measure(compiler, language, Number(lines)))}\n`);
