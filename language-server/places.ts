/** Between places of the protocol (lines and UTF-16 columns from 0, URIs) and those of the compiler (offsets, paths). */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Position, Range } from "vscode-languageserver";
import type { LineIndex } from "../language/lines.ts";
import type { Span } from "../language/tree.ts";

/** Null of what is no file, such as `untitled:1`. */
export function fileOf(uri: unknown): string | null {
  if (typeof uri !== "string" || !uri.startsWith("file:")) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

/** How a file would be called of a document that has none: `Untitled-1.ops` of `untitled:Untitled-1`. */
export function nameOf(uri: string): string {
  const name = /[^/:]*$/.exec(uri)?.[0] ?? "";
  const plain = name.replace(/[^\w.-]+/g, "_") || "untitled";
  return plain.endsWith(".ops") ? plain : `${plain}.ops`;
}

export const uriOf = (file: string): string => pathToFileURL(file).href;

/** Path of `file` within the project in `root`, with `/`. */
export const within = (root: string, file: string): string => path.relative(root, file).split(path.sep).join("/");

/** Whether `file` is the folder or in it. */
export function isIn(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

export function rangeOf(lines: LineIndex, span: Span): Range {
  return { start: positionOf(lines, span.start), end: positionOf(lines, span.end) };
}

export function positionOf(lines: LineIndex, offset: number): Position {
  const { line, column } = lines.position(offset);
  return { line: line - 1, character: column - 1 };
}

export function offsetOf(lines: LineIndex, { line, character }: Position): number {
  return lines.offset({ line: line + 1, column: character + 1 });
}
