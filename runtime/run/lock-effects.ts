/** Taking the locks of a run and letting them go, each in one transaction with what the run's stream says of it. */
import type { Command } from "../engine/command.ts";
import { StoreError } from "../store/port.ts";
import type { Desk } from "./effects.ts";
import { heldByOthers, readLocks, releaseLocks, takeLocks } from "./locks.ts";

/** How often another run may come between before it is given up. */
const TRIES = 20;
/** How long a run that waits for locks lets pass before it looks again, in milliseconds. */
const PAUSE = 1_000;

export async function doLock(desk: Desk): Promise<void> {
  const { state, ports } = desk;
  const { clock } = ports;
  for (;;) {
    const held = await tryLock(desk);
    if (held.length === 0) return;
    if (!desk.waits || desk.stopped.aborted || state.pause !== null) {
      await desk.post((at) => (desk.stopped.aborted ? [] : [{ type: "locks.refused", at, held: [...held] }]));
      return;
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + PAUSE, resolve));
    if (state.phase === "finished") return;
  }
}

/** Takes them all, or says who holds which. */
async function tryLock({ state, ports, post }: Desk): Promise<ReturnType<typeof heldByOthers>> {
  const { plan, run } = state;
  for (let tried = 1; ; tried++) {
    const locks = await readLocks(ports.store, plan);
    const held = heldByOthers(locks, run);
    if (held.length > 0) return held;
    const at = new Date(ports.clock.now()).toISOString();
    try {
      await post(
        (now) => [{ type: "locks.taken", at: now, names: plan.locks }],
        takeLocks(locks, plan.workspace, run, at),
      );
      return [];
    } catch (error) {
      if (!isConflict(error) || tried >= TRIES) throw error;
    }
  }
}

export async function doUnlock(desk: Desk, command: Extract<Command, { kind: "unlock" }>): Promise<void> {
  const { plan, run } = desk.state;
  const { because } = command;
  for (let tried = 1; ; tried++) {
    const locks = await readLocks(desk.ports.store, plan);
    const at = new Date(desk.ports.clock.now()).toISOString();
    try {
      await desk.post(
        (now) => [{ type: "locks.released", at: now, names: plan.locks, because }],
        releaseLocks(locks, run, at),
      );
      return;
    } catch (error) {
      if (!isConflict(error) || tried >= TRIES) throw error;
    }
  }
}

const isConflict = (error: unknown): boolean => error instanceof StoreError && error.fault === "conflict";
