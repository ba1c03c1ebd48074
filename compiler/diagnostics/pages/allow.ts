/** Pages about `// opsc-allow`. */
import type { Page } from "./page.ts";

export const allowPages = {
  "allow-incomplete": {
    title: "An opsc-allow without a code or without a reason",
    why: "A silenced warning is a decision somebody took. Without its reason the next reader cannot tell whether it still holds, and so nobody dares to take it away.",
    bad: `// opsc-allow unused-name
action drill(ticket: string) { title = "Drill" }
`,
    good: `// opsc-allow unused-name: the ticket is kept in the log
action drill(ticket: string) { title = "Drill" }
`,
    fix: "Write the code, a colon and the reason, in a line's words.",
  },
  "allow-unknown": {
    title: "An opsc-allow of a code that does not exist",
    why: "It silences nothing, and whoever wrote it believes that it does. Codes are listed by opsc explain.",
    bad: `// opsc-allow unusd-name: the ticket is kept in the log
action drill(ticket: string) { title = "Drill \${ticket}" }
`,
    good: `// opsc-allow unused-name: the ticket is kept in the log
action drill(ticket: string) { title = "Drill" }
`,
    fix: "Write the code as the warning shows it, in brackets after the word warning.",
  },
  "allow-error": {
    title: "An opsc-allow of an error",
    why: "Errors are what would go wrong in production: a change nobody can undo, a secret in a log. They are answered in the program, where reviewers and the run see the answer, and never hidden by a comment. A warning that opsc.config.json makes an error is still a warning that somebody may have looked at: an opsc-allow with its reason silences it as before.",
    bad: `// opsc-allow write-without-rollback: nobody will miss the file
action greet(name: string) { title = "Hello \${name}" }
`,
    good: `action greet(name: string) { title = "Hello \${name}" }
`,
    fix: "Take the comment away and answer the error as its page says.",
  },
  "allow-unused": {
    title: "An opsc-allow that silences nothing",
    why: "What it allowed is gone, or stands on another line. Left in place it would silence the next warning of that kind without anybody having looked at it.",
    bad: `// opsc-allow unused-name: the ticket is kept in the log
action drill(ticket: string) { title = "Drill \${ticket}" }
`,
    good: `action drill(ticket: string) { title = "Drill \${ticket}" }
`,
    fix: "Take it away, or move it to the line before the one whose warning it is about.",
  },
} satisfies Readonly<Record<string, Page>>;
