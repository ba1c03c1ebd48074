/** What widens is told as wider, by the words a reviewer looks for; taken back, it narrows. */
import { describe, expect, test } from "vitest";
import type { Area, Entry } from "../../compiler/diff/entry.ts";
import { planDiff } from "../../compiler/diff/plan-diff.ts";
import { sealPlan } from "../../compiler/expand/plan.ts";
import type {
  ApproveNode,
  Plan,
  PlanFile,
  PlanGuardrail,
  PlanWindow,
  StepNode,
} from "../../compiler/plan/plan.schema.ts";
import { planOf } from "../compiler/planning.ts";
import {
  approve,
  c,
  call,
  check,
  field,
  known,
  MINUTE,
  op,
  ref,
  STRING,
  sha,
  step,
  text,
  undo,
} from "../render/build.ts";
import { release } from "../render/plans.ts";
import { eachNode, eachStep, rewritten, withPlan } from "./pairs.ts";
import { whole } from "./whole.ts";

const differ = (change: (plan: Plan) => Plan, file = whole()): { there: readonly Entry[]; back: readonly Entry[] } => {
  const other = withPlan(file, change);
  return { there: planDiff(file, other).entries, back: planDiff(other, file).entries };
};

const stepOf = (id: string, change: (step: StepNode) => StepNode | null) => (plan: Plan) =>
  eachStep(plan, (each) => (each.id === id ? change(each) : each));
const approval = (change: (node: ApproveNode) => ApproveNode) => (plan: Plan) =>
  eachNode(plan, (node) => (node.kind === "approve" ? change(node) : node));
const rule =
  (change: (g: PlanGuardrail) => PlanGuardrail | null) =>
  (plan: Plan): Plan => ({
    ...plan,
    guardrails: plan.guardrails.flatMap((g) => change(g) ?? []),
  });
const window =
  (change: (w: PlanWindow) => PlanWindow | null) =>
  (plan: Plan): Plan => ({
    ...plan,
    windows: plan.windows.flatMap((w) => change(w) ?? []),
  });
const deploy = (over: Partial<StepNode>) => stepOf("deploy", (each) => ({ ...each, ...over }));
const added =
  (...nodes: Plan["nodes"]) =>
  (plan: Plan): Plan => ({ ...plan, nodes: [...plan.nodes, ...nodes] });
const gone = (id: string) => (plan: Plan) => eachNode(plan, (node) => (node.id === id ? null : node));
const write = call("db.set", "write", "db:orders", [["key", STRING, "k"]]);
const group = (title: string, who: string) => ({ id: `org.ops#${title}`, title, members: [who] });
const load = field(ref("step", "look"), "load");

