import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  InsertTextFormat,
  MarkupKind,
} from "vscode-languageserver";
import { complete } from "../../compiler/editor/completion.ts";
import type { Completion } from "../../compiler/editor/completion-item.ts";
import { plainPhrase } from "../../compiler/schema/phrases.ts";
import { rangeOf } from "../places.ts";
import type { Asked, Feature, Server } from "../server.ts";

const NONE: CompletionList = { isIncomplete: false, items: [] };

export const completion: Feature = {
  capabilities: { completionProvider: { triggerCharacters: [".", "(", ",", ":", "=", " ", "{", '"'] } },
  register(server) {
    server.connection.onCompletion((params, token) =>
      server.at<CompletionList>(params, token, NONE, (asked, offset) => {
        const { span, items } = complete(asked.analysis, asked.path, offset);
        // A space asks only where something is expected behind a word.
        const replaced = rangeOf(asked.file.lines, span);
        return { isIncomplete: false, items: items.map((item) => converted(server, asked, replaced, item)) };
      }),
    );
  },
};

function converted(
  server: Server,
  { file }: Asked,
  range: ReturnType<typeof rangeOf>,
  item: Completion,
): CompletionItem {
  const snippets = server.client.textDocument?.completion?.completionItem?.snippetSupport === true;
  const { label, detail, doc, insert, rank, edits } = item;
  return {
    label,
    kind: KINDS[item.kind],
    sortText: `${rank}${label}`,
    textEdit: { range, newText: item.snippet && !snippets ? plainPhrase(insert) : insert },
    ...(item.snippet && snippets ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(detail === "" ? {} : { detail }),
    ...(doc === null || doc === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(edits.length === 0
      ? {}
      : {
          additionalTextEdits: edits.map(({ span, text }) => ({ range: rangeOf(file.lines, span), newText: text })),
        }),
    ...(item.again && server.isVsCode ? { command: { title: "go on", command: "editor.action.triggerSuggest" } } : {}),
  };
}

const KINDS: Readonly<Record<Completion["kind"], CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  property: CompletionItemKind.Property,
  value: CompletionItemKind.Variable,
  member: CompletionItemKind.EnumMember,
  field: CompletionItemKind.Field,
  method: CompletionItemKind.Method,
  operation: CompletionItemKind.Function,
  action: CompletionItemKind.Event,
  provider: CompletionItemKind.Module,
  type: CompletionItemKind.Class,
  enum: CompletionItemKind.Enum,
  declaration: CompletionItemKind.Constant,
  word: CompletionItemKind.Value,
};
