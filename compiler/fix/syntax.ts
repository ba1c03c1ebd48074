/** Fixes for faults of the text. */
import type { Fix } from "../diagnostics/diagnostic.ts";
import type { ArgsOf } from "../diagnostics/registry.ts";
import { AFTER_CONDITION, CONDITION, FIELD_NAME, hereFor } from "../diagnostics/syntax.ts";
import { at, type FixPlace, HOLE, safe, suggested, textOf, withSpace } from "./place.ts";

/** Units of other tools, as they are written here. */
const UNITS: ReadonlyMap<string, string> = new Map([
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

/** What may be put in where it is missing, by how the parser names it. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ["a comma", ","],
  ["`:`", ":"],
  ["`->`", " ->"],
  ["a value", ` ${HOLE}`],
  ["a type", ` ${HOLE}`],
  ["`=` and a value", ` = ${HOLE}`],
  ["`:` and a value", `: ${HOLE}`],
  ["the reason, as text", ` "${HOLE}"`],
]);

type Place<C extends keyof typeof import("../diagnostics/syntax.ts").syntaxDiagnostics> = FixPlace<ArgsOf<C>>;

export const syntaxFixes = {
  expected(place: Place<"expected">): Fix[] {
    const { what } = place.args;
    const text = MISSING.get(what);
    if (text === undefined) return [];
    const title = text.includes(HOLE) ? `put ${what} here, to be filled in` : `put in ${what}`;
    // After what stands before it, not at the end of the space between.
    const before = place.file.text.slice(0, place.span.start).trimEnd().length;
    return [suggested(title, place, [at(text === "," ? before : place.span.start), text])];
  },

  unexpected(place: Place<"unexpected">): Fix[] {
    const { where } = place.args;
    const word = textOf(place);
    if (where === CONDITION && word === "=") return [safe("compare with ==", place, [place.span, "=="])];
    if (where === AFTER_CONDITION && word.startsWith('"'))
      return [safe("put else before the message", place, [at(place.span.start), "else "])];
    if (where === FIELD_NAME) return [safe("put the key in quotes", place, [place.span, JSON.stringify(word)])];
    const here = hereFor(word);
    return here === undefined ? [] : [safe(`write ${here}`, place, [place.span, here])];
  },

  unclosed(place: Place<"unclosed">): Fix[] {
    const closer = place.args.closer.replaceAll("`", "");
    const before = place.file.text.slice(0, place.span.start).trimEnd().length;
    const text = closer === "}" ? `\n${closer}` : closer;
    return [suggested(`add ${closer}`, place, [at(before), text])];
  },

  unopened(place: Place<"unopened">): Fix[] {
    return [suggested("take it away", place, [withSpace(place, place.span), ""])];
  },

  "bad-number"(place: Place<"bad-number">): Fix[] {
    const [, digits = "", unit = ""] = /^(\d[\d_.]*)([A-Za-z]+)$/.exec(textOf(place)) ?? [];
    const here = UNITS.get(unit) ?? UNITS.get(unit.toLowerCase());
    return here === undefined ? [] : [safe(`write ${digits}${here}`, place, [place.span, `${digits}${here}`])];
  },

  "bad-string"(place: Place<"bad-string">): Fix[] {
    return textOf(place).endsWith('"') && textOf(place).length > 1
      ? []
      : [suggested("end the text here", place, [at(place.span.end), '"'])];
  },

  "bad-character"(place: Place<"bad-character">): Fix[] {
    const text = textOf(place);
    switch (text) {
      case "#":
        return [safe("write //", place, [place.span, "//"])];
      case ";":
        return [safe("take it away", place, [place.span, ""])];
      case "&":
        return [safe("write &&", place, [place.span, "&&"])];
      default: {
        const quoted = /^(['`“”‘’])([^"\\$]*)['`“”‘’]$/.exec(text);
        return quoted === null ? [] : [safe("use double quotes", place, [place.span, `"${quoted[2] ?? ""}"`])];
      }
    }
  },

  "reserved-word"(place: Place<"reserved-word">): Fix[] {
    const { word, as } = place.args;
    if (as === "value" && word === "rollback") return [safe("write undo", place, [place.span, "undo"])];
    if (as === "property" || as === "value") return [];
    return [suggested(`call it ${word}_1`, place, [place.span, `${word}_1`])];
  },

  "unclosed-comment"(place: Place<"unclosed-comment">): Fix[] {
    return [safe("end the comment with its line", place, [at(place.span.end), " */"])];
  },
};
