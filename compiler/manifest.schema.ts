/** zod schema of a provider's manifest, and reading one with problems in plain words. */
import { z } from "zod";
import { valueSchema } from "./ir/expr.schema.ts";
import { MANIFEST_VERSION, type Manifest, PROVIDER_PROTOCOL } from "./manifest.ts";
import { resourceHoles } from "./resource.ts";
import { typeSchema } from "./types/type.schema.ts";
import type { Type } from "./types/type.ts";

/** Names as they stand in `.ops` files. */
export const NAME = /^[a-z][a-z0-9_]*$/;

const name = z.string().regex(NAME, "a name in snake_case");

const paramSchema = z.strictObject({
  name,
  doc: z.string(),
  type: typeSchema,
  required: z.boolean(),
  default: valueSchema,
  template: z.string().nullable(),
});

const operationSchema = z.strictObject({
  doc: z.string(),
  params: z.array(paramSchema).readonly(),
  result: typeSchema,
  resultWhen: z
    .array(z.strictObject({ param: name, is: z.union([z.string(), z.number(), z.boolean()]), result: typeSchema }))
    .readonly(),
  effect: z.enum(["read", "write", "destroy"]),
  resource: z.string().min(1),
  repeat: z.enum(["idempotent", "keyed", "once"]),
  atomic: z.boolean(),
  preview: z.enum(["none", "public", "sensitive"]),
  previewPublicWhen: name.optional(),
  undo: z.boolean(),
  expires: z.literal(true).optional(),
  declarable: z.boolean(),
});

export const manifestSchema = z.strictObject({
  manifestVersion: z.literal(MANIFEST_VERSION),
  protocol: z.literal(PROVIDER_PROTOCOL),
  name,
  version: z.string().min(1),
  doc: z.string(),
  config: z.array(paramSchema).readonly(),
  operations: z.record(name, operationSchema),
});

// The schema and the interface say the same: where they part, one of these does not compile.
type Fits<A extends B, B> = A;
export type ManifestRead = Fits<z.infer<typeof manifestSchema>, Manifest>;
export type ManifestWritten = Fits<Manifest, z.input<typeof manifestSchema>>;

/** Something wrong in data that a person or a tool wrote. */
export interface DataProblem {
  /** Where in the data: `operations.set.params[0].type`; "" for the whole. */
  readonly path: string;
  /** What is wrong. */
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
}

const REGENERATE = "Generate the manifest again from the provider: `opsc provider manifest FILE --write`.";

/** Reads a manifest from parsed JSON. `value` is null exactly when there are problems. Never throws. */
export function parseManifest(data: unknown): {
  readonly value: Manifest | null;
  readonly problems: readonly DataProblem[];
} {
  const older = versionProblem(data);
  if (older !== null) return { value: null, problems: [older] };
  const read = manifestSchema.safeParse(data);
  if (!read.success) {
    return {
      value: null,
      problems: read.error.issues.map((issue) => ({ ...issueInWords(issue), remedy: REGENERATE })),
    };
  }
  const problems = meaningProblems(read.data);
  return problems.length === 0 ? { value: read.data, problems } : { value: null, problems };
}

/** A manifest of another version is said to be just that, not to have forty wrong fields. */
function versionProblem(data: unknown): DataProblem | null {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return { path: "", what: "a manifest is a JSON object", remedy: REGENERATE };
  }
  const of = (field: string): unknown => Object.entries(data).find(([key]) => key === field)?.[1];
  const wanted = { manifestVersion: MANIFEST_VERSION, protocol: PROVIDER_PROTOCOL };
  for (const [field, known] of Object.entries(wanted)) {
    const found = of(field);
    if (typeof found !== "number" || found === known) continue;
    const remedy =
      found > known
        ? "Update opsc, or use a version of the provider made for this one."
        : "Use a newer version of the provider, or generate its manifest again.";
    return { path: field, what: `it is ${found}, and this opsc reads ${known}`, remedy };
  }
  return null;
}

