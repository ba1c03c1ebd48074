/** Lines about single events, for pipes, CI and the history of a run. */

import { escapeControls } from "../../compiler/render/safe.ts";
import { clip, padEnd } from "../../compiler/render/width.ts";
import { isByToken } from "../../runtime/approvals/judge.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { freezeWords } from "../../runtime/freeze/freeze.ts";
import { brokenWords, overridesAmong } from "../break-glass.ts";
import { safeName, safeNames, safeText } from "../words.ts";
import { clockTime, dayTime, shortTime } from "./time.ts";
import type { NodeView, RunView } from "./view.ts";
import { isPause, worthCounting } from "./view.ts";

/** What is to be said of an event. */
export interface Told {
  /** Id of what it is about; null: the run as a whole. */
  readonly subject: string | null;
  readonly text: string;
}

/** Columns of ids at most, so that what is said of them stands in a column too; longer ones reach into it. */
const SUBJECT = 32;

/** The line of `event`, seen after the view took it in; null where there is nothing to say. */
export function lineOf(view: RunView, event: RunEvent): string | null {
  const told = wordsOf(view, event);
  return told === null ? null : lineAt(view, event.at, told);
}

/** `09:14:02  roll[web-1].switch  done in 340ms` */
export function lineAt({ longest }: RunView, at: string | number, { subject, text }: Told): string {
  const named = subject === null ? "" : `${padEnd(escapeControls(subject), Math.min(SUBJECT, longest))}  `;
  return `${clockTime(at)}  ${named}${safeText(text, 10)}`;
}

const ofRun = (text: string): Told => ({ subject: null, text });

function knownBy(word: EventOf<"run.created">["signed"]): string {
  if (word === undefined) return "identities are unverified";
  return isByToken(word) ? `by a token of ${safeName(word.token.issuer)}, verified when it was recorded` : "signed";
}

/** What is known of the applier alone stands behind them: whoever approved has signed, also where a job applies by its token. */
function appliedBy({ applier, approvals, signed }: EventOf<"run.created">): string {
  const known = ` (${knownBy(signed)})`;
  const approved = approvals.length > 0 && approvals.every(({ signature }) => signature !== null) ? " (signed)" : "";
  const [own, both] = signed !== undefined && isByToken(signed) ? [known, approved] : ["", known];
  return `applied by ${safeName(applier)}${own}${approvedBy(approvals)}${both}`;
}

export function wordsOf(view: RunView, event: RunEvent): Told | null {
  const n = "node" in event && event.node !== null ? view.nodes.get(event.node) : undefined;
  const of = (subject: string, text: string): Told => ({ subject, text });
  switch (event.type) {
    case "run.created":
      return ofRun(
        `${overridesAmong(event.approvals)
          .map((each) => `${brokenWords(each)}; `)
          .join("")}run ${event.run} of ${safeName(view.plan.action.title)}, ${appliedBy(event)}`,
      );
    case "run.held":
      return event.fence > 1 ? ofRun(takenUp(event)) : null;
    case "gate.judged":
      return event.ok ? null : ofRun(`refused: ${event.why ?? ""}`);
    case "run.cancel_requested":
      return ofRun(
        `cancelled by ${safeName(event.by)}${because(event.reason)}: ${event.mode === "rollback" ? "what started is undone" : "it stops where it is"}`,
      );
    case "run.pause_requested":
      return ofRun(`paused by ${safeName(event.by)}${because(event.reason)}: nothing new is begun`);
    case "run.rollback_requested":
      return ofRun(`${safeName(event.by)} asked for its rollback${because(event.reason)}`);
    case "locks.taken":
      return ofRun(`lock ${safeNames(event.names)} taken`);
    case "locks.refused":
      return ofRun(
        event.held.map(({ name, run }) => `lock ${safeName(name)} is held by run ${safeName(run)}`).join("; "),
      );
    case "locks.released":
      return ofRun(
        `lock ${safeNames(event.names)} let go${event.because === "waiting" ? " while people are waited for" : ""}`,
      );
    case "element.failed":
      return of(event.element, `failed and is tolerated: it is undone alone (${event.why})`);
    case "run.frozen":
      return ofRun(`${freezeWords(event)}: no write begins`);
    case "run.thawed":
      return ofRun("thawed: it goes on");
    case "lease.granted":
      return of(event.node, `is there until ${dayTime(event.until)}, and is taken back then`);
    case "lease.due":
      return of(event.node, `is taken back${dueWords(event)}`);
    case "lease.ended":
      return event.others.length === 0
        ? null
        : of(
            event.node,
            `stays as long as ${safeNames(event.others.map(({ run, node }) => `${run}:${node}`))} has a lease on the same`,
          );
    case "lease.closed":
      return event.how === "unused"
        ? null
        : of(
            event.node,
            event.how === "failed"
              ? "could not be taken back: it is left by hand"
              : `taken back${event.how === "by_hand" ? ` by hand, says ${safeName(event.by ?? "")}` : ""}`,
          );
    case "clock.jumped":
      return ofRun(`the clock went ${event.by < 0 ? "back" : "ahead"} by ${shortTime(Math.abs(event.by))}`);
    case "part.timed_out":
      return of(event.part, "has taken longer than its timeout");
    case "approval.escalated":
      return of(event.node, `may be given by ${safeNames(event.to)} too from now on`);
    case "undo.skipped":
      return of(event.node, `undo${which(view, event)} passed over: ${event.why}`);
    case "hook.finished":
      return event.ok ? null : ofRun(`on ${event.event}: ${event.why ?? ""}`);
    case "run.timed_out":
      return ofRun("the run has taken longer than its timeout");
    case "approval.awaited":
      return of(event.node, `waits for approval${askedOf(n)}`);
    case "approval.given":
      if (event.approval.override !== undefined)
        return event.node === event.approval.override.approvals[0] ? of(event.node, brokenWords(event.approval)) : null;
      return of(
        event.node,
        `${event.approval.decision === "deny" ? "denied" : event.approval.decision === "withdraw" ? "taken back" : "approved"} by ${safeName(event.approval.who)} (${event.approval.signature === null ? "unverified" : "signed"})${because(event.approval.comment)}`,
      );
    case "node.skipped":
      return of(event.node, `skipped: ${event.why}`);
    case "node.passed":
      return n !== undefined && worthCounting(n.node) && n.node.kind !== "require"
        ? of(event.node, `${n.node.kind === "approve" ? passedAs(view, n.node.id) : "done"}${took(n)}`)
        : null;
    case "node.failed":
      return of(event.node, `failed: ${event.why}`);
    case "attempt.started":
      return of(
        event.node,
        `${event.phase === "undo" ? `undo${which(view, event)} begins` : "begins"}${attemptOf(n, event)}`,
      );
    case "attempt.succeeded":
      return of(event.node, event.phase === "undo" ? `undo${which(view, event)} done` : `done${took(n)}`);
    case "attempt.failed":
      return of(
        event.node,
        `${event.phase === "undo" ? `undo${which(view, event)} failed` : "failed"}: ${event.failure.message}`,
      );
    case "retry.planned":
      return of(
        event.node,
        `tried again in ${shortTime(Date.parse(event.until) - Date.parse(event.at))}${attemptOf(n, { ...event, attempt: event.attempt + 1 })}`,
      );
    case "attempt.settled":
      return event.killed > 0
        ? of(event.node, `${event.killed} left-over process${event.killed === 1 ? "" : "es"} ended`)
        : null;
    case "outcome.marked":
      return of(event.node, `marked ${event.decision} by ${safeName(event.by)}`);
    case "check.polled":
      return n?.standing === "done" ? of(event.node, `holds${took(n)}`) : null;
    case "wait.started":
      return n !== undefined && isPause(n.node)
        ? of(
            n.node.id.slice(0, n.node.id.lastIndexOf("[")),
            `pauses for ${shortTime(n.node.kind === "wait" ? n.node.duration : 0)} before the next wave`,
          )
        : of(event.node, `waits until ${clockTime(event.until)}`);
    case "run.finished":
    case "attempt.captured":
    case "attempt.process":
    case "hook.started":
    case "lock.taken":
    case "lock.released":
    case "limit.counted":
    case "run.erased":
    case "lease.opened":
    case "lease.counted":
    case "lease.over":
    case "lease.gone":
    case "freeze.set":
    case "freeze.lifted":
    case "control.said":
    case "approval.recorded":
    case "plan.used":
      return null;
  }
}

