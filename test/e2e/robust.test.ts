/** The command where little is as one would like it: no home, no git, closed streams, full disks, narrow terminals. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../compiler/digest.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { binary, ended, makeProject, opsc, start, startHeld, until } from "./opsc.ts";
import { onTerminal } from "./terminal.ts";

const MAIN = `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action say(text: string) {
  step w = file.write(path: "said.txt", content: text) { rollback auto }
}
action ask() {
  approve by sre
  step w = file.write(path: "asked.txt", content: "x") { rollback auto }
}
`;
const project = (): string => makeProject({ "main.ops": MAIN });
const AS = ["--as", "dana@example.com"];

/** As a shell starts it; `$0` is Node.js, `$1` the command. */
function shell(line: string, cwd: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line, process.execPath, binary], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", OPSC_DIR: "", OPSC_AS: "dana@example.com", ...env },
  });
  return { code: status, out: stdout, err: stderr };
}
const OPSC = '"$0" "$1"';

describe("streams", () => {
  test.each(["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])("closed with %s are no fault", (closed) => {
    const folder = project();
    expect(shell(`${OPSC} check ${closed}`, folder).code).toBe(0);
    expect(shell(`${OPSC} apply say -i text=hi --yes ${closed}`, folder).code).toBe(0);
    expect(readFileSync(path.join(folder, "said.txt"), "utf8")).toBe("hi");
  });

  test("a reader that has seen enough ends nothing: the exit code stays the command's own", () => {
    const folder = project();
    for (const args of ["explain", "catalog --format json-schema", "help exit-codes", "plan say -i text=x --json"])
      expect(shell(`${OPSC} ${args} | head -c 1 >/dev/null; exit "\${PIPESTATUS[0]}"`, folder), args).toMatchObject({
        code: 0,
        err: "",
      });
    expect(
      shell(`${OPSC} apply say -i text=yes --yes 2>&1 | head -c 1 >/dev/null; exit "\${PIPESTATUS[0]}"`, folder).code,
    ).toBe(0);
    expect(readFileSync(path.join(folder, "said.txt"), "utf8")).toBe("yes");
  });

  test("a disk that is full does not look like success", () => {
    const folder = project();
    for (const args of ["check", "explain", "catalog --json", "plan say -i text=x"]) {
      const told = shell(`${OPSC} ${args} >/dev/full`, folder);
      expect(told.code, args).toBe(9);
      expect(
        told.err.split("\n").filter((line) => line.startsWith("error: the result cannot be written")),
      ).toHaveLength(1);
    }
    const plan = shell(`${OPSC} plan say -i text=x -o /dev/full`, folder);
    expect(plan).toMatchObject({ code: 9, err: expect.stringContaining("/dev/full cannot be written") });
  });

  test("a disk that fills up in the middle of a run stops it: the run is named, and goes on once there is space", () => {
    const steps = (n: number): string =>
      Array.from(
        { length: n },
        (_, i) => `step s${i} = file.write(path: "s${i}", content: "x") { rollback auto }`,
      ).join("\n");
    const seen = new Set<number | null>();
    let stopped = 0;
    for (const blocks of [200, 400]) {
      const folder = makeProject({ "main.ops": `use file\naction many() {\n${steps(60)}\n}\n` });
      const told = shell(`ulimit -f ${blocks}; ${OPSC} apply many --yes`, folder);
      seen.add(told.code);
      const [, run] = /^run (\S+) had to stop$/m.exec(told.out) ?? [];
      if (run === undefined) continue;
      stopped++;
      expect(told.out).toContain("the disk took no more");
      expect(told.out).toContain(`next, to go on with it: opsc resume ${run}`);
      expect(shell(`${OPSC} resume ${run}`, folder)).toMatchObject({ code: 0 });
      expect(shell(`${OPSC} audit verify`, folder).code).toBe(0);
    }
    expect([...seen].filter((code) => code !== 0 && code !== 9)).toEqual([]);
    expect(stopped).toBeGreaterThan(0);
  });

  test("a plan is written to devices and pipes as they are, and through links", () => {
    const folder = project();
    const made = shell(`${OPSC} plan say -i text=x -o /dev/stdout --format json | head -1`, folder);
    expect(JSON.parse(made.out.split("\n")[0] ?? "")).toHaveProperty("digest");
    expect(shell(`${OPSC} plan say -i text=x -o /dev/null >/dev/null`, folder).code).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    writeFileSync(path.join(folder, "real.opsplan.json"), "");
    symlinkSync("real.opsplan.json", path.join(folder, "link.opsplan.json"));
    expect(shell(`${OPSC} plan say -i text=x -o link.opsplan.json >/dev/null`, folder).code).toBe(0);
    expect(readFileSync(path.join(folder, "real.opsplan.json"), "utf8")).toContain("digest");
    expect(shell(`${OPSC} plan say -i text=x -o .`, folder)).toMatchObject({ code: 1 });
  });

  test("standard input that holds nothing is told as such, and is not waited for", () => {
    const folder = project();
    for (const from of ["</dev/null", "<&-"]) {
      expect(shell(`${OPSC} show - ${from}`, folder)).toMatchObject({
        code: 1,
        err: expect.stringContaining("standard input is empty"),
      });
      expect(shell(`${OPSC} plan say --inputs - ${from}`, folder)).toMatchObject({
        code: 1,
        err: expect.stringContaining("standard input is empty"),
      });
      expect(shell(`${OPSC} fmt - ${from}`, folder)).toMatchObject({ code: 0, out: "" });
    }
  });

  test("a plan comes through a pipe", () => {
    const folder = project();
    expect(shell(`${OPSC} plan say -i text=piped --json | ${OPSC} show - | head -1`, folder).out).toBe("say\n");
    expect(shell(`${OPSC} plan say -i text=piped --json | ${OPSC} apply -`, folder).code).toBe(0);
    expect(readFileSync(path.join(folder, "said.txt"), "utf8")).toBe("piped");
  });
});

