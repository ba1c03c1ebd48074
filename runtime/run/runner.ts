/**
 * The loop of a run: what happened → events → fold → decide → the events it announces, in one append; then, and only
 * then, the effects. What arrives while the store writes goes into the next append together.
 */

import type { Command } from "../engine/command.ts";
import { decide } from "../engine/decide.ts";
import { fold } from "../engine/fold.ts";
import { type RunState, wakeAt } from "../engine/state.ts";
import type { RunEvent } from "../event.schema.ts";
import { activeAt, FREEZES, type Freeze, frozenBy, readFreezes } from "../freeze/freeze.ts";
import { messageOf } from "../message.ts";
import { type Append, StoreError } from "../store/port.ts";
import { type RunControl, type Say, saidEvent } from "./control.ts";
import { type Desk, doGate, doPoll, doSettle, doStart } from "./effects.ts";
import { doLease } from "./lease-effects.ts";
import { doLock, doUnlock } from "./lock-effects.ts";
import type { Ports } from "./ports.ts";

/** Why only people, or a run that ends, can bring it on. */
export type Because = Extract<Command, { kind: "release" }>["because"];
/** `stopped` it was told to let go · `broken` the store, or a process that could not be ended, kept it from going on. */
export type Stopped = "finished" | "stopped" | "broken" | Because;

export interface RunnerEnd {
  readonly status: Stopped;
  /** Why it stopped without an end; null for the other ways. */
  readonly why: string | null;
}

export interface RunnerOptions {
  readonly stream: string;
  /** Entries the stream holds. */
  readonly length: number;
  readonly fence: number;
  readonly control: RunControl | null;
  /**
   * Asked when only people can bring the run on: the events they have given meanwhile, `wait` to stay until some are
   * posted, or `leave`.
   */
  people(state: RunState, because: Because): readonly RunEvent[] | "wait" | "leave";
  /** Whether locks that others hold are waited for. */
  readonly waits: boolean;
}

interface Happening {
  make(at: string): readonly RunEvent[];
  /** To be written with its events, or none of them. */
  readonly beside: readonly Append[];
  readonly done: { resolve(): void; reject(reason: unknown): void };
}

/** Less than this is how clocks are kept right, in milliseconds. */
const JUMP = 5_000;
/** How long a run with leases sleeps at most, in milliseconds. */
const LOOK = 15_000;
/** How often one that is frozen looks whether it still is, in milliseconds. */
const THAW = 1_000;
/** How much of what arrived goes into one append. */
const BATCH = 500;

export class Runner implements Desk {
  readonly ports: Ports;
  readonly #options: RunnerOptions;
  readonly #stop = new AbortController();
  readonly #effects = new Set<Promise<void>>();
  #state: RunState;
  #length: number;
  #inbox: Happening[] = [];
  #wake: (() => void) | null = null;
  /** Nothing new is begun any more. What runs is still recorded, unless the log itself cannot be written. */
  #fault: string | null = null;
  #unwritten = false;
  #closed = false;
  #leave: Stopped | null = null;
  #waiting = false;
  /** How far the clock is ahead of the steady one. */
  #drift: number | null = null;
  /** Those there are, whatever the time, and how long their stream was then. */
  #freezes: { readonly last: number; readonly all: readonly Freeze[] } = { last: -1, all: [] };

  constructor(state: RunState, ports: Ports, options: RunnerOptions) {
    this.#state = state;
    this.ports = ports;
    this.#options = options;
    this.#length = options.length;
  }

  get state(): RunState {
    return this.#state;
  }

  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  get waits(): boolean {
    return this.#options.waits;
  }

