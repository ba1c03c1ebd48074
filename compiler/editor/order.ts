/**
 * What runs together, and after what, where nothing written says so: reads between two barriers run together, an approval before
 * the first write is asked for with the plan, and facts are read while planning, wherever they stand.
 */
import type * as tree from "../../language/tree.ts";
import { visit } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Observed } from "../check/module.ts";
import { effectOf, type Names } from "./called.ts";
import { visibleIn } from "./visible.ts";

export interface OrderNote {
  /** Behind which it is said. */
  readonly offset: number;
  readonly text: string;
  readonly why: string;
}

/** Of one action, in no order. */
export function orderOf(file: Parsed, observed: Observed, action: tree.ActionItem): OrderNote[] {
  const walk: Walk = { file, observed, notes: [], wrote: null, sure: true };
  close(walk, sequence(walk, action.body?.members ?? [], newGroup(null)));
  return walk.notes;
}

interface Walk {
  readonly file: Parsed;
  readonly observed: Observed;
  readonly notes: OrderNote[];
  /** The first step so far that changes something. */
  wrote: string | null;
  /** Whether all that was passed is known: what another action does is not looked at. */
  sure: boolean;
}

/** Several may have one name, in different blocks. */
interface Read {
  readonly name: string;
  readonly offset: number;
  /** Those it rests on. */
  readonly needs: ReadonlySet<Read>;
}

/** Reads that wait for one thing and not for one another, and what was read of them since. */
interface Group {
  /** What they come after; null at the beginning, and where it has no name. */
  readonly barrier: string | null;
  readonly reads: Read[];
  /** What the names bound since rest on; those of reads on themselves too. */
  readonly rests: Map<string, ReadonlySet<Read>>;
}

const newGroup = (barrier: string | null): Group => ({ barrier, reads: [], rests: new Map() });

const WHAT = "what reads, between two things that write, check, ask or wait, runs together";

/** Tells of the reads of a group that is over. */
function close({ notes }: Walk, { barrier, reads }: Group): void {
  for (const each of reads) {
    const { offset } = each;
    const beside = reads.filter((other) => other !== each && !each.needs.has(other) && !other.needs.has(each));
    if (beside.length === 0) continue;
    const after = barrier === null ? "" : ` after ${barrier},`;
    notes.push({ offset, text: `${after} together with ${listed(beside.map(({ name }) => name))}`, why: WHAT });
  }
}

function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

/** The group that is open after the statements. `conditions` are names that all of them rest on. */
function sequence(
  walk: Walk,
  body: readonly tree.Statement[],
  open: Group,
  conditions: ReadonlySet<Read> = new Set(),
): Group {
  let group = open;
  const pass = (barrier: string | null): void => {
    close(walk, group);
    group = newGroup(barrier);
  };
  factsTogether(walk, body);
  for (const statement of body) {
    switch (statement.kind) {
      case "let":
        rest(group, statement.name, statement, conditions);
        break;
      case "fact":
        if (walk.wrote !== null && walk.sure && statement.name !== null)
          walk.notes.push({
            offset: statement.span.end,
            text: ` when planned, before ${walk.wrote}`,
            why: "facts are read while the plan is made, wherever they stand",
          });
        break;
      case "step": {
        const effect = effectHere(walk, statement.call);
        if (effect === "read") read(group, statement, conditions);
        else {
          pass(effect === null ? null : (statement.name?.text ?? null));
          walk.sure &&= effect !== null;
          if (effect !== null) walk.wrote ??= statement.name?.text ?? null;
        }
        break;
      }
      case "check":
        pass(statement.name?.text ?? null);
        break;
      case "approve":
        late(walk, statement, conditions);
        pass(null);
        break;
      case "wait":
        pass(null);
        break;
      case "if":
      case "for":
        group = compound(walk, statement, group, conditions);
        break;
      case "parallel":
        pass(null);
        apart(
          walk,
          (statement.body?.members ?? []).map((each) => (each.kind === "branch" ? (each.body?.members ?? []) : [each])),
          new Set(),
        );
        break;
      default:
    }
  }
  return group;
}

function compound(
  walk: Walk,
  statement: tree.IfStatement | tree.ForStatement,
  group: Group,
  conditions: ReadonlySet<Read>,
): Group {
  const inner = new Set([
    ...conditions,
    ...needsOf(group, statement.kind === "if" ? statement.condition : statement.over),
  ]);
  const bodies = bodiesOf(statement);
  if (!bodies.some((body) => holdsBarrier(walk, body))) {
    for (const body of bodies) sequence(walk, body, group, inner);
    return group;
  }
  close(walk, group);
  apart(walk, bodies, conditions);
  return newGroup(null);
}

