import { type Hover, MarkupKind } from "vscode-languageserver";
import { hover as hovered } from "../../compiler/editor/hover.ts";
import type { Feature } from "../feature.ts";
import { markdownOf } from "../markdown.ts";
import { rangeOf } from "../places.ts";

export const hover: Feature = {
  capabilities: { hoverProvider: true },
  register(server) {
    server.connection.onHover((params, token) =>
      server.at<Hover | null>(params, token, null, ({ analysis, file }, offset) => {
        const found = hovered(analysis, file.path, offset);
        if (found === null) return null;
        return {
          contents: { kind: MarkupKind.Markdown, value: markdownOf(found) },
          range: rangeOf(file.lines, found.span),
        };
      }),
    );
  },
};
