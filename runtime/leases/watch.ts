/**
 * Watches over a store: ends leases whose time has come, resumes what died, wakes what waits for a time, an approval or a
 * lock. What it does is in the log alone, so that whoever watches next goes on with it.
 */

import type { Judge } from "../approvals/judge.ts";
import type { RunState } from "../engine/state.ts";
import { messageOf } from "../message.ts";
import type { RunEnd } from "../run/go.ts";
import type { Clock } from "../run/ports.ts";
import { RunRefused } from "../run/run.ts";
import { type RunSummary, type Store, StoreError } from "../store/port.ts";
import { type Times, type Todo, todoOfEnded, todoOfOpen } from "./todo.ts";

/** How often it looks whether something was written, and how often it looks at everything anyway, in milliseconds. */
const LOOK = 1_000;
const ROUND = 30_000;
/** Runs in hand at a time. */
const AT_ONCE = 8;
/** The pause after a run that could not be taken up: it doubles up to the longest, in milliseconds. */
const PAUSE = 5_000;
const LONGEST = 300_000;

const NOT_BACK = "what it gave for a time could not be taken back";

export type Doing = Exclude<Todo, { kind: "wait" }>;

export interface Watched {
  readonly store: Store;
  readonly clock: Clock;
  /** The state of a run, by its log. */
  read(run: string): Promise<RunState>;
  /** Whose word counts now. */
  judge(): Promise<Judge>;
  /** Takes the run up and brings it as far as it goes. */
  act(run: string, todo: Doing): Promise<RunEnd>;
  begins(run: string, todo: Doing): void;
  ended(run: string, todo: Doing, end: RunEnd): void;
  /** What kept it from being taken up at all, or from going on; said once for each reason. */
  trouble(run: string, why: string): void;
}

interface Trouble {
  readonly why: string;
  readonly tries: number;
  /** By the steady clock: until then it is left alone. */
  readonly until: number;
}

/** When it was first seen how a run stands, by both clocks, and how many entries its log had. */
interface Seen {
  readonly entries: number;
  readonly now: number;
  readonly steady: number;
}

