/** `opsc approve | deny | withdraw PLAN|RUN` */

import { stat } from "node:fs/promises";
import path from "node:path";
import { keptBytes } from "../../compiler/expand/plan.ts";
import type { ApproveNode, PlanFile } from "../../compiler/plan/plan.schema.ts";
import { refuses } from "../../compiler/plan/refused.ts";
import { APPROVAL_SUFFIX, writeApproval } from "../../runtime/approvals/file.ts";
import { identityKey } from "../../runtime/approvals/identity.ts";
import type { Judge } from "../../runtime/approvals/judge.ts";
import { statedPlan } from "../../runtime/approvals/statement.ts";
import { barredFrom, tally } from "../../runtime/approvals/tally.ts";
import type { Approval } from "../../runtime/event.schema.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import type { Io } from "../io.ts";
import { outsideOfStore } from "../out-file.ts";
import { isKeyNamed, whoAmI } from "../person.ts";
import { settingsOf } from "../project.ts";
import { judgeHere, type SigningOptions, state } from "../signing.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { demandNoToken } from "../trust/token.ts";
import { safeName, safeNames } from "../words.ts";

interface Options extends Common, SigningOptions {
  readonly as?: string;
  readonly comment?: string;
  readonly out?: string;
}

type Judged = Asked & { readonly judge: Judge };

interface Asked {
  readonly file: PlanFile;
  readonly run: string | null;
  /** The approvals this covers. */
  readonly nodes: readonly ApproveNode[];
  /** When each was asked for, milliseconds since 1970, by node; with the plan where it is not named. */
  readonly asked: ReadonlyMap<string, number>;
}

