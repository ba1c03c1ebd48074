/** Pages about approvers, guardrails and what is never used or never decided. */
import type { Page } from "./page.ts";

export const policyPages = {
  "approver-empty": {
    title: "An approver nobody belongs to",
    why: "What such an approver has to approve can never be approved. It stops on the day it is needed.",
    bad: `approver sre { title = "Site reliability" }
`,
    good: `approver sre {
  title   = "Site reliability"
  members = ["ana@example.com", "ben@example.com"]
}
`,
    fix: "Add members, or include another approver.",
  },
  "quorum-unreachable": {
    title: "More approvals than there are approvers",
    why: "An approval that can never be complete stops the action for ever, on the worst day. It is found here by counting.",
    bad: `approver sre { members = ["ana@example.com", "ben@example.com"] }

action drill() {
  approve by sre { quorum = 3 }
}
`,
    good: `approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }

action drill() {
  approve by sre { quorum = 2 }
}
`,
    fix: "Lower the quorum, or add members.",
  },
  "quorum-tight": {
    title: "A quorum that needs every member",
    why: "Who asks for an action cannot approve it. If every member is needed, none of them can ask for it, and one on holiday stops it.",
    bad: `approver sre { members = ["ana@example.com", "ben@example.com"] }

action drill() {
  approve by sre { quorum = 2 }
}
`,
    good: `approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }

action drill() {
  approve by sre { quorum = 2 }
}
`,
    fix: "Add a member, or lower the quorum.",
  },
  "approvers-overlap": {
    title: "Groups that cannot be filled by different people",
    why: "`by all of` asks each group, and who belongs to several counts for each of them. Where there are not enough different people, the same one speaks for two groups every time, and the second pair of eyes is the first.",
    bad: `approver sre { members = ["ana@example.com", "ben@example.com"] }
approver security { members = ["ana@example.com", "ben@example.com"] }
approver owners { members = ["ben@example.com", "ana@example.com"] }

action drill() {
  approve by all of [sre, security, owners]
}
`,
    good: `approver sre { members = ["ana@example.com", "ben@example.com"] }
approver security { members = ["ana@example.com", "cleo@example.com"] }
approver owners { members = ["ben@example.com", "dana@example.com"] }

action drill() {
  approve by all of [sre, security, owners]
}
`,
    fix: "Add members who belong to one of the groups only. Where one person may speak for both, `by any of` says so.",
  },
  "guardrail-matches-nothing": {
    title: "A guardrail that no action can be judged by",
    why: "A policy that matches nothing protects nothing, and nobody notices. It happens when an input is renamed and the guardrail is not, or when an action may do without it and the guardrail says that it is always there.",
    bad: `guardrail reason_given {
  applies to action with { reason: string }
  require reason.length >= 10 else "say why"
}

action drill(reason?: string) { title = "Drill: \${reason ?? "no reason"}" }
`,
    good: `guardrail reason_given {
  applies to action with { reason: string }
  require reason.length >= 10 else "say why"
}

action drill(reason: string) { title = "Drill: \${reason}" }
`,
    fix: "Name inputs that an action has, with types that fit: an input of type string? does not fit string.",
  },
  "guardrail-without-require": {
    title: "A guardrail that requires nothing",
    why: "It would be shown as passed with every plan, and never say no.",
    bad: `guardrail small_changes {
  applies to action
  enforcement = hard
}
`,
    good: `guardrail small_changes {
  applies to action
  enforcement = hard
  require plan.writes.count <= 10 else "at most ten changes at once"
}
`,
    fix: "Add require and a condition.",
  },
  "guardrail-decided": {
    title: "A guardrail that does not depend on anything",
    why: "A rule that always holds protects nothing, though plans show it as passed. One that never holds stops everything.",
    bad: `let most = 10

guardrail small_changes {
  require most <= 10 else "at most ten changes at once"
}
`,
    good: `let most = 10

guardrail small_changes {
  require plan.writes.count <= most else "at most ten changes at once"
}
`,
    fix: "Let it depend on the action, its inputs, the plan or the run.",
  },
  "when-decided": {
    title: "A condition that is always so, or never",
    why: "A step that never runs looks like a safeguard in the file and is none. A condition that always holds hides that it was meant to choose.",
    bad: `use http
let careful = false

action ping(url: string) {
  step probe = http.get(url: url) when careful
}
`,
    good: `use http

action ping(url: string, careful: bool = false) {
  step probe = http.get(url: url) when careful
}
`,
    fix: "Let it depend on an input, a fact or a result, or take it away.",
  },
  "unused-name": {
    title: "A name that nothing uses",
    why: "An input that changes nothing misleads whoever fills it in. An unused fact or import makes a reviewer look for what it does.",
    bad: `action greet(name: string, greeting: string) {
  title = "Hello \${name}"
}
`,
    good: `action greet(name: string, greeting: string) {
  title = "\${greeting} \${name}"
}
`,
    fix: "Use it or take it away. A name that begins with an underscore says that it is meant to be unused.",
  },
} satisfies Record<string, Page>;
