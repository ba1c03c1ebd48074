/** How values are written into text: the units a person would write in the language. */
import { canonicalJson } from "../canonical.ts";
import type { Format, Value } from "./expr.ts";

/** `value` in the form `as`; none is the empty text nowhere: it is written `none`. */
export function formatValue(value: Value, as: Format): string {
  if (value === null) return "none";
  switch (as) {
    case "duration":
      return typeof value === "number" ? formatDuration(value) : plainText(value);
    case "size":
      return typeof value === "number" ? formatSize(value) : plainText(value);
    case "percent":
      return `${plainText(value)}%`;
    case "time_of_day":
      return typeof value === "number" ? formatTimeOfDay(value) : plainText(value);
    case "rate":
      return hasNumbers(value, "count", "per")
        ? `${value.count} per ${formatDuration(value.per)}`
        : canonicalJson(value);
    case "range":
      return isRange(value) ? `${plainText(value.from)}..${plainText(value.to)}` : canonicalJson(value);
    case "json":
      return canonicalJson(value);
    case "plain":
      return plainText(value);
  }
}

/** The value of a literal with a unit. Times have milliseconds, always: compared as text, `09:00:00Z` would come after `09:00:00.500Z`. */
export function unitValue(node: { readonly unit: string; readonly value: string | number }): string | number {
  return node.unit === "time" ? new Date(node.value).toISOString() : node.value;
}

/** Text as it is, numbers and truth as JSON, all that is composed as canonical JSON. */
export function plainText(value: Value): string {
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
  [1, "ms"],
];

/** `90_000` → `1m30s`. Milliseconds. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = Math.abs(ms);
  let text = ms < 0 ? "-" : "";
  for (const [unit, name] of UNITS) {
    const count = name === "ms" ? rest : Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return text;
}

/** The largest unit that divides it: bytes to `512MiB`, `10GB`, else `1234B`. */
export function formatSize(bytes: number): string {
  const units: readonly (readonly [number, string])[] = [
    [2 ** 40, "TiB"],
    [1e12, "TB"],
    [2 ** 30, "GiB"],
    [1e9, "GB"],
    [2 ** 20, "MiB"],
    [1e6, "MB"],
    [2 ** 10, "KiB"],
    [1e3, "KB"],
  ];
  for (const [unit, name] of units) if (bytes !== 0 && bytes % unit === 0) return `${bytes / unit}${name}`;
  return `${bytes}B`;
}

function formatTimeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function isRange(value: Value): value is { readonly from: number | string; readonly to: number | string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { from, to } = value as { readonly [name: string]: Value };
  return (typeof from === "number" || typeof from === "string") && typeof from === typeof to;
}

function hasNumbers<A extends string, B extends string>(
  value: Value,
  a: A,
  b: B,
): value is { readonly [K in A | B]: number } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const record = value as { readonly [name: string]: Value };
  return typeof record[a] === "number" && typeof record[b] === "number";
}
