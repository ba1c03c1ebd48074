import { type DocumentSymbol, SymbolKind, type WorkspaceSymbol } from "vscode-languageserver";
import { findDeclared, type Outlined, outlineOf } from "../../compiler/editor/outline.ts";
import type { LineIndex } from "../../language/lines.ts";
import type { Feature } from "../feature.ts";
import { locationOf } from "../locations.ts";
import { textIn } from "../params.ts";
import { rangeOf } from "../places.ts";

/** Found in all projects together. */
const MOST = 500;

export const symbols: Feature = {
  capabilities: { documentSymbolProvider: true, workspaceSymbolProvider: true },
  register(server) {
    server.connection.onDocumentSymbol((params, token) =>
      server.about<DocumentSymbol[]>(params, token, [], ({ file }) =>
        outlineOf(file).map((each) => converted(file.lines, each)),
      ),
    );
    server.connection.onWorkspaceSymbol(async (params) => {
      const query = textIn(params.query, "query");
      const found: WorkspaceSymbol[] = [];
      for (const project of await server.opened()) {
        for (const { module, outlined } of findDeclared(project.analysis(), query, MOST - found.length)) {
          if (!project.tells(module)) continue;
          for (const location of locationOf(project, module, outlined.nameSpan))
            found.push({ name: outlined.name, kind: KINDS[outlined.as], location, containerName: module });
        }
      }
      return found;
    });
  },
};

function converted(lines: LineIndex, { name, as, detail, span, nameSpan, children }: Outlined): DocumentSymbol {
  return {
    name,
    kind: KINDS[as],
    ...(detail === "" ? {} : { detail }),
    range: rangeOf(lines, span),
    selectionRange: rangeOf(lines, nameSpan),
    children: children.map((each) => converted(lines, each)),
  };
}

const KINDS: Readonly<Record<Outlined["as"], SymbolKind>> = {
  provider: SymbolKind.Module,
  enum: SymbolKind.Enum,
  member: SymbolKind.EnumMember,
  type: SymbolKind.Struct,
  field: SymbolKind.Field,
  approver: SymbolKind.Object,
  window: SymbolKind.Object,
  secret: SymbolKind.Key,
  operation: SymbolKind.Function,
  guardrail: SymbolKind.Interface,
  action: SymbolKind.Class,
  input: SymbolKind.Property,
  parameter: SymbolKind.Property,
  let: SymbolKind.Variable,
  fact: SymbolKind.Variable,
  step: SymbolKind.Method,
  check: SymbolKind.Boolean,
  each: SymbolKind.Variable,
  alias: SymbolKind.Variable,
  test: SymbolKind.Event,
  hook: SymbolKind.Event,
  loop: SymbolKind.Array,
  condition: SymbolKind.Namespace,
};
