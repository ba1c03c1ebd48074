/**
 * The tour: a small service of four instances, and releases rolled over it by `opsc`. Every step runs the real command and
 * looks at the real service; the tour ends with exit 0 only if each thing it tells of really happened.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

const here = import.meta.dirname;
const opsc = path.resolve(here, "../../dist/opsc.mjs");
const world = mkdtempSync(path.join(tmpdir(), "opsc-demo-"));
const project = path.join(world, "release");
const instances: { readonly name: string; readonly port: number; readonly child: ChildProcess }[] = [];
const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
const say = (text = ""): void => void process.stdout.write(`${text}\n`);

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Both, as they came. */
  readonly all: string;
}

let chapter = 0;
function tell(title: string, ...words: string[]): void {
  chapter += 1;
  say(`\n${paint(1, `${chapter}. ${title}`)}`);
  for (const line of words) say(`   ${line}`);
  say();
}

/** Runs opsc in the project, shows the command and what it printed, and demands the exit code. */
async function run(
  args: readonly string[],
  expected: number,
  options: { readonly shown?: (text: string) => string; readonly cwd?: string } = {},
): Promise<Ran> {
  say(paint(36, `   $ opsc ${args.map((a) => (/^[\w./:=@-]+$/.test(a) ? a : JSON.stringify(a))).join(" ")}`));
  const child = start(args, options.cwd);
  const ran = await ended(child);
  const text = (options.shown ?? ((t: string) => t))(ran.all);
  for (const line of text.trimEnd().split("\n")) if (text.trim() !== "") say(paint(2, `   │ ${line}`));
  if (ran.code !== expected) throw new Error(`opsc ${args[0]} ended with ${ran.code}, not ${expected}`);
  return ran;
}

function start(args: readonly string[], cwd = project): ChildProcess {
  return spawn(process.execPath, [opsc, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "100" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<Ran> {
  let out = "";
  let err = "";
  let all = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
    all += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
    all += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, out, err, all };
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the tour expected: ${what}`);
  say(`   ${paint(32, "✓")} ${what}`);
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

async function startService(): Promise<void> {
  cpSync(here, project, { recursive: true, filter: (from) => !from.includes(".opsc") && !from.endsWith("demo.ts") });
  for (const name of ["web-1", "web-2", "web-3", "web-4"]) {
    mkdirSync(path.join(project, "fleet", name), { recursive: true });
    symlinkSync("../../releases/v1", path.join(project, "fleet", name, "current"));
    const port = await freePort();
    const child = spawn(process.execPath, [path.join(project, "service/instance.mjs"), name, String(port), project], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`${name} did not start`)));
      child.stdout?.once("data", () => resolve());
    });
    instances.push({ name, port, child });
  }
  const rows = instances.map((i) => `  ${JSON.stringify(i.name)}: { url: "http://127.0.0.1:${i.port}" },`);
  writeFileSync(
    path.join(project, "fleet.ops"),
    `type Instance = { url: url }\n\nlet instances: map<Instance> = {\n${rows.join("\n")}\n}\n`,
  );
}

/** What each instance says it serves, asked of the instances themselves. */
async function served(): Promise<string> {
  const answers = await Promise.all(
    instances.map(async (i) => {
      const response = await fetch(`http://127.0.0.1:${i.port}/`);
      const body = (await response.json()) as { version: string };
      return `${i.name} ${body.version}`;
    }),
  );
  return answers.join(", ");
}

const all = (version: string): string => instances.map((i) => `${i.name} ${version}`).join(", ");

async function planAndApprove(version: string, reason: string, shown: (text: string) => string): Promise<string> {
  const file = `${version}.opsplan.json`;
  await run(
    ["plan", "release", "-i", `version=${version}`, "--as", "dana@example.com", "--reason", reason, "-o", file],
    0,
    { shown },
  );
  await run(["approve", file, "--as", "ana@example.com", "--comment", "looks right"], 0);
  await run(["approve", file, "--as", "ben@example.com"], 0);
  return file;
}

const none = (): string => "(shown above for v2)";

