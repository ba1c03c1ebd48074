/** What is in force beside the project's own guardrails: policy packages, folders of policies, the trust root. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigFault } from "../../cli/config.ts";
import { checkFiles, openProject, textsToShow } from "../../cli/project.ts";
import { renderDiagnostics } from "../../compiler/diagnostics/frame.ts";
import { opsc } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** The files of a folder that holds the project `app` and what lies beside it. */
function placeOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-policies-"));
  made.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

const config = (json: unknown): string => `${JSON.stringify(json, null, 2)}\n`;
const action = `use file
action stamp(path: string = "stamp") {
  step put = file.write(path: path, content: "x") { rollback auto }
}
`;
const rule = (name: string, limit: number): string =>
  `guardrail ${name} { require plan.writes.count <= ${limit} else "${name} says no" }\n`;

async function inForce(folder: string): Promise<string[]> {
  const { program } = checkFiles(await openProject(path.join(folder, "app"), { tests: false }));
  return program.guardrails.map(({ id }) => id);
}

/** What is told of a configuration, as it is shown. */
async function shown(folder: string): Promise<string> {
  try {
    const project = await openProject(path.join(folder, "app"), { tests: false });
    const { diagnostics } = checkFiles(project);
    const texts = textsToShow(project);
    return renderDiagnostics(diagnostics, (module) => texts.get(module), { color: false, width: 120 });
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    return renderDiagnostics(error.diagnostics, () => error.text, { color: false, width: 120 });
  }
}

describe("policies", () => {
  const files = {
    "app/main.ops": action,
    "app/node_modules/@acme/policies/package.json": '{ "version": "1.0.0", "ops": "./index.ops" }',
    "app/node_modules/@acme/policies/index.ops": "let limit = 5\n",
    "app/node_modules/@acme/policies/rules/few.ops": `import { limit } from "../index.ops"
guardrail few { require plan.writes.count <= limit }
`,
    "app/node_modules/@acme/policies/few.test.ops": "not read",
    "shared/more.ops": rule("more", 9),
  };

  test("of packages and folders are in force, whether anything imports them or not, in all their files", async () => {
    const place = placeOf({ ...files, "app/opsc.config.json": config({ policies: ["@acme/policies", "../shared"] }) });
    expect(await inForce(place)).toEqual([
      "node_modules/@acme/policies/rules/few.ops#few",
      "~policy/shared/more.ops#more",
    ]);
    const none = placeOf({ ...files, "app/opsc.config.json": "{}" });
    expect(await inForce(none)).toEqual([]);
  });

  test("in a folder of the project itself are in force once", async () => {
    const place = placeOf({
      "app/main.ops": action,
      "app/rules/own.ops": rule("own", 3),
      "app/opsc.config.json": config({ policies: ["./rules"] }),
    });
    expect(await inForce(place)).toEqual(["rules/own.ops#own"]);
  });

  test("that cannot be had are told where the configuration names them", async () => {
    const place = placeOf({
      "app/main.ops": action,
      "app/opsc.config.json": config({ policies: ["@acme/none", "../nowhere", "../empty"] }),
      "empty/readme.md": "nothing here",
    });
    expect(await shown(place)).toBe(`error[configuration]: there is no package @acme/none in node_modules
 --> opsc.config.json:3:5
   |
 3 |     "@acme/none",
   |     ^^^^^^^^^^^^
   |
help: npm install @acme/none

error[configuration]: there is no folder ../nowhere
 --> opsc.config.json:4:5
   |
 4 |     "../nowhere",
   |     ^^^^^^^^^^^^
   |
help: it is looked for from the folder of opsc.config.json

error[configuration]: there is no .ops file in ../empty
 --> opsc.config.json:5:5
   |
 5 |     "../empty"
   |     ^^^^^^^^^^
   |
help: name the folder that holds them

3 errors
`);
  });

  test("with errors stop everything: what is not understood would forbid nothing", async () => {
    const place = placeOf({
      "app/main.ops": action,
      "app/opsc.config.json": config({ policies: ["../shared"] }),
      "shared/broken.ops": "guardrail broken { require plan.wrtes.count < 3 }\n",
    });
    expect(await shown(place)).toContain(
      "error[configuration]: ../shared has errors, so it is not known what it forbids: ~policy/shared/broken.ops:1:33: {",
    );
  });
});