const WIDER: readonly (readonly [what: string, change: (plan: Plan) => Plan, area: Area, words: string])[] = [
  [
    "a new write",
    added(step("more", ["end"], write, { rollback: undo(write) })),
    "effects",
    "is new: writes db:orders, which OLD does not touch",
  ],
  [
    "a new destroy",
    added(step("more", ["end"], { ...write, effect: "destroy" }, { rollback: undo(write) })),
    "effects",
    "is new: destroys db:orders",
  ],
  [
    "a new write of what only the run knows",
    added(step("more", ["end"], { ...write, resource: { is: "deferred", expr: text("db:", load) } })),
    "effects",
    "only the run will know what it touches",
  ],
  ["a new write before anybody approved", added(step("more", [], write)), "effects", "nobody approves before it"],
  [
    "a read that becomes a write",
    stepOf("look", (s) => ({ ...s, call: { ...s.call, effect: "write" } })),
    "effects",
    "does more than read",
  ],
  [
    "a write that becomes a destroy",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, effect: "destroy" } })),
    "effects",
    "does more than write",
  ],
  [
    "a resource that becomes open",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, resource: { is: "deferred", expr: text("deploy/", load) } } })),
    "effects",
    "touches what only the run will know",
  ],
  [
    "a resource that becomes a wildcard",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, resource: known("deploy/*") } })),
    "effects",
    "touches whatever a wildcard matches",
  ],
  [
    "less safe to repeat",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, repeat: "once" } })),
    "effects",
    "is less safe to repeat",
  ],
  [
    "not atomic any more",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, atomic: false } })),
    "effects",
    "may be done by half",
  ],
  [
    "a step that cannot be undone",
    deploy({ irreversible: "no way back", rollback: null }),
    "undo",
    "cannot be undone any more",
  ],
  ["a rollback lost", deploy({ rollback: null }), "undo", "is not taken back any more"],
  [
    "a rollback of nothing",
    deploy({ rollback: { kind: "nothing", why: "never mind" } }),
    "undo",
    "is not taken back any more",
  ],
  [
    "a rollback under a condition",
    stepOf("roll[a].drain", (s) => ({
      ...s,
      rollback:
        s.rollback?.kind === "calls"
          ? { ...s.rollback, calls: s.rollback.calls.map((each) => ({ ...each, when: c(false) })) }
          : null,
    })),
    "undo",
    "is taken back under more conditions",
  ],
  ["a longer lease", stepOf("roll[a].drain", (s) => ({ ...s, lease: 600 * MINUTE })), "undo", "lasts longer"],
  ["a lease for good", stepOf("roll[a].drain", (s) => ({ ...s, lease: null })), "undo", "lasts longer"],
  ["fewer people", approval((n) => ({ ...n, quorum: 1 })), "approvals", "fewer people are enough"],
  [
    "a group more",
    approval((n) => ({ ...n, mode: "any", groups: [...n.groups, group("others", "x@example.com")] })),
    "approvals",
    "may be given by another group too",
  ],
  [
    "a member more",
    approval((n) => ({ ...n, groups: n.groups.map((g) => ({ ...g, members: [...g.members, "x@example.com"] })) })),
    "approvals",
    "may be given by more people",
  ],
  ["an approval that is gone", gone("approve"), "approvals", "is not asked for any more"],
  [
    "an approval under more conditions",
    approval((n) => ({ ...n, when: [...n.when, op("gt", load, c(9))] })),
    "approvals",
    "is done under more conditions",
  ],
  ["an approval that holds longer", approval((n) => ({ ...n, within: null })), "approvals", "an approval holds longer"],
  [
    "an approval in the run",
    approval((n) => ({ ...n, upfront: false })),
    "approvals",
    "is asked for only when the run gets there",
  ],
  [
    "others after a while",
    approval((n) => ({
      ...n,
      escalate: [...n.escalate, { after: MINUTE, mode: "one", groups: [group("any", "y@example.com")] }],
    })),
    "approvals",
    "others may give it after a while",
  ],
  [
    "others sooner",
    approval((n) => ({ ...n, escalate: n.escalate.map((e) => ({ ...e, after: MINUTE })) })),
    "approvals",
    "others may give it sooner",
  ],
  ["a guardrail lost", rule(() => null), "guardrails", "does not apply any more"],
  ["a guardrail enforced less", rule((g) => ({ ...g, enforcement: "advisory" })), "guardrails", "is enforced less"],
  [
    "a guardrail judged once",
    rule((g) => ({ ...g, everyWrite: false })),
    "guardrails",
    "is not judged again before every write",
  ],
  [
    "a guardrail that lets more through",
    rule((g) => ({
      ...g,
      requires: g.requires.map((r) => ({
        ...r,
        condition: op("le", field(ref("var", "f"), "n"), c(99)),
        text: "f.n <= 99",
      })),
    })),
    "guardrails",
    "requires less",
  ],
  [
    "a guardrail that applies less often",
    rule((g) => ({ ...g, when: op("and", g.when, op("lt", load, c(99))) })),
    "guardrails",
    "applies in fewer cases",
  ],
  [
    "a guardrail that more people may override",
    rule((g) => ({
      ...g,
      overrideBy:
        g.overrideBy === null
          ? null
          : { ...g.overrideBy, groups: [...g.overrideBy.groups, group("any", "y@example.com")] },
    })),
    "guardrails",
    "may be given by another group too",
  ],
  ["a check that is gone", gone("roll[b].idle"), "checks", "is not checked any more"],
  [
    "a check that holds less long",
    (plan) => eachNode(plan, (n) => (n.kind === "check" ? { ...n, hold: 0 } : n)),
    "checks",
    "must hold less long",
  ],
  ["a requirement that is gone", gone("require"), "checks", "is not required any more"],
  [
    "a requirement of less",
    (plan) =>
      eachNode(plan, (n) =>
        n.kind === "require"
          ? { ...n, requirement: { ...n.requirement, condition: op("gt", load, c(1)), text: "look.load > 1" } }
          : n,
      ),
    "checks",
    "requires less",
  ],
  ["a condition dropped", deploy({ when: [] }), "conditions", "is done under fewer conditions"],
  [
    "a pause dropped",
    (plan) => eachNode(plan, (n) => (n.kind === "wait" ? { ...n, duration: 1 } : n)),
    "order",
    "waits less long",
  ],
  ["a failure that undoes nothing", (plan) => ({ ...plan, onFailure: "halt" }), "failure", "undoes less when it fails"],
  [
    "a failure that stops nothing",
    (plan) => ({ ...plan, onFailure: "continue" }),
    "failure",
    "undoes less when it fails",
  ],
  [
    "more that may fail",
    (plan) => ({ ...plan, loops: plan.loops.map((l) => ({ ...l, tolerate: 2 })) }),
    "failure",
    "more elements may fail",
  ],
  [
    "a window lost",
    (plan) => window(() => null)({ ...plan, parts: plan.parts.map((p) => ({ ...p, windows: [] })) }),
    "windows",
    "is not asked any more",
  ],
  [
    "a window that one action does not wait for",
    (plan) => ({ ...plan, parts: plan.parts.map((p) => (p.id === "sub" ? { ...p, windows: [] } : p)) }),
    "windows",
    "does not wait for a window any more",
  ],
  [
    "a window that is not closed any more",
    window((w) => ({ ...w, rules: w.rules.filter((r) => r.effect === "allow") })),
    "windows",
    "is not closed any more",
  ],
  [
    "a window that is open on other days too",
    window((w) => ({
      ...w,
      rules: [...w.rules, { effect: "allow", days: [7], dates: [], times: [], because: null, at: "x:1:1" }],
    })),
    "windows",
    "is open too",
  ],
  [
    "a window without a calendar",
    window((w) => ({ ...w, calendar: null })),
    "windows",
    "no calendar closes it any more",
  ],
  ["a lock lost", (plan) => ({ ...plan, locks: ["lb"] }), "locks", "is not held any more"],
  ["a limit lost", (plan) => ({ ...plan, limits: [] }), "limits", "is not there any more"],
  [
    "a limit of more",
    (plan) => ({ ...plan, limits: plan.limits.map((l) => ({ ...l, count: 9 })) }),
    "limits",
    "lets more runs start",
  ],
  [
    "a limit of a shorter time",
    (plan) => ({ ...plan, limits: plan.limits.map((l) => ({ ...l, per: MINUTE })) }),
    "limits",
    "lets more runs start",
  ],
  ["a longer attempt", deploy({ timeout: 600 * MINUTE }), "times", "an attempt may take longer"],
  [
    "more attempts",
    deploy({ retry: { attempts: 9, backoffMin: 1000, backoffMax: 5000 } }),
    "times",
    "is tried more often",
  ],
  [
    "a longer wait for a check",
    (plan) => eachNode(plan, (n) => (n.kind === "check" ? { ...n, within: 60 * MINUTE } : n)),
    "times",
    "may take longer to hold",
  ],
  ["no bound in all", (plan) => ({ ...plan, timeout: null }), "times", "may take longer in all"],
  ["a lower risk", (plan) => ({ ...plan, action: { ...plan.action, risk: "low" } }), "plan", "states a lower risk"],
  [
    "a trust root within the tree",
    (plan) => ({ ...plan, trust: { ...plan.trust, root: "project", digest: null } }),
    "trust",
    "come from the reviewed tree itself",
  ],
  ["a fact looked at no more", (plan) => ({ ...plan, facts: [] }), "facts", "is not looked at any more"],
  [
    "a provider more",
    (plan) => ({
      ...plan,
      providers: [
        ...plan.providers,
        { instance: "db", provider: "pg", version: "1.0.0", manifest: sha("db"), config: {} },
      ],
    }),
    "providers",
    "is used too",
  ],
];

