import type { CodeLens } from "vscode-languageserver";
import { lensesOf, lensTitle } from "../../compiler/editor/lens.ts";
import type { Feature, Serving } from "../feature.ts";
import { rangeOf } from "../places.ts";

/** Above each action, what it comes to. A lens does something when clicked, so only a client that says what gets any. */
export const lens: Feature = {
  capabilities: { codeLensProvider: { resolveProvider: false } },
  register(server) {
    server.connection.onCodeLens((params, token) => {
      const command = planCommand(server);
      return server.about<CodeLens[]>(params, token, [], ({ project, file }) =>
        command === null
          ? []
          : lensesOf(file, project.check().program).map((each) => {
              const range = rangeOf(file.lines, each.span);
              const args = [params.textDocument.uri, range.start];
              return { range, command: { title: lensTitle(each), command, arguments: args } };
            }),
      );
    });
  },
};

/** The client's command that shows the plan of the action at a position of a document: `experimental: { opsc: { planCommand } }`. */
function planCommand({ client }: Serving): string | null {
  const { opsc } = (client.experimental ?? {}) as { readonly opsc?: { readonly planCommand?: unknown } };
  return typeof opsc?.planCommand === "string" ? opsc.planCommand : null;
}