  // Handed on by itself, so it has to know whose it is.
  readonly post: Desk["post"] = (make, beside = []) => {
    if (this.#closed) return Promise.reject(new Error("the run is over"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#inbox.push({ make, beside, done: { resolve, reject } });
    this.#wake?.();
    return promise;
  };

  /**
   * Runs until the run ends, waits for people, or cannot go on. `opening` are events to begin with, `beside` what has
   * to be appended with them or not at all: rejects with the store's error if that first append fails.
   */
  async run(opening: readonly RunEvent[], beside: readonly Append[]): Promise<RunnerEnd> {
    this.#options.control?.listen((say) => this.#hear(say));
    try {
      await this.#turn(opening, beside);
      while (!this.#over()) {
        await this.#sleep();
        await this.#turn([], []);
      }
      return this.#ended();
    } finally {
      this.#closed = true;
      for (const { done } of this.#inbox.splice(0)) done.reject(new Error("the run is over"));
      this.#stop.abort();
      // Otherwise reached with effects under way only by a fault of this program: nothing may act unseen.
      if (this.#state.phase !== "finished") await Promise.allSettled(this.#effects);
    }
  }

  #ended(): RunnerEnd {
    if (this.#fault !== null) return { status: "broken", why: this.#fault };
    if (this.#state.phase === "finished") return { status: "finished", why: null };
    if (this.#leave !== null) return { status: this.#leave, why: null };
    return { status: "stopped", why: `it was stopped, and goes on with \`opsc resume ${this.#state.run}\`` };
  }

  #over(): boolean {
    // What is under way at the end can only be reads that no longer matter: nobody waits for them.
    if (this.#state.phase === "finished" && this.#fault === null) return true;
    if (this.#effects.size > 0) return false;
    return this.#leave !== null || this.#fault !== null || this.stopped.aborted;
  }

  /** One round: take in, decide, append, dispatch. */
  async #turn(opening: readonly RunEvent[], beside: readonly Append[]): Promise<void> {
    const taken = this.#inbox.splice(0, BATCH);
    // A run that had ended is only gone on with by what it is opened with.
    const over = this.#state.phase === "finished" && opening.length === 0;
    const closed = over ? "the run is over" : this.#unwritten ? this.#fault : null;
    if (closed !== null) {
      for (const { done } of taken) done.reject(new Error(closed));
      return;
    }
    const events: RunEvent[] = [];
    try {
      const freeze = await this.#freeze();
      for (const one of taken) if (one.beside.length > 0) await this.#takeApart(one);
      const rest = taken.filter((one) => one.beside.length === 0);
      const effects = this.#take([...opening, ...freeze], rest, events);
      await this.#append(events, beside);
      for (const { done } of rest) done.resolve();
      this.#show(events);
      for (const command of effects) this.#dispatch(command);
    } catch (error) {
      for (const { done } of taken) done.reject(error);
      if (beside.length > 0 || !(error instanceof StoreError)) throw error;
      this.#fault = `the run's log cannot be written: ${error.message}. ${error.remedy}`;
      this.#unwritten = true;
      // Another process has the run, and does again what is cut off here.
      if (error.fault === "fenced") this.#stop.abort();
    }
  }

  /** What is to be recorded of the switch that stops runs: looked at before anything is decided. */
  async #freeze(): Promise<readonly RunEvent[]> {
    const { store, clock, rules } = this.ports;
    const { phase, ending, plan, frozen } = this.#state;
    if (ending !== null || (phase !== "doing" && phase !== "new")) return [];
    const last = (await store.last(FREEZES))?.n ?? -1;
    if (last !== this.#freezes.last)
      this.#freezes = { last, all: await readFreezes(store, Number.NEGATIVE_INFINITY, rules.judge) };
    const now = clock.now();
    const found = frozenBy(activeAt(this.#freezes.all, now), plan);
    if (found?.id === frozen?.id) return [];
    const at = new Date(now).toISOString();
    if (found === null) return [{ type: "run.thawed", at }];
    const { id, by, reason, until, unsaid } = found;
    return [{ type: "run.frozen", at, id, by, reason, until, ...(unsaid === undefined ? {} : { unsaid }) }];
  }

  /** What is written in other streams too is durable before it is taken in, since somebody else may come between. */
  async #takeApart({ make, beside, done }: Happening): Promise<void> {
    const events = make(new Date(this.ports.clock.now()).toISOString());
    try {
      await this.#append(events, beside);
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "conflict") throw error;
      done.reject(error);
      return;
    }
    for (const event of events) this.#state = fold(this.#state, event);
    this.#show(events);
    done.resolve();
  }

  /** Folds in what happened and what follows from it. Adds to `events`; returns what is to be done. */
  #take(opening: readonly RunEvent[], taken: readonly Happening[], events: RunEvent[]): readonly Command[] {
    const at = new Date(this.ports.clock.now()).toISOString();
    const take = (event: RunEvent): void => {
      this.#state = fold(this.#state, event);
      events.push(event);
    };
    for (const event of opening) take(event);
    const by = this.#jumped();
    if (by !== 0) take({ type: "clock.jumped", at, by });
    for (const { make } of taken) for (const event of make(at)) take(event);
    return this.stopped.aborted || this.#fault !== null ? [] : this.#decide(take);
  }

  /** How far the clock was set since the last time, or the machine slept; 0 where it went as clocks do. Milliseconds. */
  #jumped(): number {
    const { clock } = this.ports;
    const drift = clock.now() - clock.steady();
    const by = Math.round(drift - (this.#drift ?? drift));
    if (this.#drift !== null && Math.abs(by) < JUMP) return 0;
    this.#drift = drift;
    return by;
  }

  /** Decides until there is nothing more to decide; what is announced is taken in at once. Returns what is to be done. */
  #decide(take: (event: RunEvent) => void): Command[] {
    const effects: Command[] = [];
    const { clock } = this.ports;
    for (;;) {
      const commands = decide(this.#state, clock.now());
      if (commands.length === 0) return effects;
      for (const command of commands) {
        switch (command.kind) {
          case "record":
            take(command.event);
            break;
          case "start":
            take(command.event);
            effects.push(command);
            this.#foresee(command, take);
            break;
          case "retry": {
            const now = clock.now();
            // Between half of it and all of it, so that what failed together does not come back together.
            const until = new Date(now + Math.round(command.delay * (0.5 + this.ports.random() / 2))).toISOString();
            take({ type: "retry.planned", at: new Date(now).toISOString(), ...command.attempt, until });
            break;
          }
          case "release":
            this.#released(command.because, take);
            break;
          case "poll":
          case "gate":
          case "settle":
          case "lock":
          case "unlock":
          case "lease":
            effects.push(command);
            break;
        }
      }
    }
  }

  /** What is known beforehand of the process that a call will be is recorded with its attempt. */
  #foresee({ call, event, capture }: Extract<Command, { kind: "start" }>, take: (event: RunEvent) => void): void {
    const process = capture ? null : (this.ports.foresee?.(call) ?? null);
    if (process === null) return;
    const { at, node, phase, index, attempt } = event;
    take({ type: "attempt.process", at, node, phase, index, attempt, ...process });
  }

  #released(because: Because, take: (event: RunEvent) => void): void {
    const said = this.#options.people(this.#state, because);
    if (said === "leave") this.#leave = because;
    else if (said === "wait") this.#waiting = true;
    else for (const event of said) take(event);
  }

  async #append(events: readonly RunEvent[], beside: readonly Append[]): Promise<void> {
    if (events.length === 0) return;
    const { stream, fence } = this.#options;
    await this.ports.store.append([...beside, { stream, expected: this.#length, fence, events }]);
    this.#length += events.length;
  }

  #show(events: readonly RunEvent[]): void {
    for (const event of events) {
      try {
        this.ports.onEvent?.(event, this.#state);
      } catch {
        // Whoever shows progress may fail; the run goes on.
      }
    }
  }

  #dispatch(command: Command): void {
    const effect = this.#effect(command).catch((error: unknown) => this.#failed(command, error));
    const tracked = effect.finally(() => {
      this.#effects.delete(tracked);
      this.#wake?.();
    });
    this.#effects.add(tracked);
  }

  async #effect(command: Command): Promise<void> {
    switch (command.kind) {
      case "start":
        return doStart(this, command);
      case "poll":
        return doPoll(this, command);
      case "gate":
        return doGate(this, command);
      case "settle":
        return doSettle(this, command);
      case "lock":
        return doLock(this);
      case "unlock":
        return doUnlock(this, command);
      case "lease":
        return doLease(this, command);
      case "record":
      case "retry":
      case "release":
        return;
    }
  }

  /** An effect that could not be carried through at all: nothing new is begun, and the run can be resumed. */
  #failed(command: Command, error: unknown): void {
    if (this.#fault !== null || this.stopped.aborted) return;
    this.#fault =
      error instanceof StoreError
        ? `the store does not do what ${command.id} needs: ${error.message}. ${error.remedy}`
        : command.kind === "settle"
          ? `what ${command.attempt.node} left running could not be ended: ${messageOf(error)}`
          : command.kind === "gate"
            ? `before the next write: ${messageOf(error)}`
            : `${command.id} could not be carried out: ${messageOf(error)}`;
  }

  /** Until something is posted, an effect ends, or the time has come that `decide` waits for. */
  async #sleep(): Promise<void> {
    if (this.#inbox.length > 0 || this.#over()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const goesOn = this.#fault === null && !this.stopped.aborted && this.#leave === null;
    const next = goesOn ? wakeAt(this.#state) : null;
    if (next === null && this.#effects.size === 0 && !this.#waiting) {
      throw new Error(`run ${this.#state.run} has nothing under way and nothing to wait for: a fault of opsc`);
    }
    const thaw = next === null && this.#waiting && this.#state.frozen !== null ? this.ports.clock.now() + THAW : next;
    const cancel = thaw === null ? null : this.ports.clock.at(this.#soon(thaw), resolve);
    await promise;
    cancel?.();
    this.#wake = null;
  }

  /** Waits do not see a clock that is set, or the time a machine slept; where leases end by the clock it is looked at now and then. */
  #soon(next: number): number {
    const { leased, frozen } = this.#state;
    if (frozen !== null) return Math.min(next, this.ports.clock.now() + THAW);
    return leased.size === 0 ? next : Math.min(next, this.ports.clock.now() + LOOK);
  }

  #hear(say: Say): void {
    switch (say.what) {
      case "stop":
        this.#stop.abort();
        this.#wake?.();
        return;
      case "cancel":
      case "pause":
        this.post((at) => [saidEvent(say, at)]).catch(() => {
          // The run ended first, or its log cannot be written, which is reported as such.
        });
        return;
    }
  }
}
