/** Signing what a person says: by ssh-keygen, whose affair passphrases, agents and security keys are. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Approval, Request, Spoken, Statement, Switching } from "../compiler/plan/statement.schema.ts";
import { BY_ANY_KEY, type Judge, judgeOf } from "../runtime/approvals/judge.ts";
import { namespaceOf, statementBytes } from "../runtime/approvals/statement.ts";
import { keyringOf } from "../runtime/trust/keyring.ts";
import { readKey, type SshKey } from "../runtime/trust/keys.ts";
import type { Trust } from "../runtime/trust/trust.ts";
import { fromBase64 } from "../runtime/trust/wire.ts";
import { EXIT, Stop } from "./exit.ts";
import { git } from "./git.ts";
import { isKeyNamed } from "./person.ts";
import { byToken, ownWords, type Proven, pastWords } from "./trust/token.ts";
import { learnSecrets, secretIn, withoutSecretWords } from "./unsaid-secrets.ts";
import { safeName } from "./words.ts";

export interface SigningOptions {
  readonly key?: string;
}

/** What a statement is made by. */
export interface Pen {
  /** Of the project: where git is asked. */
  readonly root: string;
  readonly trust: Trust;
  readonly key: string | undefined;
  /** Of a job of CI: what it does and need not be believed later rests on it where no key is named. */
  readonly token?: Proven | null;
}

type Said<S extends Statement> = Pick<S, "run" | "node" | "decision" | "who" | "comment"> &
  Pick<Approval, "override"> &
  Pick<Request, "answers" | "leases">;

/** Of a plan: whose word counts is also what the plan was made for. */
export const judgeFor = (trust: Trust, { plan }: Pick<PlanFile, "plan">): Judge =>
  withoutSecretWords(judgeOf(trust, plan.trust.identities, ownWords(trust)));

/** Whose word counted when the plan was applied: what was not asked to be signed then need not have been. */
export const judgeOfPast = (trust: Trust, { plan }: Pick<PlanFile, "plan">): Judge =>
  judgeOf({ ...trust, identities: plan.trust.identities }, undefined, pastWords(trust));

/** As `judgeFor`; where the trust root is not at hand, as with an approver elsewhere, what is signed by any key. */
export const judgeHere = (trust: Trust, file: Pick<PlanFile, "plan">): Judge =>
  file.plan.trust.identities === "signed" && trust.identities !== "signed" && trust.allowedSigners === null
    ? BY_ANY_KEY
    : judgeFor(trust, file);

function unverified<S extends Statement>({ digest, plan: { nonce } }: PlanFile, said: Said<S>): S {
  const base = { approvalVersion: 1 as const, plan: digest, nonce, ...said };
  return { ...base, at: new Date().toISOString(), identity: "unverified", signature: null } as unknown as S;
}

/** Signed where only that counts, or where a key is named. Throws `Stop` where it then is not, or would not count. */
export async function state<S extends Approval | Request>(pen: Pen, file: PlanFile, said: Said<S>): Promise<S> {
  const judge = judgeHere(pen.trust, file);
  const bare = unverified<S>(file, said);
  if (judge.identities !== "signed" && pen.key === undefined) return bare;
  await learnSecrets(pen.root, file.plan);
  return signWith(pen, judge, bare);
}

/** As `state`, of a freeze; undefined where names are taken at their word and no key is named. */
export async function signedSwitch(
  pen: Pen,
  said: Pick<Switching, "decision" | "freeze" | "who" | "comment" | "at">,
): Promise<Switching | undefined> {
  const judge = judgeOf(pen.trust);
  if (judge.identities !== "signed" && pen.key === undefined) return undefined;
  return signWith<Switching>(pen, judge, { approvalVersion: 1, ...said, identity: "ssh", signature: "" });
}

async function signWith<S extends Spoken>(pen: Pen, judge: Judge, bare: S): Promise<S> {
  const { who } = bare;
  const secret = secretIn(bare);
  if (secret !== null)
    throw new Stop(
      EXIT.refused,
      `what ${safeName(who)} says is not signed: ${secret.why}`,
      "say it without the secret: --comment, --reason and --break-glass are kept as they are signed",
    );
  const key = await keyOf(pen);
  if (key === null)
    throw new Stop(
      EXIT.wrong,
      `only what is signed counts here, and there is no key to sign with as ${safeName(who)}`,
      "name a key of ssh-keygen with --key FILE or OPSC_KEY, or let git sign with one (user.signingKey)",
    );
  const signature = await sign(key, statementBytes(bare), namespaceOf(bare));
  const statement = { ...bare, identity: "ssh", signature };
  const refused = judge.refuses(statement, Date.now());
  if (refused === null) return statement;
  throw new Stop(
    EXIT.refused,
    `what is signed with ${key.shown} does not count as the word of ${safeName(who)}: ${refused.why}`,
    refused.remedy,
  );
}

/** As `state`, or by a token; undefined where names are taken at their word and there is neither, and for a request by a token. */
export async function signed(pen: Pen, file: PlanFile, said: Said<Request>): Promise<Request | undefined> {
  const { token = null, key } = pen;
  if (token !== null && !isKeyNamed(key))
    return said.decision === "request" ? undefined : byToken(unverified<Request>(file, said), token);
  const made = await state<Request>(pen, file, said);
  return made.signature === null ? undefined : made;
}

