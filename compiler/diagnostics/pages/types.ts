/** Pages about types and shapes. */
import type { Page } from "./page.ts";

export const typePages = {
  "type-mismatch": {
    title: "A value of another type than is expected",
    why: "Types are held apart so that seconds are not taken for minutes and text not for a list. Nothing is converted silently, but int to decimal and a value to an optional one.",
    bad: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeout = 30 }
}
`,
    good: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeout = 30s }
}
`,
    fix: "Write a value of the type expected, with its unit, or convert it with a method such as to_int().",
  },
  "operator-types": {
    title: "An operator between types it does not go between",
    why: "Arithmetic is typed by unit: a duration times a number is a duration, a duration plus a number is nothing. What has no meaning is refused before it has an effect.",
    bad: `let _limit = 5m + 30
`,
    good: `let _limit = 5m + 30s
`,
    fix: "Give both sides fitting types: add the unit, or divide two of one unit to get a plain number.",
  },
  "optional-use": {
    title: "A value that may be none, used as if it were there",
    why: "What may be absent is absent one day, usually the worst. The language makes you say what happens then, where it is used.",
    bad: `use file

action show(path: string) {
  fact found = file.read(path: path)
  require found.content.length > 0 else "\${path} is empty"
}
`,
    good: `use file

action show(path: string) {
  fact found = file.read(path: path)
  require (found.content ?? "").length > 0 else "\${path} is empty"
}
`,
    fix: "Use `?.` to read on, or `??` to say what stands in for none.",
  },
  "missing-argument": {
    title: "An argument that the operation needs is not given",
    why: "A call without it cannot be made, and a default would be somebody's guess about your system.",
    bad: `use file

action note(path: string) {
  step write = file.write(path: path) { rollback auto }
}
`,
    good: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") { rollback auto }
}
`,
    fix: "Add the arguments that the message names.",
  },
  "missing-property": {
    title: "A property that the block needs is not there",
    why: "Some properties have no sensible default: how often to try, for one. Leaving them out is refused and not guessed.",
    bad: `use http

action ping(url: string) {
  step call = http.get(url: url) {
    retry { backoff = 1s..10s }
  }
}
`,
    good: `use http

action ping(url: string) {
  step call = http.get(url: url) {
    retry { attempts = 3  backoff = 1s..10s }
  }
}
`,
    fix: "Add the property that the message names.",
  },
  "missing-field": {
    title: "A record without a field its type has",
    why: "Everything that reads the record relies on its fields. A gap found here is not found by a step that is already running.",
    bad: `type Service = { name: string, port: int }
let _web: Service = { name: "web" }
`,
    good: `type Service = { name: string, port: int }
let _web: Service = { name: "web", port: 8080 }
`,
    fix: "Add the field, or make it optional in the type (`port?: int`).",
  },
  "duplicate-field": {
    title: "A field, member or argument given twice",
    why: "Of two values for one field one is wrong, and the reader cannot tell which one counts.",
    bad: `let _web = { name: "web", port: 80, port: 8080 }
`,
    good: `let _web = { name: "web", port: 8080 }
`,
    fix: "Keep one of them.",
  },
  "not-callable": {
    title: "A call of something that is no operation",
    why: "Only operations of providers, and the team's own over them, reach the outside world. Everything else is a value.",
    bad: `let web = "web-1"

action restart() {
  step go = web.restart()
}
`,
    good: `use exec

action restart(host: string) {
  step go = exec.run(argv: ["restart", host]) { rollback nothing "a restart needs none" }
}
`,
    fix: "Call an operation of a provider brought in with use.",
  },
  "not-a-value": {
    title: "A name that is no value, used as one",
    why: "Types, providers and operations are names for other things than values. Where a value is meant, one has to stand.",
    bad: `use http

action ping() {
  title = "Ping with \${http}"
}
`,
    good: `action ping(host: string) {
  title = "Ping \${host}"
}
`,
    fix: "Use a value, such as an input, a let, or a member of the enum (`Env.staging`).",
  },
  "not-a-list": {
    title: "A for over something that is neither list nor map",
    why: "A for becomes one group of steps for each element, all of them shown in the plan. That needs a list or a map.",
    bad: `use http

action ping(host: string) {
  for each in host {
    step call = http.get(url: "https://\${each}")
  }
}
`,
    good: `use http

action ping(hosts: list<string>) {
  for each in hosts {
    step call = http.get(url: "https://\${each}")
  }
}
`,
    fix: "Go over a list or a map; write [x] for a list of one.",
  },
  "key-taken": {
    title: "A map to choose from whose records have a field named key",
    why: "A member chosen from a map, or met by a for, is a record with its key as .key. If the records have a field of that name, one would stand for the other, and a plan could name the wrong host.",
    bad: `use http

