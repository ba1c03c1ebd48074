/** Mistakes as people make them, and what their fixes make of them. */
import { describe, expect, test } from "vitest";
import { repair } from "../../compiler/fix/repair.ts";
import { checkTexts, mended, textsOf } from "./mending.ts";
import { check } from "./project.ts";

describe("what people bring along from other languages", () => {
  const act = (line: string): string => `enum Env { staging, production }
action a(env: Env, n: int, live: bool, o?: string) {
  ${line}
  return { env: env, n: n, live: live, o: o }
}
`;
  test.each([
    [`title = env == "staging" ? "a" : "b"`, `title = env == staging ? "a" : "b"`],
    [`risk = "low"`, `risk = low`],
    [`require not live else "x"`, `require !live else "x"`],
    [`require not (n > 3) else "x"`, `require !(n > 3) else "x"`],
    [`require n > 1 or n < 0 else "x"`, `require n > 1 || n < 0 else "x"`],
    [`require n = 4 else "x"`, `require n == 4 else "x"`],
    [`require n == 4 "message"`, `require n == 4 else "message"`],
    [`require o == null else "x"`, `require o == none else "x"`],
    [`title = "n is " + n`, `title = "n is \${n}"`],
    [`title = n + " is n"`, `title = "\${n} is n"`],
    [`if n > 3 { wait 1s } elif n > 5 { wait 5sec }`, `if n > 3 { wait 1s } else if n > 5 { wait 5s }`],
    [`require env == 'production' else "x"`, `require env == production else "x"`],
    [`title = “hello”`, `title = "hello"`],
    [`title = "x";`, `title = "x"`],
    [`title = "x", risk = low`, `title = "x" risk = low`],
    [`title = "x" # why`, `title = "x" // why`],
    [`require live == TRUE else "x"`, `require live == true else "x"`],
  ])("%s", (wrong, right) => {
    expect(
      check(act(right))
        .diagnostics.filter((d) => d.severity === "error")
        .map((d) => d.message),
    ).toEqual([]);
    const { changed, refused } = repair(textsOf(act(wrong)), checkTexts);
    expect(changed.get("main.ops")).toBe(act(right));
    expect(refused).toEqual([]);
  });

  test("a fix whose words mean something else is left out", () => {
    const source = act(`require not n > 3 else "x"`);
    const { changed, refused } = repair(textsOf(source), checkTexts);
    expect(changed.size).toBe(0);
    expect(refused.map(({ mend }) => mend.fix.title)).toEqual(["write !"]);
  });
});

describe("a provider that the file does not use", () => {
  const act = `action a() { fact f = file.read(path: "x")  require f.exists }\n`;
  const mend = (text: string): string | undefined => {
    const texts = new Map([["main.ops", text]]);
    const [diagnostic] = checkTexts(texts).filter((d) => d.code === "unknown-name");
    const [fix] = diagnostic?.fixes ?? [];
    expect(diagnostic?.help).toBe("add use file at the top of the file");
    expect(fix).toMatchObject({ title: "add use file", suggested: true });
    return diagnostic === undefined || fix === undefined ? undefined : mended(texts, diagnostic, fix).get("main.ops");
  };
  test.each([
    ["nothing before", act, `use file\n\n${act}`],
    ["a byte order mark and a comment", `\uFEFF// ours\n\n${act}`, `\uFEFF// ours\n\nuse file\n\n${act}`],
    ["another", `use http\n\n${act}`, `use http\nuse file\n\n${act}`],
    ["one with a comment behind it", `use http // web\r\n${act}`, `use http // web\r\nuse file\r\n${act}`],
    ["one of several lines", `use http {\n}\n\n${act}`, `use http {\n}\n\nuse file\n\n${act}`],
    ["what stands on its line", `use http  ${act}`, `use http\nuse file  ${act}`],
    ["imports", `import { x } from "./x.ops"\n\n${act}`, `import { x } from "./x.ops"\n\nuse file\n\n${act}`],
  ])("%s", (_, before, after) => {
    expect(mend(before)).toBe(after);
  });
});

