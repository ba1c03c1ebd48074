/**
 * `npm run bench`: what things cost, as ratios within one run wherever there is something to compare with, since machines are noisy.
 * Prints a table; fails only if something it measures does not work.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { checkProject } from "../../compiler/check/project.ts";
import { digestOf } from "../../compiler/digest.ts";
import { planAction } from "../../compiler/expand/plan.ts";
import { format } from "../../language/format/format.ts";
import { parse } from "../../language/parse.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";
import { binary } from "../e2e/opsc.ts";
import { chainOf, fleetOf, sourceOf } from "./sources.ts";

const rows: string[][] = [];
const row = (what: string, figure: string, beside = ""): void => void rows.push([what, figure, beside]);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Median milliseconds of `runs`, after one that is not counted. */
function time(runs: number, work: () => void): number {
  work();
  return median(
    Array.from({ length: runs }, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    }),
  );
}

const manifests = new Map(
  Object.values(BUILT_IN).map(({ manifest }) => [manifest.name, { manifest, digest: digestOf(manifest) }] as const),
);

function check(text: string) {
  const result = checkProject({ files: [{ path: "main.ops", text }], manifests });
  if (result.diagnostics.some((d) => d.severity === "error"))
    throw new Error(`the generated source has errors: ${result.diagnostics[0]?.message}`);
  return result.program;
}

function compile(): void {
  const costs: number[] = [];
  for (const lines of [1000, 10_000]) {
    const text = sourceOf(lines);
    const real = text.split("\n").length;
    const parsing = time(5, () => parse(text));
    const formatting = time(5, () => format(text));
    const checking = time(5, () => check(text));
    costs.push(checking / real);
    row(`parse, ${real} lines`, `${Math.round(real / parsing)} thousand lines/s`);
    row(
      `fmt, ${real} lines`,
      `${Math.round(real / formatting)} thousand lines/s`,
      `${(formatting / parsing).toFixed(1)}× parsing alone`,
    );
    row(
      `check, ${real} lines`,
      `${Math.round(real / checking)} thousand lines/s`,
      `${(checking / parsing).toFixed(1)}× parsing alone`,
    );
  }
  const [small = 1, large = 1] = costs;
  row("check, cost a line at 10,000 lines", `${(large / small).toFixed(2)}×`, "that at 1,000");
}

function plan(): void {
  for (const [name, text, steps] of [
    ["chain", chainOf(10_000), 10_000],
    ["fan-out", fleetOf(10_000), 10_000],
  ] as const) {
    const program = check(text);
    const action = program.actions[0];
    if (action === undefined) throw new Error("no action");
    const request = {
      program,
      action,
      inputs: new Map(),
      requester: "dana@example.com",
      reason: null,
      workspace: "default",
      now: "2026-01-01T00:00:00.000Z",
      lifetime: 3_600_000,
      opsc: "bench",
    };
    const took = time(3, () => {
      const planned = planAction(request, new Map());
      if (planned.kind !== "plan" || planned.plan.nodes.length < steps)
        throw new Error(`not planned: ${JSON.stringify(planned).slice(0, 300)}`);
    });
    row(`plan, ${name} of ${steps} steps`, `${Math.round(took)} ms`);
  }
}

function wall(command: string, args: readonly string[], cwd: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

function startUp(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  writeFileSync(path.join(folder, "main.ops"), sourceOf(100));
  const bare = median(Array.from({ length: 9 }, () => wall(process.execPath, ["-e", "0"], folder)));
  const cold = median(Array.from({ length: 9 }, () => wall(process.execPath, [binary, "check"], folder)));
  row("opsc check of 100 lines, cold", `${Math.round(cold)} ms`, `${(cold / bare).toFixed(1)}× node -e 0`);
  rmSync(folder, { recursive: true });
}

function run(): void {
  const steps = 300;
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  const calls = Array.from(
    { length: steps },
    (_, i) => `  step s${i} = exec.run(argv: ["true"]) { rollback nothing "bench" }`,
  );
  writeFileSync(path.join(folder, "main.ops"), `use exec\naction run_all() {\n${calls.join("\n")}\n}\n`);
  const loop = `const { spawn } = require("node:child_process"); (async () => { for (let i = 0; i < ${steps}; i++) await new Promise((r) => spawn("true").once("close", r)); })();`;
  const bare = wall(process.execPath, ["-e", loop], folder);
  const empty = wall(process.execPath, [binary, "check"], folder);
  const ours = wall(process.execPath, [binary, "apply", "run_all", "--yes", "--as", "bench@example.com"], folder);
  row(
    `apply, chain of ${steps} true`,
    `${((ours - empty) / steps).toFixed(2)} ms a step`,
    `${((ours - empty) / bare).toFixed(2)}× a bare spawn loop, start-up not counted`,
  );
  rmSync(folder, { recursive: true });
}

compile();
plan();
startUp();
run();
const widths = [0, 1].map((i) => Math.max(...rows.map((r) => (r[i] ?? "").length)));
for (const [what = "", figure = "", beside = ""] of rows)
  process.stdout.write(`${what.padEnd(widths[0] ?? 0)}  ${figure.padStart(widths[1] ?? 0)}  ${beside}\n`);