/** Wider either way: nobody can tell which of two is less. */
const OTHER: readonly (readonly [what: string, change: (plan: Plan) => Plan, area: Area, words: string])[] = [
  ["another requester", (plan) => ({ ...plan, requester: "eve@example.com" }), "plan", "is requested by somebody else"],
  ["another workspace", (plan) => ({ ...plan, workspace: "staging" }), "plan", "is for another workspace"],
  [
    "another action",
    (plan) => ({ ...plan, action: { ...plan.action, id: "a.ops#other", name: "other" } }),
    "plan",
    "is another action",
  ],
  [
    "another trust root",
    (plan) => ({ ...plan, trust: { ...plan.trust, digest: sha("other") } }),
    "trust",
    "come from another trust root",
  ],
  [
    "another setting of a provider",
    (plan) => ({
      ...plan,
      providers: plan.providers.map((p) => ({ ...p, config: { ...p.config, context: "other" } })),
    }),
    "providers",
    "is set up otherwise: context",
  ],
  [
    "another version of a provider",
    (plan) => ({ ...plan, providers: plan.providers.map((p) => ({ ...p, version: "9.9.9" })) }),
    "providers",
    "is another version",
  ],
  [
    "another provider's word on its operations",
    (plan) => ({ ...plan, providers: plan.providers.map((p) => ({ ...p, manifest: sha("other") })) }),
    "providers",
    "says something else of what its operations do",
  ],
  [
    "another resource",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, resource: known("deploy/other") } })),
    "effects",
    "touches something that OLD does not",
  ],
  [
    "another operation",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, operation: "replace" } })),
    "effects",
    "does something else",
  ],
  [
    "another instance",
    stepOf("deploy", (s) => ({ ...s, call: { ...s.call, instance: "lb" } })),
    "effects",
    "goes to another instance",
  ],
  [
    "another time zone of a window",
    window((w) => ({ ...w, timezone: "Asia/Tokyo" })),
    "windows",
    "is open at other times",
  ],
  [
    "another condition",
    deploy({ when: [op("eq", field(ref("step", "look"), "host"), c("x"))] }),
    "conditions",
    "is done under another condition",
  ],
];

