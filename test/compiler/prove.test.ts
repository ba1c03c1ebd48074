/** Proofs held against the planner, which knows all values, and against programs that were broken on purpose. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action, Statement, StepStmt } from "../../compiler/program.ts";
import type { Briefs } from "../../compiler/prove/brief.ts";
import { briefOf } from "../../compiler/prove/brief-of.ts";
import { uncovered } from "../../compiler/prove/coverage.ts";
import { proveRaces } from "../../compiler/prove/races.ts";
import { missingReads } from "../../compiler/prove/reads.ts";
import { leastWorstCase } from "../../compiler/prove/worst.ts";
import { processorTime } from "../tools/processor-time.ts";
import { outcomeOf } from "./planning.ts";
import { check, codes, programOf } from "./project.ts";

const HOSTS = ["p", "q", "r"];

/** Statements as trees; names are given when they are written out, each its own. */
type Tree =
  | { readonly kind: "write" | "read" | "check"; readonly path: string; readonly time: number }
  | { readonly kind: "wait"; readonly time: number }
  | { readonly kind: "parallel"; readonly branches: readonly (readonly Tree[])[] }
  | { readonly kind: "for"; readonly over: string; readonly batch: number; readonly body: readonly Tree[] };

const { statement } = fc.letrec<{ statement: Tree; body: Tree[] }>((tie) => ({
  statement: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom("write" as const, "read" as const, "check" as const),
      path: fc.constantFrom("a", "./a", "b", "b/../a", "c", "d", "e", "${here}", "x/${here}"),
      time: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ kind: fc.constant("wait" as const), time: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      kind: fc.constant("parallel" as const),
      branches: fc.array(tie("body"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("for" as const),
      over: fc.constantFrom(`["a", "b", "c"]`, `["c", "d"]`, `["e"]`, "hosts"),
      batch: fc.integer({ min: 1, max: 3 }),
      body: tie("body"),
    }),
  ),
  body: fc.array(tie("statement"), { minLength: 1, maxLength: 3 }),
}));

/** With `nest`, every statement that does something, and every branch and loop body, is an action of its own. */
function source(body: readonly Tree[], nest = false): string {
  let names = 0;
  const actions: string[] = [];
  const apart = (name: string, text: string, here: string | null): string => {
    if (!nest) return text;
    actions.push(`action of_${name}(hosts: list<string>, here: string) {\n${text}\n}`);
    return `step run_${name} = of_${name}(hosts: hosts, here: ${here ?? '"f"'})`;
  };
  const write = (tree: Tree, here: string | null): string => {
    const name = `n${++names}`;
    switch (tree.kind) {
      case "wait":
        return `wait ${tree.time}m`;
      case "read":
      case "write":
      case "check": {
        const path = tree.path.replace("${here}", nest ? "${here}" : here === null ? "f" : `\${${here}}`);
        const text = {
          read: `step ${name} = file.read(path: "${path}") { timeout = ${tree.time}m }`,
          check: `check ${name} = file.read(path: "${path}") { require it.exists  within = ${tree.time}m }`,
          write: `step ${name} = file.write(path: "${path}", content: "x") { timeout = ${tree.time}m  rollback auto }`,
        };
        return apart(name, text[tree.kind], here);
      }
      case "parallel":
        return `parallel { ${tree.branches.map((b, i) => `branch { ${inside(`${name}_${i}`, b, here)} }`).join(" ")} }`;
      case "for":
        return `for ${name} in ${tree.over} batch ${tree.batch} { ${inside(name, tree.body, name)} }`;
    }
  };
  const inside = (name: string, trees: readonly Tree[], here: string | null): string =>
    apart(name, all(trees, nest ? "here" : here), here);
  const all = (trees: readonly Tree[], here: string | null): string => trees.map((t) => write(t, here)).join("\n");
  const act = `action act(hosts: list<string>) {\n${all(body, null)}\n}\n`;
  return `use file\n${actions.join("\n")}\n${act}`;
}

