/** Whose word a signature is: the keys a trust root knows, those it knows no more, and which names are one person. */
import { identityKey } from "../../compiler/types/identity.ts";
import { printable } from "../audit/printable.ts";
import { type AllowedSigners, readAllowedSigners, type Signer } from "./allowed-signers.ts";
import type { SshKey } from "./keys.ts";
import { isWild, matches, matchesList, meet } from "./patterns.ts";
import { type RevokedKeys, readRevokedKeys } from "./revoked.ts";
import { type VerifiedSignature, verifySignature } from "./sshsig.ts";
import type { Trust } from "./trust.ts";

export interface Signed {
  readonly who: string;
  readonly message: Uint8Array;
  readonly namespace: string;
  readonly signature: string;
  /** What `verifySignature` said of these, where that is known. */
  readonly verified?: VerifiedSignature;
  /** Milliseconds since 1970: the key must be valid at each of these. */
  readonly times: readonly number[];
}

export type Judged =
  | { readonly ok: true; readonly fingerprint: string; readonly line: number }
  /** `why` is a sentence without an end, for people; `remedy` what to do. */
  | { readonly ok: false; readonly why: string; readonly remedy: string };

/** What is wrong with a file of the trust root, with its path and line. */
export interface KeyringFault {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
  readonly remedy: string;
  /** Whether nothing counts while it is so. */
  readonly fatal: boolean;
}

export interface Keyring {
  readonly judge: (signed: Signed) => Judged;
  /** Names with one answer are one person: they are the same name, or a key may speak for both. */
  readonly personOf: (name: string) => string;
  readonly faults: readonly KeyringFault[];
  /** Lines that let one key speak for any of many names, so that those count as one person. */
  readonly wild: readonly { readonly file: string; readonly line: number; readonly principals: string }[];
  /** Keys that `name` may sign with at a time, and no others. */
  readonly keysOf: (name: string, at: number) => readonly SshKey[];
  /** The name that a key may sign for at a time, where it is one alone and written out; else null. */
  readonly nameOf: (key: SshKey, at: number) => string | null;
}

export function keyringOf(trust: Pick<Trust, "allowedSigners" | "revoked">): Keyring {
  const { allowedSigners, revoked } = trust;
  const allowed = readAllowedSigners(allowedSigners?.text ?? "");
  const gone = revoked === null ? null : readRevokedKeys(revoked.bytes);
  const file = allowedSigners?.path ?? "the allowed signers";
  const ring: Ring = { allowed, file, gone, goneFile: revoked?.path ?? "", has: allowedSigners !== null };
  return {
    judge: (signed) => judge(ring, signed),
    personOf: persons(allowed.signers),
    faults: faultsOf(ring),
    wild: allowed.signers
      .filter(({ names }) => names.allowed.some(isWild))
      .map(({ line, principals }) => ({ file, line, principals })),
    keysOf: (name, at) =>
      allowed.signers
        .filter((each) => mayBe(each, name) && validAt(each, at) && !gone?.revokes(each.key))
        .map(({ key }) => key),
    nameOf: (key, at) => (gone?.revokes(key) ? null : onlyName(allowed.signers, key, at)),
  };
}

/** Of all lines of the key, also those that are not valid now: whom it once spoke for, it may be taken for. */
function onlyName(signers: readonly Signer[], key: SshKey, at: number): string | null {
  const own = signers.filter((each) => sameKey(each.key, key));
  const names = own.flatMap(({ names: { allowed } }) => allowed);
  const [name] = names;
  if (name === undefined || isWild(name) || names.some((other) => identityKey(other) !== identityKey(name)))
    return null;
  return own.some((each) => mayBe(each, name) && validAt(each, at)) ? name : null;
}

interface Ring {
  readonly allowed: AllowedSigners;
  readonly file: string;
  readonly gone: RevokedKeys | null;
  readonly goneFile: string;
  /** Whether the trust root has a file of allowed signers. */
  readonly has: boolean;
}

function faultsOf({ allowed, file, gone, goneFile }: Ring): KeyringFault[] {
  const mine = allowed.faults.map((fault) => ({ file, ...fault, fatal: fault.line === null }));
  const fault = gone?.fault ?? null;
  return fault === null ? mine : [...mine, { file: goneFile, ...fault, fatal: true }];
}

/** `who` as the line spells it, as ssh-keygen compares; but what is after `!` bars every spelling of a name. */
function mayBe({ names }: Signer, who: string): boolean {
  return matchesList(who, names) && !barred(names.barred, who);
}

const barred = (patterns: readonly string[], who: string): boolean =>
  patterns.some((pattern) => matches(identityKey(who), identityKey(pattern)));

const validAt = ({ from, until }: Signer, at: number): boolean =>
  (from === null || at >= from) && (until === null || at <= until);

const refused = (why: string, remedy: string): Judged => ({ ok: false, why, remedy });

