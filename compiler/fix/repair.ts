/** Fixes applied, checked, and applied again until nothing is left to mend: what `opsc check --fix` does. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { syntaxDiagnostics } from "../diagnostics/syntax.ts";
import { applyMends, compatible, type Mend, mendsOf, type Texts } from "./apply.ts";

export interface Repaired {
  /** The files that changed: their new texts by path. */
  readonly changed: ReadonlyMap<string, string>;
  /** In the order in which they were applied. */
  readonly applied: readonly Mend[];
  /** Fixes that would have made a new error, and so were left out. */
  readonly refused: readonly { readonly mend: Mend; readonly because: Diagnostic }[];
  /** What is left after the last round. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A project is checked at most this often, then what was reached stays. */
const MAX_CHECKS = 200;

/**
 * Applies safe fixes of the diagnostics that `chosen` picks until none is left. A fix after which there is an error that was
 * not there before is left out and told. `check` is given all texts and gives all diagnostics.
 */
export function repair(
  texts: Texts,
  check: (texts: Texts) => readonly Diagnostic[],
  chosen: (diagnostic: Diagnostic) => boolean = () => true,
): Repaired {
  let now = new Map(texts);
  let diagnostics = check(now);
  const applied: Mend[] = [];
  const refused = new Map<string, Repaired["refused"][number]>();
  for (let checks = 1; checks < MAX_CHECKS; ) {
    let mends = compatible(candidates(diagnostics, now, chosen, refused), now);
    // Halved until what is left of it makes no new error: the rest has its turn in the rounds that follow.
    let after: { texts: Map<string, string>; diagnostics: readonly Diagnostic[] } | null = null;
    while (mends.length > 0 && after === null && checks < MAX_CHECKS) {
      const tried = new Map([...now, ...applyMends(now, mends)]);
      const found = check(tried);
      checks += 1;
      const worse = newError(diagnostics, found, mends);
      const [only] = mends;
      if (worse === null) after = { texts: tried, diagnostics: found };
      else if (mends.length === 1 && only !== undefined) {
        refused.set(keyOf(only, now), { mend: only, because: worse });
        mends = [];
      } else mends = mends.slice(0, mends.length >> 1);
    }
    if (after === null) {
      if (candidates(diagnostics, now, chosen, refused).length === 0) break;
      continue;
    }
    applied.push(...mends);
    now = after.texts;
    diagnostics = after.diagnostics;
  }
  const changed = new Map([...now].filter(([path, text]) => texts.get(path) !== text));
  return { changed, applied, refused: [...refused.values()], diagnostics };
}

function candidates(
  diagnostics: readonly Diagnostic[],
  texts: Texts,
  chosen: (diagnostic: Diagnostic) => boolean,
  refused: ReadonlyMap<string, unknown>,
): Mend[] {
  return mendsOf(
    diagnostics.filter(chosen),
    (diagnostic, fix) => fix.suggested !== true && !refused.has(keyOf({ diagnostic, fix }, texts)),
  );
}

/** The same fix of the same line, wherever the line has moved to. */
function keyOf({ diagnostic, fix }: Mend, texts: Texts): string {
  const text = texts.get(diagnostic.module) ?? "";
  const start = text.lastIndexOf("\n", Math.max(0, diagnostic.span.start - 1)) + 1;
  const end = text.indexOf("\n", diagnostic.span.start);
  return JSON.stringify([
    diagnostic.module,
    diagnostic.code,
    diagnostic.message,
    fix.title,
    diagnostic.span.start - start,
    text.slice(start, end === -1 ? undefined : end),
  ]);
}

/**
 * An error that was not there before. Where the text itself was broken, more of it can be read after a fix: an error that
 * comes to light there takes the place of the one that went, as long as they do not grow in number.
 */
function newError(
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
  mends: readonly Mend[],
): Diagnostic | null {
  const known = counted(before);
  const fresh = errors(after).filter((each) => {
    const key = nameOf(each);
    const left = known.get(key) ?? 0;
    known.set(key, left - 1);
    return left <= 0;
  });
  const [first] = fresh;
  if (first === undefined) return null;
  const broken = new Set(mends.filter(({ diagnostic }) => isTextual(diagnostic)).map((m) => m.diagnostic.module));
  const came = fresh.every((each) => broken.has(each.module)) && errors(after).length <= errors(before).length;
  return came ? null : first;
}

const isTextual = ({ code }: Diagnostic): boolean => Object.hasOwn(syntaxDiagnostics, code);
const errors = (all: readonly Diagnostic[]): Diagnostic[] => all.filter(({ severity }) => severity === "error");
const nameOf = (d: Diagnostic): string => JSON.stringify([d.module, d.code, d.message]);

function counted(all: readonly Diagnostic[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of errors(all)) counts.set(nameOf(each), (counts.get(nameOf(each)) ?? 0) + 1);
  return counts;
}
