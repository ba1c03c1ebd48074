/** Breaking the glass: those who may can, loudly; nobody else, for nothing else, and never over a no. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { opsc, until } from "../e2e/opsc.ts";
import { type SignedProject, signedProject } from "../tools/signed-project.ts";

const MAIN = `use file
approver sre    { members = ["ana@example.com", "ben@example.com"] }
approver oncall { members = ["dana@example.com", "cleo@example.com"] }
guardrail small {
  applies to action when !action.tags.contains("calm")
  enforcement = soft
  override by oncall
  require plan.writes.count <= 1 else "more than one write"
}
guardrail never {
  enforcement = hard
  require plan.writes.count <= 2 else "more than two writes"
}
guardrail nobody {
  enforcement = soft
  require plan.writes.count <= 2 else "more than two writes, which nobody overrides"
}
action one() {
  approve by sre
  step a = file.write(path: "a.txt", content: "x") { rollback auto }
}
action two() {
  step a = file.write(path: "a.txt", content: "x") { rollback auto }
  step b = file.write(path: "b.txt", content: "x") { rollback auto }
}
action three() {
  step a = file.write(path: "a.txt", content: "x") { rollback auto }
  step b = file.write(path: "b.txt", content: "x") { rollback auto }
  step c = file.write(path: "c.txt", content: "x") { rollback auto }
}
action calm() {
  tags = ["calm"]
  step a = file.write(path: "a.txt", content: "x") { rollback auto }
  approve by sre
  step b = file.write(path: "b.txt", content: "x") { rollback auto }
}
action midway() {
  step a = file.write(path: "a.txt", content: "x") { rollback auto }
  approve by sre
  step b = file.write(path: "b.txt", content: "x") { rollback auto }
}
`;
const trust = (more: object): string =>
  JSON.stringify({ identities: "signed", allowedSigners: "allowed_signers", breakGlass: ["oncall"], ...more });
const REASON = "the ledger is down, all of EU";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
function project(files: Readonly<Record<string, string>> = {}): SignedProject {
  const it = signedProject({ "main.ops": MAIN, "opsc.trust.json": trust({}), ...files });
  made.push(it.folder);
  return it;
}
const has = ({ folder }: SignedProject, name: string): boolean => existsSync(path.join(folder, name));
/** The newest run, that is not `not`. */
async function theRun({ folder }: SignedProject, not = ""): Promise<string> {
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  const run = runs.map((each) => each.run).find((each) => each !== not);
  if (run === undefined) throw new Error("there is no run");
  return run;
}
const plan = (action: string): string[] => ["plan", action, "-o", "p.opsplan.json"];
const APPLY = ["apply", "p.opsplan.json"];
const BREAK = [...APPLY, "--break-glass", REASON];

describe("whoever may break the glass", { timeout: 120_000 }, () => {
  test("sets an approval aside alone, and it is loud everywhere", async () => {
    const it = project();
    await it.run("dana", plan("one"));
    expect((await it.run("dana", APPLY)).code).toBe(4);
    const broken = await it.run("dana", BREAK);
    expect(broken).toMatchObject({ code: 0 });
    const loud = `BREAK-GLASS: dana@example.com (signed) set aside the approval approval: ${REASON}`;
    expect(broken.err).toContain(loud);
    expect(broken.err).toMatch(/approval +set aside$/m);
    expect(broken.out).toContain(loud);
    expect(has(it, "a.txt")).toBe(true);
    const run = /run (\S+) /.exec(broken.out)?.[1] ?? "";
    expect((await opsc(["show", run], it.folder)).out).toContain("BROKE THE GLASS");
    expect((await opsc(["audit", "verify"], it.folder)).code).toBe(0);
    expect((await opsc(["audit", "overrides"], it.folder)).out).toContain(`  one  ${loud}`);
    const listed = JSON.parse((await opsc(["audit", "overrides", "--json"], it.folder)).out);
    expect(listed.overrides).toMatchObject([
      { run, override: { who: "dana@example.com", override: { approvals: ["approval"] } } },
    ]);
  });

  test("sets a soft guardrail aside, which the log names at the gate", async () => {
    const it = project();
    expect(await it.run("dana", plan("two"))).toMatchObject({
      code: 3,
      out: expect.stringContaining("In an emergency oncall may override it, with a reason."),
    });
    const refused = await it.run("dana", APPLY);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("--break-glass REASON") });
    expect(has(it, "a.txt")).toBe(false);
    expect(await it.run("dana", BREAK)).toMatchObject({
      code: 0,
      err: expect.stringContaining("set aside guardrail small"),
    });
    expect(has(it, "b.txt")).toBe(true);
    expect((await opsc(["audit", "export"], it.folder)).out).toMatch(
      /"guardrail":"main\.ops#small","overridden":\["dana@example\.com"\]/,
    );
    expect((await opsc(["audit", "verify"], it.folder)).code).toBe(0);
  });
});

