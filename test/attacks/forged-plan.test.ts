/** Plans that were written by hand, with every digest right: they are made again from their sources, and come out as others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Stop } from "../../cli/exit.ts";
import { verifiedPlan } from "../../cli/files.ts";
import { lifetimeOf } from "../../cli/planning.ts";
import { checkFiles, openProject, type Project, textsOf } from "../../cli/project.ts";
import { demandGenuine } from "../../cli/rederive.ts";
import { canonicalJson } from "../../compiler/canonical.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { opsc } from "../e2e/opsc.ts";
import { type SignedProject, signedProject } from "../tools/signed-project.ts";

const MAIN = `use file
approver sre { members = ["ana@example.com", "ben@example.com"] }
guardrail few { require plan.writes.count <= 2 else "too many" }
action stamp(text: string, times: int where times < 3) {
  fact old = file.read(path: "old.txt")
  require times > 0 else "no times"
  approve by sre { quorum = 2 }
  for i in [1, 2] {
    step put = file.write(path: "stamp-\${i}.txt", content: "\${text}\${old.exists}") { rollback auto }
  }
}
`;

let it: SignedProject;
let elsewhere: string;
let project: Project;
let made: PlanFile;
beforeAll(async () => {
  it = signedProject({ "main.ops": MAIN });
  elsewhere = mkdtempSync(path.join(tmpdir(), "opsc-elsewhere-"));
  const asked = ["plan", "stamp", "-i", "text=x", "-i", "times=2", "-o", "p.opsplan.json"];
  const planned = await it.run("dana", asked);
  expect(planned).toMatchObject({ code: 0 });
  made = JSON.parse(readFileSync(path.join(it.folder, "p.opsplan.json"), "utf8"));
  project = await openProject(it.folder, { tests: false });
}, 120_000);
afterAll(() => {
  rmSync(it.folder, { recursive: true, force: true });
  rmSync(elsewhere, { recursive: true, force: true });
});

const resealed = (plan: object): PlanFile => ({ ...made, plan: plan as PlanFile["plan"], digest: digestOf(plan) });
const genuine = (file: PlanFile): boolean => {
  try {
    demandGenuine(file, checkFiles(project).program, textsOf(project), lifetimeOf(project));
    return true;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return false;
  }
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Way = readonly (string | number)[];

/** The ways to all that is in it. */
function ways(value: Json, to: Way = []): Way[] {
  if (typeof value !== "object" || value === null) return [to];
  return [
    to,
    ...Object.entries(value).flatMap(([key, each]) => ways(each, [...to, Array.isArray(value) ? Number(key) : key])),
  ];
}

function changed(value: Json, [first, ...rest]: Way, change: (before: Json) => Json | undefined): Json | undefined {
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return value.flatMap((each, i) => {
      const after = i === first ? changed(each, rest, change) : each;
      return after === undefined ? [] : [after];
    });
  const entries = Object.entries(value as { [name: string]: Json }).flatMap(([key, each]) => {
    const after = key === first ? changed(each, rest, change) : each;
    return after === undefined ? [] : [[key, after] as const];
  });
  return Object.fromEntries(entries);
}

/** What the planner is told rather than finds out: other values give another plan that is as good. */
const GIVEN = /^(requester|reason|createdAt|expiresAt|workspace|opsc|inputs|facts|nodes\.\d+\.preview)\b/;

describe("a plan with every digest right", { timeout: 120_000 }, () => {
  test("is genuine as it was made, and is not with anything in it changed, whatever that is", () => {
    expect(genuine(made)).toBe(true);
    const plan = made.plan as unknown as Json;
    const places = ways(plan).filter((way) => way.length > 0);
    const other = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom<Json>(null, true, 0, -1, "", "x", [], {}, [null], { $secret: "x" }),
    );
    const done = (change: Json | undefined) => (before: Json) =>
      Array.isArray(before) && change === undefined ? before.slice(1) : change;
    fc.assert(
      fc.property(fc.nat(places.length - 1), other, (at, change) => {
        const way = places[at] ?? [];
        const forged = changed(plan, way, done(change)) as unknown as PlanFile["plan"];
        if (canonicalJson(forged) === canonicalJson(plan)) return;
        let file: PlanFile;
        try {
          file = verifiedPlan(resealed(forged), "the plan");
        } catch (error) {
          // What is no plan at all is told so by whoever reads it.
          expect(error).toBeInstanceOf(Stop);
          return;
        }
        const is = genuine(file);
        if (!GIVEN.test(way.join("."))) expect(is, `${way.join(".")} = ${JSON.stringify(change)}`).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("lives no longer than the project lets plans live", () => {
    const lives = Date.parse(made.plan.expiresAt) - Date.parse(made.plan.createdAt);
    const judged = (most: number) => demandGenuine(made, checkFiles(project).program, textsOf(project), most);
    expect(() => judged(lives)).not.toThrow();
    expect(() => judged(lives - 1)).toThrow("is not what opsc makes");
  });

  test("is approved by nobody where its sources are, and refused there", async () => {
    const few = made.plan.nodes.map((node) => (node.kind === "approve" ? { ...node, quorum: 1 } : node));
    it.write("f.opsplan.json", JSON.stringify(resealed({ ...made.plan, nodes: few })));
    expect(await it.run("ana", ["approve", "f.opsplan.json"])).toMatchObject({
      code: 8,
      err: expect.stringContaining("this plan is not what opsc makes of these sources"),
    });
    // Whoever says no need not have it made again.
    expect(await it.run("ana", ["deny", "f.opsplan.json"])).toMatchObject({ code: 0 });
    const approved = await it.run("ana", ["approve", "p.opsplan.json", "-o", "here"]);
    expect(approved.code).toBe(0);
    expect(approved.err).not.toContain("NOT MADE AGAIN");
  });

  test("is approved elsewhere with a warning before it is signed: outside of any project, and where sources are others", async () => {
    const plan = path.join(it.folder, "p.opsplan.json");
    const words = async (folder: string) => {
      const key = (await import("../tools/signed-project.ts")).keyOf("ana").file;
      const ran = await opsc(
        ["approve", plan, "--as", "ana@example.com", "--key", key, "-o", path.join(elsewhere, "a")],
        folder,
      );
      rmSync(path.join(elsewhere, "a.opsapproval.json"), { force: true });
      return { code: ran.code, err: ran.err.replace(/\s+/g, " ") };
    };
    const outside = await words(elsewhere);
    expect(outside.code).toBe(0);
    expect(outside.err).toContain("warning: THE PLAN WAS NOT MADE AGAIN HERE: none of its sources is in");
    expect(outside.err).toContain("you trust dana@example.com, who signed that they asked for it,");
    expect(outside.err.indexOf("NOT MADE AGAIN")).toBeLessThan(outside.err.indexOf("written to"));
    writeFileSync(path.join(elsewhere, "main.ops"), MAIN.replace("quorum = 2", "quorum = 1"));
    const others = await words(elsewhere);
    expect(others.err).toMatch(/NOT MADE AGAIN HERE: .*main\.ops has changed since the plan was made/);
    writeFileSync(path.join(elsewhere, "opsc.config.json"), "{");
    expect((await words(elsewhere)).code).not.toBe(0);
    rmSync(path.join(elsewhere, "opsc.config.json"));
    const { request: _, ...bare } = made;
    it.write("p.opsplan.json", JSON.stringify(bare));
    expect((await words(elsewhere)).err).toContain("you trust whoever gave you this file, for nobody signed");
    it.write("p.opsplan.json", JSON.stringify(made));
  });
});
