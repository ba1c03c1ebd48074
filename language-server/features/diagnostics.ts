import type { Feature } from "../server.ts";

export const diagnostics: Feature = {
  capabilities: {
    diagnosticProvider: { identifier: "opsc", interFileDependencies: true, workspaceDiagnostics: true },
  },
  register({ connection, diagnostics: told }) {
    connection.languages.diagnostics.on(({ textDocument, previousResultId }) =>
      told.of(textDocument.uri, previousResultId),
    );
    connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }) => ({
      items: await told.all(new Map(previousResultIds.map(({ uri, value }) => [uri, value]))),
    }));
  },
};
