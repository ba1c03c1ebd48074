/** How a run is shown while it goes on: redrawn on a terminal, as lines elsewhere, as JSON Lines with `--json`. */
import type { RunEvent } from "../../runtime/event.schema.ts";
import type { Io } from "../io.ts";
import { Calm } from "./calm.ts";
import { startLive } from "./live.ts";
import type { RunView } from "./view.ts";

export interface Presenter {
  /** Seen after the view took it in. */
  take(event: RunEvent): void;
  /** A line about the run that stays; nothing with `--json`. */
  keep(line: string): void;
  /** May be called more than once. */
  stop(): void;
}

/** How often it is looked whether there is something to say of what takes long, in milliseconds. */
const TICK = 1_000;

export function present(io: Io, view: RunView): Presenter {
  if (io.json) return { take: (event) => io.raw(JSON.stringify(event)), keep() {}, stop() {} };
  if (io.live) {
    const live = startLive(io, view);
    let over = false;
    return {
      take() {},
      keep: (line) => (over ? io.err(line) : live.keep(line)),
      stop() {
        if (!over) live.stop();
        over = true;
      },
    };
  }
  const calm = new Calm(view, (line) => io.rawErr(line));
  const timer = setInterval(() => calm.tick(Date.now()), TICK);
  timer.unref();
  return { take: (event) => calm.take(event), keep: (line) => io.err(line), stop: () => clearInterval(timer) };
}
