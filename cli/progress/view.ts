/** What people are told of a run, made of its events: one view for progress on a terminal, lines on a pipe and `opsc show`. */
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";

export type Standing =
  | "pending"
  | "running"
  | "retrying"
  | "waiting"
  | "done"
  | "skipped"
  | "failed"
  | "unknown"
  | "undoing"
  | "undone"
  | "undo failed";

export interface NodeView {
  readonly node: PlanNode;
  standing: Standing;
  attempt: number;
  /** Milliseconds since 1970; null before it began. */
  since: number | null;
  ended: number | null;
  /** Of a check: since when its requirements hold without a break. */
  holdingSince: number | null;
  /** The latest word on it: why it failed, what a check waits for. */
  why: string | null;
}

export interface RunView {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeView>;
  run: string;
  startedAt: number | null;
  phase: "starting" | "running" | "undoing" | "ended";
  finished: EventOf<"run.finished"> | null;
  lastGate: EventOf<"gate.judged"> | null;
}

export function newView(plan: Plan): RunView {
  const nodes = new Map(
    plan.nodes.map((node): [string, NodeView] => [
      node.id,
      { node, standing: "pending", attempt: 0, since: null, ended: null, holdingSince: null, why: null },
    ]),
  );
  return { plan, nodes, run: "", startedAt: null, phase: "starting", finished: null, lastGate: null };
}

/** Takes `event` into the view, which it changes. */
export function see(view: RunView, event: RunEvent): void {
  const at = Date.parse(event.at);
  const node = "node" in event && event.node !== null ? view.nodes.get(event.node) : undefined;
  switch (event.type) {
    case "run.created":
      view.run = event.run;
      view.startedAt = at;
      view.phase = "running";
      return;
    case "gate.judged":
      view.lastGate = event;
      return;
    case "run.finished":
      view.finished = event;
      view.phase = "ended";
      return;
    case "run.held":
      // What was in flight when the last process died is in flight no longer.
      for (const each of view.nodes.values())
        if (each.standing === "running" || each.standing === "undoing") each.standing = "unknown";
      return;
    default:
      if (node !== undefined) seeNode(view, node, event, at);
  }
}

function seeNode(view: RunView, n: NodeView, event: RunEvent, at: number): void {
  switch (event.type) {
    case "attempt.started":
      n.attempt = event.attempt;
      n.since = at;
      n.standing = event.phase === "undo" ? "undoing" : "running";
      if (event.phase === "undo") view.phase = "undoing";
      return;
    case "attempt.succeeded":
      if (event.phase === "do") end(n, "done", at, null);
      else if (lastCall(n, event.index)) end(n, "undone", at, null);
      return;
    case "attempt.failed":
      end(n, event.phase === "undo" ? "undo failed" : "failed", at, event.failure.message);
      return;
    case "retry.planned":
      n.standing = "retrying";
      n.ended = null;
      return;
    case "check.polled":
      return seePoll(n, event, at);
    case "approval.awaited":
      n.since ??= at;
      n.standing = "waiting";
      return;
    case "wait.started":
      n.since ??= at;
      n.standing = "running";
      return;
    case "outcome.marked":
      if (event.decision === "done")
        end(n, event.phase === "undo" ? "undone" : "done", at, `marked done by ${event.by}`);
      return;
    case "node.passed":
      return end(n, "done", at, null);
    case "node.failed":
      return end(n, "failed", at, event.why);
    case "node.skipped":
      return end(n, "skipped", at, event.why);
    default:
      return;
  }
}

/** A check is done once it has held for as long as it must; the poll that shows it is its last. */
function seePoll(n: NodeView, event: EventOf<"check.polled">, at: number): void {
  n.since ??= at;
  n.holdingSince = event.holds ? (n.holdingSince ?? at) : null;
  if (n.holdingSince !== null && n.node.kind === "check" && at - n.holdingSince >= n.node.hold)
    return end(n, "done", at, null);
  n.standing = "running";
  n.why = event.holds ? "holds" : event.why;
}

function lastCall(n: NodeView, index: number): boolean {
  const rollback = n.node.kind === "step" ? n.node.rollback : null;
  return rollback?.kind !== "calls" || index === rollback.calls.length - 1;
}

function end(n: NodeView, standing: Standing, at: number, why: string | null): void {
  n.standing = standing;
  n.ended = at;
  n.why = why;
}

/** Nodes people care for: joins and upfront requires only clutter. */
export function worthTelling(node: PlanNode): boolean {
  return node.kind !== "join";
}
