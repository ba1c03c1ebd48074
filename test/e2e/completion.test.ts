/** Completion, as the shells ask for it and as they show it. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import { binary, makeProject, opsc } from "./opsc.ts";

const MAIN = `use file
enum Env { staging, production }
type Svc = { port: int }
let services: map<Svc> = { web: { port: 1 }, "web-2": { port: 2 } }
approver sre { members = ["ana@example.com", "ben@example.com"] }
/// Put a release somewhere.
action release(
  /// Where it goes.
  env: Env,
  service: one of services,
  loud: bool = false,
  note?: string,
) {
  step w = file.write(path: "out.txt", content: "\${env} \${service.key} \${loud} \${note ?? ""}") { rollback auto }
}
`;
const files = {
  "main.ops": MAIN,
  "a.ops": "action drill() { wait 1ms }\n",
  "b/b.ops": "action drill() { wait 1ms }\n",
  "x.opsplan.json": "{}",
  "notes.txt": "",
};
const project = makeProject(files);

async function asked(words: readonly string[], cwd = project): Promise<string[]> {
  const told = await opsc(["__complete", ...words], cwd);
  expect(told).toMatchObject({ code: 0, err: "" });
  return told.out.split("\n").filter((line) => line !== "");
}
const values = async (...words: string[]): Promise<string[]> =>
  (await asked(words)).map((line) => line.split("\t")[0] ?? "");

describe("what is wanted at the cursor", () => {
  test.each([
    [["pla"], ["plan"]],
    [["--v"], ["--version"]],
    [
      ["audit", ""],
      ["verify", "export", "keygen", "checkpoint", "publish", "prove", "overrides", "erase"],
    ],
    [
      ["plan", "release", "--format", "m"],
      ["markdown", "mermaid"],
    ],
    [
      ["plan", "release", "--format=m"],
      ["--format=markdown", "--format=mermaid"],
    ],
    [["check", "--fai"], ["--fail-level"]],
    [["check", "--fix", "--fi"], []],
    [["plan", "rel"], ["release"]],
    [
      ["plan", ""],
      ["a.ops#drill", "b/b.ops#drill", "release"],
    ],
    [
      ["plan", "release", "-i", ""],
      ["env=", "service=", "loud=", "note=", ":open"],
    ],
    [
      ["plan", "release", "-i", "env=staging", "--input", ""],
      ["service=", "loud=", "note=", ":open"],
    ],
    [
      ["plan", "release", "-i", "env="],
      ["env=staging", "env=production"],
    ],
    [["plan", "release", "--input=env=p"], ["--input=env=production"]],
    [["plan", "-i", "service=web-", "release", "-i", "service=web-"], ["service=web-2"]],
    [["apply", "--json", "release", "-i", "loud=t"], ["loud=true"]],
    [["plan", "main.ops#release", "-i", "loud=f"], ["loud=false"]],
    [["approve", "x.opsplan.json", "--as", "b"], ["ben@example.com"]],
    [["approve", ""], [":files .opsplan.json"]],
    [["check", ""], [":files .ops"]],
    [["init", ""], [":folders"]],
    [["plan", "release", "--out", ""], [":files"]],
    [["explain", "write-without-r"], ["write-without-rollback"]],
    [["help", "exit"], ["exit-codes"]],
    [["completion", "f"], ["fish"]],
    [["nonsense", ""], []],
  ])("opsc %j gives %j", async (words, wanted) => {
    expect(await values(...words)).toEqual(wanted);
  });

  test("says what each is about, on one line", async () => {
    expect(await asked(["plan", "release", "-i", "e"])).toEqual(["env=\tWhere it goes.", ":open"]);
    expect(await asked(["plan", "rel"])).toEqual(["release\tPut a release somewhere."]);
  });

  test("knows runs, and says nothing where something is broken", async () => {
    const ran = makeProject(files);
    expect((await opsc(["apply", "a.ops#drill", "--yes", "--as", "d@example.com"], ran)).code).toBe(0);
    expect(await asked(["show", ""], ran)).toEqual([
      expect.stringMatching(/^\d{8}-\S+\ta\.ops#drill, succeeded$/),
      ":files .opsplan.json",
    ]);
    writeFileSync(path.join(ran, ".opsc/opsc.db"), "broken");
    expect(await asked(["show", ""], ran)).toEqual([":files .opsplan.json"]);
    writeFileSync(path.join(ran, "opsc.config.json"), "{");
    expect(await asked(["plan", ""], ran)).toEqual([]);
  });

  test("what is kept beside the store counts until a source, or what it reads, changes", async () => {
    const kept = makeProject({
      ...files,
      "data.yaml": "red: 1\n",
      "c.ops":
        'let paints = yaml("./data.yaml") as map<int>\naction paint(of: one of paints) { wait 1ms  title = "${of}" }\n',
    });
    const cache = path.join(kept, ".opsc/cache/completion.json");
    const paints = async (): Promise<string[]> => await asked(["plan", "paint", "-i", "of="], kept);
    expect(await paints()).toEqual(["of=red"]);
    expect(existsSync(cache)).toBe(false);
    mkdirSync(path.join(kept, ".opsc"), { mode: 0o700 });
    expect(await paints()).toEqual(["of=red"]);
    const made = statSync(cache).mtimeMs;
    expect(await paints()).toEqual(["of=red"]);
    expect(statSync(cache).mtimeMs).toBe(made);
    writeFileSync(path.join(kept, "data.yaml"), "red: 1\nblue: 2\n");
    expect(await paints()).toEqual(["of=blue", "of=red"]);
    writeFileSync(path.join(kept, "d.ops"), "action dig() { wait 1ms }\n");
    expect(await asked(["plan", "di"], kept)).toEqual(["dig"]);
    writeFileSync(cache, "broken");
    utimesSync(path.join(kept, "d.ops"), 1, 1);
    expect(await asked(["plan", "di"], kept)).toEqual(["dig"]);
    expect(await opsc(["runs"], kept)).toMatchObject({ code: 0, out: "no runs yet\n" });
    expect((await opsc(["apply", "dig", "--yes", "--as", "d@example.com"], kept)).code).toBe(0);
  });

  test("a name that would act on a terminal does not", async () => {
    const told = await opsc(["__complete", "--line", "opsc \u001b[2J"], project);
    expect(told.out).not.toContain("\u001b");
  });
});

const bin = mkdtempSync(path.join(tmpdir(), "opsc-shells-"));
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, OPSC_DIR: "", HOME: bin, TERM: "dumb" };

beforeAll(() => {
  writeFileSync(path.join(bin, "opsc"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
  chmodSync(path.join(bin, "opsc"), 0o755);
});

const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;
const run = (shell: string, args: readonly string[]): string[] =>
  execFileSync(shell, [...args], { cwd: project, env, encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");

/** What each shell offers for a line: what it would put there. */
const SHELLS: Readonly<Record<string, (line: string) => string[]>> = {
  bash: (line) =>
    run("bash", [
      "--norc",
      "-c",
      `source <(opsc completion bash)
       COMP_LINE=$1 COMP_POINT=\${#1}
       # As readline parts words: at spaces, and at = and : within them.
       COMP_WORDS=(opsc "\${1##*[[:space:]=:]}") COMP_CWORD=1
       complete -p opsc >/dev/null && _opsc_complete && printf '%s\\n' "\${COMPREPLY[@]}"`,
      "bash",
      line,
    ]),
  zsh: (line) =>
    run("zsh", [
      "-f",
      "-c",
      `compdef() { : }
       compadd() { local -a all=("$@"); print -rl -- "\${(@)all[$(( \${all[(i)--]} + 1 )),-1]}" }
       _path_files() { [[ $1 == -g ]] && print -rl -- \${~2} || [[ $1 == -/ ]] || print -rl -- * }
       source <(opsc completion zsh)
       words=("\${(@s: :)1}") CURRENT=$#words
       _opsc`,
      "zsh",
      line,
    ]),
  fish: (line) =>
    run("fish", ["--no-config", "-c", `opsc completion fish | source; complete -C $argv[1]`, line]).map(
      (each) => each.split("\t")[0] ?? "",
    ),
};

