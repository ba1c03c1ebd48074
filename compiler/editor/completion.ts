/** What may be written at a place, the likeliest first. */
import type { Span } from "../../language/tree.ts";
import { enumIn } from "../check/expr.ts";
import { nameOf } from "../check/import-graph.ts";
import type { Binding, Scope } from "../check/scope.ts";
import { isTestFile } from "../check/test-file.ts";
import { useLine } from "../fix/use-line.ts";
import type { Manifest } from "../manifest.ts";
import { HOOK_EVENTS } from "../program.ts";
import { BLOCKS, type BlockSpec } from "../schema/blocks.ts";
import { DECLARATION_PHRASES, type Phrase, STATEMENT_PHRASES } from "../schema/phrases.ts";
import { methodsOf } from "../types/methods.ts";
import { assignable, base, fieldsOf } from "../types/relations.ts";
import { briefType, SCALARS, type Type } from "../types/type.ts";
import { type Analysis, glances } from "./analysis.ts";
import { callProposals, importProposals, labelProposals, pathProposals } from "./completion-calls.ts";
import { type Completion, item, snippet } from "./completion-item.ts";
import { type Description, describe, describeBinding, methodSignature } from "./describe.ts";
import { type Slot, slotAt } from "./slot.ts";
import { declaredAs } from "./symbol.ts";
import { PLACEHOLDER, type Typed, typedAt } from "./typed.ts";
import { visibleIn } from "./visible.ts";

export interface Completions {
  /** What any of them replaces. */
  readonly span: Span;
  readonly items: readonly Completion[];
  /** What is asked for at the place; null where nothing is proposed. */
  readonly slot: Slot | null;
}

/** Of a place in a file as it is typed. Empty where a name of one's own is to be written. */
export function complete(analysis: Analysis, path: string, offset: number): Completions {
  const typed = typedAt(analysis, path, offset);
  if (typed === null) return { span: { start: offset, end: offset }, items: [], slot: null };
  const slot = isInComment(typed) ? null : slotAt(typed);
  const items = slot === null ? [] : proposals(analysis, path, typed, slot);
  const { start, end } = typed.word;
  if (slot?.slot !== "path") return { span: { start, end: offset }, items, slot };
  return { span: { start: start - slot.before, end: Math.max(end, offset) + slot.after }, items, slot };
}

/** What is said of a proposal besides what it is; null where it says it itself. */
export function docOf(analysis: Analysis, { doc, about }: Completion): Pick<Description, "doc" | "notes"> | null {
  if (doc !== null) return { doc, notes: [] };
  const spot = about === null ? null : analysis.spot(about.path, about.offset);
  const declared = about === null || spot === null ? null : declaredAs(analysis, spot, about.name);
  return declared === null ? null : describe(analysis, { is: "declared", declared });
}

function isInComment({ file, offset }: Typed): boolean {
  const line = file.text.lastIndexOf("\n", offset - 1) + 1;
  return /^\s*\/\//.test(file.text.slice(line, offset));
}

