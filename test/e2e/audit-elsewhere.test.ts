/** What is kept of the log elsewhere: before a run first writes, at its end, and what is found by it afterwards. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, opsc, type Ran } from "./opsc.ts";

const ORIGIN = "example.com/operations";
const AS = { OPSC_AS: "dana@example.com", LOG_TOKEN: "s3cret-token" };
const SOURCE = `use file
action fine() {
  step w = file.write(path: "x", content: "x") { rollback auto }
}
`;

/** A service that keeps what is PUT, collects what is POSTed, and answers as it is told. */
interface Service {
  readonly url: string;
  held: string | null;
  readonly posted: string[];
  readonly tokens: Set<string | undefined>;
  /** The answers to the next requests that would change something; 200 after them. */
  answers: number[];
}
const service: Service = { url: "", held: null, posted: [], tokens: new Set(), answers: [] };
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      service.tokens.add(request.headers.authorization);
      if (request.method === "GET") {
        response.writeHead(service.held === null ? 404 : 200).end(service.held ?? "");
        return;
      }
      const status = service.answers.shift() ?? 200;
      const body = Buffer.concat(chunks).toString("utf8");
      if (status === 200 && request.method === "PUT") service.held = body;
      if (status === 200 && request.method === "POST") service.posted.push(...body.trimEnd().split("\n"));
      const echo = status === 418 ? request.headers.authorization : "out of order\u001b[2J";
      response.writeHead(status).end(status === 200 ? "" : echo);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Object.assign(service, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/checkpoint` });
});
afterAll(() => {
  server.close();
});

interface World {
  readonly project: string;
  readonly away: string;
  readonly vkey: string;
}
type Audit = (away: string) => Readonly<Record<string, unknown>>;

/** A project whose checkpoints go where `to` says, and its entries to `sinks`. */
async function world(
  to: (away: string) => readonly unknown[],
  sinks: (away: string) => readonly unknown[] = () => [],
): Promise<World> {
  Object.assign(service, { held: null, answers: [] });
  service.posted.splice(0);
  const [project, away] = [makeProject({ "main.ops": SOURCE }), mkdtempSync(path.join(tmpdir(), "opsc-away-"))];
  const key = path.join(away, "log.key");
  const vkey = (await opsc(["audit", "keygen", "--origin", ORIGIN, "-o", key], project)).out.trim();
  const audit: Audit = (folder) => ({ checkpoint: { origin: ORIGIN, key, to: to(folder) }, sinks: sinks(folder) });
  writeFileSync(path.join(project, "opsc.config.json"), JSON.stringify({ audit: audit(away) }));
  return { project, away, vkey };
}
const apply = (project: string, ...args: string[]): Promise<Ran> =>
  opsc(["apply", "fine", "--yes", ...args], project, "", AS);
const runs = async (project: string): Promise<{ run: string; status: string }[]> =>
  (JSON.parse((await opsc(["runs", "--json"], project)).out) as { runs: { run: string; status: string }[] }).runs;
const verify = (project: string, ...args: string[]): Promise<Ran> => opsc(["audit", "verify", ...args], project);

describe("a run", () => {
  test("is known elsewhere before it writes and at its end", { timeout: 240_000 }, async () => {
    const { project, away, vkey } = await world(
      (folder) => {
        execFileSync("git", ["init", "--quiet", "--bare", path.join(folder, "origin.git")]);
        execFileSync("git", ["init", "--quiet", path.join(folder, "kept")]);
        execFileSync("git", ["-C", path.join(folder, "kept"), "remote", "add", "origin", "../origin.git"]);
        return [
          { file: path.join(folder, "newest.checkpoint") },
          { http: service.url, token: "@env:LOG_TOKEN" },
          { git: path.join(folder, "kept"), push: "origin" },
        ];
      },
      (folder) => [
        { file: path.join(folder, "log.jsonl") },
        { http: service.url, token: "@env:LOG_TOKEN", required: true },
      ],
    );
    for (let round = 0; round < 2; round += 1) expect(await apply(project)).toMatchObject({ code: 0 });
    const newest = readFileSync(path.join(away, "newest.checkpoint"), "utf8");
    expect(service.held).toBe(newest);
    expect(service.tokens).toEqual(new Set(["Bearer s3cret-token"]));
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", path.join(away, "origin.git"), ...args], { encoding: "utf8" });
    expect(git("show", "refs/heads/checkpoints:checkpoint")).toBe(newest);
    const kept = git("log", "--format=%s", "refs/heads/checkpoints").trimEnd().split("\n").reverse();
    const sizes = kept.map((line) => Number(/^Checkpoint of example\.com\/operations at (\d+)$/.exec(line)?.[1]));
    // Before the first run there is nothing; then, of each run, its beginning and its end.
    expect(sizes[0]).toBe(0);
    expect(sizes).toEqual([...new Set(sizes)].toSorted((a, b) => a - b));
    expect(sizes).toHaveLength(5);
    const exported = (await opsc(["audit", "export"], project)).out;
    expect(readFileSync(path.join(away, "log.jsonl"), "utf8")).toBe(exported);
    expect(`${service.posted.join("\n")}\n`).toBe(exported);
    const lines = exported
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: { type: string } }).event.type);
    // What was published before the first write holds that the run was created, and by whom.
    expect(lines.slice(0, sizes[1])).toContain("run.created");
    expect(lines.slice(0, sizes[1])).not.toContain("attempt.started");
    for (const at of [path.join(away, "newest.checkpoint"), "-"])
      expect(await opsc(["audit", "verify", "--checkpoint", at, "--key", vkey], project, newest)).toMatchObject({
        code: 0,
      });
    const doctor = await opsc(["doctor", "--json"], project, "", AS);
    const told = (JSON.parse(doctor.out) as { findings: { id: string; level: string }[] }).findings;
    expect(told.filter(({ id }) => id === "elsewhere").map(({ level }) => level)).toEqual(Array(6).fill("ok"));
  });

  test("that cannot be is not begun, and its plan is not used", async () => {
    const { project } = await world(() => [{ http: service.url }]);
    expect((await opsc(["plan", "fine", "-o", "p.opsplan.json"], project, "", AS)).code).toBe(0);
    service.answers = [503];
    const refused = await opsc(["apply", "p.opsplan.json"], project, "", AS);
    expect(refused).toMatchObject({
      code: 9,
      err: expect.stringMatching(/no checkpoint could be published: .*it answered 503: out of order/),
    });
    expect(refused.err).not.toContain("\u001b[2J");
    expect(refused.err).toContain("Nothing was begun");
    expect(await runs(project)).toEqual([]);
    expect(existsSync(path.join(project, "x"))).toBe(false);
    expect(await opsc(["apply", "p.opsplan.json"], project, "", AS)).toMatchObject({ code: 0 });
  });

  test("that cannot be once it has begun writes nothing, and goes on when it can", async () => {
    const { project } = await world(() => [{ http: service.url }]);
    service.answers = [200, 503, 503];
    const broken = await apply(project);
    expect(broken).toMatchObject({ code: 9, err: expect.stringContaining("NOT KEPT ELSEWHERE") });
    expect(broken.out + broken.err).toContain("before the next write: no checkpoint could be published");
    expect(existsSync(path.join(project, "x"))).toBe(false);
    const [{ run } = { run: "" }] = await runs(project);
    expect(await opsc(["resume", run], project, "", AS)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project, "x"))).toBe(true);
  });

  test("that cannot be at its end says so loudly, and is what it is", async () => {
    const { project } = await world(
      () => [{ http: service.url }],
      () => [{ http: service.url }],
    );
    service.answers = [200, 200, 503, 503, 503, 503];
    const ran = await apply(project);
    expect(ran).toMatchObject({
      code: 0,
      err: expect.stringMatching(/NOT KEPT ELSEWHERE: .*has 0 of \d+ entries: it answered 503/),
    });
    expect(ran.err.match(/NOT KEPT ELSEWHERE/g)).toHaveLength(2);
    const doctor = JSON.parse((await opsc(["doctor", "--json"], project, "", AS)).out) as {
      findings: { id: string; level: string }[];
    };
    expect(doctor.findings.filter(({ id }) => id === "elsewhere").map(({ level }) => level)).toEqual([
      "ok",
      "warning",
      "warning",
    ]);
    service.answers = [503, 503, 503];
    expect(await opsc(["audit", "publish"], project)).toMatchObject({ code: 9 });
    expect(await opsc(["audit", "publish", "--json"], project)).toMatchObject({ code: 0 });
    expect(await opsc(["audit", "publish"], project)).toMatchObject({
      code: 0,
      out: expect.stringContaining("is in all its places"),
    });
    expect(service.posted).toHaveLength((await opsc(["audit", "export"], project)).out.trimEnd().split("\n").length);
  });

  test("is not begun where a required sink does not take the log", async () => {
    const { project } = await world(
      () => [],
      () => [{ http: service.url, required: true }],
    );
    expect(await apply(project)).toMatchObject({ code: 0 });
    service.answers = [500, 500, 500];
    // There is nothing new before the run begins; what it begins with is to be there before it writes.
    const behind = await apply(project);
    expect(behind.code).toBe(9);
    expect((behind.out + behind.err).replace(/\s+/g, " ")).toContain(
      "before the next write: the log cannot be copied to",
    );
    const { project: other } = await world(
      () => [],
      () => [{ file: "no-folder/log.jsonl", required: true }],
    );
    expect(await apply(other)).toMatchObject({ code: 9, err: expect.stringContaining("which is required") });
    expect(await runs(other)).toEqual([]);
  });
});

describe("found by what is kept elsewhere:", () => {
  test("a store that an older copy was put over, at once", async () => {
    const { project, away, vkey } = await world(
      (folder) => [{ file: path.join(folder, "newest.checkpoint") }],
      (folder) => [{ file: path.join(folder, "log.jsonl") }],
    );
    expect((await apply(project)).code).toBe(0);
    const older = path.join(away, "older");
    cpSync(path.join(project, ".opsc"), older, { recursive: true });
    expect((await apply(project)).code).toBe(0);
    rmSync(path.join(project, ".opsc"), { recursive: true });
    renameSync(older, path.join(project, ".opsc"));
    // By itself it is an intact log.
    expect(await verify(project)).toMatchObject({ code: 0, err: expect.stringContaining("newest.checkpoint.\n") });
    expect(await verify(project, "--checkpoint", path.join(away, "newest.checkpoint"), "--key", vkey)).toMatchObject({
      code: 8,
      out: expect.stringMatching(/the log ends after \d+ entries, and the checkpoint \S+newest.checkpoint is of \d+/),
    });
    expect(await apply(project)).toMatchObject({ code: 8, err: expect.stringContaining("its end was cut off") });
    expect(await opsc(["audit", "publish"], project)).toMatchObject({
      code: 8,
      err: expect.stringContaining("its end was cut off"),
    });
    const doctor = await opsc(["doctor"], project, "", AS);
    expect(doctor).toMatchObject({ code: 8, out: expect.stringContaining("its end was cut off") });
    // Another clone has no store: its first run would be refused, which is told before.
    rmSync(path.join(project, ".opsc"), { recursive: true });
    const clone = await opsc(["doctor"], project, "", AS);
    expect(clone.out.replace(/\s+/g, " ")).toMatch(
      /warning \S+newest\.checkpoint holds a checkpoint, and nothing has run here yet/,
    );
    expect(await apply(project)).toMatchObject({ code: 8, err: expect.stringContaining("this store is a new one") });
  });

  test("a sink that was cut is filled up again, and one that holds another log is left alone", async () => {
    const { project, away } = await world(
      () => [],
      (folder) => [{ file: path.join(folder, "log.jsonl") }],
    );
    expect((await apply(project)).code).toBe(0);
    const file = path.join(away, "log.jsonl");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.slice(0, whole.length / 2));
    expect((await opsc(["audit", "publish"], project)).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(whole);
    appendFileSync(file, "{}\n");
    expect(await opsc(["audit", "publish"], project)).toMatchObject({
      code: 9,
      err: expect.stringContaining("no entry of a log"),
    });
    rmSync(file);
    mkdirSync(file);
    expect(await opsc(["audit", "publish"], project)).toMatchObject({ code: 9 });
  });
});

test("the key and the tokens are given to no process that a step starts", async () => {
  const { project, away } = await world(() => [{ http: service.url, token: "@env:LOG_TOKEN" }]);
  const secret = readFileSync(path.join(away, "log.key"), "utf8").trim();
  const audit = {
    checkpoint: { origin: ORIGIN, key: "@env:LOG_KEY", to: [{ http: service.url, token: "@env:LOG_TOKEN" }] },
  };
  writeFileSync(path.join(project, "opsc.config.json"), JSON.stringify({ audit }));
  writeFileSync(
    path.join(project, "main.ops"),
    `use exec
action look() {
  step env = exec.run(argv: ["sh", "-c", "env > seen.txt"], public: true) {
    irreversible "it only looks"
  }
}
`,
  );
  const ran = await opsc(["apply", "look", "--yes"], project, "", { ...AS, LOG_KEY: secret, OTHER: "other" });
  expect(ran, ran.err).toMatchObject({ code: 0 });
  const seen = readFileSync(path.join(project, "seen.txt"), "utf8");
  expect(seen).toContain("OTHER=other");
  expect(seen).not.toContain("PRIVATE+KEY");
  expect(seen).not.toContain("s3cret-token");
  // Nor is it told by a service that answers with what it was sent.
  service.held = null;
  service.answers = [418];
  const echoed = await opsc(["audit", "publish"], project, "", { ...AS, LOG_KEY: secret });
  expect(echoed.code).toBe(9);
  expect(echoed.err).toContain("it answered 418");
  expect(echoed.err + echoed.out).not.toContain("s3cret-token");
});

test("what the configuration says of it is checked where it stands", async () => {
  const { project } = await world(() => []);
  const told = async (audit: unknown): Promise<string> => {
    writeFileSync(path.join(project, "opsc.config.json"), JSON.stringify({ audit }));
    const ran = await opsc(["audit", "publish"], project);
    expect(ran.code).toBe(1);
    return ran.err;
  };
  const checkpoint = (to: unknown): unknown => ({ checkpoint: { origin: ORIGIN, key: "k", to } });
  expect(await told(checkpoint([{ mail: "x" }]))).toContain('a place is { "file": … }');
  expect(await told(checkpoint([{ http: "http://example.com/" }]))).toContain("https, or http on this machine");
  expect(await told(checkpoint([{ git: ".", ref: "main" }]))).toContain("a ref such as refs/heads/checkpoints");
  expect(await told({ checkpoint: { origin: "a b", key: "k" } })).toContain("a name without spaces");
  expect(await told({ sinks: [{ mail: "x" }] })).toContain("a sink is");
  expect(await told({})).toContain("nothing to publish");
});
