/** May this plan be applied, here and now? Pure: whoever asks has read what it compares. */
import { formatDuration } from "../../compiler/ir/format.ts";
import type { ApproveNode, PlanFile } from "../../compiler/plan/plan.schema.ts";
import { refuses } from "../../compiler/plan/refused.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import { guardrailOverrides } from "../approvals/override.ts";
import { statedPlan, unsaid } from "../approvals/statement.ts";
import type { Rules } from "../engine/rules.ts";
import type { Approval } from "../event.schema.ts";
import { variablesOf } from "../leases/variables.ts";
import type { Worker } from "../leases/worker.ts";

export interface Refusal {
  readonly kind:
    | "edited"
    | "expired"
    | "offline"
    | "stale_sources"
    | "provider_changed"
    | "used"
    | "unsigned"
    | "approval_missing"
    | "denied"
    | "guardrail"
    | "lease"
    | "limit"
    | "not_over"
    | "not_cancelled"
    | "nothing_stands"
    | "written_since"
    | "lock"
    | "frozen";
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Of the guardrail, or of the node of the approval, that stands against it. */
  readonly guardrail?: string;
  readonly approval?: string;
}

export interface Admission {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the plan as it stands in the file, computed anew. */
  readonly digestOfBytes: string;
  /** Digests of the sources as they are now, by path; none for a file that is gone. */
  readonly sources: ReadonlyMap<string, string>;
  /** Digests of the providers' manifests as they are now, by instance. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly approvals: readonly Approval[];
  readonly applier: string;
  /** The run that used the plan; null if none has. */
  readonly usedBy: string | null;
  /** Signed by the applier; null where it was not. */
  readonly signed: Request | null;
  readonly rules: Pick<Rules, "tally" | "judge">;
  /** Whoever would end leases. */
  readonly worker: Pick<Worker, "alive" | "why" | "beat">;
}

/** Everything that stands against it, in a fixed order; none means it may be applied. Facts are judged by the run. */
export function admit(file: PlanFile, given: Admission): Refusal[] {
  return [
    ...edited(file, given),
    ...used(given),
    ...expired(file, given),
    ...offline(file),
    ...moved(file, given),
    ...guardrails(file, given),
    ...leases(file, given),
    ...unsigned(file, given),
    ...approvals(file, given),
  ];
}

const NEW_PLAN = "make a new plan with `opsc plan`, and have it reviewed";

function edited(file: PlanFile, given: Admission): Refusal[] {
  if (file.digest === given.digestOfBytes) return [];
  const message = `the plan is not what its digest says: it was changed after it was made (${given.digestOfBytes}, not ${file.digest})`;
  return [{ kind: "edited", message, remedy: NEW_PLAN }];
}

export const usedRefusal = (run: string): Refusal => ({
  kind: "used",
  message: `the plan was used by run ${run}; a plan is applied once`,
  remedy: `look at it with \`opsc show ${run}\`, or ${NEW_PLAN}`,
});

const used = (given: Admission): Refusal[] => (given.usedBy === null ? [] : [usedRefusal(given.usedBy)]);

function expired(file: PlanFile, given: Admission): Refusal[] {
  if (given.now < Date.parse(file.plan.expiresAt)) return [];
  return [{ kind: "expired", message: `the plan expired at ${file.plan.expiresAt}`, remedy: NEW_PLAN }];
}

function offline({ plan }: PlanFile): Refusal[] {
  if (plan.unread === undefined) return [];
  const message = "this plan was made offline: its facts were not read, so it is only to be looked at";
  return [{ kind: "offline", message, remedy: "plan again without --offline" }];
}

/** What is another than when the plan was made: its sources, and the providers it calls. */
export const moved = (file: PlanFile, given: Pick<Admission, "sources" | "manifests">): Refusal[] => [
  ...sources(file, given),
  ...providers(file, given),
];

function sources(file: PlanFile, given: Pick<Admission, "sources">): Refusal[] {
  const planned = new Set(file.plan.sources.map(({ path }) => path));
  const changed = file.plan.sources.flatMap(({ path, sha256 }): Refusal[] => {
    const now = given.sources.get(path);
    if (now === sha256) return [];
    const message = `${path} ${now === undefined ? "is gone" : "has changed"} since the plan was made`;
    return [{ kind: "stale_sources", message, remedy: NEW_PLAN }];
  });
  // A file that came since may hold a guardrail.
  const added = [...given.sources.keys()].filter((path) => !planned.has(path)).sort();
  return [
    ...changed,
    ...added.map(
      (path): Refusal => ({
        kind: "stale_sources",
        message: `${path} has come since the plan was made`,
        remedy: NEW_PLAN,
      }),
    ),
  ];
}

