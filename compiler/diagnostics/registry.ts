/** The one registry of diagnostics: every code, its severity and its words. Pages with examples are in `pages/`. */
import type { Span, SyntaxFault } from "../../language/tree.ts";
import { allowDiagnostics } from "./allows.ts";
import { declarationDiagnostics } from "./declarations.ts";
import type { Args, Definition } from "./define.ts";
import type { Diagnostic, Fix } from "./diagnostic.ts";
import { effectDiagnostics } from "./effects.ts";
import { nameDiagnostics } from "./names.ts";
import { proofDiagnostics } from "./proofs.ts";
import { statementDiagnostics } from "./statements.ts";
import { syntaxDiagnostics } from "./syntax.ts";
import { typeDiagnostics } from "./types.ts";

export const registry = {
  ...syntaxDiagnostics,
  ...nameDiagnostics,
  ...typeDiagnostics,
  ...effectDiagnostics,
  ...allowDiagnostics,
  ...declarationDiagnostics,
  ...statementDiagnostics,
  ...proofDiagnostics,
};

export type Code = keyof typeof registry;
export type ArgsOf<C extends Code> = Parameters<(typeof registry)[C]["message"]>[0];

export const CODES: readonly Code[] = (Object.keys(registry) as Code[]).sort();

export const isCode = (code: string): code is Code => Object.hasOwn(registry, code);
export const isErrorCode = (code: string): boolean => isCode(code) && registry[code].severity === "error";

export interface Extra {
  readonly label?: string;
  readonly help?: string;
  readonly related?: Diagnostic["related"];
  readonly fixes?: readonly Fix[];
}

/** A diagnostic of `code` at `span` of `module`. */
export function diagnose<C extends Code>(
  code: C,
  module: string,
  span: Span,
  args: ArgsOf<C>,
  extra: Extra = {},
): Diagnostic {
  const definition = registry[code] as unknown as Definition<Args>;
  const given = args as Args;
  const told = inShort(given);
  const help = extra.help ?? definition.help?.(told) ?? "";
  return {
    code,
    severity: definition.severity,
    args: given,
    message: definition.message(told),
    module,
    span,
    label: extra.label ?? definition.label?.(told) ?? null,
    related: extra.related ?? [],
    why: definition.why,
    help: help === "" ? null : help,
    fixes: extra.fixes ?? [],
  };
}

/** More of a name or a text than this nobody reads in a message. */
const LONGEST = 400;

/** What a message says of the arguments: fixes want the whole of them, readers do not want a name of megabytes. */
function inShort(args: Args): Args {
  if (Object.values(args).every((value) => value.length <= LONGEST)) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      value.length <= LONGEST ? value : `${value.slice(0, LONGEST).toWellFormed()}…`,
    ]),
  );
}

/** A fault of the parser as a diagnostic. */
export function diagnoseSyntax(fault: SyntaxFault, module: string): Diagnostic {
  const code = fault.code.replaceAll("_", "-") as Code;
  const related = fault.related.map((place) => ({ module, ...place }));
  return diagnose(code, module, fault.span, fault.args as never, { related });
}
