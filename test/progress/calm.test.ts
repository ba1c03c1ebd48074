/** The lines of a run on a pipe: each thing told once, what is long now and then, of very many steps a count. */
import { describe, expect, test } from "vitest";
import { Calm } from "../../cli/progress/calm.ts";
import { newView, see } from "../../cli/progress/view.ts";
import { call, planFile, STRING, step } from "../render/build.ts";
import { History, RUN } from "./history.ts";
import { asking, undoing, waiting } from "./runs.ts";

/** What is told of it, where somebody looks once a second. */
function told(history: History, quiet = 0): string[] {
  const view = newView(history.file.plan);
  const lines: string[] = [];
  const calm = new Calm(view, (line) => lines.push(line));
  let now = Date.parse(history.events[0]?.at ?? "");
  const until = (time: number): void => {
    for (; now + 1000 <= time; now += 1000) calm.tick(now + 1000);
  };
  for (const event of history.events) {
    until(Date.parse(event.at));
    see(view, event);
    calm.take(event);
  }
  until(history.now + quiet * 1000);
  return lines;
}

describe("a step", () => {
  const one = (): History => new History(planFile([step("a", [], call("x.y", "write", "x", [["n", STRING, "1"]]))]));

  test("that is short is told when it is done, one that is long when it begins too", () => {
    expect(told(one().done("a", 1)).slice(1)).toEqual(["10:00:01  a  done in 1s"]);
    expect(told(one().done("a", 3)).slice(1)).toEqual(["10:00:00  a  begins", "10:00:03  a  done in 3s"]);
  });

  test("that is tried again says why, when, and the how manieth time it is", () => {
    const history = one().start("a").later(1).fail("a", "no\nluck").again("a", 1, 12).later(12).start("a", 2).later(1);
    expect(told(history.succeed("a", 2)).slice(1)).toEqual([
      "10:00:01  a  failed: no\n          luck",
      "10:00:01  a  tried again in 12s (attempt 2)",
      "10:00:14  a  done in 14s",
    ]);
  });

  test("that takes very long is heard of: no ten minutes pass without a line", () => {
    const lines = told(one().start("a"), 4 * 3600);
    const times = lines.map((line) => Date.parse(`2026-11-23T${line.slice(0, 8)}Z`));
    for (const [i, time] of times.entries()) expect(time - (times[i - 1] ?? time)).toBeLessThanOrEqual(301_000);
    expect(lines.length).toBeLessThan(70);
    expect(lines[2]).toBe("10:01:02  goes on since 1m2s: 0 of 1 done, 1 running; a runs for 1m2s");
  });
});

test("a check that looks every second is told when it waits for something else, and not each time", () => {
  const lines = told(waiting()).filter((line) => line.includes("healthy"));
  expect(lines).toEqual([expect.stringContaining("not yet: it answers 502")]);
});

test("an approval says who may give it, and a heartbeat who is still missing", () => {
  const lines = told(asking(), 70);
  expect(lines).toContain("10:00:00  go     waits for approval by 2 of Web on-call");
  expect(lines.at(-1)).toMatch(/waits for 2m\d+s for 1 more of Web on-call: ana@example.com, cleo@example.com$/);
});

test("an undo is told step by step", () => {
  expect(told(undoing()).filter((line) => line.includes("undo "))).toHaveLength(6);
});

test("of a thousand steps a few lines are told, failures all", () => {
  const nodes = Array.from({ length: 1000 }, (_, i) =>
    step(`each[${i}].write`, [], call("file.write", "write", `file:${i}`, [["n", STRING, String(i)]])),
  );
  const history = new History(planFile(nodes));
  for (const [i, { id }] of nodes.entries()) {
    if (i === 500) history.start(id).fail(id, "the disk is full").again(id, 1, 1).later(1).start(id, 2).succeed(id, 2);
    else history.done(id, 0.01);
  }
  const lines = told(history.end("succeeded"));
  expect(lines[0]).toContain(`run ${RUN} of`);
  expect(lines.length).toBeLessThan(20);
  expect(lines.some((line) => line.includes("failed: the disk is full"))).toBe(true);
  expect(lines.filter((line) => / of 1000 done/.test(line)).length).toBeGreaterThan(4);
});
