/** The arguments of commands for what was filled into the form. */
import type { Filled, Json, PlanAnswer, Schema } from "./protocol.ts";

/** Names of inputs without which the action cannot be run: a proposal is for looking at a plan, and never applied. */
export function missingInputs({ form }: PlanAnswer, { inputs }: Filled): string[] {
  const required = Array.isArray(form.required) ? form.required.map(String) : [];
  return required.filter((name) => !(name in inputs));
}

export const applyArgs = (answer: PlanAnswer, filled: Filled): string[] => ["apply", ...argsOf(answer, filled)];

/** Writes the plan to `file`, a path. */
export const saveArgs = (answer: PlanAnswer, filled: Filled, file: string): string[] => [
  "plan",
  ...argsOf(answer, filled),
  "--out",
  file,
];

function argsOf(answer: PlanAnswer, { inputs, as, reason }: Filled): string[] {
  const known = answer.form.properties;
  const schemas = typeof known === "object" && known !== null && !Array.isArray(known) ? (known as Schema) : {};
  return [
    answer.action.id,
    ...Object.entries(schemas).flatMap(([name, schema]) =>
      name in inputs ? ["--input", `${name}=${word(inputs[name] ?? null, schema)}`] : [],
    ),
    ...(as.trim() === "" ? [] : ["--as", as.trim()]),
    ...(reason.trim() === "" ? [] : ["--reason", reason.trim()]),
  ];
}

/** As words of a command line are read: text as it is, unless anything may stand there; all else as JSON. */
function word(value: Json, schema: Json): string {
  if (value === null) return "none";
  const anything =
    typeof schema === "object" &&
    schema !== null &&
    !["type", "enum", "const", "oneOf", "anyOf"].some((keyword) => keyword in schema);
  return typeof value === "string" && !anything ? value : JSON.stringify(value);
}
