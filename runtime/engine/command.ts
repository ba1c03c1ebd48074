/** What the engine asks to be done. Ids are deterministic: `do/scale/0/1` is phase, node, index and attempt. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { AttemptId, EventOf, RunEvent } from "../event.schema.ts";

/** A call with nothing left to compute. */
export interface ReadyCall {
  readonly instance: string;
  readonly operation: string;
  readonly args: { readonly [name: string]: Value };
  /** When what it gives is to end, where it ends by itself. RFC 3339. */
  readonly expires?: string | undefined;
}

export type LeaseAct =
  | { readonly do: "open"; readonly deadline: number }
  | { readonly do: "end" }
  | { readonly do: "close"; readonly how: EventOf<"lease.closed">["how"] };

export type Command =
  /** Nothing to do in the world: the event says it all. */
  | { readonly kind: "record"; readonly id: string; readonly event: RunEvent }
  /** To be called once `event` is durable. */
  | {
      readonly kind: "start";
      readonly id: string;
      readonly event: EventOf<"attempt.started">;
      readonly call: ReadyCall;
      readonly via: "run" | "undo";
      /** Read what undo needs, and make it durable, before the effect. */
      readonly capture: boolean;
      /** What undo puts back, for `via: "undo"`. */
      readonly captured: { readonly data: Value; readonly blob: string | null } | null;
      /** Milliseconds since 1970. */
      readonly deadline: number;
    }
  /** Read what a check looks at; answered by `check.polled`. */
  | {
      readonly kind: "poll";
      readonly id: string;
      readonly node: string;
      readonly call: ReadyCall;
      readonly deadline: number;
    }
  /**
   * Read the facts again where `facts` says so, and those of `guardrails` by their place in the plan; ask again what the steps
   * `previews` would change; judge; answered by `gate.judged`. `node` is null or a single write.
   */
  | {
      readonly kind: "gate";
      readonly id: string;
      readonly node: string | null;
      readonly facts: readonly string[];
      readonly guardrails: readonly number[];
      readonly previews: readonly string[];
    }
  /** Draw a pause around `delay` milliseconds; answered by `retry.planned`. */
  | { readonly kind: "retry"; readonly id: string; readonly attempt: AttemptId; readonly delay: number }
  /** End what an attempt that was cut off left running; answered by `attempt.settled`. */
  | {
      readonly kind: "settle";
      readonly id: string;
      readonly attempt: AttemptId;
      readonly processes: readonly { readonly pid: number; readonly group: number; readonly started: string }[];
    }
  /** Take all the locks of the plan, or none; answered by `locks.taken` or `locks.refused`. */
  | { readonly kind: "lock"; readonly id: string }
  /** Let the locks go; answered by `locks.released`. */
  | { readonly kind: "unlock"; readonly id: string; readonly because: "over" | "waiting" }
  /**
   * Count the lease of a step, answered by `lease.opened` (or `attempt.failed`, where it cannot be by `deadline`, milliseconds
   * since 1970) · end it, answered by `lease.ended` · have done with it, answered by `lease.closed`.
   */
  | { readonly kind: "lease"; readonly id: string; readonly node: string; readonly act: LeaseAct }
  /** Only people, or a run that ends, can bring the run on: it may be let go. */
  | {
      readonly kind: "release";
      readonly id: string;
      readonly because: "waiting_approval" | "unknown_outcome" | "waiting_lock" | "paused" | "frozen" | "stopped";
    };

export const record = (id: string, event: RunEvent): Command => ({ kind: "record", id, event });
