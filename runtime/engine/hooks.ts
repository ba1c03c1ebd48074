/**
 * Hooks tell people: at the start, when an approval is asked for, and when all is done and undone. What fails in one is
 * told, and changes nothing about the run. No gate stands before them, nothing of them is undone, and nobody is asked what
 * became of them.
 */
import type { EventOf } from "../event.schema.ts";
import { type Command, record } from "./command.ts";
import { finish } from "./finish.ts";
import { ready } from "./fold-node.ts";
import { type HookState, newCall, type RunState } from "./state.ts";

export function hookStarted(state: RunState, event: EventOf<"hook.started">): void {
  const hook = state.hooks.get(event.event);
  if (hook === undefined) throw new Error(`the plan has no hook on ${event.event}`);
  state.agenda.hooks.delete(hook);
  if (isLast(event.event) && state.closing === null) {
    state.closing = finish(state, event.at);
    state.phase = "closing";
  }
  hook.going = true;
  hook.wanted = false;
  hook.round++;
  hook.why = [];
  hook.live = 0;
  const nodes = hook.nodes.flatMap((index) => state.nodes[index] ?? []);
  for (const n of nodes) {
    n.status = "pending";
    n.waiting = n.node.after.length;
    n.result = null;
    n.why = null;
    // Attempts are counted on, so that no two have the same name.
    n.call = { ...newCall(), attempt: n.call.attempt };
  }
  for (const n of nodes) if (n.waiting === 0) ready(state, n, event.at);
}

export function hookFinished(state: RunState, event: EventOf<"hook.finished">): void {
  const hook = state.hooks.get(event.event);
  if (hook === undefined) return;
  hook.going = false;
  if (!event.ok) state.hookFaults.push({ event: event.event, why: event.why ?? "" });
  if (event.event !== "start") return;
  for (const index of state.agenda.held) state.agenda.calls.push(index);
  state.agenda.held = [];
}

/** Whether the first step has to wait for the hook of the start; asks for it where it has not begun. */
export function waitsForStart(state: RunState): boolean {
  const hook = state.hooks.get("start");
  if (hook === undefined || (hook.round > 0 && !hook.going)) return false;
  if (!hook.going) state.agenda.hooks.add(hook);
  return true;
}

/** Hooks that are over, and those that something has happened for. */
export function decideHooks(state: RunState, at: string, commands: Command[]): void {
  for (const hook of state.hooks.values()) {
    if (hook.going && hook.live === 0) {
      const why = hook.why.length === 0 ? null : hook.why.join("; ");
      const id = `hook/${hook.event}/${hook.round}/over`;
      commands.push(record(id, { type: "hook.finished", at, event: hook.event, ok: why === null, why }));
    } else if (!hook.going && (hook.wanted || state.agenda.hooks.has(hook)) && state.phase !== "closing") {
      commands.push(started(hook, at));
    }
  }
}

/** The next of the last hooks, in their order; null when all are over. A run that was refused has changed nothing and has not failed. */
export function lastHook(state: RunState, at: string): Command | null {
  const { outcome } = state.closing ?? finish(state, at);
  const first = outcome === "succeeded" ? "success" : outcome === "refused" ? null : "failure";
  const hooks = [first === null ? undefined : state.hooks.get(first), state.hooks.get("end")];
  const next = hooks.find((hook) => hook !== undefined && hook.round === 0);
  return next === undefined ? null : started(next, at);
}

export const hooksBusy = (state: RunState): boolean =>
  [...state.hooks.values()].some((hook) => hook.going || (hook.wanted && state.phase !== "closing"));

const isLast = (event: HookState["event"]): boolean => event === "success" || event === "failure" || event === "end";

const started = (hook: HookState, at: string): Command =>
  record(`hook/${hook.event}/${hook.round + 1}`, { type: "hook.started", at, event: hook.event });
