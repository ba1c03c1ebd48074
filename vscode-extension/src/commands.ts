/** Commands that run `opsc` in a terminal, and the page of a diagnostic. */
import process from "node:process";
import * as vscode from "vscode";
import { commandLine } from "./choose-server.ts";
import type { Server } from "./server.ts";

/** Runs it in a terminal, without a shell: nothing in an argument can become a command. `folder` is the project's. */
export async function runInTerminal(
  server: Server,
  name: string,
  args: readonly string[],
  folder: vscode.Uri,
): Promise<void> {
  const { program, args: all, env } = commandLine(server.opsc, args, process.execPath);
  const execution = new vscode.ProcessExecution(program, [...all], { cwd: folder.fsPath, env: { ...env } });
  const scope = vscode.workspace.getWorkspaceFolder(folder) ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: "opsc", command: args[0] ?? "" }, scope, name, "opsc", execution);
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    focus: true,
    clear: true,
    echo: true,
  };
  await vscode.tasks.executeTask(task);
}

/** `opsc check`, of the project that the file being edited is in. */
export async function check(server: Server): Promise<void> {
  const document = vscode.window.activeTextEditor?.document.uri;
  const folder =
    (document === undefined ? undefined : vscode.workspace.getWorkspaceFolder(document)) ??
    vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) {
    await vscode.window.showInformationMessage("Open a folder first: a project is what is checked.");
    return;
  }
  await vscode.workspace.saveAll(false);
  const home = document?.scheme === "file" ? vscode.Uri.joinPath(document, "..") : folder.uri;
  await runInTerminal(server, "check", ["check"], home);
}

/** Opens the page of a diagnostic where the cursor is, or of the one that is chosen. */
export async function explain(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  const place = editor.selection.active;
  const all = vscode.languages.getDiagnostics(editor.document.uri).filter(({ source }) => source === "opsc");
  const here = all.filter(({ range }) => range.contains(place));
  const onLine = all.filter(({ range }) => range.start.line <= place.line && place.line <= range.end.line);
  const found = [here, onLine, all].find((each) => each.length > 0) ?? [];
  const pages = new Map(
    found.flatMap(({ code, message }) =>
      typeof code === "object" ? [[String(code.value), { message, target: code.target }] as const] : [],
    ),
  );
  if (pages.size === 0) {
    await vscode.window.showInformationMessage("opsc finds nothing wrong here.");
    return;
  }
  const [first = ""] = pages.keys();
  const chosen =
    pages.size === 1
      ? first
      : (
          await vscode.window.showQuickPick(
            [...pages].map(([label, { message }]) => ({ label, detail: message })),
            { placeHolder: "Which one is to be explained?" },
          )
        )?.label;
  const page = chosen === undefined ? undefined : pages.get(chosen);
  if (page !== undefined) await vscode.commands.executeCommand("markdown.showPreviewToSide", page.target);
}