function proposals(analysis: Analysis, path: string, typed: Typed, slot: Slot): Completion[] {
  switch (slot.slot) {
    case "declaration":
      return phrases(
        isTestFile(path) ? ["import", "use", "let", "test"] : (Object.keys(DECLARATION_PHRASES) as DeclarationKind[]),
        DECLARATION_PHRASES,
      );
    case "statement":
      return [
        ...properties(slot.body.block === null ? null : BLOCKS[slot.body.block], slot.given),
        ...phrases(slot.body.statements, STATEMENT_PHRASES),
      ];
    case "value":
      return [
        ...values(analysis, typed, slot.scope, slot.expected),
        ...importProposals(analysis, path, slot.scope, isValue),
      ];
    case "call":
      return callProposals(analysis, path, typed, slot.scope, slot.of);
    case "member":
      return members(slot.of, slot.called);
    case "offered": {
      const file = analysis.file(path);
      const manifest = analysis.manifests.get(slot.provider)?.manifest;
      if (file === null || manifest === undefined) return [];
      return operations(manifest, slot.called).map((each) => ({ ...each, edits: [useLine(file, manifest.name)] }));
    }
    case "label":
      return labelProposals(slot.params, slot.given);
    case "field":
      return slot.fields
        .filter(({ name }) => !slot.given.has(name))
        .map((field) =>
          item("field", field.name, {
            insert: `${field.name}: `,
            detail: briefType(field.type),
            doc: field.doc,
            rank: field.optional ? 2 : 1,
            again: true,
          }),
        );
    case "arm":
      return arms(slot.on, slot.given);
    case "type":
      return types(typed, slot.scope, analysis, path);
    case "approver":
      return [
        ...named(analysis, typed, slot.scope, isApprover),
        ...approverWords(typed),
        ...importProposals(analysis, path, slot.scope, isApprover),
      ];
    case "step name":
      return named(analysis, typed, slot.scope, (binding) => binding.b === "value" && binding.stage === "run");
    case "provider":
      return [...analysis.manifests.values()].map(({ manifest }) =>
        item("provider", manifest.name, { doc: manifest.doc, detail: manifest.version }),
      );
    case "imported": {
      const target = analysis.imported(path, slot.item);
      if (target === null) return [];
      const items = analysis.file(target)?.tree.items ?? [];
      return items.flatMap((each) => {
        const name = each.kind === "use" ? undefined : nameOf(each)?.text;
        const binding = name === undefined ? undefined : analysis.exported(target, name);
        if (name === undefined || binding === undefined || slot.given.has(name)) return [];
        return [{ ...ofBinding(name, binding), about: { path: target, offset: each.span.start, name } }];
      });
    }
    case "path":
      // What else there may be lies on disk: `completion-paths.ts`.
      return slot.to === "import" ? pathProposals(analysis, path) : [];
    case "event":
      return HOOK_EVENTS.map((event) => item("word", event, {}));
    case "words":
      return slot.words.map((word) => item("keyword", word, { insert: `${word} ` }));
  }
}

type DeclarationKind = keyof typeof DECLARATION_PHRASES;

function phrases<K extends string>(kinds: readonly K[], table: Readonly<Record<K, readonly Phrase[]>>): Completion[] {
  return kinds.flatMap((kind) =>
    table[kind].map(({ label, insert, doc }) =>
      snippet("keyword", label, insert, { doc, rank: 3, again: insert.endsWith("$0") }),
    ),
  );
}

/** Needed ones first. */
function properties(block: BlockSpec | null, given: ReadonlySet<string>): Completion[] {
  return Object.entries(block?.properties ?? {}).flatMap(([name, { type, doc, required }]) =>
    given.has(name)
      ? []
      : [
          item("property", name, {
            insert: `${name} = `,
            detail: type.kind === "error" ? "" : briefType(type),
            doc,
            rank: required ? 0 : 1,
            again: true,
          }),
        ],
  );
}

const isValue = (binding: Binding): boolean =>
  binding.b === "value" || binding.b === "approver" || binding.b === "window";
const isApprover = (binding: Binding): boolean => binding.b === "approver";
const isType = (binding: Binding): boolean => binding.b === "type" || binding.b === "enum";

function values(analysis: Analysis, typed: Typed, scope: Scope, expected: Type | null): Completion[] {
  const wanted = expected === null ? null : enumIn(expected);
  const choice = expected?.kind === "optional" ? expected.of : expected;
  const words = wanted !== null ? wanted.members : choice?.kind === "one_of" ? choice.keys : [];
  const plain = expected === null ? null : base(expected.kind === "optional" ? expected.of : expected);
  return [
    ...words
      .filter((word) => visibleIn(scope, typed, word) === null)
      .map((word) =>
        item("member", word, { detail: wanted?.name ?? (choice === null ? "" : briefType(choice)), rank: 0 }),
      ),
    ...(plain?.kind === "bool" ? ["true", "false"].map((word) => item("keyword", word, { rank: 1 })) : []),
    ...(expected?.kind === "optional" ? [item("keyword", "none", { rank: 2 })] : []),
    ...named(analysis, typed, scope, isValue, expected),
    snippet("keyword", "match", "match ${1:value} {\n  ${2:member} => $0,\n}", {
      doc: "One value for each case.",
      rank: 5,
    }),
  ];
}

