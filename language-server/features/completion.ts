import path from "node:path";
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  InsertTextFormat,
  MarkupKind,
} from "vscode-languageserver";
import { complete, docOf } from "../../compiler/editor/completion.ts";
import type { Completion } from "../../compiler/editor/completion-item.ts";
import { filesAsked, folderAsked, type PathSlot } from "../../compiler/editor/completion-paths.ts";
import type { Slot } from "../../compiler/editor/slot.ts";
import { plainPhrase } from "../../compiler/schema/phrases.ts";
import type { Asked, Feature, Serving } from "../feature.ts";
import { textOf } from "../markdown.ts";
import { isIn, rangeOf } from "../places.ts";

const NONE: CompletionList = { isIncomplete: false, items: [] };

/** What was proposed last, for who looks at one of them. */
interface Kept {
  readonly list: number;
  readonly uri: string;
  readonly items: readonly Completion[];
}

export const completion: Feature = {
  capabilities: {
    completionProvider: {
      triggerCharacters: [".", "(", ",", ":", "=", " ", "{", '"', "/"],
      resolveProvider: true,
    },
  },
  register(server) {
    let kept: Kept = { list: 0, uri: "", items: [] };
    server.connection.onCompletion((params, token) =>
      server.at<CompletionList>(params, token, NONE, async (asked, offset) => {
        const { span, items: known, slot } = complete(asked.analysis, asked.path, offset);
        if (!isWanted(params.context?.triggerCharacter, slot)) return NONE;
        const items = slot?.slot === "path" ? [...known, ...(await filesFor(server, asked, slot))] : known;
        const replaced = rangeOf(asked.file.lines, span);
        kept = { list: kept.list + 1, uri: params.textDocument.uri, items };
        return {
          isIncomplete: false,
          items: items.map((item, i) => converted(server, asked, replaced, item, [kept.list, i])),
        };
      }),
    );
    server.connection.onCompletionResolve((item, token) => {
      const found = foundIn(kept, item.data);
      if (found === null) return item;
      return server.about(
        { textDocument: { uri: kept.uri } },
        token,
        item,
        ({ analysis }): CompletionItem => ({ ...item, ...documented(docOf(analysis, found)) }),
      );
    });
  },
};

/** What the folder holds that is written so far. What of a project is named lies in it, as reading it demands; other secrets lie anywhere. */
async function filesFor(server: Serving, { project, path: file }: Asked, slot: PathSlot): Promise<Completion[]> {
  if (slot.to === "import") return [];
  const asked = folderAsked(slot);
  const from = slot.to === "secret" ? project.root : path.dirname(project.fileAt(file));
  const folder = path.resolve(from, asked);
  if (!path.isAbsolute(asked) && !isIn(project.root, folder)) return [];
  return filesAsked(slot, await server.host.list(folder));
}

/** Some characters ask only where they are likely to be followed by what is proposed. */
function isWanted(trigger: string | undefined, slot: Slot | null): boolean {
  switch (trigger) {
    case '"':
    case "/":
      return slot?.slot === "path";
    case " ":
      if (slot?.slot === "value") return slot.expected !== null;
      return slot?.slot !== "declaration" && slot?.slot !== "statement" && slot?.slot !== "words";
    default:
      return true;
  }
}

function foundIn({ list, items }: Kept, data: unknown): Completion | null {
  const [of, index] = Array.isArray(data) ? data : [];
  return of === list && typeof index === "number" ? (items[index] ?? null) : null;
}

function documented(found: ReturnType<typeof docOf>): Pick<CompletionItem, "documentation"> {
  const value = found === null ? "" : textOf(found);
  return value === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value } };
}

function converted(
  server: Serving,
  { file }: Asked,
  range: ReturnType<typeof rangeOf>,
  item: Completion,
  data: readonly [list: number, index: number],
): CompletionItem {
  const { snippetSupport, resolveSupport } = server.client.textDocument?.completion?.completionItem ?? {};
  const snippets = snippetSupport === true;
  const later = resolveSupport?.properties.includes("documentation") === true;
  const { label, detail, doc, insert, rank, edits } = item;
  return {
    label,
    kind: KINDS[item.kind],
    sortText: `${rank}${label}`,
    textEdit: { range, newText: item.snippet && !snippets ? plainPhrase(insert) : insert },
    ...(item.snippet && snippets ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(detail === "" ? {} : { detail }),
    ...(later ? { data } : documented({ doc, notes: [] })),
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
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
};
