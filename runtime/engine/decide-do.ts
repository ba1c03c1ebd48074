/** What the action itself does next: nodes that are ready, then calls, as far as there is room. */

import type { CheckNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { statedPlan } from "../approvals/statement.ts";
import { messageOf } from "../message.ts";
import { captures, goesOn, isWrite } from "./calls.ts";
import { type Command, type ReadyCall, record } from "./command.ts";
import { askLease } from "./decide-lease.ts";
import { toCalls } from "./fold-node.ts";
import { factsToRead } from "./gate.ts";
import { hasOwnGate, toRead } from "./guardrails.ts";
import type { Heap } from "./heap.ts";
import { waitsForStart } from "./hooks.ts";
import { previewsToCompare } from "./previews.ts";
import { argsOf, compute, type Got, messageFor } from "./scope.ts";
import { askedAt, type NodeState, needsLocks, type RunState } from "./state.ts";
import { isClosed } from "./windows.ts";

/** Nodes that became ready: conditions, then what can be decided without the world. */
export function decideReady(state: RunState, ready: Heap<number>, now: number, at: string, commands: Command[]): void {
  let last = -1;
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    // One that was put in twice, say by two approvals at once, comes out twice in a row: it is decided once.
    if (index === last) continue;
    last = index;
    const n = state.nodes[index];
    if (n === undefined || (n.status !== "ready" && !n.awaited) || !goesOn(state, n)) continue;
    const id = n.node.id;
    const runs = conditions(state, n);
    if (!runs.ok) commands.push(failed(at, id, runs.why));
    else if (!runs.value) {
      const why = "its condition does not hold";
      commands.push(record(`skip/${id}`, { type: "node.skipped", at, node: id, why }));
    } else decideNode(state, n, now, at, commands);
  }
}

function conditions(state: RunState, n: NodeState): Got<boolean> {
  for (const when of n.node.when) {
    const got = compute(state, when, {});
    if (!got.ok) return { ok: false, why: `its condition cannot be computed: ${got.why}` };
    if (got.value !== true) return { ok: true, value: false };
  }
  return { ok: true, value: true };
}

const failed = (at: string, node: string, why: string): Command =>
  record(`fail/${node}`, { type: "node.failed", at, node, why });
const passed = (at: string, node: string): Command => record(`pass/${node}`, { type: "node.passed", at, node });

function decideNode(state: RunState, n: NodeState, now: number, at: string, commands: Command[]): void {
  const { node } = n;
  switch (node.kind) {
    case "step":
    case "check":
      toCalls(state, n);
      return;
    case "join":
      commands.push(passed(at, node.id));
      return;
    case "wait": {
      const until = new Date(now + node.duration).toISOString();
      commands.push(record(`wait/${node.id}`, { type: "wait.started", at, node: node.id, until }));
      return;
    }
    case "require": {
      const held = compute(state, node.requirement.condition, { now: at });
      if (!held.ok) commands.push(failed(at, node.id, `${node.requirement.text} cannot be computed: ${held.why}`));
      else if (held.value === true) commands.push(passed(at, node.id));
      else commands.push(failed(at, node.id, messageFor(state, node.requirement, { now: at })));
      return;
    }
    case "approve":
      decideApproval(state, n, now, at, commands);
      return;
  }
}

function decideApproval(state: RunState, n: NodeState, now: number, at: string, commands: Command[]): void {
  const { node } = n;
  if (node.kind !== "approve") return;
  const { applier, run } = state;
  try {
    const asked = n.awaited || node.upfront ? askedAt(state, n) : now;
    const tally = state.rules.tally(node, state.approvals, {
      ...statedPlan(state.plan, state.digest),
      applier,
      now,
      asked,
      run,
    });
    if (tally.denied !== null) commands.push(failed(at, node.id, tally.denied));
    else if (tally.met) commands.push(passed(at, node.id));
    else if (!n.awaited) {
      commands.push(record(`await/${node.id}`, { type: "approval.awaited", at, node: node.id }));
    }
  } catch (error) {
    commands.push(failed(at, node.id, `its approvals cannot be counted: ${messageOf(error)}`));
  }
}

/** Steps and checks, in the order of the plan, while there is room; a write only past the gate. */
export function decideCalls(state: RunState, calls: Heap<number>, now: number, at: string, commands: Command[]): void {
  const { agenda } = state;
  let room = state.parallel - state.running.size - agenda.inHand.size;
  const taken = new Set<number>();
  while (room > 0) {
    const index = calls.pop();
    if (index === undefined) return;
    const n = state.nodes[index];
    if (n === undefined || taken.has(index) || !goesOn(state, n)) continue;
    taken.add(index);
    const before = commands.length;
    if (n.node.kind === "check") poll(state, n, n.node, now, at, commands);
    else if (n.node.kind === "step" && startable(n, now)) step(state, n, n.node, now, at, commands);
    if (commands.length > before) room--;
  }
}

