/** Events of a run, written down as they would happen: a clock that is moved by hand, and short words for what happens. */

import { newView, type RunView, see } from "../../cli/progress/view.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Approval, RunEvent } from "../../runtime/event.schema.ts";

export const T0 = Date.parse("2026-11-23T10:00:00.000Z");
export const RUN = "20261123-1000-k3f9q2";

type Body = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "at"> : never) : never;

export class History {
  readonly file: PlanFile;
  readonly events: RunEvent[] = [];
  now = T0;

  constructor(file: PlanFile) {
    this.file = file;
    this.add({
      type: "run.created",
      eventVersion: 1,
      run: RUN,
      plan: file.digest,
      action: file.plan.action.id,
      requester: file.plan.requester,
      applier: file.plan.requester,
      approvals: [],
    });
  }

  add(body: Body): this {
    this.events.push({ at: new Date(this.now).toISOString(), ...body } as RunEvent);
    return this;
  }

  /** Lets seconds pass. */
  later(seconds: number): this {
    this.now += seconds * 1000;
    return this;
  }

  start(node: string, attempt = 1, phase: "do" | "undo" = "do"): this {
    const deadline = new Date(this.now + 60_000).toISOString();
    return this.add({
      type: "attempt.started",
      node,
      phase,
      index: 0,
      attempt,
      key: `${RUN}/${phase}/${node}/0`,
      deadline,
    });
  }

  succeed(node: string, attempt = 1, phase: "do" | "undo" = "do"): this {
    return this.add({ type: "attempt.succeeded", node, phase, index: 0, attempt, result: null, output: null });
  }

  fail(node: string, message: string, attempt = 1, phase: "do" | "undo" = "do"): this {
    const failure = { kind: "error", message, retryable: true } as const;
    return this.add({ type: "attempt.failed", node, phase, index: 0, attempt, failure, output: null });
  }

  /** Tried again after `seconds`; `attempt` is the one that failed. */
  again(node: string, attempt: number, seconds: number): this {
    const until = new Date(this.now + seconds * 1000).toISOString();
    return this.add({ type: "retry.planned", node, phase: "do", index: 0, attempt, until });
  }

  done(node: string, seconds = 0): this {
    return this.start(node).later(seconds).succeed(node);
  }

  undone(node: string, seconds = 0): this {
    return this.start(node, 1, "undo").later(seconds).succeed(node, 1, "undo");
  }

  pass(node: string): this {
    return this.add({ type: "node.passed", node });
  }

  poll(node: string, why: string | null): this {
    return this.add({ type: "check.polled", node, holds: why === null, why, value: null });
  }

  approve(node: string, who: string): this {
    return this.add({ type: "approval.given", node, approval: this.approval(node, who) });
  }

  approval(node: string | null, who: string): Approval {
    return {
      approvalVersion: 1,
      plan: this.file.digest,
      nonce: this.file.plan.nonce,
      run: RUN,
      node,
      decision: "approve",
      who,
      comment: null,
      at: new Date(this.now).toISOString(),
      identity: "unverified",
      signature: null,
    };
  }

  end(outcome: Extract<RunEvent, { type: "run.finished" }>["outcome"], why: string | null = null): this {
    return this.add({ type: "run.finished", outcome, why, left: [], result: null });
  }

  view(): RunView {
    const view = newView(this.file.plan);
    for (const event of this.events) see(view, event);
    return view;
  }
}
