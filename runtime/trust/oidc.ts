/**
 * Who a job of CI is, by a token of OpenID Connect (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725). A token proves who acts now; it
 * proves nothing to whoever looks later, so approvals are never given with one.
 */
import { createHash } from "node:crypto";
import { printable } from "../audit/printable.ts";
import { type Claims, getJson, isRecord, type Problem } from "./get-json.ts";
import type { OidcIssuer } from "./trust.schema.ts";

export interface TokenIdentity {
  /** As the trust root makes it of the claims: `ci:acme/ops`. */
  readonly who: string;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  /** Of the token (`jti`); null where it has none. */
  readonly id: string | null;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Hex, of the token: which one it was, and no way back to it. */
  readonly sha256: string;
}

export type JudgedToken =
  | { readonly ok: true; readonly identity: TokenIdentity }
  /** `why` is a sentence without an end; `environment` where the issuer could not be asked. The token is in neither. */
  | { readonly ok: false; readonly why: string; readonly remedy: string; readonly fault: "token" | "environment" };

/** Far larger than any token. */
const LONGEST = 64 * 1024;
/** How far the clock of the issuer may be from ours, in seconds. */
const SKEW = 60;
/** Of what a token says and is kept, in characters. */
const KEPT = 500;

const no = (why: string, remedy: string, fault: "token" | "environment" = "token"): JudgedToken => ({
  ok: false,
  why,
  remedy,
  fault,
});

/**
 * Never rejects for what a token or an issuer may hold. `now` in milliseconds since 1970. An issuer may be named several times, for
 * jobs that are to be told apart: the first that the token fits counts.
 */
export async function judgeToken(token: string, issuers: readonly OidcIssuer[], now: number): Promise<JudgedToken> {
  if (token.length > LONGEST)
    return no(`the token has more than ${LONGEST} characters`, "hand over one token, and nothing else");
  const named = await issuerOf(token);
  if (named === undefined)
    return no("what was handed over is no token (JWT)", "hand over the token as the issuer gave it, with its two dots");
  const entries = issuers.filter((each) => each.issuer === named);
  const [first] = entries;
  if (first === undefined)
    return no(
      `the token is of ${typeof named === "string" ? printable(named.slice(0, 200)) : "nobody"}, which the trust root does not name as an issuer`,
      issuers.length === 0
        ? "opsc.trust.json names no issuer: add it under oidc"
        : `the trust root names ${[...new Set(issuers.map((each) => each.issuer))].join(", ")}`,
    );
  const keys = await keysOf(first);
  if (!("keys" in keys)) return no(keys.problem, "see whether the issuer is reachable from here", "environment");
  const judged: JudgedToken[] = [];
  for (const entry of entries) judged.push(await held(token, entry, keys, now));
  return judged.find(({ ok }) => ok) ?? judged[0] ?? no("the token fits no issuer", "ask the issuer for a new token");
}

/** What a token says of its issuer, which nobody has verified; undefined where it is none. */
export async function issuerOf(token: string): Promise<unknown> {
  const { decodeJwt } = await import("jose");
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return undefined;
  }
}

async function held(token: string, issuer: OidcIssuer, keys: Keys, now: number): Promise<JudgedToken> {
  const { errors, jwtVerify, createLocalJWKSet } = await import("jose");
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: issuer.algorithms,
      requiredClaims: ["exp", "iat", "sub"],
      clockTolerance: SKEW,
      currentDate: new Date(now),
    });
    return identified(payload, issuer, { token, now });
  } catch (error) {
    return refused(error instanceof errors.JOSEError ? error : null, issuer);
  }
}

