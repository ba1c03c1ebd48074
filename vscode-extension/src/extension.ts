/** The extension: the server, the commands, the view of a plan. */
import * as vscode from "vscode";
import { check, explain } from "./commands.ts";
import { PlanPanel, VIEW_TYPE } from "./plan-panel.ts";
import type { Position } from "./protocol.ts";
import { PLAN_COMMAND, Server } from "./server.ts";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = new Server(context.extensionUri);
  const panel = new PlanPanel(server, context.extensionUri);
  const trusted = (work: () => Promise<void>) => async (): Promise<void> => {
    if (vscode.workspace.isTrusted) return work();
    await vscode.window.showInformationMessage("Plans are made in workspaces that are trusted.");
  };
  context.subscriptions.push(
    server,
    panel,
    vscode.commands.registerCommand("opsc.check", () => check(server)),
    vscode.commands.registerCommand("opsc.explain", explain),
    vscode.commands.registerCommand("opsc.restart", () => server.restart()),
    vscode.commands.registerCommand(PLAN_COMMAND, (uri?: unknown, position?: unknown) =>
      trusted(() => panel.show(placeFrom(uri, position)))(),
    ),
    vscode.commands.registerCommand(
      "opsc.apply",
      trusted(() => panel.apply()),
    ),
    vscode.commands.registerCommand(
      "opsc.savePlan",
      trusted(() => panel.save()),
    ),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (view, kept: unknown) => panel.restore(view, kept),
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("opsc.path")) void server.restart();
    }),
    // Which server, and whether there are plans, rests on it.
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
  );
  await server.start();
}

/** A lens names the place; from the title of an editor comes its address alone, from the palette nothing. */
function placeFrom(uri: unknown, position: unknown): { readonly uri: string; readonly position: Position } | null {
  if (typeof uri !== "string" || typeof position !== "object" || position === null) return null;
  const { line, character } = position as Partial<Position>;
  return typeof line === "number" && typeof character === "number" ? { uri, position: { line, character } } : null;
}
