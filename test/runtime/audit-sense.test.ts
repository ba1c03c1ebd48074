/** The order of attempts within a run, as the audit judges it: each thing that no correct runtime writes. */
import { describe, expect, test } from "vitest";
import { judge, newSense } from "../../runtime/audit/sense.ts";
import type { AttemptId, RunEvent } from "../../runtime/event.schema.ts";
import { created, finished } from "./store-events.ts";

const at = "2026-11-21T09:00:00.000Z";
type Kind = "started" | "ok" | "failed" | "refused" | "settled" | "retry" | "captured";

function event(kind: Kind, attempt: number, over: Partial<AttemptId> = {}): RunEvent {
  const id = { at, node: "a", phase: "do" as const, index: 0, attempt, ...over };
  switch (kind) {
    case "started":
      return { type: "attempt.started", ...id, key: "k", deadline: at };
    case "ok":
      return { type: "attempt.succeeded", ...id, result: null, output: null };
    case "failed":
    case "refused": {
      const failure = { kind: kind === "failed" ? ("error" as const) : kind, message: "no", retryable: true };
      return { type: "attempt.failed", ...id, failure, output: null };
    }
    case "settled":
      return { type: "attempt.settled", ...id, killed: 0 };
    case "retry":
      return { type: "retry.planned", ...id, until: at };
    case "captured":
      return { type: "attempt.captured", ...id, data: null, blob: null };
  }
}

/** What is said of the last of them; those before make sense. */
function saidOf(...events: readonly RunEvent[]): string | null {
  const sense = newSense("run/r");
  const said = [created("r"), ...events].map((each) => judge(sense, each));
  expect(said.slice(0, -1)).toEqual(said.slice(0, -1).map(() => null));
  return said.at(-1) ?? null;
}
const e = event;

describe("an attempt", () => {
  test("begins, ends and is repeated", () => {
    for (const events of [
      [e("started", 1), e("captured", 1), e("ok", 1)],
      [e("started", 1), e("failed", 1), e("retry", 1), e("started", 2), e("settled", 2), e("started", 3)],
      [e("refused", 1), e("retry", 1), e("refused", 2), e("started", 3), e("failed", 3)],
      // Calls of one step by themselves, of one rollback, and of steps whose names look like theirs.
      [e("started", 1), e("started", 1, { node: "b" }), e("started", 1, { phase: "undo" })],
      [e("started", 1, { phase: "undo", index: 0 }), e("started", 1, { phase: "undo", index: 1 })],
      [e("started", 1, { phase: "undo" }), e("started", 1, { node: "undo/a/0" })],
      [e("started", 1), e("ok", 1), finished()],
    ])
      expect(saidOf(...events)).toBeNull();
  });

  test.each<[string, readonly RunEvent[]]>([
    ["attempt 2 of do/a/0 begins after attempt 0", [e("started", 2)]],
    ["attempt 1 of do/a/0 begins after attempt 1", [e("started", 1), e("ok", 1), e("started", 1)]],
    ["attempt 3 of do/a/0 begins after attempt 1", [e("refused", 1), e("started", 3)]],
    ["attempt 2 of do/a/0 begins while attempt 1 goes on", [e("started", 1), e("started", 2)]],
    ["attempt.succeeded of attempt 1 of do/a/0, which is not under way", [e("ok", 1)]],
    ["attempt.succeeded of attempt 2 of do/a/0, which is not under way", [e("started", 1), e("ok", 2)]],
    ["attempt.succeeded of attempt 1 of do/a/0, which is not under way", [e("started", 1), e("ok", 1), e("ok", 1)]],
    ["attempt.settled of attempt 1 of do/a/0, which is not under way", [e("started", 1), e("ok", 1), e("settled", 1)]],
    ["attempt.captured of attempt 2 of do/a/0, which is not under way", [e("started", 1), e("captured", 2)]],
    ["attempt.failed of attempt 1 of do/a/0, which is not under way", [e("failed", 1)]],
    ["attempt.failed of attempt 2 of do/a/0, which is not under way", [e("refused", 2)]],
    ["attempt.failed of attempt 2 of do/a/0, which is not under way", [e("started", 1), e("refused", 2)]],
    ["attempt 1 of do/a/0 is to be repeated, and is not the last that ended", [e("retry", 1)]],
    ["attempt 1 of do/a/0 is to be repeated, and is not the last that ended", [e("started", 1), e("retry", 1)]],
    [
      "attempt 2 of do/a/0 is to be repeated, and is not the last that ended",
      [e("started", 1), e("failed", 1), e("retry", 2)],
    ],
    ["attempt.succeeded of attempt 1 of do/b/0, which is not under way", [e("started", 1), e("ok", 1, { node: "b" })]],
    ["the run ends while do/a/0 goes on", [e("started", 1), finished()]],
    ["the run ends while undo/a/2 goes on", [e("started", 1, { phase: "undo", index: 2 }), finished()]],
  ])("%s", (why, events) => {
    expect(saidOf(...events)).toBe(why);
  });

  test("of a run that was taken up again may be any, and one after the other from there", () => {
    const again: RunEvent[] = [
      { type: "run.held", at, host: "h", pid: 1, fence: 2 },
      { type: "run.rollback_requested", at, by: "dana@example.com", reason: null },
    ];
    const before = [e("started", 1), e("ok", 1), finished(), ...again];
    expect(saidOf(...before, e("started", 4), e("failed", 4), e("started", 5))).toBeNull();
    expect(saidOf(...before, e("started", 4), e("failed", 4), e("started", 6))).toBe(
      "attempt 6 of do/a/0 begins after attempt 4",
    );
  });

  test("that went on when its run was said to have ended still goes on", () => {
    const sense = newSense("run/r");
    for (const each of [created("r"), e("started", 1), finished()]) judge(sense, each);
    judge(sense, { type: "run.held", at, host: "h", pid: 1, fence: 2 });
    judge(sense, { type: "run.rollback_requested", at, by: "dana@example.com", reason: null });
    expect(judge(sense, e("started", 2))).toBe("attempt 2 of do/a/0 begins while attempt 1 goes on");
    expect(judge(sense, e("ok", 1))).toBeNull();
  });
});
