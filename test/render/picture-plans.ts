/** Plans for pictures: of every shape that is drawn in its own way, and random ones. */
import * as fc from "fast-check";
import type { Plan, PlanFile, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Fate, Happened, NodeFate } from "../../compiler/render/happened.ts";
import { approve, c, call, check, guardrail, join, op, planFile, ref, STRING, step, wait } from "./build.ts";

const action = planFile([]).plan.action;
export const partOf = (id: string, title: string): Plan["parts"][number] => ({
  id,
  action: { ...action, title, risk: null },
  inputs: [],
  when: [],
  windows: [],
  timeout: null,
});

/** A chain of `n` steps; `final`: which of them cannot be undone. */
export function chain(n: number, final = -1): PlanFile {
  return planFile(
    Array.from({ length: n }, (_, i) =>
      step(
        `s${i}`,
        i === 0 ? [] : [`s${i - 1}`],
        call("k8s.scale", "write", `deploy/s${i}`, [["n", STRING, `v${i}`]]),
        {
          rollback: { kind: "auto" },
          irreversible: i === final ? "rows are dropped" : null,
        },
      ),
    ),
  );
}

/** `n` steps at the same time between two. */
export function fan(n: number): PlanFile {
  const inner = Array.from({ length: n }, (_, i) =>
    step(`part_${i}`, ["begin"], call("k8s.scale", "write", `deploy/p${i}`, []), { rollback: { kind: "auto" } }),
  );
  return planFile([
    step("begin", [], call("reg.get", "read", "reg:x", [])),
    ...inner,
    join(
      "all",
      inner.map(({ id }) => id),
    ),
    step("end", ["all"], call("flags.set", "write", "flag:x", []), { rollback: { kind: "auto" } }),
  ]);
}

/** Actions in actions, rules and windows, hooks, a condition, a point of no return in the middle. */
export function nested(): PlanFile {
  const undone = { rollback: { kind: "auto" } } as const;
  const inside = (node: PlanNode, part: string): PlanNode => ({ ...node, part });
  const base = planFile([
    approve("approve", [], [["Database administrators", ["ana@example.com", "ben@example.com"]]]),
    inside(step("notice.open", ["approve"], call("site.post", "write", "status-page", []), undone), "notice"),
    inside(step("work.stop", ["notice.open"], call("db.pause", "write", "database:reports", []), undone), "work"),
    inside(
      step("work.copy.dump", ["work.stop"], call("db.dump", "read", "database:reports", []), {
        when: [op("eq", ref("step", "size"), c("small"))],
      }),
      "work.copy",
    ),
    inside(
      step("work.upgrade", ["work.copy.dump"], call("db.upgrade", "write", "database:reports", []), {
        irreversible: "the files are written anew",
      }),
      "work",
    ),
    inside(check("work.well", ["work.upgrade"], call("db.get", "read", "database:reports", []), "it.healthy"), "work"),
    step("tidy", ["work.well"], call("db.drop", "destroy", "database:reports-old", []), {
      irreversible: "the old data is dropped",
    }),
  ]);
  return planFile(base.plan.nodes, {
    parts: [
      ...base.plan.parts,
      partOf("notice", "Put a notice on the status page"),
      partOf("work", "Upgrade reports to version 17 of the database"),
      partOf("work.copy", "Copy what is there"),
    ],
    guardrails: [
      guardrail("announced", { part: "work" }),
      guardrail("reason"),
      guardrail("blast_radius", { status: "fail", enforcement: "soft", why: "12 things; at most 10" }),
    ],
    hooks: [
      {
        event: "failure",
        at: "a.ops:4:1",
        nodes: [
          step("on_failure.page", [], call("chat.post", "write", "room:oncall", [])),
          step("on_failure.note", ["on_failure.page"], call("chat.post", "write", "room:all", [])),
        ],
      },
    ],
  });
}

