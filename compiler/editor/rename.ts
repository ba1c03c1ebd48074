/** Giving a declaration another name, at all places that name it. */
import { isReserved } from "../../language/tokens.ts";
import type { Span } from "../../language/tree.ts";
import { pathAt } from "../../language/walk.ts";
import { packageOf } from "../check/packages.ts";
import type { Analysis } from "./analysis.ts";
import type { Declared } from "./declared.ts";
import { occurrencesOf } from "./references.ts";
import { type Named, namedAt } from "./symbol.ts";

export interface Edit {
  readonly module: string;
  readonly span: Span;
  readonly text: string;
}

export type Renaming = { readonly edits: readonly Edit[] } | { readonly refused: string };

/** What a rename at `offset` would rename; why it cannot otherwise. */
export function renamable(analysis: Analysis, path: string, offset: number): Named | { readonly refused: string } {
  const named = namedAt(analysis, path, offset);
  if (named === null) return { refused: "there is no name here" };
  const { meaning } = named;
  if (meaning.is !== "declared") return { refused: `${named.text} is not declared in a file of this project` };
  if (packageOf(meaning.declared.module) !== null) return { refused: `${named.text} is declared in a package` };
  if (isNamedAfterPackage(meaning.declared))
    return { refused: `the provider is called ${named.text}: write use ${named.text} as another_name` };
  return named;
}

/** `use file` brings in a provider by its own name. */
function isNamedAfterPackage({ as, node }: Declared): boolean {
  return as === "provider" && "provider" in node && "as" in node && node.as === null;
}

/** The edits that give what stands at `offset` the name `to`. Names that would then stand for something else are refused. */
export function rename(analysis: Analysis, path: string, offset: number, to: string): Renaming {
  const named = renamable(analysis, path, offset);
  if ("refused" in named) return named;
  if (named.meaning.is !== "declared") return { refused: "there is no name here" };
  const { declared } = named.meaning;
  const fault = nameFault(declared, to);
  if (fault !== null) return { refused: fault };
  const places = occurrencesOf(analysis, declared);
  const taken = places.find(({ module }) => clashes(analysis, module, declared, to));
  if (taken !== undefined) return { refused: `${taken.module} has something called ${to} already` };
  return { edits: places.map(({ module, span }) => ({ module, span, text: to })) };
}

/** As the language has names: those of types begin with a capital, no others do. */
function nameFault({ as, name }: Declared, to: string): string | null {
  if (to === name) return null;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(to))
    return `${JSON.stringify(to)} is no name: letters, digits and _, not a digit first`;
  if (isReserved(to)) return `${to} is a word of the language`;
  if (as === "enum" || as === "type") return /^[A-Z]/.test(to) ? null : `names of types begin with a capital letter`;
  return /^[A-Z]/.test(to) ? "only names of types begin with a capital letter" : null;
}

/** Whether `to` is taken where the declaration is seen. */
function clashes(analysis: Analysis, module: string, declared: Declared, to: string): boolean {
  const { as, name } = declared;
  if (to === name) return false;
  if (as === "field" || as === "member") return siblings(analysis, declared).includes(to);
  const observed = analysis.whole(module);
  if (observed === null) return false;
  if (observed.scope.own(to) !== undefined) return true;
  for (const { scope } of observed.observer.bodies.values())
    for (let at: typeof scope | null = scope; at !== null; at = at.parent)
      if (at.own(to) !== undefined && scope.declared(name) !== undefined) return true;
  return false;
}

/** The members of its enum, the fields of its record. */
function siblings(analysis: Analysis, { as, node, module, span }: Declared): string[] {
  if (as === "member")
    return "kind" in node && node.kind === "enum" ? node.members.map((member) => member.name.text) : [];
  const file = analysis.file(module);
  const record = (file === null ? [] : pathAt(file.tree, span.start)).findLast(
    (each) => "kind" in each && each.kind === "record_type",
  );
  return record !== undefined && "kind" in record && record.kind === "record_type"
    ? record.fields.map((field) => field.name.text)
    : [];
}
