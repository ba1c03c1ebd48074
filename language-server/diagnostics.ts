/** What is wrong, told as it changes: pushed to clients that do not ask, answered to those that do. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  MessageType,
  ShowMessageNotification,
  type Diagnostic as Shown,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import type { Diagnostic, Severity } from "../compiler/diagnostics/diagnostic.ts";
import type { Code } from "../compiler/diagnostics/registry.ts";
import { lineIndex } from "../language/lines.ts";
import type { Findings, Serving } from "./feature.ts";
import { rangeOf } from "./places.ts";
import type { Early, OpenProject } from "./project.ts";

/** A check that takes less is made at once. Milliseconds. */
const QUICK = 20;
const LONGEST = 250;

/** Requests that came with a change are answered first: so often telling gives way to them. */
const TURNS = 3;

interface Told {
  readonly version: number;
  readonly files: Files;
}

/** By URI, with the same as JSON: to tell what is another. */
type Files = ReadonlyMap<string, { readonly items: Shown[]; readonly text: string }>;

interface EarlyOf {
  readonly version: number | undefined;
  readonly items: Shown[];
}

export class Diagnostics implements Findings {
  readonly #server: Serving;
  readonly #timers = new Map<OpenProject, NodeJS.Timeout | NodeJS.Immediate>();
  /** How long the last check of a project took. */
  readonly #took = new Map<OpenProject, number>();
  readonly #told = new Map<OpenProject, Told>();
  /** What the client has. */
  readonly #published = new Map<OpenProject, Files>();
  readonly #problems = new Map<OpenProject, string | null>();
  /** By URI, of documents of projects that are not checked yet. */
  readonly #early = new Map<OpenProject, ReadonlyMap<string, EarlyOf>>();
  /** Who waits for that looks at it. */
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  constructor(server: Serving) {
    this.#server = server;
  }

