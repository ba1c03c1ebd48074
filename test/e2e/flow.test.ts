/** The first path as a user walks it, through the real command, with real processes, files and servers. */
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../compiler/digest.ts";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const ORG = `
approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
`;

const WRITE = `use file
${ORG}
action greet(name: string where name.length <= 10 else "at most ten characters") -> { path: string } {
  title = "Greet \${name}"
  fact before = file.read(path: "out.txt")
  require !before.exists || (before.content ?? "") != "locked" else "out.txt is locked"
  approve by sre { quorum = 2 }
  step write = file.write(path: "out.txt", content: "hello, \${name}, after \${before.content ?? "nothing"}") { rollback auto }
  return { path: "out.txt" }
}
`;

const json = (text: string): unknown => JSON.parse(text) as unknown;
const out = (project: string, name = "out.txt"): string => readFileSync(path.join(project, name), "utf8");

async function planned(project: string, action: string, ...args: string[]): Promise<string> {
  const file = `${action}.opsplan.json`;
  const ran = await opsc(["plan", action, "--as", "dana@example.com", "-o", file, ...args], project);
  expect(ran, ran.err).toMatchObject({ code: 0 });
  return file;
}

async function approve(project: string, what: string, ...people: string[]): Promise<void> {
  for (const who of people) expect((await opsc(["approve", what, "--as", `${who}@example.com`], project)).code).toBe(0);
}

describe("plan, approve, apply", () => {
  test("the whole path, and the plan is used once", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    expect((await opsc(["apply", file, "--as", "dana@example.com"], project)).code).toBe(4);
    await approve(project, file, "ana", "ben");
    const applied = await opsc(["apply", file, "--as", "dana@example.com"], project);
    expect(applied.code).toBe(0);
    expect(applied.out).toMatch(/^run \S+ succeeded/);
    expect(applied.err).toContain("unverified");
    expect(out(project)).toBe("hello, eve, after nothing");
    expect(await opsc(["apply", file, "--as", "dana@example.com"], project)).toMatchObject({
      code: 3,
      err: expect.stringContaining("applied once"),
    });
    expect((await opsc(["audit", "verify"], project)).code).toBe(0);
  });

  test("an edited plan, a changed source and a changed fact are refused, and nothing is written", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    await approve(project, file, "ana", "ben");
    writeFileSync(
      path.join(project, "edited.opsplan.json"),
      out(project, file).replace("hello, eve", "hello, mallory"),
    );
    expect((await opsc(["apply", "edited.opsplan.json", "--as", "dana@example.com"], project)).code).toBe(8);
    writeFileSync(path.join(project, "main.ops"), `${WRITE}// a word more\n`);
    expect(await opsc(["apply", file, "--as", "dana@example.com"], project)).toMatchObject({
      code: 3,
      err: expect.stringContaining("main.ops has changed"),
    });
    writeFileSync(path.join(project, "main.ops"), WRITE);
    writeFileSync(path.join(project, "out.txt"), "written meanwhile");
    const stale = await opsc(["apply", file, "--as", "dana@example.com"], project);
    expect(stale.code).toBe(3);
    expect(stale.out).toContain("nothing was changed");
    expect(out(project)).toBe("written meanwhile");
  });

  test("the requester, strangers and the applier do not count; a denial ends it", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    expect((await opsc(["approve", file, "--as", "DANA@example.com"], project)).code).toBe(3);
    expect((await opsc(["approve", file, "--as", "mallory@example.com"], project)).code).toBe(3);
    await approve(project, file, "ana", "ben");
    expect((await opsc(["apply", file, "--as", "ben@example.com"], project)).code).toBe(4);
    expect((await opsc(["deny", file, "--as", "cleo@example.com", "--comment", "not today"], project)).code).toBe(0);
    expect(await opsc(["apply", file, "--as", "dana@example.com"], project)).toMatchObject({
      code: 10,
      err: expect.stringContaining("not today"),
    });
    expect((await opsc(["withdraw", file, "--as", "cleo@example.com"], project)).code).toBe(0);
    expect((await opsc(["apply", file, "--as", "dana@example.com"], project)).code).toBe(0);
  });

  test("approvals travel as files", async () => {
    const project = makeProject({ "main.ops": WRITE, "approvals/README": "" });
    const file = await planned(project, "greet", "-i", "name=eve");
    for (const who of ["ana", "ben"])
      expect(
        (await opsc(["approve", file, "--as", `${who}@example.com`, "-o", `approvals/${who}`], project)).code,
      ).toBe(0);
    expect((await opsc(["apply", file, "--as", "dana@example.com"], project)).code).toBe(4);
    expect((await opsc(["apply", file, "--as", "dana@example.com", "--approvals", "approvals"], project)).code).toBe(0);
  });

  test("an approval in the middle pauses the run; approved, it goes on", async () => {
    const project = makeProject({
      "main.ops": `use file
${ORG}
action two() {
  step first = file.write(path: "one.txt", content: "1") { rollback auto }
  approve by sre
  step second = file.write(path: "two.txt", content: "2") { rollback auto }
}
`,
    });
    const paused = await opsc(["apply", "two", "--yes", "--as", "dana@example.com"], project);
    expect(paused.code).toBe(4);
    const run = /run (\S+) waits/.exec(paused.out)?.[1] ?? "";
    expect(out(project, "one.txt")).toBe("1");
    await approve(project, run, "ana");
    expect((await opsc(["resume", run, "--as", "dana@example.com"], project)).code).toBe(0);
    expect(out(project, "two.txt")).toBe("2");
  });

  test("a requirement, a bad input and a missing one: words, not a stack trace", async () => {
    const project = makeProject({ "main.ops": WRITE, "out.txt": "locked" });
    expect(await opsc(["plan", "greet", "-i", "name=eve", "--as", "d@example.com"], project)).toMatchObject({
      code: 3,
      err: expect.stringContaining("out.txt is locked (main.ops:"),
    });
    expect(await opsc(["plan", "greet", "-i", "name=much too long", "--as", "d@example.com"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("at most ten characters"),
    });
    expect(await opsc(["plan", "greet", "--as", "d@example.com"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("name is missing"),
    });
    expect(await opsc(["plan", "great", "--as", "d@example.com"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("did you mean greet?"),
    });
    expect(
      await opsc(["plan", "greet", "--inputs", "-", "--as", "d@example.com"], project, "{ not json"),
    ).toMatchObject({ code: 1, err: expect.stringContaining("is not JSON") });
  });
});

describe("a plan is what the planner makes of these sources", () => {
  test("one made by hand, with a digest of its own and nothing to approve, is refused", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    const made = JSON.parse(out(project, file)) as {
      digest: string;
      plan: { nodes: { kind: string; after: unknown[] }[] };
    };
    made.plan.nodes = made.plan.nodes.filter((n) => n.kind !== "approve").map((n) => ({ ...n, after: [] }));
    made.digest = digestOf(made.plan);
    writeFileSync(path.join(project, "made.opsplan.json"), JSON.stringify(made));
    const ran = await opsc(["apply", "made.opsplan.json", "--as", "dana@example.com"], project);
    expect(ran).toMatchObject({ code: 8, err: expect.stringContaining("not what opsc makes of these sources") });
    expect(exists(project, "out.txt")).toBe(false);
  });

  test("a file that came since, with a rule of its own, makes it stale", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    await approve(project, file, "ana", "ben");
    writeFileSync(
      path.join(project, "freeze.ops"),
      'guardrail freeze { applies to action require run.requester == "nobody@example.com" else "frozen" }\n',
    );
    expect(await opsc(["apply", file, "--as", "dana@example.com"], project)).toMatchObject({
      code: 3,
      err: expect.stringContaining("freeze.ops has come since"),
    });
  });
});

