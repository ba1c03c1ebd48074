/** The view of a plan: follows the cursor and the edits, keeps what was filled in, and opens what is clicked. */
import * as vscode from "vscode";
import { applyArgs, missingInputs, saveArgs } from "./command-args.ts";
import { runInTerminal } from "./commands.ts";
import { viewHtml } from "./plan-html.ts";
import type { Filled, FromView, Kept, Location, PlanAnswer, PlanParams, Position, ToView, Undo } from "./protocol.ts";
import type { Server } from "./server.ts";

type Place = Kept["place"];

export const VIEW_TYPE = "opsc.plan";

/** Typing settles before it is planned again; a cursor that moves on is cheap. */
const AFTER_EDIT = 250;
const AFTER_MOVE = 120;

const NOTHING_FILLED: Filled = { inputs: {}, as: "", reason: "" };

export class PlanPanel implements vscode.Disposable {
  readonly #server: Server;
  readonly #extension: vscode.Uri;
  #panel: vscode.WebviewPanel | null = null;
  #ready = false;
  #pinned = false;
  /** The cursor stands where the view put it, perhaps in an action that the one shown runs: the view does not follow itself. */
  #opened = false;
  #place: Place | null = null;
  #answer: PlanAnswer | null = null;
  /** By the action's id. */
  readonly #filled = new Map<string, Filled>();
  #timer: NodeJS.Timeout | null = null;
  #asking: vscode.CancellationTokenSource | null = null;
  readonly #disposables: vscode.Disposable[];

