/** `opsc catalog` */
import { packageOf } from "../../compiler/check/packages.ts";
import { emptyEnv, isConst, reduce } from "../../compiler/ir/evaluate.ts";
import type { Expr } from "../../compiler/ir/expr.ts";
import { EvaluationError } from "../../compiler/ir/ops.ts";
import type { Action, ApproveStmt, Program, Statement } from "../../compiler/program.ts";
import { showExpr } from "../../compiler/render/show-expr.ts";
import { showType } from "../../compiler/types/type.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { soundProgram } from "../planning.ts";
import { openProject } from "../project.ts";
import { safeText } from "../words.ts";

/** What is the same in every plan, or the expression over inputs and facts that decides it; null where nothing is said. */
type Stated<T> = { readonly is: "known"; readonly value: T } | { readonly is: "depends"; readonly on: string } | null;

interface Entry {
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

export async function run(io: Io, options: Common): Promise<ExitCode> {
  const project = await openProject(options.dir, { tests: false });
  const program = await soundProgram(io, project);
  const actions = program.actions
    .filter((action) => packageOf(action.module) === null)
    .map((action) => entryOf(action, program));
  if (io.json) {
    io.raw(JSON.stringify({ actions }));
    return EXIT.done;
  }
  if (actions.length === 0) io.out("this project declares no actions");
  for (const action of actions) show(io, action);
  return EXIT.done;
}

function entryOf(action: Action, program: Program): Entry {
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
      doc: p.doc,
      must: p.where.map((w) => w.text),
    })),
    approvals: approvalsOf(action.body, false).map(({ statement, conditional }) => ({
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

function approvalsOf(body: readonly Statement[], conditional: boolean): Asked[] {
  return body.flatMap((s): Asked[] => {
    switch (s.s) {
      case "approve":
        return [{ statement: s, conditional }];
      case "if":
        return [...approvalsOf(s.then, true), ...approvalsOf(s.else, true)];
      case "for":
        return approvalsOf(s.body, conditional || s.allowEmpty);
      case "parallel":
        return s.branches.flatMap((branch) => approvalsOf(branch, conditional));
      default:
        return [];
    }
  });
}

function show(io: Io, action: Entry): void {
  io.out(`${action.name}  (${action.at})`);
  if (action.doc !== null) io.out(`  ${safeText(action.doc.split("\n")[0] ?? "")}`);
  const about = [line("risk", action.risk), line("owner", action.owner)].filter((part) => part !== "");
  if (about.length > 0) io.out(`  ${about.join(" · ")}`);
  for (const input of action.inputs) {
    const must = input.must.length === 0 ? "" : `  where ${input.must.join(" and ")}`;
    io.out(
      `  -i ${input.name}=…  ${input.type}${input.required ? "" : ", optional"}${must}${input.doc === null ? "" : `  ${safeText(input.doc)}`}`,
    );
  }
  for (const each of action.approvals) io.out(`  ${approvalLine(each)}`);
}

const line = (name: string, value: Stated<string>): string => (value === null ? "" : `${name} ${words(value)}`);

function words<T>(value: NonNullable<Stated<T>>, known: (value: T) => string = String): string {
  return value.is === "known" ? safeText(known(value.value)) : `depends on inputs: ${safeText(value.on)}`;
}

function approvalLine({ mode, by, quorum, conditional }: Entry["approvals"][number]): string {
  const who = by === null ? "" : words(by, (names) => names.join(mode === "all" ? " and " : " or "));
  const each = mode === "all" ? " of each" : "";
  const count = quorum?.is === "known" ? `${quorum.value}${each}` : quorum === null ? "" : words(quorum);
  return `approval by ${who}: ${count}${conditional ? ", under a condition" : ""}`;
}