describe("a trust root", () => {
  const trust = {
    "trust/org.ops": `approver sre { title = "SRE"  members = ["ana@example.com", "ben@example.com"] }\n${rule("few", 5)}`,
    "app/opsc.config.json": config({ trust: { root: "../trust" } }),
  };

  test("puts its guardrails in force, and its approvers are imported from it", async () => {
    const place = placeOf({
      ...trust,
      "app/main.ops": `import { sre } from "~trust/org.ops"\n${action.replace("step put", "approve by sre\n  step put")}`,
    });
    expect(await inForce(place)).toEqual(["~trust/org.ops#few"]);
    expect(await shown(place)).toBe("");
  });

  test("that lies in the project is told: it is reviewed with what it is to guard", async () => {
    const place = placeOf({
      "app/main.ops": action,
      "app/trust/org.ops": trust["trust/org.ops"],
      "app/opsc.config.json": config({ trust: { root: "./trust" } }),
    });
    expect(await inForce(place)).toEqual(["~trust/org.ops#few"]);
    expect(await shown(place)).toContain(
      "warning[configuration]: the trust root lies within the project, and is changed and reviewed with it",
    );
  });

  test("that is the project itself is none", async () => {
    const place = placeOf({ "app/main.ops": action, "app/opsc.config.json": config({ trust: { root: "." } }) });
    expect(await shown(place)).toContain("error[configuration]: the trust root is the project itself");
  });

  test("is not what the project calls so itself: nothing under that name would be in force unseen", async () => {
    const place = placeOf({
      "app/main.ops": action,
      "app/~trust/org.ops": rule("few", 5),
      "app/opsc.config.json": "{}",
    });
    await expect(shown(place)).rejects.toThrow("~trust/org.ops: ~trust and ~policy are how files of the trust root");
  });

  test("is not there for those who do not configure it", async () => {
    const place = placeOf({ "app/main.ops": `import { sre } from "~trust/org.ops"\n`, "app/opsc.config.json": "{}" });
    expect(await shown(place)).toContain("no trust root is configured");
  });

  test("as built: its digest is in the plan, and apply refuses another", async () => {
    const place = placeOf({
      ...trust,
      "app/main.ops": `import { sre } from "~trust/org.ops"
approver mine { members = ["eve@example.com"] }
use file
action stamp() {
  step put = file.write(path: "stamp", content: "x") { rollback auto }
}
action asks(own: bool) {
  approve by mine when own
  approve by sre when !own
  step put = file.write(path: "stamp", content: "x") { rollback auto }
}
`,
    });
    const app = path.join(place, "app");
    const words = ["--as", "dana@example.com", "-o", "p.opsplan.json"];
    expect(await opsc(["plan", "stamp", ...words], app)).toMatchObject({ code: 0 });
    const { plan } = JSON.parse(readFileSync(path.join(app, "p.opsplan.json"), "utf8"));
    expect(plan.trust).toMatchObject({
      root: "path",
      identities: "unverified",
      digest: expect.stringMatching(/^sha256:/),
    });
    expect(plan.guardrails).toMatchObject([{ id: "~trust/org.ops#few", status: "pass" }]);
    writeFileSync(path.join(place, "trust/org.ops"), trust["trust/org.ops"].replace("<= 5", "<= 6"));
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app)).toMatchObject({
      code: 3,
      err: expect.stringContaining("~trust/org.ops has changed since the plan was made"),
    });
    writeFileSync(path.join(place, "trust/org.ops"), trust["trust/org.ops"]);
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app)).toMatchObject({ code: 0 });
    // A change under review does not name who approves it.
    expect(await opsc(["plan", "asks", "-i", "own=true", ...words], app)).toMatchObject({
      code: 3,
      err: expect.stringContaining("mine (main.ops#mine) is not declared in the trust root, and so cannot approve"),
    });
    expect(await opsc(["plan", "asks", "-i", "own=false", ...words], app)).toMatchObject({ code: 0 });
  });

  test("as built: one that forbids refuses the plan", async () => {
    const place = placeOf({
      ...trust,
      "trust/org.ops": rule("nothing", 0),
      "app/main.ops": action,
    });
    expect(await opsc(["plan", "stamp", "--as", "dana@example.com"], path.join(place, "app"))).toMatchObject({
      code: 3,
      err: expect.stringContaining("refused by guardrail nothing: nothing says no"),
    });
  });
});
