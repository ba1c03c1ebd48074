/**
 * Doing what the engine asks: each effect calls the world and posts what came of it. An effect never decides, and
 * never throws for what the world does.
 */

import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanCall } from "../../compiler/plan/plan.schema.ts";
import { answerOf, judgePoll, resultOf } from "../engine/check.ts";
import type { Command, ReadyCall } from "../engine/command.ts";
import { judgeGate } from "../engine/gate.ts";
import type { FactRead } from "../engine/guardrails.ts";
import type { PreviewRead } from "../engine/previews.ts";
import { argsOf, type Got, type Names } from "../engine/scope.ts";
import { callOf, nodeOf, type RunState } from "../engine/state.ts";
import type { AttemptId, Failure, RunEvent } from "../event.schema.ts";
import { limited } from "../limited.ts";
import { messageOf } from "../message.ts";
import { asPreview, keptPreview } from "../plan/preview.ts";
import type { Invocation } from "../provider/contract.ts";
import { type Append, StoreError } from "../store/port.ts";
import type { CallAnswer, CallRequest, Ports, RecordedProcess } from "./ports.ts";

/** How long after its deadline a call that minds nothing is waited for, and processes to end, in milliseconds. */
export const GRACE = 15_000;
const FACT_TRIES = 3;
const FACT_PAUSE = 1_000;
/** Time for one reading of a fact, in milliseconds. */
const FACT_TIMEOUT = 60_000;

export interface Desk {
  readonly state: RunState;
  readonly ports: Ports;
  /** Aborted when the run is stopped. */
  readonly stopped: AbortSignal;
  /** Whether what others hold or have to say is waited for. */
  readonly waits: boolean;
  /**
   * Hands in what happened. `make` is called when it is taken in, with the time, and gives the events to record.
   * Resolves when they are durable; rejects if they never will be. With `beside`, all of it is written or nothing:
   * rejects with `StoreError` `conflict` if somebody else has written there.
   */
  post(make: (at: string) => readonly RunEvent[], beside?: readonly Append[]): Promise<void>;
}

type Start = Extract<Command, { kind: "start" }>;
type Settle = Extract<Command, { kind: "settle" }>;
type Poll = Extract<Command, { kind: "poll" }>;
type Gate = Extract<Command, { kind: "gate" }>;

export async function doStart(desk: Desk, command: Start): Promise<void> {
  const { node, phase, index, attempt } = command.event;
  const id: AttemptId = { node, phase, index, attempt };
  const before = command.capture ? await capture(desk, command, id) : await loadCaptured(desk, command);
  if (!before.ok) return before.failure === null ? undefined : fail(desk, id, before.failure, null);
  if (desk.stopped.aborted) return;
  const answer = await callBounded(desk, command.call, {
    method: command.via,
    captured: before.captured,
    deadline: command.deadline,
    key: command.event.key,
    attempt: id,
  });
  const output = await keep(desk, answer.output);
  if (!answer.ok) return fail(desk, id, answer.failure, output);
  await desk.post((at) => (inFlight(desk.state, id) ? succeeded(desk.state, id, answer.value, output, at) : []));
}

const inFlight = (state: RunState, id: AttemptId): boolean => {
  const call = callOf(state, id);
  return call.status === "running" && call.attempt === id.attempt;
};

function succeeded(state: RunState, id: AttemptId, answer: Value, output: string | null, at: string): RunEvent[] {
  const got = id.phase === "do" ? resultOf(state, id.node, answer) : { ok: true as const, value: null };
  const event = { type: "attempt.succeeded", at, ...id, result: got.ok ? got.value : null, output } as const;
  if (got.ok) return [event];
  // It took place, so it is undone; but nothing may go on as if its result were there.
  return [{ type: "node.failed", at, node: id.node, why: `it was done, but ${got.why}` }, event];
}

async function fail(desk: Desk, id: AttemptId, failure: Failure, output: string | null): Promise<void> {
  // What ended because the run was stopped says nothing of the step: it is interrupted, and resume settles it.
  await desk.post((at) =>
    desk.stopped.aborted || !inFlight(desk.state, id) ? [] : [{ type: "attempt.failed", at, ...id, failure, output }],
  );
}

type Before =
  | { readonly ok: true; readonly captured: Value }
  /** `failure` is null where there is nothing to report: the run was stopped. */
  | { readonly ok: false; readonly failure: Failure | null };

const refused = (message: string, retryable: boolean): Before => ({
  ok: false,
  failure: { kind: "refused", message, retryable },
});

