/** `opsc approve | deny | withdraw PLAN|RUN` */

import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { keptBytes } from "../../compiler/expand/plan.ts";
import { APPROVAL_SUFFIX, writeApproval } from "../../runtime/approvals/file.ts";
import { statedPlan, unsaid } from "../../runtime/approvals/statement.ts";
import type { Approval } from "../../runtime/event.schema.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import {
  type Asked,
  approvalsOf,
  askedByPlan,
  askedByRun,
  demandSpoken,
  demandUsable,
  inTheWay,
  type Judged,
  mayDecide,
  standing,
} from "../asked.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName } from "../files.ts";
import type { Io } from "../io.ts";
import { outsideOfStore } from "../out-file.ts";
import { identity, isKeyNamed, whoAmI } from "../person.ts";
import { settingsOf } from "../project.ts";
import { judgeHere, nameOfKey, type Pen, type SigningOptions, state } from "../signing.ts";
import { openStore } from "../store.ts";
import { demandNoToken } from "../trust/token.ts";
import { safeName } from "../words.ts";

interface Options extends Common, SigningOptions {
  readonly as?: string;
  readonly comment?: string;
  readonly out?: string;
  readonly breakGlass?: string;
  readonly for?: string;
}

const DONE: Readonly<Record<Approval["decision"], string>> = {
  approve: "approved",
  deny: "denied",
  withdraw: "withdrawn",
  override: "set aside",
};