test("nobody reads the output: the run goes on to its end", async () => {
  const project = makeProject({
    "main.ops": `use exec\nuse file\naction slow() {\n  step a = exec.run(argv: ["sleep", "0.3"]) { rollback nothing "it only sleeps" }\n  step b = file.write(path: "b.txt", content: "b") { rollback auto }\n}\n`,
  });
  const child = start(["apply", "slow", "--yes", "--json", "--as", "dana@example.com"], project);
  child.stdout?.destroy();
  child.stderr?.destroy();
  await new Promise((resolve) => child.once("exit", resolve));
  expect(out(project, "b.txt")).toBe("b");
});

test("what the world says in several lines passes for no line of ours", async () => {
  const source = `use file
action look() {
  check calm = file.read(path: "said.txt") { require it.content == "" else it.content ?? ""  every = 100ms  within = 100ms }
}
`;
  const project = makeProject({ "main.ops": source, "said.txt": "no\nrun 20260101-0000-aaaaaa succeeded in 1s\n" });
  const ran = await opsc(["apply", "look", "--yes", "--as", "dana@example.com"], project);
  expect(ran).toMatchObject({ code: 5 });
  expect(`${ran.out}${ran.err}`).toMatch(/no\n {4,}run 20260101-0000-aaaaaa succeeded/);
  expect(`${ran.out}${ran.err}`).not.toMatch(/^run 20260101/m);
});

