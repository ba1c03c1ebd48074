/** Pages about effects, undo, secrets and statements. */
import type { Page } from "./page.ts";

export const effectPages = {
  misplaced: {
    title: "A statement where it may not stand",
    why: "Each block holds the statements that mean something there. A require in a step, or a property in the middle of a for, would be read and never carried out.",
    bad: `use http

action ping(url: string) {
  step answer = http.get(url: url) { require answer.status == 200 }
}
`,
    good: `use http

action ping(url: string) {
  check answer = http.get(url: url) { require it.status == 200 }
}
`,
    fix: "Move it to a block that may hold it, or take it away.",
  },
  "duplicate-statement": {
    title: "Something that may be said once is said twice",
    why: "Of two timeouts one is ignored, and the reader cannot tell which. The same holds for two rollbacks of a step.",
    bad: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeout = 5s  timeout = 50s }
}
`,
    good: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeout = 5s }
}
`,
    fix: "Keep one of them.",
  },
  "write-without-rollback": {
    title: "A change that does not say how it is undone",
    why: "When a later step fails, everything that has started is undone. A change that nobody can undo must be a decision that a reviewer sees, not an omission. The same goes for one that needs no undoing, such as a restart.",
    bad: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done")
}
`,
    good: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") { rollback auto }
}
`,
    fix: 'Add a rollback: auto where the provider knows how, a call or a block of steps, nothing "why", or say irreversible "why".',
  },
  "reason-empty": {
    title: "A change that is not undone, without a reason",
    why: "That a change cannot be undone, or need not be, is a decision. Its reason is what the reviewer judges, and what the person on call reads when a run has stopped there. An empty text is a decision nobody took.",
    bad: `use file

action note(text: string) {
  step write = file.write(path: "note.txt", content: text) { irreversible "" }
}
`,
    good: `use file

action note(text: string) {
  step write = file.write(path: "note.txt", content: text) { irreversible "the old note is not kept" }
}
`,
    fix: "Say in words why it cannot be undone, or why there is nothing to undo.",
  },
  "message-empty": {
    title: "A message that says nothing",
    why: "When a requirement does not hold, its message is all that the person who asked for the run sees. Without a message the condition itself is shown; an empty one hides even that.",
    bad: `action scale(replicas: int) {
  require replicas <= 10 else ""
}
`,
    good: `action scale(replicas: int) {
  require replicas <= 10 else "at most 10 replicas: \${replicas} asked for"
}
`,
    fix: "Say what does not hold, with the values that matter, or take else away.",
  },
  "rollback-of-read": {
    title: "An undo for a step that changes nothing",
    why: "A step that only reads leaves nothing behind. A rollback on it would do something that belongs to no change.",
    bad: `use file

action show(path: string) {
  step look = file.read(path: path) { rollback nothing "it only reads" }
}
`,
    good: `use file

action show(path: string) {
  step look = file.read(path: path)
}
`,
    fix: "Take it away, or declare the operation with its true effect.",
  },
  "rollback-and-irreversible": {
    title: "A step that can be undone and cannot",
    why: "Undo stops at an irreversible step, since what came before it can no longer be restored. A step that is that and also has a rollback says two things at once.",
    bad: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") {
    rollback auto
    irreversible "others have read it"
  }
}
`,
    good: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") { rollback auto }
}
`,
    fix: "Keep the one that is true.",
  },
  "rollback-only-reads": {
    title: "A rollback that changes nothing",
    why: "After a failure the run would report that everything was undone. If the rollback only reads, nothing was.",
    bad: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") {
    rollback file.read(path: path)
  }
}
`,
    good: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") {
    rollback file.delete(path: path)
  }
}
`,
    fix: 'Name the call that restores what was there, or say rollback nothing "why".',
  },
  "rollback-repeats-step": {
    title: "A rollback that does what the step did",
    why: "Undo goes last-first. Where one step writes a file and the next tells a service to load it, the load is undone first: loading again then would load what is still changed, and the file goes back afterwards with nobody to load it. After the failure the service runs on what was to be undone.",
    bad: `use exec
use file

action configure(path: string, text: string) {
  step write = file.write(path: path, content: text) { rollback auto }
  step load = exec.run(argv: ["systemctl", "reload", "nginx"]) {
    rollback exec.run(argv: ["systemctl", "reload", "nginx"])
  }
}
`,
    good: `use exec
use file

action configure(path: string, text: string) {
  fact before = file.read(path: path)
  step write = file.write(path: path, content: text) {
    rollback {
      step back = file.write(path: path, content: before.content ?? "")
      step load = exec.run(argv: ["systemctl", "reload", "nginx"])
    }
  }
  step load = exec.run(argv: ["systemctl", "reload", "nginx"]) {
    rollback nothing "the rollback of write loads what it has put back"
  }
}
`,
    fix: 'Put the way back and the call together into the rollback of the step whose change it follows, in that order, and write rollback nothing "why" here.',
  },
  "undo-not-offered": {
    title: "rollback auto where the provider cannot undo",
    why: "Some operations can restore what they found, and say so. Of others, such as a request to some service, only you know what reverses them.",
    bad: `use http

action enable(url: string) {
  step switch_on = http.put(url: "\${url}/on") { rollback auto }
}
`,
    good: `use http

action enable(url: string) {
  step switch_on = http.put(url: "\${url}/on") { rollback http.put(url: "\${url}/off") }
}
`,
    fix: "Name the call that undoes it.",
  },
  "fact-writes": {
    title: "A fact that would change something",
    why: "Facts are read while planning, before anybody has approved anything. A plan that changes the world is no plan.",
    bad: `use exec

action restart(host: string) {
  fact done = exec.run(argv: ["restart", host], public: true)
  require done.exit_code == 0
}
`,
    good: `use exec

operation uptime(host: string) -> string {
  effect  = read
  call    = exec.run(argv: ["uptime", host], public: true)
  returns = call.stdout.trim()
}

action restart(host: string) {
  fact up = uptime(host: host)
  require up != "" else "\${host} is not up"
}
`,
    fix: "Make it a step. Where the command truly only reads, declare an operation over it with effect = read.",
  },
  "check-writes": {
    title: "A check that would change something",
    why: "A check is repeated until it holds, perhaps hundreds of times. What it calls must be harmless each time.",
    bad: `use http

action ping(url: string) {
  check up = http.post(url: url) { require it.status == 200 }
}
`,
    good: `use http

action ping(url: string) {
  check up = http.get(url: url) { require it.status == 200 }
}
`,
    fix: "Call a read. Where the request truly only reads, declare an operation over it with effect = read.",
  },
  "check-without-require": {
    title: "A check that can never say no",
    why: "A check waits until its requirements hold. Without one it passes at once, and the plan looks safer than it is.",
    bad: `use http

action ping(url: string) {
  check up = http.get(url: url) { within = 1m }
}
`,
    good: `use http

action ping(url: string) {
  check up = http.get(url: url) {
    require it.status == 200
    within = 1m
  }
}
`,
    fix: "Add require and a condition over `it`, which is what was read.",
  },
  "effect-not-yours": {
    title: "An operation that claims another effect than the provider's",
    why: "A command line or a request can be anything, so its author says what it does. For all else the provider knows, and calling a write a read would let it run before approval.",
    bad: `use file

operation touch(path: string) {
  effect = read
  call   = file.write(path: path, content: "")
}
`,
    good: `use file

operation touch(path: string) {
  call = file.write(path: path, content: "")
}
`,
    fix: "Take the property away.",
  },
  "retry-once": {
    title: "A retry of something that may be done only once",
    why: "When a first try times out nobody knows whether it took place. A second try could charge a customer twice.",
    bad: `use http

action charge(url: string) {
  step pay = http.post(url: url) {
    retry { attempts = 3 }
    irreversible "money has moved"
  }
}
`,
    good: `use http

action charge(url: string) {
  step pay = http.put(url: url) {
    retry { attempts = 3 }
    irreversible "money has moved"
  }
}
`,
    fix: "Take retry away, use an operation that is idempotent or keyed, or declare one with repeat = idempotent if that is the truth.",
  },
  "secret-leak": {
    title: "A secret that would show",
    why: "What reaches a plan, a log, a message or an argument list is read by many and kept for years. Secrets are a type, so that the checker follows them wherever they go.",
    bad: `use exec

action show(host: string) {
  step get = exec.run(argv: ["get-token", host]) { rollback nothing "it only reads" }
  return { token: "token: \${get.stdout}" }
}
`,
    good: `use exec

action show(host: string) {
  step get = exec.run(argv: ["get-status", host], public: true) { rollback nothing "it only reads" }
  return { status: "status: \${get.stdout}" }
}
`,
    fix: "Hand it only to parameters of type secret. Where the output holds no secret, say so with public: true.",
  },
  "secret-in-source": {
    title: "A secret that stands in the source",
    why: "Whoever may read the sources has it, every plan holds it, and version control forgets nothing: it has to be changed once it was committed. A secret is named, and read from where it is kept at the last moment.",
    bad: `use file

action set_password() {
  step set = file.write_secret(path: "app/password", content: "hunter2hunter2") { rollback auto }
}
`,
    good: `use file

secret password from env("APP_PASSWORD")

action set_password() {
  step set = file.write_secret(path: "app/password", content: password) { rollback auto }
}
`,
    fix: "Declare where it is read, or take it as an input of type secret<string>. What everybody may know goes where no secret is asked for: env beside secret_env, json beside secret_json. If it was committed, change it.",
  },
  "secret-withheld": {
    title: "A secret that is handed on and kept by nobody",
    why: "What a provider answers is written down, without its secrets: plans and logs are read by many. A step that starts after a crash has only what is written down, so there would be nothing to hand on. A provider that puts the secret away can answer where, and that is kept.",
    bad: `use exec
use ledger

action enter() {
  step ask   = exec.run(argv: ["pass", "show", "ledger"]) { irreversible "it only asks" }
  step login = ledger.login(password: ask.stdout) { rollback auto }
}
`,
    good: `use ledger

secret ledger_password from exec(argv: ["pass", "show", "ledger"])

action enter() {
  step login = ledger.login(password: ledger_password) { rollback auto }
}
`,
    fix: "Declare where the secret is read, take it as an input, or use an operation that puts it away and answers where.",
  },
  "template-not-literal": {
    title: "Code for another system that is put together elsewhere",
    why: "A query that is built from texts is how injections happen: one value with a quote in it, and the query is another. Such code is written where it is used. What varies stands in it as ${…}: that is handed over apart from the text, and the provider quotes it as its system wants.",
    bad: `use ledger

action count(account: string) {
  let query = "select count(*) from entries where account = \${account}"
  fact rows = ledger.query(sql: query)
  require rows > 0
}
`,
    good: `use ledger

action count(account: string) {
  fact rows = ledger.query(sql: "select count(*) from entries where account = \${account}")
  require rows > 0
}
`,
    fix: "Write the text in place, not a name for it or texts put together, and put what varies into ${…}, without quotes of your own around it.",
  },
  "call-expected": {
    title: "A step, fact or check that calls nothing",
    why: "Steps, facts and checks are what the plan does to the world. Each of them calls one operation, and nothing else does.",
    bad: `action ping(url: string) {
  fact target = url
}
`,
    good: `use http

action ping(url: string) {
  fact target = http.get(url: url)
  require target.status == 200
}
`,
    fix: "Write provider.operation(name: value). For a name for a value use let.",
  },
  "after-unknown": {
    title: "after names something that is no earlier step or check",
    why: "after puts one step behind another that already stands there. A name that is not there orders nothing.",
    bad: `use http

action ping(url: string) {
  step one = http.get(url: url)
  step two = http.get(url: url) after ones
}
`,
    good: `use http

action ping(url: string) {
  step one = http.get(url: url)
  step two = http.get(url: url) after one
}
`,
    fix: "Name a step or check that stands before this one.",
  },
} satisfies Record<string, Page>;
