/**
 * Which lines a run is told in where nobody redraws: a pipe, a file, the log of a CI job. What is short is told once, what
 * is long when it begins and now and then; of very many steps they are counted. A function of the events and the time.
 */
import type { RunEvent } from "../../runtime/event.schema.ts";
import { activeIn, allIn, doneWords, failedIn, isActive, overIn } from "./standing.ts";
import { countdown, shortTime, tickingTime } from "./time.ts";
import type { NodeView, RunView } from "./view.ts";
import { waitingFor } from "./waiting.ts";
import { lineAt, lineOf } from "./words.ts";

/** With more nodes than this, those that are done are counted instead of named. */
export const MANY = 200;
/** A step that is over sooner is told when it is done only. Milliseconds, as all below. */
const SHORT = 2_000;
/** How much is told of many steps: at every tenth of them, or so often. */
const COUNT_EVERY = 30_000;
const COUNT_LEAST = 1_000;
/** How often a check may say that it waits for something else. */
const CHECK_EVERY = 15_000;
/** After so long without a line, one that says it goes on: first, and once ten of them were said. A CI job that is quiet for ten minutes may be ended. */
const QUIET = 60_000;
const QUIET_LATER = 300_000;

interface Said {
  readonly why: string;
  readonly at: number;
}

export class Calm {
  readonly #view: RunView;
  readonly #tell: (line: string) => void;
  /** Begun, and not told yet. */
  readonly #begun = new Map<string, { readonly event: RunEvent; readonly line: string | null }>();
  readonly #checks = new Map<string, Said>();
  #last: number | null = null;
  #beats = 0;
  #counted = { done: 0, at: 0 };

  constructor(view: RunView, tell: (line: string) => void) {
    this.#view = view;
    this.#tell = tell;
  }

  /** Seen after the view took it in. */
  take(event: RunEvent): void {
    const now = Date.parse(event.at);
    this.#last ??= now;
    const line = this.#lineOf(event, now);
    if (line !== null) this.#say(line, now);
    this.#count(now);
  }

  /** Asked every second or so. */
  tick(now: number): void {
    for (const [id, { event, line }] of this.#begun) {
      if (now - Date.parse(event.at) < SHORT) continue;
      this.#begun.delete(id);
      if (line !== null) this.#say(line, now);
    }
    this.#count(now);
    this.#beat(now);
  }

  get #many(): boolean {
    return this.#view.nodes.size > MANY;
  }

  #say(line: string, now: number): void {
    this.#last = now;
    this.#tell(line);
  }

  #lineOf(event: RunEvent, now: number): string | null {
    const id = "node" in event && event.node !== null ? event.node : "";
    const n = this.#view.nodes.get(id);
    switch (event.type) {
      case "attempt.started":
        // A further attempt was told when it was planned.
        if (!this.#many && event.attempt === 1) this.#begun.set(id, { event, line: lineOf(this.#view, event) });
        return null;
      case "attempt.succeeded":
        this.#begun.delete(id);
        return this.#many && event.phase === "do" ? null : lineOf(this.#view, event);
      case "attempt.failed":
        this.#begun.delete(id);
        return lineOf(this.#view, event);
      case "node.passed":
      case "node.skipped":
        return this.#many && n?.node.kind !== "approve" ? null : lineOf(this.#view, event);
      case "wait.started":
        return this.#many && !id.endsWith("]") ? null : lineOf(this.#view, event);
      case "check.polled":
        return n === undefined ? null : this.#polled(n, event, now);
      default:
        return lineOf(this.#view, event);
    }
  }

  #polled(n: NodeView, event: Extract<RunEvent, { type: "check.polled" }>, now: number): string | null {
    const { node } = n;
    if (n.standing === "done") {
      this.#checks.delete(node.id);
      return this.#many ? null : lineOf(this.#view, event);
    }
    const why =
      n.holdingSince !== null && node.kind === "check"
        ? `holds; it has to for ${shortTime(node.hold)}`
        : `not yet: ${n.why ?? ""}`;
    const before = this.#checks.get(node.id);
    const since = n.began === null ? 0 : now - n.began;
    // Out of time, its failure says the same.
    if (since < SHORT || (node.kind === "check" && since >= node.within)) return null;
    if (before !== undefined && (before.why === why || now - before.at < CHECK_EVERY)) return null;
    this.#checks.set(node.id, { why, at: now });
    // Most hold at the second look; of many checks only those are told that do not.
    if (this.#many && before === undefined) return null;
    return lineAt(this.#view, event.at, { subject: node.id, text: why });
  }

  #count(now: number): void {
    if (!this.#many) return;
    const { counts, phase } = this.#view;
    const all = allIn(counts);
    const done = phase === "undoing" ? counts.undone : overIn(counts);
    const more = Math.abs(done - this.#counted.done);
    const since = now - this.#counted.at;
    if (more === 0 || since < COUNT_LEAST || (more < all / 10 && since < COUNT_EVERY)) return;
    if (this.#counted.at !== 0) this.#say(lineAt(this.#view, now, { subject: null, text: this.#counts() }), now);
    this.#counted = { done, at: now };
  }

  #counts(): string {
    const { counts, phase, toUndo } = this.#view;
    const failed = failedIn(counts);
    return [
      ...(phase === "undoing"
        ? [`${counts.undone} of ${Math.max(toUndo, counts.undone)} undone`]
        : doneWords(counts, allIn(counts))),
      ...(activeIn(counts) > 0 ? [`${activeIn(counts)} running`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join(", ");
  }

  #beat(now: number): void {
    if (this.#last === null || this.#view.phase === "ended" || this.#view.startedAt === null) return;
    if (now - this.#last < (this.#beats < 10 ? QUIET : QUIET_LATER)) return;
    this.#beats++;
    const active = [...this.#view.nodes.values()].filter((n) => isActive(n.standing));
    const named = active.slice(0, 3).map((n) => `${n.node.id} ${doing(this.#view, n, now)}`);
    const rest = active.length > 3 ? [`${active.length - 3} more`] : [];
    const what = active.length === 0 ? "" : `; ${[...named, ...rest].join("; ")}`;
    const since = tickingTime(now - this.#view.startedAt);
    this.#say(
      lineAt(this.#view, now, { subject: null, text: `goes on since ${since}: ${this.#counts()}${what}` }),
      now,
    );
  }
}

/** What goes on, in a few words. */
function doing(view: RunView, n: NodeView, now: number): string {
  const since = n.since === null ? "" : ` for ${tickingTime(now - n.since)}`;
  switch (n.standing) {
    case "waiting": {
      const missing = waitingFor(view, n, now)?.missing.join(" and ") ?? "";
      return `waits${since} for ${missing === "" ? "approval" : missing}`;
    }
    case "retrying":
      return `is tried again in ${countdown((n.until ?? now) - now)}`;
    case "undoing":
      return `is undone${since}`;
    default:
      if (n.node.kind === "wait") return `goes on in ${countdown((n.until ?? now) - now)}`;
      return `runs${since}${n.why === null ? "" : ` (${n.why})`}`;
  }
}
