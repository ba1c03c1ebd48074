/** What a plan shows to be changed is what its run changes: if that is another by then, the run is refused before any write. */
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { ended, makeProject, opsc, type Ran, start, until } from "./opsc.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const V41 = '{"replicas": 6, "region": "eu", "image": "v41"}\n';
const V42 = V41.replace("v41", "v42");
const WANTED = V41.replace("6", "8");

const scale = (more: string): string => `use file
approver on_call { members = ["ana@example.com", "ben@example.com"] }
action scale(service: string, replicas: int) {
  approve by on_call
  fact now = file.read(path: "\${service}.json")
  require now.exists else "there is no service \${service}"
  step resize = file.write(
    path: "\${service}.json",
    content: "{\\"replicas\\": \${replicas}, \\"region\\": \\"eu\\", \\"image\\": \\"v41\\"}\\n"${more},
  ) { rollback auto }
}
`;

const DANA = ["--as", "dana@example.com"];
const ok = (ran: Ran): Ran => {
  expect(ran, ran.err + ran.out).toMatchObject({ code: 0 });
  return ran;
};

/** Planned and approved: a service goes from 6 to 8. */
async function approved(more: string): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = makeProject({ "main.ops": scale(more), "api.json": V41 });
  made.push(folder);
  const inputs = ["-i", "service=api", "-i", "replicas=8"];
  ok(await opsc(["plan", "scale", ...inputs, "-o", "x.opsplan.json", ...DANA], folder));
  ok(await opsc(["approve", "x.opsplan.json", "--as", "ana@example.com"], folder));
  return { folder, file: path.join(folder, "api.json") };
}

const apply = (folder: string): Promise<Ran> => opsc(["apply", "x.opsplan.json", ...DANA], folder);
const read = (file: string): string => readFileSync(file, "utf8");

/** What the log says of the previews of each gate. */
async function judged(folder: string): Promise<unknown[]> {
  ok(await opsc(["audit", "verify"], folder));
  const { out } = ok(await opsc(["audit", "export"], folder));
  const entries = out.trimEnd().split("\n");
  return entries.flatMap((line) => {
    const { event } = JSON.parse(line) as { event: { type: string; previews?: unknown } };
    return event.type === "gate.judged" ? [event.previews ?? null] : [];
  });
}

describe("a plan that shows what changes", () => {
  test("is applied while that is what would change", async () => {
    const { folder, file } = await approved(", public: true");
    ok(await apply(folder));
    expect(read(file)).toBe(WANTED);
    expect(await judged(folder)).toEqual([{ compared: 1, changed: [], more: 0 }]);
  });

  test("is refused once somebody has changed what it would replace, and says what was and is", async () => {
    const { folder, file } = await approved(", public: true");
    writeFileSync(file, V42);
    const ran = await apply(folder);
    expect(ran).toMatchObject({ code: 3 });
    expect(ran.out).toContain(
      `resize would change something else than the plan shows: \`-${V41.trim()}\` when it was made, and now \`-${V42.trim()}\`; make a new plan`,
    );
    expect(ran.out).toContain("opsc plan scale -i service=api -i replicas=8");
    expect(read(file)).toBe(V42);
    expect(await judged(folder)).toMatchObject([{ compared: 1, changed: [{ node: "resize" }], more: 0 }]);
  });

  test("is refused once it was done by hand", async () => {
    const { folder, file } = await approved(", public: true");
    writeFileSync(file, WANTED);
    expect(await apply(folder)).toMatchObject({ code: 3, out: expect.stringContaining("and now `no change`") });
  });

  test("is refused where it cannot be asked again", async () => {
    const { folder, file } = await approved(", public: true");
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x00]));
    const ran = await apply(folder);
    expect(ran.code).toBe(3);
    expect(ran.out).toMatch(/what resize would change could not be asked again: .*api\.json/);
  });
});

test("what somebody has changed since a run is not overwritten by its rollback", async () => {
  const { folder, file } = await approved("");
  ok(await apply(folder));
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  const rollback = () => opsc(["rollback", runs[0]?.run ?? "", ...DANA], folder);
  writeFileSync(file, V42);
  const ran = await rollback();
  expect(ran).toMatchObject({ code: 3, out: expect.stringContaining("what resize left has been changed since") });
  expect(ran.out).not.toContain("v42");
  expect(read(file)).toBe(V42);
  writeFileSync(file, WANTED);
  ok(await rollback());
  expect(read(file)).toBe(V41);
});

