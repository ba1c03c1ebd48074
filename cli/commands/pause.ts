/** `opsc pause RUN` */
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import type { SigningOptions } from "../signing.ts";
import { planOfRun } from "../stored.ts";
import { demandHeard, withStore, wordOn } from "../taking-up.ts";
import { follow, say } from "../talking.ts";

interface Options extends Common, SigningOptions {
  readonly reason?: string;
  readonly as?: string;
}

export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    const { store, who } = taker;
    const outcome = async (): Promise<string | null> => {
      const last = (await planOfRun(store, name)).events.at(-1);
      return last?.type === "run.finished" ? last.outcome : null;
    };
    const before = await outcome();
    if (before !== null) throw new Stop(EXIT.wrong, `run ${name} has ended: ${before}`, "there is nothing to pause");
    const ran = await store.isHeld(name);
    if (ran) {
      const { reason = null } = options;
      const { file } = await planOfRun(store, name);
      const word = await wordOn(taker, name, file, "pause", reason);
      await demandHeard(taker, name, file, word);
      await say(store, name, { what: "pause", mode: null, by: who, reason, ...word });
      await follow(io, store, name, async () => !(await store.isHeld(name)));
    }
    const ended = await outcome();
    if (io.json)
      io.raw(
        JSON.stringify({ type: "pause", run: name, status: ended === null ? "paused" : "finished", outcome: ended }),
      );
    else if (ended !== null) io.out(`run ${name} ended before it could be paused: ${ended}`);
    else io.out(`run ${name} ${ran ? "is paused" : "is in nobody's hands"}: opsc resume ${name} goes on with it`);
    return EXIT.done;
  });
}
