/** What planning, applying and starting cost. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { checkProject } from "../../compiler/check/project.ts";
import { planAction, planBytes, sealPlan } from "../../compiler/expand/plan.ts";
import type { Program } from "../../compiler/program.ts";
import { format } from "../../language/format/format.ts";
import { builtInManifests } from "../../runtime/providers/index.ts";
import { binary } from "../e2e/opsc.ts";
import { chainOf, fleetOf, nestedOf, slotsOf, sourceOf } from "./sources.ts";
import { median, time } from "./time.ts";

/** What was measured, the figure in words, what it is to be seen beside, and the number itself. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly beside: string;
  readonly value: number;
}

const manifests = new Map(Object.entries(builtInManifests()));

function check(text: string): Program {
  const result = checkProject({ files: [{ path: "main.ops", text }], manifests });
  const error = result.diagnostics.find((d) => d.severity === "error");
  if (error !== undefined) throw new Error(`the generated source has errors: ${error.message}`);
  return result.program;
}

/** A source as people write runbooks: more text, rules, loops and approvals a line than the corpus of the peers. */
export function runbooks(): Row[] {
  return [1000, 10_000].flatMap((lines) => {
    const text = sourceOf(lines);
    const real = text.split("\n").length;
    const row = (what: string, took: number): Row => {
      const value = Math.round(real / took);
      return {
        what: `${what}, runbook of ${real} lines`,
        figure: `${value} thousand lines/s`,
        beside: "one file",
        value,
      };
    };
    return [
      row(
        "check",
        time(7, () => check(text)),
      ),
      row(
        "fmt",
        time(5, () => format(text)),
      ),
    ];
  });
}

export function plan(): Row[] {
  const sources = [
    ["chain", chainOf(10_000), 10_000],
    ["fan-out", fleetOf(10_000), 10_000],
    ["actions within an action", nestedOf(10_000), 10_000],
    ["slots", slotsOf(10_000), 10_000],
    ["chain", chainOf(100_000), 100_000],
    ["fan-out", fleetOf(100_000), 100_000],
  ] as const;
  return sources.map(([name, text, steps]) => {
    const program = check(text);
    const action = program.actions.find(({ name }) => name !== "inner");
    if (action === undefined) throw new Error("no action");
    const request = {
      program,
      action,
      inputs: new Map(),
      texts: new Map(),
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
      planBytes(sealPlan(planned.plan));
    });
    return {
      what: `plan and its bytes, ${name} of ${steps} steps`,
      figure: `${Math.round(took)} ms`,
      beside: "",
      value: took,
    };
  });
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

/** Tells the largest amount of memory that it held, in kilobytes, on descriptor 3. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));',
)}`;

/** `opsc plan` as people run it, from the files to the text: best of a few, since it is long enough for others to come between. */
export function planCommand(): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  const rows = (["chain", "fan-out"] as const).flatMap((name) => {
    writeFileSync(path.join(folder, "main.ops"), name === "chain" ? chainOf(10_000) : fleetOf(10_000));
    const row = (what: string, args: readonly string[]): Row => {
      const all = Array.from({ length: 3 }, () => planOnce(folder, args));
      const took = Math.min(...all.map((each) => each.took));
      const memory = Math.min(...all.map((each) => each.memory));
      return {
        what: `opsc plan, ${what}, ${name} of 10,000 steps`,
        figure: `${Math.round(took)} ms`,
        beside: `${Math.round(memory / 1000)} MB at most`,
        value: took,
      };
    };
    return [
      row("offline, as JSON", ["--offline", "--format", "json"]),
      row("offline, as text", ["--offline"]),
      row("with a preview of each", []),
    ];
  });
  rmSync(folder, { recursive: true });
  return rows;
}

function planOnce(folder: string, args: readonly string[]): { readonly took: number; readonly memory: number } {
  const began = performance.now();
  const ran = spawnSync(process.execPath, ["--import", TELL_MEMORY, binary, "plan", "chain", ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (ran.status !== 0) throw new Error(`opsc plan ended with ${ran.status}: ${ran.stderr}`);
  return { took: performance.now() - began, memory: Number(ran.output[3]) };
}

/** Wall times in turns: `node` alone, and the command. */
export function startUp(): Row {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  writeFileSync(path.join(folder, "main.ops"), sourceOf(100));
  const times = Array.from({ length: 21 }, () => ({
    bare: wall(process.execPath, ["-e", "0"], folder),
    cold: wall(process.execPath, [binary, "check"], folder),
  }));
  rmSync(folder, { recursive: true });
  const cold = median(times.map((t) => t.cold));
  const value = cold / median(times.map((t) => t.bare));
  return {
    what: "opsc check of 100 lines, cold",
    figure: `${Math.round(cold)} ms`,
    beside: `${value.toFixed(1)}× node -e 0`,
    value,
  };
}
