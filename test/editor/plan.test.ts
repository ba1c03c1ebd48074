/** Plans of what is being written: inputs proposed, nothing read, what does not stand out told with its place. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProjectChecker } from "../../compiler/check/project.ts";
import { lensesOf, lensTitle } from "../../compiler/editor/lens.ts";
import { actionAt, actionIn, type Drafted, draftPlan, type PlanAsked, placeOf } from "../../compiler/editor/plan.ts";
import { planView, undoView } from "../../compiler/editor/plan-view.ts";
import type { Program } from "../../compiler/program.ts";
import { manifests } from "../compiler/project.ts";
import { CURSOR, parsed } from "./analysis.ts";

const TEAM = `
use file
use http
approver sre { members = ["ana@example.com", "ben@example.com"] }
approver boss { members = ["dan@example.com"] }
guardrail says_why {
  applies to action
  require (run.reason ?? "").length > 3 else "say why"
}
guardrail looks {
  fact frozen = file.read(path: "frozen")
  require !frozen.exists else "frozen"
}
`;

const ROLL = `${TEAM}
action tell(text: string) {
  approve by boss
  step say = http.post(url: "http://127.0.0.1/", body: text) { irreversible "it was said" }
}

/// Roll it.
action roll(version: string where version.starts_with("v"), env: "a" | "b", hosts: list<string> = ["x", "y"], note?: string) {
  risk = high
  fact built = file.read(path: "built/\${version}")
  require built.exists else "never built"
  approve by sre
  for host in hosts {
    step put = file.write(path: "hosts/\${host}", content: version) { rollback auto }
    check up = http.get(url: "http://\${host}/") { require it.status == 200 }
  }
  step told = tell(text: version)
  step after = file.write(path: "log", content: version) { rollback auto }
}
`;

function checked(text: string): { readonly program: Program; readonly errors: readonly string[] } {
  const { program, diagnostics } = new ProjectChecker().check({ files: [{ path: "main.ops", text }], manifests });
  return { program, errors: diagnostics.flatMap((d) => (d.severity === "error" ? [d.message] : [])) };
}

const ASKED: PlanAsked = {
  inputs: new Map(),
  requester: "cleo@example.com",
  reason: "a reason",
  now: "2026-11-21T09:00:00.000Z",
  opsc: "0.0.0",
  texts: new Map(),
};

function drafted(text: string, name: string, asked: Partial<PlanAsked> = {}): Drafted {
  const { program, errors } = checked(text);
  expect(errors).toEqual([]);
  const action = program.actions.find((each) => each.name === name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return draftPlan(program, action, { ...ASKED, ...asked });
}

describe("the action that is meant", () => {
  const at = (marked: string): string | undefined => {
    const file = parsed("main.ops", marked.replace(CURSOR, ""));
    return actionAt(file, marked.indexOf(CURSOR))?.name?.text;
  };
  test("is the one around the cursor, else the one before it, else the first", () => {
    expect(at("action a() {}\naction b() { let x‸ = 1 }")).toBe("b");
    expect(at("action a() {}\nlet x = ‸1\naction b() {}")).toBe("a");
    expect(at("let x = ‸1\naction b() {}")).toBe("b");
    expect(at("let x = ‸1")).toBeUndefined();
  });
});

describe("a draft", () => {
  test("proposes what is not filled in, and says so", () => {
    const { inputs, proposed, problems, file } = drafted(ROLL, "roll");
    expect(problems).toEqual([]);
    expect(inputs).toEqual({ version: "v1", env: "a", hosts: ["x", "y"] });
    expect(proposed).toEqual(["version", "env", "hosts"]);
    const ids = file?.plan.nodes.map(({ id }) => id) ?? [];
    for (const wanted of ["x].put", "y].put", "told.say", "after"])
      expect(ids.some((id) => id.endsWith(wanted))).toBe(true);
  });

  test("takes what is filled in, and leaves out what the action has no more", () => {
    const { inputs, proposed, file } = drafted(ROLL, "roll", {
      inputs: new Map<string, unknown>([
        ["hosts", ["one"]],
        ["version", "v7"],
        ["gone", 1],
      ]),
    });
    expect(inputs).toEqual({ version: "v7", env: "a", hosts: ["one"] });
    expect(proposed).toEqual(["env"]);
    expect(file?.plan.inputs.map(({ value }) => value)).toEqual(["v7", "a", ["one"], null]);
  });

  test("says what is wrong with an input, and where it is declared", () => {
    const { problems, file } = drafted(ROLL, "roll", { inputs: new Map([["version", "7"]]) });
    expect(file).toBeNull();
    expect(problems).toMatchObject([{ kind: "input", what: "input version" }]);
  });

  test("reads no fact: what rests on one stays open, for guardrails too", () => {
    const file = drafted(ROLL, "roll").file;
    expect(file?.plan.unread?.map(({ id }) => id)).toEqual(["built"]);
    expect(file?.plan.guardrails.map(({ name, status }) => [name, status])).toEqual(
      expect.arrayContaining([
        ["says_why", "pass"],
        ["looks", "deferred"],
      ]),
    );
  });

  test("is judged for who asks and why", () => {
    const { file } = drafted(ROLL, "roll", { reason: null });
    expect(file?.plan.guardrails.find(({ name }) => name === "says_why")?.status).toBe("fail");
    expect(file?.plan.requester).toBe("cleo@example.com");
  });

  test("is the same for the same text", () => {
    expect(drafted(ROLL, "roll").file?.digest).toBe(drafted(ROLL, "roll").file?.digest);
  });
});

describe("the view", () => {
  const file = drafted(ROLL, "roll").file;
  if (file === null) throw new Error("no plan");
  const view = planView(file);
  const node = (id: string) => {
    const found = view.nodes.find((each) => each.id.endsWith(id));
    if (found === undefined) throw new Error(`no node ${id} among ${view.nodes.map((each) => each.id).join(", ")}`);
    return found;
  };

  test("has each node in a word and a line, with its place", () => {
    expect(node("put")).toMatchObject({ word: "write", irreversible: false });
    expect(node("say")).toMatchObject({ word: "write", irreversible: true });
    expect(node("put").what).toContain("file.write");
    const place = placeOf(node("put").at, (path) => (path === "main.ops" ? parsed("main.ops", ROLL) : null));
    expect(ROLL.slice(place?.span.start, place?.span.end)).toMatch(/^step put = .*rollback auto }$/s);
  });

  test("does not tell when it expires, and of what was not read apart from the dangers", () => {
    expect(view.totals.join()).not.toContain("expires");
    expect(view.unread).toEqual(["built"]);
    expect(view.dangers.map(({ words }) => words).join()).not.toContain("offline");
  });

  test("undo goes backwards, and stops at what cannot be undone", () => {
    const failed = undoView(file, node("put").index);
    expect(failed?.waves.flat()).toContain(node("put").index);
    const late = undoView(file, node("after").index);
    expect(late?.waves.flat()).toEqual([node("after").index]);
    expect(late?.points).toEqual([node("say").index]);
    expect(late?.kept.length).toBeGreaterThan(0);
  });

  test("undo is none where the action halts", () => {
    const halts = drafted(
      `${TEAM}action a() {\n on_failure = halt\n step put = file.write(path: "a", content: "b") { rollback auto } }`,
      "a",
    ).file;
    expect(halts === null ? null : undoView(halts, 0)).toBeNull();
  });
});

describe("the lens", () => {
  const titles = (text: string): string[] => {
    const { program } = checked(text);
    return lensesOf(parsed("main.ops", text), program).map(lensTitle);
  };
  test("counts what an action does, with the actions it runs; loops once", () => {
    expect(titles(ROLL)).toEqual([
      "Plan · 1 step · 1 approval · 1 irreversible",
      "Plan · 3 steps · 2 approvals · 1 irreversible",
    ]);
  });
  test("says so where nothing is changed", () => {
    expect(titles(`action look() { let x = 1 }`)).toEqual(["Plan · changes nothing"]);
  });
  test("stands on the name", () => {
    const [lens] = lensesOf(parsed("main.ops", ROLL), checked(ROLL).program);
    expect(ROLL.slice(lens?.span.start, lens?.span.end)).toBe("tell");
  });
});

const EXAMPLES = path.resolve(import.meta.dirname, "../../examples");
const examples = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ops"))
  .map((file) => readFileSync(path.join(EXAMPLES, file), "utf8"));

test("a text cut off anywhere is no reason to fail", () => {
  expect(examples.length).toBeGreaterThan(10);
  fc.assert(
    fc.property(fc.constantFrom(...examples, ROLL), fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
      const cut = text.slice(0, Math.floor(text.length * share));
      const file = parsed("main.ops", cut);
      const { program, errors } = checked(cut);
      for (const { span } of lensesOf(file, program)) expect(span.end).toBeLessThanOrEqual(cut.length);
      const item = actionAt(file, cut.length);
      const action = item === null ? null : actionIn(program, file, item);
      if (action === null || errors.length > 0) return;
      const draft = draftPlan(program, action, ASKED);
      if (draft.file === null) return;
      for (const { at } of planView(draft.file).nodes) {
        const place = placeOf(at, () => file);
        expect(place === null || place.span.end <= cut.length).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
