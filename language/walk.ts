/**
 * Going over a tree without knowing its node kinds: whatever has a span is a node, and its children are the nodes it
 * holds, in the order of the text. Iterative, so that depth costs no stack.
 */
import type {
  Argument,
  Body,
  Comment,
  Expr,
  Item,
  MatchArm,
  Module,
  Name,
  Param,
  RecordField,
  Refinement,
  Span,
  Statement,
  StringPart,
  TypeNode,
  UsePer,
} from "./tree.ts";

/** Anything of the tree that has a span of its own. */
export type Node =
  | Module
  | Item
  | Statement
  | Expr
  | TypeNode
  | Body
  | Param
  | Refinement
  | RecordField
  | Argument
  | MatchArm
  | UsePer
  | StringPart
  | Name
  | Comment;

function isSpan(value: object): value is Span {
  return "start" in value && "end" in value;
}

/** Every node of the tree is an object with a `span`; nothing else in it is. */
function isNode(value: object): value is Node {
  return "span" in value;
}

function collect(value: object, into: Node[]): void {
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof child !== "object" || child === null || isSpan(child)) continue;
    if (isNode(child)) into.push(child);
    else collect(child, into);
  }
}

/** The nodes directly inside `node`, in the order of the text; names among them. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  collect(node, found);
  let previous = Number.NEGATIVE_INFINITY;
  for (const { span } of found) {
    if (span.start < previous) return found.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
    previous = span.start;
  }
  return found;
}

/**
 * Calls `enter` for `root` and every node inside it, parents first, in the order of the text. Where `enter` gives
 * false, the node's children are left out.
 */
export function visit(root: Node, enter: (node: Node, parent: Node | null) => boolean | undefined): void {
  const open: Node[] = [root];
  const parents: (Node | null)[] = [null];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (enter(node, parents.pop() ?? null) === false) continue;
    const inside = children(node);
    for (let index = inside.length - 1; index >= 0; index -= 1) {
      const child = inside[index];
      if (child === undefined) continue;
      open.push(child);
      parents.push(node);
    }
  }
}

/**
 * The nodes that contain `offset`, from `root` inwards. A node contains the offset just after its last character, so
 * that a cursor behind a name is at that name; of two that touch, the later one is taken.
 */
export function pathAt(root: Node, offset: number): Node[] {
  const path: Node[] = [];
  let node: Node | undefined = root;
  while (node !== undefined) {
    path.push(node);
    node = childAt(node, offset);
  }
  return path;
}

/** Nodes with more children than this are asked for one after the other: files of many declarations, above all. */
const MANY = 64;
const known = new WeakMap<Node, readonly Node[]>();

function childAt(node: Node, offset: number): Node | undefined {
  const inside = known.get(node) ?? children(node);
  if (inside.length > MANY) known.set(node, inside);
  let [low, high] = [0, inside.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inside[middle]?.span.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  // Comments stand beside what they are in, so it need not be the last that begins before.
  for (let i = low - 1; i >= 0; i--) if (offset <= (inside[i]?.span.end ?? -1)) return inside[i];
  return undefined;
}