/** Fates by turns. */
export function happenedTo(file: PlanFile, over: Partial<Happened> = {}): Happened {
  const turns: readonly Fate[] = [
    "done",
    "done",
    "skipped",
    "undone",
    "failed",
    "running",
    "waiting",
    "unknown",
    "undo failed",
  ];
  const nodes = new Map<string, NodeFate>();
  file.plan.nodes.forEach(({ id, kind }, i) => {
    if (kind === "join" || i % 11 === 10) return;
    const fate = turns[i % turns.length] ?? "pending";
    nodes.set(id, { fate, attempts: 1 + (i % 3), took: i * 700, why: fate === "failed" ? "503 <nobody>" : null });
  });
  return {
    run: "r-1",
    outcome: "undone",
    why: "a step failed",
    startedAt: 0,
    endedAt: 90_000,
    nodes,
    left: [],
    ...over,
  };
}

interface Piece {
  readonly kind: "step" | "check" | "wait" | "final" | "loop" | "part";
  readonly keys: number;
  readonly batch: number;
  readonly body: number;
  /** Elements from here on have one step more. */
  readonly odd: number;
  readonly beside: boolean;
  readonly inner: boolean;
}

const piece: fc.Arbitrary<Piece> = fc.record({
  kind: fc.constantFrom("step", "check", "wait", "final", "loop", "loop", "part"),
  keys: fc.integer({ min: 1, max: 6 }),
  batch: fc.integer({ min: 1, max: 3 }),
  body: fc.integer({ min: 1, max: 3 }),
  odd: fc.integer({ min: 0, max: 8 }),
  beside: fc.boolean(),
  inner: fc.boolean(),
});

/** Loops with waves, elements that differ, loops in loops, parts, steps beside each other. */
export const randomPlan: fc.Arbitrary<PlanFile> = fc.array(piece, { maxLength: 8 }).map((pieces) => {
  const nodes: PlanNode[] = [];
  const parts: Plan["parts"] = [];
  let before: readonly string[] = [];
  pieces.forEach((each, i) => {
    const ends = expand(each, `p${i}`, before, nodes, parts);
    before = each.beside ? [...new Set([...before, ...ends])].slice(-6) : ends;
  });
  const base = planFile(nodes);
  return planFile(nodes, { parts: [...base.plan.parts, ...parts] });
});

function expand(
  { kind, keys, batch, body, odd, inner }: Piece,
  id: string,
  before: readonly string[],
  nodes: PlanNode[],
  parts: Plan["parts"],
): string[] {
  const add = (node: PlanNode): string[] => {
    nodes.push(node);
    return [node.id];
  };
  const write = call("x.put", "write", id, []);
  switch (kind) {
    case "step":
      return add(step(id, before, write, { rollback: { kind: "auto" } }));
    case "final":
      return add(step(id, before, write, { irreversible: "gone" }));
    case "check":
      return add(check(id, before, call("x.get", "read", id, []), "it.ok"));
    case "wait":
      return add(wait(id, before, 1000));
    case "part": {
      parts.push(partOf(id, `Part ${id}`));
      let at = before;
      for (let n = 0; n < body; n++)
        at = add({ ...step(`${id}.s${n}`, at, write, { rollback: { kind: "auto" } }), part: id });
      return [...at];
    }
    case "loop": {
      let start = before;
      let ends: string[] = [];
      for (let first = 0; first < keys; first += batch) {
        if (first > 0)
          start = add(inner ? wait(`${id}[batch ${first}]`, ends, 500) : join(`${id}[batch ${first}]`, ends));
        ends = [];
        for (let key = first; key < Math.min(keys, first + batch); key++) {
          let at = start;
          for (let n = 0; n < body + (key >= odd ? 1 : 0); n++)
            at = add(step(`${id}[k${key}].s${n}`, at, write, { rollback: { kind: "auto" } }));
          if (inner)
            at = ["a", "b"].flatMap((deep) =>
              add(step(`${id}[k${key}].deep[${deep}].s`, at, write, { rollback: { kind: "auto" } })),
            );
          ends.push(...at);
        }
      }
      return ends;
    }
  }
}
