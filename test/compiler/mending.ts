/** Texts, their diagnostics, and the texts after a fix. */
import type { Diagnostic, Fix } from "../../compiler/diagnostics/diagnostic.ts";
import type { Sources } from "../../compiler/diagnostics/pages/index.ts";
import { applyMends } from "../../compiler/fix/apply.ts";
import { check, filesOf } from "./project.ts";

export const textsOf = (sources: Sources): Map<string, string> =>
  new Map(filesOf(sources).map(({ path, text }) => [path, text]));
export const checkTexts = (texts: ReadonlyMap<string, string>): readonly Diagnostic[] =>
  check(Object.fromEntries(texts)).diagnostics;

/** The texts after one fix. */
export function mended(texts: ReadonlyMap<string, string>, diagnostic: Diagnostic, fix: Fix): Map<string, string> {
  return new Map([...texts, ...applyMends(texts, [{ diagnostic, fix }])]);
}
