/** How an action is named and given its inputs, and what `apply` asks before it does something. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { binary, makeProject, opsc } from "./opsc.ts";
import { END, INTERRUPT, onTerminal } from "./terminal.ts";

const STAMP = `use file
enum Env { staging, production }
approver sre { members = ["ana@example.com", "ben@example.com"] }
action stamp(env: Env, text: string = "-", pause: duration = 1s, tags: list<string> = []) {
  approve by sre when env == production
  step write = file.write(path: "stamp.txt", content: "\${env} \${text} \${pause} \${tags}") { rollback auto }
}
`;
const project = (): string => makeProject({ "main.ops": STAMP });
const stamp = (folder: string): string => readFileSync(path.join(folder, "stamp.txt"), "utf8");
const AS = ["--as", "dana@example.com"];

interface Planned {
  readonly plan: { readonly inputs: { name: string; value: unknown }[]; readonly workspace: string };
}
const inputsOf = (out: string): Record<string, unknown> =>
  Object.fromEntries((JSON.parse(out) as Planned).plan.inputs.map(({ name, value }) => [name, value]));

describe("inputs", () => {
  const WANTED = { env: "staging", text: "a: b", pause: 90_000, tags: ["x", "y"] };
  const JSON_TEXT = '{"env": "staging", "text": "a: b", "pause": "90s", "tags": ["x", "y"]}';
  const YAML_TEXT = 'env: staging\ntext: "a: b"\npause: 1m30s # long enough\ntags: [x, y]\n';

  test("come from a JSON file, a YAML file, either on standard input, and a pipe; -i counts before them", async () => {
    const folder = project();
    writeFileSync(path.join(folder, "in.json"), `\uFEFF${JSON_TEXT}`);
    writeFileSync(path.join(folder, "in.yaml"), YAML_TEXT);
    writeFileSync(path.join(folder, "in.yml"), YAML_TEXT);
    const plan = (file: string, input = "", ...more: string[]) =>
      opsc(["plan", "stamp", "--inputs", file, "--json", ...AS, ...more], folder, input);
    for (const [file, input] of [["in.json"], ["in.yaml"], ["in.yml"], ["-", JSON_TEXT], ["-", YAML_TEXT]] as const) {
      const told = await plan(file, input);
      expect(told, told.err).toMatchObject({ code: 0 });
      expect(inputsOf(told.out)).toEqual(WANTED);
    }
    const piped = `"$0" "$1" plan stamp --json --as dana@example.com --inputs <(cat in.json)`;
    const shell = execFileSync("bash", ["-c", piped, process.execPath, binary], { cwd: folder, encoding: "utf8" });
    expect(inputsOf(shell)).toEqual(WANTED);
    expect(inputsOf((await plan("in.yaml", "", "-i", "text=c")).out)).toEqual({ ...WANTED, text: "c" });
  });

  test.each([
    ["a file that is not there", "none.json", null, "there is no file none.json"],
    ["a folder", ".", null, ". is a folder"],
    ["broken JSON", "in.json", '{"env": staging}', "in.json is not JSON: staging is no value of JSON (1:9)"],
    ["broken YAML", "in.yaml", "env: [staging\n", "in.yaml is not YAML: a list that begins with [ before this"],
    [
      "a key given twice",
      "in.json",
      '{"env": "staging", "env": "production"}',
      'in.json is not JSON: the key "env" is given twice (1:20)',
    ],
    ["a list", "in.yaml", "- env\n", "in.yaml holds no inputs by name"],
    ["nothing", "in.yaml", "", "in.yaml is empty"],
    ["what is no text", "in.json", Buffer.from([0x7b, 0xff]), "in.json is not UTF-8 text: byte 1"],
    ["a name that is wrong", "in.yaml", "evn: staging\n", "stamp has no input evn"],
    ["a value that is wrong", "in.yaml", "env: stagin\n", 'env: "stagin" is not one of staging, production'],
  ])("%s is told in a line, exit 1", async (_, file, text, message) => {
    const folder = project();
    if (text !== null) writeFileSync(path.join(folder, file), text);
    const told = await opsc(["plan", "stamp", "--inputs", file, ...AS], folder);
    expect(told).toMatchObject({ code: 1, out: "" });
    expect(told.err.split("\n")[0]).toContain(`error: ${message}`);
  });

  test("one that is missing is asked for with what it may be, one given twice is refused", async () => {
    const folder = project();
    expect(await opsc(["plan", "stamp", ...AS], folder)).toMatchObject({
      code: 1,
      err: "error: env is missing (main.ops:4:14)\n  give it with -i env=… (staging, production)\n",
    });
    const twice = await opsc(["plan", "stamp", "-i", "env=staging", "-i", "env=production", ...AS], folder);
    expect(twice).toMatchObject({ code: 1, err: expect.stringContaining("the input env is given twice") });
    expect((await opsc(["plan", "stamp", "-i", "emv=staging", ...AS], folder)).err).toContain("did you mean env?");
  });
});

describe("the name of an action", () => {
  const SAY = (word: string): string =>
    `use file\naction say() {\n  step w = file.write(path: "said", content: "${word}") { rollback auto }\n}\n`;
  const folder = makeProject({ "a.ops": SAY("a"), "teams/b.ops": SAY("b") });
  const at = async (name: string, cwd = folder): Promise<string> => {
    const told = await opsc(["plan", name, "--json", ...AS], cwd);
    if (told.code !== 0) return told.out;
    return (JSON.parse(told.out) as { plan: { action: { module: string } } }).plan.action.module;
  };

  test("is the name where it is the only one, else module.name or path.ops#name", async () => {
    expect(await at("say")).toContain("several actions are called say");
    expect(await at("say")).toContain("a.ops#say, teams/b.ops#say");
    expect(await at("a.say")).toBe("a.ops");
    expect(await at("b.say")).toBe("teams/b.ops");
    expect(await at("teams/b.ops#say")).toBe("teams/b.ops");
    expect(await at("./teams/b.ops#say")).toBe("teams/b.ops");
    expect(await at("b.ops#say", path.join(folder, "teams"))).toBe("teams/b.ops");
    expect(await at("../a.ops#say", path.join(folder, "teams"))).toBe("a.ops");
  });

  test("is guessed where it is nearly one", async () => {
    expect(await at("sya")).toContain("did you mean say?");
    expect(await at("a.sya")).toContain("did you mean a.say?");
    expect(await at("b.ops#say")).toContain("did you mean a.ops#say or teams/b.ops#say?");
    expect(await at("none")).toContain("there is say");
  });

  test("that ends in .opsplan.json is a file, whatever else it is", async () => {
    expect(await opsc(["apply", "say.opsplan.json", ...AS], folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no file say.opsplan.json"),
    });
  });
});

describe("where", () => {
  test("--dir, OPSC_DIR and the nearest configuration name the project, in this order", async () => {
    const [one, two] = [project(), project()];
    mkdirSync(path.join(one, "deep/er"), { recursive: true });
    const apply = ["apply", "stamp", "-i", "env=staging", "--yes", ...AS];
    expect((await opsc(apply, path.join(one, "deep/er"))).code).toBe(0);
    expect(stamp(one)).toContain("staging");
    const [three, four] = [project(), project()];
    expect((await opsc(apply, three, "", { OPSC_DIR: four })).code).toBe(0);
    expect(stamp(four)).toContain("staging");
    expect(() => stamp(three)).toThrow();
    const both = [...apply, "-i", "text=dir", "--dir", three];
    expect((await opsc(both, four, "", { OPSC_DIR: two })).code).toBe(0);
    expect(stamp(three)).toContain("dir");
    const nowhere = await opsc(["plan", "stamp"], one, "", { OPSC_DIR: "/no/where" });
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining("there is no folder /no/where") });
  });

  test("a plan is applied in its workspace only", async () => {
    const folder = project();
    const plan = ["plan", "stamp", "-i", "env=staging", "--workspace", "blue", "-o", "p.opsplan.json", ...AS];
    expect((await opsc(plan, folder)).code).toBe(0);
    expect(await opsc(["apply", "p.opsplan.json", ...AS], folder)).toMatchObject({
      code: 3,
      err: expect.stringContaining("--workspace blue"),
    });
    expect((await opsc(["apply", "p.opsplan.json", "--workspace", "blue", ...AS], folder)).code).toBe(0);
    expect(await opsc(["plan", "stamp", "--workspace", "A b", ...AS], folder)).toMatchObject({ code: 1 });
  });
});

describe("a plan that is not kept", () => {
  const plan = ["plan", "stamp", "-i", "env=staging", ...AS];
  const SAID = "this plan is not kept";
  test("says on a terminal how it would be", async () => {
    const folder = project();
    const told = await onTerminal(plan, folder);
    expect(told, told.out).toMatchObject({ code: 0 });
    expect(told.out.replace(/\s+/g, " ")).toContain(SAID);
    expect((await onTerminal([...plan, "--format", "markdown"], folder)).out).not.toContain(SAID);
    expect((await onTerminal([...plan, "--offline"], folder)).out).toContain(
      "made offline, it is only to be looked at",
    );
    expect((await onTerminal([...plan, "-o", "p.opsplan.json"], folder)).out).not.toContain(SAID);
  });
  test("says nothing of it to a pipe", async () => {
    const told = await opsc(plan, project());
    expect(told.code).toBe(0);
    expect(`${told.out}${told.err}`).not.toContain(SAID);
  });
});

describe("apply ACTION", () => {
  const apply = ["apply", "stamp", "-i", "env=staging", ...AS];
  const ASKED = /\[y\/N\]/;

  test.each([
    ["y\r", 0],
    ["YES\r", 0],
    ["n\r", 7],
    ["\r", 7],
    ["yeah\r", 7],
    [END, 7],
    [INTERRUPT, 7],
  ])("on a terminal shows the plan and asks: %j ends with %i", async (answer, code) => {
    const folder = project();
    const told = await onTerminal(apply, folder, [{ until: ASKED, text: answer }]);
    expect(told, told.out).toMatchObject({ code });
    expect(told.out).toContain("stamp.txt");
    if (code === 0) expect(stamp(folder)).toContain("staging");
    else {
      expect(told.out).toContain("nothing was changed");
      expect(() => stamp(folder)).toThrow();
    }
  });

  test("shows what is dangerous next to the question", async () => {
    const folder = makeProject({
      "main.ops": `use file
action wipe() {
  risk = critical
  step gone = file.delete(path: "old.txt") { rollback auto }
  step told = file.write(path: "told.txt", content: "x") { irreversible "what is told is told" }
}
`,
      "old.txt": "x",
    });
    const { out } = await onTerminal(["apply", "wipe", ...AS], folder, [{ until: ASKED, text: "n\r" }], {
      NO_COLOR: "1",
    });
    const shown = out.slice(out.lastIndexOf("\n! cannot be undone"), out.search(ASKED));
    // A long line goes on indented.
    expect(shown.replaceAll("\r", "").replaceAll("\n  ", " ").trim().split("\n")).toEqual([
      "! cannot be undone: told",
      "! nobody has to approve it, though its risk is critical and it destroys something and something of it cannot be undone",
      "! 1 step destroys something that is brought back when the run fails: gone on file:old.txt",
      expect.stringContaining("Apply wipe now?"),
    ]);
  });

  test("elsewhere needs --yes, and nothing is read before that is told", async () => {
    const folder = project();
    const told = await opsc(apply, folder);
    expect(told).toMatchObject({ code: 1, out: "", err: expect.stringContaining("only with --yes") });
    expect((await opsc([...apply, "--yes"], folder)).code).toBe(0);
  });

  test("that somebody must approve is told to make a file of it, without a question", async () => {
    const folder = project();
    const approved = ["apply", "stamp", "-i", "env=production", ...AS];
    for (const told of [
      await onTerminal(approved, folder),
      await opsc([...approved, "--yes"], folder),
      await opsc([...approved, "--yes", "--wait"], folder),
    ]) {
      expect(told.code).toBe(4);
      expect(told.out + told.err).toContain("-o FILE");
    }
  });
});

describe("apply PLAN", () => {
  test("takes no inputs: they are in the plan, and would be passed over", async () => {
    const folder = project();
    const plan = ["plan", "stamp", "-i", "env=staging", "-o", "p.opsplan.json", ...AS];
    expect((await opsc(plan, folder)).code).toBe(0);
    expect(
      await opsc(["apply", "p.opsplan.json", "-i", "env=production", "--reason", "x", ...AS], folder),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining("--input and --reason go with an action"),
    });
    expect((await opsc(["plan", "p.opsplan.json", ...AS], folder)).err).toContain("is a plan, not an action");
    expect((await opsc(["apply", "./p.json", ...AS], folder)).err).toContain("there is no file ./p.json");
    expect((await opsc(["apply", "p.opsplan.json", ...AS], folder)).code).toBe(0);
  });

  test("of a project with errors says which, as data too", async () => {
    const folder = makeProject({ "main.ops": "action x( {" });
    const told = await opsc(["plan", "x", "--json", ...AS], folder);
    expect(told).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(told.out)).toMatchObject({ error: { exit: 1, diagnostics: [{ file: "main.ops" }] } });
  });
});

describe("--detailed-exitcode", () => {
  test("is 2 with changes, 0 without, 3 where a rule refuses", async () => {
    const folder = makeProject({
      "main.ops": `use file
action look() {
  check there = file.read(path: "main.ops") { require it.exists }
}
action write(text: string) {
  step w = file.write(path: "x", content: text) { rollback auto }
}
guardrail short {
  applies to action with { text: string }
  require text.length < 3 else "too long"
}
`,
    });
    const plan = async (...args: string[]): Promise<number | null> =>
      (await opsc(["plan", ...args, ...AS, "--detailed-exitcode"], folder)).code;
    expect(await plan("look")).toBe(0);
    expect(await plan("write", "-i", "text=a")).toBe(2);
    expect(await plan("write", "-i", "text=abc")).toBe(3);
    expect((await opsc(["plan", "write", "-i", "text=a", ...AS], folder)).code).toBe(0);
  });
});

describe("--offline", () => {
  const folder = makeProject({
    "main.ops": `use exec
use file
use http
operation look(name: string) -> string {
  effect   = read
  resource = "looks"
  repeat   = idempotent
  call     = exec.run(argv: ["sh", "-c", "touch looked; echo a,b"], public: true)
  returns  = call.stdout.trim()
}
approver sre { members = ["ana@example.com"] }
action copy(name: string) {
  fact seen = look(name: name)
  fact more = look(name: seen)
  require seen != "" else "there is nothing"
  approve by sre when more == "x"
  if seen == "a,b" {
    step w = file.write(path: "x", content: "\${seen} \${more}") { rollback auto }
  }
}
guardrail calm {
  enforcement = advisory
  applies to action with { name: string }
  fact open = look(name: name)
  require open != "" else "there is nothing"
}
action each(name: string) {
  fact seen = look(name: name)
  for part in seen.split(",") {
    step w = file.write(path: part, content: "x") { rollback auto }
  }
}
`,
  });
  const plan = (...args: string[]) => opsc(["plan", ...args, "--offline", ...AS], folder);
  const looked = (): boolean => existsSync(path.join(folder, "looked"));

  test("reads nothing; what depends on facts stays open, and the plan says so", async () => {
    const told = await plan("copy", "-i", "name=n", "-o", "off.opsplan.json");
    expect(told, told.err).toMatchObject({ code: 0, err: expect.stringContaining("only to be looked at") });
    expect(told.out).toContain("! made offline, only to be looked at: the facts seen, more were not read");
    expect(told.out).toContain('only if seen == "a,b"');
    expect(told.out).toMatch(/calm[\s\S]*which is read in the run/);
    expect(looked()).toBe(false);
    const file = planFileSchema.parse(JSON.parse(readFileSync(path.join(folder, "off.opsplan.json"), "utf8")));
    expect(file.plan.unread?.map(({ id }) => id)).toEqual(["seen", "more"]);
    expect((await opsc(["show", "off.opsplan.json", "--format", "markdown"], folder)).out).toContain("made offline");
  });

  test("such a plan is neither approved nor applied", async () => {
    for (const command of ["approve", "apply"])
      expect(await opsc([command, "off.opsplan.json", "--as", "ana@example.com"], folder)).toMatchObject({
        code: 3,
        err: expect.stringContaining("made offline"),
      });
    expect(looked()).toBe(false);
  });

  test("what must be known and depends on a fact is refused, with the fact's name", async () => {
    expect(await plan("each", "-i", "name=n")).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /depends on the fact seen, which is not read offline \(main\.ops:\d+:\d+\)\n {2}plan without --offline/,
      ),
    });
    expect(looked()).toBe(false);
    expect((await opsc(["plan", "each", "-i", "name=n", ...AS], folder)).code).toBe(0);
    expect(looked()).toBe(true);
  });
});

describe("a file that is said to be public", () => {
  const write = (name: string, more: string): string =>
    `  step ${name} = file.write(path: "${name}.txt", content: "new", ${more}) { rollback auto }`;
  const folder = makeProject({
    "main.ops": `use file
operation published(path: string) { call = file.write(path: path, content: "new", public: true) }
action act(open: bool) {
${write("said", "public: true")}
${write("asked", "public: open")}
  step own = published(path: "own.txt") { rollback auto }
${write("closed", "public: false")}
  step gone = file.delete(path: "gone.txt", public: true) { rollback auto }
}
`,
    ...Object.fromEntries(["said", "asked", "own", "closed", "gone"].map((name) => [`${name}.txt`, `old ${name}\n`])),
  });

  test.each([true, false])("shows in the plan what changes in it, and another does not (asked: %s)", async (open) => {
    const told = await opsc(["plan", "act", "-i", `open=${open}`, "-o", "p.opsplan.json", ...AS], folder);
    expect(told, told.err).toMatchObject({ code: 0 });
    const { plan } = planFileSchema.parse(JSON.parse(readFileSync(path.join(folder, "p.opsplan.json"), "utf8")));
    const shown = plan.nodes.flatMap((n) => (n.kind === "step" && n.preview?.sensitive === false ? [n.id] : []));
    expect(shown).toEqual(open ? ["said", "asked", "own", "gone"] : ["said", "own", "gone"]);
    expect(told.out).toContain("-old said");
    expect(told.out).not.toContain("old closed");
    expect(JSON.stringify(plan)).not.toContain("old closed");
  });
});

test("the command to plan it again has every input, whatever its type", async () => {
  const folder = makeProject({
    "main.ops": `use file
enum Env { staging, production }
action act(
  env: Env, pause: duration, size: size, share: percent, count: int, open: bool, name: string, by: time_of_day,
  hosts: list<string>, waits: list<duration>, to: { name: string, port: int }, from: date, left_out: string?,
) {
  fact seen = file.read(path: "seen")
  require seen.content != "never" else "\${env} \${pause} \${size} \${share} \${count} \${open} \${name} \${by} \${from}"
  require hosts.count + waits.count + to.port > 0
  step w = file.write(path: "out", content: name) { rollback auto }
}
`,
    seen: "1",
  });
  const given = [
    ...["env=staging", "pause=1h30m", "size=3MiB", "share=12.5%", "count=3", "open=true", "name=it's -new- $HOME"],
    ...[
      "by=09:30",
      "left_out=none",
      'hosts=["a b","c"]',
      "waits=5m,90s",
      'to={"name":"x","port":1}',
      "from=2026-11-21",
    ],
  ];
  const plan = await opsc(
    ["plan", "act", ...given.flatMap((each) => ["-i", each]), ...AS, "-o", "p.opsplan.json"],
    folder,
  );
  expect(plan.code, plan.err).toBe(0);
  writeFileSync(path.join(folder, "seen"), "2");
  const refused = await opsc(["apply", "p.opsplan.json", ...AS], folder);
  expect(refused.code, refused.err).toBe(3);
  const command = /to plan it again: (opsc plan .*)$/m.exec(refused.out)?.[1] ?? "";
  expect(command).not.toContain("…");
  const again = execFileSync(
    "bash",
    ["-c", `${command.replace("opsc plan", '"$0" "$1" plan')} --json`, process.execPath, binary],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, OPSC_AS: "dana@example.com", OPSC_DIR: "" },
    },
  );
  const inputs = (text: string) => planFileSchema.parse(JSON.parse(text)).plan.inputs;
  expect(inputs(again)).toEqual(inputs(readFileSync(path.join(folder, "p.opsplan.json"), "utf8")));
}, 60_000);
