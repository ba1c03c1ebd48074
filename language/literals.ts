/** What literals stand for: numbers, units, dates and times normalised, and the parts of a text. */

import { late } from "./late.ts";
import type { LiteralValue } from "./tokens.ts";
import type { Expr, Span, StringPart, SyntaxCode } from "./tree.ts";

/** A number read at some offset. A malformed one still has a literal, so that the tree keeps a value there. */
export interface ScannedNumber {
  readonly end: number;
  readonly literal: LiteralValue;
  readonly fault: SyntaxCode | null;
}

const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["PB", 1e15],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
  ["PiB", 2 ** 50],
]);

/** Units of other tools, as they are written here. */
const FOREIGN_UNITS: ReadonlyMap<string, string> = new Map([
  ["sec", "s"],
  ["secs", "s"],
  ["second", "s"],
  ["seconds", "s"],
  ["min", "m"],
  ["mins", "m"],
  ["minute", "m"],
  ["minutes", "m"],
  ["hr", "h"],
  ["hrs", "h"],
  ["hour", "h"],
  ["hours", "h"],
  ["day", "d"],
  ["days", "d"],
  ["msec", "ms"],
  ["b", "B"],
  ["kb", "KB"],
  ["mb", "MB"],
  ["gb", "GB"],
  ["kib", "KiB"],
  ["mib", "MiB"],
  ["gib", "GiB"],
  ["Ki", "KiB"],
  ["Mi", "MiB"],
  ["Gi", "GiB"],
]);

const OWN_UNIT = /^(?:ms|[smhd]|[KMGTP]?B|[KMGTP]iB)$/;
/** Alone these may stand for something else, such as months. */
const SHOUTED = /^[SMHD]$/;

/** The unit of the language that is meant by `word`; undefined where it means none. */
export function unitFor(word: string): string | undefined {
  if (OWN_UNIT.test(word)) return word;
  if (SHOUTED.test(word)) return word.toLowerCase();
  return FOREIGN_UNITS.get(word) ?? FOREIGN_UNITS.get(word.toLowerCase());
}

/** `5m` for `5min`; null where it is not a number and a unit that is known elsewhere. */
export function unitMeant(written: string): string | null {
  const [, digits = "", word = ""] = /^(\d[\d_.]*)([A-Za-z]+)$/.exec(written) ?? [];
  const unit = unitFor(word);
  return unit === undefined || scanNumber(`${digits}${unit}`, 0).fault !== null ? null : `${digits}${unit}`;
}

/** Whether `5min` can mean nothing but its `unitMeant`: `5M` could be months, `5Mb` megabits. */
export function isUnitSure(written: string): boolean {
  const word = written.replace(/^[\d_.]+/, "");
  return !SHOUTED.test(word) && !/^[kmg]b$/i.test(word);
}

/** `09:00` for `9:00`, `2026-01-05` for `2026-1-5`; null where zeros do not mend it. */
export function paddedDate(written: string): string | null {
  const padded = written.replace(/(?<!\d)\d(?!\d)/g, "0$&");
  return padded === written || scanNumber(padded, 0).fault !== null ? null : padded;
}

const DIGITS = /[0-9][0-9_]*(?:\.[0-9][0-9_]*)?/y;
const word = late(() => /[\p{L}\p{N}\p{M}_]*/uy);
const CALENDAR = /[0-9]{4}-[0-9]+-[0-9]+(?:T(?:[0-9:]|\.(?=[0-9]))*(?:Z|[+-][0-9:]+)?)?/y;
const CLOCK = /[0-9]+(?::[0-9]+)+/y;
const ONE_DURATION = /([0-9][0-9_]*(?:\.[0-9]+)?)(ms|[smhd])/y;
const ONE_SIZE = /^([0-9][0-9_]*(?:\.[0-9]+)?)([KMGTP]?i?B)$/;
const WELL_GROUPED = /^(?:0|[1-9][0-9]*|[1-9][0-9]*(?:_[0-9]+)+)(?:\.[0-9]+(?:_[0-9]+)*)?$/;

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Where the word characters at `at` end. */
function wordEnd(text: string, at: number): number {
  let end = at;
  while (/[A-Za-z0-9_]/.test(text.charAt(end))) end += 1;
  return text.charCodeAt(end) > 0x7f ? end + (matchAt(word(), text, end) ?? "").length : end;
}

/**
 * Reads the number, unit, date or time that begins at `start`, where a digit stands. Everything that runs on
 * belongs to it: `10min` is one malformed number, never a number and a word.
 */
export function scanNumber(text: string, start: number): ScannedNumber {
  return scanPlain(text, start) ?? scanAny(text, start);
}

