/** What is told between the characters: types, defaults, and in what order things run. */
import process from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hintsOf } from "../../compiler/editor/hints.ts";
import { draftPlan } from "../../compiler/editor/plan.ts";
import { programOf } from "../compiler/project.ts";
import { analyse } from "./analysis.ts";

/** The lines that hold a hint, with the hints in brackets. */
function hinted(text: string): string[] {
  const analysis = analyse({ "a.ops": text });
  const file = analysis.file("a.ops");
  if (file === null) throw new Error("no file");
  const hints = hintsOf(analysis, file, { start: 0, end: text.length });
  expect(hintsOf(analysis, file, { start: 0, end: 10 })).toEqual([]);
  let shown = text;
  for (const { offset, text: hint } of hints.toReversed())
    shown = `${shown.slice(0, offset)}⟦${hint}⟧${shown.slice(offset)}`;
  return shown.split("\n").filter((line) => line.includes("⟦"));
}

test("what is not written and yet so", () => {
  expect(
    hinted(`use file
use http
approver web { members = ["ana@example.com"] }
action go(names: list<string>) {
  let plain = "a"
  let n = names.length
  fact one = file.read(path: "1")
  fact two = file.read(path: "2")
  fact three = file.read(path: two.content ?? "")
  approve by web
  approve by web { quorum = 2 }
  check up = http.get(url: "https://a/b") { require it.status == 200 }
  check down = http.get(url: "https://a/b") { require it.status == 500  within = 1m }
  for name in names {
    wait 1s
  }
}
`),
  ).toEqual([
    "  let n⟦: int⟧ = names.length",
    '  fact one = file.read(path: "1")⟦ together with two, three⟧',
    "  approve by web⟦ 1 person⟧",
    '  check up = http.get(url: "https://a/b")⟦ within 5m⟧ { require it.status == 200 }',
    "  for name⟦: string⟧ in names {",
  ]);
});

/** `let` names what was read last, `dependent` reads what that says; `found` tells whether it is known before it is read. */
type Shape =
  | "read"
  | "dependent"
  | "let"
  | "write"
  | "check"
  | { readonly found: boolean; readonly inside: readonly Shape[] };

/** Each name is another; `last` is what was read last where they begin. */
function written(shape: readonly Shape[], names: Generator<string, never>, last: string | null = null): string[] {
  let seen = last;
  return shape.flatMap((each): string[] => {
    const name = names.next().value;
    const last = seen;
    if (typeof each !== "string") {
      const inside = written(each.inside, names, last);
      return [`if ${each.found && last !== null ? `${last} == ""` : "known.exists"} {`, ...inside, "}"];
    }
    switch (each) {
      case "write":
        return [`step ${name} = put(path: "${name}") { rollback auto }`];
      case "check":
        return [`check ${name} = see(path: "${name}") { require it == ""  within = 1m }`];
      case "let":
        if (last === null) return [];
        seen = name;
        return [`let ${name} = ${last}`];
      default:
        seen = name;
        return [`step ${name} = see(path: ${each === "dependent" && last !== null ? last : `"${name}"`})`];
    }
  });
}

function* fresh(): Generator<string, never> {
  for (let i = 0; ; i++) yield `n${i}`;
}

/** By the name of each step that reads, those that neither come before nor after it in the plan. */
function plannedTogether(text: string): Map<string, ReadonlySet<string>> {
  const program = programOf(text);
  const [action] = program.actions.filter(({ name }) => name === "go");
  const file =
    action === undefined
      ? null
      : draftPlan(program, action, {
          inputs: new Map(),
          requester: "you",
          reason: null,
          now: "2026-11-21T09:00:00.000Z",
          opsc: "0.0.0",
          texts: new Map(),
        }).file;
  if (file === null) throw new Error("no plan");
  const { nodes } = file.plan;
  const before = new Map<string, ReadonlySet<string>>();
  for (const { id, after } of nodes)
    before.set(id, new Set(after.flatMap((each) => [each.id, ...(before.get(each.id) ?? [])])));
  const reads = nodes.flatMap((node) => (node.kind === "step" && node.call.effect === "read" ? [node.id] : []));
  const apart = (a: string, b: string): boolean =>
    a === b || before.get(a)?.has(b) === true || before.get(b)?.has(a) === true;
  return new Map(reads.map((id) => [id, new Set(reads.filter((other) => !apart(id, other)))]));
}

