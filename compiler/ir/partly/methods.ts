/** Methods that take a function, on lists whose members may be there or not. */
import { EvaluationError, reduce } from "../evaluate.ts";
import { constant, type Expr, type Root, type Value } from "../expr.ts";
import { lambdaOps } from "../ops.ts";
import { type Walk, walk } from "./decide.ts";
import { added, anyOf, keepIf, sortedBy } from "./operations.ts";
import { asPartly, ONE, tally } from "./tally.ts";
import {
  FAILED,
  isLoose,
  keyOf,
  known,
  listOf,
  type Member,
  membersOf,
  negated,
  type Partly,
  truthOf,
  unknown,
  unlike,
} from "./value.ts";

type Operation = Extract<Expr, { k: "op" }>;

export function callMethod(expr: Operation, w: Walk): Partly {
  const [subject, fn] = expr.args;
  if (subject === undefined || fn?.k !== "fn") return FAILED;
  const of = walk(subject, w);
  if (of.p === "failed") return of;
  const members = membersOf(of);
  if (members === null) return of.p === "known" ? FAILED : unknownCall(expr, of, w);
  const whole = of.p === "known" ? plainly(expr, of.value, fn, w) : undefined;
  if (whole !== undefined) return whole;
  const [param = ""] = fn.params;
  const call = (item: Partly): Partly => walk(fn.body, { ...w, locals: new Map([...w.locals, [param, item]]) });
  const results = members.map(({ when, item }) => ({ when, item, result: call(item) }));
  const decided = of.p === "known" ? onKnown(expr, of.value, results) : undefined;
  if (decided !== undefined) return decided;
  // A function that fails for a member fails the whole, if it comes to that.
  if (results.some(({ result }) => result.p === "failed")) return unlike(w.fresh);
  return collect(expr.op, results, isLoose(of), w) ?? unknownCall(expr, of, w);
}

/** By the evaluator itself, which is quicker and looks no further than it must, where all that decides is known. */
function plainly(expr: Operation, subject: Value, fn: Expr, w: Walk): Partly | undefined {
  const ref = (root: Root, name: string): Expr | undefined => {
    const found = root === "local" ? w.locals.get(name) : w.env.ref(root, name);
    return found?.p === "known" ? constant(found.value) : undefined;
  };
  try {
    const found = reduce({ ...expr, args: [constant(subject), fn] }, { ref });
    return found.k === "const" ? known(found.v) : undefined;
  } catch (error) {
    // Whether it comes to what fails may depend on what is not known.
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** Of a list that is known, as far as what the function gives for each of its members decides. */
function onKnown(expr: Operation, subject: Value, results: readonly Result[]): Partly | undefined {
  let next = 0;
  const call = (): Expr => {
    const result = results[next++]?.result ?? FAILED;
    if (result.p === "failed") throw new EvaluationError("it cannot be computed", expr.at);
    return result.p === "known" ? constant(result.value) : UNKNOWN;
  };
  try {
    const found = lambdaOps[expr.op]?.(subject, call, expr.at);
    return found === undefined ? undefined : known(found);
  } catch (error) {
    if (error instanceof EvaluationError) return FAILED;
    throw error;
  }
}

const UNKNOWN: Expr = { k: "ref", root: "local", name: "" };

interface Result extends Member {
  readonly result: Partly;
}

function collect(op: string, results: readonly Result[], loose: boolean, w: Walk): Partly | undefined {
  const kept = (): Member[] =>
    results.flatMap((each) => keepIf(each, each.result, w.fresh)).map(({ when, item }) => ({ when, item }));
  switch (op) {
    case "list.map":
      return listOf(asMembers(results), loose);
    case "list.filter":
      return listOf(kept(), loose);
    case "list.count":
      return asPartly(tally(kept().map(({ when }) => ({ when, amount: ONE }))));
    case "list.any":
      return anyOf(asMembers(results), (result) => result, w.fresh);
    case "list.all": {
      const other = anyOf(asMembers(results), opposite, w.fresh);
      return other?.p === "known" ? truthOf(other.value !== true) : undefined;
    }
    case "list.find": {
      const found = kept();
      if (found.length === 0) return known(null);
      return found[0]?.when.length === 0 && (!loose || found.length === 1) ? found[0].item : undefined;
    }
    case "int.sum_by":
    case "list.sum_by":
      return added(asMembers(results));
    case "list.sort_by":
      return sortedBy(
        results.map(({ when, item, result }) => ({ member: { when, item }, key: result })),
        loose,
      );
    default:
      return undefined;
  }
}

const asMembers = (results: readonly Result[]): Member[] => results.map(({ when, result }) => ({ when, item: result }));

function opposite(result: Partly): Partly | undefined {
  if (result.p === "known") return truthOf(result.value !== true);
  return result.p === "unknown" ? negated(result.key) : undefined;
}

function unknownCall(expr: Operation, of: Partly, w: Walk): Partly {
  const [, fn] = expr.args;
  // What stands around it is not in the key.
  if (w.locals.size > 0) return unlike(w.fresh);
  return unknown(`${expr.op}(${keyOf(of, w.fresh)},${JSON.stringify(fn)})`, w.fresh);
}