function identified(
  claims: Claims,
  issuer: OidcIssuer,
  { token, now }: { readonly token: string; readonly now: number },
): JudgedToken {
  const { iat, exp, sub, jti } = claims;
  if (typeof iat !== "number" || typeof exp !== "number" || typeof sub !== "string")
    return no("the token lacks iat, exp or sub", "ask for a token of a job, as the issuer's documentation says");
  if (iat * 1000 > now + SKEW * 1000)
    return no("the token was issued in the future", "see whether the clock of this machine is right");
  for (const [name, wanted] of Object.entries(issuer.claims)) {
    const found = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const values = typeof wanted === "string" ? [wanted] : wanted;
    if (typeof found === "string" && values.some((value) => fits(value, found))) continue;
    return no(
      `the claim ${name} of the token is ${found === undefined ? "not there" : shown(found)}, where the trust root wants ${values.join(" or ")}`,
      "this job may not act here; whoever keeps the trust root can allow it",
    );
  }
  const who = named(issuer.identity, claims);
  if (!("name" in who)) return no(who.why, "correct identity in opsc.trust.json, or the claims of the job");
  const identity: TokenIdentity = {
    who: who.name,
    issuer: issuer.issuer,
    audience: issuer.audience,
    subject: printable(sub).slice(0, KEPT),
    id: typeof jti === "string" && jti !== "" ? printable(jti).slice(0, KEPT) : null,
    expires: exp * 1000,
    sha256: createHash("sha256").update(token).digest("hex"),
  };
  return { ok: true, identity };
}

/** Text with `*` for any. Every other character stands for itself. */
function fits(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The identity, with claims in its holes: such as approvers are written, so nothing that could be two things. */
function named(pattern: string, claims: Claims): { readonly name: string } | { readonly why: string } {
  let lacking: string | null = null;
  const name = pattern.replace(/\$\{([^}]*)\}/g, (_, claim: string) => {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (typeof value === "string" && value !== "") return value;
    lacking ??= claim;
    return "";
  });
  if (lacking !== null) return { why: `the token has no claim ${printable(lacking)} to make an identity of` };
  if (/^[^\s\p{C}]{1,200}$/u.test(name)) return { name: name.normalize("NFC") };
  return {
    why: `${JSON.stringify(printable(name.slice(0, 200)))} is no identity: it is empty, too long, or holds spaces`,
  };
}

const shown = (value: unknown): string =>
  printable(String(typeof value === "string" ? value : JSON.stringify(value)).slice(0, 200));

function refused(error: { readonly code: string; readonly message: string } | null, issuer: OidcIssuer): JudgedToken {
  switch (error?.code) {
    case "ERR_JWT_EXPIRED":
      return no("the token has expired", "ask the issuer for a new one right before opsc is called");
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      return error.message.includes('"aud"')
        ? no(
            `the token is not meant for ${issuer.audience}`,
            `ask for one whose audience is ${issuer.audience}, as the trust root says`,
          )
        : no(`the token does not hold: ${printable(error.message)}`, "ask the issuer for a token of a job");
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return no(
        `the token is signed in a way that is not allowed; allowed are ${issuer.algorithms.join(", ")}`,
        "a token that is not signed by the issuer's own key proves nothing",
      );
    case "ERR_JWKS_NO_MATCHING_KEY":
      return no("the token is signed with a key that the issuer does not publish", "ask the issuer for a new token");
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return no("the signature of the token is not the issuer's", "ask the issuer for a new token");
    default:
      return no(
        `the token cannot be used${error === null ? "" : `: ${printable(error.message)}`}`,
        "ask the issuer for a new token",
      );
  }
}

type Keys = { readonly keys: { [name: string]: unknown }[] };

/** The issuer's public keys, found as OpenID Connect Discovery 1.0 §4 says. Asked anew each time: a command lives for one token. */
async function keysOf({ issuer }: OidcIssuer): Promise<Keys | Problem> {
  const at = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const about = await getJson(at);
  if ("problem" in about) return about;
  if (about.json.issuer !== issuer)
    return { problem: `${at} is about ${shown(about.json.issuer)}, not about the issuer that the trust root names` };
  const { jwks_uri: uri } = about.json;
  if (typeof uri !== "string") return { problem: `${at} names no jwks_uri` };
  const found = await getJson(uri);
  if ("problem" in found) return found;
  const { keys } = found.json;
  if (!Array.isArray(keys) || !keys.every(isRecord)) return { problem: `${printable(uri)} holds no keys` };
  return { keys };
}