/** Reads what undo will need and makes it durable; only then may the effect begin. */
async function capture(desk: Desk, command: Start, id: AttemptId): Promise<Before> {
  const { deadline } = command;
  const key = command.event.key;
  const answer = await callBounded(desk, command.call, {
    method: "capture",
    captured: null,
    deadline,
    key,
    attempt: id,
  });
  if (!answer.ok) {
    return refused(`what undo would need could not be read: ${answer.failure.message}`, answer.failure.retryable);
  }
  try {
    const { store, seal } = desk.ports;
    const bytes = new TextEncoder().encode(JSON.stringify(answer.value));
    const blob = await store.putBlob(seal?.close(bytes) ?? bytes);
    await desk.post((at) =>
      inFlight(desk.state, id) ? [{ type: "attempt.captured", at, ...id, data: null, blob }] : [],
    );
  } catch (error) {
    // A store that takes nothing is no fault of the step.
    if (error instanceof StoreError) throw error;
    return refused(`what undo would need could not be kept: ${messageOf(error)}`, true);
  }
  return inFlight(desk.state, id) ? { ok: true, captured: null } : { ok: false, failure: null };
}

async function loadCaptured(desk: Desk, command: Start): Promise<Before> {
  const { captured } = command;
  if (captured === null || captured.blob === null) return { ok: true, captured: captured?.data ?? null };
  try {
    const bytes = await desk.ports.store.getBlob(captured.blob);
    if (bytes === null) return refused("what was kept to undo it is not in the store any more", false);
    const kept: Value = JSON.parse(new TextDecoder().decode(desk.ports.seal?.open(bytes) ?? bytes));
    return { ok: true, captured: kept };
  } catch (error) {
    // What is damaged stays so; a store that is not to be had now is later.
    if (error instanceof StoreError && error.fault !== "broken") throw error;
    return refused(`what was kept to undo it cannot be read: ${messageOf(error)}`, true);
  }
}

/** Keeps output, bounded by whoever made the call. A result is never lost for the sake of its output. */
async function keep(desk: Desk, output: Uint8Array | null): Promise<string | null> {
  if (output === null || output.length === 0) return null;
  try {
    return await desk.ports.store.putBlob(output);
  } catch {
    return null;
  }
}

interface Terms {
  readonly method: CallRequest["method"];
  readonly captured: Value;
  readonly deadline: number;
  readonly key: string | null;
  /** null for reads that are no attempts. */
  readonly attempt: AttemptId | null;
}

function invocation(state: RunState, call: ReadyCall, key: string | null): Invocation {
  const config = state.plan.providers.find((p) => p.instance === call.instance)?.config ?? {};
  return { ...call, config, key };
}

/** A call that surely ends: a provider that throws, or minds neither deadline nor abort, is a failed call. */
async function callBounded(desk: Desk, call: ReadyCall, terms: Terms): Promise<CallAnswer> {
  const { ports, stopped } = desk;
  const abort = new AbortController();
  const processes: RecordedProcess[] = [];
  const hung = Promise.withResolvers<CallAnswer>();
  const giveUp = (): void => {
    abort.abort();
    const message =
      "it did not end when its time was up, and was left behind: it may still act; see before it is repeated";
    const failure = { kind: "timeout", message, retryable: false } as const;
    hung.resolve(endAll(desk, processes).then(() => ({ ok: false, failure, output: null })));
  };
  const cancels = [ports.clock.at(terms.deadline + GRACE, giveUp)];
  const stop = (): void => {
    abort.abort();
    cancels.push(ports.clock.at(ports.clock.now() + GRACE, giveUp));
  };
  stopped.addEventListener("abort", stop, { once: true });
  if (stopped.aborted) stop();
  const request: CallRequest = {
    method: terms.method,
    call: invocation(desk.state, call, terms.key),
    captured: terms.captured,
    deadline: terms.deadline,
    signal: abort.signal,
    async processStarted(process) {
      const id = terms.attempt;
      if (id === null) return;
      if (isRecorded(desk.state, id, process)) {
        processes.push(process);
        return;
      }
      await desk.post((at) => (inFlight(desk.state, id) ? [{ type: "attempt.process", at, ...id, ...process }] : []));
      if (!inFlight(desk.state, id)) throw new Error("the attempt is over, so its process may not act");
      processes.push(process);
    },
  };
  try {
    return await Promise.race([attempted(ports, request), hung.promise]);
  } finally {
    for (const cancel of cancels) cancel();
    stopped.removeEventListener("abort", stop);
  }
}

/** It was foreseen, and stands in the log with the attempt. */
const isRecorded = (state: RunState, id: AttemptId, process: RecordedProcess): boolean =>
  inFlight(state, id) &&
  callOf(state, id).processes.some((p) => p.pid === process.pid && p.started === process.started);

async function attempted(ports: Ports, request: CallRequest): Promise<CallAnswer> {
  try {
    return await ports.call(request);
  } catch (error) {
    const message = `provider fault: ${messageOf(error)}`;
    return { ok: false, failure: { kind: "error", message, retryable: false }, output: null };
  }
}

