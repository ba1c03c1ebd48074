/**
 * `npm run bench`: what things cost, as ratios within one run wherever there is something to compare with, since machines are noisy.
 * `--json FILE` writes the figures, `--quick` leaves 100,000 lines out. Fails only if something it measures does not work.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { applyBench, lengthBench } from "./apply.ts";
import { plan, planCommand, type Row, runbooks, startUp } from "./commands.ts";
import { type Compilers, measureCompilers, NAMES, type Name, peersInstalled, SIZES } from "./compilers.ts";
import { editorBench, editorRows } from "./editor.ts";
import type { Measured } from "./measure.ts";
import { decisions } from "./policy.ts";

const { values } = parseArgs({ options: { json: { type: "string" }, quick: { type: "boolean", default: false } } });
const sizes = SIZES.filter((lines) => !values.quick || lines < 100_000);

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}

const thousands = (lines: number, ms: number): string => (lines / ms).toFixed(lines / ms < 10 ? 1 : 0);
const times = (a: number, b: number): string => `${(a / b).toFixed(1)}×`;

/** Parsing or checking, by compiler and size, and how far ahead opsc is. */
function speeds(what: "parse" | "check", { measured, native }: Compilers): string {
  const ours = (size: number): Measured | undefined => measured.ours?.[size];
  const cell = (lines: number, ms: number, size: number, isOurs: boolean): readonly string[] => {
    const own = ours(size);
    const ahead = own === undefined || isOurs ? "" : times(ms / lines, own[what] / own.lines);
    return [thousands(lines, ms), ahead];
  };
  const names = Object.keys(NAMES).filter((name): name is Name => name in measured);
  const rows = names.map((name) => [
    NAMES[name],
    ...sizes.flatMap((size) => {
      const found = measured[name]?.[size];
      return found === undefined ? ["", ""] : cell(found.lines, found[what], size, name === "ours");
    }),
  ]);
  if (native !== null)
    rows.push([
      "TypeScript 7, native, cold",
      ...sizes.flatMap((size) => {
        const found = native[size];
        const lines = measured.typescript?.[size]?.lines;
        return found === undefined || lines === undefined ? ["", ""] : cell(lines, found[what], size, false);
      }),
    ]);
  const head = [
    `${what === "parse" ? "Parsing" : "Checking, all checks"}: thousand lines/s`,
    ...sizes.flatMap((size) => [String(size), "opsc is"]),
  ];
  return table([head, ...rows]);
}

/** What a line costs in a large project beside a middling one, what memory is held, and what a line is. */
function shapes({ measured }: Compilers): string {
  const head = [
    "Of each",
    "tokens a line",
    "nodes a line",
    "cost a line, 100,000 to 10,000",
    "held, checked to tree",
    "tree, bytes a line",
  ];
  const names = Object.keys(NAMES).filter((name): name is Name => name in measured);
  const rows = names.map((name) => {
    const [middling, large] = [measured[name]?.[10_000], measured[name]?.[100_000]];
    if (middling === undefined) return [NAMES[name]];
    return [
      NAMES[name],
      (middling.tokens / middling.lines).toFixed(1),
      (middling.nodes / middling.lines).toFixed(1),
      large === undefined ? "" : times(large.check / large.lines, middling.check / middling.lines),
      times(middling.checkHeap, middling.treeHeap),
      String(Math.round(middling.treeHeap / middling.lines)),
    ];
  });
  return table([head, ...rows]);
}

const tell = (what: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
};

const compilers = await measureCompilers(sizes, tell);
tell("");
process.stdout.write(`${speeds("parse", compilers)}\n${speeds("check", compilers)}\n${shapes(compilers)}\n`);
if (!peersInstalled())
  process.stdout.write("The peers are not installed: npm ci in test/bench, and they are measured beside opsc.\n\n");
const rows: readonly Row[] = [
  ...runbooks(),
  ...plan(),
  ...planCommand(),
  ...decisions(),
  startUp(),
  ...applyBench(1000),
  lengthBench(1000, 10_000),
];
process.stdout.write(table(rows.map(({ what, figure, beside }) => [what, figure, beside])));
const editor = await editorBench(values.quick, tell);
tell("");
process.stdout.write(`\n${table(editorRows(editor))}`);
if (values.json !== undefined) {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? "", cores: cpus().length };
  writeFileSync(values.json, `${JSON.stringify({ machine, ...compilers, rows, editor }, null, 2)}\n`);
}