describe("what widens is told as wider, and the other way round as narrower", () => {
  test.each(WIDER)("%s", (_, change, area, words) => {
    const { there, back } = differ(change);
    const said = there.filter((entry) => entry.area === area && entry.what.includes(words));
    expect(
      said.map(({ kind }) => kind),
      JSON.stringify(there, null, 1),
    ).toEqual(said.map(() => "widened"));
    expect(said).not.toEqual([]);
    expect(
      back.filter((entry) => entry.area === area && entry.kind === "narrowed"),
      JSON.stringify(back, null, 1),
    ).not.toEqual([]);
    expect(back.filter((entry) => entry.area === area && entry.kind === "widened")).toEqual([]);
  });
  test.each(OTHER)("%s, either way", (_, change, area, words) => {
    const { there, back } = differ(change);
    for (const entries of [there, back])
      expect(
        entries
          .filter((e) => e.kind === "widened" && e.area === area)
          .map((e) => e.what)
          .join(),
        JSON.stringify(entries),
      ).toContain(words);
  });
});

describe("order", () => {
  const put = (id: string, after: readonly string[]) =>
    step(id, after, call("x.put", "write", id, []), { rollback: undo(write) });
  const plan = (...nodes: Plan["nodes"]) =>
    withPlan(whole(), (p) => ({ ...p, nodes, loops: [], hooks: [], facts: [], guardrails: [] }));
  const told = (old: ReturnType<typeof plan>, now: ReturnType<typeof plan>): string[] =>
    planDiff(old, now).entries.map(({ kind, area, subject, what }) => `${kind} ${area} ${subject}: ${what}`);
  const sign = approve("sign", [], [["Leads", ["eve@example.com"]]]);

  test("writes that do not wait for each other any more", () => {
    expect(told(plan(put("a", []), put("b", ["a"])), plan(put("a", []), put("b", [])))).toEqual([
      "widened order b: does not wait for a any more: they may run together, or in the other order",
    ]);
  });
  test("writes the other way round", () => {
    expect(told(plan(put("a", []), put("b", ["a"])), plan(put("b", []), put("a", ["b"])))).toEqual([
      "widened order b: comes before a now, not after it",
    ]);
  });
  test("an edge that follows from others, and a join in between, change nothing", () => {
    const [a, b, d] = [put("a", []), put("b", ["a"]), put("d", ["b", "a"])];
    expect(told(plan(a, b, d), plan(a, b, put("d", ["b"])))).toEqual([]);
  });
  test("an approval that comes after what it was asked for", () => {
    const old = plan(sign, put("a", ["sign"]), put("b", ["a"]));
    const now = plan(put("a", []), { ...sign, after: [{ id: "a", why: "order" }] }, put("b", ["sign"]));
    expect(told(old, now)[0]).toBe("widened approvals sign: does not come before a any more");
  });
  test("also where what lies between them is told to be in another order only", () => {
    const read = (after: readonly string[]) => step("r", after, call("x.get", "read", "r", []));
    const old = plan(sign, read(["sign"]), put("a", ["r"]));
    const now = plan(sign, read([]), put("a", ["r"]));
    expect(told(old, now)[0]).toBe("widened approvals sign: does not come before a any more");
  });
  test("more elements at a time is one line, whatever follows from it", () => {
    const entries = planDiff(release(40, 2), release(40, 8)).entries.filter(({ kind }) => kind === "widened");
    expect(entries.map(({ subject, from, to }) => [subject, from, to])).toEqual([["loop roll", "2 of 40", "8 of 40"]]);
  });
  test("a check that a write does not wait for any more", () => {
    const look = check("look", ["a"], call("x.get", "read", "r", []), "it.ok");
    expect(told(plan(put("a", []), look, put("b", ["look"])), plan(put("a", []), look, put("b", ["a"])))[0]).toBe(
      "widened checks look: does not come before b any more",
    );
  });
});

