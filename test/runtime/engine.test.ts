import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Command } from "../../runtime/engine/command.ts";
import { decide } from "../../runtime/engine/decide.ts";
import { fold } from "../../runtime/engine/fold.ts";
import { Heap } from "../../runtime/engine/heap.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import { type RunState, wakeAt } from "../../runtime/engine/state.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { processorTime } from "../tools/processor-time.ts";
import { check, DIGEST, guardrail, op, plan, ref, step, T0 } from "./run-plans.ts";

const at = (now: number): string => new Date(now).toISOString();

const opening: readonly RunEvent[] = [
  {
    type: "run.created",
    at: at(T0),
    eventVersion: 1,
    run: "r",
    plan: DIGEST,
    action: "a",
    requester: "dana@example.com",
    applier: "eve@example.com",
    approvals: [],
  },
  { type: "run.held", at: at(T0), host: "h", pid: 1, fence: 1 },
];

function begin(of: Plan, parallel = 16): RunState {
  let state = newState(of, realRules, { parallel });
  for (const event of opening) state = fold(state, event);
  return state;
}

/** A world without a world: every command is answered at once, as if all went well. */
function answers(command: Command, now: number): RunEvent[] {
  const time = at(now);
  switch (command.kind) {
    case "record":
      return [command.event];
    case "start": {
      const { node, phase, index, attempt } = command.event;
      const id = { node, phase, index, attempt };
      return [command.event, { type: "attempt.succeeded", at: time, ...id, result: { name: node }, output: null }];
    }
    case "poll":
      return [{ type: "check.polled", at: time, node: command.node, holds: true, why: null, value: { good: true } }];
    case "gate":
      return [
        {
          type: "gate.judged",
          at: time,
          node: command.node,
          facts: [],
          guardrails: [],
          windows: [],
          ok: true,
          why: null,
        },
      ];
    case "lock":
      return [{ type: "locks.taken", at: time, names: [] }];
    case "unlock":
      return [{ type: "locks.released", at: time, names: [], because: command.because }];
    case "lease":
    case "retry":
    case "settle":
    case "release":
      return [];
  }
}

/** Runs to the end; returns the commands, and the time a step took in microseconds. */
function drive(of: Plan): { readonly commands: string[]; readonly micros: number; readonly state: RunState } {
  let state = begin(of);
  const commands: string[] = [];
  let now = T0;
  const spent = processorTime();
  while (state.phase !== "finished") {
    const next = decide(state, now);
    if (next.length === 0) {
      const wake = wakeAt(state);
      if (wake === null) throw new Error("the engine stands still");
      now = wake;
    }
    for (const command of next) {
      commands.push(command.id);
      for (const event of answers(command, now)) state = fold(state, event);
    }
  }
  return { commands, micros: (spent() * 1_000) / of.nodes.length, state };
}

