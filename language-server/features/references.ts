import type { Location } from "vscode-languageserver";
import { occurrencesOf } from "../../compiler/editor/references.ts";
import { namedAt } from "../../compiler/editor/symbol.ts";
import type { Feature } from "../feature.ts";
import { locationOf } from "../locations.ts";

export const references: Feature = {
  capabilities: { referencesProvider: true },
  register(server) {
    server.connection.onReferences((params, token) =>
      server.at<Location[]>(params, token, [], ({ project, analysis, path }, offset) => {
        const meaning = namedAt(analysis, path, offset)?.meaning;
        if (meaning?.is !== "declared") return [];
        return occurrencesOf(analysis, meaning.declared)
          .filter(({ role }) => role !== "declaration" || params.context.includeDeclaration)
          .flatMap(({ module, span }) => locationOf(project, module, span));
      }),
    );
  },
};
