/** Plans are a function of what they are made from, and always what their schema says. */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { checkProject } from "../../compiler/check/project.ts";
import { sha256 } from "../../compiler/digest.ts";
import { checkInputs } from "../../compiler/expand/inputs.ts";
import { planAction, planBytes, sealPlan, withPreviews } from "../../compiler/expand/plan.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { programSchema } from "../../compiler/program.schema.ts";
import { processorTime } from "../tools/processor-time.ts";
import { type Asked, given, NOW, outcomeOf } from "./planning.ts";
import { manifests } from "./project.ts";

const org = `approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
enum Env { staging, production }
`;
const policy = `import { Env } from "./org.ops"
guardrail small { applies to action with { env: Env } when env == production  require plan.writes.count <= 3 else "too many" }
`;
const main = `import { Env, sre } from "./org.ops"
use file
action act(env: Env, hosts: list<string>, size: int, careful: bool) {
  title = "Act on \${hosts.length}"
  if careful { approve by sre }
  for h in hosts batch size allow empty {
    step look = file.read(path: "look/\${h}")
    step note = file.write(path: "notes/\${h}", content: look.content ?? "\${env}") { rollback auto }
  }
  step last = file.read(path: "last") when careful
  if last?.exists ?? false { wait 5s } else { wait 1s }
}
`;
const files = [
  { path: "main.ops", text: main },
  { path: "org.ops", text: org },
  { path: "teams/policy.ops", text: policy.replace("./org.ops", "../org.ops") },
];

/** Any text; no two that are one path below `notes`, which within a batch would be a race. */
const hosts = fc.uniqueArray(fc.string({ maxLength: 6 }), {
  maxLength: 6,
  selector: (host) => path.posix.join("notes", host).replace(/\/$/, ""),
});
const asked = fc.record({
  env: fc.constantFrom("staging", "production"),
  hosts,
  size: fc.integer({ min: 1, max: 4 }),
  careful: fc.boolean(),
});

function bytes(order: readonly (typeof files)[number][], json: Asked["json"]): string {
  const { program } = checkProject({ files: order, manifests });
  const action = program.actions[0];
  if (action === undefined) throw new Error("there is an action");
  const { values } = checkInputs(program, action, given({ json: json ?? {} }));
  const planned = planAction(
    {
      program,
      action,
      inputs: values,
      texts: new Map(),
      requester: "dana@example.com",
      reason: null,
      workspace: "default",
      now: NOW,
      lifetime: 60_000,
      opsc: "0",
    },
    new Map(),
  );
  if (planned.kind !== "plan") throw new Error(JSON.stringify(planned));
  return planBytes(sealPlan(planned.plan));
}

describe("plans", () => {
  test("the same request gives the same bytes, in whatever order files and inputs come", () => {
    fc.assert(
      fc.property(asked, fc.shuffledSubarray(files, { minLength: 3 }), (json, order) => {
        const turned = Object.fromEntries(Object.entries(json).reverse());
        expect(bytes(order, turned)).toBe(bytes(files, json));
      }),
      { numRuns: 40 },
    );
  });

  test("every plan is what its schema says, and its nodes stand after what they wait for", () => {
    fc.assert(
      fc.property(asked, (json) => {
        const file = planFileSchema.parse(JSON.parse(bytes(files, json)));
        const seen = new Set<string>();
        for (const node of file.plan.nodes) {
          for (const { id } of node.after) expect(seen).toContain(id);
          expect(seen).not.toContain(node.id);
          seen.add(node.id);
        }
        expect(file.digest).toBe(`sha256:${sha256(canonicalJson(file.plan))}`);
      }),
      { numRuns: 40 },
    );
  });

  test("writes never overlap but within a batch", () => {
    fc.assert(
      fc.property(asked, (json) => {
        const { plan } = planFileSchema.parse(JSON.parse(bytes(files, json)));
        const after = new Map(plan.nodes.map((n) => [n.id, n.after.map((a) => a.id)]));
        const before = (id: string): Set<string> => {
          const found = new Set<string>();
          const open = [id];
          for (let at = open.pop(); at !== undefined; at = open.pop())
            for (const each of after.get(at) ?? []) {
              if (!found.has(each)) open.push(each);
              found.add(each);
            }
          return found;
        };
        const writes = plan.nodes.filter((n) => n.kind === "step" && n.call.effect !== "read");
        writes.forEach((node, i) => {
          const waited = before(node.id);
          const wave = Math.floor(i / json.size);
          writes.forEach((other, j) => {
            expect(waited.has(other.id)).toBe(Math.floor(j / json.size) < wave);
          });
        });
      }),
      { numRuns: 40 },
    );
  });
});

test("a plan's nonce and digest change with anything that went into it", () => {
  const one = outcomeOf(
    { "main.ops": main, "org.ops": org },
    { json: { env: "staging", hosts: ["a"], size: 1, careful: false } },
  );
  const two = outcomeOf(
    { "main.ops": `${main}\n`, "org.ops": org },
    { json: { env: "staging", hosts: ["a"], size: 1, careful: false } },
  );
  if (!("plan" in one) || !("plan" in two)) throw new Error("both are plans");
  expect(one.plan.nonce).not.toBe(two.plan.nonce);
  expect(sealPlan(one.plan).digest).not.toBe(sealPlan(two.plan).digest);
  const preview = { sensitive: false, summary: "creates notes/a", diff: null };
  const seen = withPreviews(one.plan, new Map([["h[a].note", preview]]));
  expect(sealPlan(seen).digest).not.toBe(sealPlan(one.plan).digest);
});

test("the checked program of the example is what its schema says", () => {
  const folder = path.resolve(import.meta.dirname, "../../examples/release");
  const sources = ["org.ops", "fleet.ops", "release.ops"].map((name) => ({
    path: name,
    text: readFileSync(path.join(folder, name), "utf8"),
  }));
  const { program, diagnostics } = checkProject({ files: sources, manifests });
  expect(diagnostics).toEqual([]);
  expect(programSchema.parse(JSON.parse(JSON.stringify(program)))).toEqual(program);
});

test("a plan of ten thousand steps takes seconds, not minutes", () => {
  const source = `use file
action act(hosts: list<string>) {
  for h in hosts batch 100 { step note = file.write(path: h, content: "x") { rollback auto } }
}`;
  const many = Array.from({ length: 10_000 }, (_, i) => `h${i}`);
  const spent = processorTime();
  const outcome = outcomeOf(source, { json: { hosts: many } });
  expect(spent()).toBeLessThan(10_000);
  expect("plan" in outcome && outcome.plan.summary.writes).toBe(10_000);
});
