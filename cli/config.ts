/** `opsc.config.json`, read with the place of everything in it, so that what is wrong is shown where it stands. */
import path from "node:path";
import type { z } from "zod";
import { parseJson } from "../compiler/data/json.ts";
import { type DataNode, plainValue } from "../compiler/data/node.ts";
import { CONFIGURATION, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { isErrorCode } from "../compiler/diagnostics/registry.ts";
import { ADJUSTABLE } from "../compiler/diagnostics/severity.ts";
import { nearest } from "../language/nearest.ts";
import type { Span } from "../language/tree.ts";
import type { ProviderProblem } from "../runtime/provider/load.ts";
import type { Config } from "./config.schema.ts";
import { EXIT, type ExitCode, Stop } from "./exit.ts";
import { readTextFile } from "./text-file.ts";

export const CONFIG_FILE = "opsc.config.json";
/** Far larger than any configuration, in bytes. */
const MAX_CONFIG = 1024 * 1024;

/** A configuration that is wrong, with what to show of it. */
export class ConfigFault extends Stop {
  static override readonly kind = Symbol.for("opsc fault of configuration");
  readonly diagnostics: readonly Diagnostic[];
  readonly text: string;
  constructor(diagnostics: readonly Diagnostic[], text: string, code: ExitCode = EXIT.wrong) {
    const [first] = diagnostics;
    super(code, `${CONFIG_FILE}: ${first?.message ?? "it is wrong"}`, first?.help ?? null);
    this.diagnostics = diagnostics;
    this.text = text;
  }
}

/** What an empty configuration says: most projects have none, and the schema's library is not loaded for them. */
export const DEFAULT_CONFIG: Config = {
  providers: {},
  policies: [],
  workspace: "default",
  plan: { lifetime: "72h" },
  secrets: { exec: { timeout: "30s" }, file: { worldReadable: false } },
  check: { severity: {}, failLevel: "error" },
  audit: { sinks: [] },
};

/** Providers that the configuration of the project in `root` names and that cannot be had, each at its place. */
export async function providerFault(root: string, problems: readonly ProviderProblem[]): Promise<Stop> {
  const text = await configText(root);
  const { node } = parseJson(text);
  const found = problems.map(({ provider, path: where, what, remedy }) => {
    const span = node === null ? { start: 0, end: 0 } : valueAt(node, ["providers", provider]).span;
    return fault(span, `provider ${provider}: ${where === provider ? "" : `${where}: `}${what}`, remedy);
  });
  return new ConfigFault(found, text, EXIT.environment);
}

/** What of a configuration cannot be used, by its path: `["policies", 0]`. */
export interface Unusable {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help: string | null;
}

/** What the text of a configuration names and what cannot be used, each at its place. */
export function unusable(
  text: string,
  problems: readonly Unusable[],
  severity: Diagnostic["severity"] = "error",
): Diagnostic[] {
  const { node } = parseJson(text);
  return problems.map(({ path: at, message, help }) => ({
    ...fault(node === null ? { start: 0, end: 0 } : valueAt(node, at).span, message, help),
    severity,
  }));
}

/** The text of the configuration of the project in `root`; empty where there is none. */
export async function configText(root: string): Promise<string> {
  const read = await readTextFile(path.join(root, CONFIG_FILE), MAX_CONFIG);
  return "text" in read ? read.text : "";
}

/** The configuration of the project in `root`; that of a project without one is empty. `taken` are names no provider may have. */
export async function readConfig(root: string, taken: readonly string[]): Promise<Config> {
  const file = path.join(root, CONFIG_FILE);
  const read = await readTextFile(file, MAX_CONFIG);
  if (!("text" in read)) {
    if (read.fault === "absent") return DEFAULT_CONFIG;
    const code = read.fault === "wrong" ? EXIT.wrong : EXIT.environment;
    throw new Stop(code, `${file} cannot be read: ${read.problem}`, read.help ?? "check its permissions");
  }
  const { text } = read;
  const { config, diagnostics } = await parseConfig(text, taken);
  if (config === null || diagnostics.length > 0) throw new ConfigFault(diagnostics, text);
  return config;
}

/** Never throws for what people write. */
export async function parseConfig(
  text: string,
  taken: readonly string[],
): Promise<{ readonly config: Config | null; readonly diagnostics: readonly Diagnostic[] }> {
  const { configSchema } = await import("./config.schema.ts");
  const { node, faults } = parseJson(text);
  const broken = faults.map(({ span, message, help, related }) => fault(span, message, help, related));
  if (node === null) return { config: null, diagnostics: broken };
  const parsed = configSchema.safeParse(plainValue(node));
  const wrong = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, node, configSchema));
  const clashes = taken.flatMap((name) => {
    const span = keySpan(node, ["providers"], name);
    return span === null ? [] : [fault(span, `the provider ${name} is built in`, "give yours another name")];
  });
  const diagnostics = [...broken, ...wrong, ...clashes].sort((a, b) => a.span.start - b.span.start);
  return { config: parsed.success ? parsed.data : null, diagnostics };
}

function fault(span: Span, message: string, help: string | null, related: FaultPlace = null): Diagnostic {
  return {
    code: CONFIGURATION,
    severity: "error",
    args: {},
    message,
    module: CONFIG_FILE,
    span,
    label: null,
    related: related === null ? [] : [{ module: CONFIG_FILE, ...related }],
    why: null,
    help,
    fixes: [],
  };
}
type FaultPlace = { readonly span: Span; readonly note: string } | null;

type Path = readonly PropertyKey[];

