/**
 * What a file's check gives after an edit within one action, from what it gave before: that action is checked by itself, and all
 * else stays, further down or up by as much as the text is. Where another declaration may see the action as something else, nothing
 * is taken over. Of a file that is typed in, of any length, this costs what the action costs.
 */
import { originOf } from "../../language/reparse.ts";
import type * as tree from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Parsed, SUGGESTION_WORK } from "./context.ts";
import { nameOf } from "./import-graph.ts";
import { type CheckedAction, type CheckedGroup, type CheckedModule, checkAlone, type Surroundings } from "./module.ts";
import { isTestFile } from "./test-file.ts";
import type { MayBeUnused } from "./unused.ts";
import { type Declared, Reads } from "./world.ts";

/** What is told at one of several declarations, whichever is looked at first. */
const SHARED: ReadonlySet<string> = new Set(["definition-cycle", "too-deep", "duplicate-name"]);

/** The declarations that an edit touched, and where those after them have moved. */
interface Touched {
  readonly was: tree.Item;
  readonly is: tree.Item;
  /** Offset in the old text from which all has moved, and by how much. */
  readonly from: number;
  readonly by: number;
}

/** Null where all is to be checked anew. `group` is of one file, whose reads hold. */
export function patched(group: CheckedGroup, file: Parsed, surroundings: Surroundings): CheckedGroup | null {
  const [old] = group.files;
  const [module] = group.modules;
  if (old === undefined || module === undefined || group.files.length !== 1 || isTestFile(file.path)) return null;
  if (module.suggestions > SUGGESTION_WORK / 2) return null;
  const touched = touchedBy(old, file);
  if (touched === null) return null;
  const { was, is } = touched;
  if (was.kind !== "action" || is.kind !== "action" || was.name === null) return null;
  const { text: name } = was.name;
  if (is.name?.text !== name || namedSo(old, name) !== 1 || namedSo(file, name) !== 1) return null;
  const before = usesBefore(group, old, was, surroundings);
  const now = checkAlone(file, is, surroundings);
  if (before === null || now === null) return null;
  // What it has made use of may be of no use any more; and who uses the action itself would see another.
  if ([...before.uses].some((used) => !now.uses.has(used)) || module.used.has(name)) return null;
  const diagnostics = mergedDiagnostics(module, old, touched, now);
  if (diagnostics === null) return null;
  const at = module.actions.findIndex(({ id }) => id === now.action.id);
  if (at < 0) return null;
  const exports = new Map(module.exports);
  if (now.binding !== undefined) exports.set(name, now.binding);
  const merged: CheckedModule = {
    ...module,
    diagnostics,
    ofText: now.ofText.length,
    exports,
    uses: module.uses.map((use) => ({ ...use, span: moved(use.span, touched) })),
    actions: module.actions.with(at, now.action),
    guardrails: module.guardrails.map((each) => ({ ...each, span: moved(each.span, touched) })),
    unused: mergedUnused(module, touched, now),
    used: new Set([...module.used, ...now.uses]),
  };
  return {
    files: [file],
    modules: [merged],
    declared: mergedDeclared(group.declared, now.declared, now.action.id),
    reads: Reads.of([before.others, now.reads]),
    patch: { item: originOf(is), uses: now.uses, others: before.others },
  };
}

/** What the action made use of as it was, and what all others read. */
function usesBefore(
  { patch, reads }: CheckedGroup,
  old: Parsed,
  was: tree.ActionItem,
  surroundings: Surroundings,
): { readonly uses: ReadonlySet<string>; readonly others: Reads } | null {
  if (patch !== null && patch.item === originOf(was)) return patch;
  const alone = checkAlone(old, was, surroundings);
  return alone === null ? null : { uses: alone.uses, others: reads };
}

