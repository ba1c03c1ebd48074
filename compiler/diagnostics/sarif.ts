/**
 * Diagnostics as SARIF 2.1.0 (OASIS), for code scanning: rules with their pages, places, related places, fixes, silenced
 * warnings as suppressions, and fingerprints that stay the same while lines move.
 */
import { type LineIndex, lineIndex } from "../../language/lines.ts";
import type { Span } from "../../language/tree.ts";
import { sha256 } from "../digest.ts";
import { safeLines } from "../render/safe.ts";
import type { Silenced } from "./allow.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";
import type { Sources } from "./frame.ts";
import { pageMarkdown } from "./pages/markdown.ts";
import type { Page } from "./pages/page.ts";

export interface SarifOptions {
  /** Of opsc. */
  readonly version: string;
  readonly sources: Sources;
  readonly pages: ReadonlyMap<string, { readonly page: Page; readonly severity: Severity }>;
  /** The project's folder within the repository, with `/`; empty where it is its root. */
  readonly directory: string;
  /** Why nothing could be checked; left out where something was. */
  readonly failure?: string;
}

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;
const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** The log, as plain JSON data. */
export function diagnosticsSarif(
  diagnostics: readonly Diagnostic[],
  silenced: readonly Silenced[],
  options: SarifOptions,
) {
  const place = placer(options);
  const all = [
    ...diagnostics.map((diagnostic) => ({ diagnostic, reason: null })),
    ...silenced.map(({ diagnostic, reason }) => ({ diagnostic, reason })),
  ];
  const codes = [...new Set(all.map(({ diagnostic }) => diagnostic.code))].sort();
  const prints = fingerprinter(options.sources);
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "opsc",
            version: options.version,
            semanticVersion: options.version,
            rules: codes.map((code) => rule(code, options)),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the repository" } } },
        invocations: [
          options.failure === undefined
            ? { executionSuccessful: true }
            : {
                executionSuccessful: false,
                toolExecutionNotifications: [{ level: "error", message: { text: plain(options.failure) } }],
              },
        ],
        results: all.map(({ diagnostic, reason }) => ({
          ruleId: diagnostic.code,
          ruleIndex: codes.indexOf(diagnostic.code),
          level: LEVELS[diagnostic.severity],
          message: { text: messageOf(diagnostic) },
          locations: [{ physicalLocation: place(diagnostic.module, diagnostic.span) }],
          ...(diagnostic.related.length === 0
            ? {}
            : {
                relatedLocations: diagnostic.related.map((other, id) => ({
                  id,
                  physicalLocation: place(other.module, other.span),
                  message: { text: plain(other.note) },
                })),
              }),
          partialFingerprints: { "opscDiagnostic/v1": prints(diagnostic) },
          ...(diagnostic.fixes.length === 0 ? {} : { fixes: diagnostic.fixes.map((fix) => fixOf(fix, place)) }),
          ...(reason === null
            ? {}
            : { suppressions: [{ kind: "inSource", status: "accepted", justification: plain(reason) }] }),
        })),
      },
    ],
  };
}

const plain = (text: string): string => safeLines(text).join("\n");

function messageOf({ message, label, why, help }: Diagnostic): string {
  const first = label === null || label === "" ? message : `${message} (${label})`;
  return [first, why, help].flatMap((part) => (part === null ? [] : [plain(part)])).join("\n");
}

function rule(code: string, { pages }: SarifOptions) {
  const known = pages.get(code);
  if (known === undefined) return { id: code };
  const { page, severity } = known;
  return {
    id: code,
    name: code.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: page.title },
    fullDescription: { text: page.why },
    help: { text: `${page.why}\n\n${page.fix}`, markdown: pageMarkdown(page) },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

type Placer = ReturnType<typeof placer>;

function placer({ sources, directory }: SarifOptions) {
  const indexes = new Map<string, LineIndex | null>();
  const indexOf = (module: string): LineIndex | null => {
    const known = indexes.get(module);
    if (known !== undefined) return known;
    const text = sources(module);
    const index = text === undefined ? null : lineIndex(text);
    indexes.set(module, index);
    return index;
  };
  return (module: string, span: Span) => {
    const path = directory === "" ? module : `${directory.replace(/\/+$/, "")}/${module}`;
    const uri = path.split("/").map(uriPart).join("/");
    const index = indexOf(module);
    const artifactLocation = { uri, uriBaseId: "%SRCROOT%" };
    if (index === null) return { artifactLocation };
    const [start, end] = [index.position(span.start), index.position(span.end)];
    return {
      artifactLocation,
      region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
    };
  };
}

/** A lone surrogate is no character, and so no part of a URI. */
const uriPart = (name: string): string => encodeURIComponent(name.toWellFormed());

function fixOf(fix: Diagnostic["fixes"][number], place: Placer) {
  const modules = [...new Set(fix.edits.map(({ module }) => module))];
  return {
    description: { text: plain(fix.title) },
    artifactChanges: modules.map((module) => ({
      artifactLocation: place(module, { start: 0, end: 0 }).artifactLocation,
      replacements: fix.edits
        .filter((edit) => edit.module === module)
        .map((edit) => ({
          deletedRegion: place(module, edit.span).region ?? { startLine: 1 },
          insertedContent: { text: edit.text },
        })),
    })),
  };
}

/** Of the code, the file and the words on the line, with a number where they are the same: moving a line changes none. */
function fingerprinter(sources: Sources): (diagnostic: Diagnostic) => string {
  const counts = new Map<string, number>();
  return ({ code, module, span, message }) => {
    const text = sources(module) ?? "";
    const start = text.lastIndexOf("\n", Math.max(0, span.start - 1)) + 1;
    const end = text.indexOf("\n", span.start);
    const line = text.slice(Math.min(start, span.start), end === -1 ? undefined : end);
    const key = sha256(JSON.stringify([code, module, message, line.replace(/\s+/g, " ").trim()]));
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return `${key.slice(0, 32)}:${count}`;
  };
}
