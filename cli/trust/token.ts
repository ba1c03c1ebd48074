/**
 * The token that says who a job of CI is: where it comes from, and what counts by it. It is kept nowhere: what rests on one counts
 * in the process that was shown it, and in no other.
 */
import process from "node:process";
import { canonicalJson } from "../../compiler/canonical.ts";
import type { RecordedToken, Request } from "../../compiler/plan/statement.schema.ts";
import { identityKey } from "../../runtime/approvals/identity.ts";
import { asRecorded, type ByToken, type TokenRule } from "../../runtime/approvals/judge.ts";
import { SecretFault } from "../../runtime/secrets/fault.ts";
import type { JudgedToken, TokenIdentity } from "../../runtime/trust/oidc.ts";
import type { Trust } from "../../runtime/trust/trust.ts";
import { cleanStreams } from "../clean.ts";
import { EXIT, Stop } from "../exit.ts";
import type { Project } from "../project.ts";
import { redactor } from "../redactor.ts";
import { safeName } from "../words.ts";
import { REQUEST_TOKEN, REQUEST_URL, TOKEN, TOKEN_FILE, take } from "./token-variables.ts";

export interface Proven extends TokenIdentity {
  /** For people: where the token came from. */
  readonly from: string;
}

type Place = Pick<Project, "root" | "config" | "trust">;

let proving: Promise<Proven | null> | undefined;
let proven: Proven | null = null;

/**
 * Who the token of this process makes it, which is found out once; null where it has none. Throws `Stop` where there is one that does
 * not count. `keyNamed`: what is done is signed, so no token is asked for that nobody handed over.
 */
export async function provenIdentity(place: Place, keyNamed: boolean): Promise<Proven | null> {
  // With it any process could be given a token that this trust root takes.
  if (place.trust.oidc.length > 0) take(REQUEST_TOKEN);
  if (keyNamed && handedOver() === null) return null;
  proving ??= prove(place);
  proven = await proving;
  return proven;
}

/** The variable with which somebody hands over a token; null where nobody does. */
function handedOver(): string | null {
  const [token, file] = [take(TOKEN), process.env[TOKEN_FILE] ?? ""];
  if (token !== "" && file !== "")
    throw new Stop(EXIT.wrong, `both ${TOKEN} and ${TOKEN_FILE} are set`, "hand over one token");
  return token !== "" ? TOKEN : file !== "" ? TOKEN_FILE : null;
}

const mayAsk = ({ oidc }: Trust): boolean => oidc.length > 0 && (process.env[REQUEST_URL] ?? "") !== "";

async function prove(place: Place): Promise<Proven | null> {
  const { trust } = place;
  const from = handedOver();
  if (from === null && !mayAsk(trust)) return null;
  const token = from === null ? await askGitHub(trust) : learned(await read(place, from));
  if (token === null) return null;
  const { judgeToken } = await import("../../runtime/trust/oidc.ts");
  return demand(await judgeToken(token, trust.oidc, Date.now()), from ?? "GitHub Actions");
}

function demand(judged: JudgedToken, from: string): Proven {
  if (judged.ok) return { ...judged.identity, from };
  const { why, remedy, fault } = judged;
  const what = `the token of ${from} does not count: ${why}`;
  throw new Stop(fault === "environment" ? EXIT.environment : EXIT.refused, what, remedy);
}

/** From now on nothing that is shown or kept holds it. */
function learned(secret: string): string {
  cleanStreams(redactor);
  redactor.learn(secret);
  // Without its signature it is worth nothing, so that is looked for also where the rest was cut off.
  redactor.learn(secret.slice(secret.lastIndexOf(".") + 1));
  return secret;
}

async function read({ root, config }: Place, from: string): Promise<string> {
  const { worldReadable } = config.secrets.file;
  if (from === TOKEN) return take(TOKEN).trim();
  const file = process.env[TOKEN_FILE] ?? "";
  const { readSecretFile } = await import("../../runtime/secrets/read-file.ts");
  try {
    return (await readSecretFile(file, `the token of ${TOKEN_FILE}`, { directory: root, worldReadable })).trim();
  } catch (error) {
    if (!(error instanceof SecretFault)) throw error;
    throw new Stop(EXIT.environment, error.message, error.remedy);
  }
}