  constructor(server: Server, extension: vscode.Uri) {
    this.#server = server;
    this.#extension = extension;
    this.#disposables = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.scheme === "file") this.#later(AFTER_EDIT);
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        // What a person does ends what the view did.
        if (kind !== undefined) this.#opened = false;
        this.#moved(textEditor);
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor !== undefined) this.#moved(editor);
      }),
      server.onChanged(() => this.#later(0)),
    ];
  }

  /** At a place, else at the cursor. */
  async show(place: Place | null): Promise<void> {
    const wanted = place ?? cursorOf(vscode.window.activeTextEditor) ?? this.#place;
    if (wanted === null) {
      await vscode.window.showInformationMessage("Put the cursor into an action of an .ops file: its plan is shown.");
      return;
    }
    this.#place = wanted;
    this.#pinned = false;
    this.#open();
    await this.#refresh();
  }

  /** In a view that was open when the window was closed, with what it kept. */
  restore(panel: vscode.WebviewPanel, kept: unknown): void {
    // There is one view: what was asked for since stays.
    if (this.#panel !== null) {
      panel.dispose();
      return;
    }
    if (isKept(kept)) {
      this.#place = kept.place;
      this.#pinned = kept.pinned;
      this.#filled.set(kept.action, kept.filled);
    } else this.#place = cursorOf(vscode.window.activeTextEditor);
    this.#fill(panel);
  }

  /** In a terminal, with what was filled in. */
  async apply(): Promise<void> {
    const whole = await this.#whole("applied");
    if (whole !== null) await this.#run("apply", whole.answer, applyArgs(whole.answer, whole.filled));
  }

  /** In a terminal too: what is saved was read, and can be approved and applied. */
  async save(): Promise<void> {
    const whole = await this.#whole("saved");
    if (whole === null) return;
    const { answer, filled } = whole;
    const root = vscode.Uri.parse(answer.action.root);
    const file = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(root, `${answer.action.name}.opsplan.json`),
      filters: { Plan: ["json"] },
      title: "Save the plan, with what it reads",
      saveLabel: "Plan and Save",
    });
    if (file !== undefined) await this.#run("plan", answer, saveArgs(answer, filled, file.fsPath));
  }

  async #run(command: string, { action }: PlanAnswer, args: readonly string[]): Promise<void> {
    await vscode.workspace.saveAll(false);
    await runInTerminal(this.#server, `${command} ${action.name}`, args, vscode.Uri.parse(action.root));
  }

  /** The action with what was filled in; null where something is missing: then the view is shown, and asks for it. */
  async #whole(done: string): Promise<{ readonly answer: PlanAnswer; readonly filled: Filled } | null> {
    if (this.#panel === null || vscode.window.activeTextEditor?.document.languageId === "ops") await this.show(null);
    const answer = this.#answer;
    if (answer === null) return null;
    if (answer.action.location.uri.startsWith("untitled:")) {
      await vscode.window.showInformationMessage("Save the file first: what has none cannot be planned by a command.");
      return null;
    }
    const filled = this.#filled.get(answer.action.id) ?? NOTHING_FILLED;
    const missing = missingInputs(answer, filled);
    if (answer.form.properties === undefined || answer.problems.some(({ input }) => input === null)) {
      await vscode.window.showWarningMessage("The project has errors, or the action cannot be planned: see its plan.");
      return null;
    }
    if (missing.length > 0) {
      this.#panel?.reveal(undefined, false);
      await vscode.window.showInformationMessage(
        `Fill in ${missing.join(", ")} first: what the view proposes is for looking at a plan, and is not ${done}.`,
      );
      return null;
    }
    return { answer, filled };
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#asking?.dispose();
    this.#panel?.dispose();
    for (const each of this.#disposables) each.dispose();
  }

  #open(): void {
    if (this.#panel !== null) {
      this.#panel.reveal(undefined, true);
      return;
    }
    this.#fill(
      vscode.window.createWebviewPanel(
        VIEW_TYPE,
        "Plan",
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { retainContextWhenHidden: true, enableFindWidget: true },
      ),
    );
  }

  #fill(panel: vscode.WebviewPanel): void {
    const out = vscode.Uri.joinPath(this.#extension, "out");
    panel.webview.options = { enableScripts: true, localResourceRoots: [out] };
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#extension, "icons/ops-light.svg"),
      dark: vscode.Uri.joinPath(this.#extension, "icons/ops-dark.svg"),
    };
    const address = (file: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(out, file)).toString();
    panel.webview.onDidReceiveMessage((message: FromView) =>
      this.#received(message).catch((error: unknown) => this.#post({ type: "nothing", why: wordsOf(error) })),
    );
    panel.onDidDispose(() => {
      this.#panel = null;
      this.#ready = false;
      this.#pinned = false;
    });
    this.#panel = panel;
    panel.webview.html = viewHtml({
      source: panel.webview.cspSource,
      nonce: crypto.randomUUID().replaceAll("-", ""),
      script: address("plan-view.js"),
      style: address("plan-view.css"),
    });
  }

  #moved(editor: vscode.TextEditor): void {
    const place = cursorOf(editor);
    if (this.#panel === null || place === null) return;
    if ((this.#pinned || this.#opened) && this.#place !== null) {
      this.#cursor(place);
      return;
    }
    const action = this.#answer?.action.location;
    const same = this.#place?.uri === place.uri && action !== undefined;
    this.#place = place;
    this.#cursor(place);
    // Within one action nothing is to be asked: the statement under the cursor is known.
    if (!same || !this.#isWithinSame(place)) this.#later(AFTER_MOVE);
  }

  /** Whether the cursor is at a statement of the action that is shown. */
  #isWithinSame(place: Place): boolean {
    return this.#nodesAt(place).length > 0;
  }

  #nodesAt({ uri, position }: Place): readonly number[] {
    const nodes = (this.#answer?.plan?.nodes ?? []).filter(
      ({ location }) => location !== null && location.uri === uri && contains(location, position),
    );
    const size = ({ range }: Location): number => (range.end.line - range.start.line) * 1000 + range.end.character;
    const least = Math.min(...nodes.map(({ location }) => (location === null ? Infinity : size(location))));
    return nodes.flatMap(({ index, location }) => (location !== null && size(location) === least ? [index] : []));
  }

  #cursor(place: Place): void {
    this.#post({ type: "cursor", nodes: this.#nodesAt(place) });
  }

  #later(after: number): void {
    if (this.#panel === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#refresh();
    }, after);
  }

  async #refresh(): Promise<void> {
    const place = this.#place;
    if (this.#panel === null || place === null || !vscode.workspace.isTrusted) return;
    this.#asking?.cancel();
    const asking = new vscode.CancellationTokenSource();
    this.#asking = asking;
    try {
      const answer = await this.#ask(place, asking.token);
      if (asking.token.isCancellationRequested) return;
      this.#shown(answer, place);
    } catch (error) {
      // Asked again by what changed meanwhile.
      if (asking.token.isCancellationRequested) return;
      this.#post({
        type: "nothing",
        why: `The server could not plan it: ${wordsOf(error)}`,
      });
    } finally {
      asking.dispose();
    }
  }

  /** Asked twice where what was filled in is of another action than the place turned out to be in. */
  async #ask(place: Place, token: vscode.CancellationToken): Promise<PlanAnswer | null> {
    const before = this.#answer?.action.id ?? "";
    const first = await this.#server.ask<PlanAnswer>("opsc/plan", this.#params(place, before), token);
    if (
      first === null ||
      first.action.id === before ||
      !(this.#filled.has(first.action.id) || this.#filled.has(before))
    )
      return first;
    return this.#server.ask<PlanAnswer>("opsc/plan", this.#params(place, first.action.id), token);
  }

  #params({ uri, position }: Place, action: string): PlanParams {
    const { inputs, as, reason } = this.#filled.get(action) ?? NOTHING_FILLED;
    return { textDocument: { uri }, position, inputs, as, reason };
  }

  #shown(answer: PlanAnswer | null, place: Place): void {
    this.#answer = answer;
    if (this.#panel === null) return;
    if (answer === null) {
      this.#post({ type: "nothing", why: "There is no action in this file." });
      return;
    }
    this.#panel.title = `Plan: ${answer.action.name}`;
    // Names may move while their text is edited; the place of a pinned plan goes with them.
    if (this.#pinned) this.#place = { uri: place.uri, position: answer.action.location.range.start };
    const filled = this.#filled.get(answer.action.id) ?? NOTHING_FILLED;
    this.#post({ type: "plan", answer, filled, pinned: this.#pinned, place });
    const cursor = cursorOf(vscode.window.activeTextEditor);
    if (cursor !== null) this.#cursor(cursor);
  }

  #post(message: ToView): void {
    if (this.#ready) void this.#panel?.webview.postMessage(message);
  }

  async #received(message: FromView): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#ready = true;
        return this.#refresh();
      case "filled":
        this.#filled.set(message.action, message.filled);
        return this.#later(AFTER_EDIT);
      case "open":
        this.#opened = true;
        return openAt(message.location, message.focus);
      case "undo":
        return this.#undo(message.node);
      case "pin":
        this.#pinned = message.pinned;
        if (this.#pinned && this.#answer !== null)
          this.#place = { uri: this.#answer.action.location.uri, position: this.#answer.action.location.range.start };
        return;
      case "apply":
        return this.apply();
      case "save":
        return this.save();
    }
  }

  async #undo(node: number): Promise<void> {
    if (this.#place === null || this.#answer === null) return;
    const params = { ...this.#params(this.#place, this.#answer.action.id), node };
    const undo = await this.#server.ask<Undo>("opsc/planUndo", params);
    this.#post({ type: "undo", node, undo });
  }
}

