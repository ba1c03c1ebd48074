/** What checking carries along: the project, the file, the scope, and within an action its ids. */
import type { LineIndex } from "../../language/lines.ts";
import { nearest } from "../../language/nearest.ts";
import type { ActionItem, Module, Name, Span, SyntaxFault } from "../../language/tree.ts";
import type { DataFile } from "../data/file.ts";
import type { DataReaders } from "../data/read.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ArgsOf, type Code, diagnose, type Extra } from "../diagnostics/registry.ts";
import { EvaluationError, emptyEnv, isConst, reduce, reduceOutermost, walkExpr } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { exprFits } from "../ir/size.ts";
import type { Manifest } from "../manifest.ts";
import type { Action, Approver, Instance, Requirement, Window } from "../program.ts";
import type { Briefs } from "../prove/brief.ts";
import type { Observer } from "./observer.ts";
import type { PackageImport } from "./packages.ts";
import type { ActionSignature, Binding, Scope, Stage } from "./scope.ts";
import type { ActionBody, Table } from "./world.ts";

export interface KnownManifest {
  readonly manifest: Manifest;
  /** `sha256:…` of its canonical JSON. */
  readonly digest: string;
}

/** A file as read. */
export interface Parsed {
  readonly path: string;
  readonly text: string;
  readonly tree: Module;
  readonly faults: readonly SyntaxFault[];
  readonly lines: LineIndex;
}

export interface ModuleState extends Parsed {
  readonly scope: Scope;
}

/**
 * The project as a file under check sees it. Its collections grow; nothing else changes. What it gives of other files
 * is noted, so that this file is checked again when it changes, and only then.
 */
export interface ProjectState {
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  /** What is found in this file. */
  readonly diagnostics: Diagnostic[];
  readonly instances: Table<Instance>;
  /** Conditions of refined types by their id, over the root `it`. */
  readonly refinements: Table<readonly Requirement[]>;
  /** What `one of` chooses from, by the id of the type. */
  readonly choices: Table<Value>;
  /** By id. */
  readonly approvers: Table<Approver>;
  readonly windows: Table<Window>;
  /** What proofs need to know of actions that others run. Nothing of one with a mistake in it. */
  readonly briefs: Briefs;
  /** The actions themselves, where that is not enough: they are others with every edit. */
  readonly bodies: Table<ActionBody>;
  /** The instances this file brings in with `use`, and where. */
  readonly uses: { readonly instance: Instance; readonly span: Span }[];
  hasFile(path: string): boolean;
  /** Whether a file itself declares a name. */
  hasName(path: string, name: string): boolean;
  /** Names a file itself declares, in the order written; none where there is no such file. */
  namesOf(path: string): readonly string[];
  /** What a name of another file stands for. */
  exported(path: string, name: string): Binding | undefined;
  /** The first file of the project itself, in order, that declares `name`. */
  declaring(name: string): string | undefined;
  readonly readers: DataReaders;
  /** A file that is no source, as the host found it; undefined where it was not looked for. */
  dataFile(path: string): DataFile | undefined;
  /** What an import of a package means; undefined where the host did not look for it. */
  packageImport(importer: string, specifier: string): PackageImport | undefined;
  /** All files of the project itself. */
  paths(): readonly string[];
  /** Actions of this file that were checked, each once, when something first asked for it. */
  readonly actions: Map<ActionItem, Action>;
  /** Names being resolved now, to find circles. */
  readonly resolving: string[];
  /** How deep the check stands in expressions, over all names that are being resolved. */
  readonly nesting: { now: number };
  /** What looking for names like unknown ones has cost so far in this file. */
  readonly suggestions: { work: number };
  /** Where what was lowered stands in its file: statements, calls, rollbacks, requirements. Of use only while it is checked. */
  readonly origins: Map<object, Span>;
  /** Is told of what is found out about each place; null where nobody asks. */
  readonly observer: Observer | null;
  /** Inputs, parameters, facts and lets, to be looked at when everything was read. */
  readonly mayBeUnused: Watched[];
}

export interface Context {
  readonly project: ProjectState;
  readonly module: ModuleState;
  readonly scope: Scope;
  /** Optional values that a condition around has made sure of (`present.ts`). */
  readonly present?: ReadonlySet<string>;
  /** null outside an action. */
  readonly action: ActionState | null;
}

/** A name that is of no use unless something reads it. */
export interface Watched {
  readonly module: string;
  readonly kind: "input" | "parameter" | "fact" | "let";
  readonly name: string;
  readonly span: Span;
  readonly scope: Scope;
  /** Id of the action whose input it is: guardrails may read it by name. */
  readonly action: string | null;
}

export interface ActionState {
  /** Ids given so far, to number a second of the same name. */
  readonly ids: Map<string, number>;
  /** When each var is known. */
  readonly stages: Map<string, Stage>;
  /** For each let that only the run knows: the step or check it comes from. */
  readonly sources: Map<string, string>;
  /** Ids of steps and checks so far. */
  readonly steps: Set<string>;
  /** Actions it runs, so far. */
  readonly nested: ActionSignature[];
  /** Within `on failure { … }`: its event. */
  readonly hook: string | null;
}

export function report<C extends Code>(cx: Context, code: C, span: Span, args: ArgsOf<C>, extra: Extra = {}): void {
  cx.project.diagnostics.push(diagnose(code, cx.module.path, span, args, extra));
}

/** Tells of a name that is there already, since `before`; what the language itself puts there stands nowhere else. */
export function reportTaken(cx: Context, name: Pick<Name, "text" | "span">, before: Span): void {
  const there = before.start !== name.span.start && cx.module.text.slice(before.start, before.end) === name.text;
  const related = there ? [{ module: cx.module.path, span: before, note: "the first one" }] : [];
  report(cx, "duplicate-name", name.span, { name: name.text }, { related });
}

