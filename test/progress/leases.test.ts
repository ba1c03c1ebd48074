/** What people are told of leases: how each stands, whether somebody ends it, and what came of that. */
import { describe, expect, test } from "vitest";
import { leaseFindings } from "../../cli/doctor/leases.ts";
import type { Listed } from "../../cli/leases/listed.ts";
import { endedWords, standsWords, todoWords } from "../../cli/leases/words.ts";
import { nextOf } from "../../cli/progress/next.ts";
import { newView } from "../../cli/progress/view.ts";
import { VERSION } from "../../cli/version.ts";
import type { OpenLease } from "../../runtime/event.schema.ts";
import type { DueLease } from "../../runtime/leases/end.ts";
import type { Beat, Worker } from "../../runtime/leases/worker.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { planFile } from "../render/build.ts";

const NOW = Date.parse("2026-11-21T10:00:00.000Z");
const SECOND = 1_000;

const listed = (more: Partial<OpenLease> = {}, of: Partial<Listed> = {}): Listed => {
  const lease: OpenLease = { node: "give", until: "2026-11-21T10:00:03.000Z", is: "open", tries: 0, ...more };
  return {
    id: `20261121-0900-aaaaaa:${lease.node}`,
    run: "20261121-0900-aaaaaa",
    action: "main.ops#grant",
    requester: "dana@example.com",
    workspace: "default",
    resource: "file:x",
    expires: false,
    lease,
    variables: [],
    again: null,
    ...of,
  };
};
const over = (seconds: number): string => new Date(NOW - seconds * SECOND).toISOString();

describe("how a lease stands", () => {
  test.each([
    [listed(), "open until 2026-11-21 10:00:03 UTC"],
    [listed({ until: over(1) }), "over since 2026-11-21 09:59:59 UTC, and still there"],
    [listed({ until: over(0) }), "over since 2026-11-21 10:00:00 UTC, and still there"],
    [listed({ is: "shared" }), "over, and stays as long as others have a lease on the same"],
    [
      listed({ is: "failed", tries: 2 }, { again: NOW + 61 * SECOND }),
      "over, and could not be taken back (2 times): tried again at 2026-11-21 10:01:01 UTC",
    ],
    [listed({ is: "failed", tries: 9 }), "over, and could not be taken back (9 times): left to do by hand"],
  ])("is told to the second", (each, words) => {
    expect(standsWords(each, NOW)).toBe(words);
  });
});

describe("what is about to be done", () => {
  const due = (because: DueLease["because"]): DueLease => ({ node: "give", because, by: null, reason: null });

  test.each([
    ["time", "takes back what give gave: its time is over"],
    ["alone", "takes back what give gave: the other leases on the same are over, too"],
    ["again", "takes back what give gave: once more, since that failed"],
  ] as const)("is told with its reason: %s", (because, words) => {
    expect(todoWords({ kind: "leases", leases: [due(because), due(because)].slice(0, 1) })).toBe(words);
  });

  test("is told where nobody knows which yet", () => {
    expect(todoWords({ kind: "leases", leases: [] })).toBe("takes back what a lease gave that is over");
  });
});

