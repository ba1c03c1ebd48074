/** Where trust comes from: a folder, a commit of another repository, what this machine names; and what it says of identities. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { opsc } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

function write(folder: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

/** A folder with the project `app` and what lies beside it. */
function placeOf(files: Files): { readonly place: string; readonly app: string } {
  const place = mkdtempSync(path.join(tmpdir(), "opsc-trust-test-"));
  made.push(place);
  write(place, files);
  return { place, app: path.join(place, "app") };
}

const json = (value: unknown): string => JSON.stringify(value);
const git = (folder: string, ...args: string[]): string =>
  execFileSync(
    "git",
    ["-c", "user.email=t@example.com", "-c", "user.name=t", "-c", "commit.gpgSign=false", "-C", folder, ...args],
    { encoding: "utf8" },
  ).trim();

const people = (who: string, most: number): string =>
  `approver sre { members = ["${who}@example.com"] }\nguardrail few { enforcement = hard\n  require plan.writes.count <= ${most} else "few says no" }\n`;
const MAIN = `import { sre } from "~trust/org.ops"
use file
action stamp() {
  approve by sre
  step put = file.write(path: "stamp", content: "x") { rollback auto }
}
`;
const WORDS = ["--as", "dana@example.com", "-o", "p.opsplan.json"];

/** The project, and a repository `org` whose first commit is tagged v1 and whose second names another approver. */
function withRepository(): { readonly app: string; readonly org: string; readonly place: string } {
  const { place, app } = placeOf({
    "app/main.ops": MAIN,
    "app/opsc.config.json": json({ trust: { git: "../org", at: "v1", folder: "ops" } }),
    "org/ops/org.ops": people("ana", 5),
    "org/ops/opsc.trust.json": json({ allowedSigners: "keys/allowed_signers" }),
    "org/ops/keys/allowed_signers": "",
    "org/other/unrelated.ops": "this is no source",
  });
  const org = path.join(place, "org");
  git(org, "init", "-q", "-b", "main");
  git(org, "add", ".");
  git(org, "commit", "-q", "-m", "one");
  git(org, "tag", "v1");
  write(org, { "ops/org.ops": people("eve", 5) });
  git(org, "commit", "-q", "-a", "-m", "two");
  return { app, org, place };
}

interface Planned {
  readonly plan: {
    readonly trust: { readonly root: string; readonly identities: string; readonly digest: string | null };
    readonly sources: readonly { readonly path: string }[];
    readonly nodes: readonly { readonly groups?: readonly { readonly members: readonly string[] }[] }[];
  };
}
const planIn = (app: string): Planned["plan"] =>
  (JSON.parse(readFileSync(path.join(app, "p.opsplan.json"), "utf8")) as Planned).plan;
const members = (plan: Planned["plan"]): unknown => plan.nodes.flatMap((node) => node.groups ?? [])[0]?.members;

