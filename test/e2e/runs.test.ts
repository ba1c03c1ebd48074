/** `opsc runs`: where runs stand, which of them, and what to do. */
import { existsSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runsOutputSchema } from "../../cli/output.schema.ts";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const project = makeProject({
  "main.ops": `use exec
use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action needs_lock() {
  lock = ["fleet"]
  step w = file.write(path: "l", content: "x") { rollback auto }
  approve by sre
  step z = file.write(path: "m", content: "x") { rollback auto }
}
action fine() {
  step w = file.write(path: "x", content: "x") { rollback auto }
}
action asks() {
  step w = file.write(path: "y", content: "x") { rollback auto }
  approve by sre
}
action fails() {
  step w = file.write(path: "z", content: "x") { rollback auto }
  step bad = exec.run(argv: ["false"]) { rollback nothing "it did nothing" }
}
action once() {
  step pay = exec.run(argv: ["sh", "-c", "touch paying; sleep 60"]) { irreversible "money" }
}
action slow() {
  lock = ["fleet"]
  step wait_long = exec.run(argv: ["sh", "-c", "touch slow; sleep 60"]) { rollback nothing "it only sleeps" }
}
`,
});

interface Told {
  readonly run: string;
  readonly action: string | null;
  readonly status: string | null;
}

const runs = async (...args: string[]): Promise<Told[]> => {
  const told = await opsc(["runs", "--json", ...args], project);
  expect(told, told.err).toMatchObject({ code: 0, err: "" });
  return runsOutputSchema.parse(JSON.parse(told.out)).runs.map(({ run, action, status }) => ({ run, action, status }));
};
const actions = async (...args: string[]): Promise<string[]> =>
  (await runs(...args)).map(({ action }) => (action ?? "").slice("main.ops#".length)).sort();

const apply = (action: string, as = "dana@example.com"): string[] => ["apply", action, "--yes", "--as", as];

async function killed(action: string, begun: string): Promise<void> {
  const child = start(apply(action), project);
  const end = ended(child);
  await until(() => existsSync(path.join(project, begun)), `${action} began`);
  child.kill("SIGKILL");
  await end;
}

beforeAll(async () => {
  expect((await opsc(apply("fine"), project)).code).toBe(0);
  expect((await opsc(apply("fine", "eve@example.com"), project)).code).toBe(0);
  expect((await opsc(apply("asks"), project)).code).toBe(4);
  expect((await opsc(apply("fails"), project)).code).toBe(5);
  await killed("once", "paying");
  const [once] = await runs("--action", "once");
  expect(once?.status).toBe("cut_off");
  expect((await opsc(["resume", once?.run ?? "", "--as", "dana@example.com"], project)).code).toBe(11);
  // While it waits for people its locks are free, and a run that is cut off keeps those it took.
  expect((await opsc(apply("needs_lock"), project)).code).toBe(4);
  await killed("slow", "slow");
  const [needs] = await runs("--action", "needs_lock");
  expect((await opsc(["approve", needs?.run ?? "", "--as", "ana@example.com"], project)).code).toBe(0);
  expect((await opsc(["resume", needs?.run ?? "", "--as", "dana@example.com"], project)).code).toBe(3);
}, 60_000);

describe("which", () => {
  test("all, with where each stands", async () => {
    const all = Object.fromEntries((await runs()).map(({ action, status }) => [action?.slice(9), status]));
    expect(all).toEqual({
      fine: "succeeded",
      asks: "waiting",
      fails: "undone",
      once: "unknown",
      slow: "cut_off",
      needs_lock: "locked",
    });
  });

  test.each([
    [
      ["--status", "open"],
      ["asks", "needs_lock", "once", "slow"],
    ],
    [["--status", "locked"], ["needs_lock"]],
    [
      ["--status", "waiting", "--status", "undone"],
      ["asks", "fails"],
    ],
    [
      ["--action", "fine"],
      ["fine", "fine"],
    ],
    [
      ["--action", "main.fine"],
      ["fine", "fine"],
    ],
    [
      ["--action", "main.ops#fine"],
      ["fine", "fine"],
    ],
    [["--action", "none"], []],
    [["--since", "1h", "--status", "undone"], ["fails"]],
    [["--since", "2999-01-01"], []],
    [["--since", "2001-01-01T00:00:00Z", "--status", "cut_off"], ["slow"]],
    [["--as", "EVE@example.com"], ["fine"]],
    [["--mine", "--as", "eve@example.com"], ["fine"]],
    [["--workspace", "other"], []],
    [["--workspace", "default", "--status", "undone"], ["fails"]],
    [
      ["--limit", "0", "--action", "fine"],
      ["fine", "fine"],
    ],
  ])("%j", async (args, wanted) => {
    expect(await actions(...args)).toEqual(wanted);
  });

  test("the newest first, as many as asked for, and whether there are more", async () => {
    const two = await opsc(["runs", "--limit", "2"], project);
    expect(two.err).toBe("older ones are left out: --limit 0 lists all\n");
    expect((await runs()).map(({ run }) => run)[0]).toBe((await runs("--limit", "1"))[0]?.run);
    expect((await opsc(["runs", "--limit", "7"], project)).err).toBe("");
  });

  test("arguments that are wrong are told", async () => {
    expect(await opsc(["runs", "--status", "waitin"], project)).toMatchObject({ code: 1 });
    expect((await opsc(["runs", "--since", "yesterday"], project)).err).toContain("write 7d, 2026-11-21");
  });
});

test.each(["40", "60", "100", "200"])("in %s columns every line fits, and says what to do", async (columns) => {
  const { out, code } = await opsc(["runs"], project, "", { COLUMNS: columns });
  expect(code).toBe(0);
  for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
  const words = out.replace(/\s+/g, " ");
  expect(words).toMatch(/opsc approve (\S+), then opsc resume \1;/);
  expect(words).toMatch(/opsc resume (\S+) asks what became of each, and takes --mark/);
  expect(words).toMatch(/cut off/);
  expect(words).toMatch(/opsc resume \S+, once the runs that hold its locks are over/);
});

test("nothing is listed where there is nothing, without making a store", async () => {
  const empty = makeProject({ "main.ops": "" });
  expect(await opsc(["runs"], empty)).toMatchObject({ code: 0, out: "no runs yet\n", err: "" });
  expect(JSON.parse((await opsc(["runs", "--json"], empty)).out)).toEqual({ runs: [], more: false, freezes: [] });
  expect(existsSync(path.join(empty, ".opsc"))).toBe(false);
  expect(await opsc(["runs", "--status", "denied"], project)).toMatchObject({ code: 0, out: "no run is like that\n" });
});
