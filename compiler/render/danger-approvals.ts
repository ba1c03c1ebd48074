/** Who is asked before what: changes nobody is asked about, questions that may never be put, groups with nobody to spare. */
import { canonicalJson } from "../canonical.ts";
import type { ApproveNode, Plan, StepNode } from "../plan/plan.schema.ts";
import { identityKey } from "../types/identity.ts";
import { about, aboutChanges } from "./danger-steps.ts";
import type { Danger } from "./danger-type.ts";
import { writesOf } from "./failing.ts";
import { showExpr } from "./show-expr.ts";
import { brief, count } from "./show-value.ts";
import { plural } from "./words.ts";

export function approvalDangers(plan: Plan): Danger[] {
  const approvals = plan.nodes.filter((node) => node.kind === "approve");
  return approvals.length === 0 ? nobody(plan) : [...unasked(plan, approvals), ...tight(plan, approvals)];
}

const isFinal = ({ irreversible, rollback, call }: StepNode): boolean =>
  irreversible !== null || (call.effect === "destroy" && (rollback === null || rollback.kind === "nothing"));
const isHeavy = (step: StepNode): boolean => isFinal(step) || step.call.effect === "destroy";

/** No approval in the whole plan, though it is of the kind that people are asked about. */
function nobody(plan: Plan): Danger[] {
  const writes = writesOf(plan);
  if (writes.length === 0) return [];
  // An action that a step runs may be riskier than the one that runs it.
  const risky = plan.parts.filter(({ action }) => action.risk === "high" || action.risk === "critical");
  const worst = risky.find(({ action }) => action.risk === "critical") ?? risky[0];
  const whose = worst === undefined || worst.id === "" ? "its risk" : `the risk of ${brief(worst.action.name, 60)}`;
  const heavy = writes.filter(isHeavy);
  const final = heavy.filter(({ irreversible }) => irreversible !== null);
  const though = [
    ...(worst === undefined ? [] : [`${whose} is ${worst.action.risk}`]),
    ...(heavy.length > final.length ? ["it destroys something"] : []),
    ...(final.length > 0 ? ["something of it cannot be undone"] : []),
  ];
  if (though.length === 0) return [];
  const level = worst?.action.risk === "critical" || heavy.some(isFinal) ? "grave" : "warning";
  return [
    { level, words: `nobody has to approve it, though ${though.join(" and ")}`, nodes: heavy.map(({ id }) => id) },
  ];
}

/** What stands before a node: an approval that is surely given, and those that only some condition asks for. */
interface Asked {
  readonly sure: boolean;
  readonly maybe: ReadonlyMap<string, Conditional>;
}

interface Conditional {
  readonly node: ApproveNode;
  /** Its conditions, to be compared, and what each of them is the opposite of. */
  readonly when: readonly { readonly is: string; readonly not: string | null }[];
}

function conditional(node: ApproveNode): Conditional {
  const when = node.when.map((one) => {
    const [opposite] = one.k === "op" && one.op === "not" ? one.args : [];
    return { is: canonicalJson(one), not: opposite === undefined ? null : canonicalJson(opposite) };
  });
  return { node, when };
}

const NOT: Asked = { sure: false, maybe: new Map() };
/** Conditional approvals remembered on one path: the latest. Fewer than all only make a warning come too early. */
const REMEMBERED = 32;

function unasked(plan: Plan, approvals: readonly ApproveNode[]): Danger[] {
  if (approvals.some(({ upfront, when }) => upfront && when.length === 0)) return [];
  const first = plan.nodes.findIndex(({ kind }) => kind === "approve");
  const early: StepNode[] = [];
  const beside: StepNode[] = [];
  const maybe: StepNode[] = [];
  const open = new Map<string, ApproveNode>();
  const before = new Map<string, Asked>();
  plan.nodes.forEach((node, at) => {
    const asked = gathered(node.after.map(({ id }) => before.get(id) ?? NOT));
    before.set(node.id, node.kind === "approve" ? withApproval(asked, node) : asked);
    if (node.kind !== "step" || node.call.effect === "read" || asked.sure || coversAll([...asked.maybe.values()], node))
      return;
    for (const { node: approval } of asked.maybe.values()) open.set(approval.id, approval);
    (asked.maybe.size > 0 ? maybe : at < first ? early : beside).push(node);
  });
  const low = plan.action.risk === "low" && ![...early, ...beside, ...maybe].some(isHeavy);
  const level = (of: readonly StepNode[]): Danger["level"] => (of.some(isFinal) ? "grave" : low ? "note" : "warning");
  return [
    ...aboutChanges(level(early), early, {
      kind: "unasked",
      clause: "made before anybody is asked",
      mark: "before anybody is asked",
    }),
    ...about(
      level(beside),
      beside,
      `${plural(beside.length, "change does", "changes do")} not wait for an approval`,
      "waits for no approval",
    ),
    ...mayNeverBeAsked([...open.values()], level(maybe)),
  ];
}

