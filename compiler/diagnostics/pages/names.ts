/** Pages about names. */
import type { Page } from "./page.ts";

export const namePages = {
  "unknown-name": {
    title: "A name that is declared nowhere in reach",
    why: "A misspelt name is found when the file is checked and not in the middle of a change. Names declared inside a block are known in that block only.",
    bad: `action greet(name: string) {
  title = "Hello \${nam}"
}
`,
    good: `action greet(name: string) {
  title = "Hello \${name}"
}
`,
    fix: "Correct the spelling, declare the name before its use, or import it from the file that declares it.",
  },
  "unknown-type": {
    title: "A type that does not exist",
    why: "Types are what keeps a duration from being read as a number and one environment from being taken for another. An unknown one checks nothing.",
    bad: `action scale(replicas: integer) {
  title = "Scale to \${replicas}"
}
`,
    good: `action scale(replicas: int) {
  title = "Scale to \${replicas}"
}
`,
    fix: "Use a built-in type such as string, int or duration, or declare one with type or enum.",
  },
  "unknown-provider": {
    title: "A provider nobody has configured",
    why: "A provider is what reaches the outside world. Which ones a project uses stands in its configuration, so that a file alone cannot bring in code.",
    bad: `use htpp
`,
    good: `use http

action ping(url: string) {
  step look = http.get(url: url)
}
`,
    fix: "Correct the spelling, or name the provider's package under `providers` in opsc.config.json.",
  },
  "unknown-operation": {
    title: "An operation the provider does not have",
    why: "Every call is checked against the provider's manifest, so that a plan never holds a step that cannot run.",
    bad: `use file

action show(path: string) {
  step look = file.raed(path: path)
}
`,
    good: `use file

action show(path: string) {
  step look = file.read(path: path)
}
`,
    fix: "Correct the name; the provider's documentation lists its operations.",
  },
  "unknown-field": {
    title: "A field the value does not have",
    why: "Reading a field that is not there would give nothing at all, deep inside a run. Here it is an error of the file.",
    bad: `use file

action show(path: string) {
  fact found = file.read(path: path)
  require found.exist else "there is no \${path}"
}
`,
    good: `use file

action show(path: string) {
  fact found = file.read(path: path)
  require found.exists else "there is no \${path}"
}
`,
    fix: "Correct the name of the field, or add it to the record's type.",
  },
  "unknown-method": {
    title: "A method the value does not have",
    why: "The methods of the language are few and total, so that a plan can be computed without running anybody's code.",
    bad: `let hosts = ["web-1", "web-2"]
let _count = hosts.size()
`,
    good: `let hosts = ["web-1", "web-2"]
let _count = hosts.length
`,
    fix: "Use one of the methods that values of this type have.",
  },
  "unknown-member": {
    title: "No such member of the enum",
    why: "An enum lists all there is. A word that is none of them would select nothing, or the wrong environment.",
    bad: `enum Env { staging, production }

action deploy(env: Env = prod) {
  title = "Deploy to \${env}"
}
`,
    good: `enum Env { staging, production }

action deploy(env: Env = production) {
  title = "Deploy to \${env}"
}
`,
    fix: "Use a member as declared, or add it to the enum.",
  },
  "unknown-property": {
    title: "A property the block does not have",
    why: "A misspelt `timeout` that is silently ignored is a step without a limit. Every property of every block is known.",
    bad: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeuot = 5s }
}
`,
    good: `use http

action ping(url: string) {
  step call = http.get(url: url) { timeout = 5s }
}
`,
    fix: "Correct the name, or take the property away.",
  },
  "unknown-argument": {
    title: "An argument the operation does not take",
    why: "An argument that is ignored is a wish that is not carried out. The plan would show a change other than the one made.",
    bad: `use file

action note(path: string) {
  step write = file.write(path: path, text: "done") { rollback auto }
}
`,
    good: `use file

action note(path: string) {
  step write = file.write(path: path, content: "done") { rollback auto }
}
`,
    fix: "Use the parameter names of the operation; the message suggests the nearest.",
  },
  "duplicate-name": {
    title: "Two things of one name",
    why: "One name for one thing: with two, a reader has to know which of them is meant where, and a reviewer has to find out. That holds for inner blocks too, where a name would hide the one around it.",
    bad: `let region = "eu"
