/** Jobs of CI that say who they are by a token: through the real command, against a real issuer, and those who try it without one. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SignedProject, signedProject } from "../tools/signed-project.ts";
import { type AnyIssuer, AUDIENCE, type RealIssuer, startAnyIssuer, startRealIssuer } from "../trust/issuers.ts";
import { ended, opsc, type Ran, start, until } from "./opsc.ts";

let real: RealIssuer;
let any: AnyIssuer;
const made: string[] = [];
beforeAll(async () => {
  [real, any] = await Promise.all([startRealIssuer(), startAnyIssuer()]);
});
afterAll(async () => {
  await Promise.all([real.stop(), any.stop()]);
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const JOB = "ci:acme/ops";
interface Named {
  readonly issuer: string;
  readonly claims?: Readonly<Record<string, string>>;
  readonly identity?: string;
}
const trusting = (oidc: readonly Named[], identities = "signed"): string =>
  JSON.stringify({
    identities,
    allowedSigners: "allowed_signers",
    oidc: oidc.map((each) => ({ audience: AUDIENCE, identity: "ci:${repository}", ...each })),
  });

interface JobProject extends SignedProject {
  /** As a job: with this token, and no key. */
  job(args: readonly string[], token?: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  has(name: string): boolean;
  /** All that is kept in the store, as text. */
  kept(): string;
}

const NO_KEYS = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", OPSC_KEY: "" };

