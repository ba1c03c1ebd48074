/** Saying something to a run that another process has in hand, and seeing what becomes of it. */
import { setTimeout as delay } from "node:timers/promises";
import type { EventOf } from "../runtime/event.schema.ts";
import { controlStream } from "../runtime/run/people.ts";
import { type Store, StoreError } from "../runtime/store/port.ts";
import type { Io } from "./io.ts";
import { Calm } from "./progress/calm.ts";
import { newView, see } from "./progress/view.ts";
import { planOfRun } from "./stored.ts";

/** How often another may say something in between before it is given up. */
const TRIES = 20;
/** How often it is looked whether the run has moved, in milliseconds. */
const POLL = 150;

type Said = Pick<EventOf<"control.said">, "what" | "mode" | "by" | "reason" | "signed">;

/** Writes it to the run's control stream: the process that holds the run hears it, or else the next that does. */
export async function say(store: Store, run: string, said: Said): Promise<void> {
  const stream = controlStream(run);
  for (let tried = 1; ; tried++) {
    const last = await store.last(stream);
    const event = { type: "control.said", at: new Date().toISOString(), ...said } as const;
    try {
      await store.append([{ stream, expected: last === null ? 0 : last.n + 1, fence: null, events: [event] }]);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
    }
  }
}

/** Shows what another process does to the run, until `done`. Ends at Ctrl-C, which leaves that process alone. */
export async function follow(io: Io, store: Store, run: string, done: () => Promise<boolean>): Promise<void> {
  const { file, events } = await planOfRun(store, run);
  const view = newView(file.plan);
  for (const event of events) see(view, event);
  const calm = new Calm(view, (line) => io.rawErr(line));
  let from = events.length;
  while (!(await done())) {
    for (const { event, n } of await store.read(`run/${run}`, from)) {
      from = n + 1;
      see(view, event);
      if (io.json) io.raw(JSON.stringify(event));
      else calm.take(event);
    }
    if (!io.json) calm.tick(Date.now());
    await delay(POLL);
  }
}
