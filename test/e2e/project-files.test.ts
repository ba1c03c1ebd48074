/** What the command reads beside sources: data files and packages, from a disk that may hold anything. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkFiles, openProject, textsOf } from "../../cli/project.ts";
import { makeProject, opsc } from "./opsc.ts";

test("as built: a plan made with a data file and a package holds until either changes", async () => {
  const project = makeProject({
    "main.ops": `import { limit } from "@acme/p"
use file
let notes = yaml("./notes.yaml") as map<string>
action note(about: one of notes, count: int where count <= limit) {
  step write = file.write(path: "out.txt", content: "\${about.value} \${count}") { rollback auto }
}
`,
    "notes.yaml": "web: hello\n",
    "node_modules/@acme/p/package.json": '{ "version": "1.0.0" }',
    "node_modules/@acme/p/index.ops": "let limit = 10\n",
  });
  const words = ["-i", "about=web", "-i", "count=1", "--as", "ana@example.com", "-o", "p.opsplan.json"];
  expect(await opsc(["plan", "note", ...words], project)).toMatchObject({ code: 0 });
  for (const file of ["notes.yaml", "node_modules/@acme/p/package.json", "node_modules/@acme/p/index.ops"]) {
    const text = readFileSync(path.join(project, file), "utf8");
    writeFileSync(path.join(project, file), `${text}\n`);
    const refused = await opsc(["apply", "p.opsplan.json", "--as", "ana@example.com"], project);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`${file} has changed`) });
    writeFileSync(path.join(project, file), text);
  }
  expect(await opsc(["apply", "p.opsplan.json", "--as", "ana@example.com"], project)).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(project, "out.txt"), "utf8")).toBe("hello 1");
});

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder with the files; paths may lead into folders that are not there yet. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-files-"));
  made.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

async function told(folder: string): Promise<string[]> {
  const { diagnostics } = checkFiles(await openProject(folder, { tests: false }));
  return diagnostics.map((d) => `${d.module}: ${d.message}`);
}

const DATA = { "opsc.config.json": "{}", "main.ops": 'let _data = json("./data.json") as json\n' };
const unreadable = (why: string): string[] => [`main.ops: data.json cannot be read: ${why}`];

describe("a data file", () => {
  test("is read, and stands among the sources", async () => {
    const folder = folderOf({ ...DATA, "data.json": "[1]", "unmentioned.json": "{" });
    expect(await told(folder)).toEqual([]);
    const project = await openProject(folder, { tests: false });
    expect([...textsOf(project).keys()]).toEqual(["main.ops", "data.json"]);
    expect(checkFiles(project).program.data.map((d) => d.path)).toEqual(["data.json"]);
  });

  test("of YAML and CSV, and a calendar", async () => {
    const main = `let _a = yaml("./a.yaml") as list<int>
let _b = csv("./deep/b.csv") as list<{ x: int }>
window w { timezone = "UTC"  calendar = "./freeze.ics" }
`;
    const calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
    const files = { "opsc.config.json": "{}", "main.ops": main, "a.yaml": "- 1\n", "deep/b.csv": "x\n1\n" };
    expect(await told(folderOf({ ...files, "freeze.ics": calendar }))).toEqual([]);
    expect(await told(folderOf({ ...files, "freeze.ics": "<html>" }))).toEqual([
      "freeze.ics: this is no iCalendar that can be read: it does not begin with BEGIN:VCALENDAR",
    ]);
  });

  test("that is not there, a folder, a pipe, a link in a circle, too large or no text", async () => {
    expect(await told(folderOf(DATA))).toEqual(unreadable("there is no such file"));
    expect(await told(folderOf({ ...DATA, "data.json/x": "" }))).toEqual(unreadable("it is a folder"));
    const pipe = folderOf(DATA);
    execFileSync("mkfifo", [path.join(pipe, "data.json")]);
    expect(await told(pipe)).toEqual(unreadable("it is no file but a device or a pipe"));
    const circle = folderOf(DATA);
    symlinkSync("data.json", path.join(circle, "data.json"));
    expect(await told(circle)).toEqual(unreadable("it is a link that leads back to itself"));
    const large = folderOf({ ...DATA, "data.json": "" });
    truncateSync(path.join(large, "data.json"), 100 * 1024 * 1024);
    expect(await told(large)).toEqual(unreadable("it has 104857600 bytes; at most 4194304 are read"));
    const binary = folderOf(DATA);
    writeFileSync(path.join(binary, "data.json"), Buffer.from([0x22, 0xff, 0x22]));
    expect(await told(binary)).toEqual(unreadable("it is not UTF-8 text: byte 1, on line 1, begins no character"));
  });

  test("out of the project is not read, by path or by link", async () => {
    const outside = folderOf({ "secret.json": "1" });
    const linked = folderOf(DATA);
    symlinkSync(path.join(outside, "secret.json"), path.join(linked, "data.json"));
    expect(await told(linked)).toEqual(unreadable("it lies outside"));
    const by = folderOf({ ...DATA, "main.ops": `let _data = json("../x.json") as json\n` });
    expect(await told(by)).toEqual(["main.ops: ../x.json cannot be read: it lies outside the project"]);
  });
});

const IMPORT = { "opsc.config.json": "{}", "main.ops": 'import { limit } from "@acme/p"\nlet _x = limit\n' };
const PACKAGE = "node_modules/@acme/p";
const refused = (why: string): string[] => [`main.ops: @acme/p cannot be imported: ${why}`];

describe("a package", () => {
  test("is found by its package.json, which stands among the sources with the files that are imported", async () => {
    const folder = folderOf({
      ...IMPORT,
      [`${PACKAGE}/package.json`]: '{ "name": "@acme/p", "version": "1.2.3", "ops": "./lib/main.ops" }',
      [`${PACKAGE}/lib/main.ops`]:
        'import { ten } from "./ten.ops"\nlet limit = ten\nlet names = yaml("./names.yaml") as list<string>\n',
      [`${PACKAGE}/lib/ten.ops`]: "let ten = 10\n",
      [`${PACKAGE}/lib/names.yaml`]: "- a\n",
      [`${PACKAGE}/lib/unused.ops`]: "let broken = \n",
    });
    expect(await told(folder)).toEqual([]);
    expect([...textsOf(await openProject(folder, { tests: false })).keys()].sort()).toEqual([
      "main.ops",
      `${PACKAGE}/lib/main.ops`,
      `${PACKAGE}/lib/names.yaml`,
      `${PACKAGE}/lib/ten.ops`,
      `${PACKAGE}/package.json`,
    ]);
  });

  test("has index.ops, if it names no other; subpaths are files", async () => {
    const folder = folderOf({
      ...IMPORT,
      "main.ops":
        'import { limit } from "@acme/p"\nimport { more } from "@acme/p/sub/more.ops"\nlet _x = limit + more\n',
      [`${PACKAGE}/package.json`]: "{}",
      [`${PACKAGE}/index.ops`]: "let limit = 10\n",
      [`${PACKAGE}/sub/more.ops`]: "let more = 1\n",
    });
    expect(await told(folder)).toEqual([]);
  });

  test("is found in a folder above, and its own packages beside it or within it", async () => {
    const folder = folderOf({
      "project/opsc.config.json": "{}",
      "project/deep/main.ops": IMPORT["main.ops"],
      [`${PACKAGE}/package.json`]: "{}",
      [`${PACKAGE}/index.ops`]: 'import { ten } from "ten"\nimport { one } from "one"\nlet limit = ten + one\n',
      [`${PACKAGE}/node_modules/ten/package.json`]: "{}",
      [`${PACKAGE}/node_modules/ten/index.ops`]: "let ten = 10\n",
      "node_modules/one/package.json": "{}",
      "node_modules/one/index.ops": "let one = 1\n",
    });
    expect(await told(path.join(folder, "project"))).toEqual([]);
  });

  test("that is linked is one package, however many ways lead to it, also in a circle", async () => {
    const outside = folderOf({
      "package.json": '{ "ops": "main.ops" }',
      "main.ops": 'import { limit as again } from "@acme/p/limit.ops"\nlet limit = again\n',
      "limit.ops": "let limit = 10\n",
    });
    mkdirSync(path.join(outside, "node_modules/@acme"), { recursive: true });
    symlinkSync(outside, path.join(outside, PACKAGE));
    const folder = folderOf(IMPORT);
    mkdirSync(path.join(folder, "node_modules/@acme"), { recursive: true });
    symlinkSync(outside, path.join(folder, PACKAGE));
    expect(await told(folder)).toEqual([]);
    expect(checkFiles(await openProject(folder, { tests: false })).program.modules.map((m) => m.path)).toEqual([
      "main.ops",
      `${PACKAGE}/limit.ops`,
      `${PACKAGE}/main.ops`,
    ]);
  });

  test("that is not there, has no .ops files, or a broken package.json", async () => {
    const missing = "it is neither in node_modules of the project nor in one of a folder above";
    expect(await told(folderOf(IMPORT))).toEqual(refused(missing));
    expect(await told(folderOf({ ...IMPORT, [PACKAGE]: "a file" }))).toEqual(refused(missing));
    expect(await told(folderOf({ ...IMPORT, [`${PACKAGE}/package.json`]: "{}" }))).toEqual(
      refused(`${PACKAGE}/index.ops: there is no such file`),
    );
    const broken = "its package.json cannot be used: ";
    const told_ = async (text: string): Promise<string[]> =>
      told(folderOf({ ...IMPORT, [`${PACKAGE}/package.json`]: text, [`${PACKAGE}/index.ops`]: "let limit = 1\n" }));
    expect(await told_("{")).toEqual(
      refused(`${broken}a key in double quotes, or "}" is expected, not the end of the file`),
    );
    expect(await told_("[]")).toEqual(refused(`${broken}it holds no object`));
    const entry = refused(`${broken}"ops" is to name a file of the package, such as "./index.ops"`);
    for (const ops of ['"../../main.ops"', '"/etc/passwd"', "5", '"./index.js"'])
      expect(await told_(`{ "ops": ${ops} }`)).toEqual(entry);
    expect(await told(folderOf({ ...IMPORT, [`${PACKAGE}/index.ops`]: "let limit = 1\n" }))).toEqual(
      refused(`${broken}there is no such file`),
    );
  });

  test("does not reach out of itself, by path or by link", async () => {
    const folder = folderOf({
      ...IMPORT,
      "own.ops": "let _ten = 10\n",
      [`${PACKAGE}/package.json`]: "{}",
      [`${PACKAGE}/index.ops`]: 'import { _ten } from "../../../own.ops"\nlet limit = _ten\n',
    });
    expect(await told(folder)).toEqual([
      "main.ops: the package @acme/p has an error at index.ops:1:22: ../../../own.ops cannot be imported: the path leads out of its package",
    ]);
    const linked = folderOf({ ...IMPORT, "own.ops": "let _limit = 10\n", [`${PACKAGE}/package.json`]: "{}" });
    symlinkSync("../../../own.ops", path.join(linked, PACKAGE, "index.ops"));
    expect(await told(linked)).toEqual(refused(`${PACKAGE}/index.ops: it lies outside`));
    const dots = folderOf({ ...IMPORT, "main.ops": 'import { x } from "@acme/p/../q.ops"\nlet _x = x\n' });
    expect(await told(dots)).toEqual(["main.ops: @acme/p/../q.ops cannot be imported: this is no name of a package"]);
  });

  test("keeps its warnings to itself, and its circles", async () => {
    const files = {
      ...IMPORT,
      [`${PACKAGE}/package.json`]: "{}",
      [`${PACKAGE}/index.ops`]: "let limit = 10\nlet notUsed = 1\nuse exec\n",
    };
    expect(await told(folderOf(files))).toEqual([]);
    const circle = {
      ...files,
      [`${PACKAGE}/index.ops`]: 'import { a } from "./a.ops"\nlet limit = a\n',
      [`${PACKAGE}/a.ops`]: 'import { limit } from "./index.ops"\nlet b = limit\nlet a = 1\n',
    };
    expect(await told(folderOf(circle))).toEqual([
      expect.stringContaining(
        "main.ops: the package @acme/p has an error at index.ops:1:19: these files import each other",
      ),
    ]);
  });
});

describe("a source that is a link", () => {
  const ROUGH = "action  b( ){wait 5s}\n";
  const TIDY = "action b() { wait 5s }\n";

  test.each([["check", "--fix"], ["check"], ["fmt"], ["fmt", "l.ops"], ["plan", "b"]])(
    "is refused by %s %s where it leads out of the project, and what it leads to stays as it is",
    async (...words) => {
      const outside = path.join(folderOf({ "o.ops": 'let a = "\\q"\naction c(x: int) { let y = 1 }\n' }), "o.ops");
      const before = readFileSync(outside, "utf8");
      const project = makeProject({ "main.ops": TIDY });
      symlinkSync(outside, path.join(project, "l.ops"));
      expect(await opsc(words, project)).toMatchObject({
        code: 1,
        err: expect.stringContaining(`l.ops leads out of the project, to ${outside}`),
      });
      expect(readFileSync(outside, "utf8")).toBe(before);
    },
  );

  test("through a folder is refused too", async () => {
    const outside = folderOf({ "o.ops": ROUGH });
    const project = makeProject({ "main.ops": TIDY });
    symlinkSync(outside, path.join(project, "sub"));
    expect(await opsc(["fmt", "sub"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("sub/o.ops leads out of the project"),
    });
    expect(readFileSync(path.join(outside, "o.ops"), "utf8")).toBe(ROUGH);
  });

  test("is taken where it leads to a file of the project, with a configuration or without one", async () => {
    for (const project of [makeProject({ "a.txt": ROUGH }), folderOf({ "a.txt": ROUGH })]) {
      mkdirSync(path.join(project, "deep"));
      symlinkSync("../a.txt", path.join(project, "deep/l.ops"));
      expect(await opsc(["check"], project)).toMatchObject({ code: 0 });
      expect(await opsc(["fmt"], project)).toMatchObject({ code: 0 });
      expect(readFileSync(path.join(project, "a.txt"), "utf8")).toBe(TIDY);
    }
  });

  test("to nothing is told about with both ends, an editor's lock is passed over", async () => {
    const project = makeProject({ "main.ops": TIDY });
    symlinkSync("user@host.123", path.join(project, ".#b.ops"));
    for (const command of ["check", "fmt"]) expect(await opsc([command], project)).toMatchObject({ code: 0 });
    symlinkSync("gone.ops", path.join(project, "b.ops"));
    for (const words of [["check"], ["fmt"], ["fmt", "b.ops"], ["check", "--fix"]])
      expect(await opsc(words, project)).toMatchObject({
        code: 1,
        err: expect.stringContaining("b.ops is a link to gone.ops, and there is no such file"),
      });
  });
});
