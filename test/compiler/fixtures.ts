/**
 * Sources with the diagnostics they must give, written under the place:
 *
 *     let _a = 5m + 30
 *     //          ^ operator-types: + does not go between duration and int
 *
 * In data files the line begins with `# ` instead of `//`. The carets stand under the span, up to the end of its first line; the words after the code begin the message. A span
 * that begins in the first two columns, where the slashes are, is written `//<` without its length.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../../language/lines.ts";
import { check } from "./project.ts";

export interface Fixture {
  readonly name: string;
  /** By path within the project. */
  readonly files: Readonly<Record<string, string>>;
}

const MARKER = /^\s*(?:\/\/|# ) *(<|\^+) (.*)$/;

/** Every file is a project of its own; a folder `NAME.project` is one of several files. */
export function fixtures(folder: string, prefix = ""): Fixture[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): Fixture[] => {
      const at = path.join(folder, entry.name);
      const name = `${prefix}${entry.name}`;
      if (entry.isFile() && entry.name.endsWith(".ops"))
        return [{ name, files: { [entry.name]: readFileSync(at, "utf8") } }];
      if (!entry.isDirectory()) return [];
      if (!entry.name.endsWith(".project")) return fixtures(at, `${name}/`);
      const files = filesBelow(at).sort();
      return [{ name, files: Object.fromEntries(files.map((f) => [f, readFileSync(path.join(at, f), "utf8")])) }];
    });
}

function filesBelow(folder: string, prefix = ""): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(path.join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  );
}

/** The fixture without its markers. */
export function sourcesOf(fixture: Fixture): Record<string, string> {
  return Object.fromEntries(Object.entries(fixture.files).map(([file, text]) => [file, unmarked(text)]));
}

function unmarked(text: string): string {
  return text
    .split("\n")
    .filter((line) => !MARKER.test(line))
    .join("\n");
}

/** The fixture with the markers its sources deserve: equal to what is written if all is as expected. */
export function marked(fixture: Fixture): Record<string, string> {
  const sources = sourcesOf(fixture);
  const { diagnostics } = check(sources);
  return Object.fromEntries(
    Object.entries(sources).map(([file, text]) => [
      file,
      withMarkers(
        text,
        file.endsWith(".ops") ? "//" : "# ",
        diagnostics.filter((d) => d.module === file),
      ),
    ]),
  );
}

function withMarkers(text: string, lead: string, diagnostics: readonly Diagnostic[]): string {
  const lines = lineIndex(text);
  const markers = new Map<number, string[]>();
  for (const { code, message, span } of diagnostics) {
    const { line, column } = lines.position(span.start);
    const end = Math.min(span.end, lines.line(line).end);
    const length = Math.max(1, end - span.start);
    const under = column <= 2 ? `${lead}<` : `${lead}${" ".repeat(column - 3)}${"^".repeat(length)}`;
    markers.set(line, [...(markers.get(line) ?? []), `${under} ${code}: ${message}`]);
  }
  return text
    .split("\n")
    .flatMap((line, i) => [line, ...(markers.get(i + 1) ?? [])])
    .join("\n");
}