async function endAll(desk: Desk, processes: readonly RecordedProcess[]): Promise<void> {
  await Promise.allSettled(processes.map((one) => desk.ports.endGroup(one, GRACE)));
}

/** Rejects if some process cannot be ended: nothing may be repeated while it can still act. */
export async function doSettle(desk: Desk, command: Settle): Promise<void> {
  let killed = 0;
  for (const one of command.processes) killed += await desk.ports.endGroup(one, GRACE);
  await desk.post((at) => [{ type: "attempt.settled", at, ...command.attempt, killed }]);
}

export async function doPoll(desk: Desk, command: Poll): Promise<void> {
  const { deadline, call, node } = command;
  const answer = await callBounded(desk, call, { method: "run", captured: null, deadline, key: null, attempt: null });
  const read = answer.ok
    ? { ok: true as const, value: answer.value }
    : { ok: false as const, why: answer.failure.message };
  await desk.post((at) => (desk.stopped.aborted ? [] : [judgePoll(desk.state, node, read, at)]));
}

export async function doGate(desk: Desk, command: Gate): Promise<void> {
  const own = new Map(desk.state.plan.facts.map((fact) => [fact.id, fact.call]));
  const found = new Map<string, FactRead>();
  const guardrails = new Map<number, readonly FactRead[]>();
  const looked = new Map<string, PreviewRead>();
  const todo: readonly (() => Promise<unknown>)[] = [
    ...command.facts.map((id) => async () => found.set(id, await readFact(desk, id, own.get(id), {}))),
    ...command.guardrails.map((index) => async () => guardrails.set(index, await readGuardrail(desk, index))),
    ...command.previews.map((id) => async () => looked.set(id, await readPreview(desk, id))),
  ];
  await limited(todo, desk.state.parallel, async (work) => {
    if (!desk.stopped.aborted) await work();
  });
  const facts = command.facts.flatMap((id) => found.get(id) ?? []);
  const previews = command.previews.flatMap((id) => looked.get(id) ?? []);
  const judge = (at: string): RunEvent => judgeGate(desk.state, command.node, { facts, guardrails, previews }, at);
  // What is undone waits for nobody.
  if (command.node === null && desk.state.ending === null && !desk.stopped.aborted) await desk.ports.announce?.();
  await desk.post((at) => (desk.stopped.aborted ? [] : [judge(at)]));
}

/** What a guardrail reads, one after the other: what is read later may depend on what was read before. */
async function readGuardrail(desk: Desk, index: number): Promise<readonly FactRead[]> {
  const reads: FactRead[] = [];
  const vars = new Map<string, Value>();
  for (const { id, call } of desk.state.plan.guardrails[index]?.facts ?? []) {
    const read = await readFact(desk, id, call, { vars, now: new Date(desk.ports.clock.now()).toISOString() });
    if (read.ok) vars.set(id, read.value);
    reads.push(read);
  }
  return reads;
}

async function readFact(desk: Desk, id: string, fact: PlanCall | undefined, names: Names): Promise<FactRead> {
  if (fact === undefined) return { id, ok: false, why: "the plan has no such fact" };
  const answer = await look(desk, fact, "run", names);
  if (!answer.ok) return { id, ok: false, why: answer.why };
  const got = answerOf(desk.state, fact, answer.value);
  return got.ok ? { id, ok: true, value: got.value } : { id, ok: false, why: got.why };
}

/** What a step would change now, as a plan made now would keep it. */
async function readPreview(desk: Desk, id: string): Promise<PreviewRead> {
  const { node } = nodeOf(desk.state, id);
  if (node.kind !== "step" || node.preview === null) return { id, ok: false, why: "the plan does not show it" };
  const answer = await look(desk, node.call, "preview", {});
  if (!answer.ok) return { id, ok: false, why: answer.why };
  const preview = asPreview(answer.value);
  if (preview === null) return { id, ok: false, why: "its provider does not tell any more" };
  return { id, ok: true, preview: keptPreview(id, preview, node.preview.sensitive, desk.ports.fingerprint) };
}

/** The world as it is now. A passing fault of a read is no reason to stop a run, so it is read up to three times. */
async function look(desk: Desk, call: PlanCall, method: "run" | "preview", names: Names): Promise<Got<Value>> {
  const { clock } = desk.ports;
  const args = argsOf(desk.state, call, names);
  if (!args.ok) return args;
  const ready = { instance: call.instance, operation: call.operation, args: args.value };
  for (let tried = 1; ; tried++) {
    const deadline = clock.now() + FACT_TIMEOUT;
    const answer = await callBounded(desk, ready, { method, captured: null, deadline, key: null, attempt: null });
    if (answer.ok) return answer;
    if (!answer.failure.retryable || tried >= FACT_TRIES || desk.stopped.aborted) {
      return { ok: false, why: answer.failure.message };
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + FACT_PAUSE * tried, resolve));
  }
}
