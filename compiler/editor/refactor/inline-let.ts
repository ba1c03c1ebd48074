/** The name of a let, at its declaration or a use in its file: its value stands at each use instead. */
import type { Span } from "../../../language/tree.ts";
import type { Parsed } from "../../check/context.ts";
import type { Analysis } from "../analysis.ts";
import { occurrencesOf } from "../references.ts";
import { namedAt } from "../symbol.ts";
import { type Action, refactoring } from "./action.ts";
import { tried } from "./trial.ts";

export function inlineLet(analysis: Analysis, file: Parsed, { start }: Span): Action[] {
  const meaning = namedAt(analysis, file.path, start)?.meaning;
  if (meaning?.is !== "declared" || meaning.declared.as !== "let" || meaning.declared.module !== file.path) return [];
  const { node, name } = meaning.declared;
  if (!("kind" in node) || node.kind !== "let") return [];
  const value = file.text.slice(node.value.span.start, node.value.span.end);
  if (value.trim() === "") return [];
  const places = occurrencesOf(analysis, meaning.declared);
  // Files that import it would be left without.
  if (places.some(({ module }) => module !== file.path)) return [];
  const put = STANDS_ALONE.has(node.value.kind) ? value : `(${value})`;
  const edits = [
    { module: file.path, span: wholeLines(file.text, node.span), text: "" },
    ...places.filter(({ role }) => role === "use").map(({ span }) => ({ module: file.path, span, text: put })),
  ];
  const done = tried(analysis, file, edits);
  return done === null ? [] : [refactoring(`put the value of ${name} where it is used`, "inline", done)];
}

/** Nothing around them is read as part of them. */
const STANDS_ALONE: ReadonlySet<string> = new Set(
  "string unit number bool none list record name field index call paren".split(" "),
);

/** With the line ends, where nothing else stands on the lines. */
function wholeLines(text: string, { start, end }: Span): Span {
  const line = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end);
  const alone = text.slice(line, start).trim() === "" && text.slice(end, next < 0 ? text.length : next).trim() === "";
  return alone ? { start: line, end: next < 0 ? text.length : next + 1 } : { start, end };
}
