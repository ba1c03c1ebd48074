/** `opsc show RUN`: of runs that ended, wait, go on, were cut off; and the plan with what became of it in every form. */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { showRunOutputSchema } from "../../cli/output.schema.ts";
import { ended, makeProject, opsc, start, until } from "./opsc.ts";

const folder = makeProject({
  "main.ops": `use exec
use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
action fails() {
  step w = file.write(path: "z", content: "x") { rollback auto }
  step bad = exec.run(argv: ["false"]) { rollback nothing "it did nothing" }
  step never = file.write(path: "never", content: "x") { rollback auto }
}
action asks() {
  step w = file.write(path: "y", content: "x") { rollback auto }
  approve by sre { quorum = 2 }
  step after = file.write(path: "y2", content: "x") { rollback auto }
}
action slow() {
  step w = file.write(path: "x", content: "x") { rollback auto }
  step long = exec.run(argv: ["sh", "-c", "touch slow; sleep 60"]) { rollback nothing "it only sleeps" }
}
`,
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const apply = (action: string, ...more: string[]): string[] => [
  "apply",
  action,
  "--yes",
  "--as",
  "dana@example.com",
  "--reason",
  "because it has to be",
  ...more,
];
const runs: Record<string, string> = {};
const show = async (action: string, ...args: string[]): Promise<string> => {
  const ran = await opsc(["show", runs[action] ?? "", ...args], folder);
  expect(ran, ran.err).toMatchObject({ code: 0, err: "" });
  return ran.out;
};
const record = async (action: string) => showRunOutputSchema.parse(JSON.parse(await show(action, "--json")));

async function noteRun(action: string): Promise<void> {
  const told = JSON.parse((await opsc(["runs", "--json", "--action", action], folder)).out) as {
    runs: { run: string }[];
  };
  runs[action] = told.runs[0]?.run ?? "";
}

/** What it told of a run while a process had it in hand. */
let whileRunning = { text: "", status: "" };

beforeAll(async () => {
  expect((await opsc(apply("fails"), folder)).code).toBe(5);
  expect((await opsc(apply("asks"), folder)).code).toBe(4);
  for (const action of ["fails", "asks"]) await noteRun(action);
  expect((await opsc(["approve", runs.asks ?? "", "--as", "ana@example.com", "--comment", "fine"], folder)).code).toBe(
    0,
  );
  const child = start(apply("slow"), folder);
  const death = ended(child);
  await until(() => existsSync(path.join(folder, "slow")), "the long step");
  await noteRun("slow");
  whileRunning = { text: await show("slow"), status: (await record("slow")).status };
  child.kill("SIGKILL");
  await death;
}, 60_000);

test("the plan of a run that waits says what for, and which command is next, in every form", async () => {
  for (const format of ["text", "markdown", "svg", "html"]) {
    const plain = (await show("asks", "--format", format))
      .replace(/<[^>]*>/g, " ")
      .replace(/\\|\*\*/g, "")
      .replace(/\s+/g, " ");
    expect(plain, format).toMatch(/not ended ?: it waits for approval: .*1 more/);
    expect(plain, format).toContain(`opsc approve ${runs.asks} --as WHO`);
    expect(plain, format).toContain(`opsc resume ${runs.asks}`);
  }
});

describe("a run that failed", () => {
  test("tells why, who, each step's fate and what to do", async () => {
    const text = await show("fails");
    expect(text).toContain("because it has to be");
    expect(text).toMatch(/UTC {2}dana@example.com asked for it/);
    expect(text).toMatch(/^ {2}↶ w {2}undone$/m);
    expect(text).toMatch(/^ {2}✗ bad {2}failed/m);
    expect(text).toMatch(/^run \S+ failed in .*: everything it did was undone$/m);
    expect(text).toMatch(
      /next, once that is mended, to plan it again: opsc plan fails --reason 'because it has to be'\n$/,
    );
    expect(text).not.toContain("History");
  });

  test("with --history tells all of it too", async () => {
    const text = await show("fails", "--history");
    expect(text).toMatch(/^History\n {2}\d\d:\d\d:\d\d {2}run /m);
    expect(text).toMatch(/^ {2}\d\d:\d\d:\d\d {2}bad +failed: /m);
    const plan = await opsc(["plan", "fails", "--as", "d@example.com", "-o", "p.opsplan.json"], folder);
    expect(plan.code).toBe(0);
    expect(await opsc(["show", "p.opsplan.json", "--history"], folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("--history is for a run"),
    });
  });

  test("its plan is shown with what became of it", async () => {
    const { nodes, outcome, events, next } = await record("fails");
    expect(nodes.map(({ id, fate }) => [id, fate])).toEqual([
      ["w", "undone"],
      ["bad", "failed"],
      ["never", "pending"],
    ]);
    expect(outcome).toBe("undone");
    expect(events[0]?.type).toBe("run.created");
    expect(next).toEqual([{ when: expect.any(String), command: "opsc plan fails --reason 'because it has to be'" }]);
    expect(JSON.parse(await show("fails", "--format", "json"))).toMatchObject({ run: runs.fails });
    for (const format of ["text", "markdown", "svg", "html"])
      expect(await show("fails", "--format", format), format).toContain(runs.fails ?? "-");
  });
});

/** What a rendering says became of each step of `fails`, and of each node of `asks` while it waits. */
const SAYS: Readonly<Record<string, { readonly fails: readonly RegExp[]; readonly asks: readonly RegExp[] }>> = {
  text: {
    fails: [
      /: undone in /,
      /^↶ write +w = .*\n +undone in /m,
      /^✗ write +bad = .*\n +failed in .*exit code 1/m,
      /^· write +never = /m,
    ],
    asks: [/: not ended/, /^✓ write +w = .* · \d+/m, /^… approval sre.*\n +waiting for people/m, /^· write +after = /m],
  },
  markdown: {
    fails: [
      /: undone in /,
      /^↶ write +w = .*\n +undone in /m,
      /^✗ write +bad = .*\n +failed in .*exit code 1/m,
      /^· write +never = /m,
    ],
    asks: [/: not ended/, /^✓ write +w = .* · \d+/m, /^… approval sre.*\n +waiting for people/m, /^· write +after = /m],
  },
  mermaid: {
    fails: [/^ *n0\["w<.*undone in /m, /^ *n1\["bad<.*failed in /m, /^ *n2\["never<.*not begun/m],
    asks: [/^ *n0\["w<.*done in /m, /^ *n1\[.*"sre<.*waiting for people/m, /^ *n2\["after<.*not begun/m],
  },
  svg: {
    fails: [/: undone in .*exit code 1</, ...boxes("undone", "failed", "pending")],
    asks: [/: not ended/, ...boxes("done", "waiting", "pending")],
  },
  html: {
    fails: [
      /<strong>undone<\/strong>: .*exit code 1/,
      /1 undone<.*1 failed<.*1 not begun</,
      ...boxes("undone", "failed", "pending"),
    ],
    asks: [/<strong>not ended<\/strong>/, /1 done<.*1 waiting<.*1 not begun</, ...boxes("done", "waiting", "pending")],
  },
};

/** Of a picture: the boxes of the first nodes of a plan, each of this class. */
function boxes(...fates: readonly string[]): RegExp[] {
  return fates.map((fate, i) => new RegExp(`<g (?=[^>]*class="node[^"]* fate-${fate}[ "])[^>]*data-nodes="${i}"`));
}

test.each(Object.keys(SAYS))(
  "what became of each step is shown as %s, of a run that undid itself and of one that waits",
  async (format) => {
    const says = SAYS[format];
    for (const action of ["fails", "asks"] as const) {
      const shown = await show(action, "--format", format);
      for (const wanted of says?.[action] ?? [/never/]) expect(shown, action).toMatch(wanted);
      expect(await show(action, "--format", format), "the same again").toBe(shown);
    }
  },
);

test("a run that waits says for whom, and what each has to type", async () => {
  const text = await show("asks");
  expect(text).toMatch(/ana@example.com approved .*\(fine\)/);
  expect(text).toContain("waits for approval");
  expect(text).toMatch(/ben@example.com/);
  expect(text).toContain(`next, after that: opsc resume ${runs.asks}`);
  const told = await record("asks");
  expect(told.status).toBe("waiting");
  expect(told.awaiting).toHaveLength(1);
  expect(told.nodes.find(({ id }) => id === "after")?.fate).toBe("pending");
});

test("and once all have approved, that it only has to be taken up", async () => {
  expect((await opsc(["approve", runs.asks ?? "", "--as", "ben@example.com"], folder)).code).toBe(0);
  const { awaiting, next } = await record("asks");
  expect(awaiting).toEqual([]);
  expect(next.map(({ command }) => command)).toEqual([`opsc resume ${runs.asks}`]);
});

test("a run that goes on is told so, and the same once its process died is not", async () => {
  expect(whileRunning.status).toBe("running");
  expect(whileRunning.text).toMatch(/^ {2}▸ long /m);
  expect(whileRunning.text).toMatch(/^run \S+ goes on$/m);
  const text = await show("slow");
  expect(text).toMatch(/^ {2}\? long {2}was cut off/m);
  expect(text).toContain(`opsc resume ${runs.slow}`);
  const told = await record("slow");
  expect(told.status).toBe("cut_off");
  expect(told.nodes.map(({ fate }) => fate)).toEqual(["done", "unknown"]);
});

test.each(["40", "60", "100"])(
  "in %s columns every line fits but commands, which are there to be copied",
  async (columns) => {
    for (const run of Object.values(runs)) {
      const { out } = await opsc(["show", run], folder, "", { COLUMNS: columns });
      for (const line of out.split("\n"))
        if (!line.startsWith("  next, ")) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
    }
  },
);
