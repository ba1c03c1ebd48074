/**
 * Guardrails beside one another. Only what compares with a constant is looked at, and only guardrails that apply to the
 * same under the same condition: what else they may do to each other is a matter of values.
 */
import type { Span } from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/registry.ts";
import type { Action, Guardrail } from "../program.ts";
import { Flow } from "./flow.ts";
import { both, type Demand, demandsOf, fitsIn, isEmpty, natural, type Range } from "./ranges.ts";

export interface PlacedGuardrail {
  readonly guardrail: Guardrail;
  readonly module: string;
  readonly span: Span;
}

interface Judged extends PlacedGuardrail {
  readonly when: number | null;
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
  const groups = new Map<number | null, Judged[]>();
  for (const each of judged) {
    if (decided.has(`${each.module} ${each.span.start}`)) continue;
    groups.set(each.when, [...(groups.get(each.when) ?? []), each]);
  }
  const meet = (a: Guardrail, b: Guardrail): boolean =>
    actions.length === 0 || actions.some((action) => matches(a, action) && matches(b, action));
  for (const group of groups.values()) if (group.length <= MAX_GROUP) found.push(...together(group, meet));
  return found;
}

function judge(flow: Flow, each: PlacedGuardrail): Judged {
  const { when, requires } = each.guardrail;
  const parts = requires.map((requirement) => demandsOf(flow, requirement.condition));
  return {
    ...each,
    when: when === null ? null : flow.known(when).key,
    demands: merged(parts.flatMap((part) => part.demands)),
    rest: parts.some((part) => part.rest),
  };
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
    const [shadowed, by] = idle;
    const args = { name: shadowed.guardrail.name, other: by.guardrail.name };
    found.push(
      diagnose("guardrail-shadowed", shadowed.module, shadowed.span, args, besides(by, "refuses all that it would")),
    );
  });
  return found;
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
