/** Tokens that say who a job of CI is: a real issuer's is taken, and nobody else's, or one for another, or of another time. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { exportJWK, exportSPKI, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { byToken, ownWords, pastWords } from "../../cli/trust/token.ts";
import { approvalSchema, type Request, requestSchema, VERDICTS } from "../../compiler/plan/statement.schema.ts";
import { asRecorded, judgeOf } from "../../runtime/approvals/judge.ts";
import { judgeToken } from "../../runtime/trust/oidc.ts";
import { issuerSchema, type OidcIssuer } from "../../runtime/trust/trust.schema.ts";
import { NO_TRUST, type Trust } from "../../runtime/trust/trust.ts";
import { type AnyIssuer, AUDIENCE, type RealIssuer, startAnyIssuer, startRealIssuer } from "../trust/issuers.ts";

let real: RealIssuer;
let any: AnyIssuer;
beforeAll(async () => {
  [real, any] = await Promise.all([startRealIssuer(), startAnyIssuer()]);
});
afterAll(async () => {
  await Promise.all([real.stop(), any.stop()]);
});

const named = (issuer: string, more: Partial<OidcIssuer> = {}): OidcIssuer =>
  issuerSchema.parse({ issuer, audience: AUDIENCE, identity: "ci:${repository}", ...more });
const judge = (token: string, issuers: readonly OidcIssuer[] = [named(any.issuer)]) =>
  judgeToken(token, issuers, Date.now());
const refusedFor = (why: string, fault = "token") => ({
  ok: false,
  why: expect.stringContaining(why),
  remedy: expect.stringMatching(/\w/),
  fault,
});

describe("a real issuer's token", () => {
  test("says who the job is", async () => {
    const issuers = [
      named("https://other.example.com"),
      named(real.issuer, { claims: { ref: ["refs/heads/main", "refs/tags/v*"] } }),
    ];
    const token = await real.token();
    expect(await judge(token, issuers)).toEqual({
      ok: true,
      identity: {
        who: "ci:acme/ops",
        issuer: real.issuer,
        audience: AUDIENCE,
        subject: "deploy",
        id: expect.stringMatching(/./),
        expires: expect.any(Number),
        sha256: createHash("sha256").update(token).digest("hex"),
      },
    });
  });

  test("for another audience is refused", async () => {
    expect(await judge(await real.token("https://other.example.com"), [named(real.issuer)])).toEqual(
      refusedFor(`the token is not meant for ${AUDIENCE}`),
    );
  });

  test("changed in any place is refused, whatever the place", async () => {
    const token = await real.token();
    const places = [0, 5, token.indexOf(".") + 3, token.lastIndexOf(".") + 3, token.length - 5];
    for (const at of places) {
      const other = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      expect(await judge(other, [named(real.issuer)])).toMatchObject({ ok: false });
    }
  });
});

describe("an issuer that is named for several kinds of jobs", () => {
  const issuers = () => [
    named(any.issuer, { claims: { ref: "refs/heads/main" }, identity: "deploy:${repository}" }),
    named(any.issuer, { claims: { ref: "refs/pull/*" }, identity: "review:${repository}" }),
  ];
  test("gives each the name it is named for, and others none", async () => {
    for (const [ref, who] of [
      ["refs/heads/main", "deploy:acme/ops"],
      ["refs/pull/7/merge", "review:acme/ops"],
    ])
      expect(await judge(await any.token({ ref }), issuers())).toMatchObject({ ok: true, identity: { who } });
    expect(await judge(await any.token({ ref: "refs/heads/x" }), issuers())).toEqual(refusedFor("the claim ref"));
  });
});

describe("a token is refused", () => {
  test("of an issuer nobody named", async () => {
    expect(await judge(await any.token(), [named(real.issuer)])).toEqual(
      refusedFor("which the trust root does not name as an issuer"),
    );
    expect(await judge(await any.token(), [])).toEqual(refusedFor("which the trust root does not name"));
  });

  test("that names a real issuer and is signed by another", async () => {
    expect(await judge(await any.token({ iss: real.issuer }), [named(real.issuer)])).toMatchObject({
      ok: false,
      fault: "token",
    });
    const { privateKey } = await generateKeyPair("RS256");
    expect(await judge(await any.token({}, { key: privateKey }))).toEqual(
      refusedFor("the signature of the token is not the issuer's"),
    );
    expect(await judge(await any.token({}, { key: privateKey, kid: "unknown" }))).toEqual(
      refusedFor("a key that the issuer does not publish"),
    );
  });

  test("that nothing signs, or that is signed with the public key as a secret", async () => {
    const unsigned = (header: object) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const now = Math.floor(Date.now() / 1000);
      return `${part(header)}.${part({ iss: any.issuer, aud: AUDIENCE, sub: "job", repository: "acme/ops", iat: now, exp: now + 300 })}.`;
    };
    for (const alg of ["none", "None", "NONE", "HS256"])
      expect(await judge(unsigned({ alg }))).toMatchObject({ ok: false, fault: "token" });
    const secret = new TextEncoder().encode(await exportSPKI(any.publicKey));
    expect(await judge(await any.token({}, { alg: "HS256", key: secret }))).toEqual(
      refusedFor("signed in a way that is not allowed"),
    );
    const jwk = new TextEncoder().encode(JSON.stringify(await exportJWK(any.publicKey)));
    expect(await judge(await any.token({}, { alg: "HS512", key: jwk }))).toEqual(
      refusedFor("signed in a way that is not allowed"),
    );
    const pair = await generateKeyPair("ES384", { extractable: true });
    expect(await judge(await any.token({}, { alg: "ES384", key: pair.privateKey }))).toEqual(
      refusedFor("signed in a way that is not allowed"),
    );
  });

  test("that names its own key, or where its key is", async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
    const { SignJWT } = await import("jose");
    const now = Math.floor(Date.now() / 1000);
    for (const header of [
      { jwk: await exportJWK(publicKey) },
      { jku: "http://127.0.0.1:1/evil" },
      { x5u: "http://127.0.0.1:1/evil" },
    ]) {
      const token = await new SignJWT({ iss: any.issuer, aud: AUDIENCE, sub: "job", repository: "acme/ops" })
        .setProtectedHeader({ alg: "RS256", ...header })
        .setIssuedAt(now)
        .setExpirationTime(now + 60)
        .sign(privateKey);
      expect(await judge(token)).toEqual(refusedFor("the signature of the token is not the issuer's"));
    }
  });

  test("of another time", async () => {
    expect(await judge(await any.token({}, { issued: -7200, expires: -3600 }))).toEqual(
      refusedFor("the token has expired"),
    );
    expect(await judge(await any.token({}, { notBefore: 3600, expires: 7200 }))).toMatchObject({
      ok: false,
      fault: "token",
    });
    expect(await judge(await any.token({}, { issued: 3600, expires: 7200 }))).toMatchObject({
      ok: false,
      fault: "token",
    });
    expect(await judge(await any.token({}, { expires: null }))).toMatchObject({ ok: false, fault: "token" });
    expect(
      await judge(await any.token({}, { issued: 30, expires: 300 })),
      "a clock that is half a minute off",
    ).toMatchObject({ ok: true });
  });

  test("with other claims, also where they only look alike", async () => {
    const issuers = [named(any.issuer, { claims: { repository: "acme/*", ref: "refs/heads/main" } })];
    const main = { ref: "refs/heads/main" };
    expect(await judge(await any.token(main), issuers)).toMatchObject({ ok: true });
    for (const claims of [
      {},
      { ref: "refs/heads/main2" },
      { ref: "refs/heads/mai" },
      { ref: ["refs/heads/main"] },
      { ref: { toString: "refs/heads/main" } },
      { ...main, repository: "acme" },
      { ...main, repository: "evil/acme/x" },
      { ...main, repository: 7 },
    ])
      expect(await judge(await any.token(claims), issuers)).toEqual(refusedFor("the claim "));
  });

  test("whose identity would be none, or be more than one line", async () => {
    for (const repository of ["", " ", "a b", "a\nb", "a\u202eb", "x".repeat(300), null, 3, ["a"]])
      expect(await judge(await any.token({ repository }))).toMatchObject({
        ok: false,
        why: expect.stringMatching(/identity/),
      });
    for (const hole of ["__proto__", "constructor", "toString"])
      expect(await judge(await any.token(), [named(any.issuer, { identity: `ci:\${${hole}}` })])).toMatchObject({
        ok: false,
      });
  });

  test("that is none; and what is told of it never holds it", async () => {
    expect(await judge("x".repeat(100_000))).toEqual(refusedFor("more than 65536 characters"));
    const token = await any.token({ aud: "other" });
    expect(JSON.stringify(await judge(token))).not.toContain(token.slice(20, 60));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String(), { minLength: 2, maxLength: 6 }).map((parts) => parts.join(".")),
        ),
        async (text) => {
          expect(await judge(text)).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("what rests on a token", () => {
  const trust = (issuers: readonly OidcIssuer[]): Trust => ({ ...NO_TRUST, identities: "signed", oidc: issuers });
  const said = (more: object = {}): Request =>
    requestSchema.parse({
      approvalVersion: 1,
      plan: `sha256:${"1".repeat(64)}`,
      nonce: "n",
      run: null,
      node: null,
      decision: "apply",
      who: "ci:acme/ops",
      comment: null,
      at: "2026-11-21T09:00:00.000Z",
      identity: "oidc",
      signature: null,
      token: {
        issuer: "https://ci.example.com",
        audience: AUDIENCE,
        subject: "deploy",
        id: "1",
        expires: "2026-11-21T09:05:00.000Z",
        sha256: "2".repeat(64),
      },
      ...more,
    });
  const known = trust([named("https://ci.example.com")]);
  const now = Date.parse("2026-11-21T09:01:00.000Z");

  test("counts in no process that was not shown the token, however it is written", () => {
    expect(judgeOf(known).refuses(said(), now)?.why).toContain("was shown to another process");
    expect(judgeOf(known, "signed", ownWords(known)).refuses(said(), now)?.why).toContain("was shown to another");
    expect(judgeOf(known, "signed", pastWords(known)).refuses(said(), now)?.why).toContain("proves nothing any more");
    const proven = { who: "ci:acme/ops", subject: "deploy", id: null, sha256: "3".repeat(64), from: "OPSC_OIDC_TOKEN" };
    const { identity: _, token: __, ...plain } = said();
    const own = byToken(
      { ...plain, identity: "unverified" },
      { ...proven, issuer: "https://ci.example.com", audience: AUDIENCE, expires: now + 60_000 },
    );
    expect(judgeOf(known, "signed", ownWords(known)).refuses(own, now)).toBeNull();
    for (const other of [{ run: "another" }, { decision: "cancel" as const }, { nonce: "m" }, { comment: "x" }])
      expect(judgeOf(known, "signed", ownWords(known)).refuses({ ...own, ...other }, now)).not.toBeNull();
  });

  test("is in a log what was verified then, by an issuer that is trusted and a token of that time", () => {
    const judge = (it: Trust) => judgeOf(it, "signed", asRecorded(it));
    expect(judge(known).refuses(said(), now)).toBeNull();
    for (const other of [named("https://evil.example.com"), named("https://ci.example.com", { audience: "other" })])
      expect(judge(trust([other])).refuses(said(), now)?.why).toContain("which the trust root does not name");
    expect(judge(known).refuses(said({ at: "2026-11-21T10:00:00.000Z" }), now)?.why).toContain("had expired by then");
  });

  test("is nothing that others are to believe", () => {
    expect(() => said({ decision: "request" })).toThrow("with nothing that is asked for later");
    expect(() => said({ token: undefined })).toThrow("identity oidc goes with what the token said");
    expect(() => said({ identity: "unverified" })).toThrow("identity oidc goes with what the token said");
    const { decision: _, ...approval } = said();
    for (const decision of VERDICTS) expect(approvalSchema.safeParse({ ...approval, decision }).success).toBe(false);
  });
});

describe("an issuer that cannot be asked", () => {
  const about = "/.well-known/openid-configuration";
  const with_ = async (path: string, answer: string | number, issuers?: readonly OidcIssuer[]) => {
    const before = any.answers.get(path);
    any.answers.set(path, answer);
    try {
      return await judge(await any.token(), issuers);
    } finally {
      any.answers.set(path, before ?? 404);
    }
  };

  test.each([
    [about, 500, "answered 500"],
    [about, 302, "could not be asked"],
    [about, "<html>", "its answer is no JSON"],
    [about, "[]", "something else than an object"],
    [about, '{"issuer":"https://evil.example.com"}', "is about https://evil.example.com, not about the issuer"],
    [about, "x".repeat(1024 * 1024 + 1), "more than 1 MiB"],
    ["/jwks", "{}", "holds no keys"],
    ["/jwks", '{"keys":[1]}', "holds no keys"],
    ["/jwks", 404, "answered 404"],
  ])("%s → %s is told as that, and nobody is taken at their word", async (path, answer, why) => {
    expect(await with_(path, answer)).toEqual(refusedFor(why, "environment"));
  });

  test("is not asked without TLS, nor anywhere its configuration leads", async () => {
    const leads = (uri: string) => JSON.stringify({ issuer: any.issuer, jwks_uri: uri });
    for (const uri of ["http://example.com/jwks", "file:///etc/passwd", "ftp://example.com/", "no address"])
      expect(await with_(about, leads(uri))).toMatchObject({ ok: false, fault: "environment" });
    expect(await with_("/jwks", '{"keys":[]}')).toEqual(refusedFor("a key that the issuer does not publish"));
    const token = await any.token({ iss: "http://issuer.example.com" });
    expect(await judge(token, [named("http://issuer.example.com")])).toEqual(
      refusedFor("only https is", "environment"),
    );
  });
});
