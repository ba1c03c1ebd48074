import type { TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { Edit } from "../compiler/editor/rename.ts";
import { rangeOf } from "./places.ts";
import type { OpenProject } from "./project.ts";

/** Edits of files of a project, as the protocol has them. */
export function workspaceEdit(project: OpenProject, edits: readonly Edit[]): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const { module, span, text } of edits) {
    const lines = project.lines(module);
    if (lines === null) continue;
    const uri = project.uriAt(module);
    const list = changes[uri] ?? [];
    changes[uri] = list;
    list.push({ range: rangeOf(lines, span), newText: text });
  }
  return { changes };
}