/** Bodies of which none comes after another: what one changes has not been changed in the others, and has been after all of them. */
function apart(walk: Walk, bodies: readonly (readonly tree.Statement[])[], conditions: ReadonlySet<Read>): void {
  const { wrote, sure } = walk;
  const ends = bodies.map((body) => {
    Object.assign(walk, { wrote, sure });
    close(walk, sequence(walk, body, newGroup(null), conditions));
    return { wrote: walk.wrote, sure: walk.sure };
  });
  walk.wrote = ends.find((end) => end.wrote !== null)?.wrote ?? wrote;
  walk.sure = ends.every((end) => end.sure) && sure;
}

function bodiesOf(statement: tree.IfStatement | tree.ForStatement): (readonly tree.Statement[])[] {
  if (statement.kind === "for") return [statement.body?.members ?? []];
  const other = statement.else;
  const rest = other === null ? [] : "kind" in other ? bodiesOf(other) : [other.members];
  return [statement.then?.members ?? [], ...rest];
}

function holdsBarrier(walk: Walk, body: readonly tree.Statement[]): boolean {
  return body.some((statement) => {
    switch (statement.kind) {
      case "step":
        return effectHere(walk, statement.call) !== "read";
      case "if":
      case "for":
        return bodiesOf(statement).some((inner) => holdsBarrier(walk, inner));
      case "check":
      case "approve":
      case "wait":
      case "parallel":
        return true;
      default:
        return false;
    }
  });
}

/** Null of an action that is run, and of what is not understood. */
function effectHere({ file, observed }: Walk, call: tree.Expr): ReturnType<typeof effectOf> {
  if (call.kind !== "call") return null;
  const scope = observed.observer.calls.get(call)?.scope;
  if (scope === undefined) return null;
  const names: Names = (name) => visibleIn(scope, { file, offset: call.span.start }, name)?.peek(name);
  return effectOf(names, call);
}

function read(group: Group, statement: tree.StepStatement, conditions: ReadonlySet<Read>): void {
  if (statement.name === null) return;
  add(group, statement.name.text, statement.call.span.end, new Set([...conditions, ...needsOf(group, statement)]));
}

function add({ reads, rests }: Group, name: string, offset: number, needs: ReadonlySet<Read>): void {
  const each = { name, offset, needs };
  reads.push(each);
  rests.set(name, new Set([...needs, each]));
}

function rest(group: Group, name: tree.Name | null, node: tree.LetStatement, conditions: ReadonlySet<Read>): void {
  if (name !== null) group.rests.set(name.text, new Set([...conditions, ...needsOf(group, node)]));
}

/** The reads of the group that something rests on, also by way of others. */
function needsOf({ rests }: Group, node: tree.Expr | tree.Statement): Set<Read> {
  const needs = new Set<Read>();
  visit(node, (inner) => {
    if ("text" in inner && (!("kind" in inner) || inner.kind === "name"))
      for (const each of rests.get(inner.text) ?? []) needs.add(each);
    return true;
  });
  return needs;
}

/** Facts in a row that do not rest on one another. */
function factsTogether({ notes }: Walk, body: readonly tree.Statement[]): void {
  let row = newGroup(null);
  const over = (): void => {
    const [first, ...others] = row.reads;
    const beside = others.filter(({ needs }) => first === undefined || !needs.has(first));
    if (first !== undefined && beside.length > 0)
      notes.push({
        offset: first.offset,
        text: ` together with ${listed(beside.map(({ name }) => name))}`,
        why: "facts that do not depend on one another are read at the same time",
      });
    row = newGroup(null);
  };
  for (const statement of body) {
    if (statement.kind !== "fact") {
      over();
      continue;
    }
    if (statement.name === null) continue;
    add(row, statement.name.text, statement.span.end, needsOf(row, statement));
  }
  over();
}

/** An approval that is asked for when something has been changed. Under a condition that depends on what is to come it may not be. */
function late(walk: Walk, statement: tree.ApproveStatement, conditions: ReadonlySet<Read>): void {
  if (!walk.sure || conditions.size > 0) return;
  const offset = statement.by.span.end;
  if (walk.wrote !== null)
    walk.notes.push({
      offset,
      text: ` after ${walk.wrote}, in the run`,
      why: "something is changed before it, so the run stops here and waits",
    });
}
