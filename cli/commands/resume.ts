/** `opsc resume RUN` */

import type { Approval } from "../../runtime/event.schema.ts";
import { BadMark, type Mark, type RunEnd } from "../../runtime/run/go.ts";
import { resumeRun } from "../../runtime/run/run.ts";
import { demandFolder, fromFolder, teller } from "../approvals.ts";
import { approvalsOf, awaitedIn } from "../asked.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { isKeyNamed } from "../person.ts";
import { tellEnd } from "../running.ts";
import { judgeFor, type SigningOptions } from "../signing.ts";
import type { Stored } from "../stored.ts";
import { type Hands, type Taker, takeUp, vouched, withStore, wordOn } from "../taking-up.ts";
import { demandNoToken } from "../trust/token.ts";

interface Options extends Common, SigningOptions {
  readonly mark?: readonly string[];
  readonly approvals?: string;
  readonly as?: string;
  readonly wait?: true;
  readonly breakGlass?: string;
  readonly parallel: number;
}

export function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  return withStore(options, async (taker) => {
    const marks = (options.mark ?? []).map((text) => parseMark(text, taker.who));
    const { parallel } = options;
    if (options.approvals !== undefined) await demandFolder(options.approvals);
    const stored = await vouched(taker, name);
    const { file } = stored;
    const given = await fromFolder(options.approvals, judgeFor(taker.project.trust, file), teller(io));
    const approvals = [...given, ...(await brokenGlass(taker, name, stored, given, options.breakGlass))];
    const answers = marks.map(({ node, decision }) => ({ node, decision }));
    const word = await wordOn(taker, name, file, "resume", null, answers.length === 0 ? {} : { answers });
    try {
      const go = async (hands: Hands): Promise<RunEnd> => {
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
      };
      const { end, view } = await takeUp(io, taker, name, go, { run: stored });
      return tellEnd(io, end, view);
    } catch (error) {
      if (!(error instanceof BadMark)) throw error;
      const help =
        error.unknown.length === 0 ? "none does now: resume without --mark" : `these do: ${error.unknown.join(", ")}`;
      throw new Stop(EXIT.wrong, error.message, help);
    }
  });
}

/** What whoever takes the run up sets aside of what it waits for; none where the glass stays whole. */
async function brokenGlass(
  { project, store, who, key }: Taker,
  run: string,
  { file, events }: Stored,
  given: readonly Approval[],
  reason: string | undefined,
): Promise<Approval[]> {
  if (reason === undefined) return [];
  const { root, trust } = project;
  demandNoToken({ trust }, "override", isKeyNamed(key));
  if (await store.isHeld(run))
    throw new Stop(
      EXIT.refused,
      `run ${run} is in the hands of another process, which goes on with it`,
      `opsc approve ${run} --break-glass REASON sets aside what it waits for`,
    );
  const asked = awaitedIn(events);
  const [first] = events;
  if (asked.size === 0 || first?.type !== "run.created")
    throw new Stop(EXIT.wrong, `run ${run} waits for no approval`, "resume it without --break-glass");
  const { breakGlass } = await import("../break-glass.ts");
  const judge = judgeFor(trust, file);
  const approvals = [...(await approvalsOf(store, { file, events })), ...given];
  const { applier } = first;
  return [
    await breakGlass({ root, trust, key }, { file, who, applier, midway: { run, asked }, reason, judge, approvals }),
  ];
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
