/** Whether what runs passed had been approved: by the plan that the store keeps, whenever in the log they say so. */
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { keptBytes } from "../../compiler/expand/plan.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { forge, storeOf } from "./audit-log.ts";
import { approve, plan as planWith } from "./run-plans.ts";
import { created, finished, passed } from "./store-events.ts";
import { sha256 } from "./store-hash.ts";

const PLAN: Plan = planWith([approve("ok", [])]);
const TEXT = canonicalJson(PLAN);
const DIGEST = sha256(TEXT);
const FILE = keptBytes({ digest: DIGEST, plan: PLAN });
const UNAPPROVED =
  "sense the approval ok is passed without the approvals it takes: 1 more of SRE would have been needed";

const begun = (run = "a"): readonly [string, RunEvent] => [`run/${run}`, created(run, { plan: DIGEST, approvals: [] })];
const told = (event: RunEvent, run = "a"): readonly [string, RunEvent] => [`run/${run}`, event];
const held = (fence: number, by?: string): RunEvent => ({
  type: "run.held",
  at: "2026-11-21T09:00:00.000Z",
  host: "h",
  pid: 1,
  fence,
  ...(by === undefined ? {} : { by }),
});

async function found(
  events: readonly (readonly [string, RunEvent])[],
  getPlan: (digest: string) => string | null = () => FILE,
): Promise<string[]> {
  const report = await verifyLog(storeOf(forge(events), { getPlan: async (digest) => getPlan(digest) }));
  return report.findings.map(({ seq, what, detail }) => `${seq} ${what} ${detail}`);
}

describe("a run that passed an approval nobody gave", () => {
  test("is found, whether it has ended or not, and each of several", async () => {
    expect(await found([begun(), told(passed("ok"))])).toEqual([`1 ${UNAPPROVED}`]);
    expect(await found([begun(), told(passed("ok")), told(finished())])).toEqual([`1 ${UNAPPROVED}`]);
    expect(
      await found([
        begun(),
        begun("b"),
        told(passed("ok")),
        told(passed("ok"), "b"),
        told(finished(), "b"),
        told(finished()),
      ]),
    ).toEqual([`3 ${UNAPPROVED}`, `2 ${UNAPPROVED}`]);
  });

  test("is found where it is passed after the run had ended and was taken up again, and once only", async () => {
    const rollback: RunEvent = {
      type: "run.rollback_requested",
      at: "2026-11-21T09:00:00.000Z",
      by: "dana@example.com",
      reason: null,
    };
    const again = [told(finished()), told(held(2)), told(rollback), told(passed("ok")), told(finished("undone"))];
    expect(await found([begun(), told(held(1)), ...again])).toEqual([`5 ${UNAPPROVED}`]);
    expect(await found([begun(), told(passed("ok")), ...again])).toEqual([`1 ${UNAPPROVED}`]);
  });
});

describe("a plan", () => {
  const why = (text: string | null): Promise<string[]> => found([begun(), told(passed("ok")), begun("b")], () => text);

  test("that is not there, or is another, is found once", async () => {
    expect(await why(null)).toEqual([`0 plan plan ${DIGEST} of the run is not in the store`]);
    const another = [`0 plan what the store keeps as plan ${DIGEST} is another`];
    for (const text of [
      FILE.replace("dana@", "eve@"),
      FILE.replace('"digest"', '"digesT"'),
      FILE.replace(/}\n$/, ',"more":1}\n'),
      FILE.trimEnd(),
      ` ${FILE}`,
      JSON.stringify(JSON.parse(FILE), null, 1),
      "",
      "{}",
    ])
      expect(await why(text), text).toEqual(another);
  });

  test("by which nothing could be judged does not pass for one by which all is well", async () => {
    // The digest is right, and yet it is not in the form that a store keeps plans in.
    expect(await why(TEXT)).toEqual([`0 plan what the store keeps as plan ${DIGEST} is another`]);
    // Nor is there any run whose plan says nothing.
    for (const text of ['{"planVersion":1}', "[]", `${"[".repeat(50_000)}${"]".repeat(50_000)}`]) {
      const digest = sha256(text);
      const events = [told(created("a", { plan: digest, approvals: [] })), told(passed("ok"))];
      expect(await found(events, () => `{"digest":"${digest}","plan":${text}}\n`)).toEqual([
        `0 plan plan ${digest} is none that this opsc knows, so what the run passed cannot be held to it`,
      ]);
    }
  });
});