  get #pulled(): boolean {
    return this.#server.client.textDocument?.diagnostic !== undefined;
  }

  /** Whether something is still to be told. */
  get pending(): boolean {
    return this.#timers.size > 0;
  }

  /** Soon, and later the longer checking takes: typing goes on meanwhile. */
  schedule(project: OpenProject): void {
    // It may be gone since what is told of was begun.
    if (this.#stopped || !this.#server.projects.includes(project)) return;
    this.#clear(project);
    const took = this.#took.get(project) ?? 0;
    const due = took < QUICK ? 0 : Math.min(took / 2, LONGEST);
    this.#timers.set(
      project,
      setTimeout(() => this.#giveWay(project, TURNS), due),
    );
  }

  #clear(project: OpenProject): void {
    const timer = this.#timers.get(project);
    if (timer === undefined) return;
    // Either kind: clearing what is none of a kind does nothing.
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
    this.#timers.delete(project);
  }

  /** Messages are taken from the queue one a turn. */
  #giveWay(project: OpenProject, turns: number): void {
    if (turns > 0) {
      this.#timers.set(
        project,
        setImmediate(() => this.#giveWay(project, turns - 1)),
      );
      return;
    }
    this.#timers.delete(project);
    this.#server.inBackground(
      project.checked().then(() => {
        if (!this.#stopped && this.#server.projects.includes(project)) this.#tell(project);
      }),
    );
  }

  /** Before all of a project was checked: what is told of these files stays, and more may come. */
  tellEarly(project: OpenProject, found: Early): void {
    // It may be gone since it was read.
    if (this.#stopped || !this.#server.projects.includes(project)) return;
    this.#tellProblem(project);
    const published = new Map(this.#published.get(project));
    const early = new Map(this.#early.get(project));
    for (const [file, list] of found) {
      const uri = project.uriAt(file);
      const items = list.map((diagnostic) => this.#converted(project, diagnostic));
      const text = JSON.stringify(items);
      if ((published.get(uri)?.text ?? "[]") !== text) this.#send(uri, items);
      if (items.length > 0) published.set(uri, { items, text });
      else published.delete(uri);
      early.set(uri, { version: this.#server.documents.get(uri)?.version, items });
    }
    this.#published.set(project, published);
    this.#early.set(project, early);
    for (const look of [...this.#waiting]) look();
  }

  /** What is known of a document before all of its project was checked, where that comes first; else null. */
  #earlyOf(project: OpenProject, uri: string): Promise<Shown[] | null> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#early.get(project)?.get(uri);
        if (found === undefined || found.version !== this.#server.documents.get(uri)?.version) return;
        this.#waiting.delete(look);
        resolve(found.items);
      };
      this.#waiting.add(look);
      look();
      project
        .checked()
        .finally(() => this.#waiting.delete(look))
        .then(() => resolve(null), reject);
    });
  }

  /** A project that nothing is of any more: what was told of it is taken back. */
  forget(project: OpenProject): void {
    this.#clear(project);
    const { connection } = this.#server;
    for (const uri of this.#published.get(project)?.keys() ?? [])
      void connection.sendDiagnostics({ uri, diagnostics: this.#byOthers(project, uri) });
    for (const known of [this.#took, this.#told, this.#published, this.#problems, this.#early]) known.delete(project);
    if (this.#pulled) this.#refresh();
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    for (const project of [...this.#timers.keys()]) this.#clear(project);
  }

  get #asksAgain(): boolean {
    return this.#server.client.workspace?.diagnostics?.refreshSupport === true;
  }

  #refresh(): void {
    if (this.#asksAgain) this.#server.connection.languages.diagnostics.refresh();
  }

  #tell(project: OpenProject): void {
    this.#tellProblem(project);
    const { files } = this.#toldBy(project);
    const before: Files = this.#published.get(project) ?? new Map();
    this.#published.set(project, files);
    this.#early.delete(project);
    const changed = [...new Set([...before.keys(), ...files.keys()])].filter(
      (uri) => before.get(uri)?.text !== files.get(uri)?.text,
    );
    if (this.#pulled) {
      if (changed.length > 0) this.#refresh();
      return;
    }
    for (const uri of changed) this.#send(uri, files.get(uri)?.items ?? this.#byOthers(project, uri));
  }

  #send(uri: string, diagnostics: Shown[]): void {
    if (this.#pulled) return;
    const { connection, documents } = this.#server;
    const version = documents.get(uri)?.version;
    void connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) });
  }

  /** What another project has told of a file: one that has moved from this to that. */
  #byOthers(project: OpenProject, uri: string): Shown[] {
    for (const [other, files] of this.#published) {
      const items = files.get(uri)?.items;
      if (other !== project && items !== undefined) return items;
    }
    return [];
  }

  /** Once, until it is another. */
  #tellProblem(project: OpenProject): void {
    // What is wrong with the folder it stands in is told of the project there.
    if (project.alone !== null || this.#problems.get(project) === project.problem) return;
    this.#problems.set(project, project.problem);
    if (project.problem !== null)
      void this.#server.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: `opsc: ${project.problem}`,
      });
  }

  #toldBy(project: OpenProject): Told {
    const known = this.#told.get(project);
    if (known?.version === project.version) return known;
    const started = performance.now();
    const files = new Map(
      [...project.diagnostics()].flatMap(([file, list]) => {
        if (!project.tells(file)) return [];
        const items = list.map((diagnostic) => this.#converted(project, diagnostic));
        return [[project.uriAt(file), { items, text: JSON.stringify(items) }] as const];
      }),
    );
    const told = { version: project.version, files };
    this.#told.set(project, told);
    this.#took.set(project, performance.now() - started);
    return told;
  }

  #converted(project: OpenProject, diagnostic: Diagnostic): Shown {
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
      ...(UNNECESSARY.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
      ...(related.length === 0
        ? {}
        : {
            relatedInformation: related.map(({ module: other, span: place, note }) => ({
              location: {
                uri: project.uriAt(other),
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
    const { project, path } = route;
    const own = project.uriAt(path);
    const early = this.#asksAgain && !project.isChecked ? await this.#earlyOf(project, own) : null;
    if (early !== null) return report(early, known);
    await project.settled();
    await project.checked();
    return report(this.#toldBy(project).files.get(own)?.items ?? [], known);
  }

  /** Of all files of all projects. What was wrong and is not any more is told as that. */
  async all(known: ReadonlyMap<string, string>): Promise<WorkspaceDocumentDiagnosticReport[]> {
    const told = new Map<string, Shown[]>();
    for (const project of await this.#server.opened()) {
      await project.settled();
      await project.checked();
      for (const [uri, { items }] of this.#toldBy(project).files) told.set(uri, items);
    }
    return [...new Set([...told.keys(), ...known.keys()])].map((uri) => {
      const version = this.#server.documents.get(uri)?.version ?? null;
      return { ...report(told.get(uri) ?? [], known.get(uri)), uri, version };
    });
  }
}

function report(items: Shown[], known: string | undefined): DocumentDiagnosticReport {
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

/** What could be taken away: editors grey it. */
const UNNECESSARY: ReadonlySet<string> = new Set<Code>(["unused-name", "allow-unused", "match-unreachable"]);

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};
