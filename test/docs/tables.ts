/**
 * Tables and lists of the documentation that are made from the product's own tables. In a document they stand between
 * `<!-- table: NAME -->` and `<!-- /table -->`; `UPDATE_GOLDEN=1` writes them anew.
 */

import { EXIT_CODES } from "../../cli/exit-codes.ts";
import { page } from "../../cli/pages.ts";
import { schemaTexts } from "../../cli/schemas.ts";
import { GUARDRAIL_SCOPE } from "../../compiler/check/guardrails.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import { formatValue } from "../../compiler/ir/format.ts";
import type { Manifest, ManifestOperation } from "../../compiler/manifest.ts";
import { BLOCKS, type BlockName, type BlockSpec } from "../../compiler/schema/blocks.ts";
import { PLACES } from "../../compiler/schema/places.ts";
import { type Method, methodsOf } from "../../compiler/types/methods.ts";
import { arithmetic } from "../../compiler/types/operators.ts";
import { DECIMAL, fieldsOf, formatOf, INT, JSON_TYPE, listOf, STRING } from "../../compiler/types/relations.ts";
import { SCALARS, showType, type Type } from "../../compiler/types/type.ts";
import { KEYWORDS } from "../../language/tokens.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";

type Row = readonly string[];

/** Columns are padded, as the formatter of this repository writes tables. */
function table(head: Row, rows: readonly Row[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? "").length)));
  const line = (row: Row): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  const [first = "", ...rest] = cells.map(line);
  return [first, rule, ...rest].join("\n");
}

const code = (text: string): string => `\`${text}\``;

// ------------------------------------------------------------------------------------------------ the language

/** Element types by the letter that stands for them in the table. */
const T: Type = { kind: "enum", id: "#T", name: "T", members: ["t"] };
const R: Type = { kind: "enum", id: "#R", name: "R", members: ["r"] };

/** What methods are asked of, as the table shows it. */
const RECEIVERS: readonly (readonly [string, Type])[] = [
  ["text", STRING],
  ["list", listOf(T)],
  ["map", { kind: "map", of: T }],
  ["decimal", DECIMAL],
  ["int", INT],
  ["json", JSON_TYPE],
];

function methodRow(receiver: string, name: string, method: Method, element: Type): Row {
  const params = method.params.map((param) => {
    if (param.kind === "value")
      return `${param.name}: ${param.type === "element" ? showType(element) : showType(param.type)}`;
    if (param.kind === "pattern") return `${param.name}: ${showType(STRING)}`;
    return `T => ${param.gives === null ? "R" : showType(param.gives)}`;
  });
  const call = params.length === 0 ? `.${name}()` : `.${name}(${params.join(", ")})`;
  return [receiver, code(call), code(showType(method.result(element, R))), method.doc];
}

function methods(): string {
  const rows = RECEIVERS.flatMap(([receiver, type]) => {
    const found = methodsOf(type);
    return Object.entries(found.methods).map(([name, method]) => methodRow(receiver, name, method, found.element));
  });
  return table(["on", "method", "gives", ""], rows);
}

/** For each operator and each type that it gives, the pairs of types it stands between. */
function arithmeticList(): string {
  const kinds = SCALARS.map((kind): Type => ({ kind }));
  return (["+", "-", "*", "/", "%", "of"] as const)
    .map((op) => {
      const results = new Map<string, string[]>();
      const add = (left: Type, right: Type): void => {
        const found = arithmetic(left, op, right);
        if (found === null) return;
        const gives = showType(found.type);
        results.set(gives, [...(results.get(gives) ?? []), code(`${showType(left)} ${op} ${showType(right)}`)]);
      };
      for (const left of kinds) for (const right of kinds) add(left, right);
      add(listOf(T), listOf(T));
      const lines = [...results].map(([type, pairs]) => `  - ${code(type)}: ${pairs.join(", ")}`);
      return [`- ${code(op)} gives`, ...lines].join("\n");
    })
    .join("\n");
}

/** Places of statements that ask for a value by a time. */
function places(): string {
  const rows = Object.values(PLACES).map(
    ({ what, type, known }): Row => [what, type === null ? "" : typeInWords(type), KNOWN[known] ?? ""],
  );
  return table(["place", "type", "known when"], rows);
}

const KNOWN: Readonly<Record<string, string>> = {
  check: "the file is checked",
  plan: "the action is planned",
  run: "the action runs",
  source: "it is part of the program",
};

