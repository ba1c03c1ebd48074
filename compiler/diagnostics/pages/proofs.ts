/** Pages about what is proved of whole actions, and of guardrails beside one another. */
import type { Page } from "./page.ts";

export const proofPages = {
  race: {
    title: "Two steps that may run at the same time touch one thing",
    why: "In parallel, and in a batch of more than one, it is chance that decides who comes last. The file ends up with one content today and another tomorrow, and a rerun does not show it. Rollbacks of steps that ran together run together, so they are held to the same.",
    bad: `use file

action publish(text: string) {
  parallel {
    step draft = file.write(path: "page.html", content: text) { rollback auto }
    step final = file.write(path: "./page.html", content: "\${text}!") { rollback auto }
  }
}
`,
    good: `use file

action publish(text: string) {
  parallel {
    step draft = file.write(path: "draft.html", content: text) { rollback auto }
    step final = file.write(path: "page.html", content: "\${text}!") { rollback auto }
  }
}
`,
    fix: "Let them follow one another, or let each touch its own.",
  },
  "race-possible": {
    title: "Elements of a batch that nothing tells apart",
    why: "The elements of a loop differ in their key, and maybe in nothing else. What is named by another field may be the same for two of them, and in a batch they run at the same time. The plan is refused as soon as two meet, on the day when the list first has such two.",
    bad: `use file

action mark(hosts: list<{ name: string, pool: string }>) {
  for host in hosts key host.name batch 2 {
    step note = file.write(path: "pools/\${host.pool}", content: host.name) { rollback auto }
  }
}
`,
    good: `use file

action mark(hosts: list<{ name: string, pool: string }>) {
  for host in hosts key host.name batch 2 {
    step note = file.write(path: "pools/\${host.pool}/\${host.name}", content: host.name) { rollback auto }
  }
}
`,
    fix: "Name what each element touches by its key, make what differs the key, or go without batch.",
  },
  "rollback-reads-missing": {
    title: "A rollback that reads what may not exist",
    why: "A step that timed out or crashed may have taken place, so it is undone too, and then there is no result of it. A rollback that needs one fails at the moment it is needed, and what it should undo stays.",
    bad: `use http

action rent(url: string) {
  step server = http.put(url: url) { rollback http.delete(url: "\${url}/\${server.body}") }
}
`,
    good: `use http

action rent(url: string) {
  step server = http.put(url: url) { rollback http.delete(url: "\${url}/\${server?.body ?? "latest"}") }
}
`,
    fix: "Read the step's own result with ?. and say what stands in for it, or undo by what is known before: inputs, facts and earlier steps.",
  },
  "rollback-may-fail": {
    title: "A rollback that computes something that may fail",
    why: "What a rollback computes from results is computed after the failure. If the list is shorter than thought, or the text is no number, the change is not undone. The same computation in the step itself fails before anything was done.",
    bad: `use http

action rent(url: string) {
  step plan = http.get(url: url)
  step server = http.put(url: "\${url}/new") {
    rollback http.delete(url: plan.body.lines()[0])
  }
}
`,
    good: `use http

action rent(url: string) {
  step plan = http.get(url: url)
  step server = http.put(url: plan.body.lines()[0]) {
    rollback http.delete(url: plan.body.lines()[0])
  }
}
`,
    fix: "Compute it in the step or before it, or say with ?? what stands in for a missing value.",
  },
  "fact-after-write": {
    title: "A fact that stands after the write it seems to see",
    why: "Facts are read when the action is planned, all of them, before anything is changed. One that stands below a step that changes the same thing shows what was there before, not what the step has made of it.",
    bad: `use file

action rename(path: string) {
  step write = file.write(path: path, content: "new") { rollback auto }
  fact written = file.read(path: path)
  require written.content == "new"
}
`,
    good: `use file

action rename(path: string) {
  step write = file.write(path: path, content: "new") { rollback auto }
  check written = file.read(path: path) { require it.content == "new" }
}
`,
    fix: "To see what the step has made, use a step or a check; to see what was there before, move the fact above the step.",
  },
  "irreversible-early": {
    title: "A point of no return before steps that can still fail",
    why: "Undo goes back to the last step that cannot be undone, and no further. If a later step fails, everything before the point of no return stays as it is: half of the change, for somebody to mend.",
    bad: `use http
use file

action retire(url: string) {
  step drop = http.delete(url: url) { irreversible "the data is gone" }
  step note = file.write(path: "retired", content: url) { rollback auto }
}
`,
    good: `use http
use file

action retire(url: string) {
  step note = file.write(path: "retired", content: url) { rollback auto }
  step drop = http.delete(url: url) { irreversible "the data is gone" }
}
`,
    fix: "Do what cannot be undone last.",
  },
  "worst-case-too-long": {
    title: "Steps that may take longer than their action",
    why: "Each step has its own time, with its attempts and pauses. When the action's timeout is shorter than all of them together, it ends the run while a step still does what it was given time for. Only times that are written count here.",
    bad: `use http

action warm(url: string) {
  timeout = 2m
  step first = http.get(url: url) {
    timeout = 1m
    retry { attempts = 3  backoff = 5s..10s }
  }
}
`,
    good: `use http

action warm(url: string) {
  timeout = 5m
  step first = http.get(url: url) {
    timeout = 1m
    retry { attempts = 3  backoff = 5s..10s }
  }
}
`,
    fix: "Give the action the time its steps may need, or the steps less.",
  },
  "window-too-short": {
    title: "Steps that may take longer than their window is ever open",
    why: "A window says when a run may write. If the steps are given more time than the window is open at a stretch, a slow run finds it closed before the last step, fails, and undoes what it did. Only times that are written count here.",
    bad: `use http

window lunch {
  timezone = "Europe/Berlin"
  allow mon..fri 12:00..13:00
}

action warm(url: string) {
  window = lunch
  step put = http.put(url: url) {
    timeout = 2h
    rollback nothing "it is put again"
  }
}
`,
    good: `use http

window lunch {
  timezone = "Europe/Berlin"
  allow mon..fri 12:00..13:00
}

action warm(url: string) {
  window = lunch
  step put = http.put(url: url) {
    timeout = 30m
    rollback nothing "it is put again"
  }
}
`,
    fix: "Split the action, give its steps less time, or choose a window that is open for longer.",
  },
  "lease-too-short": {
    title: "A lease that may end before the run does",
    why: "A lease counts from the success of its step, and when it is over the rollback runs by itself. If the steps after it may take longer, they lose in the middle what they build on. Only times that are written count here.",
    bad: `use http

action look_into(url: string) {
  step grant = http.put(url: "\${url}/grant") {
    lease = 10m
    rollback http.delete(url: "\${url}/grant")
  }
  step dump = http.get(url: "\${url}/dump") { timeout = 1h }
}
`,
    good: `use http

action look_into(url: string) {
  step grant = http.put(url: "\${url}/grant") {
    lease = 2h
    rollback http.delete(url: "\${url}/grant")
  }
  step dump = http.get(url: "\${url}/dump") { timeout = 1h }
}
`,
    fix: "Make the lease longer than the worst case of what comes after it.",
  },
  "lock-let-go": {
    title: "An approval in the middle lets the lock go",
    why: "A lock is held from the first write until undo is over, but not while the run waits for people, which may take days. Another run may take the lock then and change what this one has half done; facts and guardrails are checked again afterwards, results of steps are not. Locks cannot deadlock: all of a run, those of the actions it runs too, are taken at once and in one order.",
    bad: `use file

approver ops { members = ["ana@example.com", "ben@example.com"] }

action move(name: string) {
  lock = ["host/\${name}"]
  step drain = file.write(path: "pool/\${name}", content: "out") { rollback auto }
  approve by ops
  step back = file.write(path: "done/\${name}", content: "in") { rollback auto }
}
`,
    good: `use file

approver ops { members = ["ana@example.com", "ben@example.com"] }

action move(name: string) {
  lock = ["host/\${name}"]
  approve by ops
  step drain = file.write(path: "pool/\${name}", content: "out") { rollback auto }
  step back = file.write(path: "done/\${name}", content: "in") { rollback auto }
}
`,
    fix: "Ask before the first write, or make two actions of it, each with its lock.",
  },
  "check-never-holds": {
    title: "A check that has less time than it must hold",
    why: "It must hold without a break for the whole of hold, and it has only within to do so. It fails every run.",
    bad: `use http

action look(url: string) {
  check up = http.get(url: url) {
    require it.status == 200
    hold   = 5m
    within = 1m
  }
}
`,
    good: `use http

action look(url: string) {
  check up = http.get(url: url) {
    require it.status == 200
    hold   = 1m
    within = 5m
  }
}
`,
    fix: "Make within longer than hold.",
  },
  "guardrail-contradicts": {
    title: "Two guardrails that no action can meet",
    why: "An action that both apply to is refused whatever it does. Nobody wrote that, and it is noticed when the action is needed.",
    bad: `guardrail small { applies to action  require plan.writes.count <= 5 else "at most five" }
guardrail large { applies to action  require plan.writes.count >= 10 else "at least ten" }
`,
    good: `guardrail small { applies to action when action.risk == high  require plan.writes.count <= 5 else "at most five" }
guardrail large { applies to action when action.risk == low  require plan.writes.count >= 10 else "at least ten" }
`,
    fix: "Let them apply to different actions, or agree on what is allowed.",
  },
  "guardrail-shadowed": {
    title: "A guardrail that another makes idle",
    why: "The stricter of two guardrails over the same actions refuses all that the other would. Whoever loosens or tightens the idle one believes to have changed something.",
    bad: `guardrail ten { applies to action  require plan.writes.count <= 10 else "at most ten" }
guardrail twenty { applies to action  require plan.writes.count <= 20 else "at most twenty" }
`,
    good: `guardrail ten { applies to action  require plan.writes.count <= 10 else "at most ten" }
`,
    fix: "Take it away, or make it the stricter one.",
  },
} satisfies Record<string, Page>;