function startable(n: NodeState, now: number): boolean {
  if (n.status !== "ready" && n.status !== "active") return false;
  return n.call.status === "idle" || (n.call.status === "backoff" && n.call.until <= now);
}

function step(state: RunState, n: NodeState, node: StepNode, now: number, at: string, commands: Command[]): void {
  if (isWrite(n) && !mayWrite(state, n, now, commands)) return;
  if (n.hook === null && waitsForStart(state)) {
    state.agenda.held.push(n.index);
    return;
  }
  const args = argsOf(state, node.call, { now: at });
  if (!args.ok) {
    commands.push(failed(at, node.id, args.why));
    return;
  }
  if (node.lease !== null && n.lease === null && isWrite(n)) {
    askLease(state, n, { do: "open", deadline: now + node.timeout }, commands);
    return;
  }
  const attempt = n.call.attempt + 1;
  const deadline = now + node.timeout;
  commands.push({
    kind: "start",
    id: `do/${node.id}/0/${attempt}`,
    event: {
      type: "attempt.started",
      at,
      node: node.id,
      phase: "do",
      index: 0,
      attempt,
      key: n.hook === null ? `${state.run}/do/${node.id}/0` : `${state.run}/hook/${n.hook.round}/${node.id}`,
      deadline: new Date(deadline).toISOString(),
    },
    call: { ...target(node.call), args: args.value, ...expiryOf(node, now) },
    via: "run",
    capture: captures(node) && !(n.call.acted && n.call.captured !== null),
    captured: null,
    deadline,
  });
}

/** What ends by itself is told when; that it counts from its success it cannot know. */
const expiryOf = ({ lease, call }: StepNode, now: number): Pick<ReadyCall, "expires"> =>
  lease === null || call.expires !== true ? {} : { expires: new Date(now + lease).toISOString() };

const target = (call: StepNode["call"]): Omit<ReadyCall, "args"> => ({
  instance: call.instance,
  operation: call.operation,
});

/** Whether the gate is open for this write; asks for the gate, or parks the write behind it, where it is not. */
function mayWrite(state: RunState, n: NodeState, now: number, commands: Command[]): boolean {
  const { agenda } = state;
  if (state.frozen !== null) {
    agenda.held.push(n.index);
    return false;
  }
  if (state.gate === "needed") {
    agenda.held.push(n.index);
    if (needsLocks(state)) askLocks(state, commands);
    else askGate(state, commands);
    return false;
  }
  const closed = isClosed(state, n, now);
  if (!closed && (n.gated || !hasOwnGate(state, n.node.part))) return true;
  const { id } = n.node;
  agenda.inHand.add(`gate/${id}`);
  commands.push({
    kind: "gate",
    id: `gate/${id}/${n.call.attempt + 1}`,
    node: id,
    facts: [],
    guardrails: toRead(state, id),
    previews: [],
  });
  return false;
}

/** All the locks, once; while they are refused, the run waits. */
export function askLocks(state: RunState, commands: Command[]): void {
  const { inHand } = state.agenda;
  if (inHand.has("lock") || state.locked !== null) return;
  inHand.add("lock");
  commands.push({ kind: "lock", id: `lock/${state.holds}/${state.gates}` });
}

export function askGate(state: RunState, commands: Command[]): void {
  const { inHand } = state.agenda;
  if (inHand.has("gate")) return;
  inHand.add("gate");
  commands.push({
    kind: "gate",
    id: `gate/${state.gates + 1}`,
    node: null,
    facts: factsToRead(state),
    guardrails: toRead(state, null),
    previews: previewsToCompare(state),
  });
}

function poll(state: RunState, n: NodeState, node: CheckNode, now: number, at: string, commands: Command[]): void {
  const key = `poll/${node.id}`;
  if ((n.status !== "ready" && n.status !== "active") || state.agenda.inHand.has(key)) return;
  const args = argsOf(state, node.call, { now: at });
  if (!args.ok) {
    commands.push(failed(at, node.id, args.why));
    return;
  }
  state.agenda.inHand.add(key);
  const id = `${key}/${(n.check?.polls ?? 0) + 1}`;
  const call = { ...target(node.call), args: args.value };
  commands.push({ kind: "poll", id, node: node.id, call, deadline: now + node.timeout });
}
