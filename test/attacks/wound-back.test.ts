/** A run that is wound back, by whoever puts an older copy of the store in its place, so that it does again what it has done. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { opsc } from "../e2e/opsc.ts";
import { SIGNED, signedProject } from "../tools/signed-project.ts";

test("is not taken up where a checkpoint kept elsewhere knows of more, and can be undone", {
  timeout: 120_000,
}, async () => {
  const it = signedProject();
  const away = mkdtempSync(path.join(tmpdir(), "opsc-away-"));
  const [key, kept] = [path.join(away, "log.key"), path.join(away, "checkpoint")];
  const origin = "example.com/operations";
  const vkey = (await opsc(["audit", "keygen", "--origin", origin, "-o", key], it.folder)).out.trim();
  it.write("opsc.config.json", JSON.stringify({ audit: { checkpoint: { key, origin, to: [{ file: kept }] } } }));
  it.write("opsc.trust.json", JSON.stringify({ ...JSON.parse(SIGNED), logKeys: [vkey] }));
  await it.run("dana", ["plan", "stop", "-o", "s.opsplan.json"]);
  const waits = await it.run("dana", ["apply", "s.opsplan.json"]);
  expect(waits).toMatchObject({ code: 4 });
  const run = /run (\S+) waits/.exec(waits.out)?.[1] ?? "";
  const [store, older] = [path.join(it.folder, ".opsc"), path.join(away, "older")];
  cpSync(store, older, { recursive: true });
  expect(await it.run("ana", ["approve", run])).toMatchObject({ code: 0 });
  expect(await it.run("dana", ["resume", run])).toMatchObject({ code: 0 });

  rmSync(store, { recursive: true });
  cpSync(older, store, { recursive: true });
  const last = path.join(it.folder, "last.txt");
  rmSync(last);
  expect(await it.run("ana", ["approve", run])).toMatchObject({ code: 0 });
  expect(await it.run("dana", ["resume", run])).toMatchObject({
    code: 8,
    err: expect.stringMatching(
      /error: the log holds \d+ entries, and the checkpoint in \S+ is of \d+: its end was cut off/,
    ),
  });
  expect(existsSync(last)).toBe(false);
  expect(await opsc(["audit", "publish"], it.folder)).toMatchObject({ code: 8 });
  expect(await it.run("dana", ["cancel", run])).toMatchObject({ code: 0 });
  expect(existsSync(path.join(it.folder, "first.txt"))).toBe(false);
});
