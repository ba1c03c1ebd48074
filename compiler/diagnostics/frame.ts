/** Diagnostics for people (framed source), for tools (plain data) and for GitHub (annotations). */
import { type LineIndex, lineIndex, type Position } from "../../language/lines.ts";
import type { Span } from "../../language/tree.ts";
import { type Ink, type Line, paint, run, wrap } from "../render/ink.ts";
import { escapeControls, safeLines } from "../render/safe.ts";
import { type Place, snippet } from "../render/snippet.ts";
import type { Silenced } from "./allow.ts";
import type { Diagnostic, Fix, Severity } from "./diagnostic.ts";

/** The text of a module, undefined where it is not at hand: then the place is named without its lines. */
export type Sources = (module: string) => string | undefined;

export interface FrameOptions {
  readonly color: boolean;
  /** Diagnostics of one file that are drawn at most, errors before warnings; the others are counted. All if left out. */
  readonly limit?: number;
  /** Columns; below 40 counts as 40. */
  readonly width: number;
}

const INKS: Readonly<Record<Severity, Ink>> = { error: "bold-red", warning: "yellow", info: "cyan" };

/** All diagnostics in the order given, a blank line after each, then the summary. Empty text where there are none. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources, options: FrameOptions): string {
  if (diagnostics.length === 0) return "";
  const width = Math.max(40, options.width);
  const open = opener(sources);
  const { drawn, more } = bounded(diagnostics, options.limit ?? Number.POSITIVE_INFINITY);
  const lines = [
    ...drawn.flatMap((diagnostic) => [...diagnosticLines(diagnostic, open, width), []]),
    ...more.map((line): Line => [run(line, "bold")]),
  ];
  return [...lines, [run(summaryLine(diagnostics), "bold")]].map((line) => `${paint(line, options.color)}\n`).join("");
}

/** The first `limit` of each file, errors before others, in the order given; and in words what is left out. */
function bounded(
  diagnostics: readonly Diagnostic[],
  limit: number,
): { readonly drawn: readonly Diagnostic[]; readonly more: readonly string[] } {
  const byFile = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const mine = byFile.get(diagnostic.module) ?? [];
    byFile.set(diagnostic.module, mine);
    mine.push(diagnostic);
  }
  const left = new Set<Diagnostic>();
  const more: string[] = [];
  for (const [file, all] of byFile) {
    const errorsFirst = [...all].sort((a, b) => Number(a.severity !== "error") - Number(b.severity !== "error"));
    const out = errorsFirst.slice(limit);
    if (out.length === 0) continue;
    for (const each of out) left.add(each);
    more.push(`${file}: and ${out.length} more (${summaryLine(out)})`);
  }
  return { drawn: diagnostics.filter((each) => !left.has(each)), more };
}