export async function run(
  io: Io,
  verb: "approve" | "deny" | "withdraw",
  what: string,
  options: Options,
): Promise<ExitCode> {
  const settings = await settingsOf(options.dir);
  const { root, trust } = settings;
  const { out } = options;
  const decision = options.breakGlass === undefined ? verb : "override";
  if (options.for !== undefined && options.breakGlass === undefined)
    throw new Stop(
      EXIT.wrong,
      "--for goes with --break-glass: an approval is of the plan, whoever applies it",
      "leave it out",
    );
  demandNoToken({ trust }, decision, isKeyNamed(options.key));
  const plan = isPlanName(what) ? await askedByPlan(what) : null;
  const store = await storeFor(root, plan, options);
  try {
    const waiting = plan ?? (await askedByRun(store, what));
    const found = { ...waiting, judge: judgeHere(trust, waiting.file) };
    const who = await whoever(io, { root, trust, key: options.key }, options.as);
    const before = await approvalsOf(store, found);
    const asked = decision === "override" ? found : mayDecide(found, who, decision);
    if (decision === "approve" || decision === "override")
      await lookedAt(io, asked, options, (run) => isAttested(store, settings, run));
    if (decision === "withdraw" && out === undefined) demandSpoken(asked, before, who);
    const pen = { root, trust, key: options.key };
    const given =
      decision === "override"
        ? [await setAside(pen, asked, before, who, options)]
        : await decided(pen, asked, decision, who, options.comment ?? null);
    const files = out === undefined ? [] : await writeAll(out, given);
    if (out === undefined) await record(store, asked, given);
    if (io.json) for (const approval of given) io.raw(JSON.stringify(approval));
    else {
      io.out(`${DONE[decision]}: ${aboutWords(asked)}, by ${safeName(who)} (${knownBy(given)})`);
      await loud(io, given);
      if (out !== undefined) io.err(writtenTo(out, files));
      for (const node of asked.nodes) {
        const which = asked.nodes.length === 1 ? "" : `${safeName(node.id)}: `;
        io.err(`  ${which}${standing(node, [...before, ...given], asked)}`);
      }
    }
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** Where nobody says who it is, the key may: it is told, since git's e-mail address may be another. */
async function whoever(io: Io, pen: Pen, as: string | undefined): Promise<string> {
  const said = as !== undefined || (process.env.OPSC_AS ?? "") !== "";
  const name = said ? null : await nameOfKey(pen);
  if (name === null) return whoAmI(as, pen.root);
  io.err(`as ${safeName(name)}: ${safeName(pen.trust.allowedSigners?.path ?? "")} lists this key for nobody else`);
  return identity(name);
}

/** What is asked for with the plan is given in one; in a run each is given by itself, also where several are asked for at once. */
async function decided(
  pen: Pen,
  { run, file, nodes }: Judged,
  decision: "approve" | "deny" | "withdraw",
  who: string,
  comment: string | null,
): Promise<Approval[]> {
  const given: Approval[] = [];
  for (const node of run === null ? [null] : nodes.map(({ id }) => id))
    given.push(await state<Approval>(pen, file, { run, node, decision, who, comment }));
  return given;
}

/** What is set aside beforehand, for another to apply the plan; or of what a run waits for, for whoever applied it. */
async function setAside(
  pen: Pen,
  asked: Judged,
  approvals: readonly Approval[],
  who: string,
  { breakGlass: reason = "", for: named, comment }: Options,
): Promise<Approval> {
  if (comment !== undefined)
    throw new Stop(EXIT.wrong, "--comment goes with an approval, not with --break-glass", "its reason is the comment");
  const { file, run, judge, asked: when } = asked;
  if (run !== null && named !== undefined)
    throw new Stop(EXIT.wrong, `--for names who applies a plan, and run ${run} was applied`, "leave it out");
  const applier = asked.applier ?? (named === undefined ? undefined : identity(named));
  if (applier === undefined)
    throw new Stop(
      EXIT.wrong,
      "--break-glass does not say for whom: what is set aside is so for one who applies the plan",
      "name them with --for WHO; to apply it yourself, opsc apply PLAN --break-glass REASON",
    );
  const { breakGlass } = await import("../break-glass.ts");
  const midway = run === null ? null : { run, asked: when };
  return breakGlass(pen, { file, who, applier, midway, reason, judge, approvals });
}

async function loud(io: Io, given: readonly Approval[]): Promise<void> {
  const broken = given.filter(({ decision }) => decision === "override");
  if (broken.length === 0) return;
  const { brokenWords } = await import("../break-glass.ts");
  for (const each of broken) io.err(brokenWords(each));
}

/** What is approved could be applied, and is what its sources say, as far as that can be told here; loudly where it cannot. */
async function lookedAt(
  io: Io,
  asked: Judged,
  { dir, breakGlass }: Options,
  attested: (run: string) => Promise<boolean>,
): Promise<void> {
  demandUsable(asked);
  if (breakGlass === undefined)
    for (const guardrail of inTheWay(asked))
      io.err(
        `warning: guardrail ${guardrail} refuses this plan: an approval does not change that, and only whoever may set it aside can apply it`,
      );
  const { notMadeAgain } = await import("../rederive.ts");
  const why = await notMadeAgain(dir, asked.file);
  if (why === null || (asked.run !== null && (await attested(asked.run)))) return;
  io.err(`warning: THE PLAN WAS NOT MADE AGAIN HERE: ${why}`);
  io.err(`  what it shows may have been written by hand; ${trusted(asked)}`);
  io.err("  help: approve it where its sources are as they were when it was made: --dir names that folder");
}

/** Whether an opsc that the trust root knows has begun it: then it made the plan again. */
async function isAttested(
  store: Store,
  settings: Awaited<ReturnType<typeof settingsOf>>,
  run: string,
): Promise<boolean> {
  const { attestationOf, logKeysOf } = await import("../attested.ts");
  const trusted = logKeysOf(settings);
  return trusted !== null && (await attestationOf(store, run, trusted)).why === null;
}

/** Whom to believe where only a digest speaks for the plan. */
function trusted({ file: { plan, digest, request }, judge, run, applier }: Judged): string {
  if (run !== null)
    return `you trust ${safeName(applier ?? "")}, whose opsc makes a plan again before it begins a run, and whoever can write this store`;
  const expected = { decision: "request", run: null, who: plan.requester, plan: statedPlan(plan, digest) } as const;
  const signed = request !== undefined && unsaid(request, { ...expected, now: Date.now() }, judge) === null;
  const who = signed
    ? `${safeName(plan.requester)}, who signed that they asked for it,`
    : "whoever gave you this file, for nobody signed that they asked for it,";
  return `you trust ${who} and that opsc apply makes it again before it runs`;
}

function aboutWords({ run, file }: Asked): string {
  return run === null ? `plan ${file.digest.slice(0, 19)} (${safeName(file.plan.action.title)})` : `run ${run}`;
}

const knownBy = (given: readonly Approval[]): string =>
  given.every(({ signature }) => signature !== null) ? "signed" : "unverified: the name is taken at its word";

/** A store is only made to be written to; what is written elsewhere needs none, but counts what is recorded where there is one. */
async function storeFor(root: string, plan: Asked | null, { out }: Options): Promise<Store> {
  if (out === undefined) return openStore(root, { create: plan !== null });
  return openStore(root, { readonly: true }).catch(async (error: unknown) => {
    if (plan === null || !(error instanceof StoreError) || error.fault !== "missing") throw error;
    return (await import("../../runtime/store/memory.ts")).memoryStore();
  });
}

/** A file for each: what stands beside the first is numbered. Gives their names. */
async function writeAll(out: string, given: readonly Approval[]): Promise<string[]> {
  const name = await nameOf(out);
  const files: string[] = [];
  for (const [i, approval] of given.entries()) {
    const file = `${name}${i === 0 ? "" : `-${i + 1}`}${APPROVAL_SUFFIX}`;
    await writeApproval(file, approval).catch((error: Error) => {
      const taken = error.cause instanceof Error && "code" in error.cause && error.cause.code === "EEXIST";
      throw new Stop(taken ? EXIT.wrong : EXIT.environment, error.message);
    });
    files.push(file);
  }
  return files;
}

/** `out` without the ending that approval files have: `ben`, `ben.json` and `ben.opsapproval.json` are the same file. */
async function nameOf(out: string): Promise<string> {
  await outsideOfStore(out);
  const isFolder = await stat(out).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder || out === "" || /[\\/]$/.test(out))
    throw new Stop(
      EXIT.wrong,
      `${out === "" ? "nothing" : out} is named to write, which is no file`,
      `name a file, such as ${path.join(out, `NAME${APPROVAL_SUFFIX}`)}`,
    );
  const ending = [APPROVAL_SUFFIX, ".json"].find((each) => out.endsWith(each)) ?? "";
  return out.slice(0, out.length - ending.length);
}

/** Where they are, and why not under the name that was given. */
function writtenTo(out: string, files: readonly string[]): string {
  const renamed = files[0] === out ? "" : `; --approvals reads what ends in ${APPROVAL_SUFFIX}`;
  return `written to ${files.join(", ")}${renamed}`;
}

async function record(store: Store, asked: Asked, given: readonly Approval[]): Promise<void> {
  const stream = `plan/${asked.file.digest}`;
  await store.putPlan(asked.file.digest, keptBytes(asked.file));
  const events = given.map((approval) => ({ type: "approval.recorded" as const, at: approval.at, approval }));
  for (let tries = 0; ; tries++) {
    const before = await store.read(stream);
    if (asked.run === null && before.some(({ event: e }) => e.type === "plan.used"))
      throw new Stop(EXIT.refused, "this plan was applied already", "opsc runs shows the run");
    try {
      await store.append([{ stream, expected: before.length, fence: null, events }]);
      return;
    } catch (error) {
      // Somebody else approved in between: look again.
      if (!(error instanceof Error && "fault" in error && error.fault === "conflict") || tries >= 20) throw error;
    }
  }
}