describe("what runs together, and after what", () => {
  const HEAD = `use file
approver web { members = ["ana@example.com"] }
operation see(path: string) -> string {
  call = file.read(path: path)
  returns = call.content ?? ""
}
operation put(path: string) { call = file.write(path: path, content: "") }
action other() { step a = put(path: "1") { rollback auto } }
`;
  const write = (name: string): string => `step ${name} = put(path: "${name}") { rollback auto }`;
  const order = (...lines: string[]): string[] =>
    hinted(`${HEAD}action go(ask: bool) {\n${lines.join("\n")}\n}\n`).map((line) => line.trim());

  test("reads between two barriers, but not one that rests on the other", () => {
    expect(
      order(
        'step a = see(path: "a")',
        'step b = see(path: "b")',
        write("w"),
        'step c = see(path: "c")',
        "let again = c",
        "step d = see(path: again)",
        'step e = see(path: "e") { timeout = 1m }',
        write("v"),
        'step f = see(path: "f")',
      ),
    ).toEqual([
      'step a = see(path: "a")⟦ together with b⟧',
      'step b = see(path: "b")⟦ together with a⟧',
      'step c = see(path: "c")⟦ after w, together with e⟧',
      "let again⟦: string⟧ = c",
      "step d = see(path: again)⟦ after w, together with e⟧",
      'step e = see(path: "e")⟦ after w, together with c, d⟧ { timeout = 1m }',
    ]);
  });
  test("also under a condition, where nothing in it holds the others up", () => {
    expect(order('step a = see(path: "a")', 'if ask { step b = see(path: "b") }')).toHaveLength(2);
    expect(order('step a = see(path: "a")', 'if a == "" { step b = see(path: "b") }')).toEqual([]);
    expect(order('step a = see(path: "a")', "if ask {", write("w"), "}", 'step b = see(path: "b")')).toEqual([]);
    expect(order('step a = see(path: "a")', "parallel {", write("w"), "}", 'step b = see(path: "b")')).toEqual([]);
  });
  test("a fact behind a write is read before it, and an approval stops the run", () => {
    expect(order(write("w"), 'fact f = see(path: "f")', "approve by web { quorum = 1 }")).toEqual([
      'fact f = see(path: "f")⟦ when planned, before w⟧',
      "approve by web⟦ after w, in the run⟧ { quorum = 1 }",
    ]);
    expect(order('fact f = see(path: "f")', "approve by web { quorum = 1 }", write("w"))).toEqual([]);
  });
  test("what the other branch changes has not been changed", () => {
    const ask = "approve by web { quorum = 1 }";
    expect(order("if ask {", write("w"), `} else {`, ask, 'fact f = see(path: "f")', "}")).toEqual([]);
    expect(order("parallel {", `branch one { ${write("w")} }`, `branch two {`, ask, "}", "}")).toEqual([]);
    expect(order("if ask {", write("w"), "}", ask)).toEqual(["approve by web⟦ after w, in the run⟧ { quorum = 1 }"]);
    expect(order("parallel {", `branch one { ${write("w")} }`, `branch two { ${write("v")} }`, "}", ask)).toEqual([
      "approve by web⟦ after w, in the run⟧ { quorum = 1 }",
    ]);
    // What the other action does is not known, so neither is what comes first.
    expect(order("if ask {", "step o = other()", "}", write("v"), ask)).toEqual([]);
    expect(order("if ask {", "step o = other()", "} else {", write("w"), ask, "}")).toEqual([
      "approve by web⟦ after w, in the run⟧ { quorum = 1 }",
    ]);
  });
  test("as the planner orders it", () => {
    const shapes = fc.letrec<{ list: Shape[] }>((tie) => ({
      list: fc.array(
        fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.constantFrom<Shape>("read", "dependent", "let", "write", "check"),
          fc.record({ found: fc.boolean(), inside: tie("list") }),
        ),
        { maxLength: 6 },
      ),
    })).list;
    fc.assert(
      fc.property(shapes, (shape) => {
        const text = `${HEAD}action go() {\nfact known = file.read(path: "k")\n${written(shape, fresh()).join("\n")}\n}\n`;
        const together = plannedTogether(text);
        for (const line of hinted(text)) {
          const [, name = "", words = ""] = /step (\w+) = .*⟦.*together with (.*)⟧/.exec(line) ?? [];
          if (name === "") continue;
          const beside = [...(together.get(name) ?? [])];
          const more = Number(/ and (\d+) more$/.exec(words)?.[1] ?? 0);
          const named = words.replace(/ and \d+ more$/, "").split(", ");
          expect(named.length + more, text).toBe(beside.length);
          expect(beside, text).toEqual(expect.arrayContaining(named));
          together.delete(name);
        }
        // Nothing is left out.
        expect(
          [...together.values()].filter(({ size }) => size > 0),
          text,
        ).toEqual([]);
      }),
      { numRuns: Number(process.env.OPSC_ORDER ?? 100) },
    );
  });
  test("nothing is said of what another action may do, and of what is not there yet", () => {
    expect(
      order('step a = see(path: "a")', "step o = other()", 'step b = see(path: "b")', 'fact f = see(path: "f")'),
    ).toEqual([]);
    expect(order('step a = see(path: "a")', "step = see(", "step b = ")).toEqual([]);
  });
});
