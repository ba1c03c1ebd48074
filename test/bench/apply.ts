/**
 * What running costs: many `true` steps, fully durable, beside a bare spawn loop, GNU make and ansible-playbook where they
 * are installed. `node test/bench/apply.ts [STEPS]` measures this alone.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { binary } from "../e2e/opsc.ts";
import type { Row } from "./commands.ts";
import { median } from "./time.ts";

/** How many run at a time where they need not wait for one another. */
const TOGETHER = 4;
const ROUNDS = 3;

const list = (steps: number): string => `[${Array.from({ length: steps }, (_, i) => i).join(", ")}]`;
const action = (name: string, steps: number, batch: string): string => `
action ${name}() {
  for i in ${list(steps)}${batch} {
    step s = nothing_at(n: i) { rollback nothing "bench" }
  }
}
`;

/** Each on something of its own, so that several may run at a time. */
const OPERATION = `
operation nothing_at(n: int) {
  effect   = write
  resource = "bench:\${n}"
  repeat   = idempotent
  call     = exec.run(argv: ["true"])
}
`;

const loop = (steps: number, together: number): string => `
const { spawn } = require("node:child_process");
let left = ${steps};
async function worker() { while (left-- > 0) await new Promise((done) => spawn("true").once("close", done)); }
Promise.all(Array.from({ length: ${together} }, worker));
`;

function makefile(steps: number, chain: boolean): string {
  const rules = Array.from({ length: steps }, (_, i) => `s${i}:${chain && i > 0 ? ` s${i - 1}` : ""}\n\t@true x\n`);
  return `all: ${Array.from({ length: steps }, (_, i) => `s${i}`).join(" ")}\n${rules.join("")}`;
}

const playbook = (steps: number): string =>
  `- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n${"    - command: 'true'\n".repeat(steps)}`;

function wall(command: string, args: readonly string[], cwd: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: "1", ANSIBLE_LOCALHOST_WARNING: "False", LC_ALL: "C.UTF-8" },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

const has = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

/** Milliseconds of each, in turns, so that noise hits all alike: what takes part, and what its start alone costs. */
function inTurns(folder: string, of: ReadonlyMap<string, readonly [string, readonly string[]]>): Map<string, number> {
  const took = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [command, args]] of of) took.set(name, [...(took.get(name) ?? []), wall(command, args, folder)]);
  }
  return new Map([...took].map(([name, times]) => [name, median(times)]));
}

/** A step's time in each, and beside the bare loop. Starting is not counted: it is measured as a run of one step. */
export function applyBench(steps: number): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  writeFileSync(
    path.join(folder, "main.ops"),
    `use exec\n${OPERATION}${action("one", 1, "")}${action("chain", steps, "")}${action("fan", steps, ` batch ${steps}`)}`,
  );
  writeFileSync(path.join(folder, "chain.mk"), makefile(steps, true));
  writeFileSync(path.join(folder, "fan.mk"), makefile(steps, false));
  const opsc = (name: string): readonly [string, readonly string[]] => [
    process.execPath,
    [binary, "apply", name, "--yes", "--as", "bench@example.com", "--parallel", String(name === "fan" ? TOGETHER : 1)],
  ];
  const of = new Map<string, readonly [string, readonly string[]]>([
    ["opsc one", opsc("one")],
    ["loop one", [process.execPath, ["-e", loop(1, 1)]]],
    ["opsc chain", opsc("chain")],
    ["loop chain", [process.execPath, ["-e", loop(steps, 1)]]],
    ["opsc fan", opsc("fan")],
    ["loop fan", [process.execPath, ["-e", loop(steps, TOGETHER)]]],
  ]);
  if (has("make")) {
    of.set("make chain", ["make", ["-s", "-f", "chain.mk"]]);
    of.set("make fan", ["make", ["-s", `-j${TOGETHER}`, "-f", "fan.mk"]]);
  }
  const took = inTurns(folder, of);
  const ansible = has("ansible-playbook") ? ansibleStep(folder, steps) : null;
  rmSync(folder, { recursive: true });
  const step = (who: string, what: string): number =>
    ((took.get(`${who} ${what}`) ?? 0) - (took.get(`${who} one`) ?? 0)) / steps;
  return ["chain", "fan"].map((what): Row => {
    const [ours, bare] = [step("opsc", what), step("loop", what)];
    const make = took.has("make chain") ? `make ${step("make", what).toFixed(2)} ms` : "make is not installed";
    const other = ansible === null ? "ansible is not installed" : `ansible ${ansible.toFixed(0)} ms`;
    return {
      what: `apply, ${what === "fan" ? `fan-out, ${TOGETHER} at a time,` : "chain"} of ${steps} true`,
      figure: `${ours.toFixed(2)} ms a step`,
      beside: `${(ours / bare).toFixed(2)}× a bare loop of ${bare.toFixed(2)} ms; ${make}, ${other}`,
      value: ours / bare,
    };
  });
}

/** What a step costs in a long run beside one in a short run, each with its share of making the plan. */
export function lengthBench(short: number, long: number): Row {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  writeFileSync(
    path.join(folder, "main.ops"),
    `use exec\n${OPERATION}${action("one", 1, "")}${action("short", short, "")}${action("long", long, "")}`,
  );
  const args = (name: string): readonly [string, readonly string[]] => [
    process.execPath,
    [binary, "apply", name, "--yes", "--as", "bench@example.com", "--parallel", "1"],
  ];
  const took = inTurns(folder, new Map(["one", "short", "long"].map((name) => [name, args(name)])));
  rmSync(folder, { recursive: true });
  const step = (name: string, steps: number): number => ((took.get(name) ?? 0) - (took.get("one") ?? 0)) / steps;
  const value = step("long", long) / step("short", short);
  return {
    what: `apply, a step of ${long} in a chain`,
    figure: `${step("long", long).toFixed(2)} ms`,
    beside: `${value.toFixed(2)}× a step of ${short}`,
    value,
  };
}

/** Of few tasks, for it takes its time: what a task more costs. */
function ansibleStep(folder: string, steps: number): number {
  const few = Math.min(40, steps);
  writeFileSync(path.join(folder, "one.yml"), playbook(1));
  writeFileSync(path.join(folder, "few.yml"), playbook(few + 1));
  const run = (file: string): number => wall("ansible-playbook", ["-i", "localhost,", file], folder);
  return (run("few.yml") - run("one.yml")) / few;
}

if (process.argv[1] === import.meta.filename) {
  const steps = Number(process.argv[2] ?? 1000);
  for (const { what, figure, beside } of [...applyBench(steps), lengthBench(steps, steps * 10)]) {
    process.stdout.write(`${what}  ${figure}  ${beside}\n`);
  }
}