test("a log comes through a pipe, and one that did not come is not called intact", () => {
  const folder = project();
  expect(shell(`${OPSC} apply say -i text=x --yes`, folder).code).toBe(0);
  expect(shell(`${OPSC} audit export | ${OPSC} audit verify --file -`, folder)).toMatchObject({
    code: 0,
    out: expect.stringContaining("the log is intact"),
  });
  expect(shell(`${OPSC} audit verify --file - </dev/null`, folder)).toMatchObject({
    code: 1,
    err: expect.stringContaining("standard input holds no entries"),
  });
});

describe("surroundings", () => {
  test("neither a home, nor git, nor any variable is needed", () => {
    const folder = project();
    const empty = mkdtempSync(path.join(tmpdir(), "opsc-empty-"));
    for (const env of [{ PATH: empty }, {}] as const)
      for (const args of [
        ["check"],
        ["plan", "say", "-i", "text=x"],
        ["apply", "say", "-i", "text=x", "--yes"],
        ["runs"],
        ["doctor"],
      ]) {
        const { status, stderr } = spawnSync(process.execPath, [binary, ...args], {
          cwd: folder,
          env,
          encoding: "utf8",
        });
        expect(status, `${args.join(" ")}: ${stderr}`).toBe(0);
      }
  });

  test("a folder that may not be written: what only looks works, the rest says so", async () => {
    const folder = project();
    chmodSync(folder, 0o555);
    const as = (...args: string[]) => ended(startHeld(args, folder));
    expect((await as("check")).code).toBe(0);
    expect((await as("fmt", "--diff")).code).toBe(0);
    expect((await as("catalog")).code).toBe(0);
    expect((await as("runs")).code).toBe(0);
    expect((await as("plan", "say", "-i", "text=x", ...AS)).code).toBe(0);
    for (const args of [
      ["apply", "say", "-i", "text=x", "--yes"],
      ["plan", "say", "-i", "text=x", "-o", "p.opsplan.json"],
    ]) {
      const told = await as(...args, ...AS);
      expect(told, told.err).toMatchObject({
        code: 9,
        err: expect.stringMatching(/^error: .*(permission|may not be written)/m),
      });
    }
  });

  test("a store that may not be written is looked at as any, and is not written", async () => {
    const folder = project();
    expect((await opsc(["apply", "say", "-i", "text=x", "--yes", ...AS], folder)).code).toBe(0);
    const store = path.join(folder, ".opsc");
    const before = readdirSync(store);
    const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
    const run = runs[0]?.run ?? "";
    for (const name of before) chmodSync(path.join(store, name), name === "locks" ? 0o500 : 0o400);
    chmodSync(store, 0o500);
    const as = (...args: string[]) => ended(startHeld([...args, ...AS], folder));
    const only = (...args: string[]) => ended(startHeld(args, folder));
    for (const args of [["runs"], ["show", run], ["audit", "verify"], ["audit", "export"], ["diff", run, run]]) {
      const told = await only(...args);
      expect(told, `${args.join(" ")}: ${told.err}`).toMatchObject({ code: 0 });
      expect(told.out).not.toBe("");
    }
    expect((await as("rollback", run)).code).toBe(9);
    expect(readdirSync(store)).toEqual(before);
    // What is not in the database yet would be missed.
    chmodSync(store, 0o700);
    writeFileSync(path.join(store, "opsc.db-wal"), "x", { mode: 0o600 });
    chmodSync(store, 0o500);
    expect(await only("runs")).toMatchObject({ code: 9, err: expect.stringContaining("take a copy you may write") });
  });

  test("what is written elsewhere, or is wrong, makes no store", async () => {
    const folder = makeProject({
      "main.ops": `use file
approver sre { members = ["ana@example.com"] }
action act() {
  approve by sre
  step w = file.write(path: "w.txt", content: "1", public: true) { rollback auto }
}
`,
    });
    expect((await opsc(["plan", "act", "-o", "p.opsplan.json", ...AS], folder)).code).toBe(0);
    const as = (...args: string[]) => opsc([...args, "--as", "ana@example.com"], folder);
    expect((await as("approve", "p.opsplan.json", "-o", "ana")).code).toBe(0);
    expect((await as("approve", "none.opsplan.json")).code).toBe(1);
    expect(await as("deny", "20261121-0914-k3f9q2")).toMatchObject({
      code: 9,
      err: expect.stringContaining("no store"),
    });
    expect(existsSync(path.join(folder, ".opsc"))).toBe(false);
    expect((await as("approve", "p.opsplan.json")).code).toBe(0);
    expect(existsSync(path.join(folder, ".opsc"))).toBe(true);
  });

  test("more files than a process may have open are read", () => {
    const many = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`f${i}.ops`, "// nothing\n"]));
    const folder = makeProject({ "main.ops": MAIN, ...many });
    const told = shell(`ulimit -n 200; ${OPSC} check && ${OPSC} fmt`, folder);
    expect(told, told.err).toMatchObject({ code: 0, out: expect.stringContaining("701 files") });
  });

  test("what is no file is said to be none, at once", () => {
    const folder = project();
    const log = shell(`${OPSC} audit verify --file .`, folder);
    expect(log).toMatchObject({ code: 1, err: expect.stringContaining(". is a folder") });
    writeFileSync(path.join(folder, "package.json"), "{");
    writeFileSync(
      path.join(folder, "index.mjs"),
      `import { defineProvider } from "opsc/provider";
export default defineProvider({ name: "mine", version: "1", doc: "Mine.", operations: {} });
`,
    );
    const made = shell(`${OPSC} provider manifest index.mjs --write`, folder);
    expect(made).toMatchObject({ code: 1, err: expect.stringContaining("package.json names no manifest") });
    const config = shell(`rm opsc.config.json; mkfifo opsc.config.json; timeout 20 ${OPSC} check`, folder);
    expect(config).toMatchObject({ code: 1, err: expect.stringContaining("it is no file but a device or a pipe") });
  });

  test.each(["C", "POSIX", "de_DE.ISO-8859-1", "xx_YY.nonsense"])("the locale %s changes no byte", async (locale) => {
    const folder = makeProject({ "main.ops": MAIN.replace("action say", "/// Grüße, 世界\naction say") });
    const plain = await opsc(["catalog"], folder, "", { LC_ALL: "C.UTF-8", TZ: "UTC" });
    expect(await opsc(["catalog"], folder, "", { LC_ALL: locale, LANG: locale, TZ: "Asia/Kolkata" })).toEqual(plain);
    expect(plain.out).toContain("Grüße, 世界");
  });

  test.each(["0", "1", "20", "-5", "abc", "99999"])("COLUMNS=%s is no fault", async (columns) => {
    const folder = project();
    for (const args of [
      ["check"],
      ["catalog"],
      ["runs"],
      ["doctor"],
      ["help"],
      ["plan", "say", "-i", "text=x"],
      ["explain", "syntax"],
    ])
      expect([0, 1]).toContain((await opsc(args, folder, "", { COLUMNS: columns })).code);
  });

  test("a dumb terminal gets no colours and nothing redrawn, and is asked all the same", async () => {
    const folder = project();
    const told = await onTerminal(
      ["apply", "say", "-i", "text=dumb", ...AS],
      folder,
      [{ until: /\[y\/N\]/, text: "y\r" }],
      { TERM: "dumb" },
    );
    expect(told, told.out).toMatchObject({ code: 0 });
    expect(told.out).not.toContain("\u001b[");
  });

  test("CI is not asked, also on a terminal", async () => {
    const told = await onTerminal(["apply", "say", "-i", "text=ci", ...AS], project(), [], { CI: "true" });
    expect(told).toMatchObject({ code: 1 });
    expect(told.out).toContain("only with --yes");
  });

  test("colours are for terminals, unless told otherwise", async () => {
    const folder = makeProject({ "main.ops": "action x( {" });
    const colored = (text: string): boolean => text.includes("\u001b[");
    const run = async (args: string[], env: Record<string, string>) => (await onTerminal(args, folder, [], env)).out;
    expect(colored(await run(["check"], {}))).toBe(true);
    expect(colored(await run(["check"], { NO_COLOR: "1" }))).toBe(false);
    expect(colored(await run(["check", "--no-color"], {}))).toBe(false);
    expect(colored(await run(["check", "--json"], {}))).toBe(false);
    expect(colored((await opsc(["check"], folder)).out)).toBe(false);
  });
});

