/** What `opsc show RUN` tells of a run: golden, so that a change of it is looked at. */
import { expect, test } from "vitest";
import { showRunOutputSchema } from "../../cli/output.schema.ts";
import { nextOf } from "../../cli/progress/next.ts";
import { cutOff } from "../../cli/progress/view.ts";
import { happenedOf } from "../../cli/runs/happened.ts";
import { peopleOf } from "../../cli/runs/people.ts";
import type { Reading } from "../../cli/runs/reading.ts";
import { recordOf } from "../../cli/runs/record.ts";
import { reportLines } from "../../cli/runs/report.ts";
import type { Standing } from "../../cli/runs/standings.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { expectGolden } from "../render/golden.ts";
import { type History, RUN } from "./history.ts";
import { asking, failed, pause, undoing, undone, waiting } from "./runs.ts";

const END: RunEnd = {
  run: RUN,
  status: "stopped",
  outcome: null,
  why: null,
  left: [],
  awaiting: [],
  unknown: [],
  result: null,
  locked: [],
  tolerated: [],
  rolledBack: null,
  leases: [],
  hooks: [],
};

function reading(history: History, standing: Standing, alive: boolean, end: Partial<RunEnd> = {}): Reading {
  const { file, events } = history;
  const view = history.view();
  const { finished } = view;
  if (!alive && finished === null) cutOff(view);
  const ended =
    finished === null
      ? {}
      : ({ status: "finished", outcome: finished.outcome, why: finished.why, left: finished.left } as const);
  return { file, events, since: [], view, standing, alive, end: { ...END, ...ended, ...end } };
}

const READINGS: Readonly<Record<string, { readonly history: History; readonly reading: Reading }>> = Object.fromEntries(
  (
    [
      ["running", waiting(), "running", true, {}],
      [
        "waiting",
        asking(),
        "waiting",
        false,
        {
          status: "waiting_approval",
          awaiting: [{ node: "go", missing: "1 more of Web on-call: ana@example.com, cleo@example.com" }],
        },
      ],
      ["cut-off", undoing(), "cut_off", false, {}],
      ["paused", pause(), "paused", false, { status: "paused", why: "paused by eve@example.com: lunch" }],
      ["incomplete", failed(), "incomplete", false, {}],
      ["undone", undone(), "undone", false, {}],
    ] as const
  ).map(([name, history, standing, alive, end]) => [
    name,
    { history, reading: reading(history, standing, alive, end) },
  ]),
);

test.each(Object.keys(READINGS))("%s", (name) => {
  const of = READINGS[name];
  if (of === undefined) throw new Error(name);
  const told = [100, 60].map((width) => {
    const lines = reportLines(of.reading, {
      width,
      color: false,
      now: of.history.now,
      attested: name === "undone" ? { by: "example.com/operations+1a2b3c4d", why: null } : null,
      history: width === 100 && name === "incomplete",
    });
    for (const line of lines)
      if (!/opsc |^ {2}\d\d:/.test(line)) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    return `== ${width}\n${lines.join("\n")}\n`;
  });
  expectGolden(`report-${name}.txt`, told.join("\n"));
  expect(showRunOutputSchema.parse(recordOf(of.reading, null))).toMatchObject({
    run: RUN,
    status: of.reading.standing,
  });
});

test("that nothing shows who began it", () => {
  const [of] = Object.values(READINGS);
  if (of === undefined) throw new Error("none");
  const why = "holds an attestation of another run\u001b[2J";
  const options = { width: 100, color: false, now: of.history.now, attested: { by: null, why }, history: false };
  const told = reportLines(of.reading, options).join(" ");
  expect(told).toMatch(/NOT ATTESTED: it holds an attestation of another run\S+\[2J\. Nothing takes it up: opsc audit/);
  expect(told).not.toContain("\u001b");
  expect(showRunOutputSchema.parse(recordOf(of.reading, { by: null, why })).attested).toEqual({ by: null, why });
});

test("of what nobody has in hand, nothing goes on", () => {
  const of = (alive: boolean): unknown[] =>
    ["roll[web-1].undrain", "roll[web-3].deploy", "roll[web-4].drain", "flag"].map((id) => {
      const view = undoing().view();
      if (!alive) cutOff(view);
      const node = happenedOf(view).nodes.get(id);
      return [node?.fate, node?.why];
    });
  expect(of(true)).toEqual([
    ["undoing", null],
    ["undone", null],
    ["failed", "no such server: web-4"],
    ["pending", null],
  ]);
  expect(of(false)[0]).toEqual(["unknown", "it was cut off"]);
});

test("who did what, once each and in order", () => {
  const history = asking();
  history.later(60).add({ type: "run.pause_requested", by: "eve@example.com", reason: "lunch" });
  history.later(60).add({ type: "run.cancel_requested", by: "dana@example.com", mode: "halt", reason: null });
  expect(peopleOf(history.file.plan, history.events).map(({ did }) => did)).toEqual([
    "dana@example.com asked for it",
    "dana@example.com applied it",
    "ben@example.com approved what go asks for",
    "eve@example.com paused it (lunch)",
    "dana@example.com cancelled it: it stops where it is",
  ]);
});

test.each(["stopped", "broken", "paused"] as const)(
  "nobody is told to cancel once more what is on its way back: %s",
  (status) => {
    const commands = (history: History): string[] =>
      nextOf({ ...END, status }, history.view()).map(({ command }) => command);
    expect(commands(waiting())).toEqual([`opsc resume ${RUN}`, `opsc cancel ${RUN}`]);
    expect(commands(undoing())).toEqual([`opsc resume ${RUN}`]);
    const cancelled = waiting().add({
      type: "run.cancel_requested",
      by: "ana@example.com",
      mode: "halt",
      reason: null,
    });
    expect(commands(cancelled)).toEqual([`opsc resume ${RUN}`]);
  },
);