function providers(file: PlanFile, given: Pick<Admission, "manifests">): Refusal[] {
  return file.plan.providers.flatMap(({ instance, provider, version, manifest }): Refusal[] => {
    const now = given.manifests.get(instance);
    if (now === manifest) return [];
    const what = now === undefined ? "is not there" : "has changed since the plan was made";
    const remedy = `install ${provider} ${version} again, or ${NEW_PLAN}`;
    return [{ kind: "provider_changed", message: `provider ${provider} (instance ${instance}) ${what}`, remedy }];
  });
}

function guardrails({ plan, digest }: PlanFile, { approvals, applier, now, rules: { judge } }: Admission): Refusal[] {
  const context = { ...statedPlan(plan, digest), applier, run: null, now, judge };
  return plan.guardrails.flatMap((g): Refusal[] => {
    if (!refuses(g) || guardrailOverrides(g, approvals, context).length > 0) return [];
    const message = `guardrail ${g.name} (${g.at}) does not hold: ${g.why ?? "no reason given"}`;
    const change = "change what is asked for so that it holds, and make a new plan";
    const who = g.enforcement === "soft" && g.overrideBy !== null ? g.overrideBy.groups.map(({ title }) => title) : [];
    const joined = who.join(g.overrideBy?.mode === "all" ? " and " : " or ");
    const remedy =
      who.length === 0 ? change : `${change}; in an emergency ${joined} may apply it with --break-glass REASON`;
    return [{ kind: "guardrail", message, remedy, guardrail: g.id }];
  });
}

/** What is to end by itself needs somebody who ends it, crash or no crash. */
function leases(file: PlanFile, { worker }: Admission): Refusal[] {
  if (worker.alive) return unreadable(file, worker.beat?.environment ?? []);
  return file.plan.nodes.flatMap((node): Refusal[] => {
    if (node.kind !== "step" || node.lease === null || node.call.expires === true) return [];
    const message = `${node.id} is granted for ${formatDuration(node.lease)} (${node.at}), and nothing would end it then: ${worker.why ?? ""}`;
    const remedy = "start `opsc work` in another terminal, or as a service by `opsc leases install`, and apply again";
    return [{ kind: "lease", message, remedy }];
  });
}

/** Where only what is signed counts: whoever applies it signs that they do, and whoever asked for it that they asked. */
function unsigned(
  { plan, digest, request }: PlanFile,
  { applier, now, signed, rules: { judge } }: Admission,
): Refusal[] {
  if (judge.identities !== "signed") return [];
  const stated = statedPlan(plan, digest);
  const expected = { run: null, plan: stated, now };
  const refusals: Refusal[] = [];
  const applied =
    signed === null ? NOT_SIGNED : unsaid(signed, { ...expected, decision: "apply", who: applier }, judge);
  if (applied !== null)
    refusals.push({
      kind: "unsigned",
      message: `that ${applier} applies the plan does not count: ${applied.why}`,
      remedy: applied.remedy,
    });
  if (judge.personOf(applier) === judge.personOf(plan.requester)) return refusals;
  const asked =
    request === undefined
      ? { why: "the plan file holds no signature of theirs", remedy: NOT_ASKED }
      : unsaid(request, { ...expected, decision: "request", who: plan.requester }, judge);
  if (asked === null) return refusals;
  const message = `that ${plan.requester} asked for the plan does not count: ${asked.why}`;
  return [...refusals, { kind: "unsigned", message, remedy: asked.remedy }];
}

const NOT_SIGNED = {
  why: "it is not signed, and only what is signed counts here",
  remedy: "name a key with --key FILE",
};
const NOT_ASKED = "let whoever asks for it plan with `opsc plan -o FILE --key KEY`, or apply it themselves";

/** Whoever ends a lease reads the secrets of its rollback then: those in variables have to be in its own environment. */
function unreadable({ plan }: PlanFile, environment: readonly string[]): Refusal[] {
  return variablesOf(plan, ({ call }) => call.expires !== true)
    .filter(({ name }) => !environment.includes(name))
    .map(({ secret, name }) => ({
      kind: "lease",
      message: `at the end of a lease the secret ${secret} is needed, and \`opsc work\` has no variable ${name}`,
      remedy: `start \`opsc work\` with ${name} set, and apply again`,
    }));
}

function approvals(file: PlanFile, given: Admission): Refusal[] {
  const { plan, digest } = file;
  const asked = plan.nodes.filter((n): n is ApproveNode => n.kind === "approve" && n.upfront && n.when.length === 0);
  return asked.flatMap((node): Refusal[] => {
    const { applier, now } = given;
    const asked = Date.parse(plan.createdAt);
    const context = { ...statedPlan(plan, digest), applier, now, asked, run: null };
    const tally = given.rules.tally(node, given.approvals, context);
    if (tally.denied !== null) {
      return [{ kind: "denied", message: `${node.id}: ${tally.denied}`, remedy: "talk to whoever denied it" }];
    }
    if (tally.met) return [];
    const remedy = "ask them to run `opsc approve` on the plan, or use `--wait`";
    return [{ kind: "approval_missing", message: `${node.id}: ${tally.missing}`, remedy, approval: node.id }];
  });
}
