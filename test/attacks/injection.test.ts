/** What is text is told as text: by terminals, machines, programs that are started, and whatever a hook of git left in the environment. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { makeProject, opsc, type Ran } from "../e2e/opsc.ts";

const TIME = { timeout: 240_000 };

/** Sets the title, turns the text round, opens an isolate, colours by a control of one byte. */
const POISON = "\u001b]0;owned\u0007\u202e\u009b31m\u2066";
/** The same in a source, where such characters are warned of. */
const WRITTEN = "\\u{1b}]0;owned\\u{7}\\u{202e}\\u{9b}31m\\u{2066}";
/** What acts on a terminal or hides from its reader; a line's end and a tab do not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ACTS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const MAIN = `use exec
use file
let entries = json("./data.json") as map<{ v: string }>
approver sre { members = ["ana@example.com"] }
guardrail told { require (run.reason ?? "").length > 0 else "${WRITTEN} no" }
operation say(t: string) {
  effect = read
  resource = "say:\${t}"
  repeat = idempotent
  call = exec.run(argv: ["printf", "%s", t], public: true)
}
operation die(t: string) {
  effect = write
  resource = "die:\${t}"
  repeat = idempotent
  call = exec.run(argv: ["sh", "-c", "echo \\"$1\\" >&2; echo \\"$1\\"; exit 3", "x", t], public: true)
}
action go(name: string, entry: one of entries) {
  title = "hello \${name} ${WRITTEN}"
  step said = say(t: "a${WRITTEN}\${name}")
  step put = file.write(path: "o-\${name.length}.txt", content: "${WRITTEN}\${entry.v}") { rollback auto }
  step dies = die(t: "b${WRITTEN}") { irreversible "${WRITTEN} because" }
}
`;

describe("what acts on a terminal", () => {
  test("acts on none, wherever it comes from and whatever tells it", TIME, async () => {
    const folder = makeProject({
      "main.ops": MAIN,
      "data.json": JSON.stringify({ [`x${POISON}`]: { v: `y${POISON}` } }),
    });
    const plan = "p.opsplan.json";
    const asked = ["-i", `name=n${POISON}`, "-i", `entry=x${POISON}`];
    const shown: { readonly args: readonly string[]; readonly code: number | null; readonly at: string }[] = [];
    const run = async (...args: readonly string[]): Promise<Ran> => {
      const ran = await opsc(args, folder, "", { OPSC_SOME: POISON });
      const text = ran.out + ran.err;
      const at = ACTS.exec(text)?.index;
      if (at !== undefined) shown.push({ args, code: ran.code, at: JSON.stringify(text.slice(at - 40, at + 20)) });
      return ran;
    };
    const each = (lines: readonly (readonly string[])[]): Promise<Ran[]> =>
      Promise.all(lines.map((args) => run(...args)));

    expect(await run("plan", "go", ...asked, "--reason", `r${POISON}`, "-o", plan)).toMatchObject({ code: 0 });
    expect(await run("apply", plan, "--as", "dana@example.com")).toMatchObject({ code: 6 });
    const { runs } = JSON.parse((await run("runs", "--json")).out);
    const id: string = runs[0].run;
    const renderings = ["text", "markdown", "mermaid", "svg", "html", "json"];
    const sound = await each([
      ...renderings.flatMap((format) => [plan, id].map((what) => ["show", what, "--format", format])),
      ["runs"],
      ["audit", "export"],
      ["audit", "verify"],
      ["catalog"],
      ["catalog", "--json"],
      ["diff", plan, plan],
      ...["text", "json", "sarif", "github"].map((format) => ["check", "--format", format]),
    ]);
    expect(sound.map(({ code }) => code)).toEqual(sound.map(() => 0));
    // The words are there, so what is looked for would be seen.
    for (const { out } of sound.slice(0, 12)) expect(out).toContain("owned");

    const odd = await each([
      ["show", POISON],
      ["show", `${POISON}.opsplan.json`],
      [POISON],
      [`--${POISON}`],
      ["-C", POISON, "check"],
      ["check", POISON],
      ["check", "--format", POISON],
      ["fmt", POISON],
      ["explain", POISON],
      ["plan", POISON],
      ["plan", "go", "-i", `${POISON}=1`],
      ["plan", "go", "-i", `entry=${POISON}`],
      ["plan", "go", "--workspace", POISON],
      ["apply", `${POISON}.opsplan.json`],
      ["apply", plan, "--as", POISON],
      ["approve", plan, "--as", "ana@example.com", "--key", POISON],
      ["resume", POISON],
      ["cancel", POISON, "--reason", POISON],
      ["runs", "--status", POISON],
      ["leases", "revoke", POISON],
      ["audit", "verify", "--checkpoint", POISON],
      ["audit", "prove", POISON],
      ["completion", POISON],
    ]);
    expect(odd.filter(({ code }) => code === 0 || code === null)).toEqual([]);
    await run("freeze", "--reason", POISON);
    await run("freeze");
    await run("apply", "go", ...asked, "--yes", "--reason", POISON);
    await run("thaw", "--reason", POISON);

    for (const [name, text, args] of [
      [`${POISON.replaceAll("/", "")}.ops`, "action x( {", ["check"]],
      ["opsc.config.json", JSON.stringify({ [`a${POISON}`]: 1 }), ["check"]],
      ["opsc.config.json", JSON.stringify({ trust: { root: POISON } }), ["plan", "go"]],
      ["opsc.trust.json", JSON.stringify({ [POISON]: 1 }), ["plan", "go"]],
      ["q.opsplan.json", JSON.stringify({ [POISON]: 1 }), ["show", "q.opsplan.json"]],
      ["q.opsplan.json", POISON, ["apply", "q.opsplan.json"]],
    ] as const) {
      const file = path.join(folder, name);
      const before = existsSync(file) ? readFileSync(file) : null;
      writeFileSync(file, text);
      expect(await run(...args)).not.toMatchObject({ code: 0 });
      if (before === null) execFileSync("rm", ["--", file]);
      else writeFileSync(file, before);
    }
    for (const variable of [
      "OPSC_TRUST",
      "OPSC_AS",
      "OPSC_KEY",
      "OPSC_DIR",
      "OPSC_OIDC_TOKEN",
      "OPSC_OIDC_TOKEN_FILE",
    ]) {
      const { out, err } = await opsc(["apply", plan], folder, "", { [variable]: POISON });
      if (ACTS.test(out + err)) shown.push({ args: [variable], code: null, at: JSON.stringify(out + err) });
    }
    expect(shown).toEqual([]);
  });
});

/** With names of its own, whatever the machine's configuration says. */
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd, encoding: "utf8" });

