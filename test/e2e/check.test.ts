/** `opsc check` through the real command: fixes written to files, formats, severities, hostile input. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkOutputSchema } from "../../compiler/diagnostics/diagnostics.schema.ts";
import { makeProject, opsc } from "./opsc.ts";

const BROKEN = `# scaling
import { most, least } from "./org.ops"
use http
action scale(n: int where n <= most) {
  require n > 0 and n < 9 else "no"
  fact up = http.get("https://example.com")
  require up.status == 200
}
`;
const MENDED = `// scaling
import { most } from "./org.ops"
use http
action scale(n: int where n <= most) {
  require n > 0 && n < 9 else "no"
  fact up = http.get(url: "https://example.com")
  require up.status == 200
}
`;
const ORG = "let most = 5;\nlet least = 1\n";
const read = (project: string, name: string): string => readFileSync(path.join(project, name), "utf8");

describe("--fix", () => {
  test("mends what is safe, says so, and leaves the rest of the files alone", async () => {
    const project = makeProject({ "main.ops": BROKEN, "org.ops": ORG, "deep/fine.ops": "let _a = 1\n" });
    chmodSync(path.join(project, "main.ops"), 0o640);
    const untouched = statSync(path.join(project, "deep/fine.ops")).mtimeMs;
    const ran = await opsc(["check", "--fix"], project);
    expect(ran, ran.out).toMatchObject({ code: 0 });
    expect(read(project, "main.ops")).toBe(MENDED);
    expect(read(project, "org.ops")).toBe("let most = 5\n");
    expect(ran.err).toContain("fixed main.ops: `and` cannot stand here: write && (unexpected)");
    expect(ran.err).toContain("6 fixes in 2 files");
    expect(ran.out).toContain("nothing wrong");
    expect(statSync(path.join(project, "main.ops")).mode & 0o777).toBe(0o640);
    expect(statSync(path.join(project, "deep/fine.ops")).mtimeMs).toBe(untouched);
    expect(await opsc(["check", "--fix"], project)).toMatchObject({ code: 0, err: "" });
  });

  test("--diff and --dry-run write nothing; the diff is one that git takes", async () => {
    const project = makeProject({ "main.ops": BROKEN, "org.ops": ORG });
    const dry = await opsc(["check", "--fix", "--dry-run"], project);
    expect(dry.err).toContain("would fix org.ops");
    expect(dry.code).toBe(1);
    const { out } = await opsc(["check", "--fix", "--diff", "--json"], project);
    const data = checkOutputSchema.parse(JSON.parse(out));
    expect(data.fixed).toMatchObject({ written: false, files: ["main.ops", "org.ops"], refused: [] });
    expect(read(project, "main.ops")).toBe(BROKEN);
    const shown = (await opsc(["check", "--fix", "--diff"], project)).out;
    const patch = shown.slice(0, shown.indexOf("error["));
    execFileSync("git", ["apply"], { cwd: project, input: patch });
    expect(read(project, "main.ops")).toBe(MENDED);
    expect((await opsc(["check", "--dry-run"], project)).code).toBe(1);
  });

  test("where nothing is safe to fix, it says so; where nothing is wrong, it says nothing of fixes", async () => {
    const project = makeProject({ "main.ops": "action act(url: string) { fact got = htp.get(url: url) }\n" });
    const nothing = "nothing fixed: none of what follows has a fix that is safe without a person\n";
    for (const more of [[], ["--diff"], ["--dry-run"]]) {
      const ran = await opsc(["check", "--fix", ...more], project);
      expect(ran).toMatchObject({ code: 1, err: nothing });
      expect(ran.out).toMatch(/^error\[unknown-name\]/);
    }
    writeFileSync(path.join(project, "main.ops"), "let _a = 1\n");
    expect(await opsc(["check", "--fix", "--diff"], project)).toMatchObject({ code: 0, err: "" });
  });

  test("paths choose what is mended; a link stays a link", async () => {
    const project = makeProject({ "main.ops": BROKEN, "org.ops": ORG });
    mkdirSync(path.join(project, "real"));
    renameSync(path.join(project, "org.ops"), path.join(project, "real/org.txt"));
    symlinkSync("real/org.txt", path.join(project, "org.ops"));
    await opsc(["check", "--fix", "org.ops"], project);
    expect(read(project, "main.ops")).toBe(BROKEN);
    expect(read(project, "real/org.txt")).toBe("let most = 5\nlet least = 1\n");
    expect(lstatSync(path.join(project, "org.ops")).isSymbolicLink()).toBe(true);
  });
});

describe("formats", () => {
  test("SARIF and GitHub name files from the root of the repository", async () => {
    const project = makeProject({ "ops/main.ops": "let a = 1\n", "ops/opsc.config.json": "{}" });
    execFileSync("git", ["init", "-q"], { cwd: project });
    const inside = path.join(project, "ops");
    const sarif = JSON.parse((await opsc(["check", "--format", "sarif"], inside)).out);
    expect(sarif.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("ops/main.ops");
    expect((await opsc(["check", "--format", "github"], inside)).out).toMatch(/^::warning file=ops\/main\.ops,line=1,/);
  });

  test("of many diagnostics a file's first are drawn, the others counted", async () => {
    const many = Array.from({ length: 70 }, (_, i) => `let a${i} = 1`).join("\n");
    const project = makeProject({ "main.ops": `${many}\n` });
    expect((await opsc(["check"], project)).out).toContain("main.ops: and 20 more (20 warnings)\n70 warnings\n");
    expect((await opsc(["check", "--limit", "0"], project)).out).not.toContain("more");
    expect(JSON.parse((await opsc(["check", "--json"], project)).out).diagnostics).toHaveLength(70);
  });

  test("the configuration decides what is wrong; --fail-level decides over it", async () => {
    const files = { "main.ops": "let a = 1\n// opsc-allow unused-name: later\nlet b = 1\n" };
    const project = makeProject(files);
    expect((await opsc(["check"], project)).code).toBe(0);
    writeFileSync(path.join(project, "opsc.config.json"), '{ "check": { "failLevel": "warning" } }');
    expect((await opsc(["check"], project)).code).toBe(1);
    expect((await opsc(["check", "--fail-level", "error"], project)).code).toBe(0);
    writeFileSync(path.join(project, "opsc.config.json"), '{ "check": { "severity": { "unused-name": "error" } } }');
    expect(await opsc(["check"], project)).toMatchObject({
      code: 1,
      out: expect.stringContaining("error[unused-name]"),
    });
    writeFileSync(path.join(project, "opsc.config.json"), '{ "check": { "severity": { "unused-name": "off" } } }');
    expect(await opsc(["check"], project)).toMatchObject({
      code: 0,
      out: expect.stringContaining("1 warning silenced"),
    });
    expect(JSON.parse((await opsc(["check", "--json"], project)).out).silenced).toMatchObject([{ reason: "later" }]);
  });
});

describe("files of tests", () => {
  const SOURCE = 'use file\naction put(x: string) { step w = file.write(path: "x", content: x) { rollback auto } }\n';
  const TEST = `import { put } from "./main.ops"
test "it writes" {
  run put(x: "1")
  expect run.outcome == succeeded
}
`;
  test("are checked with the rest, and counted", async () => {
    const project = makeProject({ "main.ops": SOURCE, "main.test.ops": TEST });
    expect((await opsc(["check"], project)).out).toMatch(/^2 files, 1 action, 1 test: nothing wrong/);
    writeFileSync(path.join(project, "main.test.ops"), TEST.replace("x: ", "y: "));
    for (const args of [["check"], ["check", "main.test.ops"]])
      expect(await opsc(args, project)).toMatchObject({ code: 1, out: expect.stringContaining("main.test.ops:3:") });
    expect((await opsc(["check", "main.ops"], project)).code).toBe(0);
  });

  test("are no part of a plan, whatever stands in them", async () => {
    const project = makeProject({ "main.ops": SOURCE, "main.test.ops": "garbage {" });
    const as = ["--as", "ana@example.com"];
    const made = await opsc(["plan", "put", "-i", "x=1", "-o", "p.opsplan.json", ...as], project);
    expect(made, made.err).toMatchObject({ code: 0 });
    expect(JSON.parse(read(project, "p.opsplan.json")).plan.sources).toMatchObject([{ path: "main.ops" }]);
    writeFileSync(path.join(project, "main.test.ops"), "other garbage");
    expect((await opsc(["apply", "p.opsplan.json", ...as], project)).code).toBe(0);
  });
});

describe("a report where nothing could be checked", () => {
  test("is in the format asked for, and people are told on standard error", async () => {
    const project = makeProject({});
    const words = expect.stringContaining("there are no .ops files");
    const sarif = await opsc(["check", "--format", "sarif"], project);
    expect(sarif).toMatchObject({ code: 1, err: words });
    expect(JSON.parse(sarif.out).runs[0]).toMatchObject({
      results: [],
      invocations: [{ executionSuccessful: false, toolExecutionNotifications: [{ message: { text: words } }] }],
    });
    const json = await opsc(["check", "--format", "json"], project);
    expect(JSON.parse(json.out)).toMatchObject({ error: { message: words, exit: 1 } });
    expect((await opsc(["check", "--format", "github"], project)).out).toMatch(/^::error title=opsc::there are no/);
  });

  test("of a provider that cannot be had is at its place in the configuration", async () => {
    const config = '{ "providers": { "k8s": "./nope", "dns": "./neither" } }';
    const project = makeProject({ "main.ops": "let _a = 1\n", "opsc.config.json": config });
    const sarif = await opsc(["check", "--format", "sarif"], project);
    expect(sarif.code).toBe(9);
    expect(JSON.parse(sarif.out).runs[0].results).toMatchObject([
      { ruleId: "configuration", locations: [{ physicalLocation: { region: { startColumn: 25 } } }] },
      { ruleId: "configuration", locations: [{ physicalLocation: { region: { startColumn: 42 } } }] },
    ]);
    const data = JSON.parse((await opsc(["check", "--json"], project)).out);
    expect(data.diagnostics).toMatchObject([{ code: "configuration", file: "opsc.config.json" }, {}]);
  });
});

test("what is wrong with the arguments stands on a line of its own", async () => {
  const ran = await opsc(["check", "--format", "xml"], makeProject({}));
  expect(ran.err).toMatch(
    /^error: --format cannot be xml: it is one of text, json, github, sarif\n {2}opsc check --help/,
  );
});

test("the catalog tells risk, owner and approvals, or what they depend on", async () => {
  const project = makeProject({
    "main.ops": `approver sre { members = ["ana@example.com", "ben@example.com"] }
approver dba { members = ["eli@example.com", "flo@example.com"] }
action move(big: bool) {
  risk = high
  owner = sre
  approve by all of [sre, dba]
  approve by sre when big
  wait 1s
}
action other(big: bool) { risk = big ? high : low  wait 1s }
`,
  });
  const { out } = await opsc(["catalog"], project);
  expect(out).toContain(`  risk high · owner sre
  approval by sre and dba: 1 of each
  approval by sre: 1, under a condition
  -i big=…  bool
`);
  expect(out).toMatch(/other .*\n {2}risk depends on inputs: big \? "?high"? : "?low"?\n/);
  const { actions } = JSON.parse((await opsc(["catalog", "--json"], project)).out);
  expect(actions[0]).toMatchObject({ risk: { is: "known", value: "high" }, owner: { is: "known", value: "sre" } });
  expect(actions[1]).toMatchObject({ risk: { is: "depends" }, owner: null, approvals: [] });
});

describe("hostile input", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const ACTION = 'action show(j: json) { title = "x" }\n';
  test("JSON nested without end is refused with words", async () => {
    const project = makeProject({ "main.ops": ACTION, "deep.json": `{"j":${deep}}`, "config.json": deep });
    const inputs = await opsc(["plan", "show", "--inputs", "deep.json", "--as", "a@example.com"], project);
    expect(inputs).toMatchObject({ code: 1, err: expect.stringContaining("nested deeper") });
    await opsc(["plan", "show", "-i", "j=1", "--as", "a@example.com", "-o", "p.opsplan.json"], project);
    const plan = read(project, "p.opsplan.json");
    const op = `${'{"k":"op","op":"not","at":null,"args":['.repeat(30_000)}${"]}".repeat(30_000)}`;
    for (const put of [deep, op]) {
      writeFileSync(path.join(project, "p.opsplan.json"), plan.replace('"inputs":', `"when":${put},"inputs":`));
      for (const command of ["show", "apply"]) expect((await opsc([command, "p.opsplan.json"], project)).code).toBe(8);
    }
    const type = `${'{"kind":"list","of":'.repeat(20_000)}{"kind":"int"}${"}".repeat(20_000)}`;
    const provider = makeProject({
      "main.ops": ACTION,
      "opsc.config.json": '{ "providers": { "p": "./p" } }',
      "p/package.json": '{ "name": "p", "opsc": { "manifest": "m.json", "provider": "p.js" } }',
      "p/p.js": "",
      "p/m.json": `{ "config": [{ "type": ${type} }] }`,
    });
    expect(await opsc(["check"], provider)).toMatchObject({ code: 9, out: expect.stringContaining("nested deeper") });
    const wrong = makeProject({ "main.ops": ACTION, "opsc.config.json": deep });
    expect(await opsc(["check"], wrong)).toMatchObject({ code: 1, out: expect.stringContaining("nested deeper") });
  });

  test("controls, also of the second kind, and marks of direction reach no terminal", async () => {
    const nasty = "\u009b2J\u202e\u2066\u0085\u200b";
    const project = makeProject({ "main.ops": `action a(x: string) { title = "${nasty}" }\nlet ${nasty} = 1\n` });
    for (const args of [
      ["check"],
      ["check", "--json"],
      ["check", "--format", "sarif"],
      ["check", "--format", "github"],
      ["catalog", "--json"],
      ["explain", nasty],
      ["plan", nasty, "--json"],
      ["check", `--${nasty}`],
      [nasty],
    ]) {
      const { out, err } = await opsc(args, project);
      expect(`${out}${err}`).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200b]/);
    }
  });
});

test("a path of another project is not told to be fine", async () => {
  const folder = makeProject({
    "main.ops": "action a() {\n  wait 1s\n}\n",
    "sub/two.ops": "",
    "notes.md": "",
    "empty/x.md": "",
  });
  const other = makeProject({ "bad.ops": "action a(" });
  mkdirSync(path.join(folder, "inner"));
  writeFileSync(path.join(folder, "inner/opsc.config.json"), "{}");
  writeFileSync(path.join(folder, "inner/bad.ops"), "action a(");
  const check = (...paths: string[]) => opsc(["check", ...paths], folder);
  for (const fine of [[], ["."], ["main.ops"], ["sub"], ["sub/two.ops"], ["notes.md"], [".."], [folder]])
    expect(await check(...fine), fine.join(" ")).toMatchObject({ code: 0 });
  for (const wrong of [other, path.join(other, "bad.ops"), "inner", "inner/bad.ops", "empty"])
    expect(await check("main.ops", wrong), wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${wrong} is no part of the project in ${folder}: no source of it was checked`),
    });
});