let region = "us"
`,
    good: `let _region = "eu"
let _fallback = "us"
`,
    fix: "Give one of them another name.",
  },
  "ambiguous-member": {
    title: "A name that is also a member of the enum expected here",
    why: "A bare word where an enum is expected means its member. If it is also the name of an input, the reader cannot tell `staging`, the environment, from `staging`, the input.",
    bad: `enum Env { staging, production }

action deploy(staging: string, env: Env) {
  title = env == staging ? "Try \${staging}" : "Deploy"
}
`,
    good: `enum Env { staging, production }

action deploy(version: string, env: Env) {
  title = env == staging ? "Try \${version}" : "Deploy"
}
`,
    fix: "Write the enum's name before the member (`Env.staging`), or rename the other.",
  },
  "import-not-found": {
    title: "An import of a file that is not there",
    why: "Without the file nothing it declares can be checked, neither the approvers nor the limits it may hold.",
    bad: {
      "main.ops": `import { sre } from "./orgs.ops"\n`,
      "org.ops": `approver sre { members = ["ana@example.com"] }\n`,
    },
    good: {
      "main.ops": `import { sre } from "./org.ops"

action drill() { owner = sre }
`,
      "org.ops": `approver sre { members = ["ana@example.com"] }\n`,
    },
    fix: "Correct the path. It starts from the importing file and ends in .ops.",
  },
  "import-name-missing": {
    title: "An import of a name the file does not declare",
    why: "A name is imported from the file that declares it, so that a reader finds it in one step.",
    bad: {
      "main.ops": `import { sres } from "./org.ops"\n`,
      "org.ops": `approver sre { members = ["ana@example.com"] }\n`,
    },
    good: {
      "main.ops": `import { sre } from "./org.ops"

action drill() { owner = sre }
`,
      "org.ops": `approver sre { members = ["ana@example.com"] }\n`,
    },
    fix: "Correct the name, or import it from where it is declared.",
  },
  "import-cycle": {
    title: "Files that import each other",
    why: "Files that need each other cannot be read, reviewed or owned one by one. What they share belongs in a third file that both import.",
    bad: {
      "a.ops": `import { two } from "./b.ops"
let one = 1
let _sum = one + two
`,
      "b.ops": `import { one } from "./a.ops"
let two = 2
let _sum = one + two
`,
    },
    good: {
      "a.ops": `import { one, two } from "./numbers.ops"
let _sum = one + two
`,
      "numbers.ops": `let one = 1
let two = 2
`,
    },
    fix: "Move what both files need into a file of its own.",
  },
  "definition-cycle": {
    title: "Something that is defined by itself",
    why: "The language has no recursion, so that every plan is finite and its size known. A value that needs itself has none.",
    bad: `let first = second + 1
let second = first + 1
`,
    good: `let first = 1
let _second = first + 1
`,
    fix: "Break the circle: one of them has to be written without the others.",
  },
  "instance-differs": {
    title: "One name for two differently configured systems",
    why: "A plan shows the name of the system a step touches. If that name means one host here and another there, the reviewer approves something else than what runs.",
    bad: {
      "a.ops": `use http as api { base_url = "https://eu.example.com" }
action look_eu() { step look = api.get(url: "/health") }
`,
      "b.ops": `use http as api { base_url = "https://us.example.com" }
action look_us() { step look = api.get(url: "/health") }
`,
    },
    good: {
      "a.ops": `use http as api_eu { base_url = "https://eu.example.com" }
action look_eu() { step look = api_eu.get(url: "/health") }
`,
      "b.ops": `use http as api_us { base_url = "https://us.example.com" }
action look_us() { step look = api_us.get(url: "/health") }
`,
    },
    fix: "Give one of them another name, or declare it once and import it.",
  },
  "naming-style": {
    title: "A name not written as names are",
    why: "Types and enums are in PascalCase, everything else in snake_case. One look then tells a type from a value, in files, plans and logs alike.",
    bad: `let maxReplicas = 50

action scale(replicas: int where replicas <= maxReplicas) { title = "Scale to \${replicas}" }
`,
    good: `let max_replicas = 50

action scale(replicas: int where replicas <= max_replicas) { title = "Scale to \${replicas}" }
`,
    fix: "Rename it as suggested, and everything that uses it.",
  },
} satisfies Record<string, Page>;
