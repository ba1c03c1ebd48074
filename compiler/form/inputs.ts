/** JSON Schema of the inputs of an action: an object with a property for each. */
import { EvaluationError, emptyEnv, isConst, reduce } from "../ir/evaluate.ts";
import type { Value } from "../ir/expr.ts";
import type { Action, ActionParam, Program } from "../program.ts";
import { jsonOf } from "./json-of.ts";
import type { Schema } from "./schema.ts";
import { typeSchema, withConditions } from "./types.ts";

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

export function inputsSchema(program: Program, action: Action): Schema {
  return {
    title: action.name,
    ...(action.doc === null ? {} : { description: action.doc }),
    type: "object",
    properties: Object.fromEntries(action.params.map((param) => [param.name, paramSchema(program, param)])),
    required: action.params.filter((p) => p.default === null && !p.optional).map((p) => p.name),
    additionalProperties: false,
  };
}

function paramSchema(program: Program, param: ActionParam): Schema {
  const base = typeSchema(program, param.type);
  const described = param.doc === null ? base : { ...base, description: param.doc };
  const conditions = withConditions(
    described,
    param.type,
    param.where,
    (root, name) => root === "var" && name === `input:${param.name}`,
  );
  const otherwise = defaultOf(program, param);
  return otherwise === undefined ? conditions : { ...conditions, default: otherwise };
}

/** The default where it is the same for all inputs. */
function defaultOf(program: Program, param: ActionParam): Value | undefined {
  if (param.default === null) return undefined;
  try {
    const value = reduce(param.default, emptyEnv);
    return isConst(value) ? jsonOf(program, value.v, param.type) : undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return undefined;
  }
}