export const newActionState = (): ActionState => ({
  ids: new Map(),
  stages: new Map(),
  sources: new Map(),
  steps: new Set(),
  nested: [],
  hook: null,
});

/** Notes where what was just lowered stands, so that a later proof can point at it. */
export function placed<T extends object>(cx: Context, lowered: T, span: Span): T {
  cx.project.origins.set(lowered, span);
  return lowered;
}

/** Notes a name just added to the scope, to tell later if nothing uses it. */
export function watch(cx: Context, kind: Watched["kind"], name: Name, action: string | null = null): void {
  cx.project.mayBeUnused.push({
    module: cx.module.path,
    kind,
    name: name.text,
    span: name.span,
    scope: cx.scope,
    action,
  });
}

export const within = (cx: Context, scope: Scope): Context => ({ ...cx, scope });

/** `file:line:column` of a place in the current file. */
export function at(cx: Context, span: Span): string {
  const { line, column } = cx.module.lines.position(span.start);
  return `${cx.module.path}:${line}:${column}`;
}

export function sourceText(cx: Context, span: Span): string {
  return cx.module.text.slice(span.start, span.end).replace(/\s+/g, " ").trim();
}

/** Work that suggestions may cost in one file: thousands of unknown names, each like thousands of others, must not. */
export const SUGGESTION_WORK = 40_000_000;

/** What is secret, by the name it is read by; a computation has none. */
export function secretAt(cx: Context, span: Span): string {
  const text = sourceText(cx, span);
  return /^[\w.?]+$/.test(text) ? text : "this";
}

/** The nearest of `candidates`, or "" where none is near, or too many were looked for already. */
export function nearestTo(cx: Context, name: string, candidates: Iterable<string>): string {
  return nearestWithin(cx.project.suggestions, name, [...candidates]);
}

/** `nearestTo` where no file is under check; `budget` is that of the caller. */
export function nearestWithin(budget: { work: number }, name: string, candidates: readonly string[]): string {
  budget.work += candidates.length * name.length ** 2;
  return budget.work > SUGGESTION_WORK ? "" : nearest(name, candidates);
}

/** `name`, or `name~2` where this action has one of that name already. */
export function freshId(cx: Context, name: string): string {
  if (cx.action === null) return name;
  const count = (cx.action.ids.get(name) ?? 0) + 1;
  cx.action.ids.set(name, count);
  return count === 1 ? name : `${name}~${count}`;
}

/** When `expr` is known. */
export function stageOf(cx: Context, expr: Expr): Stage {
  let stage: Stage = "check";
  walkExpr(expr, (e) => {
    if (e.k !== "ref" || e.root === "local") return;
    const s: Stage = e.root === "var" ? (cx.action?.stages.get(e.name) ?? "plan") : "run";
    if (s === "run" || (s === "plan" && stage === "check")) stage = s;
  });
  return stage;
}

/** The first thing in `expr` that only the run knows, in words; null if all is known at plan. */
export function firstRunRef(cx: Context, expr: Expr): string | null {
  let found: string | null = null;
  walkExpr(expr, (e) => {
    if (found !== null || e.k !== "ref" || e.root === "local") return;
    if (e.root === "run") found = `run.${e.name}`;
    else if (e.root !== "var") found = "a result";
    else if (cx.action?.stages.get(e.name) === "run")
      found = `the result of ${(cx.action.sources.get(e.name) ?? e.name).split("~")[0]}`;
  });
  return found;
}

/** The var of the step or check whose result `expr` comes from, through lets; null where there is none. */
export function sourceOf(cx: Context, expr: Expr): string | null {
  let found: string | null = null;
  walkExpr(expr, (e) => {
    if (found !== null || e.k !== "ref" || e.root !== "var" || cx.action?.stages.get(e.name) !== "run") return;
    found = cx.action.sources.get(e.name) ?? e.name;
  });
  return found;
}

/** Stands in for what a mistake has left without a value: never computed with, so that one mistake is told once. */
export const NO_VALUE: Expr = { k: "ref", root: "local", name: "" };

/** Constant, or broken: told already, and to be told of no further. */
export function isSettled(expr: Expr): boolean {
  if (isConst(expr)) return true;
  let broken = false;
  walkExpr(expr, (e) => {
    broken ||= e === NO_VALUE;
  });
  return broken;
}

/** Computes what is constant anywhere in `expr`; an operation that fails is told about at `span`. */
export function foldAll(cx: Context, expr: Expr, span: Span): Expr {
  if (!exprFits(expr)) return tooLarge(cx, span);
  try {
    return fitting(cx, reduce(expr, emptyEnv), span);
  } catch (error) {
    return failing(cx, error, span);
  }
}

/** `foldAll` of an expression whose parts are folded already, as those of a larger one are: looks at the outermost only. */
export function fold(cx: Context, expr: Expr, span: Span): Expr {
  // What most expressions are: there is nothing to compute in them.
  if (expr.k === "const" || expr.k === "ref" || expr.k === "fn") return expr;
  try {
    return fitting(cx, reduceOutermost(expr), span);
  } catch (error) {
    return failing(cx, error, span);
  }
}

const fitting = (cx: Context, reduced: Expr, span: Span): Expr => (exprFits(reduced) ? reduced : tooLarge(cx, span));

function failing(cx: Context, error: unknown, span: Span): Expr {
  if (!(error instanceof EvaluationError)) throw error;
  report(cx, "evaluation-fails", span, { why: error.message });
  return NO_VALUE;
}

function tooLarge(cx: Context, span: Span): Expr {
  report(cx, "too-large", span, { what: "this expression" });
  return NO_VALUE;
}

export { isConst };
