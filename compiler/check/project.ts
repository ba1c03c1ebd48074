/** A whole project: files in, checked program and diagnostics out. */
import { parse } from "../../language/parse.ts";
import type * as tree from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnoseSyntax } from "../diagnostics/registry.ts";
import { sha256 } from "../digest.ts";
import { type Action, type Guardrail, PROGRAM_VERSION, type Program } from "../program.ts";
import { checkAction } from "./actions.ts";
import { type Context, type KnownManifest, type ModuleState, makeLines, type ProjectState, report } from "./context.ts";
import { resolveItem } from "./declarations.ts";
import { MAX_NESTING } from "./expr.ts";
import { checkGuardrail, checkMatches } from "./guardrails.ts";
import { addImports, importCycles, nameOf } from "./imports.ts";
import { checkNames } from "./naming.ts";
import { type Binding, Scope } from "./scope.ts";
import { tellUnused } from "./unused.ts";

export interface ProjectInput {
  /** Paths within the project, with `/`. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** By the name in `use`. */
  readonly manifests: ReadonlyMap<string, KnownManifest>;
}

export interface CheckedProject {
  readonly program: Program;
  /** Sorted by file and place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws for what people write. The program is to be planned only if no diagnostic is an error. */
export function checkProject(input: ProjectInput): CheckedProject {
  const diagnostics: Diagnostic[] = [];
  const modules = new Map<string, ModuleState>();
  for (const file of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { tree, faults } = parse(file.text);
    for (const fault of faults) diagnostics.push(diagnoseSyntax(fault, file.path));
    modules.set(file.path, {
      path: file.path,
      text: file.text,
      tree,
      lines: makeLines(file.text),
      scope: new Scope(null),
    });
  }
  const project: ProjectState = {
    modules,
    manifests: input.manifests,
    diagnostics,
    instances: new Map(),
    refinements: new Map(),
    choices: new Map(),
    approvers: new Map(),
    resolving: [],
    nesting: { now: 0 },
    suggestions: { work: 0 },
    origins: new WeakMap(),
    mayBeUnused: [],
  };
  const contexts = [...modules.values()].map(
    (module): Context => ({ project, module, scope: module.scope, action: null }),
  );
  for (const cx of contexts) addItems(cx);
  for (const cx of contexts) addImports(cx);
  importCycles(project);
  for (const cx of contexts) for (const item of cx.module.tree.items) force(cx, item);
  const actions = contexts.flatMap((cx) => each(cx, "action").map((item) => checkAction(cx, item)));
  const guardrails = contexts.flatMap((cx) => checkGuardrails(cx, actions));
  for (const cx of contexts) checkNames(cx);
  tellUnused(project, contexts, actions, guardrails);
  const program: Program = {
    programVersion: PROGRAM_VERSION,
    modules: [...modules.values()].map(({ path, text }) => ({ path, sha256: `sha256:${sha256(text)}` })),
    instances: [...project.instances.values()].sort(byId),
    approvers: [...project.approvers.values()].sort(byId),
    windows: [],
    secrets: [],
    guardrails: guardrails.sort(byId),
    actions: actions.sort(byId),
    choices: Object.fromEntries([...project.choices].sort(([a], [b]) => (a < b ? -1 : 1))),
    refinements: Object.fromEntries([...project.refinements].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return { program, diagnostics: order(diagnostics) };
}

function each<K extends tree.Item["kind"]>(cx: Context, kind: K): Extract<tree.Item, { kind: K }>[] {
  return cx.module.tree.items.filter((item): item is Extract<tree.Item, { kind: K }> => item.kind === kind);
}

function checkGuardrails(cx: Context, actions: readonly Action[]): Guardrail[] {
  return each(cx, "guardrail").map((item) => {
    const guardrail = checkGuardrail(cx, item);
    checkMatches(cx, item, guardrail, actions);
    return guardrail;
  });
}

/** Names first: what they stand for is found when asked for, so that order does not matter and circles are seen. */
function addItems(cx: Context): void {
  for (const item of cx.module.tree.items) {
    const name = nameOf(item);
    if (item.kind === "import" || name === null) continue;
    if (cx.scope.own(name.text) !== undefined) {
      report(cx, "duplicate-name", name.span, { name: name.text });
      continue;
    }
    cx.scope.add(
      name.text,
      name.span,
      lazily(cx, name, () => resolveItem(cx, item)),
    );
  }
}

function lazily(cx: Context, name: tree.Name, resolve: () => Binding): () => Binding {
  let found: Binding | undefined;
  const id = `${cx.module.path}#${name.text}`;
  return () => {
    if (found !== undefined) return found;
    const circle = cx.project.resolving.indexOf(id);
    if (circle >= 0) {
      const names = [...cx.project.resolving.slice(circle), id].map((each) => each.slice(each.lastIndexOf("#") + 1));
      report(cx, "definition-cycle", name.span, { cycle: names.join(" → ") });
      found = { b: "broken" };
      return found;
    }
    const { nesting, resolving } = cx.project;
    if (nesting.now >= MAX_NESTING) {
      report(cx, "too-deep", name.span, { limit: String(MAX_NESTING) });
      found = { b: "broken" };
      return found;
    }
    nesting.now++;
    resolving.push(id);
    const binding = resolve();
    resolving.pop();
    nesting.now--;
    found ??= binding;
    if (found.b === "approver") cx.project.approvers.set(found.approver.id, found.approver);
    return found;
  };
}

function force(cx: Context, item: tree.Item): void {
  const name = nameOf(item);
  if (name !== null) cx.scope.peek(name.text);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** By place; the same finding at the same place once. */
function order(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics
    .filter((d) => {
      const key = `${d.module}:${d.span.start}:${d.span.end}:${d.code}:${d.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) =>
      a.module < b.module ? -1 : a.module > b.module ? 1 : a.span.start - b.span.start || a.span.end - b.span.end,
    );
}