/** Null where more was touched than one declaration. */
function touchedBy(old: Parsed, file: Parsed): Touched | null {
  const [were, are] = [old.tree.items, file.tree.items];
  const by = file.text.length - old.text.length;
  let first = 0;
  while (first < were.length && were[first] === are[first]) first++;
  let back = 0;
  while (
    back < were.length - first &&
    back < are.length - first &&
    isMoved(were[were.length - 1 - back], are[are.length - 1 - back], by)
  )
    back++;
  const [gone, come] = [were.length - back - first, are.length - back - first];
  if (gone !== 1 || come !== 1) return null;
  const [was, is] = [were[first], are[first]];
  if (was === undefined || is === undefined || was.span.start !== is.span.start) return null;
  return { was, is, from: was.span.end, by };
}

function isMoved(was: tree.Item | undefined, is: tree.Item | undefined, by: number): boolean {
  if (was === undefined || is === undefined) return false;
  return originOf(was) === originOf(is) && was.span.start + by === is.span.start;
}

const namedSo = (file: Parsed, name: string): number =>
  file.tree.items.filter((item) => nameOf(item)?.text === name || importsSo(item, name)).length;

const importsSo = (item: tree.Item, name: string): boolean =>
  item.kind === "import" && item.names.some((each) => (each.as ?? each.name).text === name);

function moved(span: tree.Span, { from, by }: Touched): tree.Span {
  return span.start < from || by === 0 ? span : { start: span.start + by, end: span.end + by };
}

const isWithin = (span: tree.Span, item: tree.Item): boolean =>
  span.start >= item.span.start && span.start <= item.span.end;

/** Null where what is told of others may be another now. */
function mergedDiagnostics(
  module: CheckedModule,
  old: Parsed,
  touched: Touched,
  now: CheckedAction,
): readonly Diagnostic[] | null {
  const { was, is } = touched;
  const before = module.diagnostics.slice(module.ofText);
  const kept = before.filter(({ span }) => !isWithin(span, was));
  const own = now.diagnostics.filter(({ span }) => isWithin(span, is));
  const gone = before.filter(({ span }) => isWithin(span, was));
  if ([...own, ...gone].some(({ code }) => SHARED.has(code))) return null;
  const points = ({ related, fixes }: Diagnostic): boolean =>
    [...related, ...fixes.flatMap(({ edits }) => edits)].some(
      (each) => each.module === old.path && isWithin(each.span, was),
    );
  if (kept.some(points)) return null;
  return [...now.ofText, ...kept.map((each) => movedDiagnostic(each, old.path, touched)), ...own];
}

function movedDiagnostic(diagnostic: Diagnostic, path: string, touched: Touched): Diagnostic {
  const { span, related, fixes } = diagnostic;
  if (touched.by === 0) return diagnostic;
  const move = <T extends { readonly module: string; readonly span: tree.Span }>(each: T): T =>
    each.module === path ? { ...each, span: moved(each.span, touched) } : each;
  return {
    ...diagnostic,
    span: moved(span, touched),
    related: related.map(move),
    fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map(move) })),
  };
}

/** What the action makes use of is of use; what in it is of none, it was told anew. */
function mergedUnused(module: CheckedModule, touched: Touched, now: CheckedAction): MayBeUnused[] {
  const { was, is } = touched;
  const others = module.unused.filter(({ span }) => !isWithin(span, was));
  const still = others.filter(({ kind, top, name }) => !(top || kind === "import") || !now.uses.has(name));
  return [
    ...still.map((each) => ({ ...each, span: moved(each.span, touched) })),
    ...now.unused.filter(({ span }) => isWithin(span, is)),
  ];
}

function mergedDeclared(before: Declared, now: Declared, action: string): Declared {
  const body = new Map(before.body);
  body.delete(action);
  const own = now.body.get(action);
  if (own !== undefined) body.set(action, own);
  return {
    ...before,
    body,
    refinement: new Map([...before.refinement, ...now.refinement]),
    choice: new Map([...before.choice, ...now.choice]),
  };
}
