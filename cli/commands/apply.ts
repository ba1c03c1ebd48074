/** `opsc apply PLAN` and `opsc apply ACTION -i …` */

import { digestOf } from "../../compiler/digest.ts";
import { keptBytes } from "../../compiler/expand/plan.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { refuses } from "../../compiler/plan/refused.ts";
import { brief } from "../../compiler/render/show-value.ts";
import type { Judge } from "../../runtime/approvals/judge.ts";
import type { Approval } from "../../runtime/event.schema.ts";
import { readWorker } from "../../runtime/leases/worker.ts";
import { type Admission, admit, type Refusal } from "../../runtime/run/admit.ts";
import { rulesOf } from "../../runtime/run/real-ports.ts";
import { RunRefused, startRun } from "../../runtime/run/run.ts";
import type { Store } from "../../runtime/store/port.ts";
import { fromFolder, teller } from "../approvals.ts";
import { confirm } from "../asking.ts";
import { attesting, rootOfRun } from "../attesting.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import { findAction } from "../find-action.ts";
import type { Io } from "../io.ts";
import { actorOf, isKeyNamed } from "../person.ts";
import { lifetimeOf, planFor, type RequestOptions, soundProgram } from "../planning.ts";
import { goesElsewhere, openProject, type Project, textsOf } from "../project.ts";
import { asItIs, demandGenuine } from "../rederive.ts";
import { tellEnd } from "../running.ts";
import { judgeFor, type Pen, type SigningOptions, signed } from "../signing.ts";
import { openStore } from "../store.ts";
import { inHand, outside } from "../taking-up.ts";
import { demandNoToken } from "../trust/token.ts";
import { learnSecrets } from "../unsaid-secrets.ts";
import { safeNames } from "../words.ts";
import { workspaceOf } from "../workspace.ts";

interface Options extends Common, RequestOptions, SigningOptions {
  readonly approvals?: string;
  readonly wait?: true;
  readonly yes?: true;
  readonly breakGlass?: string;
  readonly parallel: number;
}

export async function run(io: Io, what: string, options: Options): Promise<ExitCode> {
  const project = await openProject(options.dir, { tests: false });
  const saved = isPlanName(what);
  if (saved) refuseRequest(options);
  const attests = await attesting(project);
  const file = saved ? await readPlanFile(what) : await planNow(io, project, what, options);
  if (saved && file.plan.workspace !== workspaceOf(project, options.workspace)) {
    throw new Stop(
      EXIT.refused,
      `this plan is for the workspace ${file.plan.workspace}`,
      `apply it with --workspace ${file.plan.workspace}`,
    );
  }
  const { who: applier, token } = await actorOf(options.as, project, options.key);
  const store = await openStore(project.root);
  try {
    const pen = { root: project.root, trust: project.trust, key: options.key, token };
    const comment = options.reason ?? null;
    const word = await signed(pen, file, { run: null, node: null, decision: "apply", who: applier, comment });
    const override = await brokenGlass(store, pen, file, applier, options);
    const approvals = await admitted(io, store, file, { applier, signed: word ?? null, override }, options, saved);
    if (goesElsewhere(project)) await (await outside()).announceFirst(project, store);
    const taker = { project, store, who: applier, key: options.key, token };
    const { end, view } = await inHand(io, taker, { file, events: [] }, async (hands) => {
      await hands.demandSecrets();
      return startRun({
        ports: { ...hands.ports, ...attests?.(store) },
        control: hands.control,
        file,
        bytes: keptBytes(file),
        applier,
        ...(word === undefined ? {} : { signed: word }),
        ...rootOfRun(project.trust),
        approvals,
        wait: options.wait === true,
        parallel: options.parallel,
      });
    });
    return tellEnd(io, end, view);
  } catch (error) {
    if (error instanceof RunRefused) throw refusalStop(error.refusal);
    throw error;
  } finally {
    await store.close();
  }
}

/** What whoever applies sets aside; null where the glass stays whole. It is told where the run is: of a plan that is refused all the same nothing was set aside. */
async function brokenGlass(
  store: Store,
  pen: Pen,
  file: PlanFile,
  who: string,
  options: Options,
): Promise<Approval | null> {
  if (options.breakGlass === undefined) return null;
  demandNoToken(pen, "override", isKeyNamed(pen.key));
  const { breakGlass } = await import("../break-glass.ts");
  const judge = judgeFor(pen.trust, file);
  const approvals = await approvalsOf(store, file, options.approvals, judge, () => undefined);
  return breakGlass(pen, { file, who, applier: who, midway: null, reason: options.breakGlass, judge, approvals });
}

