import { type DocumentHighlight, DocumentHighlightKind } from "vscode-languageserver";
import { occurrencesIn } from "../../compiler/editor/references.ts";
import { namedAt } from "../../compiler/editor/symbol.ts";
import type { Feature } from "../feature.ts";
import { rangeOf } from "../places.ts";

export const highlight: Feature = {
  capabilities: { documentHighlightProvider: true },
  register(server) {
    server.connection.onDocumentHighlight((params, token) =>
      server.at<DocumentHighlight[]>(params, token, [], ({ analysis, file }, offset) => {
        const meaning = namedAt(analysis, file.path, offset)?.meaning;
        if (meaning?.is !== "declared") return [];
        return occurrencesIn(analysis, file, meaning.declared).map(({ span, role }) => ({
          range: rangeOf(file.lines, span),
          kind: role === "declaration" ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
        }));
      }),
    );
  },
};