/** `taken in hand again by ana@example.com (process 4711 on ops1)`; logs of before do not tell who. */
export function takenUp({ by, pid, host }: EventOf<"run.held">): string {
  const process = `process ${pid} on ${safeName(host)}`;
  return by === undefined ? `taken in hand again by ${process}` : `taken in hand again by ${safeName(by)} (${process})`;
}

function dueWords({ because: why, by, reason }: EventOf<"lease.due">): string {
  switch (why) {
    case "time":
      return ": its lease is over";
    case "revoked":
      return ` by ${safeName(by ?? "")}${because(reason)}`;
    case "alone":
      return ": the other leases on the same are gone";
    case "again":
      return " once more, since that failed";
  }
}

const because = (reason: string | null): string => (reason === null ? "" : ` (${reason})`);

function approvedBy(approvals: EventOf<"run.created">["approvals"]): string {
  const who = new Set(approvals.filter((a) => a.decision === "approve").map((a) => a.who));
  return who.size === 0 ? "" : `, approved by ${safeNames([...who])}`;
}

/** An approval is given, or somebody broke the glass and went on without it. */
const passedAs = ({ approvals }: RunView, node: string): string =>
  overridesAmong(approvals).some(({ override }) => override?.approvals.includes(node) === true)
    ? "set aside"
    : "approved";

function askedOf(n: NodeView | undefined): string {
  if (n?.node.kind !== "approve") return "";
  const { mode, groups, quorum } = n.node;
  const by = groups.map(({ title, id }) => safeName(title || id)).join(mode === "all" ? " and " : " or ");
  return ` by ${quorum} of ${clip(by, 80)}`;
}

/** ` (attempt 2 of 5)`; nothing for the first. */
function attemptOf(n: NodeView | undefined, event: { readonly attempt: number; readonly phase: string }): string {
  if (event.attempt <= 1) return "";
  const of =
    n?.node.kind === "step" && event.phase === "do" && n.node.retry.attempts >= event.attempt
      ? ` of ${n.node.retry.attempts}`
      : "";
  return ` (attempt ${event.attempt}${of})`;
}

function which(view: RunView, event: { readonly node: string; readonly index: number }): string {
  const node = view.nodes.get(event.node)?.node;
  const rollback = node?.kind === "step" ? node.rollback : null;
  const call = rollback?.kind === "calls" && rollback.calls.length > 1 ? rollback.calls[event.index] : undefined;
  return call === undefined ? "" : ` ${safeName(call.name)}`;
}

function took(n: NodeView | undefined): string {
  return n === undefined || n.took === null || n.took === 0 ? "" : ` in ${shortTime(n.took)}`;
}
