/** Events and stores for tests: small, real, and the same every time. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { canonicalJson } from "../../compiler/canonical.ts";
import { keptBytes } from "../../compiler/expand/plan.ts";
import type { Approval, EventOf, RunEvent } from "../../runtime/event.schema.ts";
import type { Append, RawEntry, Store } from "../../runtime/store/port.ts";
import { plan } from "./run-plans.ts";
import { sha256 } from "./store-hash.ts";

/** A plan as a store keeps it, and its digest; a `reason` makes it another. */
export function planOf(reason: string): { readonly digest: string; readonly text: string } {
  const file = plan([], { reason });
  const digest = sha256(canonicalJson(file));
  return { digest, text: keptBytes({ digest, plan: file }) };
}

export const { digest: PLAN, text: PLAN_TEXT } = planOf("all");
export const NONCE = "0123456789abcdef";
export const PLAN_STREAM = `plan/${PLAN}`;

const AT = "2026-11-21T09:00:00.000Z";

export function approval(over: Partial<Approval> = {}): Approval {
  return {
    approvalVersion: 1,
    plan: PLAN,
    nonce: NONCE,
    run: null,
    node: null,
    decision: "approve",
    who: "ana@example.com",
    comment: null,
    at: AT,
    identity: "unverified",
    signature: null,
    ...over,
  };
}

export function created(run: string, over: Partial<EventOf<"run.created">> = {}): RunEvent {
  return {
    type: "run.created",
    at: AT,
    eventVersion: 1,
    run,
    plan: PLAN,
    action: "scale_service",
    requester: "dana@example.com",
    applier: "dana@example.com",
    approvals: [approval()],
    ...over,
  };
}

export function passed(node: string): RunEvent {
  return { type: "node.passed", at: AT, node };
}

export function skipped(node: string, why: string): RunEvent {
  return { type: "node.skipped", at: AT, node, why };
}

export function finished(outcome: EventOf<"run.finished">["outcome"] = "succeeded"): RunEvent {
  return { type: "run.finished", at: AT, outcome, why: null, left: [], result: { replicas: 6 } };
}

export function used(run: string): RunEvent {
  return { type: "plan.used", at: AT, run, by: "dana@example.com" };
}

export function recorded(over: Partial<Approval> = {}): RunEvent {
  return { type: "approval.recorded", at: AT, approval: approval(over) };
}

/** An append to a plan's stream. */
export function toPlan(expected: number, ...events: RunEvent[]): Append {
  return { stream: PLAN_STREAM, expected, fence: null, events };
}

/** Writes a whole run of `steps` passed nodes, its plan and its plan's stream, as a real run does. */
export async function writeRun(store: Store, run: string, steps: number): Promise<void> {
  const claim = await store.claim(run);
  const stream = `run/${run}`;
  const { digest, text } = planOf(run);
  await store.putPlan(digest, text);
  await store.append([
    { stream: `plan/${digest}`, expected: 0, fence: null, events: [used(run)] },
    { stream, expected: 0, fence: claim.fence, events: [created(run, { plan: digest })] },
  ]);
  const events = Array.from({ length: steps }, (_, step) =>
    skipped(`step-${step}`, `é \ufffd \u001b[31m ${"x".repeat(step)}`),
  );
  await store.append([{ stream, expected: 1, fence: claim.fence, events }]);
  await store.append([{ stream, expected: 1 + steps, fence: claim.fence, events: [finished()] }]);
  await claim.release();
}

export async function rowsOf(store: Store): Promise<RawEntry[]> {
  const rows: RawEntry[] = [];
  for await (const page of store.pages()) rows.push(...page);
  return rows;
}

/** A directory of its own for one test; `use` may do with it what it likes. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "opsc-store-"));
  try {
    return await use(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
