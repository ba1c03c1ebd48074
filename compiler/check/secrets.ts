/** `secret`: where it is read from, at the last moment. What it is never stands in a program or a plan. */
import type * as tree from "../../language/tree.ts";
import type { Value } from "../ir/expr.ts";
import type { Secret } from "../program.ts";
import { listOf, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { at, type Context, isConst, isSettled, nearestTo, report } from "./context.ts";
import { checkAs } from "./expr.ts";
import { tellUnquoted, thereIs } from "./hints.ts";
import type { Binding } from "./scope.ts";

interface SourceParam {
  readonly name: string;
  readonly type: Type;
  /** What is wrong with a value of the type; null if nothing is. */
  readonly fault: (value: Value) => string | null;
}

const someText = (value: Value): string | null =>
  typeof value === "string" && value.trim() === "" ? "it is empty" : null;

/** The sources there are. One that takes a single text takes it without a label. */
const SOURCES: Readonly<
  Record<Secret["source"], { readonly params: readonly SourceParam[]; readonly example: string }>
> = {
  env: {
    params: [
      {
        name: "name",
        type: STRING,
        fault: (value) =>
          typeof value === "string" && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
            ? "a variable's name has letters, digits and _ only, and begins with no digit"
            : null,
      },
    ],
    example: 'env("NAME")',
  },
  file: { params: [{ name: "path", type: STRING, fault: someText }], example: 'file("/run/secrets/name")' },
  vault: {
    params: [
      { name: "path", type: STRING, fault: someText },
      { name: "field", type: STRING, fault: someText },
    ],
    example: 'vault(path: "…", field: "…")',
  },
  exec: {
    params: [
      {
        name: "argv",
        type: listOf(STRING),
        fault: (value) =>
          Array.isArray(value) && (value.length === 0 || value[0] === "") ? "it names no program" : null,
      },
    ],
    example: 'exec(argv: ["pass", "show", "name"])',
  },
};

const NAMES = ["env", "file", "vault", "exec"] as const;

export function resolveSecret(cx: Context, item: tree.SecretItem): Binding {
  const name = item.name?.text ?? "?";
  const { from } = item;
  if (from.kind === "missing") return { b: "broken" };
  if (from.kind !== "call" || from.callee.kind !== "name") {
    report(cx, "secret-source", from.span, { found: "this", near: "" }, sourceHelp(from));
    return { b: "broken" };
  }
  const { callee } = from;
  const source = NAMES.find((each) => each === callee.text);
  if (source === undefined) {
    report(cx, "secret-source", callee.span, { found: callee.text, near: nearestTo(cx, callee.text, NAMES) });
    return { b: "broken" };
  }
  const args = checkArgs(cx, from, source);
  if (args === null) return { b: "broken" };
  return {
    b: "secret",
    secret: { id: `${cx.module.path}#${name}`, name, source, args, at: at(cx, item.name?.span ?? item.span) },
  };
}

/** A secret written into the source is what people try first: the text is not repeated. */
function sourceHelp(from: tree.Expr): { readonly help?: string } {
  return from.kind === "string"
    ? { help: 'the file is read by many: keep the secret elsewhere and write env("NAME") or file("path")' }
    : {};
}

/** The arguments by name; null once a mistake is told. */
function checkArgs(cx: Context, call: tree.CallExpr, source: Secret["source"]): Secret["args"] | null {
  const { params, example } = SOURCES[source];
  const given = new Map<string, Value>();
  let fine = true;
  for (const [index, arg] of call.args.entries()) {
    const label = arg.label?.text ?? null;
    const param = label === null && params.length === 1 ? params[0] : params.find((p) => p.name === label);
    if (param === undefined) {
      fine = false;
      const names = params.map((p) => p.name);
      const near = label === null ? "" : nearestTo(cx, label, names);
      if (arg.label === null) {
        const extra = { help: `write ${example}` };
        report(cx, "label-needed", arg.span, { callee: source, param: params[index]?.name ?? "" }, extra);
      } else
        report(
          cx,
          "unknown-argument",
          arg.label.span,
          { callee: source, name: arg.label.text, near },
          thereIs(`${source} takes`, names, near),
        );
      continue;
    }
    if (given.has(param.name)) {
      report(cx, "duplicate-field", arg.span, { name: param.name });
      fine = false;
      continue;
    }
    if (arg.value.kind === "name" && cx.scope.declared(arg.value.text) === undefined) {
      tellUnquoted(cx, arg.value, param.type);
      fine = false;
      continue;
    }
    const expr = checkAs(cx, arg.value, param.type, param.name);
    if (!isConst(expr)) {
      if (!isSettled(expr)) report(cx, "not-constant", arg.value.span, { what: `the ${param.name} of a secret` });
      fine = false;
      continue;
    }
    const why = param.fault(expr.v);
    if (why !== null) report(cx, "refinement-fails", arg.value.span, { type: param.name, why });
    given.set(param.name, expr.v);
  }
  if (!fine) return null;
  const missing = params.filter((p) => !given.has(p.name)).map((p) => p.name);
  if (missing.length === 0) return Object.fromEntries(given);
  report(
    cx,
    "missing-argument",
    call.callee.span,
    { callee: source, names: missing.join(", ") },
    { help: `write ${example}` },
  );
  return null;
}
