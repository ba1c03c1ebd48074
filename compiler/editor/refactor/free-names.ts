/** What a call names of the action it stands in. */
import { isReserved } from "../../../language/tokens.ts";
import type * as tree from "../../../language/tree.ts";
import type { Span } from "../../../language/tree.ts";
import { children, type Node } from "../../../language/walk.ts";
import { assignable, widen } from "../../types/relations.ts";
import type { Type } from "../../types/type.ts";
import type { Spot } from "../analysis.ts";
import { type TypeNames, typeText } from "../type-text.ts";
import { visibleIn } from "../visible.ts";

export interface Free {
  /** As it is named where it comes from: `instance.key`. */
  readonly text: string;
  readonly param: string;
  readonly type: string;
  /** The type is that of what may not be there. */
  readonly optional: boolean;
  readonly places: readonly Span[];
}

/** In the order of the text. A field that is read of something is what is asked for, not all that it is of. Null where one has no type that can be written. */
export function freeIn(spot: Spot, call: tree.CallExpr, names: TypeNames): Free[] | null {
  const found = new Map<string, { readonly node: tree.Expr; readonly type: Type; readonly places: Span[] }>();
  const open: Node[] = rootsOf(call);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const path = pathOf(node);
    const type = path === null ? undefined : localType(spot, call, path);
    if (path === null || type === undefined) {
      open.push(...children(node).toReversed());
      continue;
    }
    if (type === null) return null;
    if (typeText(type, names) === null && path.kind === "field") {
      // What is around it may be said where it cannot.
      open.push(path.of);
      continue;
    }
    const text = spot.file.text.slice(path.span.start, path.span.end).replace(/\s+/g, "");
    const known = found.get(text) ?? { node: path, type, places: [] };
    found.set(text, known);
    known.places.push(path.span);
  }
  const taken = new Set<string>([
    ...spot.file.tree.items.flatMap((item) => ("name" in item ? (item.name?.text ?? []) : [])),
  ]);
  const free: Free[] = [];
  for (const [text, { node, type, places }] of found) {
    const plain = type.kind === "optional" ? type.of : type;
    const written = typeText(plain, names);
    const param = paramFor(text, node, taken);
    if (written === null || param === null) return null;
    taken.add(param);
    free.push({ text, param, type: written, optional: type.kind === "optional", places });
  }
  return free;
}

/** What stands in the call besides the name of what is called. */
function rootsOf({ callee, args }: tree.CallExpr): Node[] {
  const chosen = callee.kind === "field" && callee.of.kind === "index" ? [callee.of.at] : [];
  return [...chosen, ...args.map(({ value }) => value)].toReversed();
}

/** `a`, `a.b`, `a.b.c`: nothing that may not be there in between. */
function pathOf(node: Node): tree.NameExpr | tree.FieldExpr | null {
  let at: Node = node;
  while ("kind" in at && at.kind === "field" && !at.optional && at.name !== null) at = at.of;
  if (!("kind" in at) || at.kind !== "name") return null;
  return "kind" in node && (node.kind === "name" || node.kind === "field") ? node : null;
}

/** Undefined of what is no value of the action, or only part of a call; null where its type is not known. */
function localType(spot: Spot, call: tree.CallExpr, path: tree.NameExpr | tree.FieldExpr): Type | null | undefined {
  let root: tree.Expr = path;
  while (root.kind === "field") root = root.of;
  const observer = spot.observed?.observer;
  if (observer === undefined || root.kind !== "name") return undefined;
  const seen = observer.exprs.get(root);
  if (seen === undefined) return undefined;
  const owner = visibleIn(seen.scope, { file: spot.file, offset: root.span.start }, root.text);
  const declared = owner?.own(root.text);
  if (owner === null || owner.parent === null || declared === undefined) return undefined;
  // The name of a lambda in the call itself.
  if (call.span.start <= declared.start && declared.end <= call.span.end) return undefined;
  const of = observer.exprs.get(path);
  if (of === undefined) return path.kind === "field" ? undefined : null;
  if (of.type.kind === "error" || of.type.kind === "none") return null;
  const wide = widen(of.type);
  return of.expected !== null && !assignable(wide, of.expected) ? of.type : wide;
}

/** The last name of it where that is free; else all of them. */
function paramFor(text: string, node: tree.Expr, taken: ReadonlySet<string>): string | null {
  const last = node.kind === "field" ? (node.name?.text ?? "") : text;
  const all = text.replaceAll(".", "_");
  for (const name of [last, all]) if (/^[a-z_]\w*$/.test(name) && !isReserved(name) && !taken.has(name)) return name;
  for (let i = 2; i < 100; i++) if (!taken.has(`${all}_${i}`)) return `${all}_${i}`;
  return null;
}
