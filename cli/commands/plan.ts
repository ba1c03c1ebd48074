/** `opsc plan ACTION` */

import { planBytes } from "../../compiler/expand/plan.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { refusedBy } from "../../compiler/plan/refused.ts";
import { freezeWords } from "../../runtime/freeze/freeze.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { findAction } from "../find-action.ts";
import { freezeOf } from "../freezes.ts";
import type { Io } from "../io.ts";
import { mayHoldPlan } from "../out-file.ts";
import { actorOf, isKeyNamed } from "../person.ts";
import { planFor, type RequestOptions, soundProgram } from "../planning.ts";
import { openProject, type Project } from "../project.ts";
import { type PlanFormat, renderPlan } from "../render-plan.ts";
import { keyOf, type SigningOptions, signed } from "../signing.ts";
import { writeWhole } from "../write-whole.ts";

interface Options extends Common, RequestOptions, SigningOptions {
  readonly out?: string;
  readonly format?: PlanFormat;
  readonly detailedExitcode?: true;
}

export async function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  if (options.out !== undefined) await mayHoldPlan(options.out);
  const project = await openProject(options.dir, { tests: false });
  const program = await soundProgram(io, project);
  const planned = await planFor(project, program, findAction(program, name, project.root), options);
  const file = options.out === undefined ? planned : await requested(project, planned, options);
  if (options.out !== undefined) await writeWhole(options.out, planBytes(file));
  io.raw(await renderPlan(file, io.json ? "json" : (options.format ?? "text"), io));
  const freeze = io.json ? null : await freezeOf(project, file.plan);
  if (freeze !== null) io.err(`warning: it could not be applied now: runs like it are ${freezeWords(freeze)}`);
  const failing = refusedBy(file.plan);
  for (const g of failing) if (!io.json) io.err(`refused by guardrail ${g.name}: ${g.why ?? ""}`);
  if (options.out !== undefined && !io.json)
    io.err(failing.length > 0 ? `written to ${options.out}; it cannot be applied as it is` : next(file, options.out));
  // Who reads it as it comes is not there to collect it: nothing else says what is to be done with it.
  if (options.out === undefined && options.format === undefined && failing.length === 0 && io.live)
    io.err(notKept(file));
  if (failing.length > 0) return EXIT.refused;
  const changes = file.plan.summary.writes + file.plan.summary.destroys > 0;
  return options.detailedExitcode === true && changes ? EXIT.changes : EXIT.done;
}

/** With the signature of whoever asks for it, where one counts and there is a key; without, or by a token, only they can apply it. */
async function requested(project: Project, file: PlanFile, { key, as }: Options): Promise<PlanFile> {
  if (file.plan.unread !== undefined) return file;
  const { token } = await actorOf(as, project, key);
  if (token !== null && !isKeyNamed(key)) return file;
  const pen = { root: project.root, trust: project.trust, key };
  if (key === undefined && (project.trust.identities !== "signed" || (await keyOf(pen)) === null)) return file;
  const { requester: who, reason: comment } = file.plan;
  const request = await signed(pen, file, { run: null, node: null, decision: "request", who, comment });
  return request === undefined ? file : { ...file, request };
}

const notKept = ({ plan }: PlanFile): string =>
  plan.unread === undefined
    ? "this plan is not kept: with -o FILE it is, to be reviewed and applied as it stands here"
    : "made offline, it is only to be looked at";

function next(file: PlanFile, out: string): string {
  if (file.plan.unread !== undefined) return `written to ${out}; made offline, it is only to be looked at`;
  if (file.plan.trust.identities === "signed" && file.request === undefined)
    return `written to ${out}, not signed, so only ${file.plan.requester} can apply it: --key, OPSC_KEY or git's user.signingKey names a key to sign with`;
  const asks = file.plan.nodes.flatMap((node) => (node.kind === "approve" && node.upfront ? [node.quorum] : []));
  const times = asks.length === 0 ? 0 : Math.max(...asks);
  if (times === 0) return `written to ${out}; next: opsc apply ${out}`;
  const by = times === 1 ? "" : ` by ${times} people`;
  const key = file.plan.trust.identities === "signed" ? " --key KEY" : "";
  return `written to ${out}; next: opsc approve ${out} --as WHO${key}${by}, then opsc apply ${out}${key}`;
}