/** What a schema finds wrong with a JSON file of settings, in their order: each in words, with its place. `whole` is what all of it is called. */
export function wrongIn(
  { issues }: z.core.$ZodError,
  node: DataNode,
  schema: z.ZodType,
  whole: string,
): readonly Pick<Diagnostic, "message" | "help" | "span">[] {
  return issues.flatMap((issue) => fromIssue(issue, node, schema, whole)).sort((a, b) => a.span.start - b.span.start);
}

function fromIssue(
  issue: z.core.$ZodIssue,
  node: DataNode,
  schema: z.ZodType,
  whole = "a configuration",
): Diagnostic[] {
  const where = issue.path.length === 0 ? whole : issue.path.join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, issue.path, node, schema, whole));
    case "invalid_key": {
      const key = String(issue.path.at(-1));
      const parent = issue.path.slice(0, -1);
      const span = keySpan(node, parent, key) ?? valueAt(node, issue.path).span;
      return [badKey(key, parent.join("."), span, issue.issues[0]?.message ?? null)];
    }
    case "invalid_type": {
      const found = valueAt(node, issue.path);
      if (!isThere(node, issue.path))
        return [fault(found.span, `${where} is missing`, `${article(issue.expected)} goes there`)];
      return [fault(found.span, `${where} is ${kindOf(found)}, where ${article(issue.expected)} is expected`, null)];
    }
    case "invalid_value": {
      const found = valueAt(node, issue.path);
      const values = issue.values.map(String);
      const near = found.kind === "scalar" ? nearest(String(found.value), values) : "";
      const help = near === "" ? `one of ${values.join(", ")}` : `did you mean ${near}?`;
      return [fault(found.span, `${where} cannot be ${shown(found)}`, help)];
    }
    case "invalid_format": {
      const found = valueAt(node, issue.path);
      return [fault(found.span, `${where} cannot be ${shown(found)}`, `it is ${issue.message}`)];
    }
    default:
      return [fault(valueAt(node, issue.path).span, `${where}: ${issue.message}`, null)];
  }
}

function badKey(key: string, parent: string, span: Span, why: string | null): Diagnostic {
  if (parent !== "check.severity") return fault(span, `${key} cannot be a name in ${parent}`, why);
  if (isErrorCode(key))
    return fault(
      span,
      `${key} is an error, and what an error is cannot be changed`,
      `only warnings can be off or errors: opsc explain ${key} says how it is answered`,
    );
  const near = nearest(key, ADJUSTABLE);
  return fault(
    span,
    `no warning is called ${key}`,
    near === "" ? "opsc explain lists them all" : `did you mean ${near}?`,
  );
}

function unknownKey(key: string, at: Path, node: DataNode, schema: z.ZodType, whole: string): Diagnostic {
  const span = keySpan(node, at, key) ?? valueAt(node, at).span;
  if (at.join(".") === "check.severity") return badKey(key, "check.severity", span, null);
  const known = keysOf(schema, at);
  const near = nearest(key, known);
  const owner = at.length === 0 ? whole : at.join(".");
  return fault(
    span,
    `${owner} has no ${key}`,
    near === "" ? `it may have ${known.join(", ")}` : `did you mean ${near}?`,
  );
}

/** The names an object of the schema may have, at a path through it. */
function keysOf(schema: z.ZodType, at: Path): string[] {
  let here: unknown = schema;
  for (const name of at) here = inner(here, String(name));
  return [...shapeOf(here).keys()];
}

function inner(schema: unknown, name: string): unknown {
  return shapeOf(schema).get(name);
}

function shapeOf(schema: unknown): ReadonlyMap<string, unknown> {
  if (typeof schema !== "object" || schema === null) return new Map();
  if ("shape" in schema && typeof schema.shape === "object" && schema.shape !== null)
    return new Map(Object.entries(schema.shape));
  // What a default or an option is wrapped around.
  return "unwrap" in schema && typeof schema.unwrap === "function" ? shapeOf(schema.unwrap()) : new Map();
}

/** The value at the path; the nearest there is around it where the path goes on. */
function valueAt(node: DataNode, at: Path): DataNode {
  let here = node;
  for (const name of at) {
    const next: DataNode | undefined =
      here.kind === "record"
        ? here.entries.find(({ key }) => key === name)?.value
        : here.kind === "list" && typeof name === "number"
          ? here.items[name]
          : undefined;
    if (next === undefined) return here;
    here = next;
  }
  return here;
}

/** Whether something stands at the path: of what an object lacks, the object stands around it. */
function isThere(node: DataNode, at: Path): boolean {
  const last = at.at(-1);
  const owner = valueAt(node, at.slice(0, -1));
  return owner.kind !== "record" || owner.entries.some(({ key }) => key === last);
}

function keySpan(node: DataNode, at: Path, key: string): Span | null {
  const owner = valueAt(node, at);
  return owner.kind === "record" ? (owner.entries.find((entry) => entry.key === key)?.keySpan ?? null) : null;
}

function kindOf(node: DataNode): string {
  if (node.kind === "record") return "an object";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "null";
  return { string: "text", number: "a number", boolean: "true or false" }[typeof node.value as "string"] ?? "a value";
}

/** Zod's words for kinds, in those of JSON. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["object", "an object"],
  ["record", "an object"],
  ["array", "a list"],
  ["boolean", "true or false"],
  ["number", "a number"],
  ["int", "a whole number"],
]);

const article = (kind: string): string => KINDS.get(kind) ?? kind;

function shown(node: DataNode): string {
  const text = node.kind === "scalar" ? JSON.stringify(node.value) : kindOf(node);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
