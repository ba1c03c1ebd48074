/** One group of files checked: those of an import circle, or a single file. */
import { hiddenCharacters } from "../../language/hidden.ts";
import type * as tree from "../../language/tree.ts";
import type { DataReaders } from "../data/read.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose, diagnoseSyntax } from "../diagnostics/registry.ts";
import type { Action, Guardrail, Instance } from "../program.ts";
import { proveActions } from "../prove/action.ts";
import type { Brief, Briefs } from "../prove/brief.ts";
import type { TestCase } from "../test-case.ts";
import { checkAction } from "./actions.ts";
import { type Context, type KnownManifest, type Parsed, type ProjectState, report, reportTaken } from "./context.ts";
import { resolveItem } from "./declarations.ts";
import { MAX_NESTING } from "./expr.ts";
import { checkGuardrail } from "./guardrails.ts";
import { nameOf } from "./import-graph.ts";
import { addImports } from "./imports.ts";
import { checkNames } from "./naming.ts";
import { Observer } from "./observer.ts";
import { packageKey } from "./packages.ts";
import { type Binding, Scope } from "./scope.ts";
import { checkTests } from "./tests.ts";
import { type MayBeUnused, mayBeUnused } from "./unused.ts";
import { briefWithin, type Declared, nothingDeclared, type ReadKind, Reads, type Table, type World } from "./world.ts";

/** What checking a file gave: all that the project, and the files that import it, want of it. */
export interface CheckedModule {
  readonly path: string;
  readonly diagnostics: readonly Diagnostic[];
  /** What its names stand for. */
  readonly exports: ReadonlyMap<string, Binding>;
  readonly uses: readonly { readonly instance: Instance; readonly span: tree.Span }[];
  readonly actions: readonly Action[];
  readonly guardrails: readonly { readonly guardrail: Guardrail; readonly span: tree.Span }[];
  readonly tests: readonly TestCase[];
  readonly unused: readonly MayBeUnused[];
  /** Names of the file that something in it makes use of. */
  readonly used: ReadonlySet<string>;
  /** So many of the diagnostics, the first, are of the text: what the parser told, and characters that cannot be seen. */
  readonly ofText: number;
  /** What looking for names like unknown ones has cost. */
  readonly suggestions: number;
}

export interface CheckedGroup {
  readonly files: readonly Parsed[];
  readonly modules: readonly CheckedModule[];
  readonly declared: Declared;
  readonly reads: Reads;
  /** Where only an action was checked anew (`patch.ts`): places in the program are those of an older text. */
  readonly patch: Patch | null;
}

/** What is known of the action that was checked by itself last. */
export interface Patch {
  /** The action as it was then, whatever text has come before it since. */
  readonly item: tree.Item;
  /** Names of the file that it makes use of. */
  readonly uses: ReadonlySet<string>;
  /** Of all that is not it. */
  readonly others: Reads;
}

export interface Observed {
  readonly observer: Observer;
  /** Of the whole file. */
  readonly scope: Scope;
}

export interface Surroundings {
  readonly world: World;
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  readonly readers: DataReaders;
}

export function checkGroup(files: readonly Parsed[], surroundings: Surroundings): CheckedGroup {
  const { contexts, declared, reads, ofText } = openGroup(files, surroundings, null);
  for (const cx of contexts) for (const item of cx.module.tree.items) force(cx, item);
  return { files, modules: contexts.map((cx, i) => checkBodies(cx, ofText[i] ?? 0)), declared, reads, patch: null };
}

/** What checking one action by itself gives, in a file else unchecked. */
export interface CheckedAction {
  readonly action: Action;
  readonly binding: Binding | undefined;
  /** Of the file's text. */
  readonly ofText: readonly Diagnostic[];
  /** All others, of the action and of what it makes use of. */
  readonly diagnostics: readonly Diagnostic[];
  readonly unused: readonly MayBeUnused[];
  /** Names of the file that it makes use of, itself or through others. */
  readonly uses: ReadonlySet<string>;
  readonly declared: Declared;
  readonly reads: Reads;
}

