import { SemanticTokensBuilder } from "vscode-languageserver";
import { TOKEN_KINDS, TOKEN_MARKS, type Token, tokensOf } from "../../compiler/editor/tokens.ts";
import type { Asked, Feature } from "../feature.ts";
import { spanIn } from "../params.ts";
import { positionOf } from "../places.ts";

export const tokens: Feature = {
  capabilities: {
    semanticTokensProvider: {
      legend: { tokenTypes: [...TOKEN_KINDS], tokenModifiers: [...TOKEN_MARKS] },
      full: { delta: true },
      range: true,
    },
  },
  register(server) {
    /** What each document was told last, so that a difference can be told. */
    const told = new Map<string, SemanticTokensBuilder>();
    const builderOf = (uri: string): SemanticTokensBuilder => {
      const known = told.get(uri) ?? new SemanticTokensBuilder();
      told.set(uri, known);
      return known;
    };
    server.documents.onDidClose(({ document }) => void told.delete(document.uri));
    const { semanticTokens } = server.connection.languages;
    semanticTokens.on((params, token) =>
      server.about(params, token, { data: [] }, (asked) => {
        const builder = new SemanticTokensBuilder();
        told.set(params.textDocument.uri, builder);
        push(builder, asked, tokensOf(asked.analysis, asked.file));
        return builder.build();
      }),
    );
    semanticTokens.onDelta((params, token) =>
      server.about(params, token, { data: [] }, (asked) => {
        const builder = builderOf(params.textDocument.uri);
        builder.previousResult(params.previousResultId);
        push(builder, asked, tokensOf(asked.analysis, asked.file));
        return builder.buildEdits();
      }),
    );
    semanticTokens.onRange((params, token) =>
      server.about(params, token, { data: [] }, (asked) => {
        const within = spanIn(asked.file.lines, params.range);
        const builder = new SemanticTokensBuilder();
        push(builder, asked, tokensOf(asked.analysis, asked.file, within));
        return builder.build();
      }),
    );
  },
};

function push(builder: SemanticTokensBuilder, { file }: Asked, found: readonly Token[]): void {
  for (const { span, kind, marks } of found) {
    const { line, character } = positionOf(file.lines, span.start);
    const bits = marks.reduce((sum, mark) => sum | (1 << TOKEN_MARKS.indexOf(mark)), 0);
    builder.push(line, character, span.end - span.start, TOKEN_KINDS.indexOf(kind), bits);
  }
}
