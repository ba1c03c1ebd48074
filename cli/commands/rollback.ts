/** `opsc rollback RUN` */
import { rollbackRun } from "../../runtime/run/rollback.ts";
import { RunRefused } from "../../runtime/run/run.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { codeOf, tellEnd } from "../running.ts";
import { takeUp, withStore } from "../taking-up.ts";

interface Options extends Common {
  readonly reason?: string;
  readonly as?: string;
  readonly wait?: true;
  readonly parallel: number;
}

export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    try {
      const { end, view } = await takeUp(io, taker, name, ({ ports, control }) =>
        rollbackRun({
          ports,
          control,
          run: name,
          by: taker.who,
          reason: options.reason ?? null,
          wait: options.wait === true,
          parallel: options.parallel,
        }),
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