/** What was asked for is in the plan: given once more it would be passed over. */
function refuseRequest({ input, inputs, reason }: Options): void {
  const given = [
    ["--input", input],
    ["--inputs", inputs],
    ["--reason", reason],
  ].flatMap(([name, value]) => (value === undefined ? [] : [String(name)]));
  if (given.length > 0)
    throw new Stop(
      EXIT.wrong,
      `a plan is applied as it is: ${given.join(" and ")} ${given.length === 1 ? "goes" : "go"} with an action`,
      "leave it out, or make another plan with opsc plan",
    );
}

/** A bare action is planned on the spot: shown and asked on a terminal, taken only with `--yes` elsewhere. */
async function planNow(io: Io, project: Project, what: string, options: Options): Promise<PlanFile> {
  const program = await soundProgram(io, project);
  const action = findAction(program, what, project.root);
  if (options.yes !== true && !io.interactive)
    throw new Stop(
      EXIT.wrong,
      "without a terminal to show the plan on, an action is applied only with --yes",
      `make a plan with opsc plan ${what} -o FILE, or add --yes`,
    );
  const file = await planFor(project, program, action, options);
  // Nobody is asked about what cannot be applied: it is shown why not.
  if (options.yes === true || (options.breakGlass === undefined && mayNot(file, options)) || (await confirm(io, file)))
    return file;
  throw new Stop(EXIT.stopped, "not applied: nothing was changed");
}

function mayNot({ plan }: PlanFile, options: Options): boolean {
  return (
    plan.guardrails.some(refuses) ||
    (options.approvals === undefined && plan.nodes.some((n) => n.kind === "approve" && n.upfront))
  );
}

/** The approvals with which the plan may run; throws what stands against it. With `--wait` missing ones are waited for. */
async function admitted(
  io: Io,
  store: Store,
  file: PlanFile,
  { override, ...by }: Pick<Admission, "applier" | "signed"> & { readonly override: Approval | null },
  options: Options,
  saved: boolean,
): Promise<readonly Approval[]> {
  let told = false;
  const tell = teller(io);
  for (;;) {
    // Looked at anew each time: sources may change while approvals are waited for.
    const project = await openProject(options.dir, { tests: false });
    const judge = judgeFor(project.trust, file);
    await learnSecrets(project.root, file.plan);
    const given = await approvalsOf(store, file, options.approvals, judge, tell);
    const approvals = override === null ? given : [...given, override];
    const events = await store.read(`plan/${file.digest}`);
    const used = events.flatMap(({ event }) => (event.type === "plan.used" ? [event.run] : []))[0] ?? null;
    const refusals = admit(file, {
      now: Date.now(),
      digestOfBytes: digestOf(file.plan),
      ...asItIs(project, file),
      approvals,
      ...by,
      usedBy: used,
      rules: rulesOf(judge),
      worker: await readWorker(store, Date.now()),
    });
    const [first] = refusals;
    if (first === undefined) {
      if (saved) demandGenuine(file, await soundProgram(io, project), textsOf(project), lifetimeOf(project));
      return approvals;
    }
    // What nobody has a file of can be approved by nobody.
    if (!saved) throw refusalStop(asFile(first), refusals.map(asFile));
    if (options.wait !== true || refusals.some((r) => r.kind !== "approval_missing")) {
      throw refusalStop(first, refusals);
    }
    if (!told && !io.json) io.err(`waits for approval: ${safeNames([first.message])}`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The refusal of a plan that was made on the spot, with what can be done about it. */
function asFile(refusal: Refusal): Refusal {
  return refusal.kind === "approval_missing"
    ? { ...refusal, remedy: "make it a file that can be approved: opsc plan with the same inputs and -o FILE" }
    : refusal;
}

async function approvalsOf(
  store: Store,
  file: PlanFile,
  folder: string | undefined,
  judge: Judge,
  tell: (words: string) => void,
): Promise<Approval[]> {
  const recorded = (await store.read(`plan/${file.digest}`)).flatMap(({ event }) =>
    event.type === "approval.recorded" ? [event.approval] : [],
  );
  return [...recorded, ...(await fromFolder(folder, judge, tell))];
}

/** Characters of what stands against a plan: titles and names of others are in it. */
const MESSAGE = 2000;

function refusalStop(refusal: Refusal, all: readonly Refusal[] = [refusal]): Stop {
  const code =
    refusal.kind === "approval_missing"
      ? EXIT.waiting
      : refusal.kind === "denied"
        ? EXIT.denied
        : refusal.kind === "edited"
          ? EXIT.unverified
          : EXIT.refused;
  return new Stop(
    code,
    brief(refusal.message, MESSAGE),
    refusal.remedy,
    { refusals: all },
    all.slice(1).map((each) => ({ message: brief(each.message, MESSAGE), help: each.remedy })),
  );
}
