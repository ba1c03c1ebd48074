/** `opsc cancel RUN` */
import type { RunEnd } from "../../runtime/run/go.ts";
import { RunRefused, resumeRun } from "../../runtime/run/run.ts";
import { StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { codeOf, tellEnd } from "../running.ts";
import type { SigningOptions } from "../signing.ts";
import { demandHeard, type Taker, takeUp, vouched, withStore, wordOn } from "../taking-up.ts";
import { follow, say } from "../talking.ts";

interface Options extends Common, SigningOptions {
  readonly mode: "rollback" | "halt";
  readonly reason?: string;
  readonly as?: string;
  readonly parallel: number;
}

/** A living process hears it and ends the run; where none lives, this one does. */
export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    const { store, who } = taker;
    const { events, file } = await vouched(taker, name, { toEnd: true });
    const last = events.at(-1);
    if (last?.type === "run.finished")
      throw new Stop(
        EXIT.wrong,
        `run ${name} has ended: ${last.outcome}`,
        last.left.length > 0
          ? `what is left is to be done by hand: opsc show ${name} lists it`
          : `opsc rollback ${name} undoes a run that has ended`,
      );
    const { mode, reason = null } = options;
    const word = await wordOn(taker, name, file, mode === "halt" ? "halt" : "cancel", reason);
    await demandHeard(taker, name, file, word);
    await say(store, name, { what: "cancel", mode, by: who, reason, ...word });
    const { end, view } = await theEnd(io, taker, name, options, word);
    const code = asAsked(end) ? EXIT.done : codeOf(end);
    return tellEnd(io, end, view, code);
  });
}

async function theEnd(
  io: Io,
  taker: Taker,
  name: string,
  { parallel }: Options,
  word: Awaited<ReturnType<typeof wordOn>>,
): ReturnType<typeof takeUp> {
  for (;;) {
    await follow(io, taker.store, name, async () => !(await taker.store.isHeld(name)));
    try {
      const by = taker.who;
      return await takeUp(
        io,
        taker,
        name,
        ({ ports, control }) => resumeRun({ ports, control, run: name, by, parallel, toEnd: true, ...word }),
        { toEnd: true },
      );
    } catch (error) {
      if (error instanceof RunRefused) throw new Stop(EXIT.refused, error.refusal.message, error.refusal.remedy);
      // Another has taken it up in between, and hears it.
      if (!(error instanceof StoreError) || error.fault !== "held") throw error;
    }
  }
}

/** It is cancelled, and nothing is left that was not asked for. */
const asAsked = ({ outcome, left }: RunEnd): boolean =>
  outcome === "cancelled" || (outcome === "halted" && left.length === 0);
