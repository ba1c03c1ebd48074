/**
 * A plan file by whoever likes to: any part of a good one exchanged for what does not belong there, and the digest made anew. It is refused in words, or
 * shown, compared, judged and followed without a throw, and without a wait.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EXIT, Stop } from "../../cli/exit.ts";
import { verifiedPlan } from "../../cli/files.ts";
import { planDiff } from "../../compiler/diff/plan-diff.ts";
import { diffText } from "../../compiler/diff/text.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planMermaid } from "../../compiler/render/mermaid.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { planSvg } from "../../compiler/render/svg.ts";
import { planText } from "../../compiler/render/text.ts";
import { decide } from "../../runtime/engine/decide.ts";
import { newState } from "../../runtime/engine/new-state.ts";
import { admit } from "../../runtime/run/admit.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { deferredPlan, hostile, release, rotation } from "../render/plans.ts";
import { processorTime } from "../tools/processor-time.ts";

const GOOD = [release(), rotation(), deferredPlan(), hostile()];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const ODD: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1,
    0.5,
    1e308,
    2 ** 53,
    -(2 ** 53),
    999_999_999_999,
    "",
    " ",
    "\u0000",
    "\ud800",
    "__proto__",
    "constructor",
    "toString",
    "../../x",
    "[0]",
    "a[",
    "].",
    "a.a",
    "*",
    "known",
    "deferred",
    "secret",
    "const",
    "step",
    "op",
    [],
    {},
    [[]],
    [null],
    { k: "const", v: null },
    { is: "known", value: null },
    { is: "deferred", expr: { k: "ref", root: "step", name: "none" } },
    { $secret: "x" },
    { k: "op", op: "nothing", args: [], at: "x" },
    "x".repeat(5000),
    "(a+)+$",
    "2026-01-01T00:00:00.000Z",
    "sha256:",
    "P1D",
    "main.ops:1:1",
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** Every place of a document, by its keys from the top. */
function placesOf(value: Json, at: readonly string[] = []): string[][] {
  const below =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, each]) => placesOf(each as Json, [...at, key]))
      : [];
  return [[...at], ...below];
}

type Change =
  | { readonly kind: "put"; readonly value: Json }
  | { readonly kind: "drop" | "double" }
  /** What is at another place, put at this one: the right kind of thing, and the wrong one of its kind. */
  | { readonly kind: "move"; readonly from: number };

const CHANGE: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: ODD.map((value) => ({ kind: "put" as const, value })) },
  { weight: 2, arbitrary: fc.constantFrom<Change>({ kind: "drop" }, { kind: "double" }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), from: fc.nat() }) },
);

function changed(document: Json, [key, ...rest]: readonly string[], change: Exclude<Change, { kind: "move" }>): Json {
  if (key === undefined) return change.kind === "put" ? change.value : document;
  if (typeof document !== "object" || document === null) return document;
  const copy = Array.isArray(document) ? [...document] : { ...document };
  const at = copy as Record<string, Json>;
  const there = at[key] ?? null;
  if (rest.length > 0) at[key] = changed(there, rest, change);
  else if (change.kind === "put") at[key] = change.value;
  else if (change.kind === "double") {
    if (Array.isArray(copy)) copy.push(there);
    else at[`${key}2`] = there;
  } else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete at[key];
  return copy as Json;
}

const lookUp = (document: Json, place: readonly string[]): Json =>
  place.reduce<Json>(
    (at, key) => (typeof at === "object" && at !== null ? ((at as Record<string, Json>)[key] ?? null) : null),
    document,
  );

const spoiled = fc
  .record({
    which: fc.nat(GOOD.length - 1),
    changes: fc.array(fc.tuple(fc.nat(), CHANGE), { minLength: 1, maxLength: 4 }),
  })
  .map(({ which, changes }) => {
    let plan = JSON.parse(JSON.stringify(GOOD[which]?.plan)) as Json;
    for (const [pick, change] of changes) {
      const places = placesOf(plan);
      const place = places[pick % places.length] ?? [];
      const made =
        change.kind === "move"
          ? { kind: "put" as const, value: lookUp(plan, places[change.from % places.length] ?? []) }
          : change;
      plan = changed(plan, place, made);
    }
    return { which, json: { plan, digest: digestOf(plan) } };
  });

/** Of all that is done with one plan, in milliseconds of the processor. */
const LONGEST = 5_000;
const seen = { refused: 0, taken: 0 };

/** null where it is refused in words. */
function taken(json: Json): PlanFile | null {
  try {
    return verifiedPlan(json, "it.opsplan.json");
  } catch (error) {
    if (error instanceof Stop && error.code === EXIT.unverified && error.message.startsWith("it.opsplan.json"))
      return null;
    throw error;
  }
}

test("is refused, or can be looked at and judged", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(spoiled, fc.boolean(), async ({ which, json }, drawn) => {
      const spent = processorTime();
      const file = taken(json);
      seen[file === null ? "refused" : "taken"] += 1;
      if (file === null) return;
      planText(file, { color: false, width: 80 });
      planMarkdown(file);
      planMermaid(file);
      if (drawn) {
        await planSvg(file);
        await planPage(file);
      }
      const other = GOOD[which];
      if (other !== undefined) diffText(planDiff(other, file), { color: false, width: 80 });
      admit(file, {
        now: Date.parse("2026-01-01T00:00:00Z"),
        digestOfBytes: file.digest,
        sources: new Map(),
        manifests: new Map(),
        approvals: [],
        applier: "eve@example.com",
        usedBy: null,
        signed: null,
        rules: realRules,
        worker: { alive: false, why: "none", beat: null },
      });
      decide(newState(file.plan, realRules, { parallel: 4 }), Date.parse("2026-01-01T00:00:00Z"));
      expect(spent()).toBeLessThan(LONGEST);
    }),
    { numRuns: 200 },
  );
  expect(seen.refused).toBeGreaterThan(3);
  expect(seen.taken).toBeGreaterThan(3);
});
