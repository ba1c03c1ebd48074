import { type CallHierarchyItem, type Range, SymbolKind } from "vscode-languageserver";
import { type Call, callableAt, calleesOf, callersOf, spanOf } from "../../compiler/editor/calls.ts";
import type { Declared } from "../../compiler/editor/declared.ts";
import type { Asked, Feature, Serving } from "../feature.ts";
import { offsetIn } from "../params.ts";
import { rangeOf } from "../places.ts";
import type { OpenProject } from "../project.ts";

export const calls: Feature = {
  capabilities: { callHierarchyProvider: true },
  register(server) {
    const { callHierarchy } = server.connection.languages;
    callHierarchy.onPrepare((params, token) =>
      server.at<CallHierarchyItem[] | null>(params, token, null, ({ project, analysis, path }, offset) => {
        const declared = callableAt(analysis, path, offset);
        return declared === null ? null : itemOf(project, declared);
      }),
    );
    callHierarchy.onIncomingCalls(({ item }, token) =>
      about(server, item, token, ({ project, analysis }, declared) =>
        callersOf(analysis, declared).flatMap((call) =>
          itemOf(project, call.other).map((from) => ({ from, fromRanges: rangesOf(project, call.other.module, call) })),
        ),
      ),
    );
    callHierarchy.onOutgoingCalls(({ item }, token) =>
      about(server, item, token, ({ project, analysis }, declared) =>
        calleesOf(analysis, declared).flatMap((call) =>
          itemOf(project, call.other).map((to) => ({ to, fromRanges: rangesOf(project, declared.module, call) })),
        ),
      ),
    );
  },
};

function about<T>(
  server: Serving,
  item: CallHierarchyItem,
  token: Parameters<Serving["about"]>[1],
  answer: (asked: Asked, declared: Declared) => T[],
): Promise<T[]> {
  return server.about<T[]>({ textDocument: { uri: item?.uri } }, token, [], (asked) => {
    const declared = callableAt(asked.analysis, asked.path, offsetIn(asked.file.lines, item.selectionRange?.start));
    return declared === null ? [] : answer(asked, declared);
  });
}

function rangesOf(project: OpenProject, module: string, { places }: Call): Range[] {
  const lines = project.lines(module);
  return lines === null ? [] : places.map((span) => rangeOf(lines, span));
}

/** None where its file is gone. */
function itemOf(project: OpenProject, declared: Declared): CallHierarchyItem[] {
  const file = project.analysis().file(declared.module);
  if (file === null) return [];
  return [
    {
      name: declared.name,
      kind: declared.as === "action" ? SymbolKind.Class : SymbolKind.Function,
      detail: declared.module,
      uri: project.uriAt(declared.module),
      range: rangeOf(file.lines, spanOf(file, declared)),
      selectionRange: rangeOf(file.lines, declared.span),
    },
  ];
}
