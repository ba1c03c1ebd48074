import {
  ErrorCodes,
  type PrepareRenameResult,
  ResponseError,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { renamable, rename as renamed } from "../../compiler/editor/rename.ts";
import { rangeOf, uriOf } from "../places.ts";
import type { Feature } from "../server.ts";

export const rename: Feature = {
  capabilities: { renameProvider: { prepareProvider: true } },
  register(server) {
    server.connection.onPrepareRename((params, token) =>
      server.at<PrepareRenameResult | null>(params, token, null, ({ analysis, file }, offset) => {
        const found = renamable(analysis, file.path, offset);
        if ("refused" in found) return refuse(found.refused);
        return { range: rangeOf(file.lines, found.span), placeholder: found.text };
      }),
    );
    server.connection.onRenameRequest((params, token) =>
      server.at<WorkspaceEdit | null>(params, token, null, ({ project, analysis, path }, offset) => {
        const found = renamed(analysis, path, offset, params.newName);
        if ("refused" in found) return refuse(found.refused);
        const changes: Record<string, TextEdit[]> = {};
        for (const { module, span, text } of found.edits) {
          const lines = project.lines(module);
          if (lines === null) continue;
          const uri = uriOf(project.fileAt(module));
          const edits = changes[uri] ?? [];
          changes[uri] = edits;
          edits.push({ range: rangeOf(lines, span), newText: text });
        }
        return { changes };
      }),
    );
  },
};

/** Shown to the person who asked. */
function refuse(why: string): never {
  throw new ResponseError(ErrorCodes.InvalidRequest, why);
}
