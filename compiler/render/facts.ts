/** What a plan has read and rests on, value by value. */
import type { Value } from "../ir/expr.ts";
import type { Plan } from "../plan/plan.schema.ts";
import type { Type } from "../types/type.ts";
import { showValue } from "./show-value.ts";

export const FACTS_ARE = "read while planning; if one has changed, the plan is refused";

const JSON_TYPE: Type = { kind: "json" };

/** A row for each value that the plan uses: `now.replicas`, as it stands in the plan, and the value, shown. */
export function factRows({ facts }: Plan): { readonly name: string; readonly value: string }[] {
  return facts.flatMap((fact) =>
    fact.used.map((path) => ({
      name: [fact.id, ...path].join("."),
      value: showValue(valueIn(fact.value, path), JSON_TYPE),
    })),
  );
}

/** What stands at `path` in a value; null where there is nothing. */
export function valueIn(value: Value, path: readonly string[]): Value {
  let at: Value = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return null;
    at = (at as { readonly [field: string]: Value })[name] ?? null;
  }
  return at;
}