type Host = { key: string, url: string }
let hosts: map<Host> = { web: { key: "k-17", url: "https://web.example.com" } }

action ping(host: one of hosts) {
  step call = http.get(url: host.url)
}
`,
    good: `use http

type Host = { asset: string, url: string }
let hosts: map<Host> = { web: { asset: "k-17", url: "https://web.example.com" } }

action ping(host: one of hosts) {
  step call = http.get(url: host.url)
}
`,
    fix: "Give the field another name.",
  },
  "member-in-text": {
    title: "A member of a map in a text, all of it",
    why: 'A member that is chosen from a map, or met by a for, is a record: its fields, and its key as .key. In a text such a record is written as JSON, so a path or a name that was to hold web holds {"key":"web","port":80} instead. That is an ordinary text to whatever it is handed to, which may well make a file of that name.',
    bad: `use file

let services = { web: { port: 80 }, db: { port: 5432 } }

action note(service: one of services) {
  step write = file.write(path: "notes/\${service}.txt", content: "seen") { rollback auto }
}
`,
    good: `use file

let services = { web: { port: 80 }, db: { port: 5432 } }

action note(service: one of services) {
  step write = file.write(path: "notes/\${service.key}.txt", content: "seen") { rollback auto }
}
`,
    fix: "Write the field that is meant: .key for the key it stands under. Where all of it is wanted as JSON, say so with an opsc-allow.",
  },
  "range-empty": {
    title: "A range that ends before it begins",
    why: "Both ends of a range belong to it, and the lower one is written first. Nothing is ever in a range the other way round, so a limit written like that refuses every value.",
    bad: `type Replicas = int where it in 50..1 else "between 1 and 50"
let _least: Replicas? = none
`,
    good: `type Replicas = int where it in 1..50 else "between 1 and 50"
let _least: Replicas? = none
`,
    fix: "Write the lower end first.",
  },
  "wrong-argument-count": {
    title: "Too many or too few arguments of a method or type",
    why: "Methods and generic types take a fixed number of arguments. A missing one would leave the result to chance.",
    bad: `let _words = "a b c".split()
`,
    good: `let _words = "a b c".split(" ")
`,
    fix: "Give the arguments that the message names.",
  },
  "label-needed": {
    title: "An argument of an operation without its name",
    why: "A reviewer sees what each value is for, without looking up the order of parameters. It also keeps two texts from being swapped.",
    bad: `use file

action show(path: string) {
  step look = file.read(path)
}
`,
    good: `use file

action show(path: string) {
  step look = file.read(path: path)
}
`,
    fix: "Write name: value.",
  },
  "lambda-expected": {
    title: "A method that takes a function got a value",
    why: "Methods such as map and filter ask a question of each element. The question is written as a function of the element.",
    bad: `let hosts = ["web-1", "db-1"]
let _web = hosts.filter(true)
`,
    good: `let hosts = ["web-1", "db-1"]
let _web = hosts.filter(h => h.starts_with("web"))
`,
    fix: "Write a function, such as x => x.name.",
  },
  "bad-pattern": {
    title: "A pattern that is not understood",
    why: "Patterns are regular expressions that are matched in a time known beforehand, whatever the text. What makes some of them run for hours, references back and looking around, is left out.",
    bad: `action greet(name: string where name.matches("[a-z+")) {
  require name != "root"
}
`,
    good: `action greet(name: string where name.matches("[a-z]+")) {
  require name != "root"
}
`,
    fix: "Use characters, sets such as [a-z], groups, alternatives and repetitions only.",
  },
  "match-incomplete": {
    title: "A match that does not say what to do for every case",
    why: "The case nobody thought of is the one that comes. A match over an enum has to name each member, so that a new member makes the checker point at every place to look at.",
    bad: `enum Env { staging, production }

action deploy(env: Env) {
  title = match env { staging => "Try" }
}
`,
    good: `enum Env { staging, production }

action deploy(env: Env) {
  title = match env { staging => "Try", production => "Deploy" }
}
`,
    fix: "Add the arms that are missing, or `_ =>` for all the rest.",
  },
  "match-unreachable": {
    title: "An arm of a match that is never taken",
    why: "An arm that an earlier one hides looks as if it did something. A reader relies on it in vain.",
    bad: `enum Env { staging, production }

action deploy(env: Env) {
  title = match env { staging => "Try", _ => "Deploy", production => "Release" }
}
`,
    good: `enum Env { staging, production }

