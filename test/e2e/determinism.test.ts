/**
 * A plan is a function of sources, inputs, what was read and time, and of the key of fingerprints: of nothing else that differs from
 * one machine to the next.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { makeProject, opsc } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const files = {
  "main.ops": `import { hosts, night, sre } from "./lib/fleet.ops"
use file
use exec

/// Says hello to \${"everybody"}: Ärger, İstanbul, ñandú.
action greet(until: time = 2026-11-21T09:00:00Z, share: percent = 12.5%, size: size = 512MiB) {
  title  = "Greet \${hosts.length} until \${until}, \${share} of \${size}"
  window = night
  lock   = hosts.keys.map(h => "host/\${h.lower()}")
  fact there = file.read(path: "data/seen.txt")
  approve by sre
  for host in hosts batch 2 tolerate 1 {
    step note = file.write(path: "notes/\${host.key}", content: "\${host.name.upper()} \${there.content ?? ""}") { rollback auto }
  }
  step list = exec.run(argv: ["ls", "notes"], public: true) { rollback nothing "it only looks" }
  for line in list.stdout.lines() at most 4 { step seen = file.read(path: line) }
  on end { step tell = file.write(path: "told", content: "\${run.outcome}") }
}
`,
  "lib/fleet.ops": `approver sre { members = ["ana@example.com", "zoë@example.com", "Ümit@example.com"] }
type Host = { name: string }
let hosts = yaml("./hosts.yaml") as map<Host>
window night { timezone = "Europe/Berlin"  allow 22:00..06:00  calendar = "./freeze.ics" }
`,
  "lib/hosts.yaml":
    'web-i: { name: istanbul }\nWEB-a: { name: ärger }\nöst: { name: ost }\n"10": { name: ten }\n"9": { name: nine }\n',
  "lib/freeze.ics":
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261220T000000Z\r\nDTEND:20270103T000000Z\r\nSUMMARY:Freeze\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
  "data/seen.txt": "seen\n",
  "teams/rule.ops": `guardrail calm { applies to action  enforcement = soft  require plan.writes.count <= 30 else "many: \${plan.writes.count}" }\n`,
};

const KEY = Buffer.alloc(32, 7);

/** The plan made in a project whose files were written in this order, without what the time decides. */
async function planned(names: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const folder = makeProject(Object.fromEntries(names.map((name) => [name, files[name as keyof typeof files]])));
  made.push(folder);
  mkdirSync(path.join(folder, ".opsc"), { mode: 0o700 });
  writeFileSync(path.join(folder, ".opsc/fingerprint.key"), KEY, { mode: 0o600 });
  const args = ["plan", "greet", "-o", "greet.opsplan.json", "--as", "dana@example.com", "--reason", "a test"];
  const ran = await opsc(args, folder, "", env);
  expect(ran.code, ran.err).toBe(0);
  const { plan } = planFileSchema.parse(JSON.parse(readFileSync(path.join(folder, "greet.opsplan.json"), "utf8")));
  const lives = Date.parse(plan.expiresAt) - Date.parse(plan.createdAt);
  return canonicalJson({ ...plan, createdAt: "", expiresAt: lives, nonce: "" });
}

test("other time zones, locales, folders and orders of files on disk give the same plan", async () => {
  const names = Object.keys(files);
  const first = await planned(names, { TZ: "UTC", LC_ALL: "C.UTF-8", LANG: "C.UTF-8" });
  expect(first).toContain("WEB-a");
  expect(first).toContain('"fingerprint":{');
  expect(await planned(names.toReversed(), { TZ: "Asia/Kolkata", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" })).toBe(
    first,
  );
  expect(
    await planned(names.toSorted(), { TZ: "America/St_Johns", LC_ALL: "sv_SE", LANG: "de_DE", LANGUAGE: "de" }),
  ).toBe(first);
});
