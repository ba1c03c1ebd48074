import { type FoldingRange, FoldingRangeKind, type SelectionRange } from "vscode-languageserver";
import { type Fold, foldsOf, selectionsAt } from "../../compiler/editor/folding.ts";
import type { Feature } from "../feature.ts";
import { listIn, offsetIn } from "../params.ts";
import { rangeOf } from "../places.ts";

export const folding: Feature = {
  capabilities: { foldingRangeProvider: true, selectionRangeProvider: true },
  register(server) {
    server.connection.onFoldingRanges((params, token) =>
      server.about<FoldingRange[]>(params, token, [], ({ file }) =>
        foldsOf(file).map(({ span, kind }) => {
          const { start, end } = rangeOf(file.lines, span);
          // The line of a closing brace stays in sight.
          const last = kind === "block" ? Math.max(start.line, end.line - 1) : end.line;
          return { startLine: start.line, endLine: last, ...KINDS[kind] };
        }),
      ),
    );
    server.connection.onSelectionRanges((params, token) =>
      server.about<SelectionRange[]>(params, token, [], ({ file }) =>
        listIn(params.positions, "positions").map((position) => {
          const offset = offsetIn(file.lines, position);
          let parent: SelectionRange | undefined;
          for (const span of selectionsAt(file, offset).toReversed())
            parent = { range: rangeOf(file.lines, span), ...(parent === undefined ? {} : { parent }) };
          return parent ?? { range: rangeOf(file.lines, { start: offset, end: offset }) };
        }),
      ),
    );
  },
};

const KINDS: Readonly<Record<Fold["kind"], Pick<FoldingRange, "kind">>> = {
  block: {},
  comment: { kind: FoldingRangeKind.Comment },
  imports: { kind: FoldingRangeKind.Imports },
};