/** Conditions told apart; more of them are only counted. */
const CONDITIONS = 3;

function mayNeverBeAsked(open: readonly ApproveNode[], level: Danger["level"]): Danger[] {
  const byCondition = Map.groupBy(open, conditionOf);
  const danger = (of: readonly ApproveNode[], words: string): Danger => ({
    level,
    words,
    nodes: of.map(({ id }) => id),
  });
  if (byCondition.size > CONDITIONS)
    return [
      danger(open, `${count(open.length)} approvals may never be asked for: under conditions which only the run knows`),
    ];
  return [...byCondition].map(([condition, of]) => {
    const by = new Set(of.map(({ groups }) => brief(groups.map(({ title, id }) => title || id).join(", "), 80)));
    return danger(of, `${[...by].join("; ")} may never be asked: only if ${condition}, which only the run knows`);
  });
}

function gathered(before: readonly Asked[]): Asked {
  const [first = NOT, ...rest] = before;
  // Most nodes have one before them, and share what it knows.
  if (rest.every((each) => each === first)) return first;
  const maybe = new Map(before.flatMap((each) => [...each.maybe]));
  return { sure: before.some(({ sure }) => sure), maybe: new Map([...maybe].slice(-REMEMBERED)) };
}

function withApproval(asked: Asked, node: ApproveNode): Asked {
  if (node.when.length === 0) return { ...asked, sure: true };
  return { ...asked, maybe: new Map([...asked.maybe, [node.id, conditional(node)] as const].slice(-REMEMBERED)) };
}

/** Whatever makes the step run makes one of them be asked for: it has all its conditions, or two have a condition and its opposite. */
function coversAll(approvals: readonly Conditional[], step: StepNode): boolean {
  if (approvals.length === 0) return false;
  const given = new Set(step.when.map((when) => canonicalJson(when)));
  const left = approvals.map(({ when }) => when.filter(({ is }) => !given.has(is)));
  if (left.some((when) => when.length === 0)) return true;
  const single = left.flatMap(([only, ...more]) => (only === undefined || more.length > 0 ? [] : [only]));
  const held = new Set(single.map(({ is }) => is));
  return single.some(({ not }) => not !== null && held.has(not));
}

const conditionOf = ({ when }: ApproveNode): string => brief(when.map((one) => showExpr(one)).join(" and "), 160);

/** Nobody may be away, or there are too few to begin with. */
function tight(plan: Plan, approvals: readonly ApproveNode[]): Danger[] {
  const found = approvals.flatMap((node) =>
    tightWords(plan, node).map((danger): Danger => ({ ...danger, nodes: [node.id] })),
  );
  return [...Map.groupBy(found, ({ words }) => words).values()].flatMap(([first, ...same]) =>
    first === undefined ? [] : [{ ...first, nodes: [...first.nodes, ...same.flatMap(({ nodes }) => nodes)] }],
  );
}

function tightWords({ requester }: Plan, node: ApproveNode): Omit<Danger, "nodes">[] {
  const own = identityKey(requester);
  const pools = node.mode === "all" ? node.groups.map((group) => [group]) : [node.groups];
  return pools.flatMap((pool): Omit<Danger, "nodes">[] => {
    const people = new Map(pool.flatMap(({ members }) => members).map((name) => [identityKey(name), name]));
    const excluded = people.delete(own);
    for (const { members } of node.escalate.flatMap(({ groups }) => groups))
      for (const name of members) if (identityKey(name) !== own) people.set(identityKey(name), name);
    if (people.size > node.quorum) return [];
    const by = brief(pool.map(({ title, id }) => title || id).join(" or "), 80);
    const but = excluded ? `, since ${brief(requester, 80)}, who asks for it, does not count` : "";
    if (people.size < node.quorum)
      return [
        {
          level: "grave",
          words: `${by} cannot approve: ${count(node.quorum)} ${node.quorum === 1 ? "is" : "are"} needed, and there ${people.size === 1 ? "is" : "are"} ${count(people.size)}${but}`,
          marks: { at: ["cannot be given"], loops: [] },
        },
      ];
    const [only = ""] = people.values();
    const words =
      people.size === 1
        ? `only ${brief(only, 80)} can approve for ${by}${but}`
        : `${people.size === 2 ? "both" : `all ${count(people.size)}`} of ${by} must approve, and nobody can stand in${but}`;
    // The run would stand still half way, its changes made.
    return [{ level: node.upfront ? "note" : "warning", words }];
  });
}
