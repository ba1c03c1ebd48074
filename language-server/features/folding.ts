import { type FoldingRange, FoldingRangeKind, type SelectionRange } from "vscode-languageserver";
import { type Fold, foldsOf, selectionsAt } from "../../compiler/editor/folding.ts";
import { offsetOf, rangeOf } from "../places.ts";
import type { Feature } from "../server.ts";

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
        params.positions.map((position) => {
          let parent: SelectionRange | undefined;
          for (const span of selectionsAt(file, offsetOf(file.lines, position)).toReversed())
            parent = { range: rangeOf(file.lines, span), ...(parent === undefined ? {} : { parent }) };
          return parent ?? { range: { start: position, end: position } };
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
