/** A value as it is given in JSON: what has a unit is text, as in the language. */

import type { Value } from "../ir/expr.ts";
import { formatValue } from "../ir/format.ts";
import { isRecord } from "../ir/ops.ts";
import type { Program } from "../program.ts";
import { asSource, markIn, showSource } from "../secret.ts";
import type { Type } from "../types/type.ts";

/** By whose names approvers are told apart. */
export type Approvers = Pick<Program, "approvers">;

/** Reading it again as an input of `type` gives `value`. */
export function jsonOf(program: Approvers, value: Value, type: Type): Value {
  if (value === null) return null;
  switch (type.kind) {
    case "optional":
      return jsonOf(program, value, type.of);
    case "secret": {
      const mark = markIn(value);
      const source = asSource(mark);
      return source === null ? mark : showSource(source);
    }
    case "refined":
      return jsonOf(program, value, type.base);
    case "duration":
    case "size":
    case "percent":
    case "time_of_day":
    case "rate":
      return formatValue(value, type.kind);
    case "range":
      return isRecord(value)
        ? { from: jsonOf(program, value.from ?? null, type.of), to: jsonOf(program, value.to ?? null, type.of) }
        : value;
    case "list":
      return Array.isArray(value) ? value.map((item: Value) => jsonOf(program, item, type.of)) : value;
    case "map":
      return fields(value, () => type.of, program);
    case "record":
      return fields(value, (name) => type.fields.find((field) => field.name === name)?.type ?? null, program);
    case "one_of":
      return isRecord(value) && typeof value.key === "string" ? value.key : value;
    case "approver":
      return typeof value === "string" ? approverWord(program, value) : value;
    default:
      return value;
  }
}

function fields(value: Value, typeOf: (name: string) => Type | null, program: Approvers): Value {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const type = typeOf(name);
      return [name, type === null ? item : jsonOf(program, item, type)];
    }),
  );
}

/** The name of an approver where it is the only one of that name, else its id. */
export function approverWord(program: Approvers, id: string): string {
  const name = program.approvers.find((each) => each.id === id)?.name ?? id;
  return program.approvers.filter((each) => each.name === name).length === 1 ? name : id;
}