/** The common cases, a short whole number with nothing or a unit after it, without a regular expression. */
function scanPlain(text: string, start: number): ScannedNumber | null {
  let end = start;
  let value = 0;
  let code = text.charCodeAt(end);
  if (code === 0x30) return null;
  while (code >= 0x30 && code <= 0x39) {
    value = value * 10 + code - 0x30;
    end += 1;
    code = text.charCodeAt(end);
  }
  if (end - start > 9) return null;
  if (endsNumber(code)) return { end, literal: { kind: "number", int: true, value }, fault: null };
  const digits = end;
  while ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) {
    end += 1;
    code = text.charCodeAt(end);
  }
  return endsNumber(code) ? scanUnit(text, start, digits, end, value) : null;
}

/** A blank, a line end, a comma or a closer. */
function endsNumber(code: number): boolean {
  return code === 0x20 || code === 0x2c || code === 0x29 || code === 0x0a || code === 0x5d || code === 0x7d;
}

/** A number of `value` up to `digits`, and its unit up to `end`; null where it is none that is known. */
function scanUnit(text: string, start: number, digits: number, end: number, value: number): ScannedNumber | null {
  const word = text.slice(digits, end);
  const milliseconds = DURATION_UNITS.get(word);
  const factor = milliseconds ?? SIZE_UNITS.get(word);
  if (factor === undefined || value * factor > Number.MAX_SAFE_INTEGER) return null;
  const unit = milliseconds === undefined ? "size" : "duration";
  const literal: LiteralValue = { kind: "unit", unit, value: value * factor, text: text.slice(start, end) };
  return { end, literal, fault: null };
}

function scanAny(text: string, start: number): ScannedNumber {
  const calendar = matchAt(CALENDAR, text, start);
  if (calendar !== null) return withTail(text, start, start + calendar.length, "bad_date", readCalendar);
  const clock = matchAt(CLOCK, text, start);
  if (clock !== null) return withTail(text, start, start + clock.length, "bad_date", readClock);
  const digits = matchAt(DIGITS, text, start) ?? "0";
  const end = start + digits.length;
  if (text.charCodeAt(end) === 0x25 && wordEnd(text, end + 1) === end + 1) {
    return finish(`${digits}%`, end + 1, "bad_number", readPercent(digits));
  }
  return withTail(text, start, text[end] === "%" ? end + 1 : end, "bad_number", readQuantity);
}

/** Takes the word characters that follow into the literal, then reads the whole. */
function withTail(
  text: string,
  start: number,
  end: number,
  code: SyntaxCode,
  read: (written: string) => LiteralValue | null,
): ScannedNumber {
  const stop = wordEnd(text, end);
  const written = text.slice(start, stop);
  return finish(written, stop, code, read(written));
}

function finish(written: string, end: number, code: SyntaxCode, literal: LiteralValue | null): ScannedNumber {
  if (literal !== null) return { end, literal, fault: null };
  const value = Number.parseInt(written, 10);
  return { end, literal: { kind: "number", int: true, value: Number.isSafeInteger(value) ? value : 0 }, fault: code };
}

/** Digits with `_` between groups, as a number; null where they are malformed or too large to be exact. */
function readDigits(written: string): number | null {
  if (!WELL_GROUPED.test(written)) return null;
  const value = Number(written.replaceAll("_", ""));
  return value <= Number.MAX_SAFE_INTEGER ? value : null;
}

function readPercent(digits: string): LiteralValue | null {
  const value = readDigits(digits);
  return value === null ? null : { kind: "unit", unit: "percent", value, text: `${digits}%` };
}

function readQuantity(written: string): LiteralValue | null {
  const number = readDigits(written);
  if (number !== null) return { kind: "number", int: !written.includes("."), value: number };
  const size = ONE_SIZE.exec(written);
  if (size !== null) return readSize(written, size[1] ?? "", size[2] ?? "");
  return readDuration(written);
}

function readSize(written: string, digits: string, unit: string): LiteralValue | null {
  const number = readDigits(digits);
  const factor = SIZE_UNITS.get(unit);
  if (number === null || factor === undefined) return null;
  const value = whole(number * factor);
  return value === null ? null : { kind: "unit", unit: "size", value, text: written };
}

/** `1h30m`: units from large to small, each at most once. */
function readDuration(written: string): LiteralValue | null {
  let total = 0;
  let at = 0;
  let previous = Number.POSITIVE_INFINITY;
  while (at < written.length) {
    ONE_DURATION.lastIndex = at;
    const part = ONE_DURATION.exec(written);
    const factor = DURATION_UNITS.get(part?.[2] ?? "");
    const number = readDigits(part?.[1] ?? "");
    if (part === null || factor === undefined || number === null || factor >= previous) return null;
    total += number * factor;
    previous = factor;
    at += part[0].length;
  }
  const value = at === 0 ? null : whole(total);
  return value === null ? null : { kind: "unit", unit: "duration", value, text: written };
}

