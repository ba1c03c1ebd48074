/**
 * Random `kill -9` of an apply of `once` steps. Each step tells an independent recorder; half of them do so from a child process.
 * After each kill the run is resumed; what it asks (did this take place?) is answered from the recorder's count, as a person would.
 * In the end every effect took place exactly once, and the log verifies.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { ended, makeProject, opsc, start } from "../e2e/opsc.ts";

const STEPS = 8;

export interface KillReport {
  readonly rounds: number;
  readonly kills: number;
  /** Steps whose outcome a person was asked for. */
  readonly questions: number;
  readonly effects: number;
}

function source(port: number, round: number): string {
  const steps = Array.from({ length: STEPS }, (_, i) => {
    const name = `r${round}-s${i}`;
    const irreversible = `{ irreversible "counted" }`;
    return i % 2 === 0
      ? `  step s${i} = http.request(method: "POST", url: "http://127.0.0.1:${port}/effect/${name}") ${irreversible}`
      : `  step s${i} = exec.run(argv: ["${process.execPath}", "-e", "fetch('http://127.0.0.1:${port}/effect/${name}', { method: 'POST' }).then((r) => r.text())"]) ${irreversible}`;
  });
  return `use http\nuse exec\naction count_up() {\n  lock = ["counting"]\n${steps.join("\n")}\n}\n`;
}

/** `random` gives numbers from 0 up to 1. Throws with what was seen if an effect is missing or doubled. */
export async function killRounds(rounds: number, random: () => number): Promise<KillReport> {
  const recorder = spawn(process.execPath, [path.join(import.meta.dirname, "recorder.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = Number(await firstLine(recorder));
    const report = { rounds, kills: 0, questions: 0, effects: 0 };
    for (let round = 0; round < rounds; round++) {
      const seen = await oneRound(port, round, random);
      report.kills += seen.kills;
      report.questions += seen.questions;
      report.effects += STEPS;
    }
    return report;
  } finally {
    recorder.kill();
  }
}

async function oneRound(
  port: number,
  round: number,
  random: () => number,
): Promise<{ kills: number; questions: number }> {
  const project = makeProject({ "main.ops": source(port, round) });
  const seen = { kills: 0, questions: 0 };
  let args = ["apply", "count_up", "--yes", "--as", "dana@example.com"];
  for (let tries = 0; tries < 40; tries++) {
    const child = start(args, project);
    const death = ended(child);
    // The first tries are killed at a random moment, at start-up too; later ones are let run, so that the round ends.
    const timer = tries < 3 ? setTimeout(() => child.kill("SIGKILL"), 60 + random() * 700) : null;
    const ran = await death;
    if (timer !== null) clearTimeout(timer);
    if (child.signalCode === "SIGKILL") seen.kills += 1;
    else if (ran.code === 0) break;
    else if (ran.code !== 11)
      throw new Error(`round ${round}: opsc ${args.join(" ")} ended with ${ran.code}\n${ran.out}${ran.err}`);
    args = await nextArgs(project, port, round, ran.code === 11 ? ran.out : null, seen);
  }
  await verify(project, port, round);
  rmSync(project, { recursive: true, force: true });
  return seen;
}

/** What a person does next: apply if nothing began, else resume, answering what is asked from what the recorder saw. */
async function nextArgs(
  project: string,
  port: number,
  round: number,
  asked: string | null,
  seen: { questions: number },
): Promise<string[]> {
  const runs = await opsc(["runs", "--json"], project);
  const { runs: list } = runs.code === 0 ? (JSON.parse(runs.out) as { runs: { run: string }[] }) : { runs: [] };
  const [run] = list;
  if (run === undefined) return ["apply", "count_up", "--yes", "--as", "dana@example.com"];
  const marks: string[] = [];
  if (asked !== null) {
    const counts = await countsOf(port);
    for (const [, node] of asked.matchAll(/--mark '?done:([^'\s]+)/g)) {
      seen.questions += 1;
      marks.push("--mark", `${(counts[`r${round}-${node}`] ?? 0) > 0 ? "done" : "retry"}:${node}`);
    }
  }
  return ["resume", run.run, "--as", "dana@example.com", ...marks];
}

async function verify(project: string, port: number, round: number): Promise<void> {
  const counts = await countsOf(port);
  for (let i = 0; i < STEPS; i++) {
    const count = counts[`r${round}-s${i}`] ?? 0;
    if (count !== 1)
      throw new Error(
        `round ${round}: the effect of s${i} took place ${count} times\n${(await opsc(["audit", "export"], project)).out}`,
      );
  }
  const audit = await opsc(["audit", "verify"], project);
  if (audit.code !== 0) throw new Error(`round ${round}: the log does not verify\n${audit.out}`);
}

async function countsOf(port: number): Promise<Record<string, number>> {
  return (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Record<string, number>;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the recorder did not start")));
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8").trim()));
  });
}

if (process.argv[1] === import.meta.filename) {
  const rounds = Number(process.argv[2] ?? 34);
  const began = Date.now();
  const report = await killRounds(rounds, Math.random);
  process.stdout.write(
    `${JSON.stringify(report)} in ${Math.round((Date.now() - began) / 1000)} s: every effect exactly once, every log verified\n`,
  );
}
