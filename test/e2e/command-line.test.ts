/** The command line itself: help, and what is said of arguments that are wrong. */
import { describe, expect, test } from "vitest";
import { EXIT } from "../../cli/exit.ts";
import { makeProject, opsc } from "./opsc.ts";

const project = makeProject({ "main.ops": "" });

describe("arguments that are wrong are told in one line, with what to do, and exit 1", () => {
  test.each([
    [["chekc"], "there is no command chekc", "did you mean check?"],
    [["check", "--fxi"], "opsc check has no option --fxi", "did you mean --fix?"],
    [["check", "--limit"], "--limit needs a value", "opsc check --help shows how"],
    [["check", "--limit", "ten"], "--limit cannot be ten: give a whole number, 0 or more", "opsc check --help"],
    [["check", "--format", "xml"], "--format cannot be xml: it is one of text, json, github, sarif", "opsc check"],
    [["plan"], "opsc plan needs the action", "opsc plan --help shows how"],
    [["show"], "opsc show needs plan or run", "opsc show --help shows how"],
    [["plan", "a", "b"], "opsc plan takes one argument, and b is too many", "opsc plan --help"],
    [["runs", "a"], "opsc runs takes no arguments, and a is too many", "opsc runs --help"],
    [["plan", "a", "-i", "b"], "--input cannot be b: write name=value", "opsc plan --help"],
    [["apply", "a", "--parallel", "1e3"], "--parallel cannot be 1e3: give a whole number from 1 to 1024", "opsc apply"],
    [
      ["audit", "verfiy"],
      "opsc audit cannot take verfiy: it is one of verify, export, keygen, checkpoint, publish, prove, overrides, erase",
      "opsc audit --help",
    ],
    [["help", "exit-code"], "there is no command or page exit-code", "did you mean exit-codes?"],
    [["--no-color", "check"], "--no-color stands before the command", "options stand behind it: opsc check --no-color"],
    [["--dir", "/x", "check"], "--dir stands before the command", "options stand behind it: opsc check --dir"],
    [["lint"], "there is no command lint", "here that is opsc check"],
    [["undo"], "there is no command undo", "here that is opsc rollback"],
    [["--vresion"], "opsc has no option --vresion", "did you mean --version?"],
    [["explain", "write-without-rolback"], "no diagnostic is called write-without-rolback", "write-without-rollback?"],
  ])("opsc %j", async (args, message, help) => {
    const told = await opsc(args, project);
    const [first, second, ...rest] = told.err.trimEnd().split("\n");
    expect(told).toMatchObject({ code: EXIT.wrong, out: "" });
    expect(first).toBe(`error: ${message}`);
    expect(second).toContain(help);
    expect(rest).toEqual([]);
    const json = await opsc([...args, "--json"], project);
    expect(json).toMatchObject({ code: EXIT.wrong, err: "" });
    if (args.at(-1) !== "--limit") expect(JSON.parse(json.out)).toMatchObject({ error: { message, exit: 1 } });
  });
});

describe("help", () => {
  test("lists the commands by what one wants to do", async () => {
    const told = await opsc(["--help"], project);
    expect(told).toMatchObject({ code: 0, err: "" });
    const groups = [...told.out.matchAll(/^(\S.*):$/gm)].map(([, name]) => name);
    expect(groups).toEqual(["Options", "Write", "Review", "Run", "Look", "Set up", "A first look"]);
    expect((await opsc(["help"], project)).out).toBe(told.out);
    expect((await opsc([], project)).code).toBe(EXIT.wrong);
  });

  test("every command has --json, --no-color, a sentence and an example of itself", async () => {
    const { out } = await opsc(["--help"], project);
    const names = [...out.matchAll(/^ {2}([a-z]+)(?: [<[]\S+)* {2,}\S/gm)].flatMap(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(12);
    for (const name of names) {
      const told = await opsc([name, "--help"], project);
      expect(told).toMatchObject({ code: 0, err: "" });
      expect(told.out, name).toMatch(/^ {2}--json /m);
      expect(told.out, name).toMatch(/^ {2}--no-color /m);
      expect(told.out, name).toMatch(new RegExp(`^Examples?:\\n {2}.*\\bopsc ${name}\\b`, "m"));
      expect((await opsc(["help", name], project)).out).toBe(told.out);
    }
  });

  test("of exit codes names every code, in 60 columns too, and as data", async () => {
    const narrow = await opsc(["help", "exit-codes"], project, "", { COLUMNS: "60" });
    expect([...narrow.out.matchAll(/^(\d+) /gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
    for (const line of narrow.out.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    const { entries } = JSON.parse((await opsc(["help", "exit-codes", "--json"], project)).out) as {
      entries: { code: number }[];
    };
    expect(entries.map(({ code }) => code)).toEqual(Object.values(EXIT));
  });

  test.each(["60", "80", "200"])("fits a terminal of %s columns", async (columns) => {
    for (const args of [["--help"], ["plan", "--help"]]) {
      const { out } = await opsc(args, project, "", { COLUMNS: columns });
      const own = out.slice(0, out.search(/^(A first look|Examples?):/m));
      for (const line of own.split("\n")) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
    }
  });
});