const overHosts = (body: readonly Tree[]): boolean =>
  body.some(
    (tree) =>
      (tree.kind === "for" && (tree.over === "hosts" || overHosts(tree.body))) ||
      (tree.kind === "parallel" && tree.branches.some(overHosts)),
  );

const planned = (text: string) => outcomeOf(text, { json: { hosts: HOSTS }, despite: ["race"] });
const refusesRace = (text: string): boolean => {
  const outcome = planned(text);
  return "problems" in outcome && outcome.problems.some((p) => p.what === "race");
};
const racesIn = (text: string): boolean => codes(text).includes("race");

describe("races and the planner", () => {
  test("where everything is in the source, both say the same", () => {
    const seen = { race: 0, none: 0 };
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 4 }).filter((body) => !overHosts(body)),
        (body) => {
          const text = source(body);
          const told = racesIn(text);
          seen[told ? "race" : "none"]++;
          expect(told, text).toBe(refusesRace(text));
        },
      ),
      { numRuns: 300 },
    );
    // The property is worth nothing if all programs are of one kind.
    expect(Math.min(seen.race, seen.none)).toBeGreaterThan(20);
  });

  test("what actions do that steps run is as if it stood there", () => {
    const seen = { race: 0, none: 0 };
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), (body) => {
        const told = racesIn(source(body));
        seen[told ? "race" : "none"]++;
        expect(racesIn(source(body, true)), source(body, true)).toBe(told);
      }),
      { numRuns: 200 },
    );
    expect(Math.min(seen.race, seen.none)).toBeGreaterThan(20);
  });

  test("where lists come from outside, what is told is refused by every plan", () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }).filter(overHosts), (body) => {
        const text = source(body);
        if (racesIn(text)) expect(refusesRace(text), text).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** Of `act`, through the actions it runs. */
function worst(text: string): number {
  const actions = new Map(programOf(text, ["race"]).actions.map((action) => [action.name, action]));
  const known = new Map<string, ReturnType<Briefs>>();
  const briefs: Briefs = (id) => {
    const action = actions.get(id.slice(id.indexOf("#") + 1));
    if (!known.has(id)) known.set(id, action === undefined ? undefined : briefOf(action, briefs));
    return known.get(id);
  };
  return leastWorstCase(actions.get("act")?.body ?? [], briefs);
}

test("the worst case is the same where actions are run for it", () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), (body) => {
      expect(worst(source(body, true)), source(body, true)).toBe(worst(source(body)));
    }),
    { numRuns: 100 },
  );
});

describe("the worst case is never put higher than the plan does", () => {
  test("of an action by itself", () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (body) => {
        const text = source(body);
        const outcome = planned(text);
        if ("plan" in outcome) expect(worst(text), text).toBeLessThanOrEqual(outcome.plan.summary.worstCase ?? 0);
      }),
      { numRuns: 200 },
    );
  });

  test("of one that runs actions with timeouts", () => {
    const seen = { capped: 0 };
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("90s", "4m", "2m * hosts.length"),
        (body, timeout) => {
          const free = source(body, true);
          const text = free.replace(/^action of_.*\{$/gm, (line) => `${line}\n  timeout = ${timeout}`);
          const outcome = outcomeOf(text, { action: "act", json: { hosts: HOSTS }, despite: ["race"] });
          if (!("plan" in outcome)) return;
          expect(worst(text), text).toBeLessThanOrEqual(outcome.plan.summary.worstCase ?? 0);
          if (worst(text) < worst(free)) seen.capped++;
        },
      ),
      { numRuns: 200 },
    );
    expect(seen.capped).toBeGreaterThan(20);
  });
});

