/** Parameters that are not as the protocol has them: told as that, and not as a mistake of the server's own. */
import { ErrorCodes, type Position, ResponseError } from "vscode-languageserver";
import type { LineIndex } from "../language/lines.ts";
import type { Span } from "../language/tree.ts";
import { offsetOf } from "./places.ts";

const invalid = (what: string): ResponseError<void> => new ResponseError(ErrorCodes.InvalidParams, what);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The address of the document that is asked about. */
export function documentIn(params: unknown): string {
  const document = isRecord(params) ? params.textDocument : null;
  if (isRecord(document) && typeof document.uri === "string") return document.uri;
  throw invalid("textDocument is to be an object with a uri");
}

/** Beyond the end of a line or of the text it is that end. */
export function offsetIn(lines: LineIndex, position: unknown): number {
  if (isPosition(position)) return offsetOf(lines, position);
  throw invalid("a position is to be an object with a line and a character, both numbers from 0");
}

export function spanIn(lines: LineIndex, range: unknown): Span {
  if (!isRecord(range)) throw invalid("a range is to be an object with a start and an end");
  const [start, end] = [offsetIn(lines, range.start), offsetIn(lines, range.end)];
  return { start: Math.min(start, end), end: Math.max(start, end) };
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${name} is to be a list`);
}

export function textIn(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw invalid(`${name} is to be text`);
}

function isPosition(value: unknown): value is Position {
  return isRecord(value) && Number.isInteger(value.line) && Number.isInteger(value.character);
}
