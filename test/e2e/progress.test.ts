/** How a run is shown while it goes on: on a terminal, on a pipe, in a CI job; and how the terminal is left. */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";
import { INTERRUPT, onTerminal } from "./terminal.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function project(): string {
  const folder = makeProject({
    "main.ops": `use exec
use file
operation sh(name: string, script: string) {
  effect   = write
  resource = "host:\${name}"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", script])
}
action works() {
  title = "Works 🚀 日本語"
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
  step slow = sh(name: "slow", script: "sleep 0.6") { rollback nothing "it only sleeps" }
  step flaky = sh(name: "flaky", script: "test -e tried || { touch tried; exit 1; }") {
    rollback nothing "it only tries"
    retry {
      attempts = 3
      backoff  = 1s..1s
    }
  }
}
action holds() {
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
  step hold = sh(name: "hold", script: "sleep 3") { rollback nothing "it only sleeps" }
  step two = file.write(path: "two.txt", content: "2") { rollback auto }
}
action fails() {
  step one = file.write(path: "one.txt", content: "1") { rollback auto }
  step bad = sh(name: "bad", script: "exit 3") { rollback nothing "it does nothing" }
}
`,
  });
  made.push(folder);
  return folder;
}

const apply = (action: string): string[] => ["apply", action, "--yes", "--as", "dana@example.com"];
const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
/** What stays on a terminal: all before the last frame was taken away is left out. */
const last = (out: string): string => out.slice(out.lastIndexOf("\u001b[J") + 3).replaceAll("\r", "");
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const plain = (out: string): string => out.replace(/\u001b\[[?\d;]*[A-Za-z]/g, "");

describe("on a terminal", () => {
  test("what goes on is redrawn, and what became of it stays, with the cursor shown", { timeout: 60_000 }, async () => {
    const { out, code } = await onTerminal(apply("works"), project());
    expect(code).toBe(0);
    expect(plain(out)).toContain("Works 🚀 日本語");
    expect(plain(out)).toMatch(/attempt 2 of 3, again in 1s/);
    expect(out.lastIndexOf(SHOW)).toBeGreaterThan(out.lastIndexOf(HIDE));
    const stays = plain(last(out))
      .split("\n")
      .map((line) => line.replace(/ {2,}/g, "  "));
    expect(stays.slice(0, 3)).toEqual([
      expect.stringMatching(/^✓ one {2}\d+m?s$/),
      expect.stringMatching(/^✓ slow {2}\d+m?s$/),
      expect.stringMatching(/^✓ flaky {2}at attempt 2 {2}\d+m?s$/),
    ]);
    expect(stays[3]).toMatch(/^run \S+ succeeded in /);
  });

  test("Ctrl-C is answered, and what is undone is told as undone", { timeout: 60_000 }, async () => {
    const folder = project();
    const { out, code } = await onTerminal(apply("holds"), folder, [{ until: /▸\S* \S*hold/, text: INTERRUPT }]);
    expect(code).toBe(7);
    expect(plain(out)).toContain("SIGINT: what runs comes to its end, then what started is undone.");
    expect(plain(last(out))).toMatch(/^↶ one +undone$/m);
    expect(plain(last(out))).toContain("next, to plan it again: opsc plan holds");
    expect(existsSync(path.join(folder, "one.txt"))).toBe(false);
    expect(out.lastIndexOf(SHOW)).toBeGreaterThan(out.lastIndexOf(HIDE));
  });

  test("Ctrl-C twice lets go, says how it goes on, and shows the cursor", { timeout: 60_000 }, async () => {
    const { out, code } = await onTerminal(apply("holds"), project(), [
      { until: /▸\S* \S*hold/, text: INTERRUPT },
      { until: /SIGINT/, text: INTERRUPT },
    ]);
    expect(code).toBe(7);
    expect(plain(last(out))).toMatch(/^\? hold {2}was cut off/m);
    expect(plain(out)).toMatch(/next, to bring it to its end: opsc resume \S+/);
    expect(out.lastIndexOf(SHOW)).toBeGreaterThan(out.lastIndexOf(HIDE));
  });

  test.each([
    [["--no-color"], {}],
    [[], { NO_COLOR: "1" }],
    [[], { TERM: "dumb" }],
    [[], { CI: "true" }],
  ])("lines, and nothing redrawn, with %j %j", { timeout: 60_000 }, async (args, env) => {
    const { out, code } = await onTerminal([...apply("fails"), ...args], project(), [], env);
    expect(code).toBe(5);
    expect(out).not.toContain("\u001b[?25");
    expect(out).not.toContain("\u001b[J");
    expect(out).toMatch(/^\d\d:\d\d:\d\d {2}bad {2}failed: /m);
  });
});

describe("on a pipe", () => {
  test("a line for each thing that is done, none twice", { timeout: 60_000 }, async () => {
    const { err, out } = await opsc(apply("works"), project());
    const told = err.split("\n").map((line) => line.slice(10).replace(/\d+m?s/g, "T"));
    expect(told.slice(1)).toEqual([
      "one    done in T",
      "slow   done in T",
      expect.stringContaining("flaky  failed: "),
      "flaky  tried again in T (attempt 2 of 3)",
      "flaky  done in T",
      "",
    ]);
    expect(out).toMatch(/^run \S+ succeeded in \S+\n$/);
  });

  test("in GitHub Actions a failure is pointed out beside the job", { timeout: 60_000 }, async () => {
    const pointed = await opsc(apply("fails"), project(), "", { GITHUB_ACTIONS: "true" });
    expect(pointed.err).toMatch(/^::error title=fails::run \S+ failed: everything it did was undone: bad: /m);
    const json = await opsc([...apply("fails"), "--json"], project(), "", { GITHUB_ACTIONS: "true" });
    expect(json.err).not.toContain("::error");
    const good = await opsc(apply("works"), project(), "", { GITHUB_ACTIONS: "true" });
    expect(good.err).not.toContain("::");
  });
});
