import { type InlayHint, InlayHintKind } from "vscode-languageserver";
import { hintsOf } from "../../compiler/editor/hints.ts";
import { offsetOf, positionOf } from "../places.ts";
import type { Feature } from "../server.ts";

export const hints: Feature = {
  capabilities: { inlayHintProvider: true },
  register(server) {
    server.connection.languages.inlayHint.on((params, token) =>
      server.about<InlayHint[]>(params, token, [], ({ analysis, file }) => {
        const { start, end } = params.range;
        const within = { start: offsetOf(file.lines, start), end: offsetOf(file.lines, end) };
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
