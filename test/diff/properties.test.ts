/** Nothing that differs is passed over, and what means the same is told to be the same. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { planDiff } from "../../compiler/diff/plan-diff.ts";
import { type PlanFile, planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { sha } from "../render/build.ts";
import { deferredPlan, hostile, release, rotation } from "../render/plans.ts";
import { whole } from "./whole.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Way = readonly (string | number)[];

const PLANS: Readonly<Record<string, PlanFile>> = {
  whole: whole(),
  release: release(),
  rotation: rotation(),
  deferred: deferredPlan(),
  hostile: hostile(),
};

/** All that a plan may differ in and mean the same, each with why. Anything not here must be told. */
const MEANINGLESS: readonly RegExp[] = [
  // Where it is written. In values, `at` is a name like any other.
  /^(?!.*\b(?:value|v|config)\b).*\bat$/,
  /\bvalue\.expr\b.*\bat$/,
  // When it was made, by what, of which files.
  /^(createdAt|expiresAt|nonce|opsc)$/,
  /^sources\b/,
  // An order is the same whatever it comes from; edges are compared as what comes before what.
  /^(hooks\.\d+\.)?nodes\.\d+\.after\b/,
];

const isMeaningless = (way: Way): boolean => MEANINGLESS.some((each) => each.test(way.join(".")));

/** Within what a fact read, beside all that is used of it: no entry, only a note. */
function isUnused({ plan }: PlanFile, [field, index, part, ...inner]: Way): boolean {
  if (field !== "facts" || part !== "value" || inner.length === 0) return false;
  const used = plan.facts[Number(index)]?.used ?? [];
  return !used.some((path) => path.every((name, i) => i >= inner.length || name === String(inner[i])));
}

/** Ways to everything in a plan: fields, and items of lists. */
function waysIn(json: Json, way: Way = []): Way[] {
  if (typeof json !== "object" || json === null) return [way];
  const inner = Object.entries(json).flatMap(([name, value]) =>
    waysIn(value, [...way, Array.isArray(json) ? Number(name) : name]),
  );
  return way.length === 0 ? inner : [way, ...inner];
}

function at(json: Json, way: Way): Json | undefined {
  return way.reduce<Json | undefined>(
    (inner, name) => (typeof inner === "object" && inner !== null ? (inner as Record<string, Json>)[name] : undefined),
    json,
  );
}

function withAt(json: Json, way: Way, change: (value: Json | undefined) => Json | undefined): Json {
  const [name, ...rest] = way;
  if (name === undefined) return change(json) ?? null;
  if (Array.isArray(json)) {
    const inner = rest.length === 0 ? change(json[Number(name)]) : withAt(json[Number(name)] ?? null, rest, change);
    return inner === undefined ? json.toSpliced(Number(name), 1) : json.with(Number(name), inner);
  }
  const record = { ...(json as { [name: string]: Json }) };
  const inner = rest.length === 0 ? change(record[name]) : withAt(record[name] ?? null, rest, change);
  if (inner === undefined) delete record[name];
  else record[name] = inner;
  return record;
}

const WORDS = [
  "",
  "x",
  "hard",
  "soft",
  "advisory",
  "read",
  "write",
  "destroy",
  "pass",
  "fail",
  "deferred",
  "one",
  "any",
  "all",
  "halt",
  "continue",
  "rollback",
  "once",
  "keyed",
  "project",
  "order",
  "after",
  "failure",
  "success",
  "int",
  "bool",
  "deny",
  "low",
  "critical",
  "var",
  "it",
  "const",
  sha("other"),
];

/** Another value for what stands there; undefined takes it away. */
function others(value: Json | undefined): Json[] {
  if (typeof value === "string") return [`${value}x`, ...WORDS].filter((each) => each !== value);
  if (typeof value === "number") return [value + 1, value - 1, value * 2 + 1, 0].filter((each) => each !== value);
  if (typeof value === "boolean") return [!value];
  if (value === null) return ["x", 1, { k: "const", v: true }];
  if (Array.isArray(value)) return [value.toReversed(), [], [...value, ...value.slice(-1)]];
  return [null];
}

const cases = Object.entries(PLANS).flatMap(([name, file]) =>
  waysIn(file.plan as unknown as Json).map((way) => ({ name, way })),
);

/** The plan with another value there, if that is a plan still. */
function mutated(file: PlanFile, way: Way, pick: number): PlanFile | null {
  const json = file.plan as unknown as Json;
  const choices = [...others(at(json, way)), undefined];
  for (let i = 0; i < choices.length; i += 1) {
    const choice = choices[(pick + i) % choices.length];
    const plan = withAt(json, way, () => choice);
    const parsed = planFileSchema.safeParse({ digest: file.digest, plan });
    if (parsed.success && canonicalJson(parsed.data.plan) !== canonicalJson(json)) return parsed.data;
  }
  return null;
}

describe("any one thing that is otherwise", () => {
  test("there are enough of them", () => expect(cases.length).toBeGreaterThan(2000));

  test("is told, both ways round, unless it means nothing", () => {
    let tried = 0;
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(40), ({ name, way }, pick) => {
        const file = PLANS[name] ?? whole();
        const other = mutated(file, way, pick);
        if (other === null || isMeaningless(way)) return;
        if (isUnused(file, way)) {
          expect(planDiff(file, other).entries).toEqual([]);
          expect(planDiff(file, other).notes.join("\n")).toContain("Read otherwise in what nothing uses");
          return;
        }
        tried += 1;
        const shown = `${name} ${way.join(".")}: ${JSON.stringify(at(file.plan as unknown as Json, way))} → ${JSON.stringify(at(other.plan as unknown as Json, way))}`;
        expect(planDiff(file, other).entries.length, shown).toBeGreaterThan(0);
        expect(planDiff(other, file).entries.length, `back: ${shown}`).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    expect(tried).toBeGreaterThan(150);
  });

  test("shows from what to what, and not the same twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(40), ({ name, way }, pick) => {
        const file = PLANS[name] ?? whole();
        const other = mutated(file, way, pick);
        if (other === null) return;
        for (const { from, to, what } of planDiff(file, other).entries) {
          if (from !== null && to !== null) expect(to, `${way.join(".")} ${what}`).not.toBe(from);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asked
          for (const text of [from, to, what]) expect(text ?? "").not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e]/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("what means nothing", () => {
  test.each(Object.entries(PLANS))(
    "%s is the same as itself, made at another time from sources laid out otherwise",
    (_, file) => {
      const moved = (json: Json, name = ""): Json => {
        if (Array.isArray(json)) return json.map((item) => moved(item));
        if (typeof json !== "object" || json === null) return json;
        if (json.is === "known" || json.k === "const") return json;
        return Object.fromEntries(
          Object.entries(json).map(([field, value]) => {
            if (field === "at" && typeof value === "string" && name !== "config") return [field, "other.ops:99:9"];
            return [field, field === "config" || field === "v" ? value : moved(value, field)];
          }),
        );
      };
      const plan = moved(file.plan as unknown as Json) as unknown as PlanFile["plan"];
      const later = {
        ...plan,
        nonce: "n-2",
        createdAt: "2026-12-01T10:00:00.000Z",
        expiresAt: "2026-12-01T18:00:00.000Z",
        opsc: "9.9.9",
      };
      const diff = planDiff(file, { digest: sha("later"), plan: later });
      expect(diff.entries).toEqual([]);
      expect(diff.same).toBe(true);
      expect(diff.notes).toContain("Made by opsc 0.1.0 and 9.9.9.");
    },
  );
});
