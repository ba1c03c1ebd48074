/** The real ports: a run of real processes over the store on disk. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defineProvider, operation, runCommand, z } from "../../runtime/provider/kit.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";
import { realPorts, realRules } from "../../runtime/run/real-ports.ts";
import { startRun } from "../../runtime/run/run.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { call, plan, planFile, step } from "./run-plans.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path(tmpdir(), "opsc-run-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const run = (script: string) => {
  const args = [
    { name: "argv", type: { kind: "json" as const }, value: { is: "known" as const, value: ["sh", "-c", script] } },
  ];
  return { instance: "exec", operation: "run", args };
};

test("steps run in order, a failing one is undone with those before it, and the log is on disk", async () => {
  const exec = BUILT_IN.exec;
  if (exec === undefined) throw new Error("there is no provider exec");
  const undo = (id: string) => ({
    kind: "calls" as const,
    calls: [
      { id, name: id, call: call("run", id, run(`echo undo-${id} >> log`)), when: null, timeout: 10_000, at: "" },
    ],
  });
  const nodes = [
    step("a", [], { call: run("echo a >> log"), rollback: undo("a") }),
    step("b", ["a"], { call: run("echo b >> log; exit 3"), rollback: undo("b") }),
    step("c", ["b"], { call: run("echo c >> log"), rollback: undo("c") }),
  ];
  const providers = [
    { instance: "exec", provider: "exec", version: "1.0.0", manifest: planFile(plan([])).digest, config: {} },
  ];
  const file = planFile(plan(nodes, { providers }));
  const store = await openSqliteStore(path(directory, ".opsc"));
  try {
    const ports = realPorts({
      store,
      providers: new Map([["exec", exec]]),
      directory,
      environment: { PATH: process.env.PATH ?? "" },
      self: { host: "test", pid: process.pid },
      rules: realRules,
    });
    const end = await startRun({ ports, file, bytes: JSON.stringify(file), applier: "eve@example.com", approvals: [] });
    expect(end).toMatchObject({ status: "finished", outcome: "undone", left: [] });
    expect(await readFile(path(directory, "log"), "utf8")).toBe("a\nb\nundo-b\nundo-a\n");
    const types = (await store.read(`run/${end.run}`)).map((e) => e.event.type);
    expect(types.at(-1)).toBe("run.finished");
    expect(types.indexOf("attempt.process")).toBeGreaterThan(types.indexOf("attempt.started"));
  } finally {
    await store.close();
  }
});

/** A team's own, which says of itself what `exec` says. */
const shell = defineProvider({
  name: "shell",
  version: "1.0.0",
  doc: "Runs commands.",
  runsCommands: true,
  operations: {
    run: operation({
      doc: "Runs one.",
      params: z.object({ argv: z.array(z.string()) }),
      result: z.object({}),
      effect: "write",
      resource: "shell:host",
      repeat: "once",
      async run({ argv }, ctx) {
        const { directory: cwd, environment: env, signal } = ctx;
        await runCommand({ argv, cwd, env, stdin: null, signal, started: (process) => ctx.processStarted(process) });
        return {};
      },
    }),
  },
});

test.each([
  ["exec", BUILT_IN.exec],
  ["a provider that declares it", shell],
] as const)(
  "a process that is known beforehand is recorded with its attempt, and by it what ran can be told: %s",
  {
    timeout: 30_000,
  },
  async (_name, exec) => {
    if (exec === undefined) throw new Error("there is no provider exec");
    // Long enough for the helper to be there before they are over.
    const ids = Array.from({ length: 40 }, (_, i) => `s${i}`);
    const nodes = ids.map((id, i) =>
      step(id, i === 0 ? [] : [`s${i - 1}`], {
        call: run("sleep 0.03; echo $$ >> log"),
        rollback: { kind: "nothing", why: "test" },
      }),
    );
    const providers = [
      { instance: "exec", provider: "exec", version: "1.0.0", manifest: planFile(plan([])).digest, config: {} },
    ];
    const file = planFile(plan(nodes, { providers }));
    const store = await openSqliteStore(path(directory, ".opsc"));
    try {
      let appends = 0;
      const counted: Store = Object.assign(Object.create(store) as Store, {
        append: (all: Parameters<Store["append"]>[0]) => {
          appends += 1;
          return store.append(all);
        },
      });
      for (const method of ["read", "last", "subscribe", "claim", "putPlan", "putBlob", "getPlan"] as const)
        Object.assign(counted, { [method]: store[method].bind(store) });
      const ports = realPorts({
        store: counted,
        providers: new Map([["exec", exec]]),
        directory,
        environment: { PATH: process.env.PATH ?? "" },
        self: { host: "test", pid: process.pid },
        rules: realRules,
      });
      const end = await startRun({
        ports,
        file,
        bytes: JSON.stringify(file),
        applier: "eve@example.com",
        approvals: [],
      });
      expect(end).toMatchObject({ outcome: "succeeded" });
      const pids = (await readFile(path(directory, "log"), "utf8")).trim().split("\n").map(Number);
      const events = (await store.read(`run/${end.run}`)).map((e) => e.event);
      expect(events.flatMap((e) => (e.type === "attempt.process" ? [e.pid] : []))).toEqual(pids);
      // Two a step without it: what is announced, and the process.
      expect(appends).toBeLessThan(2 * ids.length);
    } finally {
      await store.close();
    }
  },
);
