/** What people are told of a run, made of its events: one view for progress on a terminal, lines on a pipe and `opsc show`. */
import type { Plan, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { elementsOf } from "../../compiler/render/outline.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import { AT_THEIR_WORD, BY_ANY_KEY, type Judge } from "../../runtime/approvals/judge.ts";
import type { Approval, EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { type Counts, noCounts, type Standing } from "./standing.ts";

export interface NodeView {
  readonly node: PlanNode;
  /** The hook it is of; null for what the action itself does. */
  readonly hook: string | null;
  standing: Standing;
  /** Number of the latest attempt, of what it does or of its undo; 0 before the first. */
  attempt: number;
  /** How many attempts what it does took. */
  attempts: number;
  /** Milliseconds since 1970, all of them; null before. `began`: its first attempt. `since`: what goes on now. */
  began: number | null;
  since: number | null;
  ended: number | null;
  /** How long what it does took, from its first attempt on, in milliseconds. */
  took: number | null;
  /** When it goes on by itself: the next attempt, or the end of a wait. */
  until: number | null;
  /** Of a check: since when its requirements hold without a break. */
  holdingSince: number | null;
  /** Of what it gave for a time: until when (milliseconds since 1970), and whether it is taken back by that. */
  lease: { until: number; due: boolean } | null;
  /** The latest word on it: why it failed, what a check waits for. */
  why: string | null;
  /** Why it failed, also once it is undone. */
  failure: string | null;
  /** What counts it, outwards. */
  counters: Counter | null;
}

/** Counts of what is inside something, kept as standings change. */
export interface Counter {
  readonly counts: Counts;
  readonly parent: Counter | null;
}

export interface RunView {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Of the action itself, without what only clutters. */
  readonly counts: Counts;
  /** Columns of the longest id of a node. */
  readonly longest: number;
  run: string;
  /** Digest of the plan. */
  digest: string;
  applier: string;
  readonly approvals: Approval[];
  startedAt: number | null;
  phase: "starting" | "running" | "undoing" | "ended";
  /** Whether a step or check of the action itself was begun. */
  begun: boolean;
  finished: EventOf<"run.finished"> | null;
  lastGate: EventOf<"gate.judged"> | null;
  /** Locks it holds, and those that others hold while it waits. */
  locks: readonly string[];
  locked: EventOf<"locks.refused">["held"];
  /** A person's latest word on how it is to go on. */
  said: EventOf<"run.cancel_requested" | "run.pause_requested" | "run.rollback_requested"> | null;
  /** Elements that failed and are tolerated, and why. */
  readonly tolerated: Map<string, string>;
  /** How many steps there were to undo when the undo of the run began. */
  toUndo: number;
  /** Whose word counts. */
  readonly judge: Judge;
}

/** Without a judge, what was planned for signatures counts when it is signed, by whatever key. */
export function newView(
  plan: Plan,
  judge: Judge = plan.trust.identities === "signed" ? BY_ANY_KEY : AT_THEIR_WORD,
): RunView {
  const counts = noCounts();
  const top: Counter = { counts, parent: null };
  const nodes = new Map<string, NodeView>();
  for (const node of plan.nodes) {
    const counted = worthCounting(node);
    nodes.set(node.id, newNode(node, null, counted ? top : null));
    if (counted) counts.pending++;
  }
  for (const hook of plan.hooks)
    for (const node of hook.nodes) nodes.set(node.id, newNode(node, hook.event, { counts: noCounts(), parent: null }));
  return {
    plan,
    nodes,
    counts,
    longest: [...nodes.keys()].reduce((most, id) => Math.max(most, displayWidth(id)), 0),
    run: "",
    digest: "",
    applier: "",
    approvals: [],
    startedAt: null,
    phase: "starting",
    begun: false,
    finished: null,
    lastGate: null,
    locks: [],
    locked: [],
    said: null,
    tolerated: new Map(),
    toUndo: 0,
    judge,
  };
}

const newNode = (node: PlanNode, hook: string | null, counters: Counter | null): NodeView => ({
  node,
  hook,
  standing: "pending",
  attempt: 0,
  attempts: 0,
  began: null,
  since: null,
  ended: null,
  took: null,
  until: null,
  holdingSince: null,
  lease: null,
  why: null,
  failure: null,
  counters,
});

/** Takes `event` into the view, which it changes. */
export function see(view: RunView, event: RunEvent): void {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "run.created":
      view.run = event.run;
      view.digest = event.plan;
      view.applier = event.applier;
      view.approvals.push(...event.approvals);
      view.startedAt = at;
      view.phase = "running";
      return;
    case "run.held":
      view.said = view.said?.type === "run.pause_requested" ? null : view.said;
      view.locked = [];
      // What was in flight when the last process died is in flight no longer.
      for (const n of view.nodes.values())
        if (n.standing === "running" || n.standing === "undoing") stand(n, "unknown");
      return;
    case "gate.judged":
      view.lastGate = event;
      return;
    case "locks.taken":
      view.locks = event.names;
      view.locked = [];
      return;
    case "locks.refused":
      view.locked = event.held;
      return;
    case "locks.released":
      view.locks = view.locks.filter((name) => !event.names.includes(name));
      return;
    case "run.cancel_requested":
    case "run.pause_requested":
      view.said = event;
      return;
    case "run.rollback_requested":
      view.said = event;
      view.finished = null;
      view.phase = "running";
      return;
    case "lease.due":
    case "lease.closed": {
      if (view.finished !== null) {
        view.finished = null;
        view.phase = "running";
      }
      const leased = view.nodes.get(event.node);
      if (leased !== undefined) seeNode(view, leased, event, at);
      return;
    }
    case "element.failed":
      view.tolerated.set(event.element, event.why);
      // What was to come in it does not any more; what goes on in it lands.
      for (const n of view.nodes.values())
        if (n.standing === "pending" && n.node.id.startsWith(`${event.element}.`)) end(n, "skipped", at, null);
      return;
    case "hook.started":
      for (const n of view.nodes.values())
        if (n.hook === event.event) {
          stand(n, "pending");
          Object.assign(n, newNode(n.node, n.hook, n.counters));
        }
      return;
    case "run.finished":
      giveUp(view, at);
      view.finished = event;
      view.phase = "ended";
      view.said = null;
      return;
    default: {
      const n = "node" in event && event.node !== null ? view.nodes.get(event.node) : undefined;
      if (n !== undefined) seeNode(view, n, event, at);
    }
  }
}

function seeNode(view: RunView, n: NodeView, event: RunEvent, at: number): void {
  switch (event.type) {
    case "attempt.started":
      return started(view, n, event, at);
    case "attempt.succeeded":
      if (event.phase === "do") end(n, "done", at, null);
      else if (lastCall(n, event.index)) end(n, "undone", at, null);
      return;
    case "attempt.failed":
      if (event.failure.kind === "lost" && isAsked(n)) return lost(n, event.failure.message);
      return end(n, event.phase === "undo" ? "undo failed" : "failed", at, event.failure.message);
    case "retry.planned":
      stand(n, "retrying");
      n.until = Date.parse(event.until);
      n.ended = null;
      return;
    case "attempt.settled":
      // What may be repeated is begun again; of the rest a person has to say what became of it.
      if (n.standing === "unknown" && !isAsked(n)) stand(n, "pending");
      return;
    case "check.polled":
      return seePoll(n, event, at);
    case "approval.awaited":
      n.since ??= at;
      n.began ??= at;
      stand(n, "waiting");
      return;
    case "approval.given":
      if (!view.approvals.some((known) => sameApproval(known, event.approval))) view.approvals.push(event.approval);
      return;
    case "wait.started":
      n.began ??= at;
      n.since ??= at;
      n.until = Date.parse(event.until);
      stand(n, "running");
      return;
    case "lease.granted":
      n.lease = { until: Date.parse(event.until), due: false };
      return;
    case "lease.due":
      if (n.lease !== null) n.lease.due = true;
      return;
    case "lease.closed":
      if (event.how !== "failed") n.lease = null;
      return;
    case "undo.skipped":
      if (n.standing === "undoing" && lastCall(n, event.index)) end(n, "undone", at, null);
      return;
    case "outcome.marked":
      if (event.decision === "retry") stand(n, "pending");
      else end(n, event.phase === "undo" ? "undone" : "done", at, `marked done by ${event.by}`);
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

/** Whether a person has to say what became of it, where nobody knows. */
const isAsked = (n: NodeView): boolean => n.hook === null && n.node.kind === "step" && n.node.call.repeat === "once";

function lost(n: NodeView, why: string): void {
  stand(n, "unknown");
  n.why = why;
}

function started(view: RunView, n: NodeView, event: EventOf<"attempt.started">, at: number): void {
  if (n.hook === null) view.begun = true;
  n.attempt = event.attempt;
  n.since = at;
  n.until = null;
  if (event.phase === "do") {
    n.attempts = event.attempt;
    n.began ??= at;
    n.why = null;
    stand(n, "running");
    return;
  }
  // An element that failed is undone alone, while the run goes on.
  const alone = n.lease?.due === true || elementsOf(n.node.id).some(({ element }) => view.tolerated.has(element));
  if (view.phase !== "undoing" && !alone) {
    view.phase = "undoing";
    giveUp(view, at);
    view.toUndo = toUndo(view);
  }
  stand(n, "undoing");
}

/** Waits, checks and questions that were under way when the run began to end: nothing of theirs is in flight any more. */
function giveUp({ nodes }: RunView, at: number): void {
  for (const n of nodes.values())
    if (n.hook === null && (n.standing === "running" || n.standing === "retrying" || n.standing === "waiting"))
      end(n, "skipped", at, "it was not over when the run began to end");
}

/** Nobody has the run in hand, and it has not ended: what was in flight is cut off, and nothing else goes on. */
export function cutOff({ nodes }: RunView): void {
  for (const n of nodes.values()) {
    if (n.standing === "retrying") n.until = null;
    else if (n.standing === "undoing" || (n.standing === "running" && n.node.kind === "step")) stand(n, "unknown");
    else if (n.standing === "running") stand(n, "pending");
  }
}

/** A check is done once it has held for as long as it must; the poll that shows it is its last. */
function seePoll(n: NodeView, event: EventOf<"check.polled">, at: number): void {
  n.since ??= at;
  n.began ??= at;
  n.holdingSince = event.holds ? (n.holdingSince ?? at) : null;
  if (n.holdingSince !== null && n.node.kind === "check" && at - n.holdingSince >= n.node.hold)
    return end(n, "done", at, null);
  stand(n, "running");
  n.why = event.holds ? null : event.why;
}

/** Steps that may have changed something which their rollback takes back, save those behind a point of no return. */
function toUndo({ plan, nodes }: RunView): number {
  const kept = new Set<string>();
  let count = 0;
  for (const node of [...plan.nodes].reverse()) {
    const standing = nodes.get(node.id)?.standing ?? "pending";
    const acted = node.kind === "step" && node.call.effect !== "read" && mayHaveActed(node, standing);
    const rollback = node.kind === "step" ? node.rollback : null;
    if (kept.has(node.id) || (acted && rollback === null)) for (const { id } of node.after) kept.add(id);
    else if (acted && rollback !== null && rollback.kind !== "nothing") count++;
  }
  return count;
}

/** Steps of the action that may have changed something and say that there is nothing to undo, with the reason that each gives. */
export function staying({ plan, nodes }: RunView): { readonly id: string; readonly why: string }[] {
  return plan.nodes.flatMap((node) => {
    if (node.kind !== "step" || node.call.effect === "read" || node.rollback?.kind !== "nothing") return [];
    const standing = nodes.get(node.id)?.standing ?? "pending";
    return mayHaveActed(node, standing) ? [{ id: node.id, why: node.rollback.why }] : [];
  });
}

/** A call that says no to all or nothing has done nothing. */
const mayHaveActed = (node: StepNode, standing: Standing): boolean =>
  standing !== "pending" &&
  standing !== "skipped" &&
  standing !== "undone" &&
  !(standing === "failed" && node.call.atomic);

function lastCall(n: NodeView, index: number): boolean {
  const rollback = n.node.kind === "step" ? n.node.rollback : null;
  return rollback?.kind !== "calls" || index === rollback.calls.length - 1;
}

function end(n: NodeView, standing: Standing, at: number, why: string | null): void {
  if (standing === "failed") n.failure = why;
  if (standing === "done" || standing === "failed") n.took = n.began === null ? null : at - n.began;
  n.ended = at;
  n.why = why;
  n.until = null;
  stand(n, standing);
}

function stand(n: NodeView, standing: Standing): void {
  for (let counter = n.counters; counter !== null; counter = counter.parent) {
    counter.counts[n.standing]--;
    counter.counts[standing]++;
  }
  n.standing = standing;
}

const sameApproval = (a: Approval, b: Approval): boolean =>
  a.who === b.who && a.at === b.at && a.decision === b.decision && a.node === b.node;

/** Nodes people care for: joins only clutter. */
function worthTelling(node: PlanNode): boolean {
  return node.kind !== "join";
}

/** Pauses between the waves of a loop are told with the loop. */
export function isPause(node: PlanNode): boolean {
  return node.kind === "wait" && node.id.endsWith("]");
}

export const worthCounting = (node: PlanNode): boolean => worthTelling(node) && !isPause(node);
