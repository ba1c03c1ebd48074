import type { PreviousResultId } from "vscode-languageserver";
import type { Feature } from "../feature.ts";
import { documentIn, listIn } from "../params.ts";

export const diagnostics: Feature = {
  capabilities: {
    diagnosticProvider: { identifier: "opsc", interFileDependencies: true, workspaceDiagnostics: true },
  },
  register({ connection, diagnostics: told }) {
    connection.languages.diagnostics.on(({ textDocument, previousResultId }) =>
      told.of(documentIn({ textDocument }), previousResultId),
    );
    connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }) => {
      const known = listIn(previousResultIds, "previousResultIds") as PreviousResultId[];
      return { items: await told.all(new Map(known.map(({ uri, value }) => [uri, value]))) };
    });
  },
};