describe("a difference that may be sensitive", () => {
  const key = (folder: string): string => path.join(folder, ".opsc/fingerprint.key");
  const previewOf = (folder: string) => {
    const { plan } = planFileSchema.parse(JSON.parse(read(path.join(folder, "x.opsplan.json"))));
    return plan.nodes.flatMap((node) => (node.kind === "step" ? [node.preview] : []))[0];
  };

  test("is compared all the same, and shown by nothing", async () => {
    const { folder, file } = await approved("");
    expect(statSync(key(folder)).mode & 0o777).toBe(0o600);
    expect(previewOf(folder)).toMatchObject({ sensitive: true, diff: null, fingerprint: { mac: expect.any(String) } });
    writeFileSync(file, V42);
    const ran = await apply(folder);
    expect(ran).toMatchObject({ code: 3 });
    expect(ran.out).toContain("the difference is another, and is not shown since it may be sensitive; make a new plan");
    expect(read(file)).toBe(V42);
    const told = JSON.stringify([ran, await judged(folder)]);
    expect(told).not.toContain("v42");
  });

  test("lets the run begin while it is the same; two plans of one machine are the same too", async () => {
    const { folder, file } = await approved("");
    const first = previewOf(folder);
    ok(await opsc(["plan", "scale", "-i", "service=api", "-i", "replicas=8", "-o", "y.opsplan.json", ...DANA], folder));
    expect(await opsc(["diff", "x.opsplan.json", "y.opsplan.json"], folder)).toMatchObject({ code: 0 });
    rmSync(key(folder));
    ok(await opsc(["plan", "scale", "-i", "service=api", "-i", "replicas=8", "-o", "y.opsplan.json", ...DANA], folder));
    expect(await opsc(["diff", "x.opsplan.json", "y.opsplan.json"], folder)).toMatchObject({ code: 0 });
    // By another key than that of the plan only summaries can be compared.
    expect(previewOf(folder)).toEqual(first);
    ok(await apply(folder));
    expect(read(file)).toBe(WANTED);
  });

  test("is compared by its summary where no key can be kept", async () => {
    const folder = makeProject({ "main.ops": scale(""), "api.json": V41, ".opsc": "in the way" });
    made.push(folder);
    ok(await opsc(["plan", "scale", "-i", "service=api", "-i", "replicas=8", "-o", "x.opsplan.json", ...DANA], folder));
    expect(previewOf(folder)).toEqual({
      sensitive: true,
      summary: "change api.json: 1 line added, 1 removed",
      diff: null,
    });
    // Nor is a key taken that others may have written.
    rmSync(path.join(folder, ".opsc"));
    ok(await opsc(["plan", "scale", "-i", "service=api", "-i", "replicas=8", "-o", "x.opsplan.json", ...DANA], folder));
    chmodSync(key(folder), 0o622);
    ok(await opsc(["plan", "scale", "-i", "service=api", "-i", "replicas=8", "-o", "x.opsplan.json", ...DANA], folder));
    expect(previewOf(folder)?.fingerprint).toBeUndefined();
  });
});

test("a run that was killed after it wrote goes on, though its own writes make its previews others", async () => {
  const folder = makeProject({
    "main.ops": `use file
use exec
operation hold() { effect = write resource = "hold" repeat = idempotent call = exec.run(argv: ["sh", "-c", "touch holding; while [ ! -e go ]; do sleep 0.05; done"]) }
action write_two() {
  step one = file.write(path: "one.txt", content: "1", public: true) { rollback auto }
  step holding = hold() { rollback nothing "it only waits" }
  step again = file.write(path: "one.txt", content: "2", public: true) { rollback auto }
}
`,
  });
  made.push(folder);
  const child = start(["apply", "write_two", "--yes", ...DANA], folder);
  const death = ended(child);
  await until(() => existsSync(path.join(folder, "holding")), "the run to hold");
  child.kill("SIGKILL");
  await death;
  writeFileSync(path.join(folder, "go"), "");
  const { runs } = JSON.parse((await opsc(["runs", "--json"], folder)).out) as { runs: { run: string }[] };
  ok(await opsc(["resume", runs[0]?.run ?? ""], folder));
  expect(read(path.join(folder, "one.txt"))).toBe("2");
  expect(await judged(folder)).toEqual([{ compared: 2, changed: [], more: 0 }, null]);
}, 60_000);