function judge(ring: Ring, { who, message, namespace, signature, verified, times }: Signed): Judged {
  const { allowed, file, gone, goneFile } = ring;
  if (!ring.has)
    return refused(
      "the trust root names no allowed signers, so no signature can be held against a name",
      "name a file of them as allowedSigners in opsc.trust.json",
    );
  if (gone?.fault) {
    const { line, message: what, remedy } = gone.fault;
    return refused(
      `${goneFile}${line === null ? "" : `, line ${line},`} ${printable(what)}, so it is not known which keys are revoked`,
      remedy,
    );
  }
  const found = verified ?? verifySignature(signature, message, namespace);
  if (!found.ok) return refused(found.why, `ask ${printable(who)} to sign it again`);
  const { key } = found;
  const named = `the key ${key.fingerprint}`;
  if (gone?.revokes(key))
    return refused(`${named} is revoked by ${goneFile}`, `ask ${printable(who)} to sign with another key`);
  const own = allowed.signers.filter((each) => sameKey(each.key, key));
  if (own.length === 0) return refused(notListed(ring, named), `have the key added to ${file}, by whoever keeps it`);
  const theirs = own.filter((each) => mayBe(each, who));
  const [first] = theirs.length > 0 ? theirs : own;
  const where = `${file}, line ${first?.line ?? 0}`;
  if (theirs.length === 0)
    return refused(
      `${named} is not allowed to sign for ${printable(who)}: ${where} is for ${printable(own.map((each) => each.principals).join(", "))}`,
      `sign with a key of ${printable(who)}, or act under the name as the file spells it`,
    );
  const open = theirs.filter(({ namespaces }) => namespaces === null || matchesList(namespace, namespaces));
  if (open.length === 0)
    return refused(`${where} does not let this key sign ${namespace}`, `add ${namespace} to its namespaces`);
  const outside = times.find((at) => !open.some((each) => validAt(each, at)));
  if (outside !== undefined)
    return refused(
      `${named} is not valid at ${when(outside)}: ${validity(open, file)}`,
      `sign with a key that is valid, or have ${file} changed`,
    );
  return { ok: true, fingerprint: key.fingerprint, line: open[0]?.line ?? 0 };
}

function notListed({ allowed, file }: Ring, named: string): string {
  const unread = allowed.faults.map(({ line }) => line).filter((line) => line !== null);
  const also =
    unread.length === 0
      ? ""
      : `, of which line${unread.length === 1 ? "" : "s"} ${unread.slice(0, 5).join(", ")}${unread.length > 5 ? ", …" : ""} cannot be used`;
  return `${named} is not in ${file}${also}`;
}

function validity(lines: readonly Signer[], file: string): string {
  return lines
    .slice(0, 3)
    .map(
      ({ line, from, until }) =>
        `${file}, line ${line}, is valid${from === null ? "" : ` from ${when(from)}`}${until === null ? "" : ` until ${when(until)}`}`,
    )
    .join("; ");
}

const when = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : "a time that cannot be read");

const sameKey = (one: SshKey, other: SshKey): boolean => one.fingerprint === other.fingerprint;

/** Steps of comparing patterns with one another; beyond, every line with a wildcard is taken to overlap with every other. */
const MOST_STEPS = 50_000_000;

/**
 * Names as people: whoever holds a key may speak for each name it is listed for, so those are one, and so are names linked by
 * others. All lines count here, also those that are not valid now: a person is who they were.
 */
function persons(signers: readonly Signer[]): (name: string) => string {
  const parent = new Map<string, string>();
  const find = (key: string): string => {
    let root = key;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    for (let at = key; at !== root; ) {
      const up = parent.get(at) ?? root;
      parent.set(at, root);
      at = up;
    }
    return root;
  };
  // The smaller of both stands for them, so that the answer hangs on no order.
  const join = (one: string, other: string): void => {
    const [a, b] = [find(one), find(other)].sort();
    if (a !== undefined && b !== undefined && a !== b) parent.set(b, a);
  };
  const plain = new Map<string, string>();
  const wild: { readonly signer: Signer; readonly pattern: string }[] = [];
  for (const signer of signers) {
    for (const name of signer.names.allowed) {
      const folded = identityKey(name);
      if (isWild(name)) wild.push({ signer, pattern: folded });
      else if (!barred(signer.names.barred, name)) {
        const key = signer.key.fingerprint;
        const known = plain.get(folded);
        if (known !== undefined) join(known, key);
        else plain.set(folded, key);
      }
    }
  }
  const length = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + name.length + 1, 0);
  const patterns = length(wild.flatMap(({ signer, pattern }) => [pattern, ...signer.names.barred]));
  if (patterns * (patterns + length(plain.keys())) > MOST_STEPS) {
    const [first, ...others] = [...wild.map(({ signer }) => signer.key.fingerprint), ...plain.values()];
    for (const other of others) join(first ?? other, other);
  } else {
    for (const { signer, pattern } of wild) {
      const key = signer.key.fingerprint;
      for (const [name, other] of plain)
        if (matches(name, pattern) && !barred(signer.names.barred, name)) join(key, other);
      for (const other of wild) if (meet(pattern, other.pattern)) join(key, other.signer.key.fingerprint);
    }
  }
  return (name) => {
    const folded = identityKey(name);
    const own = plain.get(folded);
    if (own !== undefined) return find(own);
    const over = wild.find(({ signer, pattern }) => matches(folded, pattern) && !barred(signer.names.barred, name));
    return over === undefined ? `name ${folded}` : find(over.signer.key.fingerprint);
  };
}