export async function run(io: Io, decision: Approval["decision"], what: string, options: Options): Promise<ExitCode> {
  const { root, trust } = await settingsOf(options.dir);
  demandNoToken({ trust }, decision, isKeyNamed(options.key));
  const plan = isPlanName(what) ? await askedByPlan(what) : null;
  const store = await storeFor(root, plan, options);
  try {
    const waiting = plan ?? (await askedByRun(store, what));
    const found = { ...waiting, judge: judgeHere(trust, waiting.file) };
    const who = await whoAmI(options.as, root);
    const asked = mayDecide(found, who);
    const before = await approvalsOf(store, asked);
    if (decision === "approve") notRefused(asked.file);
    if (decision === "withdraw") mustHaveSpoken(before, who);
    // What is asked for with the plan is given in one; in a run each is given by itself, also where several are asked for at once.
    const given: Approval[] = [];
    const { run, file } = asked;
    const comment = options.comment ?? null;
    for (const node of run === null ? [null] : asked.nodes.map(({ id }) => id))
      given.push(await state<Approval>({ root, trust, key: options.key }, file, { run, node, decision, who, comment }));
    const done = decision === "approve" ? "approved" : decision === "deny" ? "denied" : "withdrawn";
    const { out } = options;
    const files = out === undefined ? [] : await writeAll(out, given);
    if (out === undefined) await record(store, asked, given);
    if (io.json) for (const approval of given) io.raw(JSON.stringify(approval));
    else {
      const about =
        asked.run === null
          ? `plan ${asked.file.digest.slice(0, 19)} (${safeName(asked.file.plan.action.title)})`
          : `run ${asked.run}`;
      io.out(`${done}: ${about}, by ${safeName(who)} (${knownBy(given)})`);
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

/** Where an approval stands now: how many of how many, by whom, who may still. */
function standing(node: ApproveNode, approvals: readonly Approval[], asked: Judged): string {
  const { file, run } = asked;
  const { counted, missing, denied } = tally(node, approvals, {
    ...statedPlan(file.plan, file.digest),
    judge: asked.judge,
    applier: null,
    now: Date.now(),
    asked: askedAt(asked, node),
    run,
  });
  const names = [...new Set(counted.map((c) => c.who))];
  const so = names.length === 0 ? "nobody has approved yet" : `approved by ${safeNames(names)}`;
  if (denied !== null) return `${so}; denied by ${safeName(denied.who)}, which stands until they withdraw it`;
  return missing.length === 0
    ? `${so}: complete`
    : `${so}; ${safeNames(missing.map((m) => `${m.needed} more of ${safeName(m.group.title)}`))} needed`;
}

const askedAt = ({ asked, file }: Asked, node: ApproveNode): number =>
  asked.get(node.id) ?? Date.parse(file.plan.createdAt);

async function approvalsOf(store: Store, asked: Asked): Promise<Approval[]> {
  const events = await store.read(`plan/${asked.file.digest}`);
  return events.flatMap(({ event }) => (event.type === "approval.recorded" ? [event.approval] : []));
}

function notRefused({ plan }: PlanFile): void {
  const failing = plan.guardrails.find(refuses);
  if (failing !== undefined)
    throw new Stop(
      EXIT.refused,
      `guardrail ${safeName(failing.name)} refuses this plan: ${safeNames([failing.why ?? ""])}`,
      "it cannot be applied, so there is nothing to approve: plan again",
    );
}

function mustHaveSpoken(before: readonly Approval[], who: string): void {
  const mine = before.filter((a) => identityKey(a.who) === identityKey(who)).at(-1);
  if (mine === undefined || mine.decision === "withdraw")
    throw new Stop(
      EXIT.wrong,
      `${safeName(who)} has neither approved nor denied this, so there is nothing to withdraw`,
    );
}

async function askedByPlan(what: string): Promise<Asked> {
  const file = await readPlanFile(what);
  if (file.plan.unread !== undefined)
    throw new Stop(
      EXIT.refused,
      "this plan was made offline: its facts were not read, so it is only to be looked at",
      "plan again without --offline",
    );
  const nodes = file.plan.nodes.filter((n): n is ApproveNode => n.kind === "approve" && n.upfront);
  if (nodes.length === 0) throw new Stop(EXIT.wrong, "this plan asks for no approval before it runs", "apply it");
  return { file, run: null, nodes, asked: new Map() };
}

async function askedByRun(store: Store, what: string): Promise<Asked> {
  const { file, events } = await planOfRun(store, what);
  const last = events.at(-1);
  if (last?.type === "run.finished")
    throw new Stop(
      EXIT.wrong,
      `run ${what} has ended: ${last.outcome}`,
      `nothing waits for an approval any more; opsc show ${what} tells how it ended`,
    );
  const passed = new Set(events.flatMap((event) => (event.type === "node.passed" ? [event.node] : [])));
  const awaited = events.flatMap((event) =>
    event.type === "approval.awaited" && !passed.has(event.node) ? [[event.node, Date.parse(event.at)] as const] : [],
  );
  const asked = new Map(awaited);
  const nodes = file.plan.nodes.filter((n): n is ApproveNode => n.kind === "approve" && asked.has(n.id));
  if (nodes.length === 0)
    throw new Stop(EXIT.wrong, `run ${what} waits for no approval`, "opsc show tells where it stands");
  return { file, run: what, nodes, asked };
}

/** What of it this person may decide. Words that would not count are not taken in: who gave them should know at once. */
function mayDecide(asked: Judged, who: string): Judged {
  const { requester } = asked.file.plan;
  if (barredFrom(who, { requester, applier: null, judge: asked.judge }) !== null) {
    const same = identityKey(requester) === identityKey(who);
    const as = same ? "" : ` as ${safeName(requester)}, for whom one key may sign too`;
    throw new Stop(
      EXIT.refused,
      `${safeName(who)} requested this plan${as}, so their word on it does not count`,
      "ask another approver",
    );
  }
  const isMember = (members: readonly string[]): boolean => members.some((m) => identityKey(m) === identityKey(who));
  const due = (n: ApproveNode, after: number): boolean => askedAt(asked, n) + after <= Date.now();
  const later = asked.nodes.flatMap((n) => n.escalate.map((each) => ({ n, ...each })));
  const membersOf = (n: ApproveNode): string[] =>
    [...n.groups, ...n.escalate.filter(({ after }) => due(n, after)).flatMap((each) => each.groups)].flatMap(
      (group) => group.members,
    );
  const mine = asked.nodes.filter((n) => isMember(membersOf(n)));
  if (mine.length > 0) return asked.run === null ? asked : { ...asked, nodes: mine };
  const members = [...new Set(asked.nodes.flatMap(membersOf))];
  const next = later.find((each) => isMember(each.groups.flatMap((g) => g.members)));
  if (next !== undefined) {
    const from = new Date(askedAt(asked, next.n) + next.after).toISOString();
    throw new Stop(
      EXIT.refused,
      `${safeName(who)} may approve this only from ${from} on, if nobody else has by then`,
      `until then it is for ${safeNames(members)}`,
    );
  }
  throw new Stop(
    EXIT.refused,
    `${safeName(who)} is not among those who may approve: ${safeNames(members)}`,
    "name yourself with --as, or ask one of them",
  );
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
