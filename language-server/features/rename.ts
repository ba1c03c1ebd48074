import { ErrorCodes, type PrepareRenameResult, ResponseError, type WorkspaceEdit } from "vscode-languageserver";
import { renamable, rename as renamed } from "../../compiler/editor/rename.ts";
import { workspaceEdit } from "../edits.ts";
import type { Feature } from "../feature.ts";
import { textIn } from "../params.ts";
import { rangeOf } from "../places.ts";

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
        const found = renamed(analysis, path, offset, textIn(params.newName, "newName"));
        if ("refused" in found) return refuse(found.refused);
        // Who else uses it is not known there.
        if (found.edits.some(({ module }) => !project.tells(module)))
          return refuse("it is declared in another file: save this one first");
        return workspaceEdit(project, found.edits);
      }),
    );
  },
};

/** Shown to the person who asked. */
function refuse(why: string): never {
  throw new ResponseError(ErrorCodes.InvalidRequest, why);
}