/** What the schema cannot say. */
function meaningProblems(manifest: Manifest): readonly DataProblem[] {
  const problems: DataProblem[] = [];
  const ungiven = (params: Manifest["config"], at: string): void => {
    for (const [index, { type }] of params.entries()) {
      if (!secretsAreText(type))
        problems.push({
          path: `${at}[${index}].type`,
          what: "a secret that is handed over is text: what stands for one is a record, and could not be told from it",
          remedy: REGENERATE,
        });
    }
  };
  ungiven(manifest.config, "config");
  for (const [name, operation] of Object.entries(manifest.operations)) {
    ungiven(operation.params, `operations.${name}.params`);
    const params = new Set(operation.params.map((param) => param.name));
    const at = `operations.${name}`;
    if (params.size < operation.params.length) {
      problems.push({ path: `${at}.params`, what: "two parameters have one name", remedy: REGENERATE });
    }
    const settings = new Set(manifest.config.map((setting) => setting.name));
    for (const { param: hole, from } of resourceHoles(operation.resource)) {
      const param = operation.params.find((each) => each.name === hole);
      const what =
        param === undefined
          ? `\`{${hole}}\` is no parameter of \`${name}\``
          : param.template !== null
            ? `\`{${hole}}\` is code, which names nothing`
            : from !== null && !settings.has(from)
              ? `\`${from}\` is no setting of \`${manifest.name}\``
              : null;
      if (what !== null) problems.push({ path: `${at}.resource`, what, remedy: REGENERATE });
    }
    const said = operation.previewPublicWhen;
    if (said !== undefined && operation.params.find((param) => param.name === said)?.type.kind !== "bool") {
      const what = `\`${said}\` is no yes-or-no parameter of \`${name}\``;
      problems.push({ path: `${at}.previewPublicWhen`, what, remedy: REGENERATE });
    }
    for (const [index, when] of operation.resultWhen.entries()) {
      if (params.has(when.param)) continue;
      const what = `\`${when.param}\` is no parameter of \`${name}\``;
      problems.push({ path: `${at}.resultWhen[${index}].param`, what, remedy: REGENERATE });
    }
  }
  return problems;
}

/** Whether all secrets in what is handed over are text that is not said to be kept. */
export function secretsAreText(type: Type): boolean {
  switch (type.kind) {
    case "secret":
      return type.kept !== true && ["string", "url", "identity"].includes(type.of.kind);
    case "list":
    case "map":
    case "optional":
    case "range":
    case "one_of":
      return secretsAreText(type.of);
    case "refined":
      return secretsAreText(type.base);
    case "union":
      return type.of.every(secretsAreText);
    case "record":
      return type.fields.every((field) => secretsAreText(field.type));
    default:
      return true;
  }
}

/** An issue of zod's in words that quote no value (it may be a secret). */
export function issueInWords(issue: z.core.$ZodIssue): { readonly path: string; readonly what: string } {
  return { path: showPath(issue.path), what: wordsFor(issue) };
}

function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

const NOUNS: { readonly [expected: string]: string } = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "a record",
  record: "a map",
  null: "none",
};

const noun = (expected: string): string => NOUNS[expected] ?? expected;

function wordsFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return /received undefined/.test(issue.message)
        ? `missing: it must be ${noun(issue.expected)}`
        : `must be ${noun(issue.expected)}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return `must be ${boundInWords("at least", "more than", issue.inclusive, issue.minimum, issue.origin)}`;
    case "too_big":
      return `must be ${boundInWords("at most", "less than", issue.inclusive, issue.maximum, issue.origin)}`;
    case "invalid_format":
      // A schema with a message of its own says it best.
      if (!issue.message.startsWith("Invalid ")) return `must be ${issue.message}`;
      return issue.format === "regex" ? `must have the form ${issue.pattern ?? ""}` : `must be a valid ${issue.format}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return `has ${issue.keys.map((key) => `\`${key}\``).join(", ")}, which nothing here is called`;
    case "invalid_union":
      return unionInWords(issue.errors);
    case "invalid_key":
      return "has a key that is not allowed";
    case "invalid_element":
      return "has an element that is not allowed";
    case "custom":
      return issue.message;
  }
}

function boundInWords(
  atLeast: string,
  moreThan: string,
  inclusive: boolean | undefined,
  bound: number | bigint,
  origin: string,
): string {
  const unit =
    origin === "string" ? " characters long" : origin === "array" || origin === "set" ? " elements long" : "";
  return `${inclusive === false ? moreThan : atLeast} ${bound}${unit}`;
}

/** Of alternatives that all fail, what each wants; where they fail further in, only that none fits. */
function unionInWords(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const wanted = errors.flatMap((issues) => {
    const [first] = issues;
    return first !== undefined && first.path.length === 0 && first.code === "invalid_type"
      ? [noun(first.expected)]
      : [];
  });
  return wanted.length === errors.length && wanted.length > 0
    ? `must be ${[...new Set(wanted)].join(" or ")}`
    : "is of none of the shapes allowed here";
}