export class Watch {
  readonly #of: Watched;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #troubles = new Map<string, Trouble>();
  /** Time counts from here, whatever becomes of the clock. */
  readonly #first = new Map<string, Seen>();
  /** When there is something to do next, by either clock. */
  #next: number | null = null;
  #nextSteady = Number.POSITIVE_INFINITY;
  #size = -1;
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
    if (steady - this.#looked >= ROUND || steady >= this.#nextSteady) return true;
    if (this.#next !== null && clock.now() >= this.#next) return true;
    return (await store.size()) !== this.#size;
  }

  #sleep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#of;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.at(clock.now() + LOOK, resolve);
    const wake = (): void => resolve();
    if (signal.aborted) resolve();
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => {
      cancel();
      signal.removeEventListener("abort", wake);
    });
  }

  /** Looks at every run once, and begins what there is to do. */
  async round(): Promise<void> {
    const { store, clock } = this.#of;
    this.#looked = clock.steady();
    this.#size = await store.size();
    this.#next = null;
    this.#nextSteady = Number.POSITIVE_INFINITY;
    const { runs, unreadable } = await store.runs();
    for (const { run, error } of unreadable) this.#troubled(run, error.message);
    for (const run of runs) {
      if (run.outcome !== null && run.leases.length === 0) this.#forget(run.run);
      else if (!run.held && !this.#busy.has(run.run)) await this.#look(run);
    }
    const known = new Set([...runs, ...unreadable].map(({ run }) => run));
    for (const run of [...this.#first.keys(), ...this.#troubles.keys()]) if (!known.has(run)) this.#forget(run);
  }

  #forget(run: string): void {
    this.#troubles.delete(run);
    this.#first.delete(run);
  }

  async #look(run: RunSummary): Promise<void> {
    const { store, clock } = this.#of;
    const trouble = this.#troubles.get(run.run);
    if (trouble !== undefined && clock.steady() < trouble.until) {
      this.#nextSteady = Math.min(this.#nextSteady, trouble.until);
      return;
    }
    try {
      const seen = await this.#firstSeen(run.run);
      const times = { seen: seen.now, now: this.#timeSince(seen) };
      const todo =
        run.outcome === null
          ? await todoOfOpen(store, await this.#of.read(run.run), times, () => this.#of.judge())
          : await todoOfEnded(store, run, () => this.#of.read(run.run), times);
      if (todo.kind === "wait") this.#waits(run, seen, todo.at);
      else if (this.#busy.size >= AT_ONCE) this.#next = clock.now();
      else this.#begin(run.run, todo);
    } catch (error) {
      this.#troubled(run.run, messageOf(error));
    }
  }

  /** How the run stands is new where its log has grown since. */
  async #firstSeen(run: string): Promise<Seen> {
    const { store, clock } = this.#of;
    const last = await store.last(`run/${run}`);
    const entries = last === null ? 0 : last.n + 1;
    const before = this.#first.get(run);
    if (before?.entries === entries) return before;
    const seen = { entries, now: clock.now(), steady: clock.steady() };
    this.#first.set(run, seen);
    return seen;
  }

  /** The clock, or what has gone by since where that is later: one that is set back makes nothing longer. */
  #timeSince({ now, steady }: Seen): Times["now"] {
    const { clock } = this.#of;
    return Math.max(clock.now(), now + clock.steady() - steady);
  }

  #waits({ run, leases }: RunSummary, seen: Seen, at: number | null): void {
    if (!leases.some(({ is }) => is === "failed")) this.#troubles.delete(run);
    if (at === null) return;
    this.#next = Math.min(this.#next ?? at, at);
    this.#nextSteady = Math.min(this.#nextSteady, seen.steady + at - seen.now);
  }

  #begin(run: string, todo: Doing): void {
    this.#of.begins(run, todo);
    const before = this.#first.get(run)?.entries ?? 0;
    const going = this.#of
      .act(run, todo)
      .then(async (end) => this.#over(run, todo, end, (await this.#firstSeen(run)).entries - before))
      .catch((error: unknown) => {
        // Another process was first: it does what is to be done, or has done it.
        if (error instanceof StoreError && error.fault === "held") return;
        if (error instanceof RunRefused && error.refusal.kind === "nothing_stands") return;
        this.#troubled(run, messageOf(error));
      })
      .finally(() => {
        this.#busy.delete(run);
        this.#size = -1;
      });
    this.#busy.set(run, going);
  }

  /** `more`: how many entries its log has grown by. */
  #over(run: string, todo: Doing, end: RunEnd, more: number): void {
    this.#of.ended(run, todo, end);
    // When a rollback that failed is tried again stands in the log; other leases of the run do not wait for that.
    const failed = end.leases.filter(({ is }) => is === "failed").map(({ node }) => node);
    const left = end.left.filter(({ node }) => failed.includes(node)).map(({ node, what }) => `${node}: ${what}`);
    if (failed.length > 0) this.#troubled(run, left.join("; ") || NOT_BACK, { failed: true });
    else if (end.status === "broken") this.#troubled(run, end.why ?? "it had to stop");
    else if (end.status === "waiting_lock") this.#troubled(run, end.why ?? "it waits for a lock");
    else if (end.status === "stopped" && todo.kind !== "leases") this.#troubled(run, end.why ?? "it was let go");
    // All that came of it is that it was taken up: what it waits for is not as the log makes it look.
    else if (end.status !== "finished" && more <= 1) this.#troubled(run, "it was taken up, and waits as before");
    else this.#troubles.delete(run);
  }

  /** `failed`: a rollback, which was told as the end that it is, and is tried again when its time has come. */
  #troubled(run: string, why: string, { failed } = { failed: false }): void {
    const { clock } = this.#of;
    const before = this.#troubles.get(run);
    const tries = before?.why === why ? before.tries + 1 : 1;
    const pause = failed ? 0 : Math.min(LONGEST, PAUSE * 2 ** Math.min(20, tries - 1));
    this.#troubles.set(run, { why, tries, until: clock.steady() + pause });
    if (before?.why !== why && !failed) this.#of.trouble(run, why);
  }
}
