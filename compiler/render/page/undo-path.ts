/**
 * In which order undo would run if a node failed. Plain data in and out: the page's own script asks it too.
 *
 * It follows what a run does: everything that started is undone in reverse order of the graph, steps that do not rest on
 * each other together. A step that cannot be undone stays as made, with everything it rests on.
 */

/** `undo`: has a rollback. `point`: changes something and cannot be undone. `none`: changes nothing, or nothing is to be undone. */
export type UndoKind = "undo" | "point" | "none";

export interface UndoNode {
  readonly undo: UndoKind;
  /** Indexes of what it waits for; all smaller than its own. */
  readonly before: readonly number[];
  /** The element of a loop that tolerates failures it lies in, if any: then that element is undone alone. */
  readonly element: string | null;
}

export interface UndoPath {
  /** Indexes of steps that are undone, the first ones first; those of one list together. */
  readonly waves: readonly (readonly number[])[];
  /** Steps with a rollback that stay as made all the same, as something that cannot be undone rests on them. */
  readonly kept: readonly number[];
  /** Steps that cannot be undone, and took or may have taken place. */
  readonly points: readonly number[];
  /** Steps that may or may not have begun by then, and are undone too if they had. */
  readonly maybe: readonly number[];
  /** Steps that cannot be undone and may or may not have begun by then: if they had, they stay, with what they rest on. */
  readonly maybePoints: readonly number[];
}

/**
 * If the node at `failed` failed after it may have acted. With `within`, of the nodes of that element alone, as a loop that
 * tolerates failures does it.
 */
export function undoPath(nodes: readonly UndoNode[], failed: number, within: string | null = null): UndoPath {
  const inside = (i: number): boolean => within === null || nodes[i]?.element === within;
  const started = ancestors(nodes, failed);
  started[failed] = 1;
  const later = descendants(nodes, failed);
  const kept = new Uint8Array(nodes.length);
  // What stands after each node, and is undone before it: how many rounds that takes.
  const rounds = new Int32Array(nodes.length);
  const waves: number[][] = [];
  const stays: number[] = [];
  const points: number[] = [];
  for (let i = failed; i >= 0; i--) {
    const node = nodes[i];
    if (node === undefined || started[i] !== 1 || !inside(i)) continue;
    if (node.undo === "point") {
      kept[i] = 1;
      points.push(i);
    } else if (node.undo === "undo" && kept[i] === 1) stays.push(i);
    const round = rounds[i] ?? 0;
    const undone = node.undo === "undo" && kept[i] === 0;
    if (undone) {
      const wave = waves[round] ?? [];
      waves[round] = wave;
      wave.push(i);
    }
    for (const before of node.before) {
      rounds[before] = Math.max(rounds[before] ?? 0, undone ? round + 1 : round);
      if (kept[i] === 1) kept[before] = 1;
    }
  }
  const beside = (undo: UndoKind): number[] =>
    nodes.flatMap((node, i) => (node.undo === undo && started[i] !== 1 && later[i] !== 1 && inside(i) ? [i] : []));
  return { waves, kept: stays, points, maybe: beside("undo"), maybePoints: beside("point") };
}

function ancestors(nodes: readonly UndoNode[], of: number): Uint8Array {
  const found = new Uint8Array(nodes.length);
  const stack = [of];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    for (const before of nodes[i]?.before ?? []) {
      if (found[before] === 1) continue;
      found[before] = 1;
      stack.push(before);
    }
  }
  return found;
}

/** Nodes stand after what they wait for, so one walk over them is enough. */
function descendants(nodes: readonly UndoNode[], of: number): Uint8Array {
  const found = new Uint8Array(nodes.length);
  for (let i = of + 1; i < nodes.length; i++)
    if (nodes[i]?.before.some((before) => before === of || found[before] === 1) === true) found[i] = 1;
  return found;
}
