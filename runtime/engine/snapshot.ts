/** A picture of a run's state as plain data: all that the log determines, and nothing of what a process has in hand. */
import type { CallState, RunState } from "./state.ts";

function callShot(call: CallState | undefined) {
  return call === undefined ? null : { ...call, processes: [...call.processes] };
}

/** Equal for two states exactly when the same events were folded into them, whatever was decided in between. */
export function snapshot(state: RunState): object {
  return {
    run: state.run,
    digest: state.digest,
    phase: state.phase,
    ending: state.ending,
    finished: state.finished,
    closing: state.closing,
    former: state.former,
    formerEnding: state.formerEnding,
    reopened: state.reopened,
    onlyLeases: state.onlyLeases,
    pause: state.pause,
    frozen: state.frozen,
    heard: state.heard,
    locks: state.locks,
    locked: state.locked,
    failing: state.failing,
    tolerated: state.tolerated.map((e) => e.id),
    notifying: state.notifying,
    hookFaults: [...state.hookFaults],
    elements: [...state.elements.values()].map(({ id, status, why, announced, running, undoing, loop }) => {
      return { id, status, why, announced, running, undoing, failed: loop.failed };
    }),
    parts: state.parts.map(({ id, left, started }) => ({ id, left, started })),
    hooks: [...state.hooks.values()].map((hook) => ({ ...hook, why: [...hook.why] })),
    holds: state.holds,
    gate: state.gate,
    gates: state.gates,
    stillUnknown: [...state.stillUnknown],
    wrote: state.wrote,
    written: [...state.written],
    writtenInstances: [...state.writtenInstances],
    live: state.live,
    awaiting: state.awaiting,
    undoing: state.undoing,
    running: [...state.running.values()],
    unsettled: [...state.unsettled.values()],
    unknown: [...state.unknown.values()],
    polling: [...state.polling],
    failures: [...state.failures],
    approvals: state.approvals,
    clock: { ...state.clock },
    nodes: state.nodes.map((n) => ({
      id: n.node.id,
      status: n.status,
      waiting: n.waiting,
      result: n.result,
      why: n.why,
      marked: n.marked,
      awaited: n.awaited,
      askedAt: n.askedAt,
      escalated: n.escalated,
      gated: n.gated,
      lease: n.lease === null ? null : { ...n.lease },
      until: n.until,
      check: n.check === null ? null : { ...n.check },
      call: callShot(n.call),
      undo: { ...n.undo, calls: n.undo.calls.map(callShot) },
    })),
  };
}
