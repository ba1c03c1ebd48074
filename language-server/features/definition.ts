import type { Location } from "vscode-languageserver";
import { namedAt } from "../../compiler/editor/symbol.ts";
import { typeDefinition } from "../../compiler/editor/type-definition.ts";
import type { Feature } from "../feature.ts";
import { locationOf } from "../locations.ts";

export const definition: Feature = {
  capabilities: { definitionProvider: true, typeDefinitionProvider: true },
  register(server) {
    server.connection.onDefinition((params, token) =>
      server.at<Location[]>(params, token, [], ({ project, analysis, path }, offset) => {
        const meaning = namedAt(analysis, path, offset)?.meaning;
        switch (meaning?.is) {
          case "declared":
            return locationOf(project, meaning.declared.module, meaning.declared.span);
          case "file":
            return locationOf(project, meaning.path, { start: 0, end: 0 });
          default:
            return [];
        }
      }),
    );
    server.connection.onTypeDefinition((params, token) =>
      server.at<Location[]>(params, token, [], ({ project, analysis, path }, offset) => {
        const declared = typeDefinition(analysis, path, offset);
        return declared === null ? [] : locationOf(project, declared.module, declared.span);
      }),
    );
  },
};
