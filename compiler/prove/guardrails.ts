/**
 * Guardrails beside one another. Only what compares with a constant is looked at, and only guardrails that apply to the
 * same under the same condition, or one under more of them: what else they may do to each other is a matter of values.
 */
import type { Span } from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/registry.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, Guardrail } from "../program.ts";
import { Flow } from "./flow.ts";
import { both, type Demand, demandsOf, fitsIn, isEmpty, natural, type Range } from "./ranges.ts";

export interface PlacedGuardrail {
  readonly guardrail: Guardrail;
  readonly module: string;
  readonly span: Span;
}

interface Judged extends PlacedGuardrail {
  /** Numbers of the parts that `&&` joins in its `when`, in order; all of them narrow it. */
  readonly when: readonly number[];
  readonly demands: readonly Demand[];
  /** Whether it demands more than `demands` say. */
  readonly rest: boolean;
}

/** More than these with one condition are not held against each other. */
const MAX_GROUP = 200;

export function proveGuardrails(
  placed: readonly PlacedGuardrail[],
  actions: readonly Action[],
  matches: (guardrail: Guardrail, action: Action) => boolean,
): Diagnostic[] {
  const flow = new Flow([]);
  const judged = placed.map((each) => judge(flow, each));
  const found = judged.flatMap(alone);
  const decided = new Set(found.map((d) => `${d.module} ${d.span.start}`));
  const open = judged.filter((each) => !decided.has(`${each.module} ${each.span.start}`));
  const groups = new Map<string, Judged[]>();
  for (const each of open) groups.set(`${each.when}`, [...(groups.get(`${each.when}`) ?? []), each]);
  const meet = (a: Guardrail, b: Guardrail): boolean =>
    actions.length === 0 || actions.some((action) => matches(a, action) && matches(b, action));
  for (const group of groups.values()) if (group.length <= MAX_GROUP) found.push(...together(group, meet));
  return open.length > MAX_GROUP ? found : [...found, ...narrower(open, found)];
}

/** Those that apply under more conditions than a stricter one. */
function narrower(open: readonly Judged[], told: readonly Diagnostic[]): Diagnostic[] {
  const known = new Set(told.map((d) => `${d.module} ${d.span.start}`));
  return open.flatMap((idle) => {
    if (known.has(`${idle.module} ${idle.span.start}`)) return [];
    const by = open.find(
      (each) =>
        each.when.length < idle.when.length &&
        each.when.every((part) => idle.when.includes(part)) &&
        shadows(each, idle),
    );
    return by === undefined ? [] : [shadowed(idle, by)];
  });
}

function judge(flow: Flow, each: PlacedGuardrail): Judged {
  const { when, requires } = each.guardrail;
  const parts = requires.map((requirement) => demandsOf(flow, requirement.condition));
  return {
    ...each,
    when: when === null ? [] : partsOf(when).map((part) => flow.known(part).key),
    demands: merged(parts.flatMap((part) => part.demands)),
    rest: parts.some((part) => part.rest),
  };
}

function partsOf(when: Expr): readonly Expr[] {
  return when.k === "op" && when.op === "and" ? when.args.flatMap(partsOf) : [when];
}

/** One demand for each thing, with what it may be of itself. */
function merged(demands: readonly Demand[]): Demand[] {
  const found = new Map<number, Demand>();
  for (const demand of demands) {
    const before = found.get(demand.key);
    found.set(demand.key, before === undefined ? demand : { ...demand, range: both(before.range, demand.range) });
  }
  return [...found.values()];
}

const possible = ({ of, range }: Demand): Range => both(natural(of), range);

/** One that can never hold, or always does. */
function alone({ guardrail, module, span, demands, rest }: Judged): Diagnostic[] {
  const never = demands.some((demand) => isEmpty(possible(demand)));
  const always = !rest && demands.length > 0 && demands.every((demand) => fitsIn(natural(demand.of), demand.range));
  if (!never && !always) return [];
  const args = { name: guardrail.name, always: never ? "can never hold" : "always holds" };
  return [diagnose("guardrail-decided", module, span, args)];
}

function together(group: readonly Judged[], meet: (a: Guardrail, b: Guardrail) => boolean): Diagnostic[] {
  const found: Diagnostic[] = [];
  group.forEach((later, i) => {
    const earlier = group.slice(0, i);
    const clash = earlier.find((each) => clashOf(each, later) !== null && meet(each.guardrail, later.guardrail));
    const what = clash === undefined ? null : clashOf(clash, later);
    if (clash !== undefined && what !== null) {
      const args = { name: later.guardrail.name, other: clash.guardrail.name, what: Flow.nameOf(what.of) };
      found.push(diagnose("guardrail-contradicts", later.module, later.span, args, besides(clash, "the other")));
      return;
    }
    const idle = earlier.flatMap((each): [Judged, Judged][] =>
      shadows(each, later) ? [[later, each]] : shadows(later, each) ? [[each, later]] : [],
    )[0];
    if (idle === undefined) return;
    found.push(shadowed(...idle));
  });
  return found;
}

function shadowed(idle: Judged, by: Judged): Diagnostic {
  const args = { name: idle.guardrail.name, other: by.guardrail.name };
  return diagnose("guardrail-shadowed", idle.module, idle.span, args, besides(by, "refuses all that it would"));
}

function besides({ module, span }: Judged, note: string) {
  return { related: [{ module, span, note }] };
}

function clashOf(a: Judged, b: Judged): Demand | null {
  if (a.guardrail.enforcement === "advisory" || b.guardrail.enforcement === "advisory") return null;
  for (const demand of a.demands) {
    const other = b.demands.find((each) => each.key === demand.key);
    if (other !== undefined && isEmpty(both(possible(demand), other.range))) return demand;
  }
  return null;
}

/** Whether `strict`, which nobody can override, refuses all that `idle` would, wherever that applies. */
function shadows(strict: Judged, idle: Judged): boolean {
  if (strict.guardrail.enforcement !== "hard" || idle.rest || idle.demands.length === 0) return false;
  if (idle.guardrail.everyWrite && !strict.guardrail.everyWrite) return false;
  const wide = strict.guardrail.inputs.every((input) =>
    idle.guardrail.inputs.some((each) => JSON.stringify(each) === JSON.stringify(input)),
  );
  return (
    wide &&
    idle.demands.every((demand) => {
      const own = strict.demands.find((each) => each.key === demand.key);
      return own !== undefined && fitsIn(possible(own), demand.range);
    })
  );
}
