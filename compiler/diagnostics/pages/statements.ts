/** Pages about steps that run actions, leases, locks, limits, loops, escalations and hooks. */
import type { Page } from "./page.ts";

const inner = `use http

/// Publishes a page.
action publish(url: string) {
  step put = http.put(url: url) { rollback http.delete(url: url) }
}
`;

export const statementPages = {
  "action-has-its-own": {
    title: "A rule for a step that runs an action",
    why: "Each step of that action says how long it may take, how often it is tried and how it is undone. People have reviewed it with these rules. Another rule from outside could not fit all of its steps.",
    bad: `${inner}
action release(url: string) {
  step page = publish(url: url) { timeout = 5m }
}
`,
    good: `${inner}
action release(url: string) {
  step page = publish(url: url)
}
`,
    fix: "Take it away, and say it at the steps of the action that is run.",
  },
  "hook-runs-action": {
    title: "An action run by a hook",
    why: "An action is planned, approved and undone as a whole. A hook runs beside all of that and changes no outcome, so it only tells people.",
    bad: `${inner}
action release(url: string) {
  step page = publish(url: url)
  on failure { step retract = publish(url: "\${url}/sorry") }
}
`,
    good: `${inner}
action release(url: string) {
  step page = publish(url: url)
  on failure { step tell = http.post(url: "\${url}/sorry") }
}
`,
    fix: "Call an operation that tells people.",
  },
  "hook-undoes": {
    title: "A rollback, a lease, or tolerate in a hook",
    why: "Hooks run when undo is over, and whatever happens in them changes no outcome. There is nothing that would undo their steps or fail for them, so nothing may look as if there were.",
    bad: `use http

action ping(url: string) {
  step get = http.get(url: url)
  on end { step tell = http.post(url: url) { rollback http.delete(url: url) } }
}
`,
    good: `use http

action ping(url: string) {
  step get = http.get(url: url)
  on end { step tell = http.post(url: url) }
}
`,
    fix: "Take it away.",
  },
  "unknown-event": {
    title: "A hook for something that never happens",
    why: "Nobody would be told, and nobody would notice that they are not told.",
    bad: `use http

action ping(url: string) {
  step get = http.get(url: url)
  on failed { step tell = http.post(url: url) }
}
`,
    good: `use http

action ping(url: string) {
  step get = http.get(url: url)
  on failure { step tell = http.post(url: url) }
}
`,
    fix: "Say on start, on approval_requested, on failure, on success or on end.",
  },
  "lease-without-rollback": {
    title: "A lease that nothing ends",
    why: "At the end of a lease the rollback of its step runs by itself. If there is nothing that takes back what the step gave, temporary access is permanent.",
    bad: `use http

action open(url: string) {
  step grant = http.put(url: url) {
    lease = 2h
    irreversible "who has seen it has seen it"
  }
}
`,
    good: `use http

action open(url: string) {
  step grant = http.put(url: url) {
    lease = 2h
    rollback http.delete(url: url)
  }
}
`,
    fix: "Give the step a rollback that takes back what it gave, or take the lease away.",
  },
  "for-over-bound": {
    title: "More elements than the loop allows",
    why: "The bound is what reviewers have agreed to. A list that is longer would be refused by each plan.",
    bad: `use http

action ping() {
  for name in ["a", "b", "c"] at most 2 {
    step get = http.get(url: "http://\${name}/")
  }
}
`,
    good: `use http

action ping() {
  for name in ["a", "b", "c"] at most 3 {
    step get = http.get(url: "http://\${name}/")
  }
}
`,
    fix: "Raise the bound, or take elements away.",
  },
  "tolerates-all": {
    title: "A loop in which everything may fail",
    why: "What is tolerated does not stop the run. If every element may fail, a rollout that reaches nobody counts as done.",
    bad: `use http

action ping() {
  for name in ["a", "b"] tolerate 2 {
    step get = http.get(url: "http://\${name}/")
  }
}
`,
    good: `use http

action ping() {
  for name in ["a", "b"] tolerate 1 {
    step get = http.get(url: "http://\${name}/")
  }
}
`,
    fix: "Tolerate fewer than there are.",
  },
  "escalation-order": {
    title: "Escalations that are not in the order of their times",
    why: "People read them from top to bottom, as who is asked after whom. The order of their times must say the same.",
    bad: `approver team { members = ["ana@example.com", "ben@example.com"] }
approver lead { members = ["cleo@example.com"] }
approver boss { members = ["dana@example.com"] }

action drill() {
  approve by team {
    escalate to lead after 2h
    escalate to boss after 1h
  }
}
`,
    good: `approver team { members = ["ana@example.com", "ben@example.com"] }
approver lead { members = ["cleo@example.com"] }
approver boss { members = ["dana@example.com"] }

action drill() {
  approve by team {
    escalate to lead after 1h
    escalate to boss after 2h
  }
}
`,
    fix: "Write them in the order of their times.",
  },
  "escalation-late": {
    title: "An escalation when earlier approvals count no more",
    why: "Approvals hold for the time that within says. If others are asked only after that, those who said yes at the start must say it again.",
    bad: `approver team { members = ["ana@example.com", "ben@example.com"] }
approver lead { members = ["cleo@example.com"] }

action drill() {
  approve by team {
    within = 1h
    escalate to lead after 2h
  }
}
`,
    good: `approver team { members = ["ana@example.com", "ben@example.com"] }
approver lead { members = ["cleo@example.com"] }

action drill() {
  approve by team {
    within = 4h
    escalate to lead after 2h
  }
}
`,
    fix: "Escalate earlier, or let approvals hold longer.",
  },
  "after-in-rollback": {
    title: "after within a rollback",
    why: "The steps of a rollback run one after the other, in the order written. An after could only say the same, or something that is not so.",
    bad: `use http

action ping(url: string) {
  step put = http.put(url: url) {
    rollback {
      step first  = http.delete(url: url)
      step second = http.put(url: "\${url}/gone") after first
    }
  }
}
`,
    good: `use http

action ping(url: string) {
  step put = http.put(url: url) {
    rollback {
      step first  = http.delete(url: url)
      step second = http.put(url: "\${url}/gone")
    }
  }
}
`,
    fix: "Take after away, and write the steps in the order in which they are to run.",
  },
  "test-elsewhere": {
    title: "A test outside of a file of tests",
    why: "What is tested and what tests it are kept apart. A plan names the files it is made of, and must not become another because a test did.",
    bad: {
      "page.ops": `${inner}
test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect run.outcome == succeeded
}
`,
    },
    good: {
      "page.ops": inner,
      "page.test.ops": `import { publish } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect run.outcome == succeeded
}
`,
    },
    fix: "Move it into a file whose name ends in .test.ops, and import what it tests.",
  },
  "test-proves-nothing": {
    title: "A test that can never fail",
    why: "A test that runs nothing, or expects nothing, is green for ever, whatever becomes of the action. It is worse than none, for people count on it.",
    bad: {
      "page.ops": inner,
      "page.test.ops": `import { publish } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
}
`,
    },
    good: {
      "page.ops": inner,
      "page.test.ops": `import { publish } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect run.outcome == succeeded
}
`,
    },
    fix: "Run an action, and say what must come of it.",
  },
  "given-what": {
    title: "Something other than now is given",
    why: "A test gives the time and what providers answer. What an action takes as input is written in the run, by name, where it is seen.",
    bad: {
      "page.ops": inner,
      "page.test.ops": `import { publish } from "./page.ops"

test "it publishes" {
  given today = 2026-11-23T10:00:00Z
  run publish(url: "http://a/") by "dana@example.com"
  expect run.outcome == succeeded
}
`,
    },
    good: {
      "page.ops": inner,
      "page.test.ops": `import { publish } from "./page.ops"

test "it publishes" {
  given now = 2026-11-23T10:00:00Z
  run publish(url: "http://a/") by "dana@example.com"
  expect run.outcome == succeeded
}
`,
    },
    fix: "Say given now = …, or given provider.operation returns …, or write it into the run.",
  },
  "operation-expected": {
    title: "Something that is no operation, where a test names one",
    why: "Tests stand in for operations, and look at how they were called. They name them without arguments, for that is said after it.",
    bad: {
      "page.ops": inner,
      "page.test.ops": `import { publish, http } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect http.put(url: "http://a/") called
}
`,
    },
    good: {
      "page.ops": inner,
      "page.test.ops": `import { publish, http } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect http.put called with { url: "http://a/" }
}
`,
    },
    fix: "Name the operation alone, such as http.put.",
  },
  "run-no-action": {
    title: "A test that runs something other than an action",
    why: "Only an action is planned, approved and run. A single operation of a provider is not what people ask for.",
    bad: {
      "page.ops": inner,
      "page.test.ops": `import { http } from "./page.ops"

test "it publishes" {
  run http.put(url: "http://a/") by "dana@example.com"
  expect http.put called
}
`,
    },
    good: {
      "page.ops": inner,
      "page.test.ops": `import { publish, http } from "./page.ops"

test "it publishes" {
  run publish(url: "http://a/") by "dana@example.com"
  expect http.put called
}
`,
    },
    fix: "Import the action and run it.",
  },
  "import-of-test": {
    title: "An import from a file of tests",
    why: "Whatever is imported becomes part of what runs. Values made up for a test have no place there.",
    bad: {
      "page.ops": `import { url } from "./page.test.ops"
use http

action ping() {
  step get = http.get(url: url)
}
`,
      "page.test.ops": `let url = "http://a/"
`,
    },
    good: {
      "page.ops": `import { url } from "./urls.ops"
use http

action ping() {
  step get = http.get(url: url)
}
`,
      "urls.ops": `let url = "http://a/"
`,
    },
    fix: "Move what both need into a file of its own.",
  },
  "override-not-soft": {
    title: "An override of what nobody may override",
    why: "A soft guardrail refuses unless somebody takes it on themselves. A hard one has no exception, and an advisory one refuses nothing. An override there would promise what never happens.",
    bad: `approver sre { members = ["ana@example.com", "ben@example.com"] }

guardrail small {
  enforcement = hard
  override by sre
  require plan.writes.count <= 10
}
`,
    good: `approver sre { members = ["ana@example.com", "ben@example.com"] }

guardrail small {
  enforcement = soft
  override by sre
  require plan.writes.count <= 10
}
`,
    fix: "Say enforcement = soft, or take the override away.",
  },
} satisfies Record<string, Page>;