describe("failure and undo", () => {
  const FAILS = `use file
use exec
action change() {
  step a = file.write(path: "a.txt", content: "new") { rollback auto }
  step b = file.link(path: "b", target: "a.txt") { rollback auto }
  step c = exec.run(argv: ["false"]) { rollback nothing "it does nothing" }
}
`;

  test("what started is undone, in reverse", async () => {
    const project = makeProject({ "main.ops": FAILS, "a.txt": "old" });
    symlinkSync("before", path.join(project, "b"));
    const ran = await opsc(["apply", "change", "--yes", "--as", "dana@example.com", "--json"], project);
    expect(ran.code).toBe(5);
    expect(out(project, "a.txt")).toBe("old");
    const events = ran.out
      .trim()
      .split("\n")
      .map((line) => json(line) as { type: string; node?: string; phase?: string });
    const undone = events.filter((e) => e.type === "attempt.started" && e.phase === "undo").map((e) => e.node);
    expect(undone).toEqual(["b", "a"]);
  });

  test("a point of no return stops the undo, and says what is left", async () => {
    const project = makeProject({
      "main.ops": FAILS.replace("{ rollback auto }\n  step c", '{ irreversible "links stay" }\n  step c'),
      "a.txt": "old",
    });
    const ran = await opsc(["apply", "change", "--yes", "--as", "dana@example.com"], project);
    expect(ran.code).toBe(6);
    expect(ran.out).toMatch(/left to do by hand: b: /);
    expect(out(project, "a.txt")).toBe("new");
  });

  test("a timeout ends the whole process tree", async () => {
    const project = makeProject({
      "main.ops": `use exec
action slow() {
  step s = exec.run(argv: ["sh", "-c", "sh -c 'echo $$ > inner.pid; trap : TERM; while :; do sleep 0.1; done' & echo $$ > outer.pid; wait; wait"]) {
    timeout = 700ms
    rollback nothing "it only waits"
  }
}
`,
    });
    const ran = await opsc(["apply", "slow", "--yes", "--as", "dana@example.com"], project);
    expect(ran.code).toBe(5);
    for (const name of ["inner.pid", "outer.pid"]) {
      const pid = Number(out(project, name));
      expect(living(pid), `${name} lives on`).toBe(false);
    }
  }, 30_000);

  test("Ctrl-C: the running step ends, what started is undone, exit 7", async () => {
    const project = makeProject({
      "main.ops": `use file
use exec
action long() {
  step a = file.write(path: "a.txt", content: "new") { rollback auto }
  step b = exec.run(argv: ["sh", "-c", "touch started; sleep 1"]) { rollback nothing "it only sleeps" }
  step c = file.write(path: "c.txt", content: "never") { rollback auto }
}
`,
      "a.txt": "old",
    });
    const child = start(["apply", "long", "--yes", "--as", "dana@example.com"], project);
    const end = ended(child);
    await until(() => exists(project, "started"), "b began");
    child.kill("SIGINT");
    expect((await end).code).toBe(7);
    expect(out(project, "a.txt")).toBe("old");
    expect(exists(project, "c.txt")).toBe(false);
  });
});

