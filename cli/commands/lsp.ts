/** `opsc lsp`: the language server, over standard input and output. */
import process from "node:process";
import { createConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { Server } from "../../language-server/server.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { languageHost } from "../language-host.ts";

/** Resolves when the client is gone. */
export async function run(): Promise<ExitCode> {
  const reader = new StreamMessageReader(process.stdin);
  const connection = createConnection(reader, new StreamMessageWriter(process.stdout));
  new Server(connection, languageHost);
  await new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.on("close", () => resolve());
    process.stdin.on("end", () => resolve());
  });
  return EXIT.done;
}
