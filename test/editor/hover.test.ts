import { describe, expect, test } from "vitest";
import { hover } from "../../compiler/editor/hover.ts";
import { atCursor, CURSOR } from "./analysis.ts";

const SOURCE = `use file
use exec as shell

/// Where it runs.
enum Env {
  dev,
  /// What customers see.
  prod,
}

/// At least one, at most fifty.
type Replicas = int where it in 1..50 else "1 to 50"

type Service = {
  /// Where it listens.
  port: int,
  name?: string,
}

approver web "Web on-call" { members = ["ana@example.com", "ben@example.com"] }

let services: map<Service> = { api: { port: 80 } }

/// Puts a text in its place.
operation put(path: string, text: string = "none") -> { sha256: string } {
  effect = write
  resource = "file:\${path}"
  call = file.write(path: path, content: text)
}

/// Puts it there.
action publish(env: Env = dev, replicas: Replicas, service: one of services) -> { n: int } {
  risk = high
  owner = web
  fact old = file.read(path: "\${env}.txt")
  let size = (old.content ?? "").length
  step write = put(path: "\${env}.txt") when size > 0 { rollback auto }
  approve by web
  for each in [1, 2] { step again = put(path: "\${each}") { timeout = 5m rollback auto } }
  return { n: size }
}
`.replace('approver web "Web on-call" {', 'approver web {\n  title = "Web on-call"\n ');

/** Hover at the nth `word`, counted from 0. */
function at(word: string, nth = 0): string {
  let offset = -1;
  for (let i = 0; i <= nth; i++) {
    const found = new RegExp(`(?<![\\w])${word}(?![\\w])`, "g");
    found.lastIndex = offset + 1;
    offset = found.exec(SOURCE)?.index ?? -1;
  }
  if (offset < 0) throw new Error(`no ${word} ${nth}`);
  const marked = `${SOURCE.slice(0, offset)}${CURSOR}${SOURCE.slice(offset)}`;
  const cursor = atCursor({ "a.ops": marked });
  const found = hover(cursor.analysis, cursor.path, cursor.offset);
  return found === null ? "" : [found.code, ...(found.doc === null ? [] : [found.doc]), ...found.notes].join("\n");
}

describe("hover says", () => {
  test.each([
    ["Env", 1, "enum Env { dev, prod }\nWhere it runs."],
    ["prod", 0, "Env.prod\nWhat customers see.\n2 of 2: dev < prod"],
    ["Replicas", 1, "type Replicas = int\nAt least one, at most fifty."],
    ["port", 0, "port: int\nWhere it listens.\na field"],
    ["port", 1, "port: int\nWhere it listens.\na field"],
    ["web", 1, "approver web\nWeb on-call\nana@example.com, ben@example.com"],
    [
      "put",
      1,
      'operation put(path: string, text: string = "none") -> { sha256: string }\nPuts a text in its place.\nwrites "file:${path}"\ncalls file.write\ncan be undone by itself: rollback auto',
    ],
    ["path", 1, "path: string\na parameter"],
    [
      "publish",
      0,
      "action publish(env: Env = dev, replicas: Replicas, service: one of services) -> { n: int }\nPuts it there.\nrisk high\nowner web\n1 step\n1 approval",
    ],
    ["size", 1, "let size: int"],
    ["old", 1, "fact old: { exists: bool, content: string?, sha256: string? }\nthe result of file.read"],
    ["each", 1, "each: int\neach in turn"],
    ["length", 0, "length() -> int\nHow many characters it has.\nof string"],
    [
      "timeout",
      0,
      "timeout: duration\nHow long one attempt may take; 5 minutes, if it is left out.\nmay stand in a step",
    ],
    ["high", 0, "high: Risk"],
    ["int", 0, "int"],
    ["5m", 0, "duration"],
    ["fact", 0, "fact name = \nSomething read while planning; the plan rests on it."],
    ["rollback", 0, "rollback auto\nThe provider undoes it."],
    ["enum", 0, "enum Name { one, other }\nA choice of names."],
    ["approve", 0, "approve by on_call\nSomebody must say yes before what follows."],
    [
      "risk",
      0,
      "risk: Risk\n`low`, `medium`, `high` or `critical`; guardrails see it.\nmay stand in an action\none of low, medium, high, critical",
    ],
  ])("of %s (%i)", (word, nth, text) => {
    expect(at(word, nth)).toBe(text);
  });
  test("what a provider offers", () => {
    expect(at("read")).toMatch(/^file\.read\(path: string/);
    expect(at("exec")).toMatch(/^use exec\n/);
    expect(at("shell")).toMatch(/^use exec as shell\n/);
  });
});

test.each([
  ['let port = services["api"].‸port', "port: int\nis 80\na field"],
  [
    "let n = services.‸keys().length",
    'keys() -> list<string>\nIts keys, sorted.\nis ["api", "web"]\nof map<{ port: int }>',
  ],
  ["let n = ‸services", "let services: map<{ port: int }> = { api: { port: 80 }, web: { port: 81 } }"],
  ["let n = [dev, prod].map(e => e ‸== prod)", ""],
  ["let least = Env.‸dev", "Env.dev\n1 of 2: dev < prod"],
  [
    'action go(port: int = services["web"].port + 1) {\n  require ‸port > 1\n}',
    'port: int = services["web"].port + 1\nan input\n82, if it is left out',
  ],
  ['action go() {\n  let total = services["api"].port * 2\n  require ‸total > 1\n}', "let total: int = 160"],
  ["action go(n: int) {\n  let total = n * 2\n  require ‸total > 1\n}", "let total: int"],
  ["action go(of: one of services) {\n  require of.‸port > 1\n}", "port: int\na field"],
])("what is known before any plan: %s", (text, wanted) => {
  const head =
    "enum Env { dev, prod }\ntype Service = { port: int }\nlet services: map<Service> = { api: { port: 80 }, web: { port: 81 } }\n";
  const { analysis, path, offset } = atCursor({ "a.ops": `${head}${text}\n` });
  const found = hover(analysis, path, offset);
  expect(
    found === null ? "" : [found.code, ...(found.doc === null ? [] : [found.doc]), ...found.notes].join("\n"),
  ).toBe(wanted);
});