async function tour(): Promise<void> {
  say(paint(1, "opsc: operations as checked, reviewed, undoable programs"));
  say(
    `A service of four instances is started here, each a process with a health check. All serve v1.\nThe project is a copy of examples/release in ${project}.`,
  );
  await startService();
  say();
  demand((await served()) === all("v1"), `asked themselves, they serve: ${all("v1")}`);

  tell(
    "Mistakes are found before anything runs",
    "Somebody takes the rollback of a step away. opsc check will not have it.",
  );
  const source = path.join(project, "release.ops");
  const good = readFileSync(source, "utf8");
  writeFileSync(source, good.replace(/ \{\n {6}rollback \{[\s\S]*?\n {6}\}\n {4}\}/, ""));
  const bad = await run(["check"], 1);
  demand(/write-without-rollback/.test(bad.out), "the step that could not be undone was found");
  writeFileSync(source, good);
  await run(["check"], 0);

  tell(
    "A plan, and a rule that says no",
    "A plan is made from the action and its inputs. It reads the world, and changes nothing.",
    "The project's guardrail says_why wants a reason; without one the plan is refused.",
  );
  const refused = await run(["plan", "release", "-i", "version=v2", "--as", "dana@example.com"], 3, {
    shown: (text) =>
      text
        .split("\n")
        .filter((l) => /refused|fail/.test(l))
        .join("\n"),
  });
  demand(/says_why/.test(refused.err), "the guardrail refused it, with its reason");

  tell(
    "The plan people review",
    "With a reason it passes. This is what a reviewer reads: what changes, who must approve, how each step is undone.",
  );
  await run(
    [
      "plan",
      "release",
      "-i",
      "version=v2",
      "--as",
      "dana@example.com",
      "--reason",
      "v2 brings the faster search",
      "-o",
      "v2.opsplan.json",
    ],
    0,
  );

  tell(
    "Two people approve this very plan",
    "Dana asked for it, so Dana's word does not count. An approval holds for the digest of the plan: a changed plan needs new ones.",
  );
  await run(["apply", "v2.opsplan.json", "--as", "dana@example.com"], 4);
  await run(["approve", "v2.opsplan.json", "--as", "dana@example.com"], 3);
  await run(["approve", "v2.opsplan.json", "--as", "ana@example.com", "--comment", "looks right"], 0);
  await run(["approve", "v2.opsplan.json", "--as", "ben@example.com"], 0);
  const edited = path.join(project, "edited.opsplan.json");
  writeFileSync(
    edited,
    readFileSync(path.join(project, "v2.opsplan.json"), "utf8").replaceAll("releases/v2", "releases/v3"),
  );
  await run(["apply", "edited.opsplan.json", "--as", "dana@example.com"], 8);
  demand((await served()) === all("v1"), "the edited plan was refused, and nothing has changed so far");

  tell("Apply: rolled forward in batches, a health check between", "Exactly the plan that was approved runs, once.");
  await run(["apply", "v2.opsplan.json", "--as", "dana@example.com"], 0);
  demand((await served()) === all("v2"), `the instances say: ${all("v2")}`);
  await run(["apply", "v2.opsplan.json", "--as", "dana@example.com"], 3);
  demand(true, "a plan is used once: applying it again was refused");

  tell(
    "A bad release is found, and undone",
    "v3 was built without its search index. That shows only when an instance serves it: the check after the first batch fails,",
    "and everything that started is undone, in reverse.",
  );
  const v3 = await planAndApprove("v3", "v3 brings spelling corrections", none);
  await run(["apply", v3, "--as", "dana@example.com"], 5);
  demand((await served()) === all("v2"), `nobody was told, and yet they serve: ${all("v2")}`);

  tell(
    "kill -9 in the middle",
    "v4 is good. While it is rolled out, the process that runs it is killed as hard as can be.",
  );
  const v4 = await planAndApprove("v4", "v4 brings the index and more", none);
  say(paint(36, `   $ opsc apply ${v4} --as dana@example.com      (and, once web-1 serves v4: kill -9)`));
  const victim = start(["apply", v4, "--as", "dana@example.com"]);
  const death = ended(victim);
  await until(async () => (await served()).startsWith("web-1 v4"), "web-1 serves v4");
  victim.kill("SIGKILL");
  await death;
  const half = await served();
  say(paint(2, `   │ killed; the instances say: ${half}`));
  demand(half !== all("v4"), "the fleet is half way, as after a power cut");
  const runs = JSON.parse((await run(["runs", "--json"], 0, { shown: () => "" })).out) as {
    runs: { run: string; outcome: string | null }[];
  };
  await run(["runs"], 0);
  say("   The fleet is half way, so nobody else may touch it: the run that died still holds its lock.");
  const back = await planAndApprove("v2", "v2 was fine, take it back", none);
  await run(["apply", back, "--as", "eli@example.com"], 3);
  demand((await served()) === half, "a second run was refused, and nothing has changed");
  const unfinished = runs.runs.find((r) => r.outcome === null);
  if (unfinished === undefined) throw new Error("the run that was killed is not among the runs");
  await run(["resume", unfinished.run, "--as", "dana@example.com"], 0);
  demand((await served()) === all("v4"), `the run went on where it was: ${all("v4")}`);

  tell("The record", "Everything that happened is in a log whose entries are chained by their hashes.");
  await run(["audit", "verify"], 0);
  const copy = path.join(world, "copy");
  cpSync(project, copy, { recursive: true, verbatimSymlinks: true });
  changeOneByte(path.join(copy, ".opsc", "opsc.db"), "looks right", "looks rignt");
  say("   One letter of a comment is changed in a copy of the log:");
  const found = await run(["audit", "verify"], 8, { cwd: copy });
  demand(/entry \d+/.test(found.out), "the changed byte was found");
  await run(["audit", "verify"], 0, { shown: (text) => text.split("\n")[0] ?? "" });
  say(
    `\n${paint(32, "All of it happened.")} What to read next: README.md, language/TUTORIAL.md, examples/release/release.ops.`,
  );
}

function changeOneByte(file: string, from: string, to: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(from);
  if (at < 0) throw new Error(`there is no ${JSON.stringify(from)} in ${file}`);
  bytes.write(to, at);
  writeFileSync(file, bytes);
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain: ${what}`);
}

if (!existsSync(opsc)) {
  say("Build it first: npm run build");
  process.exit(1);
}
try {
  await tour();
} catch (error) {
  say(`\n${paint(31, "The tour failed:")} ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const { child } of instances) child.kill();
  rmSync(world, { recursive: true, force: true });
}