const KEYGEN = ["audit", "keygen", "--origin", "log.example", "-o", "log.key"];

describe("git", () => {
  test("is asked of the folder that is named, also by a hook of another repository", TIME, async () => {
    const folder = makeProject({
      "main.ops": 'use file\naction go() { step a = file.write(path: "a", content: "x") { rollback auto } }\n',
    });
    const [kept, other] = [path.join(folder, "kept"), makeProject({})];
    git(folder, "init", "-q", "--bare", kept);
    git(other, "init", "-q");
    git(other, "config", "user.email", "other@example.com");
    git(folder, "init", "-q");
    git(folder, "config", "user.email", "here@example.com");
    expect(await opsc(KEYGEN, folder)).toMatchObject({ code: 0 });
    const checkpoint = { key: "log.key", origin: "log.example", to: [{ git: "kept" }] };
    writeFileSync(path.join(folder, "opsc.config.json"), JSON.stringify({ audit: { checkpoint } }));
    const hook = { GIT_DIR: path.join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: path.join(other, "i") };
    expect(await opsc(["apply", "go", "--yes", "--json"], folder, "", { ...hook, OPSC_AS: "" })).toMatchObject({
      code: 0,
    });
    expect(git(kept, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/checkpoints\n");
    expect(git(other, "for-each-ref")).toBe("");
    expect(JSON.parse((await opsc(["runs", "--json"], folder)).out).runs[0].requester).toBe("here@example.com");
  });

  test("runs nothing that a repository would have run", TIME, async () => {
    const folder = makeProject({
      "main.ops": 'use file\naction go() { step a = file.write(path: "a", content: "x") { rollback auto } }\n',
    });
    git(folder, "init", "-q");
    git(folder, "init", "-q", "kept");
    const mark = path.join(folder, "ran");
    for (const repository of [folder, path.join(folder, "kept")]) {
      const script = path.join(repository, ".git/hooks");
      mkdirSync(script, { recursive: true });
      for (const name of ["reference-transaction", "post-commit", "fsmonitor"]) {
        writeFileSync(path.join(script, name), `#!/bin/sh\necho ${name} >> ${mark}\n`);
        chmodSync(path.join(script, name), 0o755);
      }
      git(repository, "config", "core.fsmonitor", path.join(script, "fsmonitor"));
    }
    expect(await opsc(KEYGEN, folder)).toMatchObject({ code: 0 });
    const checkpoint = { key: "log.key", origin: "log.example", to: [{ git: "kept" }] };
    writeFileSync(path.join(folder, "opsc.config.json"), JSON.stringify({ audit: { checkpoint } }));
    expect(await opsc(["apply", "go", "--yes"], folder)).toMatchObject({ code: 0 });
    await opsc(["doctor"], folder);
    expect(existsSync(mark)).toBe(false);
    // They would have.
    git(path.join(folder, "kept"), "update-ref", "refs/heads/x", "refs/heads/checkpoints");
    expect(readFileSync(mark, "utf8")).toContain("reference-transaction");
  });

  test("says nothing out of a folder of the tree that only looks like a repository", TIME, async () => {
    const folder = makeProject({ "main.ops": "" });
    git(folder, "init", "-q", "--bare", "inner");
    git(path.join(folder, "inner"), "config", "user.email", "ana@example.com");
    writeFileSync(path.join(folder, "inner/opsc.config.json"), "{}\n");
    writeFileSync(
      path.join(folder, "inner/main.ops"),
      'use file\naction go() { step a = file.write(path: "a", content: "x") { rollback auto } }\n',
    );
    const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    const planned = await opsc(["plan", "go", "--json"], path.join(folder, "inner"), "", env);
    expect(JSON.parse(planned.out).plan.requester).not.toBe("ana@example.com");
  });
});

test("a program is given each argument as it is, and no shell reads it", TIME, async () => {
  const folder = makeProject({
    "main.ops": `use exec
operation show(t: string) {
  effect = read
  resource = "show:\${t.length}"
  repeat = idempotent
  call = exec.run(argv: ["printf", "[%s]", t, "--", t], public: true)
}
action go(t: string) -> { said: string } {
  step a = show(t: t)
  return { said: a.stdout }
}
`,
  });
  for (const t of ["$(touch owned)", "`touch owned`", "a; touch owned", "--help", "a\nb", "'\"\\ *", "%s%n", ""]) {
    const ran = await opsc(["apply", "go", "--inputs", "-", "--yes", "--json"], folder, JSON.stringify({ t }));
    expect(ran).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      result: { said: `[${t}][--][${t}]` },
    });
  }
  expect(existsSync(path.join(folder, "owned"))).toBe(false);
});
