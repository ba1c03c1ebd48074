/** Checkpoints and proofs, by the command itself: made where the log is, verified where it is not. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { makeProject, opsc, type Ran } from "./opsc.ts";

const ORIGIN = "example.com/operations";
const SOURCE = `use file
action fine() {
  step w = file.write(path: "x", content: "x") { rollback auto }
}
`;
const project = makeProject({ "main.ops": SOURCE });
const away = mkdtempSync(path.join(tmpdir(), "opsc-away-"));
const AS = { OPSC_AS: "dana@example.com" };
const keyFile = path.join(away, "log.key");
const kept = path.join(away, "kept.checkpoint");
let vkey = "";
let run = "";

async function done(args: readonly string[], cwd = project): Promise<string> {
  const ran = await opsc(args, cwd, "", AS);
  expect(ran, args.join(" ")).toMatchObject({ code: 0 });
  return ran.out;
}
const configure = (text: unknown, folder = project): void =>
  writeFileSync(path.join(folder, "opsc.config.json"), JSON.stringify(text));
const CONFIG = { audit: { checkpoint: { origin: ORIGIN, key: keyFile } } };

beforeAll(async () => {
  vkey = (await done(["audit", "keygen", "--origin", ORIGIN, "-o", keyFile])).trim();
  configure(CONFIG);
  await done(["apply", "fine", "--yes"]);
  await done(["audit", "checkpoint", "-o", kept]);
  await done(["apply", "fine", "--yes"]);
  run = (JSON.parse(await done(["runs", "--json"])) as { runs: { run: string }[] }).runs[0]?.run ?? "";
}, 120_000);

describe("a key", () => {
  test("is its owner's alone, told once, and never written over", async () => {
    expect(vkey).toMatch(/^example\.com\/operations\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const again = await opsc(["audit", "keygen", "--origin", ORIGIN, "-o", keyFile], project);
    expect(again).toMatchObject({ code: 1, out: "", err: expect.stringContaining("a key is never written over") });
    const inside = await opsc(["audit", "keygen", "-o", ".opsc/log.key"], project);
    expect(inside).toMatchObject({ code: 1, err: expect.stringContaining("within .opsc") });
    const json = await done(["audit", "keygen", "--json", "-o", path.join(away, "second.key")]);
    expect(JSON.parse(json)).toMatchObject({ origin: ORIGIN });
    expect(json).not.toContain("PRIVATE");
  });

  test("that others may read, that is none or is not there signs nothing", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "opsc-key-"));
    cpSync(project, folder, { recursive: true });
    const loose = path.join(away, "loose.key");
    cpSync(keyFile, loose);
    const tried = async (key: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
      configure({ audit: { checkpoint: { origin: ORIGIN, key } } }, folder);
      return opsc(["audit", "checkpoint"], folder, "", env);
    };
    for (const mode of [0o640, 0o604, 0o622, 0o601]) {
      chmodSync(loose, mode);
      expect(await tried(loose)).toMatchObject({
        code: 9,
        out: "",
        err: expect.stringContaining("others than its owner"),
      });
    }
    symlinkSync(loose, path.join(away, "link.key"));
    expect((await tried(path.join(away, "link.key"))).code).toBe(9);
    expect(await tried(path.join(away, "none.key"))).toMatchObject({
      code: 9,
      err: expect.stringContaining("no such file"),
    });
    expect(await tried(kept)).toMatchObject({ code: 9 });
    expect(await tried("@env:LOG_KEY")).toMatchObject({
      code: 9,
      err: expect.stringContaining("LOG_KEY holds nothing"),
    });
    const fromEnvironment = await tried("@env:LOG_KEY", { LOG_KEY: readFileSync(keyFile, "utf8") });
    expect(fromEnvironment).toMatchObject({ code: 0, out: expect.stringContaining(`${ORIGIN}\n`) });
    // The trust root has the last word on whose checkpoints are believed.
    writeFileSync(
      path.join(folder, "opsc.trust.json"),
      JSON.stringify({ logKeys: ["example.com/other+00000000+AAAA"] }),
    );
    expect(await tried(keyFile)).toMatchObject({ code: 9, err: expect.stringContaining("nobody would believe") });
  });
});

describe("a kept checkpoint", () => {
  test("is a signed note that the log has grown from", async () => {
    expect(readFileSync(kept, "utf8")).toMatch(
      /^example\.com\/operations\n\d+\n[A-Za-z0-9+/]{43}=\n\n— example\.com\/operations [A-Za-z0-9+/]+=*\n$/,
    );
    for (const args of [[], ["--key", vkey], ["--key", vkey, "--origin", ORIGIN]])
      expect(await done(["audit", "verify", "--checkpoint", kept, ...args])).toContain("grown since");
    const told = JSON.parse(await done(["audit", "verify", "--json", "--checkpoint", kept])) as Record<string, unknown>;
    expect(told).toMatchObject({ ok: true, findings: [], checkpoints: [{ origin: ORIGIN }] });
    writeFileSync(path.join(project, "opsc.trust.json"), JSON.stringify({ logKeys: [vkey] }));
    await done(["audit", "verify", "--checkpoint", kept]);
    const keyFile = path.join(away, "sent.pub");
    writeFileSync(keyFile, `${vkey}\n`);
    expect(await done(["audit", "verify", "--checkpoint", kept, "--key", keyFile])).toContain("grown since");
    const line = await opsc(["audit", "verify", "--checkpoint", "-"], project, readFileSync(kept, "utf8"));
    expect(line.code).toBe(0);
  });

  test("forged, of another log or by another key is a finding, beside those of the log", async () => {
    const forged = path.join(away, "forged.checkpoint");
    writeFileSync(forged, readFileSync(kept, "utf8").replace(/\n\d+\n/, "\n1\n"));
    const told = await opsc(["audit", "verify", "--checkpoint", forged, "--key", vkey], project);
    expect(told).toMatchObject({ code: 8, out: expect.stringContaining("did not sign this") });
    expect(told.out).toContain("the log by itself is intact");
    const other = (
      await done(["audit", "keygen", "--origin", "example.com/other", "-o", path.join(away, "o.key")])
    ).trim();
    expect(await opsc(["audit", "verify", "--checkpoint", kept, "--key", other], project)).toMatchObject({
      code: 8,
      out: expect.stringContaining("by no key that is trusted here"),
    });
    expect(
      await opsc(["audit", "verify", "--checkpoint", kept, "--key", vkey, "--origin", "example.com/x"], project),
    ).toMatchObject({ code: 8, out: expect.stringContaining("not of example.com/x") });
    const json = await opsc(["audit", "verify", "--json", "--checkpoint", forged, "--key", vkey], project);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, findings: [{ what: "checkpoint" }] });
  });

  test("tells that the log is gone, where no store is there any more", async () => {
    const folder = makeProject({ "main.ops": SOURCE });
    const gone = await opsc(["audit", "verify", "--checkpoint", kept, "--key", vkey], folder);
    expect(gone).toMatchObject({
      code: 8,
      out: expect.stringMatching(/the log ends after 0 entries, and the checkpoint/),
    });
    expect(await opsc(["audit", "verify"], folder)).toMatchObject({
      code: 9,
      err: expect.stringContaining("no store"),
    });
    mkdirSync(path.join(folder, ".opsc", "locks"), { recursive: true, mode: 0o700 });
    writeFileSync(path.join(folder, ".opsc", "locks", "20261121-0914-k3f9q2.db"), "");
    expect(await opsc(["audit", "verify"], folder)).toMatchObject({
      code: 8,
      out: expect.stringContaining("knows nothing of 1 run that was begun here: 20261121-0914-k3f9q2"),
    });
  });

  test("is told about in words where it cannot be used", async () => {
    expect(await opsc(["audit", "verify", "--checkpoint", "none"], project)).toMatchObject({ code: 1 });
    for (const [file, why] of [
      [kept, "is no exported log: none of its lines is an entry"],
      [away, "is a folder"],
      ["none", "there is no file none"],
      ["/dev/null", "holds no entries"],
    ] as const)
      expect(await opsc(["audit", "verify", "--file", file], project)).toMatchObject({
        code: 1,
        err: expect.stringContaining(why),
      });
    expect(await opsc(["audit", "verify", "--checkpoint", kept, "--key", "x"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no public key"),
    });
    // The half that signs, given by mistake, is not shown.
    const secret = await opsc(["audit", "verify", "--checkpoint", kept, "--key", keyFile], project);
    expect(secret).toMatchObject({ code: 1, err: expect.stringContaining("holds no public key of checkpoints") });
    expect(secret.err).not.toContain("PRIVATE");
    const elsewhere = makeProject({});
    expect(await opsc(["audit", "verify", "--checkpoint", kept], elsewhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no key is known"),
    });
    expect(await opsc(["audit", "checkpoint"], elsewhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining("keygen"),
    });
    expect(await opsc(["audit", "verify", "-o", "x"], project)).toMatchObject({
      code: 1,
      err: expect.stringContaining("--out does not go with opsc audit verify"),
    });
    expect(await opsc(["audit", "verify", run], project)).toMatchObject({ code: 1 });
  });
});

describe("a proof", () => {
  test("of a run, an entry or the growth of the log is verified with a key alone, elsewhere", async () => {
    const [ofRun, ofEntry, ofGrowth, early] = ["run", "entry", "growth", "early"].map((name) =>
      path.join(away, `${name}.proof`),
    );
    if (ofRun === undefined || ofEntry === undefined || ofGrowth === undefined || early === undefined)
      throw new TypeError();
    await done(["audit", "prove", run, "-o", ofRun]);
    await done(["audit", "prove", "3", "-o", ofEntry]);
    await done(["audit", "prove", "3", "--checkpoint", kept, "-o", early]);
    await done(["audit", "prove", "--checkpoint", kept, "-o", ofGrowth]);
    const told = async (file: string): Promise<string> =>
      done(["audit", "verify", "--proof", file, "--key", vkey], away);
    expect(await told(ofRun)).toMatch(
      new RegExp(`all \\d+ entries given of run ${run} are in the log ${ORIGIN} of \\d+ entries`),
    );
    expect(await told(ofRun)).toMatch(
      /UTC {2}dana@example\.com asked for it \(unverified: the name is taken at its word\)\n(?:.*\n)*.*UTC {2}it ended succeeded$/m,
    );
    expect(await told(ofEntry)).toContain(`is in the log ${ORIGIN}`);
    expect(await told(ofGrowth)).toMatch(/begins with the \d+ entries of the earlier checkpoint/);
    expect(readFileSync(early, "utf8")).toContain(readFileSync(kept, "utf8"));
    expect(await told(early)).toContain("entry 3 of run/");
    writeFileSync(ofRun, readFileSync(ofRun, "utf8").replace("dana@", "eve@"));
    expect(await opsc(["audit", "verify", "--proof", ofRun, "--key", vkey], away)).toMatchObject({
      code: 8,
      out: expect.stringContaining("the proof does not hold"),
    });
  });

  test("of what is not there is refused", async () => {
    for (const args of [["9999"], ["no-such-run"], [run, "--checkpoint", kept]])
      expect(await opsc(["audit", "prove", ...args], project)).toMatchObject({ code: 1, out: "" });
    expect(await opsc(["audit", "prove"], project)).toMatchObject({ code: 1 });
    expect(await opsc(["audit", "verify", "--proof", kept, "--head", "1:a", "--key", vkey], away)).toMatchObject({
      code: 1,
    });
    expect(await opsc(["audit", "verify", "--proof", kept, "--key", vkey], away)).toMatchObject({ code: 8 });
  });
});

describe("a run", () => {
  test("is erased for good, by name or when it is due, and the log stays whole", { timeout: 240_000 }, async () => {
    const folder = makeProject({ "main.ops": SOURCE });
    const told = async (...args: string[]): Promise<Ran> => opsc(args, folder, "", AS);
    const retain = (audit: unknown): void => configure({ audit }, folder);
    for (let round = 0; round < 3; round += 1) expect((await told("apply", "fine", "--yes")).code).toBe(0);
    const names = (JSON.parse((await told("runs", "--json")).out) as { runs: { run: string }[] }).runs.map(
      (each) => each.run,
    );
    const [third = "", second = "", first = ""] = names;
    const head = /head (\S+)/.exec((await told("audit", "verify")).out)?.[1] ?? "";

    expect(await told("audit", "erase", first)).toMatchObject({
      code: 1,
      err: expect.stringContaining("1 run would be erased"),
    });
    expect(await told("audit", "erase", first, "--yes")).toMatchObject({
      code: 1,
      err: expect.stringContaining("--reason"),
    });
    retain({ retention: { atLeast: "1h" } });
    expect(await told("audit", "erase", first, "--yes", "--reason", "x")).toMatchObject({
      code: 3,
      err: expect.stringContaining("has to be kept until"),
    });
    retain({ sinks: [{ file: "log.jsonl" }] });
    expect(await told("audit", "erase", first, "--yes", "--reason", "x")).toMatchObject({
      code: 3,
      err: expect.stringContaining("would never get it"),
    });
    expect((await told("audit", "publish")).code).toBe(0);
    expect(await told("audit", "erase", first, "--yes", "--reason", "asked for")).toMatchObject({ code: 0 });
    expect(await told("audit", "verify", "--head", head)).toMatchObject({
      code: 0,
      out: expect.stringContaining("intact"),
    });
    const gone = await told("show", first);
    expect(gone).toMatchObject({ code: 1, err: expect.stringMatching(/was\s+erased\s+by\s+dana@example\.com/) });
    expect(gone.err.replace(/\s+/g, " ")).toContain("asked for");
    expect(await told("audit", "erase", first, "--yes", "--reason", "x")).toMatchObject({ code: 1 });
    expect(await told("audit", "prove", first)).toMatchObject({ code: 1 });
    expect(await told("audit", "erase", "no-such-run", "--yes", "--reason", "x")).toMatchObject({ code: 1 });
    // What was erased later may stand on what this one did.
    expect((await told("audit", "erase", third, "--yes", "--reason", "x")).code).toBe(0);
    expect(await told("rollback", second)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/was\s+erased\s+since/),
    });

    expect(await told("audit", "erase", "--due")).toMatchObject({ code: 1, err: expect.stringContaining("atMost") });
    retain({ retention: { atMost: "400d" } });
    expect(await told("audit", "erase", "--due", "--yes")).toMatchObject({
      code: 0,
      out: expect.stringContaining("no run is due"),
    });
    retain({ retention: { atMost: "1ms" } });
    expect(await told("audit", "erase", "--due", "--yes", "--json")).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ erased: [second] })}\n`,
    });
    expect(JSON.parse((await told("runs", "--json")).out)).toMatchObject({ runs: [] });
    expect(await told("audit", "export")).toMatchObject({ code: 0, out: expect.stringContaining('"event":null') });
    expect((await told("audit", "verify", "--head", head)).code).toBe(0);
    expect((await told("doctor", "--fast")).out).not.toContain("lost");
  });
});
