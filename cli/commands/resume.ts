/** `opsc resume RUN` */
import { BadMark, type Mark } from "../../runtime/run/go.ts";
import { resumeRun } from "../../runtime/run/run.ts";
import { demandFolder, fromFolder, teller } from "../approvals.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { tellEnd } from "../running.ts";
import { judgeFor, type SigningOptions } from "../signing.ts";
import { planOfRun } from "../stored.ts";
import { takeUp, withStore, wordOn } from "../taking-up.ts";

interface Options extends Common, SigningOptions {
  readonly mark?: readonly string[];
  readonly approvals?: string;
  readonly as?: string;
  readonly wait?: true;
  readonly parallel: number;
}

export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    const marks = (options.mark ?? []).map((text) => parseMark(text, taker.who));
    const { parallel } = options;
    if (options.approvals !== undefined) await demandFolder(options.approvals);
    const { file } = await planOfRun(taker.store, name);
    const approvals = await fromFolder(options.approvals, judgeFor(taker.project.trust, file), teller(io));
    const answers = marks.map(({ node, decision }) => ({ node, decision }));
    const word = await wordOn(taker, name, file, "resume", null, answers.length === 0 ? {} : { answers });
    try {
      const { end, view } = await takeUp(io, taker, name, async (hands) => {
        await hands.demandSecrets();
        return resumeRun({
          ports: hands.ports,
          control: hands.control,
          run: name,
          by: taker.who,
          marks,
          approvals,
          wait: options.wait === true,
          parallel,
          ...word,
        });
      });
      return tellEnd(io, end, view);
    } catch (error) {
      if (!(error instanceof BadMark)) throw error;
      const help =
        error.unknown.length === 0 ? "none does now: resume without --mark" : `these do: ${error.unknown.join(", ")}`;
      throw new Stop(EXIT.wrong, error.message, help);
    }
  });
}

function parseMark(text: string, by: string): Mark {
  const [, decision, node] = /^(done|retry):(.+)$/s.exec(text) ?? [];
  if (node === undefined || (decision !== "done" && decision !== "retry"))
    throw new Stop(
      EXIT.wrong,
      `${JSON.stringify(text)} is not an answer`,
      "write --mark done:STEP if the step took place, --mark retry:STEP if not",
    );
  return { node, decision, by };
}