export function checkAlone(file: Parsed, item: tree.ActionItem, surroundings: Surroundings): CheckedAction | null {
  const { contexts, declared, reads, ofText } = openGroup([file], surroundings, null);
  const [cx] = contexts;
  if (cx === undefined) return null;
  force(cx, item);
  const action = cx.project.actions.get(item) ?? checkAction(cx, item);
  proveActions(cx, [{ item, action }]);
  checkNames(cx, [item]);
  const { diagnostics } = cx.project;
  return {
    action,
    binding: item.name === null ? undefined : cx.scope.peek(item.name.text),
    ofText: diagnostics.slice(0, ofText[0]),
    diagnostics: diagnostics.slice(ofText[0]),
    unused: mayBeUnused(cx),
    uses: new Set(cx.scope.ownNames().filter((name) => cx.scope.wasUsed(name))),
    declared,
    reads,
  };
}

/**
 * What checking `path`, one of `files`, finds out about its places; where an item is given, about those in it, and those
 * of others as far as it takes them.
 */
export function observe(
  files: readonly Parsed[],
  path: string,
  item: tree.Item | null,
  surroundings: Surroundings,
): Observed | null {
  const observer = new Observer();
  const cx = openGroup(files, surroundings, { path, observer }).contexts.find(({ module }) => module.path === path);
  if (cx === undefined) return null;
  for (const each of item === null ? cx.module.tree.items : [item]) observeItem(cx, each);
  return { observer, scope: cx.scope };
}

/** What is wrong in one declaration of `path`, one of `files`, and in what it makes use of; as far as no other file need be looked at for it. */
export function examine(
  files: readonly Parsed[],
  path: string,
  item: tree.Item,
  surroundings: Surroundings,
): readonly Diagnostic[] {
  const cx = openGroup(files, surroundings, null).contexts.find(({ module }) => module.path === path);
  if (cx === undefined) return [];
  if (item.kind === "action") {
    force(cx, item);
    proveActions(cx, [{ item, action: cx.project.actions.get(item) ?? checkAction(cx, item) }]);
  } else observeItem(cx, item);
  checkNames(cx, [item]);
  return cx.project.diagnostics;
}

function observeItem(cx: Context, item: tree.Item): void {
  const name = nameOf(item);
  const named = name !== null && cx.scope.own(name.text)?.start === name.span.start;
  if (named) force(cx, item);
  switch (item.kind) {
    case "action":
      if (!cx.project.actions.has(item)) checkAction(cx, item);
      return;
    case "guardrail":
      checkGuardrail(cx, item);
      return;
    case "test":
      checkTests(cx, [item]);
      return;
    case "import":
      return;
    case "use":
    case "let":
    case "enum":
    case "type":
    case "approver":
    case "operation":
    case "window":
    case "secret":
      // One without a name, or with one that is taken, stands in no scope.
      if (!named) resolveItem(cx, item);
  }
}

function openGroup(
  files: readonly Parsed[],
  { world, manifests, readers }: Surroundings,
  observed: { readonly path: string; readonly observer: Observer } | null,
): {
  readonly contexts: readonly Context[];
  readonly declared: Declared;
  readonly reads: Reads;
  readonly ofText: readonly number[];
} {
  const declared = nothingDeclared();
  const reads = new Reads();
  const shared = { manifests, readers, resolving: [], nesting: { now: 0 }, origins: new Map<object, tree.Span>() };
  const scopes = new Map(files.map((file) => [file.path, new Scope(null)]));
  const contexts = files.map((file): Context => {
    const scope = scopes.get(file.path) ?? new Scope(null);
    const project: ProjectState = {
      ...shared,
      ...viewOf(world, declared, reads, scopes),
      diagnostics: [...file.faults.map((fault) => diagnoseSyntax(fault, file.path)), ...hiddenIn(file)],
      uses: [],
      actions: new Map(),
      suggestions: { work: 0 },
      mayBeUnused: [],
      observer: observed !== null && observed.path === file.path ? observed.observer : null,
    };
    return { project, module: { ...file, scope }, scope, action: null };
  });
  const ofText = contexts.map(({ project }) => project.diagnostics.length);
  for (const cx of contexts) addItems(cx);
  for (const cx of contexts) addImports(cx);
  return { contexts, declared, reads, ofText };
}

/** What cannot be seen in a file; among its code the parser has told it. */
function hiddenIn({ path, text, faults }: Parsed): Diagnostic[] {
  return hiddenCharacters(text)
    .filter(({ span }) => !faults.some((fault) => fault.span.start <= span.start && span.end <= fault.span.end))
    .map(({ span, name }) => diagnose("hidden-character", path, span, { name }));
}

