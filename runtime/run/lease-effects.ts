/** Counting the lease of a step, ending it and closing it, each in one transaction with what the run's stream says of it. */
import { hash } from "node:crypto";
import type { PlanCall } from "../../compiler/plan/plan.schema.ts";
import type { Command } from "../engine/command.ts";
import { argsOf, resourceOf } from "../engine/scope.ts";
import { nodeOf, type RunState } from "../engine/state.ts";
import type { RunEvent } from "../event.schema.ts";
import { isEnding, isOf, keptBy, type LeaseStack, leaseStream, readStack, toStack } from "../leases/stream.ts";
import { type Append, StoreError } from "../store/port.ts";
import type { Desk } from "./effects.ts";

/** How often another run may come between before it is given up. */
const TRIES = 20;
/** How long a step whose resource is being taken back lets pass before it looks again, in milliseconds. */
const PAUSE = 500;

type Lease = Extract<Command, { kind: "lease" }>;

interface Change {
  readonly event: (at: string) => RunEvent;
  readonly beside: readonly Append[];
}

export async function doLease(desk: Desk, command: Lease): Promise<void> {
  const { act, node } = command;
  switch (act.do) {
    case "open":
      return open(desk, node, act.deadline);
    case "end":
      return change(desk, node, (stack, at) => end(desk.state, node, stack, at));
    case "close":
      return change(desk, node, (stack, at) => ({
        event: (now) => ({ type: "lease.closed", at: now, node, how: act.how, by: null }),
        beside: gone(desk.state, node, stack, at),
      }));
  }
}

async function open(desk: Desk, node: string, deadline: number): Promise<void> {
  const { state, ports, post } = desk;
  const { clock } = ports;
  const mine = { run: state.run, node };
  const resource = resourceName(state, node);
  while (!desk.stopped.aborted) {
    let free = false;
    await change(desk, node, (stack, at) => {
      free = !isEnding(stack);
      if (!free) return null;
      const instance = callOf(state, node).instance;
      const { workspace } = state.plan;
      const counted: RunEvent = { type: "lease.counted", at, workspace, instance, resource, ...mine };
      return {
        event: (now) => ({ type: "lease.opened", at: now, node, resource }),
        beside: toStack(stack, stack.leases.some((one) => isOf(one, mine)) ? [] : [counted]),
      };
    });
    if (free) return;
    if (clock.now() >= deadline) {
      const message = `what others had a lease on, ${resource}, is being taken back`;
      const attempt = nodeOf(state, node).call.attempt + 1;
      const failure = { kind: "refused", message, retryable: true } as const;
      return post((at) => [
        { type: "attempt.failed", at, node, phase: "do", index: 0, attempt, failure, output: null },
      ]);
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + PAUSE, resolve));
  }
}

/** Counts it off; it is taken back now, unless others have a lease on the same. */
function end(state: RunState, node: string, stack: LeaseStack, at: string): Change {
  const mine = { run: state.run, node };
  const there = stack.leases.find((one) => isOf(one, mine));
  const events: RunEvent[] = [];
  if (there === undefined) events.push(countedAgain(state, node, at));
  // A run that is undone takes back all its own, in its own order.
  const others = keptBy(stack, mine).filter(({ run, node: other }) => run !== mine.run || !isUndone(state, other));
  const taking = others.length === 0;
  if (there?.over !== true || there.taking !== taking) events.push({ type: "lease.over", at, ...mine, taking });
  return {
    event: (now) => ({ type: "lease.ended", at: now, node, others: [...others] }),
    beside: toStack(stack, events),
  };
}

/** It had been left to people, and is tried once more: then it comes after those that were counted since. */
function countedAgain(state: RunState, node: string, at: string): RunEvent {
  const { run, plan } = state;
  const { instance } = callOf(state, node);
  const resource = resourceName(state, node);
  return { type: "lease.counted", at, workspace: plan.workspace, instance, resource, run, node };
}

/** Whether the run takes that back in any case, before or after. */
const isUndone = (state: RunState, node: string): boolean => {
  const { undo } = nodeOf(state, node);
  return state.phase === "undoing" && undo.status !== "kept" && undo.status !== "shared";
};

export function gone({ run }: RunState, node: string, stack: LeaseStack, at: string): Append[] {
  return toStack(
    stack,
    stack.leases.some((one) => isOf(one, { run, node })) ? [{ type: "lease.gone", at, run, node }] : [],
  );
}

async function change(desk: Desk, node: string, make: (stack: LeaseStack, at: string) => Change | null): Promise<void> {
  const { state, ports, post } = desk;
  for (let tried = 1; ; tried++) {
    const stack = await readStack(ports.store, streamOf(state, node));
    const made = make(stack, new Date(ports.clock.now()).toISOString());
    if (made === null) return;
    try {
      return await post((now) => [made.event(now)], made.beside);
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
    }
  }
}

export const streamOf = (state: RunState, node: string): string =>
  leaseStream(state.plan.workspace, callOf(state, node).instance, resourceName(state, node));

function callOf(state: RunState, node: string): PlanCall {
  const found = nodeOf(state, node).node;
  if (found.kind !== "step") throw new Error(`${node} is a ${found.kind}, which has no lease`);
  return found.call;
}

/** What it is on: the resource of its call; where that cannot be told, the very call. */
function resourceName(state: RunState, node: string): string {
  const known = nodeOf(state, node).lease?.resource;
  if (known !== undefined) return known;
  const call = callOf(state, node);
  const resource = resourceOf(state, call);
  if (resource !== null) return resource;
  const args = argsOf(state, call, {});
  return `${call.operation}#${hash("sha256", JSON.stringify(args.ok ? args.value : node), "hex").slice(0, 16)}`;
}
