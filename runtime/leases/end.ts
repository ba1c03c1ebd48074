/** Takes up a run to end leases of it: as their time has come, as a person asks, or as a person has done by hand. */
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { openLeases } from "../engine/decide-lease.ts";
import { nodeOf, type RunState } from "../engine/state.ts";
import type { EventOf, RunEvent } from "../event.schema.ts";
import type { Refusal } from "../run/admit.ts";
import { type GoOptions, go, heldEvent, type RunEnd } from "../run/go.ts";
import { gone, streamOf } from "../run/lease-effects.ts";
import { controlStream } from "../run/people.ts";
import type { Ports } from "../run/ports.ts";
import { RunRefused, readRun } from "../run/run.ts";
import { type Append, StoreError } from "../store/port.ts";
import { readStack } from "./stream.ts";

/** How often another run may come between before it is given up. */
const TRIES = 20;

export interface DueLease {
  readonly node: string;
  readonly because: EventOf<"lease.due">["because"];
  readonly by: string | null;
  readonly reason: string | null;
}

export interface EndLeasesOptions extends GoOptions {
  readonly run: string;
  /** Who takes it up; left out where it is ended by itself. */
  readonly by?: string;
  readonly signed?: Request;
  /** None of a run that has not ended: its own engine ends those whose time has come. */
  readonly leases: readonly DueLease[];
  /** Steps of which a person says that they have taken back what was given, and who that is. */
  readonly byHand?: { readonly nodes: readonly string[]; readonly by: string };
}

/**
 * Neither guardrails nor windows nor approvals are asked; locks of the plan are taken. Rejects with `RunRefused` where a node
 * has no lease that could end now: then nothing is recorded; with `StoreError` `held` where a process has the run in hand.
 */
export async function endLeases(options: EndLeasesOptions): Promise<RunEnd> {
  const { ports, run, leases, byHand, by, signed } = options;
  const taken = { ...(by === undefined ? {} : { by }), ...(signed === undefined ? {} : { signed }) };
  const { store, clock } = ports;
  const claim = await store.claim(run);
  try {
    for (let tried = 1; ; tried++) {
      const { state, length } = await readRun(ports, run, options.parallel);
      for (const { node } of leases) demandLease(state, node);
      for (const node of byHand?.nodes ?? []) demandFailed(state, node);
      const at = new Date(clock.now()).toISOString();
      const opening: RunEvent[] = [
        { ...heldEvent(ports, claim, at, taken), leases: true },
        ...leases.map((lease): RunEvent => ({ type: "lease.due", at, ...lease })),
      ];
      for (const node of byHand?.nodes ?? [])
        opening.push({ type: "lease.closed", at, node, how: "by_hand", by: byHand?.by ?? null });
      const beside = await offTheStack(ports, state, byHand?.nodes ?? [], at);
      // What is said to the run from now on is heard; of one that had ended, what was said before was meant for its end.
      const said = await store.last(controlStream(run));
      const heard = state.finished === null || said === null ? state.heard : said.n + 1;
      try {
        return await go(options, state, { claim, length, opening, beside, heard, leases: true });
      } catch (error) {
        if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
      }
    }
  } finally {
    await claim.release();
  }
}

async function offTheStack(ports: Ports, state: RunState, nodes: readonly string[], at: string): Promise<Append[]> {
  const made = new Map<string, { readonly expected: number; readonly events: RunEvent[] }>();
  for (const node of nodes) {
    const stack = await readStack(ports.store, streamOf(state, node));
    for (const { stream, expected, events } of gone(state, node, stack, at)) {
      const one = made.get(stream) ?? { expected, events: [] };
      made.set(stream, { expected, events: [...one.events, ...events] });
    }
  }
  return [...made].map(([stream, { expected, events }]) => ({ stream, expected, fence: null, events }));
}

/** Throws `RunRefused` where the step has no lease that stands, and has given nothing. */
function demandLease(state: RunState, id: string): void {
  if (state.phase !== "closing" && openLeases(state).some(({ node }) => node === id)) return;
  throw new RunRefused(noLease(state.run, id));
}

/** As `demandLease`; and where its rollback was not tried, nobody's word stands for it: what is granted would stay for good. */
function demandFailed(state: RunState, id: string): void {
  demandLease(state, id);
  if (nodeOf(state, id).lease?.status === "failed") return;
  throw new RunRefused({
    kind: "not_over",
    message: `opsc has not failed to take the lease ${state.run}:${id} back`,
    remedy: "leave --done out: opsc takes it back, and your word is asked for only where that fails",
  });
}

export const noLease = (run: string, node: string): Refusal => ({
  kind: "nothing_stands",
  message: `there is no lease ${run}:${node} that could end now`,
  remedy: "`opsc leases` lists those there are",
});