interface Key {
  /** A file, or a public key whose other half an agent holds. */
  readonly file: string | null;
  readonly literal: string;
  readonly shown: string;
}

/** `--key`, else OPSC_KEY, else the key that git signs with; null where there is none. */
export async function keyOf({ root, key }: Pick<Pen, "root" | "key">): Promise<Key | null> {
  const named = key ?? (process.env.OPSC_KEY || undefined);
  if (named !== undefined) return fileKey(named, key === undefined ? "OPSC_KEY" : "--key");
  const { out: own } = await git(["config", "user.signingKey"], root);
  if (own === "") return null;
  const literal = /^(?:key::)?((?:ssh|sk-ssh|ecdsa|sk-ecdsa)-\S+ \S+.*)$/.exec(own)?.[1];
  if (literal !== undefined) return { file: null, literal, shown: "git's user.signingKey" };
  const { out: format } = await git(["config", "gpg.format"], root);
  // Otherwise it names a key of GnuPG.
  return format === "ssh" ? fileKey(own.replace(/^~(?=\/)/, homedir()), "git's user.signingKey") : null;
}

async function fileKey(file: string, by: string): Promise<Key> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() === true) return { file, literal: "", shown: safeName(file) };
  throw new Stop(
    EXIT.wrong,
    `${by} names ${safeName(file)}, where there is no key`,
    "name a key of ssh-keygen, or its .pub file where an agent holds it; ssh-keygen -t ed25519 makes one",
  );
}

/** Of keys, in bytes. */
const MOST_PUBLIC = 16 * 1024;

/**
 * The one name that a key named by --key or OPSC_KEY may sign for, by its public half in `FILE.pub`; null where there are several,
 * or none.
 */
export async function nameOfKey({ trust, key }: Pick<Pen, "trust" | "key">): Promise<string | null> {
  const named = key ?? (process.env.OPSC_KEY || undefined);
  if (named === undefined || trust.allowedSigners === null) return null;
  const half = await publicFile(named);
  return half === null ? null : keyringOf(trust).nameOf(half, Date.now());
}

/** The public half of a key that a file names; null where there is no such file beside it, as when an agent is asked. */
export async function publicFile(file: string): Promise<SshKey | null> {
  const name = file.endsWith(".pub") ? file : `${file}.pub`;
  const found = await stat(name).catch(() => null);
  if (found?.isFile() !== true || found.size > MOST_PUBLIC) return null;
  return publicHalf(await readFile(name, "utf8").catch(() => ""));
}

/** Of a line as it stands in a .pub file: KEYTYPE KEY, and what else there may be. */
export function publicHalf(text: string): SshKey | null {
  const blob = fromBase64(text.trim().split(/\s+/)[1] ?? "");
  const read = blob === null ? null : readKey(blob);
  return read?.ok === true ? read.key : null;
}

async function sign(key: Key, message: Uint8Array, namespace: string): Promise<string> {
  if (key.file !== null) return run(key.file, key.shown, message, namespace);
  const folder = await mkdtemp(path.join(tmpdir(), "opsc-key-"));
  try {
    const file = path.join(folder, "key.pub");
    await writeFile(file, `${key.literal}\n`);
    return await run(file, key.shown, message, namespace);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long a person may take over a passphrase or a touch, in milliseconds. */
const PATIENCE = 300_000;
const MOST_WORDS = 2000;

function run(file: string, shown: string, message: Uint8Array, namespace: string): Promise<string> {
  // A name that begins with a dash is a file all the same.
  const args = ["-Y", "sign", "-q", "-n", namespace, "-f", path.resolve(file)];
  return new Promise((resolve, reject) => {
    const child = spawn("ssh-keygen", args, { stdio: ["pipe", "pipe", "pipe"], timeout: PATIENCE });
    let [out, words] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out = (out + text).slice(0, 64 * 1024);
    });
    // It asks for a touch there; for a passphrase it asks the terminal itself.
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(0, MOST_WORDS);
      if (process.stderr.isTTY === true && /touch|presence/i.test(text)) process.stderr.write(text);
    });
    child.stdin.on("error", () => undefined);
    child.on("error", (error: NodeJS.ErrnoException) => reject(noKeygen(error)));
    child.on("close", (code) => {
      if (code === 0 && out !== "") resolve(out);
      else reject(notSigned(shown, words));
    });
    child.stdin.end(message);
  });
}

function noKeygen(error: NodeJS.ErrnoException): Stop {
  const missing = error.code === "ENOENT";
  return new Stop(
    EXIT.environment,
    missing ? "there is no ssh-keygen to sign with" : `ssh-keygen cannot be run: ${error.message}`,
    "install the OpenSSH client, 8.1 or later",
  );
}

function notSigned(shown: string, words: string): Stop {
  const said = words.trim().split("\n").at(-1) ?? "";
  return new Stop(
    EXIT.environment,
    `ssh-keygen did not sign with ${shown}${said === "" ? "" : `: ${safeName(said)}`}`,
    "see whether ssh-keygen -Y sign works with this key; without a terminal a passphrase needs an agent (ssh-add)",
  );
}
