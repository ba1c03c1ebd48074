/** Pages about windows, secrets, instances, data files and packages. */
import type { Page } from "./page.ts";

const ENV = `enum Env { staging, production }
`;

export const declarationPages = {
  "unknown-time-zone": {
    title: "A time zone that is none, or does not know summer time",
    why: "A window's hours are hours somewhere. An abbreviation such as CET or an offset such as +01:00 stays the same when clocks change, so that the window is an hour off for half the year.",
    bad: `window business_hours {
  timezone = "CET"
  allow mon..fri 09:00..17:00
}
`,
    good: `window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
}
`,
    fix: "Name a place of the IANA time zone database, or UTC.",
  },
  "window-part": {
    title: "A rule of a window names no time",
    why: "A rule is made of days of the week, dates and times of day. What is none of these says nothing about when the window is open.",
    bad: `window business_hours {
  timezone = "Europe/Berlin"
  allow monday..fri 09:00..17:00
}
`,
    good: `window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
}
`,
    fix: "Write days as mon, tue, wed, thu, fri, sat and sun, dates as 2026-12-24 and times as 09:00.",
  },
  "window-range": {
    title: "A range of a window without a length",
    why: "Dates that end before they begin hold for no day, and a single time is over before anything can run. The rule would look right and do nothing.",
    bad: `window changes {
  timezone = "Europe/Berlin"
  deny 2027-01-03..2026-12-20 because "holiday freeze"
}
`,
    good: `window changes {
  timezone = "Europe/Berlin"
  deny 2026-12-20..2027-01-03 because "holiday freeze"
}
`,
    fix: "Write both ends, of one kind, the earlier date first. Days and times may go round: sat..mon, 22:00..06:00.",
  },
  "window-never-open": {
    title: "A window that is never open",
    why: "An action held to it could never run. It would be found out on the day the action is needed.",
    bad: `window weekend {
  timezone = "Europe/Berlin"
  allow sat..sun
  deny fri..mon because "nobody is there"
}
`,
    good: `window weekend {
  timezone = "Europe/Berlin"
  allow sat..sun
  deny 2026-12-26..2026-12-27 because "holidays"
}
`,
    fix: "Let an allow name a time that no deny takes away.",
  },
  "window-rule-idle": {
    title: "A rule of a window that makes no difference",
    why: "A reader takes each rule for a decision. One that changes nothing was often meant otherwise: another day, another hour.",
    bad: `window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
  deny sat..sun because "weekend"
}
`,
    good: `window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
}
`,
    fix: "Take it away, or correct its days, dates or times.",
  },
  "secret-source": {
    title: "A secret that comes from nowhere it can be kept",
    why: "Sources are read by many, and version control forgets nothing. A secret is named here and read from where it is kept, at the last moment, by the process that needs it.",
    bad: `secret _token from "hunter2"
`,
    good: `secret _token from env("API_TOKEN")
`,
    fix: "Say where it is kept: an environment variable, a file, a vault, or the command of a password manager.",
  },
  "instance-choice": {
    title: "A call that does not say which instance",
    why: "One name stands for a system in each environment. Which of them a step touches is the first thing a reviewer looks for.",
    bad: `${ENV}use http as api per env: Env { base_url = "https://\${env}.example.com" }

action look(env: Env) {
  fact home = api.get(url: "/")
  require home.status == 200 else "\${env} is down"
}
`,
    good: `${ENV}use http as api per env: Env { base_url = "https://\${env}.example.com" }

action look(env: Env) {
  fact home = api[env].get(url: "/")
  require home.status == 200 else "\${env} is down"
}
`,
    fix: "Write the member in brackets after the name.",
  },
  "instance-single": {
    title: "A choice where there is one instance only",
    why: "Brackets after a provider choose the instance for a member of an enum. Where use has no per, there is one for all, and a reader would believe otherwise.",
    bad: `${ENV}use http as api { base_url = "https://example.com" }

action look(env: Env) {
  fact home = api[env].get(url: "/")
  require home.status == 200 else "it is down"
}
`,
    good: `use http as api { base_url = "https://example.com" }

action look() {
  fact home = api.get(url: "/")
  require home.status == 200 else "it is down"
}
`,
    fix: "Take the brackets away, or configure one instance for each member with use … per.",
  },
  "instances-alike": {
    title: "Instances of two environments that reach one system",
    why: "What a plan shows as staging would happen in production. Settings are often copied, and the one value that differs is forgotten.",
    bad: `${ENV}use http as api per env: Env { base_url = "https://example.com" }

action look(env: Env) {
  fact home = api[env].get(url: "/")
  require home.status == 200 else "it is down"
}
`,
    good: `${ENV}use http as api per env: Env { base_url = "https://\${env}.example.com" }

action look(env: Env) {
  fact home = api[env].get(url: "/")
  require home.status == 200 else "it is down"
}
`,
    fix: "Let a setting depend on the member, with match or in its text; or leave per out.",
  },
  "data-unreadable": {
    title: "A data file that cannot be read",
    why: "Data is read when files are checked, from within the project, so that a plan names every file it depends on and can be made again from the same files.",
    bad: {
      "main.ops": `let _hosts = yaml("./host.yaml") as list<string>
`,
      "hosts.yaml": `- web-1
`,
    },
    good: {
      "main.ops": `let _hosts = yaml("./hosts.yaml") as list<string>
`,
      "hosts.yaml": `- web-1
`,
    },
    fix: "Name a file of the project by its path from the file it is written in.",
  },
  "data-syntax": {
    title: "A data file that is not of its format",
    why: "Half a file is worse than none: an inventory that ends early leaves hosts out, a key given twice leaves one of two values to chance, and a freeze that is not understood would freeze nothing.",
    bad: {
      "main.ops": `let _ports = json("./ports.json") as map<int>
`,
      "ports.json": `{ "web": 80, "web": 8080 }
`,
    },
    good: {
      "main.ops": `let _ports = json("./ports.json") as map<int>
`,
      "ports.json": `{ "web": 80, "admin": 8080 }
`,
    },
    fix: "Correct the file where it is pointed at. YAML is read as YAML 1.2, without tags and merge keys; calendars as RFC 5545, as far as the reference says.",
  },
  "data-untyped": {
    title: "Data without a type",
    why: "With a type, a mistake in the file is told where it stands, before anything runs. Without one it would be found by the step that meets it.",
    bad: {
      "main.ops": `let _hosts = yaml("./hosts.yaml")
`,
      "hosts.yaml": `- web-1
`,
    },
    good: {
      "main.ops": `let _hosts = yaml("./hosts.yaml") as list<string>
`,
      "hosts.yaml": `- web-1
`,
    },
    fix: "Write as and the type after the call; the fix proposes the type that the file has now.",
  },
  "data-misplaced": {
    title: "A file read in the middle of something",
    why: "Data belongs to the sources: it is read once, when files are checked, and its digest stands in the plan. Within an action it would look as if it were read when the action runs.",
    bad: {
      "main.ops": `action greet() {
  title = "\${yaml("./hosts.yaml")}"
}
`,
      "hosts.yaml": `- web-1
`,
    },
    good: {
      "main.ops": `let hosts = yaml("./hosts.yaml") as list<string>

action greet() {
  title = hosts.join(", ")
}
`,
      "hosts.yaml": `- web-1
`,
    },
    fix: "Read it with a let at the top of a file, and use the name.",
  },
  "package-not-found": {
    title: "An import of a package that is not there",
    why: "Packages come from npm: their versions stand in the lock file, and every machine has the same. One that is not installed cannot be checked against.",
    bad: `import { business_hours } from "@acme/policies"

action drill() { window = business_hours }
`,
    good: {
      "main.ops": `import { business_hours } from "@acme/policies"

action drill() { window = business_hours }
`,
      "node_modules/@acme/policies/index.ops": `window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
}
`,
    },
    fix: 'Install it with npm, and let its package.json name the file to import: "ops": "./index.ops".',
  },
  "package-broken": {
    title: "A package with an error in it",
    why: "What it declares cannot be relied on, and the files in node_modules are not yours to mend: the next installation would bring the error back.",
    bad: {
      "main.ops": `import { limit } from "@acme/policies"

action drill(count: int where count <= limit) { title = "Drill" }
`,
      "node_modules/@acme/policies/index.ops": `let limit = 10 + "x"
`,
    },
    good: {
      "main.ops": `import { limit } from "@acme/policies"

action drill(count: int where count <= limit) { title = "Drill" }
`,
      "node_modules/@acme/policies/index.ops": `let limit = 10
`,
    },
    fix: "Take another version of the package, or tell those who make it.",
  },
} as const satisfies Record<string, Page>;
