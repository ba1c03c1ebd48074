/** What of an expression may fail for want of a value, once the run knows that value. */
import type { Expr } from "../ir/expr.ts";
import { childrenOf } from "../ir/size.ts";
import type { Flow } from "./flow.ts";

export interface PartialFault {
  /**
   * Numbers of what may fail, outermost first: the whole that is computed in any case, then what of it fails. Where one
   * of them was computed before, this does not fail any more.
   */
  readonly keys: readonly number[];
  /** Numbers of what decides whether it fails: a condition that looks at one of them has looked. */
  readonly subjects: readonly number[];
  readonly why: string;
  readonly help: string;
}

/** Operations that fail for want of a value, in words. */
const PARTIAL: ReadonlyMap<string, string> = new Map([
  ["list.at", "the list may be shorter"],
  ["map.at", "there may be no such entry"],
  ["string.to_int", "the text may spell no int"],
  ["string.to_decimal", "the text may spell no decimal"],
  ["string.to_json", "the text may spell no JSON"],
]);
const DIVIDING: readonly string[] = ["num.div", "num.rem", "int.rem", "unit.div"];
/** Only their first part is computed in any case. */
const GUARDED: readonly string[] = ["if", "and", "or", "coalesce"];

/** The parts of an expression that are computed in any case. */
export function certainParts(expr: Expr): readonly Expr[] {
  if (expr.k === "fn") return [];
  const guarded = expr.k === "match" || (expr.k === "op" && GUARDED.includes(expr.op));
  return guarded ? childrenOf(expr).slice(0, 1) : childrenOf(expr);
}

/** More faults than these in one expression are not kept. */
const MAX_FAULTS = 64;

export class PartialFaults {
  readonly #flow: Flow;
  readonly #lets = new Map<string, Expr>();
  readonly #faultsOfLets = new Map<string, readonly PartialFault[]>();

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** A `let`, computed where its name is read. */
  bind(id: string, value: Expr): void {
    this.#lets.set(id, value);
  }

  /** What of `expr` is computed only in the run and may fail. */
  of(expr: Expr): readonly PartialFault[] {
    return this.#all(expr, false);
  }

  /** `called`: within a function, whose parameters only the whole knows. */
  #all(expr: Expr, called: boolean): readonly PartialFault[] {
    if (expr.k === "const") return [];
    if (expr.k === "ref") return expr.root === "var" ? this.#ofLet(expr.name) : [];
    if (expr.k === "fn") return this.#all(expr.body, true);
    const sure = new Set(certainParts(expr));
    const [first] = sure;
    const found: PartialFault[] = [];
    for (const part of childrenOf(expr)) {
      const inner = this.#all(part, called);
      // Of what a branch or a function computes, only the whole can be said to have been computed before.
      const chosen = !sure.has(part) && first !== undefined && part.k !== "fn" ? this.unguarded(inner, first) : inner;
      const whole = sure.has(part) && part.k !== "fn" ? null : this.#flow.known(expr);
      if (whole === null) found.push(...chosen);
      else if (called || whole.run !== "no")
        found.push(...chosen.map((fault) => ({ ...fault, keys: [whole.key, ...fault.keys] })));
    }
    const own = expr.k === "op" ? faultOf(expr) : null;
    if (own !== null && expr.k === "op") {
      const known = this.#flow.known(expr);
      const subjects = expr.args.filter((arg) => arg.k !== "const").map((arg) => this.#flow.known(arg).key);
      if (called || known.run !== "no") found.push({ keys: [known.key], subjects, ...own });
    }
    return distinct(found).slice(0, MAX_FAULTS);
  }

  #ofLet(id: string): readonly PartialFault[] {
    const known = this.#faultsOfLets.get(id);
    if (known !== undefined) return known;
    const value = this.#lets.get(id);
    const faults = value === undefined ? [] : this.#all(value, false);
    this.#faultsOfLets.set(id, faults);
    return faults;
  }

  /** Those of `faults` whose subjects `condition` does not look at. */
  unguarded(faults: readonly PartialFault[], condition: Expr): PartialFault[] {
    if (faults.length === 0) return [];
    const seen = new Set<number>();
    this.#look(condition, seen, new Set());
    return faults.filter(({ subjects }) => !subjects.some((key) => seen.has(key)));
  }

  /** Numbers of all within `expr`, `let`s included. */
  #look(expr: Expr, seen: Set<number>, lets: Set<string>): void {
    if (expr.k === "const") return;
    seen.add(this.#flow.known(expr).key);
    const value = expr.k === "ref" && expr.root === "var" && !lets.has(expr.name) ? this.#lets.get(expr.name) : null;
    if (value != null && expr.k === "ref") {
      lets.add(expr.name);
      this.#look(value, seen, lets);
    }
    for (const child of childrenOf(expr)) this.#look(child, seen, lets);
  }
}

function distinct(faults: readonly PartialFault[]): PartialFault[] {
  return [...new Map(faults.map((fault) => [fault.keys.join(" "), fault])).values()];
}

function faultOf(expr: Extract<Expr, { k: "op" }>): { readonly why: string; readonly help: string } | null {
  const why = PARTIAL.get(expr.op);
  if (why !== undefined)
    return {
      why,
      help:
        expr.op === "map.at"
          ? "write .get(…) with ?? for when there is none"
          : expr.op === "list.at"
            ? "write .first or .last with ?? for when there is none, or compute it in the step itself"
            : "compute it in the step itself, or in one before it, so that it fails before anything is done",
    };
  if (!DIVIDING.includes(expr.op) || expr.args[1]?.k === "const") return null;
  return { why: "what it divides by may be zero", help: "divide in the step itself, or in one before it" };
}