describe("imports", () => {
  const org = `approver sre { members = ["ana@example.com"] }\nlet most = 1\n`;
  const mendFirst = (main: string): string | undefined => {
    const texts = new Map([
      ["teams/main.ops", main],
      ["org.ops", org],
    ]);
    const diagnostic = checkTexts(texts).find((d) => d.module === "teams/main.ops" && d.code === "unknown-name");
    const [fix] = diagnostic?.fixes ?? [];
    return diagnostic === undefined || fix === undefined
      ? undefined
      : mended(texts, diagnostic, fix).get("teams/main.ops");
  };
  const use = "action a() { owner = sre }\n";
  test.each([
    ["none yet", use, `import { sre } from "../org.ops"\n${use}`],
    [
      "another file's",
      `import { x } from "./x.ops"\n${use}`,
      `import { x } from "./x.ops"\nimport { sre } from "../org.ops"\n${use}`,
    ],
    [
      "some of that file",
      `import { most } from "../org.ops"\naction a(n: int where n <= most) { owner = sre title = "\${n}" }\n`,
      `import { most, sre } from "../org.ops"\naction a(n: int where n <= most) { owner = sre title = "\${n}" }\n`,
    ],
    ["a byte order mark", `\uFEFF${use}`, `\uFEFFimport { sre } from "../org.ops"\n${use}`],
  ])("%s", (_, before, after) => {
    expect(mendFirst(before)).toBe(after);
  });

  test.each([
    [`import { sre, most } from "../org.ops"\n${use}`, `import { sre } from "../org.ops"\n${use}`],
    [`import { most, sre } from "../org.ops"\n${use}`, `import { sre } from "../org.ops"\n${use}`],
    [`import { most as m, sre } from "../org.ops"\n${use}`, `import { sre } from "../org.ops"\n${use}`],
    [`import { most } from "../org.ops"\naction a() { title = "x" }\n`, `action a() { title = "x" }\n`],
  ])("those that are not used go: %s", (before, after) => {
    const { changed, diagnostics } = repair(
      new Map([
        ["teams/main.ops", before],
        ["org.ops", org],
      ]),
      checkTexts,
    );
    expect(changed.get("teams/main.ops")).toBe(after);
    expect(diagnostics.filter((d) => d.module === "teams/main.ops")).toEqual([]);
  });
});

describe("names in another style are renamed where only this file sees them", () => {
  test.each([
    ["let maxWait = 5s\naction a() { wait maxWait }\n", "let max_wait = 5s\naction a() { wait max_wait }\n"],
    [
      "action a() { let fooBar = 1  return { x: fooBar } }\n",
      "action a() { let foo_bar = 1  return { x: foo_bar } }\n",
    ],
    // The new name is there already; the name is a field's, too; inputs are named on command lines.
    ["let maxWait = 5s\nlet max_wait = 5s\naction a() { wait maxWait wait max_wait }\n", null],
    ["let maxWait = 5s\naction a() { wait maxWait return { maxWait: 1 } }\n", null],
    ["action a(maxWait: duration) { wait maxWait }\n", null],
  ])("%s", (before, after) => {
    expect(repair(textsOf(before), checkTexts).changed.get("main.ops") ?? null).toBe(after);
  });

  test("not where another file imports it", () => {
    const files = {
      "a.ops": "let maxWait = 5s\naction a() { wait maxWait }\n",
      "b.ops": `import { maxWait } from "./a.ops"\naction b() { wait maxWait }\n`,
    };
    expect(repair(textsOf(files), checkTexts).changed.size).toBe(0);
  });
});

describe("what goes takes its documentation along, and nothing of its neighbours'", () => {
  test.each([
    [`/// Gone.\n/// Really.\nlet most = 1\n\n/// Kept.\nlet _least = 2\n`, `\n/// Kept.\nlet _least = 2\n`],
    [
      `/// Kept.\nlet _a = 1\r\n/// Gone.\r\nuse http\r\n/// An action.\r\naction a() { title = "x" }\r\n`,
      `/// Kept.\nlet _a = 1\r\n/// An action.\r\naction a() { title = "x" }\r\n`,
    ],
    [
      `action a() {\n  /// Gone.\n  let x = 1\n  // kept\n  return { y: 2 }\n}\n`,
      `action a() {\n  // kept\n  return { y: 2 }\n}\n`,
    ],
  ])("%j", (before, after) => {
    expect(repair(textsOf(before), checkTexts).changed.get("main.ops")).toBe(after);
  });

  test.each([
    [
      `action a(\n  /// Gone.\n  x: int,\n  /// Kept.\n  y: int,\n) { return { y: y } }\n`,
      `action a(\n  /// Kept.\n  y: int,\n) { return { y: y } }\n`,
    ],
    [`action a(x: int, y: int) { return { y: y } }\n`, `action a(y: int) { return { y: y } }\n`],
    [`action a(y: int, x: int) { return { y: y } }\n`, `action a(y: int) { return { y: y } }\n`],
    [`action a(x: int) { return { y: 1 } }\n`, `action a() { return { y: 1 } }\n`],
    [
      `action a(\n  y: int,\n  /// Gone.\n  x: int,\n) { return { y: y } }\n`,
      `action a(\n  y: int,\n) { return { y: y } }\n`,
    ],
  ])("an input: %j", (before, after) => {
    const texts = textsOf(before);
    const [diagnostic] = checkTexts(texts);
    const [fix] = diagnostic?.fixes ?? [];
    if (diagnostic === undefined || fix === undefined) throw new Error("there is a fix");
    expect(mended(texts, diagnostic, fix).get("main.ops")).toBe(after);
    expect(fix.suggested).toBe(true);
  });
});