const installed = Object.keys(SHELLS).filter(has);

test("bash is there; others are tried where they are installed", () => {
  const missing = Object.keys(SHELLS).filter((shell) => !installed.includes(shell));
  if (missing.length > 0) console.warn(`not installed, so their completion is not tried: ${missing.join(", ")}`);
  expect(installed).toContain("bash");
});

describe.each(installed)("%s", (shell) => {
  const offers = SHELLS[shell] ?? (() => []);
  /** bash replaces what follows the last `=`. */
  const tail = (text: string): string => (shell === "bash" ? text.slice(text.lastIndexOf("=") + 1) : text);

  test("offers commands, options, actions, inputs and their values", () => {
    expect(offers("opsc pla")).toEqual(["plan"]);
    expect(offers("opsc plan release --detailed")).toEqual(["--detailed-exitcode"]);
    expect(offers("opsc plan rel")).toEqual(["release"]);
    expect(offers("opsc plan release -i se")).toEqual(["service="]);
    expect(offers("opsc plan release -i env=p")).toEqual([tail("env=production")]);
    expect(offers("opsc plan release --format=mar")).toEqual([tail("--format=markdown")]);
  });

  test("offers plan files where a plan is wanted, and no others", () => {
    const offered = offers("opsc approve ").map((each) => path.basename(each));
    expect(offered).toContain("x.opsplan.json");
    expect(offered).not.toContain("notes.txt");
  });
});

test("a press of a key costs tens of milliseconds", async () => {
  const took: number[] = [];
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    await asked(["plan", "release", "--for"]);
    took.push(performance.now() - began);
  }
  const bare: number[] = [];
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    execFileSync(process.execPath, ["-e", "0"]);
    bare.push(performance.now() - began);
  }
  const median = (all: number[]): number => all.sort((a, b) => a - b)[4] ?? 0;
  expect(median(took)).toBeLessThan(median(bare) * 4 + 40);
});

test("the script is asked for by name", async () => {
  expect(await opsc(["completion", "tcsh"], project)).toMatchObject({ code: 1 });
  const { script } = JSON.parse((await opsc(["completion", "bash", "--json"], project)).out) as { script: string };
  expect(`${script}\n`).toBe((await opsc(["completion", "bash"], project)).out);
  expect(readFileSync(binary, "utf8")).not.toContain("_opsc_complete()");
});