const WHOLE = `use file
use http
action act(hosts: list<string>, careful: bool) {
  fact before = file.read(path: "a")
  step one = file.write(path: "a", content: "1") { rollback file.write(path: "a", content: before.content ?? "") }
  if careful {
    step two = http.put(url: "u") { rollback http.put(url: "u/\${one.sha256}") }
    step three = http.put(url: "v/\${two.status}") { rollback http.put(url: "v", body: two.body) }
  } else { step four = http.put(url: "w") { rollback http.delete(url: four?.body ?? "w") } }
  for host in hosts {
    step five = http.put(url: host) { rollback http.put(url: "\${host}/\${one.sha256}") }
    step six = http.put(url: "\${host}/6") { rollback http.put(url: "\${host}/6", body: five.body) }
  }
  parallel {
    step seven = http.get(url: "y")
    branch {
      step inner = http.get(url: "z")
      step eight = http.put(url: "z/8") { rollback http.put(url: "z/8", body: inner.body) }
    }
  }
  step nine = http.put(url: "end") { rollback http.put(url: "end", body: seven.body) }
}
`;

function actionOf(text: string): Action {
  const [action] = programOf(text).actions;
  if (action === undefined) throw new Error("there is an action");
  return action;
}

function stepsIn(body: readonly Statement[]): StepStmt[] {
  return body.flatMap((s) => {
    if (s.s === "step") return [s];
    if (s.s === "if") return [...stepsIn(s.then), ...stepsIn(s.else)];
    if (s.s === "for") return stepsIn(s.body);
    return s.s === "parallel" ? s.branches.flatMap(stepsIn) : [];
  });
}

/** The body with one step changed. */
function changed(body: readonly Statement[], id: string, change: (step: StepStmt) => StepStmt): Statement[] {
  return body.map((s): Statement => {
    if (s.s === "step") return s.id === id ? change(s) : s;
    if (s.s === "if") return { ...s, then: changed(s.then, id, change), else: changed(s.else, id, change) };
    if (s.s === "for") return { ...s, body: changed(s.body, id, change) };
    return s.s === "parallel" ? { ...s, branches: s.branches.map((b) => changed(b, id, change)) } : s;
  });
}

describe("a program broken on purpose", () => {
  const action = actionOf(WHOLE);
  const steps = stepsIn(action.body);
  const undone = steps.filter((s) => s.call.effect !== "read");

  test("is whole before", () => {
    expect(undone.length).toBe(8);
    expect(uncovered(action.body)).toEqual([]);
    expect(missingReads(action)).toEqual([]);
  });

  test.each(undone.map((s) => s.id))("%s without its rollback is found, and nothing else", (id) => {
    const body = changed(action.body, id, (step) => ({ ...step, rollback: null }));
    expect(uncovered(body).map((s) => s.id)).toEqual([id]);
  });

  /** Which results each rollback may read, by the order that the run keeps; written by hand. */
  const MAY: Readonly<Record<string, readonly string[]>> = {
    one: [],
    two: ["one"],
    three: ["one", "two"],
    four: ["one"],
    five: ["one"],
    six: ["one", "five"],
    eight: ["one", "inner"],
    // By the order of the run; that names within a branch are not known after it is the checker's.
    nine: ["one", "seven", "inner", "eight"],
  };

  test.each(undone.flatMap((s) => steps.map((other) => [s.id, other.id] as const)))(
    "the rollback of %s that reads %s",
    (id, other) => {
      const body = changed(action.body, id, (step) => {
        if (step.rollback?.kind !== "calls") throw new Error("it has calls");
        const calls = step.rollback.calls.map((each) => ({
          ...each,
          call: { ...each.call, resource: { k: "ref", root: "var", name: other } as const },
        }));
        return { ...step, rollback: { kind: "calls", calls } };
      });
      const found = missingReads({ params: action.params, body });
      if (MAY[id]?.includes(other) === true) expect(found).toEqual([]);
      else expect(found.map(({ step, what }) => [step.id, what])).toEqual([[id, other]]);
    },
  );

  test("a rollback that takes its own result for granted", () => {
    const self = { k: "field", of: { k: "ref", root: "self", name: "" }, name: "body", safe: false } as const;
    const body = changed(action.body, "four", (step) => {
      if (step.rollback?.kind !== "calls") throw new Error("it has calls");
      const calls = step.rollback.calls.map((each) => ({ ...each, call: { ...each.call, resource: self } }));
      return { ...step, rollback: { kind: "calls", calls } };
    });
    expect(missingReads({ params: action.params, body }).map(({ what }) => what)).toEqual(["four.body"]);
  });
});