describe("names", () => {
  test("a step that does the very same under another name has moved, and what reads it is the same", () => {
    const { old, now } = rewritten();
    const names = planDiff(old, now).entries.filter(({ area }) => area === "names");
    expect(names.map(({ from, to }) => [from, to])).toEqual([
      ["config", "write_config"],
      ["reload", "restart"],
    ]);
  });
  test("a loop of another name is told once, and nothing else", () => {
    const file = whole();
    const renamed = JSON.parse(
      JSON.stringify(file).replaceAll("roll[", "rollout[").replaceAll('"id":"roll"', '"id":"rollout"'),
    ) as typeof file;
    const { entries } = planDiff(file, renamed);
    expect(entries.map(({ area, what, subject }) => [area, what, subject])).toEqual([
      ["names", "goes by another name", "rollout[‹key›].drain"],
      ["names", "goes by another name", "rollout[‹key›].idle"],
      ["names", "goes by another name", "rollout[batch 1]"],
    ]);
  });
  test("two that do the same are not told apart by guessing", () => {
    const two = (a: string, b: string) => added(step(a, ["end"], write), step(b, [a], write));
    const { entries } = planDiff(withPlan(whole(), two("m1", "m2")), withPlan(whole(), two("n1", "n2")));
    expect(entries.map(({ kind }) => kind).toSorted()).toEqual(["narrowed", "widened"]);
    expect(entries.every(({ subjects }) => subjects.length === 2)).toBe(true);
  });
});

describe("elements of loops", () => {
  test("that change in the same way are one entry", () => {
    const file = release(1000, 10);
    const { entries } = planDiff(
      file,
      withPlan(file, (plan) =>
        eachStep(plan, (s) => (s.id.endsWith(".deploy") ? { ...s, timeout: s.timeout * 2 } : s)),
      ),
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ kind: "widened", subject: "roll[‹key›].deploy", from: "10m", to: "20m" });
    expect(entries[0]?.subjects).toHaveLength(1000);
  });
  test("but for the one that does not", () => {
    const file = release(6, 2);
    const change = (s: StepNode): StepNode =>
      s.id.endsWith(".deploy") ? { ...s, timeout: s.id.includes("web-3") ? 1 : s.timeout * 2 } : s;
    const { entries } = planDiff(
      file,
      withPlan(file, (plan) => eachStep(plan, change)),
    );
    expect(entries.map(({ kind, subject, subjects }) => [kind, subject, subjects.length])).toEqual([
      ["widened", "roll[‹key›].deploy", 5],
      ["narrowed", "roll[web-3].deploy", 1],
    ]);
  });
});

