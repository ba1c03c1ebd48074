/** What a file or a folder given another path asks of those that name it: imports and data files, both ways. */
import { relativePath } from "../check/hints.ts";
import { packageOf } from "../check/packages.ts";
import type { Analysis } from "./analysis.ts";
import { linksOf } from "./links.ts";
import type { Edit } from "./rename.ts";

export interface Move {
  /** Paths within the project; of folders without a slash at the end. */
  readonly from: string;
  readonly to: string;
}

/** Edits of the files as they are before they are moved. Paths that lead nowhere are left as they are. */
export function editsForMoves(analysis: Analysis, moves: readonly Move[]): Edit[] {
  const moved = (path: string): string => {
    const move = moves.find(({ from }) => path === from || path.startsWith(`${from}/`));
    return move === undefined ? path : `${move.to}${path.slice(move.from.length)}`;
  };
  return [...analysis.files.values()]
    .filter((file) => packageOf(file.path) === null)
    .flatMap((file) =>
      linksOf(analysis, file).flatMap(({ span, path }): Edit[] => {
        const written = file.text.slice(span.start, span.end);
        if (!written.startsWith(".")) return [];
        const text = relativePath(moved(file.path), moved(path));
        // What is written with detours and still leads there is the author's.
        return moved(file.path) === file.path && moved(path) === path
          ? []
          : text === written
            ? []
            : [{ module: file.path, span, text }];
      }),
    );
}
