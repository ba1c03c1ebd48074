/** A language server of Langium for the grammar beside this file: `node langium-server.ts --stdio`. */
import { createDefaultSharedModule, startLanguageServer } from "langium/lsp";
import { NodeFileSystem } from "langium/node";
import { createConnection } from "vscode-languageserver/node";
import { services } from "./langium.ts";

const connection = createConnection();
const { shared } = await services(createDefaultSharedModule({ connection, ...NodeFileSystem }));
startLanguageServer(shared);