describe("files that travel", () => {
  test("an approval is not written over another", async () => {
    const folder = project();
    expect((await opsc(["plan", "ask", "-o", "p.opsplan.json", ...AS], folder)).code).toBe(0);
    const approve = ["approve", "p.opsplan.json", "--as", "ana@example.com", "-o", "ana"];
    expect((await opsc(approve, folder)).code).toBe(0);
    const before = readFileSync(path.join(folder, "ana.opsapproval.json"), "utf8");
    expect(await opsc(approve, folder)).toMatchObject({ code: 1, err: expect.stringContaining("take another name") });
    expect(readFileSync(path.join(folder, "ana.opsapproval.json"), "utf8")).toBe(before);
    const nowhere = await opsc([...approve.slice(0, -1), "no/where/ana"], folder);
    expect(nowhere.code).toBe(9);
    expect(nowhere.err).not.toContain("a fault of opsc");
  });
});

test("a plan whose nodes cannot be gone through in their order is none, to any command", async () => {
  const folder = project();
  expect((await opsc(["plan", "ask", "-o", "p.opsplan.json", ...AS], folder)).code).toBe(0);
  const { plan } = planFileSchema.parse(JSON.parse(readFileSync(path.join(folder, "p.opsplan.json"), "utf8")));
  const [first, last] = [plan.nodes[0], plan.nodes.at(-1)];
  if (first === undefined || last === undefined) throw new Error("the plan has no nodes");
  const rest = plan.nodes.slice(1);
  for (const [nodes, why] of [
    [
      [{ ...first, after: last.after.map((each) => ({ ...each, id: last.id })) }, ...rest],
      "which does not stand before it",
    ],
    [[{ ...first, after: last.after.map((each) => ({ ...each, id: "none" })) }, ...rest], "waits for none"],
    [[...plan.nodes, last], `two nodes are called ${last.id}`],
  ] as const) {
    const made = { ...plan, nodes };
    writeFileSync(path.join(folder, "made.opsplan.json"), JSON.stringify({ digest: digestOf(made), plan: made }));
    for (const args of [["show"], ["approve", "--as", "ana@example.com"], ["apply", ...AS], ["diff", "p.opsplan.json"]])
      expect(await opsc([...args, "made.opsplan.json"], folder), args[0]).toMatchObject({
        code: 8,
        err: expect.stringContaining(why),
      });
  }
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "planning that is ended by %s leaves no process behind",
  async (signal) => {
    const folder = makeProject({
      "main.ops": `use exec
use file
operation slow() {
  effect = read
  resource = "slow"
  repeat = idempotent
  call = exec.run(argv: ["sh", "-c", "echo $$ > pid; mv pid reading; sleep 300"], public: true)
  returns = call.stdout
}
action act() {
  fact f = slow()
  step w = file.write(path: "w", content: f) { rollback auto }
}
`,
    });
    const child = start(["plan", "act", ...AS], folder);
    const end = ended(child);
    await until(() => existsSync(path.join(folder, "reading")), "the fact to be read");
    const pid = Number(readFileSync(path.join(folder, "reading"), "utf8"));
    child.kill(signal);
    expect(await end).toMatchObject({
      code: 7,
      out: "",
      err: expect.stringContaining(`no plan was made: the process was sent ${signal}`),
    });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  },
  60_000,
);

test("what was started is not left behind when the reader goes away", async () => {
  const folder = project();
  const child = spawn(process.execPath, [binary, "explain"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(0);
  expect(execFileSync(process.execPath, [binary, "--version"], { encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+\n$/);
});
