import { type InlayHint, InlayHintKind } from "vscode-languageserver";
import { hintsOf } from "../../compiler/editor/hints.ts";
import type { Feature } from "../feature.ts";
import { spanIn } from "../params.ts";
import { positionOf } from "../places.ts";

export const hints: Feature = {
  capabilities: { inlayHintProvider: true },
  register(server) {
    server.connection.languages.inlayHint.on((params, token) =>
      server.about<InlayHint[]>(params, token, [], ({ analysis, file }) => {
        const within = spanIn(file.lines, params.range);
        return hintsOf(analysis, file, within).map(({ offset, text, kind, why }) => ({
          position: positionOf(file.lines, offset),
          label: text,
          tooltip: why,
          ...(kind === "type" ? { kind: InlayHintKind.Type } : {}),
        }));
      }),
    );
  },
};
