/** Files are broken while they are typed: whatever is asked then is answered, with places in the text. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProjectChecker } from "../../compiler/check/project.ts";
import { actionsAt, fixAll } from "../../compiler/editor/actions.ts";
import { Analysis } from "../../compiler/editor/analysis.ts";
import { callableAt, calleesOf, callersOf } from "../../compiler/editor/calls.ts";
import { hintsOf } from "../../compiler/editor/hints.ts";
import { hover } from "../../compiler/editor/hover.ts";
import { organizeImports } from "../../compiler/editor/imports.ts";
import { lensesOf } from "../../compiler/editor/lens.ts";
import { linksOf } from "../../compiler/editor/links.ts";
import { occurrencesOf } from "../../compiler/editor/references.ts";
import { renamable, rename } from "../../compiler/editor/rename.ts";
import { signatureAt } from "../../compiler/editor/signature.ts";
import { namedAt } from "../../compiler/editor/symbol.ts";
import { tokensOf } from "../../compiler/editor/tokens.ts";
import { typeDefinition } from "../../compiler/editor/type-definition.ts";
import type { Span } from "../../language/tree.ts";
import { manifests } from "../compiler/project.ts";
import { parsed } from "./analysis.ts";

const TEXTS = readdirSync("examples")
  .filter((folder) => folder !== "README.md")
  .flatMap((folder) =>
    readdirSync(`examples/${folder}`)
      .filter((name) => name.endsWith(".ops"))
      .map((name) => readFileSync(`examples/${folder}/${name}`, "utf8")),
  );

/** What people have typed so far, or taken away. */
const EDITS = ["", ".", "(", "{", '"', "${", "step x = ", "for ", "😀", "\r\n", "///", "match a {", "\ud83d", "é"];

/** Every place that is told of: what has a start and an end. */
function spans(value: unknown, found: Span[] = []): Span[] {
  if (typeof value !== "object" || value === null) return found;
  if ("start" in value && "end" in value) found.push(value as Span);
  else if (!("kind" in value && "span" in value && "body" in value))
    for (const inner of Object.values(value)) spans(inner, found);
  return found;
}

test("any example, cut or typed into anywhere: no exception, nothing outside the text", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TEXTS),
      fc.nat(),
      fc.constantFrom(...EDITS),
      fc.nat({ max: 60 }),
      fc.constantFrom("rest", "cut"),
      fc.nat({ max: 40 }),
      (whole, at, put, taken, how, selected) => {
        const place = at % (whole.length + 1);
        const text = whole.slice(0, place) + put + (how === "cut" ? "" : whole.slice(place + taken));
        const offset = Math.min(text.length, place + put.length);
        const end = Math.min(text.length, offset + selected);
        const others = { path: "z.ops", text: "let zz = 1\n" };
        const checker = new ProjectChecker();
        const { program, diagnostics } = checker.check({ files: [{ path: "a.ops", text }, others], manifests });
        const file = parsed("a.ops", text);
        const files = new Map([file, parsed(others.path, others.text)].map((each) => [each.path, each]));
        const analysis = new Analysis({ checker, files, manifests, packages: new Map() });
        const declared = callableAt(analysis, "a.ops", offset);
        const named = namedAt(analysis, "a.ops", offset)?.meaning;
        const told = [
          hover(analysis, "a.ops", offset),
          actionsAt(analysis, "a.ops", { start: offset, end }, diagnostics).map(({ edits }) => edits),
          fixAll(file, diagnostics),
          organizeImports(file, diagnostics),
          lensesOf(file, program).map(({ span }) => span),
          linksOf(analysis, file),
          tokensOf(analysis, file),
          renamable(analysis, "a.ops", offset),
          rename(analysis, "a.ops", offset, "named_anew"),
          typeDefinition(analysis, "a.ops", offset)?.span,
          named?.is === "declared" ? occurrencesOf(analysis, named.declared) : [],
          declared === null
            ? []
            : [...callersOf(analysis, declared), ...calleesOf(analysis, declared)].map((each) => each.places),
        ];
        for (const span of spans(told)) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
        for (const hint of hintsOf(analysis, file, { start: 0, end: text.length }))
          expect(hint.offset).toBeLessThanOrEqual(text.length);
        const signature = signatureAt(analysis, "a.ops", offset);
        if (signature?.active != null) expect(signature.active).toBeLessThan(signature.params.length);
      },
    ),
    { numRuns: Number(process.env.OPSC_BROKEN ?? 150) },
  );
});