describe("crashes", () => {
  test("kill -9 in a once step: resume asks, and is told", async () => {
    const project = makeProject({
      "main.ops": `use exec
use file
action charge() {
  step pay = exec.run(argv: ["sh", "-c", "echo paid >> ledger; touch started; sleep 60"]) { irreversible "money is gone" }
  step note = file.write(path: "note.txt", content: "done") { rollback auto }
}
`,
    });
    const child = start(["apply", "charge", "--yes", "--as", "dana@example.com"], project);
    const end = ended(child);
    await until(() => exists(project, "started"), "pay began");
    child.kill("SIGKILL");
    await end;
    const [run] = (json((await opsc(["runs", "--json"], project)).out) as { runs: { run: string }[] }).runs;
    const asked = await opsc(["resume", run?.run ?? "", "--as", "dana@example.com"], project);
    expect(asked.code).toBe(11);
    expect(asked.out).toContain("--mark done:pay");
    expect(
      (await opsc(["resume", run?.run ?? "", "--mark", "done:note", "--as", "dana@example.com"], project)).code,
    ).toBe(1);
    expect(await opsc(["resume", run?.run ?? "", "--mark", "done"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining('"done" is not an answer'),
    });
    // In two words, before the run: it is read as `done:pay`.
    expect(
      (await opsc(["resume", "--mark", "done", "pay", run?.run ?? "", "--as", "dana@example.com"], project)).code,
    ).toBe(0);
    expect(out(project, "ledger")).toBe("paid\n");
    expect(out(project, "note.txt")).toBe("done");
    expect((await opsc(["audit", "verify"], project)).code).toBe(0);
  }, 30_000);

  test("two at once: a run that is held is not taken", async () => {
    const project = makeProject({
      "main.ops": `use exec
action wait_long() {
  step s = exec.run(argv: ["sh", "-c", "touch started; sleep 3"]) { rollback nothing "it only sleeps" }
}
`,
    });
    const child = start(["apply", "wait_long", "--yes", "--as", "dana@example.com"], project);
    const end = ended(child);
    await until(() => exists(project, "started"), "s began");
    const [run] = (json((await opsc(["runs", "--json"], project)).out) as { runs: { run: string; held: boolean }[] })
      .runs;
    expect(run?.held).toBe(true);
    expect(await opsc(["resume", run?.run ?? "", "--as", "dana@example.com"], project)).toMatchObject({
      code: 9,
      err: expect.stringMatching(/held|hold|process/),
    });
    expect((await end).code).toBe(0);
  });
});

describe("bad input of other kinds", () => {
  test.each([
    ["a plan that is no JSON", "p.opsplan.json", "{", 8],
    ["a plan of another shape", "p.opsplan.json", "{}", 8],
    ["a plan of a later version", "p.opsplan.json", '{"plan":{"planVersion":99}}', 8],
  ])("%s", async (_, name, text, code) => {
    const project = makeProject({ "main.ops": WRITE, [name]: text });
    for (const command of ["show", "apply", "approve"]) {
      const ran = await opsc(
        [command, name, "--as", "ana@example.com"].filter(
          (a) => command !== "show" || (!a.includes("a@") && a !== "--as"),
        ),
        project,
      );
      expect(ran, ran.err).toMatchObject({ code });
      expect(ran.err).not.toMatch(/ at .*\.m?[jt]s:\d+/);
    }
  });

  test("a damaged store is told as such, with what to do", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=eve");
    await approve(project, file, "ana");
    writeFileSync(path.join(project, ".opsc/opsc.db"), "this is no database");
    const ran = await opsc(["runs"], project);
    expect(ran.code).toBe(9);
    expect(ran.err).toMatch(/opsc\.db/);
  });

  test("a config that is wrong, a provider that is not there, a source that is not UTF-8", async () => {
    const wrong = makeProject({ "main.ops": WRITE, "opsc.config.json": '{ "provider": {} }' });
    expect(await opsc(["check"], wrong)).toMatchObject({
      code: 1,
      out: expect.stringContaining("--> opsc.config.json:1:3"),
    });
    expect(await opsc(["catalog"], wrong)).toMatchObject({
      code: 1,
      err: expect.stringContaining("--> opsc.config.json:1:3"),
    });
    expect(json((await opsc(["catalog", "--json"], wrong)).out)).toMatchObject({
      error: { exit: 1, diagnostics: [{ file: "opsc.config.json", start: { line: 1, column: 3 } }] },
    });
    const missing = makeProject({ "main.ops": WRITE, "opsc.config.json": '{ "providers": { "flags": "./nowhere" } }' });
    expect(await opsc(["check"], missing)).toMatchObject({
      code: 9,
      out: expect.stringMatching(
        /error\[configuration\]: provider flags: [^>]*nowhere[\s\S]*--> opsc\.config\.json:1:27/,
      ),
    });
    const noted = await opsc(["check", "--format", "github"], missing);
    expect(noted).toMatchObject({
      code: 9,
      out: expect.stringMatching(/^::error file=opsc.config.json,line=1,col=27,/),
    });
    const binary = makeProject({});
    writeFileSync(path.join(binary, "main.ops"), Buffer.from([0xff, 0xfe, 0x00]));
    expect(await opsc(["check"], binary)).toMatchObject({ code: 1, err: expect.stringContaining("UTF-8") });
  });

  test("escape sequences in names, reasons and comments never reach the terminal", async () => {
    const project = makeProject({ "main.ops": WRITE });
    const file = await planned(project, "greet", "-i", "name=e\u001b[2Jve", "--reason", "\u001b]0;owned\u0007");
    for (const args of [
      ["show", file],
      ["show", file, "--format", "markdown"],
      ["approve", file, "--as", "ana@example.com", "--comment", "\u001b[31mred"],
      ["audit", "export"],
    ]) {
      const ran = await opsc(args, project);
      expect(`${ran.out}${ran.err}`).not.toContain("\u001b");
    }
  });

  test("--json gives one JSON document, also for a refusal", async () => {
    const project = makeProject({ "main.ops": WRITE });
    expect(json((await opsc(["check", "--json"], project)).out)).toBeTruthy();
    expect(json((await opsc(["catalog", "--json"], project)).out)).toMatchObject({
      actions: [
        {
          name: "greet",
          risk: null,
          owner: null,
          approvals: [{ by: { is: "known", value: ["sre"] }, quorum: { is: "known", value: 2 }, conditional: false }],
        },
      ],
    });
    const refused = await opsc(["plan", "nothing", "--json"], project);
    expect(json(refused.out)).toMatchObject({ error: { exit: 1 } });
  });
});

/** A zombie that nobody has collected yet has ended all the same. */
function living(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function exists(project: string, name: string): boolean {
  try {
    readFileSync(path.join(project, name));
    return true;
  } catch {
    return false;
  }
}
