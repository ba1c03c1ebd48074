/** What the catalog says of an action. */

import { jsonOf } from "../../compiler/form/json-of.ts";
import { emptyEnv, isConst, reduce } from "../../compiler/ir/evaluate.ts";
import type { Expr, Value } from "../../compiler/ir/expr.ts";
import { EvaluationError } from "../../compiler/ir/ops.ts";
import type { Action, ApproveStmt, Program, Statement } from "../../compiler/program.ts";
import { showExpr } from "../../compiler/render/show-expr.ts";
import { showType } from "../../compiler/types/type.ts";

/** What is the same in every plan, or the expression over inputs and facts that decides it; null where nothing is said. */
export type Stated<T> =
  | { readonly is: "known"; readonly value: T }
  | { readonly is: "depends"; readonly on: string }
  | null;

export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  readonly at: string;
  readonly risk: Stated<string>;
  readonly owner: Stated<string>;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    /** As it is given in JSON; null where there is none, or where it depends on something. */
    readonly default: Value;
    readonly doc: string | null;
    readonly must: readonly string[];
  }[];
  readonly approvals: readonly {
    readonly mode: ApproveStmt["by"]["mode"];
    readonly by: Stated<readonly string[]>;
    readonly quorum: Stated<number>;
    /** Whether some plans ask for it and others do not. */
    readonly conditional: boolean;
    readonly at: string;
  }[];
}

export function entryOf(action: Action, program: Program): Entry {
  const title = (id: string): string => program.approvers.find((each) => each.id === id)?.name ?? id;
  return {
    id: action.id,
    name: action.name,
    doc: action.doc,
    at: action.at,
    risk: stated(action.risk, asText),
    owner: stated(action.owner, (value) => {
      const id = asText(value);
      return id === null ? null : title(id);
    }),
    inputs: action.params.map((p) => ({
      name: p.name,
      type: showType(p.type),
      required: p.default === null && !p.optional,
      default: p.default === null ? null : jsonOf(program, (constantOf(p.default) ?? null) as Value, p.type),
      doc: p.doc,
      must: p.where.map((w) => w.text),
    })),
    approvals: approvalsOf(program, action.body, false).map(({ statement, conditional }) => ({
      mode: statement.by.mode,
      by: stated(statement.by.by, (ids) => (Array.isArray(ids) ? ids.map((id) => title(String(id))) : null)),
      quorum:
        statement.quorum === null
          ? { is: "known", value: 1 }
          : stated(statement.quorum, (value) => (typeof value === "number" ? value : null)),
      conditional: conditional || statement.when !== null,
      at: statement.at,
    })),
  };
}

const asText = (value: unknown): string | null => (typeof value === "string" ? value : null);

function stated<T>(expr: Expr | null, read: (value: unknown) => T | null): Stated<T> {
  if (expr === null) return null;
  const value = constantOf(expr);
  const known = value === undefined ? null : read(value);
  return known === null ? { is: "depends", on: showExpr(expr) } : { is: "known", value: known };
}

/** undefined where a value depends on something, or has none. */
function constantOf(expr: Expr): unknown {
  try {
    const reduced = reduce(expr, emptyEnv);
    return isConst(reduced) ? reduced.v : undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return undefined;
  }
}

interface Asked {
  readonly statement: ApproveStmt;
  readonly conditional: boolean;
}

/** Those of actions that steps run count as its own. */
function approvalsOf(program: Program, body: readonly Statement[], conditional: boolean): Asked[] {
  return body.flatMap((each) => asked(program, each, conditional));
}

function asked(program: Program, s: Statement, conditional: boolean): Asked[] {
  switch (s.s) {
    case "approve":
      return [{ statement: s, conditional }];
    case "if":
      return [...approvalsOf(program, s.then, true), ...approvalsOf(program, s.else, true)];
    case "for":
      return approvalsOf(program, s.body, conditional || s.allowEmpty);
    case "parallel":
      return s.branches.flatMap((branch) => approvalsOf(program, branch, conditional));
    case "nested": {
      const run = program.actions.find((each) => each.id === s.action);
      return run === undefined ? [] : approvalsOf(program, run.body, conditional || s.when !== null);
    }
    case "let":
    case "fact":
    case "step":
    case "check":
    case "require":
    case "wait":
      return [];
  }
}
