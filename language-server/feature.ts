/** A feature, and the server as it is seen by what is part of it. */
import type {
  CancellationToken,
  Connection,
  DocumentDiagnosticReport,
  InitializeParams,
  ServerCapabilities,
  TextDocuments,
  WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Parsed } from "../compiler/check/context.ts";
import type { Analysis } from "../compiler/editor/analysis.ts";
import type { Host } from "./host.ts";
import type { OpenProject } from "./project.ts";
import type { Route } from "./projects.ts";

export interface Feature {
  readonly capabilities: Partial<ServerCapabilities>;
  /** Sets its handlers. */
  register(server: Serving): void;
}

/** What a feature is asked about. */
export interface Asked extends Route {
  readonly file: Parsed;
  readonly analysis: Analysis;
  readonly token: CancellationToken;
}

export interface InDocument {
  readonly textDocument: { readonly uri: string };
}

export interface AtPosition extends InDocument {
  readonly position: { readonly line: number; readonly character: number };
}

export interface Serving {
  readonly connection: Connection;
  readonly host: Host;
  readonly diagnostics: Findings;
  /** Those that are open. */
  readonly documents: Pick<TextDocuments<TextDocument>, "get" | "onDidClose">;
  /** As the client says. */
  readonly client: InitializeParams["capabilities"];
  /** Has commands of its own that items may name. */
  readonly isVsCode: boolean;
  readonly projects: readonly OpenProject[];
  /** The same, once folders are sorted into them and all are checked: for what is asked of no document. */
  opened(): Promise<readonly OpenProject[]>;
  /** The project a document is of; null of what is of none. */
  routeOf(uri: string): Promise<Route | null>;
  /** `answer` for a document of a project; `none` for any other. */
  about<T>(params: InDocument, token: CancellationToken, none: T, answer: (asked: Asked) => T | Promise<T>): Promise<T>;
  /** The same at a place in the document. */
  at<T>(
    params: AtPosition,
    token: CancellationToken,
    none: T,
    answer: (asked: Asked, offset: number) => T | Promise<T>,
  ): Promise<T>;
  /** What nobody waits for: where it fails that is said, and ends nothing. */
  inBackground(work: Promise<void>): void;
}

/** What is wrong, for clients that ask. */
export interface Findings {
  /** Of one document; `known` is the id of the result the client has. */
  of(uri: string, known: string | undefined): Promise<DocumentDiagnosticReport>;
  /** Of all files of all projects; `known` by URI. */
  all(known: ReadonlyMap<string, string>): Promise<WorkspaceDocumentDiagnosticReport[]>;
}
