/** How much each proof is held against: read from the fixtures themselves, so that it stays true. */
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { fixtures, sourcesOf } from "./fixtures.ts";
import { check } from "./project.ts";

/** What each proof says, by its folder; names that are out of reach or may be none are how a rollback is kept from reading them. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  coverage: ["write-without-rollback", "irreversible-early"],
  reads: ["rollback-reads-missing", "rollback-may-fail", "fact-after-write", "unknown-name", "optional-use"],
  secrets: ["secret-leak"],
  races: ["race", "race-possible"],
};
const LEAST = 8;

const all = fixtures(path.resolve(import.meta.dirname, "../fixtures/proofs"));

/** Diagnostics by action, for all actions of the fixtures in `folder` whose names begin with `kind`. */
function actionsOf(folder: string, kind: string): { readonly name: string; readonly found: readonly Diagnostic[] }[] {
  return all
    .filter((fixture) => fixture.name.startsWith(`${folder}/${kind}`))
    .flatMap((fixture) => {
      const sources = sourcesOf(fixture);
      const { diagnostics } = check(sources);
      return Object.entries(sources).flatMap(([file, text]) => {
        const starts = [...text.matchAll(/^action (\w+)/gm)].map((match) => ({
          name: match[1] ?? "",
          at: match.index,
        }));
        return starts.map(({ name, at }, i) => {
          const end = starts[i + 1]?.at ?? text.length;
          const here = (d: Diagnostic): boolean => d.module === file && d.span.start >= at && d.span.start < end;
          return { name, found: diagnostics.filter(here) };
        });
      });
    });
}

describe.each(Object.entries(CODES))("%s", (folder, codes) => {
  test(`at least ${LEAST} actions are caught, and by what the proof says`, () => {
    const caught = actionsOf(folder, "caught").filter(({ found }) => found.some((d) => codes.includes(d.code)));
    expect(caught.length).toBeGreaterThanOrEqual(LEAST);
  });

  test(`at least ${LEAST} actions come near, and nothing is said of any`, () => {
    const near = actionsOf(folder, "near-misses");
    expect(near.length).toBeGreaterThanOrEqual(LEAST);
    const quiet = all.filter((fixture) => fixture.name.startsWith(`${folder}/near-misses`));
    expect(quiet.flatMap((fixture) => check(sourcesOf(fixture)).diagnostics)).toEqual([]);
  });

  test("both through actions that steps run", () => {
    expect(actionsOf(folder, "caught-nested").filter(({ found }) => found.length > 0).length).toBeGreaterThanOrEqual(
      LEAST,
    );
    expect(actionsOf(folder, "near-misses-nested").length).toBeGreaterThanOrEqual(LEAST);
  });
});