/** What a view kept may be of an older version of the extension. */
function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { place, action, filled, pinned } = value as Partial<Kept>;
  return (
    typeof place?.uri === "string" &&
    typeof place.position?.line === "number" &&
    typeof place.position.character === "number" &&
    typeof action === "string" &&
    typeof filled?.inputs === "object" &&
    typeof filled.as === "string" &&
    typeof filled.reason === "string" &&
    typeof pinned === "boolean"
  );
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function cursorOf(editor: vscode.TextEditor | undefined): Place | null {
  if (editor === undefined || editor.document.languageId !== "ops") return null;
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}

function contains({ range: { start, end } }: Location, { line, character }: Position): boolean {
  const after = line > start.line || (line === start.line && character >= start.character);
  return after && (line < end.line || (line === end.line && character <= end.character));
}

/** The statement is selected by its first line: it is what it does. */
async function openAt({ uri, range }: Location, focus: boolean): Promise<void> {
  const target = vscode.Uri.parse(uri);
  const open = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === target.toString());
  const start = new vscode.Position(range.start.line, range.start.character);
  const editor = await vscode.window.showTextDocument(target, {
    viewColumn: open?.viewColumn ?? vscode.ViewColumn.One,
    preserveFocus: !focus,
    selection: new vscode.Range(start, start),
  });
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
