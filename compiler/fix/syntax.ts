/** Fixes for faults of the text. */
import { isUnitSure, paddedDate, unitMeant } from "../../language/literals.ts";
import type { Span } from "../../language/tree.ts";
import { visit } from "../../language/walk.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import type { ArgsOf } from "../diagnostics/registry.ts";
import {
  AFTER_CONDITION,
  AFTER_STATEMENT,
  BEFORE_IN,
  CONDITION,
  FIELD_NAME,
  hereFor,
  NO_ESCAPE,
} from "../diagnostics/syntax.ts";
import { around, at, type FixPlace, HOLE, safe, suggested, textOf, withSpace } from "./place.ts";

/** What may be put in where it is missing, by how the parser names it. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ["a comma", ","],
  ["`:`", ":"],
  ["`->`", " ->"],
  ["`by` and who approves", " by"],
  ["a value", ` ${HOLE}`],
  ["a type", ` ${HOLE}`],
  ["`=` and a value", ` = ${HOLE}`],
  ["`:` and a value", `: ${HOLE}`],
  ["the reason, as text,", ` "${HOLE}"`],
]);

type Place<C extends keyof typeof import("../diagnostics/syntax.ts").syntaxDiagnostics> = FixPlace<ArgsOf<C>>;

/** Whether the statement before, on the same line, is a `require` without a message. */
function afterRequire(place: FixPlace<unknown>): boolean {
  const { text } = place.file;
  const start = Math.max(text.lastIndexOf("\n", place.span.start - 1), place.span.start - 400);
  const before = text.slice(start + 1, place.span.start);
  return /\brequire\s[^"]*$/.test(before) && !/\belse\b/.test(before);
}

/** The word that stands for `word` here. Nothing stands between `!` and what it negates. */
export function foreign(place: FixPlace<unknown>, word: string): Fix[] {
  const here = hereFor(word);
  if (here === undefined) return [];
  const space = here === "!" ? (/^[ \t]+/.exec(place.file.text.slice(place.span.end))?.[0].length ?? 0) : 0;
  return [safe(`write ${here}`, place, [{ start: place.span.start, end: place.span.end + space }, here])];
}

/** `title: "x"` in a body. With a comma behind it, it may be an argument that lost its brackets. */
function colonForEquals(place: Place<"expected">): Fix | null {
  if (place.args.what !== "`=` and a value") return null;
  const [, colon = "", rest = ""] = /^(\s*:)([^\r\n]*)/.exec(place.file.text.slice(place.span.end)) ?? [];
  if (colon === "" || /[\r\n]/.test(colon)) return null;
  const make = /[,)\]]\s*$/.test(rest) ? suggested : safe;
  return make("write =, not :", place, [{ start: place.span.end, end: place.span.end + colon.length }, " ="]);
}

/** What follows a `#` becomes a comment only where it looks like one: `#payments, text: …` is text without its quotes. */
/** Where an input that is named by a word of the language is read: no more than that can mean it. */
function usesIn(place: FixPlace<unknown>, word: string): Span[] {
  const [, item] = around(place);
  const uses: Span[] = [];
  if (item === undefined || !("params" in item)) return uses;
  visit(item, (node) => {
    if ("kind" in node && node.kind === "name" && node.text === word) uses.push(node.span);
    return true;
  });
  return uses;
}

function hashFix(place: FixPlace<unknown>): Fix {
  const { text } = place.file;
  const line = Math.max(text.lastIndexOf("\n", place.span.start - 1), text.lastIndexOf("\r", place.span.start - 1)) + 1;
  const first = text.slice(line, place.span.start).trim() === "";
  const make = first || /[ \t\r\n]/.test(text.charAt(place.span.end)) ? safe : suggested;
  return make("write //", place, [place.span, "//"]);
}

export const syntaxFixes = {
  expected(place: Place<"expected">): Fix[] {
    const { what } = place.args;
    const sign = colonForEquals(place);
    if (sign !== null) return [sign];
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
    if (where === BEFORE_IN) return [];
    if (where === FIELD_NAME) return [safe("put the key in quotes", place, [place.span, JSON.stringify(word)])];
    if (where === AFTER_STATEMENT && word === ",") return [safe("take the comma away", place, [place.span, ""])];
    if (where === AFTER_STATEMENT && word === '"' && afterRequire(place))
      return [safe("put else before the message", place, [at(place.span.start), "else "])];
    return foreign(place, word);
  },

  "foreign-form"(place: Place<"foreign-form">): Fix[] {
    const { sure } = place.args;
    if (place.args.write.includes("…")) return [];
    const write = place.args.write.replace(/^nothing "why"$/, `nothing "${HOLE}"`);
    return [(sure === "yes" ? safe : suggested)(`write ${write}`, place, [place.span, write])];
  },

  "unknown-keyword"(place: Place<"unknown-keyword">): Fix[] {
    return [suggested(`write ${place.args.near}`, place, [place.span, place.args.near])];
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
    const meant = unitMeant(textOf(place));
    if (meant === null) return [];
    const make = isUnitSure(textOf(place)) ? safe : suggested;
    return [make(`write ${meant}`, place, [place.span, meant])];
  },

  "bad-date"(place: Place<"bad-date">): Fix[] {
    const padded = paddedDate(textOf(place));
    return padded === null ? [] : [safe(`write ${padded}`, place, [place.span, padded])];
  },

  "bad-string"(place: Place<"bad-string">): Fix[] {
    if (NO_ESCAPE.test(place.args.why)) return [suggested("write \\\\", place, [at(place.span.start), "\\"])];
    return textOf(place).endsWith('"') && textOf(place).length > 1
      ? []
      : [suggested("end the text here", place, [at(place.span.end), '"'])];
  },

  "bad-character"(place: Place<"bad-character">): Fix[] {
    const text = textOf(place);
    switch (text) {
      case "#":
        return [hashFix(place)];
      case ";":
        return [safe("take it away", place, [place.span, ""])];
      case "&":
        return [safe("write &&", place, [place.span, "&&"])];
      default: {
        const rest = place.file.text.slice(place.span.start, place.span.start + 1000);
        const quoted = /^(?:'[^'"\\$\r\n]*'|`[^`"\\$\r\n]*`|[“”„][^“”"\\$\r\n]*[“”"]|[‘’‚][^‘’"\\$\r\n]*[‘’])/.exec(
          rest,
        )?.[0];
        if (quoted === undefined || quoted.length < text.length) return [];
        const span = { start: place.span.start, end: place.span.start + quoted.length };
        return [safe("use double quotes", place, [span, `"${quoted.slice(1, -1)}"`])];
      }
    }
  },

  "reserved-word"(place: Place<"reserved-word">): Fix[] {
    const { word, as } = place.args;
    if (as === "value" && word === "rollback") return [safe("write undo", place, [place.span, "undo"])];
    if (as === "property" || as === "value") return [];
    const uses = usesIn(place, word).map((span) => [span, `${word}_1`] as const);
    return [suggested(`call it ${word}_1`, place, [place.span, `${word}_1`], ...uses)];
  },

  "hidden-character"(place: Place<"hidden-character">): Fix[] {
    return [suggested("take it away", place, [place.span, ""])];
  },
};
