/** `opsc fmt` through the real command. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";

const ROUGH = "\uFEFFlet a=1\r\n\r\n\r\naction b( ){wait 5s}  // c\r\n";
const LAID_OUT = "let a = 1\n\naction b() { wait 5s } // c\n";
const FAULTY = "let a = \nlet b=2\n";

const read = (project: string, name: string): string => readFileSync(path.join(project, name), "utf8");

describe("fmt", () => {
  test("lays out the project's files, tests too, and leaves those with errors alone", async () => {
    const project = makeProject({
      "a.ops": ROUGH,
      "deep/b.test.ops": ROUGH,
      "c.ops": FAULTY,
      "fine.ops": LAID_OUT,
      "other/opsc.config.json": "{}",
      "other/d.ops": ROUGH,
      "node_modules/e.ops": ROUGH,
    });
    chmodSync(path.join(project, "a.ops"), 0o640);
    const untouched = statSync(path.join(project, "fine.ops")).mtimeMs;
    const ran = await opsc(["fmt"], project);
    expect(ran).toMatchObject({ code: 1, out: "a.ops\ndeep/b.test.ops\n" });
    expect(ran.err).toContain("c.ops:1:8");
    expect(ran.err).toContain("2 files of 4 laid out, 1 left alone for errors");
    expect(read(project, "a.ops")).toBe(LAID_OUT);
    expect(read(project, "deep/b.test.ops")).toBe(LAID_OUT);
    expect(read(project, "c.ops")).toBe(FAULTY);
    expect(read(project, "other/d.ops")).toBe(ROUGH);
    expect(read(project, "node_modules/e.ops")).toBe(ROUGH);
    expect(statSync(path.join(project, "a.ops")).mode & 0o777).toBe(0o640);
    expect(statSync(path.join(project, "fine.ops")).mtimeMs).toBe(untouched);
    expect(readdirSync(project).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("takes files and folders, and follows links to their targets", async () => {
    const project = makeProject({ "a.ops": ROUGH, "deep/b.ops": ROUGH, "target.txt": ROUGH });
    symlinkSync("../target.txt", path.join(project, "deep/link.ops"));
    expect(await opsc(["fmt", "deep"], project)).toMatchObject({ code: 0, out: "deep/b.ops\ndeep/link.ops\n" });
    expect(read(project, "a.ops")).toBe(ROUGH);
    expect(read(project, "target.txt")).toBe(LAID_OUT);
    expect(lstatSync(path.join(project, "deep/link.ops")).isSymbolicLink()).toBe(true);
    expect(await opsc(["fmt", "a.ops", "./a.ops"], project)).toMatchObject({ code: 0, out: "a.ops\n" });
    expect(await opsc(["fmt"], project)).toMatchObject({ code: 0, out: "" });
  });

  test("--check and --diff write nothing", async () => {
    const project = makeProject({ "a.ops": ROUGH, "b.ops": LAID_OUT });
    expect(await opsc(["fmt", "--check"], project)).toMatchObject({ code: 1, out: "a.ops\n" });
    expect(await opsc(["fmt", "--check", "b.ops"], project)).toMatchObject({ code: 0, out: "" });
    const diff = await opsc(["fmt", "--diff"], project);
    expect(diff.code).toBe(0);
    expect(diff.out).toContain("+let a = 1");
    expect(read(project, "a.ops")).toBe(ROUGH);
  });

  test("- lays out standard input", async () => {
    const project = makeProject({});
    expect(await opsc(["fmt", "-"], project, ROUGH)).toEqual({ code: 0, out: LAID_OUT, err: "" });
    const faulty = await opsc(["fmt", "-"], project, FAULTY);
    expect(faulty).toMatchObject({ code: 1, out: "" });
    expect(faulty.err).toContain("1:8");
    expect(await opsc(["fmt", "-", "--check"], project, ROUGH)).toMatchObject({ code: 1, out: "-\n" });
    expect(await opsc(["fmt", "-", "a.ops"], project, ROUGH)).toMatchObject({ code: 1, out: "" });
    expect(await opsc(["fmt", "-"], project, "")).toEqual({ code: 0, out: "", err: "" });
  });

  test("--json is one document", async () => {
    const project = makeProject({ "a.ops": ROUGH, "b.ops": LAID_OUT, "c.ops": FAULTY });
    const ran = await opsc(["fmt", "--json"], project);
    expect(ran).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({
      written: true,
      files: [
        { file: "a.ops", state: "changed" },
        { file: "b.ops", state: "unchanged" },
        { file: "c.ops", state: "faulty" },
      ],
      diagnostics: [{ file: "c.ops", code: "expected" }],
    });
    const input = await opsc(["fmt", "-", "--json"], project, ROUGH);
    expect(JSON.parse(input.out)).toMatchObject({ text: LAID_OUT, written: false });
  });

  test("what is no text, or not there, is told and nothing is written", async () => {
    const project = makeProject({ "a.ops": ROUGH });
    writeFileSync(path.join(project, "bad.ops"), Buffer.from([0x6c, 0xff, 0xfe]));
    expect(await opsc(["fmt"], project)).toMatchObject({ code: 1, out: "" });
    expect(read(project, "a.ops")).toBe(ROUGH);
    expect(await opsc(["fmt", "nowhere.ops"], project)).toMatchObject({ code: 1, out: "" });
    mkdirSync(path.join(project, "empty"));
    expect((await opsc(["fmt", "empty"], project)).err).toContain("there are no .ops files");
    expect(existsSync(path.join(project, "nowhere.ops"))).toBe(false);
  });
});
