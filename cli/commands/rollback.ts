/** `opsc rollback RUN` */
import { rollbackRun } from "../../runtime/run/rollback.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { codeOf, tellEnd } from "../running.ts";
import type { SigningOptions } from "../signing.ts";
import { takeUp, vouched, withStore, wordOn } from "../taking-up.ts";

interface Options extends Common, SigningOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly wait?: true;
  readonly parallel: number;
}

export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    try {
      const reason = options.reason ?? null;
      const { file } = await vouched(taker, name, { toEnd: true });
      const word = await wordOn(taker, name, file, "rollback", reason);
      const { parallel } = options;
      const { end, view } = await takeUp(
        io,
        taker,
        name,
        ({ ports, control }) =>
          rollbackRun({
            ports,
            control,
            run: name,
            by: taker.who,
            reason,
            wait: options.wait === true,
            parallel,
            ...word,
          }),
        { toEnd: true },
      );
      return tellEnd(
        io,
        end,
        view,
        end.rolledBack === "undone" ? EXIT.done : end.rolledBack === "refused" ? EXIT.refused : codeOf(end),
      );
    } catch (error) {
      if (!(error instanceof RunRefused)) throw error;
      const { kind, message, remedy } = error.refusal;
      throw new Stop(EXIT.refused, message, remedy, { refusals: [{ kind, message, remedy }] });
    }
  });
}
