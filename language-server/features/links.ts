import type { DocumentLink } from "vscode-languageserver";
import { linksOf } from "../../compiler/editor/links.ts";
import type { Feature } from "../feature.ts";
import { rangeOf } from "../places.ts";

export const links: Feature = {
  capabilities: { documentLinkProvider: { resolveProvider: false } },
  register(server) {
    server.connection.onDocumentLinks((params, token) =>
      server.about<DocumentLink[]>(params, token, [], ({ project, analysis, file }) =>
        linksOf(analysis, file).map(({ span, path }) => ({
          range: rangeOf(file.lines, span),
          target: project.uriAt(path),
        })),
      ),
    );
  },
};
