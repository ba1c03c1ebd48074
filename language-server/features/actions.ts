import { type CodeAction, CodeActionKind, type Diagnostic } from "vscode-languageserver";
import { actionsAt, fixAll } from "../../compiler/editor/actions.ts";
import { organizeImports } from "../../compiler/editor/imports.ts";
import type { Action } from "../../compiler/editor/refactor/action.ts";
import { workspaceEdit } from "../edits.ts";
import type { Feature } from "../feature.ts";
import { listIn, offsetIn, spanIn } from "../params.ts";

const KINDS: Readonly<Record<Action["kind"], CodeActionKind>> = {
  quickfix: CodeActionKind.QuickFix,
  extract: CodeActionKind.RefactorExtract,
  inline: CodeActionKind.RefactorInline,
  rewrite: CodeActionKind.RefactorRewrite,
  imports: CodeActionKind.SourceOrganizeImports,
  "fix all": CodeActionKind.SourceFixAll,
};

export const actions: Feature = {
  capabilities: { codeActionProvider: { codeActionKinds: Object.values(KINDS) } },
  register(server) {
    server.connection.onCodeAction((params, token) =>
      server.about<CodeAction[]>(params, token, [], ({ project, analysis, path, file }) => {
        const told = project.diagnostics().get(path) ?? [];
        const span = spanIn(file.lines, params.range);
        const only = params.context?.only;
        const shown = listIn(params.context?.diagnostics ?? [], "context.diagnostics") as Diagnostic[];
        const wanted = (kind: Action["kind"]): boolean =>
          !Array.isArray(only) || only.some((each) => KINDS[kind] === each || KINDS[kind].startsWith(`${each}.`));
        const found = actionsAt(analysis, path, span, told).filter(({ kind }) => wanted(kind));
        const all = wanted("fix all") ? fixAll(file, told) : [];
        const imports = wanted("imports") ? organizeImports(file, told) : null;
        return [
          ...found.map((action): CodeAction => {
            const { diagnostic } = action;
            const mended = shown.filter(
              ({ code, range }) =>
                code === diagnostic?.code && offsetIn(file.lines, range?.start) === diagnostic?.span.start,
            );
            return {
              title: action.title,
              kind: KINDS[action.kind],
              edit: workspaceEdit(project, action.edits),
              ...(mended.length === 0 ? {} : { diagnostics: mended }),
              ...(action.preferred ? { isPreferred: true } : {}),
            };
          }),
          ...(all.length === 0
            ? []
            : [{ title: "mend all that is sure", kind: KINDS["fix all"], edit: workspaceEdit(project, all) }]),
          ...(imports === null
            ? []
            : [{ title: "put imports in order", kind: KINDS.imports, edit: workspaceEdit(project, [imports]) }]),
        ];
      }),
    );
  },
};