describe("in a run that waits,", { timeout: 120_000 }, () => {
  test("whoever takes it up sets aside what it waits for, and it is loud everywhere", async () => {
    const it = project();
    await it.run("eve", ["apply", "calm", "--yes"]);
    const run = await theRun(it);
    const broken = await it.run("dana", ["resume", run, "--break-glass", REASON]);
    expect(broken).toMatchObject({ code: 0 });
    const loud = `BREAK-GLASS: dana@example.com (signed) set aside the approval approval for eve@example.com to apply the plan: ${REASON}`;
    for (const text of [broken.err, broken.out]) expect(text.replace(/\s+/g, " ")).toContain(loud);
    expect(has(it, "b.txt")).toBe(true);
    expect((await opsc(["show", run], it.folder)).out).toContain("BROKE THE GLASS");
    const overrides = await opsc(["audit", "overrides"], it.folder);
    expect(overrides.out).toContain(`${run}  calm  ${loud}`);
    expect(overrides.out.trim().split("\n")).toHaveLength(1);
    expect((await opsc(["audit", "verify"], it.folder)).out).toMatch(/^the log is intact/);
  });

  test("another process that has it in hand hears it", async () => {
    const it = project();
    await it.run("eve", plan("calm"));
    const waits = it.run("eve", [...APPLY, "--wait"]);
    let run = "";
    await until(async () => {
      run = await theRun(it).catch(() => "");
      return run !== "" && (await opsc(["show", run], it.folder)).out.includes("waits");
    }, "the run to wait");
    expect(await it.run("dana", ["resume", run, "--break-glass", REASON])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/opsc approve \S+ --break-glass REASON/),
    });
    const given = await it.run("cleo", ["approve", run, "--break-glass", REASON]);
    expect(given).toMatchObject({
      code: 0,
      err: expect.stringContaining("set aside by cleo@example.com, who broke the glass"),
    });
    expect(await waits).toMatchObject({
      code: 0,
      err: expect.stringContaining("BREAK-GLASS: cleo@example.com (signed)"),
    });
    expect((await opsc(["audit", "verify"], it.folder)).code).toBe(0);
  });
});

