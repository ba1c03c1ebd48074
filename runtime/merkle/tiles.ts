/**
 * Which hashes of full subtrees are kept: those of 256, 65,536, … leaves, beside the leaves themselves. Any other is made of at
 * most 128 of them, so that a proof reads little however long the log is, and the log is little longer for it.
 */
import { fold } from "./hash.ts";
import type { Subtree } from "./proof.ts";

/** Levels from one that is kept to the next. */
export const TILE = 8;
export const TILE_WIDTH = 2 ** TILE;

/** Hashes that are kept, of level 0, 8, 16 …: `count` of them from `first` on. */
export type ReadKept = (level: number, first: number, count: number) => readonly string[];

/** The hashes of any full subtrees. Throws `TypeError` for a hash that is none, whatever `read` throws, and `RangeError` if it gives too few. */
export function subtreesFrom(wanted: readonly Subtree[], read: ReadKept): string[] {
  return wanted.map(({ level, index }) => {
    const up = level % TILE;
    const count = 2 ** up;
    const kept = read(level - up, index * count, count);
    if (kept.length !== count)
      throw new RangeError(`${count} hashes of level ${level - up} are asked for, ${kept.length} are there`);
    return fold(kept);
  });
}

/** What is to be kept besides once there are `size` leaves, where it was complete with one fewer; the lower levels first. */
export function completedAt(size: number): Subtree[] {
  const found: Subtree[] = [];
  for (let [level, rest] = [TILE, size / TILE_WIDTH]; Number.isInteger(rest) && rest > 0; ) {
    found.push({ level, index: rest - 1 });
    [level, rest] = [level + TILE, rest / TILE_WIDTH];
  }
  return found;
}

/** The hash of a subtree that is to be kept, from those a level below that are. */
export function keptFrom({ level, index }: Subtree, read: ReadKept): string {
  const hashes = read(level - TILE, index * TILE_WIDTH, TILE_WIDTH);
  if (hashes.length !== TILE_WIDTH)
    throw new RangeError(`${TILE_WIDTH} hashes are asked for, ${hashes.length} are there`);
  return fold(hashes);
}
