/** Whose word counts: by signatures that a trust root knows, by tokens that this process has seen, or at their word. */
import type { Request, Spoken } from "../../compiler/plan/statement.schema.ts";
import { printable } from "../audit/printable.ts";
import { type Keyring, keyringOf } from "../trust/keyring.ts";
import { type VerifiedSignature, verifySignature } from "../trust/sshsig.ts";
import type { Trust } from "../trust/trust.ts";
import { identityKey } from "./identity.ts";
import { namespaceOf, SKEW, statementBytes, type Unsaid } from "./statement.ts";

export interface Judge {
  /** `signed`: what is neither signed nor by a token counts for nothing. */
  readonly identities: Trust["identities"];
  /** Why the statement counts for nothing when it is counted at `now` (milliseconds since 1970); null if it has a say. */
  refuses(statement: Spoken, now: number): Unsaid | null;
  /** Names with one answer are one person. */
  personOf(name: string): string;
}

type Keys = Pick<Trust, "identities" | "allowedSigners" | "revoked">;

export type ByToken = Request & { readonly token: NonNullable<Request["token"]> };

/** Why a statement by a token counts for nothing; null if it has a say. Tokens are kept nowhere, so it cannot be told from the statement. */
export type TokenRule = (statement: ByToken) => Unsaid | null;

export const isByToken = (statement: Spoken): statement is ByToken =>
  statement.identity === "oidc" && statement.token !== undefined;

/** Whoever has seen no token. */
const UNSEEN: TokenRule = ({ who, token }) => ({
  why: `it rests on a token of ${printable(token.issuer)} that was shown to another process`,
  remedy: `let ${who.trim()} do it again with a token of their own, or sign it`,
});

/** As a log is judged: by tokens that were verified when they were recorded, of issuers that the trust root still names. */
export const asRecorded =
  ({ oidc }: Pick<Trust, "oidc">): TokenRule =>
  ({ who, at, token }) => {
    if (!oidc.some(({ issuer, audience }) => issuer === token.issuer && audience === token.audience))
      return {
        why: `it rests on a token of ${printable(token.issuer)} for ${printable(token.audience)}, which the trust root does not name`,
        remedy: `let ${who.trim()} do it again with a token that the trust root takes, or sign it`,
      };
    if (Date.parse(at) <= Date.parse(token.expires) + SKEW) return null;
    return { why: "the token it rests on had expired by then", remedy: `let ${who.trim()} do it again` };
  };

/** Approvals are counted again and again while a run waits, and verified once. */
const known = new WeakMap<Spoken, VerifiedSignature>();

function verifiedOf(statement: Spoken, signature: string): VerifiedSignature {
  const before = known.get(statement);
  if (before !== undefined) return before;
  const found = verifySignature(signature, statementBytes(statement), namespaceOf(statement));
  known.set(statement, found);
  return found;
}

/** Fingerprint of the key that signed it, whosever that is; null where no signature holds. */
export function signedWith(statement: Spoken): string | null {
  if (statement.signature === null) return null;
  const verified = verifiedOf(statement, statement.signature);
  return verified.ok ? verified.key.fingerprint : null;
}

const rings = new WeakMap<Keys, Keyring>();

/**
 * `asked` is how the plan says that people are known: what was planned for signatures never counts without, whatever the
 * trust root says by now.
 */
export function judgeOf(trust: Keys, asked: Trust["identities"] = "unverified", tokens: TokenRule = UNSEEN): Judge {
  const identities = asked === "signed" ? asked : trust.identities;
  if (trust.allowedSigners === null && identities === "unverified") return AT_THEIR_WORD;
  const ring = rings.get(trust) ?? keyringOf(trust);
  rings.set(trust, ring);
  return {
    identities,
    refuses: (statement, now) => {
      const { who, signature } = statement;
      if (identities === "signed" && isByToken(statement)) return tokens(statement);
      if (signature === null) return identities === "signed" ? unsigned(who) : null;
      const [message, namespace] = [statementBytes(statement), namespaceOf(statement)];
      const verified = verifiedOf(statement, signature);
      const times = [Date.parse(statement.at), now];
      const judged = ring.judge({ who, message, namespace, signature, verified, times });
      return judged.ok ? null : judged;
    },
    personOf: identities === "signed" ? ring.personOf : identityKey,
  };
}

function unsigned(who: string): Unsaid {
  return {
    why: "it is not signed, and only what is signed counts here",
    remedy: `ask ${who.trim()} to sign it: --key FILE names the key`,
  };
}

/** Where no keys are known. A signature that does not hold is none the less worse than no signature. */
export const AT_THEIR_WORD: Judge = {
  identities: "unverified",
  refuses: (statement) => wrongBytes(statement),
  personOf: identityKey,
};

/** As a log is judged without its trust root: what was to be signed is signed by some key, or rests on a token. */
export const BY_ANY_KEY: Judge = {
  ...AT_THEIR_WORD,
  identities: "signed",
  refuses: (statement) =>
    statement.signature === null && !isByToken(statement) ? unsigned(statement.who) : wrongBytes(statement),
};

function wrongBytes(statement: Spoken): Unsaid | null {
  if (statement.signature === null) return null;
  const found = verifiedOf(statement, statement.signature);
  return found.ok ? null : { why: found.why, remedy: `ask ${statement.who.trim()} to sign it again` };
}
