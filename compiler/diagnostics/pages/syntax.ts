/** Pages about the text itself. */
import type { Page } from "./page.ts";

export const syntaxPages = {
  expected: {
    title: "Something is missing here",
    why: "The text stops short of what the language needs, such as a value after an equals sign. Guessing what was meant would be guessing what is to be done to a system.",
    bad: `let region =
`,
    good: `let _region = "eu"
`,
    fix: "Write what the message names at the place it points to.",
  },
  unexpected: {
    title: "Something stands where it has no meaning",
    why: "What the file says here does not fit the language. Leaving it out silently would run something other than what was written and reviewed.",
    bad: `let sizes = [1, 2, 3]
let doubled = [size => size * 2, size => size * 3]
`,
    good: `let sizes = [1, 2, 3]
let _doubled = sizes.map(size => size * 2)
`,
    fix: "Take it away or move it to where it belongs. Functions, for one, are only given to methods such as map and filter.",
  },
  "foreign-form": {
    title: "Something is written as in another language",
    why: "A person who has never seen the language can review a runbook only if each thing is written one way. What other languages write is understood where it can mean one thing, and refused all the same.",
    bad: `let pause = 5 m
`,
    good: `let _pause = 5m
`,
    fix: "Write it as the message says. `opsc check --fix` does so where nothing else can be meant.",
  },
  "unknown-keyword": {
    title: "A line that begins with no word of the language",
    why: "A misspelt `step` is no step: nothing would be run there, and nothing undone. It is read as what it is near to, so that you also see what else is wrong.",
    bad: `appr sre {
  members = ["ana@example.com"]
}
`,
    good: `approver sre {
  members = ["ana@example.com"]
}
`,
    fix: "Write the word in full, as the help has it.",
  },
  unclosed: {
    title: "A brace, bracket or parenthesis is never closed",
    why: "Without its closer nobody can tell where a block ends, and so which steps belong to an action. The checker closes it softly and goes on, so that you also see what else is wrong.",
    bad: `approver sre {
  members = ["ana@example.com"]
`,
    good: `approver sre {
  members = ["ana@example.com"]
}
`,
    fix: "Add the missing closer. The message names the opener it belongs to.",
  },
  unopened: {
    title: "A closing brace, bracket or parenthesis closes nothing",
    why: "One closer too many usually means that a block ends earlier than its author thought. What follows then belongs to something else.",
    bad: `approver sre {
  members = ["ana@example.com"]
}
}
`,
    good: `approver sre {
  members = ["ana@example.com"]
}
`,
    fix: "Take it away, or add the opener it was meant for.",
  },
  "bad-number": {
    title: "Digits that are no number of the language",
    why: "A number that runs into letters could be a unit, a typing error or a name. `10min` read as 10 would wait ten of something.",
    bad: `let pause = 10min
`,
    good: `let _pause = 10m
`,
    fix: "Write the unit as the language has it: ms, s, m (minutes), h, d, B, KB, MB, GB, KiB, MiB, GiB or %.",
  },
  "bad-date": {
    title: "A date or time that does not exist",
    why: "A freeze or a deadline on a day that no calendar has would never begin or never end. It is refused where it is written.",
    bad: `let freeze = 2026-02-30
`,
    good: `let _freeze = 2026-02-28
`,
    fix: "Write dates as 2026-11-21, times as 2026-11-21T09:00:00Z and times of day as 09:00.",
  },
  "bad-string": {
    title: "Text that does not end, or an escape that means nothing",
    why: "Text ends on the line it begins on, so that one forgotten quote does not swallow the rest of the file. For several lines there is block text.",
    bad: `let greeting = "good morning
`,
    good: `let _greeting = """
  good
  morning
  """
`,
    fix: 'Close the text on its line, or use """ for several lines. Write \\\\ for a backslash.',
  },
  "bad-character": {
    title: "A character the language does not use",
    why: "Comments begin with // and text stands in double quotes, as nothing else does. Semicolons end nothing here, and quotes and dashes from a word processor look like the real ones and are not. What looks right in review must be what is run.",
    bad: `# where it runs
let _region = "eu"
`,
    good: `// where it runs
let _region = "eu"
`,
    fix: "Take it away, or replace it by the plain character.",
  },
  "hidden-character": {
    title: "A character that cannot be seen",
    why: "Some characters reorder what is shown around them, so that a reviewer reads another command than the one that runs. Others, such as NUL, end a text early in the systems it is sent to.",
    bad: `let _note = "restart \u202eetavirp\u202c only"
`,
    good: `let _note = "restart private only"
`,
    fix: "Take it away. Where the text needs it, write it as an escape, such as \\u{202E}, so that everybody sees it.",
  },
  "reserved-word": {
    title: "A word of the language used as a name",
    why: "Words that begin a statement are kept free, so that a missing value never swallows the statement after it. A reader also sees at once what is the language's and what is yours.",
    bad: `let wait = 5m
`,
    good: `let _pause = 5m
`,
    fix: "Choose another name. As a field after a dot, or as a label before a colon, the word is allowed.",
  },
  "unclosed-comment": {
    title: "A comment that is never closed",
    why: "Nobody can tell where it ends: what follows may be meant as a comment, or as steps that somebody relies on. The checker takes it to end with its line, and changes nothing of itself: to close it there could switch on steps that were commented out.",
    bad: `/* the people on call
`,
    good: `/* the people on call */
`,
    fix: "End it with */, or use // for a single line.",
  },
  "too-deep": {
    title: "Nested deeper than anybody can follow",
    why: "The language keeps nesting bounded so that checking always ends, whatever the file. Long before the bound is reached nobody can review it.",
    bad: `let x = ${"(".repeat(80)}1${")".repeat(80)}
`,
    good: `let inner = 1
let _x = (inner + 1) * 2
`,
    fix: "Give parts of it a name with let.",
  },
} satisfies Record<string, Page>;