action deploy(env: Env) {
  title = match env { staging => "Try", production => "Release" }
}
`,
    fix: "Take it away, or move it before the arm that hides it.",
  },
  "not-constant": {
    title: "Something that must be known when the file is checked, and is not",
    why: "Who approves, how strict a guardrail is and what an operation does must not depend on the inputs of the day. They are part of what is reviewed.",
    bad: `use exec

operation restart(how: string) {
  effect = how == "hard" ? destroy : write
  call   = exec.run(argv: ["restart", how])
}
`,
    good: `use exec

operation restart(how: string) {
  effect = write
  call   = exec.run(argv: ["restart", how])
}
`,
    fix: "Use literals and lets at the top of files only.",
  },
  "not-known-at-plan": {
    title: "Something the plan must hold, but only the run would know",
    why: "People review the plan: which steps, how many, who approves, how long it may take. What depends on the result of a step is not known then.",
    bad: `use http

action drain(url: string) {
  step status = http.get(url: url)
  for host in status.body.lines() {
    step stop = http.delete(url: "https://\${host}") { irreversible "stopped for good" }
  }
}
`,
    good: `use http

action drain(url: string) {
  fact status = http.get(url: url)
  for host in status.body.lines() {
    step stop = http.delete(url: "https://\${host}") { irreversible "stopped for good" }
  }
}
`,
    fix: "Read it with a fact, which is read while planning, or take it from inputs and lets.",
  },
  "refinement-fails": {
    title: "A value that its own type refuses",
    why: "A type with a where says which values make sense. A constant that breaks it is wrong whatever the inputs, so it is told when the file is checked.",
    bad: `type Replicas = int where it in 1..50 else "between 1 and 50 replicas"

action scale(replicas: Replicas = 80) {
  title = "Scale to \${replicas}"
}
`,
    good: `type Replicas = int where it in 1..50 else "between 1 and 50 replicas"

action scale(replicas: Replicas = 8) {
  title = "Scale to \${replicas}"
}
`,
    fix: "Use a value that the condition allows, or change the condition.",
  },
  "call-in-expression": {
    title: "An operation called within an expression",
    why: "Every call of the outside world is a line of its own in the plan, with its own time limit and its own way to fail. Within an expression nobody would see it.",
    bad: `use file

action show(path: string) {
  require file.read(path: path).exists else "there is no \${path}"
}
`,
    good: `use file

action show(path: string) {
  fact found = file.read(path: path)
  require found.exists else "there is no \${path}"
}
`,
    fix: "Give the call a line of its own: fact to read while planning, step to do something, check to wait for something.",
  },
  "key-needed": {
    title: "A for over records without a key",
    why: "The key names each element in the plan and in the log. It tells the steps of one host from those of another, also after a crash, when the list may come in another order.",
    bad: `use http
let hosts = [{ name: "web-1", url: "https://a" }, { name: "web-2", url: "https://b" }]

action ping() {
  for host in hosts {
    step call = http.get(url: host.url)
  }
}
`,
    good: `use http
let hosts = [{ name: "web-1", url: "https://a" }, { name: "web-2", url: "https://b" }]

action ping() {
  for host in hosts key host.name {
    step call = http.get(url: host.url)
  }
}
`,
    fix: "Add key and something that tells the elements apart, or make the list a map.",
  },
  "evaluation-fails": {
    title: "An expression that has no value",
    why: "Dividing by zero, reading past the end of a list or spelling a number with letters has no answer. There is no special value that would slip through; it is an error where it is written.",
    bad: `let hosts = ["web-1", "web-2"]
let _last = hosts[2]
`,
    good: `let hosts = ["web-1", "web-2"]
let _last = hosts[1]
`,
    fix: "Correct the operands. `.first()`, `.last()` and `.get()` give an optional value where there may be none.",
  },
  "too-large": {
    title: "A value, type or expression that grows without measure",
    why: "A few dozen definitions that each use the last one twice would fill any memory, though every line is short. The checker and the plan keep everything at a size that can be looked at.",
    bad: `type Pair0  = { left: int, right: int }
${Array.from({ length: 16 }, (_, i) => `type Pair${i + 1} = { left: Pair${i}, right: Pair${i} }`).join("\n")}
`,
    good: `type Pair = { left: int, right: int }
type Square = { top: Pair, bottom: Pair }
`,
    fix: "Make it smaller, or use each part once.",
  },
  "empty-enum": {
    title: "An enum without members",
    why: "A type that has no values can be given to nobody. An input of that type can never be filled in.",
    bad: `enum Env {}
`,
    good: `enum Env { staging, production }
`,
    fix: "Add at least one member.",
  },
} satisfies Record<string, Page>;
