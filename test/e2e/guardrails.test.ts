/** Guardrails through the command: what they read is read again, also in actions that another runs. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";

const source = `use file
/// Nothing is changed while somebody has frozen the site.
guardrail calm {
  applies to action with { site: string }
  every_write = true
  fact freeze = file.read(path: "\${site}.freeze")
  require !freeze.exists else "\${site} is frozen: \${freeze.content ?? ""}"
}
guardrail few { require plan.writes.count <= 2 else "too many" }
action publish(site: string) {
  step put = file.write(path: "\${site}.html", content: "new") { rollback auto }
}
action both() {
  step look = file.read(path: "switch")
  step one  = publish(site: "one")
  step two  = publish(site: "two") when look.exists
}
`;
const ask = ["--as", "dana@example.com"];

describe("as built, a guardrail", () => {
  test("that reads holds when it is planned, and again before the write", async () => {
    const project = makeProject({ "main.ops": source });
    const words = ["plan", "publish", "-i", "site=one", ...ask, "-o", "p.opsplan.json"];
    expect(await opsc(words, project)).toMatchObject({ code: 0 });
    writeFileSync(path.join(project, "one.freeze"), "audit");
    expect(await opsc(["apply", "p.opsplan.json", ...ask], project)).toMatchObject({
      code: 3,
      err: expect.stringContaining("calm: one is frozen: audit"),
    });
    expect(existsSync(path.join(project, "one.html"))).toBe(false);
    expect(await opsc(words, project)).toMatchObject({ code: 3, err: expect.stringContaining("one is frozen: audit") });
    rmSync(path.join(project, "one.freeze"));
    expect(await opsc(words, project)).toMatchObject({ code: 0 });
    expect(await opsc(["apply", "p.opsplan.json", ...ask], project)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project, "one.html"))).toBe(true);
  });

  test("is judged for each action that another runs, with its inputs", async () => {
    const project = makeProject({ "main.ops": source, switch: "on" });
    const plan = ["plan", "both", ...ask, "-o", "p.opsplan.json"];
    expect(await opsc(plan, project)).toMatchObject({ code: 0 });
    writeFileSync(path.join(project, "two.freeze"), "audit");
    expect(await opsc(["apply", "p.opsplan.json", ...ask], project)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/calm for two: two\s+is\s+frozen: audit/),
    });
    expect(existsSync(path.join(project, "one.html"))).toBe(false);
    rmSync(path.join(project, "two.freeze"));
    expect(await opsc(plan, project)).toMatchObject({ code: 0 });
    expect(await opsc(["apply", "p.opsplan.json", ...ask], project)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project, "two.html"))).toBe(true);
  });
});