/** Names seen from the place, those that fit first. */
function named(
  analysis: Analysis,
  typed: Typed,
  scope: Scope,
  wanted: (binding: Binding) => boolean,
  expected: Type | null = null,
): Completion[] {
  const glance = glances(analysis, typed.file);
  return [...new Set(scope.names())].flatMap((name) => {
    if (name === PLACEHOLDER) return [];
    const binding = glance(visibleIn(scope, typed, name), name);
    if (binding === undefined || !wanted(binding)) return [];
    const fits = expected !== null && binding.b === "value" && assignable(binding.type, expected);
    const about = { path: typed.file.path, offset: typed.word.start, name };
    return [{ ...ofBinding(name, binding, fits ? 1 : 2), about }];
  });
}

export function ofBinding(name: string, binding: Binding, rank = 2): Completion {
  const { code, doc } = describeBinding(name, null, binding);
  return item(kindOf(binding), name, { detail: code, doc, rank });
}

function kindOf(binding: Binding): Completion["kind"] {
  switch (binding.b) {
    case "value":
      return "value";
    case "instance":
    case "family":
      return "provider";
    case "enum":
      return "enum";
    case "type":
      return "type";
    case "approver":
    case "window":
    case "secret":
    case "guardrail":
      return "declaration";
    case "operation":
      return "operation";
    case "action":
      return "action";
    case "broken":
      return "value";
  }
}

function members(of: Type | Binding, called: boolean): Completion[] {
  if ("b" in of) {
    if (of.b === "enum") return of.type.members.map((name) => item("member", name, { detail: of.type.name }));
    if (of.b !== "instance" && of.b !== "family") return [];
    return operations(of.manifest, called);
  }
  const type = of.kind === "optional" ? of.of : of;
  const { methods, element } = methodsOf(type);
  return [
    ...(fieldsOf(type) ?? []).map((field) =>
      item("field", field.name, { detail: briefType(field.type), doc: field.doc, rank: 1 }),
    ),
    ...Object.entries(methods).map(([name, method]) =>
      snippet("method", name, called || method.params.length === 0 ? (called ? name : `${name}()`) : `${name}($0)`, {
        detail: methodSignature(name, method, element),
        doc: method.doc,
        rank: 2,
      }),
    ),
  ];
}

const operations = (manifest: Manifest, called: boolean): Completion[] =>
  Object.entries(manifest.operations).map(([name, operation]) =>
    snippet("operation", name, called ? name : `${name}(${requiredArgs(operation.params)})`, {
      detail: `${operation.effect} ${operation.resource}`,
      doc: operation.doc,
    }),
  );

/** `path: ${1}, content: ${2}`: what a call cannot do without. */
export function requiredArgs(params: readonly { readonly name: string; readonly required: boolean }[]): string {
  const needed = params.filter(({ required }) => required);
  return needed.length === 0 ? "$0" : needed.map(({ name }, i) => `${name}: $${i + 1}`).join(", ");
}

function arms(on: Type, given: ReadonlySet<string>): Completion[] {
  const plain = on.kind === "optional" ? on.of : on;
  const wanted = enumIn(plain);
  const words = wanted?.members ?? (base(plain).kind === "bool" ? ["true", "false"] : []);
  return [
    ...words
      .filter((word) => !given.has(word))
      .map((word) => item("member", word, { insert: `${word} => `, again: true })),
    ...(on.kind === "optional" && !given.has("none")
      ? [item("keyword", "none", { insert: "none => ", again: true })]
      : []),
    item("keyword", "_", { insert: "_ => ", detail: "all others", rank: 4, again: true }),
  ];
}

const GENERICS = ["list", "map", "range", "secret"];

function types(typed: Typed, scope: Scope, analysis: Analysis, path: string): Completion[] {
  return [
    ...named(analysis, typed, scope, isType),
    ...SCALARS.map((name) => item("type", name, { rank: 3 })),
    ...GENERICS.map((name) => snippet("type", name, `${name}<$0>`, { rank: 3, again: true })),
    snippet("keyword", "one of", "one of $0", { doc: "A key of a map, with what stands there.", rank: 4, again: true }),
    ...importProposals(analysis, path, scope, isType),
  ];
}

function approverWords({ nodes }: Typed): Completion[] {
  const parent = nodes.at(-2);
  if (parent === undefined || !("kind" in parent) || parent.kind === "list") return [];
  return [
    snippet("keyword", "any of", "any of [$0]", { doc: "Some of these groups together.", rank: 3, again: true }),
    snippet("keyword", "all of", "all of [$0]", { doc: "Each of these groups.", rank: 3, again: true }),
  ];
}
