/** Approvals, guardrails and races as they stand in the plan. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { type Asked, NOW, nodeOf, orderOf, planOf, refusalsOf } from "./planning.ts";

const write = (id: string, path = id): string =>
  `step ${id} = file.write(path: "${path}", content: "x") { rollback auto }`;

describe("approvals", () => {
  const people = `use file
approver ana { members = ["ana@example.com"] }
approver team { title = "The team"  members = ["ben@example.com", "cleo@example.com", "dana@example.com"] }
`;
  const act = (...body: string[]): string =>
    `${people}action act(big: bool = true, hosts: list<string> = ["a", "b"]) {\n  title = "\${big} \${hosts.length}"\n  ${body.join("\n  ")}\n}`;

  test("before the first write they are asked for with the plan, later ones pause the run", () => {
    const plan = planOf(act("approve by team", write("a"), "approve by ana"));
    expect(nodeOf(plan, "approval")).toMatchObject({ upfront: true, quorum: 1, mode: "one", within: null });
    expect(nodeOf(plan, "approval~2")).toMatchObject({ upfront: false });
    expect(plan.summary.approvals).toBe(2);
  });
  test("a condition that is known decides; one that is not makes it part of the run", () => {
    const source = act(
      `step look = file.read(path: "x")`,
      "approve by team when big",
      "approve by ana when look.exists",
    );
    expect(planOf(source, { words: { big: "false" } }).nodes.map((n) => n.id)).toEqual(["look", "approval~2"]);
    expect(nodeOf(planOf(source), "approval~2")).toMatchObject({ upfront: false, when: [{ k: "field" }] });
  });
  test("in a for one approval covers all elements", () => {
    const plan = planOf(act("for h in hosts { approve by team { quorum = 2 }", write("w", "${h}"), "}"));
    expect(orderOf(plan)).toEqual(["h[a].approval", "h[a].w < h[a].approval", "h[b].w < h[a].approval, h[a].w"]);
  });
  test("in a for elements that ask different people each have their own", () => {
    const source = `${people}
let dbs = { one: { owner: ana }, two: { owner: team } }
let all: map<{ owner: approver }> = dbs
action act() { for db in all { approve by db.owner  ${write("w", "${db.key}")} } }`;
    expect(planOf(source).nodes.map((n) => n.id)).toEqual([
      "db[one].approval",
      "db[one].w",
      "db[two].approval",
      "db[two].w",
    ]);
  });
  test("who approves may come from an input", () => {
    const source = `${people}action act(owner: approver) { approve by owner }`;
    expect(nodeOf(planOf(source, { words: { owner: "team" } }), "approval")).toMatchObject({
      groups: [
        {
          id: "main.ops#team",
          title: "The team",
          members: ["ben@example.com", "cleo@example.com", "dana@example.com"],
        },
      ],
    });
  });
  test.each<[string, Asked, string[]]>([
    ["approve by team { quorum = 2 }", {}, []],
    [
      "approve by team { quorum = 3 }",
      {},
      [
        "refused approve: 3 approvals by The team are needed, but without the requester, dana@example.com, only 2 can be given",
      ],
    ],
    [
      "approve by team { quorum = 3 }",
      { requester: " DANA@example.com " },
      [
        "refused approve: 3 approvals by The team are needed, but without the requester,  DANA@example.com , only 2 can be given",
      ],
    ],
    ["approve by team { quorum = 3 }", { requester: "eve@example.com" }, []],
    ["approve by any of [ana, team] { quorum = 3 }", {}, []],
    [
      "approve by all of [ana, team]",
      { requester: "ana@example.com" },
      ["refused approve: 1 approval by ana is needed, but without the requester, ana@example.com, only 0 can be given"],
    ],
    ["approve by team { quorum = hosts.length - 2 }", {}, ["program quorum: quorum is 0 here: it must be at least 1"]],
  ])("a quorum without the requester: %s as %j", (statement, asked, refusals) => {
    expect(refusalsOf(act(statement), asked)).toEqual(refusals);
  });
});

describe("guardrails", () => {
  const base = `use file
enum Env { staging, production }
approver sre { members = ["ana@example.com", "ben@example.com"] }
action act(env: Env = staging, hosts: list<string> = ["a", "b"], reason: string = "because it has to be") {
  risk  = env == production ? high : low
  tags  = ["fleet", reason]
  step look = file.read(path: "x")
  for h in hosts { ${write("w", "${h}")} }
  step last = file.delete(path: look.content ?? "z") { irreversible "gone" }
}
`;
  const judged = (rule: string, asked: Asked = {}): Plan["guardrails"][number] | undefined =>
    planOf(`${base}${rule}`, asked).guardrails[0];

  test.each<[string, string, Asked, string | undefined, string | null]>([
    ["counts", "require plan.writes.count <= 3", {}, "pass", null],
    ["counts", 'require plan.writes.count <= 2 else "too many: ${plan.writes.count}"', {}, "fail", "too many: 3"],
    [
      "the condition as written",
      "require plan.writes.count <= 2",
      {},
      "fail",
      "it must hold that plan.writes.count <= 2",
    ],
    ["destroys", "require plan.destroys.count == 1", {}, "pass", null],
    [
      "what cannot be undone",
      "require plan.irreversible.count == 0",
      {},
      "fail",
      "it must hold that plan.irreversible.count == 0",
    ],
    ["resources, one of which only the run knows", `require plan.resources.contains("file:a")`, {}, "pass", null],
    [
      "resources, one of which only the run knows",
      `require !plan.resources.contains("file:c")`,
      {},
      "deferred",
      "decided in the run: it depends on plan.resources.count (2 to 3)",
    ],
    [
      "a resource not known yet is not known",
      'require plan.writes.all(w => w.resource != "file:c")',
      {},
      "deferred",
      "decided in the run: it depends on plan.writes",
    ],
    ["how long it takes", "require (plan.worst_case_duration ?? 0s) <= 20m", {}, "pass", null],
    [
      "the action",
      `applies to action when action.tags.contains("fleet") && action.risk == low\n require action.name == "act"`,
      {},
      "pass",
      null,
    ],
    ["the requester", `require run.requester == "dana@example.com"`, {}, "pass", null],
    ["whose groups", 'require run.groups.contains(sre) else "not on call"', {}, "fail", "not on call"],
    ["whose groups", "require run.groups.contains(sre)", { requester: " ANA@example.com" }, "pass", null],
    ["the reason", `require (run.reason ?? "").length > 3 else "say why"`, {}, "fail", "say why"],
    ["the reason", `require (run.reason ?? "").length > 3 else "say why"`, { reason: "launch" }, "pass", null],
    ["the time", "require run.now >= 2026-11-21T09:00:00Z && run.now < 2026-11-21T09:00:01Z", {}, "pass", null],
    [
      "inputs",
      `applies to action with { env: Env } when env == production\n require 1 > 2`,
      { words: { env: "production" } },
      "fail",
      "it must hold that 1 > 2",
    ],
    ["inputs", `applies to action with { env: Env } when env == production\n require 1 > 2`, {}, undefined, null],
    [
      "a condition that fails does not hold",
      `require action.tags[5] == "x"`,
      {},
      "fail",
      `it must hold that action.tags[5] == "x"`,
    ],
    [
      "a guardrail that cannot tell whether it applies does",
      `applies to action when action.tags[5] == "x"\n require plan.writes.count > 99`,
      {},
      "fail",
      "it must hold that plan.writes.count > 99",
    ],
  ])("%s: %s", (_, rule, asked, status, why) => {
    const found = judged(`guardrail rule {\n ${rule}\n}\n`, asked);
    expect(found?.status).toBe(status);
    expect(found?.why ?? null).toBe(why);
  });

  test("who is included in an approver is one of it too", () => {
    const rule = `approver leads { includes = [sre] }
guardrail rule { require run.groups.contains(leads) && run.groups.length == 2 }`;
    expect(judged(rule, { requester: "ben@example.com" })?.status).toBe("pass");
    expect(judged(rule, { requester: "dana@example.com" })?.status).toBe("fail");
  });

  test("it keeps the values it was decided on", () => {
    const rule = `guardrail rule {
  applies to action with { env: Env, reason: string } when env != production
  enforcement = soft
  override by sre
  require plan.writes.count <= 10 && reason.length > 3 && run.requester != "root@example.com"
  require plan.writes.count > 0
}`;
    expect(judged(rule)).toMatchObject({
      enforcement: "soft",
      status: "pass",
      saw: [
        { name: "env", value: "staging" },
        { name: "plan.writes.count", value: 3 },
        { name: "reason", value: "because it has to be" },
        { name: "run.requester", value: "dana@example.com" },
      ],
      requires: [{ status: "pass" }, { status: "pass" }],
    });
  });
  test("what depends on the time stays, to be judged again in the run", () => {
    const found = judged("guardrail rule { every_write = true  require run.now < 2027-01-01T00:00:00Z }");
    expect(found).toMatchObject({ status: "pass", everyWrite: true, saw: [{ name: "run.now", value: NOW }] });
    expect(JSON.stringify(found?.requires)).toContain(`"root":"run"`);
  });
});

test("a rule that turns on what is touched does not pass on what only the run knows", () => {
  const source = `use file
guardrail no_prod {
  applies to action
  require plan.writes.all(w => !(w.resource ?? "").starts_with("file:prod/")) else "prod is not to be touched"
}
guardrail few {
  applies to action
  require plan.writes.count <= 5 else "too many"
}
action act() {
  step here = file.read(path: "where.txt")
  step put = file.write(path: here.content ?? "x", content: "x") { rollback auto }
}`;
  const status = Object.fromEntries(planOf(source, {}).guardrails.map((g) => [g.name, g.status]));
  expect(status).toEqual({ few: "pass", no_prod: "deferred" });
});

describe("races", () => {
  const act = (...body: string[]): string => `use file
use http
use exec
operation reload(name: string) {
  effect   = write
  resource = "instance:\${name}"
  repeat   = idempotent
  call     = exec.run(argv: ["reload", name])
}
action act(hosts: list<string> = ["a", "b"]) {
  title = "\${hosts.length}"
  ${body.join("\n  ")}
}`;
  const put = (id: string, url: string): string =>
    `step ${id} = http.put(url: ${url}) { rollback nothing "none needed" }`;
  const load = (id: string, name: string): string =>
    `step ${id} = reload(name: ${name}) { rollback nothing "none needed" }`;

  test.each<[string, string[], string]>([
    [
      "two writes",
      ["parallel {", write("a", "x"), write("b", "x"), "}"],
      "a and b may run at the same time, and both touch file:x",
    ],
    [
      "a read and a write",
      ["parallel {", `step a = file.read(path: "x")`, write("b", "x"), "}"],
      "a and b may run at the same time, and both touch file:x",
    ],
    [
      "elements of a batch",
      ["for h in hosts batch 2 {", write("w", "x"), "}"],
      "h[a].w and h[b].w may run at the same time, and both touch file:x",
    ],
    [
      "branches",
      ["parallel { branch {", write("a", "y"), write("b", "x"), "} branch {", write("c", "z"), write("d", "x"), "} }"],
      "b and d may run at the same time, and both touch file:x",
    ],
    [
      "a check and a write",
      ["parallel {", `check a = http.get(url: "u") { require it.status == 200 }`, put("b", `"u"`), "}"],
      "a and b may run at the same time, and both touch http:u",
    ],
    [
      "a resource not known yet",
      [`step look = http.get(url: "l")`, "parallel {", put("a", "look.body"), put("b", `"u"`), "}"],
      "b and a may run at the same time, and what a touches is only known in the run",
    ],
    [
      "commands that do not say what they touch",
      ["for h in hosts batch 2 {", `step cmd = exec.run(argv: ["x", h]) { rollback nothing "none" }`, "}"],
      "h[a].cmd and h[b].cmd may run at the same time, and both touch exec:host",
    ],
  ])("%s", (_, body, message) => {
    expect(refusalsOf(act(...body), { despite: ["race"] })).toContain(`program race: ${message}`);
  });

  test.each<[string, string[]]>([
    ["one after the other", [write("a", "x"), write("b", "x")]],
    ["two reads", ["parallel {", `step a = file.read(path: "x")`, `step b = file.read(path: "x")`, "}"]],
    ["different things", ["parallel {", write("a", "x"), write("b", "y"), "}"]],
    ["elements one by one", ["for h in hosts {", write("w", "x"), "}"]],
    ["elements on their own things", ["for h in hosts batch 2 {", write("w", "${h}"), "}"]],
    ["ordered within a branch", ["parallel { branch {", write("a", "x"), write("b", "x"), "}", write("c", "y"), "}"]],
    ["an operation of the team's own that says what it touches", ["for h in hosts batch 2 {", load("l", "h"), "}"]],
    ["a read before a write", [`step a = file.read(path: "x")`, write("b", "x")]],
    [
      "another instance's unknown",
      [`step look = http.get(url: "l")`, "parallel {", put("a", "look.body"), write("b", "x"), "}"],
    ],
    [
      "a write behind data",
      ["parallel { branch {", `step a = file.read(path: "x")`, "}", write("b", "y"), "}", write("c", "x")],
    ],
  ])("no alarm for %s", (_, body) => {
    expect(refusalsOf(act(...body))).toEqual([]);
  });
});
