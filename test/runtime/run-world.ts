/**
 * A simulated world for runs: a virtual clock, a provider that does as it is told, and a recorder of what truly
 * happened, which knows nothing of the log. A process can be killed at any event; the world lives on.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { judge, newSense, type StreamSense } from "../../runtime/audit/sense.ts";
import type { Approval, EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { type EndLeasesOptions, endLeases } from "../../runtime/leases/end.ts";
import type { RunControl } from "../../runtime/run/control.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import type { CallAnswer, CallRequest, Ports } from "../../runtime/run/ports.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { rollbackRun } from "../../runtime/run/rollback.ts";
import { type ResumeOptions, RunRefused, resumeRun, startRun } from "../../runtime/run/run.ts";
import { openEntry } from "../../runtime/store/entry.ts";
import { type MemoryDisk, memoryDisk, memoryStore } from "../../runtime/store/memory.ts";
import type { Append, Store } from "../../runtime/store/port.ts";
import { DIGEST, planFile, T0 } from "./run-plans.ts";

export interface Effect {
  readonly operation: string;
  readonly name: string;
  readonly key: string | null;
  readonly at: number;
}

export interface Told {
  /** Milliseconds until it answers; 100 unless told. */
  readonly takes?: number;
  /** `timeout`: obeys the signal at its deadline · `hang`: never answers · `throw`: rejects · `late`: answers in its time, heeding nothing. */
  readonly answer?: "ok" | "error" | "lost" | "refused" | "timeout" | "hang" | "throw" | "late";
  /** Whether it changes the world; true unless it answers `error` or `refused`. */
  readonly acts?: boolean;
  readonly retryable?: boolean;
  readonly value?: Value;
  /** Makes a process first. */
  readonly process?: number;
}

/** `at` counts the calls of that operation for that name, from 1. */
export type Script = (operation: string, name: string, at: number, method: CallRequest["method"]) => Told | undefined;

export interface Crash {
  /** The event, counted over all processes from 1, after which the process dies. */
  readonly after: number;
}

class Died extends Error {}

export class World {
  readonly disk: MemoryDisk;
  readonly digest: string;
  readonly effects: Effect[];
  readonly events: RunEvent[] = [];
  readonly ended: number[] = [];
  /** Called for each event once it is durable. */
  onEvent: Ports["onEvent"];
  /** By the key of the machine, where it has one. */
  fingerprint: Ports["fingerprint"];
  vouch: Ports["vouch"];
  /** Processes cannot be ended. */
  immortal = false;
  now = T0;
  script: Script;
  /** Whether a call changes the world as it begins, or as it answers. */
  actsAt: "begin" | "answer" = "answer";
  dispatched: string[] = [];
  #life = 0;
  #jumped = 0;
  #timers: { at: number; then: () => void; life: number }[] = [];
  #calls = new Map<string, number>();
  #crash: Crash | null = null;
  #written = 0;
  #dead: (() => void) | null = null;
  #seed = 1;
  failAppend: ((appends: readonly Append[]) => Error | null) | null = null;
  failBlob: (() => Error | null) | null = null;

  /** A world of its own unless told: another process on the same disk, with the same or another plan. */
  constructor(
    script: Script = () => undefined,
    more: { readonly disk?: MemoryDisk; readonly digest?: string; readonly effects?: Effect[] } = {},
  ) {
    this.script = script;
    this.effects = more.effects ?? [];
    this.disk = more.disk ?? memoryDisk();
    this.digest = more.digest ?? DIGEST;
    this.#seed = this.digest.charCodeAt("sha256:".length);
  }

  /** What is in the world now: what was added and not removed. */
  get things(): string[] {
    const there = new Set<string>();
    for (const { operation, name } of this.effects) {
      if (operation === "add") there.add(name);
      if (operation === "remove" || operation === "undo") there.delete(name);
    }
    return [...there].sort();
  }

  did(operation: string): string[] {
    return this.effects.filter((e) => e.operation === operation).map((e) => e.name);
  }

  types(): string[] {
    return this.events.map((e) => e.type);
  }