describe("a commit of another repository", () => {
  test("is read as it was committed, whatever is checked out; keys are among a plan's sources", async () => {
    const { app, org } = withRepository();
    write(org, { "ops/org.ops": "what is not committed is not read" });
    expect(await opsc(["plan", "stamp", ...WORDS], app)).toMatchObject({ code: 0 });
    const plan = planIn(app);
    expect(plan.trust).toMatchObject({
      root: "git",
      identities: "unverified",
      digest: expect.stringMatching(/^sha256:/),
    });
    expect(members(plan)).toEqual(["ana@example.com"]);
    expect(plan.sources.map((source) => source.path)).toEqual([
      "main.ops",
      "~trust/keys/allowed_signers",
      "~trust/opsc.trust.json",
      "~trust/org.ops",
    ]);
    const { out } = await opsc(["doctor"], app);
    expect(out).toMatch(
      /come from \.\.\/org at [0-9a-f]{12}, outside what is\s+reviewed; names are taken at their word/,
    );
    expect(readdirSync(tmpdir()).filter((name) => /^opsc-trust-(?!test-)/.test(name))).toEqual([]);
  });

  test("of which opsc doctor says what stands for nobody, and what is held against nothing here", async () => {
    const { app, org } = withRepository();
    write(org, {
      "ops/opsc.trust.json": json({ breakGlass: ["srre"] }),
      "ops/rules.ops": `guardrail why { applies to action when action.tags.contains("prod")  require run.reason != none }\n`,
    });
    git(org, "add", ".");
    git(org, "commit", "-q", "-m", "three");
    const { code, out } = await opsc(["doctor"], app, "", { OPSC_TRUST: "git:../org@main:ops" });
    expect(code).toBe(3);
    const told = out.replace(/\s+/g, " ");
    expect(told).toContain("problem opsc.trust.json names srre under breakGlass, and the trust root declares no such");
    expect(told).toContain(
      "warning guardrail why of ~trust/rules.ops is held against no action here: no action has the tag prod",
    );
  });

  test("that moves on makes the plan stale", async () => {
    const { app, org } = withRepository();
    await opsc(["plan", "stamp", ...WORDS], app);
    git(org, "tag", "-f", "v1", "main");
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app)).toMatchObject({
      code: 3,
      err: expect.stringContaining("~trust/org.ops has changed since the plan was made"),
    });
  });

  test("that is not there says how to get it, and nothing is planned without it", async () => {
    const { app } = withRepository();
    const tried = async (trust: unknown): Promise<string> => {
      write(app, { "opsc.config.json": json({ trust }) });
      const { code, err } = await opsc(["plan", "stamp", ...WORDS], app);
      expect(code).toBe(9);
      return err;
    };
    expect(await tried({ git: "../org", at: "v9" })).toContain("../org has no commit v9");
    expect(await tried({ git: "../org", at: "v9" })).toContain("fetch --tags");
    expect(await tried({ git: "../org", at: "v1", folder: "nowhere" })).toContain("has no folder nowhere");
    expect(await tried({ git: "../none", at: "v1" })).toContain("is no git repository");
    expect(await tried({ git: "../org", at: "v1", folder: "ops/keys" })).toContain("there is no .ops file in");
  });

  test("holds no links: one could lead anywhere", async () => {
    const { app, org } = withRepository();
    symlinkSync("/etc/hostname", path.join(org, "ops/host.ops"));
    git(org, "add", ".");
    git(org, "commit", "-q", "-m", "three");
    write(app, {
      "opsc.config.json": json({ trust: { git: "../org", at: git(org, "rev-parse", "HEAD"), folder: "ops" } }),
    });
    expect(await opsc(["plan", "stamp", ...WORDS], app)).toMatchObject({
      code: 9,
      err: expect.stringContaining("host.ops of ../org at"),
    });
  });

  test("runs nothing of the repository", async () => {
    const { app, org, place } = withRepository();
    const mark = path.join(place, "ran");
    const script = path.join(place, "evil.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${mark}\ncat\n`, { mode: 0o755 });
    git(org, "config", "core.fsmonitor", script);
    git(org, "config", "core.hooksPath", place);
    git(org, "config", "filter.evil.smudge", script);
    git(org, "config", "core.pager", script);
    git(org, "config", "core.sshCommand", script);
    write(org, { "ops/.gitattributes": "*.ops filter=evil\n" });
    execFileSync("rm", ["-f", mark]);
    expect(await opsc(["plan", "stamp", ...WORDS], app)).toMatchObject({ code: 0 });
    expect(readdirSync(place)).not.toContain("ran");
  });

  test.each([
    [{ git: "../org" }, "`git` goes with `at`"],
    [{ root: "../org", git: "../org", at: "v1" }, "a trust root is a folder (`root`), or a commit of a repository"],
    [{ root: "../org", folder: "ops" }, "`folder` is of a repository"],
    [{ git: "../org", at: "--upload-pack=evil" }, "trust.at cannot be"],
    [{ git: "../org", at: "v1", folder: "../secrets" }, "trust.folder cannot be"],
  ])("written as %j is refused where it stands", async (trust, said) => {
    const { app } = withRepository();
    write(app, { "opsc.config.json": json({ trust }) });
    const { code, out, err } = await opsc(["check"], app);
    expect(code).toBe(1);
    expect(`${out}${err}`).toContain(said);
  });
});