describe("set aside for another to apply the plan", { timeout: 120_000 }, () => {
  const FOR = ["approve", "p.opsplan.json", "--break-glass", REASON, "--for", "eve@example.com"];

  test("it serves that one, in a file that travels too, and nobody else", async () => {
    const it = project();
    await it.run("ben", plan("one"));
    const given = await it.run("dana", [...FOR, "-o", "dana"]);
    expect(given).toMatchObject({ code: 0, err: expect.stringContaining("BREAK-GLASS: dana@example.com (signed)") });
    const other = await it.run("ben", [...APPLY, "--approvals", "."]);
    expect(other).toMatchObject({ code: 4 });
    expect(other.err.replace(/\s+/g, " ")).toContain(
      "that dana@example.com sets it aside does not count: it is for eve@example.com to apply the plan",
    );
    expect(has(it, "a.txt")).toBe(false);
    expect(await it.run("eve", [...APPLY, "--approvals", "."])).toMatchObject({ code: 0 });
    expect((await opsc(["audit", "overrides"], it.folder)).out).toContain("for eve@example.com to apply the plan");
    expect((await opsc(["audit", "verify"], it.folder)).code).toBe(0);
  });

  test("it is taken back with opsc withdraw, before it is used", async () => {
    const it = project();
    await it.run("ben", plan("one"));
    expect(await it.run("dana", ["withdraw", "p.opsplan.json"])).toMatchObject({ code: 1 });
    expect(await it.run("dana", FOR)).toMatchObject({ code: 0 });
    expect((await opsc(["audit", "overrides"], it.folder)).out).toContain("in no run  BREAK-GLASS: dana");
    expect(await it.run("dana", ["withdraw", "p.opsplan.json"])).toMatchObject({ code: 0 });
    expect(await it.run("eve", APPLY)).toMatchObject({ code: 4, err: expect.stringContaining("it was withdrawn") });
    // Others cannot take it back, and a second time it stands again.
    await it.run("dana", FOR);
    expect(await it.run("eve", ["withdraw", "p.opsplan.json"])).toMatchObject({ code: 3 });
    expect(await it.run("eve", APPLY)).toMatchObject({ code: 0 });
    expect(has(it, "a.txt")).toBe(true);
  });

  test("two do it together where a guardrail takes both", async () => {
    const it = project({ "main.ops": MAIN.replace("override by oncall", "override by all of [oncall, sre]") });
    await it.run("ben", plan("two"));
    expect(await it.run("dana", BREAK)).toMatchObject({ code: 3, err: expect.stringContaining("oncall and sre") });
    expect(await it.run("ana", [...FOR.slice(0, -1), "dana@example.com"])).toMatchObject({ code: 0 });
    expect(await it.run("eve", BREAK)).toMatchObject({ code: 3 });
    expect(await it.run("dana", BREAK)).toMatchObject({ code: 0 });
    expect(has(it, "b.txt")).toBe(true);
  });

  test("it says for whom, and what is asked", async () => {
    const it = project();
    await it.run("ben", plan("one"));
    const said = (...more: string[]) => it.run("dana", [...FOR.slice(0, 4), ...more]);
    expect(await said()).toMatchObject({ code: 1, err: expect.stringContaining("name them with --for WHO") });
    expect(await said("--for", "e ve")).toMatchObject({ code: 1, err: expect.stringContaining("is not an identity") });
    expect(await said("--for", "eve@example.com", "--comment", "x")).toMatchObject({ code: 1 });
    expect(await it.run("dana", ["approve", "p.opsplan.json", "--for", "eve@example.com"])).toMatchObject({ code: 1 });
  });
});

