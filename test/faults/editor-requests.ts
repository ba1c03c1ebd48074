/** Every request a client may send, with its parameters at a place: taken from what the server says it can do. */
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Client } from "../language-server/client.ts";

type Params = Readonly<Record<string, unknown>>;

export interface Request {
  readonly method: string;
  params(document: TextDocument, offset: number): Params;
}

const at = (document: TextDocument, offset: number): Params => ({ position: document.positionAt(offset) });
const range = (document: TextDocument, offset: number): Params => ({
  range: { start: document.positionAt(offset), end: document.positionAt(offset + 40) },
});
const none = (): Params => ({});
const options = { tabSize: 2, insertSpaces: true };

export const REQUESTS: readonly Request[] = [
  { method: "textDocument/completion", params: at },
  { method: "textDocument/hover", params: at },
  { method: "textDocument/signatureHelp", params: at },
  { method: "textDocument/definition", params: at },
  { method: "textDocument/documentHighlight", params: at },
  { method: "textDocument/prepareRename", params: at },
  { method: "textDocument/documentSymbol", params: none },
  { method: "textDocument/foldingRange", params: none },
  { method: "textDocument/semanticTokens/full", params: none },
  { method: "textDocument/formatting", params: () => ({ options }) },
  { method: "textDocument/diagnostic", params: none },
  { method: "textDocument/semanticTokens/range", params: range },
  { method: "textDocument/rangeFormatting", params: (d, o) => ({ ...range(d, o), options }) },
  { method: "textDocument/codeAction", params: (d, o) => ({ ...range(d, o), context: { diagnostics: [] } }) },
  { method: "textDocument/references", params: (d, o) => ({ ...at(d, o), context: { includeDeclaration: true } }) },
  { method: "textDocument/rename", params: (d, o) => ({ ...at(d, o), newName: "named_anew" }) },
  { method: "textDocument/selectionRange", params: (d, o) => ({ positions: [d.positionAt(o)] }) },
  { method: "textDocument/inlayHint", params: range },
  { method: "textDocument/codeLens", params: none },
  { method: "textDocument/documentLink", params: none },
  { method: "textDocument/typeDefinition", params: at },
  { method: "textDocument/prepareCallHierarchy", params: at },
  ...["}", "\n"].map((ch) => ({
    method: "textDocument/onTypeFormatting",
    params: (d: TextDocument, o: number) => ({ ...at(d, o), ch, options }),
  })),
];

/** Those that are of no document. */
export const PLACELESS: readonly { readonly method: string; readonly params: Params }[] = [
  { method: "workspace/symbol", params: { query: "" } },
  { method: "workspace/diagnostic", params: { previousResultIds: [] } },
];

export function askAt(
  client: Client,
  { method, params }: Request,
  file: string,
  document: TextDocument,
  offset: number,
): Promise<unknown> {
  return client.request(method, { textDocument: { uri: client.uri(file) }, ...params(document, offset) });
}
