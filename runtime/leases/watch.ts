/**
 * Watches over a store: ends leases whose time has come, resumes what died, wakes what waits for a time, an approval or a
 * lock. What it does is in the log alone, so that whoever watches next goes on with it.
 */

import { messageOf } from "../engine/scope.ts";
import type { RunState } from "../engine/state.ts";
import type { RunEnd } from "../run/go.ts";
import type { Clock } from "../run/ports.ts";
import { type RunSummary, type Store, StoreError } from "../store/port.ts";
import { type Todo, todoOfEnded, todoOfOpen } from "./todo.ts";

/** How often it looks whether something was written, and how often it looks at everything anyway, in milliseconds. */
const LOOK = 1_000;
const ROUND = 30_000;
/** Runs in hand at a time. */
const AT_ONCE = 8;
/** The pause after a run that could not be taken up: it doubles up to the longest, in milliseconds. */
const PAUSE = 5_000;
const LONGEST = 300_000;

export type Doing = Exclude<Todo, { kind: "wait" }>;

export interface Watched {
  readonly store: Store;
  readonly clock: Clock;
  /** The state of a run, by its log. */
  read(run: string): Promise<RunState>;
  /** Takes the run up and brings it as far as it goes. */
  act(run: string, todo: Doing): Promise<RunEnd>;
  begins(run: string, todo: Doing): void;
  ended(run: string, todo: Doing, end: RunEnd): void;
  /** Said once for each reason. */
  trouble(run: string, why: string): void;
}

interface Trouble {
  readonly why: string;
  readonly tries: number;
  readonly until: number;
}

export class Watch {
  readonly #of: Watched;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #troubles = new Map<string, Trouble>();
  /** By the steady clock: when the next lease of a run ends, whatever becomes of the other clock. */
  readonly #ends = new Map<string, { readonly at: number; readonly steady: number }>();
  #next: number | null = null;
  #seen = -1;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(of: Watched) {
    this.#of = of;
  }

  /** Runs that could not be brought on, and why. */
  get troubles(): { readonly run: string; readonly why: string }[] {
    return [...this.#troubles].map(([run, { why }]) => ({ run, why }));
  }

  get busy(): readonly string[] {
    return [...this.#busy.keys()];
  }

  /** Until `signal` aborts; what is in hand then is not waited for. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#isTime()) await this.round();
      await this.#sleep(signal);
    }
  }

  /** All that is in hand has come to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #isTime(): Promise<boolean> {
    const { clock, store } = this.#of;
    const steady = clock.steady();
    if (steady - this.#looked >= ROUND) return true;
    if (this.#next !== null && clock.now() >= this.#next) return true;
    if ([...this.#ends.values()].some((end) => steady >= end.steady)) return true;
    return (await store.size()) !== this.#seen;
  }

  #sleep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#of;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.at(clock.now() + LOOK, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise.finally(cancel);
  }

  /** Looks at every run once, and begins what there is to do. */
  async round(): Promise<void> {
    const { store, clock } = this.#of;
    this.#looked = clock.steady();
    this.#seen = await store.size();
    this.#next = null;
    const { runs, unreadable } = await store.runs();
    for (const { run, error } of unreadable) this.#troubled(run, error.message);
    for (const run of runs) {
      if (run.held || this.#busy.has(run.run)) continue;
      if (run.outcome !== null && run.leases.length === 0) {
        this.#troubles.delete(run.run);
        continue;
      }
      await this.#look(run);
    }
  }

  async #look(run: RunSummary): Promise<void> {
    const { store, clock } = this.#of;
    const trouble = this.#troubles.get(run.run);
    if (trouble !== undefined && clock.steady() < trouble.until) return;
    try {
      const now = this.#clockOf(run.run);
      const todo =
        run.outcome === null
          ? await todoOfOpen(store, await this.#of.read(run.run), now)
          : await todoOfEnded(store, run, () => this.#of.read(run.run), now);
      if (todo.kind === "wait") this.#waits(run.run, todo.at);
      else if (this.#busy.size >= AT_ONCE) this.#next = clock.now();
      else this.#begin(run.run, todo);
    } catch (error) {
      this.#troubled(run.run, messageOf(error));
    }
  }

  /** The time, or that of its end where by the steady clock that has come: a clock that is set back makes no lease longer. */
  #clockOf(run: string): number {
    const { clock } = this.#of;
    const end = this.#ends.get(run);
    return end !== undefined && clock.steady() >= end.steady ? Math.max(clock.now(), end.at) : clock.now();
  }

  #waits(run: string, at: number | null): void {
    const { clock } = this.#of;
    if (at === null) {
      this.#ends.delete(run);
      return;
    }
    this.#next = Math.min(this.#next ?? at, at);
    if (this.#ends.get(run)?.at !== at) this.#ends.set(run, { at, steady: clock.steady() + at - clock.now() });
  }

  #begin(run: string, todo: Doing): void {
    this.#ends.delete(run);
    this.#of.begins(run, todo);
    const going = this.#of
      .act(run, todo)
      .then((end) => this.#over(run, todo, end))
      .catch((error: unknown) => {
        // Another process was first: it does what is to be done.
        if (error instanceof StoreError && error.fault === "held") return;
        this.#troubled(run, messageOf(error));
      })
      .finally(() => {
        this.#busy.delete(run);
        this.#seen = -1;
      });
    this.#busy.set(run, going);
  }

  #over(run: string, todo: Doing, end: RunEnd): void {
    this.#of.ended(run, todo, end);
    if (end.status === "broken" || (end.status === "finished" && end.leases.some(({ is }) => is === "failed"))) {
      this.#troubled(run, end.why ?? "what it gave could not be taken back");
    } else if (!(end.status === "waiting_lock" || end.status === "stopped")) this.#troubles.delete(run);
    else this.#troubled(run, end.why ?? "it was let go");
  }

  #troubled(run: string, why: string): void {
    const { clock } = this.#of;
    const before = this.#troubles.get(run);
    const tries = before?.why === why ? before.tries + 1 : 1;
    const until = clock.steady() + Math.min(LONGEST, PAUSE * 2 ** Math.min(20, tries - 1));
    this.#troubles.set(run, { why, tries, until });
    if (before?.why !== why) this.#of.trouble(run, why);
  }
}
