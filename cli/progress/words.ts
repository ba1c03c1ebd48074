/** Lines about single events, for pipes, CI and the history of a run. */
import { formatDuration } from "../../compiler/ir/format.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { safeText } from "../words.ts";
import type { NodeView, RunView } from "./view.ts";
import { worthTelling } from "./view.ts";

/** The line of `event`, seen after the view took it in; null where there is nothing to say. */
export function lineOf(view: RunView, event: RunEvent): string | null {
  const text = wordsOf(view, event);
  return text === null ? null : `${event.at.slice(11, 19)}  ${safeText(text, 10)}`;
}

function wordsOf(view: RunView, event: RunEvent): string | null {
  const n = "node" in event && event.node !== null ? view.nodes.get(event.node) : undefined;
  switch (event.type) {
    case "run.created":
      return `run ${event.run} of ${view.plan.action.title}, applied by ${event.applier}${approvedBy(event.approvals)} (identities are unverified)`;
    case "run.held":
      return event.fence > 1 ? `taken in hand again by process ${event.pid} on ${event.host}` : null;
    case "gate.judged":
      return event.ok ? null : `refused: ${event.why ?? ""}`;
    case "run.cancel_requested":
      return `cancelled by ${event.by}: ${event.mode === "rollback" ? "what started is undone" : "it stops where it is"}`;
    case "run.pause_requested":
      return `paused by ${event.by}: nothing new is begun`;
    case "run.rollback_requested":
      return `rolled back by ${event.by}: what it did is undone`;
    case "locks.taken":
      return `lock ${event.names.join(", ")} taken`;
    case "locks.refused":
      return event.held.map(({ name, run }) => `lock ${name} is held by run ${run}`).join("; ");
    case "locks.released":
      return `lock ${event.names.join(", ")} let go${event.because === "waiting" ? " while people are waited for" : ""}`;
    case "element.failed":
      return `${event.element}  failed and is tolerated: it is undone alone (${event.why})`;
    case "clock.jumped":
      return `the clock went ${event.by < 0 ? "back" : "ahead"} by ${shortTime(Math.abs(event.by))}`;
    case "part.timed_out":
      return `${event.part}  has taken longer than its timeout`;
    case "approval.escalated":
      return `${event.node}  may be given by ${event.to.join(", ")} too from now on`;
    case "undo.skipped":
      return `${event.node}  undo${which(view, event)} passed over: ${event.why}`;
    case "hook.finished":
      return event.ok ? null : `on ${event.event}: ${event.why ?? ""}`;
    case "run.timed_out":
      return "the run has taken longer than its timeout";
    case "approval.awaited":
      return `${event.node}  waits for approval`;
    case "approval.given":
      return `${event.node}  ${event.approval.decision === "deny" ? "denied" : "approved"} by ${event.approval.who} (unverified)`;
    case "node.skipped":
      return `${event.node}  skipped: ${event.why}`;
    case "node.passed":
      return n !== undefined && worthTelling(n.node) && n.node.kind !== "require"
        ? `${event.node}  ${n.node.kind === "approve" ? "approved" : "done"}${took(n)}`
        : null;
    case "node.failed":
      return `${event.node}  failed: ${event.why}`;
    case "attempt.started":
      return `${event.node}  ${event.phase === "undo" ? `undo${which(view, event)} begins` : "begins"}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
    case "attempt.succeeded":
      return `${event.node}  ${event.phase === "undo" ? `undo${which(view, event)} done` : `done${took(n)}`}`;
    case "attempt.failed":
      return `${event.node}  ${event.phase === "undo" ? "undo failed" : "failed"}: ${event.failure.message}`;
    case "retry.planned":
      return `${event.node}  tried again at ${event.until.slice(11, 19)}`;
    case "attempt.settled":
      return event.killed > 0
        ? `${event.node}  ${event.killed} left-over process${event.killed === 1 ? "" : "es"} ended`
        : null;
    case "outcome.marked":
      return `${event.node}  marked ${event.decision} by ${event.by}`;
    case "check.polled":
      return n?.standing === "done" ? `${event.node}  holds${took(n)}` : null;
    case "wait.started":
      return `${event.node}  waits until ${event.until.slice(11, 19)}`;
    case "run.finished":
    case "attempt.captured":
    case "attempt.process":
    case "hook.started":
    case "lock.taken":
    case "lock.released":
    case "limit.counted":
    case "control.said":
    case "approval.recorded":
    case "plan.used":
      return null;
  }
}

function approvedBy(approvals: EventOf<"run.created">["approvals"]): string {
  const who = new Set(approvals.filter((a) => a.decision === "approve").map((a) => a.who));
  return who.size === 0 ? "" : `, approved by ${[...who].join(", ")}`;
}

function which(view: RunView, event: { readonly node: string; readonly index: number }): string {
  const node = view.nodes.get(event.node)?.node;
  const rollback = node?.kind === "step" ? node.rollback : null;
  const call = rollback?.kind === "calls" && rollback.calls.length > 1 ? rollback.calls[event.index] : undefined;
  return call === undefined ? "" : ` ${call.name}`;
}

function took(n: NodeView | undefined): string {
  if (n === undefined || n.since === null || n.ended === null) return "";
  return ` in ${shortTime(n.ended - n.since)}`;
}

/** `340ms`, `12s`, `3m20s`. */
export function shortTime(ms: number): string {
  return formatDuration(ms < 1000 ? Math.max(0, Math.round(ms)) : Math.round(ms / 1000) * 1000);
}
