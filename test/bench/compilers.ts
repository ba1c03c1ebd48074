/** opsc beside its peers: parsing and checking like content, each in a process of its own, in turns so that noise hits all alike. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Measured } from "./measure.ts";
import { measureNative, type NativeTimes } from "./native.ts";
import { median } from "./time.ts";

export const SIZES = [1000, 10_000, 100_000] as const;
/** A size is measured so often, each time in a new process of each compiler. */
const ROUNDS: Readonly<Record<number, number>> = { 1000: 3, 10000: 3, 100000: 1 };

const here = import.meta.dirname;
const modules = path.join(here, "node_modules");

export const NAMES = { ours: "opsc", langium: "Langium", typespec: "TypeSpec", typescript: "TypeScript 6" } as const;
export type Name = keyof typeof NAMES;

export interface Compilers {
  /** By compiler, then by size as asked for. */
  readonly measured: Readonly<Partial<Record<Name, Readonly<Record<number, Measured>>>>>;
  /** By size. null where TypeScript 7 is not installed. */
  readonly native: Readonly<Record<number, NativeTimes>> | null;
}

export const peersInstalled = (): boolean => existsSync(modules);

function once(name: Name, lines: number): Measured {
  const args = ["--expose-gc", "--max-old-space-size=6000", path.join(here, "measure.ts"), name, String(lines)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}, ${lines} lines, ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function middle(all: readonly Measured[]): Measured {
  const [first] = all;
  if (first === undefined) throw new Error("nothing was measured");
  const of = (figure: (m: Measured) => number): number => median(all.map(figure));
  return {
    ...first,
    parse: of((m) => m.parse),
    check: of((m) => m.check),
    treeHeap: of((m) => m.treeHeap),
    checkHeap: of((m) => m.checkHeap),
  };
}

async function nativeProgram(): Promise<string | null> {
  const file = path.join(modules, "typescript-native/lib/getExePath.js");
  if (!existsSync(file)) return null;
  const found: { default: () => string } = await import(pathToFileURL(file).href);
  return found.default();
}

function nativeOnce(program: string, lines: number, rounds: number): NativeTimes {
  const all = Array.from({ length: rounds }, () => measureNative(program, lines));
  const of = (figure: (t: NativeTimes) => number): number => median(all.map(figure));
  return { parse: of((t) => t.parse), check: of((t) => t.check), memory: of((t) => t.memory) };
}

/** `sizes` of `SIZES`. `tell` is told what is being measured, since it takes minutes. */
export async function measureCompilers(sizes: readonly number[], tell: (what: string) => void): Promise<Compilers> {
  const names: Name[] = peersInstalled() ? ["ours", "langium", "typespec", "typescript"] : ["ours"];
  const program = await nativeProgram();
  const measured: Partial<Record<Name, Record<number, Measured>>> = {};
  const native: Record<number, NativeTimes> = {};
  for (const lines of sizes) {
    const rounds = ROUNDS[lines] ?? 1;
    const results = new Map<Name, Measured[]>(names.map((name) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of names) {
        tell(`${lines} lines, ${NAMES[name]}, ${round} of ${rounds}`);
        results.get(name)?.push(once(name, lines));
      }
    }
    for (const [name, all] of results) measured[name] = { ...measured[name], [lines]: middle(all) };
    if (program !== null) native[lines] = nativeOnce(program, lines, rounds);
  }
  return { measured, native: program === null ? null : native };
}
