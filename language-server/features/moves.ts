import type { FileOperationRegistrationOptions, FileRename, WorkspaceEdit } from "vscode-languageserver";
import { editsForMoves } from "../../compiler/editor/file-rename.ts";
import { workspaceEdit } from "../edits.ts";
import type { Feature } from "../feature.ts";
import { listIn } from "../params.ts";
import { fileOf, isIn, within } from "../places.ts";

const FILES: FileOperationRegistrationOptions = {
  filters: [
    { scheme: "file", pattern: { glob: "**/*.{ops,yaml,yml,json,csv,ics}", matches: "file" } },
    { scheme: "file", pattern: { glob: "**", matches: "folder" } },
  ],
};

/** Imports follow a file that is given another path. */
export const moves: Feature = {
  capabilities: { workspace: { fileOperations: { willRename: FILES } } },
  register(server) {
    server.connection.workspace.onWillRenameFiles(async (params): Promise<WorkspaceEdit> => {
      const files = listIn(params.files, "files") as FileRename[];
      const changes: NonNullable<WorkspaceEdit["changes"]> = {};
      for (const project of await server.opened()) {
        const own = files.flatMap(({ oldUri, newUri }) => {
          const [from, to] = [fileOf(oldUri), fileOf(newUri)];
          return from === null || to === null || !isIn(project.root, from)
            ? []
            : [{ from: within(project.root, from), to: within(project.root, to) }];
        });
        const edits = own.length === 0 ? [] : editsForMoves(project.analysis(), own);
        const told = edits.filter(({ module }) => project.tells(module));
        for (const [uri, list] of Object.entries(workspaceEdit(project, told).changes ?? {}))
          changes[uri] = [...(changes[uri] ?? []), ...list];
      }
      return { changes };
    });
  },
};