describe("what the frame shows", () => {
  test("both steps of a race, and what lets them meet", () => {
    const [found] = check(`use file
action act() {
  parallel {
    step one = file.write(path: "a", content: "") { rollback auto }
    step two = file.write(path: "a", content: "") { rollback auto }
  }
}`).diagnostics;
    expect(found?.label).toBe("writes file:a");
    expect(found?.related.map((r) => r.note)).toEqual(["writes file:a", "at the same time"]);
  });

  test("the place of a name that is out of reach", () => {
    const [found] = check(`use http
action act(careful: bool) {
  if careful { step one = http.get(url: "a") }
  step two = http.put(url: "b") { rollback http.delete(url: one.body) }
}`).diagnostics;
    expect(found?.code).toBe("unknown-name");
    expect(found?.help).toContain("has not surely come before");
    expect(found?.related.map((r) => r.note)).toEqual(["known in this block only"]);
  });

  test("the fix of a rollback that takes its own result for granted leaves only the question what stands in for it", () => {
    const text = `use http
action act() {
  step one = http.put(url: "b") { rollback http.delete(url: one.body) }
}`;
    const [found] = check(text).diagnostics;
    const edit = found?.fixes[0]?.edits[0];
    if (edit === undefined) throw new Error("there is a fix");
    expect(codes(text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end))).toEqual(["optional-use"]);
  });
});

describe("ten thousand steps are proved within a second", () => {
  const write = (id: number, path: string): string =>
    `step s${id} = file.write(path: "${path}", content: "x") { rollback file.write(path: "${path}", content: "y") }`;
  const many = Array.from({ length: 10_000 }, (_, i) => i);
  const shapes: readonly (readonly [string, string, number])[] = [
    ["one after the other", many.map((i) => write(i, "same")).join("\n"), 0],
    ["beside one another", `parallel { ${many.map((i) => write(i, `p/${i}`)).join("\n")} }`, 0],
    ["all on one thing", `parallel { ${many.map((i) => write(i, "same")).join("\n")} }`, 1],
    [
      "in pairs",
      many
        .slice(5000)
        .map((i) => `parallel { ${write(i, "a")} ${write(i + 10_000, "b")} }`)
        .join("\n"),
      0,
    ],
    ["in a batch", `for h in hosts batch 5 { ${many.map((i) => write(i, `\${h}/${i}`)).join("\n")} }`, 0],
  ];

  test.each(shapes)("%s", (_, body, races) => {
    const { program, diagnostics } = check(`use file\naction act(hosts: list<string>) {\n${body}\n}`);
    expect(diagnostics.filter((d) => d.code === "race")).toHaveLength(races);
    const [action] = program.actions;
    if (action === undefined) throw new Error("there is an action");
    const prove = (): number => {
      const spent = processorTime();
      expect(uncovered(action.body)).toEqual([]);
      expect(missingReads(action)).toEqual([]);
      leastWorstCase(action.body);
      let told = 0;
      const world = {
        systems: (id: string) => program.instances.find((i) => i.id === id),
        spanOf: () => ({ start: 0, end: 1 }),
        tell: () => {
          told++;
        },
        distinct: () => false,
      };
      proveRaces(world, action);
      expect(told).toBe(races);
      return spent();
    };
    // Of three, since the first one is not compiled yet.
    expect(Math.min(prove(), prove(), prove())).toBeLessThan(1_000);
  });
});