describe("decide", () => {
  test("asks for the gate, then starts what is ready in the order of the plan, with deterministic ids", () => {
    const state = begin(plan([step("b"), step("a"), step("c", ["a"])]));
    expect(decide(state, T0).map((c) => c.id)).toEqual(["gate/1"]);
    for (const event of answers(
      { kind: "gate", id: "gate/1", node: null, facts: [], guardrails: [], previews: [] },
      T0,
    ))
      fold(state, event);
    expect(decide(state, T0).map((c) => c.id)).toEqual(["do/b/0/1", "do/a/0/1"]);
  });

  test("asks a write's own gate again after the gate of all was closed again, though it had been passed", () => {
    const day = op("lt", ref("run", "now"), { k: "const", v: "2026-11-22T00:00:00.000Z" });
    const state = begin(plan([step("a")], { guardrails: [guardrail("day", day, { everyWrite: true })] }));
    const asked = (): string[] => {
      const next = decide(state, T0);
      for (const command of next)
        if (command.kind === "gate") for (const event of answers(command, T0)) fold(state, event);
      return next.map((c) => c.id);
    };
    expect([asked(), asked()]).toEqual([["gate/1"], ["gate/a/1"]]);
    fold(state, { type: "clock.jumped", at: at(T0), by: 60_000 });
    expect([asked(), asked(), asked()]).toEqual([["gate/3"], ["gate/a/1"], ["do/a/0/1"]]);
  });

  test("gives only what is new: asked twice, nothing", () => {
    const state = begin(plan([step("a")]));
    expect(decide(state, T0)).toHaveLength(1);
    expect(decide(state, T0)).toEqual([]);
    expect(decide(state, T0 + 1)).toEqual([]);
  });

  test("has nothing to say of a run that has not begun or that is over", () => {
    const of = plan([step("a")]);
    expect(decide(newState(of, realRules, { parallel: 1 }), T0)).toEqual([]);
    expect(decide(drive(of).state, T0)).toEqual([]);
  });

  test("never gives a command's id twice, gates and polls included", () => {
    const guardrails = [guardrail("g", op("lt", ref("run", "now"), ref("run", "now")), { everyWrite: true })];
    const arbitrary = fc.array(fc.record({ polls: fc.boolean(), after: fc.nat({ max: 255 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(arbitrary, (shapes) => {
        const nodes = shapes.map(({ polls, after }, i) => {
          const before = [...shapes.keys()].filter((k) => k < i && (after >> k) % 2 === 1).map((k) => `n${k}`);
          return polls ? check(`n${i}`, before, { hold: 25_000 }) : step(`n${i}`, before);
        });
        const { commands } = drive(plan(nodes, { guardrails }));
        expect(new Set(commands).size).toBe(commands.length);
      }),
    );
  });

  test("a process that takes over gives out again what the one before it had in hand", () => {
    const of = plan([step("a")]);
    const state = begin(of);
    expect(decide(state, T0).map((c) => c.kind)).toEqual(["gate"]);
    fold(state, { type: "run.held", at: at(T0), host: "h", pid: 2, fence: 2 });
    expect(decide(state, T0).map((c) => c.kind)).toEqual(["gate"]);
  });
});

describe("fold", () => {
  test("answers that come late, twice, or for nothing that runs change nothing", () => {
    const { state } = drive(plan([step("a")]));
    const before = state.nodes[0]?.result;
    const late = { at: at(T0), node: "a", phase: "do", index: 0, attempt: 1, output: null } as const;
    fold(state, { type: "attempt.succeeded", ...late, result: "late" });
    fold(state, { type: "attempt.failed", ...late, failure: { kind: "error", message: "late", retryable: true } });
    expect(state.nodes[0]).toMatchObject({ status: "done", result: before });
  });

  test("says which node the plan does not have", () => {
    expect(() => fold(begin(plan([step("a")])), { type: "node.passed", at: at(T0), node: "zz" })).toThrow(/no node zz/);
  });

  test("a plan whose nodes are out of order is refused as it is indexed", () => {
    expect(() => newState(plan([step("b", ["a"]), step("a")]), realRules, { parallel: 1 })).toThrow(/b comes after a/);
  });
});

describe("cost", () => {
  const chain = (length: number): Plan =>
    plan(Array.from({ length }, (_, i) => step(`n${i}`, i === 0 ? [] : [`n${i - 1}`])));
  const wide = (length: number): Plan => plan(Array.from({ length }, (_, i) => step(`n${i}`)));

  test.each([
    ["a chain", chain],
    ["a fan", wide],
  ] as const)("of a step of %s is the same in a run of 20,000 as in one of 2,000", (_, make) => {
    const [small, large] = [make(2_000), make(20_000)];
    drive(small);
    const best = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
    // The best of several: what else this machine does is no cost of the engine.
    for (let i = 0; i < 5; i++) {
      for (let k = 0; k < 5; k++) best.small = Math.min(best.small, drive(small).micros);
      best.large = Math.min(best.large, drive(large).micros);
      if (best.large < best.small * 1.5) break;
    }
    // A cost that grew with the run would be ten times as high; caches and a busy machine account for less than three.
    expect(best.large).toBeLessThan(best.small * 3);
    expect(best.large).toBeLessThan(1_000);
  });

  test("undo of a chain of 20,000 neither overflows nor takes its square", () => {
    const nodes = [...chain(20_000).nodes];
    let state = begin(plan(nodes));
    let now = T0;
    const spent = processorTime();
    while (state.phase !== "finished") {
      for (const command of decide(state, now)) {
        const cancels = command.id === "do/n19999/0/1";
        for (const event of answers(command, now)) {
          if (!cancels || event.type !== "attempt.succeeded") state = fold(state, event);
          else {
            const failure = { kind: "error", message: "no", retryable: false } as const;
            const { node, phase, index, attempt } = event;
            state = fold(state, {
              type: "attempt.failed",
              at: at(now),
              node,
              phase,
              index,
              attempt,
              failure,
              output: null,
            });
          }
        }
      }
      now += 1;
    }
    expect(state.finished).toMatchObject({ outcome: "undone", left: [] });
    expect(state.nodes.every((n) => n.undo.status === "undone")).toBe(true);
    expect(spent()).toBeLessThan(20_000);
  });
});

test("a heap gives back what it was given, least first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new Heap<number>((a, b) => a < b);
      for (const item of items) heap.push(item);
      const out = items.map(() => heap.pop());
      expect(out).toEqual([...items].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
