/** What checking carries along: the project, the file, the scope, and within an action its ids. */
import { type LineIndex, lineIndex } from "../../language/lines.ts";
import type { Module, Span } from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ArgsOf, type Code, diagnose, type Extra } from "../diagnostics/registry.ts";
import { type Env, EvalError, isConst, reduce, walkExpr } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import type { Manifest } from "../manifest.ts";
import type { Approver, Instance, Requirement } from "../program.ts";
import type { Scope, Stage } from "./scope.ts";

export interface KnownManifest {
  readonly manifest: Manifest;
  /** `sha256:…` of its canonical JSON. */
  readonly digest: string;
}

export interface ModuleState {
  readonly path: string;
  readonly text: string;
  readonly tree: Module;
  readonly lines: LineIndex;
  readonly scope: Scope;
}

/** Everything shared while a project is checked. Its collections grow; nothing else changes. */
export interface ProjectState {
  readonly modules: ReadonlyMap<string, ModuleState>;
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  readonly diagnostics: Diagnostic[];
  readonly instances: Map<string, Instance>;
  /** Conditions of refined types by their id, over the root `it`. */
  readonly refinements: Map<string, readonly Requirement[]>;
  /** What `one of` chooses from, by the id of the type. */
  readonly choices: Map<string, Value>;
  /** By id. */
  readonly approvers: Map<string, Approver>;
  /** Names being resolved now, to find circles. */
  readonly resolving: string[];
}

export interface Context {
  readonly project: ProjectState;
  readonly module: ModuleState;
  readonly scope: Scope;
  /** null outside an action. */
  readonly action: ActionState | null;
}

export interface ActionState {
  /** Ids given so far, to number a second of the same name. */
  readonly ids: Map<string, number>;
  /** When each var is known. */
  readonly stages: Map<string, Stage>;
}

export function report<C extends Code>(cx: Context, code: C, span: Span, args: ArgsOf<C>, extra: Extra = {}): void {
  cx.project.diagnostics.push(diagnose(code, cx.module.path, span, args, extra));
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

export function makeLines(text: string): LineIndex {
  return lineIndex(text);
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
    else if (cx.action?.stages.get(e.name) === "run") found = `the result of ${e.name.split("~")[0]}`;
  });
  return found;
}

const nothingKnown: Env = { ref: () => undefined };

/** Computes what is constant in `expr`; an operation that fails is told about at `span`. */
export function fold(cx: Context, expr: Expr, span: Span): Expr {
  try {
    return reduce(expr, nothingKnown);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    report(cx, "evaluation-fails", span, { why: error.message });
    return { k: "const", v: null };
  }
}

export { isConst };