describe("the glass holds", { timeout: 120_000 }, () => {
  const refuse = async (
    it: SignedProject,
    person: string,
    code: number,
    said: string,
    words = BREAK,
  ): Promise<void> => {
    expect(await it.run(person, words)).toMatchObject({ code, err: expect.stringContaining(said) });
    expect(has(it, "a.txt")).toBe(false);
  };

  test("for who is not named, whatever they say", async () => {
    const it = project();
    await it.run("dana", plan("one"));
    await refuse(it, "eve", 3, "there is nothing that eve@example.com may set aside");
    await refuse(it, "ana", 3, "those who may set aside approvals: oncall (cleo@example.com, dana@example.com)");
  });

  test("for what is hard, and for what nobody may set aside", async () => {
    const it = project();
    await it.run("dana", plan("three"));
    await refuse(it, "dana", 3, "guardrail never");
    const { err } = await it.run("dana", BREAK);
    expect(err).toContain("guardrail nobody");
    expect(err).not.toContain("BREAK-GLASS");
  });

  test("without a reason, and in a name that is not the key's", async () => {
    const it = project();
    await it.run("dana", plan("one"));
    await refuse(it, "dana", 1, "gives no reason", [...APPLY, "--break-glass", "help"]);
    expect(await it.run("dana", BREAK, "eve")).toMatchObject({ code: 3 });
    expect(has(it, "a.txt")).toBe(false);
  });

  test("over a no", async () => {
    const it = project();
    await it.run("dana", plan("one"));
    await it.run("ana", ["deny", "p.opsplan.json", "--comment", "not today"]);
    await refuse(it, "dana", 10, "denied by ana@example.com");
  });

  test("for an override of another plan, copied, edited or signed by another", async () => {
    const it = project();
    await it.run("dana", plan("one"));
    await it.run("dana", BREAK);
    rmSync(path.join(it.folder, "a.txt"));
    const log = (await opsc(["audit", "export"], it.folder)).out.split("\n");
    const created = log
      .map((each) => (each === "" ? null : JSON.parse(each).event))
      .find((event) => event?.type === "run.created");
    const [override] = created.approvals;
    expect(override.decision).toBe("override");
    await it.run("dana", ["plan", "one", "--reason", "another plan", "-o", "q.opsplan.json"]);
    const next = JSON.parse(readFileSync(path.join(it.folder, "q.opsplan.json"), "utf8"));
    const { canonicalJson } = await import("../../compiler/canonical.ts");
    const tried = async (change: object): Promise<void> => {
      const files = path.join(it.folder, "given");
      rmSync(files, { recursive: true, force: true });
      mkdirSync(files);
      writeFileSync(path.join(files, "o.opsapproval.json"), `${canonicalJson({ ...override, ...change })}\n`);
      const ran = await it.run("dana", ["apply", "q.opsplan.json", "--approvals", "given"]);
      expect([4, 8]).toContain(ran.code);
      expect(has(it, "a.txt")).toBe(false);
    };
    await tried({});
    await tried({ plan: next.digest, nonce: next.plan.nonce });
    await tried({ plan: next.digest, nonce: next.plan.nonce, identity: "unverified", signature: null });
    await tried({ plan: next.digest, nonce: next.plan.nonce, who: "cleo@example.com" });
    await tried({ comment: "another reason than that which was signed" });
  });

  test("for what a run stops for in its middle, beforehand", async () => {
    const it = project();
    await it.run("dana", plan("midway"));
    // Its guardrail is set aside; the approval in the middle is waited for as ever.
    expect(await it.run("dana", BREAK)).toMatchObject({
      code: 4,
      err: expect.stringContaining("waits for approval by 1 of sre"),
    });
    expect(has(it, "b.txt")).toBe(false);
    const later = await it.run("dana", ["resume", await theRun(it), "--break-glass", REASON]);
    expect(later).toMatchObject({ code: 0, err: expect.stringMatching(/set aside\s+the\s+approval approval:/) });
    rmSync(path.join(it.folder, "a.txt"));
    await it.run("dana", plan("calm"));
    await refuse(it, "dana", 3, "there is nothing that dana@example.com may set aside");
  });

  test("in a run, as before there is one: for who is not named, with the key of another, over a no, and for another run", async () => {
    const it = project();
    await it.run("eve", ["apply", "calm", "--yes"]);
    const run = await theRun(it);
    const tried = async (person: string, reason: string, key?: string | null) =>
      it.run(person, ["resume", run, "--break-glass", reason], key);
    expect(await tried("ana", REASON)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/nothing that\s+ana@example\.com may set aside/),
    });
    expect(await tried("dana", REASON, "eve")).toMatchObject({ code: 3 });
    // Said in this run, it says nothing of another of the same plan, nor of another plan.
    mkdirSync(path.join(it.folder, "given"));
    expect(
      await it.run("dana", ["approve", run, "--break-glass", REASON, "--for", "ben@example.com", "-o", "given/o"]),
    ).toMatchObject({ code: 1, err: expect.stringContaining("--for names who applies a plan") });
    expect(await it.run("dana", ["approve", run, "--break-glass", REASON, "-o", "given/o"])).toMatchObject({ code: 0 });
    await it.run("eve", ["apply", "calm", "--yes"]);
    const other = await theRun(it, run);
    expect(await it.run("eve", ["resume", other, "--approvals", "given"])).toMatchObject({ code: 4 });
    await it.run("ana", ["deny", run, "--comment", "not today"]);
    expect(await tried("dana", REASON)).toMatchObject({
      code: 10,
      err: expect.stringMatching(/denied by ana@example\.com, which no\s+emergency sets aside/),
    });
    expect(await it.run("eve", ["resume", run, "--approvals", "given"])).toMatchObject({ code: 10 });
    expect(has(it, "b.txt")).toBe(false);
  });

  test("for those whom only the reviewed tree names, where there is a trust root", async () => {
    const it = project();
    const place = path.dirname(it.folder);
    const folder = path.join(place, `${path.basename(it.folder)}-trust`);
    const { copyFileSync } = await import("node:fs");
    mkdirSync(folder);
    made.push(folder);
    copyFileSync(path.join(it.folder, "allowed_signers"), path.join(folder, "allowed_signers"));
    writeFileSync(path.join(folder, "org.ops"), 'approver sre { members = ["ana@example.com", "ben@example.com"] }\n');
    writeFileSync(path.join(folder, "opsc.trust.json"), trust({ breakGlass: ["oncall"] }));
    it.write("opsc.config.json", JSON.stringify({ trust: { root: folder } }));
    it.write("main.ops", MAIN.replace(/approver sre .*\n/, 'import { sre } from "~trust/org.ops"\n'));
    expect(await it.run("dana", plan("one"))).toMatchObject({
      code: 3,
      err: expect.stringContaining(
        "opsc.trust.json names oncall under breakGlass, and the trust root declares no such approver",
      ),
    });
  });
});