function project(
  trust = trusting([{ issuer: real.issuer }]),
  files: Readonly<Record<string, string>> = {},
): JobProject {
  const it = signedProject({ "opsc.trust.json": trust, ...files });
  made.push(it.folder);
  const store = path.join(it.folder, ".opsc");
  return {
    ...it,
    job: (args, token = "", env = {}) => opsc(args, it.folder, "", { ...NO_KEYS, OPSC_OIDC_TOKEN: token, ...env }),
    has: (name) => existsSync(path.join(it.folder, name)),
    kept: () =>
      readdirSync(store, { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map((each) => readFileSync(path.join(each.parentPath, each.name), "latin1"))
        .join("\n"),
  };
}

const runsOf = async (it: JobProject): Promise<string> => {
  const { runs } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { runs: { run: string }[] };
  return runs[0]?.run ?? "";
};

/** What `opsc work` says of what it finds. */
async function watched(it: JobProject, says: RegExp): Promise<void> {
  const child = start(["work"], it.folder, NO_KEYS);
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  try {
    await until(() => says.test(said), `opsc work says ${says}: ${said}`, 60_000);
  } finally {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
}

describe("a job that shows its token", { timeout: 120_000 }, () => {
  test("applies what people asked for and approved, and the token is kept nowhere", async () => {
    const it = project();
    const token = await real.token();
    expect((await it.run("dana", ["plan", "stamp", "-o", "p.opsplan.json"])).code).toBe(0);
    expect((await it.run("ana", ["approve", "p.opsplan.json"])).code).toBe(0);
    expect((await it.run("ben", ["approve", "p.opsplan.json"])).code).toBe(0);
    const ran = await it.job(["apply", "p.opsplan.json"], token);
    expect(ran).toMatchObject({ code: 0 });
    expect(`${ran.out}${ran.err}`).toContain(
      `applied by ${JOB} (by a token of ${real.issuer}, verified when it was recorded), approved by ana@example.com, ben@example.com (signed)`,
    );
    const log = (await opsc(["audit", "export"], it.folder)).out;
    const recorded = /"identity":"oidc".*?"token":(\{.*?\})/.exec(log)?.[1] ?? "";
    expect(JSON.parse(recorded)).toEqual({
      issuer: real.issuer,
      audience: AUDIENCE,
      subject: "deploy",
      id: expect.stringMatching(/./),
      expires: expect.stringMatching(/^\d{4}-/),
      sha256: createHash("sha256").update(token).digest("hex"),
    });
    const signature = token.slice(token.lastIndexOf(".") + 1);
    for (const text of [it.kept(), log, ran.out, ran.err]) expect(text).not.toContain(signature);
    const audit = await opsc(["audit", "verify"], it.folder);
    expect(audit).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        `1 entry rests on a token of ${real.issuer}: verified when it was recorded, and not to be verified again`,
      ),
    });
    const { byToken } = JSON.parse((await opsc(["audit", "verify", "--json"], it.folder)).out);
    expect(byToken).toEqual({ entries: 1, issuers: [real.issuer] });
  });

  test("plans and applies in one, or lets a later job with a token of its own apply it", async () => {
    const it = project();
    expect((await it.job(["apply", "free", "--yes"], await real.token())).code).toBe(0);
    expect(it.has("free.txt")).toBe(true);
    rmSync(path.join(it.folder, "free.txt"));
    const planned = await it.job(["plan", "free", "-o", "f.opsplan.json"], await real.token());
    expect(planned).toMatchObject({ code: 0, err: expect.stringContaining(`only ${JOB} can apply it`) });
    expect(readFileSync(path.join(it.folder, "f.opsplan.json"), "utf8")).not.toContain('"request"');
    expect(await it.run("eve", ["apply", "f.opsplan.json"])).toMatchObject({
      code: 3,
      err: expect.stringContaining(`that ${JOB} asked for the plan does not count`),
    });
    expect((await it.job(["apply", "f.opsplan.json"], await real.token())).code).toBe(0);
  });

  test("hands it over in a file that is its own, and in no other", async () => {
    const it = project();
    const file = path.join(it.folder, "token");
    writeFileSync(file, `${await real.token()}\n`, { mode: 0o644 });
    chmodSync(file, 0o644);
    const apply = () => it.job(["apply", "free", "--yes"], "", { OPSC_OIDC_TOKEN_FILE: file });
    expect(await apply()).toMatchObject({ code: 9, err: expect.stringContaining("may be read by every user") });
    chmodSync(file, 0o600);
    expect(await it.job(["apply", "free", "--yes"], "x.y.z", { OPSC_OIDC_TOKEN_FILE: file })).toMatchObject({
      code: 1,
      err: expect.stringContaining("both OPSC_OIDC_TOKEN and OPSC_OIDC_TOKEN_FILE are set"),
    });
    expect((await apply()).code).toBe(0);
  });

  test("gives it to no process that it starts", async () => {
    const it = project(undefined, {
      "main.ops": `use exec
action show() {
  step all = exec.run(argv: ["sh", "-c", "env > env.txt; env"]) { rollback nothing "it only looks" }
}
`,
    });
    const token = await real.token();
    const asking = {
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-runner-lets-me-ask",
      ACTIONS_ID_TOKEN_REQUEST_URL: any.issuer,
    };
    expect((await it.job(["apply", "show", "--yes"], token, { ...asking, KNOWN: "yes" })).code).toBe(0);
    const seen = readFileSync(path.join(it.folder, "env.txt"), "utf8");
    expect(seen).toContain("KNOWN=yes");
    expect(seen).not.toMatch(/OPSC_OIDC_TOKEN=|the-runner-lets-me-ask/);
    expect(seen).not.toContain(token);
  });

  test("goes on with what it began, and nobody else does; anybody who signs may end it", async () => {
    for (const [end, code] of [
      ["resume", 0],
      ["cancel", 0],
    ] as const) {
      const it = project();
      expect((await it.job(["apply", "stop", "--yes"], await real.token())).code).toBe(4);
      const run = await runsOf(it);
      expect((await it.run("ana", ["approve", run])).code).toBe(0);
      expect(await it.run("eve", ["resume", run])).toMatchObject({
        code: 3,
        err: expect.stringMatching(/that ci:acme\/ops began this run does not count here: it rests on a token of/),
      });
      if (end === "resume") await watched(it, /that ci:acme\/ops began this run does not count here/);
      const ran = end === "resume" ? await it.job([end, run], await real.token()) : await it.run("eve", [end, run]);
      expect([end, ran.code]).toEqual([end, code]);
      expect(it.has("last.txt")).toBe(end === "resume");
      expect(it.has("first.txt")).toBe(end === "resume");
      if (end === "resume") expect((await it.job(["rollback", run], await real.token())).code).toBe(0);
      expect((await opsc(["audit", "verify"], it.folder)).out).toMatch(/^the log is intact/);
    }
  });

  test("is not believed by a process that has not seen it", async () => {
    const it = project();
    const child = start(["apply", "stop", "--yes", "--wait"], it.folder, {
      ...NO_KEYS,
      OPSC_OIDC_TOKEN: await real.token(),
    });
    const over = ended(child);
    await until(() => it.has("first.txt"), "the run has begun", 60_000);
    const run = await runsOf(it);
    for (const what of ["pause", "cancel"])
      expect(await it.job([what, run], await real.token())).toMatchObject({
        code: 3,
        err: expect.stringContaining("has not seen the token of OPSC_OIDC_TOKEN"),
      });
    child.kill("SIGKILL");
    await over;
    // Now it is in nobody's hands but those of the process that was shown the token.
    expect((await it.job(["cancel", run], await real.token())).code).toBe(0);
    expect(it.has("first.txt")).toBe(false);
  });

  test("is who it is also where names are taken at their word, and the doctor says so", async () => {
    const it = project(trusting([{ issuer: real.issuer }], "unverified"));
    const told = await it.job(["doctor"], await real.token());
    expect(told.out).toContain(`you are ${JOB}, by a token of ${real.issuer} (OPSC_OIDC_TOKEN)`);
    expect((await it.job(["apply", "free", "--yes"], await real.token())).code).toBe(0);
    const { out } = await it.job(["runs", "--mine", "--json"], await real.token());
    expect(JSON.parse(out)).toMatchObject({ runs: [{ requester: JOB }] });
    expect(await it.job(["doctor"], "x.y.z")).toMatchObject({ code: 3, out: expect.stringContaining("is no token") });
  });
});

