/** Plans of random programs with all that statements can be: the same each time, without circles, in the order that is written. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { buildGraph, findCycle, reachability } from "../../compiler/plan/graph.ts";
import { type Plan, planSchema } from "../../compiler/plan/plan.schema.ts";
import { outcomeOf } from "./planning.ts";

type Tree =
  | { readonly kind: "write" | "read" | "wait" | "nested" }
  | { readonly kind: "if" | "branch" | "each" | "slots"; readonly body: readonly Tree[]; readonly batch: number };

const { body } = fc.letrec<{ body: Tree[]; tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record({ kind: fc.constantFrom("write" as const, "read" as const, "wait" as const, "nested" as const) }),
    fc.record({
      kind: fc.constantFrom("if" as const, "branch" as const, "each" as const, "slots" as const),
      body: tie("body"),
      batch: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  body: fc.array(tie("tree"), { minLength: 1, maxLength: 4 }),
}));

const HEAD = `use file
action inner(name: string) -> { sum: string } {
  step look = file.read(path: name)
  step put = file.write(path: "inner/\${name}", content: look.content ?? "") { rollback auto }
  return { sum: put.sha256 }
}
`;

/** Names come from where a statement stands, so that no two are alike; each element writes below its own key. */
const written = (trees: readonly Tree[], path: string, keys: string): string =>
  trees.map((tree, i) => statement(tree, `${path}_${i}`, keys)).join("\n");

function statement(tree: Tree, name: string, keys: string): string {
  switch (tree.kind) {
    case "write":
      return `step w${name} = file.write(path: "${name}${keys}", content: "") { rollback auto }`;
    case "read":
      return `step r${name} = file.read(path: "in/${name}${keys}")`;
    case "wait":
      return "wait 1s";
    case "nested":
      return `step n${name} = inner(name: "${name}${keys}")`;
    case "if":
      return `if list.exists { ${written(tree.body, name, keys)} }`;
    case "branch":
      return `parallel { branch { ${written(tree.body, `${name}a`, keys)} } branch { ${written(tree.body, `${name}b`, keys)} } }`;
    case "each":
      return `for e${name} in ["x", "y", "z"] batch ${tree.batch} tolerate 1 { ${written(tree.body, name, `${keys}/\${e${name}}`)} }`;
    case "slots":
      return `for s${name} in (list.content ?? "").lines() at most 3 tolerate 1 { ${written(tree.body, name, `${keys}/\${s${name}}`)} }`;
  }
}

const sourceOf = (trees: readonly Tree[]): string =>
  `${HEAD}action act() { step list = file.read(path: "list")\n${written(trees, "", "")} }`;

/** What the statement at `index` of the action became. */
function nodesOf(plan: Plan, index: number): Plan["nodes"] {
  const own = new RegExp(`^[wrnes]_${index}(?![0-9])`);
  return plan.nodes.filter(({ id }) => own.test(id));
}

test("they are the same each time, what their schema says, without circles, and in order", () => {
  let planned = 0;
  fc.assert(
    fc.property(body, (trees) => {
      const source = sourceOf(trees);
      const despite = { action: "act", despite: ["race" as const, "race-possible" as const] };
      const outcome = outcomeOf(source, despite);
      // What may touch the same thing at the same time is refused; all else is planned.
      if ("problems" in outcome) {
        expect(new Set(outcome.problems.map(({ what }) => what))).toEqual(new Set(["race"]));
        return;
      }
      planned++;
      const { plan } = outcome;
      expect(canonicalJson(outcomeOf(source, despite))).toBe(canonicalJson(outcome));
      expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      const graph = buildGraph(plan.nodes);
      expect([graph.missing, findCycle(graph), graph.index.size]).toEqual([[], null, plan.nodes.length]);
      const seen = new Set<string>();
      for (const node of plan.nodes) {
        for (const { id } of node.after) expect(seen).toContain(id);
        seen.add(node.id);
      }
      const elements = new Set(plan.loops.flatMap((loop) => loop.elements.map(({ id }) => id)));
      const parts = new Set(plan.parts.map(({ id }) => id));
      for (const { element, part } of plan.nodes) {
        expect(element === null || elements.has(element)).toBe(true);
        expect(parts).toContain(part);
      }
      const { reaches } = reachability(graph);
      const writes = trees.map((_, i) =>
        nodesOf(plan, i).flatMap((n) => (n.kind === "step" && n.call.effect !== "read" ? [n.id] : [])),
      );
      writes.forEach((earlier, i) => {
        for (const later of writes.slice(i + 1).flat())
          for (const one of earlier) expect(reaches(one, later), `${one} comes before ${later}`).toBe(true);
      });
    }),
    { numRuns: 150 },
  );
  expect(planned).toBeGreaterThan(40);
});
