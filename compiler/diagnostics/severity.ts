/** What a project makes of warnings: more, or nothing. Errors stay what they are. */
import type { Diagnostic } from "./diagnostic.ts";
import { CODES, registry } from "./registry.ts";

export type Level = "off" | "warning" | "error";

/** By code. */
export type Levels = Readonly<Partial<Record<string, Level>>>;

/** Codes whose severity a project may choose. */
export const ADJUSTABLE: readonly string[] = CODES.filter((code) => registry[code].severity !== "error");

export function withLevels(diagnostics: readonly Diagnostic[], levels: Levels): readonly Diagnostic[] {
  return diagnostics.flatMap((diagnostic) => {
    const level = Object.hasOwn(levels, diagnostic.code) ? levels[diagnostic.code] : undefined;
    if (level === undefined || diagnostic.severity === "error") return [diagnostic];
    return level === "off" ? [] : [{ ...diagnostic, severity: level }];
  });
}
