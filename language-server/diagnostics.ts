/** What is wrong, told as it changes: pushed to clients that do not ask, answered to those that do. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  MessageType,
  ShowMessageNotification,
  type Diagnostic as Told,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import type { Diagnostic, Severity } from "../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../language/lines.ts";
import { rangeOf, uriOf } from "./places.ts";
import type { OpenProject } from "./project.ts";
import type { Server } from "./server.ts";

/** A check that takes less is made at once. Milliseconds. */
const QUICK = 20;
const LONGEST = 250;

interface Published {
  readonly text: string;
}

export class Diagnostics {
  readonly #server: Server;
  readonly #timers = new Map<OpenProject, NodeJS.Timeout>();
  /** How long the last check of a project took. */
  readonly #took = new Map<OpenProject, number>();
  /** What the client has, by URI. */
  readonly #published = new Map<OpenProject, Map<string, Published>>();
  readonly #problems = new Map<OpenProject, string | null>();

  constructor(server: Server) {
    this.#server = server;
  }

  get #pulled(): boolean {
    return this.#server.client.textDocument?.diagnostic !== undefined;
  }

  /** Soon, and later the longer checking takes: typing goes on meanwhile. */
  schedule(project: OpenProject): void {
    clearTimeout(this.#timers.get(project));
    const took = this.#took.get(project) ?? 0;
    const timer = setTimeout(() => this.#tell(project), took < QUICK ? 0 : Math.min(took / 2, LONGEST));
    this.#timers.set(project, timer);
  }

  #tell(project: OpenProject): void {
    this.#timers.delete(project);
    this.#tellProblem(project);
    if (this.#pulled) {
      if (this.#server.client.workspace?.diagnostics?.refreshSupport === true)
        void this.#server.connection.languages.diagnostics.refresh();
      return;
    }
    const { connection, documents } = this.#server;
    const told = this.#toldBy(project);
    const before = this.#published.get(project) ?? new Map<string, Published>();
    const now = new Map<string, Published>();
    for (const [uri, diagnostics] of told) {
      const text = JSON.stringify(diagnostics);
      now.set(uri, { text });
      if (before.get(uri)?.text === text) continue;
      const version = documents.get(uri)?.version;
      void connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) });
    }
    for (const uri of before.keys()) if (!now.has(uri)) void connection.sendDiagnostics({ uri, diagnostics: [] });
    this.#published.set(project, now);
  }

  /** Once, until it is another. */
  #tellProblem(project: OpenProject): void {
    if (this.#problems.get(project) === project.problem) return;
    this.#problems.set(project, project.problem);
    if (project.problem !== null)
      void this.#server.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: `opsc: ${project.problem}`,
      });
  }

  #toldBy(project: OpenProject): Map<string, Told[]> {
    const started = performance.now();
    const found = project.diagnostics();
    this.#took.set(project, performance.now() - started);
    return new Map(
      [...found].map(([file, list]) => [uriOf(project.fileAt(file)), list.map((d) => this.#told(project, d))]),
    );
  }

  #told(project: OpenProject, diagnostic: Diagnostic): Told {
    const { code, module, span, message, related, why, help, severity, label } = diagnostic;
    const lines = project.lines(module) ?? lineIndex("");
    const page = this.#server.host.page(code);
    const remarks = [
      message,
      ...(label === null ? [] : [label]),
      ...(why === null ? [] : [why]),
      ...(help === null ? [] : [`help: ${help}`]),
    ];
    return {
      range: rangeOf(lines, span),
      severity: SEVERITIES[severity],
      code,
      source: "opsc",
      message: remarks.join("\n"),
      ...(page === null ? {} : { codeDescription: { href: page } }),
      ...(code === "unused-name" ? { tags: [DiagnosticTag.Unnecessary] } : {}),
      ...(related.length === 0
        ? {}
        : {
            relatedInformation: related.map(({ module: other, span: place, note }) => ({
              location: {
                uri: uriOf(project.fileAt(other)),
                range: rangeOf(project.lines(other) ?? lineIndex(""), place),
              },
              message: note,
            })),
          }),
    };
  }

  /** Of one document, as asked for. */
  async of(uri: string, known: string | undefined): Promise<DocumentDiagnosticReport> {
    const route = await this.#server.routeOf(uri);
    if (route === null) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    await route.project.ready();
    const items = this.#toldBy(route.project).get(uri) ?? [];
    return report(items, known);
  }

  /** Of all files of all projects. */
  async all(known: ReadonlyMap<string, string>): Promise<WorkspaceDocumentDiagnosticReport[]> {
    const reports: WorkspaceDocumentDiagnosticReport[] = [];
    for (const project of this.#server.projects) {
      await project.ready();
      const told = this.#toldBy(project);
      // What was wrong and is not any more is told as that.
      for (const uri of new Set([...told.keys(), ...known.keys()])) {
        const version = this.#server.documents.get(uri)?.version ?? null;
        reports.push({ ...report(told.get(uri) ?? [], known.get(uri)), uri, version });
      }
    }
    return reports;
  }
}

function report(items: Told[], known: string | undefined): DocumentDiagnosticReport {
  const resultId = String(hash(JSON.stringify(items)));
  return resultId === known
    ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
    : { kind: DocumentDiagnosticReportKind.Full, resultId, items };
}

/** FNV-1a: to tell one list from another, no more. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};