function properties(block: BlockName): string {
  const spec: BlockSpec = BLOCKS[block];
  const rows = Object.entries(spec.properties).map(([name, property]): Row => {
    const type = property.type.kind === "error" ? "" : typeInWords(property.type);
    const notes = [...(property.required ? [" Required."] : [])];
    return [code(name), type, KNOWN[property.known] ?? "", `${property.doc}${notes.join("")}`];
  });
  return table(["property", "type", "known when", ""], rows);
}

function typeInWords(type: Type): string {
  return type.kind === "enum" ? type.members.map(code).join(" ") : code(showType(type));
}

function guardrailScope(): string {
  const rows = Object.entries(GUARDRAIL_SCOPE).flatMap(([root, type]) =>
    (fieldsOf(type) ?? []).map((field): Row => [code(`${root}.${field.name}`), shortType(field.type), field.doc ?? ""]),
  );
  return table(["name", "type", ""], rows);
}

/** A step of a plan is a record with a name in the documentation. */
function shortType(type: Type): string {
  if (type.kind === "list" && type.of.kind === "record") return "`list` of steps";
  return type.kind === "optional" && type.of.kind === "enum"
    ? `${typeInWords(type.of)} or \`none\``
    : typeInWords(type);
}

function planStep(): string {
  const steps = (fieldsOf(GUARDRAIL_SCOPE.plan ?? JSON_TYPE) ?? []).find((field) => field.name === "steps")?.type;
  const fields = steps?.kind === "list" ? (fieldsOf(steps.of) ?? []) : [];
  return table(
    ["field", "type", ""],
    fields.map((field) => [code(field.name), shortType(field.type), field.doc ?? ""]),
  );
}

// ------------------------------------------------------------------------------------------------ providers

const previewWords = ({ preview, previewPublicWhen }: Manifest["operations"][string]): string =>
  previewPublicWhen === undefined ? preview : `${preview}; public with \`${previewPublicWhen}: true\``;

function operations(manifest: Manifest): string {
  const rows = Object.entries(manifest.operations).map(([name, operation]): Row => {
    const offers = [
      ...(operation.atomic ? ["atomic"] : []),
      ...(operation.undo ? ["`rollback auto`"] : []),
      ...(operation.preview === "none" ? [] : [`preview (${previewWords(operation)})`]),
      ...(operation.declarable ? ["declarable"] : []),
    ];
    return [
      code(`${manifest.name}.${name}`),
      operation.effect,
      operation.repeat,
      code(operation.resource),
      offers.join(", "),
    ];
  });
  return table(["operation", "effect", "repeat", "resource", "offers"], rows);
}

/** A default as a person writes it. */
function shown(value: Value, type: Type): string {
  const format = formatOf(type);
  return type.kind === "string" || format === null ? JSON.stringify(value) : formatValue(value, format);
}

function parameters(manifest: Manifest, name: string, operation: ManifestOperation): string {
  const rows = operation.params.map((param): Row => {
    const given = param.required
      ? "required"
      : param.default === null
        ? "optional"
        : `left out: ${code(shown(param.default, param.type))}`;
    return [code(param.name), code(showType(param.type)), given, param.doc];
  });
  const results = [
    `Gives ${code(showType(operation.result))}.`,
    ...operation.resultWhen.map(
      (r) => `With ${code(`${r.param}: ${JSON.stringify(r.is)}`)} it gives ${code(showType(r.result))}.`,
    ),
  ];
  return [
    `#### ${code(`${manifest.name}.${name}`)}`,
    operation.doc,
    table(["parameter", "type", "", ""], rows),
    results.join(" "),
  ].join("\n\n");
}

/** What each built-in operation takes and gives, in a line. */
function builtIn(): string {
  const rows = Object.values(BUILT_IN).flatMap(({ manifest }) =>
    Object.entries(manifest.operations).map(([name, { params, result, resultWhen }]): Row => {
      const takes = params.map((p) =>
        p.required
          ? `${p.name}: ${showType(p.type)}`
          : `${p.name}?: ${showType(p.type.kind === "optional" ? p.type.of : p.type)}`,
      );
      const gives = [
        code(showType(result)),
        ...resultWhen.map(
          (each) => `with ${code(`${each.param}: ${JSON.stringify(each.is)}`)} ${code(showType(each.result))}`,
        ),
      ];
      return [code(`${manifest.name}.${name}`), code(takes.join(", ")), gives.join("; ")];
    }),
  );
  return table(["operation", "takes", "gives"], rows);
}