describe("GitHub Actions", { timeout: 120_000 }, () => {
  /** As its documentation says of ACTIONS_ID_TOKEN_REQUEST_URL: GET with the audience and a bearer, and an answer with `value`. */
  async function runner(token: (audience: string) => Promise<string>) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://127.0.0.1");
      const audience = url.searchParams.get("audience") ?? "";
      asked.push(audience);
      if (
        request.headers.authorization !== "Bearer the-runner-lets-me-ask" ||
        url.searchParams.get("api-version") !== "2.0"
      )
        return void response.writeHead(401).end();
      void token(audience).then((value) => response.end(JSON.stringify({ count: value.length, value })));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const env = {
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-runner-lets-me-ask",
    };
    return { asked, env, stop: () => server.close() };
  }

  test("is asked for a token with the audience that the trust root names", async () => {
    const it = project(
      JSON.stringify({
        identities: "signed",
        oidc: [
          { issuer: "https://gitlab.example.com", audience: "https://other.example.com", identity: "lab:${sub}" },
          { issuer: any.issuer, audience: AUDIENCE, identity: "ci:${repository}" },
        ],
      }),
    );
    const { asked, env, stop } = await runner((aud) => any.token({ aud }));
    try {
      const ran = await it.job(["apply", "free", "--yes"], "", env);
      expect(ran).toMatchObject({ code: 0 });
      expect(asked).toEqual(["https://other.example.com", AUDIENCE]);
      expect(`${ran.out}${ran.err}${it.kept()}`).not.toContain("the-runner-lets-me-ask");
      expect(await it.job(["approve", "p.opsplan.json"], "", env)).toMatchObject({
        code: 3,
        err: expect.stringContaining("would prove nothing to whoever looks later"),
      });
      const without = await it.job(["plan", "free"], "", { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" });
      expect(without).toMatchObject({ code: 9, err: expect.stringContaining("id-token: write") });
    } finally {
      stop();
    }
  });

  test("may have tokens for something else: then the job acts by name", async () => {
    const it = project(trusting([{ issuer: real.issuer }], "unverified"));
    const { env, stop } = await runner((aud) => any.token({ aud }));
    try {
      const ran = await it.job(["apply", "free", "--yes", "--as", "dana@example.com"], "", env);
      expect(ran).toMatchObject({ code: 0 });
      expect(`${ran.out}${ran.err}`).toContain("applied by dana@example.com (identities are unverified)");
    } finally {
      stop();
    }
  });
});

describe("a token that proves nothing", { timeout: 120_000 }, () => {
  const refused = async (it: JobProject, token: string, why: RegExp | string, code = 3): Promise<void> => {
    const ran = await it.job(["apply", "free", "--yes"], token);
    expect({ code: ran.code, err: ran.err.replace(/\s+/g, " ") }).toEqual({
      code,
      err: expect[typeof why === "string" ? "stringContaining" : "stringMatching"](why as never),
    });
    if (token !== "") expect(`${ran.out}${ran.err}`).not.toContain(token.slice(-40));
    expect(it.has("free.txt")).toBe(false);
  };

  test("of another issuer, audience, algorithm, time, or with other claims", async () => {
    const it = project(trusting([{ issuer: any.issuer, claims: { ref: "refs/heads/main" } }]));
    const main = { ref: "refs/heads/main" };
    await refused(it, await real.token(), `is of ${real.issuer}, which the trust root does not name`);
    await refused(it, await any.token({ ...main, aud: "https://other.example.com" }), `is not meant for ${AUDIENCE}`);
    const secret = new TextEncoder().encode("a secret of thirty-two characters");
    await refused(it, await any.token(main, { alg: "HS256", key: secret }), "signed in a way that is not allowed");
    await refused(it, await any.token(main, { issued: -900, expires: -600 }), "the token has expired");
    await refused(it, await any.token({ ref: "refs/heads/evil" }), "the claim ref of the token is refs/heads/evil");
    await refused(it, "no token at all", "is no token (JWT)");
    await refused(project(trusting([])), await any.token(main), "opsc.trust.json names no issuer");
    expect((await it.job(["apply", "free", "--yes"], await any.token(main))).code).toBe(0);
  });

  test("is not there: then there must be a key", async () => {
    await refused(project(), "", "there is no key to sign with", 1);
  });

  test("cannot be judged while its issuer is down", async () => {
    const down = await startAnyIssuer();
    const it = project(trusting([{ issuer: down.issuer }]));
    const token = await down.token();
    await down.stop();
    await refused(it, token, "could not be asked", 9);
  });

  test("is of somebody else than is named", async () => {
    const it = project();
    const token = await real.token();
    expect(await it.job(["apply", "free", "--yes", "--as", "dana@example.com"], token)).toMatchObject({
      code: 3,
      err: expect.stringContaining(`--as says dana@example.com, and the token of OPSC_OIDC_TOKEN is of ${JOB}`),
    });
    expect(await it.job(["plan", "free"], token, { OPSC_AS: "dana@example.com" })).toMatchObject({ code: 3 });
    expect(await it.job(["plan", "free", "--as", "CI:acme/ops"], token)).toMatchObject({ code: 0 });
  });

  test("of another job applies no plan that this one made", async () => {
    const it = project(trusting([{ issuer: any.issuer }]));
    await it.job(["plan", "free", "-o", "f.opsplan.json"], await any.token());
    expect(await it.job(["apply", "f.opsplan.json"], await any.token({ repository: "evil/fork" }))).toMatchObject({
      code: 3,
      err: expect.stringContaining(`that ${JOB} asked for the plan does not count`),
    });
    expect(it.has("free.txt")).toBe(false);
  });

  test("approves, denies and withdraws nothing", async () => {
    const it = project();
    await it.run("dana", ["plan", "stamp", "-o", "p.opsplan.json"]);
    for (const what of ["approve", "deny", "withdraw"])
      expect(await it.job([what, "p.opsplan.json", "--as", "ana@example.com"], await real.token())).toMatchObject({
        code: 3,
        err: expect.stringContaining(`${what} is not said by a token (OPSC_OIDC_TOKEN): it would prove nothing`),
      });
  });

  test("breaks no glass", async () => {
    const ran = await project().job(
      ["apply", "free", "--yes", "--break-glass", "the site is down"],
      await real.token(),
    );
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining("override is not said by a token") });
  });

  test("does not come with a plan", async () => {
    const it = project();
    await it.run("dana", ["plan", "free", "-o", "f.opsplan.json"]);
    const file = path.join(it.folder, "f.opsplan.json");
    const plan = JSON.parse(readFileSync(file, "utf8"));
    const token = {
      issuer: real.issuer,
      audience: AUDIENCE,
      subject: "deploy",
      id: null,
      expires: "2099-01-01T00:00:00.000Z",
      sha256: "0".repeat(64),
    };
    plan.request = { ...plan.request, identity: "oidc", signature: null, token };
    writeFileSync(file, JSON.stringify(plan));
    const ran = await it.run("eve", ["apply", "f.opsplan.json"]);
    expect([1, 8]).toContain(ran.code);
    expect(it.has("free.txt")).toBe(false);
  });
});