/** What a file sees of others, each look noted. Files of its own group are seen as they are, being checked with it. */
function viewOf(world: World, declared: Declared, reads: Reads, group: ReadonlyMap<string, Scope>) {
  const table = <T>(
    kind: ReadKind & keyof Declared,
    own: Map<string, T>,
    others: ReadonlyMap<string, T>,
  ): Table<T> => ({
    get: (id) => own.get(id) ?? reads.note(kind, id, others.get(id)),
    set: (id, value) => own.set(id, value),
  });
  return {
    instances: table("instance", declared.instance, world.table("instance")),
    refinements: table("refinement", declared.refinement, world.table("refinement")),
    choices: table("choice", declared.choice, world.table("choice")),
    approvers: table("approver", declared.approver, world.table("approver")),
    windows: table("window", declared.window, world.table("window")),
    briefs: briefsOf(world, declared, reads),
    bodies: table("body", declared.body, world.table("body")),
    hasFile: (path: string) => reads.note("file", path, world.hasFile(path)),
    hasName: (path: string, name: string) => reads.note("name", `${path}#${name}`, world.hasName(path, name)),
    namesOf: (path: string) => reads.note("names", path, world.namesOf(path)),
    exported: (path: string, name: string) =>
      group.has(path)
        ? group.get(path)?.peek(name)
        : reads.note("export", `${path}#${name}`, world.exported(path, name)),
    declaring: (name: string) => reads.note("declares", name, world.declaring(name)),
    dataFile: (path: string) => reads.note("data", path, world.dataFile(path)),
    packageImport: (importer: string, specifier: string) => {
      const key = packageKey(importer, specifier);
      return reads.note("package", key, world.packageImport(key));
    },
    paths: () => reads.note("paths", "", world.paths()),
  };
}

/** Of an action of the group from its body, of others from the project. */
function briefsOf(world: World, { body }: Declared, reads: Reads): Briefs {
  const made = new Map<string, Brief>();
  const briefs: Briefs = (id) => {
    const own = body.get(id);
    return own === undefined ? reads.note("brief", id, world.brief(id)) : briefWithin(made, id, own, briefs);
  };
  return briefs;
}

function checkBodies(cx: Context, ofText: number): CheckedModule {
  const checked = each(cx, "action").map((item) => ({
    item,
    action: cx.project.actions.get(item) ?? checkAction(cx, item),
  }));
  proveActions(cx, checked);
  const actions = checked.map(({ action }) => action);
  const guardrails = each(cx, "guardrail").map((item) => ({
    guardrail: checkGuardrail(cx, item),
    span: item.name?.span ?? item.span,
  }));
  const tests = checkTests(cx);
  checkNames(cx);
  const exports = new Map<string, Binding>();
  for (const item of cx.module.tree.items) {
    const name = nameOf(item)?.text;
    const binding = name === undefined ? undefined : cx.scope.peek(name);
    if (name !== undefined && binding !== undefined) exports.set(name, binding);
  }
  const { path } = cx.module;
  const { diagnostics, uses, suggestions } = cx.project;
  const unused = mayBeUnused(cx);
  return {
    path,
    diagnostics,
    exports,
    uses,
    actions,
    guardrails,
    tests,
    unused,
    used: new Set(cx.scope.ownNames().filter((name) => cx.scope.wasUsed(name))),
    ofText,
    suggestions: suggestions.work,
  };
}

function each<K extends tree.Item["kind"]>(cx: Context, kind: K): Extract<tree.Item, { kind: K }>[] {
  return cx.module.tree.items.filter((item): item is Extract<tree.Item, { kind: K }> => item.kind === kind);
}

/** Names first: what they stand for is found when asked for, so that order does not matter and circles are seen. */
function addItems(cx: Context): void {
  for (const item of cx.module.tree.items) {
    const name = nameOf(item);
    if (item.kind === "import" || name === null) continue;
    const before = cx.scope.own(name.text);
    if (before !== undefined) {
      reportTaken(cx, name, before);
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
    if (found.b === "window") cx.project.windows.set(found.window.id, found.window);
    return found;
  };
}

function force(cx: Context, item: tree.Item): void {
  const name = nameOf(item);
  if (name !== null) cx.scope.peek(name.text);
}