function providers(): string {
  const parts = Object.values(BUILT_IN).map(({ manifest }) => {
    const settings = manifest.config.map((param): Row => [code(param.name), code(showType(param.type)), param.doc]);
    return [
      `### ${code(manifest.name)}`,
      manifest.doc,
      operations(manifest),
      ...(settings.length === 0 ? [] : ["Settings, in `use`:", table(["setting", "type", ""], settings)]),
      ...Object.entries(manifest.operations).map(([name, operation]) => parameters(manifest, name, operation)),
    ].join("\n\n");
  });
  return parts.join("\n\n");
}

// ------------------------------------------------------------------------------------------------ settings

/** What of a JSON Schema says something to people. */
interface SettingSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly properties?: { readonly [name: string]: SettingSchema };
  readonly additionalProperties?: SettingSchema | boolean;
  readonly items?: SettingSchema;
  readonly anyOf?: readonly SettingSchema[];
}

/** Every setting that holds a value, by its path, once: where forms of an object share one, the first says what it is. */
function settings(schemaFile: string): string {
  const rows = new Map<string, Row>();
  const walk = (schema: SettingSchema, at: string, about: string, given: unknown): void => {
    const text = schema.description ?? about;
    const left = given ?? schema.default;
    const of = (name: string): unknown => (left as { readonly [name: string]: unknown } | undefined)?.[name];
    const forms = schema.anyOf?.filter((form) => form.properties !== undefined) ?? [];
    for (const form of forms) walk({ ...form, description: text }, at, text, left);
    for (const [name, each] of Object.entries(schema.properties ?? {}))
      if (name !== "$schema") walk(each, at === "" ? name : `${at}.${name}`, "", of(name));
    if (typeof schema.additionalProperties === "object")
      walk(schema.additionalProperties, `${at}.NAME`, text, undefined);
    else if (schema.items?.properties !== undefined || schema.items?.anyOf !== undefined)
      walk(schema.items, `${at}[]`, text, undefined);
    else if (schema.properties === undefined && forms.length === 0 && !rows.has(at))
      rows.set(at, [code(at), left === undefined || isEmpty(left) ? "" : code(JSON.stringify(left)), text]);
  };
  walk(JSON.parse(schemaTexts().get(schemaFile) ?? "{}") as SettingSchema, "", "", undefined);
  return table(["setting", "left out", ""], [...rows.values()]);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

// ------------------------------------------------------------------------------------------------ all of them

const MADE: Readonly<Record<string, () => string>> = {
  methods,
  arithmetic: arithmeticList,
  "guardrail scope": guardrailScope,
  "plan step": planStep,
  "exit codes": () =>
    table(
      ["code", "means", "and then"],
      EXIT_CODES.map(({ code, means, next }) => [String(code), means, next]),
    ),
  configuration: () => settings("config.schema.json"),
  trust: () => settings("trust.schema.json"),
  environment: () =>
    table(
      ["variable", ""],
      page("environment").map(([name, text]) => [code(name), text]),
    ),
  places,
  operations: providers,
  "built in": builtIn,
  "reserved words": () => [...KEYWORDS.keys()].map(code).join(" "),
  ...Object.fromEntries(Object.keys(BLOCKS).map((name) => [`${name} properties`, () => properties(name as BlockName)])),
};

/** Blocks with properties: each has a table in the reference. */
export const BLOCKS_WITH_PROPERTIES: readonly string[] = Object.entries(BLOCKS)
  .filter(([, spec]) => Object.keys(spec.properties).length > 0)
  .map(([name]) => `${name} properties`);

const MARKED = /<!-- table: ([a-z _]+) -->\n[\s\S]*?<!-- \/table -->/g;

/** Names of the tables in a document. */
export const tablesIn = (text: string): string[] => [...text.matchAll(MARKED)].map(([, name = ""]) => name);

/** The document with each table as it is made now. Throws at a name nothing is made for. */
export function withTables(text: string): string {
  return text.replace(MARKED, (_, name: string) => {
    const make = MADE[name];
    if (make === undefined) throw new Error(`there is no table ${name}; there are ${Object.keys(MADE).join(", ")}`);
    return `<!-- table: ${name} -->\n\n${make()}\n\n<!-- /table -->`;
  });
}