/** `2 errors, 1 warning`; `no problems` where there are none. */
export function summaryLine(diagnostics: readonly { readonly severity: Severity }[]): string {
  const counts = countBySeverity(diagnostics);
  const names = { errors: "error", warnings: "warning", infos: "remark" } as const;
  const parts = (["errors", "warnings", "infos"] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${names[kind]}${counts[kind] === 1 ? "" : "s"}`);
  return parts.length === 0 ? "no problems" : parts.join(", ");
}

interface Source {
  readonly text: string;
  readonly index: LineIndex;
}
type Open = (module: string) => Source | null;

/** Each source is indexed once, however many diagnostics it has. */
function opener(sources: Sources): Open {
  const opened = new Map<string, Source | null>();
  return (module) => {
    const known = opened.get(module);
    if (known !== undefined) return known;
    const text = sources(module);
    const source = text === undefined ? null : { text, index: lineIndex(text) };
    opened.set(module, source);
    return source;
  };
}

function diagnosticLines(diagnostic: Diagnostic, open: Open, width: number): Line[] {
  const ink = INKS[diagnostic.severity];
  const head: Line = [run(`${diagnostic.severity}[${diagnostic.code}]`, ink), run(`: ${diagnostic.message}`, "bold")];
  const files = byModule(diagnostic);
  const gutter = Math.max(2, ...files.map(({ module, places }) => numberWidth(open(module), places)));
  const frames = files.flatMap(({ module, places }) => fileLines(module, places, open, { width, gutter, ink }));
  const { help, fixes } = adviceOnce(diagnostic);
  const notes = [
    ...remark("why", diagnostic.why, gutter, width),
    ...remark("help", help, gutter, width),
    ...fixes.flatMap(({ title, suggested }) => remark(suggested === true ? "try" : "fix", title, gutter, width)),
  ];
  return [...wrap(head, width, 2), ...frames, ...notes];
}

/** What the help says is not said again as a suggestion; nor is it said where `fix:` says so, which tells more: that `--fix` does it. */
function adviceOnce({ help, fixes }: Diagnostic): Pick<Diagnostic, "help" | "fixes"> {
  if (help === null) return { help, fixes };
  const near = /^did you mean (.+)\?$/.exec(help)?.[1];
  const same = ({ title }: Fix): boolean => title === help || title === `write ${near}`;
  if (fixes.some((fix) => fix.suggested !== true && same(fix))) return { help: null, fixes };
  return {
    help,
    fixes: fixes.filter((fix) => !same(fix) && !(fix.suggested === true && help.startsWith(`${fix.title}: `))),
  };
}

interface FilePlaces {
  readonly module: string;
  readonly places: readonly Place[];
}

/** The diagnostic's own file first, with all places in it; then each other file in the order it is named. */
function byModule({ module, span, label, related }: Diagnostic): FilePlaces[] {
  const files = new Map<string, Place[]>([[module, [{ span, label, primary: true }]]]);
  for (const other of related) {
    const places = files.get(other.module) ?? [];
    files.set(other.module, places);
    places.push({ span: other.span, label: other.note, primary: false });
  }
  return [...files].map(([name, places]) => ({ module: name, places }));
}

function numberWidth(source: Source | null, places: readonly Place[]): number {
  if (source === null) return 0;
  return Math.max(...places.map(({ span }) => String(source.index.position(span.end).line).length));
}

function fileLines(
  module: string,
  places: readonly Place[],
  open: Open,
  style: { readonly width: number; readonly gutter: number; readonly ink: Ink },
): Line[] {
  const source = open(module);
  const arrow = run(`${" ".repeat(style.gutter - 1)}--> `, "blue");
  if (source === null) {
    const notes = places.flatMap(({ label }) =>
      label === null ? [] : remark("note", label, style.gutter, style.width),
    );
    return [[arrow, run(module)], ...notes];
  }
  const { line, column } = source.index.position(places[0]?.span.start ?? 0);
  return [
    [arrow, run(`${module}:${line}:${column}`)],
    ...snippet(source.text, source.index, places, style),
    [run(`${" ".repeat(style.gutter)} |`, "blue")],
  ];
}

/** `why: …`, right-aligned to the gutter; lines of the text stay lines. */
function remark(word: string, text: string | null, gutter: number, width: number): Line[] {
  if (text === null || text === "") return [];
  const lead = `${" ".repeat(Math.max(0, gutter + 3 - word.length - 1))}${word}: `;
  return safeLines(text).flatMap((line, i) =>
    wrap([i === 0 ? run(lead, "cyan") : run(" ".repeat(lead.length)), run(line)], width, lead.length),
  );
}

interface PlaceData {
  readonly file: string;
  /** UTF-16 offsets, end exclusive. */
  readonly span: Span;
  /** Lines and columns from 1, columns in UTF-16 code units; null where the source is not at hand. */
  readonly start: Position | null;
  readonly end: Position | null;
}

export interface DiagnosticsData {
  readonly diagnostics: readonly (PlaceData & {
    readonly code: string;
    readonly severity: Severity;
    readonly message: string;
    readonly args: Diagnostic["args"];
    readonly label: string | null;
    readonly why: string | null;
    readonly help: string | null;
    readonly related: readonly (PlaceData & { readonly note: string })[];
    readonly fixes: readonly {
      readonly title: string;
      readonly suggested: boolean;
      readonly edits: readonly (PlaceData & { readonly text: string })[];
    }[];
  })[];
  readonly silenced: readonly (PlaceData & {
    readonly code: string;
    readonly message: string;
    readonly reason: string;
  })[];
  readonly summary: { readonly errors: number; readonly warnings: number; readonly infos: number };
}

/** The diagnostics as plain data, places with lines and columns: what `--json` prints. Texts are as they are, not escaped. */
export function diagnosticsJson(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  silenced: readonly Silenced[] = [],
): DiagnosticsData {
  const open = opener(sources);
  const place = (module: string, span: Span): PlaceData => {
    const index = open(module)?.index;
    return { file: module, span, start: index?.position(span.start) ?? null, end: index?.position(span.end) ?? null };
  };
  return {
    diagnostics: diagnostics.map((each) => ({
      code: each.code,
      severity: each.severity,
      message: each.message,
      args: each.args,
      ...place(each.module, each.span),
      label: each.label,
      why: each.why,
      help: each.help,
      related: each.related.map((other) => ({ ...place(other.module, other.span), note: other.note })),
      fixes: each.fixes.map(({ title, suggested, edits }) => ({
        title,
        suggested: suggested === true,
        edits: edits.map((edit) => ({ ...place(edit.module, edit.span), text: edit.text })),
      })),
    })),
    silenced: silenced.map(({ diagnostic, reason }) => ({
      ...place(diagnostic.module, diagnostic.span),
      code: diagnostic.code,
      message: diagnostic.message,
      reason,
    })),
    summary: countBySeverity(diagnostics),
  };
}

function countBySeverity(diagnostics: readonly { readonly severity: Severity }[]): DiagnosticsData["summary"] {
  const of = (severity: Severity): number => diagnostics.filter((d) => d.severity === severity).length;
  return { errors: of("error"), warnings: of("warning"), infos: of("info") };
}

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/**
 * Workflow commands of GitHub Actions, one a line: annotations in the diff, errors first, since GitHub shows ten errors and
 * ten warnings of a step; the others stand in its log. `directory` is the project's path in the
 * repository, with `/`, where it is not its root.
 */
export function diagnosticsGithub(diagnostics: readonly Diagnostic[], sources: Sources, directory = ""): string {
  const rank = { error: 0, warning: 1, info: 2 } as const;
  const { diagnostics: data } = diagnosticsJson(diagnostics, sources);
  return [...data]
    .sort((a, b) => rank[a.severity] - rank[b.severity])
    .map(({ code, severity, message, label, why, help, file, start, end }) => {
      const path = directory === "" ? file : `${directory.replace(/\/+$/, "")}/${file}`;
      const properties = [
        ["file", escapeControls(path)],
        ...(start === null
          ? []
          : [
              ["line", start.line],
              ["col", start.column],
            ]),
        // GitHub takes columns only where a place is on one line.
        ...(start === null || end === null
          ? []
          : end.line > start.line
            ? [["endLine", end.line]]
            : [["endColumn", end.column]]),
        ["title", escapeControls(code)],
      ] as const;
      const text = [label === null ? message : `${message} (${label})`, why, help]
        .filter((part) => part !== null)
        .flatMap(safeLines)
        .join("\n");
      return `::${COMMANDS[severity]} ${properties.map(([name, value]) => `${name}=${property(String(value))}`).join(",")}::${commandData(text)}\n`;
    })
    .join("");
}

/** Why nothing could be checked, as a workflow command. */
export function failureGithub(text: string): string {
  return `::error title=opsc::${commandData(safeLines(text).join("\n"))}\n`;
}

function commandData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return commandData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