describe("values", () => {
  const settings = (value: Record<string, unknown>) => (plan: Plan) =>
    eachStep(plan, (s) =>
      s.id === "deploy"
        ? {
            ...s,
            call: {
              ...s.call,
              args: s.call.args.map((a) => (a.name === "settings" ? { ...a, value: known(value as never) } : a)),
            },
          }
        : s,
    );
  test("are told by the place in which they differ", () => {
    const { there } = differ(
      settings({ replicas: 300, labels: { team: "web", tier: "1" }, password: { $secret: "db" } }),
    );
    expect(there.map(({ kind, what, from, to }) => [kind, what, from, to])).toEqual([
      ["changed", "settings.labels.tier", "not there", '"1"'],
      ["changed", "settings.replicas", "3", "300"],
    ]);
  });
  test("that are secrets are not shown, and that they differ is", () => {
    const { there } = differ(settings({ replicas: 3, labels: { team: "web" }, password: "hunter2" }));
    expect(JSON.stringify(there)).not.toContain("hunter2");
    expect(there.map(({ what, from, to }) => [what, from, to])).toEqual([
      ["settings.password", "(secret db)", "(secret)"],
    ]);
    const twice = planDiff(
      withPlan(whole(), settings({ password: "hunter2" })),
      withPlan(whole(), settings({ password: "hunter3" })),
    ).entries;
    expect(JSON.stringify(twice)).not.toMatch(/hunter/);
    expect(twice.map(({ from, to }) => from === to)).toEqual([false]);
  });
  test("of settings that are called a password are not repeated", () => {
    const set =
      (token: string) =>
      (plan: Plan): Plan => ({
        ...plan,
        providers: plan.providers.map((p) => ({
          ...p,
          config: { api_token: token, url: `https://me:${token}@host/` },
        })),
      });
    const { entries } = planDiff(withPlan(whole(), set("abc123")), withPlan(whole(), set("xyz789")));
    expect(JSON.stringify(entries)).not.toMatch(/abc123|xyz789/);
    expect(entries).toHaveLength(4);
  });
  test("of long texts are shown where they differ", () => {
    const long = (word: string): string => `${"a ".repeat(500)}${word}${" b".repeat(500)}`;
    const { there } = differ(
      settings({ replicas: 3, labels: { team: long("one") } }),
      withPlan(whole(), settings({ replicas: 3, labels: { team: long("two") } })),
    );
    expect(there[0]?.from).toContain("two");
    expect(there[0]?.to).toContain("one");
    expect(there[0]?.to?.length).toBeLessThan(300);
  });
  test("of a field called `at`, in people's records, count", () => {
    const { there } = differ((plan) => ({
      ...plan,
      providers: plan.providers.map((p) => (p.instance === "k8s" ? { ...p, config: { ...p.config, at: "y" } } : p)),
    }));
    expect(there).toHaveLength(1);
  });
});

test("a guardrail that is judged for more parts at once, or for each by itself, is another only for those that come or go", () => {
  const source = (names: string): string => `use file
guardrail few { applies to action when action.name == "inner"  require plan.writes.count <= 9 else "too many" }
action inner(name: string) { step put = file.write(path: name, content: "x") { rollback auto } }
action act() { for name in [${names}] { step one = inner(name: name) } }`;
  const made = (names: string): PlanFile => sealPlan(planOf(source(names), { action: "act" }));
  const about = (old: PlanFile, now: PlanFile): string[] =>
    planDiff(old, now)
      .entries.filter((entry) => entry.what.includes("appl"))
      .map((entry) => `${entry.subject}: ${entry.what}`);
  expect(about(made(`"a", "b"`), made(`"a", "b", "c"`))).toEqual(["guardrail few on name[c].one: applies now"]);
});