describe("what came of an end", () => {
  const end = (more: Partial<RunEnd>): RunEnd => ({
    run: "20261121-0900-aaaaaa",
    status: "finished",
    outcome: "succeeded",
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
    ...more,
  });
  const leases = { kind: "leases", leases: [] } as const;

  test.each(["finished", "stopped", "waiting_approval", "paused", "frozen"] as const)(
    "is that it was taken back, also of a run that is %s",
    (status) => {
      expect(endedWords(leases, end({ status, outcome: null }))).toBe("taken back");
    },
  );

  test.each(["broken", "waiting_lock", "unknown_outcome"] as const)("is not that of one that is %s", (status) => {
    expect(endedWords(leases, end({ status, outcome: null, why: "no disk" }))).not.toContain("taken back");
  });

  test("is that it stays, where others have a lease on the same", () => {
    const shared: OpenLease = { node: "give", until: over(9), is: "shared", tries: 0 };
    expect(endedWords(leases, end({ leases: [shared] }))).toBe(
      "give stays: others have a lease on the same, and with the last of them it is taken back",
    );
  });

  test("is what to do next about one that could not be taken back", () => {
    const failed: OpenLease = { node: "give", until: over(9), is: "failed", tries: 1 };
    const next = nextOf(end({ outcome: "incomplete", leases: [failed] }), newView(planFile([]).plan));
    expect(next.map(({ command }) => command)).toEqual(["opsc leases revoke 20261121-0900-aaaaaa:give"]);
  });

  test("is told with what is left, and whether it is tried again", () => {
    const failed = (tries: number): OpenLease => ({ node: "give", until: over(9), is: "failed", tries });
    const left = [{ node: "give", what: "to be done by hand: file.remove" }];
    expect(endedWords(leases, end({ leases: [failed(1)], left }))).toBe(
      "give could not be taken back, it is tried again: to be done by hand: file.remove",
    );
    expect(endedWords(leases, end({ leases: [failed(9)], left }))).toContain("it is left to do by hand");
  });
});

describe("the doctor", () => {
  const beat: Beat = {
    at: over(1),
    host: "ops1",
    pid: 4711,
    version: VERSION,
    environment: ["PATH", "DB_TOKEN"],
    troubles: [],
  };
  const alive: Worker = { beat, alive: true, why: null };
  const dead: Worker = { beat: null, alive: false, why: "no `opsc work` runs on this store" };
  const told = (leases: readonly Listed[], worker: Worker) =>
    leaseFindings(leases, worker, NOW).map(({ level, what }) => `${level}: ${what}`);

  test("says nothing where nothing is granted", () => {
    expect(leaseFindings([], dead, NOW)).toEqual([]);
  });

  test("says who ends what is open", () => {
    expect(told([listed()], alive)).toEqual(["ok: 1 lease open, and opsc work (process 4711 on ops1) ends it"]);
    expect(told([listed()], dead)).toEqual(["warning: 1 lease open: no `opsc work` runs on this store"]);
    expect(told([listed({}, { expires: true })], dead)).toEqual(["ok: 1 lease open, which its own system ends"]);
  });

  test("finds what is over and still there, once that is no matter of a moment, and says why", () => {
    const late = listed({ until: over(30) });
    expect(told([listed({ until: over(29) })], alive)).toHaveLength(1);
    const troubled = { ...alive, beat: { ...beat, troubles: [{ run: late.run, why: "no provider db" }] } };
    expect(leaseFindings([late], troubled, NOW).at(-1)).toMatchObject({
      level: "problem",
      exit: 6,
      what: "20261121-0900-aaaaaa:give: over, and what was given is there still",
      why: "no provider db",
    });
    expect(leaseFindings([late], alive, NOW).at(-1)?.why).toBe("opsc work has not taken it back");
    expect(leaseFindings([late], dead, NOW).at(-1)?.why).toBe("nobody takes it back");
    expect(told([listed({ is: "shared", until: over(99) })], alive)).toHaveLength(1);
  });

  test("finds what is left to people, which is not late as well", () => {
    const left = listed({ is: "failed", tries: 9, until: over(99) });
    expect(told([left], alive).slice(1)).toEqual([
      "problem: 20261121-0900-aaaaaa:give: could not be taken back, and is not tried again by itself",
    ]);
  });

  test("finds a variable that the end of a lease needs and opsc work does not have", () => {
    const needs = (name: string) => listed({}, { variables: [{ secret: "token", name }] });
    expect(told([needs("DB_TOKEN")], alive)).toHaveLength(1);
    expect(told([needs("OTHER")], alive)).toContainEqual(
      "warning: opsc work has no variable OTHER, which the end of 20261121-0900-aaaaaa:give needs",
    );
    // Of nobody who watches nothing is known.
    expect(told([needs("OTHER")], dead)).toHaveLength(1);
  });

  test("finds an opsc work of another version", () => {
    const old = { ...alive, beat: { ...beat, version: "0.0.9" } };
    expect(told([listed()], old)).toContainEqual(`warning: opsc work is that of opsc 0.0.9, this is ${VERSION}`);
  });
});
