import { MarkupKind, type SignatureHelp } from "vscode-languageserver";
import { signatureAt } from "../../compiler/editor/signature.ts";
import type { Feature } from "../feature.ts";

export const signature: Feature = {
  capabilities: { signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: [":"] } },
  register(server) {
    server.connection.onSignatureHelp((params, token) =>
      server.at<SignatureHelp | null>(params, token, null, ({ analysis, path }, offset) => {
        const found = signatureAt(analysis, path, offset);
        if (found === null) return null;
        const markdown = (value: string | null) =>
          value === null || value === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value } };
        return {
          signatures: [
            {
              label: found.label,
              ...markdown(found.doc),
              parameters: found.params.map(({ label, doc }) => ({ label, ...markdown(doc) })),
            },
          ],
          activeSignature: 0,
          ...(found.active === null ? {} : { activeParameter: found.active }),
        };
      }),
    );
  },
};