/** Milliseconds and bytes are whole: `1.1s` is 1100 in spite of binary fractions, `0.5ms` is nothing. */
function whole(value: number): number | null {
  const rounded = Math.round(value);
  return Math.abs(value - rounded) < 1e-6 && rounded <= Number.MAX_SAFE_INTEGER ? rounded : null;
}

const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2})))?$/;

/** A date, or an instant with its offset, normalised to UTC. */
function readCalendar(written: string): LiteralValue | null {
  const match = DATE_TIME.exec(written);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (!written.includes("T")) return { kind: "unit", unit: "date", value: written, text: written };
  if (part(4) > 23 || part(5) > 59 || part(6) > 59 || part(9) > 23 || part(10) > 59) return null;
  const milliseconds = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const offset = (part(9) * 60 + part(10)) * (match[8] === "-" ? -1 : 1);
  date.setUTCHours(part(4), part(5) - offset, part(6), milliseconds);
  if (date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return null;
  return { kind: "unit", unit: "time", value: date.toISOString().replace(".000Z", "Z"), text: written };
}

/** `09:00`, two digits each; `24:00` is the end of a day. */
function readClock(written: string): LiteralValue | null {
  const match = /^([0-9]{2}):([0-9]{2})$/.exec(written);
  if (match === null) return null;
  const value = Number(match[1]) * 60 + Number(match[2]);
  if (Number(match[2]) > 59 || value > 24 * 60) return null;
  return { kind: "unit", unit: "time_of_day", value, text: written };
}

// ------------------------------------------------------------------------------------------------------ texts

const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|([nrt"\\$]))/y;
const ANY_ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|([nrt"\\$]))/g;
const PLAIN: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** Length of the escape at the backslash at `at`; 0 where it is none. */
export function escapeLength(text: string, at: number): number {
  ESCAPE.lastIndex = at;
  const match = ESCAPE.exec(text);
  if (match === null) return 0;
  return match[1] !== undefined && !isCharacter(Number.parseInt(match[1], 16)) ? 0 : match[0].length;
}

/** Halves of characters are none: no file and no protocol can carry them. */
function isCharacter(point: number): boolean {
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

function resolveEscapes(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(ANY_ESCAPE, (written: string, code: string | undefined, letter: string | undefined) => {
    if (letter !== undefined) return PLAIN.get(letter) ?? letter;
    const point = Number.parseInt(code ?? "", 16);
    return isCharacter(point) ? String.fromCodePoint(point) : written;
  });
}

/** A piece of a text as it stands in the source. */
export type RawPart =
  | { readonly kind: "text"; readonly span: Span }
  | { readonly kind: "hole"; readonly expr: Expr; readonly span: Span };

/** The parts of a text: escapes resolved, in block text the common indentation taken off; no empty text. */
export function textParts(source: string, raw: readonly RawPart[], block: boolean): StringPart[] {
  const indent = block ? commonIndent(source, raw) : 0;
  const parts: StringPart[] = [];
  for (const [index, part] of raw.entries()) {
    if (part.kind === "hole") {
      parts.push(part);
      continue;
    }
    const written = source.slice(part.span.start, part.span.end);
    const text = resolveEscapes(block ? dedent(written, indent, index === 0, index === raw.length - 1) : written);
    if (text !== "") parts.push({ kind: "text", text, span: part.span });
  }
  return parts;
}

const LINE_INDENT = /(?:\r\n|\r|\n)([ \t]*)/g;

/** Width of the narrowest indentation of a line with something on it; the line of the opening quotes does not count. */
function commonIndent(source: string, raw: readonly RawPart[]): number {
  let narrowest = Number.POSITIVE_INFINITY;
  for (const [index, part] of raw.entries()) {
    if (part.kind === "hole") continue;
    const text = source.slice(part.span.start, part.span.end);
    for (const match of text.matchAll(LINE_INDENT)) {
      const next = match.index + match[0].length;
      const blank = next === text.length ? index === raw.length - 1 : /[\r\n]/.test(text[next] ?? "");
      if (!blank) narrowest = Math.min(narrowest, (match[1] ?? "").length);
    }
  }
  return narrowest === Number.POSITIVE_INFINITY ? 0 : narrowest;
}

/** Takes `indent` off every line, the line end after the opening quotes, and the one before the closing quotes. */
function dedent(written: string, indent: number, first: boolean, last: boolean): string {
  let text = written.replace(LINE_INDENT, (_, space: string) => `\n${space.slice(indent)}`);
  if (first) text = text.replace(/^[ \t]*\n/, "");
  if (last) text = text.replace(/(?:^|\n)[ \t]*$/, (tail) => (tail.startsWith("\n") || first ? "" : tail));
  return text;
}
