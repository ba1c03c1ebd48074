/** Each place that must be known by a time refuses what is known later: all of both tables, none forgotten. */
import { describe, expect, test } from "vitest";
import { BLOCKS, type BlockSpec } from "../../compiler/schema/blocks.ts";
import { PLACES } from "../../compiler/schema/places.ts";
import { check } from "./project.ts";

const blocks: Readonly<Record<string, BlockSpec>> = BLOCKS;

/** `got` is a result, of which the plan knows nothing. */
const action = (statements: string, properties = ""): string => `use http
use file
approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
enum Env { staging, production }
window hours { timezone = "UTC"  allow mon..fri }
action act(note: string) {
  ${properties}
  step got = http.get(url: note)
  let seconds = got.status * 1s
  ${statements}
}
`;
const step = (body: string): string =>
  action(`step put = file.write(path: note, content: "") { ${body} rollback auto }`);
const check_ = (property: string): string =>
  action(`check up = http.get(url: note) { require it.status == 200  ${property} }`);

/** A source for each place, with a value in it that only the run knows. */
const LATE: Readonly<Record<string, string>> = {
  "step.timeout": step("timeout = seconds"),
  "step.lease": step("lease = seconds"),
  "retry.attempts": step("retry { attempts = got.status }"),
  "retry.backoff": step("retry { attempts = 2  backoff = 1s..seconds }"),
  "rollback_step.timeout": action(
    `step put = http.put(url: note) { rollback { step back = http.delete(url: note) { timeout = seconds } } }`,
  ),
  "check.within": check_("within = seconds"),
  "check.every": check_("every = seconds"),
  "check.hold": check_("hold = seconds"),
  "approve.quorum": action("approve by sre { quorum = got.status }"),
  "approve.within": action("approve by sre { within = seconds }"),
  wait: action("wait seconds"),
  over: action("for line in got.body.lines() { step each = http.get(url: line) }"),
  batch: action(`for x in ["a", "b"] batch got.status { step each = http.get(url: x) }`),
  every: action(`for x in ["a", "b"] batch 1 every seconds { step each = http.get(url: x) }`),
  tolerate: action(`for x in ["a", "b"] tolerate got.status { step each = http.get(url: x) }`),
  at_most: action(`for x in ["a", "b"] at most got.status { step each = http.get(url: x) }`),
  approver: action("approve by any of (got.status == 200 ? [sre] : [])"),
  escalate_after: action("approve by sre { escalate to sre after seconds }"),
  limit_by: action("", `limit = 3 per 1h by "\${run.now}"`),
  "action.title": action("", `title = "\${run.now}"`),
  "action.risk": action("", `risk = run.now > 2026-11-21T09:00:00Z ? high : low`),
  "action.owner": action("", `owner = run.now > 2026-11-21T09:00:00Z ? sre : sre`),
  "action.tags": action("", `tags = ["\${run.now}"]`),
  "action.window": action("", `window = run.now > 2026-11-21T09:00:00Z ? hours : hours`),
  "action.timeout": action("", `timeout = run.now - 2026-11-21T09:00:00Z`),
  "action.lock": action("", `lock = ["\${run.now}"]`),
  "action.limit": action("", `limit = 3 per (run.now - 2026-11-21T09:00:00Z)`),
};

const wanted = [
  ...Object.entries(blocks).flatMap(([block, spec]) =>
    Object.entries(spec.properties).flatMap(([name, { known }]) => (known === "plan" ? [`${block}.${name}`] : [])),
  ),
  ...Object.keys(PLACES),
];

test("every place that must be known at plan is tried", () => {
  expect(Object.keys(LATE).sort()).toEqual([...wanted].sort());
});

describe("not known before the run", () => {
  test.each(Object.entries(LATE))("%s", (_place, source) => {
    const found = check(source).diagnostics.filter((d) => d.severity === "error");
    expect(found.map((d) => d.code)).toEqual(["not-known-at-plan"]);
  });
});

describe("not known when the file is checked", () => {
  test.each([
    [
      "action.on_failure",
      `action x(halted: bool) { on_failure = halted ? halt : continue  wait 1s }`,
      ["not-constant"],
    ],
    [
      "guardrail.enforcement",
      `guardrail g { enforcement = plan.writes.count > 1 ? hard : soft  require plan.writes.count < 5 }`,
      ["not-constant"],
    ],
    [
      "guardrail.every_write",
      `guardrail g { every_write = plan.writes.count > 1  require plan.writes.count < 5 }`,
      ["not-constant"],
    ],
    [
      "operation.effect",
      `use exec\noperation o(b: bool) { effect = b ? read : write  call = exec.run(argv: ["x"]) }`,
      ["not-constant"],
    ],
    [
      "operation.repeat",
      `use exec\noperation o(b: bool) { repeat = b ? once : keyed  call = exec.run(argv: ["x"]) }`,
      ["not-constant"],
    ],
  ])("%s", (_place, source, codes) => {
    const found = check(source).diagnostics.filter((d) => d.severity === "error");
    expect(found.map((d) => d.code)).toEqual(codes);
  });
});
