/** Who may decide on a plan or a run, and of which there is nothing to decide any more: refused before anything is signed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Asked,
  awaitedIn,
  demandSpoken,
  demandUsable,
  inTheWay,
  type Judged,
  mayDecide,
} from "../../cli/asked.ts";
import { Stop } from "../../cli/exit.ts";
import { newView } from "../../cli/progress/view.ts";
import { wordsOf } from "../../cli/progress/words.ts";
import { publicFile } from "../../cli/signing.ts";
import { constant } from "../../compiler/ir/expr.ts";
import type { ApproveNode, Plan } from "../../compiler/plan/plan.schema.ts";
import { AT_THEIR_WORD } from "../../runtime/approvals/judge.ts";
import type { Approval, RunEvent } from "../../runtime/event.schema.ts";
import { approve, guardrail, plan, planFile, step } from "../runtime/run-plans.ts";
import { approval } from "../runtime/run-world.ts";
import { keyOf } from "../tools/signed-project.ts";

const RUN = "20261121-0914-k3f9q2";
const HOUR = 3_600_000;
const now = Date.now();
const at = (ms: number): string => new Date(now + ms).toISOString();
const ask = approve("ask", [], { upfront: true }) as ApproveNode;
const sec = { ...ask, id: "sec", groups: [{ id: "sec", title: "Sec", members: ["yan@example.com"] }] };
const glass = [{ id: "oncall", title: "On call", members: ["cleo@example.com"] }];
const of = (more: Partial<Plan> = {}): Plan =>
  plan([ask, step("a", ["ask"])], { createdAt: at(-HOUR), expiresAt: at(HOUR), ...more });
const asked = (more: Partial<Judged> = {}, of_: Plan = of()): Judged => ({
  file: planFile(of_),
  run: null,
  applier: null,
  nodes: [ask],
  asked: new Map(),
  events: [],
  judge: AT_THEIR_WORD,
  ...more,
});
const stops = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Stop) return error.message;
    throw error;
  }
  return "";
};
const decides = (who: string, decision: Approval["decision"] = "approve", more: Asked | Judged = asked()): string =>
  stops(() => mayDecide({ ...asked(), ...more }, `${who}@example.com`, decision));

describe("who may decide", () => {
  test("is a member, and not who asked for it or applied it", () => {
    expect(decides("ana")).toBe("");
    expect(decides("eve")).toContain(
      "eve@example.com is not among those who may approve: ana@example.com, ben@example.com",
    );
    expect(decides("dana")).toBe("dana@example.com requested this plan, so their word on it does not count");
    const running = asked({ run: RUN, applier: "ana@example.com" });
    expect(decides("ana", "approve", running)).toBe(
      "ana@example.com applied this plan, so their word on it does not count",
    );
    expect(decides("ben", "approve", running)).toBe("");
  });

  test("decides on what is theirs, in a run", () => {
    const both = asked({ run: RUN, nodes: [ask, sec] });
    expect(mayDecide(both, "yan@example.com", "deny").nodes).toEqual([sec]);
    expect(mayDecide({ ...both, run: null }, "yan@example.com", "deny").nodes).toEqual([ask, sec]);
  });

  test("of whom others may give it later, only later", () => {
    const groups = [{ id: "cto", title: "CTO", members: ["cleo@example.com"] }];
    const late = { ...ask, escalate: [{ after: 2 * HOUR, mode: "one" as const, groups }] };
    expect(decides("cleo", "approve", asked({ nodes: [late] }))).toContain("may approve this only from");
    expect(decides("cleo", "approve", asked({ nodes: [late] }, of({ createdAt: at(-3 * HOUR) })))).toBe("");
    // Of a run it counts from when that asked.
    const waits = asked({ run: RUN, nodes: [late], asked: new Map([["ask", now]]) }, of({ createdAt: at(-3 * HOUR) }));
    expect(decides("cleo", "approve", waits)).toContain("may approve this only from");
  });

  test("may take back what they set aside, member or not, and nobody else may", () => {
    const trust = { root: "project", identities: "unverified", breakGlass: glass, digest: null } as const;
    const broken = asked({ nodes: [] }, of({ trust: { ...trust, breakGlass: [...glass] } }));
    expect(decides("cleo", "withdraw", broken)).toBe("");
    expect(decides("cleo", "deny", broken)).toContain("this plan asks for no approval");
    expect(decides("eve", "withdraw", broken)).toContain("this plan asks for no approval");
    const soft = guardrail("g", constant(false), {
      enforcement: "soft",
      overrideBy: { mode: "one", groups: [...glass] },
    });
    expect(decides("cleo", "withdraw", asked({}, of({ guardrails: [soft] })))).toBe("");
    expect(decides("cleo", "withdraw")).toContain("is not among those");
  });

  test("has said something that stands, of that plan or of that run", () => {
    const spoken = (...before: Approval[]) => stops(() => demandSpoken(asked(), before, "ana@example.com"));
    expect(spoken()).toContain("has said nothing of this that is recorded here");
    expect(spoken(approval("ANA@example.com"))).toBe("");
    expect(spoken(approval("ben@example.com"))).not.toBe("");
    expect(spoken(approval("ana@example.com"), approval("ana@example.com", { decision: "withdraw" }))).not.toBe("");
    expect(spoken(approval("ana@example.com", { run: RUN }))).not.toBe("");
  });
});

test("what was set aside in a run is told once, whatever it covers", () => {
  const override = { guardrails: [], approvals: ["one", "two"], applier: "eve@example.com" };
  const broken = approval("cleo@example.com", {
    run: RUN,
    decision: "override",
    comment: "it burns all over",
    override,
  });
  const view = newView(plan([approve("one", []), approve("two", [])]), AT_THEIR_WORD);
  const told = (node: string) => wordsOf(view, { type: "approval.given", at: at(0), node, approval: broken })?.text;
  expect(told("one")).toContain("BREAK-GLASS: cleo@example.com");
  expect(told("two")).toBeUndefined();
});

test("the public half of a key is read from a file, and from nothing that never ends", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-key-half-"));
  const [pipe, large] = [path.join(folder, "pipe.pub"), path.join(folder, "large.pub")];
  execFileSync("mkfifo", [pipe]);
  writeFileSync(large, `ssh-ed25519 ${"A".repeat(20_000)}\n`);
  for (const none of [pipe, large, folder, path.join(folder, "none")]) expect(await publicFile(none)).toBeNull();
  expect((await publicFile(keyOf("ana").file))?.type).toBe("ssh-ed25519");
  rmSync(folder, { recursive: true });
});

describe("what there is to decide", () => {
  test("is nothing of a plan that has expired, but of its run", () => {
    const old = of({ expiresAt: at(-1) });
    expect(stops(() => demandUsable(asked({}, old)))).toContain("this plan expired at");
    expect(stops(() => demandUsable(asked({ run: RUN }, old)))).toBe("");
    expect(stops(() => demandUsable(asked()))).toBe("");
  });

  test("is nothing where a guardrail refuses it that nobody may set aside; else it is warned of", () => {
    const failing = (enforcement: "hard" | "soft" | "advisory", members: string[] | null) =>
      asked(
        {},
        of({
          guardrails: [
            guardrail("g", constant(false), {
              enforcement,
              status: "fail",
              why: "too many",
              overrideBy: members === null ? null : { mode: "one", groups: [{ id: "o", title: "o", members }] },
            }),
          ],
        }),
      );
    for (const none of [failing("hard", null), failing("soft", null), failing("soft", [])])
      expect(stops(() => demandUsable(none))).toContain("guardrail g refuses this plan: too many");
    const soft = failing("soft", ["cleo@example.com"]);
    expect(stops(() => demandUsable(soft))).toBe("");
    expect(inTheWay(soft)).toEqual(["g (too many)"]);
    expect(inTheWay(failing("advisory", null))).toEqual([]);
  });

  test("is what a run has asked for and not passed", () => {
    const awaited = (node: string): RunEvent => ({ type: "approval.awaited", at: at(0), node });
    const events: RunEvent[] = [awaited("one"), awaited("two"), { type: "node.passed", at: at(1), node: "one" }];
    expect([...awaitedIn(events)]).toEqual([["two", now]]);
  });
});