/**
 * Asks the runner of GitHub Actions, as its documentation says, for a token with the audience that the trust root names. null where
 * the token is of no issuer that the trust root names: then the job has it for something else.
 */
async function askGitHub({ oidc }: Trust): Promise<string | null> {
  const bearer = learned(take(REQUEST_TOKEN));
  const { issuerOf } = await import("../../runtime/trust/oidc.ts");
  const audiences = [...new Set(oidc.map(({ audience }) => audience))];
  let token = "";
  for (let asked: string | undefined = audiences[0]; asked !== undefined; ) {
    token = learned(await requested(asked, bearer));
    const issuer = await issuerOf(token);
    const own = oidc.filter((each) => each.issuer === issuer);
    if (own.length === 0) return null;
    // It is known by then whose it is, and so what to ask for.
    asked = own.some(({ audience }) => audience === asked) ? undefined : own[0]?.audience;
  }
  return token;
}

async function requested(audience: string, bearer: string): Promise<string> {
  const at = process.env[REQUEST_URL] ?? "";
  const unasked = (problem: string): Stop =>
    new Stop(
      EXIT.environment,
      `GitHub Actions gave no token: ${problem}`,
      "the job needs permissions: { id-token: write }; without that permission it acts by name, or by --key",
    );
  if (!URL.canParse(at)) throw unasked(`${REQUEST_URL} holds no address`);
  if (!/^[\x21-\x7e]+$/.test(bearer)) throw unasked(`${REQUEST_TOKEN} is not set`);
  const url = new URL(at);
  url.searchParams.set("audience", audience);
  const { getJson } = await import("../../runtime/trust/get-json.ts");
  const answer = await getJson(url.href, bearer);
  if ("problem" in answer) throw unasked(answer.problem);
  const { value } = answer.json;
  if (typeof value === "string" && value !== "") return value;
  throw unasked("its answer holds none");
}

/** Ends the command where somebody would approve with a token: it proves nothing to whoever looks later. */
export function demandNoToken({ trust }: Pick<Place, "trust">, decision: string, keyNamed: boolean): void {
  if (keyNamed) return;
  const from = handedOver() ?? (mayAsk(trust) ? REQUEST_URL : null);
  if (from === null) return;
  throw new Stop(
    EXIT.refused,
    `${decision} is not said by a token (${from}): it would prove nothing to whoever looks later`,
    `sign it with --key FILE, or leave ${from} out`,
  );
}

const spoken = new Set<string>();

/** The statement as made by the token of this process; throws where it is one that others are to believe. */
export function byToken(statement: Request, { issuer, audience, subject, id, sha256, expires }: Proven): ByToken {
  if (statement.decision === "request") throw new TypeError("a request is believed by others, who have no token");
  const token: RecordedToken = { issuer, audience, subject, id, sha256, expires: new Date(expires).toISOString() };
  const made: ByToken = { ...statement, identity: "oidc", token };
  spoken.add(canonicalJson(made));
  return made;
}

/** What this process has said itself, by a token it was shown. */
export const ownWords =
  (trust: Trust): TokenRule =>
  (statement) =>
    spoken.has(canonicalJson(statement))
      ? asRecorded(trust)(statement)
      : {
          why: `it rests on a token of ${safeName(statement.token.issuer)} that was shown to another process`,
          remedy: `let ${safeName(statement.who)} do it again with a token of their own, or sign it`,
        };

/**
 * What is in the log of a run that is to go on. Who began it is believed where this process has been shown a token that says the
 * same: the log alone may have been written by anybody who can write the store.
 */
export const pastWords =
  (trust: Trust): TokenRule =>
  (statement) => {
    const { decision, who, token } = statement;
    const why = asRecorded(trust)(statement);
    if (why !== null || decision !== "apply" || spoken.has(canonicalJson(statement))) return why;
    if (proven !== null && identityKey(proven.who) === identityKey(who)) return null;
    return {
      why: `it rests on a token of ${safeName(token.issuer)}, which proves nothing any more`,
      remedy: `go on with it by a token that is of ${safeName(who)} again; opsc cancel and opsc rollback take any signature`,
    };
  };