describe("a machine that names its trust root", () => {
  const env = { OPSC_TRUST: "git:../org@v1:ops" };

  test("is not moved by what the project names", async () => {
    const { app } = withRepository();
    // A change under review that makes eve the approver.
    write(app, {
      "evil/org.ops": people("eve", 500),
      "opsc.config.json": json({ trust: { root: "./evil" } }),
    });
    expect(await opsc(["plan", "stamp", ...WORDS], app, "", env)).toMatchObject({ code: 0 });
    expect(members(planIn(app))).toEqual(["ana@example.com"]);
    expect((await opsc(["doctor"], app, "", env)).out).toContain("as OPSC_TRUST says");
    // A plan made where it was not pinned is refused where it is.
    expect(await opsc(["plan", "stamp", ...WORDS], app)).toMatchObject({ code: 0 });
    expect(members(planIn(app))).toEqual(["eve@example.com"]);
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app, "", env)).toMatchObject({
      code: 3,
      err: expect.stringContaining("~trust/org.ops has changed since the plan was made"),
    });
  });

  test("and names none that is there does nothing", async () => {
    const { app } = withRepository();
    const tried = async (pin: string) => opsc(["plan", "stamp", ...WORDS], app, "", { OPSC_TRUST: pin });
    expect(await tried("../none")).toMatchObject({
      code: 9,
      err: expect.stringContaining("OPSC_TRUST names no trust root: there is no folder ../none"),
    });
    expect(await tried("git:../org")).toMatchObject({ code: 1, err: expect.stringContaining("names no commit") });
    expect(await tried(".")).toMatchObject({
      code: 9,
      err: expect.stringContaining("the trust root is the project itself"),
    });
  });
});

describe("what a trust root says of identities", () => {
  const files = {
    "app/main.ops": MAIN,
    "app/opsc.config.json": json({ trust: { root: "../trust" } }),
    "trust/org.ops": people("ana", 5),
  };

  test("is bound into the plan with the keys, so that a key that comes or goes makes it stale", async () => {
    const { place, app } = placeOf({
      ...files,
      "trust/opsc.trust.json": json({ allowedSigners: "allowed_signers", revokedKeys: "revoked" }),
      "trust/allowed_signers": "# none yet\n",
      "trust/revoked": "",
    });
    await opsc(["plan", "stamp", ...WORDS], app);
    // A revocation list is bytes, not text.
    writeFileSync(path.join(place, "trust/revoked"), Buffer.from([0x53, 0x53, 0x48, 0x4b, 0xff, 0xfe]));
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app)).toMatchObject({
      code: 3,
      err: expect.stringContaining("~trust/revoked has changed since the plan was made"),
    });
  });

  test("may be said by the project itself, which plans then name", async () => {
    const { app } = placeOf({
      "app/main.ops": MAIN.replace('import { sre } from "~trust/org.ops"', people("ana", 5)),
      "app/opsc.trust.json": json({}),
    });
    await opsc(["plan", "stamp", ...WORDS], app);
    expect(planIn(app).trust).toEqual({
      root: "project",
      identities: "unverified",
      breakGlass: [],
      digest: expect.stringMatching(/^sha256:/),
    });
    write(app, { "opsc.trust.json": json({ identities: "unverified" }) });
    expect(await opsc(["apply", "p.opsplan.json", "--as", "dana@example.com"], app)).toMatchObject({
      code: 3,
      err: expect.stringContaining("opsc.trust.json has changed since the plan was made"),
    });
  });

  test.each([
    ["{", "~trust/opsc.trust.json:1:2: "],
    [
      '{ "identities": "named" }',
      '~trust/opsc.trust.json:1:17: identities cannot be "named"\n  one of unverified, signed',
    ],
    ['{ "identities": "sign" }', "did you mean signed?"],
    ['{ "identities": "signed" }', "signed needs allowedSigners: without keys nobody could sign"],
    ['{ "allowedSigners": "../../etc/passwd" }', "~trust/opsc.trust.json:1:21: allowedSigners cannot be"],
    ['{ "allowedSigners": "link" }', "~trust/link cannot be used: it leads out of the trust root"],
    ['{ "allowedSigners": "none" }', "~trust/none cannot be used: there is no such file"],
    ['{ "revokedKeys": "sub" }', "~trust/sub cannot be used: it is no file"],
    ['{ "unknown": 1 }', "~trust/opsc.trust.json:1:3: a trust root has no unknown"],
    [
      '{ "oidc": [{ "issuer": "https://ci", "audience": "opsc" }] }',
      "1:12: oidc.0.identity is missing\n  text goes there",
    ],
  ])("as %s stops everything", async (text, said) => {
    const { place, app } = placeOf({ ...files, "trust/opsc.trust.json": text, "trust/sub/x": "" });
    symlinkSync(path.join(app, "main.ops"), path.join(place, "trust/link"));
    const { code, out, err } = await opsc(["plan", "stamp", ...WORDS], app);
    expect(`${out}${err}`).toContain(said);
    expect(code).toBe(9);
  });
});
