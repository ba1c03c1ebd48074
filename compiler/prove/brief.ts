/** What an action is to one that runs it: so little that most edits of the one leave the proofs of the other as they are. */
import type { Statement, StepStmt } from "../program.ts";

export interface Brief {
  /** The first step that cannot be undone: `drop`, or `retire.drop` of an action within. */
  readonly final: string | null;
  /** The first step with a rollback that does something. */
  readonly undoable: string | null;
  /** Some of it may run at the same time. */
  readonly concurrent: boolean;
  /** It changes, checks or waits: what comes after it in the source comes after it in the run. */
  readonly barrier: boolean;
  readonly writes: boolean;
  readonly approval: boolean;
  readonly facts: boolean;
  readonly lock: boolean;
  /** Milliseconds that its worst case takes at least, no more than its timeout allows. */
  readonly worst: number;
}

/** By the id of the action; undefined for one with a mistake in it. */
export type Briefs = (action: string) => Brief | undefined;

export const noBriefs: Briefs = () => undefined;

/** What a step that runs an action brings along; undefined for all other statements. */
export function nested(statement: Statement, briefs: Briefs): Brief | undefined {
  return statement.s === "nested" ? briefs(statement.action) : undefined;
}

/** The name of what cannot be undone in a step, or in the action it runs. */
export function finalOf(statement: Statement, briefs: Briefs): string | null {
  if (statement.s === "step") return statement.irreversible === null ? null : statement.name;
  const inner = nested(statement, briefs)?.final ?? null;
  return statement.s !== "nested" || inner === null ? null : `${statement.name}.${inner}`;
}

/** The name of what has a rollback that does something. */
export function undoableOf(statement: Statement, briefs: Briefs): string | null {
  if (statement.s === "step") return hasUndo(statement) ? statement.name : null;
  const inner = nested(statement, briefs)?.undoable ?? null;
  return statement.s !== "nested" || inner === null ? null : `${statement.name}.${inner}`;
}

const hasUndo = ({ rollback }: StepStmt): boolean => rollback !== null && rollback.kind !== "nothing";
export const isWrite = (statement: Statement): boolean => statement.s === "step" && statement.call.effect !== "read";
export const isBarrier = (statement: Statement): boolean =>
  isWrite(statement) || statement.s === "check" || statement.s === "approve" || statement.s === "wait";

/** Whether there is anything whose order `parallel` or `batch` takes away. */
export function isConcurrent(body: readonly Statement[], briefs: Briefs): boolean {
  return holds(
    body,
    (each) =>
      (each.s === "parallel" && each.branches.length > 1) ||
      (each.s === "for" && each.batch !== null && !(each.batch.k === "const" && each.batch.v === 1)) ||
      nested(each, briefs)?.concurrent === true,
  );
}

/** Statements of which a statement is made; empty for one that stands alone. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.s) {
    case "if":
      return [statement.then, statement.else];
    case "for":
      return [statement.body];
    case "parallel":
      return statement.branches;
    default:
      return NO_BLOCKS;
  }
}

const NO_BLOCKS: readonly (readonly Statement[])[] = [];

/** Whether one of the statements, or of those within them, is such. */
export function holds(body: readonly Statement[], is: (statement: Statement) => boolean): boolean {
  for (const statement of body) {
    if (is(statement)) return true;
    for (const block of blocksOf(statement)) if (holds(block, is)) return true;
  }
  return false;
}

/** The first that `of` finds, in the order written. */
export function firstIn(body: readonly Statement[], of: (statement: Statement) => string | null): string | null {
  for (const statement of body) {
    const own = of(statement);
    if (own !== null) return own;
    for (const block of blocksOf(statement)) {
      const inner = firstIn(block, of);
      if (inner !== null) return inner;
    }
  }
  return null;
}