  apply(
    of: Plan,
    more: { approvals?: Approval[]; control?: RunControl; wait?: boolean; parallel?: number; crash?: Crash } = {},
  ) {
    const { approvals, crash, ...rest } = more;
    const file = { ...planFile(of), digest: this.digest };
    return this.#live(crash ?? null, (ports) =>
      startRun({
        ...rest,
        ports,
        file,
        bytes: JSON.stringify(file),
        applier: "eve@example.com",
        approvals: approvals ?? [],
      }),
    );
  }

  resume(run: string, more: Omit<ResumeOptions, "ports" | "run" | "by"> & { crash?: Crash } = {}) {
    const { crash, ...rest } = more;
    return this.#live(crash ?? null, (ports) => resumeRun({ ...rest, ports, run, by: "eve@example.com" }));
  }

  rollback(run: string, more: { crash?: Crash } = {}) {
    return this.#live(more.crash ?? null, (ports) =>
      rollbackRun({ ports, run, by: "eve@example.com", reason: "slow" }),
    );
  }

  /** Takes the run up to end leases of it, of this world's run unless told. */
  endLeases(
    leases: EndLeasesOptions["leases"],
    more: Partial<Omit<EndLeasesOptions, "ports" | "leases">> & { crash?: Crash } = {},
  ) {
    const { crash, run = this.run, ...rest } = more;
    return this.#live(crash ?? null, (ports) => endLeases({ ...rest, ports, run, leases }));
  }

  get run(): string {
    const created = this.events.find((e) => e.type === "run.created");
    return created?.type === "run.created" ? created.run : "";
  }

  connect(): Store {
    return memoryStore(this.disk);
  }

  async record(approval: Approval): Promise<void> {
    const store = this.connect();
    const stream = `plan/${this.digest}`;
    const expected = (await store.read(stream)).length;
    const event: RunEvent = { type: "approval.recorded", at: approval.at, approval };
    await store.append([{ stream, expected, fence: null, events: [event] }]);
    await store.close();
  }

  /** Says something to the run by way of its control stream, as another terminal does. */
  async say(what: Pick<EventOf<"control.said">, "what" | "mode"> & { readonly reason?: string }): Promise<void> {
    const store = this.connect();
    const stream = `control/${this.run}`;
    const expected = (await store.read(stream)).length;
    const at = new Date(this.now).toISOString();
    const event = { type: "control.said", at, by: "eve@example.com", reason: null, ...what } as const;
    await store.append([{ stream, expected, fence: null, events: [event] }]);
    await store.close();
  }

  /** Lets time go on until `done`: whenever nothing can happen any more at this moment, to the next timer. */
  async #live(crash: Crash | null, begin: (ports: Ports) => Promise<RunEnd>): Promise<RunEnd | "died"> {
    const life = ++this.#life;
    this.#crash = crash;
    const store = this.connect();
    const died = new Promise<never>((_, reject) => {
      this.#dead = () => reject(new Died());
    });
    const state = { over: false };
    const going = Promise.race([begin(this.#ports(life, this.#mortal(life, store))), died]).finally(() => {
      state.over = true;
    });
    const outcome = going.catch((error: unknown) => {
      if (error instanceof Died) return "died" as const;
      throw error;
    });
    outcome.catch(() => undefined);
    while (!state.over) {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
      if (!state.over) this.#tick();
    }
    this.#life++;
    this.#timers = this.#timers.filter((t) => t.life === 0);
    await store.close();
    this.#makesSense();
    return outcome;
  }

  /** Whatever was done to a run, the audit must find nothing in its log. */
  #makesSense(): void {
    const senses = new Map<string, StreamSense>();
    for (const row of this.disk.rows) {
      const sense = senses.get(row.stream) ?? newSense(row.stream);
      senses.set(row.stream, sense);
      const nonsense = judge(sense, openEntry(row).event);
      if (nonsense !== null) throw new Error(`entry ${row.n} of ${row.stream}: ${nonsense}`);
    }
  }

  #tick(): void {
    this.#timers.sort((a, b) => a.at - b.at);
    const next = this.#timers.shift();
    if (next === undefined) return;
    this.now = Math.max(this.now, next.at);
    next.then();
  }

  /** The clock is set, or the machine slept. What waits for a time still waits as long. */
  jump(ms: number): void {
    this.now += ms;
    this.#jumped += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  /** What a clock says that nobody sets. */
  get steady(): number {
    return this.now - this.#jumped;
  }

  /** At that time, whoever lives then. */
  later(ms: number, then: () => void): void {
    this.#timers.push({ at: this.now + ms, then, life: 0 });
  }

  /** A store whose process dies after an event: what was to be written after it never is. */
  #mortal(life: number, store: Store): Store {
    const append = async (appends: readonly Append[]): Promise<readonly string[]> => {
      if (life !== this.#life) return new Promise(() => undefined);
      const fault = this.failAppend?.(appends) ?? null;
      if (fault !== null) throw fault;
      const run = appends.find((a) => a.stream.startsWith("run/"));
      const events = run?.events ?? [];
      const room = this.#crash === null ? events.length : Math.max(0, this.#crash.after - this.#written);
      // The first append makes the run, all of it or nothing.
      const torn = room < events.length && events[0]?.type !== "run.created";
      const kept = torn ? events.slice(0, room) : events;
      if (kept.length > 0 || run === undefined) {
        await store.append(appends.map((a) => (a === run ? { ...a, events: kept } : a)));
        this.#written += kept.length;
        this.events.push(...kept);
      }
      if (this.#crash !== null && this.#written >= this.#crash.after) {
        this.#life++;
        this.#dead?.();
        return new Promise(() => undefined);
      }
      return [];
    };
    return {
      append,
      read: (stream, from) => store.read(stream, from),
      last: (stream) => store.last(stream),
      subscribe: (stream, from, signal) => store.subscribe(stream, from, signal),
      claim: (run) => store.claim(run),
      runs: () => store.runs(),
      isHeld: (run) => store.isHeld(run),
      beside: () => store.beside(),
      putPlan: (digest, bytes) => store.putPlan(digest, bytes),
      getPlan: (digest) => store.getPlan(digest),
      putBlob: async (bytes) => this.#blob(() => store.putBlob(bytes)),
      getBlob: async (id) => this.#blob(() => store.getBlob(id)),
      pages: (from) => store.pages(from),
      size: () => store.size(),
      subtrees: (wanted) => store.subtrees(wanted),
      erase: (erasure) => store.erase(erasure),
      erased: () => store.erased(),
      mark: (name) => store.mark(name),
      setMark: (name, value) => store.setMark(name, value),
      hold: (name) => store.hold(name),
      close: () => store.close(),
    };
  }

  #blob<T>(act: () => Promise<T>): Promise<T> {
    const fault = this.failBlob?.() ?? null;
    return fault === null ? act() : Promise.reject(fault);
  }

  #ports(life: number, store: Store): Ports {
    return {
      store,
      clock: {
        now: () => this.now,
        steady: () => this.steady,
        at: (time, then) => {
          const timer = { at: time, then, life };
          this.#timers.push(timer);
          return () => {
            this.#timers = this.#timers.filter((t) => t !== timer);
          };
        },
      },
      rules: realRules,
      random: () => {
        this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return this.#seed / 2_147_483_648;
      },
      call: (request) => this.#call(life, request),
      endGroup: async (process) => {
        if (this.immortal) throw new Error(`process ${process.pid} cannot be ended`);
        this.ended.push(process.pid);
        return 1;
      },
      onEvent: (event, state) => this.onEvent?.(event, state),
      ...(this.fingerprint === undefined ? {} : { fingerprint: this.fingerprint }),
      ...(this.vouch === undefined ? {} : { vouch: this.vouch }),
      self: { host: "test", pid: 1 },
    };
  }

  async #call(life: number, request: CallRequest): Promise<CallAnswer> {
    const { operation, args, key } = request.call;
    const name = String(args.name);
    const shown = request.method === "undo" ? "undo" : operation;
    const counter = `${request.method} ${operation} ${name}`;
    const nth = (this.#calls.get(counter) ?? 0) + 1;
    this.#calls.set(counter, nth);
    const told = this.script(operation, name, nth, request.method) ?? {};
    const answer = told.answer ?? "ok";
    const reads = request.method === "capture" || request.method === "preview";
    if (!reads) this.dispatched.push(`${shown} ${name}`);
    const act = (): void => {
      const acts = told.acts ?? (answer !== "error" && answer !== "refused");
      if (!acts || life !== this.#life || reads || operation === "look") return;
      this.effects.push({ operation: shown, name, key, at: this.now });
    };
    if (told.process !== undefined) {
      await request.processStarted({ pid: told.process, group: told.process, started: "1" });
    }
    if (this.actsAt === "begin") act();
    if (answer === "hang") return new Promise(() => undefined);
    if (answer === "late") {
      await this.#until(life, this.now + (told.takes ?? 100), new AbortController().signal);
      act();
      return { ok: true, value: { name, n: nth }, output: null };
    }
    await this.#until(life, answer === "timeout" ? request.deadline : this.now + (told.takes ?? 100), request.signal);
    if (answer === "throw") throw new Error("the provider broke");
    if (request.signal.aborted) {
      return { ok: false, failure: { kind: "timeout", message: "it was stopped", retryable: true }, output: null };
    }
    if (this.actsAt === "answer") act();
    const retryable = told.retryable ?? true;
    switch (answer) {
      case "ok":
        return { ok: true, value: told.value ?? { name, n: nth }, output: new TextEncoder().encode(`did ${name}`) };
      case "timeout":
        return { ok: false, failure: { kind: "timeout", message: "it took too long", retryable }, output: null };
      case "error":
      case "lost":
      case "refused":
        return { ok: false, failure: { kind: answer, message: `${name} says no`, retryable }, output: null };
    }
  }

  #until(life: number, time: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.push({ at: time, then: resolve, life });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

/** A second world on the same disk and at the same time: another process with another plan, of which there are nine. */
export function beside(world: World, n: number, script?: Script, effects?: Effect[]): World {
  const digest = `sha256:${String(n).repeat(64)}`;
  const other = new World(script, { disk: world.disk, digest, ...(effects === undefined ? {} : { effects }) });
  other.now = world.now;
  return other;
}

/** Why a run was not begun; throws where it was. */
export async function refusalOf(run: Promise<unknown>): Promise<RunRefused["refusal"]> {
  try {
    await run;
  } catch (error) {
    if (error instanceof RunRefused) return error.refusal;
    throw error;
  }
  throw new Error("it was not refused");
}

/** The end of a run whose process was not killed. */
export function ended(end: RunEnd | "died"): RunEnd {
  if (end === "died") throw new Error("the process died");
  return end;
}

export const approval = (who: string, more: Partial<Approval> = {}): Approval => ({
  approvalVersion: 1,
  plan: DIGEST,
  nonce: "n",
  run: null,
  node: null,
  decision: "approve",
  who,
  comment: null,
  at: new Date(T0).toISOString(),
  identity: "unverified",
  signature: null,
  ...more,
});
